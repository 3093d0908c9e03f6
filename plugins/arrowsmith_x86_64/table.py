"""A table's Program becomes the loop over records: rooms made sure of for many records, frames found, rows committed, the way out.

A chunk is the records that fit for certain; within it, strips take tiles of records in turn.  Registers as in `select`.
Invariant: every return leaves the cursors at a record boundary; what was begun behind them is forgotten, not undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from arrowsmith.columns import LOG_FULL
from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, Op, walk
from arrowsmith_x86_64.abi import Convention
from arrowsmith_x86_64.assembler import (
    EAX,
    EBX,
    ECX,
    EDX,
    R10,
    R11,
    R12,
    R14,
    R15,
    RAX,
    RBX,
    RCX,
    RDI,
    RDX,
    RSI,
    Mem,
    d,
    q,
)
from arrowsmith_x86_64.routines import fill, ones
from arrowsmith_x86_64.select import Selector
from arrowsmith_x86_64.vertical import emit_lanes, split, trivial
from arrowsmith_x86_64.select_columns import children, close_slot, is_prefilled, lacks

#: what a kernel returns
DONE, FULL, FAILED = 0, 1, 2

#: the most records of a tile, and of a chunk where validity is set beforehand (the rest of a chunk is set in vain when a record fails)
TILE: Final = 256


def emit_table(s: Selector, convention: Convention) -> None:
    """The whole kernel."""
    a = s.a
    s.prefilled = any(is_fixed_row(s, c) for c in range(len(s.program.columns)))
    chunk, done, leave = a.label(), a.label(), a.label()
    strips = _strips(s.program.body) or _lanes(s)
    convention.enter(a)
    a.mov(R12, s.of_level(0, "cursor"))
    a.mov(R14, s.header("frame"))
    a.mov(R15, s.header("start"))
    for number, column in enumerate(s.program.columns):
        if column.varying and number not in s.facts.always:
            a.mov(RAX, s.of_level(column.level, "cursor"))
            a.mov(s.of_column(number, "filled"), RAX)
    a.place(chunk)
    _allow(s, done, bounded=s.prefilled or strips is not None)
    _prefill(s, tiled=strips is not None)
    if strips is None:
        _records(s)
    else:
        _tiles(s, strips, leave)
    a.jump(chunk)
    a.place(s.trap)
    a.constant(RAX, FAILED)
    a.jump(leave)
    _log_full(s)
    a.place(s.full)
    a.constant(RAX, FULL)
    a.jump(leave)
    a.place(done)
    a.constant(RAX, DONE)
    a.place(leave)
    _leave(s)
    convention.leave(a, wide=s.has("avx"))


def _log_full(s: Selector) -> None:
    """rax entries are all that the log has room for."""
    s.a.place(s.log_full)
    s.a.inc(RAX)
    lacks(s, LOG_FULL)


def is_fixed_row(s: Selector, column: int) -> bool:
    """Whether every row puts *column*."""
    return column in s.facts.always and s.program.columns[column].level == 0


# --- before a chunk ------------------------------------------------------------------------------------------------------


def _allow(s: Selector, done: int, *, bounded: bool) -> None:
    """Set the chunk's end: as many frames as there are and as fit, at least one; done where there are none; full where not one fits."""
    a = s.a
    a.mov(RAX, s.header("end"))
    a.sub(RAX, R14)
    a.jump(done, "e")
    if bounded:
        a.constant(RCX, TILE)
        a.cmp(RAX, RCX)
        a.cmova(RAX, RCX)
    a.mov(R11, RAX)
    rooms = [(-1, 0, 1), *((-1 - r.level, r.level, r.n) for r in s.facts.rooms if isinstance(r.n, int) and r.n)]
    for column, level, n in rooms:
        a.mov(RAX, s.of_level(level, "capacity"))
        a.sub(RAX, R12 if level == 0 else s.of_level(level, "cursor"))
        _least(s, n, column)
    for r in s.facts.data_rooms:
        if isinstance(r.n, int) and r.n:
            a.mov(RDX, s.of_column(r.column, "values"))
            _used(s, r.column)
            a.mov(RAX, s.of_column(r.column, "capacity"))
            a.sub(RAX, RCX)
            _least(s, r.n, r.column)
    a.add(R11, R14)
    a.mov(s.header("chunk"), R11)


def _used(s: Selector, column: int) -> None:
    """rcx = the bytes of *column* that are used; rdx holds its offsets."""
    a = s.a
    level = s.program.columns[column].level
    if level == 0 and column in s.facts.always:
        a.mov(ECX, d(RDX, 0, R12, 4))
    else:
        a.mov(RCX, s.of_column(column, "filled") if column not in s.facts.always else s.of_level(level, "cursor"))
        a.mov(ECX, d(RDX, 0, RCX, 4))


