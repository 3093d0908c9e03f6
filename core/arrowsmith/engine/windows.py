"""Sources become windows of whole frames: bytes are read into memory that has slack on both sides, and a framer finds the records.

Records of one size need no framer's run.  Where rows have records of several tables, a window holds whole groups of them.  Where no
boundary is found, that is an error, or (``lenient``) a gap up to the next one that is proven.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from arrowsmith.batch import Grouped, Search, Sifter, WindowPool, first_set, fixed_facts, moved, total, window_memory
from arrowsmith.columns import Frames, FramingStatus, Input, Memory
from arrowsmith.engine.bounds import Bounded
from arrowsmith.engine.head import Headed
from arrowsmith.engine.index import STRIDE, Point
from arrowsmith.engine.spanned import Joined
from arrowsmith.engine.trouble import Gap
from arrowsmith.engine.unframed import given_up, refused, too_few, too_long, truncated
from arrowsmith.engine.window import FRAMES, Window, empty_frames
from arrowsmith.errors import DataError
from arrowsmith.layout.framing import Framing, Prefixed
from arrowsmith.program.program import Program
from arrowsmith.sources import Stream

#: bytes of a window: small enough for the second-level cache
WINDOW = 512 << 10
#: bytes of a source's beginning that are kept
HEAD = 256 << 10
_NONE: Any = ()


@dataclass(slots=True)
class Windows:
    """Reads one source.  ``lenient``: where no boundary is found a window has a gap, and nothing is raised; ``search`` finds the next one
    in data of that ``framing``; ``hold``: a gap has its bytes.  ``spare``: every window has memory of its own, from there; else it is its
    reader's until the next one is asked for.  ``sifter``, where frames differ, says which become rows; ``grouped`` puts frames of several
    tables together; ``facts``: windows have them.  ``parameters`` of the Plan, for this source.  ``seconds`` spent in reading and in
    framing.

    ``most``: as many records there are, where that is known; ``until``: one whose frame carries that it is the last is (``open``: or
    that before the source's end); ``behind`` them, so many bytes were read.

    ``begin``, ``end``: only records that begin there are wanted, and what is behind is not read.  ``points``: where records begin, noted
    on the way."""

    name: str
    stream: Stream | Bounded | Joined | Headed
    framer: Program
    kernel: Any = None
    limit: int = 1 << 30
    lenient: bool = False
    search: Search | None = None
    framing: Framing | None = None
    hold: bool = False
    spare: WindowPool | None = None
    window: int = WINDOW
    room: int = FRAMES
    sifter: Sifter | None = None
    grouped: Grouped | None = None
    facts: bool = False
    parameters: tuple[int, ...] = ()
    read: int = 0
    begin: int = 0
    end: int | None = None
    points: list[Point] | None = None
    most: int | None = None
    until: bool = False
    open: bool = False
    behind: int = 0
    head: bytes = b""  # the source's first bytes, for advice on options that do not fit
    seconds: dict[str, float] = field(default_factory=lambda: {"read": 0.0, "frame": 0.0})
    _ended: bool = False
    _position: int = 0  # in the source, of the rest
    _number: int = 0
    _seen: int = 0  # records, of which there are so many

    def from_record(self, number: int) -> Iterator[Window]:
        """The windows, in order, of a source whose first record has that *number*."""
        self._number = number
        if self.sifter is not None:
            self.sifter.number = number
        return iter(self)

    def resume(self, point: Point) -> None:
        """Begin at *point*, where the stream has to stand."""
        self._number = point.number
        if self.sifter is not None:
            self.sifter.resume(point.number, point.state)
        if self.grouped is not None:
            self.grouped.number = point.number

    def _note(self, framed: int) -> None:
        """A point, if the last one is far enough; *framed*: bytes behind it of which the frames are known."""
        position = self._position
        if framed and self.grouped is not None:
            if not isinstance(self.framing, Prefixed):
                return  # a group begins within a block
            position = self.grouped.ended  # with its header
        if self.points is None or position - (self.points[-1].position if self.points else 0) < STRIDE:
            return
        state = self.sifter.state if self.sifter is not None and self.sifter.depth else ()
        self.points.append(Point(position=position, number=self._number, state=state))

    def __iter__(self) -> Iterator[Window]:
        """The windows, in order."""
        self._position = self.stream.position
        if self.framer.size and self.sifter is None and self.grouped is None:
            return self._fixed(self.framer.size)
        return self._framed() if not isinstance(self.stream, Joined) else self._joined(self.stream)

    def _joined(self, stream: Joined) -> Iterator[Window]:
        """The windows of *stream*, with the gaps that it has passed by."""
        position = 0
        for window in self._framed():
            position += window.span
            window.gaps += tuple(stream.gaps(position))
            yield window
        if gaps := tuple(stream.gaps()):
            yield Window(Input(window_memory(0), starts=_NONE, lengths=_NONE), 0, self._number, 0, 0, gaps=gaps)

    # --- records of one size -------------------------------------------------------------------------------------------

    def _fixed(self, size: int) -> Iterator[Window]:
        each = max(1, self.window // size)
        memory = window_memory(each * size)
        left = self._own(memory, size)
        while not self._ended and left > 0:
            room = min(each * size, left)
            got = self._fill(Memory(memory.address, memory.view[:room], memory.owner), 0)
            left -= room
            count, rest = divmod(got, size)
            error = None
            if rest:
                error = truncated(self.name, memory, self._position, count * size, rest, size, self._number)
            if error is not None and not self.lenient:
                raise error
            if count:
                source = Input(memory, 0, size, size, parameters=self.parameters, base=self._position)
                facts = fixed_facts(self._number, self._position, size, count) if self.facts else None
                yield Window(source, count, self._number, count * size, 0, facts=facts)
            self._number += count
            if error is not None:
                yield self._gap(Input(memory, base=self._position), count * size, got, error)
            self._position += got
            if self.spare is not None:
                memory = self.spare.take(each * size)

    def _own(self, memory: Memory, size: int) -> int:
        """Go to the first record of one size that is wanted; how many bytes are, whole records."""
        if self.end is None:
            return 1 << 62
        origin = self._position
        first, last = (max(0, -(-(place - origin) // size)) for place in (self.begin, self.end))
        before = first * size
        while before and not self._ended:
            before -= self._fill(Memory(memory.address, memory.view[: min(before, memory.size)], memory.owner), 0)
        self._position, self._number = origin + first * size, self._number + first
        return (last - first) * size

    # --- records that a framer finds -----------------------------------------------------------------------------------

    def _framed(self) -> Iterator[Window]:
        memory = window_memory(self.window)
        frames = self.empty()
        held = 0  # bytes in memory
        framed = 0  # bytes at its start whose frames are known already
        if self.most is not None and self.most <= 0:
            return
        while True:
            self._note(framed)
            if self.end is not None and self._position >= self.end:
                return
            held += 0 if self._ended else self._fill(memory, held)
            if not held:
                yield from self._missing(memory)
                return
            source = Input(
                memory=Memory(memory.address, memory.view[:held], memory.owner),
                parameters=self.parameters,
                base=self._position,
                final=self._ended,
            )
            begin = position = framed
            while True:
                frames.count = 0
                status = self._frame(source, position, frames)
                last = self._last(frames, position)
                doubt = self._doubted(source, position, frames, status) if self.lenient else None
                position = (status.position if doubt is None else doubt) if last is None else last
                if frames.count and self.grouped is not None:
                    self.grouped.add(frames)
                elif frames.count:
                    yield self._window(source, frames, position - begin)
                    begin = position
                if last is not None:
                    self.behind = held - last
                    return
                if status.stop == "full" and not frames.count:  # a block of more records than that
                    frames = empty_frames(self.framer, 2 * len(frames.starts))
                if status.stop != "full" or doubt is not None:
                    break
            # a record that is longer than may be kept
            over = status.stop == "more" and not position and held == memory.size and 2 * held > self.limit
            lost = status.stop == "failed" or (status.stop == "more" and self._ended) or over
            assert lost or doubt is None
            if self.grouped is not None:
                # frames that wait for the rest of their group stay in memory, and are not framed again
                window, framed = self._whole(source, position, final=lost or self._ended)
                if window.count or window.between:
                    yield window
            elif position != begin:  # headers and delimiters without a frame
                yield Window(source, 0, self._number, 0, position - begin)
            if lost and self.end is not None and self._position + position >= self.end:
                return  # it is for who reads the next part to say so
            if lost:
                said = self.name, self.framer, source, position, self._number
                error = refused(*said, over=self.limit * over, doubted=doubt is not None)
                if not self.lenient:
                    raise error
                memory, held = yield from self._gaps(source, memory, position, held, error)
                self.most, self.until = None, False  # what was lost is not counted
                continue
            position -= framed
            held -= position
            self._position += position
            if not held and self._ended:
                yield from self._missing(memory)
                return
            memory = self._shifted(memory, position, held)

    def _last(self, frames: Frames, begin: int) -> int | None:
        """Where the last record ends, if it is among *frames*, which begin at *begin*; those behind it are taken off them."""
        if self.most is None and not self.until:
            return None
        if self.most is not None:
            count, found = min(frames.count, self.most - self._seen), self.most - self._seen <= frames.count
        else:
            count = first_set(frames.carried[0], frames.count)
            found = count < frames.count
            count += found
        self._seen += count
        if not found:
            return None
        frames.count = count
        return frames.starts[count - 1] + frames.lengths[count - 1] if count else begin

    def _missing(self, memory: Memory) -> Iterator[Window]:
        """The source ended: an error, or an empty gap, where there should be more records."""
        if (self.most is None and not self.until) or (self.open and self._seen):
            return
        error = too_few(self.name, self._position, self._number, self._seen, self.most)
        if not self.lenient:
            raise error
        yield self._gap(Input(memory, base=self._position), 0, 0, error)

    def empty(self) -> Frames:
        """Frames of nothing, with room for as many as a run yields."""
        return empty_frames(self.framer, self.room)

    def _frame(self, source: Input, position: int, frames: Frames) -> FramingStatus:
        begin = time.perf_counter()
        status: FramingStatus = self.kernel.frame(source, position, frames)
        self.seconds["frame"] += time.perf_counter() - begin
        return status

    def _doubted(self, source: Input, begin: int, frames: Frames, status: FramingStatus) -> int | None:
        """`given_up`, where no header follows the run that began at *begin* and boundaries can be proven."""
        lost = status.stop == "failed" or (status.stop == "more" and self._ended)
        if not lost or self.search is None or not isinstance(self.framing, Prefixed):
            return None
        view = source.memory.view
        return given_up(self.search, view, begin, frames, status.position, final=self._ended)

    # --- gaps ----------------------------------------------------------------------------------------------------------

    def _gaps(
        self, source: Input, memory: Memory, position: int, held: int, error: DataError
    ) -> Generator[Window, None, tuple[Memory, int]]:
        """The gap that begins at *position*, in pieces; memory that begins with the next boundary (or nothing), and the bytes in it."""
        first, begin = True, position + 1
        while True:
            end, proven = held, False
            if self.search is not None and begin < held:
                end, proven = self.search(source.memory.view, begin, self._ended)
            if end > position:
                yield self._gap(source, position, end, error, first=first)
                first = False
            stuck = (
                not proven and not end and held == memory.size
            )  # the proof would need more bytes than there is memory for
            held -= end
            self._position += end
            memory = self._shifted(memory, end, held)
            if proven or (self._ended and not held):
                return memory, held
            held += 0 if self._ended else self._fill(memory, held)
            source = Input(
                memory=Memory(memory.address, memory.view[:held], memory.owner), base=self._position, final=self._ended
            )
            position, begin = 0, int(stuck)

    def _gap(self, source: Input, begin: int, end: int, error: DataError, *, first: bool = True) -> Window:
        """Nothing but the gap between *begin* and *end* of *source*, where *error* would be raised."""
        empty = Input(source.memory, base=source.base, starts=_NONE, lengths=_NONE)
        if self.end is not None and not self.begin <= source.base + begin < self.end:
            return Window(empty, 0, self._number, 0, 0, end - begin)
        gap = Gap(
            record=self._number + 1,
            offset=source.base + begin,
            size=end - begin,
            code=error.code,
            rule=error.message,
            first=first,
            data=bytes(source.memory.view[begin:end]) if self.hold else b"",
        )
        return Window(empty, 0, self._number, 0, 0, gaps=(gap,))

    def _window(self, source: Input, frames: Frames, span: int) -> Window:
        """The frames of one run, which moved *span* bytes."""
        number, count = self._number, frames.count
        if self.sifter is None:
            starts, lengths = self._own_copy(frames.starts[:count]), self._own_copy(frames.lengths[:count])
            sizes, filtered, facts = total(lengths), 0, None
            self._number += count
        else:
            sifted = self.sifter.sift(frames, self._position)
            starts, lengths, sizes, filtered, facts = (
                sifted.starts, sifted.lengths, sifted.sizes, sifted.filtered, sifted.facts,
            )  # fmt: skip
            count, self._number = sifted.count, self.sifter.number
        carried = [self._own_copy(c[:count]) for c in frames.carried] if self.sifter is None else []
        made = replace(source, starts=starts, lengths=lengths, carried=carried)
        numbers = None if facts is None else facts.numbers
        window = Window(made, count, number, sizes, span - sizes - filtered, filtered, facts, numbers)
        return self._from_source(window)

    def _own_copy(self, values: memoryview) -> memoryview:
        """*values* as long as the window lives: those of a framer are its next run's."""
        if self.spare is None:
            return values
        kind: Any = values.format
        return memoryview(bytearray(values)).cast(kind)

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
        return self._from_source(window), position - cut

    def _from_source(self, window: Window) -> Window:
        """*window*, which knows where its bytes stand in the source if they were put together."""
        if isinstance(self.stream, Joined):
            base = window.input.base
            window.origins = self.stream.origins(base, base + window.input.memory.size)
            if window.facts is not None:
                window.facts = moved(window.facts, window.origins.places, window.origins.source)
        return window

    def _shifted(self, memory: Memory, position: int, held: int) -> Memory:
        """Memory with the last *held* bytes, which began at *position*, at its start; larger if they fill all of it."""
        size = memory.size
        if position == 0 and held == size:
            size *= 2
            if size > self.limit:  # records that belong together, or one that a longer one follows
                raise too_long(self.name, self._position, self._number, self.limit)
        rest = bytes(memory.view[position : position + held])
        if self.spare is not None:
            memory = self.spare.take(size)
        elif size != memory.size:
            memory = window_memory(size)
        memory.view[:held] = rest
        return memory

    def _fill(self, memory: Memory, held: int) -> int:
        """Read until *memory* is full behind *held* bytes, or the source ends; bytes read."""
        at = held
        begin = time.perf_counter()
        while at < memory.size:
            got = self.stream.readinto(memory.view[at:])
            if not got:
                self._ended = True
                break
            at += got
        if not self.read:
            self.head = bytes(memory.view[held : min(at, held + HEAD)])
        self.read += at - held
        self.seconds["read"] += time.perf_counter() - begin
        return at - held
