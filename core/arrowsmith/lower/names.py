"""Names in expressions: which fields an expression means, as paths from the record's root.

Invariant: a path holds the names of named groups, arrays and choices only; unnamed nodes are no step of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from arrowsmith.layout import nodes
from arrowsmith.layout.expr import Expr, Item, Ref, children
from arrowsmith.layout.nodes import (
    Array,
    Choice,
    Derived,
    Field,
    Group,
    Nested,
    Node,
    Optional,
    Overlay,
    Padding,
    Record,
)
from arrowsmith.layout.types import Bytes
from arrowsmith.lower.static import physical

Path: TypeAlias = tuple[str, ...]


def absolute(ref: Ref, scope: Path) -> Path:
    """The path that *ref* means where the named groups, arrays and choices around its node are *scope*."""
    if ref.up is None:
        return ref.path
    return scope[: len(scope) - ref.up] + ref.path


def expressions(node: Node) -> Iterator[Expr]:
    """The expressions that *node* itself holds (not those of nodes inside it)."""
    match node:
        case Field():
            size = getattr(node.type, "size", None)
            if size is not None and not isinstance(size, int):
                yield size
            order = getattr(physical(node.type), "order", None)
            if order is not None and not isinstance(order, str):
                yield order
            if node.valid is not None:
                yield node.valid
        case Group():
            yield from (e for e in (node.at, node.within) if e is not None)
            if node.transform:
                yield from node.transform[1]
        case Array():
            if node.count is not None and not isinstance(node.count, int):
                yield node.count
            if node.until is not None:
                yield node.until
        case Overlay():
            yield from (e for e in node.selected if e is not None)
        case Choice():
            yield from (arm.test for arm in node.arms if arm.test is not None)
        case Optional():
            yield node.test
        case Padding():
            if not isinstance(node.size, int):
                yield node.size
        case Derived():
            yield node.value
            if node.valid is not None:
                yield node.valid


def step(scope: Path, node: Node, *, element: bool = False) -> Path:
    """The scope inside *node*; an array's element is no step, whatever its name."""
    name = "" if element else getattr(node, "name", "")
    return (*scope, name) if name else scope


def told(group: nodes.Group, path: Path) -> Path:
    """What errors call *group*, whose scope is *path*: where it has no name, and gives its only field a place or all its bytes, that."""
    match group:
        case nodes.Group(name="", members=(Field(name=name, type=kind),)) if name:
            whole = isinstance(kind, Bytes) and kind.size is None
            return (*path, name) if whole or group.within is None else path
    return path


def gives_columns(node: Node) -> bool:
    """Whether anything in *node* is output."""
    if getattr(node, "hidden", False):
        return False
    return isinstance(node, Field | Derived | Nested) or any(gives_columns(child) for child in nodes.children(node))


def meant(expr: Expr, scope: Path) -> Iterator[tuple[Path, bool]]:
    """Paths of the fields that *expr* reads in *scope*, and whether it reads them as elements of an array."""
    if isinstance(expr, Ref):
        yield absolute(expr, scope), False
    elif isinstance(expr, Item):
        yield item_path(expr, scope), True
        yield from meant(expr.index, scope)
        if isinstance(expr.array, Item):
            yield from meant(expr.array, scope)
    else:
        for child in children(expr):
            yield from meant(child, scope)


def item_path(array: Ref | Item, scope: Path) -> Path:
    """The path of the field that *array* means; an item's leads through its array without its index."""
    return absolute(array, scope) if isinstance(array, Ref) else (*item_path(array.array, scope), *array.path)


def referenced(record: Record, others: Iterable[Expr] = ()) -> tuple[frozenset[Path], frozenset[Path]]:
    """Paths that expressions of *record* (and *others*, at its root) read: as current values, and as elements of arrays."""
    current: set[Path] = set()
    elements: set[Path] = set()

    def visit(node: Node, scope: Path, element: bool) -> None:
        inside = step(scope, node, element=element)
        for expr in expressions(node):
            for path, item in meant(expr, scope):
                (elements if item else current).add(path)
        for child in nodes.children(node):
            visit(child, inside, isinstance(node, Array) or (element and isinstance(node, Optional)))

    for member in record.members:
        visit(member, (), False)
    for expr in others:
        for path, item in meant(expr, ()):
            (elements if item else current).add(path)
    return frozenset(current), frozenset(elements)


def vital(record: Record) -> frozenset[Path]:
    """Paths of the fields that decide how *record* is read: not those that only say how many elements of an array count whose bytes
    are there anyway."""
    found: set[Path] = set()

    def visit(node: Node, scope: Path, element: bool) -> None:
        inside = step(scope, node, element=element)
        spared = node.count if isinstance(node, Array) and node.storage else None
        for expr in expressions(node):
            if expr is not spared:
                found.update(path for path, _ in meant(expr, scope))
        for child in nodes.children(node):
            visit(child, inside, isinstance(node, Array) or (element and isinstance(node, Optional)))

    for member in record.members:
        visit(member, (), False)
    return frozenset(found)


def mentions(node: Node, scope: Path, paths: frozenset[Path], *, element: bool = False) -> bool:
    """Whether *node* is, or holds, a field at one of *paths*."""
    here = step(scope, node, element=element)
    passed = isinstance(node, Array) or (element and isinstance(node, Optional))
    return here in paths or any(mentions(child, here, paths, element=passed) for child in nodes.children(node))
