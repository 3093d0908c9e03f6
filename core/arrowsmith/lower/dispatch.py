"""A frame that was found becomes a frame of a table: what is left out, which kind it is, what it carries.

Tests of tables, and the level in a hierarchy, are over leading fields of the frame's record; they are read in the frame, as far
as they are asked for.
Invariant: a frame's kind is the number of its table from 1, 0 where a test left it out, `UNCOUNTED` where its length did.
"""

from __future__ import annotations

from arrowsmith.layout.expr import Expr
from arrowsmith.layout.nodes import Layout, Node, Record
from arrowsmith.lower.expressions import as_register, binary, lower_expression
from arrowsmith.lower.names import Path, meant, mentions, referenced
from arrowsmith.lower.walk import Walk
from arrowsmith.program import ops
from arrowsmith.program.builder import Builder
from arrowsmith.program.kernel import UNCOUNTED
from arrowsmith.program.ops import Block, Operand, R

NO_TABLE = "one of the tables' tests to hold"


def dispatches(layout: Layout) -> bool:
    """Whether frames differ by more than their place."""
    tests = len(layout.tables) > 1 or layout.tables[0].test is not None
    return bool(tests or layout.shortest or layout.longest or layout.level is not None)


def yield_frame(build: Builder, layout: Layout, start: R, length: Operand, base: Operand = 0) -> None:
    """Yield the frame of *length* bytes at *start* of the stream, which begins at *base* of the window's."""
    walk = Walk(build=build)
    place = start if base == 0 else as_register(walk, binary(walk, "add", start, base))
    if not dispatches(layout):
        build.emit(ops.Frame(start=place, length=length))
        return
    kind = build.register()
    build.emit(ops.Let(out=kind, how="copy", a=UNCOUNTED))
    carried: tuple[R, ...] = ()
    if layout.level is not None:
        carried = (build.register(),)
        build.emit(ops.Let(out=carried[0], how="copy", a=-1))
    with build.block() as counted:
        known = _Read(build, layout, start, length)
        _kind(build, layout, known, kind)
        if layout.level is not None:
            level = known.value(layout.tables[0].record, layout.level)
            build.emit(ops.Let(out=carried[0], how="copy", a=as_register(walk, binary(walk, "else", level, -1))))
    fits: Operand | None = None
    for bound, how in ((layout.shortest, "ge"), (layout.longest, "le")):
        if bound:
            test = binary(walk, how, length, bound)
            fits = test if fits is None else binary(walk, "and", fits, test)
    if fits is None:
        for op in counted:
            build.emit(op)
    else:
        build.emit(ops.If(test=as_register(walk, fits), then=Block(counted)))
    build.emit(ops.Frame(start=place, length=length, kind=kind, carried=carried))


def _kind(build: Builder, layout: Layout, known: _Read, kind: R) -> None:
    """Set *kind* to that of the first table whose test holds."""
    tests = [None if t.test is None else known.value(t.record, t.test) for t in layout.tables]

    def chain(number: int) -> None:
        if number == len(tests):
            if layout.others == "error":
                build.emit(ops.FailNow(site=build.site(rule=NO_TABLE)))
            else:
                build.emit(ops.Let(out=kind, how="copy", a=0))
            return
        test = tests[number]
        found = ops.Let(out=kind, how="copy", a=number + 1)
        if test is None:
            build.emit(found)
            return
        with build.block() as other:
            chain(number + 1)
        build.emit(ops.If(test=as_register(Walk(build=build), test), then=Block([found]), other=Block(other)))

    chain(0)


class _Read:
    """Leading fields of a frame's record, each sequence of members read once for all tables that begin with it."""

    def __init__(self, build: Builder, layout: Layout, start: R, length: Operand) -> None:
        self.build, self.layout, self.start, self.length = build, layout, start, length
        self.walks: list[tuple[tuple[Node, ...], frozenset[Path], Walk]] = []
        asked: dict[int, list[Expr]] = {}
        for table in layout.tables:
            asked[id(table.record)] = [table.test] if table.test is not None else []
        if layout.level is not None:
            asked[id(layout.tables[0].record)].append(layout.level)
        self.asked = asked

    def value(self, record: Record, expr: Expr) -> Operand:
        """The value of *expr* in the frame as a *record*."""
        return lower_expression(self.walk(record), expr)

    def walk(self, record: Record) -> Walk:
        """The walk that has read what is asked of *record*."""
        named = frozenset(path for expr in self.asked[id(record)] for path, _ in meant(expr, ()))
        last = max((i for i, member in enumerate(record.members) if mentions(member, (), named)), default=-1)
        members = record.members[: last + 1]
        for leading, known, walk in self.walks:
            if leading == members and named <= known:
                return walk
        current, elements = referenced(Record(name=record.name, members=members), self.asked[id(record)])
        walk = Walk(
            build=self.build,
            current=current,
            elements=elements,
            wanted=frozenset(),
            charsets={c.name: c for c in self.layout.charsets},
        )
        if members:
            with walk.block() as body:
                walk.sequence(members, None, "reach")
            site = self.build.site(rule="the record's bytes")
            inside = ops.Within(n=self.length, body=Block(body), site=site)
            self.build.emit(ops.AtPlace(position=self.start, body=Block([inside]), site=site))
        self.walks.append((members, named, walk))
        return walk
