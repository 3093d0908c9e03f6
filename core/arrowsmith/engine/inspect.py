"""One record of a file, looked for by its number, a byte of it or what it refuses, and seen field by field.

The file is read as a scan reads it, up to that record; what the record holds is what the oracle looks at while it decodes it.
Invariant: nothing is decoded here, so a place is one that was read, and a value is the one that a conversion writes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from arrowsmith.batch import allocate, entries, finish, fullest, grown, slot_values, without_given
from arrowsmith.columns import Output
from arrowsmith.engine.decode import REFUSED, SHORT, Decoder
from arrowsmith.engine.report import Tally
from arrowsmith.engine.scan import Scan
from arrowsmith.engine.tables import Member
from arrowsmith.engine.trouble import Gap
from arrowsmith.engine.window import Window
from arrowsmith.errors import CODES, DataError, OptionError, Place, code
from arrowsmith.program import oracle
from arrowsmith.program.machine import Trap
from arrowsmith.program.program import Plan, Program, Site
from arrowsmith.program.trace import Seen, Trace
from arrowsmith.sources import Source

NOT_THERE = code("O0420", "the file has no such record, byte of a record or refused field")
WRONG_QUESTION = code("O0421", "one record of one file is asked for by one of its number, a byte and a refusal")
NO_ROOM = code("R0420", "a record too large to be shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One field of a record, or (``path`` empty) bytes that no field read.

    ``path``: names and, as integers from 0, the numbers of list elements; ``type`` in the dictionary's words; ``offset`` from the
    record's start, None where it has no place in the file; ``data``: its bytes.  ``state``: ``valid``, ``absent`` (null), ``invalid``,
    ``no view`` (a view of shared bytes does not fit), ``failed`` (the record ends here), ``unread``; ``reason``: in words, where there
    is one.  ``value``: as pyarrow gives it to Python.
    """

    path: tuple[str | int, ...] = ()
    type: str = ""
    offset: int | None
    data: bytes
    state: str
    value: Any = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """One record: the ``file`` it is in, its ``number`` there, from 1, ``offset`` and ``data`` of its bytes, its ``table``.

    ``items``: its fields, in the order of reading.  ``wanted``: the one that was asked for, by its index, or −1.  ``moved``: the
    record's bytes do not lie together in the file.
    """

    file: str
    number: int
    offset: int
    data: bytes
    table: str
    items: tuple[Item, ...]
    wanted: int = -1
    moved: bool = False


class _Found(Exception):
    """The record is found: ``frame`` of ``window``, of the ``member`` whose Program is ``program``; and its ``refusal`` of that number."""

    def __init__(self, window: Window, frame: int, program: Program, member: Member, refusal: int = -1) -> None:
        super().__init__(frame)
        self.window, self.frame, self.program, self.member, self.refusal = window, frame, program, member, refusal


