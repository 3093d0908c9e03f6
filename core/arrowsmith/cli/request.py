"""What the commands that open a dictionary, or data, have in common: their options, and a `Request` made of what was given.

Invariant: an option means the same in every command; a command adds options of its own and changes none of these.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from arrowsmith.errors import OptionError, code
from arrowsmith.host import address_space
from arrowsmith.interfaces import plain

if TYPE_CHECKING:
    from arrowsmith.jobs import Job

O_TERMINAL_INPUT = code("O0301", "standard input is a terminal, where data were expected")

#: what `arrowsmith.open` may do with a field that is refused
POLICIES: Final = ("raise", "null", "skip", "quarantine")

#: a file or folder.  Whether it may be read is seen when it is opened: click would say so in words of its own, without what to do
PATH: Final = click.Path(readable=False)

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A command line, read.  ``dictionary`` and ``data`` are as `arrowsmith.open` takes them (``data`` empty where the command
    opens none), ``keywords`` its other arguments, ``job`` the
    job that they come from; ``report`` is a path or None; ``quiet`` and ``verbose`` count."""

    dictionary: Any
    data: tuple[Any, ...]
    keywords: Mapping[str, Any]
    job: Job | None = None
    strict: bool = False
    report: str | None = None
    quiet: int = 0
    verbose: int = 0


# --- options -------------------------------------------------------------------


def pairs(ctx: click.Context, parameter: click.Parameter, given: Sequence[str]) -> list[tuple[str, str]]:
    """``key=value`` texts, each split at its first ``=``, in the order typed.  Raises `click.BadParameter` for another text."""
    found = []
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise click.BadParameter(f"{text!r} is not of the form key=value", ctx, parameter)
        found.append((key, value))
    return found


def _columns(ctx: click.Context, parameter: click.Parameter, given: Sequence[str]) -> list[str] | None:
    """Names separated by commas, in one option or several; None where the option is not given."""
    if not given:
        return None
    return [name.strip() for text in given for name in text.split(",") if name.strip()]


def _provenance(ctx: click.Context, parameter: click.Parameter, given: Any) -> tuple[str, ...]:
    """Names separated by commas."""
    return tuple(name.strip() for name in given.split(",") if name.strip()) if given else ()


def _split(ctx: click.Context, parameter: click.Parameter, given: str | None) -> tuple[int, int] | None:
    """``I/N`` as numbers.  Raises `click.BadParameter` for another text."""
    if given is None:
        return None
    part, slash, parts = given.partition("/")
    if not slash or not part.isdecimal() or not parts.isdecimal() or int(part) >= int(parts):
        raise click.BadParameter(f"{given!r} is not of the form I/N, with I from 0 to N - 1", ctx, parameter)
    return int(part), int(parts)


