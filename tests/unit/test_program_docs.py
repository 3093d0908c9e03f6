"""docs/program.md says what the code says: its generated parts are made anew here (``--bless`` writes them)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from arrowsmith.program.ops import OPS
from arrowsmith.program.reference import SECTIONS, invariants, ops, signature

PAGE = Path(__file__).parents[2] / "docs" / "program.md"


@pytest.mark.parametrize(("name", "made"), [("ops", ops), ("invariants", invariants)])
def test_generated_parts(name, made, request):
    """Between its marks the page has what the docstrings say."""
    text = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {name}: [^\n]*-->\n)(.*?)(<!-- end of {name} -->)", re.DOTALL)
    match = pattern.search(text)
    assert match
    wanted = f"\n{made().strip()}\n\n"
    if request.config.getoption("--bless", default=False):
        PAGE.write_text(text[: match.start(2)] + wanted + text[match.end(2) :], encoding="utf-8")
        return

    assert match[2] == wanted


def test_every_op_has_a_docstring_and_a_section():
    """The reference lists the ops in the table's order, and each says what it does."""
    page = ops()
    places = [page.index(f"#### `{name}`\n") for name in OPS]

    assert places == sorted(places)
    assert all(cls.__doc__ and len(cls.__doc__) > 4 for cls in OPS.values())
    assert set(SECTIONS.values()) <= set(OPS)


def test_signature():
    assert signature(OPS["skip"]) == "skip n:Operand"
    assert signature(OPS["reach"]) == "reach n:Operand { then } [else { other }]"
    assert signature(OPS["scan"]) == "out, length = scan marks:tuple[bytes, ...] [require:bool=True] [step:int=1]"
