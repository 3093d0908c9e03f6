"""The text form of a Layout becomes the Layout: lines by their indentation, values by what may stand where they stand.

The grammar is `arrowsmith.layout.vocabulary`'s; `docs/layout.md` has it in words.
Invariant: any text gives a value or a `DictionaryError` with line and caret, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, cast

from arrowsmith.diagnostics import Diagnostic, Source, Span, nearest
from arrowsmith.errors import code
from arrowsmith.layout.expr import Const, Expr
from arrowsmith.layout.nodes import Layout, Node, Record
from arrowsmith.layout.types import Type
from arrowsmith.layout.vocabulary import (
    EXPRESSIONS,
    KINDS,
    LINES,
    NODES,
    OPERATORS,
    REQUIRED,
    TYPES,
    Attribute,
    Hint,
    attributes,
)

D_SYNTAX = code("D0001", "the text of a layout does not follow its grammar")
D_KEYWORD = code("D0002", "the text of a layout names a kind or an attribute that does not exist here")
D_VALUE = code("D0003", "the text of a layout gives an attribute a value that it does not take")
D_MISSING = code("D0004", "the text of a layout leaves out what has no default")

#: Values inside values: deeper text is refused, so that no text can exhaust the stack.
DEEPEST = 200

_TOKEN = re.compile(
    r"""(?P<space>[ ]+) | (?P<comment>;.*) | (?P<bytes>x"[0-9a-f]*") | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|-inf\b) | (?P<word>[A-Za-z_][A-Za-z0-9_-]*) | (?P<mark>[(),=])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r'\\(?:u([0-9a-f]{4})|U([0-9a-f]{8})|(["\\nrt]))')
#: what stands behind a backslash → the character it means
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}


def parse_layout(text: str, name: str = "layout") -> Layout:
    """The Layout that *text* says; nodes have spans into it, under *name*.  Raises `DictionaryError` with line and caret."""
    return cast(Layout, _parse_lines(Source(name, text), (Layout,)))


def parse_node(text: str, name: str = "layout") -> Node | Record:
    """The one node or record that *text* says, as `parse_layout`."""
    return cast("Node | Record", _parse_lines(Source(name, text), (*NODES, Record)))


def parse_type(text: str, name: str = "layout") -> Type:
    """The physical type that *text* says, as `parse_layout`."""
    return cast(Type, _parse_value(Source(name, text), Hint(kinds=TYPES)))


def parse_expr(text: str, name: str = "layout") -> Expr:
    """The expression that *text* says, as `parse_layout`."""
    return cast(Expr, _parse_value(Source(name, text), Hint(kinds=EXPRESSIONS)))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    span: Span


@dataclass(slots=True)
class _Open:
    """A line whose children are still being read."""

    kind: type
    depth: int
    span: Span
    given: dict[str, Any]
    below: list[tuple[Any, Span]] = field(default_factory=list)


def _fault(number: str, message: str, span: Span, help: str = "") -> NoReturn:
    raise Diagnostic(code=number, message=message, span=span, help=help).error()


def _tokens(source: Source, start: int, end: int) -> Iterator[_Token]:
    """The tokens of characters *start* to *end* of a source, without spaces and comments; then one of kind ``end``."""
    at = start
    while at < end:
        found = _TOKEN.match(source.text, at, end)
        if found is None:
            _fault(D_SYNTAX, f"{source.text[at]!r} begins nothing here", Span(source, at, at + 1))
        kind = cast(str, found.lastgroup)
        if kind not in ("space", "comment"):
            yield _Token(kind, found[0], Span(source, at, found.end()))
        at = found.end()
    yield _Token("end", "", Span(source, end, end))


