"""Bytes of a field, of every item at once → binary integers; and integers of more than 64 bits, as two halves.

Invariant: what is returned as a view of the window is never written to.
"""

from __future__ import annotations

import numpy as np

from arrowsmith_vm.lockstep.places import Array, Even

_U8, _I8 = np.dtype("u8"), np.dtype("i8")


class Wide:
    """Integers of 128 bits: ``low`` (u64) and ``high`` (i64) halves."""

    __slots__ = ("high", "low")

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


def outside(values: Array | Wide, least: int, most: int) -> Array | None:
    """Which *values* are not *least* to *most*; None where all are."""
    if isinstance(values, Wide):
        found = _less(values, least) | ~_less(values, most + 1)
    else:
        found = values > most
        if least or values.dtype.kind == "i":
            found |= values < least
    return found if found.any() else None


def _less(values: Wide, border: int) -> Array:
    high, low = np.int64(border >> 64), np.uint64(border & (1 << 64) - 1)
    below: Array = (values.high < high) | ((values.high == high) & (values.low < low))
    return below


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


def differs(block: Even, at: int, value: bytes) -> Array | None:
    """Which items have any bytes but *value* at *at*; None where none has."""
    size = len(value)
    if block.rows(at, size) == value * block.n:
        return None
    wrong: Array = (block.matrix(at, size) != np.frombuffer(value, np.uint8)).any(axis=1)
    return wrong
