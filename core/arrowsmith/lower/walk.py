"""The walk that turns a record's nodes into ops: places, bounds, blocks, levels; types and expressions are beside it.

Members whose places are known beforehand go in runs: one bound for the run, loads at fixed offsets.  A run is read
``sure`` (its bytes are proven), or field by field (``slow``: behind a record's early end the rest is absent).
Invariant: a nested block begins and ends with nothing pending: the cursor stands where the walk believes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from arrowsmith.charsets import Charset
from arrowsmith.columns import Leaf, List, Shape, Struct
from arrowsmith.diagnostics import Span
from arrowsmith.layout.expr import Binary, Const, Expr
from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Array, Choice, Derived, Field, Group, Nested, Node, Optional, Overlay, Padding
from arrowsmith.layout.types import Bytes, Text, Type
from arrowsmith.lower.expressions import as_register, binary, kind_of, lower_expression, lower_number, whole
from arrowsmith.lower.fields import load, store
from arrowsmith.lower.items import KEPT, ListSpan, close_span, count_path, declare_own, open_span
from arrowsmith.lower.names import Path, gives_columns, inner, mentions, step
from arrowsmith.lower.static import static_size, storage_size, unit_size
from arrowsmith.program import ops
from arrowsmith.program.builder import Builder
from arrowsmith.program.kinds import FETCHED
from arrowsmith.program.ops import Block, Fail, Operand, R

#: ``need``: a record that ends too early is refused.  ``reach``: what lies behind its end is absent.  ``sure``: the bytes are
#: proven.  ``slow``: each field is asked for.
Mode: TypeAlias = Literal["need", "reach", "sure", "slow"]


@dataclass(slots=True)
class Shapes:
    """The children of a struct, in the order in which the walk meets their nodes."""

    children: tuple[Shape, ...]
    at: int = 0

    def next(self) -> Shape:
        self.at += 1
        return self.children[self.at - 1]

    def fork(self) -> Shapes:
        return Shapes(self.children, self.at)


@dataclass(slots=True, kw_only=True)
class Walk:
    """The state of one record's lowering.

    ``current`` and ``elements``: paths that expressions read (`arrowsmith.lower.names.referenced`).  ``vital``: those
    without which the rest cannot be read (None: all of ``current``).  ``wanted``: column paths asked for, None for all.
    ``fail``: what fields do that no position or condition depends on.  ``at``: bytes between the cursor and the place.
    ``scope``: the names around the node at hand, its own included; ``around``: without a field's own, which is what its expressions
    see.  ``element``: the node visited next is an array's element.  ``spans``, ``declared``, ``own``: what `arrowsmith.lower.items`
    knows of lists in lists, and of what elements look up in those before them.
    """

    build: Builder
    current: frozenset[Path] = frozenset()
    elements: frozenset[Path] = frozenset()
    vital: frozenset[Path] | None = None
    wanted: frozenset[Path] | None = None
    fail: Fail = "trap"
    charsets: Mapping[str, Charset] = field(default_factory=dict)
    at: int = 0
    level: int = 0
    scope: Path = ()
    around: Path = ()
    element: bool = False
    tolerant: bool = False
    values: dict[Path, Operand] = field(default_factory=dict)
    registers: dict[Path, R] = field(default_factory=dict)
    named: set[R] = field(default_factory=set)
    scales: dict[Path, int] = field(default_factory=dict)
    scratch: dict[Path, int] = field(default_factory=dict)
    sizes: dict[R, tuple[Operand, int]] = field(default_factory=dict)
    spans: dict[Path, ListSpan] = field(default_factory=dict)
    declared: dict[Path, int] = field(default_factory=dict)
    own: set[Path] = field(default_factory=set)
    _span: Span | None = None

    # --- places --------------------------------------------------------------------------------------------------------

    def step(self, size: int) -> None:
        """The place is *size* bytes further."""
        self.at += size

    def flush(self) -> None:
        """Bring the cursor to the place."""
        if self.at:
            self.build.emit(ops.Skip(n=self.at))
            self.at = 0

    def rule(self, rule: str) -> int:
        """The site of an op that enforces *rule* at the present node."""
        return self.build.site(".".join(self.scope), rule=rule, tolerant=self.tolerant, span=self._span)

    def require(self, test: Operand, what: R, fail: Fail, site: int) -> None:
        """Refuse where *test* is 0: the record, or only *what*, which becomes null."""
        null = fail == "null"
        self.build.emit(ops.Require(test=as_register(self, test), what=what if null else -1, fail=fail, site=site))

    @contextmanager
    def block(self) -> Iterator[list[ops.Op]]:
        """A nested block: begins at the cursor, ends with nothing pending."""
        with self.build.block() as body:
            yield body
            self.flush()

    @contextmanager
    def conditional(self) -> Iterator[None]:
        """What is emitted inside may not happen: registers of values that it defines are null before it."""
        here, index, before = self.build.here, len(self.build.here), set(self.registers)
        yield
        for path in self.registers.keys() - before:
            here.insert(index, ops.Let(out=self.registers[path], how="null"))

    # --- members -------------------------------------------------------------------------------------------------------

    def sequence(self, members: Sequence[Node], shapes: Shapes | None, mode: Mode) -> None:
        """One member after the other, in runs of those at known places."""
        if mode in ("sure", "slow"):
            for member in members:
                self.member(member, shapes, mode)
            return
        run: list[Node] = []
        for member in members:
            if static_size(member) is not None:
                run.append(member)
                continue
            self._run(run, shapes, mode)
            run = []
            self.member(member, shapes, mode)
        self._run(run, shapes, mode)

    def _run(self, run: list[Node], shapes: Shapes | None, mode: Mode) -> None:
        element = self.element
        total = sum(static_size(member) or 0 for member in run)
        extent = max(total, unit_size(Group(name="", members=tuple(run))))
        if not self._any_matters(run, shapes):
            for member in run:
                _pass_by(member, shapes)
            self.step(total)
        elif not extent:
            self.sequence(run, shapes, "sure")
        elif mode == "need":
            self.build.emit(ops.Need(n=self.at + extent, site=self.rule("the record ends before its last field")))
            self.sequence(run, shapes, "sure")
        else:
            self.flush()
            again = shapes.fork() if shapes else None
            with self.conditional():
                with self.block() as sure:
                    self.sequence(run, shapes, "sure")
                self.element = element
                with self.block() as slow:
                    if len(run) > 1 or isinstance(run[0], Group | Overlay) or _partial(run[0]):
                        self.sequence(run, again, "slow")
                    else:
                        self.step(total)
                self.build.emit(ops.Reach(n=extent, then=Block(sure), other=Block(slow)))

    def member(self, node: Node, shapes: Shapes | None, mode: Mode) -> None:
        """One node, with the shape that belongs to it."""
        self._span = node.span or self._span
        if isinstance(node, Group) and node.at is not None and not self._matters(node, shapes):
            _pass_by(node, shapes)
        elif not gives_columns(node):
            self.visit(node, None, None, mode)
        elif _has_shape(node):
            self.visit(node, shapes.next() if shapes else None, None, mode)
        else:
            self.visit(node, None, shapes, mode)

    def visit(self, node: Node, shape: Shape | None, shapes: Shapes | None, mode: Mode) -> None:
        """*node* with its own *shape*, or, where it has none, the *shapes* of the struct that its members belong to."""
        outer, element = self.scope, self.element
        self.scope = step(outer, node, element=element)
        self.element = element and isinstance(node, Optional)
        if (
            isinstance(shape, Struct | List)
            and shape.optional
            and not isinstance(node, Optional)
            and self._asked(shape)
        ):
            self.build.emit(ops.Mark(column=self.build.column(self.level, "none", shape.path)))
        match node:
            case Field():
                assert shape is None or isinstance(shape, Leaf)
                self.around = outer
                self._field(node, shape, mode)
            case Derived():
                assert shape is None or isinstance(shape, Leaf)
                self._derived(node, shape, outer)
            case Padding():
                self._padding(node)
            case Nested():
                pass  # rows of another Program, which batches put in
            case Group():
                assert shape is None or isinstance(shape, Struct)
                self._group(node, Shapes(shape.children) if shape else shapes, mode, outer)
            case Array():
                assert shape is None or isinstance(shape, List)
                self._array(node, shape, mode, outer)
            case Overlay():
                self._overlay(node, shapes, mode)
            case Choice():
                assert shape is None or isinstance(shape, Struct)
                self._choice(node, Shapes(shape.children) if shape else shapes, mode, outer)
            case Optional():
                inside = shapes or (Shapes((shape,)) if shape else None)
                self._arms(((node.test, node.node),), inside, mode)
        self.scope = outer

    # --- leaves --------------------------------------------------------------------------------------------------------

    def _field(self, node: Field, leaf: Leaf | None, mode: Mode) -> None:
        path = self.scope
        asked = leaf is not None and (self.wanted is None or leaf.path in self.wanted)
        size = static_size(node)
        read = asked or path in self.current or path in self.elements or _checked(node)
        if not read and size is not None:
            self.step(size)
            return
        if mode == "slow":
            self._late(node, leaf if asked else None, size or 0)
        else:
            self._read(node, leaf if asked else None, sure=mode == "sure")

    def _late(self, node: Field, leaf: Leaf | None, size: int) -> None:
        """A field that may lie behind the record's end.  A partial one is read as far as the record reaches."""
        partial = _partial(node)
        start = self.build.register() if partial else None
        if start is not None:
            self.flush()
            self.build.emit(ops.Tell(out=start))
        place = self.at
        with self.conditional():
            with self.build.block() as body:
                self._read(node, leaf, sure=not partial)
                if partial:
                    self.flush()
            if start is not None:
                inside = ops.AtPlace(position=start, body=Block(body), site=self.rule("a place in its stream"))
                body = [inside]
            reach = place + size + _overhang(node)
            if partial:
                reach = 0 if isinstance(node.type, Text) and node.type.beyond == "empty" else 1
            site = self.rule("behind the end of its record")
            self.build.emit(ops.Reach(n=reach, then=Block(body), other=Block(), site=site))
        self.at = place + size

    def _read(self, node: Field, leaf: Leaf | None, *, sure: bool) -> None:
        path, self.scope = self.scope, self.around
        depended = path in (self.current if self.vital is None else self.vital) or path in self.elements
        null = self.tolerant and self.build.kind != "framer"
        fail: Fail = "null" if null else "trap" if depended else self.fail
        site = self.build.site(".".join(path), node.type_text, tolerant=self.tolerant, span=node.span)
        kind = _whole(node.type) if sure else node.type
        value = load(self, kind, site, fail)
        if path in self.current or node.valid is not None:
            self._define(path, value)
            self.scales[path] = getattr(kind, "scale", 0)
        if node.valid is not None:
            self.require(lower_expression(self, node.valid), value, fail, site)
        if leaf is not None:
            column = self.build.column(self.level, leaf.storage, leaf.path)
            store(self, leaf, column, node.type, value)
        if path in self.elements:
            self._keep(path, leaf, value, binary=isinstance(node.type, Bytes) and not node.type.hex)
        self.scope = path

    def _define(self, path: Path, value: R) -> None:
        if path in self.registers and self.registers[path] != value:
            self.build.emit(ops.Let(out=self.registers[path], how="copy", a=value))
        else:
            self.registers[path] = value
            self.named.add(value)
        self.values[path] = self.registers[path]

    def _keep(self, path: Path, leaf: Leaf | None, value: R, *, binary: bool) -> None:
        """Keep *value*, which the column of *leaf* may hold already, where `fetch` finds it."""
        kind = self.build.registers[value.n]
        if path in self.declared:
            column = self.declared[path]
        elif leaf is not None and FETCHED.get(leaf.storage, "i64") == kind:
            self.scratch[path] = self.build.column(self.level, leaf.storage, leaf.path)
            return
        else:
            column = self.build.column(self.level, "binary" if binary else KEPT[kind], path, scratch=True)
        if kind == "text":
            self._room(column, value)
        self.build.emit(ops.Put(column=column, a=value))
        self.scratch[path] = column

    def _room(self, column: int, value: R) -> None:
        """Make sure that the text in *value* fits *column*."""
        size = self.build.register()
        self.build.emit(ops.TextLet(out=size, how="room", a=value))
        self.build.emit(ops.RoomData(column=column, n=size))

    def _derived(self, node: Derived, leaf: Leaf | None, outer: Path) -> None:
        asked = leaf is not None and (self.wanted is None or leaf.path in self.wanted)
        path, self.scope = self.scope, outer
        if not (asked or path in self.current or path in self.elements or node.valid is not None):
            return
        operand = lower_expression(self, node.value)
        value = as_register(self, whole(self, operand) if node.kind == "int64" else operand)
        if path in self.current or node.valid is not None:
            if value in self.named:  # another's register: that one is not to become null with this
                value = self.build.value(ops.Let, how="copy", a=value)
            self._define(path, value)
        if node.valid is not None:
            null = self.tolerant and self.build.kind != "framer"
            fail: Fail = "null" if null else "trap" if path in self.current or path in self.elements else self.fail
            test = lower_expression(self, node.valid)
            site = self.build.site(".".join(path), tolerant=self.tolerant, span=node.span)
            self.require(test, value, "trap" if self.build.kind == "framer" else fail, site)
        if asked and leaf is not None:
            column = self.build.column(self.level, leaf.storage, leaf.path)
            shown = value
            if leaf.storage == "utf8" and node.labels:
                shown = self.build.value(ops.Label, a=value, labels=node.labels)
            if leaf.storage in ("utf8", "binary"):
                self._room(column, shown)
            self.build.emit(ops.Put(column=column, a=shown))
        if path in self.elements:
            self._keep(path, leaf if asked else None, value, binary=node.kind == "binary")

    def _padding(self, node: Padding) -> None:
        if isinstance(node.size, int):
            self.step(node.size)
        else:
            size = lower_number(self, node.size)
            self.flush()
            self.build.emit(ops.Skip(n=size))
        if node.align:
            self.flush()
            place = self.build.register()
            self.build.emit(ops.Tell(out=place))
            behind = binary(self, "mod", binary(self, "mul", place, -1), node.align)
            self.build.emit(ops.Skip(n=behind))

    # --- structure -----------------------------------------------------------------------------------------------------

    def _group(self, node: Group, shapes: Shapes | None, mode: Mode, outer: Path) -> None:
        if node.at is None and node.within is None and node.transform is None:
            self.sequence(node.members, shapes, mode)
            return
        inner, self.scope = self.scope, outer
        position = lower_number(self, node.at) if node.at is not None else None
        size = lower_number(self, node.within) if node.within is not None else None
        arguments = tuple(lower_number(self, a) for a in node.transform[1]) if node.transform else ()
        self.flush()
        self.scope = inner
        bounds: Mode = "reach" if mode == "reach" else "need"
        with self.block() as body:
            self.sequence(node.members, shapes, bounds)
        inside = Block(body)
        if node.transform:
            if size is None:
                size = self.build.register()
            inside = Block(
                [
                    *([ops.Remain(out=size)] if node.within is None and isinstance(size, R) else []),
                    ops.Transform(
                        how=node.transform[0], n=size, arguments=arguments, body=inside, site=self.rule("transform")
                    ),
                ]
            )
        elif size is not None:
            inside = Block([ops.Within(n=size, body=inside, site=self.rule("the bytes that it should have"))])
        if position is None:
            for op in inside:
                self.build.emit(op)
        else:
            self.build.emit(
                ops.AtPlace(position=position, body=inside, root=node.root, site=self.rule("a place in its stream"))
            )

    def _array(self, node: Array, shape: List | None, mode: Mode, outer: Path) -> None:
        inner, self.scope = self.scope, outer
        known = storage_size(node)
        asked = shape is not None and self._asked(shape)
        if not asked and known is not None and not mentions(node, outer, self.current | self.elements):
            self.step(known)
            return
        self.flush()
        count = self._count(node)
        self.scope = inner
        level = -1
        if asked or mentions(node, outer, self.elements):
            level = self.build.level(self.level, shape.path if shape else inner)
        place: R | None = None
        if node.storage:
            place = self.build.register()
            self.build.emit(ops.Tell(out=place))
        nested = level > 0 and self.level > 0 and mentions(node, outer, self.elements)
        if nested:
            open_span(self, inner)
        counted: R | None = None
        if inner in self.current:
            counted = self.build.register()
            self.build.emit(ops.Let(out=counted, how="max", a=binary(self, "else", count or 0, 0), b=0))
        above, before = self.level, dict(self.values)
        self.level = level if level > 0 else above
        if level > 0:
            declare_own(self, node.element, inner)
        stop: Operand = -1
        with self.block() as body:
            if count is None and level > 0:
                self.build.emit(ops.Room(level=level, n=1))
            inside = _items(node.element, shape.child) if shape and asked else None
            self.element = True
            self.sequence((node.element,), inside, _bounded(mode, self.tolerant))
            if node.until is not None:
                self.scope = outer
                stop = as_register(self, lower_expression(self, node.until))
                self.scope = inner
            if counted is not None and count is None:
                self.build.emit(ops.Let(out=counted, how="add", a=counted, b=1))
            if nested:
                end = self.spans[inner].end
                self.build.emit(ops.Let(out=end, how="add", a=end, b=1))
        self.element = False
        self.level, self.values = above, before
        if counted is not None:
            self._define(count_path(inner), counted)
        loop: ops.Op
        if count is None:
            loop = ops.Loop(level=level, body=Block(body), stop=stop, site=self.rule("an element"))
        else:
            if level > 0:
                self._plausible(node, count, mode)
                self.build.emit(ops.Room(level=level, n=count))
            loop = ops.Repeat(count=count, level=level, body=Block(body), stride=node.stride)
        if place is None:
            self.build.emit(loop)
        else:
            self.build.emit(ops.AtPlace(position=place, body=Block([loop]), site=self.rule("a place in its stream")))
            self.step(node.storage)
        if nested:
            close_span(self, inner)

    def _count(self, node: Array) -> Operand | None:
        if node.count is None or isinstance(node.count, int):
            return node.count
        count = lower_number(self, node.count)
        if node.most and isinstance(count, R):
            fits = binary(self, "and", binary(self, "ge", count, node.least), binary(self, "le", count, node.most))
            rule = self.rule(f"the count of {node.name} must be {node.least} to {node.most}")
            checked = self.build.register()
            self.build.emit(ops.Let(out=checked, how="copy", a=count))
            # nothing lies elsewhere because of a count in storage of its own: an impossible one leaves the list empty
            alone = self.tolerant or (node.storage > 0 and self.fail == "null")
            if alone and self.build.kind == "framer":  # which stores nothing, so it has no null to store
                none = ops.Let(out=checked, how="copy", a=0)
                self.build.emit(ops.If(test=as_register(self, fits), then=Block(), other=Block([none])))
                return checked
            self.require(fits, checked, "null" if alone else "trap", rule)
            return binary(self, "else", checked, 0) if alone else checked
        return count

    def _plausible(self, node: Array, count: Operand, mode: Mode) -> None:
        """Refuse a count that the stream cannot hold before room is made for it: a damaged one may ask for gigabytes."""
        least = max(measure(node.element).least, node.stride)
        if isinstance(count, R) and not node.most and least and _bounded(mode, self.tolerant) == "need":
            whole = as_register(
                self, binary(self, "mul", binary(self, "max", binary(self, "else", count, 0), 0), least)
            )
            self.build.emit(ops.Need(n=whole, site=self.rule(f"{node.name} has more elements than bytes are left")))

    def _overlay(self, node: Overlay, shapes: Shapes | None, mode: Mode) -> None:
        outer = self.tolerant
        if mode == "slow" and _any_partial(node):
            self._late_overlay(node, shapes)
            return
        if static_size(node) is not None:
            place = self.at
            for i, view in enumerate(node.views):
                self.at, self.tolerant = place, outer or not node.strict(i)
                self.member(view, shapes, mode)
            self.at, self.tolerant = place + (static_size(node) or 0), outer
            return
        self.flush()
        start, end = self.build.register(), self.build.register()
        self.build.emit(ops.Tell(out=start))
        self.build.emit(ops.Let(out=end, how="copy", a=start))
        known = storage_size(node)
        for i, view in enumerate(node.views):
            test = node.condition(i)
            self.tolerant = outer or not node.strict(i)
            with self.block() as body:
                if test is None:
                    self.sequence((view,), shapes, "reach" if self.tolerant else mode)
                else:
                    self._arms(((test, view),), shapes, mode)
                if known is None:
                    self.flush()
                    reached = self.build.register()
                    self.build.emit(ops.Tell(out=reached))
                    self.build.emit(ops.Let(out=end, how="max", a=end, b=reached))
            self.build.emit(ops.AtPlace(position=start, body=Block(body), site=self.rule("a place in its stream")))
        self.tolerant = outer
        if known is None:
            self.build.emit(ops.Skip(n=binary(self, "sub", end, start)))
        else:
            self.step(known)

    def _late_overlay(self, node: Overlay, shapes: Shapes | None) -> None:
        """Views of bytes of known size that may lie behind the record's end; some of them are read as far as the record reaches."""
        outer, size = self.tolerant, static_size(node) or 0
        self.flush()
        start = self.build.register()
        self.build.emit(ops.Tell(out=start))
        site = self.rule("a place in its stream")
        with self.conditional():
            with self.build.block() as views:
                for i, view in enumerate(node.views):
                    self.tolerant = outer or not node.strict(i)
                    with self.block() as body:
                        self.member(view, shapes, "slow")
                    self.build.emit(ops.AtPlace(position=start, body=Block(body), site=site))
            self.build.emit(ops.Reach(n=0, then=Block(views), other=Block()))
        self.tolerant = outer
        self.step(size)

    def _choice(self, node: Choice, shapes: Shapes | None, mode: Mode, outer: Path) -> None:
        inner, self.scope = self.scope, outer
        arms = tuple((arm.test, arm.node) for arm in node.arms)
        self._arms(arms, shapes, mode, required=node.required, inside=inner)

    def _arms(
        self,
        arms: Sequence[tuple[Expr | None, Node]],
        shapes: Shapes | None,
        mode: Mode,
        *,
        required: bool = False,
        inside: Path | None = None,
    ) -> None:
        """The first arm whose test holds.  Arms that compare one value with constants become a switch."""
        bounds = _bounded(mode, self.tolerant)
        outer = self.scope
        self.flush()
        value = _discriminator(arms)
        build = self.build

        def arm(node: Node) -> Block:
            with self.block() as body:
                self.scope = inside if inside is not None else outer
                self.sequence((node,), shapes, bounds)
            self.scope = outer
            return Block(body)

        def otherwise() -> Block:
            return Block([ops.FailNow(site=self.rule("none of its alternatives"))] if required else [])

        with self.conditional():
            if value is not None:
                subject = as_register(self, lower_expression(self, value))
                cases: list[tuple[tuple[int, ...], Block]] = []
                taken: set[int] = set()
                default = otherwise()
                for test, node in arms:
                    block = arm(node)
                    if test is None:
                        default = block
                        continue
                    numbers = tuple(dict.fromkeys(n for _, n in _compared(test) or () if n not in taken))
                    taken.update(numbers)
                    if numbers:
                        cases.append((numbers, block))
                build.emit(ops.Switch(value=subject, cases=tuple(cases), default=default))
                return
            self._chain(list(arms), arm, otherwise)

    def _chain(self, arms: list[tuple[Expr | None, Node]], arm: object, otherwise: object) -> None:
        assert callable(arm)
        assert callable(otherwise)
        (test, node), rest = arms[0], arms[1:]
        if test is None:
            for op in arm(node):
                self.build.emit(op)
            return
        condition = as_register(self, lower_expression(self, test))
        self.flush()
        then = arm(node)
        with self.block() as other:
            if rest:
                self._chain(rest, arm, otherwise)
            else:
                other.extend(otherwise())
        self.build.emit(ops.If(test=condition, then=then, other=Block(other)))

    # --- what was asked for --------------------------------------------------------------------------------------------

    def _asked(self, shape: Shape) -> bool:
        if isinstance(shape, Leaf):
            return self.wanted is None or shape.path in self.wanted
        inside = (shape.child,) if isinstance(shape, List) else shape.children
        return any(self._asked(child) for child in inside)

    def _any_matters(self, run: Sequence[Node], shapes: Shapes | None) -> bool:
        ahead = None if shapes is None else shapes.fork()
        for member in run:
            if self._matters(member, ahead):
                return True
            _pass_by(member, ahead)
        return False

    def _matters(self, node: Node, shapes: Shapes | None) -> bool:
        """Whether reading *node* gives a column asked for, a value that an expression reads, or a check of its content."""
        if (
            self.wanted is None
            or shapes is None
            or mentions(node, self.scope, self.current | self.elements, element=self.element)
        ):
            return True
        ahead = shapes.fork()
        _pass_by(node, ahead)
        if any(self._asked(child) for child in shapes.children[shapes.at : ahead.at]):
            return True
        return _checked(node)