class _Values:
    """A cursor over the tokens of one line, with a method for each thing that can be read there."""

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.tokens = list(_tokens(source, start, end))
        self.next = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.next]

    def take(self) -> _Token:
        token = self.token
        self.next += token.kind != "end"
        return token

    def at(self, mark: str, ahead: int = 0) -> bool:
        where = min(self.next + ahead, len(self.tokens) - 1)
        return self.tokens[where].kind == "mark" and self.tokens[where].text == mark

    def expect(self, mark: str) -> None:
        if not self.at(mark):
            _fault(D_SYNTAX, f"expected {mark}, found {self.token.text or 'the end of the line'}", self.token.span)
        self.next += 1

    def end(self) -> None:
        if self.token.kind != "end":
            _fault(D_SYNTAX, f"nothing may follow here, found {self.token.text}", self.token.span)

    def line(self) -> tuple[type, Span, dict[str, Any]]:
        """A whole line: its kind, where the keyword and name stand, and what it gives."""
        keyword = self.take()
        kind = KINDS.get(keyword.text) if keyword.kind == "word" else None
        if kind is None or kind not in LINES:
            close = nearest(keyword.text, [k.__name__.lower() for k in LINES])
            help = f"did you mean {close}?" if close else ""
            _fault(D_KEYWORD, f"{keyword.text} is no kind of node", keyword.span, help)
        known = {a.name: a for a in attributes(kind) if not a.lines}
        given: dict[str, Any] = {}
        span = keyword.span
        if "name" in known:
            given["name"] = ""
            if self.token.kind == "text" or (self.token.kind == "word" and not self.at("=", 1) and not self.at("(", 1)):
                token = self.take()
                given["name"] = self.unquoted(token) if token.kind == "text" else token.text
                span = token.span
        if "type" in known and self.at("(", 1):
            given["type"] = self.value(known["type"].hint, 0)
        while self.token.kind == "word":
            self.named(kind, known, given, 0)
        self.end()
        return kind, span, given

    def named(self, kind: type, known: dict[str, Attribute], given: dict[str, Any], depth: int) -> None:
        """One ``name=value`` into *given*."""
        token = self.take()
        if token.text not in known:
            close = nearest(token.text, known)
            message = f"{kind.__name__.lower()} has no attribute {token.text}"
            _fault(D_KEYWORD, message, token.span, f"did you mean {close}?" if close else "")
        if token.text in given:
            _fault(D_SYNTAX, f"{token.text} is given twice", token.span)
        self.expect("=")
        given[token.text] = self.value(known[token.text].hint, depth)

    def value(self, hint: Hint, depth: int) -> Any:
        """One value where *hint* says what may stand."""
        if depth > DEEPEST:
            _fault(D_SYNTAX, f"values are nested more than {DEEPEST} deep", self.token.span)
        if self.at("("):
            return self.tuple(hint, depth)
        if self.at("(", 1):
            return self.call(hint, depth)
        token = self.take()
        if token.kind == "word" and token.text in hint.words:
            return token.text
        if token.text == "none" and hint.none:
            return None
        literal = self.literal(token)
        if literal is not None and hint.accepts(literal):
            return literal
        if literal is not None and Const in hint.kinds:
            return Const(literal)
        wanted = f"expected {hint}, found {token.text or 'the end of the line'}"
        close = nearest(token.text, hint.words)
        _fault(D_VALUE, wanted, token.span, f"did you mean {close}?" if close else "")

    def literal(self, token: _Token) -> Any:
        """The value of a token that is a literal, else None."""
        match token.kind, token.text:
            case "text", _:
                return self.unquoted(token)
            case "bytes", text:
                return bytes.fromhex(text[2:-1]) if len(text) % 2 else _fault(D_SYNTAX, "half a byte", token.span)
            case "number", text:
                try:
                    return int(text) if text.lstrip("-").isdecimal() else float(text)
                except ValueError:  # Python refuses integers of thousands of digits
                    _fault(D_VALUE, "a number of too many digits", token.span)
            case "word", ("true" | "false") as text:
                return text == "true"
            case "word", ("inf" | "nan") as text:
                return float(text)
        return None

    def unquoted(self, token: _Token) -> str:
        """The characters that a quoted text means."""

        def character(found: re.Match[str]) -> str:
            number = found[1] or found[2]
            return _ESCAPES[found[3]] if number is None else chr(int(number, 16))

        body = token.text[1:-1]
        try:
            text = _ESCAPE.sub(character, body)
        except (ValueError, OverflowError):  # \U above the last code point
            _fault(D_SYNTAX, "no such character", token.span)
        if "\\" in _ESCAPE.sub("", body):
            _fault(D_SYNTAX, 'after \\ may stand " \\ n r t, u and four or U and eight hexadecimal digits', token.span)
        return text

    def tuple(self, hint: Hint, depth: int) -> tuple[Any, ...]:
        """``(a, b)`` where *hint* allows a tuple."""
        opening = self.token.span
        if hint.items is None and hint.fixed is None:
            _fault(D_VALUE, f"expected {hint}, found a tuple", opening)
        self.expect("(")
        items: list[Any] = []
        while not self.at(")"):
            if items:
                self.expect(",")
            if hint.fixed is not None and len(items) == len(hint.fixed):
                _fault(D_VALUE, f"expected {len(hint.fixed)} items, found more", self.token.span)
            items.append(self.value(hint.items or (hint.fixed or ())[len(items)], depth + 1))
        if hint.fixed is not None and len(items) != len(hint.fixed):
            _fault(D_VALUE, f"expected {len(hint.fixed)} items, found {len(items)}", opening)
        self.expect(")")
        return tuple(items)

    def call(self, hint: Hint, depth: int) -> Any:
        """``kind(value, name=value)``: a value of one of the kinds that *hint* allows."""
        token = self.take()
        kind = OPERATORS.get(token.text) or KINDS.get(token.text)
        if kind is None or kind not in hint.kinds:
            names = [k for k, c in {**KINDS, **OPERATORS}.items() if c in hint.kinds]
            close = nearest(token.text, names)
            _fault(
                D_KEYWORD, f"expected {hint}, found {token.text}", token.span, f"did you mean {close}?" if close else ""
            )
        given: dict[str, Any] = {"op": token.text} if token.text in OPERATORS else {}
        known = {a.name: a for a in attributes(kind) if a.name not in given}
        waiting = [a for a in known.values() if a.positional]
        self.expect("(")
        first = True
        while not self.at(")"):
            if not first:
                self.expect(",")
            first = False
            if self.token.kind == "word" and self.at("=", 1):
                self.named(kind, known, given, depth + 1)
            elif waiting and waiting[0].spread:
                given[waiting[0].name] = (
                    *given.get(waiting[0].name, ()),
                    self.value(cast(Hint, waiting[0].hint.items), depth + 1),
                )
            elif waiting:
                attribute = waiting.pop(0)
                given[attribute.name] = self.value(attribute.hint, depth + 1)
            else:
                _fault(
                    D_SYNTAX,
                    f"{token.text} takes no more values, found {self.token.text or 'the end'}",
                    self.token.span,
                )
        self.expect(")")
        return _made(kind, given, token.span)


