"""Fixtures that several of the unit tests share: a current directory, with data or without, a public API that is replaced, a registry
that no variable changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from commandline import GOOD, Replace

import arrowsmith
from arrowsmith import registry
from arrowsmith.engine.report import Report


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current directory, so that names are short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory with a.dat and b.dat."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.dat", "b.dat"):
        (tmp_path / name).write_bytes(b"0123456789")
    return tmp_path


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Puts something in the place of a name of the public API."""

    def replace(name: str, value: Any) -> None:
        monkeypatch.setitem(vars(arrowsmith), name, value)

    return replace


@pytest.fixture
def converted(api: Replace, data: Path) -> list[dict[str, Any]]:
    """The calls of `arrowsmith.convert`, which says that all is well."""
    calls: list[dict[str, Any]] = []

    def convert(dictionary: Any, found: Any, target: Any, **keywords: Any) -> Report:
        calls.append({"dictionary": dictionary, "data": [s.name for s in found], "target": target, **keywords})
        return GOOD

    api("convert", convert)
    return calls


@pytest.fixture
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the environment says which plugins are loaded, or that their calls are traced."""
    monkeypatch.delenv(registry.ALLOW_VARIABLE, raising=False)
    monkeypatch.delenv(registry.TRACE_VARIABLE, raising=False)
