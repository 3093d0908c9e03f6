"""Macros: which stand for integers, and what stands in the place of their names.

As in C, the text of a macro is put in, not its value; only texts that are integers, signs and parentheses are.
"""

from __future__ import annotations

from collections.abc import Sequence

from arrowsmith.diagnostics import Source
from arrowsmith.errors import DictionaryError
from arrowsmith_cstruct.outline import Outline, passed_over
from arrowsmith_cstruct.preprocess import Macro
from arrowsmith_cstruct.sheet import Sheet, join
from arrowsmith_cstruct.tokens import Token, read_tokens

_SIGNS = frozenset(
    ("+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "~", "!", "(", ")", "?", ":", "<", ">", "==", "!=")
)


#: Macros of macros may grow without bounds; one that stands for more characters than this is no integer.
LONGEST = 10_000


def expand(sheet: Sheet, found: Outline, macros: Sequence[Macro]) -> dict[int, str]:
    """What the names of *macros* in an outline become, by the index of the token.  Only macros defined before are meant."""
    if not macros:
        return {}
    texts: dict[str, str | None] = {}
    defined = {macro.name: macro for macro in reversed(macros)}
    expanded: dict[int, str] = {}
    for statement in found.file.statements:
        if passed_over(found, statement):
            continue
        for index in range(statement.first, statement.last + 1):
            token = found.tokens[index]
            macro = defined.get(token.text) if token.kind == "name" else None
            if macro is None or macro.start > token.start:
                continue
            if macro.function and found.tokens[index + 1].text != "(":
                continue  # C leaves the name of such a macro alone
            text = _text(macro, defined, texts, ())
            if text is None:
                raise _refusal(sheet, macro, token)
            expanded[index] = text
    return expanded


def _text(macro: Macro, defined: dict[str, Macro], texts: dict[str, str | None], around: tuple[str, ...]) -> str | None:
    """The integers and signs that *macro* stands for; None where it stands for anything else."""
    if macro.name in texts:
        return texts[macro.name]
    words: list[str] = []
    for token in [] if macro.function else _tokens(macro.body):
        inner = defined.get(token.text) if token.kind == "name" else None
        if inner is not None and inner.name not in (*around, macro.name):
            text = _text(inner, defined, texts, (*around, macro.name))
        else:
            text = token.text if token.kind in ("number", "char") or token.text in _SIGNS else None
        if text is None or sum(map(len, words)) > LONGEST:
            words = []
            break
        words.append(text)
    texts[macro.name] = " ".join(words) or None
    return texts[macro.name]


def _tokens(body: str) -> list[Token]:
    try:
        return read_tokens(join([Source("", body)]), body)
    except DictionaryError:  # no text of C, hence no integer: said where the macro is used
        return [Token("name", body, 0, 0)]


def _refusal(sheet: Sheet, macro: Macro, token: Token) -> DictionaryError:
    kind = "a macro with arguments" if macro.function else f"{macro.body}" if macro.body else "nothing"
    return sheet.refusal(
        "H0104",
        f"the macro {macro.name} stands for {kind}, and only integers are put in",
        token.start,
        token.end,
        notes=[f"it is defined at {sheet.span(macro.start)}"],
        help="write out what it stands for, or let a compiler's preprocessor do it: `cc -E -P record.h -o plain.h`",
    )
