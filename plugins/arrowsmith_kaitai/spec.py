"""What a description says, with its keys read and its names not yet looked up.

Invariant: everything that can be wrong later holds the `Entry` that it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from arrowsmith_kaitai import ast
from arrowsmith_kaitai.documents import Entry

Endian: TypeAlias = Literal["le", "be"]


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """An expression where it stands."""

    tree: ast.Expr
    text: str
    entry: Entry


@dataclass(frozen=True, slots=True, eq=False)
class EndianSwitch:
    """A byte order that the data say: ``cases`` in order, the last without a condition where there is an ``_``."""

    on: Code
    cases: tuple[tuple[Code | None, Endian], ...]


@dataclass(frozen=True, slots=True)
class IntRef:
    """``u1``, ``s4le``; ``order`` is the type's own or the default one, None where there is none."""

    size: int
    signed: bool
    order: Endian | None = None


@dataclass(frozen=True, slots=True)
class FloatRef:
    size: int
    order: Endian | None = None


@dataclass(frozen=True, slots=True)
class BitsRef:
    width: int
    order: Endian


@dataclass(frozen=True, slots=True)
class StrRef:
    """``terminated``: ``strz``, whose terminator is a zero of the charset."""

    terminated: bool = False


@dataclass(frozen=True, slots=True)
class BytesRef:
    pass


@dataclass(frozen=True, slots=True)
class PlainRef:
    """A type that only parameters and casts have."""

    name: Literal["bool", "bytes", "str", "struct", "io", "any"]


@dataclass(frozen=True, slots=True, eq=False)
class UserRef:
    """A type that the description defines; ``entry`` is where it is named."""

    name: ast.TypeName
    arguments: tuple[Code, ...]
    entry: Entry


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One alternative: where ``when`` is None, otherwise.  ``entry``'s path has the meaning of the case, ``written``'s its text."""

    when: Code | None
    ref: TypeRef
    text: str
    entry: Entry
    written: Entry


@dataclass(frozen=True, slots=True, eq=False)
class SwitchRef:
    on: Code
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class ListRef:
    """A parameter's type with ``[]``."""

    element: TypeRef


TypeRef: TypeAlias = IntRef | FloatRef | BitsRef | StrRef | BytesRef | PlainRef | UserRef | SwitchRef | ListRef


@dataclass(frozen=True, slots=True, eq=False)
class Valid:
    """A condition on a value: ``eq``, ``min`` and ``max``, ``any_of``, ``expr``, or that it is ``in_enum``."""

    entry: Entry
    eq: Code | None = None
    least: Code | None = None
    most: Code | None = None
    any_of: tuple[Code, ...] | None = None
    expr: Code | None = None
    in_enum: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    name: str
    arguments: tuple[Code, ...]
    entry: Entry


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Attr:
    """A member of a sequence, an instance that is read, or (where ``value`` is there) one that is computed."""

    id: str
    entry: Entry
    ref: TypeRef = BytesRef()
    type_entry: Entry | None = None
    size: Code | None = None
    size_eos: bool = False
    terminator: bytes | None = None
    include: bool = False
    consume: bool = True
    eos_error: bool = True
    pad_right: int | None = None
    contents: bytes | None = None
    encoding: str | None = None
    process: Process | None = None
    enum: tuple[tuple[str, ...], Entry] | None = None
    test: Code | None = None
    repeat: Literal["", "expr", "eos", "until"] = ""
    count: Code | None = None
    until: Code | None = None
    valid: Valid | None = None
    parent: Code | Literal[False] | None = None
    pos: Code | None = None
    io: Code | None = None
    value: Code | None = None
    instance: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Param:
    id: str
    entry: Entry
    ref: TypeRef
    enum: tuple[tuple[str, ...], Entry] | None
    type_entry: Entry | None
    doc: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class EnumSpec:
    """Labels by number; ``path`` is where it is defined."""

    name: str
    labels: tuple[tuple[int, str], ...]
    path: str

    def number(self, label: str) -> int | None:
        """The number of *label*."""
        return next((number for number, known in self.labels if known == label), None)


@dataclass(slots=True, eq=False)
class TypeSpec:
    """A type: of a document as a whole, or one that is defined in another.  ``names`` leads to it from the document's own name."""

    names: tuple[str, ...]
    entry: Entry
    outer: TypeSpec | None
    endian: Endian | EndianSwitch | None = None
    bit_order: Endian = "be"
    encoding: str | None = None
    doc: str = ""
    params: tuple[Param, ...] = ()
    seq: tuple[Attr, ...] = ()
    instances: dict[str, Attr] = field(default_factory=dict)
    types: dict[str, TypeSpec] = field(default_factory=dict)
    enums: dict[str, EnumSpec] = field(default_factory=dict)
    imports: tuple[tuple[str, Entry], ...] = ()
    #: whether ``endian`` is its own and not an outer type's
    own_endian: bool = False
    opaque: bool = False
    #: what a text of its objects is made of, by ``to-string``; it is checked and makes no column
    shown: Code | None = None

    def __str__(self) -> str:
        return "::".join(self.names)

    @property
    def name(self) -> str:
        return self.names[-1]

    @property
    def top(self) -> TypeSpec:
        """The type of the whole document."""
        found = self
        while found.outer is not None:
            found = found.outer
        return found

    def member(self, name: str) -> Attr | Param | None:
        """What *name* means in this type: an instance, a member of the sequence, a parameter."""
        if name in self.instances:
            return self.instances[name]
        members: tuple[Attr | Param, ...] = (*self.seq, *self.params)
        return next((m for m in members if m.id == name), None)

    @property
    def members(self) -> list[str]:
        """Every name that this type has."""
        return [*(m.id for m in self.params), *(m.id for m in self.seq), *self.instances]

    def inside(self) -> list[TypeSpec]:
        """This type and all that are defined in it."""
        return [self, *(deeper for inner in self.types.values() for deeper in inner.inside())]
