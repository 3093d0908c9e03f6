"""Integers at fixed places, of four or eight records at once: one value of each in the lanes of a vector, swapped and stored together.

Only loads that cannot fail and whose value goes straight into a column of the row; the rest of a part goes record by record behind.
Measured on 12 × u32 in cache: half the time of a loop over records, whose stores are as many as its values.
"""

from __future__ import annotations

from dataclasses import dataclass

from arrowsmith.columns import WIDTH
from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, Op
from arrowsmith_x86_64.operands import (
    R8,
    R9,
    R10,
    R11,
    R12,
    R14,
    R15,
    RAX,
    RCX,
    RDI,
    RDX,
    XMM,
    YMM,
    Mem,
    Reg,
    d,
    narrow,
    q,
    w,
    x,
    y,
)
from arrowsmith_x86_64.records import find_frame
from arrowsmith_x86_64.select import Selector

#: fewer columns than this are not worth a loop of their own
FEWEST = 4
#: records at a time, and the registers that hold where they begin
RECORDS = (R8, R9, R10, R11)
#: (bytes loaded, bytes stored) that are covered
WIDTHS = frozenset({(1, 1), (2, 2), (4, 4), (8, 8), (2, 4), (4, 8)})


@dataclass(frozen=True, slots=True)
class Lane:
    """One column: what is loaded, *at* bytes from the record's start, and put."""

    at: int
    load: o.LoadInt
    put: o.Put
    width: int


def split(s: Selector, part: Block, displacement: int, proven: int) -> tuple[list[Lane], Block]:
    """The lanes of *part*, which begins *displacement* bytes behind the record's start, and its other ops; no lanes where these
    are too few."""
    if not (s.has("sse4_1") and s.v.shuffles):
        return [], part
    lanes: list[Lane] = []
    others: list[Op] = []
    i = 0
    at: int | None = displacement
    while i < len(part):
        op, follower = part[i], part[i + 1] if i + 1 < len(part) else None
        lane = _lane(s, op, follower, at) if at is not None else None
        if lane and lane.at + lane.load.size <= proven:
            lanes.append(lane)
            i += 2
            continue
        others.append(op)
        if isinstance(op, o.Skip | o.Within):
            at = at + op.n if at is not None and isinstance(op.n, int) else None
        elif isinstance(op, o.If | o.Reach | o.Switch | o.Repeat | o.Loop | o.Transform):
            at = None
        i += 1
    return (lanes, Block(others)) if len(lanes) >= FEWEST else ([], part)


def _lane(s: Selector, op: Op, put: Op | None, at: int) -> Lane | None:
    if not isinstance(op, o.LoadInt) or op.absent or op.below or op.encoding not in ("twos", "unsigned"):
        return None
    if not isinstance(put, o.Put) or put.a != op.out or id(put) not in s.facts.last or put.column not in s.facts.always:
        return None
    column = s.program.columns[put.column]
    width = WIDTH[column.storage]
    if column.level or column.storage[0] not in "iu" or (op.size, width) not in WIDTHS:
        return None
    return Lane(at + op.at, op, put, width)


def trivial(part: Block) -> bool:
    """Whether *part* does nothing but move the cursor and make sure of what is made sure of."""
    return all(isinstance(op, o.Skip | o.Need | o.Room | o.RoomData) and isinstance(op.n, int) for op in part)


def emit_lanes(s: Selector, lanes: list[Lane]) -> None:
    """The loop over the chunk; r12, r14, r15 stand before its first record, and behind its last one afterwards."""
    a = s.a
    again, few, table, found, single, done = (a.label() for _ in range(6))
    if s.v.wide and all(len(group) == 4 for group in squares(lanes)):
        _eight(s, lanes, again)
    a.note(f"{len(RECORDS)} records: {len(lanes)} columns")
    a.place(again)
    a.lea(RAX, q(R14, len(RECORDS)))
    a.cmp(RAX, s.header("chunk"))
    a.jump(few, "a")
    a.mov(RAX, s.header("stride"))
    a.test(RAX, RAX)
    a.jump(table, "e")
    for register, before in zip(RECORDS, (R15, *RECORDS), strict=False):
        a.lea(register, q(before, 0, RAX))
    a.mov(R15, RECORDS[-1])
    a.place(found)
    for group in squares(lanes):
        if len(group) == 4:
            _square(s, group)
        else:
            _four(s, group[0])
    a.add(R12, len(RECORDS))
    a.add(R14, len(RECORDS))
    a.jump(again)
    a.place(few)
    a.cmp(R14, s.header("chunk"))
    a.jump(done, "ae")
    a.place(single)
    find_frame(s)
    for lane in lanes:
        s.displacement = lane.at - lane.load.at
        s.decode(s, lane.load, lane.put)
    s.displacement = 0
    a.inc(R12)
    a.inc(R14)
    a.cmp(R14, s.header("chunk"))
    a.jump(single, "b")
    a.place(done)
    with a.cold():
        a.place(table)
        a.mov(RCX, s.header("starts"))
        a.mov(RDX, s.header("window"))
        for n, register in enumerate(RECORDS):
            a.mov(register, q(RCX, 8 * n, R14, 8))
            a.add(register, RDX)
        a.jump(found)


