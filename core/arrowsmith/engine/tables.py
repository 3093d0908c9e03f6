"""What a scan reads: the table that makes the rows, those nested in it, and the columns that the run fills in.

A `Rows` is made once a conversion, from the Layout and the columns that were asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from arrowsmith.batch import Explosion, Given, Search, search_for
from arrowsmith.columns import Struct
from arrowsmith.layout.framing import Framing
from arrowsmith.layout.nodes import Layout
from arrowsmith.layout.rowpath import RowShape, needed
from arrowsmith.layout.schema import (
    HEADER_STEP,
    alone,
    arrow_schema,
    generated_shapes,
    leaves,
    nested,
    shape,
    table_shape,
)
from arrowsmith.layout.selection import only
from arrowsmith.lower.dispatch import dispatches

if TYPE_CHECKING:
    import pyarrow as pa

_NO_HEAD = Struct(name="", children=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A table that takes part: its ``number``, that of the table around it (−1: it makes the rows), its own columns."""

    number: int
    around: int
    name: str
    shape: Struct
    schema: pa.Schema

    @property
    def kind(self) -> int:
        """Of its frames."""
        return self.number + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """``members``, the outer ones first; ``given`` columns; ``start`` and ``end``: bytes of a file that are no records; ``depth`` of the
    hierarchy that records stand in, 0 for none; ``sifted``: frames differ by more than their place.  ``search``: how
    a record boundary is found behind one that is lost, in data of that ``framing``.  ``explosion``: elements of a list in the record
    make the rows; ``head`` (``head_schema``): the columns of the file's header that stand beside them."""

    shape: Struct
    schema: pa.Schema
    members: tuple[Member, ...]
    given: tuple[Given, ...] = ()
    start: int = 0
    end: int = 0
    depth: int = 0
    sifted: bool = False
    search: Search | None = None
    framing: Framing | None = None
    explosion: Explosion | None = None
    head: Struct = _NO_HEAD
    head_schema: Any = None

    @property
    def above(self) -> Mapping[int, int]:
        """Kind → that of the table around it, 0 for the one that makes the rows."""
        return MappingProxyType({member.kind: member.around + 1 for member in self.members})


def rows_of(layout: Layout, table: int, wanted: Struct, schema: pa.Schema, row: RowShape | None = None) -> Rows:
    """The rows of *table*, of which the columns of *wanted* are asked for, as *schema*; *row*: they are elements of a list in it."""
    if row is not None:
        return _exploded(layout, table, wanted, schema, row)
    numbers = {t.record.name: number for number, t in enumerate(layout.tables)}
    own = alone(wanted)
    top = arrow_schema(own) if own != wanted else schema
    members = [Member(number=table, around=-1, name=layout.tables[table].record.name, shape=own, schema=top)]
    around: dict[tuple[str, ...], int] = {(): table}
    for inner in nested(wanted):
        assert isinstance(inner.child, Struct)
        outer = max((path for path in around if inner.path[: len(path)] == path), key=len)
        part = alone(inner.child, len(inner.path))
        number = around[inner.path] = numbers[inner.nested]
        members.append(
            Member(number=number, around=around[outer], name=inner.nested, shape=part, schema=arrow_schema(part))
        )
    made = generated_shapes(layout, shape(layout.tables[table].record, layout.tables))
    asked = {child.path: child for child in wanted.children if not isinstance(child, Struct) and child.given}
    types = {child.path: field.type for child, field in zip(wanted.children, schema, strict=True)}
    given = tuple(
        Given(
            path=column.path,
            type=types[column.path],
            what=generated.what,
            level=generated.level,
            prefix=generated.prefix,
            hex=generated.hex,
        )
        for column, generated in made
        if column.path in asked
    )
    head = only(shape(layout.header), _paths_of_head(wanted)) if layout.header is not None else _NO_HEAD
    given += tuple(
        Given(path=child.path, type=types[child.path], what="header", shape=child)
        for child in wanted.children
        if child.path[:1] == (HEADER_STEP,)
    )
    levels = [g.level for g in layout.generated if g.what == "path"]
    return Rows(
        shape=wanted,
        schema=schema,
        members=tuple(members),
        given=given,
        start=layout.start,
        end=layout.end,
        depth=0 if layout.level is None else max([0, *levels]) + 1,
        sifted=dispatches(layout),
        search=search_for(layout.framing),
        framing=layout.framing,
        head=head,
        head_schema=arrow_schema(head),
    )


def _paths_of_head(wanted: Struct) -> set[tuple[str, ...]]:
    """Where the columns of *wanted* that a header has are in it."""
    return {leaf.path[1:] for leaf in leaves(wanted) if leaf.path[:1] == (HEADER_STEP,)}


def _exploded(layout: Layout, table: int, wanted: Struct, schema: pa.Schema, row: RowShape) -> Rows:
    decoded = only(table_shape(layout, table), {leaf.path for leaf in leaves(needed(row, wanted))})
    made = rows_of(layout, table, decoded, arrow_schema(decoded))
    steps = tuple(step.path for step in row.steps)
    explosion = Explosion(shape=decoded, steps=steps, columns=wanted, schema=schema)
    return replace(made, shape=wanted, schema=schema, explosion=explosion)
