"""Values that are computed, or handed over as parameters, become columns: scalars, and copies of objects and lists.

A copy of an object has what its sequence has and what is computed for it; what else it could be asked for stays with the original.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from arrowsmith.diagnostics import Span
from arrowsmith.layout.expr import Const, Expr, Index
from arrowsmith.layout.nodes import Array, Derived, Group, Node, Optional
from arrowsmith_kaitai.choosing import alike, chosen, nothing, settled, there
from arrowsmith_kaitai.frames import Frame, member
from arrowsmith_kaitai.infer import member_kind
from arrowsmith_kaitai.kinds import (
    BoolKind,
    BytesKind,
    EnumKind,
    FloatKind,
    IntKind,
    Kind,
    StrKind,
)
from arrowsmith_kaitai.spec import Attr, TypeSpec
from arrowsmith_kaitai.validity import any_of
from arrowsmith_kaitai.values import (
    TRUE,
    Alternatives,
    Chosen,
    Listed,
    Null,
    Object,
    Scalar,
    Value,
    inside_arrays,
    present_of,
)

#: A copy of an object goes so deep into the objects that it holds.
DEEPEST = 8

Width = Literal["int64", "uint64", "bool", "double", "utf8", "binary"]


def column_kind(kind: Kind) -> Width | None:
    """The kind of column that values of *kind* go to; None where they go to none."""
    match kind:
        case IntKind(8, False):
            return "uint64"
        case IntKind() | EnumKind():
            return "int64"
        case FloatKind():
            return "double"
        case BoolKind():
            return "bool"
        case StrKind():
            return "utf8"
        case BytesKind():
            return "binary"
    return None


def computed_nodes(
    frame: Frame, attr: Attr, value: Value, test: Expr | None, *, hidden: bool
) -> tuple[list[Node], Value | None]:
    """The nodes of the computed instance *attr*; and its value, where that is not the scalar of its type that its column has."""
    if isinstance(value, Alternatives):
        value = settled(value)
    frame.expansion.count(frame, attr.entry)
    if isinstance(value, Null):
        kind = member_kind(frame.expansion.world, frame.spec, attr)
        value = Null(kind)
    if not isinstance(value, (Scalar, Null)):
        shown = [] if hidden else copied(frame, attr.id, value, attr.doc, attr.entry.span, test=test)
        return shown, value
    column = column_kind(value.kind)
    if column is None:
        return [], value
    own = Scalar(value.kind, frame.loc.child(attr.id).expr, None, column == "uint64")
    nodes = copied(frame, attr.id, value, attr.doc, attr.entry.span, test=test, hidden=hidden)
    if isinstance(value, Scalar):
        return nodes, own if own.wraps and own.kind != member_kind(frame.expansion.world, frame.spec, attr) else None
    return nodes, value


def copied(
    frame: Frame,
    name: str,
    value: Value,
    doc: str,
    span: Span | None,
    *,
    test: Expr | None = None,
    hidden: bool = False,
) -> list[Node]:
    """The nodes of *value* as a column, struct or list called *name*; none where it has no columns."""
    maker = _Copies(frame, doc, span)
    if hidden and not isinstance(value, (Scalar, Null)):
        return []
    found = maker.node(name, lambda up: inside_arrays(value, up), 0, hidden=hidden)
    if found is None:
        return []
    if test is not None:
        found = Optional(test=test, node=found)
    return [found]


class _Copies:
    def __init__(self, frame: Frame, doc: str, span: Span | None) -> None:
        self.frame, self.doc, self.span = frame, doc, span

    def node(self, name: str, make: Callable[[int], Value], depth: int, *, hidden: bool = False) -> Node | None:
        """The node of the value that *make* gives, inside so many more arrays as it is told."""
        value = make(0)
        if isinstance(value, Alternatives) and not depth:
            value = settled(value)
        match value:
            case Scalar() | Null():
                return self.scalar(name, value, depth, hidden)
            case Listed():
                return self.list(name, value, make, depth)
            case Object() | Chosen():
                return self.object(name, value, make, depth)
            case Alternatives(arms):
                return self.arms(name, arms, make, depth)
        return None

    def scalar(self, name: str, value: Scalar | Null, depth: int, hidden: bool) -> Node | None:
        kind = column_kind(value.kind)
        if kind is None:
            return None
        self.frame.expansion.count(self.frame, self.frame.spec.entry)
        expr = value.expr if isinstance(value, Scalar) else nothing(value.kind)
        labels = value.kind.spec.labels if isinstance(value.kind, EnumKind) else ()
        said: dict[str, Any] = {} if depth else {"comment": self.doc, "span": self.span}
        output = self.frame.expansion.options["enums"]
        node = Derived(name=name, value=expr, kind=kind, labels=labels, output=output, hidden=hidden, **said)
        present = present_of(value)
        return node if present is None else Optional(test=present, node=node)

    def list(self, name: str, value: Listed, make: Callable[[int], Value], depth: int) -> Node | None:
        def inner(up: int) -> Value:
            found = make(up + 1)
            assert isinstance(found, Listed)
            return found.item(Index(up))

        element = self.node("", inner, depth + 1)
        if element is None:
            return None
        size = value.size.value if isinstance(value.size, Const) and isinstance(value.size.value, int) else value.size
        node: Node = Array(name=name, element=element, count=size, comment="" if depth else self.doc, span=self.span)
        return node if value.present is None else Optional(test=value.present, node=node)

    def object(self, name: str, value: Object | Chosen, make: Callable[[int], Value], depth: int) -> Node | None:
        specs = _specs(value)
        if not specs or depth >= DEEPEST:
            return None
        if len(specs) > 1:
            return self.one_of(name, specs, value, make, depth)
        (spec,) = specs
        members: list[Node] = []
        for attr in (*spec.seq, *spec.instances.values()):
            if attr.instance and not self.is_scalar(spec, attr):
                continue

            def inner(up: int, attr: Attr = attr) -> Value:
                return self.member(make(up), attr)

            found = self.node(attr.id, inner, depth + 1)
            if found is not None:
                members.append(found)
        if not members:
            return None
        node: Node = Group(name=name, members=tuple(members), comment="" if depth else self.doc, span=self.span)
        present = present_of(value)
        return node if present is None else Optional(test=present, node=node)

    def one_of(
        self, name: str, specs: Sequence[TypeSpec], value: Value, make: Callable[[int], Value], depth: int
    ) -> Node | None:
        """One of several objects: an alternative for each type that it may be of."""

        def parted(value: Value) -> Alternatives:
            return Alternatives(tuple((spec.name, _only(value, spec)) for spec in specs))

        return self.arms(name, parted(value).arms, lambda up: parted(make(up)), depth)

    def is_scalar(self, spec: TypeSpec, attr: Attr) -> bool:
        kind = member_kind(self.frame.expansion.world, spec, attr)
        return column_kind(kind) is not None

    def member(self, value: Value, attr: Attr) -> Value:
        if isinstance(value, Object):
            found = member(self.frame, "", value, attr.id, attr.entry)
            if attr.test is not None and isinstance(found, Scalar):
                return replace(found, present=None)
            return found
        if isinstance(value, Chosen):
            return alike(value.test, self.member(value.then, attr), self.member(value.other, attr))
        return Null()

    def arms(
        self, name: str, arms: tuple[tuple[str, Value], ...], make: Callable[[int], Value], depth: int
    ) -> Node | None:
        members: list[Node] = []
        tests: list[Expr] = []
        for number, (label, arm) in enumerate(arms):
            test = there(arm.expr) if isinstance(arm, Scalar) else present_of(arm)
            tests.append(TRUE if test is None else test)

            def inner(up: int, number: int = number) -> Value:
                found = make(up)
                return found.arms[number][1] if isinstance(found, Alternatives) else Null()

            found = self.node(label, inner, depth + 1)
            if found is None:
                continue
            members.append(Optional(test=tests[-1], node=found) if isinstance(arm, Scalar) else found)
        if not members:
            return None
        return Optional(test=any_of(tests), node=Group(name=name, members=tuple(members), span=self.span))


def _specs(value: Value) -> Sequence[TypeSpec]:
    """The types that an object may be of."""
    if isinstance(value, Object):
        return [value.spec]
    if isinstance(value, Chosen):
        return list(dict.fromkeys([*_specs(value.then), *_specs(value.other)]))
    return []


def _only(value: Value, spec: TypeSpec) -> Value:
    """*value* where it is of the type *spec*, and nothing elsewhere."""
    if isinstance(value, Chosen):
        return chosen(value.test, _only(value.then, spec), _only(value.other, spec))
    return value if isinstance(value, Object) and value.spec is spec else Null()
