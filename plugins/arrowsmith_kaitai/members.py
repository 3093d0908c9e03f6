"""The members of an object become nodes, in the order in which they are read: parameters, the sequence, instances.

Invariant: a node is put into a frame's members only behind what its expressions look up.
"""

from __future__ import annotations

from dataclasses import replace

from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Index, Position, Remaining, Unary
from arrowsmith.layout.nodes import Array, Choice, Derived, Group, Node, Optional
from arrowsmith_kaitai import elements
from arrowsmith_kaitai.bits import align, repeated_bits
from arrowsmith_kaitai.choosing import guarded, settled
from arrowsmith_kaitai.copies import column_kind, computed_nodes, copied
from arrowsmith_kaitai.evaluate import evaluated, expression
from arrowsmith_kaitai.faults import refuse
from arrowsmith_kaitai.frames import Bits, Frame, element_at, is_shown
from arrowsmith_kaitai.kinds import AnyKind
from arrowsmith_kaitai.operators import signed
from arrowsmith_kaitai.places import Place
from arrowsmith_kaitai.spec import Attr, BitsRef, EndianSwitch
from arrowsmith_kaitai.streams import Stream, either, opened
from arrowsmith_kaitai.unsigned import compared
from arrowsmith_kaitai.validity import is_late, valid_expr
from arrowsmith_kaitai.values import FALSE, TRUE, Alternatives, Loc, Null, Scalar, Streamed, Value, depends_on_place


def build(frame: Frame) -> tuple[Node, ...]:
    """Read all of *frame*; its members."""
    _params(frame)
    _endian(frame)
    for number, attr in enumerate(frame.spec.seq):
        frame.at, frame.phase = number, frame.bits.phase
        nodes = _attr(Place(frame, attr, frame.loc, frame.stream, lean=frame.lean))
        frame.members.extend(nodes)
        frame.done.add(attr.id)
        frame.members.extend(_late(Place(frame, attr, frame.loc, frame.stream, lean=frame.lean)))
    frame.at, frame.late = len(frame.spec.seq), True
    for attr in frame.spec.instances.values():
        demanded = (frame.loc.path, attr.id) in frame.expansion.demands
        if is_shown(frame, attr):
            add_instance(frame, attr, hidden=False)
        elif demanded:
            add_instance(frame, attr, hidden=True)
    frame.finished, frame.late = True, False
    return tuple(frame.members)


def _params(frame: Frame) -> None:
    for param in frame.spec.params:
        given = frame.arguments.get(param.id, Null())
        kind = frame.expansion.world.declared(param, frame.spec)
        if isinstance(given, Scalar) and not isinstance(kind, AnyKind):
            given = replace(given if column_kind(kind) == "uint64" else signed(given), kind=kind)
        elif isinstance(given, Null):
            given = Null(kind)
        nodes = copied(frame, param.id, given, param.doc, param.entry.span, hidden=frame.lean)
        frame.members.extend(nodes)


def _endian(frame: Frame) -> None:
    """Find out the byte order; where the data say it, it is a condition: little."""
    spec = frame.spec
    if not isinstance(spec.endian, EndianSwitch):
        frame.order = spec.endian
        return
    if not spec.own_endian:
        giver = next((f for f in frame.around if f.spec.endian is spec.endian and f.spec.own_endian), None)
        if giver is None:
            message = f"the byte order of {spec} is that of the object around it, and there is none here that has one"
            refuse("K0205", spec.entry, message)
        frame.order = giver.order
        return
    on = evaluated(frame, "", spec.endian.on)
    known: Expr | None = None
    little: Expr = FALSE
    for when, order in reversed(spec.endian.cases):
        if when is None:
            little, known = Const(order == "le"), TRUE
            continue
        case = evaluated(frame, "", when, on=on)
        test: Expr = FALSE
        if isinstance(on, Scalar) and isinstance(case, Scalar):
            test = compared("eq", on, case)
        little = Cond(test, Const(order == "le"), little)
        known = known if known == TRUE else test if known is None else Binary("any", test, known)
    loc = frame.loc.child("@little")
    valid = None
    if known != TRUE:
        check = frame.loc.child("a known byte order")
        node = Derived(name=check.path[-1], value=known or FALSE, kind="bool", hidden=True, valid=check.expr)
        frame.members.append(node)
    frame.members.append(Derived(name=loc.path[-1], value=little, kind="bool", hidden=True, valid=valid))
    frame.order = loc.expr


