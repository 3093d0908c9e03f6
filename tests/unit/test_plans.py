"""The eight hand-written Plans: they settle the op table, on the oracle alone, and stay as cases (``--bless`` rewrites their results)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arrowsmith.program.text import parse_plan, print_plan
from arrowsmith.program.verify import verify_plan
from arrowsmith.testing.cases import Case, read_case
from arrowsmith.testing.plans import nested, run_plan, told

CASES = [read_case(path) for path in sorted((Path(__file__).parents[1] / "cases" / "run" / "plans").glob("*.case"))]
FILES = [
    (case, name)
    for case in CASES
    for name in (s.removesuffix(".hex") for s in case.sections)
    if f"{name}.hex" in case.sections
]
CHILDREN = {"COMPANY": ["DEPARTMENT"], "DEPARTMENT": ["EMPLOYEE"]}


def label(value: object) -> str:
    return value.path.stem if isinstance(value, Case) else str(value)


def test_the_eight_are_there():
    """The contract names eight hard inputs; overlays come under two policies."""
    stems = {case.path.stem for case in CASES}

    assert stems == {
        "redefines_raise", "redefines_null", "short_v_record", "nested_odo", "segments", "packets", "directory", "chunks", "choice",
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=label)
def test_plan_is_verified_and_round_trips(case):
    """A Plan's text reads back as the same Plan, prints the same again, and every Program in it keeps its invariants."""
    plan = parse_plan(case.sections["plan"])

    verify_plan(plan)
    assert print_plan(plan) == case.sections["plan"]


@pytest.mark.parametrize(("case", "name"), FILES, ids=label)
def test_rows(case, name, request):
    """Each file gives the rows, frames and refusals that are written beside it."""
    plan = parse_plan(case.sections["plan"])
    found = told(plan, run_plan(plan, bytes.fromhex(case.sections[f"{name}.hex"])))
    if request.config.getoption("--bless", default=False):
        case.path.write_text(case.rewritten(f"{name}.json", found), encoding="utf-8")
        return

    assert found == case.sections[f"{name}.json"]


@pytest.mark.parametrize("window", [1, 5, 16, 37, 64])
@pytest.mark.parametrize(("case", "name"), FILES, ids=label)
def test_windows_are_invisible(case, name, window):
    """However the file is cut into windows, the frames, rows and refusals are the same."""
    plan = parse_plan(case.sections["plan"])
    data = bytes.fromhex(case.sections[f"{name}.hex"])
    whole, cut = run_plan(plan, data), run_plan(plan, data, window=window)
    if whole.trap:  # its offset counts from the window's start
        assert cut.trap
        assert (cut.stop, cut.trap.rule) == (whole.stop, whole.trap.rule)
        whole.trap = cut.trap

    assert told(plan, cut) == told(plan, whole)


def test_three_tables_are_one_nested_table():
    """The kinds of the frames alone put a hierarchy's tables together: children follow their parent."""
    case = next(case for case in CASES if case.path.stem == "segments")
    plan = parse_plan(case.sections["plan"])
    ran = run_plan(plan, bytes.fromhex(case.sections["data.hex"]))

    assert nested([f.kind for f in ran.frames if f.kind], ran.rows, CHILDREN) == json.loads(
        case.sections["nested.json"]
    )
