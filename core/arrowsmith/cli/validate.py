"""``arrowsmith validate``: reads everything, writes nothing, says what is wrong."""

from __future__ import annotations

import warnings
from typing import Any, Final

import click

from arrowsmith.cli.messages import put_line
from arrowsmith.cli.outcome import flaws, run, size_text
from arrowsmith.cli.request import opens_data, request
from arrowsmith.errors import ArrowsmithWarning

#: the data are at fault
AT_FAULT: Final = 1


@click.command("validate", short_help="Read everything, write nothing, report.")
@opens_data
def command(**given: Any) -> int:
    """Read all of DATA, as DICTIONARY describes them, and report what is refused.

    Goes on behind a refused field (--on-error null) unless told otherwise, and behind a lost record boundary where the next one can be
    found.  Exit status 1 where anything was refused.
    """
    asked = request(given, data=True, on_error="null")
    from arrowsmith.sources import sources

    found = sources(asked.data)
    import arrowsmith
    from arrowsmith.reader import MEANT_OTHERWISE

    with run(asked) as running:
        with (
            arrowsmith.open(asked.dictionary, found, **asked.keywords) as reader,
            running.watched(found) as tell,
            warnings.catch_warnings(),
        ):
            # the report on standard output has them as its last lines
            warnings.filterwarnings("ignore", rf"\[{MEANT_OTHERWISE}\]", ArrowsmithWarning)
            reader.resume = asked.keywords["on_error"] != "raise"
            for _ in reader:
                tell(reader.report)
        if asked.report != "-":
            for line in lines(reader.report):
                put_line(line)
            for hint in reader.report.hints:
                put_line(f"hint: {hint}")
        return running.end(reader.report) or (0 if reader.report.flawless else AT_FAULT)


def lines(report: Any) -> list[str]:
    """*report* for a person: a line an input, a line a field that was refused, the verdict."""
    out = [f"{file.name}: {file.records:,} records, {size_text(file.bytes)}" for file in report.files]
    width = max((len(found.path) for found in report.fields), default=0)
    out += [f"  {found.path.ljust(width)}  {found.count:,} × {found.reason}" for found in report.fields]
    out += [f"  {one.bytes:,} bytes ignored: {one.reason}" for one in report.reasons if one.kind == "ignored"]
    good = f"valid: {report.records:,} records, {report.bytes_read:,} bytes"
    return [*out, good if report.flawless else f"not valid: {flaws(report)}"]
