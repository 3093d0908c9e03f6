"""Places in a dictionary's text, and messages that point at them.

A `Source` is a named text; a `Span` a range of its characters; a `Diagnostic` a message with a code, a span, notes and
one help, rendered as `error[D0207]: …`, an arrow to file, line and column, the line, a caret.  Columns count characters from 1.
"""

from __future__ import annotations

import bisect
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from arrowsmith.errors import DictionaryError
from arrowsmith.once import once


@dataclass(frozen=True)
class Source:
    """A dictionary's text with the name that messages use."""

    name: str
    text: str

    @once
    def starts(self) -> list[int]:
        """Where each line starts, as character offsets; the first is 0."""
        return [0, *(i + 1 for i, c in enumerate(self.text) if c == "\n")]

    def line_column(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of a character offset."""
        line = bisect.bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line *number* (from 1) without its end."""
        start = self.starts[number - 1]
        end = self.starts[number] - 1 if number < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` to ``end`` (exclusive) of a source; ``path``: where they stand in a document tree (``/types/foo/seq/3``).
    Equality ignores nothing; Layout nodes leave spans out of theirs."""

    source: Source
    start: int
    end: int
    path: str = ""

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def __str__(self) -> str:
        line, column = self.source.line_column(self.start)
        return f"{self.source.name}:{line}:{column}"

    def __repr__(self) -> str:
        return f"<{self}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One message about a dictionary.  ``message`` is lower-case, without a full stop, and stands alone; ``label`` goes
    beside the caret; only ``help`` suggests what to do.  ``path`` places it in a document tree; by default, the span's does."""

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    notes: tuple[str, ...] = ()
    help: str = ""
    path: str = field(default="")

    def render(self) -> str:
        """The message as the user sees it, several lines, no end of line after the last."""
        path = self.path or (self.span.path if self.span is not None else "")
        out = [f"error[{self.code}]: {path + ': ' if path else ''}{self.message}"]
        gutter = "   "
        if self.span is not None:
            source = self.span.source
            line, column = source.line_column(self.span.start)
            text = source.line(line)
            gutter = " " * len(str(line)) + " "
            length = max(1, min(self.span.end - self.span.start, len(text) - column + 1))
            lead = "".join("\t" if c == "\t" else " " for c in text[: column - 1])
            out += [
                f"{gutter[:-1]}--> {source.name}:{line}:{column}",
                f"{gutter}|",
                f"{line} | {text}",
                f"{gutter}| {lead}{'^' * length}{' ' + self.label if self.label else ''}",
            ]
        out += [f"{gutter}= note: {note}" for note in self.notes]
        if self.help:
            out.append(f"{gutter}= help: {self.help}")
        return "\n".join(out)

    def error(self) -> DictionaryError:
        """This diagnostic as an exception."""
        return DictionaryError(self.message, code=self.code, help=self.help, rendered=self.render())


def combined(diagnostics: Sequence[Diagnostic]) -> DictionaryError:
    """All *diagnostics* (at least one) as one exception; its code is the first one's."""
    first = diagnostics[0]
    rendered = "\n\n".join(d.render() for d in diagnostics)
    return DictionaryError(first.message, code=first.code, help=first.help, rendered=rendered)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like *word*, ignoring case and `-` against `_`, or "" where none is like it."""
    plain = {k.lower().replace("-", "_"): k for k in known}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else ""