# --- the search --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Search(Scan):
    """A scan that ends at the record that is wanted: by its ``record`` number, from 1, a ``byte`` of the file in it, or the ``error``-th
    refused field, from 1.  One of them is given."""

    record: int = 0
    byte: int = -1
    error: int = 0
    refused: int = 0
    left_out: bool = False
    gaps: list[Gap] = field(default_factory=list)
    before: tuple[int, int, int] | None = None
    hits: list[tuple[int, Window, int, Program, Member, int]] = field(default_factory=list)

    def inspect(self, sources: Sequence[Source]) -> Inspected:
        """The record.  Raises `OptionError` where there is none, `DataError` where framing ends before it."""
        if len(sources) != 1:
            raise OptionError(
                f"one file is looked at, and these are {len(sources)}",
                code=WRONG_QUESTION,
                help="name the one that an error names",
            )
        name = sources[0].name
        if self.record < 0 or (self.record == 0 and self.byte < 0 and self.error <= 0):
            raise OptionError(
                "records and refused fields are counted from 1, bytes from 0",
                code=WRONG_QUESTION,
                help="--record 1 is the first record",
            )
        try:
            for _ in self.batches(sources):
                pass
        except _Found as found:
            return _seen(found, name, self)
        raise self._nowhere(name)

    def _decoder(self, *given: Any) -> Any:
        return _Looking(Scan._decoder(self, *given), self)

    def _alone_decoder(self, plan: Plan, member: Member, loaded: Any, name: str, tally: Tally, gather: Any) -> Any:
        program = plan.tables[member.number][1]
        if not self.error:
            return _Finder(self, program, member, tally)
        kernel, pool = loaded
        made = _Refusals(program, kernel, pool, *without_given(member.shape, member.schema), "null", tally, name)
        made.search, made.member = self, member
        return made

    def settle(self) -> None:
        """See whether what was refused since the last time is the wanted one, in the order of the data."""
        for _, window, frame, program, member, count in sorted(self.hits, key=lambda hit: hit[0]):
            if self.refused + count >= self.error:
                raise _Found(window, frame, program, member, self.error - self.refused - 1)
            self.refused += count
        self.hits.clear()

    def _nowhere(self, name: str) -> OptionError:
        """What to say where no record is the wanted one."""
        records = self.tally.records
        lost = f"; {sum(gap.size for gap in self.gaps):,} bytes are in no record" if self.gaps else ""
        many = f"{name} has {records:,} record{'s' * (records != 1)}{lost}"
        if self.record:
            left = f", and record {self.record:,} is left out by its kind or length" if self.left_out else ""
            return OptionError(f"there is no record {self.record:,}: {many}{left}", code=NOT_THERE, help=self._range())
        if self.error:
            some = (
                f"{self.refused:,} field{'s are' if self.refused != 1 else ' is'} refused"
                if self.refused
                else "no field is refused"
            )
            return OptionError(
                f"there is no refused field {self.error:,}: {some}, and {many}",
                code=NOT_THERE,
                help=f"--error 1 to --error {self.refused}" if self.refused else "--record N shows any record",
            )
        for gap in self.gaps:
            if gap.offset <= self.byte < gap.offset + gap.size:
                return OptionError(
                    f"byte {self.byte:,} is in no record: {gap.rule}", code=NOT_THERE,
                    help=f"no boundary was found in the {gap.size:,} bytes from byte {gap.offset:,} on; do the framing options fit?",
                )  # fmt: skip
        if self.before is None:
            return OptionError(f"byte {self.byte:,} is in no record: {many}", code=NOT_THERE, help=self._range())
        number, begin, end = self.before
        if self.byte >= end and self.byte >= self.tally.bytes_read:
            return OptionError(
                f"byte {self.byte:,} is behind the end of {name}, which has {self.tally.bytes_read:,} bytes",
                code=NOT_THERE,
                help=f"record {number:,}, bytes {begin:,} to {end - 1:,}, is the last one",
            )
        return OptionError(
            f"byte {self.byte:,} is in no record: it is of a header or delimiter, or of a record that is left out",
            code=NOT_THERE,
            help=f"record {number:,}, bytes {begin:,} to {end - 1:,}, is the nearest",
        )

    def _range(self) -> str:
        return (
            f"--record 1 to --record {self.tally.records}"
            if self.tally.records
            else "is it the right file, with the right options?"
        )


@dataclass(slots=True)
class _Looking:
    """What decodes a unit, and sees to the order of what was found in it."""

    inner: Any
    search: Search

    @property
    def pending(self) -> int:
        """Rows that no batch has."""
        return int(self.inner.pending)

    def push(self, window: Window) -> Iterator[Any]:
        """Look through *window*."""
        for _ in self.inner.push(window):
            pass
        self.search.settle()
        return iter(())

    def flush(self) -> Iterator[Any]:
        """Nothing is kept."""
        return iter(())


