"""Framing to framer Programs: how records are delimited becomes the ops that find one record.

A framer begins with the cursor where a record's header begins, yields one frame, and leaves the cursor where the next begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arrowsmith.errors import DictionaryError, code
from arrowsmith.layout.framing import Computed, Delimited, Delimiting, Fixed, Framing, Prefixed, Whole
from arrowsmith.layout.nodes import Layout, Record
from arrowsmith.lower.expressions import as_register, binary, lower_expression
from arrowsmith.lower.names import mentions, referenced
from arrowsmith.lower.static import storage_size
from arrowsmith.lower.walk import Walk
from arrowsmith.program import ops
from arrowsmith.program.builder import Builder
from arrowsmith.program.ops import Block
from arrowsmith.program.program import Program

NO_SIZE = code("D0302", "fixed-length framing needs a record of one size")
BAD_LENGTH = "a record length that the framing allows"


def record_size(framing: Framing, record: Record) -> int:
    """Bytes of every record, 0 where they differ."""
    if not isinstance(framing, Fixed):
        return 0
    return framing.size or _static(record)


def _static(record: Record) -> int:
    sizes = [storage_size(member) for member in record.members]
    total = sum(size or 0 for size in sizes)
    if None in sizes or not total:
        raise DictionaryError(
            f"record {record.name} has no fixed size, so its records cannot be told apart by size",
            code=NO_SIZE,
            help="say how records are delimited (for a copybook: record_format, or variable_size_occurs)",
        )
    return total


def lower_framing(layout: Layout) -> Program:
    """The framer of *layout*.  Kind 1 is the first table."""
    build = Builder(f"{layout.name} framer", kind="framer")
    FRAMERS[type(layout.framing)](build, layout.framing, layout)
    return build.program(size=record_size(layout.framing, layout.tables[0].record))


def _fixed(build: Builder, framing: Fixed, layout: Layout) -> None:
    size = record_size(framing, layout.tables[0].record)
    site = build.site(rule="the file ends inside a record")
    start = build.register()
    build.emit(ops.Need(n=size, site=site))
    build.emit(ops.Tell(out=start))
    build.emit(ops.Frame(start=start, length=size))
    build.emit(ops.Skip(n=size))


def _prefixed(build: Builder, framing: Prefixed, layout: Layout) -> None:
    walk = Walk(build=build)
    header = framing.header or framing.offset + framing.width
    build.emit(ops.Need(n=header, site=build.site(rule="the file ends inside a record header")))
    length = build.register("u64" if framing.width == 8 else "i64")
    build.emit(
        ops.LoadInt(
            out=length,
            at=framing.offset,
            size=framing.width,
            order=framing.order,
            encoding="unsigned",
            site=build.site(rule="record length"),
        )
    )
    size = as_register(walk, binary(walk, "add", length, framing.adjustment))
    fits = binary(walk, "ge", size, framing.least)
    if framing.most:
        fits = binary(walk, "and", fits, binary(walk, "le", size, framing.most))
    site = build.site(rule=BAD_LENGTH)
    build.emit(ops.Require(test=as_register(walk, fits), site=site))
    build.emit(ops.Skip(n=header))
    _yield(build, size)


def _yield(build: Builder, size: ops.Operand) -> None:
    start = build.register()
    build.emit(ops.Need(n=size, site=build.site(rule="the file ends inside a record")))
    build.emit(ops.Tell(out=start))
    build.emit(ops.Frame(start=start, length=size))
    build.emit(ops.Skip(n=size))


def _delimited(build: Builder, framing: Delimited, layout: Layout) -> None:
    walk = Walk(build=build)
    length, mark, start = build.register(), build.register(), build.register()
    build.emit(ops.Scan(out=length, length=mark, marks=framing.delimiters, require=False))
    kind: ops.Operand = 1
    if framing.most:
        fits = as_register(walk, binary(walk, "le", length, framing.most))
        build.emit(ops.Require(test=fits, site=build.site(rule=f"no delimiter within {framing.most} bytes")))
    if framing.empty == "ignored":
        kind = binary(walk, "gt", length, 0)
    build.emit(ops.Tell(out=start))
    build.emit(ops.Frame(start=start, length=length, kind=kind))
    build.emit(ops.Skip(n=binary(walk, "add", length, mark)))


def _computed(build: Builder, framing: Computed, layout: Layout) -> None:
    record = layout.tables[0].record
    current, elements = referenced(record, (framing.length,))
    walk = Walk(
        build=build,
        current=current,
        elements=elements,
        wanted=frozenset(),
        charsets={c.name: c for c in layout.charsets},
    )
    start = build.register()
    build.emit(ops.Tell(out=start))
    with walk.block() as body:
        last = max(i for i, member in enumerate(record.members) if mentions(member, (), current))
        walk.sequence(record.members[: last + 1], None, "need")
        size = as_register(walk, lower_expression(walk, framing.length))
        length = build.register()
        build.emit(ops.Let(out=length, how="copy", a=size))
    build.emit(ops.AtPlace(position=start, body=Block(body)))
    fits = binary(walk, "gt", length, 0)
    if framing.most:
        fits = binary(walk, "and", fits, binary(walk, "le", length, framing.most))
    build.emit(ops.Require(test=as_register(walk, fits), site=build.site(rule=BAD_LENGTH)))
    _yield(build, length)


def _delimiting(build: Builder, framing: Delimiting, layout: Layout) -> None:
    record = layout.tables[0].record
    current, elements = referenced(record)
    walk = Walk(
        build=build,
        current=current,
        elements=elements,
        wanted=frozenset(),
        charsets={c.name: c for c in layout.charsets},
    )
    start, end = build.register(), build.register()
    build.emit(ops.Tell(out=start))
    walk.sequence(record.members, None, "need")
    walk.flush()
    # a skip at the end may lead behind the data: the frame's bytes must be there
    build.emit(ops.Need(n=0, site=build.site(rule="the file ends inside a record")))
    build.emit(ops.Tell(out=end))
    size = as_register(walk, binary(walk, "sub", end, start))
    build.emit(ops.Frame(start=start, length=size))


def _whole(build: Builder, framing: Whole, layout: Layout) -> None:
    start, size = build.register(), build.register()
    build.emit(ops.Tell(out=start))
    build.emit(ops.Remain(out=size))
    build.emit(ops.Frame(start=start, length=size))
    build.emit(ops.Skip(n=size))


FRAMERS: dict[type, Callable[[Builder, Any, Layout], None]] = {
    Fixed: _fixed,
    Prefixed: _prefixed,
    Delimited: _delimited,
    Computed: _computed,
    Delimiting: _delimiting,
    Whole: _whole,
}
