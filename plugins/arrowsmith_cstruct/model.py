"""C's types as values: scalars, enumerations, arrays, structs and unions with the places of their members.

Sizes and alignments are bytes; places and widths of members are bits.  A place counts from the start of the struct, in the
order in which bits lie in memory: the most significant bit of a byte first in big-endian order, the least in little-endian.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from arrowsmith.diagnostics import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One number, truth, character or address."""

    kind: Literal["integer", "float", "bool", "character", "pointer"]
    size: int
    align: int
    signed: bool

    @property
    def columns(self) -> int:
        return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumerated:
    """An enumeration: ``labels`` for values of ``base``, the first name of each value."""

    base: Scalar
    labels: tuple[tuple[int, str], ...]

    @property
    def size(self) -> int:
        return self.base.size

    @property
    def align(self) -> int:
        return self.base.align

    @property
    def columns(self) -> int:
        return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayOf:
    """``count`` elements; None: as many as the record holds (a flexible array member).  ``text``: how the element is written."""

    element: CType
    count: int | None
    text: str

    @property
    def size(self) -> int:
        return self.element.size * (self.count or 0)

    @property
    def align(self) -> int:
        return self.element.align

    @property
    def columns(self) -> int:
        return self.element.columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member with something to read: ``name`` is empty for a struct or union whose members count as the outer one's.
    ``width``: bits of a bit field; None for others."""

    name: str
    type: CType
    place: int
    width: int | None
    type_text: str
    comment: str
    span: Span

    @property
    def bits(self) -> int:
        """How many bits it takes."""
        return self.type.size * 8 if self.width is None else self.width


@dataclass(slots=True, eq=False)
class Aggregate:
    """A struct or union.  Until it is ``complete`` it can only be pointed to.  ``held``: another one holds it by value;
    ``top``: it is defined at the level of the file."""

    kind: Literal["struct", "union"]
    tag: str
    span: Span
    names: list[str] = field(default_factory=list)
    comment: str = ""
    members: tuple[Member, ...] = ()
    size: int = 0
    align: int = 1
    columns: int = 0
    complete: bool = False
    held: bool = False
    top: bool = False

    @property
    def said(self) -> str:
        """How messages call it."""
        return f"{self.kind} {self.tag}" if self.tag else self.names[0] if self.names else f"an unnamed {self.kind}"

    @property
    def flexible(self) -> bool:
        """Whether its last member has as many elements as the record holds."""
        last = self.members[-1].type if self.members else None
        return isinstance(last, ArrayOf) and last.count is None


def bottom(made: CType) -> CType:
    """What an array is of in the end; any other type itself."""
    while isinstance(made, ArrayOf):
        made = made.element
    return made


CType: TypeAlias = Scalar | Enumerated | ArrayOf | Aggregate
