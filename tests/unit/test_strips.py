"""Wide Programs in strips: no register is read in another strip than the one that writes it."""

from __future__ import annotations

import pytest

import arrowsmith
from arrowsmith.lower.strips import WIDE
from arrowsmith.program import ops


@pytest.mark.parametrize("picture", ["S9(9) COMP", "9(18) COMP", "9(20)V9 COMP", "S9(28) COMP", "X(12)"])
def test_wide_records_are_valid_programs(picture: str) -> None:
    """What a check stands between a load and its column for, by values of any width, among plain fields."""
    fields = "".join(f"           05  F{n}  PIC {'9(4) COMP' if n % 9 else picture}.\n" for n in range(2 * WIDE))
    text = arrowsmith.text(f"       01  R.\n{fields}", name="wide.cpy")
    program = arrowsmith.compile(text).plan.tables[0][1]  # verified where it is made
    assert any(isinstance(op, ops.Strip) for op in program.body)
