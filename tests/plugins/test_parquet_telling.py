"""Statistics of texts are left out where they would tell row groups apart for nobody, and only there."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arrowsmith.interfaces import parse_options
from arrowsmith_parquet import Parquet
from arrowsmith_parquet.telling import telling

ROWS = 1 << 15


def shuffled(count: int, values: int) -> list[str]:
    chance = random.Random(5)
    return [f"{chance.randrange(values):08}" for _ in range(count)]


def of(texts: Any, kind: Any = None) -> list[Any]:
    return [pa.array(texts, kind or pa.string())]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([f"{n:08}" for n in range(ROWS)], True),
        ([f"{n:08}" for n in range(ROWS, 0, -1)], True),
        (["one"] * ROWS, True),
        (["C"] * (ROWS // 2) + ["P"] * (ROWS // 2), True),
        ([f"{n // 5000}" for n in range(ROWS)], True),
        (shuffled(ROWS, 10**8), False),
        (["C", "P"] * (ROWS // 2), False),
        (shuffled(ROWS - 1, 10**8), True),  # too few to be worth a look
        ([None] * ROWS, True),
        ([None if n % 3 else text for n, text in enumerate(shuffled(ROWS, 10**8))], False),
    ],
    ids=["rising", "falling", "one", "halves", "days", "any", "turns", "few", "nulls", "some-nulls"],
)
def test_what_tells(texts: list[str | None], expected: bool) -> None:
    assert telling(of(texts)) is expected
    assert telling([chunk.slice(at, 1000) for chunk in of(texts) for at in range(0, len(texts), 1000)]) is expected


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_string(), pa.large_binary()])
def test_texts_and_bytes_of_any_size_are_looked_at(kind: Any) -> None:
    assert not telling(of([text.encode() for text in shuffled(ROWS, 10**8)], kind))


def test_other_types_are_not() -> None:
    """A dictionary's values are few, and views cannot be compared."""
    texts = pa.array(shuffled(ROWS, 10))

    assert telling([texts.dictionary_encode()])
    assert telling([texts.cast(pa.string_view())])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"id": True, "name": False, "day": True}),
        ({"statistics": "true"}, {"id": True, "name": True, "day": True}),
        ({"statistics": "false"}, {"id": False, "name": False, "day": False}),
        ({"page_index": "true"}, {"id": True, "name": True, "day": True}),
        ({"statistics.name": "true"}, {"id": True, "name": True, "day": True}),
        ({"statistics.id": "false"}, {"id": False, "name": False, "day": True}),
        ({"profile": "raw"}, {"id": False, "name": False, "day": False}),
        ({"profile": "raw", "statistics.name": "true"}, {"id": False, "name": True, "day": False}),
    ],
)
def test_a_wish_beats_the_choice(tmp_path: Path, options: dict[str, str], expected: dict[str, bool]) -> None:
    """All row groups of a file are written alike, whatever later ones hold."""
    target = tmp_path / "x.parquet"
    names = [*shuffled(ROWS, 10**8), *(f"{n:08}" for n in range(100))]
    days = [f"day {n // 5000:02}" for n in range(ROWS + 100)]
    table = pa.table({"id": range(ROWS + 100), "name": names, "day": days})
    sink = Parquet()

    with sink.open(target, table.schema, parse_options(sink.options, {"row_group_rows": str(ROWS), **options})) as out:
        for batch in table.to_batches(1000):
            out.write(batch)

    metadata = pq.read_metadata(target)
    assert metadata.num_row_groups == 2
    for group in (metadata.row_group(0), metadata.row_group(1)):
        assert {group.column(n).path_in_schema: group.column(n).is_stats_set for n in range(3)} == expected
    assert pq.read_table(target).equals(table)
