"""Conditions on values: what ``valid`` says becomes an expression over the value itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arrowsmith.layout.expr import Binary, Const, Expr
from arrowsmith_kaitai import ast
from arrowsmith_kaitai.kinds import EnumKind

if TYPE_CHECKING:
    from arrowsmith_kaitai.places import Place
    from arrowsmith_kaitai.spec import Code
    from arrowsmith_kaitai.values import Value


def is_late(place: Place) -> bool:
    """Whether the condition looks up instances, which may look up the very member: it is then looked at behind that."""
    attr, spec = place.attr, place.frame.spec
    if attr.valid is None or attr.instance or attr.repeat:
        return False
    valid = attr.valid
    codes = [
        code for code in (valid.eq, valid.least, valid.most, valid.expr, *(valid.any_of or ())) if code is not None
    ]
    return any(name in spec.instances for code in codes for name in ast.names(code.tree))


def valid_expr(place: Place, value: Value, *, late: bool = False) -> Expr | None:
    """The condition that the member at *place* sets on its *value*; None where it sets none, or (unless *late*) a late one."""
    from arrowsmith_kaitai.evaluate import evaluated
    from arrowsmith_kaitai.unsigned import compared
    from arrowsmith_kaitai.values import Scalar

    valid, frame = place.attr.valid, place.frame
    if valid is None or (not late and is_late(place)):
        return None

    def test(code: Code, op: str) -> Expr:
        other = evaluated(frame, place.attr.id, code, value)
        assert isinstance(value, Scalar)
        assert isinstance(other, Scalar)
        return compared(op, value, other)

    tests: list[Expr] = []
    for code, op in ((valid.eq, "eq"), (valid.least, "ge"), (valid.most, "le")):
        if code is not None:
            tests.append(test(code, op))
    if valid.any_of is not None:
        tests.append(_any([test(code, "eq") for code in valid.any_of]))
    if valid.in_enum and isinstance(value, Scalar):
        kind = frame.expansion.world.declared(place.attr, frame.spec)
        if isinstance(kind, EnumKind):
            tests.append(_any([Binary("eq", value.expr, Const(number)) for number, _ in kind.spec.labels]))
    if valid.expr is not None:
        found = evaluated(frame, place.attr.id, valid.expr, value)
        assert isinstance(found, Scalar)
        tests.append(found.expr)
    made = tests[0]
    for other in tests[1:]:
        made = Binary("all", made, other)
    return made


def _any(tests: list[Expr]) -> Expr:
    """Any of many conditions, as a tree that is not deep."""
    if len(tests) == 1:
        return tests[0]
    if not tests:
        return Const(False)
    half = len(tests) // 2
    return Binary("any", _any(tests[:half]), _any(tests[half:]))


any_of = _any
