"""The verifier's walk over a Program's blocks: what holds before each op, what each op needs to hold, what it adds.

`Walk.faults` collects what is wrong, in order.  Loops are walked once, from what holds before every turn of theirs.
Invariant: a Program without faults loads no byte outside its stream and stores none outside its room, whatever the data are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from arrowsmith.charsets import expansion
from arrowsmith.program import ops as o
from arrowsmith.program.facts import NOTHING, Amount, Facts, State, Values, covers, join, less, literal, shared
from arrowsmith.program.floats import KINDS
from arrowsmith.program.ops import Block, Op, R
from arrowsmith.program.program import Program

#: ops that only framers, and only tables and headers, have
FRAMERS = (o.Frame,)
TABLES = (o.Room, o.RoomData, o.Put, o.Mark, o.Fetch, o.Carried, o.Strip)
#: ops that may stand in a strip: no stream is opened, and the cursor moves by constants
STATIC = (
    o.Need, o.Reach, o.Skip, o.LoadInt, o.LoadBits, o.LoadFloat, o.Unpack, o.Unzone, o.LoadText, o.LoadBytes, o.Expect, o.Let, o.Const,
    o.TextLet, o.GetParam, o.Carried, o.GetIndex, o.Label, o.Date, o.Require, o.FailNow, o.If, o.Switch, o.Repeat, o.Room, o.RoomData,
    o.Put, o.Mark,
)  # fmt: skip


@dataclass(slots=True)
class Place:
    """Where a block stands.  ``level``: of the innermost open slot (−1 in a framer); ``turns``: repeats and loops around; ``loose``: a
    loop without a list is between the open slot and here; ``sizes``: what the current stream's size is known to be."""

    level: int
    turns: int = 0
    loose: bool = False
    strip: bool = False
    depth: int = 0
    sizes: Facts = NOTHING

    def inside(self, **changed: Any) -> Place:
        kept = {name: getattr(self, name) for name in ("level", "turns", "loose", "strip", "depth", "sizes")}
        return Place(**{**kept, "depth": self.depth + 1, **changed})


@dataclass(slots=True)
class Walk:
    program: Program
    report: Callable[[Op, str], None]
    values: Values = field(default_factory=Values)
    factors: dict[tuple[str, str], int] = field(default_factory=dict)
    #: register → how many ops that read it are still to come; what nobody will read is forgotten, so that states stay small
    unread: dict[int, int] = field(default_factory=dict)

    def run(self) -> None:
        """Walk the whole Program."""
        for op in o.walk(self.program.body):
            for r in o.inputs(op):
                self.unread[r.n] = self.unread.get(r.n, 0) + 1
        place = Place(level=-1 if self.program.kind == "framer" else 0)
        if self.program.size:
            place.sizes = frozenset({literal(self.program.size)})
        self.block(self.program.body, State(slots={0: frozenset({literal(1)})}), place)

    def block(self, block: Block, state: State, place: Place) -> State:
        for op in block:
            state = self.op(op, state, place)
        return state

    # --- operands ---

    def amount(self, operand: R | int, state: State) -> Amount:
        if not isinstance(operand, R):
            return literal(operand)
        return self.values.amount(state.held.get(operand.n, -2))

    def factor(self, charset: str, undecodable: str) -> int:
        """The `expansion` of a charset; it is looked for once."""
        if (charset, undecodable) not in self.factors:
            self.factors[charset, undecodable] = expansion(self.program.charset(charset) or charset, undecodable)
        return self.factors[charset, undecodable]

    def after(self, state: State, end: State) -> dict[int, int]:
        """What registers hold behind turns that may be none: what they held before, or at the end of one."""
        kept = {r: v for r, v in state.held.items() if self.unread.get(r)}
        return {r: self.values.either(v, end.held.get(r, v)) for r, v in kept.items()}

    def write(self, r: R, state: State) -> int:
        state.held[r.n] = value = self.values.new()
        return value

    # --- ops ---

    def op(self, op: Op, state: State, place: Place) -> State:
        self._stands(op, place)
        for r in () if isinstance(op, o.Loop) else o.inputs(op):  # a loop's stop is read behind its body
            if r.n not in state.held:
                self.report(op, f"{r!r} is read, and not written on every path to here")
        handler = FLOW.get(type(op))
        if handler:
            state = handler(self, op, state, place)
        else:
            for r in o.outputs(op):
                self.write(r, state)
        for r in o.inputs(op):
            self.unread[r.n] -= 1
        for r in (*o.inputs(op), *o.outputs(op)):
            if not self.unread.get(r.n):
                state.held.pop(r.n, None)
        return state

    def _stands(self, op: Op, place: Place) -> None:
        framer = self.program.kind == "framer"
        if framer and isinstance(op, TABLES):
            self.report(op, "a framer has no columns, no carried values and no strips")
        if framer and getattr(op, "fail", "trap") == "null":
            self.report(op, "a framer stores nothing, so its ops trap")
        if not framer and isinstance(op, FRAMERS):
            self.report(op, "only a framer yields frames")
        if place.strip and not isinstance(op, STATIC):
            self.report(op, "a strip is static")
        if place.strip:
            for name in ("n", "size", "count"):
                if isinstance(getattr(op, name, 0), R):
                    self.report(op, f"{name} is a register in a strip, which is static")
        if isinstance(op, o.Strip) and place.depth:
            self.report(op, "a strip stands in no other op")
        if isinstance(op, o.GetIndex) and not 0 <= op.up < place.turns:
            self.report(op, f"there are {place.turns} repeats and loops around, and {op.up} is asked for")


