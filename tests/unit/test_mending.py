"""Texts are mended behind kernels: against what Python's own strings make of them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.batch.mending import mended
from arrowsmith.columns import Mending

#: characters of each length of utf8, controls, U+FFFD, and others that begin with the same byte
CHARACTERS = "a Z\x00\x1f\x20\x7f\xe9\u20ac\ufffd\uffff\uf8ff\uff21\U0001f600"


BLANKS = "".join(map(chr, range(0x21)))


def slow(how: Mending, text: str) -> str:
    found = text.replace("\ufffd", " ") if how.space else text
    found = "".join(c for c in found if c >= " ") if how.dropped else found
    if not how.space or "\ufffd" not in text or how.trim == "none":
        return found
    return {"left": found.lstrip, "right": found.rstrip, "both": found.strip}[how.trim](BLANKS)


@given(
    st.lists(st.one_of(st.none(), st.text(CHARACTERS, max_size=9)), max_size=12),
    st.builds(
        Mending, space=st.booleans(), dropped=st.booleans(), trim=st.sampled_from(["none", "left", "right", "both"])
    ),
)
def test_texts_are_mended(texts: list[str | None], how: Mending) -> None:
    found, counts = mended(how, pa.array(texts, pa.string()))

    found.validate(full=True)
    there = [t for t in texts if t is not None]
    assert found.to_pylist() == [None if t is None else slow(how, t) for t in texts]
    assert counts["replaced"] == sum(t.count("\ufffd") for t in there)
    assert counts["dropped"] == (sum(c < " " for t in there for c in t) if how.dropped else 0)


@pytest.mark.parametrize("texts", [[], [None], [""], ["plain"], ["\xe9\u20ac", None], ["\uff21\U0001f600", "b"]])
def test_what_needs_nothing_is_the_same(texts: list[str]) -> None:
    given = pa.array(texts, pa.string())

    found, counts = mended(Mending(space=True, dropped=True, trim="both"), given)

    assert found is given
    assert not counts
