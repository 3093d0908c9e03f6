"""Constant expressions become numbers, with the widths and signs that C gives to every step (C11, 6.3.1.8 and 6.6).

Invariant: a `Number` is within what its width and sign can hold.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)([uUlL]*)\Z")
_SUFFIXES = frozenset(("", "u", "l", "ul", "lu", "ll", "ull", "llu"))
_SIMPLE_CHAR = re.compile(r"'(?:[^'\\]|\\(?:[abfnrtv'\"\\]|[0-7]{1,3}|x[0-9a-fA-F]{2}))'\Z")


class NoConstant(Exception):
    """Why something is no constant integer, in words; ``node``: the part of the expression to blame."""

    def __init__(self, message: str, node: Any) -> None:
        super().__init__(message)
        self.node = node


@dataclass(frozen=True, slots=True)
class Number:
    """A value of an integer type of ``bits`` (32 or more)."""

    value: int
    bits: int = 32
    signed: bool = True


def number(value: int, bits: int, signed: bool) -> Number:
    """*value* as an integer type of *bits* holds it; narrower ones are promoted to int."""
    value &= (1 << bits) - 1
    if signed and value >> (bits - 1):
        value -= 1 << bits
    return Number(value, max(32, bits), signed or bits < 32)


@dataclass(frozen=True, slots=True)
class Evaluator:
    """``name``: the value of an enumerator, or None; ``size``, ``align``: of a type's node, in bytes; ``cast``: bits and sign of
    an integer type's node, or None for another type.  ``long``: bytes of long; ``word``: of size_t."""

    name: Callable[[str], int | None]
    size: Callable[[Any], int]
    align: Callable[[Any], int]
    cast: Callable[[Any], tuple[int, bool] | None]
    long: int
    word: int

    def evaluate(self, node: Any) -> int:
        """The value of the expression *node* of pycparser.  Raises `NoConstant`."""
        return self._evaluate(node).value

    def _evaluate(self, node: Any) -> Number:
        match type(node).__name__:
            case "Constant":
                return self._constant(node)
            case "ID":
                value = self.name(node.name)
                if value is None:
                    raise NoConstant(f"{node.name} has no value that is known here", node)
                fits = -(1 << 31) <= value < 1 << 31
                return Number(value) if fits else Number(value, 64, value < 1 << 63)
            case "UnaryOp":
                return self._unary(node)
            case "BinaryOp":
                return self._binary(node)
            case "TernaryOp":
                chosen = node.iftrue if self._evaluate(node.cond).value else node.iffalse
                other = node.iffalse if chosen is node.iftrue else node.iftrue
                bits, signed = _common(self._evaluate(chosen), self._evaluate(other))
                return number(self._evaluate(chosen).value, bits, signed)
            case "Cast":
                kind = self.cast(node.to_type)
                if kind is None:
                    raise NoConstant("a constant integer is cast only to integers", node)
                return number(self._evaluate(node.expr).value, *kind)
        raise NoConstant("this is no constant integer", node)

    def _constant(self, node: Any) -> Number:
        text = node.value
        if node.type == "char" and _SIMPLE_CHAR.match(text):
            return number(ord(_character(text)), 8, True)
        found = _NUMBER.match(text)
        if found is None or found[2].lower() not in _SUFFIXES:
            raise NoConstant(f"{text} is no integer", node)
        digits, suffix = found[1], found[2].lower()
        octal = len(digits) > 1 and digits[0] == "0" and digits.isdecimal()
        try:
            value = int(digits, 8 if octal else 0)
        except ValueError:
            raise NoConstant(f"{text} is no integer", node) from None
        long = self.long * 8
        least = 64 if "ll" in suffix else long if "l" in suffix else 32
        decimal = digits.isdecimal() and not octal
        for bits in (32, 64):
            signs = (False,) if "u" in suffix else (True,) if decimal else (True, False)
            for signed in signs:
                if bits >= least and value < 1 << (bits - signed):
                    return Number(value, bits, signed)
        raise NoConstant(f"{text} does not fit 64 bits", node)

    def _unary(self, node: Any) -> Number:
        if node.op in ("sizeof", "_Alignof"):
            if type(node.expr).__name__ != "Typename":
                raise NoConstant(f"{node.op} is carried out on types only", node)
            size = self.size(node.expr) if node.op == "sizeof" else self.align(node.expr)
            return Number(size, self.word * 8, False)
        operand = self._evaluate(node.expr)
        match node.op:
            case "-":
                return number(-operand.value, operand.bits, operand.signed)
            case "+":
                return operand
            case "~":
                return number(~operand.value, operand.bits, operand.signed)
            case "!":
                return Number(int(not operand.value))
        raise NoConstant(f"{node.op} has no place in a constant integer", node)

    def _binary(self, node: Any) -> Number:
        left = self._evaluate(node.left)
        if node.op in ("&&", "||"):
            if bool(left.value) is (node.op == "||"):
                return Number(int(node.op == "||"))
            return Number(int(bool(self._evaluate(node.right).value)))
        right = self._evaluate(node.right)
        if node.op in ("<<", ">>"):
            if not 0 <= right.value < left.bits:
                raise NoConstant(f"a shift by {right.value} bits", node)
            shifted = left.value << right.value if node.op == "<<" else left.value >> right.value
            return number(shifted, left.bits, left.signed)
        bits, signed = _common(left, right)
        a, b = number(left.value, bits, signed).value, number(right.value, bits, signed).value
        if node.op in _COMPARISONS:
            return Number(int(_COMPARISONS[node.op](a, b)))
        if node.op in ("/", "%") and b == 0:
            raise NoConstant("a division by 0", node)
        if node.op not in _ARITHMETIC:
            raise NoConstant(f"{node.op} has no place in a constant integer", node)
        return number(_ARITHMETIC[node.op](a, b), bits, signed)


def _common(left: Number, right: Number) -> tuple[int, bool]:
    """Bits and sign of the type in which two operands meet."""
    bits = max(left.bits, right.bits)
    return bits, all(operand.signed for operand in (left, right) if operand.bits == bits)


def _divided(a: int, b: int) -> int:
    """C's division, towards 0."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "%": lambda a, b: a - b * _divided(a, b),
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}

_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _character(text: str) -> str:
    """The character of a literal, whose escapes are those of Python."""
    return str(ast.literal_eval(text))
