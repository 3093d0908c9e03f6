"""Sources become windows of whole frames: bytes are read into memory that has slack on both sides, and a framer finds the records.

Records of one size need no framer's run.  Where rows have records of several tables, a window holds whole groups of them.  What is
left at the end of the source is a truncated record: an error, or counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from arrowsmith.batch import Facts, Group, Grouped, Sifter, fixed_facts, window_memory
from arrowsmith.columns import Frames, Input, Memory
from arrowsmith.engine.bounds import Bounded
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
#: bytes of a source's beginning that are kept
HEAD = 32 << 10
#: frames that one framer's run yields at most
FRAMES = 16 << 10


@dataclass(slots=True)
class Window:
    """Whole frames in memory: ``count`` of them in ``input``; ``number`` is the first one's, from 0, in the source.  ``sizes``: bytes of
    the frames; ``between``: bytes of headers and delimiters; ``filtered``: of frames that were left out.  ``facts``: of the rows, where
    they are asked for; ``numbers``: of the frames, where they have gaps.  ``group``: where rows have frames of several tables, all of
    them."""

    input: Input
    count: int
    number: int
    sizes: int
    between: int
    filtered: int = 0
    facts: Facts | None = None
    numbers: Any = None
    group: Group | None = None

    def record(self, frame: int) -> int:
        """The number of the record in *frame*, from 0, in the source."""
        return self.number + frame if self.numbers is None else int(self.numbers[frame])


@dataclass(slots=True)
class Windows:
    """Reads one source.  ``lenient``: what cannot be framed at its end is counted in ``ignored`` and not raised.  ``keep``: every window
    has memory of its own; else it is its reader's until the next one is asked for.  ``sifter``, where frames differ, says which become
    rows; ``grouped`` puts frames of several tables together; ``facts``: windows have them."""

    name: str
    stream: Stream | Bounded
    framer: Program
    kernel: Any = None
    limit: int = 1 << 30
    lenient: bool = False
    keep: bool = False
    window: int = WINDOW
    sifter: Sifter | None = None
    grouped: Grouped | None = None
    facts: bool = False
    read: int = 0
    ignored: int = 0
    head: bytes = b""  # the source's first bytes, for advice on options that do not fit
    _ended: bool = False
    _position: int = 0  # in the source, of the rest
    _number: int = 0

    def __iter__(self) -> Iterator[Window]:
        """The windows, in order."""
        self._position = self.stream.position
        if self.framer.size and self.sifter is None and self.grouped is None:
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
                facts = fixed_facts(self._number, self._position, size, count) if self.facts else None
                yield Window(source, count, self._number, count * size, 0, facts=facts)
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
        framed = 0  # bytes at its start whose frames are known already
        while True:
            got = 0 if self._ended else self._fill(memory, held)
            held += got
            if not held:
                return
            source = Input(
                memory=Memory(memory.address, memory.view[:held], memory.owner), base=self._position, final=self._ended
            )
            begin = position = framed
            while True:
                frames.count = 0
                status = self.kernel.frame(source, position, frames)
                position = status.position
                if frames.count and self.grouped is not None:
                    self.grouped.add(frames)
                elif frames.count:
                    yield self._window(source, frames, position - begin)
                    begin = position
                    if self.keep:
                        frames = _frames(self.framer, len(frames.starts))
                if status.stop == "full" and not frames.count:  # a block of more records than that
                    frames = _frames(self.framer, 2 * len(frames.starts))
                if status.stop != "full":
                    break
            if self.grouped is not None:
                # frames that wait for the rest of their group stay in memory, and are not framed again
                window, framed = self._whole(source, position, final=status.stop == "failed" or self._ended)
                if window.count or window.between:
                    yield window
            elif position != begin:  # headers and delimiters without a frame
                yield Window(source, 0, self._number, 0, position - begin)
            if status.stop == "failed" or (status.stop == "more" and self._ended):
                self._refused(source, position)
                return
            position -= framed
            held -= position
            self._position += position
            if not held and self._ended:
                return
            memory = self._shifted(memory, position, held)

    def _window(self, source: Input, frames: Frames, span: int) -> Window:
        """The frames of one run, which moved *span* bytes."""
        number, count = self._number, frames.count
        if self.sifter is None:
            starts, lengths = frames.starts[:count], frames.lengths[:count]
            sizes, filtered, facts = sum(lengths), 0, None
            self._number += count
        else:
            sifted = self.sifter.sift(frames, self._position)
            starts, lengths, sizes, filtered, facts = (
                sifted.starts, sifted.lengths, sifted.sizes, sifted.filtered, sifted.facts,
            )  # fmt: skip
            count, self._number = sifted.count, self.sifter.number
        carried = [c[:count] for c in frames.carried] if self.sifter is None else []
        made = Input(
            source.memory, starts=starts, lengths=lengths, carried=carried, base=source.base, final=source.final
        )
        numbers = None if facts is None else facts.numbers
        return Window(made, count, number, sizes, span - sizes - filtered, filtered, facts, numbers)

    def _whole(self, source: Input, position: int, *, final: bool) -> tuple[Window, int]:
        """The groups that end before *position*, and how many bytes before it hold frames of one that may go on."""
        assert self.grouped is not None
        number = self._number
        group, rest = self.grouped.cut(self._position, final=final)
        cut = position if rest < 0 else rest
        self._number = self.grouped.number
        between = cut - group.sizes - group.filtered
        window = Window(
            source, group.count, number, group.sizes, between, group.filtered, group.facts, group.numbers, group
        )
        return window, position - cut

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
        rule = "the record reaches beyond the file's end"
        if trap is not None:
            rule = f"expected {trap.rule}" if trap.op == "require" else trap.rule
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
        if not self.read:
            self.head = bytes(memory.view[held : min(at, held + HEAD)])
        self.read += at - held
        return at - held


def _frames(framer: Program, room: int = FRAMES) -> Frames:
    carried = max([0, *(len(op.carried) for op in ops.walk(framer.body) if isinstance(op, ops.Frame))])
    return Frames(
        memoryview(array("Q", bytes(8 * room))),
        memoryview(array("I", bytes(4 * room))),
        memoryview(array("B", bytes(room))),
        [memoryview(array("q", bytes(8 * room))) for _ in range(carried)],
    )
