"""Framing to framer Programs: how records are delimited becomes the ops that find one record, or one block of records.

A framer begins with the cursor where a record's header begins, yields its frames, and leaves the cursor where the next begins.
What table a frame is of, and what it carries, is `arrowsmith.lower.dispatch`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from arrowsmith.errors import DictionaryError, InternalError, PluginError, code
from arrowsmith.layout.framing import (
    Blocked,
    Computed,
    Delimited,
    Delimiting,
    Fixed,
    Offered,
    Prefixed,
    Spanned,
    Whole,
)
from arrowsmith.layout.nodes import Layout, Record
from arrowsmith.lower.dispatch import dispatches, yield_frame
from arrowsmith.lower.expressions import as_register, binary, lower_expression
from arrowsmith.lower.names import mentions, referenced
from arrowsmith.lower.static import storage_size
from arrowsmith.lower.unchecked import unchecked
from arrowsmith.lower.walk import Walk
from arrowsmith.program import ops
from arrowsmith.program.builder import Builder
from arrowsmith.program.ops import Block, Operand
from arrowsmith.program.program import Program

NO_SIZE = code("D0302", "fixed-length framing needs a record of one size")
BAD_LENGTH = "a record length that the framing allows"
BAD_BLOCK = "a block length that the framing allows"
CUT_OFF = "the file ends inside a record"
UNSAFE = code("P0004", "the ops of a framer break the rules of Programs")

#: what appends the ops of a framing that a plugin offers: ``find(build, record)``, as `arrowsmith.interfaces.Framer.find` with its options
Find: TypeAlias = Callable[[Builder, Callable[[Operand], None]], None]


def record_size(layout: Layout, record: Record) -> int:
    """Bytes of every *record* of *layout*, 0 where they differ."""
    framing = layout.framing
    if isinstance(framing, Fixed):
        return framing.size or _fixed_size(record)
    if isinstance(framing, Delimiting) and framing.until is None and not framing.count and not dispatches(layout):
        return _static(record)  # to the stream's end, each where the one before it ends: at multiples of that
    return 0


def _static(record: Record) -> int:
    """The bytes of *record*, 0 where they depend on what is in it."""
    sizes = [storage_size(member) for member in record.members]
    return 0 if None in sizes else sum(size or 0 for size in sizes)


def _fixed_size(record: Record) -> int:
    total = _static(record)
    if not total:
        raise DictionaryError(
            f"record {record.name} has no fixed size, so its records cannot be told apart by size",
            code=NO_SIZE,
            help="say how records are delimited (for a copybook: record_format, or variable_size_occurs)",
        )
    return total


def lower_framing(layout: Layout, find: Find | None = None) -> Program:
    """The framer of *layout*.  Kind 1 is the first table.  It has a ``size`` where frames follow from that alone.

    *find* is of the framing where that is `Offered`.  Raises `PluginError` where what it appends is no sound Program.
    """
    build = Builder(f"{layout.name} framer", kind="framer")
    for parameter in layout.parameters:
        build.parameter(parameter.name)
    if isinstance(layout.framing, Offered):
        assert find is not None, "who lowers a Layout with an offered framing looks the framer up"
        return _offered(build, layout.framing, layout, find)
    FRAMERS[type(layout.framing)](build, layout.framing, layout)
    size = 0 if dispatches(layout) else record_size(layout, layout.tables[0].record)
    return build.program(size=size)


def _fixed(build: Builder, framing: Fixed, layout: Layout) -> None:
    _yield(build, layout, framing.size or _fixed_size(layout.tables[0].record))


def _yield(build: Builder, layout: Layout, size: Operand, base: Operand = 0) -> None:
    """The frame of *size* bytes at the cursor, whose stream begins at *base* of the window's."""
    start = build.register()
    build.emit(ops.Need(n=size, site=build.site(rule=CUT_OFF)))
    build.emit(ops.Tell(out=start))
    yield_frame(build, layout, start, size, base)
    build.emit(ops.Skip(n=size))


