"""Values as the expansion knows them before data are read: expressions of the Layout, objects at a place, lists, streams.

An object is known by where it is, and only its members are looked up; choosing between two objects is choosing between their members.
Invariant: a value is good wherever what it refers to has been read; `moved` makes that of an array's element out of the current one's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from arrowsmith.layout.expr import (
    Binary,
    Cond,
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
    children,
)
from arrowsmith_kaitai.kinds import ANY, STREAM, Kind, UserKind, common

if TYPE_CHECKING:
    from arrowsmith_kaitai.frames import Frame
    from arrowsmith_kaitai.spec import TypeSpec
    from arrowsmith_kaitai.streams import Stream

Path: TypeAlias = tuple[str, ...]

TRUE, FALSE = Const(True), Const(False)
#: What refuses the record when it is evaluated: a byte of no bytes.
NEVER = Binary("byte", Const(b""), Const(0))


@dataclass(frozen=True, slots=True)
class Loc:
    """A place in the record: names from the root; ``indexes``: after how many of them which element of an array is meant, where it is
    not the current one."""

    path: Path = ()
    indexes: tuple[tuple[int, Expr], ...] = ()

    def child(self, name: str) -> Loc:
        return Loc((*self.path, name), self.indexes)

    def item(self, index: Expr) -> Loc:
        return Loc(self.path, (*self.indexes, (len(self.path), index)))

    @property
    def expr(self) -> Ref | Item:
        """The value there."""
        if not self.indexes:
            return Ref(self.path)
        (first, index), *deeper = self.indexes
        array: Ref | Item = Ref(self.path[:first])
        for depth, inner in deeper:
            array = Item(array, index, self.path[first:depth])
            first, index = depth, inner
        return Item(array, index, self.path[first:])

    def moved(self, array: Path, index: Expr) -> Loc:
        """The same place in element *index* of *array*, if it is in the current one."""
        if self.path[: len(array)] != array or len(self.path) == len(array):
            return self
        if any(depth == len(array) for depth, _ in self.indexes):
            return self
        return Loc(self.path, tuple(sorted((*self.indexes, (len(array), index)), key=lambda pair: pair[0])))


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number, a truth, a text, bytes.  ``wraps``: an integer without a sign that is kept modulo 2^64.  ``present``: where it is
    there, None for wherever it is evaluated."""

    kind: Kind
    expr: Expr
    present: Expr | None = None
    wraps: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A list: how many, and which one has a number."""

    element: Kind
    size: Expr
    item: Callable[[Expr], Value]
    present: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Object:
    """An object of a type at a place.  ``frame``: how it was expanded, None where that is still to come."""

    spec: TypeSpec
    loc: Loc
    frame: Frame | None
    present: Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """One of two objects."""

    test: Expr
    then: Value
    other: Value


@dataclass(frozen=True, slots=True, eq=False)
class Alternatives:
    """What a switch gives: each alternative by its name, of which at most one is there."""

    arms: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Streamed:
    """A stream, or one of two."""

    stream: Stream
    test: Expr | None = None
    other: Stream | None = None


@dataclass(frozen=True, slots=True)
class Null:
    """Nothing, of a kind that is known."""

    kind: Kind = ANY


Value: TypeAlias = Scalar | Listed | Object | Chosen | Alternatives | Streamed | Null


# --- expressions -------------------------------------------------------------------------------------------------------


def both(a: Expr | None, b: Expr | None) -> Expr | None:
    """The condition that *a* and *b* hold, None being one that always does."""
    if a is None or b is None:
        return b if a is None else a
    return Binary("all", a, b)


def mapped(expr: Expr, change: Callable[[Expr], Expr | None]) -> Expr:
    """*expr* with every part replaced that *change* gives another for."""
    made = change(expr)
    if made is not None:
        return made
    given: dict[str, Any] = {}
    for field in fields(expr):
        value = getattr(expr, field.name)
        if is_dataclass(value) and not isinstance(value, type):
            new = mapped(value, change)  # type: ignore[arg-type]  # the parts of expressions are expressions
            if new is not value:
                given[field.name] = new
    return replace(expr, **given) if given else expr


def moved_expr(expr: Expr, array: Path, index: Expr) -> Expr:
    """*expr*, which looks into the current element of *array*, for element *index* of it."""

    def change(part: Expr) -> Expr | None:
        if isinstance(part, (Ref, Item)):
            loc = place_of(part)
            if loc is None:
                return None
            new = Loc(loc.path, tuple((d, mapped(i, change)) for d, i in loc.indexes)).moved(array, index)
            return new.expr
        return None

    return mapped(expr, change)


def place_of(expr: Ref | Item) -> Loc | None:
    """The place that a reference from the root means."""
    if isinstance(expr, Ref):
        return Loc(expr.path) if expr.up is None else None
    around = place_of(expr.array)
    if around is None:
        return None
    return Loc((*around.path, *expr.path), (*around.indexes, (len(around.path), expr.index)))


def depends_on_place(expr: Expr) -> bool:
    """Whether *expr* means something else in another stream, or at another place of it."""
    if isinstance(expr, (Position, Remaining, StreamSize, Peek)):
        return True
    return any(map(depends_on_place, children(expr)))


# --- values ------------------------------------------------------------------------------------------------------------

_holes = count()


def map_value(value: Value, change: Callable[[Expr], Expr], place: Callable[[Loc], Loc] | None = None) -> Value:
    """*value* with *change* made to each of its expressions, and *place* to where objects are (by default, *change* to its indexes)."""

    def there(expr: Expr | None) -> Expr | None:
        return None if expr is None else change(expr)

    def found(loc: Loc) -> Loc:
        return Loc(loc.path, tuple((depth, change(index)) for depth, index in loc.indexes))

    match value:
        case Scalar():
            return replace(value, expr=change(value.expr), present=there(value.present))
        case Listed(element, size, item, present):
            return Listed(element, change(size), _mapped_item(item, change, place), there(present))
        case Object():
            return Object(value.spec, (place or found)(value.loc), value.frame, there(value.present))
        case Chosen(test, then, other):
            return Chosen(change(test), map_value(then, change, place), map_value(other, change, place))
        case Alternatives(arms):
            return Alternatives(tuple((name, map_value(arm, change, place)) for name, arm in arms))
        case Streamed(stream, test, other):
            second = None if other is None else other.mapped(change)
            return Streamed(stream.mapped(change), there(test), second)
        case Null():
            return value


def _mapped_item(
    item: Callable[[Expr], Value], change: Callable[[Expr], Expr], place: Callable[[Loc], Loc] | None
) -> Callable[[Expr], Value]:
    """Elements of a list that is mapped; their numbers are those of the place where they are asked for, and stay as they are."""

    def made(index: Expr) -> Value:
        if isinstance(index, Const):  # it is the same everywhere, and may say which of several values is meant
            return map_value(item(index), change, place)
        hole = Param(f"@{next(_holes)}")

        def filled(expr: Expr) -> Expr:
            return mapped(expr, lambda part: index if part == hole else None)

        return map_value(map_value(item(hole), change, place), filled)

    return made


def moved(value: Value, array: Path, index: Expr) -> Value:
    """*value*, which looks into the current element of *array*, for element *index* of it."""
    return map_value(value, lambda expr: moved_expr(expr, array, index), lambda loc: _indexes_moved(loc, array, index))


def _indexes_moved(loc: Loc, array: Path, index: Expr) -> Loc:
    inner = Loc(loc.path, tuple((depth, moved_expr(i, array, index)) for depth, i in loc.indexes))
    return inner.moved(array, index)


def renumbered(value: Value, number: Callable[[int], Expr]) -> Value:
    """*value* with the current elements' numbers as *number* gives them, by how many arrays further out they are."""

    def change(expr: Expr) -> Expr:
        return mapped(expr, lambda part: number(part.up) if isinstance(part, Index) else None)

    return map_value(value, change)


def inside_arrays(value: Value, by: int) -> Value:
    """*value* as it is inside *by* more arrays."""
    return renumbered(value, lambda up: Index(up + by)) if by else value


def kind_of(value: Value) -> Kind:
    """The type of *value*."""
    match value:
        case Scalar() | Null():
            return value.kind
        case Listed(element):
            from arrowsmith_kaitai.kinds import ListKind

            return ListKind(element)
        case Object(spec):
            return UserKind(spec)
        case Chosen(_, then, other):
            return common(kind_of(then), kind_of(other))
        case Alternatives(arms):
            kinds = [kind_of(arm) for _, arm in arms]
            made = kinds[0] if kinds else ANY
            for kind in kinds[1:]:
                made = common(made, kind)
            return made
        case Streamed():
            return STREAM


def present_of(value: Value) -> Expr | None:
    """The condition under which *value* is there; None: always."""
    match value:
        case Null():
            return FALSE
        case Chosen(test, then, other):
            a, b = present_of(then), present_of(other)
            return None if a is None and b is None else Cond(test, a or TRUE, b or TRUE)
        case Scalar() | Listed() | Object():
            return value.present
        case _:
            return None
