"""Units of a scan, and the baton that threads pass: who holds it reads and frames the next unit, then decodes it without the baton."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from arrowsmith.engine.report import Tally
from arrowsmith.engine.window import Window
from arrowsmith.errors import ArrowsmithError

#: bytes of input that a unit gathers: four a thread are alive at most, with the batches made of them
UNIT = 8 << 20


@dataclass(slots=True)
class Unit:
    """What became of one unit: its batches, its counts, and the error that ended it."""

    number: int
    batches: list[Any]
    tally: Tally
    error: Exception | None = None


@dataclass(slots=True)
class Baton:
    """Hands out units, a source's windows in order."""

    found: Iterator[Window]
    decoder: Any
    number: int = 0
    ended: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def drop(self) -> None:
        """No more units."""
        self.ended = True

    def unit(self) -> Unit | None:
        """The next unit, decoded; None behind the last."""
        tally = Tally()
        windows: list[Window] = []
        lost: ArrowsmithError | None = None
        with self.lock:
            if self.ended:
                return None
            made = Unit(self.number, [], tally)
            self.number += 1
            try:
                windows.extend(_windows(self.found))
            except ArrowsmithError as error:  # what was framed before may be refused, and that is then the first error
                self.ended, lost = True, error
            if not windows:
                self.ended, made.error = True, lost
                return made if lost else None
        working = self.decoder(tally)
        begin = time.perf_counter()
        try:
            for window in windows:
                made.batches += working.push(window)
            if lost is not None:
                raise lost
            made.batches += working.flush()
        except ArrowsmithError as error:
            made.error = error
        tally.spend("decode", time.perf_counter() - begin)
        return made


def _windows(found: Iterator[Window]) -> Iterator[Window]:
    """Windows up to a unit's size."""
    size = 0
    for window in found:
        size += window.span
        yield window
        if size >= UNIT:
            return
