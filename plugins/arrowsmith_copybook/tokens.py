"""`Code` → tokens: words, literals, pseudo-text and periods, each with its place in the source.

A comma or semicolon is white space where white space follows it; a ``*`` that begins a word begins a comment.  Words keep
their spelling: a picture, a number and a name are told apart by whoever expects one.
Invariant: the last token is ``end``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from arrowsmith.diagnostics import Diagnostic, Span
from arrowsmith_copybook.source import Code

#: Letters that may stand before a quote: hexadecimal, national, DBCS, null-terminated and boolean literals.
LITERAL_PREFIXES = ("X", "N", "NX", "Z", "G", "GX", "H", "B", "BX", "U", "UX")


#: The words that a picture follows.
PICTURE = ("PIC", "PICTURE")


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` as written; of a literal the content, its doubled quotes undone, and in ``prefix`` the letters before it.

    ``first``: no other token precedes it on its line.
    """

    kind: Literal["word", "literal", "pseudo", "period", "end"]
    text: str
    span: Span
    prefix: str = ""
    first: bool = False

    @property
    def upper(self) -> str:
        """The word in capitals; "" for what is no word, so that a literal never equals a keyword."""
        return self.text.upper() if self.kind == "word" else ""

    def renamed(self, text: str) -> Token:
        return replace(self, text=text)


_TOKEN = re.compile(
    r"""(?P<white>(?:\s|[,;](?=\s|$))+)
      | (?P<comment>\*[^\n]*)
      | (?P<pseudo>==(?:[^=]|=(?!=))*==)
      | (?P<literal>(?:[A-Za-z]{1,2}(?=["']))?(?:"(?:[^"\n]|"")*"|'(?:[^'\n]|'')*')(?P<tail>[-\w]*))
      | (?P<quote>["'][^\n]*)
      | (?P<period>\.(?=[\s\x1a]|$))
      | (?P<word>(?:[^\s,;."'=\x1a]|=(?!=)|[.,;](?![\s\x1a]|$))+)
      | (?P<other>.)
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"""(?P<word>\*(?:[^\s,;."'=\x1a]|[.,;](?![\s\x1a]|$))*)""")


def tokenize(code: Code) -> tuple[list[Token], list[Diagnostic]]:
    """The tokens of *code* up to and with ``end``, and what is wrong with its literals."""
    tokens: list[Token] = []
    wrong: list[Diagnostic] = []
    first = True
    at = 0
    while found := _TOKEN.match(code.text, at):
        # a * begins a comment, but in the place of a picture it is check protection
        if found.lastgroup == "comment" and _wants_picture(tokens):
            found = _WORD.match(code.text, at) or found
        at = found.end()
        kind, text = found.lastgroup or "", found.group()
        if kind == "white":
            first = first or "\n" in text
            continue
        if kind in ("comment", "other"):
            continue
        span = code.span(*found.span())
        match kind:
            case "literal" | "tail":
                tokens.append(_literal(text, found.group("tail"), span, first))
            case "quote":
                wrong.append(_unclosed(span))
                tokens.append(Token("literal", text[1:], span, first=first))
                if text.rstrip().endswith("."):  # what was to end the entry is in the literal now
                    tokens.append(Token("period", ".", span))
            case "period":
                tokens.append(Token("period", ".", span, first=first))
            case "pseudo":
                tokens.append(Token("pseudo", text[2:-2], span, first=first))
            case _:
                tokens.append(Token("word", text, span, first=first))
        first = False
    length = len(code.text)
    tokens.append(Token("end", "", code.span(length, length), first=True))
    return tokens, wrong


def _wants_picture(tokens: list[Token]) -> bool:
    words = [token.upper for token in tokens[-2:] if token.kind == "word"]
    return bool(words) and (words[-1] in PICTURE or (words[-1] == "IS" and words[0] in PICTURE))


def _literal(text: str, tail: str, span: Span, first: bool) -> Token:
    cut = min(i for i in (text.find('"'), text.find("'")) if i >= 0)
    prefix, quote = text[:cut].upper(), text[cut]
    body = text[cut + 1 : len(text) - len(tail) - 1].replace(quote * 2, quote)
    if tail:  # 'PREFIX'-NAME: a name that a preprocessor would have put together
        return Token("word", prefix + body + tail, span, first=first)
    return Token("literal", body, span, prefix=prefix, first=first)


def _unclosed(span: Span) -> Diagnostic:
    return Diagnostic(
        code="C0104",
        message="the literal has no closing quote",
        span=span,
        label="opened here",
        help="close it on this line, or continue it with - in column 7 and a quote before the rest",
    )
