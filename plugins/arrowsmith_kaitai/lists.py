"""Lists of an expression: bytes as numbers and numbers as bytes, elements that are known one by one, the least and the greatest of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Index, Item, Ref, Slice, Unary
from arrowsmith.layout.nodes import Array, Derived
from arrowsmith_kaitai import ast
from arrowsmith_kaitai.choosing import chosen, nothing
from arrowsmith_kaitai.kinds import ANY, BOOL, BYTES, FloatKind, IntKind, Kind, StrKind, common
from arrowsmith_kaitai.unsigned import compared, converted
from arrowsmith_kaitai.values import Listed, Scalar, Value, kind_of

if TYPE_CHECKING:
    from arrowsmith_kaitai.evaluate import Scope


def extreme(tree: ast.Node, value: Listed, how: str, scope: Scope) -> Value:
    """The least or the greatest element: a hidden list of those so far, of which it is the last."""
    frame = scope.frame
    label = frame.expansion.label(how)
    loc = frame.loc.child(label)
    own = Ref(loc.path)
    this = value.item(Index())
    if not isinstance(this, Scalar) or not isinstance(this.kind, (IntKind, FloatKind, StrKind)):
        scope.fail(tree, f"{how} is of numbers and strings")
    before = replace(this, expr=Item(own, Binary("sub", Index(), Const(1))))
    better = compared("lt" if how == "min" else "gt", this, before)
    so_far = Cond(Binary("any", Binary("eq", Index(), Const(0)), better), this.expr, before.expr)
    kind: Literal["double", "utf8", "int64"] = "int64"
    if not isinstance(this.kind, IntKind):
        kind = "double" if isinstance(this.kind, FloatKind) else "utf8"
    element = Derived(name="", value=so_far, kind=kind, hidden=True)
    frame.members.append(Array(name=label, element=element, count=value.size, hidden=True))
    return replace(this, expr=Item(own, Binary("sub", value.size, Const(1))))


def bytes_as_list(value: Scalar) -> Listed:
    """Bytes as the list of their numbers."""
    return Listed(
        IntKind(1, False),
        Unary("len", value.expr),
        lambda i: Scalar(IntKind(1, False), Binary("byte", value.expr, i)),
        value.present,
    )


#: Every byte, in order: one of them is a slice of this.
_EVERY = Const(bytes(range(256)))


def bytes_of(values: list[Scalar]) -> Scalar:
    """Bytes of numbers that are known one by one."""
    made: Expr = Const(b"")
    for value in values:
        number = value.expr
        if isinstance(number, Const) and isinstance(number.value, int) and 0 <= number.value <= 255:
            one: Expr = Const(bytes([number.value]))
        else:
            one = Slice(_EVERY, number, Binary("add", number, Const(1)))
        if isinstance(made, Const) and isinstance(one, Const):
            made = Const(made.value + one.value)  # type: ignore[operator]  # both are bytes
        else:
            made = one if made == Const(b"") else Binary("cat", made, one)
    return Scalar(BYTES, made)


def listed(values: list[Value]) -> Listed:
    """A list of values that are there one by one."""
    kind = kind_of(values[0]) if values else ANY
    for value in values[1:]:
        kind = common(kind, kind_of(value))
    values = [converted(value, kind) for value in values]

    def item(index: Expr) -> Value:
        if isinstance(index, Const) and isinstance(index.value, int) and 0 <= index.value < len(values):
            return values[index.value]
        tests: list[Expr] = [Binary("eq", index, Const(number)) for number in range(len(values))]
        made: Value = Scalar(kind, nothing(kind))
        if any(
            not isinstance(value, Scalar) for value in values
        ):  # there is no object of that kind: the first test refuses
            last = Const(len(values) - 1)
            inside = Binary("all", Binary("ge", index, Const(0)), Binary("le", index, last))
            tests[0], made = Cond(inside, tests[0], nothing(BOOL)), values[-1]
        for test, value in zip(reversed(tests), reversed(values), strict=True):
            made = chosen(test, value, made)
        return made

    return Listed(kind, Const(len(values)), item)


def of_kind(kind: Kind, list: Listed) -> Listed:
    """*list* as one of elements of *kind*."""

    def item(index: Expr) -> Value:
        found = converted(list.item(index), kind)
        return replace(found, kind=kind) if isinstance(found, Scalar) else found

    return replace(list, element=kind, item=item)


def as_floats(kind: Kind, list: Listed) -> Listed:
    """*list*, cast to elements of *kind*: those of another kind than they are only where that is a float."""
    return of_kind(kind, list) if isinstance(kind, FloatKind) else list
