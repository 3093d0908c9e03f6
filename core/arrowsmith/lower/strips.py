"""Cut wide Programs into strips: groups of about twelve columns at known places, each of which an emitter may run for a tile of records.

Over thousands of columns one pass over a record touches more output lines than a cache holds; a strip touches few
(measured at 2,000 columns: 0.45 → 5 GB/s).
"""

from __future__ import annotations

from dataclasses import replace

from arrowsmith.program import ops
from arrowsmith.program.ops import Block, Op, R
from arrowsmith.program.program import Program

#: columns of a strip, and columns from which on a Program is wide
STRIP = 12
WIDE = 48
#: what may stand in a strip: loads at places, and what puts their values
STATIC = (
    ops.LoadInt, ops.LoadBits, ops.LoadFloat, ops.Unpack, ops.Unzone, ops.LoadText, ops.LoadBytes, ops.Expect,
    ops.Label, ops.RoomData, ops.Put,
)  # fmt: skip


def cut_strips(program: Program) -> Program:
    """*program* with the statically placed part of its body in strips, if it is wide."""
    if program.kind != "table" or len(program.columns) < WIDE:
        return program
    outside = _shared(program.body)
    out: list[Op] = []
    strip: list[Op] = []
    puts = 0

    def close() -> None:
        if puts > 1:
            out.append(ops.Strip(body=Block(strip)))
        else:
            out.extend(strip)
        strip.clear()

    for op in program.body:
        if not _static(op) or (outside and outside & {*ops.inputs(op), *ops.outputs(op)}):
            close()
            puts = 0
            out.append(op)
            continue
        strip.append(op)
        puts += isinstance(op, ops.Put)
        if puts >= STRIP:
            close()
            puts = 0
    close()
    return replace(program, body=Block(out))


def _static(op: Op) -> bool:
    if isinstance(op, ops.LoadText | ops.LoadBytes):
        return isinstance(op.size, int)
    return isinstance(op, STATIC)


def _shared(body: Block) -> set[R]:
    """Registers that are read or written by something that cannot stand in a strip, or read behind such a thing and written before it, or
    that have to do with such a register themselves."""
    shared: set[R] = set()
    static: list[set[R]] = []
    here: set[R] = set()
    for op in body:
        if _static(op):
            static.append({*ops.inputs(op), *ops.outputs(op)})
            here |= set(ops.outputs(op))
            shared |= set(ops.inputs(op)) - here
            continue
        here.clear()
        for inner in ops.walk(Block([op])):
            shared |= {*ops.inputs(inner), *ops.outputs(inner)}
    known = -1 if shared else 0
    while known != len(shared):
        known = len(shared)
        for registers in static:
            if registers & shared:
                shared |= registers
    return shared
