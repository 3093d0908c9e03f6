"""Copybook text → `Code`: the characters that count, with the place in the source that each comes from.

Fixed form (sequence area, indicator column, text up to column 72), free form, continued lines, comments, compiler
directives and listing words are dealt with here; tokens see one stream of characters.
Invariant: ``offsets`` has one entry for every character of ``text``, never decreasing.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from typing import Literal

from arrowsmith.diagnostics import Source, Span

Form = Literal["auto", "fixed", "free", "variable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How lines are read.  ``left`` characters are cut at a line's start and what lies behind column ``right`` at its end
    (fixed form; ``variable`` has no right margin).  ``tab``: columns between tab stops, for the left margin.

    ``auto`` decides by the text between fixed and free form.  Where the margins are the user's own, the form is fixed.
    """

    form: Form = "auto"
    left: int = 6
    right: int = 72
    tab: int = 8


@dataclass(frozen=True, slots=True)
class Code:
    """The text that is left of ``source``, lines separated by a newline, and the source offset of each character."""

    source: Source
    text: str
    offsets: array[int] = field(repr=False)

    def span(self, start: int, end: int) -> Span:
        """The source's characters behind ``text[start:end]``; an empty range gives the place itself."""
        if not self.offsets:
            return Span(self.source, 0, 0)
        first = self.offsets[min(start, len(self.offsets) - 1)]
        last = self.offsets[min(max(end - 1, start), len(self.offsets) - 1)]
        return Span(self.source, first, last + 1)


_ENTRY = re.compile(r"\s*(\d{1,2})\s+[A-Za-z:'(\d]|\s*\d{1,2}\s*$")
_DIRECTIVE = re.compile(r"\s*(?:>>|\$)\s*(\w+)\s*(.*)", re.IGNORECASE)
_FORMAT = re.compile(r"\b(FREE|FIXED|VARIABLE)\b", re.IGNORECASE)
_LISTING = re.compile(r"\s*(?:EJECT|SKIP[123]|TITLE\s+('[^']*'|\"[^\"]*\"))\s*\.?\s*$", re.IGNORECASE)


def read_code(source: Source, style: Style) -> Code:
    """The characters of *source* that a COBOL compiler would look at under *style*."""
    form: Form = guess_form(source.text, style) if style.form == "auto" else style.form
    builder = _Builder(source)
    start = 0
    for line in source.text.split("\n"):
        bare = line.rstrip("\r\x1a")
        if start == 0 and bare.startswith("\ufeff"):
            bare = " " + bare[1:]
        if (changed := _directive(bare)) is not None:
            form = changed or form
        elif not (bare.lstrip().startswith("*") or _LISTING.match(bare)):
            _add_line(builder, bare, start, form, style)
        builder.newline(start + len(line))
        start += len(line) + 1
    return builder.code()


def guess_form(text: str, style: Style) -> Literal["fixed", "free"]:
    """Whether the entries of *text* begin in the sequence area (free form) or behind it (fixed)."""
    votes = {"fixed": 0, "free": 0}
    for line in text.split("\n"):
        if line.lstrip().startswith("*") or not line.strip():
            continue
        cut = _margin(line, style)
        numbered = bool(line[:cut].strip())
        if numbered and _ENTRY.match(line):  # a level number in the sequence area
            votes["free"] += 1
        elif _ENTRY.match(line[cut : style.right]):
            votes["fixed"] += 1
    return "free" if votes["free"] > votes["fixed"] else "fixed"


def _directive(line: str) -> Form | Literal[""] | None:
    """None where *line* is no compiler directive; the form it switches to; "" where it says nothing of interest."""
    found = _DIRECTIVE.match(line)
    # the indicator column of a directive may hold the $ itself, behind a sequence number
    if found is None and len(line) > 6 and line[6] == "$":
        found = _DIRECTIVE.match(line[6:])
    if found is None:
        return None
    words = found.group(1).upper() + " " + found.group(2)
    if re.match(r"SOURCE\b|SET\s+SOURCEFORMAT", words, re.IGNORECASE) and (form := _FORMAT.search(words)):
        match form.group(1).upper():
            case "FREE":
                return "free"
            case "VARIABLE":
                return "variable"
            case _:
                return "fixed"
    return ""


def _margin(line: str, style: Style) -> int:
    """How many characters of *line* its first ``style.left`` columns hold; a tab that crosses the margin is among them."""
    column = 0
    for index, character in enumerate(line):
        if column >= style.left:
            return index
        column = (column // style.tab + 1) * style.tab if character == "\t" else column + 1
    return len(line)


def _add_line(builder: _Builder, line: str, start: int, form: Form, style: Style) -> None:
    if form == "free":
        builder.add(line, start)
        return
    cut = _margin(line, style)
    end = len(line) if form == "variable" else min(len(line), style.right)
    text, indicator = line[cut:end], line[cut : cut + 1]
    blanks = 0 if form == "variable" else max(0, style.right - len(line))
    if style.left == 0 or "\t" in line[:cut]:
        # there is no indicator column before a text that begins in the first, or behind a tab
        builder.add(text, start + cut, blanks)
    elif indicator in ("*", "/") or (indicator in ("D", "d") and not text[1:2].strip(" \t0123456789")):
        return
    elif indicator == "-" and text[1:].strip():
        builder.join(text[1:], start + cut + 1, blanks)
    else:
        # a text that begins in the indicator column itself is read as it stands, as tolerant readers do
        builder.add(text, start + cut, blanks)


class _Builder:
    """Collects characters with their offsets; knows where the last line of text ended, for continuation."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.parts: list[str] = []
        self.offsets = array("q")
        self.last = -1  # index in parts of the last line that had text
        self.length = 0  # characters up to and with that line
        self.blanks = 0  # columns that it leaves empty before the right margin

    def add(self, text: str, start: int, blanks: int = 0) -> None:
        if not text.strip():
            return
        self.last = len(self.parts)
        self._put(text, range(start, start + len(text)))
        self.length, self.blanks = len(self.offsets), blanks

    def newline(self, start: int) -> None:
        self._put("\n", (start,))

    def join(self, text: str, start: int, blanks: int) -> None:
        """Put *text* behind the last line: within a literal that line counts with its blanks up to the margin, and the text
        from behind its own opening quote; elsewhere the line counts without blanks and the text from its first word."""
        if self.last < 0:
            self.add(text, start, blanks)
            return
        line = self.parts[self.last]
        lead = len(text) - len(text.lstrip())
        quote = open_quote(line)
        if not quote:
            kept = len(line.rstrip())
            self.length -= len(line) - kept
            line = line[:kept]
        del self.parts[self.last :], self.offsets[self.length :]
        self.parts.append(line)
        if quote:
            self._put(" " * self.blanks, [self.offsets[-1]] * self.blanks)
            lead += text[lead] == quote
        self._put(text[lead:], range(start + lead, start + len(text)))
        self.parts[self.last :] = ["".join(self.parts[self.last :])]
        self.length, self.blanks = len(self.offsets), blanks

    def _put(self, text: str, offsets: range | tuple[int, ...] | list[int]) -> None:
        self.parts.append(text)
        self.offsets.extend(offsets)

    def code(self) -> Code:
        return Code(self.source, "".join(self.parts).replace("\u00a0", " "), self.offsets)


def open_quote(text: str) -> str:
    """The quote of a literal that *text* leaves open at its end, or ""."""
    quote, before = "", " "
    for character in text:
        if quote:
            if character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif character == "*" and before.isspace():
            return ""
        before = character
    return quote
