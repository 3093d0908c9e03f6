"""Operators on scalars: texts are joined; numbers computed and compared, of 64 bits with a sign, or modulo 2^64 where no more counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Unary
from arrowsmith_kaitai import unsigned
from arrowsmith_kaitai.kinds import BOOL, FLOAT, INT, STR, FloatKind, IntKind, Kind, StrKind, common
from arrowsmith_kaitai.values import NEVER, Scalar, Value

if TYPE_CHECKING:
    from arrowsmith_kaitai.evaluate import Scope


def joined(parts: list[Scalar]) -> Value:
    """A formatted text."""
    made: Expr | None = None
    for part in parts:
        text = part.expr if isinstance(part.kind, StrKind) else spelled(part)
        made = text if made is None else cat(made, text)
    return Scalar(STR, made if made is not None else Const(""))


def spelled(value: Scalar) -> Expr:
    """The digits of an integer."""
    if not value.wraps:
        return Unary("str", value.expr)
    read = unsigned.untwinned(value.expr)
    return unsigned.spelled(value.expr) if read is None else Unary("str", read)


def cat(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Const) and isinstance(b, Const):
        return Const(str(a.value) + str(b.value))
    return Binary("cat", a, b)


def unary(op: str, value: Scalar, scope: Scope) -> Scalar:
    value = value if scope.modulo else signed(value)
    if op == "-" and isinstance(value.expr, Const) and isinstance(value.expr.value, float):
        return replace(value, expr=Const(-value.expr.value))
    return replace(
        value,
        kind=_computed(value.kind),
        expr=Unary({"-": "neg", "~": "inv", "not": "not"}[op], value.expr),
        wraps=False,
    )


def _computed(kind: Kind) -> Kind:
    return INT if isinstance(kind, IntKind) else FLOAT if isinstance(kind, FloatKind) else kind


_ARITHMETIC = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod", "&": "and", "|": "or", "^": "xor", "<<": "shl", ">>": "shr",
}  # fmt: skip


def binary(op: str, left: Scalar, right: Scalar, scope: Scope) -> Scalar:
    present = left.present if right.present is None else right.present
    if isinstance(left.kind, StrKind):
        return Scalar(STR, cat(left.expr, right.expr), present)
    kind = _computed(common(left.kind, right.kind))
    if isinstance(kind, FloatKind):
        return Scalar(kind, Binary(_ARITHMETIC[op], unsigned.floating(left), unsigned.floating(right)), present)
    if (left.wraps or right.wraps) and not (scope.modulo and op in MODULAR):
        found = _unsigned(op, left, right)
        if found is not None:
            return replace(found, present=present)
    if op == "&" and any(isinstance(x.expr, Const) and not x.wraps and x.expr.value >= 0 for x in (left, right)):  # type: ignore[operator]  # an integer
        pass  # whatever the other's highest bit is, it is none of the result's
    elif not scope.modulo or op not in MODULAR:
        left, right = signed(left), signed(right)
    return Scalar(kind, Binary(_ARITHMETIC[op], left.expr, right.expr), present)


def _unsigned(op: str, left: Scalar, right: Scalar) -> Scalar | None:
    """What is computed of numbers that are kept modulo 2^64, where all of their range is taken."""
    both = left.wraps and right.wraps
    if op in ("&", "|", "^") and unsigned.is_natural(left) and unsigned.is_natural(right):
        made = Binary(_ARITHMETIC[op], left.expr, right.expr)
        return Scalar(IntKind(8, False), made, None, True) if both or op != "&" else Scalar(INT, made)
    if op == ">>" and left.wraps:
        return Scalar(INT, unsigned.shifted(left.expr, signed(right).expr))
    if op in ("/", "%") and left.wraps and unsigned.is_divisor(right.expr):
        return Scalar(INT, (unsigned.divided if op == "/" else unsigned.remainder)(left.expr, right.expr))
    return None


#: operators whose result modulo 2^64 follows from their operands modulo 2^64
MODULAR = ("+", "-", "*", "&", "|", "^", "<<")


def signed(value: Scalar) -> Scalar:
    """*value*, refused where it is kept modulo 2^64 and has 64 bits: arithmetic is that of integers with a sign."""
    if not value.wraps:
        return value
    if isinstance(value.expr, Const):
        return replace(value, expr=NEVER, wraps=False)
    return replace(value, expr=Cond(Binary("ge", value.expr, Const(0)), value.expr, NEVER), wraps=False)


_COMPARISONS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def comparison(op: str, left: Scalar, right: Scalar) -> Scalar:
    return Scalar(BOOL, unsigned.compared(_COMPARISONS[op], left, right))
