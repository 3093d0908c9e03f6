"""Integers without a sign of 64 bits, which are kept modulo 2^64 in integers with one: what operators and comparisons make of them.

Invariant: what 64 bits with a sign cannot hold is kept modulo 2^64 and said to be, or refused; it never becomes a negative number.
"""

from __future__ import annotations

from dataclasses import replace

from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Item, Ref, Unary
from arrowsmith_kaitai.kinds import BoolKind, EnumKind, FloatKind, IntKind, Kind, common
from arrowsmith_kaitai.values import NEVER, Loc, Scalar, Value, place_of

#: The greatest integer of 64 bits with a sign, and the least.
MOST, LEAST = (1 << 63) - 1, -(1 << 63)
#: What the hidden names end in of numbers of 64 bits as expressions take them.
TWIN = "@64"


def twin(loc: Loc, *, element: bool) -> Loc:
    """Where the number without a sign that is at *loc* is kept modulo 2^64, for expressions."""
    if element:
        return loc.child(TWIN)
    return Loc((*loc.path[:-1], f"{loc.path[-1]}{TWIN}"), loc.indexes)


def untwinned(expr: Expr) -> Expr | None:
    """The number that is read where *expr* is its twin; None where it is none."""
    loc = place_of(expr) if isinstance(expr, (Ref, Item)) else None
    if loc is None or not loc.path[-1].endswith(TWIN):
        return None
    name = loc.path[-1].removesuffix(TWIN)
    return Loc((*loc.path[:-1], name) if name else loc.path[:-1], loc.indexes).expr


def is_natural(value: Scalar) -> bool:
    """Whether *value* is known to be no negative number."""
    if value.wraps:
        return True
    if isinstance(value.expr, Const):
        return isinstance(value.expr.value, int) and value.expr.value >= 0
    return isinstance(value.kind, IntKind) and not value.kind.signed


def fits(value: Expr) -> Expr:
    """Whether a number that is kept modulo 2^64 is one of 64 bits with a sign, too."""
    return Binary("ge", value, Const(0))


def shifted(value: Expr, by: Expr) -> Expr:
    """*value*, kept modulo 2^64, shifted right; what does not fit 64 bits with a sign then is refused."""
    if isinstance(by, Const) and isinstance(by.value, int) and 1 <= by.value <= 63:
        return Binary("and", Binary("shr", value, by), Const((1 << 64 - by.value) - 1))
    more = Binary("shr", _half(value), Binary("sub", by, Const(1)))
    return Cond(fits(value), Binary("shr", value, by), Cond(Binary("gt", by, Const(0)), more, NEVER))


def is_divisor(value: Expr) -> bool:
    """Whether quotients by *value* fit 64 bits with a sign, and are computed here."""
    return isinstance(value, Const) and isinstance(value.value, int) and 2 <= value.value <= 1 << 62


def divided(value: Expr, by: Expr) -> Expr:
    """*value*, kept modulo 2^64, divided by a divisor."""
    one_more = Cond(Binary("ge", _rest(value, by), by), Const(1), Const(0))
    return Cond(fits(value), Binary("div", value, by), Binary("add", _quotient(value, by), one_more))


def remainder(value: Expr, by: Expr) -> Expr:
    """What is left of *value*, kept modulo 2^64, by a divisor."""
    rest = _rest(value, by)
    return Cond(fits(value), Binary("mod", value, by), Cond(Binary("ge", rest, by), Binary("sub", rest, by), rest))


def _half(value: Expr) -> Expr:
    return Binary("and", Binary("shr", value, Const(1)), Const(MOST))


def _quotient(value: Expr, by: Expr) -> Expr:
    """The quotient of the half, doubled: that of the whole, or one less."""
    return Binary("shl", Binary("div", _half(value), by), Const(1))


def _rest(value: Expr, by: Expr) -> Expr:
    """What `_quotient` leaves: less than twice the divisor."""
    return Binary("sub", value, Binary("mul", _quotient(value, by), by))


def spelled(value: Expr) -> Expr:
    """The digits of *value*, kept modulo 2^64."""
    ten = Const(10)
    all_but_last, last = Unary("str", divided(value, ten)), Unary("str", remainder(value, ten))
    return Cond(fits(value), Unary("str", value), Binary("cat", all_but_last, last))


def floating(value: Scalar) -> Expr:
    """*value* beside a float: the double nearest to it.  The bit that halving loses is kept, so that it decides how is rounded."""
    if not value.wraps:
        return value.expr
    half = Binary("or", _half(value.expr), Binary("and", value.expr, Const(1)))
    return Cond(fits(value.expr), Binary("mul", value.expr, Const(1.0)), Binary("mul", half, Const(2.0)))


def converted(value: Value, kind: Kind) -> Value:
    """*value* where one of *kind* is meant: an integer is a float there, a truth 1 or 0, a label its number."""
    if not isinstance(value, Scalar):
        return value
    if isinstance(kind, FloatKind) and isinstance(value.kind, IntKind):
        if isinstance(value.expr, Const) and isinstance(value.expr.value, int):
            return Scalar(kind, Const(float(value.expr.value)))
        made = floating(value) if value.wraps else Binary("mul", value.expr, Const(1.0))
        return replace(value, kind=kind, expr=made, wraps=False)
    if isinstance(kind, IntKind) and isinstance(value.kind, BoolKind):
        return replace(value, kind=kind, expr=Unary("int", value.expr))
    if isinstance(kind, IntKind) and isinstance(value.kind, EnumKind):
        return replace(value, kind=kind)
    return value


def compared(op: str, left: Scalar, right: Scalar) -> Expr:
    """The comparison of two scalars, one of which at least may be a number that is kept modulo 2^64."""
    kind = common(left.kind, right.kind)
    if isinstance(kind, FloatKind):
        return Binary(op, floating(left), floating(right))
    if not (left.wraps or right.wraps) or not isinstance(kind, IntKind):
        return Binary(op, left.expr, right.expr)
    plain: Expr = Binary(op, left.expr, right.expr)
    if op not in ("eq", "ne"):
        # numbers without a sign are in the order that their bits have with the highest one turned
        plain = Binary(op, *(Binary("xor", side.expr, Const(LEAST)) for side in (left, right)))
    for side, less in ((left, ("lt", "le", "ne")), (right, ("gt", "ge", "ne"))):
        if not is_natural(side):  # a negative number is less than any that is kept so
            holds = Binary("lt" if op in less else "ge", side.expr, Const(0))
            return Binary("any" if op in less else "all", holds, plain)
    return plain
