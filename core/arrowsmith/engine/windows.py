"""Sources become windows of whole frames: bytes are read into memory that has slack on both sides, and a framer finds the records.

Records of one size need no framer's run.  What is left at the end of the source is a truncated record: an error, or counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from arrowsmith.batch import window_memory
from arrowsmith.columns import Frames, Input, Memory
from arrowsmith.errors import DataError, Place, code
from arrowsmith.program import ops
from arrowsmith.program.oracle import frame as oracle_frame
from arrowsmith.program.program import Program
from arrowsmith.sources import Stream

TRUNCATED = code("R0101", "a record that the file's end, or a wrong length, cuts off")
BAD_FRAME = code("R0102", "a record boundary that cannot be found")
TOO_LONG = code("R0103", "a record longer than the limit")

#: bytes of a window: small enough for the second-level cache
WINDOW = 512 << 10
#: frames that one framer's run yields at most
FRAMES = 16 << 10


@dataclass(slots=True)
class Window:
    """Whole frames in memory: ``count`` of them in ``input``; ``number`` is the first one's, from 0, in the source.  ``sizes``: bytes of
    the frames; ``between``: bytes of headers and delimiters."""

    input: Input
    count: int
    number: int
    sizes: int
    between: int
    filtered: int = 0


@dataclass(slots=True)
class Windows:
    """Reads one source.  ``lenient``: what cannot be framed at its end is counted in ``ignored`` and not raised.  ``keep``: every window
    has memory of its own; else it is its reader's until the next one is asked for."""

    name: str
    stream: Stream
    framer: Program
    kernel: Any = None
    limit: int = 1 << 30
    lenient: bool = False
    keep: bool = False
    window: int = WINDOW
    read: int = 0
    ignored: int = 0
    _ended: bool = False
    _position: int = 0  # in the source, of the rest
    _number: int = 0

    def __iter__(self) -> Iterator[Window]:
        """The windows, in order."""
        if self.framer.size:
            return self._fixed(self.framer.size)
        return self._framed()

    # --- records of one size -------------------------------------------------------------------------------------------

    def _fixed(self, size: int) -> Iterator[Window]:
        each = max(1, self.window // size)
        memory = window_memory(each * size)
        while not self._ended:
            got = self._fill(memory, 0)
            count, rest = divmod(got, size)
            if rest:
                self._truncated(memory, count * size, rest, size)
            if count:
                source = Input(memory, 0, size, size, base=self._position)
                yield Window(source, count, self._number, count * size, 0)
            self._position += got
            self._number += count
            if self.keep:
                memory = window_memory(each * size)

    def _truncated(self, memory: Memory, at: int, rest: int, size: int) -> None:
        if self.lenient:
            self.ignored += rest
            return
        seen = bytes(memory.view[at : at + min(rest, 32)])
        place = Place(file=self.name, record=self._number + at // size + 1, offset=self._position + at, bytes=seen)
        whole = at // size + self._number
        message = f"the file ends {rest:,} bytes into a record of {size:,}"
        hint = (
            f"the file holds {whole:,} whole records; is the record length right? on_error=skip leaves the rest out"
            if whole
            else f"the whole file is shorter than one record of {size:,} bytes; is this the right dictionary?"
        )
        raise DataError(message, code=TRUNCATED, help=hint, place=place)

    # --- records that a framer finds -----------------------------------------------------------------------------------

    def _framed(self) -> Iterator[Window]:
        memory = window_memory(self.window)
        frames = _frames(self.framer)
        held = 0  # bytes in memory
        while True:
            got = 0 if self._ended else self._fill(memory, held)
            held += got
            if not held:
                return
            source = Input(memory=Memory(memory.address, memory.view[:held], memory.owner), base=self._position, final=self._ended)
            position = 0
            while True:
                frames.count = 0
                begin = position
                status = self.kernel.frame(source, position, frames)
                position = status.position
                if frames.count:
                    yield self._window(source, frames, position - begin)
                    if self.keep:
                        frames = _frames(self.framer)
                if status.stop == "failed":
                    self._refused(source, position)
                    return
                if status.stop == "more" and self._ended:
                    self._refused(source, position)
                    return
                if status.stop in ("more", "end"):
                    break
            held -= position
            self._position += position
            if not held and self._ended:
                return
            memory = self._shifted(memory, position, held)

    def _window(self, source: Input, frames: Frames, span: int) -> Window:
        count = frames.count
        starts, lengths, kinds = frames.starts[:count], frames.lengths[:count], frames.kinds[:count]
        carried = [c[:count] for c in frames.carried]
        filtered = 0
        sizes = sum(lengths)
        between = span - sizes
        if 0 in bytes(kinds):
            keep = [i for i, kind in enumerate(kinds) if kind]
            filtered = sum(length for length, kind in zip(lengths, kinds, strict=True) if not kind)
            starts = memoryview(array("Q", [starts[i] for i in keep]))
            lengths = memoryview(array("I", [lengths[i] for i in keep]))
            carried = [memoryview(array("q", [c[i] for i in keep])) for c in carried]
            count = len(keep)
        made = Input(source.memory, starts=starts, lengths=lengths, carried=carried, base=source.base, final=source.final)
        window = Window(made, count, self._number, sizes - filtered, between, filtered)
        self._number += frames.count
        return window

    def _shifted(self, memory: Memory, position: int, held: int) -> Memory:
        """Memory with the last *held* bytes, which began at *position*, at its start; larger if they fill more than half."""
        size = memory.size
        if position == 0 and held == size:
            size *= 2
            if size > self.limit:
                place = Place(file=self.name, record=self._number + 1, offset=self._position)
                raise DataError(f"a record is longer than {self.limit:,} bytes", code=TOO_LONG, place=place)
        rest = bytes(memory.view[position : position + held])
        if size != memory.size or self.keep:
            memory = window_memory(size)
        memory.view[:held] = rest
        return memory

    def _refused(self, source: Input, position: int) -> None:
        """The frame at *position* cannot be found: raise what the oracle says of it, or leave the rest of the source out."""
        rest = source.memory.size - position
        if self.lenient:
            self.ignored += rest + self._drain()
            return
        frames = _frames(self.framer)
        status, trap = oracle_frame(self.framer, source, position, frames)
        place = Place(
            file=self.name,
            record=self._number + 1,
            offset=self._position + position,
            bytes=bytes(source.memory.view[position : position + 32]),
        )
        rule = trap.rule if trap is not None else "the record reaches beyond the file's end"
        cut = status.stop == "more"
        raise DataError(
            rule,
            code=TRUNCATED if cut else BAD_FRAME,
            place=place,
            help=f"{self._number:,} records were found before it; do the framing options (lengths, byte order, adjustment) fit the file?",
        )

    def _drain(self) -> int:
        """Read the source to its end; how many bytes that were."""
        memory, total = window_memory(self.window), 0
        while not self._ended:
            total += self._fill(memory, 0)
        return total

    def _fill(self, memory: Memory, held: int) -> int:
        """Read until *memory* is full behind *held* bytes, or the source ends; bytes read."""
        at = held
        while at < memory.size:
            got = self.stream.readinto(memory.view[at:])
            if not got:
                self._ended = True
                break
            at += got
        self.read += at - held
        return at - held


def _frames(framer: Program) -> Frames:
    carried = max([0, *(len(op.carried) for op in ops.walk(framer.body) if isinstance(op, ops.Frame))])
    return Frames(
        memoryview(array("Q", bytes(8 * FRAMES))),
        memoryview(array("I", bytes(4 * FRAMES))),
        memoryview(array("B", bytes(FRAMES))),
        [memoryview(array("q", bytes(8 * FRAMES))) for _ in range(carried)],
    )
