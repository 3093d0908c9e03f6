"""Importing arrowsmith, or any plugin of it, imports nothing heavy.

So `--help` is prompt, and a library that is missing disables nothing that does not need it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLUGINS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]["arrowsmith"]
HEAVY = ("numpy", "pyarrow", "iced_x86", "pycparser", "yaml", "rich", "click", "pandas", "polars", "duckdb")

#: Runs a statement with the heavy modules poisoned; what imports one of them, directly or not, fails with its name.
POISONED = """
import sys
heavy = {heavy!r}
class Poison:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in heavy:
            raise AssertionError("imports " + name)
sys.meta_path.insert(0, Poison())
{statement}
loaded = sorted(set(heavy) & set(sys.modules))
assert not loaded, loaded
"""


def run(statement: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("COV_", "COVERAGE_"))}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    script = POISONED.format(heavy=HEAVY, statement=statement)
    # -S: what the environment's .pth files import at start-up is not our doing.
    return subprocess.run(
        [sys.executable, "-S", "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def test_poison_works() -> None:
    """A test that cannot fail proves nothing."""
    assert "imports numpy" in run("import numpy").stderr


def test_importing_arrowsmith_is_light() -> None:
    done = run("import arrowsmith")

    assert done.returncode == 0, done.stderr


def test_importing_what_a_plugin_needs_is_light() -> None:
    done = run("import arrowsmith.hookspecs, arrowsmith.interfaces, arrowsmith.registry, arrowsmith.policies")

    assert done.returncode == 0, done.stderr


def test_errors_are_reached_without_anything_heavy() -> None:
    done = run("import arrowsmith as a; a.DataError; a.hookimpl; a.Option; assert 'read' in dir(a)")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", PLUGINS.values())
def test_importing_a_plugin_is_light(module: str) -> None:
    """A plugin's package, as its entry point names it, imports nothing heavier than arrowsmith."""
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed here")

    done = run(f"import {module}")

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", PLUGINS.values())
def test_asking_a_plugin_for_its_offers_is_light(module: str) -> None:
    """Neither do its offers: parsers, assemblers and writers are imported when they are used."""
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed here")

    done = run(
        f"import {module} as plugin\n"
        "for hook in ('formats', 'emitters', 'allocators', 'sinks'):\n"
        "    list(getattr(plugin, 'arrowsmith_' + hook, list)())"
    )

    assert done.returncode == 0, done.stderr
