"""The columns that a record's nodes give, beside the nodes: which shape belongs to which, and what was asked for.

Invariant: shapes are taken in the order in which their nodes are met, whether or not these are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arrowsmith.columns import Leaf, List, Shape, Struct
from arrowsmith.layout import nodes
from arrowsmith.layout.nodes import Array, Choice, Derived, Field, Group, Nested, Node, Optional, Overlay
from arrowsmith.layout.types import Bytes
from arrowsmith.lower.names import gives_columns, mentions

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk


@dataclass(slots=True)
class Shapes:
    """The children of a struct, in the order in which the walk meets their nodes."""

    children: tuple[Shape, ...]
    at: int = 0

    def next(self) -> Shape:
        self.at += 1
        return self.children[self.at - 1]

    def fork(self) -> Shapes:
        return Shapes(self.children, self.at)


def has_shape(node: Node) -> bool:
    """Whether a node that gives columns is one column, struct or list; else what is inside it belongs to the struct around it."""
    return isinstance(node, Field | Derived | Array | Nested) or (isinstance(node, Group | Choice) and bool(node.name))


def items_of(element: Node, child: Shape) -> Shapes:
    """The shapes that a list's element takes: a struct's children where the element has no name to take the struct by."""
    while isinstance(element, Optional):
        element = element.node
    return Shapes(child.children) if isinstance(child, Struct) and not has_shape(element) else Shapes((child,))


def pass_by(node: Node, shapes: Shapes | None) -> None:
    """Leave out the shapes of *node*."""
    if shapes is None or not gives_columns(node):
        return
    if has_shape(node):
        shapes.next()
        return
    for child in nodes.children(node):
        pass_by(child, shapes)


# --- what was asked for ----------------------------------------------------------------------------------------------------


def is_asked(walk: Walk, shape: Shape) -> bool:
    if isinstance(shape, Leaf):
        return walk.wanted is None or shape.path in walk.wanted
    inside = (shape.child,) if isinstance(shape, List) else shape.children
    return any(is_asked(walk, child) for child in inside)


def any_matters(walk: Walk, run: Sequence[Node], shapes: Shapes | None) -> bool:
    ahead = None if shapes is None else shapes.fork()
    for member in run:
        if matters(walk, member, ahead):
            return True
        pass_by(member, ahead)
    return False


def matters(walk: Walk, node: Node, shapes: Shapes | None) -> bool:
    """Whether reading *node* gives a column asked for, a value that an expression reads, or a check of its content."""
    if (
        walk.wanted is None
        or shapes is None
        or mentions(node, walk.scope, walk.current | walk.elements, element=walk.element)
    ):
        return True
    ahead = shapes.fork()
    pass_by(node, ahead)
    if any(is_asked(walk, child) for child in shapes.children[shapes.at : ahead.at]):
        return True
    return is_checked(node)


def is_checked(node: Node) -> bool:
    if isinstance(node, Field):
        return node.valid is not None or (isinstance(node.type, Bytes) and bool(node.type.expect))
    if isinstance(node, Derived):
        return node.valid is not None
    if isinstance(node, Group):
        return any(is_checked(member) for member in node.members)
    return isinstance(node, Overlay) and any(is_checked(view) for view in node.views)
