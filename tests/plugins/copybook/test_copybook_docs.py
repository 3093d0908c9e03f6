"""The example of docs/copybook.md runs: a format that puts a framing of its own in."""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

import arrowsmith
from arrowsmith import registry
from arrowsmith.diagnostics import Source

PAGE = Path(__file__).parents[3] / "docs" / "copybook.md"


def test_a_framing_of_your_own(monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    plugin = ModuleType("arrowsmith_tape")
    monkeypatch.setitem(sys.modules, "arrowsmith_tape", plugin)
    exec(compile(example, "copybook.md", "exec"), vars(plugin))
    point = metadata.EntryPoint("tape", "arrowsmith_tape", "arrowsmith")
    known = registry.load(entry_points=[*metadata.entry_points(group="arrowsmith"), point])
    copybook = Source("r.tape", "       01 R.\n          05 A PIC X(2).\n          05 B PIC 9(1).\n")
    data = b"\1\3\0\0\0" + b"AB1" + b"\0\3\0\0\0" + b"CD2"

    table = arrowsmith.read(copybook, data, options={"encoding": "ascii"}, registry=known)

    assert table.to_pylist() == [{"A": "AB", "B": 1}, {"A": "CD", "B": 2}]
