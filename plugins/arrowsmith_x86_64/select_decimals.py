"""Packed decimals → integers: 16 nibbles at a time, by three multiply-adds of a vector, or by shifts and multiplications of a word.

A group is up to 16 digits; the groups of a longer number are put together from the most significant one on.
Validation costs nothing extra: one saturated addition sets the top bit of every lane that is no digit, and of a sign that is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from arrowsmith.program import ops as o
from arrowsmith_x86_64.absence import absent_first
from arrowsmith_x86_64.operands import EAX, ECX, EDI, EDX, R8, R8D, R9, R10, R11, RAX, RCX, RDX, XMM
from arrowsmith_x86_64.select import Decode, Exits, Selector
from arrowsmith_x86_64.select_integers import negate_where, swapped
from arrowsmith_x86_64.vector import ABOVE_NINE

T = TypeVar("T")

#: bit n of each half: whether a low nibble of n is a minus (B, D); the halves are the same, because bt takes five bits
MINUS = 0x28002800


@dataclass(frozen=True, slots=True)
class Group:
    """*size* bytes at *at*; ``signed``: the last nibble is no digit; *below* digits are less significant."""

    at: int
    size: int
    signed: bool
    below: int

    @property
    def digits(self) -> int:
        return 2 * self.size - self.signed


def groups(at: int, size: int, signed: bool) -> list[Group]:
    """The groups of a packed decimal, least significant first."""
    found: list[Group] = []
    while size > 0:
        take = min(8, size)
        below = found[-1].below + found[-1].digits if found else 0
        found.append(Group(at + size - take, take, signed and not found, below))
        size -= take
    return found


def unpack(s: Selector, op: o.Unpack, exits: Exits) -> None:
    a = s.a
    absent_first(s, op.at, op.size, bytes(sorted(v for v in set(op.absent) if accepts(op, v))), exits)
    signed = op.sign != "none"
    parts = groups(op.at, op.size, signed)
    convert = _lanes if s.v.shuffles else _word

    def one(group: Group) -> None:
        convert(s, group, op.missing_sign, exits)

    wide = op.digits > 18
    put_together(s, [(g, g.digits, g.below) for g in parts], op.digits, one, exits, wide=wide)
    if not signed:
        return
    a.movzx(ECX, s.byte(op.at + op.size - 1))
    a.keep_flags(R8, MINUS)
    a.bt(R8D, ECX)
    if op.sign == "unsigned":
        a.jump(exits.bad, "b")
        return
    a.sbb(RCX, RCX)
    if wide:
        negate_where(s, RCX)
    else:
        a.xor(RAX, RCX)
        a.sub(RAX, RCX)


def accepts(op: o.Unpack, value: int) -> bool:
    """Whether a packed decimal all of whose bytes are *value* is a number."""
    high, low = value >> 4, value & 15
    signed = op.sign != "none"
    nibbles = [high, low] * op.size
    last = nibbles.pop() if signed else 15
    if max(nibbles, default=0) > 9 or int("".join(map(str, nibbles)) or "0") >= 10**op.digits:
        return False
    if last < 10:
        return op.missing_sign
    return not (op.sign == "unsigned" and last in (0xB, 0xD))


def put_together(
    s: Selector,
    parts: Sequence[tuple[T, int, int]],
    digits: int,
    convert: Callable[[T], None],
    exits: Exits,
    *,
    wide: bool,
) -> None:
    """The number of groups (each with its digits, and the digits below it), least significant first: to rax, or (*wide*) to rdx:rax.
    *convert* makes a group's number in rax and leaves r9, r10, r11 alone.  A magnitude of more than *digits* digits is refused."""
    a = s.a
    held = False
    for n, (group, size, below) in reversed(list(enumerate(parts))):
        convert(group)
        if below >= digits:
            a.test(RAX, RAX)
            a.jump(exits.bad, "ne")
            continue
        if below + size > digits:
            a.constant(RCX, 10 ** (digits - below))
            a.cmp(RAX, RCX)
            a.jump(exits.bad, "ae")
        if held:
            # (r11:)r10 × 10^size + rax
            if wide:
                a.mov(R9, RAX)
                a.mov(RAX, R10)
                a.mov(RDX, R11)
                _times(s, 10**size)
                a.add(RAX, R9)
                a.adc(RDX, 0)
            else:
                a.constant(RCX, 10**size)
                a.imul(R10, RCX)
                a.add(RAX, R10)
        elif wide:
            a.xor(EDX, EDX)
        held = True
        if n:
            a.mov(R10, RAX)
            if wide:
                a.mov(R11, RDX)
    if wide and not held:
        a.xor(EDX, EDX)