# --- one member --------------------------------------------------------------------------------------------------------


def _attr(place: Place) -> list[Node]:
    """The nodes of one member of a sequence."""
    frame, attr = place.frame, place.attr
    test, nodes = _condition(place)
    before = frame.bits.phase
    body = align(frame, attr, attr.ref) + (_repeated(place) if attr.repeat else elements.single(place))
    if test is None:
        return nodes + body
    after = frame.bits.phase
    if after != before:
        phases = [Const(p) if isinstance(p, int) else p for p in (after, before)]
        frame.bits.phase = Cond(test, phases[0], phases[1])
    return [*nodes, Optional(test=test, node=_one(body), span=attr.entry.span)]


def _late(place: Place) -> list[Node]:
    """A condition on a member that has to be looked at behind it."""
    frame, attr = place.frame, place.attr
    if not is_late(place):
        return []
    value = element_at(frame.expansion, frame.spec, attr, place.loc)
    test = valid_expr(place, settled(value) if isinstance(value, Alternatives) else value, late=True)
    check = frame.loc.child(f"{attr.id}: valid")
    node = Derived(
        name=check.path[-1], value=test or FALSE, kind="bool", hidden=True, valid=check.expr, span=attr.entry.span
    )
    if attr.test is None:
        return [node]
    return [Optional(test=frame.loc.child(f"{attr.id}@if").expr, node=node)]


def _condition(place: Place) -> tuple[Expr | None, list[Node]]:
    """The condition of a member, and the node that keeps it."""
    attr = place.attr
    if attr.test is None:
        return None, []
    test = expression(place.frame, attr.id, attr.test)
    name = f"{attr.id}@if"
    kept = Derived(name=name, value=test, kind="bool", hidden=True, span=attr.test.entry.span)
    return place.base.child(name).expr, [kept]


