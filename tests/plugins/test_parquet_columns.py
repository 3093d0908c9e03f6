"""`columns`: which leaves a schema has in Parquet, and which of them get a dictionary."""

from __future__ import annotations

import decimal
from typing import Any

import pyarrow as pa
import pytest

from arrowsmith.interfaces import parse_options
from arrowsmith_parquet.columns import Leaf, arguments, leaves, repeating, suited
from arrowsmith_parquet.encode import empty_file
from arrowsmith_parquet.options import OPTIONS, settings


def leaves_of(schema: pa.Schema) -> tuple[Leaf, ...]:
    return leaves(schema, empty_file(schema, {}))


def taken(table: pa.Table, batch_rows: int = 1000) -> set[str]:
    """The columns of *table* that ``dictionary=auto`` takes, its rows being the first row group."""
    return set(repeating(leaves_of(table.schema), table.to_batches(batch_rows)))


ROWS = 2000


@pytest.mark.parametrize("distinct", [1, 50, 99])
def test_columns_of_few_values_have_a_dictionary(distinct: int) -> None:
    """Under 5 % of 2,000 is under 100, whatever the type."""
    n = [i % distinct for i in range(ROWS)]
    columns: dict[str, Any] = {
        "int": n,
        "float": pa.array(n, pa.float32()),
        "text": [str(i) for i in n],
        "bytes": [str(i).encode() for i in n],
        "date": pa.array(n, pa.date32()),
        "time": pa.array(n, pa.timestamp("us", "UTC")),
        "decimal": pa.array([decimal.Decimal(i) for i in n], pa.decimal128(9, 2)),
        "wide": pa.array([decimal.Decimal(i) for i in n], pa.decimal256(50, 2)),
        "fixed": pa.array([i.to_bytes(4, "big") for i in n], pa.binary(4)),
        "list": [[i, i] for i in n],
        "struct": [{"x": i} for i in n],
        "map": pa.array([[("k", i)] for i in n], pa.map_(pa.string(), pa.int64())),
    }

    paths = {"list.list.element", "struct.x", "map.key_value.key", "map.key_value.value"}
    assert taken(pa.table(columns)) == {*columns, *paths} - {"list", "struct", "map"}


@pytest.mark.parametrize("distinct", [100, 1000, 2000])
def test_columns_of_many_values_have_none(distinct: int) -> None:
    n = [i % distinct for i in range(ROWS)]

    assert taken(pa.table({"int": n, "text": [str(i) for i in n], "list": [[i] for i in n]})) == set()