def offered(kind: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Completion from the names of what plugins offer: *kind* is ``formats``, ``framers``, ``emitters``, ``allocators`` or ``sinks``."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        from arrowsmith import registry

        return [item.name for item in getattr(registry.load(), kind) if item.name.startswith(incomplete)]

    return complete


#: options of every command that opens a dictionary
_DICTIONARY: Final = (
    click.option("-d", "--dictionary", "dictionaries", multiple=True, type=PATH, metavar="DICTIONARY",
                 help="Dictionary; may be repeated, merged in order. Every argument is then data."),
    click.option("--job", type=PATH, metavar="FILE",
                 help="A job in TOML: dictionary, data, options, what is decided about fields. What is given beside it goes before."),
    click.option("-f", "--format", metavar="FORMAT", shell_complete=offered("formats"),
                 help="Language of the dictionary; by default from its suffix."),
    click.option("-O", "--option", "options", multiple=True, metavar="KEY=VALUE", callback=pairs,
                 help="Option of the format; may be repeated."),
    click.option("--framer", metavar="NAME", shell_complete=offered("framers"),
                 help="What tells records apart, of those that plugins offer; by default it is as the dictionary says."),
    click.option("--framer-option", "framer_options", multiple=True, metavar="KEY=VALUE", callback=pairs,
                 help="Option of the framer; may be repeated."),
    click.option("--columns", multiple=True, metavar="NAMES", callback=_columns,
                 help="Only these columns: a,b.c,d*"),
    click.option("--emitter", metavar="NAME", shell_complete=offered("emitters"),
                 help="What runs the program: x86-64, vm, or auto (the default)."),
    click.option("--on-error", type=click.Choice(POLICIES),
                 help="What to do where data are refused: stop (raise), put null, skip the record, or put it aside."),
)  # fmt: skip

#: further options of every command that opens data
_DATA: Final = (
    click.option("--table", metavar="NAME", help="Only this table, where the data hold several."),
    click.option("--allocator", metavar="NAMES", shell_complete=offered("allocators"),
                 help="Where machine code is put: a name, several in order (mmap,memfd-exec), or auto (the default)."),
    click.option("--threads", type=click.IntRange(min=1), metavar="N",
                 help="Threads; by default the CPUs that this process may use."),
    click.option("--lockdown", is_flag=True,
                 help="Give up executable memory for good once all is compiled, before data are read."),
    click.option("--quarantine", type=PATH, metavar="PATH",
                 help="Put what is refused aside, into PATH (.arrow, .arrows, .parquet), to be converted again."),
    click.option("--max-errors", metavar="N|P%",
                 help="Faulty records at most; by default 10% under skip and quarantine, any number under null."),
    click.option("--provenance", metavar="NAMES", callback=_provenance,
                 help="Columns that say where a row comes from: file,record,offset,length"),
    click.option("--self-check", type=click.FloatRange(0, 1), metavar="RATE",
                 help="Decode this share of the records, 0 to 1, by a second executor too, and compare."),
    click.option("--split", metavar="I/N", callback=_split,
                 help="Only the records that begin in part I, from 0, of N of the data."),
    click.option("--index", type=PATH, metavar="FOLDER",
                 help="Keep in FOLDER where records begin, so that a split begins there at once."),
    click.option("--strict", is_flag=True,
                 help="Exit with 3 where anything was nulled, skipped, ignored, replaced or dropped."),
    click.option("--report", type=PATH, metavar="FILE",
                 help="Write what was done to FILE, as JSON (- for standard output)."),
    click.option("-q", "--quiet", count=True, help="No progress and no summary; -qq: no warnings either."),
    click.option("-v", "--verbose", count=True, help="Say more; -vv: log everything."),
)  # fmt: skip


def _with(options: Sequence[Callable[[_Command], _Command]], command: _Command) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command


def opens_dictionary(command: _Command) -> _Command:
    """Give *command* the argument DICTIONARY and its options."""
    argument = click.argument("arguments", nargs=-1, type=PATH, metavar="[DICTIONARY]")
    return argument(_with(_DICTIONARY, command))


def opens_data(command: _Command) -> _Command:
    """Give *command* the arguments DICTIONARY and DATA, and their options."""
    argument = click.argument("arguments", nargs=-1, type=PATH, metavar="[DICTIONARY] DATA...")
    return argument(_with((*_DICTIONARY, *_DATA), command))


# --- what was given --------------------------------------------------------------

_KEYWORDS: Final = ("format", "options", "framer", "framer_options", "columns", "table", "emitter", "allocator", "threads",
                    "on_error", "lockdown", "quarantine", "max_errors", "provenance", "self_check", "split", "index")  # fmt: skip


#: bytes of address space that pyarrow, numpy and a decoder take at least; with a little less they end the process, unasked
LIBRARIES: Final = 288 << 20


def request(given: Mapping[str, Any], *, data: bool, on_error: str = "raise") -> Request:
    """The Request that click's parameters *given* make; *data* says whether the command opens any, *on_error* what is usual.

    Raises `click.UsageError` where dictionary or data are missing or too many, `OptionError` for a terminal as data, MemoryError
    where the libraries that data need would end this process in loading.
    """
    if data and (limit := address_space()) is not None and limit < LIBRARIES:
        raise MemoryError(f"{limit} bytes of address space")
    arguments: tuple[str, ...] = given["arguments"]
    dictionaries: tuple[str, ...] = given["dictionaries"]
    job = None
    if given["job"] is not None:
        from arrowsmith.jobs import job as read_job

        job = read_job(given["job"])
    known = job is not None and job.dictionary is not None
    if not dictionaries and not known:
        dictionaries, arguments = arguments[:1], arguments[1:]
    if not dictionaries and not known:
        raise click.UsageError("no dictionary is given")
    inputs: tuple[str, ...] = arguments or (job is not None and data and job.inputs) or ()
    if data and not inputs:
        named = (
            f"only the dictionary {', '.join(dictionaries)}" if dictionaries else f"and {given['job']} has no inputs"
        )
        raise click.UsageError(f"no data are given, {named}")
    if not data and arguments:
        raise click.UsageError(f"{arguments[0]} is one argument too many (several dictionaries: -d A -d B)")
    keywords = _keywords(given, job, on_error)
    dictionary: Any = dictionaries[0] if len(dictionaries) == 1 else dictionaries
    if job is not None and not dictionaries:
        dictionary = job.dictionary
    return Request(
        dictionary=dictionary,
        data=data_of(inputs),
        keywords=keywords,
        job=job,
        **{name: given[name] for name in ("strict", "report", "quiet", "verbose") if name in given},
    )


#: what is meant where neither the command line nor a job says anything
_USUAL: Final = {
    "emitter": "auto",
    "allocator": "auto",
    "self_check": 0.0,
    "provenance": (),
    "options": [],
    "framer_options": [],
    "lockdown": False,
}


def _keywords(given: Mapping[str, Any], job: Job | None, on_error: str) -> dict[str, Any]:
    """Arguments of `arrowsmith.open`: as the command line says, else as the job does, else as usual.  Options add up."""
    own = dict(job.keywords) if job is not None else {}
    keywords = {name: given[name] for name in _KEYWORDS if name in given}
    for name, value in keywords.items():
        if value is None or value == _USUAL.get(name):
            keywords[name] = own.get(name, _USUAL.get(name))
    keywords["options"] = added(own.get("options", {}), given["options"])
    same = given["framer"] in (None, own.get("framer"))
    keywords["framer_options"] = added(own.get("framer_options", {}) if same else {}, given["framer_options"])
    aside = keywords.get("quarantine") is not None
    keywords["on_error"] = given["on_error"] or own.get("on_error") or ("quarantine" if aside else on_error)
    return {**keywords, "fields": own.get("fields")}


def added(before: Mapping[str, Any], typed: Sequence[tuple[str, str]]) -> Any:
    """The options of a job, and those that were *typed*, which replace it."""
    if not before:
        return typed
    names = {plain(name) for name, _ in typed}
    return [*((name, value) for name, value in before.items() if plain(name) not in names), *typed]


def data_of(arguments: Sequence[str]) -> tuple[Any, ...]:
    """*arguments*, with standard input for ``-``."""
    if arguments.count("-") > 1:
        raise click.UsageError("standard input can be read only once, and - is given twice")
    if "-" in arguments and sys.stdin.isatty():
        raise OptionError(
            "standard input is a terminal, where data were expected",
            code=O_TERMINAL_INPUT,
            help="send data through a pipe or with <, or name a file",
        )
    from arrowsmith.sources import opened

    # Unbuffered, because only then a wait for data can be given up on Ctrl-C.
    stdin = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
    return tuple(opened(stdin, "standard input") if argument == "-" else argument for argument in arguments)
