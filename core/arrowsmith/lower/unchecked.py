"""A record without the checks of what does not decide how long it is: where it ends is one thing, whether it is right another.

Invariant: every check that is left out of a framer is made by the table's Program, on that record alone.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, get_args

from arrowsmith.layout import nodes
from arrowsmith.layout.expr import Expr
from arrowsmith.layout.nodes import Array, Optional, Record
from arrowsmith.lower.names import Path, referenced, step

_NODES: Any = get_args(nodes.Node)


def unchecked(record: Record, others: tuple[Expr, ...] = ()) -> Record:
    """*record* with those checks alone (`valid`) whose values its size, or one of *others*, depends on."""
    bare = replace(record, members=tuple(_stripped(member, (), frozenset()) for member in record.members))
    current, elements = referenced(bare, others)
    return replace(record, members=tuple(_stripped(member, (), current | elements) for member in record.members))


def _stripped(node: Any, scope: Path, kept: frozenset[Path], *, element: bool = False) -> Any:
    """*node* without checks of values whose paths are not among *kept*."""
    inside = step(scope, node, element=element)
    given: dict[str, Any] = {}
    if getattr(node, "valid", None) is not None and inside not in kept:
        given["valid"] = None
    deeper = isinstance(node, Array) or (element and isinstance(node, Optional))

    def visit(value: Any) -> Any:
        if isinstance(value, _NODES):
            return _stripped(value, inside, kept, element=deeper)
        if isinstance(value, nodes.Arm):
            inner = visit(value.node)
            return value if inner is value.node else replace(value, node=inner)
        if isinstance(value, tuple):
            made = tuple(map(visit, value))
            return value if all(a is b for a, b in zip(made, value, strict=True)) else made
        return value

    for one in fields(node):
        value = getattr(node, one.name)
        if isinstance(value, (tuple, *_NODES)) and one.name != "valid":
            made = visit(value)
            if made is not value:
                given[one.name] = made
    return replace(node, **given) if given else node
