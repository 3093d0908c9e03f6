"""The yardstick gives the oracle's bytes: what it is measured at is the same work."""

from __future__ import annotations

import shutil
import sys
from importlib import metadata
from pathlib import Path

import pytest

from arrowsmith import registry as registries
from arrowsmith.interfaces import Emitter
from arrowsmith.program import ops
from arrowsmith.testing import EmitterSuite

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="the yardstick needs gcc")


class TestPlainC(EmitterSuite):
    """The emitter `c`, found as any plugin is, with little optimisation: the suite compiles hundreds of Programs."""

    without = frozenset({ops.Transform, ops.Fetch, ops.Label, ops.Spell, ops.TextLet})

    @pytest.fixture
    def emitter(self, monkeypatch: pytest.MonkeyPatch) -> Emitter:
        monkeypatch.syspath_prepend(str(BENCHMARKS))
        point = metadata.EntryPoint("c", "arrowsmith_c", "arrowsmith")
        found = registries.load(entry_points=[point]).emitter("c")
        return sys.modules["arrowsmith_c.emitter"].PlainC(options=("-O1",)) if found.name == "c" else found