def _least(s: Selector, n: int, column: int) -> None:
    """r11 = at most as many records as have room for *n* each in what is free, rax.  Changes rax, rcx, rdx."""
    a = s.a
    fewer, fine = a.label(), a.label()
    if n == 1:
        a.cmp(RAX, R11)
        a.jump(fewer, "l")
    else:
        a.imul(RCX, R11, n)
        a.cmp(RAX, RCX)
        a.jump(fewer, "l")
    a.place(fine)
    with a.cold():
        none = a.label()
        a.place(fewer)
        a.cmp(RAX, n)
        a.jump(none, "l")
        if n > 1:
            a.constant(RCX, n)
            a.xor(EDX, EDX)
            a.div(RCX)
        a.mov(R11, RAX)
        a.jump(fine)
        a.place(none)
        # wanted is counted from the buffer's start: what is used, and n
        if column < 0:
            a.mov(RCX, s.of_level(-1 - column, "capacity"))
        else:
            a.mov(RCX, s.of_column(column, "capacity"))
        a.sub(RCX, RAX)
        a.lea(RAX, q(RCX, n))
        lacks(s, column)


def _prefill(s: Selector, *, tiled: bool) -> None:
    """Validity of the columns that every row puts, for the whole chunk; and how far slots may be written that no row is in."""
    a = s.a
    columns = [c for c in range(len(s.program.columns)) if is_prefilled(s, c)]
    if not columns and not tiled:
        return
    a.mov(R11, s.header("chunk"))
    a.sub(R11, R14)
    a.lea(RAX, q(R12, 0, R11))
    a.mov(s.header("touched"), RAX)
    for column in columns:
        a.mov(RDI, s.of_column(column, "validity"))
        a.add(RDI, R12)
        a.call(ones(s))


# --- records ---------------------------------------------------------------------------------------------------------------


def _records(s: Selector) -> None:
    """One loop over the records of a chunk."""
    a = s.a
    again = a.label()
    a.place(again)
    find_frame(s)
    _begin(s, s.program.body)
    s.displacement, s.proven = 0, 0
    s.block(s.program.body)
    close_slot(s, 0, R12, children(s, 0))
    a.inc(R12)
    a.inc(R14)
    a.cmp(R14, s.header("chunk"))
    a.jump(again, "b")


def find_frame(s: Selector) -> None:
    """r15, rsi = where frame r14 begins; rbx = its end."""
    a = s.a
    table, found = a.label(), a.label()
    a.mov(RAX, s.header("stride"))
    a.test(RAX, RAX)
    a.jump(table, "e")
    a.add(R15, RAX)
    a.mov(RBX, s.header("length"))
    a.place(found)
    a.add(RBX, R15)
    a.mov(RSI, R15)
    with a.cold():
        a.place(table)
        a.mov(RAX, s.header("starts"))
        a.mov(R15, s.header("window"))
        a.add(R15, q(RAX, 0, R14, 8))
        a.mov(RAX, s.header("lengths"))
        a.mov(EBX, d(RAX, 0, R14, 4))
        a.jump(found)


def _begin(s: Selector, part: Block) -> None:
    """What a record remembers of its beginning, where the ops of *part* ask for it."""
    a = s.a
    ops = list(walk(part))
    if any(isinstance(op, o.AtPlace | o.Extent) and op.root for op in ops):
        a.mov(s.header("root_start"), R15)
        a.mov(s.header("root_end"), RBX)
    for level in sorted({s.program.columns[op.column].level for op in ops if isinstance(op, o.Fetch)}):
        a.mov(RAX, s.of_level(level, "cursor"))
        a.mov(s.of_level(level, "first"), RAX)


# --- strips ----------------------------------------------------------------------------------------------------------------


def _strips(body: Block) -> list[Block] | None:
    """The parts that take a tile of records in turn: what comes before the first strip, then the strips.  None where there are not
    two strips, where other ops stand between or behind them, or where two fill one list."""
    first = next((i for i, op in enumerate(body) if isinstance(op, o.Strip)), len(body))
    head, strips = body[:first], [op for op in body if isinstance(op, o.Strip)]
    if len(strips) < 2 or len(strips) < len(body) - first:
        return None
    if not all(isinstance(op, o.Need | o.Room | o.RoomData) and isinstance(op.n, int) for op in head):
        return None
    parts = [Block(head), *(op.body for op in strips)]
    lists = [level for part in parts for level in _lists(part)]
    return parts if len(set(lists)) == len(lists) else None


def _lanes(s: Selector) -> list[Block] | None:
    """The same two parts of a Program without strips that has enough integers at fixed places behind its first need; else None."""
    body = s.program.body
    first = next((i for i, op in enumerate(body) if not isinstance(op, o.Need | o.Room | o.RoomData)), len(body))
    head = body[:first]
    if not all(isinstance(op.n, int) for op in head):  # type: ignore[attr-defined]  # the three that have n
        return None
    proven = max((op.n for op in head if isinstance(op, o.Need) and isinstance(op.n, int)), default=0)
    lanes, _ = split(s, Block(body[first:]), 0, proven)
    return [Block(head), Block(body[first:])] if lanes else None


