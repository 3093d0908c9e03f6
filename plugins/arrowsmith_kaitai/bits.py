"""Fields of bits: where in its byte each begins, as long as that is the same in all data an offset, else an expression.

The cursor stands at the byte that holds the next bit.  Whole bytes are read from the next byte on.
"""

from __future__ import annotations

from typing import Literal

from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Index, Peek, Position, Remaining, Unary
from arrowsmith.layout.nodes import Array, Derived, Field, Group, Node, Padding
from arrowsmith.layout.types import Bits as BitsType
from arrowsmith.layout.types import Enumeration, Integer
from arrowsmith_kaitai.evaluate import expression
from arrowsmith_kaitai.faults import refuse
from arrowsmith_kaitai.frames import Frame, element_at
from arrowsmith_kaitai.kinds import EnumKind
from arrowsmith_kaitai.places import Place, beside
from arrowsmith_kaitai.spec import Attr, BitsRef, SwitchRef, TypeRef, UserRef
from arrowsmith_kaitai.unsigned import twin
from arrowsmith_kaitai.validity import valid_expr
from arrowsmith_kaitai.values import Loc, Scalar

#: The most bits that are looked at where their place in a byte is not known before.
MOST_LOOSE = 56


def align(frame: Frame, attr: Attr, ref: TypeRef | None) -> list[Node]:
    """What takes the cursor to the next byte, where *attr*, whose type is *ref*, begins at one.  Bits go on where others ended, and so
    does an object without a size, for its first member says; each alternative of a switch speaks for itself."""
    phase = frame.bits.phase
    sized = attr.size is not None or attr.size_eos or attr.terminator is not None
    if phase == 0 or isinstance(ref, BitsRef | SwitchRef) or (isinstance(ref, UserRef) and not sized):
        return []
    frame.bits.phase = 0
    if isinstance(phase, int):
        return [Padding(size=1)]
    return [Padding(size=Cond(Binary("gt", phase, Const(0)), Const(1), Const(0)))]


