"""Elements of arrays in expressions: where, among all slots that a record has put, the element stands that an `Item` means.

A list that is inside another list has several runs of slots in one record; a `ListSpan` tells them apart: where the run at hand
begins, and, kept with each element around it, where each run began and how long it is.
Invariant: an index outside its own list is refused, also where a neighbour has a slot of that number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arrowsmith.columns import Storage
from arrowsmith.layout import nodes
from arrowsmith.layout.expr import Expr, Item
from arrowsmith.layout.nodes import Array, Derived, Field, Node, Optional
from arrowsmith.layout.types import Bits, Bytes, Float, Integer, Packed, Scientific, Text, Zoned
from arrowsmith.lower.expressions import as_register, binary, lower_number, unresolved
from arrowsmith.lower.fields import NARROW
from arrowsmith.lower.names import Path, expressions, item_path, meant, step
from arrowsmith.lower.static import physical
from arrowsmith.program import ops
from arrowsmith.program.ops import Kind, Operand, R

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk


#: kind of register → the storage of a scratch column that keeps it
KEPT: dict[Kind, Storage] = {"i64": "i64", "u64": "u64", "i128": "dec128", "f64": "f64", "text": "utf8"}


@dataclass(frozen=True, slots=True)
class ListSpan:
    """``begin``: the slots that the record had before the run at hand; ``end``: those that it has now.  ``begins``, ``counts``: scratch
    columns of the level around, −1 where nobody looks from outside."""

    begin: R
    end: R
    begins: int = -1
    counts: int = -1


def declare_own(walk: Walk, element: Node, path: Path) -> None:
    """Give what the elements of the array *path*, whose level is the walk's, look up in the ones before them its column beforehand."""
    walk.own.update(found for expr, at in _held(element, path) for found, item in meant(expr, at) if item)
    for node, at in _values(element, path):
        if at in walk.own and at not in walk.declared:
            kind = _register(node)
            binary = (
                node.kind == "binary"
                if isinstance(node, Derived)
                else isinstance(node.type, Bytes) and not node.type.hex
            )
            storage: Storage = "binary" if binary else KEPT[kind]
            walk.declared[at] = walk.scratch[at] = walk.build.column(walk.level, storage, (*at, "kept"), scratch=True)


def _held(node: Node, scope: Path, *, element: bool = True) -> Iterator[tuple[Expr, Path]]:
    """Every expression in *node*, with the names around it."""
    yield from ((expr, scope) for expr in expressions(node))
    here = step(scope, node, element=element)
    for child in nodes.children(node):
        yield from _held(child, here, element=isinstance(node, Array) or (element and isinstance(node, Optional)))


def _values(node: Node, path: Path, *, element: bool = True) -> Iterator[tuple[Field | Derived, Path]]:
    here = step(path, node, element=element)
    if isinstance(node, Field | Derived):
        yield node, here
    if isinstance(node, Array):
        return  # its own elements are on a level of theirs
    for child in nodes.children(node):
        yield from _values(child, here, element=element and isinstance(node, Optional))


_DERIVED: dict[str, Kind] = {"uint64": "u64", "double": "f64", "utf8": "text", "binary": "text"}


def _register(node: Field | Derived) -> Kind:
    """The kind of register that the value of *node* is in."""
    if isinstance(node, Derived):
        return _DERIVED.get(node.kind, "i64")
    match physical(node.type):
        case Integer(bits=bits, encoding=encoding):
            return "i128" if bits > 64 else "u64" if bits == 64 and encoding == "unsigned" else "i64"
        case Bits(width=64, signed=False):
            return "u64"
        case Float() | Scientific():
            return "f64"
        case Zoned(written=True):
            return "text"
        case Packed(digits=digits) | Zoned(digits=digits):
            return "i64" if digits <= NARROW else "i128"
        case Text() | Bytes():
            return "text"
    return "i64"


def count_path(array: Path) -> Path:
    """Where the number of elements of *array* is kept among values: no name is empty."""
    return (*array, "")


def open_span(walk: Walk, path: Path) -> None:
    """A list inside a list begins, on the level around it."""
    build = walk.build
    known = walk.spans.get(path)
    if known is None:
        columns = [-1, -1]
        if path in walk.elements:
            columns = [
                build.column(walk.level, "i64", (*count_path(path), what), scratch=True) for what in ("begin", "count")
            ]
        known = walk.spans[path] = ListSpan(build.register(), build.register(), *columns)
        build.first(ops.Let(out=known.end, how="copy", a=0))
    walk.registers[(*count_path(path), "begin")] = known.begin
    build.emit(ops.Let(out=known.begin, how="copy", a=known.end))


def close_span(walk: Walk, path: Path) -> None:
    """It ends; the walk is on the level around it again."""
    build, span = walk.build, walk.spans[path]
    if span.begins >= 0:
        build.emit(ops.Put(column=span.begins, a=span.begin))
        build.emit(ops.Put(column=span.counts, a=as_register(walk, binary(walk, "sub", span.end, span.begin))))


def lower_item(walk: Walk, item: Item) -> Operand:
    """The value that *item* means."""
    path = item_path(item, walk.scope)
    if path not in walk.scratch:
        raise unresolved(path)
    return _fetched(walk, walk.scratch[path], _slot(walk, item))


def lower_item_count(walk: Walk, item: Item) -> Operand:
    """The number of elements of the list that *item* leads to."""
    span = walk.spans.get(item_path(item, walk.scope))
    if span is None or span.counts < 0:
        raise unresolved(item_path(item, walk.scope))
    return _fetched(walk, span.counts, _slot(walk, item))


def _fetched(walk: Walk, column: int, slot: Operand) -> Operand:
    build = walk.build
    return build.value(ops.Fetch, column=column, index=slot, site=walk.rule("an array's element"))


def _slot(walk: Walk, item: Item) -> Operand:
    """The slot of the element that *item* looks into."""
    index = lower_number(walk, item.index)
    path = item_path(item.array, walk.scope)
    span = walk.spans.get(path)
    if not isinstance(item.array, Item):
        if span is None:
            return index  # a list of the row: its slots are the record's, and `fetch` knows how many there are
        return _within(walk, index, span.begin, binary(walk, "sub", span.end, span.begin))
    if span is None or span.begins < 0:
        raise unresolved(path)
    around = _slot(walk, item.array)
    return _within(walk, index, _fetched(walk, span.begins, around), _fetched(walk, span.counts, around))


def _within(walk: Walk, index: Operand, begin: Operand, count: Operand) -> Operand:
    inside = binary(walk, "and", binary(walk, "ge", index, 0), binary(walk, "lt", index, count))
    walk.build.emit(ops.Require(test=as_register(walk, inside), site=walk.rule("an array's element")))
    return binary(walk, "add", begin, index)
