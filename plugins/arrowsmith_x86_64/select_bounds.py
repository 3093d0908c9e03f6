"""Bounds and movement: what must be there, where the cursor goes, and the streams that a part of a record opens.

Invariant: bytes are compared with what is left, signed, so no sum can wrap around.
"""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, R
from arrowsmith_x86_64.operands import R8, R15, RAX, RBX, RCX, RSI, Reg, q
from arrowsmith_x86_64.select import Select, Selector

#: the largest constant that is added to an address; more bytes than this are compared as a number
NEAR = 1 << 30


def need(s: Selector, op: o.Need) -> None:
    """Trap unless n bytes are there."""
    if isinstance(op.n, int) and op.n >= 0:
        if s.displacement + op.n <= s.proven:
            return
        _compare(s, op.n)
        s.a.jump(s.short, "a" if op.n < NEAR else "g")
        s.proven = s.displacement + op.n
        return
    s.count(RAX, op.n, s.trap)
    s.left(RCX)
    s.a.cmp(RAX, RCX)
    s.a.jump(s.short, "g")
    s.proven = max(s.proven, s.displacement)
    s.needed = op.n if isinstance(op.n, R) else None


def _compare(s: Selector, n: int) -> None:
    """Set the flags as n against what is left: above where an address is compared, greater where a number is."""
    a = s.a
    if n < NEAR:
        if s.displacement + n:
            a.lea(RAX, q(RSI, s.displacement + n))
            a.cmp(RAX, RBX)
        else:
            a.cmp(RSI, RBX)
    else:
        a.constant(RAX, n)
        s.left(RCX)
        a.cmp(RAX, RCX)


def reach(s: Selector, op: o.Reach) -> None:
    a = s.a
    other, beyond, done = a.label(), a.label(), a.label()
    proven = s.proven
    if isinstance(op.n, int) and op.n >= 0:
        if s.displacement + op.n <= s.proven:
            s.block(op.then)
            return
        _compare(s, op.n)
        a.jump(beyond, "a" if op.n < NEAR else "g")
        then = s.displacement + op.n
    else:
        s.unless_null(op.n, other)
        s.number(RAX, op.n)
        a.test(RAX, RAX)
        a.jump(other, "s")
        s.left(RCX)
        a.cmp(RAX, RCX)
        a.jump(beyond, "g")
        then = max(proven, s.displacement)
    s.arms([(None, op.then, then), (other, op.other, proven)], done)
    with a.cold():
        a.place(beyond)
        s.ends()
        a.jump(other)


def skip(s: Selector, op: o.Skip) -> None:
    """A cursor behind the end stands one byte behind it."""
    a = s.a
    if isinstance(op.n, int) and op.n >= 0:
        if s.displacement + op.n <= s.proven:
            s.displacement += op.n
            return
        _compare(s, op.n)
        condition = "a" if op.n < NEAR else "g"
    else:
        s.count(RAX, op.n, s.trap)
        s.left(RCX)
        a.cmp(RAX, RCX)
        condition = "g"
    behind, done = a.label(), a.label()
    a.jump(behind, condition)
    if isinstance(op.n, int) and 0 <= op.n < NEAR:
        if s.displacement + op.n:
            a.mov(RSI, RAX)
    else:
        a.lea(RSI, q(RSI, s.displacement, RAX))
    a.place(done)
    with a.cold():
        a.place(behind)
        a.lea(RSI, q(RBX, 1))
        a.jump(done)
    s.displacement, s.proven = 0, -1


def at_place(s: Selector, op: o.AtPlace) -> None:
    a = s.a
    s.count(RAX, op.position, s.trap)
    window = s.program.kind == "framer" if op.root else s.window
    if op.root:
        a.mov(RCX, s.header("root_end"))
        a.mov(R8, s.header("root_start"))
        a.sub(RCX, R8)
    else:
        a.mov(RCX, RBX)
        a.sub(RCX, R15)
    a.cmp(RAX, RCX)
    a.jump(s.more if window else s.trap, "a")
    s.flush()
    cursor, end, start = s.kept(), s.kept(), s.kept()
    a.mov(cursor, RSI)
    if op.root:
        a.mov(end, RBX)
        a.mov(start, R15)
        a.mov(RBX, s.header("root_end"))
        a.mov(R15, R8)
    a.lea(RSI, q(R15, 0, RAX))
    proven = s.proven
    s.displacement = s.proven = 0
    with s.kept_window(window):
        s.block(op.body)
    s.displacement, s.proven = 0, proven
    a.mov(RSI, cursor)
    if op.root:
        a.mov(RBX, end)
        a.mov(R15, start)


def within(s: Selector, op: o.Within) -> None:
    a = s.a
    proven = 0
    if isinstance(op.n, int) and op.n >= 0:
        if s.displacement + op.n > s.proven:
            _compare(s, op.n)
            a.jump(s.short, "a" if op.n < NEAR else "g")
        proven = op.n
        s.flush()
        a.constant(RAX, op.n)
    else:
        s.count(RAX, op.n, s.trap)
        s.left(RCX)
        a.cmp(RAX, RCX)
        a.jump(s.short, "g")
        s.flush()
    behind = max(0, s.proven - proven) if isinstance(op.n, int) else 0
    _inside(s, op.body, RAX, proven)
    s.proven = behind


def _inside(s: Selector, body: Block, size: Reg, proven: int) -> None:
    """Run *body* in the stream of *size* bytes at the cursor, which is flushed; then stand behind them."""
    a = s.a
    end, start = s.kept(), s.kept()
    a.mov(end, RBX)
    a.mov(start, R15)
    a.mov(R15, RSI)
    a.lea(RBX, q(RSI, 0, size))
    s.displacement, s.proven = 0, proven
    with s.kept_window(False):
        s.block(body)
    a.mov(RSI, RBX)
    a.mov(RBX, end)
    a.mov(R15, start)
    s.displacement = 0


def fail(s: Selector, op: o.FailNow) -> None:
    s.a.jump(s.trap)


TABLE: dict[type[o.Op], Select] = {
    o.Need: need,
    o.Reach: reach,
    o.Skip: skip,
    o.AtPlace: at_place,
    o.Within: within,
    o.FailNow: fail,
}

__all__ = ["TABLE", "R"]