def _eight(s: Selector, lanes: list[Lane], behind: int) -> None:
    """The loop over eight records at a time, where frames have a stride and all columns stand in squares; then on to *behind*, which is
    next.  Changes rax, rdi, r8–r11, ymm0–ymm7."""
    a = s.a
    again = a.label()
    a.note(f"{2 * len(RECORDS)} records: {len(lanes)} columns")
    a.mov(RAX, s.header("stride"))
    a.test(RAX, RAX)
    a.jump(behind, "e")
    a.place(again)
    a.lea(RDX, q(R14, 2 * len(RECORDS)))
    a.cmp(RDX, s.header("chunk"))
    a.jump(behind, "a")
    for register, before in zip(RECORDS, (R15, *RECORDS), strict=False):
        a.lea(register, q(before, 0, RAX))
    a.lea(R15, q(RECORDS[-1], 0, RAX, 4))
    _ask_ahead(s, lanes[0].at)
    for group in squares(lanes):
        _wide_square(s, group)
    a.add(R12, 2 * len(RECORDS))
    a.mov(R14, RDX)
    a.jump(again)


def _ask_ahead(s: Selector, at: int) -> None:
    """Ask the cache for what the turns to come read: more streams are written here than a processor follows by itself.  Of large records,
    of which only a part is read, the line of each; else all lines, from so far ahead that they are there in time.  Changes rdi."""
    a = s.a
    if s.program.size > LARGE:
        for record in RECORDS:
            a.lea(RDI, q(record, 0, RAX, 8))
            a.prefetcht0(Mem(8, RDI, at))
            a.prefetcht0(Mem(8, RDI, at, RAX, 4))
        return
    for line in range(-(-2 * len(RECORDS) * (s.program.size or LARGE // 4) // 64)):
        a.prefetcht0(Mem(8, R15, 64 * line + AHEAD))


#: bytes of a record from which on it is large, and how far ahead the lines of others are asked for
LARGE, AHEAD = 128, 2048


def _wide_square(s: Selector, lanes: list[Lane]) -> None:
    """`_square` of eight records: those whose numbers are greater by four, 4 × rax bytes behind, in the upper halves.  Changes rdi,
    ymm0–ymm7."""
    a = s.a
    for n, record in enumerate(RECORDS):
        a.vmovdqu(XMM[n], x(record, lanes[0].at))
        a.vinserti128(YMM[n], YMM[n], x(record, lanes[0].at, RAX, 4), 1)
        if lanes[0].load.order == "big":
            a.vpshufb(YMM[n], YMM[n], a.const(_SWAP * 2))
    for n, (half, first) in enumerate(_HALVES):
        s.v.op(half, YMM[4 + n], YMM[first], YMM[first + 1])
    for n, lane in enumerate(lanes):
        s.v.op(_QUARTERS[n % 2], YMM[n], YMM[4 + n // 2], YMM[6 + n // 2])
        a.mov(RDI, s.of_column(lane.put.column, "values"))
        a.vmovdqu(y(RDI, 0, R12, 4), YMM[n])


#: four double words, each in reverse
_SWAP = bytes(4 * n + 3 - m for n in range(4) for m in range(4))
#: a matrix of four by four, turned over in two steps: what is done to which neighbours, and to their results
_HALVES = (("punpckldq", 0), ("punpckhdq", 0), ("punpckldq", 2), ("punpckhdq", 2))
_QUARTERS = ("punpcklqdq", "punpckhqdq")


def squares(lanes: list[Lane]) -> list[list[Lane]]:
    """Four neighbours of four bytes each, side by side, together; others alone."""
    found: list[list[Lane]] = []
    i = 0
    while i < len(lanes):
        four = lanes[i : i + 4]
        first = four[0]
        alike = len(four) == 4 and all(
            lane.load.size == lane.width == 4 and lane.load.order == first.load.order and lane.at == first.at + 4 * n
            for n, lane in enumerate(four)
        )
        found.append(four if alike else [first])
        i += len(found[-1])
    return found


def _square(s: Selector, lanes: list[Lane]) -> None:
    """Four columns of four records: sixteen values, turned over as a matrix.  Changes rdi, xmm0–xmm7."""
    v = s.v
    for n, record in enumerate(RECORDS):
        v.whole(XMM[n], x(record, lanes[0].at))
        if lanes[0].load.order == "big":
            _shuffled(s, XMM[n], list(_SWAP))
    for n, (half, first) in enumerate(_HALVES):
        v.op(half, XMM[4 + n], XMM[first], XMM[first + 1])
    for n, lane in enumerate(lanes):
        pair = n // 2
        v.op(_QUARTERS[n % 2], XMM[n], XMM[4 + pair], XMM[6 + pair])
        s.a.mov(RDI, s.of_column(lane.put.column, "values"))
        v.whole(x(RDI, 0, R12, 4), XMM[n])


def _four(s: Selector, lane: Lane) -> None:
    """One column of four records.  Changes rax, rdi, xmm0, xmm1."""
    a, v = s.a, s.v
    size, width = lane.load.size, lane.width
    a.mov(RDI, s.of_column(lane.put.column, "values"))
    if width == 1:
        for n, record in enumerate(RECORDS):
            a.movzx(narrow(RAX, 32), Mem(8, record, lane.at))
            a.mov(Mem(8, RDI, n, R12), narrow(RAX, 8))
        return
    if size == 8:
        for n, (first, second) in enumerate((RECORDS[:2], RECORDS[2:])):
            v.move("movq", XMM[n], q(first, lane.at))
            _insert(s, "pinsrq", XMM[n], q(second, lane.at), 1)
            _shuffled(s, XMM[n], _order(lane, 2, 0))
            v.whole(x(RDI, 16 * n, R12, 8), XMM[n])
        return
    if size == 4:
        v.move("movd", XMM[0], d(RECORDS[0], lane.at))
        for n, record in enumerate(RECORDS[1:], 1):
            _insert(s, "pinsrd", XMM[0], d(record, lane.at), n)
    else:
        v.zero(XMM[0])
        for n, record in enumerate(RECORDS):
            _insert(s, "pinsrw", XMM[0], w(record, lane.at), n)
    if width == 2:
        _shuffled(s, XMM[0], _order(lane, 4, 0))
        v.move("movq", q(RDI, 0, R12, 2), XMM[0])
    elif width == 4:
        if size == 2:
            _widened(s, lane)
        else:
            _shuffled(s, XMM[0], _order(lane, 4, 0))
        v.whole(x(RDI, 0, R12, 4), XMM[0])
    else:
        _doubled(s, lane)


def _widened(s: Selector, lane: Lane) -> None:
    """Four words to double words: a signed one goes to the upper half, and down with its sign."""
    if lane.load.encoding == "unsigned":
        _shuffled(s, XMM[0], _order(lane, 4, 0))
    else:
        _shuffled(s, XMM[0], _order(lane, 4, 2))
        s.v.op("psrad", XMM[0], XMM[0], 16)


def _doubled(s: Selector, lane: Lane) -> None:
    """Four double words to quad words, in two vectors."""
    v = s.v
    if lane.load.encoding == "unsigned":
        v.op("pshufb", XMM[1], XMM[0], s.a.const(_bytes(_order(lane, 2, 0, first=2))))
        v.op("pshufb", XMM[0], XMM[0], s.a.const(_bytes(_order(lane, 2, 0))))
    else:
        if lane.load.order == "big":
            v.op("pshufb", XMM[0], XMM[0], s.a.const(_bytes([4 * n + 3 - m for n in range(4) for m in range(4)])))
        v.op("psrldq", XMM[1], XMM[0], 8)
        v.move("pmovsxdq", XMM[0], XMM[0])
        v.move("pmovsxdq", XMM[1], XMM[1])
    v.whole(x(RDI, 0, R12, 8), XMM[0])
    v.whole(x(RDI, 16, R12, 8), XMM[1])


def _order(lane: Lane, count: int, shift: int, *, first: int = 0) -> list[int]:
    """Which byte of the loaded lanes each byte of *count* stored ones is; −1: zero.  *shift*: bytes that are 0 below the number."""
    size, width = lane.load.size, lane.width
    found = []
    for n in range(first, first + count):
        number = [size * n + (size - 1 - m if lane.load.order == "big" else m) for m in range(size)]
        found += [-1] * shift + number + [-1] * (width - size - shift)
    return found


def _bytes(order: list[int]) -> bytes:
    return bytes(0x80 if n < 0 else n for n in [*order, *([-1] * (16 - len(order)))])


def _shuffled(s: Selector, value: Reg, order: list[int]) -> None:
    if order != list(range(len(order))):
        s.v.op("pshufb", value, value, s.a.const(_bytes(order)))


def _insert(s: Selector, mnemonic: str, value: Reg, place: Mem, lane: int) -> None:
    if s.v.vex:
        getattr(s.a, "v" + mnemonic)(value, value, place, lane)
    else:
        getattr(s.a, mnemonic)(value, place, lane)
