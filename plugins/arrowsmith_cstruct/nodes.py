"""Where pycparser's nodes stand: the tokens to blame in messages, and the names that declarations give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from arrowsmith.diagnostics import Span
from arrowsmith.errors import DictionaryError
from arrowsmith_cstruct.parsing import Tree
from arrowsmith_cstruct.sheet import Sheet
from arrowsmith_cstruct.tokens import Token


@dataclass(slots=True)
class Nodes:
    """Tokens of the nodes of a ``tree``, by their indices.  ``here``: the last one that was asked for; some nodes have none."""

    sheet: Sheet
    tokens: Sequence[Token]
    tree: Tree
    here: int = 0

    def at(self, node: Any) -> int:
        """The token at which *node* stands, or the last one that is known."""
        token = self.tree.token(node)
        self.here = token if token >= 0 else self.here
        return self.here

    def name(self, node: Any) -> int:
        """The token that is the name of a declaration; one near it where it has none."""
        token = self.at(node)
        inner = node
        while type(inner).__name__ != "TypeDecl" and hasattr(inner, "type"):
            inner = inner.type
        if node.name is not None:
            # for (*name)(…) pycparser gives the place of the parenthesis or the asterisk
            token = next(i for i in range(self.at(inner), len(self.tokens)) if self.tokens[i].text == node.name)
        elif self.tokens[token].text == "{" and token:
            token -= 1  # of a struct without a tag pycparser gives the place of the brace
        self.here = token
        return token

    def span(self, token: int) -> Span:
        """The characters of a token."""
        return self.sheet.span(self.tokens[token].start, self.tokens[token].end)

    def refusal(self, code: str, message: str, token: int, *, help: str = "") -> DictionaryError:
        """The error *code* at a token."""
        at = self.tokens[token]
        return self.sheet.refusal(code, message, at.start, at.end, help=help)
