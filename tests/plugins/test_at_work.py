"""Whole conversions with each allocator: one after another, several at once, beside forks and the collector, closed while they run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("iced_x86")
pytest.importorskip("arrowsmith_x86_64")

from arrowsmith.host import Host
from arrowsmith_memory.offers import ALLOCATORS

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or Host.current().machine != "x86-64", reason="the code is x86-64's, and /proc Linux's"
)


@pytest.mark.parametrize("name", [a.name for a in ALLOCATORS if a.refuses(Host.current()) is None])
def test_nothing_is_left_and_nothing_crashes(name: str) -> None:
    """In a child: the tables are those of the bytecode machine, no mapping, descriptor or page is left, children end in the ordinary
    way, and who reads from a reader that was closed is told so."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    # Python warns of a fork beside threads, which is what is tried here
    command = [sys.executable, "-W", "error", "-W", "ignore:This process:DeprecationWarning"]
    command += [str(Path(__file__).with_name("at_work.py")), name]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=300, check=False
    )
    if "error[M0001]" in done.stderr:
        pytest.skip(f"this machine refuses {name}: {done.stderr[done.stderr.index('error[M0001]') :]}")

    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    grown = found["cycles"].pop("grown")
    assert found == {
        "cycles": {"wrong": 0, "maps": 0, "files": 0},
        "at_once": {"wrong": []},
        "forks": {"wrong": [], "statuses": [0] * 3},
        "closed_meanwhile": {"ends": ["the reader was closed while it was read"] * 2, "maps": 0},
    }
    assert grown < 200, "pages, at least, every time"