# --- bounds and movement ---


def _need(w: Walk, op: o.Need, state: State, place: Place) -> State:
    state.prove(w.amount(op.n, state))
    return state


def _reach(w: Walk, op: o.Reach, state: State, place: Place) -> State:
    then, other = state.copy(), state
    then.prove(w.amount(op.n, state))
    return join((w.block(op.then, then, place.inside()), w.block(op.other, other, place.inside())), w.values)


def _skip(w: Walk, op: o.Skip, state: State, place: Place) -> State:
    state.move(w.amount(op.n, state))
    return state


def _remain(w: Walk, op: o.Remain, state: State, place: Place) -> State:
    state.prove(Amount(w.write(op.out, state), 1))
    return state


def _scan(w: Walk, op: o.Scan, state: State, place: Place) -> State:
    w.write(op.length, state)
    state.prove(Amount(w.write(op.out, state), 1))
    return state


def _inside(w: Walk, body: Block, state: State, place: Place, *, ahead: Amount | None, sizes: Facts) -> State:
    """Walk *body* in another stream, of which *ahead* bytes are proven; what is known of the outer one's cursor holds behind it."""
    outer = state.ahead, state.sized
    state.ahead, state.sized = 0, NOTHING
    if ahead:
        state.prove(ahead)
    state = w.block(body, state, place.inside(sizes=sizes))
    state.ahead, state.sized = outer
    return state


def _at(w: Walk, op: o.AtPlace, state: State, place: Place) -> State:
    own = frozenset({literal(w.program.size)}) if w.program.size else NOTHING
    return _inside(w, op.body, state, place, ahead=None, sizes=own if op.root else place.sizes)


def _within(w: Walk, op: o.Within, state: State, place: Place) -> State:
    n = w.amount(op.n, state)
    state = _inside(w, op.body, state, place, ahead=n, sizes=frozenset({n}))
    state.move(n)
    return state


def _transform(w: Walk, op: o.Transform, state: State, place: Place) -> State:
    n = w.amount(op.n, state)
    state = _inside(w, op.body, state, place, ahead=None, sizes=NOTHING)
    state.move(n)
    return state


# --- loads ---


def _load(w: Walk, op: Any, state: State, place: Place) -> State:
    size = _size(op)
    amount = w.amount(size, state)
    if not state.has(amount, op.at):
        what = (
            f"{op.at + size} bytes"
            if not isinstance(size, R)
            else f"{size!r} bytes"
            if not op.at
            else f"{op.at} and {size!r} bytes"
        )
        w.report(op, f"no need before it proves that {what} are there")
    for r in o.outputs(op):
        value = w.write(r, state)
        factor = 0
        match op:
            case o.LoadText():
                factor = w.factor(op.charset, op.undecodable)
                w.values.binary[value] = False
            case o.LoadBytes():
                factor = 2 if op.hex else 1
                w.values.binary[value] = not op.hex
        if factor:
            w.values.bounds[value] = frozenset(n.times(factor) for n in (amount, *place.sizes))
    return state


def _size(op: Op) -> R | int:
    match op:
        case o.LoadFloat():
            return KINDS[op.kind].size if op.kind in KINDS else 0
        case o.Expect():
            return len(op.value)
        case o.LoadInt() | o.LoadBits() | o.Unpack() | o.Unzone() | o.LoadText() | o.LoadBytes():
            return op.size
        case _:
            raise AssertionError(f"{op.name} is no load")


