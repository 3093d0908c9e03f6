"""Tokens → entries: one `Entry` for each data description, its clauses read but not yet weighed against each other.

Recursive descent.  Several errors are collected: after one the reading goes on at the next period, or at a level number
that begins a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from arrowsmith.diagnostics import Diagnostic, Span, nearest
from arrowsmith_copybook.tokens import Token
from arrowsmith_copybook.words import CLAUSES, FIGURATIVES, HEADERS, NAMELESS, PERHAPS_NAMES, USAGES, usage_of

#: Errors after which reading a copybook is given up.
MOST_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Named:
    """A word of the copybook with its place; ``of``: the groups that qualify it, innermost first."""

    text: str
    span: Span = field(compare=False)
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A value.  ``kind``: ``text``, ``number``, ``hex``, ``figurative``; ``repeated``: ALL stands before it."""

    kind: str
    text: str
    repeated: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        match self.kind:
            case "text":
                shown = "'" + self.text.replace("'", "''") + "'"
            case "hex":
                shown = f"X'{self.text}'"
            case _:
                shown = self.text
        return f"ALL {shown}" if self.repeated else shown


@dataclass(frozen=True, slots=True)
class ValueRange:
    """``first``, or with ``last`` everything from the one to the other."""

    first: Literal
    last: Literal | None = None

    def __str__(self) -> str:
        return str(self.first) if self.last is None else f"{self.first} THRU {self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A level 88 entry: the name is true where the item above has one of ``values``; ``false`` is what SET TO FALSE stores."""

    name: str
    values: tuple[ValueRange, ...]
    false: Literal | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurs:
    """``most`` repetitions, or with ``depending`` as many as that item says, from ``least``.  ``keys``: (direction, name)."""

    least: int
    most: int
    depending: Named | None = None
    keys: tuple[tuple[str, str], ...] = ()
    indexes: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Where the sign is: before or behind the digits, over the end digit or in a byte of its own."""

    leading: bool
    separate: bool
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A data description.  ``name`` is "" for one without a name; ``filler`` where that is so or the name is FILLER."""

    level: int
    name: str
    span: Span
    name_span: Span
    filler: bool = False
    picture: Named | None = None
    usage: Named | None = None
    unsigned: bool = False
    sign: Sign | None = None
    justified: bool = False
    synchronized: bool = False
    blank_zero: bool = False
    occurs: Occurs | None = None
    redefines: Named | None = None
    renames: tuple[Named, ...] = ()
    values: tuple[ValueRange, ...] = ()
    typedef: bool = False
    type_name: Named | None = None
    byte_length: int = 0
    external: bool = False
    global_: bool = False
    constants: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    conditions: tuple[Condition, ...] = ()


class _Stop(Exception):
    """This entry cannot be read further; its diagnostic has been noted."""


def read_entries(tokens: Sequence[Token]) -> tuple[list[Entry], list[Diagnostic]]:
    """The entries that *tokens* (which end with ``end``) declare, and what is wrong with them."""
    reader = _Reader(tokens)
    reader.run()
    return reader.entries, reader.wrong


