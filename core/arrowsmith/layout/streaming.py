"""A Layout whose rows are a repeated node at the end of the record becomes one that streams: the node's elements are the records.

What stands before the node is the header, read first; what the elements look up in it are parameters.
Invariant: the rows are those that reading the whole would give; where that is not certain, there is no such Layout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, get_args

from arrowsmith.layout import expr as expressions
from arrowsmith.layout import nodes, types
from arrowsmith.layout.expr import (
    Binary,
    Const,
    Expr,
    Index,
    Item,
    Param,
    Peek,
    Position,
    Ref,
    Remaining,
    StreamSize,
)
from arrowsmith.layout.framing import Delimiting, Whole
from arrowsmith.layout.nodes import (
    Array,
    Choice,
    Derived,
    Field,
    Group,
    Layout,
    Node,
    Padding,
    Parameter,
    Record,
    Table,
    children,
)
from arrowsmith.layout.schema import has_columns
from arrowsmith.layout.types import Bits, Boolean, Bytes, Enumeration, Integer, Text

Path = tuple[str, ...]

_EXPRESSIONS: Any = get_args(expressions.Expr)
_NODES: Any = get_args(nodes.Node)
#: what a node holds that holds expressions or nodes
_HOLDERS: Any = (nodes.Arm, *get_args(types.Type))


#: what a header's parameter is called that says how many elements there are
COUNT = "number of rows"
#: the end of the stream, as a condition
_EOF = Binary("eq", Remaining(), Const(0))


class _No(Exception):
    """The elements cannot be read one by one."""


def streamed(layout: Layout) -> Layout | None:
    """*layout* with the elements of its row path as records; None where they have to be read with the rest.

    They can be read one by one where nothing that gives a column comes behind the node, an element (and the condition that ends the
    list) asks only for itself and for integers and conditions that stand before it, and so does the count.
    """
    if not layout.rows or layout.header is not None or len(layout.tables) != 1 or not isinstance(layout.framing, Whole):
        return None
    record = layout.tables[0].record
    try:
        members, array = _cut(record.members, layout.rows)
        header = Record(name=record.name, members=members, comment=record.comment, span=record.span)
        reading = _Element(header, layout.rows)
        element = reading.members(array.element)
        framing = reading.framing(array)
    except (_No, LookupError):  # the path is there, but a condition or an alternative stands around the node
        return None
    own = Record(name=layout.rows[-1], members=element, comment=array.comment, span=array.span)
    return replace(
        layout,
        header=_counting(header, array) if framing.count else header,
        parameters=tuple(reading.parameters.values()),
        tables=(Table(record=own),),
        framing=framing,
    )


def _cut(members: tuple[Node, ...], path: Path) -> tuple[tuple[Node, ...], Array]:
    """*members* up to the array at *path*, and that array."""
    for number, node in enumerate(members):
        if isinstance(node, Group) and not node.name and _plain(node):
            try:
                inside, array = _cut(node.members, path)
            except LookupError:
                continue
            kept: Node = replace(node, members=inside)
        elif getattr(node, "name", "") != path[0]:
            continue
        elif len(path) == 1 and isinstance(node, Array):
            array = node
            if array.storage or array.stride or array.hidden or array.most:
                raise _No
            _last(members[number + 1 :])
            return members[:number], array
        elif len(path) > 1 and isinstance(node, Group) and _plain(node):
            try:
                inside, array = _cut(node.members, path[1:])
            except LookupError:
                raise _No from None
            kept = replace(node, members=inside)
        else:
            raise _No
        _last(members[number + 1 :])
        return (*members[:number], kept), array
    raise LookupError(path)


def _counting(header: Record, array: Array) -> Record:
    """*header*, which gives how many elements *array* has."""
    count = Const(array.count) if isinstance(array.count, int) else array.count
    assert count is not None
    _of_fields(count)
    number = Derived(name=COUNT, value=count, hidden=True, span=array.span)
    return replace(header, members=(*header.members, number))


def _of_fields(expr: Expr) -> None:
    """Refuse what depends on more than fields of the header: on places, or on how long the stream is."""
    match expr:
        case Position() | Remaining() | StreamSize() | Peek() | Index() | Item():
            raise _No
        case Ref(up=up) if up is not None:
            raise _No
    for inner in expressions.children(expr):
        _of_fields(inner)


def _plain(group: Group) -> bool:
    return group.at is None and group.within is None and group.transform is None and not group.hidden


def _last(behind: tuple[Node, ...]) -> None:
    """Refuse where something *behind* the node gives a column, or is checked."""
    if any(has_columns(node) or _checks(node) for node in behind):
        raise _No


def _checks(node: Node) -> bool:
    return getattr(node, "valid", None) is not None or any(map(_checks, children(node)))


@dataclass(slots=True)
class _Element:
    """Makes an element of the array at ``path`` a record of its own, whose ``header`` is what came before."""

    header: Record
    path: Path
    parameters: dict[Path, Parameter] = field(default_factory=dict)

    def members(self, element: Node) -> tuple[Node, ...]:
        """The members of the record."""
        if isinstance(element, Group) and _plain(element):
            return tuple(self.node(self.named(member, element), 0, own=True) for member in element.members)
        return (self.node(self.named(element, None), 0, own=True),)

    def framing(self, array: Array) -> Delimiting:
        """How the elements of *array* end."""
        if array.count is not None:
            self.parameters[COUNT,] = Parameter(name=COUNT, path=(COUNT,))
            return Delimiting(count=COUNT)
        if array.until is None:
            return Delimiting()
        until, open = _without_end(array.until)
        return Delimiting(until=self.expr(until, 0, own=True), open=open)

    def named(self, node: Node, group: Group | None) -> Node:
        """*node*, under the name of the array where it is the element itself."""
        if isinstance(node, Choice) and group is None:
            return replace(node, name="")
        if isinstance(node, Field | Derived | Array) and not node.name:
            return replace(node, name=self.path[-1])
        return node

    def node(self, node: Node, arrays: int, *, own: bool) -> Node:
        """*node*, inside so many *arrays* of the element; *own*: it is read from the stream of the file."""
        if isinstance(node, Group) and node.root:
            raise _No
        if own:
            self.bounded(node)
        inside = own and not (isinstance(node, Group) and (node.within is not None or node.transform is not None))
        deeper = arrays + isinstance(node, Array)
        given: dict[str, Any] = {}
        for one in fields(node):
            value = getattr(node, one.name)
            if one.name == "at" and value == Position():
                continue  # where it stands anyway
            behind = one.name == "until"

            def change(expr: Expr, behind: bool = behind) -> Expr:
                return self.expr(expr, deeper if behind else arrays, own=own)

            changed = _mapped(value, change, lambda inner: self.node(inner, deeper, own=inside))
            if changed is not value:
                given[one.name] = changed
        return replace(node, **given) if given else node

    def bounded(self, node: Node) -> None:
        """Refuse what takes as much of the file as there is, or counts from the file's start."""
        match node:
            case Group():
                if node.at not in (None, Position()) or (node.within is None and node.transform is not None):
                    raise _No
            case Array():
                if node.count is None and node.until is None:
                    raise _No
            case Field(type=Text() | Bytes() as kind):
                if kind.size is None and not (kind.terminator and kind.require):
                    raise _No
            case Padding():
                if node.align:
                    raise _No

    def expr(self, expr: Expr, arrays: int, *, own: bool) -> Expr:
        """*expr*, which stands inside so many *arrays* of the element."""
        match expr:
            case Ref():
                return self.reference(expr)
            case Item():
                path = self.inside(expr.array)
                if path is None:
                    raise _No
                return Item(path, self.expr(expr.index, arrays, own=own), expr.path)
            case Index(up):
                if up >= arrays:
                    raise _No
            case StreamSize(root=True):
                raise _No
            case Position() | Remaining() | StreamSize() | Peek() if own:
                raise _No
        given: dict[str, Any] = {
            f.name: self.expr(value, arrays, own=own)
            for f in fields(expr)
            if isinstance(value := getattr(expr, f.name), _EXPRESSIONS)
        }
        return replace(expr, **given) if given else expr

    def reference(self, ref: Ref) -> Expr:
        inside: Ref | None = self.inside(ref)
        if inside is not None:
            return inside
        if ref.up is not None:
            raise _No
        boolean = _scalar(self.header.members, ref.path)
        name = ".".join(ref.path)
        # whatever a header says that elements look up may decide how they are read
        self.parameters.setdefault(ref.path, Parameter(name=name, path=ref.path, specialise=True))
        return Binary("ne", Param(name), Const(0)) if boolean else Param(name)

    def inside(self, ref: Ref | Item) -> Any:
        """*ref*, counted from the element, where it leads into it."""
        if isinstance(ref, Item):
            array = self.inside(ref.array)
            return None if array is None else replace(ref, array=array, index=self.expr(ref.index, 1 << 20, own=False))
        if ref.up is not None or ref.path[: len(self.path)] != self.path:
            return None
        return Ref(ref.path[len(self.path) :] or self.path[-1:])


