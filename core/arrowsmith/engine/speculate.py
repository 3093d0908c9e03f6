"""Framing in parallel: chunks of a window are framed at once, each from a boundary that headers prove, and stitched where the true chain
of records lands on that boundary.

Data may hold false headers, so a proven boundary is a guess until the chain from the window's beginning has reached it; a guess that it
does not reach is thrown away, and its chunk is framed from where the chain is.
Invariant: the frames are those that one run over the window yields.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from arrowsmith.batch import Search
from arrowsmith.columns import Frames, FramingStatus, Input, Memory
from arrowsmith.workers import Workers

#: bytes of a chunk, and behind a border in which a boundary is looked for
CHUNK, LOOK = 1 << 20, 1 << 18


@dataclass(slots=True)
class Speculative:
    """A framer's kernel that frames chunks of a window on several threads.  ``empty`` makes Frames with as much room as others.  ``kept``
    and ``missed`` count guesses that the chain reached, and those that it did not."""

    kernel: Any
    search: Search
    pool: Executor | Workers
    empty: Any
    chunk: int = CHUNK
    kept: int = 0
    missed: int = 0

    def frame(self, source: Input, position: int, frames: Frames) -> FramingStatus:
        """As `FramerKernel.frame`."""
        guesses = list(self._guesses(source, position))
        ends = [*guesses, source.memory.size][1:]
        work = [
            self.pool.submit(self._run, source, begin, end, self.empty())
            for begin, end in zip(guesses, ends, strict=True)
        ]
        try:
            for begin, task in zip(guesses, work, strict=True):
                status: FramingStatus = self.kernel.frame(_cut(source, begin), position, frames)
                position = status.position
                if status.stop in ("failed", "full"):
                    return status
                if position != begin:
                    self.missed += 1
                    continue
                stopped, found = task.result()
                if frames.count + found.count > len(frames.starts):
                    break
                self.kept += 1
                _append(frames, found)
                position = stopped.position
                if stopped.stop == "failed":
                    break
        finally:
            for task in work:
                task.cancel()
        last: FramingStatus = self.kernel.frame(source, position, frames)
        return last

    def _run(self, source: Input, begin: int, end: int, frames: Frames) -> tuple[FramingStatus, Frames]:
        status: FramingStatus = self.kernel.frame(_cut(source, end), begin, frames)
        return status, frames

    def _guesses(self, source: Input, position: int) -> Iterator[int]:
        """Boundaries that headers prove, each behind the border of a chunk."""
        before = position
        for border in range(position + self.chunk, source.memory.size, self.chunk):
            if border < before:
                continue
            place, proven = self.search(source.memory.view[: border + LOOK], border, False)
            if proven and place > before:
                before = place
                yield place


def _cut(source: Input, end: int) -> Input:
    """*source* as far as *end*: what reaches beyond needs more."""
    if end >= source.memory.size:
        return source
    memory = Memory(source.memory.address, source.memory.view[:end], source.memory.owner)
    return replace(source, memory=memory, final=False)


def _append(frames: Frames, found: Frames) -> None:
    first, last = frames.count, frames.count + found.count
    frames.starts[first:last] = found.starts[: found.count]
    frames.lengths[first:last] = found.lengths[: found.count]
    frames.kinds[first:last] = found.kinds[: found.count]
    for into, values in zip(frames.carried, found.carried, strict=True):
        into[first:last] = values[: found.count]
    frames.count = last
