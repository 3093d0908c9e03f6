"""Bytes of a field, of every item at once → doubles, for every kind of `arrowsmith.program.floats`.

Invariant: each number is rounded once: its mantissa becomes a double, correctly rounded, and scaling by a power of two is then
exact, or is the only rounding that is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from arrowsmith.program.floats import KINDS
from arrowsmith_vm.lockstep.integers import present
from arrowsmith_vm.lockstep.places import Array, Even

_U8, _I8, _F8 = np.dtype("u8"), np.dtype("i8"), np.dtype("f8")
_NAN = np.uint64(0x7FF8 << 48)

Floats: TypeAlias = Callable[[Even, int], "tuple[Array, Array | None]"]


def _ibm(number: Array, fraction_bits: int) -> Array:
    fraction = (number & np.uint64((1 << fraction_bits) - 1)).astype(_F8)
    characteristic = (number >> np.uint64(fraction_bits) & np.uint64(0x7F)).astype(np.int32)
    value = np.ldexp(fraction, 4 * (characteristic - 64) - fraction_bits)
    return np.where(number >> np.uint64(fraction_bits + 7) != 0, -value, value)


def _vax(number: Array, exponent_bits: int, fraction_bits: int) -> Array:
    exponent = (number >> np.uint64(fraction_bits) & np.uint64((1 << exponent_bits) - 1)).astype(np.int32)
    negative = number >> np.uint64(exponent_bits + fraction_bits) != 0
    mantissa = (number & np.uint64((1 << fraction_bits) - 1) | np.uint64(1 << fraction_bits)).astype(_F8)
    value = np.ldexp(mantissa, exponent - (1 << (exponent_bits - 1)) - fraction_bits - 1)
    value = np.where(negative, -value, value)
    zero = exponent == 0
    if zero.any():
        value[zero & ~negative] = 0.0
        value.view(_U8)[zero & negative] = _NAN
    return value


def _mil(number: Array, low_bits: int) -> Array:
    high = (number >> np.uint64(low_bits + 8)).view(_I8)
    mantissa = high << np.int64(low_bits) | (number & np.uint64((1 << low_bits) - 1)).view(_I8)
    size = 24 + low_bits
    mantissa = mantissa << np.int64(64 - size) >> np.int64(64 - size)
    exponent = (number >> np.uint64(low_bits)).astype(np.uint8).view(np.int8).astype(np.int32)
    return np.ldexp(mantissa.astype(_F8), exponent - (size - 1))


_READ: dict[str, Callable[[Array], Array]] = {
    "ibm32": lambda n: _ibm(n, 24),
    "ibm64": lambda n: _ibm(n, 56),
    "vaxf": lambda n: _vax(n, 8, 23),
    "vaxd": lambda n: _vax(n, 8, 55),
    "vaxg": lambda n: _vax(n, 11, 52),
    "mil32": lambda n: _mil(n, 0),
    "mil48": lambda n: _mil(n, 16),
}


def _quiet(values: Array) -> Array:
    """*values* with every NaN quiet."""
    none = np.isnan(values)
    if none.any():
        values.view(_U8)[none] |= np.uint64(1 << 51)
    return values


def floating(kind: str, order: Literal["big", "little"], absent: bytes) -> Floats:
    """A reader of floating-point numbers; with the values, which of them are present (None: all)."""
    size, words = KINDS[kind].size, KINDS[kind].words
    if kind.startswith("ieee"):
        stored = np.dtype(f"{'>' if order == 'big' else '<'}f{size}")

        def ieee(block: Even, at: int) -> tuple[Array, Array | None]:
            held = block.view(at, stored)
            there = present(block, at, size, absent)
            return (held if size == 8 else _quiet(held.astype(_F8))), there

        return ieee

    def other(block: Even, at: int) -> tuple[Array, Array | None]:
        if order == "little" and words:
            number = np.zeros(block.n, _U8)
            for i in range(0, size, 2):
                number <<= np.uint64(16)
                number |= block.unsigned(at + i, 2, "little")
        else:
            number = block.unsigned(at, size, order).astype(_U8)
        return _READ[kind](number), present(block, at, size, absent)

    return other
