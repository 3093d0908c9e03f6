"""What is known of a register before the Program runs: the range of its integers, and whether it may be null.

Printers leave out what a fact makes needless: wrap-around, masks, tests for null.
Invariant: a fact may say too little, never too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from arrowsmith.program import ops as o
from arrowsmith.program.ops import Kind, R
from arrowsmith.program.program import Program

HALF: Final = 1 << 63
WHOLE: Final = 1 << 64

#: kind → the least and the greatest integer of it
SPAN: Final[dict[str, tuple[int, int]]] = {
    "i64": (-HALF, HALF - 1),
    "u64": (0, WHOLE - 1),
    "i128": (-(1 << 127), (1 << 127) - 1),
    "f64": (0, 0),
    "text": (0, 0),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """An integer from ``low`` to ``high`` (of no meaning for other kinds), or null where ``null``."""

    low: int
    high: int
    null: bool = False

    def __or__(self, other: Fact) -> Fact:
        """What is known where either holds."""
        return Fact(min(self.low, other.low), max(self.high, other.high), self.null or other.null)

    @property
    def signed(self) -> bool:
        """Whether every value is an i64."""
        return self.low >= -HALF and self.high < HALF

    @property
    def flag(self) -> bool:
        """Whether every value is 0 or 1."""
        return self.low >= 0 and self.high <= 1


def anything(kind: Kind, *, null: bool = True) -> Fact:
    """All that a register of *kind* says by itself."""
    return Fact(*SPAN[kind], null)


def exactly(value: int) -> Fact:
    """A literal."""
    return Fact(value, value)


def integer(size: int, encoding: str) -> Fact:
    """The range of the integers in *size* bytes."""
    bits = 8 * size
    if encoding == "unsigned" and size < 16:
        return Fact(0, (1 << bits) - 1)
    if encoding in ("ones", "magnitude"):
        return Fact(1 - (1 << (bits - 1)), (1 << (bits - 1)) - 1)
    return Fact(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)


def arithmetic(how: str, a: Fact, b: Fact) -> Fact:
    """The range of the exact result of *how* on i64; the caller wraps around what is no i64."""
    null = a.null or b.null
    if how in ("add", "sub", "mul"):
        if how == "add":
            ends = [a.low + b.low, a.high + b.high]
        elif how == "sub":
            ends = [a.low - b.high, a.high - b.low]
        else:
            ends = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        return Fact(min(ends), max(ends), null)
    if how in ("eq", "ne", "lt", "le", "gt", "ge", "not"):
        return Fact(0, 1, null)
    if how == "neg":
        return Fact(-a.high, -a.low, null)
    if how == "abs":
        low = 0 if a.low <= 0 <= a.high else min(abs(a.low), abs(a.high))
        return Fact(low, max(abs(a.low), abs(a.high)), null)
    if how == "inv":
        return Fact(~a.high, ~a.low, null)
    if how == "min":
        return Fact(min(a.low, b.low), min(a.high, b.high), null)
    if how == "max":
        return Fact(max(a.low, b.low), max(a.high, b.high), null)
    if how == "and" and a.low >= 0 and b.low >= 0:
        return Fact(0, min(a.high, b.high), null)
    if how == "and" and (a.low >= 0 or b.low >= 0):
        return Fact(0, a.high if a.low >= 0 else b.high, null)
    if how in ("or", "xor") and a.low >= 0 and b.low >= 0:
        return Fact(0, (1 << max(a.high, b.high).bit_length()) - 1, null)
    if how == "mod" and b.low > 0:
        return Fact(0, b.high - 1, null)
    if how == "div" and b.low > 0 and a.low >= 0:
        return Fact(0, a.high // b.low, null)
    if how == "shr" and a.low >= 0:
        return Fact(0, a.high, null)
    if how == "shl" and a.low >= 0 and b.low >= 0 and b.high <= 63:
        return Fact(0, a.high << b.high, null)
    if how == "div":
        return Fact(-HALF, HALF, null)  # −2^63 by −1
    if how == "shl":
        return Fact(-(1 << 126), 1 << 126, null)
    return Fact(-HALF, HALF - 1, null)


def own_bytes(program: Program) -> frozenset[int]:
    """The text registers whose bytes are asked for as they were read, and not only as utf8: for the room that they take, as a key,
    for columns of bytes."""
    asked: set[int] = set()
    copies: list[tuple[int, int]] = []
    for op in o.walk(program.body):
        match op:
            case o.TextLet(how="room", a=R(n)):
                asked.add(n)
            case o.Transform():
                asked |= {r.n for r in o.inputs(op)}
            case o.Put(column=c, a=R(n)) if program.columns[c].storage == "binary":
                asked.add(n)
            case o.Let(out=R(n), how="copy" | "else"):
                copies += [(n, r.n) for r in o.inputs(op)]
    before = -1
    while len(asked) != before:
        before = len(asked)
        asked |= {source for out, source in copies if out in asked}
    return frozenset(asked)
