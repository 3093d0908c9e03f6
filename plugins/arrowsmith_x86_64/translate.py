"""A vector of bytes becomes ASCII by the table of its charset; 0xFF (or any byte above 0x7F) where it becomes something else.

A table is 16 rows, one for each high nibble; a row is looked up by one pshufb.  Rows in which nothing printable is stay out: they count as
something else.  AVX2: all rows, then a tree of blends by the bits of the high nibble.  SSSE3: each row for its own nibble alone, or'ed.
AVX-512 VBMI: two lookups of 128 bytes, in the whole register even where only its lowest 16 bytes are asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from arrowsmith_x86_64.operands import K1, RIP, XMM, YMM, ZMM, Reg, x, z
from arrowsmith_x86_64.vector import Vectors

#: what a byte that does not become ASCII becomes
ELSE = 0xFF


@functools.lru_cache(maxsize=64)
def rows(plain: tuple[int, ...]) -> list[bytes | None]:
    """The rows of *plain* (a byte for each byte), None for those that stay out.

    Four neighbours in which nothing but spaces and control characters is become one row of what they agree on: half an EBCDIC page is such.
    """
    found = [bytes(plain[16 * n : 16 * n + 16]) for n in range(16)]
    for n in range(0, 16, 4):
        four = found[n : n + 4]
        if not any(0x20 < c < 0x7F for row in four for c in row):
            agreed = bytes(c if len({row[m] for row in four}) == 1 else ELSE for m, c in enumerate(four[0]))
            found[n : n + 4] = [agreed] * 4
    return [row if any(0x20 <= c < 0x7F for c in row) else None for row in found]


@functools.lru_cache(maxsize=64)
def is_ascii(plain: tuple[int, ...]) -> bool:
    """Whether bytes below 0x80 are themselves, so that nothing has to be looked up."""
    return all(plain[n] == n for n in range(0x80))


def translate(v: Vectors, value: Reg, plain: tuple[int, ...], spare: Sequence[int]) -> Reg:
    """A register that holds *value*, translated; *value* may be it, or is spoilt.  *spare*: numbers of the vector registers that
    may be used, at least nine."""
    if is_ascii(plain):
        return value
    if value.kind == "ZMM":
        return _two_halves(v, value, plain, spare)
    if v.permutes and value.kind == "XMM":
        return XMM[ZMM.index(_two_halves(v, ZMM[XMM.index(value)], plain, spare))]
    if v.wide:
        return _Tree(v, value, plain, spare).made()
    return _by_row(v, value, plain, spare)


def _two_halves(v: Vectors, value: Reg, plain: tuple[int, ...], spare: Sequence[int]) -> Reg:
    v.a.vpmovb2m(K1, value)
    return looked_up(v, value, bytes(plain), spare)


def looked_up(v: Vectors, value: Reg, table: bytes, spare: Sequence[int]) -> Reg:
    """A register with what *table*, 256 bytes, has for each of the 64 bytes of *value*, whose top bits are in k1; of *spare* the first
    number.  Changes the first three.  AVX-512 VBMI."""
    a = v.a
    low, high, half = (ZMM[n] for n in spare[:3])
    place = a.data(table, 64)
    a.vmovdqu64(half, z(RIP, place))
    a.vmovdqa64(low, value)
    a.vpermi2b(low, half, z(RIP, place + 64))
    a.vmovdqu64(half, z(RIP, place + 128))
    a.vmovdqa64(high, value)
    a.vpermi2b(high, half, z(RIP, place + 192))
    a.vmovdqu8(low, high)
    a.masked(K1)
    return low


def _by_row(v: Vectors, value: Reg, plain: tuple[int, ...], spare: Sequence[int]) -> Reg:
    """Each row complemented: what no row looks up stays 0, and becomes 0xFF."""
    a = v.a
    found, index, row = (XMM[n] for n in spare[:3])
    first = True
    for n, content in enumerate(rows(plain)):
        if content is None:
            continue
        # the high nibble becomes 0 where it is this row's; 0x70 more sets the top bit of any other, for which pshufb gives 0
        v.op("pxor", index, value, a.const(bytes([n << 4]) * 16))
        v.op("paddusb", index, index, a.const(bytes([0x70]) * 16))
        target = found if first else row
        v.whole(target, x(RIP, a.data(bytes(c ^ 0xFF for c in content), 16)))
        v.op("pshufb", target, target, index)
        if not first:
            v.op("por", found, found, row)
        first = False
    if first:
        v.zero(found)
    v.op("pxor", found, found, a.const(b"\xff" * 16))
    return found


class _Tree:
    """One emission of the AVX2 way."""

    def __init__(self, v: Vectors, value: Reg, plain: tuple[int, ...], spare: Sequence[int]) -> None:
        self.v, self.a = v, v.a
        self.bank = YMM if value.kind == "YMM" else XMM
        self.width = 32 if value.kind == "YMM" else 16
        self.value = value
        self.free = [self.bank[n] for n in spare]
        self.rows = rows(plain)
        self.index = self.free.pop(0)
        # the bit of the high nibble that a blend goes by, in the top bit: 7, 6, 5, 4
        self.bits = [value]

    def made(self) -> Reg:
        a = self.a
        a.vpand(self.index, self.value, a.const(b"\x0f" * self.width))
        for _ in range(3):
            shifted = self.free.pop(0)
            a.vpaddb(shifted, self.bits[-1], self.bits[-1])
            self.bits.append(shifted)
        found = self.part(0, self.rows)
        if found is None:
            found = self.free.pop(0)
            a.vpcmpeqb(found, found, found)
        return found

    def part(self, depth: int, rows: Sequence[bytes | None]) -> Reg | None:
        """What *rows* look up; None where that is something else throughout."""
        a = self.a
        if all(row is None for row in rows):
            return None
        if all(row == rows[0] for row in rows):
            assert rows[0] is not None
            out = self.free.pop(0)
            place = a.data(rows[0], 16)
            (a.vbroadcasti128 if self.width == 32 else a.vmovdqu)(out, x(RIP, place))
            a.vpshufb(out, out, self.index)
            return out
        half = len(rows) // 2
        lower = self.part(depth + 1, rows[:half])
        upper = self.part(depth + 1, rows[half:])
        if lower is None:
            lower = self.free.pop(0)
            a.vpcmpeqb(lower, lower, lower)
        a.vpblendvb(lower, lower, a.const(b"\xff" * self.width) if upper is None else upper, self.bits[depth])
        if upper is not None:
            self.free.insert(0, upper)
        return lower
