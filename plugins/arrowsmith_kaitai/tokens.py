"""The text of an expression becomes tokens.

Invariant: any text becomes tokens or a `SyntaxFault` that says where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["name", "int", "float", "text", "format", "op", "end"]


class SyntaxFault(Exception):
    """What breaks the grammar, at characters ``start`` to ``end`` of the expression."""

    def __init__(self, message: str, start: int, end: int, help: str = "") -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.help = message, start, end, help


@dataclass(frozen=True, slots=True)
class Token:
    """``value``: a name, an operator, a number's digits, or the characters that a text means; of a formatted text, the raw ones."""

    kind: Kind
    value: str
    start: int
    end: int

    @property
    def shown(self) -> str:
        return "the end of the expression" if self.kind == "end" else self.value


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<format>f"(?:[^"\\{]|\\.|\{(?:[^}"']|"(?:[^"\\]|\\.)*"|'[^']*')*\})*")
      | (?P<double>"(?:[^"\\]|\\.)*")
      | (?P<single>'[^']*')
      | (?P<float>[0-9][0-9_]*(?:\.(?![a-zA-Z_.])[0-9_]*(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)|\.[0-9][0-9_]*(?:[eE][+-]?[0-9]+)?)
      | (?P<int>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*)
      | (?P<name>[a-zA-Z_][a-zA-Z_0-9]*)
      | (?P<op>::|<<|>>|==|!=|<=|>=|[-+*/%&|^~<>()\[\],.:?])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([0-7]{1,3})|(.))", re.DOTALL)
#: what stands behind a backslash → the character that it means
_ESCAPES = {
    "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "'": "'", "\\": "\\",
}  # fmt: skip
_UNCLOSED = {'"': 'a text that begins with " ends with "', "'": "a text that begins with ' ends with '"}


def tokens(text: str) -> Iterator[Token]:
    """The tokens of *text*, then one of kind ``end``."""
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            message = _UNCLOSED.get(text[at], f"{text[at]!r} begins nothing here")
            raise SyntaxFault(message, at, len(text) if text[at] in _UNCLOSED else at + 1, _help(text[at:]))
        kind, value = found.lastgroup, found[0]
        if kind == "double":
            yield Token("text", unescaped(value[1:-1], at + 1), at, found.end())
        elif kind == "single":
            yield Token("text", value[1:-1], at, found.end())
        elif kind == "format":
            yield Token("format", value[2:-1], at, found.end())
        elif kind != "space":
            yield Token(kind, value, at, found.end())  # type: ignore[arg-type]  # the groups that are left are kinds
        at = found.end()
    yield Token("end", "", len(text), len(text))


#: what other languages write → what this one does
_FOREIGN = {"&&": "and", "||": "or", "!": "not"}


def _help(text: str) -> str:
    return next((f"did you mean {ours}?" for theirs, ours in _FOREIGN.items() if text.startswith(theirs)), "")


def foreign(text: str, at: int) -> str:
    """The help where *text* has another language's operator *at* a place."""
    return _help(text[at:])


def unescaped(text: str, at: int) -> str:
    """The characters that *text*, which stands *at* a place, means."""

    def character(found: re.Match[str]) -> str:
        if found[1] is not None:
            return chr(int(found[1], 16))
        if found[2] is not None:
            return chr(int(found[2], 8))
        if found[3] not in _ESCAPES:
            raise SyntaxFault(f"\\{found[3]} means no character", at + found.start(), at + found.end())
        return _ESCAPES[found[3]]

    return _ESCAPE.sub(character, text)


def number(digits: str) -> int:
    """The integer that a literal's *digits* mean."""
    plain = digits.replace("_", "").lower()
    for prefix, base in (("0x", 16), ("0o", 8), ("0b", 2)):
        if plain.startswith(prefix):
            return int(plain[2:], base)
    return int(plain)
