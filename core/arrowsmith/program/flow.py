"""What the verifier asks of ops that move, branch, repeat and store, and what holds behind them; `FLOW` is the table of all.

Invariant: a Program without faults loads no byte outside its stream and stores none outside its room, whatever the data are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from arrowsmith.program import ops as o
from arrowsmith.program.facts import NOTHING, Amount, Facts, State, covers, join, less, literal, shared
from arrowsmith.program.flow_registers import FILLS
from arrowsmith.program.ops import Block, Op, R
from arrowsmith.program.proof import Place, Walk

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


# --- structure ---


def _fail(w: Walk, op: o.FailNow, state: State, place: Place) -> State:
    state.dead = True
    return state


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
    **FILLS,
    o.Need: _need,
    o.Reach: _reach,
    o.Skip: _skip,
    o.Remain: _remain,
    o.AtPlace: _at,
    o.Within: _within,
    o.Transform: _transform,
    o.Scan: _scan,
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
