"""Bytes of a field, of every item at once → integers: binary, packed and zoned; and integers of more than 64 bits.

A reader returns the values, which of them are present (None: all) and which are refused (None: none); a value that is not present or refused is
of no meaning.
Invariant: a reader takes eight bytes at a time where it can, and looks at single items only where a whole array holds something odd.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from arrowsmith.digits import DIGIT_TABLES, MINUS, PLUS
from arrowsmith_vm.lockstep.places import Array, Even
from arrowsmith_vm.scalar import numbers
from arrowsmith_vm.scalar.stops import BAD

_U8, _I8 = np.dtype("u8"), np.dtype("i8")
_ONES = 0x0101010101010101


class Wide:
    """Integers of 128 bits: ``low`` (u64) and ``high`` (i64) halves."""

    __slots__ = ("low", "high")

    def __init__(self, low: Array, high: Array) -> None:
        self.low = low
        self.high = high

    def __len__(self) -> int:
        return len(self.low)

    def pick(self, index: Array) -> Wide:
        return Wide(self.low[index], self.high[index])

    def negated(self, where: Array) -> Wide:
        """The same, negative *where* that holds."""
        low = np.where(where, ~self.low + np.uint64(1), self.low)
        high = np.where(where, ~self.high + (self.low == 0), self.high)
        return Wide(low, high)


def widened(values: Array) -> Wide:
    """64-bit integers as 128 bits."""
    if values.dtype == _U8:
        return Wide(values, np.zeros(len(values), _I8))
    number = np.asarray(values, _I8)
    return Wide(number.view(_U8), number >> np.int64(63))


_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


def times(number: Wide, factor: int, plus: Array | None = None) -> Wide:
    """*number* × *factor* (below 2^64) + *plus* (u64), modulo 2^128."""
    f0, f1 = np.uint64(factor & 0xFFFFFFFF), np.uint64(factor >> 32)
    a0, a1 = number.low & _MASK, number.low >> _HALF
    low = number.low * np.uint64(factor)
    middle = a1 * f0 + (a0 * f0 >> _HALF)
    carry = (a0 * f1 + (middle & _MASK)) >> _HALF
    high = a1 * f1 + (middle >> _HALF) + carry + number.high.view(_U8) * np.uint64(factor)
    if plus is not None:
        low = low + plus
        high = high + (low < plus)
    return Wide(low, high.astype(_U8, copy=False).view(_I8))


def scaled(number: Wide, scale: int) -> Wide:
    """*number* × 10^*scale*, modulo 2^128."""
    while scale > 0:
        step = min(scale, 19)
        number = times(number, 10**step)
        scale -= step
    return number


def wide(block: Even, at: int, size: int, order: str, signed: bool) -> Wide:
    """The *size* (9–16) bytes at *at* as integers."""
    rest = size - 8
    if order == "big":
        low = block.unsigned(at + rest, 8, "big").astype(_U8)
        high = (block.signed if signed else block.unsigned)(at, rest, "big")
    else:
        low = block.unsigned(at, 8, "little").astype(_U8)
        high = (block.signed if signed else block.unsigned)(at + 8, rest, "little")
    return Wide(low, high.astype(_U8).view(_I8) if not signed else high.astype(_I8))


def integer(block: Even, at: int, size: int, order: str, signed: bool) -> Array:
    """The *size* (3, 5, 6, 7) bytes at *at* as integers."""
    return block.signed(at, size, order) if signed else block.unsigned(at, size, order).view(_I8)


def complement(values: Array, bits: int, encoding: str) -> Array:
    """Unsigned integers of *bits* read as ones' complement or as sign and magnitude."""
    number = values.astype(_U8)
    top = np.uint64(1 << (bits - 1))
    negative = (number & top) != 0
    body = number & np.uint64((1 << (bits - 1)) - 1)
    if encoding == "ones":
        return np.where(negative, body.view(_I8) - np.int64((1 << (bits - 1)) - 1), body.view(_I8))
    return np.where(negative, -body.view(_I8), body.view(_I8))


