"""Tokens → entries: one `Entry` for each data description, its clauses read but not yet weighed against each other.

Recursive descent.  Several errors are collected: after one the reading goes on at the next period, or at a level number
that begins a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from arrowsmith.diagnostics import Diagnostic, Span, nearest
from arrowsmith_copybook.clauses import (
    READERS,
    begins_clause,
    clean_name,
    numeric,
    read_literal,
    read_usage_word,
    read_values,
)
from arrowsmith_copybook.entry import Condition, Entry
from arrowsmith_copybook.tokens import Token
from arrowsmith_copybook.words import CLAUSES, HEADERS, NAMED_HEADERS, NAMELESS, PERHAPS_NAMES, USAGES, usage_of

#: Errors after which reading a copybook is given up.
MOST_ERRORS = 20


class _Stop(Exception):
    """This entry cannot be read further; its diagnostic has been noted."""


def read_entries(tokens: Sequence[Token]) -> tuple[list[Entry], list[Diagnostic]]:
    """The entries that *tokens* (which end with ``end``) declare, and what is wrong with them."""
    reader = Reader(tokens)
    reader.run()
    return reader.entries, reader.wrong


class Reader:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.entries: list[Entry] = []
        self.wrong: list[Diagnostic] = []
        self.constants: dict[str, int] = {}
        self.given: dict[str, Any] = {}

    # --- moving over tokens ---

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    @property
    def following(self) -> Token:
        return self.tokens[min(self.at + 1, len(self.tokens) - 1)]

    def take(self, *words: str) -> bool:
        """Move behind the token if it is one of *words*."""
        if self.token.upper in words:
            self.at += 1
            return True
        return False

    def fail(self, code: str, message: str, span: Span | None = None, **more: Any) -> _Stop:
        self.wrong.append(Diagnostic(code=code, message=message, span=span or self.token.span, **more))
        return _Stop()

    def word(self, what: str) -> Token:
        """The word at this place, or an error that says *what* was expected."""
        token = self.token
        if token.kind != "word" or self.begins_entry():
            raise self.fail("C0105", f"{what} is missing", label=f"expected {what} before this")
        self.at += 1
        return token

    def number(self, what: str) -> int:
        token = self.token
        if token.upper in self.constants:
            self.at += 1
            return self.constants[token.upper]
        if token.kind != "word" or not token.text.isdecimal():
            raise self.fail("C0105", f"{what} is missing", label=f"expected {what} here")
        self.at += 1
        return int(token.text)

    def begins_entry(self) -> bool:
        """Whether the token is a level number that begins a line and has a name or a clause behind it: then the entry
        before has no period."""
        token, behind = self.token, self.following
        return (
            token.first
            and re.fullmatch(r"\d{1,2}", token.text) is not None
            and token.kind == "word"
            and behind.kind == "word"
            and not behind.first
            and not numeric(behind.text)
            and behind.upper not in ("THRU", "THROUGH")
        )

    # --- entries ---

    def run(self) -> None:
        while self.token.kind != "end" and len(self.wrong) < MOST_ERRORS:
            if self.token.kind == "period":
                self.at += 1
            elif self.token.upper == "PROCEDURE" and self.following.upper == "DIVISION":
                return
            elif self.token.upper in NAMED_HEADERS:  # PROGRAM-ID. NAME.
                self.skip_statement()
                self.skip_statement()
            elif self.token.upper in HEADERS:
                self.skip_statement()
            else:
                try:
                    self.entry()
                except _Stop:
                    self.skip_entry()

    def skip_statement(self) -> None:
        while self.token.kind not in ("period", "end"):
            self.at += 1
        self.at += self.token.kind == "period"

    def skip_entry(self) -> None:
        while self.token.kind not in ("period", "end") and not self.begins_entry():
            self.at += 1

    def entry(self) -> None:
        number = self.token
        if number.kind != "word" or not re.fullmatch(r"\d{1,3}", number.text):
            self.at += 1
            raise self.fail(
                "C0102",
                f"a data description begins with a level number, not with {number.text}",
                number.span,
                label="no level number",
                help="is the period missing that ends the line before?" if self.entries else "",
            )
        level = int(number.text)
        if not (1 <= level <= 49 or level in (66, 77, 78, 88)):
            self.at += 1
            raise self.fail(
                "C0107", f"{number.text} is no level number", number.span, label="expected 01 to 49, 66, 77, 78 or 88"
            )
        self.at += 1
        name, name_span = self.entry_name(number)
        match level:
            case 88:
                self.condition(name, name_span, number)
            case 78:
                self.constant(name)
            case _:
                self.described(level, name, name_span, number)
        self.period()

    def entry_name(self, number: Token) -> tuple[str, Span]:
        """The name behind a level number, "" where the entry has none."""
        token = self.token
        if token.kind == "word" and not self.nameless():
            self.at += 1
            return token.text, token.span
        return "", number.span

    def nameless(self) -> bool:
        word, behind = self.token.upper, self.following
        if usage_of(word) and word not in PERHAPS_NAMES:
            return True
        if word in NAMELESS:
            # even a reserved word is a name where nothing but a name can stand before what follows
            return behind.kind != "period" and behind.upper not in ("PIC", "PICTURE", "REDEFINES", "OCCURS")
        return word in PERHAPS_NAMES and behind.kind != "period" and not begins_clause(behind.upper)

    def period(self) -> None:
        if self.token.kind == "period":
            self.at += 1
            return
        if self.token.kind == "end":  # the last entry of a copybook may go without
            return
        before = self.tokens[self.at - 1].span
        self.wrong.append(
            Diagnostic(
                code="C0103",
                message="the data description has no period at its end",
                span=Span(before.source, before.end, before.end + 1),
                label="a period is missing here",
                notes=(f"{self.token.text} begins the next description",),
            )
        )

    def described(self, level: int, name: str, name_span: Span, number: Token) -> None:
        self.given = {}
        start = number.span
        while self.token.kind not in ("period", "end") and not self.begins_entry():
            self.clause(level)
        end = self.tokens[self.at - 1].span
        span = Span(start.source, start.start, end.end) if end.source is start.source else start
        plain = clean_name(name)
        entry = Entry(
            level=level,
            name=plain,
            span=span,
            name_span=name_span,
            filler=plain.upper() in ("", "FILLER"),
            constants=self.constants,
            **self.given,
        )
        if level == 66 and not entry.renames:
            raise self.fail("C0105", "a level 66 description has a RENAMES clause", span, label="RENAMES is missing")
        self.entries.append(entry)

    def condition(self, name: str, name_span: Span, number: Token) -> None:
        if not name:
            raise self.fail("C0105", "the condition name is missing", label="expected a name before this")
        if not self.take("VALUE", "VALUES"):
            raise self.fail("C0105", "a level 88 description has a VALUE clause", label="expected VALUE before this")
        values = read_values(self, many=True)
        false = None
        if self.take("WHEN"):
            self.take("SET")
            self.take("TO")
        if self.take("FALSE"):
            self.take("IS")
            false = read_literal(self)
        if not self.entries or self.entries[-1].level == 66:
            raise self.fail("C0308", f"the condition {name} follows no item", name_span, label="no item before this")
        made = Condition(name=name, values=values, false=false, span=name_span)
        self.entries[-1] = replace(self.entries[-1], conditions=(*self.entries[-1].conditions, made))

    def constant(self, name: str) -> None:
        if not self.take("VALUE", "VALUES"):
            raise self.fail("C0105", "a level 78 description has a VALUE clause", label="expected VALUE before this")
        value = read_values(self, many=False)[0].first
        if name and value.kind == "number" and value.text.isdecimal():
            self.constants[name.upper()] = int(value.text)

    # --- clauses ---

    def clause(self, level: int) -> None:
        token, word = self.token, self.token.upper
        reader = READERS.get(word)
        if reader is not None:
            self.at += 1
            reader(self, token)
        elif usage_of(word):
            read_usage_word(self)
        elif word in ("IS", "ARE"):
            self.at += 1
        else:
            close = nearest(word, (*CLAUSES, *USAGES)) if word else ""
            raise self.fail(
                "C0101",
                f"{token.text if token.kind == 'word' else 'a literal'} begins no clause of a data description",
                label="not a clause",
                help=f"did you mean {close}?" if close else "",
            )

    def put(self, key: str, value: Any, token: Token) -> None:
        if key in self.given:
            raise self.fail("C0106", f"the {token.upper} clause stands twice", token.span, label="a second time here")
        self.given[key] = value
