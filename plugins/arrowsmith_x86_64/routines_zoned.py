"""The scan of a lenient number: each byte by the class that its digit table gives it, as `unzone` says.

One routine for each set of options; the size is an argument.  Up to 38 bytes, whose digits always fit 128 bits.
"""

from __future__ import annotations

from arrowsmith.digits import BLANK, COMMA, DIGIT_TABLES, LOW, MINUS, PLUS, POINT
from arrowsmith.program import ops as o
from arrowsmith_x86_64.operands import (
    EAX,
    EBX,
    ECX,
    EDI,
    EDX,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    RAX,
    RBX,
    RCX,
    RDI,
    RDX,
    RIP,
    b,
    narrow,
    q,
)
from arrowsmith_x86_64.select import Selector

_SIGN, _MINUS, _FOUND, _SPELLED = 1, 2, 4, 8


def scan(s: Selector, op: o.Unzone) -> int:
    """Takes rdx bytes (1–38) at r8; leaves the number in rax, or rdx:rax beyond 18 digits, and in ecx: 0 it is one, 1 null, 2 refused.
    Changes rdi, r8–r11."""
    wide = op.digits > 18 or op.size > 18
    key = (
        "scan",
        op.table,
        op.sign == "none",
        op.anywhere,
        op.point,
        op.blank_zero,
        op.point and op.scale,
        op.digits,
        op.bits,
        wide,
    )
    return s.routine(key, lambda: _scan(s, op, wide))


def _scan(s: Selector, op: o.Unzone, wide: bool) -> None:
    a = s.a
    again, end, following = a.label(), a.label(), a.label()
    bad, other, leave, digit = a.label(), a.label(), a.label(), a.label()
    unsigned = op.sign == "none"
    kept = (RBX, R12, R13, R14)
    for register in kept:
        a.push(register)
    a.lea(RBX, q(RIP, a.data(DIGIT_TABLES[op.table], 64)))
    a.mov(R10, R8)
    a.lea(R9, q(R8, 0, RDX))
    a.xor(EAX, EAX)
    a.xor(EDX, EDX)
    a.xor(EDI, EDI)
    a.constant(R11, -1)
    a.place(again)
    a.cmp(R8, R9)
    a.jump(end, "e")
    a.movzx(ECX, b(R8))
    a.movzx(ECX, b(RBX, 0, RCX))
    a.cmp(ECX, 0x2A)
    a.jump(other, "ae")
    a.cmp(ECX, 0x10)
    a.jump(digit, "b")
    if not op.anywhere:
        outer = a.label()
        a.cmp(R8, R10)
        a.jump(outer, "e")
        a.lea(R12, q(R8, 1))
        a.cmp(R12, R9)
        a.jump(bad, "ne")
        a.place(outer)
    if op.anywhere:
        _punched(s, bad, digit)
    elif unsigned:
        a.jump(bad)
    else:
        _given(s, unsigned, bad, 0x20)
        a.jump(digit)
    a.place(digit)
    a.and_(ECX, 15)
    _append(s, wide)
    a.or_(EDI, _FOUND)
    # a digit behind the point counts
    a.mov(R12, R11)
    a.not_(R12)
    a.shift("shr", R12, 63)
    a.add(R11, R12)
    a.place(following)
    a.inc(R8)
    a.jump(again)
    a.place(other)
    for blank in (BLANK, LOW):
        a.cmp(ECX, blank)
        a.jump(following, "e")
    if op.point:
        behind, point = a.label(), a.label()
        a.cmp(ECX, POINT)
        a.jump(point, "e")
        a.cmp(ECX, COMMA)
        a.jump(behind, "ne")
        a.place(point)
        a.test(R11, R11)
        a.jump(bad, "ns")
        a.constant(R11, 0)
        a.jump(following)
        a.place(behind)
    sign = a.label()
    a.cmp(ECX, PLUS)
    a.jump(sign, "e")
    a.cmp(ECX, MINUS)
    a.jump(bad, "ne")
    a.place(sign)
    _given(s, unsigned and not op.anywhere, bad, MINUS)
    a.or_(EDI, _SPELLED)
    a.jump(following)
    a.place(end)
    if unsigned and op.anywhere:
        a.test(EDI, _MINUS)
        a.jump(bad, "ne")
    _finish(s, op, wide, bad)
    a.xor(ECX, ECX)
    a.place(leave)
    for register in reversed(kept):
        a.pop(register)
    a.ret()
    a.place(bad)
    a.mov(ECX, 2)
    a.jump(leave)


def _given(s: Selector, unsigned: bool, bad: int, minus: int) -> None:
    """A sign of class ecx, a minus from *minus* on: the second one is refused, and a minus where the number has none."""
    a = s.a
    plus = a.label()
    a.test(EDI, _SIGN)
    a.jump(bad, "ne")
    a.or_(EDI, _SIGN)
    a.cmp(ECX, minus)
    a.jump(plus, "b")
    if unsigned:
        a.jump(bad)
    else:
        a.or_(EDI, _MINUS)
    a.place(plus)