def wide_complement(values: Wide, bits: int, encoding: str) -> Wide:
    """The same for 72 to 128 bits."""
    top = np.uint64(1 << (bits - 65))
    high = values.high.view(_U8)
    negative = (high & top) != 0
    body = Wide(values.low, (high & np.uint64((1 << (bits - 65)) - 1)).view(_I8))
    if encoding == "ones":
        flipped = Wide(~body.low, (body.high.view(_U8) ^ np.uint64((1 << (bits - 65)) - 1)).view(_I8))
        body = Wide(np.where(negative, flipped.low, body.low), np.where(negative, flipped.high, body.high))
    return body.negated(negative)


def bits(block: Even, at: int, size: int, order: str, low: int, width: int, signed: bool) -> Array:
    """*width* bits above the *low* least significant ones of the *size* bytes at *at*."""
    number = block.unsigned(at, size, order).astype(_U8)
    if signed:
        number <<= np.uint64(64 - low - width)
        found = number.view(_I8)
        found >>= np.int64(64 - width)
        return found
    number >>= np.uint64(low)
    number &= np.uint64((1 << width) - 1)
    return number if width == 64 else number.view(_I8)


def present(block: Even, at: int, size: int, values: bytes) -> Array | None:
    """Which items are not absent: every byte one and the same of *values*."""
    if not size or not values:
        return None
    found: Array | None = None
    first = block.first_bytes(at)
    for value in values:
        likely = first == value
        if not likely.any():
            continue
        items = np.flatnonzero(likely)
        same = (block.matrix(at, size)[items] == value).all(axis=1)
        if same.any():
            if found is None:
                found = np.ones(len(first), np.bool_)
            found[items[same]] = False
    return found


# --- decimals --------------------------------------------------------------------------------------------------------

Numbers: TypeAlias = Callable[[Even, int], "tuple[Array | Wide, Array | None, Array | None]"]


def _nibbles(lane: Array, digits: int) -> Array:
    """Digits in the nibbles of *lane* (their last *digits*, the others 0) → their number, in place: each step makes two digits, pairs, … one."""
    high = lane >> np.uint64(4)
    high &= np.uint64(0x0F0F0F0F0F0F0F0F)
    high *= np.uint64(6)
    lane -= high
    for most, shift, mask, factor in (
        (2, 8, 0x00FF00FF00FF00FF, 256 - 100),
        (4, 16, 0x0000FFFF0000FFFF, 65536 - 10000),
        (8, 32, 0x00000000FFFFFFFF, (1 << 32) - 100000000),
    ):
        if digits <= most:
            break
        np.right_shift(lane, np.uint64(shift), out=high)
        high &= np.uint64(mask)
        high *= np.uint64(factor)
        lane -= high
    return lane


def _over_nine(lane: Array) -> Array:
    """Bit 3 of each nibble: whether it is above 9."""
    odd = lane << np.uint64(1)
    more = lane << np.uint64(2)
    odd |= more
    odd &= lane
    odd &= np.uint64(0x8888888888888888)
    return odd


def _apply(refused: Array | None, more: Array) -> Array | None:
    """*refused* and *more*; None where that is none."""
    if not more.any():
        return refused
    return more if refused is None else refused | more


def _joined(lanes: list[Array], weight: int, digits: int) -> Array | Wide:
    """One number of several lanes of *weight* = 10^n each, the first the most significant."""
    if digits <= 18:
        value = lanes[0]
        for lane in lanes[1:]:
            value *= np.uint64(weight)
            value += lane
        return value.view(_I8)
    number = Wide(lanes[0], np.zeros(len(lanes[0]), _I8))
    for lane in lanes[1:]:
        number = times(number, weight, lane)
    return number


def _beyond(value: Array | Wide, digits: int) -> Array:
    """Which magnitudes have more than *digits* digits."""
    limit = 10**digits
    if isinstance(value, Wide):
        high, low = np.uint64(limit >> 64), np.uint64(limit & ((1 << 64) - 1))
        unsigned = value.high.view(_U8)
        found: Array = (unsigned > high) | ((unsigned == high) & (value.low >= low))
        return found
    more: Array = value >= np.int64(limit)
    return more


def _signed(value: Array | Wide, way: Array) -> Array | Wide:
    if isinstance(value, Wide):
        return value.negated(way < 0)
    value *= way
    return value


