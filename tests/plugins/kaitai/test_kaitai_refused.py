"""Descriptions that are wrong: each is refused with the path of what is wrong, line, caret and message (`refused.txt`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import arrowsmith

CASES = (Path(__file__).parent / "refused.txt").read_text().split("\n\n")[1:]


def described(body: str) -> Any:
    """A description of *body*, with a meta where that has none."""
    return arrowsmith.text(body if body.startswith(("meta:", "doc:")) else f"meta: {{id: t}}\n{body}", name="t.ksy")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.replace("\n", " ")[:100])
def test_what_is_wrong_is_refused_where_it_stands(case: str) -> None:
    path, _, body = case.strip().partition("\n")
    with pytest.raises(arrowsmith.DictionaryError) as caught:
        arrowsmith.compile(described(body), format="kaitai")
    first, *rest = str(caught.value).splitlines()
    assert f"]: {path}: " in first
    assert first.split(f"]: {path}: ")[1].strip()
    assert any("--> t.ksy:" in line for line in rest)
    assert any(line.strip().strip("|").strip().startswith("^") for line in rest)


def test_an_enumeration_of_what_is_computed_says_of_what() -> None:
    """The key that is wrong has the caret, and the value that it belongs to a note."""
    with pytest.raises(arrowsmith.DictionaryError) as caught:
        arrowsmith.compile(described("instances: {x: {value: 1, enum: f}}"), format="kaitai")
    assert "]: /instances/x/enum: unable to find enum 'f'" in str(caught.value)
    assert "note: it is to label what is computed at /instances/x/value" in str(caught.value)