class _Reader:
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
            and not _numeric(behind.text)
            and behind.upper not in ("THRU", "THROUGH")
        )

    # --- entries ---

    def run(self) -> None:
        while self.token.kind != "end" and len(self.wrong) < MOST_ERRORS:
            if self.token.kind == "period":
                self.at += 1
            elif self.token.upper == "PROCEDURE" and self.following.upper == "DIVISION":
                return
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
        if word in NAMELESS or (usage_of(word) and word not in PERHAPS_NAMES):
            # even a reserved word is a name where nothing but a name can stand before what follows
            return behind.kind != "period" and behind.upper not in ("PIC", "PICTURE", "REDEFINES", "OCCURS")
        return word in PERHAPS_NAMES and behind.kind != "period" and not _begins_clause(behind.upper)

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
        values = self.value_list(many=True)
        false = None
        if self.take("WHEN"):
            self.take("SET")
            self.take("TO")
        if self.take("FALSE"):
            self.take("IS")
            false = self.literal()
        if not self.entries or self.entries[-1].level == 66:
            raise self.fail("C0308", f"the condition {name} follows no item", name_span, label="no item before this")
        made = Condition(name=name, values=values, false=false, span=name_span)
        self.entries[-1] = replace(self.entries[-1], conditions=(*self.entries[-1].conditions, made))

    def constant(self, name: str) -> None:
        if not self.take("VALUE", "VALUES"):
            raise self.fail("C0105", "a level 78 description has a VALUE clause", label="expected VALUE before this")
        value = self.value_list(many=False)[0].first
        if name and value.kind == "number" and value.text.isdecimal():
            self.constants[name.upper()] = int(value.text)

    # --- clauses ---

    def clause(self, level: int) -> None:
        token, word = self.token, self.token.upper
        reader = _CLAUSE.get(word)
        if reader is not None:
            self.at += 1
            reader(self, token)
        elif usage_of(word):
            self.usage_word()
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

    def picture(self, token: Token) -> None:
        self.take("IS")
        pic = self.token
        if pic.kind != "word":
            raise self.fail("C0105", "the picture is missing", label="expected a picture before this")
        self.at += 1
        text, span = pic.text, pic.span
        while self.token.kind == "word" and self.token.text.startswith("("):  # PIC X (10)
            span = Span(span.source, span.start, self.token.span.end)
            text += self.token.text
            self.at += 1
        self.put("picture", Named(text, span), token)

    def usage(self, token: Token) -> None:
        self.take("IS")
        if not usage_of(self.token.upper):
            close = nearest(self.token.upper, USAGES) if self.token.kind == "word" else ""
            raise self.fail(
                "C0105",
                f"{self.token.text or 'the end'} is no usage",
                label="expected DISPLAY, COMP, COMP-3, BINARY, …",
                help=f"did you mean {close}?" if close else "",
            )
        self.usage_word()

    def usage_word(self) -> None:
        token = self.token
        usage = usage_of(token.upper)
        self.at += 1
        if usage == "OBJECT":
            self.take("REFERENCE")
            if self.token.kind == "word" and not _begins_clause(self.token.upper):
                self.at += 1
        unsigned = self.take("UNSIGNED") or token.upper.startswith("UNSIGNED-")
        self.take("SIGNED")
        if usage.endswith("POINTER") and self.take("TO"):
            self.word("the name of what the pointer points to")
        self.put("usage", Named(usage, token.span), token)
        if unsigned:
            self.given["unsigned"] = True

    def sign(self, token: Token) -> None:
        self.take("IS")
        if self.token.upper not in ("LEADING", "TRAILING"):
            raise self.fail("C0105", "SIGN says LEADING or TRAILING", label="expected LEADING or TRAILING here")
        self.at += 1
        self.sign_place(self.tokens[self.at - 1])

    def sign_place(self, token: Token) -> None:
        leading = token.upper == "LEADING"
        separate = self.take("SEPARATE")
        self.take("CHARACTER")
        self.put("sign", Sign(leading=leading, separate=separate, span=token.span), token)

    def occurs(self, token: Token) -> None:
        if self.take("DYNAMIC", "ANY"):
            raise self.fail(
                "C0304", "a dynamic table has no storage in a record", token.span, label="no number of repetitions"
            )
        counted = self.token
        least = most = self.number("the number of repetitions")
        if to := self.take("TO"):
            most = self.number("the greatest number of repetitions")
        self.take("TIMES")
        depending, indexes, keys = None, [], []
        while True:
            if self.take("DEPENDING"):
                self.take("ON")
                depending = self.qualified("the name of the item that holds the count")
            elif self.take("INDEXED"):
                self.take("BY")
                indexes += self.names("an index name")
            elif self.token.upper in ("ASCENDING", "DESCENDING"):
                direction = self.token.upper.lower()
                self.at += 1
                self.take("KEY")
                self.take("IS", "ARE")
                keys += [(direction, name) for name in self.names("a key's name")]
            else:
                break
        if depending is not None and not to:
            least = 0
        if not (0 <= least <= most and 1 <= most < 1 << 31):
            raise self.fail(
                "C0304",
                f"an item is repeated 1 to {(1 << 31) - 1} times, not {least}{f' to {most}' if most != least else ''}",
                counted.span,
                label="the smaller count comes first" if least > most else "",
            )
        self.put(
            "occurs",
            Occurs(
                least=least,
                most=most,
                depending=depending,
                keys=tuple(keys),
                indexes=tuple(indexes),
                span=Span(token.span.source, token.span.start, self.tokens[self.at - 1].span.end),
            ),
            token,
        )

    def names(self, what: str) -> list[str]:
        found = [self.word(what).text]
        while self.token.kind == "word" and not _begins_clause(self.token.upper) and not self.begins_entry():
            found.append(self.word(what).text)
        return found

    def qualified(self, what: str) -> Named:
        token = self.word(what)
        groups = []
        while self.take("OF", "IN"):
            groups.append(clean_name(self.word("the name of a group").text))
        return Named(clean_name(token.text), token.span, tuple(groups))

    def redefines(self, token: Token) -> None:
        self.put("redefines", self.qualified("the name of the item that is redefined"), token)

    def renames(self, token: Token) -> None:
        names = [self.qualified("the name of the item that is renamed")]
        if self.take("THRU", "THROUGH"):
            names.append(self.qualified("the name of the last item that is renamed"))
        self.put("renames", tuple(names), token)

    def value(self, token: Token) -> None:
        self.put("values", self.value_list(many=token.upper == "VALUES"), token)

    def value_list(self, *, many: bool) -> tuple[ValueRange, ...]:
        self.take("IS", "ARE")
        ranges = [self.value_range()]
        while many and self.at_literal() and not self.begins_entry():
            ranges.append(self.value_range())
        return tuple(ranges)

    def value_range(self) -> ValueRange:
        first = self.literal()
        return ValueRange(first, self.literal()) if self.take("THRU", "THROUGH") else ValueRange(first)

    def at_literal(self) -> bool:
        token = self.token
        return token.kind == "literal" or _numeric(token.text) or token.upper in (*FIGURATIVES, "ALL")

    def literal(self) -> Literal:
        repeated = self.take("ALL")
        token = self.token
        if token.kind == "literal":
            self.at += 1
            text = token.text
            while self.token.text == "&" and self.following.kind == "literal":
                text += self.following.text
                self.at += 2
            return Literal(
                kind="hex" if token.prefix in ("X", "H", "NX") else "text",
                text=text,
                repeated=repeated,
                span=token.span,
            )
        if token.upper in FIGURATIVES:
            self.at += 1
            return Literal(kind="figurative", text=FIGURATIVES[token.upper], repeated=repeated, span=token.span)
        if token.kind == "word" and (_numeric(token.text) or token.upper in self.constants):
            self.at += 1
            text = str(self.constants.get(token.upper, token.text))
            return Literal(kind="number", text=text, repeated=repeated, span=token.span)
        if token.kind == "word" and not _begins_clause(token.upper):
            self.at += 1  # the name of a constant that some other text declares
            return Literal(kind="figurative", text=token.upper, repeated=repeated, span=token.span)
        raise self.fail("C0105", "a value is missing", label="expected a literal before this")

    def blank(self, token: Token) -> None:
        self.take("WHEN")
        self.take("IS")
        if not self.take("ZERO", "ZEROS", "ZEROES"):
            raise self.fail("C0105", "BLANK is followed by WHEN ZERO", label="expected ZERO before this")
        self.put("blank_zero", True, token)

    def justified(self, token: Token) -> None:
        self.take("RIGHT", "LEFT")
        self.put("justified", True, token)

    def synchronized(self, token: Token) -> None:
        self.take("LEFT", "RIGHT")
        self.put("synchronized", True, token)

    def group_usage(self, token: Token) -> None:
        self.take("IS")
        self.usage_word()

    def type_clause(self, token: Token) -> None:
        self.take("TO")
        self.put("type_name", self.qualified("the name of a type"), token)

    def same_as(self, token: Token) -> None:
        self.take("AS")
        self.put("type_name", self.qualified("the name of an item"), token)

    def byte_length(self, token: Token) -> None:
        self.take("IS", "OF")
        self.put("byte_length", self.number("a number of bytes"), token)

    def external(self, token: Token) -> None:
        if self.take("AS", "BY"):
            self.at += 1
        self.put("external", True, token)

    def global_(self, token: Token) -> None:
        self.put("global_", True, token)

    def typedef(self, token: Token) -> None:
        self.take("STRONG")
        self.put("typedef", True, token)

    def nothing(self, token: Token) -> None:
        """A word that changes nothing about storage."""

    def constant_clause(self, token: Token) -> None:
        self.take("IS", "GLOBAL")
        self.take("AS")
        self.literal()
        self.put("typedef", True, token)


