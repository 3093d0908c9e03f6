"""What the verifier asks of ops that fill registers, and what it knows of their values: bytes proven, bounds of texts, multiples.

Invariant: nothing here moves the cursor or stores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from arrowsmith.program import ops as o
from arrowsmith.program.facts import NOTHING, Amount, State, literal
from arrowsmith.program.floats import KINDS
from arrowsmith.program.ops import Op, R
from arrowsmith.program.proof import Place, Walk

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
        case o.LoadInt() | o.LoadBits() | o.Unpack() | o.Unzone() | o.Spell() | o.LoadText() | o.LoadBytes():
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


def _spell(w: Walk, op: o.Spell, state: State, place: Place) -> State:
    state = _load(w, op, state, place)
    value = state.held[op.out.n]
    w.values.binary[value], w.values.bounds[value] = False, frozenset({literal(op.size + 1)})
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


FILLS: Mapping[type[Op], Callable[[Walk, Any, State, Place], State]] = {
    **dict.fromkeys((o.LoadInt, o.LoadBits, o.LoadFloat, o.Unpack, o.Unzone, o.LoadText, o.LoadBytes, o.Expect), _load),
    o.Let: _let,
    o.Const: _const,
    o.TextLet: _text_let,
    o.Fetch: _fetch,
    o.Label: _label,
    o.Spell: _spell,
    o.Require: _require,
}
