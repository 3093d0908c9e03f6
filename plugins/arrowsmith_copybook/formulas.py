"""Formulas in options become expressions over fields: lengths (``LEN + 4``, ``@LEN * 2``) and conditions (``ID = 1 || in(A, 'B')``).

A comparison with a field that has no value does not hold, whatever it compares; ``= null`` asks for that.
Invariant: a text gives an expression of the kind that was asked for, or an `OptionError` that quotes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError
from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Ref, Unary
from arrowsmith_copybook.words import key

#: A name may have hyphens, so a minus needs a blank before it; ``@`` before a name is Cobrix's mark of a field.
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+)(?!\w|-\w*[A-Za-z])|@?(?P<name>[A-Za-z_][\w-]*\w|[A-Za-z])|(?P<text>'[^']*'|"[^"]*")
    |(?P<mark>&&|\|\||!=|<>|<=|>=|==|[-+*/()=<>!,]))""",
    re.VERBOSE,
)
_COMPARISONS = {"=": "eq", "==": "eq", "!=": "ne", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_SUMS = {"+": "add", "-": "sub"}
_PRODUCTS = {"*": "mul", "/": "div"}

#: What a formula's value is.  ``decimal`` counts as its whole part; ``null`` is the word.
Kind: TypeAlias = Literal["integer", "decimal", "text", "bytes", "boolean", "null"]


@dataclass(frozen=True, slots=True)
class Value:
    """An expression and its kind."""

    expr: Expr
    kind: Kind

    @property
    def number(self) -> Value:
        """As a whole number: that of a text by its digits, of a decimal without its fraction."""
        if self.kind in ("text", "decimal"):
            return Value(Unary("int", self.expr), "integer")
        return self


_NULL = Value(Const(0), "null")


def read_length(text: str, fields: Mapping[str, Value]) -> Expr:
    """The length that *text* says, over *fields* (name as `key` makes it).  Raises `OptionError`."""
    if key(text) in fields:
        return fields[key(text)].number.expr
    parser = _Parser("record_length_field", text, fields)
    return parser.whole(parser.sum, "integer")


def read_condition(option: str, text: str, fields: Mapping[str, Value]) -> Expr:
    """The condition that *text*, a part of *option*, says over *fields*.  Raises `OptionError`."""
    parser = _Parser(option, text, fields)
    return parser.whole(parser.either, "boolean")


class _Parser:
    def __init__(self, option: str, text: str, fields: Mapping[str, Value]) -> None:
        self.option = option
        self.text = text
        self.fields = fields
        self.at = 0
        self.sort = ""
        self.token = ""
        self.advance()

    def fail(self, why: str, help: str = "") -> OptionError:
        return OptionError(f"{self.option}={self.text}: {why}", code="C0402", help=help)

    def advance(self) -> str:
        """Move to the next token; the one before it."""
        before = self.token
        found = _TOKEN.match(self.text, self.at)
        if found is None and self.text[self.at :].strip():
            raise self.fail(f"{self.text[self.at :].strip()[0]} is no part of a formula")
        self.sort = (found.lastgroup or "") if found else ""
        self.token = found.group().strip() if found else ""
        self.at = found.end() if found else len(self.text)
        return before

    def whole(self, rule: Callable[[], Value], kind: Kind) -> Expr:
        """All of the text, by *rule*, as a value of *kind*."""
        found = rule()
        if self.token:
            raise self.fail(f"there is {self.token} after its end")
        return self.of(found, kind).expr

    def of(self, value: Value, *kinds: Kind) -> Value:
        value = value.number if "integer" in kinds and "text" not in kinds else value
        if value.kind not in kinds:
            wanted = " or ".join("a condition" if k == "boolean" else f"a {k}" for k in kinds)
            raise self.fail(f"{value.kind} stands where {wanted.replace('a integer', 'a number')} should be")
        return value

    def taken(self, *marks: str) -> str:
        """The next token if it is one of *marks* (in any case), moved past; else ""."""
        return self.advance().upper() if self.token.upper() in marks else ""

    # --- conditions ---

    def either(self) -> Value:
        left = self.both()
        while self.taken("||", "OR"):
            left = Value(Binary("any", self.of(left, "boolean").expr, self.of(self.both(), "boolean").expr), "boolean")
        return left

    def both(self) -> Value:
        left = self.negated()
        while self.taken("&&", "AND"):
            right = self.of(self.negated(), "boolean")
            left = Value(Binary("all", self.of(left, "boolean").expr, right.expr), "boolean")
        return left

    def negated(self) -> Value:
        if self.taken("!", "NOT"):
            return Value(Unary("not", self.of(self.negated(), "boolean").expr), "boolean")
        left = self.sum()
        while self.token in _COMPARISONS:
            left = self.compared(_COMPARISONS[self.advance()], left, self.sum())
        return left

    def compared(self, how: str, left: Value, right: Value) -> Value:
        """*left* beside *right*, false where a field of theirs has no value (different from a value, it is true)."""
        if "null" in (left.kind, right.kind):
            return self.missing(how, right if left.kind == "null" else left)
        if {left.kind, right.kind} == {"bytes", "text"} and isinstance(right.expr, Const):
            right = Value(Const(str(right.expr.value).encode("latin-1", "replace")), "bytes")
        sides = [side.number if side.kind == "decimal" else side for side in (left, right)]
        if sides[0].kind != sides[1].kind:
            raise self.fail(f"{left.kind} is compared with {right.kind}")
        test: Expr = Binary(how, sides[0].expr, sides[1].expr)
        for field in dict.fromkeys(ref for side in (left, right) for ref in _fields(side.expr)):
            there = Unary("present", field)
            test = Binary("any", Unary("not", there), test) if how == "ne" else Binary("all", there, test)
        return Value(test, "boolean")

    def missing(self, how: str, value: Value) -> Value:
        if how not in ("eq", "ne"):
            raise self.fail("null is compared by = and != alone")
        if value.kind == "null":
            return Value(Const(how == "eq"), "boolean")
        named = _fields(value.expr)
        if not named:
            return Value(Const(how == "ne"), "boolean")
        there: Expr = Unary("present", named[0])
        for field in named[1:]:
            there = Binary("all", there, Unary("present", field))
        return Value(there if how == "ne" else Unary("not", there), "boolean")

    # --- numbers ---

    def sum(self) -> Value:
        left = self.product()
        while self.token in _SUMS:
            how = _SUMS[self.advance()]
            left = Value(Binary(how, self.of(left, "integer").expr, self.of(self.product(), "integer").expr), "integer")
        return left

    def product(self) -> Value:
        left = self.factor()
        while self.token in _PRODUCTS:
            how = _PRODUCTS[self.advance()]
            right = self.of(self.factor(), "integer")
            left = Value(Binary(how, self.of(left, "integer").expr, right.expr), "integer")
        return left

    def factor(self) -> Value:
        sort, token = self.sort, self.advance()
        if token == "-":
            return Value(Unary("neg", self.of(self.factor(), "integer").expr), "integer")
        if token == "(":
            inner = self.either()
            self.closed()
            return inner
        if sort == "number":
            return Value(Const(int(token)), "integer")
        if sort == "text":
            return Value(Const(token[1:-1]), "text")
        if sort != "name":
            raise self.fail("a field or a number is missing")
        return self.word(token)

    def word(self, token: str) -> Value:
        match token.lower():
            case "in" if self.taken("("):
                return self.one_of()
            case "if" if self.taken("("):
                test, then, other = self.either(), *(self.argument() for _ in range(2))
                self.closed()
                if then.kind != other.kind:
                    raise self.fail(f"if has {then.kind} or {other.kind}")
                return Value(Cond(self.of(test, "boolean").expr, then.expr, other.expr), then.kind)
        name = key(token.removeprefix("@"))
        if name in self.fields:
            return self.fields[name]
        match token.lower():
            case "null":
                return _NULL
            case "true" | "false" as truth:
                return Value(Const(truth == "true"), "boolean")
        close = nearest(name, self.fields)
        raise self.fail(f"there is no field {token}", f"did you mean {close}?" if close else "")

    def argument(self) -> Value:
        if not self.taken(","):
            raise self.fail("an argument is missing")
        return self.either()

    def closed(self) -> None:
        if self.advance() != ")":
            raise self.fail("a closing parenthesis is missing")

    def one_of(self) -> Value:
        value, found = self.either(), self.argument()
        test = self.compared("eq", value, found).expr
        while self.token == ",":
            test = Binary("any", test, self.compared("eq", value, self.argument()).expr)
        self.closed()
        return Value(test, "boolean")


def _fields(expr: Expr) -> list[Expr]:
    """The references in *expr*."""
    match expr:
        case Ref():
            return [expr]
        case Unary(operand=operand):
            return _fields(operand)
        case Binary(left=left, right=right):
            return [*_fields(left), *_fields(right)]
        case Cond(test=test, then=then, other=other):
            return [*_fields(test), *_fields(then), *_fields(other)]
    return []
