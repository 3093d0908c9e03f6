"""The walk that turns a record's nodes into ops: places, bounds, blocks, levels.  What kinds of nodes become is beside it.

Members whose places are known beforehand go in runs: one bound for the run, loads at fixed offsets.  A run is read
``sure`` (its bytes are proven), or field by field (``slow``: behind a record's early end the rest is absent).
Invariant: a nested block begins and ends with nothing pending: the cursor stands where the walk believes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from arrowsmith.charsets import Charset
from arrowsmith.columns import Leaf, List, Shape, Struct
from arrowsmith.diagnostics import Span
from arrowsmith.layout.nodes import Array, Choice, Derived, Field, Group, Nested, Node, Optional, Overlay, Padding
from arrowsmith.lower.bounds import Mode, is_partial
from arrowsmith.lower.choices import choose, first_arm
from arrowsmith.lower.expressions import as_register
from arrowsmith.lower.items import ListSpan
from arrowsmith.lower.leaves import derive, pass_padding, read_field
from arrowsmith.lower.names import Path, gives_columns, step, told
from arrowsmith.lower.shapes import Shapes, any_matters, has_shape, is_asked, matters, pass_by
from arrowsmith.lower.static import static_size, unit_size
from arrowsmith.lower.structure import read_array, read_group, read_overlay
from arrowsmith.program import ops
from arrowsmith.program.builder import Builder
from arrowsmith.program.ops import Block, Fail, Operand, R


@dataclass(slots=True, kw_only=True)
class Walk:
    """The state of one record's lowering.

    ``current`` and ``elements``: paths that expressions read (`arrowsmith.lower.names.referenced`).  ``vital``: those
    without which the rest cannot be read (None: all of ``current``).  ``wanted``: column paths asked for, None for all.
    ``fail``: what fields do that no position or condition depends on.  ``at``: bytes between the cursor and the place.
    ``scope``: the names around the node at hand, its own included; ``around``: without a field's own, which is what its expressions
    see; ``subject``: the node whose expression is lowered, for errors, where that is not ``scope``.
    ``element``: the node visited next is an array's element.  ``spans``, ``declared``, ``own``: what `arrowsmith.lower.items`
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
    subject: Path | None = None
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
        """The site of an op that enforces *rule* at the present node, or for one of its expressions."""
        return self._at(self.scope if self.subject is None else self.subject, rule)

    def rule_of(self, group: Group, rule: str) -> int:
        """`rule` at *group*, the present node."""
        return self._at(told(group, self.scope), rule)

    def _at(self, path: Path, rule: str) -> int:
        return self.build.site(".".join(path), rule=rule, tolerant=self.tolerant, span=self._span)

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

    @contextmanager
    def asking(self, path: Path) -> Iterator[None]:
        """What is emitted inside is for an expression of the node at *path*."""
        before, self.subject = self.subject, path
        yield
        self.subject = before

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
        if not any_matters(self, run, shapes):
            for member in run:
                pass_by(member, shapes)
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
                    if len(run) > 1 or isinstance(run[0], Group | Overlay) or is_partial(run[0]):
                        self.sequence(run, again, "slow")
                    else:
                        self.step(total)
                self.build.emit(ops.Reach(n=extent, then=Block(sure), other=Block(slow)))

    def member(self, node: Node, shapes: Shapes | None, mode: Mode) -> None:
        """One node, with the shape that belongs to it."""
        self._span = node.span or self._span
        if isinstance(node, Group) and node.at is not None and not matters(self, node, shapes):
            pass_by(node, shapes)
        elif not gives_columns(node):
            self.visit(node, None, None, mode)
        elif has_shape(node):
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
            and is_asked(self, shape)
        ):
            self.build.emit(ops.Mark(column=self.build.column(self.level, "none", shape.path)))
        match node:
            case Field():
                assert shape is None or isinstance(shape, Leaf)
                self.around = outer
                read_field(self, node, shape, mode)
            case Derived():
                assert shape is None or isinstance(shape, Leaf)
                derive(self, node, shape, outer)
            case Padding():
                pass_padding(self, node)
            case Nested():
                pass  # rows of another Program, which batches put in
            case Group():
                assert shape is None or isinstance(shape, Struct)
                read_group(self, node, Shapes(shape.children) if shape else shapes, mode, outer)
            case Array():
                assert shape is None or isinstance(shape, List)
                read_array(self, node, shape, mode, outer)
            case Overlay():
                read_overlay(self, node, shapes, mode)
            case Choice():
                assert shape is None or isinstance(shape, Struct)
                choose(self, node, Shapes(shape.children) if shape else shapes, mode, outer)
            case Optional():
                inside = shapes or (Shapes((shape,)) if shape else None)
                first_arm(self, ((node.test, node.node),), inside, mode)
        self.scope = outer
