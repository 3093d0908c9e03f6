"""Which nodes lie at places known beforehand: the size of a node that is the same in every record, and has no stream of its own."""

from __future__ import annotations

import codecs

from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Array, Choice, Derived, Field, Group, Nested, Node, Optional, Overlay, Padding
from arrowsmith.layout.types import (
    Bits,
    Boolean,
    Bytes,
    Calibrated,
    DatePattern,
    Enumeration,
    Moment,
    Sentinels,
    Text,
    Type,
)
from arrowsmith.program.reading import UNIT


def static_size(node: Node) -> int | None:
    """The bytes that *node* takes in every record, if everything inside lies at fixed places; else None."""
    match node:
        case Field():
            return _field(node)
        case Padding():
            return node.size if isinstance(node.size, int) and not node.align else None
        case Derived() | Nested():
            return 0
        case Group():
            if node.at is not None or node.within is not None or node.transform is not None:
                return None
            return _sum(node.members)
        case Overlay():
            if any(node.condition(i) is not None for i in range(len(node.views))):
                return None
            sizes = [static_size(view) for view in node.views]
            return None if None in sizes else max(s for s in sizes if s is not None)
        case Array() | Choice() | Optional():
            return None


def storage_size(node: Node) -> int | None:
    """The bytes that *node* takes in every record, whatever is inside it: the next member's place is known."""
    return measure(node).static


def _sum(members: tuple[Node, ...]) -> int | None:
    sizes = [static_size(member) for member in members]
    return None if None in sizes else sum(s for s in sizes if s is not None)


def physical(kind: Type) -> Type:
    """What a type reads, below what it means."""
    while isinstance(kind, Boolean | Enumeration | Calibrated | Moment | DatePattern | Sentinels):
        kind = kind.base
    return kind


def _field(node: Field) -> int | None:
    kind = physical(node.type)
    if isinstance(kind, Bits):
        return kind.size if kind.advance else 0
    if isinstance(kind, Text | Bytes) and kind.terminator:
        return ended(kind)
    return kind.size if isinstance(kind.size, int) else None


def ended(kind: Text | Bytes) -> int | None:
    """The size of a text that one byte may end before it, and nothing but that byte: its place and size are known, its length is found
    by the op that loads it.  Else None."""
    if not isinstance(kind, Text) or not isinstance(kind.size, int) or kind.partial or kind.include or kind.absent:
        return None
    padded = kind.trim == "right" and len(kind.pad) == 1  # a pad is taken only off what no terminator ended
    single = len(kind.terminator) == 1 == (kind.every or 1) == text_unit(kind.charset)
    return kind.size if single and not padded else None


def text_unit(charset: str) -> int:
    """Bytes of a unit of text: 2 in utf-16, 4 in utf-32, else 1."""
    try:
        return UNIT.get(codecs.lookup(charset).name, 1)
    except LookupError:
        return 1  # a table, which only the dictionary has


def unit_size(node: Node) -> int:
    """The bytes from the node's place that reading it touches: for bit fields the whole unit, else the node's own size."""
    match node:
        case Field():
            kind = physical(node.type)
            return kind.size if isinstance(kind, Bits) else (_field(node) or 0)
        case Group():
            place, most = 0, 0
            for member in node.members:
                most = max(most, place + unit_size(member))
                place += static_size(member) or 0
            return max(most, place)
        case Overlay():
            return max([0, *(unit_size(view) for view in node.views)])
        case _:
            return static_size(node) or 0