def _prefixed(build: Builder, framing: Prefixed, layout: Layout, base: Operand = 0) -> None:
    size = _header(build, framing, BAD_LENGTH)
    _yield(build, layout, size, base)


def _header(build: Builder, framing: Prefixed, rule: str) -> Operand:
    """Read a header and skip it; the length of what follows it."""
    walk = Walk(build=build)
    header = framing.header or framing.offset + framing.width
    build.emit(ops.Need(n=header, site=build.site(rule="the file ends inside a record header")))
    site = build.site(rule="record length")

    def load(at: int, size: int) -> ops.R:
        out = build.register("u64" if size == 8 else "i64")
        build.emit(ops.LoadInt(out=out, at=at, size=size, order=framing.order, encoding="unsigned", site=site))
        return out

    length = build.register("u64" if framing.width == 8 else "i64")
    build.emit(ops.Let(out=length, how="copy", a=load(framing.offset, framing.width)))
    if framing.second >= 0:
        with build.block() as other:
            build.emit(ops.Let(out=length, how="copy", a=load(framing.second, framing.width)))
        build.emit(ops.If(test=length, then=Block(), other=Block(other)))
    top = 1 << (8 * framing.width - 1)
    rest = [at for at in range(header) if not framing.offset <= at < framing.offset + framing.width]
    with build.block() as plain:
        if framing.zeros:
            nothing = build.site(rule="zeros in the rest of the header")
            for at in rest:
                empty = as_register(walk, binary(walk, "eq", load(at, 1), 0))
                build.emit(ops.Require(test=empty, site=nothing))
    if framing.extended:
        with build.block() as extended:
            whole = (1 << (8 * header - 1)) - 1
            build.emit(
                ops.Let(out=length, how="copy", a=as_register(walk, binary(walk, "and", load(0, header), whole)))
            )
        build.emit(
            ops.If(test=as_register(walk, binary(walk, "ge", length, top)), then=Block(extended), other=Block(plain))
        )
    else:
        for op in plain:
            build.emit(op)
    size = as_register(walk, binary(walk, "add", length, framing.adjustment))
    fits = binary(walk, "ge", size, framing.least)
    if framing.most:
        fits = binary(walk, "and", fits, binary(walk, "le", size, framing.most))
    build.emit(ops.Require(test=as_register(walk, fits), site=build.site(rule=rule)))
    build.emit(ops.Skip(n=header))
    return size


def _blocked(build: Builder, framing: Blocked, layout: Layout) -> None:
    size = _header(build, framing.block, BAD_BLOCK)
    base = build.register()
    build.emit(ops.Need(n=size, site=build.site(rule="the file ends inside a block")))
    build.emit(ops.Tell(out=base))
    with build.block() as record:
        if isinstance(framing.records, Fixed):
            _yield(build, layout, framing.records.size or _fixed_size(layout.tables[0].record), base)
        else:
            _prefixed(build, framing.records, layout, base)
    loop = ops.Loop(level=-1, body=Block(record), site=build.site(rule="a record of a block"))
    build.emit(ops.Within(n=size, body=Block([loop]), site=build.site(rule="the bytes of a block")))


def _spanned(build: Builder, framing: Spanned, layout: Layout) -> None:
    """Of records that were put together: each behind four bytes of length."""
    _prefixed(build, Prefixed(width=4, least=1), layout)


def _delimited(build: Builder, framing: Delimited, layout: Layout) -> None:
    walk = Walk(build=build)
    length, mark, start = build.register(), build.register(), build.register()
    build.emit(ops.Tell(out=start))
    scan = ops.Scan(out=length, length=mark, marks=framing.delimiters, require=False)
    if framing.most and framing.longer == "split":
        _bounded(walk, framing, scan, start)
    else:
        build.emit(scan)
    if framing.most and framing.longer == "error":
        fits = as_register(walk, binary(walk, "le", length, framing.most))
        build.emit(ops.Require(test=fits, site=build.site(rule=f"no delimiter within {framing.most} bytes")))
    if framing.empty == "ignored":
        with build.block() as some:
            yield_frame(build, layout, start, length)
        build.emit(ops.If(test=length, then=Block(some)))
    else:
        yield_frame(build, layout, start, length)
    build.emit(ops.Skip(n=binary(walk, "add", length, mark)))


