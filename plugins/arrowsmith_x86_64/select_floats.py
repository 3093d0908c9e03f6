"""Bytes → doubles: IEEE, IBM hexadecimal, VAX, MIL-STD-1750A; each as `arrowsmith.program.floats` defines it.

But for IEEE, a number is an integer mantissa, which the conversion rounds once, times a power of two from a table, which is exact.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from arrowsmith.program import ops as o
from arrowsmith_x86_64.absence import absent_first
from arrowsmith_x86_64.operands import AX, EAX, ECX, EDX, R8, RAX, RCX, RDI, RDX, RIP, XMM, narrow, q
from arrowsmith_x86_64.select import Decode, Exits, Selector
from arrowsmith_x86_64.select_integers import integer
from arrowsmith_x86_64.select_values import NAN, to_double

SIZES = {
    "ieee16": 2,
    "ieee32": 4,
    "ieee64": 8,
    "ibm32": 4,
    "ibm64": 8,
    "vaxf": 4,
    "vaxd": 8,
    "vaxg": 8,
    "mil32": 4,
    "mil48": 6,
}


def load_float(s: Selector, op: o.LoadFloat, exits: Exits) -> None:
    size = SIZES[op.kind]
    absent_first(s, op.at, size, op.absent, exits)
    integer(s, RAX, op.at, size, op.order, signed=False)
    if op.kind.startswith("vax") and op.order == "little":
        _words(s, size)
    KINDS[op.kind](s)


def _words(s: Selector, size: int) -> None:
    """A VAX number is little-endian in each word, and its words go from the most significant one on: from little-endian
    as a whole the words have to be turned round."""
    a = s.a
    if size == 4:
        a.rol(EAX, 16)
        return
    a.rol(RAX, 32)
    a.mov(RCX, RAX)
    a.constant(RDX, 0x0000FFFF0000FFFF)
    a.and_(RAX, RDX)
    a.shift("shl", RAX, 16)
    a.shift("shr", RCX, 16)
    a.and_(RCX, RDX)
    a.or_(RAX, RCX)


def _ieee64(s: Selector) -> None:
    s.v.move("movq", XMM[0], RAX)


def _ieee32(s: Selector) -> None:
    """cvtss2sd keeps a NaN's sign and payload and makes it quiet."""
    s.v.move("movd", XMM[0], EAX)
    s.v.op("cvtss2sd", XMM[0], XMM[0], XMM[0])


def _ieee16(s: Selector) -> None:
    """As a single whose exponent is 112 too small: times 2^112, which makes subnormals normal; infinities and NaNs go apart."""
    a = s.a
    odd, done = a.label(), a.label()
    a.mov(ECX, EAX)
    a.and_(ECX, 0x7C00)
    a.mov(EDX, EAX)
    a.and_(EDX, 0x8000)
    a.and_(EAX, 0x7FFF)
    a.cmp(ECX, 0x7C00)
    a.jump(odd, "e")
    a.shift("shl", RAX, 42)
    a.shift("shl", RDX, 48)
    s.v.move("movq", XMM[0], RAX)
    s.v.op("mulsd", XMM[0], XMM[0], a.const(struct.pack("<d", 2.0**1008)))
    s.v.move("movq", XMM[1], RDX)
    s.v.op("por", XMM[0], XMM[0], XMM[1])
    a.place(done)
    with a.cold():
        a.place(odd)
        a.shift("shl", RDX, 48)
        a.and_(EAX, 0x3FF)
        infinite = a.label()
        a.constant(RCX, 0x7FF << 52)
        a.test(EAX, EAX)
        a.jump(infinite, "e")
        a.constant(RCX, 0x7FF8 << 48)
        a.place(infinite)
        a.shift("shl", RAX, 42)
        a.or_(RAX, RCX)
        a.or_(RAX, RDX)
        s.v.move("movq", XMM[0], RAX)
        a.jump(done)


def _powers(s: Selector, first: int, step: int, count: int) -> int:
    """Where the image holds 2^first, 2^(first + step), … as doubles."""
    return s.a.data(b"".join(struct.pack("<d", 2.0 ** (first + step * n)) for n in range(count)), 64)


