"""Copybook texts and options → Layout: source, tokens, entries, items, nodes, in this order; all errors of a stage at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from arrowsmith.charsets import Charset
from arrowsmith.diagnostics import Diagnostic, Source, Span, combined
from arrowsmith.errors import DictionaryError, OptionError
from arrowsmith.interfaces import Include, Options
from arrowsmith.layout.nodes import Layout
from arrowsmith_copybook.building import build
from arrowsmith_copybook.charsets import read_page
from arrowsmith_copybook.choices import Choices, choose
from arrowsmith_copybook.copying import expand, searching
from arrowsmith_copybook.entries import read_entries
from arrowsmith_copybook.entry import Entry
from arrowsmith_copybook.items import Book
from arrowsmith_copybook.naming import name_items
from arrowsmith_copybook.tables import lay_out

#: Most diagnostics that one error shows.
MOST_SHOWN = 10


def read_layout(sources: Sequence[Source], options: Options, include: Include) -> Layout:
    """The Layout that *sources*, merged in order, declare."""
    include = searching(include, [part.strip() for part in options["copy_path"].split(",") if part.strip()])
    choices = choose(options, _pages(options, sources[0], include))
    book = read_book(sources, choices, include)
    return lay_out(book, choices, PurePath(sources[0].name).stem or "RECORD")


def _pages(options: Options, source: Source, include: Include) -> dict[str, Charset]:
    """The code pages of the user's own, by the names that the options give them."""
    found = {}
    for name, file in options["code_page:"].items():
        try:
            text = include(file, source)
        except DictionaryError as error:
            raise OptionError(f"the code page {name} cannot be read: {error.message}", code="C0404") from None
        found[name.strip().lower()] = read_page(name, text)
    return found


def read_book(sources: Sequence[Source], choices: Choices, include: Include) -> Book:
    """The items of *sources* with their storage.  Raises `DictionaryError` with everything that is wrong with one stage."""
    entries: list[Entry] = []
    wrong: list[Diagnostic] = []
    for number, source in enumerate(sources):
        tokens, bad = expand(source, choices.style, include)
        found, worse = read_entries(tokens)
        entries += [replace(entry, book=number) for entry in found] if number else found
        wrong += [*bad, *worse]
    _refuse(wrong)
    book, wrong = build(entries, choices.settings)
    _refuse(wrong)
    names = name_items(book.roots, choices)
    if all(root.number in names.dropped for root in book.roots):
        first = sources[0]
        raise Diagnostic(
            code="C0110",
            message="the copybook describes no item that gives a column",
            span=book.roots[0].entry.name_span if book.roots else Span(first, 0, 0),
            help="drop_value_fillers=false keeps items without a name" if book.roots else "is this a COBOL copybook?",
        ).error()
    return book


def _refuse(wrong: Sequence[Diagnostic]) -> None:
    if wrong:
        raise combined(sorted(wrong, key=_place)[:MOST_SHOWN])


def _place(diagnostic: Diagnostic) -> tuple[str, int]:
    span = diagnostic.span
    return (span.source.name, span.start) if span else ("", 0)
