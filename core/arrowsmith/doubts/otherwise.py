"""Numbers → what their bytes are in other formats and byte orders, without the bytes: these follow from the number and its type.

Only what any format may have meant: IEEE and IBM floats of the same size, and integers, each in both byte orders.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from arrowsmith.layout import types as ty
from arrowsmith.program.floats import KINDS, double_bits, narrow

#: size in bytes → bits of an IBM float's fraction, and how `KINDS` calls both formats
_FLOATS: Final = {4: (24, "ieee32", "ibm32"), 8: (56, "ieee64", "ibm64")}


def floats(values: Sequence[float], kind: ty.Float) -> Iterator[list[float]] | None:
    """What *values* of *kind* are in each other format and order; None where that is not known."""
    size = kind.size
    if size not in _FLOATS or kind.kind not in _FLOATS[size]:
        return None
    fraction, ieee, ibm = _FLOATS[size]
    stored = [_ieee(value, size) if kind.kind == ieee else _ibm(value, fraction) for value in values]
    swapped = [int.from_bytes(bits.to_bytes(size, "little"), "big") for bits in stored]
    ways = [(name, bits) for name in (ieee, ibm) for bits in (stored, swapped)]
    del ways[0 if kind.kind == ieee else 2]
    return ([KINDS[name].read(n) for n in bits] for name, bits in ways)


def _ieee(value: float, size: int) -> int:
    return int.from_bytes(narrow(value), "little") if size == 4 else double_bits(value)


def _ibm(value: float, fraction: int) -> int:
    """The bits of a normalised IBM float; of what it cannot hold, those of its greatest.  z/Architecture Principles of Operation, ch. 9."""
    sign = int(math.copysign(1, value) < 0) << (fraction + 7)
    if value == 0 or value != value:
        return sign
    if math.isinf(value):
        return sign | (1 << fraction + 7) - 1
    mantissa, exponent = math.frexp(abs(value))
    sixteens = -(-exponent // 4)
    digits = int(math.ldexp(mantissa, fraction + exponent - 4 * sixteens))
    return sign | min(max(sixteens + 64, 0), 127) << fraction | digits


def integers(values: Sequence[Any], kind: ty.Integer) -> list[int] | None:
    """What *values* of *kind* are in the other byte order, without a scale; None where that is not known."""
    if kind.encoding not in ("twos", "unsigned"):
        return None
    signed = kind.encoding == "twos"
    whole = [int(v.scaleb(kind.scale)) if kind.scale and hasattr(v, "scaleb") else int(v) for v in values]
    return [int.from_bytes(value.to_bytes(kind.size, "big", signed=signed), "little", signed=signed) for value in whole]
