"""Zoned and written-out numbers → integers: digits 16 at a time as they should be, anything else byte by byte out of line.

Strict numbers have only the fast way.  Lenient ones take it too, because all-digit bytes mean the same to both, and go to a routine
that scans them (`select_scan`) where it refuses.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from arrowsmith.digits import DIGIT_TABLES, MINUS, PLUS
from arrowsmith.program import ops as o
from arrowsmith_x86_64.absence import absent_first, absent_or
from arrowsmith_x86_64.operands import EAX, ECX, EDI, EDX, R8, R9, R10, RAX, RCX, RDI, RDX, RIP, XMM, b, q
from arrowsmith_x86_64.routines_zoned import scan
from arrowsmith_x86_64.select import Decode, Exits, Selector
from arrowsmith_x86_64.select_decimals import put_together
from arrowsmith_x86_64.select_integers import negate_where
from arrowsmith_x86_64.vector import ABOVE_NINE


@dataclass(frozen=True, slots=True)
class Digits:
    """*count* plain digits at *at*, of which number *punched* (−1: none) may carry a sign beside its low nibble."""

    at: int
    count: int
    punched: int


def zone(table: str) -> int:
    """The byte of digit 0; all tables have their plain digits in a row from there, with the digit as the low nibble."""
    return DIGIT_TABLES[table].index(0)


@functools.cache
def low_nibbles(table: str) -> bool:
    """Whether a digit with a sign has its digit as the low nibble, too."""
    return all(c & 15 == byte & 15 for byte, c in enumerate(DIGIT_TABLES[table]) if 0x10 <= c < 0x2A)


@functools.cache
def signs(table: str) -> bytes:
    """256 bytes: the digit, 0x40 added where it is negative; 0x80 where there is none."""
    return bytes(c & 15 | (0x40 if c >= 0x20 else 0) if c < 0x2A and c & 15 < 10 else 0x80 for c in DIGIT_TABLES[table])


def unzone(s: Selector, op: o.Unzone, exits: Exits) -> None:
    a = s.a
    if op.lenient and op.point and op.scale:
        # digits alone are a whole number, and to the fast way they are those behind the point, too
        absent_or(s, op, exits)
        _scanned(s, op)
        a.jump(exits.null, "e")
        a.jump(exits.bad, "a")
        return
    absent_first(s, op.at, op.size, bytes(sorted(v for v in set(op.absent) if accepts(op, v))), exits)
    if not op.lenient:
        _strict(s, op, exits)
        return
    odd = Exits(a)
    done = a.label()
    _strict(s, op, odd)
    a.place(done)
    if not odd.bad_label:
        return
    with a.cold():
        a.place(odd.bad_label)
        absent_or(s, op, exits)
        _scanned(s, op)
        a.jump(done, "b")
        a.jump(exits.null, "e")
        a.jump(exits.bad)


def _scanned(s: Selector, op: o.Unzone) -> None:
    """rax, or rdx:rax, = the number by the scan, and flags as of its answer compared with 1."""
    a = s.a
    s.address(R8, op.at)
    a.constant(RDX, op.size)
    a.call(scan(s, op))
    a.cmp(ECX, 1)


def accepts(op: o.Unzone, value: int) -> bool:
    """Whether the fast way may take a number all of whose bytes are *value*: then it has to be looked at first."""
    return DIGIT_TABLES[op.table][value] < 0x2A or op.size == 1


def _strict(s: Selector, op: o.Unzone, exits: Exits) -> None:
    """rax, or rdx:rax, = the number; the bad exit where it is not as the op says that it should be."""
    a = s.a
    wide = op.digits > 18
    table = op.table
    at, count = op.at, op.size
    sign_at, punched, apart = -1, -1, False
    if op.sign.endswith("_separate"):
        sign_at = at if op.sign == "leading_separate" else at + count - 1
        at, count, apart = at + (sign_at == at), count - 1, True
    elif op.sign != "none":
        sign_at = at if op.sign == "leading" else at + count - 1
        if low_nibbles(table):
            punched = sign_at - at
        elif sign_at == at and count > 1:
            # the sign's digit is the most significant one and has no lane: put together last
            at, count = at + 1, count - 1
        else:
            count -= 1
    # the digit that has no lane: a multiple of 10^count where it leads, a last digit where it trails
    outside = sign_at >= 0 and not apart and punched < 0
    leads = outside and op.sign == "leading" and op.size > 1
    inner = op.digits - (outside and not leads)  # of which the digits in lanes may be so many
    if count:
        parts = _groups(s, at, count, punched)
        put_together(s, parts, inner, lambda g: _convert(s, g, zone(table), exits), exits, wide=wide)
    elif op.lenient and apart:
        a.jump(exits.bad)  # a sign alone: no digit at all
        return
    else:
        a.xor(EAX, EAX)
        if wide:
            a.xor(EDX, EDX)
    if sign_at < 0:
        return
    if apart:
        _separate(s, sign_at, table, exits)
    else:
        a.movzx(ECX, s.byte(sign_at))
        a.lea(RDI, q(RIP, a.data(signs(table), 64)))
        a.movsx(ECX, b(RDI, 0, RCX))
        a.test(ECX, ECX)
        a.jump(exits.bad, "s")
        if outside:
            _digit(s, op, count, leads, wide, exits)
        a.bt(ECX, 6)
        a.sbb(RCX, RCX)
    if wide:
        negate_where(s, RCX)
    else:
        a.xor(RAX, RCX)
        a.sub(RAX, RCX)


def _digit(s: Selector, op: o.Unzone, count: int, leads: bool, wide: bool, exits: Exits) -> None:
    """Add the digit of ecx to the number of the *count* others: in front of them (*leads*) or behind them.  Keeps ecx."""
    a = s.a
    a.mov(EDI, ECX)
    a.and_(EDI, 15)
    if leads:
        if count >= op.digits:
            a.jump(exits.bad, "ne")
            return
        a.constant(R8, 10**count)
        if not wide:
            a.imul(R8, RDI)
            a.add(RAX, R8)
            return
        a.mov(R9, RAX)
        a.mov(R10, RDX)
        a.mov(RAX, R8)
        if 10**count >> 64:
            a.constant(RDX, 10**count >> 64)
            a.imul(RDX, RDI)
            a.add(R10, RDX)
        a.mul(RDI)
        a.add(RAX, R9)
        a.adc(RDX, R10)
        return
    if op.digits == 0:
        a.jump(exits.bad, "ne")
        return
    if wide:
        a.mov(R9, RDX)
        a.keep_flags(R8, 10)
        a.imul(R9, R8)
        a.mul(R8)
        a.add(RDX, R9)
        a.add(RAX, RDI)
        a.adc(RDX, 0)
    else:
        a.lea(RAX, q(RAX, 0, RAX, 4))
        a.lea(RAX, q(RDI, 0, RAX, 2))


def _separate(s: Selector, at: int, table: str, exits: Exits) -> None:
    """rcx = −1 where the sign character is a minus, 0 where it is a plus."""
    a = s.a
    classes = DIGIT_TABLES[table]
    a.movzx(ECX, s.byte(at))
    if classes.count(PLUS) == classes.count(MINUS) == 1:
        done = a.label()
        a.sub(ECX, classes.index(PLUS))
        a.jump(done, "e")
        a.cmp(ECX, classes.index(MINUS) - classes.index(PLUS))
        a.jump(exits.bad, "ne")
        a.constant(RCX, -1)
        a.place(done)
        return
    a.lea(RDI, q(RIP, a.data(bytes({PLUS: 0, MINUS: 0xFF}.get(c, 1) for c in classes), 64)))
    a.movsx(RCX, b(RDI, 0, RCX))
    a.test(ECX, ECX)
    a.jump(exits.bad, "g")


def _groups(s: Selector, at: int, count: int, punched: int) -> list[tuple[Digits, int, int]]:
    """Groups, least significant first: of 16 digits where vectors multiply, else of 8."""
    most = 16 if s.v.shuffles else 8
    found: list[tuple[Digits, int, int]] = []
    below = 0
    while count > 0:
        take = min(most, count)
        first = count - take
        found.append((Digits(at + first, take, punched - first if 0 <= punched - first < take else -1), take, below))
        count -= take
        below += take
    return found


def _convert(s: Selector, group: Digits, zero: int, exits: Exits) -> None:
    (_lanes if s.v.shuffles else _word)(s, group, zero, exits)


def _lanes(s: Selector, group: Digits, zero: int, exits: Exits) -> None:
    """rax = the group's number.  SSSE3.  Changes rcx, xmm0, xmm1."""
    a, v = s.a, s.v
    lanes = 8 if group.count <= 8 else 16
    if lanes == 8:
        v.move("movq", XMM[0], s.quad(group.at + group.count - 8))
    else:
        v.whole(XMM[0], s.vector(group.at + group.count - 16))
    first = lanes - group.count
    zones = bytes(first) + bytes([zero]) * group.count + bytes(16 - lanes)
    kept = bytearray(first) + bytearray(b"\xff") * group.count + bytearray(16 - lanes)
    if group.punched >= 0:
        kept[first + group.punched] = 0x0F
    v.op("pxor", XMM[0], XMM[0], a.const(zones))
    if bytes(kept[:lanes]) != b"\xff" * lanes:
        v.op("pand", XMM[0], XMM[0], a.const(bytes(kept)))
    v.op("paddusb", XMM[1], XMM[0], a.const(ABOVE_NINE))
    v.mask(EAX, XMM[1])
    a.test(EAX, EAX)
    a.jump(exits.bad, "ne")
    v.digits(XMM[0], group.count if lanes == 8 else max(group.count, 9))


