"""The words and signs of prepared text: each a `Token` with its place; what no C text holds is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

from arrowsmith_cstruct.sheet import Sheet

Kind: TypeAlias = Literal["name", "number", "string", "char", "sign"]

_TOKEN = re.compile(
    r"""(?P<blank>\s+)
    |(?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
    |(?P<char>(?:[uUL])?'(?:\\.|[^'\\\n])+')
    |(?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
    |(?P<number>\.?[0-9](?:[eEpP][+-]|[A-Za-z0-9_.])*)
    |(?P<sign>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%&|^!~<>=?:;,.(){}\[\]])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign at ``start`` to ``end``; ``text`` may be another spelling of what stands there."""

    kind: Kind
    text: str
    start: int
    end: int


def read_tokens(sheet: Sheet, text: str) -> list[Token]:
    """The tokens of *text*, in order."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            sign = text[at]
            what = f"this {sign} is not closed on its line" if sign in "\"'" else f"{sign} is no character of C"
            raise sheet.refusal("H0102", what, at)
        if match.lastgroup != "blank":
            found.append(Token(cast(Kind, match.lastgroup), match.group(), at, match.end()))
        at = match.end()
    return found
