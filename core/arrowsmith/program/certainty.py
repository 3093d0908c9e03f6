"""Which columns can hold no null: every record that is committed has put a value there, so nobody need keep their validity.

Only what stands at the top of a Program, or in a strip there, counts; what a condition or a loop surrounds may not happen.
"""

from __future__ import annotations

from arrowsmith.program import ops
from arrowsmith.program.ops import Block, Op, R
from arrowsmith.program.program import Program

#: ops whose register is never null
ALWAYS = (ops.LoadBits, ops.LoadBytes, ops.Tell, ops.Remain, ops.Extent, ops.GetParam, ops.Carried, ops.Const)


def certain_columns(program: Program) -> frozenset[int]:
    """The numbers of the columns of the row whose every committed slot is valid."""
    if program.kind != "table":
        return frozenset()
    top = list(_top(program.body))
    inner = {id(op) for op in top}
    elsewhere: set[R] = set()
    for op in ops.walk(program.body):
        if id(op) not in inner:
            elsewhere.update(ops.outputs(op))
    sure: set[R] = set()
    found = set()
    for op in top:
        for register in ops.outputs(op):
            if register not in elsewhere and _gives_value(op, sure):
                sure.add(register)
            else:
                sure.discard(register)
        if isinstance(op, ops.Put) and op.a in sure and program.columns[op.column].level == 0:
            found.add(op.column)
    return frozenset(found)


def _top(block: Block) -> list[Op]:
    return [inner for op in block for inner in (op.body if isinstance(op, ops.Strip) else (op,))]


def _gives_value(op: Op, sure: set[R]) -> bool:
    match op:
        case ops.LoadInt():
            return not op.absent and (op.fail == "trap" or not op.below)
        case ops.LoadFloat():
            return not op.absent
        case ops.Unpack():
            return op.fail == "trap" and not op.absent
        case ops.Unzone():
            return op.fail == "trap" and not op.absent and (not op.lenient or op.blank_zero)
        case ops.LoadText():
            return op.fail == "trap" and not op.absent
        case ops.Label() | ops.Spell():
            return op.a in sure
        case _:
            return isinstance(op, ALWAYS)