def _times(s: Selector, factor: int) -> None:
    """rdx:rax ×= *factor* < 2⁶⁴.  Changes rcx, r8."""
    a = s.a
    a.constant(RCX, factor)
    a.mov(R8, RDX)
    a.imul(R8, RCX)
    a.mul(RCX)
    a.add(RDX, R8)


def _lanes(s: Selector, group: Group, missing_sign: bool, exits: Exits) -> None:
    """rax = the group's number.  SSSE3.  Changes rcx, xmm0, xmm1."""
    a, v = s.a, s.v
    few = group.size <= 4
    lanes = 8 if few else 16
    if few:
        v.move("movd", XMM[0], s.double(group.at + group.size - 4))
    else:
        v.move("movq", XMM[0], s.quad(group.at + group.size - 8))
    v.op("psrlw", XMM[1], XMM[0], 4)
    v.op("punpcklbw", XMM[1], XMM[1], XMM[0])
    kept = bytearray(16)
    flip = bytearray(16)
    above = bytearray(ABOVE_NINE)
    kept[lanes - 2 * group.size : lanes] = b"\x0f" * (2 * group.size)
    if group.signed and missing_sign:
        kept[lanes - 1] = 0
    elif group.signed:
        # a sign becomes 0–5, a digit in its place 6–15
        flip[lanes - 1] = 0x0F
        above[lanes - 1] = 0x80 - 6
    v.op("pand", XMM[1], XMM[1], a.const(bytes(kept)))
    if any(flip):
        v.op("pxor", XMM[1], XMM[1], a.const(bytes(flip)))
    v.op("paddusb", XMM[0], XMM[1], a.const(bytes(above)))
    v.mask(EAX, XMM[0])
    a.test(EAX, EAX)
    a.jump(exits.bad, "ne")
    if group.signed:
        v.op("pslldq", XMM[1], XMM[1], 1)
    # more than 8 where they are in the upper half
    v.digits(XMM[1], group.digits if few else max(group.digits, 9))


#: every low nibble; every nibble's carry; what takes a nibble above 9 over the edge
_LOW = 0x0F0F0F0F0F0F0F0F
_SIXES = 0x6666666666666666
_CARRIES = 0x1111111111111110


def _word(s: Selector, group: Group, missing_sign: bool, exits: Exits) -> None:
    """rax = the group's number, without vectors.  Changes rcx, rdx, rdi, r8."""
    a = s.a
    if group.signed and not missing_sign:
        a.movzx(EDI, s.byte(group.at + group.size - 1))
        a.keep_flags(R8, 0xFC00FC00)  # bit n: a low nibble of n is a sign
        a.bt(R8D, EDI)
        a.jump(exits.bad, "ae")
    swapped(s, RAX, s.quad(group.at))
    a.shift("shr", RAX, 64 - 8 * group.size + (4 if group.signed else 0))
    # n + 6 carries out of a nibble where it is above 9; the top one carries out of the word
    a.constant(RCX, _SIXES)
    a.add(RCX, RAX)
    if group.digits == 16:
        a.jump(exits.bad, "b")
    a.xor(RCX, RAX)
    a.constant(RDX, _CARRIES)
    a.test(RCX, RDX)
    a.jump(exits.bad, "ne")
    if group.digits > 1:
        _pairs(s, 4, _LOW, 16 - 10)
    if group.digits > 2:
        _pairs(s, 8, 0x00FF00FF00FF00FF, 256 - 100)
    if group.digits > 4:
        _pairs(s, 16, 0x0000FFFF0000FFFF, 65536 - 10000)
    if group.digits > 8:
        _pairs(s, 32, 0, (1 << 32) - 100_000_000)


def _pairs(s: Selector, bits: int, mask: int, excess: int) -> None:
    """Each pair of *bits*-bit numbers in rax, base 2^bits, becomes one number in decimal: minus *excess* × the upper one."""
    a = s.a
    a.mov(RCX, RAX)
    a.shift("shr", RCX, bits)
    if mask:
        a.constant(RDX, mask)
        a.and_(RCX, RDX)
    if excess < 1 << 31:
        a.imul(RCX, RCX, excess)
    else:
        a.constant(RDX, excess)
        a.imul(RCX, RDX)
    a.sub(RAX, RCX)


DECODERS: dict[type[o.Op], Decode] = {o.Unpack: unpack}