def _punched(s: Selector, bad: int, digit: int) -> None:
    """One of several digits with a sign of class ecx: the last one decides; none may stand beside a sign character."""
    a = s.a
    a.test(EDI, _SPELLED)
    a.jump(bad, "ne")
    a.or_(EDI, _SIGN)
    a.and_(EDI, ~_MINUS)
    a.cmp(ECX, 0x20)
    a.jump(digit, "b")
    a.or_(EDI, _MINUS)
    a.jump(digit)


def _append(s: Selector, wide: bool) -> None:
    """rdx:rax = rdx:rax × 10 + ecx, or rax alone.  Changes r12, r13."""
    a = s.a
    if not wide:
        a.lea(RAX, q(RAX, 0, RAX, 4))
        a.lea(RAX, q(RCX, 0, RAX, 2))
        return
    a.lea(R13, q(RDX, 0, RDX, 4))
    a.add(R13, R13)
    a.keep_flags(R12, 10)
    a.mul(R12)
    a.add(RDX, R13)
    a.add(RAX, RCX)
    a.adc(RDX, 0)


def _finish(s: Selector, op: o.Unzone, wide: bool, bad: int) -> None:
    """Rescale, compare, give the sign; no digit at all is null, or 0."""
    a = s.a
    whole = a.label()
    found = a.label()
    a.test(EDI, _FOUND)
    a.jump(found, "ne")
    a.constant(RCX, 0 if op.blank_zero else 1)
    for register in (R14, R13, R12, RBX):
        a.pop(register)
    a.ret()
    a.place(found)
    if op.point:
        pointed = a.label()
        a.test(R11, R11)
        a.jump(pointed, "ns")
        a.constant(R11, 0)  # without a point the number is whole
        a.place(pointed)
        a.constant(RCX, op.scale)
        a.sub(RCX, R11)
        a.jump(whole, "e")
        lower = a.label()
        a.jump(lower, "l")
        _scale_up(s, op, wide, bad)
        a.jump(whole)
        a.place(lower)
        _scale_down(s, wide, bad)
        a.place(whole)
    limit = 1 << (op.bits - 1) if op.bits else 10**op.digits
    a.constant(R8, limit)
    if op.bits:  # the lowest one has no counterpart
        a.mov(R9, RDI)
        a.and_(narrow(R9, 32), _MINUS)
        a.shift("shr", R9, 1)
        a.add(R8, R9)
    if wide:
        a.constant(R9, limit >> 64)
        a.mov(R12, RAX)
        a.mov(R13, RDX)
        a.sub(R12, R8)
        a.sbb(R13, R9)
    else:
        a.cmp(RAX, R8)
    a.jump(bad, "ae")
    # the sign as a mask
    a.and_(EDI, _MINUS)
    a.shift("shr", EDI, 1)
    a.neg(RDI)
    a.xor(RAX, RDI)
    if wide:
        a.xor(RDX, RDI)
        a.sub(RAX, RDI)
        a.sbb(RDX, RDI)
    else:
        a.sub(RAX, RDI)


def _powers(s: Selector) -> int:
    """Where the image holds 10^0 to 10^38, 16 bytes each."""
    return s.a.data(b"".join((10**n).to_bytes(16, "little") for n in range(39)), 64)


def _scale_up(s: Selector, op: o.Unzone, wide: bool, bad: int) -> None:
    """The number × 10^rcx, if that is below 10^digits.  Changes rbx, r8, r9, r12–r14."""
    a = s.a
    zero = a.label()
    a.mov(R12, RAX)
    if wide:
        a.or_(R12, RDX)
    a.test(R12, R12)
    a.jump(zero, "e")
    a.constant(R12, op.digits)
    a.sub(R12, RCX)
    a.jump(bad, "s")
    a.lea(RBX, q(RIP, _powers(s)))
    a.shift("shl", R12, 4)
    a.shift("shl", RCX, 4)
    if not wide:
        a.cmp(RAX, q(RBX, 0, R12))
        a.jump(bad, "ae")
        a.imul(RAX, q(RBX, 0, RCX))
        a.place(zero)
        return
    a.mov(R8, RAX)
    a.mov(R9, RDX)
    a.sub(R8, q(RBX, 0, R12))
    a.sbb(R9, q(RBX, 8, R12))
    a.jump(bad, "ae")
    a.mov(R8, RAX)
    a.imul(R8, q(RBX, 8, RCX))
    a.mov(R13, RDX)
    a.imul(R13, q(RBX, 0, RCX))
    a.mul(q(RBX, 0, RCX))
    a.add(RDX, R8)
    a.add(RDX, R13)
    a.place(zero)


def _scale_down(s: Selector, wide: bool, bad: int) -> None:
    """The number ÷ 10^−rcx, if nothing is left over.  Changes ebx, r8, r9."""
    a = s.a
    again = a.label()
    a.mov(EBX, 10)
    a.place(again)
    if wide:
        a.mov(R8, RAX)
        a.mov(RAX, RDX)
        a.xor(EDX, EDX)
        a.div(RBX)
        a.mov(R9, RAX)
        a.mov(RAX, R8)
        a.div(RBX)
        a.test(RDX, RDX)
        a.jump(bad, "ne")
        a.mov(RDX, R9)
    else:
        a.xor(EDX, EDX)
        a.div(RBX)
        a.test(RDX, RDX)
        a.jump(bad, "ne")
    a.inc(RCX)
    a.jump(again, "ne")
