"""Fixtures of the C format's tests: functions that take declarations to a Layout, and to a record's members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import dedent
from typing import Any

import pytest

from arrowsmith.diagnostics import Source
from arrowsmith.errors import DictionaryError
from arrowsmith.interfaces import parse_options
from arrowsmith.layout.check import check
from arrowsmith.layout.nodes import Layout, Node
from arrowsmith_cstruct.format import CStructs


def no_include(name: str, from_: Source) -> Source:
    """There is no other header."""
    raise DictionaryError(f"no such file {name}")


def _layout(*texts: str, **options: Any) -> Layout:
    """The Layout of headers, which keeps every rule."""
    format = CStructs()
    sources = [Source(f"h{number}.h", dedent(text)) for number, text in enumerate(texts, 1)]
    made = format.parse(sources, parse_options(format.options, options), no_include)
    assert not check(made)
    return made


def _members(*texts: str, **options: Any) -> Mapping[str, Node]:
    """The nodes of the record that have a name, by it."""
    record = _layout(*texts, **options).record
    return {node.name: node for node in record.members if getattr(node, "name", "")}  # type: ignore[union-attr]  # as tested


def _refused(*texts: str, **options: Any) -> str:
    """The message with which headers are refused."""
    with pytest.raises(DictionaryError) as raised:
        _layout(*texts, **options)
    return str(raised.value)


@pytest.fixture
def layout() -> Callable[..., Layout]:
    return _layout


@pytest.fixture
def members() -> Callable[..., Mapping[str, Any]]:
    return _members


@pytest.fixture
def refused() -> Callable[..., str]:
    return _refused
