"""Not one fault in any number of generated Programs and inputs: each child runs some, and a signal that ends it is the finding.

`tox -e crashes` (hunt.py) runs ten thousand, and more from where it stopped; the seeds are fixed, so that a fault comes again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import hunt
import pytest

from arrowsmith.host import Host

#: seeds of the ordinary suite, and of the long profile
SEEDS = 20 if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" else 2


@pytest.mark.skipif(Host.current().machine != "x86-64", reason="the code is x86-64's")
@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_fault(seed: int) -> None:
    """The child ends by itself: its machine code was verified, and agreed with the oracle between guard pages, as the vm did."""
    pytest.importorskip("iced_x86")
    counts = hunt.run_seed(seed)
    print(counts)

    assert "fault" not in counts, counts["fault"]
    assert counts["programs"] > hunt.EACH // 2
    assert counts["kernels"] == 2 * counts["programs"]
    assert counts["comparisons"] == 2 * counts["inputs"] > 4 * counts["programs"]
    assert counts["verified bytes"] > 100 * counts["programs"]


#: a child: seed 1 reads what nobody may, seed 2 raises, the others count
CHILD = """
import ctypes, json, sys
from pathlib import Path
number, count, last = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
last.write_text(f"Program of {number}", encoding="utf-8")
if number == 1:
    ctypes.string_at(1)
if number == 2:
    raise AssertionError("oracle and kernel differ")
print(json.dumps({"programs": count, "refused": 0}))
"""


def test_a_crash_is_a_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hunt goes on behind it, ends with status 1, and names the signal and the Program."""
    child = tmp_path / "child.py"
    child.write_text(CHILD, encoding="utf-8")
    monkeypatch.setattr(hunt, "CRASHES", child)

    assert hunt.main(["150"]) == 1

    said = capsys.readouterr().out
    assert "150 programs, 0 refused; 5 seeds, next 5;" in said
    assert "2 faults" in said
    assert "seed 1: SIGSEGV in\nProgram of 1" in said
    assert "seed 2: status 1 in\nProgram of 2" in said
    assert "AssertionError: oracle and kernel differ" in said


def test_a_hunt_goes_on_where_it_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the state says was done is not done again; a line cut short, and a seed that found something, are."""
    child, state = tmp_path / "child.py", tmp_path / "state.jsonl"
    child.write_text(CHILD.replace("number == 1", "False").replace("number == 2", "False"), encoding="utf-8")
    monkeypatch.setattr(hunt, "CRASHES", child)
    before = [{"seed": 0, "programs": 7}, {"seed": 1, "fault": "SIGSEGV in …"}]
    state.write_text("".join(json.dumps(line) + "\n" for line in before) + '{"seed": 2, "prog', encoding="utf-8")

    assert hunt.main(["100", "--state", str(state)]) == 0

    assert "107 programs, 0 refused; 3 seeds, next 3;" in capsys.readouterr().out
    done = [json.loads(line) for line in state.read_text(encoding="utf-8").splitlines()]
    assert [(one["seed"], one["programs"]) for one in done] == [(0, 7), (1, 50), (2, 50)]
