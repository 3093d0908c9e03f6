"""Values → values, as the oracle means them: ``let``, ``text.let`` and ``date``.

Integers are i64 with wrap-around, floats IEEE doubles; a refusal is `Refused` with the rule.  Null operands never come here.
Invariant: no function here knows a record, a cursor or a register.
"""

from __future__ import annotations

import datetime
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from arrowsmith.program.floats import NAN
from arrowsmith.program.ops import TENS
from arrowsmith.program.reading import Refused, Text

Value: TypeAlias = int | float | Text
I64 = range(-(1 << 63), 1 << 63)
EPOCH = datetime.date(1970, 1, 1).toordinal()

#: comparisons, of integers, floats (no order holds for a NaN) and the utf-8 bytes of texts alike
COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    how: getattr(operator, how) for how in ("eq", "ne", "lt", "le", "gt", "ge")
}


def wrapped(n: int) -> int:
    """*n* as 64 bits in two's complement."""
    n &= (1 << 64) - 1
    return n - (n >> 63 << 64)


def let(how: str, a: Any, b: Any) -> int | float:
    """``how`` of *a* and *b*; both floats, or both integers (an integer beside a float is a literal)."""
    if how == "float" and isinstance(a, int):
        return float(a)
    if how == "trunc" and isinstance(a, float):
        if not math.isfinite(a) or int(a) not in I64:
            raise Refused(f"{a} does not fit 64 bits")
        return int(a)
    if isinstance(a, float) or isinstance(b, float):
        a, b = float(a), float(b)
        return int(COMPARED[how](a, b)) if how in COMPARED else _float(how, a, b)
    for n in (a, b):
        if n not in I64:
            raise Refused(f"{n} does not fit 64 bits")
    if how in COMPARED:
        return int(COMPARED[how](a, b))
    if how == "tens":
        return tens(a, b)
    if how in ("div", "mod") and b == 0:
        raise Refused("division by zero")
    if how in ("shl", "shr") and not 0 <= b <= 63:
        raise Refused(f"a shift by {b} bits; expected 0–63")
    return wrapped(_INTEGER[how](a, b))


def tens(a: int, b: int) -> float:
    """*a* × 10^*b*; what Python makes a double of, or divides, is exact and rounded once."""
    if b not in TENS:
        raise Refused(f"a power of ten of {b}; expected −128 to 127")
    return float(a * 10**b) if b >= 0 else a / 10**-b


_INTEGER: dict[str, Callable[[int, int], int]] = {
    "neg": lambda a, _: -a,
    "not": lambda a, _: int(a == 0),
    "inv": lambda a, _: ~a,
    "abs": lambda a, _: abs(a),
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.floordiv,
    "mod": operator.mod,
    "shl": operator.lshift,
    "shr": operator.rshift,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "min": min,
    "max": max,
}


def _float(how: str, a: float, b: float) -> int | float:
    if how in ("div", "mod") and b == 0:
        raise Refused("division by zero")
    if how in ("min", "max") and (a != a or b != b):
        return NAN
    result = _FLOAT[how](a, b)
    return NAN if result != result else result


_FLOAT: dict[str, Callable[[float, float], float]] = {
    "neg": lambda a, _: -a,
    "abs": lambda a, _: abs(a),
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "mod": operator.mod,
    "min": lambda a, b: b if b < a else a,
    "max": lambda a, b: b if b > a else a,
}


def text_let(how: str, a: Text, b: Text, low: int, high: int, base: int) -> Value:
    """``how`` of texts *a* and *b*, or of *a* alone (*b* is then any text)."""
    if how in COMPARED:
        return int(COMPARED[how](a.utf8(), b.utf8()))
    if how == "cat":
        return Text(a.utf8() + b.utf8(), "binary" if a.binary else "utf-8")
    if how == "room":
        return a.room
    if how == "int":
        return _number(a.utf8(), base)
    if how == "byte":
        data = a.utf8()
        if not 0 <= low < len(data):
            raise Refused(f"byte {low} of a text of {len(data)} bytes")
        return data[low]
    items: bytes | str = a.data if a.binary else a.characters()
    if how == "len":
        return len(items)
    if how == "slice" and not 0 <= low <= high <= len(items):
        raise Refused(f"characters {low} to {high} of a text of {len(items)}")
    items = items[low:high] if how == "slice" else items[::-1]
    return Text(items, "binary") if isinstance(items, bytes) else Text(items.encode())


def _number(data: bytes, base: int) -> int:
    if not 2 <= base <= 36:
        raise Refused(f"a base of {base}; expected 2–36")
    digits = data[1:] if data[:1] in (b"+", b"-") else data
    value = 0
    for byte in digits.lower():
        digit = byte - 0x30 if 0x30 <= byte <= 0x39 else byte - 0x61 + 10 if 0x61 <= byte <= 0x7A else base
        if digit >= base:
            raise Refused(f"{data[:40]!r} is not a number in base {base}")
        value = value * base + digit
    value = -value if data[:1] == b"-" else value
    if not digits or value not in I64:
        raise Refused(f"{data[:40]!r} is not a number in base {base} of at most 64 bits")
    return value


def date(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a date, or of a day of the year where *month* is −1."""
    try:
        if month != -1:
            return datetime.date(year, month, day).toordinal() - EPOCH
        first = datetime.date(year, 1, 1).toordinal()
    except (ValueError, OverflowError):
        raise Refused(f"{year:04}-{month:02}-{day:02} is not a date") from None
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= day <= 365 + leap:
        raise Refused(f"year {year} has no day {day}")
    return first + day - 1 - EPOCH
