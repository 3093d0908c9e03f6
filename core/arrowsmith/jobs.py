"""Job files: a conversion written down in TOML, with what is decided about single fields.

A `Job` is what the file says, checked; calling it is calling `arrowsmith.open`, `read`, `convert` or `compile` with that, and what a call
says itself goes before.  Paths in a job are beside its file.  `docs/job.md` is the reference.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from arrowsmith import compiled, pipeline
from arrowsmith.diagnostics import Diagnostic, Source, Span, combined, nearest
from arrowsmith.errors import OptionError, code
from arrowsmith.layout.decisions import Decision
from arrowsmith.reader import Reader

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith.engine.report import Report

NO_JOB = code("O0410", "the job file cannot be read")
NO_TOML = code("D0413", "a job file is no TOML")
BAD_KEY = code("D0414", "a job file has a key, or a value of one, that it cannot have")
LACKING = code("O0411", "neither the job nor the call says what is needed")

_TEXTS: Final = (str, list)
#: key of a job → the types that its value may have
KEYS: Final[Mapping[str, tuple[type, ...]]] = {
    "dictionary": _TEXTS,
    "format": (str,),
    "options": (dict,),
    "framer": (str,),
    "framer_options": (dict,),
    "inputs": _TEXTS,
    "output": (str,),
    "sink": (str,),
    "sink_options": (dict,),
    "if_exists": (str,),
    "split_tables": (bool,),
    "skip_existing": (bool,),
    "limit": (int,),
    "columns": _TEXTS,
    "table": (str,),
    "emitter": (str,),
    "allocator": _TEXTS,
    "threads": (int,),
    "on_error": (str,),
    "quarantine": (str,),
    "max_errors": (int, str),
    "provenance": _TEXTS,
    "self_check": (int, float),
    "fields": (dict,),
}
_WORDS: Final = {
    str: "a text",
    list: "a list of texts",
    dict: "a table",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}
#: what only writing asks for
_WRITING: Final = ("sink", "sink_options", "if_exists", "split_tables", "skip_existing", "limit")
#: what is no argument of `arrowsmith.open`
_APART: Final = (*_WRITING, "dictionary", "inputs", "output")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a job file says.  ``dictionary``, ``inputs`` and ``output`` are paths as a call takes them, None where it has none;
    ``keywords`` are arguments of `arrowsmith.open`, ``writing`` those that `arrowsmith.convert` has beside."""

    name: str
    dictionary: str | tuple[str, ...] | None = None
    inputs: tuple[str, ...] | None = None
    output: str | None = None
    keywords: Mapping[str, Any] = field(default_factory=dict)
    writing: Mapping[str, Any] = field(default_factory=dict)

    def compile(self, **arguments: Any) -> compiled.Compiled:
        """`arrowsmith.compile` of the job's dictionary."""
        own = {name: value for name, value in self.keywords.items() if name in pipeline.MEANT}
        return compiled.compile(self._needed("dictionary", arguments), **{**own, **arguments})

    def open(self, **arguments: Any) -> Reader:
        """`arrowsmith.open` of the job's inputs, or of ``data=``."""
        dictionary, data = self._needed("dictionary", arguments), self._needed("inputs", arguments, "data")
        return pipeline.open(dictionary, data, **{**self.keywords, **arguments})

    def read(self, **arguments: Any) -> pa.Table:
        """`arrowsmith.read` of the job's inputs, or of ``data=``."""
        with self.open(**arguments) as reader:
            return reader.to_table()

    def convert(self, **arguments: Any) -> Report:
        """`arrowsmith.convert` of the job's inputs, or of ``data=``, to its output, or to ``target=``."""
        dictionary, data = self._needed("dictionary", arguments), self._needed("inputs", arguments, "data")
        target = self._needed("output", arguments, "target")
        return pipeline.convert(dictionary, data, target, **{**self.keywords, **self.writing, **arguments})

    def _needed(self, name: str, arguments: dict[str, Any], argument: str = "") -> Any:
        """What a call needs: as it says itself, else as the job does."""
        found = arguments.pop(argument or name, None)
        found = getattr(self, name) if found is None else found
        if found is None:
            raise OptionError(
                f"{self.name} has no {name}, and the call has no {argument or name} either",
                code=LACKING,
                help=f"put a line {name} = … into the job",
            )
        return found


def job(path: str | os.PathLike[str]) -> Job:
    """The `Job` that the TOML file at *path* describes.

    Raises `OptionError` where it cannot be read, `DictionaryError` for what it says: file, line, caret, the nearest name.
    """
    name = os.fspath(path)
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = (getattr(error, "strerror", None) or str(error)).lower()
        raise OptionError(
            f"{name}: {said}", code=NO_JOB, help="a job is a TOML file, docs/job.md says what it may have"
        ) from None
    source = Source(name, text)
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(source, error) from None
    return _job(source, given)


