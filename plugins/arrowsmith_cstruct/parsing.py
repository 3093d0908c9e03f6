"""Tokens become pycparser's tree, and its nodes' places become tokens again.

pycparser is given one token a line: the line of a node is then the number of its token, whatever version counts columns how.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arrowsmith.errors import PluginError
from arrowsmith_cstruct.abi import STANDARD
from arrowsmith_cstruct.outline import Outline, passed_over
from arrowsmith_cstruct.sheet import Sheet
from arrowsmith_cstruct.tokens import Token

#: Where pycparser says that it is, in front of its messages: ``name:line:column: ``.
_PLACE = re.compile(r"^[^:\n]*:(?P<line>\d+)(?::\d+)?: (?P<message>.*)", re.DOTALL)


#: How some versions of pycparser refuse what is no C.
_STUMBLES = (AssertionError, AttributeError, IndexError, TypeError)


@dataclass(frozen=True, slots=True)
class Tree:
    """``declarations``: what the text declares, as pycparser's nodes.  ``lines``: the token of each line, by its index."""

    declarations: tuple[Any, ...]
    lines: Sequence[int]

    def token(self, node: Any) -> int:
        """The index of the token at which *node* stands; −1 where pycparser does not say."""
        line = getattr(getattr(node, "coord", None), "line", 0) or 0
        return self.lines[line - 2] if 2 <= line < len(self.lines) + 2 else -1


def parse(sheet: Sheet, found: Outline, macros: Mapping[int, str]) -> Tree:
    """The tree of what counts in an outline; *macros*: what stands in the place of tokens, by their index."""
    tokens = found.tokens
    lines = [
        index
        for statement in found.file.statements
        if not passed_over(found, statement)
        for index in range(statement.first, statement.last + 1)
    ]
    used = {tokens[index].text for index in lines}
    prelude = " ".join(f"typedef int {name};" for name in STANDARD if name in used)
    text = "\n".join([prelude, *(macros.get(index, tokens[index].text) for index in lines), ""])
    parser = _parser()
    try:
        tree = parser.CParser().parse(text, "")
    except parser.ParseError as error:
        raise _refusal(sheet, tokens, lines, str(error)) from None
    except _STUMBLES:
        raise _refusal(sheet, tokens, lines, "") from None
    declarations = tree.ext[sum(name in used for name in STANDARD) :]
    return Tree(tuple(declarations), lines)


def _parser() -> Any:
    try:
        return importlib.import_module("pycparser.c_parser")
    except ImportError:
        raise PluginError(
            "the format c needs the package pycparser, which is not installed",
            code="H0404",
            help="install it with `pip install 'arrowsmith[c]'`",
        ) from None


def _refusal(sheet: Sheet, tokens: Sequence[Token], lines: Sequence[int], said: str) -> Exception:
    """The error of pycparser that *said* this."""
    place = _PLACE.match(said)
    line = int(place["line"]) if place else 0
    token = tokens[lines[line - 2]] if 2 <= line < len(lines) + 2 else tokens[lines[-1]] if lines else None
    message = (place["message"] if place else said).strip()
    if message.startswith("before: ") or not place:
        message = (
            f"this is no declaration of C before {token.text}" if token and place else "this is no declaration of C"
        )
    else:
        message = message[:1].lower() + message[1:]
    start, end = (token.start, token.end) if token else (0, None)
    return sheet.refusal("H0106", message, start, end)
