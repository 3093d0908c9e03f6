"""Level 88 conditions of an item → columns: one boolean for each, or one with the name of the first that holds.

A condition is compared with the item as its column has it: a text without the blanks that are trimmed, a whole number.
Invariant: an item that has no value has no condition; a value that the item cannot have holds for none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal as Choice

from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Ref
from arrowsmith.layout.nodes import Derived, Field, Optional
from arrowsmith.layout.types import Text
from arrowsmith_copybook.entry import Condition, Literal

#: figurative constants that a text may be all of
_FIGURES = {"ZERO": "0", "SPACE": " ", "QUOTE": '"'}


def condition_nodes(
    found: Field,
    size: int,
    ref: Ref,
    kind: str | None,
    conditions: tuple[Condition, ...],
    form: Choice["boolean", "enum"],
) -> Iterator[Derived | Optional]:
    """The columns for *conditions* of the field *found* of *size* bytes, which *ref* reads as a value of *kind*."""
    tests = {c.name: _test(c, found, size, ref, kind) for c in conditions}
    known = {name: test for name, test in tests.items() if test is not None}
    if not known:
        return
    if form == "boolean":
        for name, test in known.items():
            yield Derived(name=name, value=test, kind="bool", span=found.span)
        return
    number: Expr = Const(-1)
    for place, test in reversed(list(enumerate(known.values()))):
        number = Cond(test, Const(place), number)
    yield Optional(
        test=_either(list(known.values())),
        node=Derived(
            name=f"{found.name}_condition",
            value=number,
            labels=tuple(enumerate(known)),
            output="dictionary",
            span=found.span,
        ),
    )


def _test(condition: Condition, found: Field, size: int, ref: Ref, kind: str | None) -> Expr | None:
    """Whether the field has one of the values; None where its values cannot be compared."""
    tests: list[Expr] = []
    for values in condition.values:
        first = _value(values.first, found, size, kind)
        last = first if values.last is None else _value(values.last, found, size, kind)
        if first is None or last is None:
            continue
        if values.last is None:
            tests.append(Binary("eq", ref, Const(first)))
        else:
            tests.append(Binary("all", Binary("ge", ref, Const(first)), Binary("le", ref, Const(last))))
    return _either(tests) if tests else None


def _either(tests: list[Expr]) -> Expr:
    found = tests[0]
    for test in tests[1:]:
        found = Binary("any", found, test)
    return found


def _value(literal: Literal, found: Field, size: int, kind: str | None) -> int | str | None:
    """What the field is where it has the value *literal*; None where it cannot have it."""
    text = literal.text
    if kind == "integer":
        plain = "0" if literal.kind == "figurative" and text == "ZERO" else text.strip()
        return int(plain) if literal.kind != "hex" and plain.lstrip("+-").isdecimal() else None
    if kind != "text" or literal.kind == "hex":
        return None
    if literal.kind == "figurative":
        if text not in _FIGURES:
            return None
        text = _FIGURES[text] * size
    elif literal.repeated:
        text = (text * size)[:size]
    trim = found.type.trim if isinstance(found.type, Text) else "both"
    match trim:
        case "both":
            return text.strip(" ")
        case "left":
            return text.ljust(size).lstrip(" ")
        case "right":
            return text.rstrip(" ")
    return text.ljust(size)
