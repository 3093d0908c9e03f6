"""`regroup`: groups of rows whose borders depend on the rows alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.regroup import Regroup, weigh

#: name → type, and what is in row i; row i is as long as i is large, with nulls among them.
COLUMNS: dict[str, tuple[pa.DataType, Callable[[int], object]]] = {
    "number": (pa.int32(), lambda i: i),
    "boolean": (pa.bool_(), lambda i: i % 2 == 0),
    "decimal": (pa.decimal128(18, 2), lambda i: Decimal(i)),
    "text": (pa.string(), lambda i: "x" * i if i % 4 != 3 else None),
    "large text": (pa.large_string(), lambda i: "x" * i),
    "bytes": (pa.binary(), lambda i: b"x" * i),
    "large bytes": (pa.large_binary(), lambda i: b"x" * i),
    "list": (pa.list_(pa.int16()), lambda i: [1] * i if i % 4 != 3 else None),
    "large list": (pa.large_list(pa.int16()), lambda i: [1] * i),
    "list of texts": (pa.list_(pa.string()), lambda i: ["x" * i] * i),
    "fixed list": (pa.list_(pa.int64(), 2), lambda i: [i, None]),
    "fixed list of texts": (pa.list_(pa.string(), 2), lambda i: ["x" * i, None]),
    "struct": (pa.struct({"a": pa.int8(), "b": pa.string()}), lambda i: {"a": i, "b": "x" * i}),
    "map": (pa.map_(pa.string(), pa.int8()), lambda i: [("x" * i, i)] * i),
    "extension": (pa.uuid(), lambda i: bytes(16)),
    "null": (pa.null(), lambda i: None),
}
BATCH = pa.RecordBatch.from_arrays(
    [pa.array([value(i) for i in range(60)], kind) for kind, value in COLUMNS.values()], list(COLUMNS)
)


@pytest.mark.parametrize("column", COLUMNS)
@given(cut=st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)).map(sorted))
def test_weights_add_up(column: str, cut: list[int]) -> None:
    """The weight of rows is the sum of the weights of its parts, wherever it is cut and whatever slice it comes from."""
    first, middle, last = cut
    whole = weigh(BATCH.select([column]))
    slice_ = weigh(BATCH.select([column]).slice(first, last - first))

    assert slice_(middle - first) == whole(middle) - whole(first)
    assert slice_(last - first) == whole(last) - whole(first)


@pytest.mark.parametrize(
    ("column", "bits"),
    [
        ("number", [33, 33, 33]),
        ("boolean", [2, 2, 2]),
        ("decimal", [129, 129, 129]),
        ("text", [33, 41, 49]),
        ("large text", [65, 73, 81]),
        ("list", [33, 50, 67]),
        ("list of texts", [33, 33 + 33 + 8, 33 + 2 * (33 + 16)]),
        ("fixed list", [1 + 2 * 65] * 3),
        ("struct", [1 + 9 + 33, 1 + 9 + 41, 1 + 9 + 49]),
        ("map", [33, 33 + 1 + 41 + 9, 33 + 2 * (1 + 49 + 9)]),
    ],
)
def test_weights(column: str, bits: list[int]) -> None:
    """A slot counts its value, its offset and one bit of validity, present or not."""
    weight = weigh(BATCH.select([column]))

    assert [weight(i + 1) - weight(i) for i in range(3)] == bits


def test_a_dictionary_counts_its_indices() -> None:
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int8()), ["a" * 1000, "b"])

    assert weigh(pa.record_batch([column], ["d"]))(3) == 3 * 9


def test_validity_that_is_absent_counts_as_if_it_were_there() -> None:
    """Otherwise a cut that leaves a part without nulls would move the borders."""
    with_null = pa.record_batch([pa.array([None, 1, 2], pa.int32())], ["a"])

    assert weigh(with_null)(3) == weigh(pa.record_batch([pa.array([0, 1, 2], pa.int32())], ["a"]))(3)


def groups(batches: list[pa.RecordBatch], *, rows: int, bytes: int) -> list[list[pa.RecordBatch]]:
    regroup = Regroup(rows=rows, bytes=bytes)
    found = [group for batch in batches for group in regroup.add(batch)]
    rest = regroup.rest()
    return [*found, rest] if rest else found


def sizes(found: list[list[pa.RecordBatch]]) -> list[int]:
    return [sum(piece.num_rows for piece in group) for group in found]


@given(
    cuts=st.lists(st.integers(0, 60), max_size=12).map(lambda cuts: [0, *sorted(cuts), 60]),
    rows=st.integers(1, 70),
    bytes=st.integers(1, 60_000),
)
def test_borders_depend_on_the_rows_alone(cuts: list[int], rows: int, bytes: int) -> None:
    batches = [BATCH.slice(a, b - a) for a, b in pairwise(cuts)]

    cut, whole = groups(batches, rows=rows, bytes=bytes), groups([BATCH], rows=rows, bytes=bytes)

    assert sizes(cut) == sizes(whole)
    assert pa.Table.from_batches([piece for group in cut for piece in group], BATCH.schema).equals(
        pa.Table.from_batches([BATCH])
    )


@given(rows=st.integers(1, 70), bytes=st.integers(1, 60_000))
def test_no_group_is_too_large_or_needlessly_small(rows: int, bytes: int) -> None:
    """A group keeps both limits unless it is one row, and the next row would have broken one of them."""
    found = sizes(groups([BATCH], rows=rows, bytes=bytes))
    weight = weigh(BATCH)

    start = 0
    for size in found:
        bits = weight(start + size) - weight(start)
        assert size <= rows
        assert bits <= bytes * 8 or size == 1
        if start + size < BATCH.num_rows:
            assert size == rows or weight(start + size + 1) - weight(start) > bytes * 8
        start += size
    assert start == BATCH.num_rows


def test_no_rows_are_no_group() -> None:
    assert groups([BATCH.slice(0, 0)], rows=10, bytes=10) == []


def test_nothing_is_copied() -> None:
    """The pieces are slices: they share the buffers of the batch they come from."""
    [[piece]] = groups([BATCH], rows=100, bytes=1 << 30)

    assert piece.column(0).buffers()[1].address == BATCH.column(0).buffers()[1].address
