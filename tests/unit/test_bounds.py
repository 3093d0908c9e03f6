"""`Bounded`: a stream without the bytes at its ends."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.engine.bounds import Bounded
from arrowsmith.errors import DataError
from arrowsmith.sources import Stream


@given(st.binary(max_size=60), st.integers(0, 12), st.integers(0, 12), st.lists(st.integers(1, 20), min_size=1))
def test_what_lies_between_the_ends_is_read(data: bytes, start: int, end: int, sizes: list[int]) -> None:
    """Whatever the sizes of the pieces: the bytes in order, their places, and each byte counted once."""
    bounded = Bounded(Stream(io.BytesIO(data), "d"), start, end)
    found = b""
    if 0 < len(data) < start + end:
        with pytest.raises(DataError, match="are no records"):
            bounded.readinto(memoryview(bytearray(1)))
        return
    number = 0
    while True:
        view = memoryview(bytearray(sizes[number % len(sizes)]))
        got = bounded.readinto(view)
        if not got:
            break
        found += view[:got]
        number += 1
        assert bounded.position == start + len(found)

    assert found == data[start : max(start, len(data) - end)]
    assert bounded.aside + len(found) == len(data)
