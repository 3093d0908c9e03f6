"""`let`: arithmetic on registers, integers with wrap-around and doubles.

A null operand gives null before anything traps.  `arrowsmith.program.arithmetic` says what each name means.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from arrowsmith.program import ops as o
from arrowsmith.program.ops import R
from arrowsmith_x86_64.operands import CL, EAX, ECX, R8, R9, RAX, RCX, RDX, XMM, narrow
from arrowsmith_x86_64.select import Decode, Exits, Selector
from arrowsmith_x86_64.select_tens import tens
from arrowsmith_x86_64.select_values import NAN, fits_64, set_double, to_double

# --- let -----------------------------------------------------------------------------------------------------------------


def let(s: Selector, op: o.Let, exits: Exits) -> None:
    """out = how of a and b."""
    a = s.a
    kind = s.program.registers[op.out.n]
    match op.how:
        case "null":
            a.jump(exits.null)
        case "present":
            _present(s, op.a)
        case "copy":
            s.unless_null(op.a, exits.null)
            take(s, op.a, kind)
        case "else":
            other, done = a.label(), a.label()
            s.unless_null(op.a, other)
            take(s, op.a, kind)
            a.place(done)
            with a.cold():
                a.place(other)
                s.unless_null(op.b, exits.null)
                take(s, op.b, kind)
                a.jump(done)
        case _:
            s.unless_null(op.a, exits.null)
            if o.LET[op.how] == 2:
                s.unless_null(op.b, exits.null)
            if op.how == "float":
                take(s, op.a, s.kind(op.a))
                to_double(s, s.kind(op.a))
            elif op.how == "trunc":
                _trunc(s, op)
            elif op.how == "tens":
                to_numbers(s, op)
                tens(s)
            elif "f64" in (s.kind(op.a), s.kind(op.b) if o.LET[op.how] == 2 else ""):
                FLOATS[op.how](s, op)
            else:
                to_numbers(s, op)
                INTEGERS[op.how](s, op)


def to_numbers(s: Selector, op: o.Let) -> None:
    """The integer operands, not null, to rax and rcx; the second one stays out where it is a part of the instructions."""
    for operand in (op.a, op.b)[: o.LET[op.how]]:
        fits_64(s, operand)
    s.number(RAX, op.a)
    if o.LET[op.how] == 2 and not immediate(op):
        s.number(RCX, op.b)


def take(s: Selector, operand: R | int, kind: str) -> None:
    """The operand, not null, to where values of *kind* are."""
    if isinstance(operand, R):
        s.load(operand)
        return
    match kind:
        case "f64":
            set_double(s, XMM[0], operand)
        case "i128":
            s.a.constant(RAX, operand)
            s.a.constant(RDX, operand >> 64)
        case _:
            s.a.constant(RAX, operand)


def _present(s: Selector, operand: R | int) -> None:
    if s.nullable(operand):
        assert isinstance(operand, R)
        s.a.xor(EAX, EAX)
        s.a.cmp(s.state(operand), 0)
        s.a.setne(narrow(RAX, 8))
    else:
        s.a.constant(RAX, 1)


IMMEDIATE = frozenset({"add", "sub", "and", "or", "xor", "eq", "ne", "lt", "le", "gt", "ge", "mul"})


def immediate(op: o.Let) -> bool:
    """Whether the second operand is a part of the instructions."""
    return (op.how in IMMEDIATE and _small(op.b)) or (op.how in ("div", "mod") and isinstance(op.b, int) and op.b > 0)


def _small(operand: R | int) -> bool:
    return isinstance(operand, int) and -(1 << 31) <= operand < 1 << 31


def _plain(mnemonic: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        if _small(op.b) and op.how == "mul":
            s.a.imul(RAX, RAX, op.b)
        else:
            getattr(s.a, mnemonic)(RAX, op.b if _small(op.b) else RCX)

    return select


def _alone(mnemonic: str) -> Callable[[Selector, o.Let], None]:
    return lambda s, op: getattr(s.a, mnemonic)(RAX)


def _compare(condition: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        s.a.cmp(RAX, op.b if _small(op.b) else RCX)
        getattr(s.a, "set" + condition)(narrow(RAX, 8))
        s.a.movzx(EAX, narrow(RAX, 8))

    return select


def _extreme(condition: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        s.a.cmp(RCX, RAX)
        getattr(s.a, "cmov" + condition)(RAX, RCX)

    return select


def _shift(mnemonic: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        if isinstance(op.b, int) and 0 <= op.b <= 63:
            s.a.shift(mnemonic, RAX, op.b)
            return
        s.a.cmp(RCX, 63)
        s.a.jump(s.trap, "a")
        getattr(s.a, mnemonic)(RAX, CL)

    return select


def _not(s: Selector, op: o.Let) -> None:
    s.a.xor(ECX, ECX)
    s.a.test(RAX, RAX)
    s.a.sete(narrow(RCX, 8))
    s.a.mov(EAX, ECX)


def _abs(s: Selector, op: o.Let) -> None:
    s.a.cqo()
    s.a.xor(RAX, RDX)
    s.a.sub(RAX, RDX)


def _divide(result: str) -> Callable[[Selector, o.Let], None]:
    """Floor division, or what it leaves.  idiv faults for −2⁶³ ÷ −1 (Intel SDM vol. 2A, IDIV), so −1 goes apart."""

    def select(s: Selector, op: o.Let) -> None:
        a = s.a
        if isinstance(op.b, int) and op.b > 0:
            _by_constant(s, op.b, result)
            return
        done, minus, exact = a.label(), a.label(), a.label()
        a.test(RCX, RCX)
        a.jump(s.trap, "e")
        a.cmp(RCX, -1)
        a.jump(minus, "e")
        a.cqo()
        a.idiv(RCX)
        # the quotient is truncated: one too large where there is a rest of the other sign than the divisor's
        a.test(RDX, RDX)
        a.jump(exact, "e")
        a.mov(R8, RDX)
        a.xor(R8, RCX)
        a.shift("sar", R8, 63)
        if result == "div":
            a.add(RAX, R8)
        else:
            a.and_(R8, RCX)
            a.add(RDX, R8)
        a.place(exact)
        if result == "mod":
            a.mov(RAX, RDX)
        a.place(done)
        with a.cold():
            a.place(minus)
            a.neg(RAX) if result == "div" else a.xor(EAX, EAX)
            a.jump(done)

    return select


def _by_constant(s: Selector, divisor: int, result: str) -> None:
    """The same for a *divisor* > 0, by multiplication: n is complemented where it is negative, and so is the quotient of the 63 bits
    that are left.  With 2^(l − 1) < divisor ≤ 2^l and m = ⌊2^(63 + l) ÷ divisor⌋ + 1, the quotient is the integer part of
    n × m ÷ 2^(63 + l), since m exceeds by less than one part in 2^63 (Granlund and Montgomery 1994, theorem 4.2)."""
    a = s.a
    if divisor == 1:
        if result == "mod":
            a.xor(EAX, EAX)
        return
    bits = (divisor - 1).bit_length()
    a.mov(R8, RAX)
    a.cqo()
    a.mov(R9, RDX)
    a.xor(RAX, R9)
    a.constant(RCX, (1 << 63 + bits) // divisor + 1)
    a.mul(RCX)
    a.shift("shr", RDX, bits - 1)
    a.xor(RDX, R9)
    if result == "div":
        a.mov(RAX, RDX)
        return
    if _small(divisor):
        a.imul(RDX, RDX, divisor)
    else:
        a.constant(RCX, divisor)
        a.imul(RDX, RCX)
    a.mov(RAX, R8)
    a.sub(RAX, RDX)


INTEGERS: dict[str, Callable[[Selector, o.Let], None]] = {
    "neg": _alone("neg"), "not": _not, "inv": _alone("not_"), "abs": _abs,
    "add": _plain("add"), "sub": _plain("sub"), "mul": _plain("imul"), "div": _divide("div"), "mod": _divide("mod"),
    "shl": _shift("shl"), "shr": _shift("sar"), "and": _plain("and_"), "or": _plain("or_"), "xor": _plain("xor"),
    "min": _extreme("l"), "max": _extreme("g"),
    "eq": _compare("e"), "ne": _compare("ne"), "lt": _compare("l"), "le": _compare("le"), "gt": _compare("g"), "ge": _compare("ge"),
}  # fmt: skip


# --- doubles --------------------------------------------------------------------------------------------------------------


def _double(s: Selector, n: int, operand: R | int) -> None:
    if isinstance(operand, R):
        s.v.move("movq", XMM[n], s.low(operand))
    else:
        set_double(s, XMM[n], operand)


def _number_or_nan(s: Selector) -> None:
    """A result that is no number is the one NaN."""
    a = s.a
    fine, none = a.label(), a.label()
    s.v.move("ucomisd", XMM[0], XMM[0])
    a.jump(none, "p")
    a.place(fine)
    with a.cold():
        a.place(none)
        s.v.move("movq", XMM[0], a.const(NAN.to_bytes(8, "little")))
        a.jump(fine)


def _arithmetic(mnemonic: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        _double(s, 0, op.a)
        _double(s, 1, op.b)
        if op.how == "div":
            fine = s.a.label()
            s.v.zero(XMM[2])
            s.v.move("ucomisd", XMM[1], XMM[2])
            s.a.jump(fine, "p")
            s.a.jump(s.trap, "e")
            s.a.place(fine)
        if op.how in ("min", "max"):
            _extreme_double(s, op, mnemonic)
            return
        s.v.op(mnemonic, XMM[0], XMM[0], XMM[1])
        _number_or_nan(s)

    return select


def _extreme_double(s: Selector, op: o.Let, mnemonic: str) -> None:
    """b where it is the smaller (larger) one, else a: as minsd and maxsd have it; a NaN on either side is the result."""
    a = s.a
    none, done = a.label(), a.label()
    _double(s, 0, op.b)
    _double(s, 1, op.a)
    s.v.move("ucomisd", XMM[0], XMM[1])
    a.jump(none, "p")
    s.v.op(mnemonic, XMM[0], XMM[0], XMM[1])
    a.place(done)
    with a.cold():
        a.place(none)
        s.v.move("movq", XMM[0], a.const(NAN.to_bytes(8, "little")))
        a.jump(done)


def _sign(mask: int, mnemonic: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        _double(s, 0, op.a)
        s.v.op(mnemonic, XMM[0], XMM[0], s.a.const(mask.to_bytes(8, "little") + bytes(8)))
        _number_or_nan(s)

    return select


def _compare_doubles(how: str) -> Callable[[Selector, o.Let], None]:
    """ucomisd sets ZF, PF, CF as if unsigned, all three where one is a NaN: only `a` and `ae` are false then."""

    def select(s: Selector, op: o.Let) -> None:
        first, second = (1, 0) if how in ("lt", "le") else (0, 1)
        _double(s, 0, op.a)
        _double(s, 1, op.b)
        a = s.a
        a.xor(EAX, EAX)
        if how in ("eq", "ne"):
            a.mov(ECX, 1)
            s.v.move("ucomisd", XMM[0], XMM[1])
            a.sete(narrow(RAX, 8))
            a.setnp(narrow(RCX, 8))
            a.and_(EAX, ECX)
            if how == "ne":
                a.xor(EAX, 1)
            return
        s.v.move("ucomisd", XMM[first], XMM[second])
        getattr(a, {"lt": "seta", "gt": "seta"}.get(how, "setae"))(narrow(RAX, 8))

    return select


FLOATS: dict[str, Callable[[Selector, o.Let], None]] = {
    "neg": _sign(1 << 63, "pxor"), "abs": _sign((1 << 63) - 1, "pand"),
    "add": _arithmetic("addsd"), "sub": _arithmetic("subsd"), "mul": _arithmetic("mulsd"), "div": _arithmetic("divsd"),
    "min": _arithmetic("minsd"), "max": _arithmetic("maxsd"),
    **{how: _compare_doubles(how) for how in ("eq", "ne", "lt", "le", "gt", "ge")},
}  # fmt: skip


def _trunc(s: Selector, op: o.Let) -> None:
    """cvttsd2si gives −2⁶³ for whatever does not fit."""
    a = s.a
    done, odd = a.label(), a.label()
    _double(s, 0, op.a)
    s.v.move("cvttsd2si", RAX, XMM[0])
    a.mov(RCX, RAX)
    a.neg(RCX)
    a.jump(odd, "o")
    a.place(done)
    with a.cold():
        a.place(odd)
        s.v.move("ucomisd", XMM[0], a.const(struct.pack("<d", -(2.0**63))))
        a.jump(s.trap, "p")
        a.jump(s.trap, "ne")
        a.jump(done)


DECODERS: dict[type[o.Op], Decode] = {o.Let: let}
