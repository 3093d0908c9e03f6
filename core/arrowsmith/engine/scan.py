"""One scan of the sources, in units whose borders depend on the data alone, by one thread or several that pass a baton.

A unit is some windows of one source, decoded into batches of its own.  The holder of the baton reads and frames the next
unit, passes the baton on, then decodes; batches are handed over in the order of the units.
Invariant: the same input gives the same batches, whatever the threads.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from arrowsmith.batch import Gather, Grouped, Pool, Sifter, WindowPool
from arrowsmith.engine import units
from arrowsmith.engine.bounds import Bounded
from arrowsmith.engine.decode import Decoder, OnError
from arrowsmith.engine.head import Head, read_head
from arrowsmith.engine.index import NO_SPLIT, Index, Point, Span, index_of, nearest, spans
from arrowsmith.engine.kernels import Kernels
from arrowsmith.engine.loads import Loads, Ready
from arrowsmith.engine.nest import Nest, Part
from arrowsmith.engine.quarantine import HeldWindows
from arrowsmith.engine.report import BEHIND, BEYOND, ENDS, HEADERS, OTHER_SPLIT, Tally
from arrowsmith.engine.selfcheck import SelfCheck
from arrowsmith.engine.spanned import Joined
from arrowsmith.engine.speculate import Speculative
from arrowsmith.engine.tables import Member, Rows
from arrowsmith.engine.trouble import Bound, Held
from arrowsmith.engine.units import Baton, Unit
from arrowsmith.engine.window import Window
from arrowsmith.engine.windows import WINDOW, Windows
from arrowsmith.errors import DataError, OptionError, code
from arrowsmith.layout.framing import Delimiting, Spanned, Whole
from arrowsmith.program.program import Plan
from arrowsmith.workers import Workers

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith.sources import Source, Stream

TOGETHER = code("O0408", "records that were put aside belong to rows of several records")

HEADLESS = code("O0422", "records that were put aside are read by what their file's header says")

#: bytes that are framed at once, in chunks, where nothing is decoded
AHEAD = 4 << 20


@dataclass(slots=True)
class Scan:
    """The state of one scan.  ``limit``: rows at most; ``cut``: it ended the scan before the sources did.  ``lockdown``: executable memory
    is given up before the first byte of data is read; ``locked``: what holds since then, in sentences.  ``lenient``: the scan goes on
    behind a gap between records.  ``bound``: how many records may be faulty; ``aside`` takes what was refused, in the order of the data.
    ``check``: the share of records that a second executor decodes as well.  ``at``: the source at hand.
    ``split``: which part of the data is wanted, and of how many; ``index``: the folder of indexes."""

    plan: Plan
    rows: Rows
    kernels: Kernels
    on_error: OnError
    threads: int = 1
    limit: int | None = None
    cut: bool = False
    lockdown: bool = False
    locked: tuple[str, ...] = ()
    lenient: bool = False
    bound: Bound | None = None
    aside: Callable[[Sequence[Held]], None] | None = None
    check: float = 0.0
    split: tuple[int, int] | None = None
    index: str | os.PathLike[str] | None = None
    tally: Tally = field(default_factory=Tally)
    at: Windows | HeldWindows | None = None
    loads: Loads = field(init=False)

    def __post_init__(self) -> None:
        self.loads = Loads(self.plan, self.rows.members, self.kernels, self.threads)

    @property
    def head(self) -> bytes:
        """The first bytes of the source at hand, or of the last one."""
        if self.at is None:
            return b""
        return self.at.stream.head if isinstance(self.at.stream, Joined) else self.at.head

    def batches(self, sources: Sequence[Source]) -> Iterator[pa.RecordBatch]:
        """The batches of all *sources*, in order."""
        ready = self.loads.plain()
        if self.lockdown:  # everything is loaded, and no byte of data was read
            self.loads.ahead()
            self.locked = self.kernels.lock()
        parts = spans(sources, self.split) if self.split is not None else [None] * len(sources)
        for number, (source, part) in enumerate(zip(sources, parts, strict=True)):
            if self.split is not None and part is None:
                continue
            place = self._place(source, part, ready)
            with closing(source.open_at(place.at.position) if place.at else source.open()) as stream:
                bounded, joined, headed, head = None, None, None, None
                windows: Windows | HeldWindows
                if source.held is not None:
                    now = ready or self.loads.of(None)
                    windows = self._held_windows(source.name, source.held(), now)
                else:
                    if self.rows.start or self.rows.end:
                        bounded = Bounded(stream, self.rows.start, self.rows.end)
                    if self.plan.header is not None:
                        around = self.rows.head, self.rows.head_schema
                        headed, head = read_head(source.name, bounded or stream, self.plan, *around)
                    if isinstance(self.rows.framing, Spanned):
                        joined = self._joined(bounded or stream, source.name)
                    now = ready or self.loads.of(head)
                    windows = self._windows(source.name, joined or headed or bounded or stream, now)
                    windows.parameters = head.parameters if head is not None else ()
                    if isinstance(self.rows.framing, Delimiting) and head is not None:
                        self._end(windows, self.rows.framing)
                    if part is not None:
                        _narrow(windows, part)
                    if place.at:
                        windows.resume(place.at)
                    windows.points = place.points
                before, accounted = self.tally.counts(), self.tally.accounted
                self.at = windows
                several = self.threads > 1 and self.limit is None
                run = self._together if several else self._alone
                for made in run(windows, partial(self._decoder, now, head, number, source.name)):
                    over = 0 if self.limit is None else max(0, self.tally.rows - self.limit)
                    if over < made.num_rows:
                        yield made.slice(0, made.num_rows - over) if over else made
                    if over:
                        self.tally.rows -= over
                        self.cut = True
                        break
                ends = (bounded.aside if bounded else 0) + (headed.aside if headed else 0)
                if joined is not None:
                    self.tally.apart[HEADERS] += joined.aside
                    windows.read += joined.aside + joined.lost
                elif isinstance(windows, HeldWindows):
                    self.tally.apart[HEADERS] += windows.aside
                self.tally.bytes_read += windows.read + ends
                self.tally.apart[ENDS] += ends
                if self.cut:
                    self.tally.apart[BEHIND] += windows.read + ends - (self.tally.accounted - accounted)
                elif part is not None:
                    self.tally.apart[OTHER_SPLIT] += windows.read + ends - (self.tally.accounted - accounted)
                elif place.index is not None and place.points is not None:
                    place.index.write(place.points, source.path)
                if not self.cut:
                    self.tally.apart[BEYOND] += windows.behind
                for stage, seconds in windows.seconds.items():
                    self.tally.spend(stage, seconds)
                self.tally.file(source.name, windows.read + ends, before)
            if self.cut:
                self._unit_ended()
                return

    def _end(self, windows: Windows, framing: Delimiting) -> None:
        """Tell *windows* where the records end, if it is not the source's end."""
        if framing.count:
            names = [name for name, _ in self.plan.parameters]
            windows.most = windows.parameters[names.index(framing.count)]
        windows.until, windows.open = framing.until is not None, framing.open

    def _place(self, source: Source, part: Span | None, ready: Ready | None) -> _Place:
        """Where the scan of *source* begins, and its index, if there is or is to be one."""
        rows = self.rows
        moved = bool(rows.start or rows.end) or isinstance(rows.framing, Spanned) or ready is None
        if part is not None and (isinstance(rows.framing, Spanned | Whole) or self.plan.header):
            raise OptionError(
                "data of this framing cannot be split",
                code=NO_SPLIT,
                help="spanned records, and files with a header that says how to read them, are read from their first byte",
            )
        size = self.plan.framer.size
        if size:
            begin = part.begin // size * size if part is not None and source.seekable and not moved else 0
            return _Place(Point(position=begin, number=begin // size)) if begin else _Place()
        if self.index is None or not source.path or moved or ready is None:
            return _Place()
        index = index_of(self.index, source, self.plan, rows)
        known = index.read()
        if part is None:
            return _Place(None, index, None if known is not None else [])
        if known is None:
            known = tuple(self._points(source, ready))
            index.write(known, source.path)
        return _Place(nearest(known, part.begin), index)

    def _points(self, source: Source, ready: Ready) -> list[Point]:
        """Where records of *source* begin: it is framed, and nothing is decoded."""
        with closing(source.open()) as stream:
            windows = self._windows(source.name, stream, ready)
            points: list[Point] = []
            windows.points = points
            with Workers(self.threads) as pool:
                if self.threads > 1 and self.rows.search is not None:
                    windows.window, windows.room = AHEAD, AHEAD // 16
                    windows.kernel = Speculative(windows.kernel, self.rows.search, pool, windows.empty)
                try:
                    for _ in windows:
                        pass
                except DataError:
                    return points  # whoever reads that part of the data says so
        return points

    def _windows(self, name: str, stream: Any, ready: Ready) -> Windows:
        """The windows of one source."""
        rows = self.rows
        windows = Windows(
            name,
            stream,
            ready.plan.framer,
            ready.framer,
            limit=self.plan.limit,
            lenient=self.lenient,
            search=rows.search,
        )
        windows.framing = rows.framing
        windows.hold = self.aside is not None
        windows.facts = any(given.what != "header" for given in rows.given)
        if len(rows.members) > 1:
            windows.grouped = Grouped(rows.above)
        elif rows.sifted or ((windows.facts or self.split is not None) and not self.plan.framer.size):
            windows.sifter = Sifter(rows.members[0].kind, rows.depth)
        return windows

    def _held_windows(self, name: str, held: Iterator[Held], ready: Ready) -> HeldWindows:
        """The windows of records of one source that were put aside."""
        if self.plan.header is not None:
            raise OptionError(
                "records that were put aside cannot be read without the header of their file",
                code=HEADLESS,
                help="a quarantine holds records alone; convert the file anew",
            )
        if len(self.rows.members) > 1 or self.rows.depth:
            raise OptionError(
                "records that were put aside cannot be put together with others",
                code=TOGETHER,
                help="convert the table by itself (--table), or the file anew",
            )
        made = HeldWindows(
            name,
            held,
            partial(self._gap_windows, name, ready),
            self.plan.tables[self.rows.members[0].number][1].size,
        )
        made.lenient, made.hold = self.lenient, self.aside is not None
        return made

    def _gap_windows(self, name: str, ready: Ready, stream: Stream) -> Windows:
        """The windows of the bytes of a gap."""
        if isinstance(self.rows.framing, Spanned):
            return self._windows(name, self._joined(stream, name), ready)
        return self._windows(name, stream, ready)

    def _joined(self, stream: Stream | Bounded, name: str) -> Joined:
        """*stream*, the source called *name*, with its segments put together."""
        assert isinstance(self.rows.framing, Spanned)
        return Joined(stream, self.rows.framing, name, self.lenient, hold=self.aside is not None)

    def _decoder(self, ready: Ready, head: Head | None, number: int, name: str, tally: Tally) -> Decoder | Nest:
        """What decodes one unit of source *number*, called *name*, which has that *head*."""
        given = self.rows.given
        said = () if head is None else (head.columns, head.repeated)
        gather = Gather(given, number, name, *said) if given else None
        plan = ready.plan
        if len(self.rows.members) == 1:
            return self._alone_decoder(plan, self.rows.members[0], ready.loaded[0], name, tally, gather)
        parts = [
            Part(
                member.kind,
                member.around + 1,
                member.name,
                self._alone_decoder(plan, member, loaded, name, Tally(), gather if member.around < 0 else None),
            )
            for member, loaded in zip(self.rows.members, ready.loaded, strict=True)
        ]
        return Nest(parts, self.rows.shape, self.rows.schema, tally)

    def _alone_decoder(
        self, plan: Plan, member: Member, loaded: tuple[Any, Pool], name: str, tally: Tally, gather: Gather | None
    ) -> Decoder:
        program = plan.tables[member.number][1]
        # a unit of records of one size: it ends with the window that fills it
        rows = (units.UNIT + WINDOW) // program.size + 1 if program.size else 0
        made = Decoder(program, *loaded, member.shape, member.schema, self.on_error, tally, name, rows, gather)
        made.explosion = self.rows.explosion
        made.hold = self.aside is not None
        if self.check:
            emitter = self.kernels.used_emitter
            made.check = SelfCheck(program, member.shape, member.schema, self.check, emitter, name)
        return made

    def _unit_ended(self) -> None:
        """Put aside what was refused in the unit, and see whether there is too much of it."""
        if self.aside is not None and self.tally.held:
            self.aside(sorted(self.tally.held, key=lambda held: held.offset))
            self.tally.held.clear()
        if self.bound is not None:
            self.bound.check(self.tally)

    # --- one thread ----------------------------------------------------------------------------------------------------

    def _alone(self, windows: Windows | HeldWindows, decoder: Any) -> Iterator[pa.RecordBatch]:
        found = iter(windows)
        while True:
            working, ended = decoder(self.tally), False
            size = 0
            while size < units.UNIT:
                window = next(found, None)
                if window is None:
                    ended = True
                    break
                size += window.span
                if self.limit is not None:
                    window, self.cut = self._within(window, working)
                    ended = self.cut
                yield from self._timed(working.push(window))
                if ended:
                    break
            yield from self._timed(working.flush())
            self._unit_ended()
            if ended:
                return

    def _timed(self, made: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """*made*, with the time that making it takes counted."""
        while True:
            begin = time.perf_counter()
            batch = next(made, None)
            self.tally.spend("decode", time.perf_counter() - begin)
            if batch is None:
                return
            yield batch

    def _within(self, window: Window, working: Decoder | Nest) -> tuple[Window, bool]:
        """As much of *window* as may be decoded before the limit is reached, and whether that is the end of the scan."""
        assert self.limit is not None
        left = self.limit - self.tally.rows - working.pending
        if window.group is not None:
            return window, left <= 0
        cut = left <= window.count and self.on_error in ("raise", "null")
        return (replace(window, count=max(0, left)), True) if cut else (window, left <= 0)

    # --- several -------------------------------------------------------------------------------------------------------

    def _together(self, windows: Windows | HeldWindows, decoder: Any) -> Iterator[pa.RecordBatch]:
        windows.spare = WindowPool(self.threads * 2 * units.UNIT // WINDOW)
        baton = Baton(iter(windows), decoder)
        expected = 0
        done: dict[int, Unit] = {}
        with Workers(self.threads) as pool:
            waiting = {pool.submit(baton.unit) for _ in range(self.threads)}
            try:
                while waiting or done:
                    while expected not in done and waiting:
                        finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                        for future in finished:
                            unit = future.result()
                            if unit is not None:
                                done[unit.number] = unit
                    if expected not in done:
                        return
                    unit = done.pop(expected)
                    expected += 1
                    self.tally.add(unit.tally)
                    yield from unit.batches
                    if unit.error is not None:
                        raise unit.error
                    self._unit_ended()
                    waiting.add(pool.submit(baton.unit))
            finally:
                baton.drop()
                windows.stream.give_up()  # a worker may be waiting for a pipe; the pool's end waits for the worker


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the scan of a source begins (None: with its first byte), its index, and where points are to be noted for that."""

    at: Point | None = None
    index: Index | None = None
    points: list[Point] | None = None


def _narrow(windows: Windows, part: Span) -> None:
    """Let *windows* have the records that begin in *part* alone."""
    windows.begin, windows.end = part.begin, part.end
    for sorter in (windows.sifter, windows.grouped):
        if sorter is not None:
            sorter.begin, sorter.end = part.begin, part.end
