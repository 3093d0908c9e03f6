"""Hypothesis strategies for the values that pass between the stages.

Layouts: `layouts` draws any Layout whose attributes have values of their kinds, nonsense included (for printers, parsers, checks);
`sound_layouts` draws those that `check` finds nothing wrong with (for lowering, schemas and whole conversions).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

from hypothesis import strategies as st

from arrowsmith.layout import expr as ex
from arrowsmith.layout import framing as fr
from arrowsmith.layout import nodes as no
from arrowsmith.layout import types as ty
from arrowsmith.layout.measure import measure
from arrowsmith.layout.vocabulary import EXPRESSIONS, NODES, REQUIRED, TYPES, Attribute, Hint, attributes

# --- layouts: any ----------------------------------------------------------------------------------------------------

_NAMES = st.sampled_from(["", "A", "B", "ORDER-DATE", "1ST", "true", "inf", "none", "x", 'a"b;c', "é\u2028\ud800"])

_SCALARS: dict[type, st.SearchStrategy[Any]] = {
    int: st.integers(-9, 300) | st.integers(-(1 << 70), 1 << 70),
    bool: st.booleans(),
    float: st.floats(allow_nan=False),
    str: _NAMES | st.text(max_size=8),
    bytes: st.binary(max_size=4),
}

#: The kinds that can end a tree: they hold no node and no expression that they must have.
_LAST: tuple[type, ...] = (
    no.Field, no.Padding, ex.Const, ex.Ref, ex.Param, ex.Position, ex.Remaining, ex.StreamSize, ex.Index,
)  # fmt: skip


def layouts(depth: int = 4) -> st.SearchStrategy[no.Layout]:
    """Any Layout, nodes and expressions *depth* deep in one another."""
    return cast("st.SearchStrategy[no.Layout]", of_kind(no.Layout, depth + 2))


def expressions(depth: int = 3) -> st.SearchStrategy[ex.Expr]:
    """Any expression."""
    return cast("st.SearchStrategy[ex.Expr]", _of(Hint(kinds=EXPRESSIONS), depth))


def physical_types() -> st.SearchStrategy[ty.Type]:
    """Any physical type."""
    return cast("st.SearchStrategy[ty.Type]", _of(Hint(kinds=TYPES), 2))


@cache
def of_kind(kind: type, depth: int) -> st.SearchStrategy[Any]:
    """Any value of one *kind* of the vocabulary."""
    given = {a.name: _attribute(a, depth) for a in attributes(kind)}
    built: Callable[..., Any] = kind
    if kind in (ex.Unary, ex.Binary):
        operators = ex.UNARY if kind is ex.Unary else ex.BINARY
        given["op"] = st.sampled_from([*operators, "no-such"])
    return st.builds(built, **given)


def _attribute(a: Attribute, depth: int) -> st.SearchStrategy[Any]:
    if a.default is REQUIRED:
        return _of(a.hint, depth - 1)
    return st.just(a.default) if depth <= 0 else st.just(a.default) | _of(a.hint, depth - 1)


def _of(hint: Hint, depth: int) -> st.SearchStrategy[Any]:
    """Any value that *hint* allows."""
    ways = [_SCALARS[scalar] for scalar in hint.scalars]
    ways += [st.sampled_from(hint.words)] if hint.words else []
    ways += [st.none()] if hint.none else []
    trees = {*NODES, *EXPRESSIONS}
    kinds = [k for k in hint.kinds if depth > 0 or k not in trees or k in _LAST]
    ways += [_deferred(kind, max(0, depth)) for kind in kinds]
    if hint.items is not None:
        most = 3 if depth > 0 or not hint.items.kinds else 0
        ways.append(st.lists(_of(hint.items, depth), max_size=most).map(tuple))
    if hint.fixed is not None:
        ways.append(st.tuples(*(_of(h, depth) for h in hint.fixed)))
    return st.one_of(ways)


def _deferred(kind: type, depth: int) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: of_kind(kind, depth))


# --- layouts: sound --------------------------------------------------------------------------------------------------


@dataclass
class _Scope:
    """What a sound Layout has so far, where the next node is drawn: integer fields that are read before, and a counter for names."""

    path: tuple[str, ...] = ()
    integers: list[tuple[str, ...]] = field(default_factory=list)
    names: list[int] = field(default_factory=lambda: [0])

    def name(self) -> str:
        self.names[0] += 1
        return f"F-{self.names[0]}"

    def inside(self, name: str) -> _Scope:
        """The scope inside a node called *name* ("": no step); what is read there is not seen outside."""
        return replace(self, path=(*self.path, name) if name else self.path, integers=list(self.integers))


def sound_layouts(depth: int = 3) -> st.SearchStrategy[no.Layout]:
    """Layouts of one table that `check` finds nothing wrong with; each name is used once."""
    return _sound_layout(depth)


@st.composite
def _sound_layout(draw: st.DrawFn, depth: int) -> no.Layout:
    scope = _Scope()
    first = no.Field(name=scope.name(), type=draw(_counts()))
    scope.integers.append((first.name,))
    members = (first, *draw(_members(scope, depth)))
    record = no.Record(name="R", members=members, short=draw(st.sampled_from(["absent", "error"])))
    block = fr.Prefixed(width=2, offset=2, header=4, order="little", extended=True, zeros=True)
    framings: list[fr.Framing] = [
        fr.Delimiting(),
        fr.Prefixed(width=2, second=1, header=3),
        fr.Whole(),
        fr.Blocked(block=block, records=fr.Prefixed(width=2)),
        fr.Delimited(delimiters=(b"\n", b"\r\n"), most=30, longer=draw(st.sampled_from(["split", "error"]))),
    ]
    if measure(record).static is not None:
        framings = [
            fr.Fixed(),
            fr.Prefixed(width=4, header=4, adjustment=-4),
            fr.Blocked(block=block, records=fr.Fixed()),
        ]
    test = ex.Binary("eq", ex.Ref((first.name,)), ex.Const(1)) if draw(st.booleans()) else None
    return no.Layout(
        name="L",
        tables=(no.Table(record=record, test=test),),
        framing=draw(st.sampled_from(framings)),
        others="error" if test is None else "ignored",
        shortest=draw(st.sampled_from([0, 2])),
        level=ex.Ref((first.name,)) if draw(st.booleans()) else None,
        generated=(no.Generated(name="Number", what="number"),) if draw(st.booleans()) else (),
    )


def _counts() -> st.SearchStrategy[ty.Type]:
    """Types whose values are small enough to count by."""
    return st.sampled_from(
        [ty.Integer(bits=8, encoding="unsigned"), ty.Packed(size=1, digits=1), ty.Zoned(size=1, digits=1)]
    )


def _numbers() -> st.SearchStrategy[ty.Type]:
    order = st.sampled_from(["big", "little"])
    integers = st.builds(
        ty.Integer,
        bits=st.sampled_from([8, 16, 24, 32, 40, 48, 56, 64, 128]),
        encoding=st.sampled_from(["unsigned", "twos", "ones", "magnitude"]),
        order=order,
    )
    floats = st.builds(ty.Float, kind=st.sampled_from(["ieee16", "ieee32", "ieee64", "ibm32", "ibm64"]), order=order)
    packed = st.integers(1, 16).flatmap(
        lambda size: st.builds(
            ty.Packed,
            size=st.just(size),
            digits=st.integers(1, 2 * size - 1),
            scale=st.integers(-2, 4),
            sign=st.sampled_from(["trailing", "unsigned", "none"]),
        )
    )
    zoned = st.integers(2, 18).flatmap(
        lambda size: st.builds(
            ty.Zoned,
            size=st.just(size),
            digits=st.integers(1, size - 1),
            scale=st.integers(0, 3),
            table=st.sampled_from(["ebcdic", "ascii"]),
            sign=st.sampled_from(["none", "trailing", "leading", "trailing_separate", "leading_separate"]),
        )
    )
    scientific = st.integers(1, 18).flatmap(
        lambda digits: st.builds(
            ty.Scientific,
            digits=st.just(digits),
            scale=st.integers(0, digits),
            point=st.booleans(),
            absent=st.sampled_from([b"", b"\0@"]),
        )
    )
    return st.one_of(integers, floats, packed, zoned, scientific)


def _others() -> st.SearchStrategy[ty.Type]:
    texts = st.builds(
        ty.Text,
        size=st.integers(1, 12),
        charset=st.sampled_from(["cp037", "ascii", "latin-1"]),
        trim=st.sampled_from(["none", "left", "right", "both"]),
        undecodable=st.sampled_from(["space", "replace"]),
    )
    byte = ty.Integer(bits=8, encoding="unsigned")
    enumerations = st.builds(
        ty.Enumeration,
        base=st.just(byte),
        labels=st.just(((1, "one"), (2, "two"))),
        output=st.sampled_from(["label", "dictionary", "number"]),
    )
    fixed = [ty.Boolean(base=byte), ty.Calibrated(base=byte, kind="polynomial", points=(1.0, 0.5))]
    return st.one_of(
        texts, st.builds(ty.Bytes, size=st.integers(1, 5), hex=st.booleans()), enumerations, st.sampled_from(fixed)
    )


@st.composite
def _members(draw: st.DrawFn, scope: _Scope, depth: int) -> tuple[no.Node, ...]:
    made: list[no.Node] = []
    for _ in range(draw(st.integers(1, 4))):
        made += draw(_member(scope, depth))
    return tuple(made)


@st.composite
def _member(draw: st.DrawFn, scope: _Scope, depth: int) -> list[no.Node]:
    ways = ["count", "number", "number", "other", "bits", "padding", "derived"]
    ways += ["group", "array", "counted", "optional", "choice", "overlay", "within"] if depth else []
    match draw(st.sampled_from(ways)):
        case "count":
            name = scope.name()
            scope.integers.append((*scope.path, name))
            return [no.Field(name=name, type=draw(_counts()))]
        case "number":
            return [no.Field(name=scope.name(), type=draw(_numbers()), comment=draw(st.sampled_from(["", "money"])))]
        case "other":
            return [no.Field(name=scope.name(), type=draw(_others()), hidden=draw(st.booleans()))]
        case "bits":
            return _unit(draw, scope)
        case "padding":
            return [no.Padding(size=draw(st.integers(1, 4)))]
        case "derived":
            value = ex.Binary("add", ex.Ref(draw(st.sampled_from(scope.integers))), ex.Const(1))
            return [no.Derived(name=scope.name(), value=value)]
        case "group":
            name = draw(st.sampled_from(["", scope.name()]))
            return [no.Group(name=name, members=draw(_members(scope.inside(name), depth - 1)))]
        case "array":
            name = scope.name()
            element = draw(_element(scope.inside(name), depth - 1))
            return [no.Array(name=name, element=element, count=draw(st.integers(0, 3)))]
        case "counted":
            name = scope.name()
            count = ex.Ref(draw(st.sampled_from(scope.integers)))
            return [no.Array(name=name, element=draw(_element(scope.inside(name), depth - 1)), count=count, most=9)]
        case "optional":
            return [no.Optional(test=_test(draw, scope), node=draw(_named(scope, depth - 1)))]
        case "choice":
            name = draw(st.sampled_from(["", scope.name()]))
            inner = scope.inside(name)
            first = no.Arm(test=_test(draw, scope), node=draw(_named(inner, depth - 1)))
            rest = [no.Arm(test=None, node=draw(_named(inner, depth - 1)))] if draw(st.booleans()) else []
            return [no.Choice(name=name, arms=(first, *rest))]
        case "overlay":
            return [no.Overlay(views=(draw(_named(scope, depth - 1)), draw(_named(scope, depth - 1))))]
        case _:
            name = scope.name()
            members = draw(_members(scope.inside(name), depth - 1))
            least = measure(no.Record(name="", members=members)).least
            return [no.Group(name=name, members=members, within=ex.Const(least + draw(st.integers(0, 3))))]


def _unit(draw: st.DrawFn, scope: _Scope) -> list[no.Node]:
    """A byte of two bit fields."""
    width = draw(st.integers(1, 7))
    order: ty.Order = draw(st.sampled_from(["big", "little"]))
    high = ty.Bits(width=width, shift=0, size=1, order=order, signed=draw(st.booleans()))
    low = ty.Bits(width=8 - width, shift=width, size=1, order=order, advance=True)
    return [no.Field(name=scope.name(), type=high), no.Field(name=scope.name(), type=low)]


def _test(draw: st.DrawFn, scope: _Scope) -> ex.Expr:
    """A condition on an integer that is read before."""
    how = draw(st.sampled_from(ex.COMPARISON))
    return ex.Binary(how, ex.Ref(draw(st.sampled_from(scope.integers))), ex.Const(draw(st.integers(0, 9))))


@st.composite
def _named(draw: st.DrawFn, scope: _Scope, depth: int) -> no.Node:
    """A field, or a group with a name."""
    name = scope.name()
    if depth and draw(st.booleans()):
        return no.Group(name=name, members=draw(_members(scope.inside(name), depth - 1)))
    return no.Field(name=name, type=draw(_numbers() | _others()))


@st.composite
def _element(draw: st.DrawFn, scope: _Scope, depth: int) -> no.Node:
    """An array's element: a field or a group, whose names are no step."""
    if draw(st.booleans()):
        return no.Group(name="", members=draw(_members(scope, depth)))
    return no.Field(name="", type=draw(_numbers() | _others()))
