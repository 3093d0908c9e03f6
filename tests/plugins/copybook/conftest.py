"""Fixtures of the copybook plugin's tests: functions that take a copybook's text to entries, items, Layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import dedent
from typing import Any

import pytest

from arrowsmith.diagnostics import Diagnostic, Source
from arrowsmith.errors import DictionaryError
from arrowsmith.interfaces import parse_options
from arrowsmith.layout.nodes import Layout
from arrowsmith_copybook.building import Settings, build
from arrowsmith_copybook.copying import expand
from arrowsmith_copybook.dialect import DIALECTS
from arrowsmith_copybook.entries import read_entries
from arrowsmith_copybook.entry import Entry
from arrowsmith_copybook.format import Copybook
from arrowsmith_copybook.items import Book, Item, items_of
from arrowsmith_copybook.source import Style


def no_include(name: str, from_: Source) -> Source:
    """There is no other copybook."""
    raise DictionaryError(f"no such file {name}")


def _entries(text: str, **style: Any) -> tuple[list[Entry], list[Diagnostic]]:
    """The entries of *text*, which is free of the margin that the test's own text has."""
    tokens, wrong = expand(Source("t.cpy", dedent(text)), Style(**({"form": "free"} | style)), no_include)
    found, worse = read_entries(tokens)
    return found, [*wrong, *worse]


def _entry(text: str) -> Entry:
    """The only entry of *text*, which is faultless."""
    (found,), wrong = _entries(text)
    assert not wrong, wrong[0].render()
    return found


def _book(text: str, dialect: str = "ibm", **settings: Any) -> tuple[Book, list[Diagnostic]]:
    """The items of *text* and what is wrong with it."""
    found, wrong = _entries(text)
    made, worse = build(found, Settings(dialect=DIALECTS[dialect], **settings))
    return made, [*wrong, *worse]


def _items(text: str, dialect: str = "ibm", **settings: Any) -> dict[str, Item]:
    """Name → item of *text*, which is faultless."""
    made, wrong = _book(text, dialect, **settings)
    assert not wrong, wrong[0].render()
    return {item.name: item for item in items_of(made.roots)}


def _places(text: str, dialect: str = "ibm", **settings: Any) -> dict[str, tuple[int, int]]:
    """Name → offset, size of every item."""
    return {name: (item.offset, item.size) for name, item in _items(text, dialect, **settings).items()}


def _layout(text: str, options: Mapping[str, Any] | None = None, include: Any = no_include) -> Layout:
    """The Layout of *text* under *options*."""
    return Copybook().parse([Source("t.cpy", dedent(text))], parse_options(Copybook().options, options or {}), include)


@pytest.fixture
def entries() -> Callable[..., Any]:
    return _entries


@pytest.fixture
def entry() -> Callable[..., Any]:
    return _entry


@pytest.fixture
def book() -> Callable[..., Any]:
    return _book


@pytest.fixture
def items() -> Callable[..., Any]:
    return _items


@pytest.fixture
def places() -> Callable[..., Any]:
    return _places


@pytest.fixture
def layout() -> Callable[..., Any]:
    return _layout
