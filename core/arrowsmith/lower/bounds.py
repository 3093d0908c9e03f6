"""How what is read next is bounded: proven beforehand, asked for at once, or as far as the record reaches."""

from __future__ import annotations

import dataclasses
from typing import Literal, TypeAlias

from arrowsmith.layout import nodes
from arrowsmith.layout.nodes import Field, Node
from arrowsmith.layout.types import Bytes, Text, Type
from arrowsmith.lower.static import static_size, unit_size

#: ``need``: a record that ends too early is refused.  ``reach``: what lies behind its end is absent.  ``sure``: the bytes are
#: proven.  ``slow``: each field is asked for.
Mode: TypeAlias = Literal["need", "reach", "sure", "slow"]


def bounded(mode: Mode, tolerant: bool) -> Mode:
    """How to bound what lies at places not known beforehand."""
    return "reach" if mode in ("reach", "slow") or tolerant else "need"


def is_partial(node: Node) -> bool:
    return isinstance(node, Field) and isinstance(node.type, Text | Bytes) and node.type.partial


def any_partial(node: Node) -> bool:
    """Whether something in *node* is read as far as its record reaches."""
    return is_partial(node) or any(map(any_partial, nodes.children(node)))


def overhang(node: Node) -> int:
    """Bytes that a field's load takes beyond its own end: a bit field in a unit that it does not close."""
    return max(0, unit_size(node) - (static_size(node) or 0))


def whole_type(kind: Type) -> Type:
    """The type of a field all of whose bytes are known to be there."""
    if isinstance(kind, Text | Bytes) and kind.partial:
        return dataclasses.replace(kind, partial=False)
    return kind