_CLAUSE: dict[str, Callable[[_Reader, Token], None]] = {
    "PIC": _Reader.picture,
    "PICTURE": _Reader.picture,
    "USAGE": _Reader.usage,
    "SIGN": _Reader.sign,
    "LEADING": _Reader.sign_place,
    "TRAILING": _Reader.sign_place,
    "OCCURS": _Reader.occurs,
    "REDEFINES": _Reader.redefines,
    "RENAMES": _Reader.renames,
    "VALUE": _Reader.value,
    "VALUES": _Reader.value,
    "BLANK": _Reader.blank,
    "JUST": _Reader.justified,
    "JUSTIFIED": _Reader.justified,
    "SYNC": _Reader.synchronized,
    "SYNCHRONIZED": _Reader.synchronized,
    "SYNCHRONISED": _Reader.synchronized,
    "GROUP-USAGE": _Reader.group_usage,
    "TYPE": _Reader.type_clause,
    "SAME": _Reader.same_as,
    "TYPEDEF": _Reader.typedef,
    "BYTE-LENGTH": _Reader.byte_length,
    "EXTERNAL": _Reader.external,
    "GLOBAL": _Reader.global_,
    "CONSTANT": _Reader.constant_clause,
    "VOLATILE": _Reader.nothing,
    "ALIGNED": _Reader.nothing,
}


def _begins_clause(word: str) -> bool:
    return word in CLAUSES or bool(usage_of(word))


def _numeric(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(E[+-]?\d+)?", text, re.IGNORECASE) is not None


def clean_name(text: str) -> str:
    """A name without the colons and quotes that preprocessor tags leave in it."""
    return text.replace(":", "").replace("'", "").replace('"', "")
