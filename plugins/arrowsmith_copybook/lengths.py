"""The option record_length_field: the name of a field, or an expression over fields (``LEN + 4``, ``@LEN * 2``), becomes an Expr."""

from __future__ import annotations

import re
from collections.abc import Mapping

from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError
from arrowsmith.layout.expr import Binary, Const, Expr, Unary
from arrowsmith_copybook.words import key

#: A name may have hyphens, so a minus needs a blank before it; ``@`` before a name is Cobrix's mark of a field.
_TOKEN = re.compile(r"\s*(?:(\d+)(?![\w-])|@?([A-Za-z_][\w-]*[\w]|[A-Za-z])|([-+*/()]))")
_OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div"}


def read_length(text: str, fields: Mapping[str, Expr]) -> Expr:
    """The expression *text* over *fields* (name as `key` makes it → its value).  Raises `OptionError`."""
    if key(text) in fields:
        return fields[key(text)]
    parser = _Parser(text, fields)
    found = parser.sum()
    if parser.token:
        raise parser.fail(f"there is {parser.token} after its end")
    return found


class _Parser:
    def __init__(self, text: str, fields: Mapping[str, Expr]) -> None:
        self.text = text
        self.fields = fields
        self.at = 0
        self.token = ""
        self.advance()

    def fail(self, why: str) -> OptionError:
        return OptionError(f"record_length_field={self.text}: {why}", code="C0402")

    def advance(self) -> str:
        """Move to the next token; the one before it."""
        before = self.token
        found = _TOKEN.match(self.text, self.at)
        if found is None and self.text[self.at :].strip():
            raise self.fail(f"{self.text[self.at :].strip()[0]} is no part of an expression")
        self.token = found.group().strip() if found else ""
        self.at = found.end() if found else len(self.text)
        return before

    def sum(self) -> Expr:
        left = self.product()
        while self.token in ("+", "-"):
            left = Binary(_OPERATORS[self.advance()], left, self.product())
        return left

    def product(self) -> Expr:
        left = self.factor()
        while self.token in ("*", "/"):
            left = Binary(_OPERATORS[self.advance()], left, self.factor())
        return left

    def factor(self) -> Expr:
        token = self.advance()
        if token == "-":
            return Unary("neg", self.factor())
        if token == "(":
            inner = self.sum()
            if self.advance() != ")":
                raise self.fail("a closing parenthesis is missing")
            return inner
        if token.isdecimal():
            return Const(int(token))
        name = key(token.removeprefix("@"))
        if name in self.fields:
            return self.fields[name]
        if not token or token in "+*/)":
            raise self.fail("a field or a number is missing")
        close = nearest(name, self.fields)
        raise OptionError(
            f"record_length_field={self.text}: there is no field {token}",
            code="C0402",
            help=f"did you mean {close}?" if close else "",
        )
