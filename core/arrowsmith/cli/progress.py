"""Intermediate reports become a bar on standard error: share done, rate, rows, time left.

Invariant: imported only where standard error is a terminal; the bar is gone when the run ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from arrowsmith.cli.messages import printable

if TYPE_CHECKING:
    from arrowsmith.sources import Source

#: what a report counts its bytes as
_BYTES = ("decoded", "framing", "filtered", "ignored")


@contextmanager
def shown(sources: Sequence[Source]) -> Iterator[Callable[[Any], None]]:
    """A bar while the block runs; what it yields is called with each intermediate report."""
    console = Console(stderr=True, highlight=False)
    if console.is_dumb_terminal:  # a bar there would be a line for each of its states
        yield lambda report: None
        return
    sizes = [source.size for source in sources]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    name = sources[0].name if len(sources) == 1 else f"{len(sources):,} files"
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TextColumn("{task.fields[rows]:,} rows", markup=False),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,  # binary output may be going there
    )
    with bar:
        task = bar.add_task(printable(name)[-40:], total=total, rows=0)

        def tell(report: Any) -> None:
            bar.update(task, completed=sum(getattr(report, name) for name in _BYTES), rows=report.rows)

        yield tell
