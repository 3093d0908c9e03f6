"""What a Layout holds, in short: its structure as lists of names, its fields by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arrowsmith.layout.check import check
from arrowsmith.layout.nodes import Array, Field, Group, Layout, Node, Overlay, Padding
from arrowsmith.layout.text import parse_layout, print_layout


def outline(nodes: Sequence[Node]) -> list[Any]:
    """Names and structure, without types."""
    out: list[Any] = []
    for node in nodes:
        match node:
            case Padding():
                out.append(node.size)
            case Field():
                out.append(f"({node.name})" if node.hidden else node.name)
            case Group():
                out.append({f"({node.name})" if node.hidden else node.name: outline(node.members)})
            case Array():
                out.append({f"{node.name}[]": outline((node.element,))})
            case Overlay():
                out.append(["|", *outline(node.views)])
    return out


def fields(made: Layout) -> dict[str, Field]:
    found: dict[str, Field] = {}

    def visit(node: Node) -> None:
        match node:
            case Field():
                found[node.name] = node
            case Group():
                for member in node.members:
                    visit(member)
            case Array():
                visit(node.element)
            case Overlay():
                for view in node.views:
                    visit(view)

    for member in made.record.members:
        visit(member)
    return found


def faultless(made: Layout) -> Layout:
    assert [d.render() for d in check(made)] == []
    assert parse_layout(print_layout(made)) == made
    return made
