"""Expressions: the one language in which a Layout says how long, how many, where and whether.

Values are 64-bit signed integers, booleans, floats, text and bytes; null propagates through every operator, and a null
condition is false.  Names are resolved by lowering, not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Const:
    """A literal: integer, boolean, float, text or bytes."""

    value: int | bool | float | str | bytes


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of a field that was read before.

    ``path`` names it from the record's root (``up`` None) or from the group that is ``up`` groups above the one that
    holds the expression (0 = that group itself).  Inside an array's element, a path through the same array means the
    current element.  An unnamed group is no step of a path.
    """

    path: tuple[str, ...]
    up: int | None = None


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of the Plan: a value that was read from the file's header, or given by the user."""

    name: str


@dataclass(frozen=True, slots=True)
class Unary:
    """``neg``, ``not`` (boolean), ``inv`` (bits), ``len`` (of text, in characters; of bytes and arrays, in items), ``int``
    (of text: decimal digits; of a boolean: 0 or 1; of a float, or a reference to a decimal: towards zero), ``str`` (of an
    integer: its digits), ``abs``, ``present`` (of a reference: whether it has a value), ``reverse`` (of text, by characters; of
    bytes)."""

    op: str
    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary:
    """``add sub mul div mod`` (div and mod round towards minus infinity), ``shl shr and or xor`` (bits), ``eq ne lt le gt
    ge`` (integers, floats, text by code point, bytes by value), ``all any`` (boolean, the right side only where it
    decides), ``cat`` (text or bytes), ``min max``, ``byte`` (of bytes, by its number from 0), ``radix`` (the integer that a
    text spells in a base, a literal from 2 to 36)."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Cond:
    """``then`` where ``test`` holds, else ``other``; only the chosen one is evaluated."""

    test: Expr
    then: Expr
    other: Expr


@dataclass(frozen=True, slots=True)
class Item:
    """Element ``index`` (from 0) of an array read before, and in it the field ``path`` (empty: the element itself).  The array may
    itself be in an element: an item whose path leads to it."""

    array: Ref | Item
    index: Expr
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """Bytes from the start of the current stream to the place where the expression stands."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """Bytes from the place where the expression stands to the end of the current stream."""


@dataclass(frozen=True, slots=True)
class StreamSize:
    """Bytes of the current stream; ``root`` means the record's own."""

    root: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """Number of the current element, from 0, of the array that is ``up`` arrays above the innermost."""

    up: int = 0


@dataclass(frozen=True, slots=True)
class Slice:
    """Characters of a text (bytes of bytes) from number ``low`` to before ``high``, which must be there."""

    operand: Expr
    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True)
class Decoded:
    """Bytes as the text that they are in ``charset``; refused where they are none."""

    operand: Expr
    charset: str


@dataclass(frozen=True, slots=True)
class Peek:
    """The unsigned integer in ``width`` bits (1–56) that begin ``shift`` bits (0–7) behind the place; nothing is passed.  ``order``
    as for bit fields: ``big`` takes bits from the most significant of each byte, ``little`` from the least."""

    width: int
    shift: Expr
    order: Literal["big", "little"] = "big"


Expr: TypeAlias = (
    Const
    | Ref
    | Param
    | Unary
    | Binary
    | Cond
    | Item
    | Position
    | Remaining
    | StreamSize
    | Index
    | Slice
    | Decoded
    | Peek
)

UNARY = ("neg", "not", "inv", "len", "int", "str", "abs", "present", "reverse")
ARITHMETIC = ("add", "sub", "mul", "div", "mod", "shl", "shr", "and", "or", "xor", "min", "max")
COMPARISON = ("eq", "ne", "lt", "le", "gt", "ge")
BINARY = (*ARITHMETIC, *COMPARISON, "all", "any", "cat", "byte", "radix")


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside *expr*, left to right."""
    match expr:
        case Unary():
            return (expr.operand,)
        case Binary():
            return (expr.left, expr.right)
        case Cond():
            return (expr.test, expr.then, expr.other)
        case Item():
            return (expr.array, expr.index)
        case Slice():
            return (expr.operand, expr.low, expr.high)
        case Decoded():
            return (expr.operand,)
        case Peek():
            return (expr.shift,)
        case _:
            return ()


def references(expr: Expr) -> tuple[Ref, ...]:
    """Every reference in *expr*, left to right."""
    if isinstance(expr, Ref):
        return (expr,)
    return tuple(r for child in children(expr) for r in references(child))