def test_nulls_are_no_values() -> None:
    """Of 200 values 20 are distinct: the 1,800 nulls beside them do not make the column repeat its values."""
    sparse = [i // 10 % 20 if i % 10 == 0 else None for i in range(ROWS)]
    few = [i // 10 % 4 if i % 10 == 0 else None for i in range(ROWS)]

    assert taken(pa.table({"sparse": sparse, "few": few})) == {"few"}


def test_a_column_without_values_has_none() -> None:
    assert taken(pa.table({"a": pa.nulls(ROWS, pa.int32()), "b": pa.nulls(ROWS)})) == set()


def test_a_large_group_is_decided_by_all_its_rows() -> None:
    """The first rows settle only what is unique: 600 values in a row, again and again, are few among 100,000 rows."""
    rows = 100_000
    table = pa.table(
        {
            "unique": list(range(rows)),
            "again": [i % 600 for i in range(rows)],
            "sorted": [i // 30 for i in range(rows)],
            "half": [i // 2 for i in range(rows)],
        }
    )

    assert taken(table, 7777) == {"again", "sorted"}


def test_the_choice_does_not_depend_on_batches() -> None:
    table = pa.table({"a": [i % 99 for i in range(ROWS)], "b": [[str(i)] * (i % 3) for i in range(ROWS)]})

    assert taken(table, 1) == taken(table, 333) == taken(table, ROWS) == {"a"}


def test_lists_are_counted_without_what_they_leave_out() -> None:
    """The slice of a list column does not see the items of other rows, nor a null list its own."""
    items = pa.array(range(1000))
    offsets = pa.array([0, 500, *range(500, 1001, 50)], pa.int32())
    lists = pa.ListArray.from_arrays(offsets, items, mask=pa.array([True] + [False] * 11))
    few = pa.ListArray.from_arrays(offsets, pa.array([i if i < 500 else 0 for i in range(1000)]), mask=lists.is_null())

    assert taken(pa.table({"few": few, "many": lists}).slice(1)) == {"few.list.element"}


# --- what is known without looking -----------------------------------------


def test_types_and_metadata_decide_first() -> None:
    """Enumerations and texts of up to three bytes in the record repeat their values, however the first rows look."""
    unique = [f"{i:04d}" for i in range(ROWS)]
    schema = pa.schema(
        [
            pa.field("enum", pa.dictionary(pa.int16(), pa.string())),
            pa.field("code", pa.string(), metadata={"arrowsmith.length": "3"}),
            pa.field("name", pa.string(), metadata={"arrowsmith.length": "4"}),
            pa.field("number", pa.int64(), metadata={"arrowsmith.length": "2"}),
            pa.field("codes", pa.list_(pa.field("element", pa.string(), metadata={"arrowsmith.length": "2"}))),
            pa.field("flag", pa.bool_()),
        ]
    )
    arrays = [
        pa.array(unique).dictionary_encode().cast(schema.field("enum").type),
        pa.array(unique),
        pa.array(unique),
        pa.array(range(ROWS)),
        pa.array([[text] for text in unique]),
        pa.array([True] * ROWS),
    ]

    assert taken(pa.Table.from_arrays(arrays, schema=schema)) == {"enum", "code", "codes.list.element"}
    assert [leaf.few for leaf in leaves_of(schema)] == [True, True, None, None, True, False]


def test_leaves_are_in_the_order_of_parquet() -> None:
    schema = pa.schema(
        [
            pa.field("a", pa.struct([pa.field("b", pa.list_(pa.int8())), pa.field("c", pa.string())])),
            pa.field("m", pa.map_(pa.string(), pa.struct([pa.field("x", pa.date32())]))),
            pa.field("f", pa.list_(pa.float64(), 3)),
            pa.field("u", pa.uuid()),
        ]
    )

    assert [(leaf.path, leaf.physical) for leaf in leaves_of(schema)] == [
        ("a.b.list.element", "INT32"),
        ("a.c", "BYTE_ARRAY"),
        ("m.key_value.key", "BYTE_ARRAY"),
        ("m.key_value.value.x", "INT32"),
        ("f.list.element", "DOUBLE"),
        ("u", "FIXED_LEN_BYTE_ARRAY"),
    ]


# --- pyarrow's keywords ----------------------------------------------------

SCHEMA = pa.schema([("id", pa.int64()), ("text", pa.string()), ("flag", pa.bool_()), ("wide", pa.decimal128(30, 0))])


def keywords(few: tuple[str, ...] = ("text",), **options: Any) -> dict[str, Any]:
    given = {name.replace("__", "."): value for name, value in options.items()}
    return arguments(leaves_of(SCHEMA), settings(parse_options(OPTIONS, given)), few)


def test_the_profile_is_the_default() -> None:
    found = keywords()

    assert found["compression"] == "zstd"
    assert found["compression_level"] == dict.fromkeys(SCHEMA.names, 1)
    assert found["use_dictionary"] == ["text"]
    assert found["column_encoding"] is None
    assert found["write_statistics"] is True
    assert found["store_decimal_as_integer"] is True


def test_byte_stream_split_is_for_numbers_without_a_dictionary() -> None:
    assert keywords(profile="fast")["column_encoding"] == {"id": "BYTE_STREAM_SPLIT"}
    assert keywords(("id",), profile="fast")["column_encoding"] is None


def test_a_wish_for_one_column_beats_the_profile() -> None:
    """Even for a type that the profile would not put it on."""
    found = keywords(profile="raw", byte_stream_split__wide="true", dictionary__id="true", statistics__id="true")

    assert found["column_encoding"] == {"wide": "BYTE_STREAM_SPLIT"}
    assert found["use_dictionary"] == ["id"]
    assert found["write_statistics"] == ["id"]


def test_an_encoding_for_one_column_takes_its_dictionary() -> None:
    assert keywords(column_encoding__text="DELTA_BYTE_ARRAY")["use_dictionary"] is False


def test_all_dictionaries_leave_booleans_out() -> None:
    assert keywords((), dictionary="all")["use_dictionary"] == ["id", "text", "wide"]


def test_the_level_of_the_profile_is_for_its_codec() -> None:
    assert keywords(compression="gzip")["compression_level"] is None
    assert keywords(compression="gzip", compression_level="4")["compression_level"] == dict.fromkeys(SCHEMA.names, 4)
    assert keywords(compression__id="snappy")["compression_level"] == dict.fromkeys(SCHEMA.names[1:], 1)
    assert keywords(compression__id="snappy")["compression"] == {"id": "snappy"} | dict.fromkeys(
        SCHEMA.names[1:], "zstd"
    )


# --- how often pyarrow looks at a page ----------------------------------------------------------------------------------


def batch_of(table: pa.Table, rows: int = 1000, **options: Any) -> int:
    """Values between two looks at the page size, where *table* is the first row group."""
    chosen = settings(parse_options(OPTIONS, options))
    return suited(leaves_of(table.schema), chosen, table.to_batches(rows))["write_batch_size"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array(range(ROWS)), 16_384),
        (pa.array([None] * ROWS), 4096),  # a type without a width
        (pa.array([True] * ROWS), 16_384),
        (pa.array(["x" * 60] * ROWS), (1 << 18) // 64),
        (pa.array(["x" * 60, None] * (ROWS // 2)), (1 << 18) // 34),
        (pa.array([["x" * 124] * 3] * ROWS), (1 << 18) // 128),
        (pa.array(["x" * 5000] * ROWS), 1024),
        (pa.array(["x" * 5000] * ROWS).dictionary_encode(), 16_384),
        (pa.array([b"x" * 28] * ROWS, pa.binary(28)), (1 << 18) // 28),
        (pa.array([decimal.Decimal(1)] * ROWS, pa.decimal128(38, 2)), 16_384),
        (pa.array([{"a": 1, "b": "x" * 60}] * ROWS), (1 << 18) // 64),
        (pa.array([], pa.string()), 16_384),
    ],
    ids=str,
)
@pytest.mark.parametrize("rows", [7, ROWS])
def test_wide_values_are_looked_at_more_often(column: Any, expected: int, rows: int) -> None:
    """So many values as take a quarter of a page, of the widest column, however the group is cut."""
    assert batch_of(pa.table({"a": pa.array([0] * len(column), pa.int8()), "b": column}), rows) == expected


def test_small_pages_are_looked_at_more_often() -> None:
    """And what is asked for is taken."""
    table = pa.table({"a": list(range(ROWS))})

    assert batch_of(table, data_page_size=160_000) == 5000
    assert batch_of(table, data_page_size=4096) == 1024
    assert batch_of(table, write_batch_size=7) == 7