def _without_end(until: Expr) -> tuple[Expr, bool]:
    """*until* without "or the stream ends", and whether it said that."""
    if until == _EOF:
        return Const(0), True
    if isinstance(until, Binary) and until.op == "any":
        (a, one), (b, two) = _without_end(until.left), _without_end(until.right)
        if one and a == Const(0):
            return b, True
        return (a if two and b == Const(0) else replace(until, left=a, right=b)), one or two
    return until, False


def _scalar(members: tuple[Node, ...], path: Path) -> bool:
    """Whether the integer at *path*, which every header has, is a condition."""
    for node in members:
        if isinstance(node, Group) and (not node.name or node.name == path[0]) and node.transform is None:
            rest = path[1:] if node.name else path
            try:
                return _scalar(node.members, rest)
            except LookupError:
                continue
        if getattr(node, "name", "") != path[0]:
            continue
        if len(path) == 1 and isinstance(node, Derived) and node.kind in ("int64", "bool"):
            return node.kind == "bool"
        if len(path) == 1 and isinstance(node, Field):
            kind = node.type.base if isinstance(node.type, Boolean | Enumeration) else node.type
            if isinstance(node.type, Boolean) or (isinstance(kind, Bits) and kind.boolean):
                return True
            if isinstance(kind, Integer) and not kind.scale and not kind.absent:
                fits = kind.bits < 64 or (kind.bits == 64 and kind.encoding == "twos")
                if fits:
                    return False
            if isinstance(kind, Bits) and kind.width < 64:
                return False
        raise _No
    raise LookupError(path)


def _mapped(value: Any, change: Callable[[Any], Any], visit: Callable[[Any], Any]) -> Any:
    """*value*, an attribute of a node, with *change* made to its expressions and *visit* to its nodes."""
    if isinstance(value, tuple):
        made = tuple(_mapped(item, change, visit) for item in value)
        return value if all(a is b for a, b in zip(made, value, strict=True)) else made
    if isinstance(value, _EXPRESSIONS):
        return change(value)
    if isinstance(value, _NODES):
        return visit(value)
    if isinstance(value, _HOLDERS):
        given = {}
        for one in fields(value):
            old = getattr(value, one.name)
            new = _mapped(old, change, visit)
            if new is not old:
                given[one.name] = new
        return replace(value, **given) if given else value
    return value
