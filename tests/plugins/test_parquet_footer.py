"""`footer`: files merged are, byte for byte, the file that pyarrow writes when it writes all of it alone."""

from __future__ import annotations

import inspect
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.errors import InternalError
from arrowsmith_parquet import footer
from arrowsmith_parquet.encode import empty_file, encoded
from arrowsmith_parquet.footer import MergedFile

ROWS = 900
TABLE = pa.table(
    {
        "id": pa.array(range(ROWS), pa.int64()),
        "text": [f"naïve {i}" if i % 7 else None for i in range(ROWS)],
        "flag": [i % 3 == 0 for i in range(ROWS)],
        "few": [f"x{i % 5}" for i in range(ROWS)],
        "nothing": pa.nulls(ROWS, pa.int32()),
        "list": [[i, None] * (i % 3) for i in range(ROWS)],
        "struct": [{"a": i, "b": str(i)} if i % 5 else None for i in range(ROWS)],
    }
)


def view(buffer: pa.Buffer) -> memoryview:
    return memoryview(buffer).cast("B")


def alone(table: pa.Table, rows: int, **keywords: Any) -> bytes:
    """What pyarrow writes in one go."""
    out = pa.BufferOutputStream()
    with pq.ParquetWriter(out, table.schema, **keywords) as writer:
        writer.write_table(table, row_group_size=rows)
    return bytes(out.getvalue())


def merged(table: pa.Table, rows: int, **keywords: Any) -> bytes:
    """The same from a file for each row group."""
    out = bytearray()
    file = MergedFile(out.extend, view(empty_file(table.schema, keywords)))
    for start in range(0, table.num_rows, rows):
        file.append(view(encoded(table.schema, keywords, table.slice(start, rows))))
    file.finish()
    assert file.size == len(out)
    assert file.rows == table.num_rows
    return bytes(out)


@pytest.mark.parametrize(
    "keywords",
    [
        {},
        {"write_page_index": True},
        {"write_page_index": True, "data_page_size": 100},
        {"write_page_index": True, "write_statistics": False},
        {"write_page_index": True, "write_statistics": ["id"]},
        {"use_dictionary": False, "compression": "none"},
        {"compression": "zstd", "compression_level": 3, "write_page_checksum": True},
        {"data_page_version": "2.0", "write_page_index": True},
        {"sorting_columns": [pq.SortingColumn(0), pq.SortingColumn(1, descending=True)]},
        {"version": "1.0", "store_schema": False},
    ],
)
@pytest.mark.parametrize("rows", [1, 100, 333, 900])
def test_merging_is_writing_alone(keywords: dict[str, Any], rows: int) -> None:
    """Statistics, page indexes, checksums, sort order: what pyarrow writes is neither lost nor moved."""
    table = TABLE.slice(0, 20) if rows == 1 else TABLE

    assert merged(table, rows, **keywords) == alone(table, rows, **keywords)


def test_bloom_filters_stay_with_their_row_group() -> None:
    """pyarrow alone puts them behind the last row group; merged, they follow each.  Their offsets say where."""
    if "bloom_filter_options" not in inspect.signature(pq.ParquetWriter).parameters:
        pytest.skip("this pyarrow writes no Bloom filters")
    keywords = {"write_page_index": True, "bloom_filter_options": {"id": {"ndv": 100}, "text": True}}

    together, apart = alone(TABLE, 300, **keywords), merged(TABLE, 300, **keywords)

    ours, theirs = (pq.read_metadata(pa.BufferReader(file)) for file in (apart, together))
    for group in range(3):
        for column in (0, 1):
            a, b = (metadata.row_group(group).column(column) for metadata in (ours, theirs))
            filters = [
                file[c.bloom_filter_offset :][: c.bloom_filter_length] for file, c in ((apart, a), (together, b))
            ]
            assert filters[0] == filters[1]
            assert filters[0]


def test_a_file_of_several_row_groups_is_appended_whole() -> None:
    keywords = {"write_page_index": True}
    out = bytearray()
    file = MergedFile(out.extend, view(empty_file(TABLE.schema, keywords)))

    for start in (0, 450):
        file.append(memoryview(alone(TABLE.slice(start, 450), 150, **keywords)))
    file.finish()

    assert bytes(out) == alone(TABLE, 150, **keywords)


def test_no_row_group_at_all() -> None:
    empty = empty_file(TABLE.schema, {})
    out = bytearray()

    MergedFile(out.extend, view(empty)).finish()

    assert bytes(out) == bytes(empty)


def test_many_columns() -> None:
    """Lists of more than 14 elements have another header."""
    table = pa.table({f"c{i}": pa.array([i, i + 1]) for i in range(300)})

    assert merged(table, 1) == alone(table, 1)


