"""What a Program lets the emitter leave out: registers that are never null or die with their put, columns that every slot puts, rooms
that are the same for every record.

Invariant: each fact holds on every path; where that is not certain the fact is not stated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, Op, R, inputs, outputs, walk
from arrowsmith.program.program import Program

#: structured ops whose one block runs exactly once, in the same slot
ONCE = (o.AtPlace, o.Within, o.Transform, o.Strip)


Ops = tuple[Op, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """``nullable``: registers that may be null.  ``last``: ids of puts behind which their register is never read.  ``once``: registers that
    one op reads, in one place.  ``always``: columns that
    every slot of their level puts, exactly once.  ``hoisted``: ids of the rooms that are the same for every record and the only ones of
    their level or column.  ``products``: register → register and factor that it is the product of, each written in one place."""

    nullable: frozenset[int]
    last: frozenset[int]
    once: frozenset[int]
    always: frozenset[int]
    hoisted: frozenset[int]
    products: Mapping[int, tuple[int, int]]
    rooms: tuple[o.Room, ...]
    data_rooms: tuple[o.RoomData, ...]


def facts(program: Program) -> Facts:
    """The facts of *program*."""
    ops = tuple(walk(program.body))
    always = frozenset(_always(program, ops))
    rooms = _hoisted(program, ops)
    return Facts(
        nullable=frozenset(_nullable(ops)),
        products=_products(ops),
        last=frozenset(_last(program)),
        once=_once(ops),
        always=always,
        hoisted=frozenset(id(r) for r in rooms),
        rooms=tuple(r for r in rooms if isinstance(r, o.Room)),
        data_rooms=tuple(r for r in rooms if isinstance(r, o.RoomData)),
    )


# --- registers that may be null --------------------------------------------------------------------------------------


def _makes_null(op: Op, nullable: set[int]) -> bool:
    """Whether *op* may make what it writes null, given the registers that may be."""

    def null(*operands: object) -> bool:
        return any(isinstance(x, R) and x.n in nullable for x in operands)

    match op:
        case o.LoadInt():
            return bool(op.absent) or (op.fail == "null" and op.below > 0)
        case o.LoadFloat():
            return bool(op.absent)
        case o.Unpack() | o.LoadText():
            return bool(op.absent) or op.fail == "null"
        case o.Unzone():
            return bool(op.absent) or op.fail == "null" or (op.lenient and not op.blank_zero)
        case o.Fetch():
            return True
        case o.Date():
            return op.fail == "null" or null(op.year, op.month, op.day)
        case o.Require():
            return op.fail == "null"
        case o.Let(how="null"):
            return True
        case o.Let(how="present"):
            return False
        case o.Let(how="else"):
            return null(op.b)
        case o.Let() if o.LET[op.how] == 1:
            return null(op.a)
        case _:
            return null(*inputs(op))


def _nullable(ops: Ops) -> set[int]:
    nullable: set[int] = set()
    writers = [(op, written) for op in ops if type(op) in NULLING and (written := outputs(op))]
    while True:
        found = {r.n for op, written in writers if _makes_null(op, nullable) for r in written}
        if found <= nullable:
            return nullable
        nullable |= found


#: ops that may make what they write null where no operand is
NULLING = frozenset(o.OPS.values()) - {
    o.LoadBits,
    o.LoadBytes,
    o.Tell,
    o.Remain,
    o.Extent,
    o.Scan,
    o.Const,
    o.GetParam,
    o.Carried,
    o.GetIndex,
}


def _products(ops: Ops) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    if not any(isinstance(op, o.Let) and op.how == "mul" for op in ops):
        return found
    writers: dict[int, list[Op]] = {}
    for op in ops:
        for r in outputs(op):
            writers.setdefault(r.n, []).append(op)
    for n, (op, *others) in writers.items():
        if others or not isinstance(op, o.Let) or op.how != "mul":
            continue
        for factor, by in ((op.a, op.b), (op.b, op.a)):
            if isinstance(factor, R) and isinstance(by, int) and by > 0 and len(writers.get(factor.n, ())) == 1:
                found[n] = (factor.n, by)
    return found


# --- how far a block moves ---------------------------------------------------------------------------------------------

#: ops that leave the cursor alone and have no block
STILL = tuple(set(o.OPS.values()) - {o.Skip, o.If, o.Switch, o.Reach, o.Repeat, o.Loop, o.Frame, *ONCE})


def movement(block: Block) -> int | None:
    """How many bytes *block* moves the cursor, if that is always the same."""
    total = 0
    for op in block:
        each = _moved(op)
        if each is None:
            return None
        total += each
    return total


def _moved(op: Op) -> int | None:
    match op:
        case o.Skip() | o.Within() | o.Transform():
            return op.n if isinstance(op.n, int) and op.n >= 0 else None
        case o.Strip():
            return movement(op.body)
        case o.If() | o.Reach():
            return _alike(op.then, op.other)
        case o.Switch():
            return _alike(op.default, *(block for _, block in op.cases))
        case o.Repeat():
            each = op.stride or movement(op.body)
            if each is None or (each and not isinstance(op.count, int)):
                return None
            return each * max(op.count, 0) if isinstance(op.count, int) else 0
        case o.Loop():
            return None
        case _:
            return 0


def _alike(*blocks: Block) -> int | None:
    found = {movement(block) for block in blocks}
    return found.pop() if len(found) == 1 else None


def _once(ops: Ops) -> frozenset[int]:
    if not any(isinstance(op, o.Require) for op in ops):  # only tests are asked for
        return frozenset()
    reads = Counter(r.n for op in ops for r in inputs(op))
    return frozenset(n for n, count in reads.items() if count == 1)


# --- registers that die with their put ---------------------------------------------------------------------------------


def _last(program: Program) -> set[int]:
    """Liveness, backwards.  An op object that stands in two places counts as last only where it is so in both."""
    last: set[int] = set()
    not_last: set[int] = set()

    def block(ops: Block, live: frozenset[int], record: bool) -> frozenset[int]:
        for op in reversed(ops):
            live = one(op, live, record)
        return live

    def one(op: Op, live: frozenset[int], record: bool) -> frozenset[int]:
        if isinstance(op, o.Put) and record:
            (last if op.a.n not in live else not_last).add(id(op))
        match op:
            case o.If() | o.Reach():
                live = block(op.then, live, record) | block(op.other, live, record)
            case o.Switch():
                live = block(op.default, live, record).union(*(block(b, live, record) for _, b in op.cases))
            case o.Repeat() | o.Loop():
                around = live | ({op.stop.n} if isinstance(op, o.Loop) and isinstance(op.stop, R) else frozenset())
                while True:
                    inside = around | block(op.body, around, False)
                    if inside == around:
                        break
                    around = inside
                live = live | block(op.body, around, record)
            case _ if isinstance(op, ONCE):
                live = block(op.body, live, record)
        written = outputs(op)
        read = inputs(op)
        if written and not isinstance(op, o.Require):
            live = live - {r.n for r in written}
        return live | {r.n for r in read} if read else live

    block(program.body, frozenset(), True)
    return last - not_last


# --- columns that every slot puts ----------------------------------------------------------------------------------------


def _always(program: Program, ops: Ops) -> Iterable[int]:
    puts: dict[int, int] = {}
    for op in ops:
        if isinstance(op, o.Put | o.Mark):
            puts[op.column] = puts.get(op.column, 0) + 1
    repeats: dict[int, int] = {}
    for op in ops:
        if isinstance(op, o.Repeat | o.Loop):
            repeats[op.level] = repeats.get(op.level, 0) + 1

    def block(ops: Block, level: int) -> Iterable[int]:
        for op in ops:
            if isinstance(op, o.Put | o.Mark) and puts[op.column] == 1 and program.columns[op.column].level == level:
                yield op.column
            elif isinstance(op, ONCE):
                yield from block(op.body, level)

    yield from block(program.body, 0)
    for op in ops:
        if isinstance(op, o.Repeat | o.Loop) and op.level > 0 and repeats[op.level] == 1:
            yield from block(op.body, op.level)


# --- rooms that are the same for every record ----------------------------------------------------------------------------


def _hoisted(program: Program, ops: Ops) -> list[o.Room | o.RoomData]:
    count: dict[tuple[bool, int], int] = {}
    for op in ops:
        if isinstance(op, o.Room | o.RoomData):
            key = _key(op)
            count[key] = count.get(key, 0) + 1

    def block(ops: Block) -> Iterable[o.Room | o.RoomData]:
        for op in ops:
            if isinstance(op, o.Room | o.RoomData) and count[_key(op)] == 1 and _fixed(op.n):
                yield op
            elif isinstance(op, ONCE):
                yield from block(op.body)

    return list(block(program.body))


def _key(op: o.Room | o.RoomData) -> tuple[bool, int]:
    return (True, op.level) if isinstance(op, o.Room) else (False, op.column)


def _fixed(n: o.R | int) -> bool:
    return isinstance(n, int) and 0 <= n <= o.MOST
