"""A rule of `check`, and what rules look at: a `Survey` of one Layout, made once.

Invariant: a Survey is made only of Layouts that keep the rules of form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from arrowsmith.diagnostics import Diagnostic, Span
from arrowsmith.errors import code
from arrowsmith.layout import nodes
from arrowsmith.layout.expr import Expr
from arrowsmith.layout.framing import Computed, Delimiting
from arrowsmith.layout.scope import Fault, Kind, Use, infer
from arrowsmith.layout.tree import Place, tree, walk
from arrowsmith.once import once

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Found:
    """Something wrong: at a place (whose span, or the nearest one around it, the message shows), in words."""

    message: str
    place: Place | None = None
    help: str = ""
    note: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Rule(Generic[Seen]):
    """``find`` gives everything in what it looks at that breaks the rule; ``doc`` says the fault in one line."""

    code: str
    doc: str
    find: Callable[[Seen], Iterable[Found]]

    def diagnostics(self, seen: Seen) -> Iterator[Diagnostic]:
        """What breaks this rule, as messages."""
        for found in self.find(seen):
            notes = (found.note,) if found.note else ()
            span = found.span or (_span(found.place) if found.place else None)
            yield Diagnostic(code=self.code, message=found.message, span=span, notes=notes, help=found.help)


def rule(number: str, doc: str) -> Callable[[Callable[[Seen], Iterable[Found]]], Rule[Seen]]:
    """Make the function below a rule under the error code *number*; *doc* is its line in the docs."""

    def made(find: Callable[[Seen], Iterable[Found]]) -> Rule[Seen]:
        return Rule(code(number, doc), doc, find)

    return made


def _span(place: Place) -> Span | None:
    around = (place, *place.ancestors)
    return next((p.node.span for p in around if p.node.span is not None), None)


@dataclass(frozen=True)
class Survey:
    """A Layout with the places of its records and the uses of its expressions."""

    layout: nodes.Layout

    @once
    def header(self) -> Place | None:
        """The header's root."""
        return tree(self.layout.header) if self.layout.header is not None else None

    @once
    def tables(self) -> tuple[Place, ...]:
        """The root of each table's record, in order."""
        return tuple(tree(table.record) for table in self.layout.tables)

    @once
    def roots(self) -> tuple[Place, ...]:
        """The header's root, where there is one, and those of the tables."""
        return (*((self.header,) if self.header else ()), *self.tables)

    @once
    def places(self) -> tuple[Place, ...]:
        """Every place of every record."""
        return tuple(place for root in self.roots for place in walk(root))

    @once
    def fields(self) -> tuple[tuple[Place, nodes.Field], ...]:
        """Every place that is a field, with the field."""
        return tuple((place, place.node) for place in self.places if isinstance(place.node, nodes.Field))

    @once
    def types(self) -> tuple[tuple[Place, Any], ...]:
        """Every physical type with its place, those that others are based on included."""
        found: list[tuple[Place, Any]] = []
        for place, field in self.fields:
            physical: Any = field.type
            while physical is not None:
                found.append((place, physical))
                physical = getattr(physical, "base", None)
        return tuple(found)

    @once
    def uses(self) -> tuple[Use, ...]:
        """Every expression where it stands."""
        found: list[Use] = []
        for root in self.roots:
            given = frozenset(p.name for p in self.layout.parameters if root is not self.header or not p.path)
            for place in walk(root):
                found += _uses(place, given)
        every = frozenset(p.name for p in self.layout.parameters)
        for root, table in zip(self.tables, self.layout.tables, strict=True):
            if table.test is not None:
                found.append(Use(root, f"the test of table {table.record.name}", table.test, BOOLEAN, True, every))
        for root in self.tables[:1]:  # a frame is not of a table before its length is known
            if isinstance(self.layout.framing, Computed):
                found.append(Use(root, LENGTH_OF_RECORDS, self.layout.framing.length, INTEGER, True, every))
            if isinstance(self.layout.framing, Delimiting) and self.layout.framing.until is not None:
                found.append(Use(root, LAST_OF_RECORDS, self.layout.framing.until, BOOLEAN, True, every))
            if self.layout.level is not None:
                found.append(Use(root, LEVEL_OF_RECORDS, self.layout.level, INTEGER, True, every))
        return tuple(found)

    @once
    def inferred(self) -> tuple[tuple[Use, Kind | None, tuple[Fault, ...]], ...]:
        """Every use with its kind and what is wrong with it."""
        out = []
        for use in self.uses:
            faults: list[Fault] = []
            kind = infer(use.expr, use, faults)
            out.append((use, kind, tuple(dict.fromkeys(faults))))
        return tuple(out)


LENGTH_OF_RECORDS = "the length of records"
LAST_OF_RECORDS = "whether a record is the last"
LEVEL_OF_RECORDS = "the level of records"
BOOLEAN: tuple[Kind, ...] = ("boolean",)
INTEGER: tuple[Kind, ...] = ("integer",)
_ARGUMENT: tuple[Kind, ...] = ("integer", "bytes", "text")
_DERIVED: dict[str, tuple[Kind, ...]] = {
    "int64": ("integer",), "uint64": ("integer",), "bool": ("boolean",), "double": ("float", "integer"),
    "utf8": ("text",), "binary": ("bytes",),
}  # fmt: skip


def _uses(place: Place, parameters: frozenset[str]) -> Iterator[Use]:
    """The expressions that stand in the node at *place* itself."""
    for attribute, expr, wants, behind, at in _expressions(place):
        yield Use(at, attribute, expr, wants, behind, parameters)


def _physical(kind: Any) -> Any:
    """What a type reads, below what it means."""
    while (base := getattr(kind, "base", None)) is not None:
        kind = base
    return kind


def _expressions(place: Place) -> Iterator[tuple[str, Expr, tuple[Kind, ...], bool, Place]]:
    node = place.node
    match node:
        case nodes.Field():
            size = node.type.size
            if size is not None and not isinstance(size, int):
                yield "the size", size, INTEGER, False, place
            order = getattr(_physical(node.type), "order", "")
            if not isinstance(order, str):
                yield "the byte order", order, BOOLEAN, False, place
            if node.valid is not None:
                yield "the condition valid", node.valid, BOOLEAN, True, place
        case nodes.Group():
            if node.at is not None:
                yield "the position at", node.at, INTEGER, False, place
            if node.within is not None:
                yield "the size within", node.within, INTEGER, False, place
            for argument in node.transform[1] if node.transform is not None else ():
                yield "an argument of the transform", argument, _ARGUMENT, False, place
        case nodes.Array():
            if node.count is not None and not isinstance(node.count, int):
                yield "the count", node.count, INTEGER, False, place
            if node.until is not None:
                yield "the condition until", node.until, BOOLEAN, True, place
        case nodes.Overlay():
            for view, test in zip(place.children, node.selected, strict=False):
                if test is not None:
                    yield "the condition of a view", test, BOOLEAN, False, view
        case nodes.Choice():
            for arm in node.arms:
                if arm.test is not None:
                    yield "the test of an alternative", arm.test, BOOLEAN, False, place
        case nodes.Optional():
            yield "the condition", node.test, BOOLEAN, False, place
        case nodes.Padding():
            if not isinstance(node.size, int):
                yield "the size", node.size, INTEGER, False, place
        case nodes.Derived():
            yield "the value", node.value, _DERIVED[node.kind], False, place
            if node.valid is not None:
                yield "the condition valid", node.valid, BOOLEAN, True, place
