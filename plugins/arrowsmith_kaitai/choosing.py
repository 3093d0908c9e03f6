"""One of two values, or of those of a switch: scalars, lists and alternatives are chosen part by part, objects stay a choice.

Invariant: what is chosen evaluates only the side that is taken; nothing is `Null`, and what is never had refuses who evaluates it.
"""

from __future__ import annotations

from dataclasses import replace

from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Item, Ref, Slice, Unary
from arrowsmith_kaitai.kinds import ANY, BOOL, BYTES, FloatKind, IntKind, Kind, StrKind, common
from arrowsmith_kaitai.values import (
    NEVER,
    TRUE,
    Alternatives,
    Chosen,
    Listed,
    Null,
    Object,
    Scalar,
    Streamed,
    Value,
    both,
    present_of,
)


def chosen(test: Expr, then: Value, other: Value) -> Value:
    """*then* where *test* holds, else *other*."""
    if isinstance(test, Const):
        return then if test.value else other
    if isinstance(then, Null):
        return guarded(other, Unary("not", test))
    if isinstance(other, Null):
        return guarded(then, test)
    if isinstance(then, Alternatives):
        then = settled(then)
    if isinstance(other, Alternatives):
        other = settled(other)
    if isinstance(then, Alternatives) and isinstance(other, Alternatives):
        return alike(test, then, other)
    if isinstance(then, Scalar) and isinstance(other, Scalar):
        kind = common(then.kind, other.kind)
        present = present_of(Chosen(test, then, other))
        if (then.wraps or other.wraps) and isinstance(kind, IntKind):
            return Scalar(IntKind(8, False), Cond(test, unsigned(then), unsigned(other)), present, True)
        return Scalar(kind, Cond(test, then.expr, other.expr), present)
    if isinstance(then, Listed) and isinstance(other, Listed):
        one, two = then, other
        return Listed(
            common(one.element, two.element),
            Cond(test, one.size, two.size),
            lambda i: chosen(test, one.item(i), two.item(i)),
            present_of(Chosen(test, one, two)),
        )
    if isinstance(then, Streamed) and isinstance(other, Streamed) and then.test is None and other.test is None:
        return Streamed(then.stream, test, other.stream)
    return Chosen(test, then, other)


def alike(test: Expr, then: Value, other: Value) -> Value:
    """`chosen` of two values of one member: what a switch gives stays that, alternative by alternative."""
    if isinstance(then, Listed) and isinstance(other, Listed):
        one, two = then, other
        return replace(chosen(test, one, two), item=lambda i: alike(test, one.item(i), two.item(i)))  # type: ignore[arg-type]  # a list
    if isinstance(then, Alternatives) and isinstance(other, Alternatives):
        if [name for name, _ in then.arms] == [name for name, _ in other.arms]:
            pairs = zip(then.arms, other.arms, strict=True)
            return Alternatives(tuple((name, chosen(test, a, b)) for (name, a), (_, b) in pairs))
        return Chosen(test, then, other)
    return chosen(test, then, other)


def unsigned(value: Scalar) -> Expr:
    """An integer as it is kept modulo 2^64 beside others without a sign: refused where it is negative."""
    plain = isinstance(value.expr, Const) and isinstance(value.expr.value, int) and value.expr.value >= 0
    if value.wraps or plain or (isinstance(value.kind, IntKind) and not value.kind.signed):
        return value.expr
    return Cond(Binary("ge", value.expr, Const(0)), value.expr, NEVER)


def guarded(value: Value, test: Expr) -> Value:
    """*value* where *test* holds, nothing elsewhere."""
    match value:
        case Scalar() | Listed() | Object():
            return replace(value, present=both(test, value.present))
        case Chosen(inner, then, other):
            return Chosen(inner, guarded(then, test), guarded(other, test))
        case Alternatives(arms):
            return Alternatives(tuple((name, guarded(arm, test)) for name, arm in arms))
        case _:
            return value


def there(expr: Expr) -> Expr:
    """Whether the scalar *expr*, which is read or one of two that are, is there."""
    match expr:
        case Cond(test, then, other):
            return Cond(test, there(then), there(other))
        case Ref() | Item():
            return Unary("present", expr)
    return TRUE


def settled(value: Alternatives) -> Value:
    """The one value that alternatives of one kind are, whichever is there."""
    scalars = [arm for _, arm in value.arms if isinstance(arm, Scalar)]
    if len(scalars) == len(value.arms) and scalars:
        made = scalars[-1]
        for arm in reversed(scalars[:-1]):
            found = chosen(there(arm.expr), arm, made)
            assert isinstance(found, Scalar)
            made = found
        return value if made.kind == ANY else made
    if len(value.arms) == 1:
        return value.arms[0][1]
    return value


def nothing(kind: Kind) -> Expr:
    """A value of *kind* that is never had: it refuses what evaluates it."""
    match kind:
        case StrKind():
            return Slice(Const(""), Const(0), Const(1))
        case _ if kind == BYTES:
            return Slice(Const(b""), Const(0), Const(1))
        case FloatKind():
            return Binary("div", Const(0.0), Const(0.0))
        case _ if kind == BOOL:
            return Binary("eq", NEVER, Const(0))
    return NEVER
