"""Floating-point kinds: bytes → the double nearest to their exact value (ties to even).  This file is their definition.

Every finite value is computed exactly, as mantissa × 2^exponent in integers, and rounded once; a value beyond double's range is
infinite, below it zero, each with its sign.  `load.float` reads by `KINDS`, `put` narrows by `narrow`.
Invariant: a NaN that is made is quiet, with sign and payload kept; ``ieee64`` keeps its bits as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

#: the NaN of arithmetic: what ``let`` gives where the result is no number
NAN: float = struct.unpack("<d", (0x7FF8 << 48).to_bytes(8, "little"))[0]


@dataclass(frozen=True, slots=True)
class Kind:
    """``size`` bytes; ``read``: the number in them as a big-endian integer → double; ``words``: ``little`` swaps the bytes of each
    16-bit word (VAX) and not those of the whole."""

    size: int
    read: Callable[[int], float]
    words: bool = False


def value(kind: str, data: bytes, order: str) -> float:
    """The number of *kind* in *data* (exactly its size), most significant byte first where *order* is ``big``."""
    k = KINDS[kind]
    if order == "big":
        number = int.from_bytes(data, "big")
    elif k.words:
        number = int.from_bytes(b"".join(data[i : i + 2][::-1] for i in range(0, k.size, 2)), "big")
    else:
        number = int.from_bytes(data, "little")
    return k.read(number)


def narrow(number: float) -> bytes:
    """*number* as an IEEE float of 4 bytes, little-endian, rounded to nearest even.  A NaN keeps its sign and the upper bits of its
    payload, and is quiet."""
    if number != number:
        bits = double_bits(number)
        return ((bits >> 63) << 31 | 0x7FC00000 | (bits >> 29) & 0x3FFFFF).to_bytes(4, "little")
    try:
        return struct.pack("<f", number)
    except OverflowError:
        return struct.pack("<f", float("inf") if number > 0 else float("-inf"))


def double_bits(number: float) -> int:
    """The 64 bits of a double."""
    return int.from_bytes(struct.pack("<d", number), "little")


def from_bits(bits: int) -> float:
    """The double of 64 bits."""
    return float(struct.unpack("<d", bits.to_bytes(8, "little"))[0])


def _scaled(negative: int, mantissa: int, exponent: int) -> float:
    """(−1)^negative × mantissa × 2^exponent, rounded once."""
    if mantissa == 0:
        return -0.0 if negative else 0.0
    try:
        # int / int is correctly rounded in Python, subnormal results included
        size = mantissa << exponent if exponent >= 0 else mantissa
        number = size / 1 if exponent >= 0 else mantissa / (1 << -exponent)
    except OverflowError:
        number = float("inf")
    return -number if negative else number


def _ieee(exponent_bits: int, fraction_bits: int) -> Callable[[int], float]:
    """IEEE 754-2019 interchange formats narrower than double."""
    most = (1 << exponent_bits) - 1
    bias = most >> 1

    def read(n: int) -> float:
        sign, exponent, fraction = (
            n >> (exponent_bits + fraction_bits),
            n >> fraction_bits & most,
            n & ((1 << fraction_bits) - 1),
        )
        if exponent == most and fraction:
            return from_bits(sign << 63 | 0x7FF8 << 48 | fraction << (52 - fraction_bits))
        if exponent == most:
            return float("-inf") if sign else float("inf")
        if exponent == 0:
            return _scaled(sign, fraction, 1 - bias - fraction_bits)
        return _scaled(sign, fraction | 1 << fraction_bits, exponent - bias - fraction_bits)

    return read


def _ibm(fraction_bits: int) -> Callable[[int], float]:
    """Hexadecimal floats (z/Architecture Principles of Operation, ch. 18): sign, characteristic of 7 bits (excess 64, base 16), fraction
    below 1; need not be normalised.  0x43142EFC is 322.936…; a fraction of 0 is a zero of its sign."""

    def read(n: int) -> float:
        characteristic = n >> fraction_bits & 0x7F
        fraction = n & ((1 << fraction_bits) - 1)
        return _scaled(n >> (fraction_bits + 7), fraction, 4 * (characteristic - 64) - fraction_bits)

    return read


def _vax(exponent_bits: int, fraction_bits: int) -> Callable[[int], float]:
    """VAX Architecture Reference Manual: sign, exponent (excess half its range), hidden bit: 0.1f × 2^e.  Exponent 0: zero, whatever the
    fraction is; with the sign set it is the reserved operand, a NaN here."""
    excess = 1 << (exponent_bits - 1)

    def read(n: int) -> float:
        exponent = n >> fraction_bits & ((1 << exponent_bits) - 1)
        sign = n >> (exponent_bits + fraction_bits)
        if exponent == 0:
            return NAN if sign else 0.0
        mantissa = n & ((1 << fraction_bits) - 1) | 1 << fraction_bits
        return _scaled(sign, mantissa, exponent - excess - fraction_bits - 1)

    return read


def _mil(low_bits: int) -> Callable[[int], float]:
    """MIL-STD-1750A: mantissa of 24 bits, exponent of 8, then (extended) 16 more bits of the mantissa; both two's complement, the
    mantissa a fraction in [−1, 1)."""

    def read(n: int) -> float:
        high, exponent, low = n >> (low_bits + 8), n >> low_bits & 0xFF, n & ((1 << low_bits) - 1)
        bits = 24 + low_bits
        mantissa = high << low_bits | low
        mantissa -= mantissa >> (bits - 1) << bits
        exponent -= exponent >> 7 << 8
        return _scaled(int(mantissa < 0), abs(mantissa), exponent - (bits - 1))

    return read


#: name → definition
KINDS: dict[str, Kind] = {
    "ieee16": Kind(2, _ieee(5, 10)),
    "ieee32": Kind(4, _ieee(8, 23)),
    "ieee64": Kind(8, from_bits),
    "ibm32": Kind(4, _ibm(24)),
    "ibm64": Kind(8, _ibm(56)),
    "vaxf": Kind(4, _vax(8, 23), words=True),
    "vaxd": Kind(8, _vax(8, 55), words=True),
    "vaxg": Kind(8, _vax(11, 52), words=True),
    "mil32": Kind(4, _mil(0)),
    "mil48": Kind(6, _mil(16)),
}
