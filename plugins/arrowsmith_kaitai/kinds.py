"""Types of values, as the language has them: what an expression is before any data is read.

Invariant: types are values; two are equal where the language makes no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from arrowsmith_kaitai.spec import EnumSpec, TypeSpec


@dataclass(frozen=True, slots=True)
class IntKind:
    """An integer: of ``size`` bytes (0: computed), with a sign or without."""

    size: int = 0
    signed: bool = True

    def __str__(self) -> str:
        return "integer"


@dataclass(frozen=True, slots=True)
class FloatKind:
    """A floating-point number of ``size`` bytes (0: computed)."""

    size: int = 0

    def __str__(self) -> str:
        return "float"


@dataclass(frozen=True, slots=True)
class BoolKind:
    def __str__(self) -> str:
        return "boolean"


@dataclass(frozen=True, slots=True)
class StrKind:
    def __str__(self) -> str:
        return "string"


@dataclass(frozen=True, slots=True)
class BytesKind:
    def __str__(self) -> str:
        return "bytes"


@dataclass(frozen=True, slots=True)
class EnumKind:
    """A value of an enumeration."""

    spec: EnumSpec

    def __str__(self) -> str:
        return f"enum {self.spec.name}"


@dataclass(frozen=True, slots=True)
class UserKind:
    """An object of a type."""

    spec: TypeSpec

    def __str__(self) -> str:
        return f"object of type {self.spec}"


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """An object of a type that is not known."""

    def __str__(self) -> str:
        return "object of some type"


@dataclass(frozen=True, slots=True)
class StreamKind:
    def __str__(self) -> str:
        return "stream"


@dataclass(frozen=True, slots=True)
class ListKind:
    """A list of elements of one type."""

    element: Kind

    def __str__(self) -> str:
        return f"list of {self.element}"


@dataclass(frozen=True, slots=True)
class AnyKind:
    """What may be anything: alternatives of a switch that have nothing in common."""

    def __str__(self) -> str:
        return "value of some type"


Kind: TypeAlias = (
    IntKind
    | FloatKind
    | BoolKind
    | StrKind
    | BytesKind
    | EnumKind
    | UserKind
    | ObjectKind
    | StreamKind
    | ListKind
    | AnyKind
)

INT, FLOAT, BOOL, STR, BYTES, STREAM, OBJECT, ANY = (
    IntKind(),
    FloatKind(),
    BoolKind(),
    StrKind(),
    BytesKind(),
    StreamKind(),
    ObjectKind(),
    AnyKind(),
)


def article(kind: Kind) -> str:
    """*kind* as messages say it."""
    text = str(kind)
    if isinstance(kind, (BytesKind, StreamKind)):
        return text if isinstance(kind, BytesKind) else f"a {text}"
    return f"an {text}" if text[0] in "aeio" else f"a {text}"


def common(a: Kind, b: Kind) -> Kind:
    """The type of what is of one or the other type; any, where they have nothing in common."""
    found = combined(a, b)
    return ANY if found is None else found


def combined(a: Kind, b: Kind) -> Kind | None:
    """The type that two types have in common; None where they have none."""
    if a == b:
        return a
    if isinstance(a, AnyKind) or isinstance(b, AnyKind):
        return ANY
    if isinstance(a, IntKind) and isinstance(b, IntKind):
        return INT
    if isinstance(a, (IntKind, FloatKind)) and isinstance(b, (IntKind, FloatKind)):
        return FLOAT
    if isinstance(a, (UserKind, ObjectKind)) and isinstance(b, (UserKind, ObjectKind)):
        return OBJECT
    if isinstance(a, ListKind) and isinstance(b, ListKind):
        element = combined(a.element, b.element)
        return None if element is None else ListKind(element)
    return None


def fits(given: Kind, wanted: Kind) -> bool:
    """Whether a value of one type may stand where another is *wanted*."""
    if isinstance(wanted, AnyKind) or isinstance(given, AnyKind) or given == wanted:
        return True
    match wanted:
        case IntKind() | FloatKind():
            return type(given) is type(wanted)
        case ObjectKind():
            return isinstance(given, (UserKind, ObjectKind))
        case ListKind(element):
            return isinstance(given, ListKind) and fits(given.element, element)
    return False