def _made(kind: type, given: dict[str, Any], span: Span) -> Any:
    """A value of *kind*; an attribute that is missing and has no default is a fault, a spread one is then empty."""
    for a in attributes(kind):
        if a.name not in given and a.default is REQUIRED:
            if a.spread:
                given[a.name] = ()
            else:
                _fault(D_MISSING, f"{kind.__name__.lower()} needs {a.name}", span)
    return kind(**given)


def _parse_value(source: Source, hint: Hint) -> Any:
    """All of *source* as one value."""
    end = len(source.text.rstrip("\n"))
    values = _Values(source, 0, end)
    value = values.value(hint, 0)
    values.end()
    return value


def _parse_lines(source: Source, wanted: tuple[type, ...]) -> Any:
    """All of *source* as one thing of a *wanted* kind, and its lines."""
    stack: list[_Open] = []
    done: list[tuple[Any, Span]] = []

    def close(depth: int) -> None:
        while stack and stack[-1].depth >= depth:
            line = stack.pop()
            (stack[-1].below if stack else done).append((_assembled(line), line.span))

    for number, start in enumerate(source.starts, 1):
        text = source.line(number)
        plain = text.lstrip(" ")
        if not plain or plain.startswith(";"):
            continue
        indent = len(text) - len(plain)
        place = Span(source, start, start + indent)
        if indent % 2 or indent // 2 > (stack[-1].depth + 1 if stack else 0):
            _fault(D_SYNTAX, f"indented by {indent} spaces; each level inside takes two", place)
        close(indent // 2)
        kind, span, given = _Values(source, start + indent, start + len(text)).line()
        if not stack and (done or kind not in wanted):
            _fault(D_SYNTAX, f"{kind.__name__.lower()} may not stand here", span)
        stack.append(_Open(kind, indent // 2, span, given))
    close(0)
    if not done:
        _fault(D_SYNTAX, "the text is empty", Span(source, len(source.text), len(source.text)))
    return done[0][0]


def _assembled(line: _Open) -> Any:
    """The value of a line whose children have all been read."""
    for a in attributes(line.kind):
        if not a.lines:
            continue
        kinds = (a.hint.items or a.hint).kinds
        found = [value for value, _ in line.below if type(value) in kinds]
        if a.hint.items is not None:
            line.given[a.name] = tuple(found)
        elif len(found) > 1:
            span = [s for value, s in line.below if type(value) in kinds][1]
            _fault(D_SYNTAX, f"{line.kind.__name__.lower()} takes one {a.name}", span)
        elif found:
            line.given[a.name] = found[0]
    allowed = {k for a in attributes(line.kind) if a.lines for k in (a.hint.items or a.hint).kinds}
    for value, span in line.below:
        if type(value) not in allowed:
            _fault(D_SYNTAX, f"{type(value).__name__.lower()} may not stand inside {line.kind.__name__.lower()}", span)
    value = _made(line.kind, line.given, line.span)
    return replace(value, span=line.span) if hasattr(value, "span") else value
