"""Bytes → integers: loads of 1 to 16 bytes in both orders and four encodings, and bit fields.

Sizes that no instruction loads are loaded as 8 bytes, of which a shift drops those before or behind the number.
"""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith_x86_64.absence import absent_first
from arrowsmith_x86_64.operands import EAX, R8, R9, RAX, RCX, RDI, RDX, Reg, narrow
from arrowsmith_x86_64.select import Decode, Exits, Selector


def load_int(s: Selector, op: o.LoadInt, exits: Exits) -> None:
    absent_first(s, op.at, op.size, op.absent, exits)
    if op.size <= 8:
        plain = op.encoding in ("twos", "unsigned") and exits.width <= op.size and not op.below
        integer(s, RAX, op.at, op.size, op.order, signed=op.encoding != "unsigned" and not plain)
        _encoded(s, op)
        if op.below:
            _bounded(s, op.least, op.below, exits)
    else:
        _wide(s, op)
        if op.below:
            _wide_bounded(s, op.least, op.below, exits)


def integer(s: Selector, out: Reg, at: int, size: int, order: str, *, signed: bool) -> None:
    """*out* = the integer in *size* bytes (1–8) *at* bytes behind the cursor, extended to 64 bits."""
    a = s.a
    low = narrow(out, 32)
    big = order == "big"
    match size:
        case 1:
            a.movsx(out, s.byte(at)) if signed else a.movzx(low, s.byte(at))
        case 2 if not big:
            a.movsx(out, s.word(at)) if signed else a.movzx(low, s.word(at))
        case 2:
            a.movzx(low, s.word(at))
            a.bswap(low)
            a.shift("sar" if signed else "shr", low, 16)
            if signed:
                a.movsxd(out, low)
        case 4 if not big:
            a.movsxd(out, s.double(at)) if signed else a.mov(low, s.double(at))
        case 4:
            swapped(s, low, s.double(at))
            if signed:
                a.movsxd(out, low)
        case 8:
            swapped(s, out, s.quad(at)) if big else a.mov(out, s.quad(at))
        case _ if big:
            swapped(s, out, s.quad(at))
            a.shift("sar" if signed else "shr", out, 64 - 8 * size)
        case _:
            a.mov(out, s.quad(at + size - 8))
            a.shift("sar" if signed else "shr", out, 64 - 8 * size)


def swapped(s: Selector, out: Reg, place: object) -> None:
    """*out* = the bytes at *place*, in reverse."""
    if s.has("movbe"):
        s.a.movbe(out, place)
    else:
        s.a.mov(out, place)
        s.a.bswap(out)


def _encoded(s: Selector, op: o.LoadInt) -> None:
    """rax, sign-extended, as the encoding means it.  Changes rcx."""
    a = s.a
    if op.encoding == "ones":
        a.mov(RCX, RAX)
        a.shift("shr", RCX, 63)
        a.add(RAX, RCX)
    elif op.encoding == "magnitude":
        a.mov(RCX, RAX)
        a.shift("sar", RCX, 63)
        a.shift("shl", RAX, 65 - 8 * op.size)
        a.shift("shr", RAX, 65 - 8 * op.size)
        a.xor(RAX, RCX)
        a.sub(RAX, RCX)


def _wide(s: Selector, op: o.LoadInt) -> None:
    """rdx:rax = 9 to 16 bytes."""
    a = s.a
    signed = op.encoding != "unsigned"
    big = op.order == "big"
    low, high = (op.at + op.size - 8, op.at) if big else (op.at, op.at + op.size - 8)
    for register, at in ((RAX, low), (RDX, high)):
        swapped(s, register, s.quad(at)) if big else a.mov(register, s.quad(at))
    a.shift("sar" if signed else "shr", RDX, 128 - 8 * op.size)
    if op.encoding == "ones":
        a.mov(RCX, RDX)
        a.shift("shr", RCX, 63)
        a.add(RAX, RCX)
        a.adc(RDX, 0)
    elif op.encoding == "magnitude":
        a.mov(RCX, RDX)
        a.shift("sar", RCX, 63)
        a.shift("shl", RDX, 129 - 8 * op.size)
        a.shift("shr", RDX, 129 - 8 * op.size)
        negate_where(s, RCX)


def _bounded(s: Selector, least: int, below: int, exits: Exits) -> None:
    """To the bad exit unless *least* ≤ rax < *below*: compared without a sign is how far it is above the least.  Changes rcx, rdx."""
    a = s.a
    above: Reg = RAX
    if least:
        a.constant(RCX, -least)
        a.add(RCX, RAX)
        above = RCX
    span = below - least
    if span < 1 << 31:
        a.cmp(above, span)
    elif span < 1 << 64:
        a.constant(RDX, span)
        a.cmp(above, RDX)
    else:
        return  # any integer of 64 bits
    a.jump(exits.bad, "ae")


def _wide_bounded(s: Selector, least: int, below: int, exits: Exits) -> None:
    """The same of rdx:rax.  Changes rcx, rdi, r8, r9."""
    a = s.a
    a.mov(RCX, RAX)
    a.mov(R8, RDX)
    for number in (least, below - least) if least else (below,):  # the last one borrows where it is above
        a.constant(R9, number)
        a.constant(RDI, number >> 64)
        a.sub(RCX, R9)
        a.sbb(R8, RDI)
    a.jump(exits.bad, "ae")


def negate_where(s: Selector, mask: Reg) -> None:
    """rdx:rax = −rdx:rax where *mask* is −1, itself where it is 0."""
    a = s.a
    a.xor(RAX, mask)
    a.xor(RDX, mask)
    a.sub(RAX, mask)
    a.sbb(RDX, mask)


def load_bits(s: Selector, op: o.LoadBits, exits: Exits) -> None:
    a = s.a
    integer(s, RAX, op.at, op.size, op.order, signed=False)
    if op.signed:
        a.shift("shl", RAX, 64 - op.low - op.width)
        a.shift("sar", RAX, 64 - op.width)
        return
    a.shift("shr", RAX, op.low)
    if op.low + op.width == 8 * op.size:
        return
    if op.width < 32:
        a.and_(EAX, (1 << op.width) - 1)
    elif op.width == 32:
        a.mov(EAX, EAX)
    else:
        a.shift("shl", RAX, 64 - op.width)
        a.shift("shr", RAX, 64 - op.width)


DECODERS: dict[type[o.Op], Decode] = {o.LoadInt: load_int, o.LoadBits: load_bits}
