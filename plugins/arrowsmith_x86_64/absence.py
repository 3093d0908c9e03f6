"""Absent values: fields all of whose bytes are one and the same of a few.

Where such bytes are refused anyway, nobody looks before they are; else the first byte tells, mostly, and cold code looks at the rest.
"""

from __future__ import annotations

from typing import Any

from arrowsmith_x86_64.operands import AL, EAX, R8, RAX, RCX, RDI, RDX, b
from arrowsmith_x86_64.select import Exits, Selector


def absent_first(s: Selector, at: int, size: int, absent: bytes, exits: Exits) -> None:
    """To the null exit where the *size* bytes at the place are one and the same of *absent*."""
    if not absent:
        return
    a = s.a
    maybe, back = a.label(), a.label()
    for value in sorted(set(absent)):
        a.cmp(s.byte(at), value - 256 if value >= 128 else value)
        a.jump(maybe, "e")
    a.place(back)
    with a.cold():
        a.place(maybe)
        all_same(s, at, size, absent, exits.null)
        a.jump(back)


def absent_or(s: Selector, op: Any, exits: Exits) -> None:
    """In cold code, where the bytes of *op* are refused: to the null exit where they are absent."""
    if getattr(op, "absent", b"") and isinstance(op.size, int):
        all_same(s, op.at, op.size, op.absent, exits.null)


def all_same(s: Selector, at: int, size: int, values: bytes, null: int) -> None:
    """Jump to *null* where each of the *size* ≥ 1 bytes at the place is one and the same of *values*.  Changes rax, rcx, rdx, rdi, r8."""
    if size <= AT_ONCE:
        _all_same_at_once(s, at, size, values, null)
        return
    s.address(R8, at)
    s.a.keep_flags(RDX, size)
    same_at(s, values, null)


#: bytes that are compared by one word, or two that overlap
AT_ONCE = 16


def _all_same_at_once(s: Selector, at: int, size: int, values: bytes, null: int) -> None:
    """`all_same` of a few bytes.  What stands before the field is shifted out; it is there, as bytes around every stream are.
    Changes rax, rcx, rdx."""
    a = s.a
    a.mov(RAX, s.quad(at + size - 8))
    if size < 8:
        a.shift("shr", RAX, 64 - 8 * size)
    for value in sorted(set(values)):
        other = a.label()
        a.constant(RDX, int.from_bytes(bytes([value]) * min(size, 8), "little"))
        a.cmp(RAX, RDX)
        if size > 8:
            a.jump(other, "ne")
            a.cmp(s.quad(at), RDX)
        a.jump(null, "e")
        if size > 8:
            a.place(other)


def same_at(s: Selector, values: bytes, null: int) -> None:
    """The same for the rdx ≥ 1 bytes at r8.  Changes rax, rcx, rdi."""
    listed = bytes(sorted(set(values)))
    s.a.call(s.routine(("absent", listed), lambda: _absent(s, listed)))
    s.a.jump(null, "e")


def _absent(s: Selector, values: bytes) -> None:
    """Takes rdx ≥ 1 bytes at r8; "e" where all are one and the same of *values*.  Changes rax, rcx, rdi."""
    a = s.a
    found, done = a.label(), a.label()
    a.movzx(EAX, b(R8))
    for value in values:
        a.cmp(EAX, value)
        a.jump(found, "e")
    a.jump(done)
    a.place(found)
    a.mov(RDI, R8)
    a.mov(RCX, RDX)
    a.call(s.routine("repeated", lambda: _repeated(s)))
    a.place(done)
    a.ret()


def _repeated(s: Selector) -> None:
    """Takes rcx ≥ 1 bytes at rdi; the zero flag says whether all are al.  Changes rcx, rdi."""
    a = s.a
    again, done = a.label(), a.label()
    a.place(again)
    a.cmp(b(RDI), AL)
    a.jump(done, "ne")
    a.inc(RDI)
    a.dec(RCX)
    a.jump(again, "ne")
    a.place(done)
    a.ret()