# --- registers ---


def _let(w: Walk, op: o.Let, state: State, place: Place) -> State:
    a, b = w.amount(op.a, state), w.amount(op.b, state)
    if op.how == "copy" and isinstance(op.a, R) and op.a.n in state.held:
        state.held[op.out.n] = state.held[op.a.n]
        return state
    other = state.held.get(op.b.n) if isinstance(op.b, R) else None
    first = state.held.get(op.a.n) if isinstance(op.a, R) else None
    value = w.write(op.out, state)
    if op.how == "copy":
        if 0 <= a.factor <= o.MOST:
            w.values.amounts[value] = a
    elif op.how == "mul" and (a.literal or b.literal):
        known, factor = (b, a.factor) if a.literal else (a, b.factor)
        if factor > 0 and 0 < known.factor * factor <= o.MOST:
            w.values.amounts[value] = known.times(factor)
    elif op.how == "null":
        w.values.bounds[value], w.values.binary[value] = frozenset({literal(0)}), False
    elif op.how == "else" and first is not None and other is not None:
        state.held[op.out.n] = w.values.either(first, other)
    return state


def _const(w: Walk, op: o.Const, state: State, place: Place) -> State:
    value = w.write(op.out, state)
    if isinstance(op.value, str | bytes):
        data = op.value.encode() if isinstance(op.value, str) else op.value
        w.values.bounds[value] = frozenset({literal(len(data))})
        w.values.binary[value] = isinstance(op.value, bytes)
    return state


def _text_let(w: Walk, op: o.TextLet, state: State, place: Place) -> State:
    texts = [state.held.get(x.n, -2) for x in (op.a, op.b)[: o.TEXT_LET.get(op.how, 0)] if isinstance(x, R)]
    binary = [w.values.binary.get(t) for t in texts]
    bounds = [w.values.bounds.get(t, NOTHING) for t in texts]
    value = w.write(op.out, state)
    match op.how:
        case "room":
            for t in texts:
                w.values.bounds[t] = w.values.bounds.get(t, NOTHING) | {Amount(value, 1)}
        case "str":
            w.values.binary[value], w.values.bounds[value] = False, frozenset({literal(40)})
        case "decode" if texts:
            if binary[0] is not True:
                w.report(op, f"{op.a!r} is not binary")
            factor = w.factor(op.charset, "error")
            w.values.binary[value], w.values.bounds[value] = False, frozenset(n.times(factor) for n in bounds[0])
        case "slice" | "reverse" if texts:
            w.values.binary[value], w.values.bounds[value] = binary[0], bounds[0]
        case "cat" if len(texts) == 2:
            if None in binary or binary[0] != binary[1]:
                w.report(op, "both are binary, or both are text")
            w.values.binary[value] = binary[0]
            known = [min((b.factor for b in some if b.literal), default=-1) for some in bounds]
            w.values.bounds[value] = frozenset({literal(sum(known))}) if min(known) >= 0 else NOTHING
    return state


def _label(w: Walk, op: o.Label, state: State, place: Place) -> State:
    value = w.write(op.out, state)
    w.values.binary[value] = False
    w.values.bounds[value] = frozenset({literal(max([20, *(len(label.encode()) for _, label in op.labels)]))})
    return state


def _fetch(w: Walk, op: o.Fetch, state: State, place: Place) -> State:
    value = w.write(op.out, state)
    w.values.binary[value] = w.program.columns[op.column].storage == "binary"
    return state


def _require(w: Walk, op: o.Require, state: State, place: Place) -> State:
    if isinstance(op.what, R) and op.what.n in state.held:  # it keeps its value or is null
        before = state.held[op.what.n]
        after = w.write(op.what, state)
        w.values.binary[after] = w.values.binary.get(before)
        w.values.bounds[after] = w.values.bounds.get(before, NOTHING)
    return state


def _fail(w: Walk, op: o.FailNow, state: State, place: Place) -> State:
    state.dead = True
    return state


# --- structure ---


def _if(w: Walk, op: o.If, state: State, place: Place) -> State:
    then = w.block(op.then, state.copy(), place.inside())
    return join((then, w.block(op.other, state, place.inside())), w.values)


def _switch(w: Walk, op: o.Switch, state: State, place: Place) -> State:
    ends = [w.block(block, state.copy(), place.inside()) for _, block in op.cases]
    return join((*ends, w.block(op.default, state, place.inside())), w.values)