def _word(s: Selector, group: Digits, zero: int, exits: Exits) -> None:
    """rax = the group's number, at most 8 digits, without vectors.  Changes rcx, rdx."""
    a = s.a
    count = group.count
    a.mov(RAX, s.quad(group.at + count - 8))
    zones = int.from_bytes(bytes([zero]) * count, "little") << (64 - 8 * count)
    a.constant(RCX, zones)
    a.xor(RAX, RCX)
    if group.punched >= 0 or count < 8:
        kept = bytearray(8 - count) + bytearray(b"\xff") * count
        if group.punched >= 0:
            kept[8 - count + group.punched] = 0x0F
        a.constant(RCX, int.from_bytes(kept, "little"))
        a.and_(RAX, RCX)
    # above 9: the upper nibble is not 0, or it is not once 6 is added
    a.constant(RCX, 0x0606060606060606)
    a.add(RCX, RAX)
    a.or_(RCX, RAX)
    a.constant(RDX, 0xF0F0F0F0F0F0F0F0)
    a.test(RCX, RDX)
    a.jump(exits.bad, "ne")
    # most significant digit in the lowest byte: 10·1, 100·1, 10000·1, each sum in the upper half of its pair
    for factor, bits, mask in (
        (10 << 8 | 1, 8, 0x00FF00FF00FF00FF),
        (100 << 16 | 1, 16, 0x0000FFFF0000FFFF),
        (10000 << 32 | 1, 32, 0),
    ):
        a.constant(RCX, factor)
        a.imul(RAX, RCX)
        a.shift("shr", RAX, bits)
        if mask:
            a.constant(RCX, mask)
            a.and_(RAX, RCX)


DECODERS: dict[type[o.Op], Decode] = {o.Unzone: unzone}
