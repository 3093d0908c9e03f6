"""Parts of a Program that take a tile of records in turn: strips, and the integers at fixed places of any Program.

Each part is a loop of its own over the tile, so that few columns are written at a time.
Invariant: a record that fails, or does not fit, ends the tile before itself for the parts behind: the first one of all ends the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, Op, walk
from arrowsmith_x86_64.facts import movement
from arrowsmith_x86_64.operands import EAX, ECX, R8, R12, R14, R15, RAX, RCX, RDX, Mem, d, q
from arrowsmith_x86_64.records import DONE, FAILED, FULL, begin, find_frame, log_full
from arrowsmith_x86_64.select import Selector
from arrowsmith_x86_64.select_columns import children, close_slot
from arrowsmith_x86_64.vertical import emit_lanes, split, trivial


def strips(body: Block) -> list[Block] | None:
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


def lanes(s: Selector) -> list[Block] | None:
    """The same two parts of a Program without strips that has enough integers at fixed places behind its first need; else None."""
    body = s.program.body
    first = next((i for i, op in enumerate(body) if not isinstance(op, o.Need | o.Room | o.RoomData)), len(body))
    head = body[:first]
    if not all(isinstance(op.n, int) for op in head):  # type: ignore[attr-defined]  # the three that have n
        return None
    proven = max((op.n for op in head if isinstance(op, o.Need) and isinstance(op.n, int)), default=0)
    lanes, _ = split(s, Block(body[first:]), 0, proven)
    return [Block(head), Block(body[first:])] if lanes else None


def emit_tiles(s: Selector, parts: Sequence[Block], leave: int) -> None:
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
    if len(parts) > 2:
        _walk(s)
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
            a.note(f"part {n}: record")
            a.place(again)
            find_frame(s)
            begin(s, part)
            s.displacement, s.proven = moved, proven if n else 0
            s.block(rest)
            close_slot(s, 0, R12, lists)
            a.inc(R12)
            a.inc(R14)
            a.cmp(R14, s.header("chunk"))
            a.jump(again, "b")
        moved += movement(part) or 0
        a.place(following)
        with a.cold():
            log_full(s)
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


def _walk(s: Selector) -> None:
    """Touch the tile, from its first frame's start to its last one's end, in the order of memory: parts go over it from record to record,
    with leaps that no processor follows by itself.  Loads, not prefetches, of which half are dropped.  Where the frames lie in another
    order, it is done in vain.  Changes rax, rcx, rdx, r8."""
    a = s.a
    table, known, again = a.label(), a.label(), a.label()
    a.note("the tile's bytes")
    a.mov(RAX, s.header("stride"))
    a.mov(RCX, s.header("chunk"))
    a.test(RAX, RAX)
    a.jump(table, "e")
    a.lea(RDX, q(R15, 0, RAX))
    a.sub(RCX, R14)
    a.dec(RCX)
    a.imul(RCX, RAX)
    a.add(RCX, s.header("length"))
    a.place(known)
    a.constant(R8, WALKED)
    a.cmp(RCX, R8)
    a.cmovg(RCX, R8)
    a.add(RCX, RDX)
    a.place(again)
    a.mov(R8, q(RDX))
    a.add(RDX, 64)
    a.cmp(RDX, RCX)
    a.jump(again, "b")
    with a.cold():
        a.place(table)
        a.mov(RAX, s.header("starts"))
        a.mov(RDX, q(RAX, 0, R14, 8))
        a.mov(R8, q(RAX, -8, RCX, 8))
        a.sub(R8, RDX)
        a.mov(RAX, s.header("lengths"))
        a.mov(ECX, d(RAX, -4, RCX, 4))
        a.add(RCX, R8)
        a.add(RDX, s.header("window"))
        a.jump(known)


#: bytes of a tile that are touched at most: half of a second-level cache
WALKED: Final = 512 << 10
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
