"""Expressions as trees.  ``start`` and ``end`` are characters of the expression's text.

Invariant: two trees are equal where the expressions mean the same, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What every part of an expression has: where it stands."""

    start: int = field(default=0, compare=False, repr=False)
    end: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TypeName(Node):
    """The name of a type, of several parts where it is nested; ``array``: a list of them.  ``absolute``: it began with ``::``."""

    names: tuple[str, ...]
    array: bool = False
    absolute: bool = False

    def __str__(self) -> str:
        return ("::" if self.absolute else "") + "::".join(self.names) + ("[]" if self.array else "")


@dataclass(frozen=True, slots=True)
class Int(Node):
    value: int


@dataclass(frozen=True, slots=True)
class Real(Node):
    value: float


@dataclass(frozen=True, slots=True)
class Str(Node):
    value: str


@dataclass(frozen=True, slots=True)
class Truth(Node):
    value: bool


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A name of the type at hand, or one of those that begin with ``_``."""

    name: str


@dataclass(frozen=True, slots=True)
class Label(Node):
    """A label of an enumeration: the path of its type, its name, the label."""

    enum: TypeName
    label: str


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    value: Expr
    name: str


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A method that takes arguments."""

    value: Expr
    name: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Subscript(Node):
    value: Expr
    index: Expr


@dataclass(frozen=True, slots=True)
class Cast(Node):
    value: Expr
    type: TypeName


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """``-``, ``~``, ``not``."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """``+ - * / % & | ^ << >>``."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """``== != < <= > >=``."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """``and``, ``or``."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Cond(Node):
    test: Expr
    then: Expr
    other: Expr


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class SizeOf(Node):
    """The bytes (``bits``: the bits) that a type takes."""

    type: TypeName
    bits: bool = False


@dataclass(frozen=True, slots=True)
class Format(Node):
    """Texts and values put together."""

    parts: tuple[Expr, ...]


Expr: TypeAlias = (
    Int
    | Real
    | Str
    | Truth
    | Name
    | Label
    | Attribute
    | Call
    | Subscript
    | Cast
    | Unary
    | Binary
    | Compare
    | Logic
    | Cond
    | ListOf
    | SizeOf
    | Format
)


@dataclass(frozen=True, slots=True)
class TypeCall(Node):
    """The value of a ``type`` or ``process`` key: a name with arguments."""

    type: TypeName
    arguments: tuple[Expr, ...] = ()


def parts(expr: Expr) -> Iterator[Expr]:
    """*expr* and all expressions in it."""
    yield expr
    for each in fields(expr):
        value = getattr(expr, each.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node) and not isinstance(part, TypeName):
                yield from parts(part)  # type: ignore[arg-type]  # all others are expressions


def names(expr: Expr) -> Iterator[str]:
    """The names in *expr* that are none of an attribute."""
    return (part.name for part in parts(expr) if isinstance(part, Name))


_OPERATORS = {
    "+": "Add", "-": "Sub", "*": "Mult", "/": "Div", "%": "Mod", "&": "BitAnd", "|": "BitOr", "^": "BitXor", "<<": "LShift",
    ">>": "RShift", "==": "Eq", "!=": "NotEq", "<": "Lt", "<=": "LtE", ">": "Gt", ">=": "GtE", "and": "And", "or": "Or",
}  # fmt: skip
_UNARY = {"-": "Minus", "~": "Invert", "not": "Not"}


def _list(parts: tuple[str, ...]) -> str:
    return f"List({', '.join(parts)})"


def _type(name: TypeName) -> str:
    return f"typeId({str(name.absolute).lower()},{_list(name.names)},{str(name.array).lower()})"


def notation(expr: Expr) -> str:
    """*expr* as the reference compiler writes it where an expression is a step of a document path (the cases of a switch)."""
    match expr:
        case Int(value):
            return f"IntNum({value})"
        case Real(value):
            return f"FloatNum({value})"
        case Str(value):
            return f"Str({value})"
        case Truth(value):
            return f"Bool({str(value).lower()})"
        case Name(name):
            return f"Name(identifier({name}))"
        case Label(enum, label):
            around = TypeName(enum.names[:-1], False, enum.absolute)
            return f"EnumByLabel(identifier({enum.names[-1]}),identifier({label}),{_type(around)})"
        case Attribute(value, name):
            return f"Attribute({notation(value)},identifier({name}))"
        case Call(value, name, arguments):
            return f"Call(Attribute({notation(value)},identifier({name})),{_list(tuple(map(notation, arguments)))})"
        case Subscript(value, index):
            return f"Subscript({notation(value)},{notation(index)})"
        case Cast(value, type):
            return f"CastToType({notation(value)},{_type(type)})"
        case Unary(op, operand):
            return f"UnaryOp({_UNARY[op]},{notation(operand)})"
        case Binary(op, left, right):
            return f"BinOp({notation(left)},{_OPERATORS[op]},{notation(right)})"
        case Compare(op, left, right):
            return f"Compare({notation(left)},{_OPERATORS[op]},{notation(right)})"
        case Logic(op, left, right):
            return f"BoolOp({_OPERATORS[op]},{_list((notation(left), notation(right)))})"
        case Cond(test, then, other):
            return f"IfExp({notation(test)},{notation(then)},{notation(other)})"
        case ListOf(items):
            return _list(tuple(map(notation, items)))
        case SizeOf(type, bits):
            return f"{'BitSizeOfType' if bits else 'ByteSizeOfType'}({_type(type)})"
        case Format(parts):
            return f"InterpolatedStr({_list(tuple(map(notation, parts)))})"
