"""Choices become a switch where their tests compare one value with constants, else a chain of conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from arrowsmith.layout.expr import Binary, Const, Expr
from arrowsmith.layout.nodes import Choice, Node
from arrowsmith.lower.bounds import Mode, bounded
from arrowsmith.lower.expressions import as_register, lower_expression
from arrowsmith.lower.names import Path
from arrowsmith.lower.shapes import Shapes
from arrowsmith.program import ops
from arrowsmith.program.ops import Block

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk


def choose(walk: Walk, node: Choice, shapes: Shapes | None, mode: Mode, outer: Path) -> None:
    inner, walk.scope = walk.scope, outer
    arms = tuple((arm.test, arm.node) for arm in node.arms)
    first_arm(walk, arms, shapes, mode, required=node.required, inside=inner)


def first_arm(
    walk: Walk,
    arms: Sequence[tuple[Expr | None, Node]],
    shapes: Shapes | None,
    mode: Mode,
    *,
    required: bool = False,
    inside: Path | None = None,
) -> None:
    """The first arm whose test holds.  Arms that compare one value with constants become a switch."""
    bounds = bounded(mode, walk.tolerant)
    outer = walk.scope
    walk.flush()
    value = _discriminator(arms)
    build = walk.build

    def arm(node: Node) -> Block:
        with walk.block() as body:
            walk.scope = inside if inside is not None else outer
            walk.sequence((node,), shapes, bounds)
        walk.scope = outer
        return Block(body)

    def otherwise() -> Block:
        return Block([ops.FailNow(site=walk.rule("none of its alternatives"))] if required else [])

    with walk.conditional():
        if value is not None:
            subject = as_register(walk, lower_expression(walk, value))
            cases: list[tuple[tuple[int, ...], Block]] = []
            taken: set[int] = set()
            default = otherwise()
            for test, node in arms:
                block = arm(node)
                if test is None:
                    default = block
                    continue
                numbers = tuple(dict.fromkeys(n for _, n in _compared(test) or () if n not in taken))
                taken.update(numbers)
                if numbers:
                    cases.append((numbers, block))
            build.emit(ops.Switch(value=subject, cases=tuple(cases), default=default))
            return
        _chain(walk, list(arms), arm, otherwise)


def _chain(walk: Walk, arms: list[tuple[Expr | None, Node]], arm: object, otherwise: object) -> None:
    assert callable(arm)
    assert callable(otherwise)
    (test, node), rest = arms[0], arms[1:]
    if test is None:
        for op in arm(node):
            walk.build.emit(op)
        return
    condition = as_register(walk, lower_expression(walk, test))
    walk.flush()
    then = arm(node)
    with walk.block() as other:
        if rest:
            _chain(walk, rest, arm, otherwise)
        else:
            other.extend(otherwise())
    walk.build.emit(ops.If(test=condition, then=then, other=Block(other)))


def _discriminator(arms: Sequence[tuple[Expr | None, Node]]) -> Expr | None:
    """The value that every arm compares with integer constants, if that is how the arms are told apart."""
    value: Expr | None = None
    if len(arms) < 2:
        return None
    for i, (test, _) in enumerate(arms):
        if test is None:
            if i != len(arms) - 1:
                return None
            continue
        for left, _ in _compared(test) or ((None, 0),):
            if left is None or (value is not None and value != left):
                return None
            value = left
    return value


def _compared(test: Expr) -> tuple[tuple[Expr, int], ...] | None:
    """The values that *test* compares with integers, one of which has to be equal; None where it is another kind of test."""
    match test:
        case Binary("eq", left, Const(value=int() as number)):
            return ((left, int(number)),)
        case Binary("any", left, right):
            one, other = _compared(left), _compared(right)
            return None if one is None or other is None else (*one, *other)
    return None