def _has_shape(node: Node) -> bool:
    """Whether a node that gives columns is one column, struct or list; else what is inside it belongs to the struct around it."""
    return isinstance(node, Field | Derived | Array | Nested) or (isinstance(node, Group | Choice) and bool(node.name))


def _items(element: Node, child: Shape) -> Shapes:
    """The shapes that a list's element takes: a struct's children where the element has no name to take the struct by."""
    while isinstance(element, Optional):
        element = element.node
    return Shapes(child.children) if isinstance(child, Struct) and not _has_shape(element) else Shapes((child,))


def _pass_by(node: Node, shapes: Shapes | None) -> None:
    """Leave out the shapes of *node*."""
    if shapes is None or not gives_columns(node):
        return
    if _has_shape(node):
        shapes.next()
        return
    for child in inner(node):
        _pass_by(child, shapes)


def _checked(node: Node) -> bool:
    if isinstance(node, Field):
        return node.valid is not None or (isinstance(node.type, Bytes) and bool(node.type.expect))
    if isinstance(node, Derived):
        return node.valid is not None
    if isinstance(node, Group):
        return any(_checked(member) for member in node.members)
    return isinstance(node, Overlay) and any(_checked(view) for view in node.views)


def _bounded(mode: Mode, tolerant: bool) -> Mode:
    """How to bound what lies at places not known beforehand."""
    return "reach" if mode in ("reach", "slow") or tolerant else "need"