def _ibm(bits: int) -> Callable[[Selector], None]:
    def select(s: Selector) -> None:
        a = s.a
        a.mov(RCX, RAX)
        a.mov(RDX, RAX)
        a.shift("shr", RCX, bits)
        a.and_(ECX, 0x7F)
        a.shift("shr", RDX, bits + 7)
        a.shift("shl", RDX, 63)
        if bits == 24:
            a.and_(EAX, (1 << 24) - 1)
        else:
            a.shift("shl", RAX, 8)
            a.shift("shr", RAX, 8)
        a.mov(R8, RCX)
        to_double(s, "i64")
        a.lea(RDI, q(RIP, _powers(s, -256 - bits, 4, 128)))
        s.v.op("mulsd", XMM[0], XMM[0], q(RDI, 0, R8, 8))
        _signed(s)

    return select


def _signed(s: Selector) -> None:
    """xmm0 gets the sign in the top bit of rdx."""
    s.v.move("movq", XMM[1], RDX)
    s.v.op("por", XMM[0], XMM[0], XMM[1])


def _vax(exponent_bits: int, fraction_bits: int) -> Callable[[Selector], None]:
    """A G number's exponents are too many for one table: two factors, of which the first is exact."""

    def select(s: Selector) -> None:
        a = s.a
        zero, done = a.label(), a.label()
        a.mov(RCX, RAX)
        a.mov(RDX, RAX)
        a.shift("shr", RDX, exponent_bits + fraction_bits)
        a.shift("shl", RDX, 63)
        a.shift("shr", RCX, fraction_bits)
        a.and_(ECX, (1 << exponent_bits) - 1)
        a.jump(zero, "e")
        a.shift("shl", RAX, 64 - fraction_bits)
        a.shift("shr", RAX, 64 - fraction_bits)
        a.bts(RAX, fraction_bits)
        a.mov(R8, RCX)
        to_double(s, "i64")
        first = -(1 << (exponent_bits - 1)) - fraction_bits - 1
        half = 0
        if first < -1000:
            half = 53  # 2^-1024 to 2^1023: doubles all
            s.v.op("mulsd", XMM[0], XMM[0], a.const(struct.pack("<d", 2.0**-half)))
        a.lea(RDI, q(RIP, _powers(s, first + half, 1, 1 << exponent_bits)))
        s.v.op("mulsd", XMM[0], XMM[0], q(RDI, 0, R8, 8))
        _signed(s)
        a.place(done)
        with a.cold():
            a.place(zero)
            s.v.zero(XMM[0])
            a.test(RDX, RDX)
            a.jump(done, "e")
            s.v.move("movq", XMM[0], a.const(NAN.to_bytes(8, "little")))
            a.jump(done)

    return select


def _mil(low_bits: int) -> Callable[[Selector], None]:
    def select(s: Selector) -> None:
        a = s.a
        a.mov(R8, RAX)
        a.shift("shr", R8, low_bits)
        a.movzx(ECX, narrow(R8, 8))
        a.xor(ECX, 0x80)  # 0–255, from −128 on
        a.mov(R8, RCX)
        if low_bits:
            # the upper 24 bits of the mantissa, then the 16 behind the exponent
            a.movzx(EDX, AX)
            a.shift("shr", RAX, 24)
            a.shift("shl", RAX, 40)
            a.shift("shl", RDX, 24)
            a.or_(RAX, RDX)
            a.shift("sar", RAX, 24)
        else:
            a.movsxd(RAX, EAX)
            a.shift("sar", RAX, 8)
        to_double(s, "i64")
        a.lea(RDI, q(RIP, _powers(s, -128 - (23 + low_bits), 1, 256)))
        s.v.op("mulsd", XMM[0], XMM[0], q(RDI, 0, R8, 8))

    return select


KINDS: dict[str, Callable[[Selector], None]] = {
    "ieee16": _ieee16,
    "ieee32": _ieee32,
    "ieee64": _ieee64,
    "ibm32": _ibm(24),
    "ibm64": _ibm(56),
    "vaxf": _vax(8, 23),
    "vaxd": _vax(8, 55),
    "vaxg": _vax(11, 52),
    "mil32": _mil(0),
    "mil48": _mil(16),
}

DECODERS: dict[type[o.Op], Decode] = {o.LoadFloat: load_float}
