"""Rules of framing, D0170 to D0179: tables, how records are delimited against what they hold, parameters, the header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from arrowsmith.layout import expr as ex
from arrowsmith.layout import framing as fr
from arrowsmith.layout.measure import why_dynamic
from arrowsmith.layout.nodes import Array, Choice, Field, Group, Optional, Record
from arrowsmith.layout.rules.rule import LENGTH_OF_RECORDS, Found, Rule, Survey, rule
from arrowsmith.layout.scope import Fault, Use, infer, resolve
from arrowsmith.layout.tree import Place


@rule("D0170", "a layout has no tables, or one that can never be taken")
def tables(survey: Survey) -> Iterator[Found]:
    if not survey.layout.tables:
        yield Found(f"the layout {survey.layout.name} has no tables")
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
    if isinstance(framing, fr.Prefixed):
        if not 1 <= framing.width <= 8:
            yield Found(f"the length field has {framing.width} bytes, and takes 1 to 8")
        if framing.offset < 0 or framing.header < 0:
            yield Found("the length field or its header lies before the record")


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
    if not isinstance(survey.layout.framing, fr.Delimiting):
        return
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
    framing = survey.layout.framing
    most: int = getattr(framing, "most", 0)
    least: int = getattr(framing, "least", 0)
    if min(least, most) < 0 or (most and least > most) or (isinstance(framing, fr.Whole) and not most):
        yield Found(f"records have at least {least} and at most {most} bytes")


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


FRAMING: tuple[Rule[Survey], ...] = (
    tables, table_names, fixed, prefixed, delimited, computed, delimiting, limits, parameters, header,
)  # fmt: skip