def _partial(node: Node) -> bool:
    return isinstance(node, Field) and isinstance(node.type, Text | Bytes) and node.type.partial


def _any_partial(node: Node) -> bool:
    """Whether something in *node* is read as far as its record reaches."""
    return _partial(node) or any(map(_any_partial, inner(node)))


def _overhang(node: Node) -> int:
    """Bytes that a field's load takes beyond its own end: a bit field in a unit that it does not close."""
    return max(0, unit_size(node) - (static_size(node) or 0))


def _whole(kind: Type) -> Type:
    """The type of a field all of whose bytes are known to be there."""
    if isinstance(kind, Text | Bytes) and kind.partial:
        return dataclasses.replace(kind, partial=False)
    return kind


def _discriminator(arms: Sequence[tuple[Expr | None, Node]]) -> Expr | None:
    """The value that every arm compares with integer constants, if that is how the arms are told apart."""
    value: Expr | None = None
    if len(arms) < 2:
        return None
    for i, (test, _) in enumerate(arms):
        if test is None:
            if i != len(arms) - 1:
                return None
            continue
        for left, _ in _compared(test) or ((None, 0),):
            if left is None or (value is not None and value != left):
                return None
            value = left
    return value


def _compared(test: Expr) -> tuple[tuple[Expr, int], ...] | None:
    """The values that *test* compares with integers, one of which has to be equal; None where it is another kind of test."""
    match test:
        case Binary("eq", left, Const(value=int() as number)):
            return ((left, int(number)),)
        case Binary("any", left, right):
            one, other = _compared(left), _compared(right)
            return None if one is None or other is None else (*one, *other)
    return None


__all__ = ["Shapes", "Walk", "kind_of"]
