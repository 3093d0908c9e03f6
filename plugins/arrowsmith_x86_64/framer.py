"""A framer's Program becomes the loop over runs: each begins where the one before it ended, and its frames count only when it is whole.

Registers as in `select`; r12 holds the number of frames, r15 the window's bytes from where the run began.
Invariant: on return, position and count are those of the last whole run.
"""

from __future__ import annotations

from typing import Final, Literal

from arrowsmith.program import ops as o
from arrowsmith.program.ops import R
from arrowsmith_x86_64.abi import Convention
from arrowsmith_x86_64.operands import R8, R9, R10, R12, R15, RAX, RBX, RCX, RDX, RSI, b, d, narrow, q
from arrowsmith_x86_64.select import Select, Selector

#: what a kernel returns, in the words of `FramingStatus`
STOPS: Final[tuple[Literal["end", "full", "more", "failed"], ...]] = ("end", "full", "more", "failed")


def emit_framer(s: Selector, convention: Convention) -> None:
    """The whole kernel."""
    a = s.a
    again, end, leave = a.label(), a.label(), a.label()
    s.window = True
    convention.enter(a)
    a.mov(R12, s.header("count"))
    a.mov(R15, s.header("position"))
    a.mov(RBX, s.header("window_end"))
    a.note("run")
    a.place(again)
    a.cmp(R15, RBX)
    a.jump(end, "ae")
    a.mov(s.header("position"), R15)
    a.mov(s.header("count"), R12)
    a.mov(s.header("root_start"), R15)
    a.mov(s.header("root_end"), RBX)
    a.mov(RSI, R15)
    s.displacement, s.proven = 0, 0
    s.block(s.program.body)
    s.flush()
    a.note("next run")
    a.cmp(RSI, RBX)
    a.jump(s.more, "a")
    a.cmp(RSI, R15)
    a.jump(s.trap, "e")
    a.cmp(R12, s.header("frames"))
    a.jump(s.full, "a")
    a.mov(R15, RSI)
    a.jump(again)
    for label, stop in ((s.trap, "failed"), (s.more, "more"), (s.full, "full"), (s.log_full, "failed")):
        a.place(label)
        a.constant(RAX, STOPS.index(stop))
        a.jump(leave)
    a.place(end)
    a.mov(s.header("position"), R15)
    a.mov(s.header("count"), R12)
    a.constant(RAX, STOPS.index("end"))
    a.place(leave)
    convention.leave(a, wide=s.has("avx"))


def frame(s: Selector, op: o.Frame) -> None:
    """One frame; where there is no room for it, it is only counted, because the run may yet end otherwise."""
    a = s.a
    beyond = a.label()
    s.count(R8, op.start, s.trap)
    s.count(R9, op.length, s.trap)
    s.count(R10, op.kind, s.trap)
    for operand in op.carried:
        s.unless_null(operand, s.trap)
    if isinstance(op.kind, R):
        a.cmp(R10, 255)
        a.jump(s.trap, "a")
    if isinstance(op.length, R):
        a.mov(RAX, R9)
        a.shift("shr", RAX, 32)
        a.jump(s.trap, "ne")
    # more than there is: start, or length, or both
    a.mov(RAX, s.header("root_end"))
    a.mov(RCX, s.header("root_start"))
    a.sub(RAX, RCX)
    a.cmp(R8, RAX)
    a.jump(s.more, "a")
    a.sub(RAX, R8)
    a.cmp(R9, RAX)
    a.jump(s.more, "a")
    a.cmp(R12, s.header("frames"))
    a.jump(beyond, "ae")
    a.add(R8, RCX)
    a.sub(R8, s.header("window"))
    a.mov(RDX, s.header("starts"))
    a.mov(q(RDX, 0, R12, 8), R8)
    a.mov(RDX, s.header("lengths"))
    a.mov(d(RDX, 0, R12, 4), narrow(R9, 32))
    a.mov(RDX, s.header("kinds"))
    a.mov(b(RDX, 0, R12), narrow(R10, 8))
    for n, operand in enumerate(op.carried):
        s.number(RCX, operand)
        unused = a.label()
        a.mov(RDX, s.header(f"carried{n}"))
        a.test(RDX, RDX)
        a.jump(unused, "e")
        a.mov(q(RDX, 0, R12, 8), RCX)
        a.place(unused)
    a.place(beyond)
    a.inc(R12)


TABLE: dict[type[o.Op], Select] = {o.Frame: frame}
