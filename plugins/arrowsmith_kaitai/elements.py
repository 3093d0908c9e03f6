"""One value of a member becomes nodes: numbers, text, bytes, objects, alternatives, with the bytes that they are given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Position, Remaining, Unary
from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Arm, Choice, Derived, Field, Group, Node, Optional, Record
from arrowsmith.layout.types import Bytes, Enumeration, Float, Integer, Text
from arrowsmith_kaitai.bits import align, bit_field
from arrowsmith_kaitai.charsets import unit
from arrowsmith_kaitai.evaluate import evaluated, scalar
from arrowsmith_kaitai.faults import refuse
from arrowsmith_kaitai.frames import Bits, Frame, arms, is_raw
from arrowsmith_kaitai.kinds import BYTES, EnumKind, IntKind
from arrowsmith_kaitai.operators import signed
from arrowsmith_kaitai.places import Help, Place, beside, within
from arrowsmith_kaitai.spec import (
    BitsRef,
    FloatRef,
    IntRef,
    StrRef,
    SwitchRef,
    TypeRef,
    UserRef,
)
from arrowsmith_kaitai.streams import Stream
from arrowsmith_kaitai.unsigned import compared, twin
from arrowsmith_kaitai.validity import any_of, valid_expr
from arrowsmith_kaitai.values import FALSE, TRUE, Loc, Null, Object, Scalar, Value, depends_on_place


def single(place: Place) -> list[Node]:
    """The nodes of a member that is not repeated."""
    return _value(place, place.attr.ref, place.attr.id, place.loc)


def element(place: Place) -> list[Node]:
    """The nodes of one element of a member that is repeated."""
    if isinstance(place.attr.ref, SwitchRef):
        return _value(place, place.attr.ref, place.attr.id, place.loc)
    return _value(place, place.attr.ref, "", place.loc)


def _value(place: Place, ref: TypeRef | None, name: str, loc: Loc) -> list[Node]:
    """The nodes of a value of *ref* called *name*, at *loc*; None: the bytes that no case of a switch takes."""
    place.frame.expansion.count(place.frame, place.attr.entry)
    match ref:
        case SwitchRef():
            return _switch(place, ref, name, loc)
        case UserRef():
            return _object(place, ref, name, loc)
        case BitsRef():
            return bit_field(place, ref, name, loc)
        case IntRef() | FloatRef():
            return _number(place, ref, name, loc)
        case _:
            return _bytes(place, ref, name, loc)


def _said(place: Place, name: str, loc: Loc, value: Value) -> dict[str, Any]:
    return {"name": name, "comment": place.attr.doc, "valid": valid_expr(place, value), "span": place.attr.entry.span}


# --- numbers -----------------------------------------------------------------------------------------------------------


def _number(place: Place, ref: IntRef | FloatRef, name: str, loc: Loc) -> list[Node]:
    frame = place.frame
    world = frame.expansion.world
    order: Any = ref.order if ref.order is not None else frame.order
    if ref.size == 1 or order is None:
        order = "big"
    order = {"le": "little", "be": "big"}.get(order, order) if isinstance(order, str) else order
    text = {"le": "le", "be": "be"}.get(ref.order or "", "") if ref.size > 1 else ""
    physical: Any
    if isinstance(ref, FloatRef):
        physical, letter = Float(kind="ieee32" if ref.size == 4 else "ieee64", order=order), "f"
    else:
        physical = Integer(bits=8 * ref.size, encoding="twos" if ref.signed else "unsigned", order=order)
        letter = "s" if ref.signed else "u"
    kind = world.kind(ref, frame.spec)
    if place.attr.enum is not None:
        kind = world.enumerated(place.attr.enum, frame.spec, kind)
        assert isinstance(kind, EnumKind)
        physical = Enumeration(base=physical, labels=kind.spec.labels, output=frame.expansion.options["enums"])
    value, nodes = Scalar(kind, loc.expr), []
    if kind == IntKind(8, False):  # expressions take the same bits as a number with a sign
        kept = twin(loc, element=not name)
        value = Scalar(kind, kept.expr, None, True)
        other = Field(name=kept.path[-1], type=replace(physical, encoding="twos"), hidden=True)
        nodes = [Group(name="", at=Position(), hidden=True, members=(other,))]
    said = _said(place, name, loc, value)
    return [*nodes, Field(type=physical, type_text=f"{letter}{ref.size}{text}", **said)]


# --- text and bytes ----------------------------------------------------------------------------------------------------


def _size(place: Place) -> Expr | None:
    """How many bytes the member has; None where a terminator says."""
    attr = place.attr
    if attr.contents is not None:
        return Const(len(attr.contents))
    if attr.size is not None:
        size = place.expr(attr.size)
        if isinstance(size, Const) and isinstance(size.value, int) and size.value < 0:
            refuse("K0402", attr.size.entry, f"{attr.id} has a size of {size.value} bytes")
        return size
    return Remaining() if attr.size_eos else None


def _delimited(place: Place, size: Expr | None, terminator: bytes | None, unit: int = 1) -> dict[str, Any]:
    """The attributes of a text, whose charset has units of so many bytes, or of bytes: of *size*, or up to the terminator."""
    attr = place.attr
    given: dict[str, Any] = {"size": size.value if isinstance(size, Const) and isinstance(size.value, int) else size}
    if terminator is not None:
        given |= {"terminator": terminator, "every": len(terminator) if len(terminator) != unit else 0}
        given |= {"include": attr.include, "consume": attr.consume, "require": attr.eos_error}
    elif size == Remaining():
        given["size"] = None
    pad = attr.pad_right
    if pad is not None and (terminator is None or terminator[-1] != pad):
        given["pad"] = bytes([pad])
    return given


def _bytes(place: Place, ref: TypeRef | None, name: str, loc: Loc) -> list[Node]:
    attr, frame = place.attr, place.frame
    if isinstance(ref, StrRef):
        return [_text(place, ref, name, loc)]
    kind = frame.expansion.world.kind(ref, frame.spec) if ref is not None else BYTES
    said = _said(place, name, loc, Scalar(kind, loc.expr))
    size = _size(place)
    if attr.process is None:
        given = _delimited(place, size, attr.terminator)
        if attr.contents:
            given = {"size": len(attr.contents), "expect": attr.contents}
        return [Field(type=Bytes(**given), type_text="contents" if attr.contents else "", **said)]
    nodes, group, _ = _part(place, size, beside(name, loc))
    return [*nodes, replace(group, members=(Field(type=Bytes(size=None), **said),))]


def _text(place: Place, ref: StrRef, name: str, loc: Loc) -> Field:
    attr, frame = place.attr, place.frame
    charset = attr.encoding or "utf-8"
    terminator = attr.terminator
    if ref.terminated and terminator is None:
        terminator = bytes(unit(charset))
    given = _delimited(place, _size(place), terminator, unit(charset))
    if "pad" in given:
        given["trim"] = "right"
    said = _said(place, name, loc, Scalar(frame.expansion.world.kind(ref, frame.spec), loc.expr))
    return Field(type=Text(charset=charset, **given), type_text="strz" if ref.terminated else "str", **said)


# --- parts of a stream -------------------------------------------------------------------------------------------------


def _part(place: Place, size: Expr | None, help: Help) -> tuple[list[Node], Group, Stream]:
    """The group that reads the bytes of a member as a stream of its own, what stands before it, and that stream; *help* names what
    is hidden."""
    attr = place.attr
    at, start = help("at")
    nodes: list[Node] = [Derived(name=at, value=Position(), hidden=True)]
    transform = _process(place)
    if size is not None and attr.terminator is None and attr.pad_right is None:
        if depends_on_place(size) or place.outside is not None:
            label, kept = help("size")
            nodes.append(Derived(name=label, value=size, hidden=True))
            size = kept.expr
        stream = Stream(place.stream, start.expr, size, transform)
        return nodes, Group(name="", members=(), within=size, transform=transform), stream
    label, raw = help("raw")
    nodes.append(Field(name=label, type=Bytes(**_delimited(place, size, attr.terminator)), hidden=True))
    length = Unary("len", raw.expr)
    stream = Stream(place.stream, start.expr, length, transform)
    return nodes, Group(name="", members=(), at=start.expr, within=length, transform=transform), stream


def _process(place: Place) -> tuple[str, tuple[Expr, ...]] | None:
    process, frame = place.attr.process, place.frame
    if process is None:
        return None
    arguments = [scalar(frame, place.attr.id, code) for code in process.arguments]
    if frame.expansion.world.transforms[process.name].owner:  # core's own look at the lowest bits alone
        arguments = [signed(a) for a in arguments]
    return process.name, tuple(a.expr for a in arguments)


# --- objects -----------------------------------------------------------------------------------------------------------


def too_deep(place: Place) -> bool:
    """Whether the type of the member stands in itself as often as it may."""
    ref, frame = place.attr.ref, place.frame
    return isinstance(ref, UserRef) and _depth(place, ref) >= frame.expansion.limit


def _depth(place: Place, ref: UserRef) -> int:
    frame = place.frame
    spec = frame.expansion.world.user(ref.name, frame.spec, ref.entry)
    return sum(around.spec is spec for around in frame.around)


def deep(place: Place, name: str, loc: Loc, test: Expr = FALSE) -> list[Node]:
    """What refuses an object that stands in itself too often, unless *test* says that there is none."""
    limit = place.frame.expansion.limit
    label = f"{name}: more than {limit} of its type in one another; the option recursion allows more"
    check = Loc(loc.path[:-1]).child(label)
    return [Derived(name=label, value=test, kind="bool", hidden=True, valid=check.expr)]


def _object(place: Place, ref: UserRef, name: str, loc: Loc) -> list[Node]:
    from arrowsmith_kaitai.members import build

    frame, attr = place.frame, place.attr
    world = frame.expansion.world
    spec = world.user(ref.name, frame.spec, ref.entry)
    if _depth(place, ref) >= frame.expansion.limit:
        if not isinstance(attr.ref, SwitchRef):
            frame.cut.add(attr.id)
        return deep(place, name, loc)
    given = {p.id: evaluated(frame, attr.id, a) for p, a in zip(spec.params, ref.arguments, strict=True)}
    own = attr.size is not None or attr.size_eos or attr.terminator is not None
    nodes: list[Node] = []
    group = Group(name="", members=())
    stream = place.stream
    if own:
        nodes, group, stream = _part(place, _size(place), within(loc))
    child = Frame(
        frame.expansion,
        spec,
        loc,
        up=frame,
        member=attr.id,
        parent=_parent(place, spec.top is frame.spec.top),
        root=(frame.root or frame) if spec.top is frame.spec.top else None,
        arguments=given,
        stream=stream,
        bits=Bits() if own else frame.bits,
        lean=place.lean,
        arrays=frame.arrays + frame.inside,
    )
    frame.expansion.frames[loc.path] = child
    members = build(child)
    if isinstance(attr.ref, SwitchRef):
        members = (Derived(name="@here", value=TRUE, kind="bool", hidden=True), *members)
    if own:
        members = (*nodes, _filled(group, members))
    check = _checked(place, child, loc)
    return [Group(name=name, members=(*members, *check), comment=attr.doc or spec.doc, span=attr.entry.span)]


def _filled(group: Group, members: tuple[Node, ...]) -> Group:
    """*group* with its *members*.  One that is too small for them in all data is refused when it is read, as the language has it."""
    bound = group.within
    if isinstance(bound, Const) and isinstance(bound.value, int) and group.transform is None:
        least = measure(Record(name="", members=members)).least
        bound = Cond(TRUE, bound, bound) if least > bound.value else bound
    return replace(group, within=bound, members=members)


def _checked(place: Place, child: Frame, loc: Loc) -> list[Node]:
    """What a ``valid`` says of an object."""
    test = valid_expr(place, child.object)
    if test is None:
        return []
    check = loc.child("a valid object")
    return [Derived(name=check.path[-1], value=test, kind="bool", hidden=True, valid=check.expr)]


def _parent(place: Place, near: bool) -> Value:
    attr, frame = place.attr, place.frame
    if attr.parent is None:
        return frame.object if near else Null()
    if attr.parent is False:
        return Null()
    found = evaluated(frame, attr.id, attr.parent)
    return found if isinstance(found, Object) else Null()


# --- alternatives ------------------------------------------------------------------------------------------------------


def _switch(place: Place, ref: SwitchRef, name: str, loc: Loc) -> list[Node]:
    frame, attr = place.frame, place.attr
    if not ref.cases and not is_raw(attr):
        refuse("K0203", attr.entry, "a switch has at least one case, or a size where it has none")
    on = evaluated(frame, attr.id, ref.on)
    nodes: list[Node] = []
    if isinstance(on, Scalar) and not isinstance(on.expr, Const) and _is_computed(on.expr):
        kind: Any = {"StrKind": "utf8", "BytesKind": "binary", "BoolKind": "bool"}.get(type(on.kind).__name__, "int64")
        expr, nodes = place.keep("on", on.expr, kind)
        on = replace(on, expr=expr)
    found: list[Arm] = []
    tests: list[Expr] = []
    before = frame.bits.phase
    phases: list[int | Expr] = []
    for arm, inner, cases in arms(frame.expansion.world, ref, frame.spec, raw=is_raw(attr)):
        frame.bits.phase = before
        body = align(frame, attr, inner) + _value(place, inner, arm, loc.child(arm))
        phases.append(frame.bits.phase)
        test = _taken(place, on, cases)
        if test is not None:
            tests.append(test)
        found.append(Arm(test=test, node=body[0] if len(body) == 1 else Group(name="", members=tuple(body))))
    if any(phase != phases[0] for phase in phases) or (phases[0] != before and len(tests) == len(phases)):
        frame.bits.phase = _phase(phases, tests, before)
    choice: Node = Choice(name=name, arms=tuple(found), comment=attr.doc, span=attr.entry.span)
    if all(arm.test is not None for arm in found):
        choice = Optional(test=any_of(tests), node=choice)
    return [*nodes, choice]


def _phase(phases: list[int | Expr], tests: list[Expr], before: int | Expr) -> Expr:
    """Where alternatives that do not end at the same bit end; the last has no test where there is an otherwise."""
    rest = [*phases, before][len(tests)]
    made: Expr = Const(rest) if isinstance(rest, int) else rest
    for test, phase in reversed(list(zip(tests, phases, strict=False))):
        made = Cond(test, Const(phase) if isinstance(phase, int) else phase, made)
    return made


def _is_computed(expr: Expr) -> bool:
    return isinstance(expr, (Binary, Unary, Cond)) or depends_on_place(expr)


def _taken(place: Place, on: Value, cases: list[Any]) -> Expr | None:
    """The condition under which one of *cases* is taken; None: otherwise."""
    tests: list[Expr] = []
    for case in cases:
        if case.when is None:
            return None
        value = evaluated(place.frame, place.attr.id, case.when, on=on)
        if isinstance(on, Scalar) and isinstance(value, Scalar):
            tests.append(compared("eq", on, value))
    return any_of(tests) if cases else None