def _no_toml(source: Source, error: tomllib.TOMLDecodeError) -> Exception:
    message, _, place = str(error).partition(" (at ")
    found = re.match(r"line (\d+), column (\d+)", place)
    at = source.starts[int(found[1]) - 1] + int(found[2]) - 1 if found else len(source.text.rstrip())
    fault = Diagnostic(code=NO_TOML, message=message[:1].lower() + message[1:], span=Span(source, at, at + 1))
    return combined([fault])


def _job(source: Source, given: Mapping[str, Any]) -> Job:
    spans = dict(reversed(list(_places(source))))
    faults = list(_faults(given, spans))
    if faults:
        raise combined(faults)
    folder = os.path.dirname(source.name)
    keywords = {name: value for name, value in given.items() if name not in _APART}
    keywords["fields"] = tuple(
        Decision(name=name, given=keys, spans=_of(spans, name)) for name, keys in given.get("fields", {}).items()
    )
    if "quarantine" in keywords:
        keywords["quarantine"] = beside(folder, keywords["quarantine"])
    dictionaries = tuple(beside(folder, one) for one in _listed(given.get("dictionary", ())))
    inputs = tuple(beside(folder, one) for one in _listed(given.get("inputs", ())))
    return Job(
        name=source.name,
        dictionary=dictionaries[0] if len(dictionaries) == 1 else dictionaries or None,
        inputs=inputs or None,
        output=beside(folder, given["output"]) if "output" in given else None,
        keywords={
            name: _listed(value) if name in ("columns", "provenance") else value for name, value in keywords.items()
        },
        writing={name: given[name] for name in _WRITING if name in given},
    )


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def beside(folder: str, path: str) -> str:
    """*path* as it is meant in a job in *folder*; a URL, an absolute path and ``-`` are what they are."""
    return path if path == "-" or "://" in path else os.path.join(folder, path)


# --- what is wrong with it, and where ----------------------------------------------------------------------------------


def _faults(given: Mapping[str, Any], spans: Mapping[tuple[str, ...], Span]) -> Iterator[Diagnostic]:
    for name, value in given.items():
        span = spans.get((name,))
        if name not in KEYS:
            close = nearest(name, KEYS)
            help = f"did you mean {close}?" if close else f"there are {', '.join(KEYS)}"
            yield Diagnostic(code=BAD_KEY, message=f"a job has no {name}", span=span, help=help)
        elif not _is(value, KEYS[name]):
            words = " or ".join(_WORDS[kind] for kind in KEYS[name])
            yield Diagnostic(code=BAD_KEY, message=f"{name} is {value!r}, and takes {words}", span=span)
    fields = given.get("fields", {})
    for name, keys in fields.items() if isinstance(fields, dict) else ():
        if not isinstance(keys, dict):
            help = f'write [fields."{name}"] and the keys below it'
            span = spans.get(("fields", name)) or spans.get(("fields",))
            yield Diagnostic(
                code=BAD_KEY, message=f"the field {name} is {keys!r}, and takes a table", span=span, help=help
            )


def _is(value: object, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, list):
        return list in kinds and all(isinstance(one, str) for one in value)
    return type(value) in kinds


_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_ASSIGNED = re.compile(rf"\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*=")
_HEADER = re.compile(rf"\s*\[\[?\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*\]")


def _places(source: Source) -> Iterator[tuple[tuple[str, ...], Span]]:
    """Where each table and key stands, line by line; of what stands inside a value nothing."""
    table: tuple[str, ...] = ()
    for start, line in zip(source.starts, source.text.split("\n"), strict=True):
        header, assigned = _HEADER.match(line), _ASSIGNED.match(line)
        found = header or assigned
        if found is None:
            continue
        path = _keys(found[1])
        if header is not None:
            table = path
        for depth in range(1 if header else len(table) + 1, len(path) + (0 if header else len(table)) + 1):
            whole = path if header else (*table, *path)
            yield whole[:depth], Span(source, start + found.start(1), start + found.end(1))


def _keys(dotted: str) -> tuple[str, ...]:
    """The steps of a key as TOML has it."""
    inner: Any = tomllib.loads(f"{dotted} = 0")
    path: list[str] = []
    while isinstance(inner, dict):
        (name,) = inner
        path.append(name)
        inner = inner[name]
    return tuple(path)


def _of(spans: Mapping[tuple[str, ...], Span], name: str) -> dict[str, Span]:
    """Places of the field *name* and its keys."""
    own = ("fields", name)
    inner = {path[2]: span for path, span in spans.items() if path[:2] == own and len(path) == 3}
    whole = spans.get(own) or spans.get(("fields",))
    return inner | ({"": whole} if whole else {})
