"""``arrowsmith detect``: which options fit a file, best first, with the evidence; and a job that has them."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING, Any, Final

import click

from arrowsmith.cli.messages import printable, put_line, say
from arrowsmith.cli.request import PATH, data_of, offered, pairs

if TYPE_CHECKING:
    from arrowsmith.detect import Detection, Finding

#: nothing fits
AT_FAULT: Final = 1


@click.command("detect", short_help="Which options fit a file.")
@click.argument("arguments", nargs=-1, type=PATH, metavar="[DICTIONARY] FILE")
@click.option(
    "-d", "--dictionary", "dictionaries", multiple=True, type=PATH, metavar="DICTIONARY",
    help="Dictionary; may be repeated, merged in order.",
)  # fmt: skip
@click.option(
    "-f", "--format", metavar="FORMAT", shell_complete=offered("formats"),
    help="Language of the dictionary; by default from its suffix.",
)  # fmt: skip
@click.option(
    "-O", "--option", "options", multiple=True, metavar="KEY=VALUE", callback=pairs,
    help="Option of the format that is known already; may be repeated.",
)  # fmt: skip
@click.option(
    "--emitter", metavar="NAME", default="auto", shell_complete=offered("emitters"), help="What reads the candidates."
)
@click.option(
    "--apply",
    "job",
    type=PATH,
    metavar="FILE",
    help="Write a job with the best options to FILE, for convert --job.",
)
@click.option(
    "--if-exists",
    type=click.Choice(("fail", "replace")),
    default="fail",
    help="Where the job exists: fail, or replace it.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def command(
    arguments: tuple[str, ...],
    dictionaries: tuple[str, ...],
    format: str | None,
    options: list[tuple[str, str]],
    emitter: str,
    job: str | None,
    if_exists: str,
    as_json: bool,
) -> int:
    """Try framings, byte orders, code pages and floats on parts of FILE, and print what fits, best first.

    Without a DICTIONARY, only how records are told apart and what family their text is of.  Exit status 1 where nothing fits.
    """
    if not dictionaries and len(arguments) > 1:
        dictionaries, arguments = arguments[:-1], arguments[-1:]
    if len(arguments) != 1:
        raise click.UsageError("no file is given" if not arguments else f"{arguments[1]} is one argument too many")
    from arrowsmith.detect import detect

    (file,) = data_of(arguments)
    found = detect(dictionaries or None, file, format=format, options=options, emitter=emitter)
    best = found.findings[0] if found.findings and found.verdict != "nothing" else None
    if as_json:
        put_line(json.dumps(found.json(), indent=1, ensure_ascii=False))
    else:
        _print(found, dictionaries, arguments[0], options)
    if job is not None and best is None:
        say(f"{job} is not written: there is nothing that a job could say")
    elif job is not None and best is not None:
        from arrowsmith.committed import CommittedFile

        text = job_text(job, found, best, dictionaries, arguments[0], format, options)
        with CommittedFile(job, if_exists=if_exists) as file:
            file.write(text.encode())
    return AT_FAULT if best is None else 0


def _print(found: Detection, dictionaries: tuple[str, ...], file: str, given: list[tuple[str, str]]) -> None:
    from arrowsmith.cli.rows import print_cells

    if found.findings:
        columns: list[list[str]] = [
            [f"{number}" for number in range(1, len(found.findings) + 1)],
            [f"{one.score:.3f}" for one in found.findings],
            [f"{one.records:,}" for one in found.findings],
            [one.claim for one in found.findings],
            [one.evidence for one in found.findings],
            [_passed(one) for one in found.findings],
        ]
        print_cells(
            ("", "score", "tried", "what", "evidence", "options"), (True, True, True, False, False, False), columns
        )
        put_line("")
    name = printable(found.name)
    if found.verdict == "nothing" or not found.findings:
        put_line(f"nothing fits {name}" + (": what is above is as good as chance" if found.findings else ""))
    else:
        best = found.findings[0]
        words = "fits" if found.verdict == "fits" else "may fit, look at its rows"
        put_line(f"{name}: {best.claim}: {words}")
        known = "".join(f" -O {shlex.quote(f'{key}={value}')}" for key, value in given)
        named = "".join(f" -d {shlex.quote(one)}" for one in dictionaries) or " DICTIONARY"
        put_line(f"    arrowsmith head{named} {shlex.quote(file)}{known} {_passed(best)}".rstrip())
    if found.hint:
        put_line(f"hint: {found.hint}")


def _passed(one: Finding) -> str:
    """The options of a finding as they are typed."""
    return " ".join(f"-O {shlex.quote(f'{name}={value}')}" for name, value in one.options)


def job_text(
    job: str,
    found: Detection,
    best: Finding,
    dictionaries: tuple[str, ...],
    data: str,
    format: str | None,
    given: list[tuple[str, str]],
) -> str:
    """The job of *best* as TOML; paths are beside the job's file."""
    folder = os.path.dirname(os.path.abspath(job))
    lines = [f"# {best.claim}: {best.evidence}".replace("\n", " ")]
    named = [_beside(folder, one) for one in dictionaries]
    if named:
        lines.append(f"dictionary = {_toml(named[0] if len(named) == 1 else named)}")
    if format or not named:
        lines.append(f"format = {_toml(found.format)}")
    lines.append(f"inputs = {_toml([_beside(folder, data)])}")
    options = {**dict(given), **dict(best.options)}
    lines += ["", "[options]", *(f"{_key(name)} = {_toml(value)}" for name, value in options.items())]
    return "\n".join(lines) + "\n"


def _beside(folder: str, path: str) -> str:
    return path if path == "-" or "://" in path else os.path.relpath(path, folder)


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").replace("-", "").isalnum() else _toml(name)


def _toml(value: Any) -> str:
    """A text, or a list of texts, as TOML has it: as JSON does, control characters escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
