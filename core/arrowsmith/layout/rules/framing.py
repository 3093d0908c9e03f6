"""Rules of framing, D0170 to D0179: tables, how records are delimited against what they hold, parameters, the header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from arrowsmith.layout import expr as ex
from arrowsmith.layout import framing as fr
from arrowsmith.layout.measure import why_dynamic
from arrowsmith.layout.nodes import Array, Choice, Field, Group, Nested, Optional, Record
from arrowsmith.layout.rules.rule import LENGTH_OF_RECORDS, Found, Rule, Survey, rule
from arrowsmith.layout.scope import Fault, Use, infer, resolve
from arrowsmith.layout.tree import Place

#: a frame says its table in one byte, and two of its values are no table: left out, and left out uncounted
MOST_TABLES = 254


@rule("D0170", "a layout has no tables, more than 254, or one that can never be taken")
def tables(survey: Survey) -> Iterator[Found]:
    if not survey.layout.tables:
        yield Found(f"the layout {survey.layout.name} has no tables")
    if len(survey.layout.tables) > MOST_TABLES:
        yield Found(f"the layout has {len(survey.layout.tables)} tables, and {MOST_TABLES} is the most")
    for root, table in zip(survey.tables[:-1], survey.layout.tables, strict=False):
        if table.test is None:
            yield Found(
                f"the tables behind {table.record.name} are never reached, for it has no test", root, "put it last"
            )


@rule("D0171", "two tables have one name")
def table_names(survey: Survey) -> Iterator[Found]:
    counted = Counter(table.record.name for table in survey.layout.tables)
    for root in survey.tables:
        if counted[root.name] > 1:
            counted[root.name] = 0
            yield Found(f"there are several tables {root.name}", root)


@rule("D0172", "the fixed size of records does not fit what they hold")
def fixed(survey: Survey) -> Iterator[Found]:
    framing = survey.layout.framing
    framing = framing.records if isinstance(framing, fr.Blocked) else framing
    if not isinstance(framing, fr.Fixed):
        return
    if framing.size < 0:
        yield Found(f"records of {framing.size} bytes")
    first = next((root for root in survey.tables if root.extent.static is not None), None)
    for root in survey.tables:
        extent, size = root.extent, framing.size
        if size == 0 and extent.static is None:
            yield Found(
                f"the size of record {root.name} is not fixed",
                root,
                "say the size of records, or another framing",
                why_dynamic(root.node) or "",
            )
        elif size == 0 and extent.static == 0:
            yield Found(f"record {root.name} has no bytes", root)
        elif size == 0 and first is not None and extent != first.extent:
            message = f"record {root.name} has {extent} bytes, and {first.name} has {first.extent}"
            yield Found(message, root, "say the size of records")
        elif 0 < size < extent.least and _record(root).short == "error":
            yield Found(f"record {root.name} needs {extent.least} bytes, and records have {size}", root)
        elif extent.most is not None and extent.most < size and _record(root).excess == "error":
            yield Found(f"record {root.name} has at most {extent.most} bytes, and records have {size}", root)


def _record(root: Place) -> Record:
    assert isinstance(root.node, Record)
    return root.node


@rule("D0173", "a length prefix cannot be as it is described")
def prefixed(survey: Survey) -> Iterator[Found]:
    framing = survey.layout.framing
    for header in (framing.block, framing.records) if isinstance(framing, fr.Blocked) else (framing,):
        if not isinstance(header, fr.Prefixed):
            continue
        size = header.header or header.offset + header.width
        if not 1 <= header.width <= 8:
            yield Found(f"the length field has {header.width} bytes, and takes 1 to 8")
        elif header.offset < 0 or header.header < 0 or not -1 <= header.second <= size - header.width:
            yield Found("the length field or its header lies before the record")
        elif header.extended and (header.width > 4 or not header.width < size <= 7):
            yield Found(f"a header of {size} bytes with a field of {header.width} cannot hold an extended length")


@rule("D0174", "delimiters are missing, empty or given twice")
def delimited(survey: Survey) -> Iterator[Found]:
    framing = survey.layout.framing
    if isinstance(framing, fr.Delimited):
        if not framing.delimiters or not all(framing.delimiters):
            yield Found("records are delimited by nothing", help="give at least one delimiter, of at least one byte")
        for delimiter, count in Counter(framing.delimiters).items():
            if count > 1:
                yield Found(f"the delimiter {delimiter.hex(' ')} is given {count} times")


@rule("D0175", "the length of records depends on what is known only behind it")
def computed(survey: Survey) -> Iterator[Found]:
    for use in survey.uses:
        if use.attribute != LENGTH_OF_RECORDS:
            continue
        for expr in _all(use.expr):
            if isinstance(expr, (ex.Position, ex.Remaining, ex.StreamSize)):
                yield Found(f"{LENGTH_OF_RECORDS} uses {type(expr).__name__.lower()}(), which needs it", use.place)
            target = resolve(expr, use) if isinstance(expr, ex.Ref) else None
            if target is None or isinstance(target, Fault):
                continue
            before = next((p for p in _to_end(use.place) if p.order < target.order), None)
            if before is not None:
                yield Found(
                    f"{LENGTH_OF_RECORDS} depends on {target}, which stands behind {before}, which takes the whole record",
                    target,
                )


def _all(expr: ex.Expr) -> Iterator[ex.Expr]:
    yield expr
    for child in ex.children(expr):
        yield from _all(child)


def _to_end(place: Place) -> Iterator[Place]:
    """What inside *place* takes all of its stream, whatever the data: not what is conditional, elsewhere, or bounded."""
    match place.node:
        case Field(type=physical) if physical.size is None and not getattr(physical, "terminator", b""):
            yield place
        case Array(count=None, until=None, storage=0):
            yield place
        case Group(at=None, within=None, transform=transform) if transform is not None:
            yield place
        case Choice() | Optional():
            return
        case Group() as group if group.at is not None or group.within is not None:
            return
        case _:
            for child in place.children:
                yield from _to_end(child)


@rule("D0176", "records that delimit themselves do not end, or have no bytes")
def delimiting(survey: Survey) -> Iterator[Found]:
    framing = survey.layout.framing
    if not isinstance(framing, fr.Delimiting):
        return
    if framing.count and framing.count not in {p.name for p in survey.layout.parameters}:
        yield Found(f"there are as many records as the parameter {framing.count} says, which is not there")
    for root in survey.tables:
        endless = next(_to_end(root), None)
        if endless is not None:
            yield Found(
                f"{endless} takes all bytes up to the end, so record {root.name} has no end of its own",
                endless,
                "say another framing",
            )
        elif root.extent.most == 0:
            yield Found(f"record {root.name} has no bytes", root)


@rule("D0177", "the least or most bytes of a record contradict each other")
def limits(survey: Survey) -> Iterator[Found]:
    layout, framing = survey.layout, survey.layout.framing
    bounded = (framing.block, framing.records) if isinstance(framing, fr.Blocked) else (framing,)
    bounds = [(getattr(one, "least", 0), getattr(one, "most", 0)) for one in bounded]
    for least, most in (*bounds, (layout.shortest, layout.longest)):
        if min(least, most) < 0 or (most and least > most):
            yield Found(f"records have at least {least} and at most {most} bytes")
    if isinstance(framing, fr.Whole) and not framing.most:
        yield Found("records have at most 0 bytes")
    if isinstance(framing, fr.Delimited) and framing.longer == "split" and not framing.most:
        yield Found("records are split at no length", help="say the most bytes of a record")
    for root in survey.tables:
        if _record(root).tail < 0:
            yield Found(f"record {root.name} has {_record(root).tail} bytes at its end that are no fields'", root)
    if min(layout.start, layout.end) < 0:
        yield Found(f"a file has {layout.start} bytes before its first record and {layout.end} behind its last")


@rule("D0178", "a parameter has no value, or none that is an integer")
def parameters(survey: Survey) -> Iterator[Found]:
    names = Counter(p.name for p in survey.layout.parameters)
    for parameter in survey.layout.parameters:
        name, path = parameter.name, ".".join(parameter.path)
        if not name or names[name] > 1:
            names[name] = 0
            yield Found(f"there are several parameters {name}" if name else "a parameter has no name")
        if not -(1 << 63) <= parameter.default < 1 << 63:
            yield Found(f"the default of the parameter {name}, {parameter.default}, does not fit 64 bits with a sign")
        if not path:
            continue
        if survey.header is None:
            yield Found(f"the parameter {name} is the header's {path}, and there is no header")
            continue
        faults: list[Fault] = []
        use = Use(survey.header, "", ex.Ref(parameter.path), ("integer", "boolean"), behind=True)
        kind = infer(use.expr, use, faults)
        for fault in faults:
            yield Found(f"the parameter {name}: {fault.message}", survey.header, fault.help)
        if kind is not None and kind not in use.wants:
            yield Found(f"the parameter {name} is the header's {path}, which is no integer", survey.header)


@rule("D0179", "the header does not end before the first record")
def header(survey: Survey) -> Iterator[Found]:
    if survey.header is not None:
        endless = next(_to_end(survey.header), None)
        if endless is not None:
            yield Found(f"{endless} takes all bytes up to the end, so the header has no end of its own", endless)


@rule("D0180", "a nested table does not exist, or stands where it cannot")
def nests(survey: Survey) -> Iterator[Found]:
    layout = survey.layout
    numbers = {table.record.name: number for number, table in enumerate(layout.tables)}
    around: dict[str, str] = {}
    for place in survey.places:
        node = place.node
        if not isinstance(node, Nested):
            continue
        outer = next(p for p in (place, *place.ancestors) if p.parent is None).name
        inside = next((p for p in place.ancestors if isinstance(p.node, (Array, Choice, Optional))), None)
        if node.table not in numbers:
            yield Found(f"there is no table {node.table} to be nested in {outer}", place)
        elif inside is not None:
            yield Found(f"the table {node.table} is nested in {inside}, which not every record has once", place)
        elif node.table in around:
            yield Found(f"the table {node.table} is nested in {around[node.table]} and in {outer}", place)
        else:
            around[node.table] = outer
    for start in around:
        name, seen = start, {start}
        while name in around:
            name = around[name]
            if name in seen:
                yield Found(f"the table {start} is nested in itself")
                return
            seen.add(name)


@rule("D0181", "a column that the run fills in has no name, or asks for what there is not")
def filled(survey: Survey) -> Iterator[Found]:
    for column in survey.layout.generated:
        if not column.name:
            yield Found(f"a column for the {column.what} has no name", span=column.span)
        if column.what == "path" and survey.layout.level is None:
            yield Found(f"{column.name} is a path, and records have no level", span=column.span)
        if not 0 <= column.level < 64:
            yield Found(f"{column.name} is of level {column.level}, and there are 0 to 63", span=column.span)


FRAMING: tuple[Rule[Survey], ...] = (
    tables, table_names, fixed, prefixed, delimited, computed, delimiting, limits, parameters, header, nests, filled,
)  # fmt: skip
