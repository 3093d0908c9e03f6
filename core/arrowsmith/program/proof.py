"""The verifier's walk over a Program's blocks: what holds before each op goes in, what holds behind it comes out.

`Walk.report` is told what is wrong; `Walk.flow` says, for each op, what it needs and adds (`arrowsmith.program.flow`).
Invariant: each op is walked once; a loop's body from what holds before every turn of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from arrowsmith.charsets import expansion
from arrowsmith.program import ops as o
from arrowsmith.program.facts import NOTHING, Amount, Facts, State, Values, literal
from arrowsmith.program.ops import Block, Op, R
from arrowsmith.program.program import Program

#: ops that only framers, and only tables and headers, have
FRAMERS = (o.Frame,)
TABLES = (o.Room, o.RoomData, o.Put, o.Mark, o.Fetch, o.Carried, o.Strip)
#: ops that may stand in a strip: no stream is opened, and the cursor moves by constants
STATIC = (
    o.Need, o.Reach, o.Skip, o.LoadInt, o.LoadBits, o.LoadFloat, o.Unpack, o.Unzone, o.LoadText, o.LoadBytes, o.Expect, o.Let, o.Const,
    o.Spell, o.TextLet, o.GetParam, o.Carried, o.GetIndex, o.Label, o.Date, o.Require, o.FailNow, o.If, o.Switch, o.Repeat, o.Room,
    o.RoomData, o.Put, o.Mark,
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
    flow: Mapping[type[Op], Callable[[Walk, Any, State, Place], State]]
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
        read, written = o.inputs(op), o.outputs(op)
        for r in () if isinstance(op, o.Loop) else read:  # a loop's stop is read behind its body
            if r.n not in state.held:
                self.report(op, f"{r!r} is read, and not written on every path to here")
        handler = self.flow.get(type(op))
        if handler:
            state = handler(self, op, state, place)
        else:
            for r in written:
                self.write(r, state)
        for r in read:
            self.unread[r.n] -= 1
        for r in (*read, *written):
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
