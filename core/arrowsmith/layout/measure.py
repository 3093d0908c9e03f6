"""How many bytes the nodes of a Layout take, and where they stand: a node becomes an `Extent`, a record a list of `Spot`s.

All sizes and offsets are bytes, and those of data that do not end too early: ``short`` records and ``partial`` texts are
as long as they would be if more data came.
Invariant: whatever the data, a node that reads well takes at least ``least`` and at most ``most`` bytes of its stream.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from arrowsmith.layout.expr import Binary, Const, Expr, Unary, references
from arrowsmith.layout.nodes import (
    Array,
    Choice,
    Derived,
    Field,
    Group,
    Nested,
    Node,
    Optional,
    Overlay,
    Padding,
    Record,
    children,
)
from arrowsmith.layout.types import Bits, Type


@dataclass(frozen=True, slots=True)
class Extent:
    """At least ``least`` and at most ``most`` bytes (None: as many as there are)."""

    least: int
    most: int | None

    @property
    def static(self) -> int | None:
        """The size where it is always the same."""
        return self.least if self.least == self.most else None

    def __add__(self, other: Extent) -> Extent:
        return Extent(
            self.least + other.least, None if self.most is None or other.most is None else self.most + other.most
        )

    def __or__(self, other: Extent) -> Extent:
        """One or the other."""
        return Extent(min(self.least, other.least), _most(self.most, other.most))

    def __and__(self, other: Extent) -> Extent:
        """Both at the same place."""
        return Extent(max(self.least, other.least), _most(self.most, other.most))

    def times(self, least: int, most: int | None) -> Extent:
        """So many of these one after the other, *most* None meaning any number."""
        if self.most == 0 or most == 0:
            return Extent(self.least * least, 0)
        return Extent(self.least * least, None if self.most is None or most is None else self.most * most)

    def __str__(self) -> str:
        return str(self.least) if self.static is not None else f"{self.least}…{'' if self.most is None else self.most}"


NOTHING = Extent(0, 0)
ANYTHING = Extent(0, None)


def _most(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else max(a, b)


@dataclass(frozen=True, slots=True)
class Spot:
    """A node, its offset from the record's start where that is static (of its first occurrence inside an array; None also where
    its bytes are not the record's own, behind a transform), and its extent."""

    node: Node
    offset: int | None
    extent: Extent


def measure(node: Node | Record, start: int | None = None) -> Extent:
    """The extent of *node*, which stands *start* bytes into its stream (None: unknown).  A record starts its own."""
    return _measured(node, 0 if isinstance(node, Record) else start, None, [])


def places(record: Record) -> Iterator[Spot]:
    """Every node of *record*, an outer one before those inside it, in reading order."""
    spots: list[Spot | None] = []
    _measured(record, 0, 0, spots)
    return (spot for spot in spots if spot is not None)


def static_offset(record: Record, node: Node) -> int | None:
    """Where *node* (that very object, at its first place) stands in *record*, as `Spot.offset`; ValueError if it is no part of it."""
    for spot in places(record):
        if spot.node is node:
            return spot.offset
    raise ValueError(f"the node is no part of record {record.name}")


def _measured(node: Node | Record, start: int | None, offset: int | None, spots: list[Spot | None]) -> Extent:
    """The extent of *node*; the spots of it and of all inside it are appended, itself first."""
    mine = len(spots)
    spots.append(None)
    match node:
        case Record():
            return _sequence(node.members, start, offset, spots)
        case Field():
            extent = type_extent(node.type)
        case Group():
            extent, offset = _group(node, start, offset, spots)
        case Array():
            extent = _array(node, start, offset, spots)
        case Overlay():
            extent = NOTHING
            for view in node.views:
                extent &= _measured(view, start, offset, spots)
        case Choice():
            extents = [_measured(arm.node, start, offset, spots) for arm in node.arms]
            if not node.required and all(arm.test is not None for arm in node.arms):
                extents.append(NOTHING)
            extent = extents[0] if extents else NOTHING
            for other in extents[1:]:
                extent |= other
        case Optional():
            extent = _measured(node.node, start, offset, spots) | NOTHING
        case Padding():
            extent = _padding(node, start)
        case Derived() | Nested():
            extent = NOTHING
    spots[mine] = Spot(node, offset, extent)
    return extent


def _sequence(members: tuple[Node, ...], start: int | None, offset: int | None, spots: list[Spot | None]) -> Extent:
    total = NOTHING
    for member in members:
        extent = _measured(member, start, offset, spots)
        size = extent.static
        start = None if start is None or size is None else start + size
        offset = None if offset is None or size is None else offset + size
        total += extent
    return total


def _group(node: Group, start: int | None, offset: int | None, spots: list[Spot | None]) -> tuple[Extent, int | None]:
    """What *node* moves the cursor by, and where its bytes are."""
    bound = None if node.within is None else _size(node.within)
    if node.at is not None:
        target = constant(node.at)
        base = 0 if node.root else None if start is None or offset is None else offset - start
        start, offset = target, None if target is None or base is None else base + target
    where = offset
    if node.within is not None or node.transform is not None:
        start = 0
    if node.transform is not None:
        offset = None
    inside = _sequence(node.members, start, offset, spots)
    if node.at is not None:
        return NOTHING, where
    if bound is not None:
        return bound, where
    return (inside if node.transform is None else ANYTHING), where


def _array(node: Array, start: int | None, offset: int | None, spots: list[Spot | None]) -> Extent:
    element = _measured(node.element, start, offset, spots)
    if _aligned(node.element):
        element = measure(node.element)  # later elements stand elsewhere, so what they align by may differ
    if node.storage > 0:
        return Extent(node.storage, node.storage)
    if node.stride > 0:
        element = Extent(node.stride, node.stride)
    least, most = counts(node)
    return element.times(least, most)