def _rowwise(
    read: numbers.Integers, block: Even, at: int, size: int, items: Array, value: Array | Wide
) -> tuple[Array | Wide, Array, Array]:
    """Read *items* one by one into *value*; return it, and which of *items* are absent and refused."""
    rows = block.matrix(at, size)[items].tobytes()
    found = [read(rows[i : i + size]) for i in range(0, len(rows), size)]
    whole = [v if isinstance(v, int) else 0 for v in found]
    if isinstance(value, Wide):
        value.low[items] = np.array([v & ((1 << 64) - 1) for v in whole], _U8)
        value.high[items] = np.array([v >> 64 for v in whole], _I8)
    else:
        value[items] = np.array(whole, _I8)
    return value, np.array([v is None for v in found], np.bool_), np.array([v is BAD for v in found], np.bool_)


def packed(size: int, digits: int, sign: str, missing_sign: bool, absent: bytes) -> Numbers:
    """A reader of packed decimals, as `arrowsmith.program.ops.Unpack` says."""
    total = 2 * size - (sign != "none")
    if total > 38 or not size:
        return _one_by_one(numbers.packed(size, digits, sign, missing_sign, absent), size, digits)
    # whole bytes in lanes of 16 digits, counted from the end of the digits; with a sign nibble, digits begin half a byte early
    half = sign != "none"
    ways = np.zeros(256, _I8)
    for byte in range(256):
        nibble = byte & 15
        if nibble >= 10 or missing_sign:
            ways[byte] = (0 if sign == "unsigned" else -1) if nibble in (0xB, 0xD) else 1
    plus = not (half and sign == "trailing")

    def lane(block: Even, at: int, end: int, first: bool) -> Array:
        """The digits of up to 8 bytes before byte *end* of the field, and of the half byte before those."""
        low = max(end - 8, 0)
        held = block.lane(at + low, end - low)
        return held

    def read(block: Even, at: int) -> tuple[Array | Wide, Array | None, Array | None]:
        there = present(block, at, size, absent)
        lanes: list[Array] = []
        refused: Array | None = None
        if half:
            lanes = _halves(block, at, size)
        else:
            for low in range(size % 8 or 8, size + 8, 8):
                lanes.append(lane(block, at, low, not lanes))
        for i, held in enumerate(lanes):
            odd = _over_nine(held)
            if np.bitwise_or.reduce(odd):
                refused = _apply(refused, odd != 0)
            count = total - 16 * (len(lanes) - 1) if not i else 16
            lanes[i] = _nibbles(held, count)
        value = _joined(lanes, 10**16, max(total, digits))
        if total > digits:
            refused = _apply(refused, _beyond(value, digits))
        if half:
            way = ways.take(block.first_bytes(at + size - 1))
            if not way.all():
                refused = _apply(refused, way == 0)
            if not plus:
                value = _signed(value, way)
        if isinstance(value, Wide) and digits <= 18:
            value = value.low.view(_I8)
        return value, there, refused

    return read


def _halves(block: Even, at: int, size: int) -> list[Array]:
    """The digits of a field that ends in a sign nibble, in lanes of 16, the first with what is left."""
    lanes: list[Array] = []
    end = size
    while end > 0:
        low = max(end - 8, 0)
        held = block.lane(at + low, end - low)
        held >>= np.uint64(4)
        if low:  # the half byte before
            upper = block.first_bytes(at + low - 1).astype(_U8)
            upper <<= np.uint64(60)
            held |= upper
        lanes.append(held)
        end = low
        if end and end == 1 and size > 8:
            # its low nibble is taken already
            last = block.first_bytes(at).astype(_U8)
            last >>= np.uint64(4)
            lanes.append(last)
            break
    return lanes[::-1]


def _one_by_one(read: numbers.Integers, size: int, digits: int) -> Numbers:
    """A reader that looks at each item by itself."""

    def every(block: Even, at: int) -> tuple[Array | Wide, Array | None, Array | None]:
        n = block.n
        value: Array | Wide = np.zeros(n, _I8)
        if digits > 18:
            value = Wide(np.zeros(n, _U8), np.zeros(n, _I8))
        value, nothing, refused = _rowwise(read, block, at, size, np.arange(n), value)
        return value, ~nothing, refused

    return every