def _tiles(s: Selector, parts: Sequence[Block], leave: int) -> None:
    """Each part for the whole tile, which is the chunk.  A record that fails, or does not fit, ends the tile before itself for the parts
    behind: so the first one of all ends the run."""
    a = s.a
    places = [s.kept(), s.kept(), s.kept()]
    ended = s.kept()
    exits = s.trap, s.full, s.log_full
    for place, register in zip(places, AT, strict=True):
        a.mov(place, register)
    a.mov(ended, DONE)
    proven = max((op.n for op in parts[0] if isinstance(op, o.Need) and isinstance(op.n, int)), default=0)
    unlisted = [c for c in children(s, 0) if not any(c in _lists(part) for part in parts)]
    moved = 0
    for n, part in enumerate(parts):
        again, following = a.label(), a.label()
        s.trap, s.full, s.log_full = a.label(), a.label(), a.label()
        if n:
            _back(s, places)
            a.cmp(R14, s.header("chunk"))
            a.jump(following, "ae")
        elif proven and len(part) <= 1 and not unlisted:
            # all frames are as long as the first one: the loop is for those of a table
            _same_length(s, proven, following)
        lanes, rest = split(s, part, moved, proven if n else 0)
        if lanes:
            emit_lanes(s, lanes)
            if not trivial(rest):
                _back(s, places)
        lists = [c for c in _lists(part) if s.program.levels[c].parent == 0] if n else unlisted
        if not lanes or lists or not trivial(rest):
            a.place(again)
            find_frame(s)
            _begin(s, part)
            s.displacement, s.proven = moved, proven if n else 0
            s.block(rest)
            close_slot(s, 0, R12, lists)
            a.inc(R12)
            a.inc(R14)
            a.cmp(R14, s.header("chunk"))
            a.jump(again, "b")
        moved += _moved(part)
        a.place(following)
        with a.cold():
            _log_full(s)
            for label, status in ((s.trap, FAILED), (s.full, FULL)):
                a.place(label)
                a.mov(s.header("chunk"), R14)
                a.mov(ended, status)
                a.jump(following)
    s.trap, s.full, s.log_full = exits
    a.mov(R14, s.header("chunk"))
    a.mov(R12, R14)
    a.sub(R12, places[1])
    a.add(R12, places[0])
    a.mov(RAX, ended)
    a.test(EAX, EAX)
    a.jump(leave, "ne")


#: row, frame, and where the frame before it begins
AT: Final = (R12, R14, R15)


def _back(s: Selector, places: Sequence[Mem]) -> None:
    """Back to the first record of the tile."""
    for place, register in zip(places, AT, strict=True):
        s.a.mov(register, place)


def _same_length(s: Selector, proven: int, enough: int) -> None:
    """To *enough*, behind the tile's last record, where frames have a stride and are long enough."""
    a = s.a
    one_by_one = a.label()
    a.mov(RAX, s.header("stride"))
    a.test(RAX, RAX)
    a.jump(one_by_one, "e")
    a.unsigned32("cmp", s.header("length"), proven)
    a.jump(one_by_one, "b")
    a.mov(RCX, s.header("chunk"))
    a.sub(RCX, R14)
    a.add(R12, RCX)
    a.add(R14, RCX)
    a.imul(RCX, RAX)
    a.add(R15, RCX)
    a.jump(enough)
    a.place(one_by_one)


def _lists(part: Sequence[Op]) -> list[int]:
    """The levels whose lists *part* fills."""
    return sorted({op.level for op in walk(Block(part)) if isinstance(op, o.Repeat | o.Loop) and op.level > 0})


def _moved(part: Sequence[Op]) -> int:
    """How far a strip moves the cursor."""
    total = 0
    for op in part:
        match op:
            case o.Skip(n=int(n)) | o.Within(n=int(n)):
                total += n
            case o.Repeat(count=int(count)):
                total += count * (op.stride or _moved(op.body))
            case o.If() | o.Reach():
                total += _moved(op.then)
            case o.Switch():
                total += _moved(op.default)
            case _:
                pass
    return total


# --- the way out ----------------------------------------------------------------------------------------------------------


def _leave(s: Selector) -> None:
    """Write the cursors back, keeping eax: the row, then, from the outermost list on, where the offsets say that lists end; likewise the
    bytes used, once the offsets reach up to the rows."""
    a = s.a
    a.mov(s.header("frame"), R14)
    a.mov(s.of_level(0, "cursor"), R12)
    for level in range(1, len(s.program.levels)):
        a.mov(RCX, s.of_level(level, "cursor"))
        a.mov(s.of_level(level, "touched"), RCX)
        a.mov(RCX, s.of_level(s.program.levels[level].parent, "cursor"))
        a.mov(RDX, s.of_level(level, "offsets"))
        a.mov(ECX, d(RDX, 0, RCX, 4))
        a.mov(s.of_level(level, "cursor"), RCX)
    a.push(RAX)
    for number, column in enumerate(s.program.columns):
        if not column.varying:
            continue
        a.mov(R11, s.of_column(number, "values"))
        a.mov(R10, s.of_level(column.level, "cursor"))
        if number not in s.facts.always:
            a.mov(RAX, s.of_column(number, "filled"))
            a.call(fill(s))
        a.mov(EAX, d(R11, 0, R10, 4))
        a.mov(s.of_column(number, "used"), RAX)
    a.pop(RAX)
