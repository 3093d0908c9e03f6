"""Registers from registers, for every item at once: ``let``, dates, and what is left of several arms.

Values are arrays: i64, u64, bool (0 and 1), f64, or `Wide` and `Texts`; beside them stands which are present (None: all).  The
value of an item that is not present has no meaning.
Invariant: arithmetic wraps around as numpy's does; what traps is looked at before, and null items never trap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from arrowsmith.program.arithmetic import tens as exact_tens
from arrowsmith.program.ops import TENS
from arrowsmith_vm.lockstep.integers import Wide
from arrowsmith_vm.lockstep.places import Apart, Array, Left, Places
from arrowsmith_vm.lockstep.scope import Scope
from arrowsmith_vm.lockstep.texts import Texts, joined
from arrowsmith_vm.lockstep.tile import Tile

_U8, _I8, _F8 = np.dtype("u8"), np.dtype("i8"), np.dtype("f8")
#: magnitudes of integers, and powers of ten, up to which all are doubles
_EXACT, _EXACT_POWER = 1 << 53, 22
_POWERS: Final = np.array([10.0**n for n in range(_EXACT_POWER + 1)])
_NAN: Final = np.array([0x7FF8 << 48], _U8).view(_F8)[0]


def both(a: Array | None, b: Array | None) -> Array | None:
    """Present where *a* and *b* are."""
    return b if a is None else a if b is None else a & b


def i64(values: Array) -> Array:
    """*values* as 64-bit integers with a sign."""
    return values if values.dtype == _I8 else values.astype(_I8)


def signed(x: Tile, scope: Scope, values: Array | Wide, there: Array | None) -> Array:
    """u64 or i128 *values* as i64; stops where one does not fit."""
    if isinstance(values, Wide):
        low = values.low.view(_I8)
        x.stop_if(scope, values.high != low >> np.int64(63), there)
        return low
    number = values.astype(_U8).view(_I8)
    x.stop_if(scope, number < 0, there)
    return number


_INTEGER: Final[dict[str, Callable[[Any, Any], Array]]] = {
    "neg": lambda a, _: -a,
    "not": lambda a, _: a == 0,
    "inv": lambda a, _: ~a,
    "abs": lambda a, _: np.abs(a),
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "min": np.minimum,
    "max": np.maximum,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
_FLOAT: Final[dict[str, Callable[[Any, Any], Array]]] = {
    "neg": lambda a, _: -a,
    "abs": lambda a, _: np.abs(a),
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "mod": np.remainder,
    "min": lambda a, b: np.where((a != a) | (b != b), _NAN, np.where(b < a, b, a)),
    "max": lambda a, b: np.where((a != a) | (b != b), _NAN, np.where(b > a, b, a)),
}


def let(x: Tile, scope: Scope, how: str, a: Array, b: Any, there: Array | None) -> Array:
    """``how`` of i64s; *b* may be a literal."""
    if how in _INTEGER:
        return _INTEGER[how](a, b)
    if how in ("div", "mod"):
        x.stop_if(scope, _all(b == 0), there)
        divisor = b if there is None or isinstance(b, int) else np.where(b == 0, 1, b)
        # the one quotient that is no i64 wraps around, where the hardware would trap
        if how == "div" and not isinstance(divisor, int):
            return np.where(divisor == -1, -a, np.floor_divide(a, np.where(divisor == -1, 1, divisor)))
        if how == "div":
            return -a if divisor == -1 else np.floor_divide(a, divisor)
        if not isinstance(divisor, int):
            divisor = np.where(divisor == -1, 1, divisor)
        return np.remainder(a, divisor if not isinstance(divisor, int) or divisor != -1 else 1)
    x.stop_if(scope, _all((b < 0) | (b > 63)), there)
    by = b if isinstance(b, int) else b & 63
    return np.left_shift(a, by) if how == "shl" else np.right_shift(a, by)


def _all(marked: Any) -> Array | bool:
    return marked if isinstance(marked, np.ndarray) else bool(marked)


def let_float(x: Tile, scope: Scope, how: str, a: Any, b: Any, there: Array | None) -> Array:
    """``how`` of f64s; either may be a literal."""
    if how in ("eq", "ne", "lt", "le", "gt", "ge"):
        return _INTEGER[how](a, b)
    if how in ("div", "mod"):
        x.stop_if(scope, _all(b == 0), there)
    value = np.broadcast_to(_FLOAT[how](a, b), (scope.n,))
    none = value != value
    if none.any():
        value = np.where(none, _NAN, value)
    return value


def trunc(x: Tile, scope: Scope, a: Array, there: Array | None) -> Array:
    """f64s as i64s, towards zero; stops where one does not fit."""
    x.stop_if(scope, ~((a >= -(2.0**63)) & (a < 2.0**63)), there)
    return np.where(there, a, 0).astype(_I8) if there is not None else a.astype(_I8)


def tens(x: Tile, scope: Scope, a: Array, b: Array, there: Array | None) -> Array:
    """i64s × 10^i64s as f64s: one rounding where both are doubles that lose nothing, the others one by one."""
    x.stop_if(scope, (b < TENS.start) | (b >= TENS.stop), there)
    power = np.clip(b, -_EXACT_POWER, _EXACT_POWER)
    factor = _POWERS[np.abs(power)]
    value: Array = np.where(power < 0, a / factor, a * factor)
    inexact = (b != power) | (a > _EXACT) | (a < -_EXACT)
    if there is not None:
        inexact &= there
    for n in np.flatnonzero(inexact):
        value[n] = exact_tens(int(a[n]), int(b[n])) if b[n] in TENS else 0.0
    return value


def to_float(a: Array) -> Array:
    """Integers as f64s, nearest even."""
    return a.astype(_F8)


def otherwise(a: Any, there: Array | None, b: Any, there_b: Array | None) -> tuple[Any, Array | None]:
    """*a* where it is present, else *b*."""
    if there is None:
        return a, None
    value = np.where(there, a, b)
    return value, None if there_b is None else there | there_b


def each(scope: Scope, value: int | Array) -> Array:
    """*value* for each item."""
    return value if isinstance(value, np.ndarray) else np.full(scope.n, value, _I8)


def nothing(n: int, kind: str) -> Any:
    """Values of *kind* that nobody looks at: of null items."""
    if kind == "text":
        return Texts(b"", np.zeros(n + 1, _I8))
    if kind == "i128":
        return Wide(np.zeros(n, _U8), np.zeros(n, _I8))
    return np.zeros(n, {"f64": _F8, "u64": _U8}.get(kind, _I8))


def opposite(marked: Array | bool | None) -> Array | bool:
    """Where *marked* does not hold; None holds everywhere."""
    return False if marked is None else not marked if isinstance(marked, bool) else ~marked


def everywhere(there: Array | None, scope: Scope) -> Array:
    """*there* as an array."""
    return np.ones(scope.n, np.bool_) if there is None else there


def kept(refused: Array, tested: Array | None, there: Array | None) -> Array | None:
    """Present where *there*, but where a test that is there itself (*tested*) has *refused*."""
    return both(~refused if tested is None else ~(refused & tested), there)


_DAYS_BEFORE: Final = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], _I8)
_DAYS_IN: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], _I8)


def days(year: Any, month: Any, day: Any, n: int) -> tuple[Array, Array]:
    """Days since 1970-01-01 of dates (of days of a year, where the month is −1), and which are impossible."""
    year, month, day = (np.broadcast_to(np.asarray(v, _I8), (n,)) for v in (year, month, day))
    wrong = (year < 1) | (year > 9999)
    y = np.where(wrong, 1970, year)
    leap = (y % 4 == 0) & ((y % 100 != 0) | (y % 400 == 0))
    ordinal = month == -1
    wrong |= ~ordinal & ((month < 1) | (month > 12))
    m = np.where(ordinal | (month < 1) | (month > 12), 1, month)
    most = np.where(ordinal, 365 + leap, _DAYS_IN[m] + ((m == 2) & leap))
    wrong |= (day < 1) | (day > most)
    before = y - 1
    first = before * 365 + before // 4 - before // 100 + before // 400 - 719162
    return first + np.where(ordinal, 0, _DAYS_BEFORE[m] + ((m > 2) & leap)) + np.where(wrong, 1, day) - 1, wrong


# --- arms ------------------------------------------------------------------------------------------------------------


def split(scope: Scope, values: Array, there: Array | None, keys: Array, arms: Array, count: int) -> list[Scope]:
    """The items of each of *count* arms, the default last: *keys* rise, *arms* is the arm of each."""
    if not len(keys):
        return [*(scope.where(False) for _ in range(count - 1)), scope.where(True)]
    place = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
    hit = keys[place] == values
    if there is not None:
        hit &= there
    arm = np.where(hit, arms[place], np.uint16(count - 1)).astype(np.uint16)
    order = np.argsort(arm, kind="stable")
    ends = np.cumsum(np.bincount(arm, minlength=count))
    return [scope.at(order[low:high]) for low, high in zip([0, *ends[:-1]], ends, strict=True)]


def merge(scope: Scope, parts: list[tuple[Scope, Any, Array | None]]) -> tuple[Any, Array | None]:
    """One register of what each of *parts* left in it; together they are all items of *scope*."""
    taken = [(s, value, there) for s, value, there in parts if s.n]
    if len(taken) == 1:
        return taken[0][1], taken[0][2]
    there: Array | None = None
    if any(t is not None for _, _, t in taken):
        there = np.ones(scope.n, np.bool_)
    for s, _, t in taken:
        if t is not None and there is not None:
            there[s.index] = t
    first = taken[0][1] if taken else np.empty(0, _I8)
    if isinstance(first, Texts):
        return joined([(_index(s), value) for s, value, _ in taken], scope.n), there
    if isinstance(first, Wide):
        low, high = np.empty(scope.n, _U8), np.empty(scope.n, _I8)
        for s, value, _ in taken:
            low[s.index], high[s.index] = value.low, value.high
        return Wide(low, high), there
    kind = _F8 if first.dtype.kind == "f" else _U8 if all(v.dtype.kind == "u" for _, v, _ in taken) else _I8
    merged = np.empty(scope.n, kind)
    for s, value, _ in taken:
        merged[s.index] = value
    return merged, there


def _index(scope: Scope) -> Array:
    index = scope.index
    return np.arange(scope.n) if index is None else index


def meet(scope: Scope, parts: list[tuple[Scope, Places | None, Left | None, int]]) -> tuple[Places, Left]:
    """Where the cursor stands behind arms that moved it differently: each part has its places, bytes left, and the offset behind them."""
    taken = [part for part in parts if part[0].n]
    index, left = np.empty(scope.n, _I8), np.empty(scope.n, _I8)
    window: Array = np.empty(0, np.uint8)
    for s, places, rest, off in taken:
        assert places is not None
        assert rest is not None
        items = _index(s)
        value = rest.value()
        now = np.maximum(value - off, -1)
        # a cursor behind the end stands one byte behind it
        index[items] = places.index() + (value - now)
        left[items] = now
        window = places.buffer
    return Apart(window, index), Left(int(left.min()) if scope.n else 0, left)
