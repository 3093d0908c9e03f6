"""The pytest plugin: `.case` files become tests, one for each claim, and ``--bless`` writes what came out into the file.

``pytest_plugins = ["arrowsmith.testing.plugin"]`` in a conftest.py turns it on.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from arrowsmith import registry as registries
from arrowsmith.testing.cases import Case, actual, read_case

#: claims that every emitter has to fulfil
BY_EMITTER = ("rows.json", "error")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="rewrite the sections of .case files with what came out")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return CaseFile.from_parent(parent, path=file_path) if file_path.suffix == ".case" else None


class CaseFile(pytest.File):
    """One `.case` file."""

    def collect(self) -> Iterable[pytest.Item]:
        case = read_case(self.path)
        if (
            "plan" in case.sections or "program.text" in case.sections
        ):  # hand-written Plans and Programs: tests of their own read them
            return
        if not case.claims:
            raise self.CollectError(f"{self.path}: no section asserts anything")
        registry = registries.load()
        emitters = [emitter.name for emitter in registry.emitters]
        for claim in case.claims:
            for emitter in emitters if claim in BY_EMITTER else [""]:
                name = f"{claim}[{emitter}]" if emitter else claim
                yield CaseItem.from_parent(self, name=name, case=case, claim=claim, emitter=emitter)


class Unexpected(Exception):
    """A section is not what came out."""


class CaseItem(pytest.Item):
    """One claim of one case, for one emitter where that matters."""

    def __init__(self, *, case: Case, claim: str, emitter: str, **known: Any) -> None:
        super().__init__(**known)
        self.case, self.claim, self.emitter = case, claim, emitter

    def runtest(self) -> None:
        found = actual(self.case, self.claim, self.emitter or "auto", registries.load())
        wanted = self.case.sections[self.claim]
        if found.rstrip("\n") == wanted.rstrip("\n"):
            return
        if self.config.getoption("--bless"):
            case = read_case(self.path)
            self.path.write_text(case.rewritten(self.claim, found.rstrip("\n") + "\n"), encoding="utf-8")
            return
        raise Unexpected(
            "\n".join(difflib.unified_diff(wanted.splitlines(), found.splitlines(), "expected", "found", lineterm=""))
        )

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, Unexpected):
            return (
                f"{self.path.name}, section {self.claim}:\n{excinfo.value}\n"
                "If this is what it should be, `pytest --bless` writes it into the file."
            )
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"{self.path.name}::{self.name}"
