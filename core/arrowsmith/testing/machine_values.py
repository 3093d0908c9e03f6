"""What a register or a place may hold, for the verifier of machine code: a set of (region, detail), one for each region.

``number`` (the values that it may be, or None), ``null`` (no address yet), ``input`` and ``output`` (addresses inside what the block
points to), ``image`` (start, step, the place that was named), ``stack`` (offset, or None), ``context`` (offset, several, one that more
was added to, or None), ``kept`` (a register of the caller's).
Invariant: joining only adds; what an operation may yield is in what `add` and `subtract` say of it.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import Any, Final

Value = frozenset[tuple[str, Any]]

#: regions that memory operands may be based on
BASES: Final = frozenset({"input", "output", "image", "context", "stack"})
#: the most values that a number is followed with
_FEW: Final = 1 << 16
#: places of the block that are this near are one place that something was added to, in the same area or outside all of them
_NEAR: Final = 256


def value(region: str, detail: Any = None) -> Value:
    """A value of one region."""
    return frozenset({(region, detail)})


def constant(*numbers: int) -> Value:
    """A number that is one of *numbers*."""
    return value("number", frozenset(numbers))


NUMBER: Final = value("number")
NULL: Final = value("null")
ZERO: Final = constant(0)


@lru_cache(1 << 16)
def join(a: Value, b: Value) -> Value:
    """What is *a* or *b*.  A number that can only be 0, beside an address, is the address of nothing."""
    if a == b:
        return a
    a, b = _nulls(a, b), _nulls(b, a)
    merged = dict(a)
    for region, detail in b:
        merged[region] = detail if region not in merged else _either(region, merged[region], detail)
    return frozenset(merged.items())


def _nulls(a: Value, other: Value) -> Value:
    if a == ZERO and any(region in BASES or region == "null" for region, _ in other):
        return NULL
    return a


def _either(region: str, a: Any, b: Any) -> Any:
    if a == b:
        return a
    if region == "number":
        return None if a is None or b is None or len(a | b) > _FEW else a | b
    if region == "context":
        near = {w[0] if isinstance(w, tuple) else w for w in (a, b)}
        return (min(near),) if all(isinstance(w, int) for w in near) and max(near) - min(near) < _NEAR else None
    if region == "image":
        return min(a[0], b[0]), gcd(a[1], b[1], abs(a[0] - b[0])), a[2] if a[2] == b[2] else None
    return None


def only(a: Value, region: str) -> bool:
    """Whether *a* is of *region* alone."""
    return len(a) == 1 and next(iter(a))[0] == region


def detail(a: Value) -> Any:
    """The detail of a value of one region."""
    return next(iter(a))[1]


def numbers(a: Value) -> frozenset[int] | None:
    """The numbers that *a* may be, where they are known."""
    return detail(a) if only(a, "number") else None


@lru_cache(1 << 16)
def add(a: Value, b: Value, scale: int = 1) -> Value:
    """*a* + *b* × *scale*.  The sum of two addresses is a number."""
    out: Value | None = None
    for left in a:
        for right in b:
            made = _sum(left, right, scale)
            out = made if out is None else join(out, made)
    return out if out is not None else NUMBER


def _sum(left: tuple[str, Any], right: tuple[str, Any], scale: int) -> Value:
    if left[0] in ("number", "kept") and right[0] not in ("number", "kept") and scale == 1:
        left, right = right, left
    region, where = left
    if right[0] not in ("number", "kept"):
        return NUMBER if right[0] != "null" else frozenset({left})
    many = right[1] if right[0] == "number" else None
    one = next(iter(many)) * scale if many is not None and len(many) == 1 else None
    if region == "null" or region in ("input", "output"):
        return value(region)
    if region == "image":
        start, step, named = where
        return value(region, (start + one, step, named) if one is not None else (start, gcd(step, scale), named))
    if region == "context":
        return value(region, _beside(where, many, scale))
    if region == "stack" and where is not None and one is not None:
        return value(region, where + one)
    return value(region) if region == "stack" else NUMBER


def _beside(where: Any, numbers: frozenset[int] | None, scale: int) -> Any:
    """A place, some, or (one,) with more added to it; and then *numbers* × *scale* more."""
    if where is None or isinstance(where, tuple):
        return where
    if numbers is None:
        return (where,) if isinstance(where, int) else None
    at = {w + n * scale for w in (where if isinstance(where, frozenset) else (where,)) for n in numbers}
    return at.pop() if len(at) == 1 else frozenset(at)


@lru_cache(1 << 16)
def subtract(a: Value, b: Value) -> Value:
    """*a* − *b*.  The difference of two addresses is a number."""
    few = numbers(b)
    if few is not None and len(few) == 1:
        return add(a, constant(-next(iter(few))))
    return add(a, NUMBER) if only(b, "number") or only(b, "kept") else NUMBER
