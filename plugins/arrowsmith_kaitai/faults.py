"""Messages about a description: a path in the document, a place in the text, what is wrong, one help."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from arrowsmith.diagnostics import Diagnostic, Span, nearest

if TYPE_CHECKING:
    from arrowsmith_kaitai.documents import Entry


def fault(code: str, path: str, span: Span | None, message: str, help: str = "") -> Diagnostic:
    """A message with the *code*, about the value at *path* of the document."""
    return Diagnostic(code=code, message=message, span=span, help=help, path=path)


class Fault(Exception):
    """A message on its way to those who collect them; `arrowsmith_kaitai.reading` makes a `DictionaryError` of it."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def refuse(code: str, entry: Entry, message: str, help: str = "") -> NoReturn:
    """Raise a `Fault` about *entry*."""
    raise Fault(fault(code, entry.path, entry.span, message, help))


def meant(word: str, known: Iterable[str]) -> str:
    """The help that names the *known* word most like *word*, or ""."""
    close = nearest(word, known)
    return f"did you mean {close}?" if close else ""
