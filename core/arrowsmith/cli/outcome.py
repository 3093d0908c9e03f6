"""A run under way and its end: progress and summary for a person, a report for machines, an exit status for both.

Invariant: the report's file appears only when the run has ended, and its place is tried before the run begins.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from arrowsmith.cli.messages import put_line, say
from arrowsmith.cli.request import Request
from arrowsmith.committed import CommittedFile
from arrowsmith.errors import ArrowsmithWarning

if TYPE_CHECKING:
    from arrowsmith.sources import Source

#: done, but not everything: what ``--strict`` makes of it
FLAWED: Final = 3
#: reasons that a summary names before it says "and more"
NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Run:
    """A run under way, its report's file open where one is asked for."""

    request: Request
    report_file: CommittedFile | None = None
    begin: float = field(default_factory=time.perf_counter)

    @contextmanager
    def watched(self, sources: Sequence[Source]) -> Iterator[Callable[[Any], None]]:
        """Progress over *sources*, where a person can see it; what is yielded takes each intermediate report."""
        if self.request.quiet or not sys.stderr.isatty():
            yield _nothing
            return
        from arrowsmith.cli.progress import shown

        with shown(sources) as tell:
            yield tell

    def end(self, report: Any, target: str = "", *, part: bool = False) -> int:
        """Say what *report* has of the run (to *target*, where it wrote), write it where asked, and return the exit status.

        *part*: more was read than shown, so the counts are no news to the user.
        """
        seconds = time.perf_counter() - self.begin
        quiet, verbose = self.request.quiet, self.request.verbose
        text = json.dumps(report.json(), indent=1)
        if self.report_file is not None:
            self.report_file.write(text.encode() + b"\n")
        elif self.request.report == "-":
            put_line(text)
        if verbose or (target and sys.stderr.isatty() and not quiet):
            say(summary(report, target, seconds))
        if verbose:
            for line in details(report):
                say(line)
        if not report.flawless and not part and quiet < 2:
            say(f"warning: {flaws(report)}")
        return FLAWED if self.request.strict and not report.flawless else 0


@contextmanager
def run(request: Request) -> Iterator[Run]:
    """A `Run`, with warnings and log as *request* has them; its report appears at the clean end of the block."""
    with ExitStack() as stack:
        if request.quiet >= 2:
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore", ArrowsmithWarning)
        if request.verbose:
            stack.enter_context(_logging(logging.DEBUG if request.verbose > 1 else logging.INFO))
        report_file = None
        if request.report is not None and request.report != "-":
            report_file = stack.enter_context(CommittedFile(request.report, if_exists="replace"))
        yield Run(request, report_file)


def _nothing(report: Any) -> None:
    """Nobody watches."""


@contextmanager
def _logging(level: int) -> Iterator[None]:
    """What is logged under ``arrowsmith`` goes to standard error."""

    class Speaker(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(f"{record.levelname.lower()}: {record.getMessage()}")

    logger, speaker = logging.getLogger("arrowsmith"), Speaker()
    before = logger.level
    logger.addHandler(speaker)
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.removeHandler(speaker)
        logger.setLevel(before)


# --- words -----------------------------------------------------------------------


def size_text(count: float) -> str:
    """*count* bytes with a unit: 512 bytes, 1.9 kB, 3.4 GB."""
    if count < 1000:
        return f"{count:.0f} bytes"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.95:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:,.1f} TB"


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def summary(report: Any, target: str, seconds: float) -> str:
    """A run on one line."""
    if report.current:
        return f"{target}: made of these inputs already"
    files = _counted(len(report.files), "file")
    rate = size_text(report.bytes_read / seconds) if seconds > 0 else "–"
    by = f", {report.emitter}" if report.emitter else ""
    head = f"{target}: " if target else ""
    read = size_text(report.bytes_read)
    return f"{head}{_counted(report.rows, 'row')} from {files}, {read} in {seconds:.2f} s ({rate}/s{by})"


def details(report: Any) -> Iterator[str]:
    """What ``-v`` adds: a line an input, the counts of fields, where the time went, who ran it."""
    for file in report.files:
        yield f"  {file.name}: {_counted(file.records, 'record')}, {size_text(file.bytes)}"
    for found in report.fields:
        yield f"  {found.path}: {found.count:,} × {found.reason}"
    for old, new in report.renamed:
        yield f"  {old} is the column {new}"
    if report.seconds:
        yield "  " + ", ".join(f"{stage} {seconds:.3f} s" for stage, seconds in report.seconds)
    if report.emitter:
        yield f"  emitter {report.emitter}" + (f", allocator {report.allocator}" if report.allocator else "")


def _worst(report: Any, reason: str) -> str:
    """The fields with the greatest counts for *reason*."""
    worst = sorted((f for f in report.fields if f.reason == reason), key=lambda f: (-f.count, f.path))
    return ", ".join(f"{f.path} {f.count:,}" for f in worst[:NAMED]) + (", …" if len(worst) > NAMED else "")


def flaws(report: Any) -> str:
    """What was not converted as it is, in a sentence."""
    found = []
    if report.invalid:
        found.append(
            f"{_counted(report.invalid, 'field')} held bytes that the type refuses ({_worst(report, 'invalid')})"
        )
    if report.nulled:
        found.append(f"{_counted(report.nulled, 'record')} {_is_are(report.nulled)} null from a refused field on")
    if report.replaced:
        is_are = _is_are(report.replaced)
        found.append(
            f"{_counted(report.replaced, 'character')} {is_are} replaced, for bytes that have none ({_worst(report, 'character replaced')})"
        )
    if report.dropped:
        is_are = _is_are(report.dropped)
        found.append(
            f"{_counted(report.dropped, 'control character')} {is_are} dropped ({_worst(report, 'control character dropped')})"
        )
    if report.skipped:
        found.append(f"{_counted(report.skipped, 'record')} {_is_are(report.skipped)} left out")
    if report.gaps:
        found.append(f"{_counted(report.gaps, 'gap')} {_is_are(report.gaps)} without a record boundary")
    lost = sum(one.bytes for one in report.reasons if one.kind == "ignored" and one.reason != "refused records")
    if lost:
        found.append(f"{_counted(lost, 'byte')} {_is_are(lost)} in no record")
    return "; ".join(found)


def _is_are(count: int) -> str:
    return "is" if count == 1 else "are"
