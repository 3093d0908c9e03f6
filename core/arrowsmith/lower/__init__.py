"""Lowering: a Layout and what the user asked of it become a Plan.  Each pass is a file; `lower` is their order.

Invariant: only this package knows both Layout and Program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from arrowsmith.columns import Struct
from arrowsmith.layout.framing import Whole
from arrowsmith.layout.nodes import Layout, Record
from arrowsmith.layout.schema import HEADER_STEP, nested, shape, table_shape
from arrowsmith.lower.expressions import binary
from arrowsmith.lower.framers import Find, lower_framing, record_size
from arrowsmith.lower.header import lower_header
from arrowsmith.lower.names import Path, referenced, vital
from arrowsmith.lower.needs import merge_needs
from arrowsmith.lower.shapes import Shapes
from arrowsmith.lower.strips import cut_strips
from arrowsmith.lower.transforms import with_transforms
from arrowsmith.lower.walk import Walk
from arrowsmith.program import ops
from arrowsmith.program.builder import Builder
from arrowsmith.program.certainty import certain_columns
from arrowsmith.program.ops import Block, Fail
from arrowsmith.program.program import Plan, Program
from arrowsmith.program.verify import verify
from arrowsmith.transforms import STOCK, Transformer

#: Program → Program, in order, after the walk.
PASSES = (merge_needs, cut_strips)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user asked of a conversion: ``columns`` of the rows of ``table`` (paths, None for all), and what a field does with bytes
    that its type refuses (``null``: null, counted; ``trap``: the record fails).  ``find``: of a framing that a plugin offers;
    ``transforms``: those that there are, by name."""

    columns: frozenset[Path] | None = None
    fail: Fail = "trap"
    table: int = 0
    find: Find | None = None
    transforms: Mapping[str, Transformer] = field(default_factory=lambda: STOCK)


def lower(layout: Layout, wishes: Wishes | None = None) -> Plan:
    """The Plan of *layout*; every Program in it is verified.  Raises `DictionaryError` for what only lowering finds."""
    wishes = wishes or Wishes()
    wanted = _wanted(layout, wishes)
    tables = tuple(
        (table.record.name, lower_record(layout, table.record, replace(wishes, columns=wanted.get(table.record.name))))
        for table in layout.tables
    )
    framer = finished(lower_framing(layout, wishes.find), wishes.transforms)
    return Plan(
        name=layout.name,
        framer=framer,
        tables=tables,
        header=None if layout.header is None else finished(lower_header(layout, layout.header), wishes.transforms),
        beside=_beside(layout, wishes),
        parameters=tuple((p.name, p.default) for p in layout.parameters),
        specialise=tuple(p.name for p in layout.parameters if p.specialise),
    )


def _beside(layout: Layout, wishes: Wishes) -> Program | None:
    """What reads the header's columns that stand beside the rows."""
    if layout.header is None or not layout.rows:
        return None
    columns = wishes.columns
    if columns is not None:
        columns = frozenset(path[1:] for path in columns if path[:1] == (HEADER_STEP,))
    bare = replace(layout, parameters=(), framing=Whole())
    return lower_record(bare, layout.header, replace(wishes, columns=columns, fail="trap"))


def _wanted(layout: Layout, wishes: Wishes) -> dict[str, frozenset[Path]]:
    """The columns asked for of each table, by paths from its own row; nothing for a table of which all are."""
    if wishes.columns is None:
        return {}
    wanted = dict.fromkeys((table.record.name for table in layout.tables), frozenset[Path]())
    wanted[layout.tables[wishes.table].record.name] = wishes.columns
    for inner in nested(table_shape(layout, wishes.table)):
        depth = len(inner.path)
        wanted[inner.nested] = frozenset(path[depth:] for path in wishes.columns if path[:depth] == inner.path)
    return wanted


def lower_record(layout: Layout, record: Record, wishes: Wishes) -> Program:
    """The table Program of *record*."""
    rows: Struct = shape(record, layout.tables)
    current, elements = referenced(record)
    walk = Walk(
        build=Builder(record.name),
        current=current,
        elements=elements,
        vital=vital(record) if wishes.fail == "null" else None,
        wanted=wishes.columns,
        fail=wishes.fail,
        charsets={c.name: c for c in layout.charsets},
    )
    for parameter in layout.parameters:
        walk.build.parameter(parameter.name)
    with _without_tail(walk, record.tail):
        walk.sequence(record.members, Shapes(rows.children), "reach" if record.short == "absent" else "need")
        if record.excess == "error":
            _no_excess(walk)
    made = walk.build.program(size=record_size(layout, record))
    return finished(made, wishes.transforms, certain=wishes.fail == "trap")


@contextmanager
def _without_tail(walk: Walk, tail: int) -> Iterator[None]:
    """What is emitted inside sees the record without its last *tail* bytes."""
    if not tail:
        yield
        return
    rest = walk.build.register()
    walk.build.emit(ops.Remain(out=rest))
    size = binary(walk, "max", binary(walk, "sub", rest, tail), 0)
    with walk.block() as body:
        yield
    walk.build.emit(ops.Within(n=size, body=Block(body), site=walk.rule("the record without what stands at its end")))


def _no_excess(walk: Walk) -> None:
    walk.flush()
    rest, none = walk.build.register(), walk.build.register()
    walk.build.emit(ops.Remain(out=rest))
    walk.build.emit(ops.Let(out=none, how="eq", a=rest, b=0))
    walk.build.emit(ops.Require(test=none, site=walk.rule("bytes behind the record's last field")))


def finished(program: Program, transforms: Mapping[str, Transformer], *, certain: bool = False) -> Program:
    """*program* after all passes, with those of *transforms* that it names, verified.

    *certain*: no record is kept in part, so a column that every record puts needs no validity."""
    for step in PASSES:
        program = step(program)
    program = with_transforms(program, transforms)
    if certain:
        sure = certain_columns(program)
        columns = tuple(replace(c, certain=n in sure and not c.scratch) for n, c in enumerate(program.columns))
        program = replace(program, columns=columns)
    verify(program)
    return program