def test_offsets_beyond_two_gibibytes() -> None:
    """The offsets are 64-bit numbers; a file of that size need not be written to see them."""
    one = view(encoded(TABLE.schema, {}, TABLE))
    columns = pq.read_metadata(pa.BufferReader(one)).row_group(0)
    footer_ = footer._footer(one)
    before, _ = footer._frame(footer_)
    _, at = footer._read(footer_, before + 1)
    _, _, at = footer._list(footer_, at + 1)
    there = footer._Copy(footer_, 5_000_000_000)

    end = there.struct(at, footer._ROW_GROUP)
    back = footer._Copy(bytes(there.out), -5_000_000_000)
    back.struct(0, footer._ROW_GROUP)

    assert len(there.out) > end - at
    assert bytes(back.out) == footer_[at:end]
    assert there.furthest == max(columns.column(i).data_page_offset for i in range(columns.num_columns))
    assert back.furthest == there.furthest + 5_000_000_000


@pytest.mark.parametrize(
    ("number", "after"),
    [(0, b"\x36\x02\x44\x00\x00"), (3, b"\x36\x02\x44\x06\x00"), (0x7FFF, b"\x36\x02\x44\xfe\xff\x03\x00"), (0x8000, b"\x36\x02\x00")],
)  # fmt: skip
def test_row_groups_are_numbered_as_far_as_numbers_go(number: int, after: bytes) -> None:
    """Field 7 is an i16 and optional: a number that it cannot hold is left out.  (Newer pyarrows write none at all.)"""
    copy = footer._Copy(b"\x36\x02\x44\x0a\x00", 0, number)  # RowGroup: num_rows 1, ordinal 5

    copy.struct(0, footer._ROW_GROUP)

    assert bytes(copy.out) == after


def test_more_row_groups_than_ordinals() -> None:
    """The file that results is one that pyarrow reads."""
    table = pa.table({"a": [1]})
    one = view(encoded(table.schema, {}, table))
    out = bytearray()
    file = MergedFile(out.extend, view(empty_file(table.schema, {})))
    file._groups = file._groups + [footer._RowGroup((b"",))] * 0x8000  # as if so many had been appended

    file.append(one)
    group = file._groups[-1]
    file._groups = [group]
    file.finish()

    assert pq.read_table(pa.BufferReader(bytes(out))).equals(table)


# --- what must not be merged -----------------------------------------------


def test_another_schema_is_refused() -> None:
    file = MergedFile(lambda data: None, view(empty_file(TABLE.schema, {})))
    other = TABLE.select(["id"])

    with pytest.raises(InternalError, match="differ in schema"):
        file.append(view(encoded(other.schema, {}, other)))


def test_other_metadata_are_refused() -> None:
    file = MergedFile(lambda data: None, view(empty_file(TABLE.schema, {})))
    schema = TABLE.schema.with_metadata({"a": "b"})

    with pytest.raises(InternalError, match="differ in metadata"):
        file.append(view(encoded(schema, {"store_schema": True}, TABLE.cast(schema))))


@pytest.mark.parametrize("file", [b"", b"PAR1", b"PAR1" + bytes(8) + b"PARE"])
def test_what_is_no_parquet_file_is_refused(file: bytes) -> None:
    with pytest.raises(InternalError, match="no Parquet file"):
        MergedFile(lambda data: None, memoryview(file))


# --- the compact protocol --------------------------------------------------


@given(st.integers(-(2**63), 2**63 - 1))
def test_numbers_round_trip(number: int) -> None:
    encoded = footer._zigzag(number)

    value, end = footer._read(encoded, 0)

    assert footer._signed(value) == number
    assert end == len(encoded) == footer._skip(encoded, 0, footer._I64)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (footer._TRUE, b""),
        (footer._FALSE, b""),
        (footer._I8, b"\x05"),
        (footer._I16, b"\x85\x01"),
        (footer._DOUBLE, b"12345678"),
        (footer._UUID, b"0123456789abcdef"),
        (footer._BINARY, b"\x03abc"),
        (footer._LIST, b"\x35\x01\x02\x03"),  # three i32
        (footer._SET, b"\x21\x01\x02"),  # two booleans, a byte each
        (footer._LIST, b"\xf5\x10" + bytes(16)),  # sixteen i32: the long header
        (footer._MAP, b"\x00"),
        (footer._MAP, b"\x02\x81\x01a\x01\x01b\x02"),  # text → boolean
        (footer._STRUCT, b"\x15\x02\x11\x00"),  # an i32, a boolean
        (footer._STRUCT, b"\x05\x80\x01\x02\x00"),  # a field whose number is written out
    ],
)
def test_every_type_is_skipped(kind: int, value: bytes) -> None:
    """Also the types that parquet.thrift has not used yet (thrift-compact-protocol.md)."""
    assert footer._skip(value + b"\xff", 0, kind) == len(value)


def test_a_type_that_there_is_not() -> None:
    with pytest.raises(InternalError, match="type 14"):
        footer._skip(b"\x00", 0, 14)


def test_a_field_after_the_ordinal_would_lose_its_number() -> None:
    """Field numbers are differences, so what follows a field that is left out must not be there."""
    with pytest.raises(InternalError, match="after its ordinal"):
        footer._Copy(b"\x74\x00\x15\x00\x00", 0, 0x8000).struct(0, footer._ROW_GROUP)


def test_a_field_after_the_page_index_would_lose_its_number() -> None:
    with pytest.raises(InternalError, match="after its page index"):
        footer._Copy(b"\x46\x02\x48\x00\x00", 0).struct(0, footer._COLUMN_CHUNK)