def _strip(w: Walk, op: o.Strip, state: State, place: Place) -> State:
    if displacement(op.body) is None:
        w.report(op, "the cursor moves by a constant in a strip")
    held, state.held = state.held, {}
    state = w.block(op.body, state, place.inside(strip=True))
    written = {r.n for inner in o.walk(op.body) for r in o.outputs(inner)}
    state.held = {r: v for r, v in held.items() if r not in written}
    return state


def displacement(block: Block, stride: int = 0) -> int | None:
    """How far *block* moves the cursor, whatever the data are; None where they decide."""
    if stride:
        return stride
    moved = 0
    for op in block:
        step = _step(op)
        if step is None:
            return None
        moved += step
    return moved


def _step(op: Op) -> int | None:
    match op:
        case o.Skip() | o.Within() | o.Transform():
            return None if isinstance(op.n, R) else op.n
        case o.If() | o.Reach():
            return _agreed(op.then, op.other)
        case o.Switch():
            return _agreed(*(block for _, block in op.cases), op.default)
        case o.Repeat():
            each = displacement(op.body, op.stride)
            return 0 if each == 0 else None if each is None or isinstance(op.count, R) else each * op.count
        case o.Loop():
            return None
        case o.Strip():
            return displacement(op.body)
        case _:
            return 0


def _agreed(*paths: Block) -> int | None:
    """How far every one of *paths* that does not end in a trap moves the cursor."""
    found = {displacement(path) for path in paths if not any(isinstance(op, o.FailNow) for op in path)}
    return found.pop() if len(found) == 1 else 0 if not found else None


def _before_turns(w: Walk, op: o.Repeat | o.Loop, state: State) -> State:
    """What holds before every turn of *op*, but for bytes and room."""
    state = state.copy()
    state.forget({r for inner in o.walk(op.body) for r in o.outputs(inner)}, w.values)
    state.ahead, state.sized = 0, NOTHING
    return state


def _used(op: o.Repeat | o.Loop) -> tuple[set[int], set[int]]:
    """Levels and columns whose room the turns of *op* take."""
    inner = list(o.walk(op.body))
    levels = {x.level for x in (op, *inner) if isinstance(x, o.Repeat | o.Loop) and x.level > 0}
    return levels, {x.column for x in inner if isinstance(x, o.Put)}


def _repeat(w: Walk, op: o.Repeat, state: State, place: Place) -> State:
    count = w.amount(op.count, state)
    if count == literal(0):
        return state  # its body is never run
    turn = _before_turns(w, op, state)
    moved = displacement(op.body, op.stride)
    if moved is not None and count.literal:
        turn.ahead = max(state.ahead - moved * max(count.factor - 1, 0), 0)
        state.ahead = max(state.ahead - moved * count.factor, 0)
    else:
        if moved is not None:
            proven = shared(state.sized, count)
            turn.ahead = state.ahead if moved == 0 else moved if covers(proven, literal(moved)) else 0
        state.ahead = 0 if moved != 0 else state.ahead
    state.sized = NOTHING if moved != 0 else state.sized
    levels, columns = _used(op)
    for found, changed in ((turn.slots, levels), (turn.data, columns)):
        for key in changed & found.keys():
            found[key] = shared(found[key], count)
    roomy = op.level > 0 and covers(state.slots.get(op.level, NOTHING), count)
    if op.level > 0:
        turn.slots[op.level] = frozenset({literal(1)}) if roomy else NOTHING
    end = _turn(w, op, turn, place)
    for before, changed in ((state.slots, levels), (state.data, columns)):
        for key in changed & before.keys():
            before[key] = less(before[key], count) if roomy and before is state.slots and key == op.level else NOTHING
    if count.literal and count.factor > 0:
        state.held, state.dead = end.held, end.dead
    else:
        state.held = w.after(state, end)
    return state


def _loop(w: Walk, op: o.Loop, state: State, place: Place) -> State:
    turn = _before_turns(w, op, state)
    levels, columns = _used(op)
    for found, changed in ((turn.slots, levels), (turn.data, columns), (state.slots, levels), (state.data, columns)):
        for key in changed:
            found.pop(key, None)
    end = _turn(w, op, turn, place)
    state.ahead, state.sized = 0, NOTHING
    if isinstance(op.stop, R):
        if op.stop.n not in end.held:
            w.report(op, f"{op.stop!r} is not written on every path of an element")
        state.held = end.held
    else:
        state.held = w.after(state, end)
    return state


