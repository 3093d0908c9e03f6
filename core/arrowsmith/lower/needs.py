"""Merge bounds: neighbouring needs of one block become one, where nothing between them can be seen to fail first.

A later need moves up into an earlier one of the same block when only ops that cannot trap stand between them, so the first
failing op of a record stays the same need.
"""

from __future__ import annotations

from dataclasses import replace

from arrowsmith.program import ops
from arrowsmith.program.ops import Block, Op
from arrowsmith.program.program import Program

#: Ops between two needs that neither fail nor have an effect that a failing record would show.
HARMLESS = (ops.LoadBits, ops.LoadFloat, ops.Put, ops.Mark, ops.RoomData, ops.LoadBytes, ops.Tell)


def merge_needs(program: Program) -> Program:
    """*program* with neighbouring needs merged."""
    return replace(program, body=_block(program.body))


def _block(block: Block) -> Block:
    out: list[Op] = []
    need: int | None = None  # where in `out` the need stands that a later one may join
    moved = 0  # bytes that the cursor moved since then
    for op in block:
        if isinstance(op, ops.Need) and isinstance(op.n, int):
            earlier = out[need] if need is not None else None
            if isinstance(earlier, ops.Need) and isinstance(earlier.n, int) and need is not None:
                out[need] = replace(earlier, n=max(earlier.n, moved + op.n))
                continue
            need, moved = len(out), 0
        elif isinstance(op, ops.Skip) and isinstance(op.n, int):
            moved += op.n
        elif not _harmless(op):
            need = None
        out.append(_inside(op))
    return Block(out)


def _harmless(op: Op) -> bool:
    return isinstance(op, HARMLESS) or (isinstance(op, ops.LoadInt) and not op.below)


def _inside(op: Op) -> Op:
    match op:
        case ops.Reach():
            return replace(op, then=_block(op.then), other=_block(op.other))
        case ops.If():
            return replace(op, then=_block(op.then), other=_block(op.other))
        case ops.Switch():
            cases = tuple((values, _block(body)) for values, body in op.cases)
            return replace(op, cases=cases, default=_block(op.default))
        case ops.AtPlace() | ops.Within() | ops.Transform() | ops.Repeat() | ops.Loop() | ops.Strip():
            return replace(op, body=_block(op.body))
        case _:
            return op