def _bounded(walk: Walk, framing: Delimited, scan: ops.Scan, start: ops.R) -> None:
    """Scan no further than a record may reach; where there is no delimiter so far, as many bytes as may be are the record."""
    build = walk.build
    ahead = framing.most + max(map(len, framing.delimiters))
    inside = ops.Within(n=ahead, body=Block([scan]), site=build.site(rule="a record"))
    there = ops.AtPlace(position=start, body=Block([inside]), site=build.site(rule="a record"))
    build.emit(ops.Reach(n=ahead, then=Block([there]), other=Block([scan])))
    with build.block() as cut:
        build.emit(ops.Let(out=scan.out, how="copy", a=framing.most))
        build.emit(ops.Let(out=scan.length, how="copy", a=0))
    longer = as_register(walk, binary(walk, "gt", scan.out, framing.most))
    build.emit(ops.If(test=longer, then=Block(cut)))


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
        last = max((i for i, member in enumerate(record.members) if mentions(member, (), current)), default=-1)
        walk.sequence(record.members[: last + 1], None, "need")
        size = as_register(walk, lower_expression(walk, framing.length))
        length = build.register()
        build.emit(ops.Let(out=length, how="copy", a=size))
    build.emit(ops.AtPlace(position=start, body=Block(body)))
    fits = binary(walk, "gt", length, 0)
    if framing.most:
        fits = binary(walk, "and", fits, binary(walk, "le", length, framing.most))
    build.emit(ops.Require(test=as_register(walk, fits), site=build.site(rule=BAD_LENGTH)))
    _yield(build, layout, length)


def _delimiting(build: Builder, framing: Delimiting, layout: Layout) -> None:
    known = record_size(layout, layout.tables[0].record)
    if known:
        _yield(build, layout, known)
        return
    others = () if framing.until is None else (framing.until,)
    record = unchecked(layout.tables[0].record, others)
    current, elements = referenced(record, others)
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
    build.emit(ops.Need(n=0, site=build.site(rule=CUT_OFF)))
    build.emit(ops.Tell(out=end))
    size = as_register(walk, binary(walk, "sub", end, start))
    if framing.until is None:
        yield_frame(build, layout, start, size)
        return
    last = build.register()
    build.emit(ops.Let(out=last, how="copy", a=binary(walk, "else", lower_expression(walk, framing.until), 0)))
    build.emit(ops.Frame(start=start, length=size, carried=(last,)))


def _offered(build: Builder, framing: Offered, layout: Layout, find: Find) -> Program:
    find(build, partial(_yield, build, layout))
    try:
        return build.verified()
    except MemoryError:
        raise
    except Exception as error:  # what stands where an op should may be anything
        said = error.message if isinstance(error, InternalError) else f"{type(error).__name__}: {error}"
        message = f"the framer {framing.name} built what cannot run: {said}"
        raise PluginError(message, code=UNSAFE, help="docs/program.md says what ops take") from error


def _whole(build: Builder, framing: Whole, layout: Layout) -> None:
    start, size = build.register(), build.register()
    build.emit(ops.Tell(out=start))
    build.emit(ops.Remain(out=size))
    yield_frame(build, layout, start, size)
    build.emit(ops.Skip(n=size))


FRAMERS: dict[type, Callable[[Builder, Any, Layout], None]] = {
    Fixed: _fixed,
    Prefixed: _prefixed,
    Blocked: _blocked,
    Spanned: _spanned,
    Delimited: _delimited,
    Computed: _computed,
    Delimiting: _delimiting,
    Whole: _whole,
}