@dataclass(slots=True)
class _Finder:
    """Looks for a record by its number or a byte in it; decodes nothing."""

    search: Search
    program: Program
    member: Member
    tally: Tally
    pending: int = 0
    dropped: Sequence[int] = ()

    def push(self, window: Window) -> Iterator[Any]:
        """Look through *window*."""
        self.search.tally.records += window.count
        frame = self._frame(window) if window.count else None
        if frame is not None:
            raise _Found(window, frame, self.program, self.member)
        for gap in window.gaps:
            self.lost(gap)
        return iter(())

    def lost(self, gap: Gap) -> None:
        """Remember *gap*."""
        self.search.gaps.append(gap)

    def _frame(self, window: Window) -> int | None:
        search = self.search
        if search.record:
            wanted = search.record - 1
            frame = wanted - window.number if window.numbers is None else bisect_left(window.numbers, wanted)
            found = 0 <= frame < window.count and window.record(frame) == wanted
            search.left_out |= not found and window.record(window.count - 1) > wanted
            return frame if found else None
        best = -1
        if window.input.stride:  # a division finds what a search would
            best = min((search.byte - window.offset(0, window.input.first)) // window.input.stride, window.count - 1)
        else:
            best = bisect_left(range(window.count), search.byte + 1, key=lambda n: self._begin(window, n)) - 1
        if best >= 0:
            begin, end = self._begin(window, best), self._begin(window, best, last=True) + 1
            if begin <= search.byte < end:
                return best
            search.before = window.record(best) + 1, begin, end
        elif search.before is None:
            search.before = window.record(0) + 1, self._begin(window, 0), self._begin(window, 0, last=True) + 1
        return None

    def _begin(self, window: Window, frame: int, *, last: bool = False) -> int:
        """Where in the file the first byte of *frame* is, or its *last* one."""
        start, length = map(int, window.input.bounds(frame))
        return window.offset(frame, start + (max(length, 1) - 1 if last else 0))


@dataclass(slots=True)
class _Refusals(Decoder):
    """Decodes as a conversion under the policy ``null`` does, and notes the records that refuse something."""

    search: Any = None
    member: Any = None

    def lost(self, gap: Gap) -> None:
        """Remember *gap*."""
        self.search.gaps.append(gap)

    def _committed(self, window: Window, output: Output, first: int, count: int, *, salvaged: bool = False) -> None:
        frames = {first} if salvaged else {frame for frame, _ in entries(output, first + count)}
        for frame in frames:
            traps = oracle.refusals(self.program, window.input, frame)
            wrong = sum(not _tolerant(self.program, trap) for trap in traps)
            if wrong:
                start = int(window.input.bounds(frame)[0])
                self.search.hits.append((start, window, frame, self.program, self.member, wrong))
        output.logged = 0


def _tolerant(program: Program, trap: Trap) -> bool:
    return trap.site >= 0 and program.sites[trap.site].tolerant


# --- what is seen ------------------------------------------------------------------------------------------------------


def _seen(found: _Found, file: str, search: Search) -> Inspected:
    program, member, window, frame = found.program, found.member, found.window, found.frame
    shape, schema = without_given(member.shape, member.schema)
    trace, output = Trace(program), allocate(program, 1)
    while True:
        status = trace.run(window.input, output, frame)
        if status.stop != "full":
            break
        if fullest(output, status):
            place = Place(file=file, record=window.record(frame) + 1)
            raise DataError(
                "the record has a value larger than 2 GiB", code=NO_ROOM, place=place, help="--columns leaves it out"
            )
        output = grown(program, output, status)
    values = slot_values(shape, finish(program, shape, schema, output))
    start, length = map(int, window.input.bounds(frame))
    record = bytes(window.input.memory.view[start : start + length])
    shown = [_item(program, trace, one, values, start) for one in trace.seen]
    wrong = [
        n for n, (one, item) in enumerate(zip(trace.seen, shown, strict=True)) if one.trap and item.state != "no view"
    ]
    begin = window.offset(frame, start)
    last = window.offset(frame, start + max(length, 1) - 1)
    asked = shown[wrong[min(found.refusal, len(wrong) - 1)]] if found.refusal >= 0 and wrong else None
    items = _with_unread(shown, record)
    return Inspected(
        file=file,
        number=window.record(frame) + 1,
        offset=begin,
        data=record,
        table=member.name,
        items=tuple(items),
        wanted=_at(items, search.byte - begin)
        if asked is None
        else next(n for n, item in enumerate(items) if item is asked),
        moved=last - begin != max(length, 1) - 1,
    )


def _with_unread(items: Sequence[Item], record: bytes) -> list[Item]:
    """*items*, and where the bytes of *record* that none of them has are."""
    places = sorted((item.offset, item.offset + len(item.data)) for item in items if item.offset is not None)
    made, done = list(items), 0
    for begin, end in (*places, (len(record), len(record))):
        if begin > done:
            behind = [
                n for n, item in enumerate(made) if item.offset is not None and item.offset + len(item.data) <= done
            ]
            at = behind[-1] + 1 if behind else 0
            made.insert(at, Item(offset=done, data=record[done:begin], state="unread"))
        done = max(done, end)
    return made


def _at(items: Sequence[Item], place: int) -> int:
    """The first of *items* that has the byte at *place* of the record; −1 for none."""
    for number, item in enumerate(items):
        if item.offset is not None and item.offset <= place < item.offset + len(item.data):
            return number
    return -1


def _item(program: Program, trace: Trace, seen: Seen, values: Any, start: int) -> Item:
    site = program.sites[seen.site] if seen.site >= 0 else Site()
    item = Item(
        path=_path(program, site, seen),
        type=site.type,
        offset=seen.start - start if seen.start >= 0 else None,
        data=seen.data,
        state="valid",
    )
    if seen.trap is not None:
        fails = seen.trap is trace.trap
        state = "failed" if fails else "no view" if site.tolerant else "invalid"
        number = SHORT if seen.trap.op == "need" else REFUSED
        return replace(item, state=state, reason=seen.trap.rule or CODES[number])
    column = program.columns[seen.column] if seen.column >= 0 else None
    if column is None:
        value = seen.value
    elif column.path in values and not column.scratch:
        value = values[column.path][seen.slot].as_py()
    else:
        value = trace.scratch(seen)
    plain = getattr(value, "data", value) if not isinstance(value, memoryview) else value
    return replace(item, value=plain, state="absent" if plain is None and column is not None else "valid")


def _path(program: Program, site: Site, seen: Seen) -> tuple[str | int, ...]:
    """The names of a field's path with the numbers of the elements that it lies in behind the lists' names."""
    names = site.path.split(".") if site.path else []
    if seen.column < 0:
        return (*names, *seen.steps)
    column = program.columns[seen.column]
    own = [step for step in column.path if step != "[]"]
    names = names if len(names) == len(own) else own
    lists = {level.path for level in program.levels[1:]}
    path: list[str | int] = []
    numbers, left = iter(seen.steps), iter(names)
    for n, step in enumerate(column.path, 1):
        if step != "[]":
            path.append(next(left))
        if column.path[:n] in lists:
            path += [number for number in (next(numbers, None),) if number is not None]
    return tuple(path)