def _one(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Group(name="", members=tuple(nodes))


def _repeated(place: Place) -> list[Node]:
    frame, attr = place.frame, place.attr
    if isinstance(attr.ref, BitsRef) and attr.ref.width and not (attr.ref.width % 8 == 0 and frame.bits.phase == 0):
        return repeated_bits(place)
    count = place.count(attr.count) if attr.count is not None else None
    if count is not None and depends_on_place(count):
        count, kept = place.keep("count", count, "int64")
    else:
        kept = []
    if elements.too_deep(place):
        frame.cut.add(attr.id)
        none = Binary("eq", count if count is not None else Remaining(), Const(0))
        return [*kept, *elements.deep(place, attr.id, place.loc, none if attr.until is None else FALSE)]
    frame.expansion.arrays[place.loc.path] = frame.arrays
    frame.inside = 1
    phase = frame.bits.phase
    body = elements.element(place)
    if frame.bits.phase != phase:
        body = _unaligned(place, phase)
    until = None
    if attr.until is not None:
        it = element_at(frame.expansion, frame.spec, attr, place.loc)
        frame.closing = attr.id
        until = expression(frame, attr.id, attr.until, it)
        frame.closing = ""
    frame.inside = 0
    number = count.value if isinstance(count, Const) and isinstance(count.value, int) and count.value >= 0 else count
    array = Array(
        name=attr.id,
        element=_one(body),
        count=number,
        until=until,
        comment=attr.doc,
        span=attr.entry.span,
    )
    return [*kept, array]


def _unaligned(place: Place, phase: int | Expr) -> list[Node]:
    """An element that does not end at the bit of a byte where it begins: each goes on where the one before it ended."""
    frame, loc = place.frame, place.loc
    first: Expr = Const(phase) if isinstance(phase, int) else phase
    begin = loc.child("@begin")
    before = Loc((*loc.path,)).item(Binary("sub", Index(), Const(1))).child("@end").expr
    frame.bits = Bits(begin.expr, frame.bits.order)
    body = elements.element(place)
    ended = frame.bits.phase
    last = loc.item(Binary("sub", Unary("len", loc.expr), Const(1))).child("@end").expr
    frame.bits.phase = Cond(Binary("gt", Unary("len", loc.expr), Const(0)), last, first)
    begun = Cond(Binary("eq", Index(), Const(0)), first, before)
    return [
        Derived(name="@begin", value=begun, hidden=True),
        *map(_nameless, body),
        Derived(name="@end", value=Const(ended) if isinstance(ended, int) else ended, hidden=True),
    ]


def _nameless(node: Node) -> Node:
    """*node*, whose alternatives belong to the element itself."""
    if isinstance(node, Optional):
        return replace(node, node=_nameless(node.node))
    return replace(node, name="") if isinstance(node, Choice) else node


# --- instances ---------------------------------------------------------------------------------------------------------


def add_instance(frame: Frame, attr: Attr, *, hidden: bool) -> None:
    """Read or compute the instance *attr* of *frame*, and put it into its members."""
    name = attr.id
    if name in frame.done or name in frame.open:
        return
    frame.open.append(name)
    inside, frame.inside = frame.inside, 0
    if attr.value is not None:
        nodes = _computed(frame, attr, hidden=hidden)
    else:
        nodes = _positional(Place(frame, attr, frame.loc, frame.stream, lean=frame.lean or hidden))
        if hidden and nodes:
            nodes = [Group(name="", members=tuple(nodes), hidden=True)]
    frame.members.extend(nodes)
    frame.inside = inside
    frame.open.remove(name)
    frame.done.add(name)


def _computed(frame: Frame, attr: Attr, *, hidden: bool) -> list[Node]:
    assert attr.value is not None
    value = evaluated(frame, attr.id, attr.value)
    if attr.enum is not None and isinstance(value, Scalar):
        value = replace(value, kind=frame.expansion.world.enumerated(attr.enum, frame.spec, value.kind))
    test, nodes = _condition(Place(frame, attr, frame.loc, frame.stream, lean=frame.lean))
    made, kept = computed_nodes(frame, attr, value, test, hidden=hidden)
    if kept is not None:
        frame.values[attr.id] = kept if test is None or isinstance(kept, Scalar) else guarded(kept, test)
    return nodes + made


def _positional(place: Place) -> list[Node]:
    """The nodes of an instance that is read: nothing where its type stands in itself too often."""
    frame, attr = place.frame, place.attr
    if elements.too_deep(place):
        frame.cut.add(attr.id)
        return []
    test, nodes = _condition(place)
    target = _stream(place)
    position = expression(frame, attr.id, attr.pos) if attr.pos is not None else Position()
    if attr.pos is not None and isinstance(position, Const) and isinstance(position.value, int) and position.value < 0:
        refuse("K0402", attr.pos.entry, f"{attr.id} stands at position {position.value}")
    outside: list[Node] = []
    if target is not frame.stream:
        if depends_on_place(position):
            name = f"{attr.id}@pos"
            outside.append(Derived(name=name, value=position, hidden=True))
            position = place.base.child(name).expr
        place = replace(place, stream=target, outside=outside)
    saved, frame.bits = frame.bits, Bits()
    body = _repeated(place) if attr.repeat else elements.single(place)
    frame.bits = saved
    group = opened(target, frame.stream, position, tuple(body))
    inside: Node = group if not outside else Group(name="", members=(*outside, group))
    if test is None:
        return [*nodes, inside]
    return [*nodes, Optional(test=test, node=inside, span=attr.entry.span)]


def _stream(place: Place) -> Stream:
    frame, attr = place.frame, place.attr
    if attr.io is None:
        return frame.stream
    found: Value = evaluated(frame, attr.id, attr.io)
    if isinstance(found, Streamed):
        if found.other is None or found.test is None:
            return found.stream
        joined = either(found.test, found.stream, found.other)
        if joined is not None:
            return joined
    refuse("K0503", attr.io.entry, "what stream this is cannot be said before data are read")


def read_ahead(frame: Frame, attr: Attr) -> None:
    """Read *attr*, which comes later in *frame*, and all before it, hidden and ahead of their time; the cursor stays."""
    label = f"@ahead.{attr.id}"
    base = frame.loc.child(label)
    saved, inside, frame.inside = frame.bits, frame.inside, 0
    if attr.instance:
        frame.ahead[attr.id] = base
        nodes = _positional(Place(frame, attr, base, frame.stream, lean=True))
        frame.members.append(Group(name=label, hidden=True, members=tuple(nodes), span=attr.entry.span))
        frame.inside = inside
        return
    frame.bits, frame.seeking = Bits(frame.phase, saved.order), True
    found: list[Node] = []
    last = frame.spec.seq.index(attr)
    for number in range(frame.at, last + 1):
        one = frame.spec.seq[number]
        frame.ahead[one.id] = base
        found += _attr(Place(frame, one, base, frame.stream, lean=True))
    frame.bits, frame.inside, frame.seeking = saved, inside, False
    frame.members.append(Group(name=label, hidden=True, at=Position(), members=tuple(found), span=attr.entry.span))
