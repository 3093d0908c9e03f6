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


@pytest.mark.parametrize(
    "body",
    [
        "seq: [{id: n, type: s1}]\ninstances: {a: {value: 5 / n}}",
        "seq: [{id: n, type: s1},{id: a, size: 5 / n}]",
        "seq: [{id: n, type: s1},{id: a, type: u1, repeat: expr, repeat-expr: 5 / n}]",
        "seq: [{id: n, type: s1},{id: a, type: u1, repeat: until, repeat-until: 5 / n == 1}]",
        "seq: [{id: n, type: s1},{id: a, type: u1, valid: {expr: 5 / n == 1}}]",
        "seq: [{id: n, type: s1},{id: a, type: x, size: 5 / n}]\ntypes: {x: {seq: [{id: b, type: u1}]}}",
        "seq: [{id: n, type: s1}]\ninstances: {a: {pos: 5 / n, type: u1}}",
        "seq: [{id: n, type: s1},{id: a, size: 1, process: rol(5 / n)}]",
    ],
)
def test_what_cannot_be_computed_is_refused_with_its_field(body: str) -> None:
    """Errors of expressions name the field that they are of."""
    with pytest.raises(arrowsmith.DataError, match="division by zero") as caught:
        arrowsmith.read(described(body), b"\0\1", format="kaitai")
    assert caught.value.place.path == "a"
