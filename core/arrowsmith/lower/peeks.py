"""Bits behind the place that are looked at and not passed: one load where their shift is known, one of eight where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arrowsmith.layout.expr import Peek
from arrowsmith.lower.expressions import as_register, lower_number
from arrowsmith.program import ops
from arrowsmith.program.ops import Block, Operand, R

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk


def lower_peek(walk: Walk, peek: Peek) -> Operand:
    """The integer that *peek* looks at."""
    build = walk.build
    shift = lower_number(walk, peek.shift)
    walk.flush()
    out = build.register()
    if isinstance(shift, int):
        for op in _load(walk, peek, shift, out):
            build.emit(op)
        return out
    cases = tuple(((n,), Block(_load(walk, peek, n, out))) for n in range(8))
    nowhere = Block([ops.FailNow(site=walk.rule("a place in a byte, 0 to 7"))])
    build.emit(ops.Switch(value=as_register(walk, shift), cases=cases, default=nowhere))
    return out


def _load(walk: Walk, peek: Peek, shift: int, out: R) -> list[ops.Op]:
    size = (shift + peek.width + 7) // 8
    low = 8 * size - shift - peek.width if peek.order == "big" else shift
    site = walk.rule("bits behind the place")
    return [
        ops.Need(n=size, site=site),
        ops.LoadBits(out=out, at=0, size=size, order=peek.order, low=low, width=peek.width, site=site),
    ]