def bit_field(place: Place, ref: BitsRef, name: str, loc: Loc) -> list[Node]:
    """The nodes of one field of bits, which is not repeated."""
    frame, attr = place.frame, place.attr
    phase, bits = frame.bits.phase, frame.bits
    nodes: list[Node] = []
    order: Literal["big", "little"] = "little" if ref.order == "le" else "big"
    if phase == 0:
        bits.rest = None
    elif bits.order != ref.order or bits.rest is not None:
        return _mixed(place, ref, name, loc)
    bits.order = ref.order
    if not ref.width:  # nothing is read, and nothing moves
        return _shown(place, ref, name, loc, Const(0))
    if not isinstance(phase, int):
        return nodes + _loose(place, ref, name, loc, phase)
    end = phase + ref.width
    bits.phase = end % 8
    if end > 64:
        return nodes + _wide(place, ref, name, loc, phase)
    bits_type = BitsType(
        width=ref.width, shift=phase, size=-(-end // 8), order=order, boolean=_boolean(place, ref), advance=end % 8 == 0
    )
    physical: BitsType | Enumeration = bits_type
    if (labels := _labels(place)) is not None:
        physical = Enumeration(base=bits_type, labels=labels, output=frame.expansion.options["enums"])
    if ref.width == 64 and place.attr.enum is None:  # expressions take the same bits as a number with a sign
        kept = twin(loc, element=not name)
        other = Field(name=kept.path[-1], type=Integer(bits=64, encoding="twos", order=order), hidden=True)
        nodes.append(Group(name="", at=Position(), hidden=True, members=(other,)))
    nodes.append(
        Field(
            name=name,
            type=physical,
            valid=valid_expr(place, _value(place, ref, name, loc)),
            type_text=f"b{ref.width}{ref.order}",
            comment=attr.doc,
            span=attr.entry.span,
        )
    )
    return nodes if end % 8 == 0 else [*nodes, Padding(size=end // 8)]


def _boolean(place: Place, ref: BitsRef) -> bool:
    return ref.width == 1 and place.attr.enum is None


def _labels(place: Place) -> tuple[tuple[int, str], ...] | None:
    if place.attr.enum is None:
        return None
    kind = place.frame.expansion.world.declared(place.attr, place.frame.spec)
    return kind.spec.labels if isinstance(kind, EnumKind) else None


def _value(place: Place, ref: BitsRef, name: str, loc: Loc) -> Scalar:
    """What expressions take for a field of bits."""
    kind = place.frame.expansion.world.kind(ref, place.frame.spec)
    if ref.width == 64 and place.attr.enum is None:
        return Scalar(kind, twin(loc, element=not name).expr, None, True)
    return Scalar(kind, loc.expr)


def _shown(place: Place, ref: BitsRef, name: str, loc: Loc, value: Expr) -> list[Node]:
    """A field of bits whose value is computed."""
    attr, boolean = place.attr, _boolean(place, ref)
    nodes: list[Node] = []
    if ref.width == 64 and attr.enum is None:
        kept = twin(loc, element=not name)
        nodes.append(Derived(name=kept.path[-1], value=value, hidden=True))
        value = kept.expr
    valid = valid_expr(place, _value(place, ref, name, loc))
    shown = Derived(
        name=name,
        value=Binary("ne", value, Const(0)) if boolean else value,
        kind="bool" if boolean else "uint64" if ref.width == 64 else "int64",
        labels=_labels(place) or (),
        output=place.frame.expansion.options["enums"],
        comment=attr.doc,
        valid=valid,
        span=attr.entry.span,
    )
    return [*nodes, shown]


def _mixed(place: Place, ref: BitsRef, name: str, loc: Loc) -> list[Node]:
    """Bits that go on in a byte where bits of the other order ended: those that are left of it, and then the next bytes."""
    bits, little = place.frame.bits, ref.order == "le"
    if not isinstance(bits.phase, int):
        refuse("K0503", place.attr.entry, "bits of both orders, where the place in their byte depends on the data")
    low, high = bits.rest or ((0, 8 - bits.phase) if bits.order == "be" else (bits.phase, 8))
    bits.order = ref.order
    width = min(ref.width, high - low)
    part, where = beside(name, loc)("rest")
    shift = low if little else 8 - high
    first = Field(
        name=part, type=BitsType(width=width, shift=shift, size=1, order="little" if little else "big"), hidden=True
    )
    low, high = (low + width, high) if little else (low, high - width)
    if high > low:
        bits.rest = (low, high)
        return [first, Padding(size=0), *_shown(place, ref, name, loc, where.expr)]
    bits.phase, bits.rest = 0, None
    nodes: list[Node] = [first, Padding(size=1)]
    rest = BitsRef(ref.width - width, ref.order)
    if not rest.width:
        return [*nodes, *_shown(place, ref, name, loc, where.expr)]
    more, there = beside(name, loc)("more")
    end = rest.width % 8
    size = -(-rest.width // 8)
    nodes.append(
        Field(
            name=more,
            type=BitsType(width=rest.width, shift=0, size=size, order="little" if little else "big", advance=not end),
            hidden=True,
        )
    )
    nodes += [Padding(size=rest.width // 8)] if end else []
    bits.phase = end
    shifted = (there, width, where) if little else (where, rest.width, there)
    value = Binary("or", Binary("shl", shifted[0].expr, Const(shifted[1])), shifted[2].expr)
    return [*nodes, *_shown(place, ref, name, loc, value)]


def _wide(place: Place, ref: BitsRef, name: str, loc: Loc, phase: int) -> list[Node]:
    """Bits of more than eight bytes: two fields, put together."""
    low_width = 32
    parts = [ref.width - low_width, low_width] if ref.order == "be" else [low_width, ref.width - low_width]
    nodes: list[Node] = []
    refs: list[Expr] = []
    for number, width in enumerate(parts):
        end = phase + width
        part, where = beside(name, loc)(f"part{number}")
        order: Literal["big", "little"] = "little" if ref.order == "le" else "big"
        nodes.append(
            Field(name=part, type=BitsType(width=width, shift=phase, size=-(-end // 8), order=order), hidden=True)
        )
        nodes.append(Padding(size=end // 8))
        refs.append(where.expr)
        phase = end % 8
    high, low = refs if ref.order == "be" else reversed(refs)
    value = Binary("or", Binary("shl", high, Const(low_width)), low)
    return [*nodes, *_shown(place, ref, name, loc, value)]


def _loose(place: Place, ref: BitsRef, name: str, loc: Loc, phase: Expr) -> list[Node]:
    """Bits whose place in their byte the data decide."""
    if ref.width > MOST_LOOSE:
        message = f"{ref.width} bits whose place in their byte depends on the data"
        refuse("K0503", place.attr.entry, message, f"at most {MOST_LOOSE} can be read there")
    order: Literal["big", "little"] = "little" if ref.order == "le" else "big"
    shown = _shown(place, ref, name, loc, Peek(ref.width, phase, order))
    label, where = beside(name, loc)("bit")
    end = Derived(name=label, value=Binary("add", phase, Const(ref.width)), hidden=True)
    place.frame.bits.phase = Binary("mod", where.expr, Const(8))
    return [end, *shown, Padding(size=Binary("div", where.expr, Const(8)))]


def repeated_bits(place: Place) -> list[Node]:
    """A list of fields of bits that do not all begin with a byte."""
    frame, attr, ref = place.frame, place.attr, place.attr.ref
    assert isinstance(ref, BitsRef)
    if ref.width > MOST_LOOSE:
        message = f"{ref.width} bits are repeated, and they do not all begin with a byte"
        refuse("K0503", attr.entry, message, f"at most {MOST_LOOSE} can be read there")
    phase = frame.bits.phase
    if phase != 0 and (frame.bits.order != ref.order or frame.bits.rest is not None):
        refuse("K0503", attr.entry, "bits of both orders, where some that are repeated follow others in their byte")
    frame.bits.order = ref.order
    first: Expr = Const(phase) if isinstance(phase, int) else phase
    nodes: list[Node] = []
    if not isinstance(phase, int):
        name = f"{attr.id}@bit"
        nodes.append(Derived(name=name, value=first, hidden=True))
        first = place.base.child(name).expr
    count: Expr | None = None
    if attr.count is not None:
        count = place.count(attr.count)
    elif attr.until is None:  # to the end of the stream; one that is cut off is refused
        left = Binary("sub", Binary("mul", Remaining(), Const(8)), first)
        count = Binary("div", Binary("add", left, Const(ref.width - 1)), Const(ref.width))
    where = Binary("add", first, Binary("mul", Index(), Const(ref.width)))
    begin = Binary("mod", where, Const(8))
    order: Literal["big", "little"] = "little" if ref.order == "le" else "big"
    shown = _shown(place, ref, "", place.loc, Peek(ref.width, begin, order))
    move = Padding(size=Binary("div", Binary("add", begin, Const(ref.width)), Const(8)))
    until = None
    if attr.until is not None:
        frame.closing, frame.inside = attr.id, 1
        frame.bits.phase = Binary("mod", Binary("add", begin, Const(ref.width)), Const(8))
        it = element_at(frame.expansion, frame.spec, attr, place.loc)
        until = expression(frame, attr.id, attr.until, it)
        frame.closing, frame.inside = "", 0
    array = Array(
        name=attr.id,
        element=Group(name="", members=(*shown, move)),
        count=count,
        until=until,
        comment=attr.doc,
        span=attr.entry.span,
    )
    if isinstance(phase, int) and isinstance(count, Const) and isinstance(count.value, int) and count.value >= 0:
        frame.bits.phase = (phase + count.value * ref.width) % 8
        return [*nodes, array]
    read = Binary("mul", Unary("len", place.loc.expr), Const(ref.width))
    frame.bits.phase = Binary("mod", Binary("add", first, read), Const(8))
    return [*nodes, array]