def _turn(w: Walk, op: o.Repeat | o.Loop, turn: State, place: Place) -> State:
    """Walk one turn of *op*; what holds at its end."""
    program, level = w.program, op.level
    if level != -1 and not 0 < level < len(program.levels):
        w.report(op, f"there is no list at level {level}")
        level = -1
    if level == -1:
        return w.block(op.body, turn, place.inside(turns=place.turns + 1, loose=True))
    if place.level != program.levels[level].parent:
        w.report(
            op,
            f"level {level} is a list of level {program.levels[level].parent}, and the open slot is of level {place.level}",
        )
    outer, turn.put = turn.put, 0
    end = w.block(op.body, turn, place.inside(turns=place.turns + 1, loose=False, level=level))
    if not end.dead and not covers(end.slots.get(level, NOTHING), literal(1)):
        w.report(op, f"no room before the end of an element makes sure that a slot of level {level} fits")
    turn.put = outer
    return end


# --- columns ---


def _room(w: Walk, op: o.Room, state: State, place: Place) -> State:
    if not 0 <= op.level < len(w.program.levels):
        w.report(op, f"there is no level {op.level}")
    else:
        state.slots[op.level] = state.slots.get(op.level, NOTHING) | {w.amount(op.n, state)}
    return state


def _room_data(w: Walk, op: o.RoomData, state: State, place: Place) -> State:
    if not 0 <= op.column < len(w.program.columns):
        w.report(op, f"there is no column {op.column}")
    else:
        state.data[op.column] = state.data.get(op.column, NOTHING) | {w.amount(op.n, state)}
    return state


def _put(w: Walk, op: o.Put | o.Mark, state: State, place: Place) -> State:
    for fault in _misplaced(w, op, state, place):
        w.report(op, fault)
    state.put |= 1 << max(op.column, 0)
    column = w.program.columns[op.column] if 0 <= op.column < len(w.program.columns) else None
    if isinstance(op, o.Put) and column and column.varying:
        value = state.held.get(op.a.n, -2)
        if column.storage == "utf8" and w.values.binary.get(value) is not False:
            w.report(op, f"{op.a!r} may be binary, and the column is of utf8")
        bounds, facts = w.values.bounds.get(value, NOTHING), state.data.get(op.column, NOTHING)
        fitting = sorted(bound for bound in bounds if covers(facts, bound))
        if not fitting:
            w.report(op, f"no room.data before it makes sure that {op.a!r} fits column {op.column}")
        left = less(facts, fitting[0]) if fitting else NOTHING
        state.data.pop(op.column, None)
        if left - {literal(0)}:
            state.data[op.column] = left
    return state


def _misplaced(w: Walk, op: o.Put | o.Mark, state: State, place: Place) -> Iterator[str]:
    if not 0 <= op.column < len(w.program.columns):
        yield f"there is no column {op.column}"
        return
    level = w.program.columns[op.column].level
    if level != place.level:
        yield f"column {op.column} is of level {level}, and the open slot of level {place.level}"
    elif place.loose:
        yield f"column {op.column} would be put in every turn of a loop without a list"
    elif not covers(state.slots.get(level, NOTHING), literal(1)):
        yield f"no room before it makes sure that a slot of level {level} fits"
    if state.put >> op.column & 1 and level == place.level:
        yield f"column {op.column} may have been put in this slot already"


#: op → what it needs and adds; the others read registers and write theirs
FLOW: dict[type[Op], Callable[[Walk, Any, State, Place], State]] = {
    o.Need: _need,
    o.Reach: _reach,
    o.Skip: _skip,
    o.Remain: _remain,
    o.AtPlace: _at,
    o.Within: _within,
    o.Transform: _transform,
    **dict.fromkeys((o.LoadInt, o.LoadBits, o.LoadFloat, o.Unpack, o.Unzone, o.LoadText, o.LoadBytes, o.Expect), _load),
    o.Scan: _scan,
    o.Let: _let,
    o.Const: _const,
    o.TextLet: _text_let,
    o.Fetch: _fetch,
    o.Label: _label,
    o.Require: _require,
    o.FailNow: _fail,
    o.If: _if,
    o.Switch: _switch,
    o.Repeat: _repeat,
    o.Loop: _loop,
    o.Strip: _strip,
    o.Room: _room,
    o.RoomData: _room_data,
    o.Put: _put,
    o.Mark: _put,
}
