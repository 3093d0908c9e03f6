"""Types → Layout: members become fields, groups, arrays and overlays at their places, slack becomes padding.

Invariant: the nodes of a struct take its size (one that ends in a flexible array: up to that array), whatever is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from arrowsmith.layout.nodes import Array, Field, Group, Layout, Node, Overlay, Padding, Record, Table
from arrowsmith.layout.types import Bits, Boolean, Bytes, Enumeration, Float, Integer, Text, Type
from arrowsmith_cstruct.choices import Choices
from arrowsmith_cstruct.framing import frame
from arrowsmith_cstruct.model import Aggregate, ArrayOf, CType, Enumerated, Member, Scalar
from arrowsmith_cstruct.sheet import Sheet

#: The key of a struct's or an array's own type in a column's metadata.
_TYPE = "arrowsmith.type"


def lay_out(sheet: Sheet, name: str, root: Aggregate, choices: Choices) -> Layout:
    """The Layout whose records are *root*, called *name*."""
    record = Record(
        name=name,
        members=tuple(_Mapper(sheet, choices).nodes(root)),
        short=choices.short,
        comment=root.comment,
        span=root.span,
    )
    return Layout(name=name, tables=(Table(record=record),), framing=frame(choices, root), dictionary="c")


class _Mapper:
    def __init__(self, sheet: Sheet, choices: Choices) -> None:
        self.sheet = sheet
        self.choices = choices

    # --- structs and unions ---

    def nodes(self, made: Aggregate) -> Iterator[Node]:
        """The nodes of a struct's or a union's members."""
        return self.union(made) if made.kind == "union" else self.struct(made)

    def struct(self, made: Aggregate) -> Iterator[Node]:
        at = 0
        for run in _runs(made.members):
            start = run[0].place // 8
            yield from _slack(start - at)
            at = start
            if run[0].width is None:
                yield self.member(run[0])
                at += run[0].type.size
                continue
            for nodes, end in self.bit_fields(run):
                yield from nodes
                at = end
        if not made.flexible:
            yield from _slack(made.size - at)

    def union(self, made: Aggregate) -> Iterator[Node]:
        views = [self.view(member) for member in made.members]
        longest = max(-(-member.bits // 8) for member in made.members)
        if len(views) == 1:
            yield views[0]
            yield from _slack(made.size - longest)
        else:
            padding = (Padding(size=made.size),) if made.size > longest else ()
            yield Overlay(views=(*views, *padding), span=made.span)

    def view(self, member: Member) -> Node:
        if member.width is None:
            return self.member(member)
        ((nodes, _),) = self.bit_fields([member])
        (node,) = nodes
        return node

    # --- members ---

    def member(self, member: Member) -> Node:
        """The node of a member that is no bit field."""
        if isinstance(member.type, Aggregate) and not member.name:
            nodes = tuple(self.nodes(member.type))
            return nodes[0] if len(nodes) == 1 else Group(name="", members=nodes, span=member.span)
        return self.node(member, member.type, member.type_text, member.comment)

    def node(self, member: Member, made: CType, text: str, comment: str) -> Node:
        """The node of the type *made*, written *text*, for *member* or its elements."""
        metadata = ((_TYPE, text),)
        if isinstance(made, Aggregate):
            inline = not made.tag and not made.names  # what is said about it is said at its only member
            return Group(
                name=member.name,
                members=tuple(self.nodes(made)),
                comment=made.comment if inline else comment or made.comment,
                metadata=metadata,
                span=member.span,
            )
        kind = self.type(made)
        if kind is not None:
            return Field(name=member.name, type=kind, type_text=text, comment=comment, span=member.span)
        assert isinstance(made, ArrayOf)
        return Array(
            name=member.name,
            element=self.node(member, made.element, made.text, ""),
            count=made.count,
            comment=comment,
            metadata=metadata,
            span=member.span,
        )

    def bit_fields(self, run: Sequence[Member]) -> Iterator[tuple[list[Node], int]]:
        """Bit fields that share bytes, each with the byte behind what is read so far; all of them in one unit where 8 bytes hold
        them, else each in the bytes that it touches."""
        first, end = run[0].place // 8, _end(run[-1])
        if end - first <= 8:
            yield [self.bits(member, first, end, advance=member is run[-1]) for member in run], end
            return
        at = first
        for member, following in pairwise([*run, None]):
            assert member is not None
            start, behind = member.place // 8, _end(member)
            if behind - start > 8:
                raise self.refusal(member)
            advance = following is None or following.place // 8 >= behind
            yield [*_slack(start - at), self.bits(member, start, behind, advance=advance)], behind if advance else start
            at = behind if advance else start

    def refusal(self, member: Member) -> Exception:
        start = self.sheet.starts[self.sheet.sources.index(member.span.source)]
        return self.sheet.refusal(
            "H0304",
            f"the bit field {member.name} touches 9 bytes, and bits are read from 8 at most",
            start + member.span.start,
            start + member.span.end,
            help="declare the bytes that it is in as an array of unsigned char",
        )

    def bits(self, member: Member, start: int, end: int, *, advance: bool) -> Field:
        """The field of a bit field that is read from the bytes *start* to *end*."""
        assert member.width is not None
        made = member.type
        base = made.base if isinstance(made, Enumerated) else made
        assert isinstance(base, Scalar)
        bits = Bits(
            width=member.width,
            shift=member.place - start * 8,
            size=end - start,
            order=self.choices.order,
            signed=self.signed(base),
            boolean=base.kind == "bool",
            advance=advance,
        )
        kind: Type = bits
        if isinstance(made, Enumerated):
            kind = Enumeration(base=bits, labels=made.labels, output=self.choices.enums)
        return Field(name=member.name, type=kind, type_text=member.type_text, comment=member.comment, span=member.span)

    # --- types ---

    def type(self, made: CType) -> Type | None:
        """The physical type of a field; None where *made* takes more than one field."""
        match made:
            case Enumerated():
                return Enumeration(base=self.integer(made.base), labels=made.labels, output=self.choices.enums)
            case Scalar(kind="float"):
                return Float(kind="ieee32" if made.size == 4 else "ieee64", order=self.choices.order)
            case Scalar(kind="bool"):
                return Boolean(base=self.integer(made))
            case Scalar(kind="character"):
                return self.characters(made, made.size)
            case Scalar():
                return self.integer(made)
            case ArrayOf(element=Scalar(kind="character") as character, count=count):
                return self.characters(character, None if count is None else count * character.size, many=True)
            case ArrayOf(element=Scalar(kind="integer", size=1, signed=False), count=count) if self.choices.byte_arrays:
                return Bytes(size=count)
        return None

    def characters(self, made: Scalar, size: int | None, *, many: bool = False) -> Type | None:
        """The type of *size* bytes of characters; None where they are an array of integers."""
        charset = self.choices.charset_of(made.size)
        nul = "\0".encode(charset)
        match self.choices.chars:
            case "text":
                return Text(
                    size=size, charset=charset, terminator=nul, require=False, undecodable=self.choices.undecodable
                )
            case "padded":
                return Text(size=size, charset=charset, trim="right", pad=nul, undecodable=self.choices.undecodable)
            case "bytes" if made.size == 1:
                return Bytes(size=size)
        return None if many else self.integer(made)

    def integer(self, made: Scalar) -> Integer:
        signed = self.signed(made)
        return Integer(bits=made.size * 8, encoding="twos" if signed else "unsigned", order=self.choices.order)

    def signed(self, made: Scalar) -> bool:
        """Whether an integer type has a sign; for plain char, whether the option says so."""
        return self.choices.chars != "unsigned" if made.kind == "character" and made.size == 1 else made.signed


def _runs(members: Sequence[Member]) -> Iterator[list[Member]]:
    """*members* one by one, bit fields that share bytes together."""
    run: list[Member] = []
    for member in members:
        shares = run and member.width is not None and run[-1].width is not None and member.place // 8 < _end(run[-1])
        if run and not shares:
            yield run
            run = []
        run.append(member)
    if run:
        yield run


def _end(member: Member) -> int:
    """The byte behind a member."""
    return -(-(member.place + member.bits) // 8)


def _slack(size: int) -> Iterator[Padding]:
    if size:
        yield Padding(size=size)
