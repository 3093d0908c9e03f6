"""COPY and REPLACE, carried out on tokens: the text of other copybooks in the place of the statement that names them.

``COPY name [OF lib] [SUPPRESS] [REPLACING a BY b …].``, ``EXEC SQL INCLUDE name END-EXEC``, ``++INCLUDE name``,
``-INC name``, ``REPLACE a BY b ….`` and ``REPLACE OFF.``  Replaced tokens keep the place of the text they stand for.
Invariant: no COPY or REPLACE is left in the result, and its last token is the only ``end``.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from arrowsmith.diagnostics import Diagnostic, Source, Span
from arrowsmith.errors import DictionaryError
from arrowsmith_copybook.source import Code, Style, read_code
from arrowsmith_copybook.tokens import Token, tokenize

Include = Callable[[str, Source], Source]


@dataclass(frozen=True, slots=True)
class Replacement:
    """``match`` becomes ``text``.  ``part``: "" for whole tokens, ``leading`` or ``trailing`` for that part of one word,
    ``inside`` for the parts of words that a tag such as ``:TAG:`` marks."""

    match: tuple[Token, ...]
    text: tuple[Token, ...]
    part: str = ""


def expand(source: Source, style: Style, include: Include) -> tuple[list[Token], list[Diagnostic]]:
    """The tokens of *source* with every COPY and REPLACE carried out, and what is wrong with them.

    Raises `DictionaryError` where a copybook cannot be read or copies itself.
    """
    wrong: list[Diagnostic] = []
    tokens = _expanded(source, style, include, (source.name,), wrong)
    return tokens, wrong


#: file name endings that copybooks are looked for with, in either case
ENDINGS = ("", ".cpy", ".cob", ".cbl", ".copy")


def searching(include: Include, folders: Sequence[str]) -> Include:
    """*include* that looks for a copybook beside the one that asks and in *folders*, with the usual endings and in either case."""

    def find(name: str, from_: Source) -> Source:
        first: DictionaryError | None = None
        for folder in ("", *folders):
            for ending in ENDINGS if "." not in name else ("",):
                for spelled in dict.fromkeys(
                    (name + ending, (name + ending).lower(), name + ending.upper(), (name + ending).upper())
                ):
                    try:
                        return include(str(PurePath(folder) / spelled), from_)
                    except DictionaryError as error:
                        first = first or error
        assert first is not None  # the copybook's own folder was looked into
        if folders:
            first.help = first.help or f"it was looked for in {', '.join(('its own folder', *folders))}"
        raise first

    return find


#: the words that begin a statement of a copybook's text
STATEMENTS = frozenset({"REPLACE", "COPY", "++INCLUDE", "-INC", "++COPY", "EXEC"})


def _expanded(
    source: Source, style: Style, include: Include, above: tuple[str, ...], wrong: list[Diagnostic]
) -> list[Token]:
    tokens, bad = tokenize(read_code(source, style))
    wrong += bad
    out: list[Token] = []
    active: tuple[Replacement, ...] = ()
    begun = 0  # where in `out` the text begins that `active` applies to
    at = 0
    while tokens[at].kind != "end":
        if tokens[at].upper not in STATEMENTS:
            out.append(tokens[at])
            at += 1
            continue
        words = [t.upper for t in tokens[at : at + 3]]
        if words[0] == "REPLACE" and (tokens[at].first or not out or out[-1].kind == "period"):
            out[begun:] = replaced(out[begun:], active)
            active, at = _replace_statement(tokens, at + 1, wrong)
            begun = len(out)
        elif words[0] in ("COPY", "++INCLUDE", "-INC", "++COPY") or words == ["EXEC", "SQL", "INCLUDE"]:
            inner, at = _copy_statement(tokens, at, style, include, above, wrong)
            out += inner
        else:
            out.append(tokens[at])
            at += 1
    out[begun:] = replaced(out[begun:], active)
    return [*out, tokens[at]]


def _copy_statement(
    tokens: list[Token],
    at: int,
    style: Style,
    include: Include,
    above: tuple[str, ...],
    wrong: list[Diagnostic],
) -> tuple[list[Token], int]:
    """What the statement at *at* stands for, and where the text goes on."""
    statement, form = tokens[at], tokens[at].upper
    at += 3 if form == "EXEC" else 1
    name = tokens[at]
    if name.kind not in ("word", "literal"):
        wrong.append(_malformed(name.span, f"{form} names the copybook to be copied", "a name is expected here"))
        return [], _behind_period(tokens, at)
    at += 1
    replacements: tuple[Replacement, ...] = ()
    if form == "EXEC":
        while tokens[at].upper not in ("END-EXEC", "") and tokens[at].kind != "end":
            at += 1
        at += tokens[at].upper == "END-EXEC"
        at += tokens[at].kind == "period"
    elif form == "COPY":
        if tokens[at].upper in ("OF", "IN"):
            at += 1 + (tokens[at + 1].kind != "end")
        at += tokens[at].upper == "SUPPRESS"
        at += tokens[at].upper == "PRINTING"
        if tokens[at].upper == "REPLACING":
            replacements, at = _replacements(tokens, at + 1, wrong)
        if tokens[at].kind != "period":
            wrong.append(
                _malformed(tokens[at].span, "the COPY statement has no period at its end", "a period is expected here")
            )
            return [], _behind_period(tokens, at)
        at += 1
    else:
        at += tokens[at].kind == "period" and not tokens[at].first
    inner = _included(statement, name, style, include, above, wrong)
    return replaced(inner, replacements), at


def _included(
    statement: Token, name: Token, style: Style, include: Include, above: tuple[str, ...], wrong: list[Diagnostic]
) -> list[Token]:
    span = Span(name.span.source, statement.span.start, name.span.end)
    try:
        source = include(name.text, name.span.source)
    except DictionaryError as error:
        raise Diagnostic(
            code="C0108",
            message=f"the copybook {name.text} cannot be read: {error.message}",
            span=span,
            help=error.help or "copy_path names further folders to look in",
        ).error() from error
    if source.name in above:
        raise Diagnostic(
            code="C0109",
            message=f"the copybook {source.name} copies itself",
            span=span,
            notes=(f"the chain is {' → '.join((*above[above.index(source.name) :], source.name))}",),
        ).error()
    return _expanded(source, style, include, (*above, source.name), wrong)[:-1]


def _replace_statement(tokens: list[Token], at: int, wrong: list[Diagnostic]) -> tuple[tuple[Replacement, ...], int]:
    if tokens[at].upper in ("OFF", "LAST"):
        return (), _behind_period(tokens, at)
    at += tokens[at].upper == "ALSO"
    replacements, at = _replacements(tokens, at, wrong)
    return replacements, _behind_period(tokens, at)


def _replacements(tokens: list[Token], at: int, wrong: list[Diagnostic]) -> tuple[tuple[Replacement, ...], int]:
    found: list[Replacement] = []
    while tokens[at].kind not in ("period", "end"):
        part = ""
        if tokens[at].upper in ("LEADING", "TRAILING"):
            part = tokens[at].upper.lower()
            at += 1
        match = _operand(tokens[at])
        if tokens[at].kind == "end" or tokens[at + 1].upper != "BY" or tokens[at + 2].kind in ("period", "end"):
            wrong.append(
                _malformed(
                    tokens[at].span, "a replacement has the form ==text== BY ==text==", "this has no BY and text"
                )
            )
            while tokens[at].kind not in ("period", "end"):
                at += 1
            break
        text = _operand(tokens[at + 2])
        if len(match) == 1 and not part and re.fullmatch(r"(:[^:]+:|\([^()]+\))", match[0].text):
            part = "inside"
        if match:
            found.append(Replacement(match, text, part))
        at += 3
    return tuple(found), at


def _operand(token: Token) -> tuple[Token, ...]:
    if token.kind != "pseudo":
        return (token,)
    start = token.span.start + 2
    last = max(start, token.span.end - 1)
    places = array("q", (min(start + i, last) for i in range(len(token.text))))
    return tuple(tokenize(Code(token.span.source, token.text, places))[0][:-1])


def replaced(tokens: Sequence[Token], replacements: Sequence[Replacement]) -> list[Token]:
    """*tokens* after *replacements*, the first that matches at each place; what was put in is not looked at again."""
    if not replacements:
        return list(tokens)
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        for candidate in replacements:
            size = len(candidate.match)
            if not candidate.part and size <= len(tokens) - at and _same(tokens[at : at + size], candidate.match):
                span = tokens[at].span
                out += [
                    Token(t.kind, t.text, span, t.prefix, tokens[at].first and not i)
                    for i, t in enumerate(candidate.text)
                ]
                at += size
                break
        else:
            out.append(_partly(tokens[at], replacements))
            at += 1
    return [token for token in out if token.text or token.kind != "word"]


def _same(tokens: Sequence[Token], match: Sequence[Token]) -> bool:
    return all(
        t.kind == m.kind and (t.upper == m.upper if t.kind == "word" else (t.text, t.prefix) == (m.text, m.prefix))
        for t, m in zip(tokens, match, strict=True)
    )


def _partly(token: Token, replacements: Sequence[Replacement]) -> Token:
    """*token* with the parts of its word replaced."""
    if token.kind != "word":
        return token
    word = token.text
    for candidate in replacements:
        old, new = candidate.match[0].text, "".join(t.text for t in candidate.text)
        match candidate.part:
            case "leading" if word.upper().startswith(old.upper()):
                word = new + word[len(old) :]
            case "trailing" if word.upper().endswith(old.upper()):
                word = word[: len(word) - len(old)] + new
            case "inside":
                word = re.sub(re.escape(old), new.replace("\\", r"\\"), word, flags=re.IGNORECASE)
    return token if word == token.text else token.renamed(word)


def _behind_period(tokens: list[Token], at: int) -> int:
    while tokens[at].kind not in ("period", "end"):
        at += 1
    return at + (tokens[at].kind == "period")


def _malformed(span: Span, message: str, label: str) -> Diagnostic:
    return Diagnostic(code="C0108", message=message, span=span, label=label)
