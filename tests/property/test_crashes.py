"""Not one fault in any number of generated Programs and inputs: each child runs some, and a signal that ends it is the finding.

``HYPOTHESIS_PROFILE=fuzz`` runs ten thousand; the seeds are fixed, so that a fault comes again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from arrowsmith.host import Host

CRASHES = Path(__file__).with_name("crashes.py")
#: seeds, and Programs each
SEEDS, EACH = (40, 280) if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" else (2, 80)

pytestmark = pytest.mark.skipif(Host.current().machine != "x86-64", reason="the code is x86-64's")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_fault(seed: int, tmp_path: Path) -> None:
    """The child ends by itself, and its machine code agreed with the oracle between guard pages."""
    pytest.importorskip("iced_x86")
    last = tmp_path / "last"
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(CRASHES), str(seed), str(EACH), str(last)],
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    ran = last.read_text(encoding="utf-8") if last.exists() else "nothing was run"
    assert done.returncode >= 0, f"{signal.Signals(-done.returncode).name} in\n{ran}\n{done.stderr}"
    assert done.returncode == 0, f"{ran}\n{done.stderr[-4000:]}"
    counts = json.loads(done.stdout)
    print(f"seed {seed}: {counts['run']} Programs run, {counts['refused']} refused, {counts['bytes']} bytes of code")
    assert counts["run"] > EACH // 2
