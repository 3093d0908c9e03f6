"""The keys of one mapping of a document: each is asked for by the kind of its value, and those that nobody knows are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable

from arrowsmith.diagnostics import Span
from arrowsmith_kaitai import ast
from arrowsmith_kaitai.documents import Entry, said
from arrowsmith_kaitai.faults import fault, meant, refuse
from arrowsmith_kaitai.grammar import parse, parse_type
from arrowsmith_kaitai.spec import Code
from arrowsmith_kaitai.tokens import SyntaxFault

ID = re.compile(r"[a-z][a-z0-9_]*")


def mapping(entry: Entry, what: str = "map") -> Entry:
    """*entry*, which has to be a mapping."""
    if entry.kind != "map":
        refuse("K0202", entry, f"expected {what}, got {entry.shown}")
    return entry


def only(entry: Entry, known: Iterable[str]) -> None:
    """Refuse keys that are not *known*; a key that begins with - is the author's own."""
    allowed = sorted(set(known))
    for key, value in entry.pairs:
        name = key.shown
        if name not in allowed and not name.startswith("-"):
            message = f"unknown key found, expected: {', '.join(allowed)}"
            raise fault("K0201", value.path, key.span, message, meant(name, allowed)).error()


def text(entry: Entry) -> str:
    """The text that *entry* is; numbers and truths are as they are written."""
    if entry.kind != "scalar" or entry.scalar is None:
        refuse("K0202", entry, f"expected string, got {entry.shown}")
    return said(entry.scalar)


def string(entry: Entry) -> str:
    """The text that *entry* is, and nothing else."""
    if not isinstance(entry.scalar, str):
        refuse("K0202", entry, f"expected string, got {entry.shown}")
    return entry.scalar


def truth(entry: Entry | None, default: bool) -> bool:
    """A boolean, or the *default* where there is none."""
    if entry is None:
        return default
    if not isinstance(entry.scalar, bool):
        refuse("K0202", entry, f"expected boolean, got {entry.shown}")
    return entry.scalar


def byte(entry: Entry) -> int:
    """A number from 0 to 255."""
    value = entry.scalar
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 255:
        refuse("K0202", entry, f"expected an integer from 0 to 255, got {entry.shown}")
    return value


def identifier(entry: Entry, what: str) -> str:
    """A name of the description's own."""
    name = string(entry)
    if not ID.fullmatch(name):
        refuse("K0301", entry, f"invalid {what} ID: '{name}', expected /^[a-z][a-z0-9_]*$/")
    return name


def code(entry: Entry, path: str | None = None) -> Code:
    """The expression that *entry* is."""
    source = text(entry)
    if path is not None:
        entry = Entry(path, entry.span, "scalar", entry.scalar)
    try:
        return Code(parse(source), source, entry)
    except SyntaxFault as broken:
        raise _broken(broken, source, entry).error() from None


def type_call(entry: Entry) -> tuple[ast.TypeCall, str]:
    """The type, or process, with arguments that *entry* names, and its text."""
    source = text(entry)
    try:
        return parse_type(source), source
    except SyntaxFault as broken:
        raise _broken(broken, source, entry).error() from None


def _broken(broken: SyntaxFault, source: str, entry: Entry):  # type: ignore[no-untyped-def]  # a Diagnostic
    message = f"the expression {source.strip()!r} does not follow the grammar: {broken.message}"
    return fault("K0401", entry.path, located(entry, source, broken.start, broken.end), message, broken.help)


def located(entry: Entry, source: str, start: int, end: int) -> Span:
    """Where characters *start* to *end* of the text *source*, which *entry* is, stand in the document."""
    whole = entry.span
    raw = whole.text
    at = raw.find(source)
    if at >= 0:
        return Span(whole.source, whole.start + at + start, whole.start + at + end, whole.path)
    places: list[
        int
    ] = []  # a text that is folded over lines or escaped: character by character, leaving out what is not the same
    at = 0
    for character in source:
        found = at if character.isspace() else raw.find(character, at)
        if found < 0:
            return whole
        places.append(found)
        at = found + (not character.isspace())
    places.append(len(raw))
    low, high = places[min(start, len(places) - 1)], places[min(max(end - 1, start), len(places) - 1)] + 1
    return Span(whole.source, whole.start + low, whole.start + min(high, len(raw)), whole.path)