def counts(node: Array) -> tuple[int, int | None]:
    """The least and the most elements (None: no bound) that *node* can have."""
    if node.count is None:
        least = max(node.least, 1 if node.until is not None else 0)
        return least, max(least, node.most) if node.most else None
    number = node.count if isinstance(node.count, int) else constant(node.count)
    least = max(0, node.least if number is None else number)
    return least, least if number is not None else max(least, node.most) if node.most else None


def _padding(node: Padding, start: int | None) -> Extent:
    if not node.align:
        return _size(node.size)
    if start is None:
        return Extent(0, max(0, node.align - 1))
    slack = -start % node.align
    return Extent(slack, slack)


def _aligned(node: Node) -> bool:
    """Whether something inside *node* depends on where its stream has come to."""
    match node:
        case Padding():
            return node.align > 0
        case Group(within=None, transform=None, at=None):
            return any(map(_aligned, node.members))
        case Array():
            return _aligned(node.element)
        case Overlay():
            return any(map(_aligned, node.views))
        case Choice():
            return any(_aligned(arm.node) for arm in node.arms)
        case Optional():
            return _aligned(node.node)
    return False


def type_extent(physical: Type) -> Extent:
    """How far reading one *physical* value moves the cursor."""
    base: Any = physical
    while (inner := getattr(base, "base", None)) is not None:
        base = inner
    if isinstance(base, Bits) and not base.advance:
        return NOTHING
    if base.size is not None:
        return _size(base.size)
    marked = base.terminator and base.consume and base.require
    return Extent(len(base.terminator) if marked else 0, None)


def _size(size: int | Expr) -> Extent:
    number = size if isinstance(size, int) else constant(size)
    return ANYTHING if number is None else Extent(max(0, number), max(0, number))


def _shifted(a: int, b: int) -> int:
    if b > 63:
        raise ValueError("shifts take 0 to 63")
    return a << b


_CONSTANT: dict[str, Callable[..., int]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.floordiv, "mod": operator.mod,
    "shl": _shifted, "shr": operator.rshift, "and": operator.and_, "or": operator.or_, "xor": operator.xor,
    "min": min, "max": max, "neg": operator.neg, "inv": operator.inv, "abs": abs, "int": int,
}  # fmt: skip


def constant(expr: Expr) -> int | None:
    """The value of an expression that is an integer whatever the data; None for any other, and where it cannot be computed."""
    match expr:
        case Const(value=value):
            return value if type(value) is int else None
        case Unary(op=op, operand=a):
            values = [constant(a)]
        case Binary(op=op, left=a, right=b):
            values = [constant(a), constant(b)]
        case _:
            return None
    how = _CONSTANT.get(op)
    if how is None or None in values:
        return None
    try:
        value = how(*values)
    except (ArithmeticError, ValueError):  # a division by 0, a shift out of range: no constant
        return None
    return value if -(1 << 63) <= value < 1 << 63 else None


# --- reasons ---------------------------------------------------------------------------------------------------------


def called(node: Node | Record) -> str:
    """How messages name *node*: its own name, or what it is and the first name inside it."""
    name = getattr(node, "name", "")
    if name:
        return str(name)
    kind = {"Group": "an unnamed group", "Padding": "padding"}.get(
        type(node).__name__, f"an unnamed {type(node).__name__.lower()}"
    )
    match node:
        case Optional():
            return called(node.node)
        case Array():
            return f"an unnamed array of {called(node.element)}"
    inside = next((n for n in children(node) if getattr(n, "name", "")), None)
    return kind if inside is None else f"{kind} with {called(inside)}"


def why_dynamic(node: Node | Record, start: int | None = None) -> str | None:
    """Why the size of *node* depends on the data, in words that name the node to blame; None where it does not."""
    start = 0 if isinstance(node, Record) else start
    if measure(node, start).static is not None:
        return None
    name = called(node)
    match node:
        case Field():
            return _why_field(node, name)
        case Padding() if node.align:
            return f"{name} aligns to {node.align} bytes at a place that depends on the data"
        case Padding():
            return f"the size of {name} {_depends(node.size)}"
        case Group() if node.within is not None:
            return f"the size of {name} {_depends(node.within)}"
        case Group() if node.transform is not None:
            return f"{name} takes all bytes up to the end of its stream"
        case Array() if counts(node)[0] != counts(node)[1]:
            return _why_array(node, name)
        case Optional():
            return f"{name} is there only under a condition"
    for inner in children(node):
        reason = why_dynamic(inner, start)
        if reason is not None:
            return reason
        size = measure(inner, start).static
        if isinstance(node, (Record, Group)):
            start = None if start is None or size is None else start + size
    return f"the alternatives of {name} differ in size"


def _why_field(node: Field, name: str) -> str:
    base: Any = node.type
    while (inner := getattr(base, "base", None)) is not None:
        base = inner
    if base.size is not None:
        return f"the size of {name} {_depends(base.size)}"
    return f"{name} ends at a terminator" if base.terminator else f"{name} takes all bytes up to the end of its stream"


def _why_array(node: Array, name: str) -> str:
    if node.count is not None:
        return f"the count of {name} {_depends(node.count)}"
    return (
        f"{name} repeats until a condition holds"
        if node.until is not None
        else f"{name} repeats up to the end of its stream"
    )


def _depends(expr: int | Expr) -> str:
    names = [] if isinstance(expr, int) else [".".join(r.path) for r in references(expr)]
    return f"depends on {', '.join(dict.fromkeys(names))}" if names else "is computed"
