"""The sink ``parquet``: what is written reads back equal, appears whole or not at all, and does not show how it was cut."""

from __future__ import annotations

import datetime
import gc
import hashlib
import inspect
import io
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrowsmith.errors import DataError, InternalError, OptionError
from arrowsmith.interfaces import parse_options
from arrowsmith_parquet import Parquet, arrowsmith_sinks
from arrowsmith_parquet.faults import CODES
from arrowsmith_parquet.options import OPTIONS, PROFILES

SINK = Parquet()


def write(target: Any, schema: pa.Schema, batches: Iterable[pa.RecordBatch], **options: Any) -> None:
    given = {name.replace("__", "."): value for name, value in options.items()}
    with SINK.open(target, schema, parse_options(SINK.options, given)) as writer:
        for batch in batches:
            writer.write(batch)


def table_of(rows: int) -> pa.Table:
    """A column of each shape that a Layout gives, values in the first row group unlike those in later ones."""
    n = range(rows)
    day = datetime.date(2020, 1, 1)
    return pa.table(
        {
            "id": pa.array(n, pa.int64()),
            "small": pa.array([i % 100 - 50 for i in n], pa.int16()),
            "unsigned": pa.array([i * 40_000 % 2**32 for i in n], pa.uint32()),
            "ratio": pa.array([math.sin(i) for i in n], pa.float64()),
            "flag": pa.array([i % 3 == 0 if i % 7 else None for i in n], pa.bool_()),
            "status": pa.array(["open", "closed", None, "held"][i % 4] for i in n),
            "name": pa.array([f"naïve {i:05d}" if i % 11 else None for i in n], pa.string()),
            "raw": pa.array([bytes([i % 256]) * (i % 5) for i in n], pa.binary()),
            "price": pa.array([Decimal(i * 7919 % 10**9).scaleb(-2) if i % 5 else None for i in n], pa.decimal128(9, 2)),
            "amount": pa.array([-Decimal(i * 104729).scaleb(-2) for i in n], pa.decimal128(18, 2)),
            "total": pa.array([Decimal(10**25 + i) for i in n], pa.decimal128(30, 0)),
            "born": pa.array([day + datetime.timedelta(days=i % 5000) for i in n], pa.date32()),
            "seen": pa.array([datetime.datetime(2021, 1, 1) + datetime.timedelta(seconds=i) for i in n], pa.timestamp("us")),
            "kind": pa.DictionaryArray.from_arrays(pa.array([i % 3 for i in n], pa.int8()), ["a", "b", "c"]),
            "late": pa.array([None if i < rows - 3 else i for i in n], pa.int32()),
            "lines": pa.array(
                [[{"sku": str(i % 9), "qty": k} for k in range(i % 4)] if i % 13 else None for i in n],
                pa.list_(pa.struct({"sku": pa.string(), "qty": pa.int32()})),
            ),
            "address": pa.array([{"city": f"c{i % 3}", "no": i} if i % 6 else None for i in n]),
        }
    )  # fmt: skip


TABLE = table_of(2500)


def equal(back: pa.Table, table: pa.Table = TABLE) -> bool:
    """Whether *back* is *table*, where dictionaries may be numbered otherwise: a reader makes its own, and older ones than
    pyarrow 20 give it indices of their own type."""
    assert pa.types.is_dictionary(back.schema.field("kind").type)
    decoded = table.schema.set(table.schema.get_field_index("kind"), pa.field("kind", pa.string()))
    return bool(back.cast(decoded).equals(table.cast(decoded)))


# --- S1: what is written reads back equal ----------------------------------


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("threads", [1, 3])
def test_pyarrow_reads_back_what_was_written(tmp_path: Path, profile: str, threads: int) -> None:
    target = tmp_path / "orders.parquet"

    write(target, TABLE.schema, TABLE.to_batches(400), profile=profile, threads=threads, row_group_rows=1000)

    assert equal(pq.read_table(target))
    assert pq.read_metadata(target).num_row_groups == 3


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("page_index", [False, True])
def test_polars_reads_back_what_was_written(tmp_path: Path, profile: str, page_index: bool) -> None:
    pl = pytest.importorskip("polars")
    target = tmp_path / "orders.parquet"

    write(target, TABLE.schema, TABLE.to_batches(), profile=profile, row_group_rows=600, page_index=page_index)

    assert pl.read_parquet(target).to_dicts() == TABLE.to_pylist()
    late = pl.scan_parquet(target).filter(pl.col("id") >= 2400).select("id", "amount").collect()
    assert late["id"].to_list() == list(range(2400, 2500))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("page_index", [False, True])
def test_duckdb_reads_back_what_was_written(tmp_path: Path, profile: str, page_index: bool) -> None:
    duckdb = pytest.importorskip("duckdb")
    target = tmp_path / "orders.parquet"

    write(target, TABLE.schema, TABLE.to_batches(), profile=profile, row_group_rows=600, page_index=page_index)

    rows = duckdb.execute("select * from read_parquet(?)", [str(target)]).fetchall()
    assert [dict(zip(TABLE.column_names, row, strict=True)) for row in rows] == TABLE.to_pylist()
    [(count,)] = duckdb.execute("select count(*) from read_parquet(?) where id >= 2400", [str(target)]).fetchall()
    assert count == 100


def test_metadata_of_schema_and_fields_is_kept(tmp_path: Path) -> None:
    field = pa.field("a", pa.int32(), metadata={"arrowsmith.name": "A-B", "PARQUET:field_id": "7"})
    schema = pa.schema([field], metadata={"arrowsmith.version": "1"})

    write(tmp_path / "x.parquet", schema, [pa.RecordBatch.from_pylist([{"a": 1}], schema)])

    assert pq.read_schema(tmp_path / "x.parquet").equals(schema, check_metadata=True)
    assert pq.read_metadata(tmp_path / "x.parquet").metadata[b"arrowsmith.version"] == b"1"


def test_statistics_are_those_of_each_row_group(tmp_path: Path) -> None:
    target = tmp_path / "orders.parquet"

    write(target, TABLE.schema, TABLE.to_batches(77), row_group_rows=1000, threads=2)

    metadata = pq.read_metadata(target)
    ids = [metadata.row_group(i).column(0).statistics for i in range(3)]
    assert [(s.min, s.max, s.null_count) for s in ids] == [(0, 999, 0), (1000, 1999, 0), (2000, 2499, 0)]
    assert metadata.num_rows == 2500
    assert [metadata.row_group(i).num_rows for i in range(3)] == [1000, 1000, 500]


# --- S2: zero batches, zero rows -------------------------------------------


@pytest.mark.parametrize("batches", [[], [TABLE.slice(0, 0).combine_chunks().to_batches()[:1]]])
def test_nothing_is_a_file_with_a_schema(tmp_path: Path, batches: list[Any]) -> None:
    pl, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    target = tmp_path / "orders.parquet"

    write(target, TABLE.schema, [b for group in batches for b in group])

    assert equal(pq.read_table(target), TABLE.slice(0, 0))
    assert pq.read_metadata(target).num_row_groups == 0
    assert pl.read_parquet(target).columns == TABLE.column_names
    assert duckdb.execute("select count(*) from read_parquet(?)", [str(target)]).fetchall() == [(0,)]


def test_batches_without_rows_leave_no_trace(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", TABLE.schema, TABLE.to_batches(500))
    empty = pa.RecordBatch.from_pylist([], TABLE.schema)

    write(tmp_path / "b.parquet", TABLE.schema, [x for b in TABLE.to_batches(500) for x in (empty, b, empty)])

    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


# --- S3: an exception leaves no target behind ------------------------------


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("target", ["orders.parquet", "orders/"])
@pytest.mark.parametrize("threads", [1, 2])
def test_an_exception_leaves_nothing(tmp_path: Path, error: type[BaseException], target: str, threads: int) -> None:
    def batches() -> Iterable[pa.RecordBatch]:
        yield from TABLE.to_batches(300)
        assert os.listdir(tmp_path)
        raise error

    with pytest.raises(error):
        write(f"{tmp_path}/{target}", TABLE.schema, batches(), row_group_rows=300, part_bytes=1, threads=threads)

    assert os.listdir(tmp_path) == []


def test_an_exception_leaves_an_existing_target_untouched(tmp_path: Path) -> None:
    target = tmp_path / "orders.parquet"
    target.write_bytes(b"old")

    with pytest.raises(ZeroDivisionError):
        write(target, TABLE.schema, (b for b in [TABLE.to_batches()[0], 1 // 0]), if_exists="replace")

    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["orders.parquet"]


def test_an_existing_target_is_an_error_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    target = tmp_path / "orders.parquet"
    target.write_bytes(b"old")

    with pytest.raises(OptionError, match="exists already"):
        write(target, TABLE.schema, TABLE.to_batches())
    write(target, TABLE.schema, TABLE.to_batches(), if_exists="replace")

    assert equal(pq.read_table(target))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("room", [10, 60_000, 1_000_000])
def test_nothing_is_said_on_standard_error(capfd: pytest.CaptureFixture[str], room: int, threads: int) -> None:
    """pyarrow complains there of what goes wrong while a half-written file is dropped."""
    try:
        write(Full(room), TABLE.schema, TABLE.to_batches(100), row_group_rows=500, threads=threads)
    except OptionError:
        assert room < 1_000_000
    gc.collect()

    assert capfd.readouterr() == ("", "")


def test_opening_creates_nothing(tmp_path: Path) -> None:
    """A writer that is never entered leaves nothing behind."""
    SINK.open(tmp_path / "orders.parquet", TABLE.schema, parse_options(SINK.options, {}))

    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_an_error_with_a_hint() -> None:
    with pytest.raises(OptionError, match="is full") as caught:
        write("/dev/full", TABLE.schema, TABLE.to_batches())

    assert caught.value.help


def test_a_missing_folder_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="gone does not exist") as caught:
        write(tmp_path / "gone" / "orders.parquet", TABLE.schema, TABLE.to_batches())

    assert caught.value.help


class Full(io.RawIOBase):
    """Takes some bytes, then says that the disk is full."""

    def __init__(self, room: int) -> None:
        self.room = room

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.room < len(data):
            raise OSError(28, "No space left on device")
        self.room -= len(data)
        return len(data)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("room", [0, 4, 1000, 60_000])
def test_a_disk_that_fills_up_in_the_middle(room: int, threads: int) -> None:
    """Whether at the first byte, in a row group or in the footer."""
    with pytest.raises(OptionError, match="is full"):
        write(Full(room), TABLE.schema, TABLE.to_batches(100), row_group_rows=500, threads=threads)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_value_that_does_not_fit_is_an_error_of_the_data(tmp_path: Path, threads: int) -> None:
    times = pa.table({"t": pa.array([1, 2, 3_000_001], pa.timestamp("us"))})

    with pytest.raises(DataError, match="would lose data") as caught:
        write(tmp_path / "x.parquet", times.schema, times.to_batches(1), coerce_timestamps="ms", threads=threads)

    assert caught.value.code in CODES
    assert os.listdir(tmp_path) == []


def test_a_batch_of_another_schema_is_our_fault(tmp_path: Path) -> None:
    with pytest.raises(InternalError):
        write(tmp_path / "x.parquet", TABLE.schema, TABLE.select(["id"]).to_batches())

    assert os.listdir(tmp_path) == []


# --- S4: batch boundaries are invisible ------------------------------------


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("options", [{}, {"profile": "fast", "page_index": True}, {"dictionary": "all"}])
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, options: dict[str, Any]) -> None:
    """However they are cut, and however many threads encode."""
    found = set()
    for threads in (1, 2, 4):
        for size in (7, 250, 999, 2500):
            target = tmp_path / f"{threads}-{size}.parquet"
            batches = TABLE.to_batches(size)
            write(target, TABLE.schema, batches, threads=threads, row_group_rows=700, row_group_bytes=60_000, **options)
            found.add(digest(target))

    assert len(found) == 1


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(0, 2500), max_size=20).map(lambda cuts: [0, *sorted(cuts), 2500]))
def test_any_cut_gives_the_same_bytes(cuts: list[int]) -> None:
    whole, cut = io.BytesIO(), io.BytesIO()

    write(whole, TABLE.schema, TABLE.to_batches(), row_group_rows=1000, threads=1)
    batches = [b for a, z in pairwise(cuts) for b in TABLE.slice(a, z - a).to_batches()]
    write(cut, TABLE.schema, batches, row_group_rows=1000, threads=2)

    assert whole.getvalue() == cut.getvalue()


def test_one_copy_of_the_rows_as_another(tmp_path: Path) -> None:
    """Bytes beyond a buffer's end, an offset that is not 0, validity that is there for nothing: none of it shows."""
    padded = pa.concat_tables([TABLE.slice(5, 100), TABLE, TABLE.slice(7, 9)]).combine_chunks().slice(100, 2500)

    write(tmp_path / "a.parquet", TABLE.schema, TABLE.to_batches())
    write(tmp_path / "b.parquet", TABLE.schema, padded.to_batches())

    assert digest(tmp_path / "a.parquet") == digest(tmp_path / "b.parquet")


def test_dictionaries_that_differ_between_batches(tmp_path: Path) -> None:
    texts = ["a", "b", "c", "b", "d", None, "a"]
    batches = [pa.record_batch([pa.array(texts[i : i + 2]).dictionary_encode()], ["d"]) for i in range(0, 7, 2)]

    write(tmp_path / "x.parquet", batches[0].schema, batches)

    assert pq.read_table(tmp_path / "x.parquet").column("d").to_pylist() == texts


def test_row_groups_keep_both_limits(tmp_path: Path) -> None:
    """By rows, and by the bytes of Arrow data; a text of 1,000 bytes makes 64 rows of 64 KiB."""
    wide = pa.table({"t": ["x" * 1000] * 1000})

    write(tmp_path / "x.parquet", wide.schema, wide.to_batches(333), row_group_bytes=65_536)

    metadata = pq.read_metadata(tmp_path / "x.parquet")
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [65] * 15 + [25]


def test_the_limits_of_a_row_group() -> None:
    """At most 256 Ki rows and 128 MiB by default: less, so that a conversion on two threads stays under 512 MB."""
    values = parse_options(OPTIONS, {})

    assert values["row_group_rows"] == 256 << 10
    assert values["row_group_bytes"] <= 128 << 20


def test_a_row_group_that_outgrows_its_rows(tmp_path: Path) -> None:
    """Written out, a dictionary of long values is a thousand times its indices: memory set aside for it is too small."""
    kind = pa.DictionaryArray.from_arrays(pa.array([i % 2 for i in range(10_000)], pa.int8()), ["a" * 1000, "b" * 1000])
    table = pa.table({"kind": kind})

    for threads in (1, 2):
        write(
            tmp_path / f"{threads}",
            table.schema,
            table.to_batches(),
            profile="raw",
            row_group_rows=1000,
            threads=threads,
        )

    assert pq.read_metadata(tmp_path / "1").row_group(0).total_byte_size > 1_000_000
    assert pq.read_table(tmp_path / "2").column(0).to_pylist() == kind.to_pylist()
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


# --- S5: an unsupported type is an error before the first write ------------


@pytest.mark.parametrize(
    "kind", [pa.month_day_nano_interval(), pa.run_end_encoded(pa.int32(), pa.int32()), pa.struct([])]
)
def test_a_type_that_parquet_cannot_hold(tmp_path: Path, kind: pa.DataType) -> None:
    """The message names the column, also where it is not the first."""
    schema = pa.schema([("id", pa.int32()), ("odd", kind)])

    with pytest.raises(OptionError, match=r"Parquet cannot hold column odd") as caught:
        SINK.open(tmp_path / "x.parquet", schema, parse_options(SINK.options, {}))

    assert caught.value.code in CODES
    assert os.listdir(tmp_path) == []


# --- datasets --------------------------------------------------------------


def test_a_trailing_slash_writes_a_dataset(tmp_path: Path) -> None:
    write(f"{tmp_path}/set/", TABLE.schema, TABLE.to_batches(99), row_group_rows=500, part_bytes=20_000)

    parts = sorted(p.name for p in (tmp_path / "set").glob("*.parquet"))
    manifest = json.loads((tmp_path / "set" / "_SUCCESS").read_text())
    assert len(parts) > 1
    assert [part["name"] for part in manifest["parts"]] == parts
    assert sum(part["rows"] for part in manifest["parts"]) == 2500
    assert [part["bytes"] for part in manifest["parts"]] == [(tmp_path / "set" / p).stat().st_size for p in parts]
    assert equal(pq.read_table(tmp_path / "set"))
    duckdb = pytest.importorskip("duckdb")
    assert duckdb.sql(f"select count(*) from '{tmp_path}/set/*.parquet'").fetchall() == [(2500,)]
    pl = pytest.importorskip("polars")
    assert pl.read_parquet(f"{tmp_path}/set/*.parquet")["id"].to_list() == list(range(2500))


def test_a_dataset_by_option(tmp_path: Path) -> None:
    """A Path cannot end in a slash."""
    write(tmp_path / "set", TABLE.schema, TABLE.to_batches(), dataset=True)

    assert equal(pq.read_table(tmp_path / "set"))
    assert len(os.listdir(tmp_path / "set")) == 2


def test_an_empty_dataset_has_a_part_with_the_schema(tmp_path: Path) -> None:
    write(f"{tmp_path}/set/", TABLE.schema, [])

    assert equal(pq.read_table(tmp_path / "set"), TABLE.slice(0, 0))


def test_parts_do_not_depend_on_threads_or_batches(tmp_path: Path) -> None:
    found = set()
    for threads, size in ((1, 2500), (3, 77)):
        folder = tmp_path / f"{threads}"
        limits = {"row_group_rows": 300, "part_bytes": 20_000}
        write(folder, TABLE.schema, TABLE.to_batches(size), dataset=True, threads=threads, **limits)
        found.add(tuple(digest(p) for p in sorted(folder.glob("*.parquet"))))

    assert len(found) == 1
    assert len(found.pop()) > 1


def test_replacing_a_dataset(tmp_path: Path) -> None:
    for rows in (2500, 10):
        write(f"{tmp_path}/set/", TABLE.schema, TABLE.slice(0, rows).to_batches(), if_exists="replace", part_bytes=1)

    assert equal(pq.read_table(tmp_path / "set"), TABLE.slice(0, 10))


def test_a_dataset_needs_a_path() -> None:
    with pytest.raises(OptionError, match="folder") as caught:
        write(io.BytesIO(), TABLE.schema, [], dataset=True)

    assert caught.value.code in CODES


# --- other targets ---------------------------------------------------------


def test_a_file_object(tmp_path: Path) -> None:
    stream = io.BytesIO()

    write(stream, TABLE.schema, TABLE.to_batches())

    assert equal(pq.read_table(pa.BufferReader(stream.getvalue())))


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A Parquet file is written from its start to its end, so a pipe takes it."""
    write("-", TABLE.schema, TABLE.to_batches())

    assert equal(pq.read_table(pa.BufferReader(capfdbinary.readouterr().out)))


# --- options ---------------------------------------------------------------


def column(path: Path, name: str, group: int = 0) -> Any:
    metadata = pq.read_metadata(path)
    [index] = [i for i in range(metadata.num_columns) if metadata.schema.column(i).path == name]
    return metadata.row_group(group).column(index)


@pytest.mark.parametrize(
    ("profile", "codec", "split", "statistics"),
    [("compat", "ZSTD", False, True), ("fast", "LZ4", True, True), ("small", "ZSTD", True, True), ("raw", "UNCOMPRESSED", False, False)],
)  # fmt: skip
def test_profiles(tmp_path: Path, profile: str, codec: str, split: bool, statistics: bool) -> None:
    target = tmp_path / "orders.parquet"

    write(target, TABLE.schema, TABLE.to_batches(), profile=profile)

    for name in ("id", "ratio", "amount"):
        assert column(target, name).compression == codec
        assert ("BYTE_STREAM_SPLIT" in column(target, name).encodings) == split
        assert column(target, name).is_stats_set == statistics
    for name in ("total", "name", "flag"):  # FIXED_LEN_BYTE_ARRAY, BYTE_ARRAY, BOOLEAN
        assert "BYTE_STREAM_SPLIT" not in column(target, name).encodings
    assert column(target, "status").has_dictionary_page == (profile != "raw")


@pytest.mark.parametrize("profile", PROFILES)
def test_decimals_are_integers_where_they_fit(tmp_path: Path, profile: str) -> None:
    target = tmp_path / "orders.parquet"

    write(target, TABLE.schema, TABLE.to_batches(), profile=profile)

    types = [column(target, name).physical_type for name in ("price", "amount", "total")]
    assert types == ["INT32", "INT64", "FIXED_LEN_BYTE_ARRAY"]


def test_decimals_as_bytes_by_option(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", TABLE.schema, TABLE.to_batches(), store_decimal_as_integer=False)

    assert column(tmp_path / "x.parquet", "price").physical_type == "FIXED_LEN_BYTE_ARRAY"


def test_settings_of_single_columns(tmp_path: Path) -> None:
    """``name.COLUMN``: dotted, any case, ``-`` as ``_``, a group for all in it; the longer name wins."""
    target = tmp_path / "x.parquet"
    options = {
        "compression": "snappy",
        "compression.ADDRESS": "gzip",
        "compression.address.no": "none",
        "compression_level.address.city": "2",
        "dictionary.id": "true",
        "dictionary.status": "false",
        "statistics.name": "false",
        "byte_stream_split.ratio": "true",
        "column_encoding.seen": "delta_binary_packed",
    }

    with SINK.open(target, TABLE.schema, parse_options(SINK.options, options)) as writer:
        for batch in TABLE.to_batches(100):
            writer.write(batch)

    codecs = [column(target, name).compression for name in ("id", "address.city", "address.no")]
    assert codecs == ["SNAPPY", "GZIP", "UNCOMPRESSED"]
    assert column(target, "id").has_dictionary_page
    assert not column(target, "status").has_dictionary_page
    assert column(target, "kind").has_dictionary_page
    assert not column(target, "name").is_stats_set
    assert column(target, "id").is_stats_set
    assert "BYTE_STREAM_SPLIT" in column(target, "ratio").encodings
    assert "DELTA_BINARY_PACKED" in column(target, "seen").encodings
    assert equal(pq.read_table(target))


def test_a_profile_less_one_column(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", TABLE.schema, TABLE.to_batches(), profile="fast", byte_stream_split__ratio=False)

    assert "BYTE_STREAM_SPLIT" not in column(tmp_path / "x.parquet", "ratio").encodings
    assert "BYTE_STREAM_SPLIT" in column(tmp_path / "x.parquet", "id").encodings


def test_bloom_filters_are_found(tmp_path: Path) -> None:
    """Every row group has one, and its offset in the merged file is right: DuckDB asks it."""
    duckdb = pytest.importorskip("duckdb")
    if "bloom_filter_options" not in inspect.signature(pq.ParquetWriter).parameters:
        pytest.skip("this pyarrow writes no Bloom filters")
    target = tmp_path / "x.parquet"

    write(
        target, TABLE.schema, TABLE.to_batches(), row_group_rows=500, threads=2, page_index=True, bloom_filter__name={}
    )

    probe = "select bloom_filter_excludes from parquet_bloom_probe(?, 'name', ?) order by row_group_id"
    there = duckdb.execute(probe, [str(target), "naïve 01499"]).fetchall()
    nowhere = duckdb.execute(probe, [str(target), "naïve 99999"]).fetchall()
    assert not there[2][0]
    assert sum(excluded for (excluded,) in there) >= 3
    assert sum(excluded for (excluded,) in nowhere) >= 4


def test_sorting_columns(tmp_path: Path) -> None:
    write(
        tmp_path / "x.parquet", TABLE.schema, TABLE.to_batches(), sorting_columns=("id", "ADDRESS.no desc nulls first")
    )

    metadata = pq.read_metadata(tmp_path / "x.parquet")
    last = metadata.num_columns - 1
    assert metadata.row_group(0).sorting_columns == (
        pq.SortingColumn(0, descending=False, nulls_first=False),
        pq.SortingColumn(last, descending=True, nulls_first=True),
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile": "fst"}, "did you mean fast"),
        ({"comprssn": "zstd"}, "did you mean compression"),
        ({"compression.stat": "zstd"}, r"no column stat\b"),
        ({"dictionary.statsu": "true"}, r"did you mean dictionary\.status"),
        ({"sorting_columns": "nme"}, "did you mean name"),
        ({"sorting_columns": "name upwards"}, "is not: COLUMN"),
        ({"compression": "snappy", "compression_level": "3"}, "no levels"),
        ({"compression": "gzip", "compression_level": "99"}, "pyarrow refuses"),
        ({"dictionary.id": "true", "column_encoding.id": "PLAIN"}, "dictionary and the encoding"),
        ({"column_encoding.name": "DELTA_BINARY_PACKED"}, "INT32 and INT64|INT32 or INT64"),
        ({"row_group_rows": "0"}, "not between 1 and"),
        ({"threads": "0"}, "not between 1 and"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: dict[str, str], message: str) -> None:
    """Each is refused when the target is opened, before anything is there."""
    with pytest.raises(OptionError, match=message):
        SINK.open(tmp_path / "x.parquet", TABLE.schema, parse_options(SINK.options, options))

    assert os.listdir(tmp_path) == []


#: pyarrow's keyword → the option that sets it
KEYWORDS = {
    "use_dictionary": "dictionary",
    "write_statistics": "statistics",
    "use_byte_stream_split": "byte_stream_split",
    "write_page_index": "page_index",
    "bloom_filter_options": "bloom_filter.",
    "use_content_defined_chunking": "content_defined_chunking",
}
#: Not options: what core decides, what has one value only, what is an object (and of no use for row groups encoded apart:
#: an encrypted module is bound to its place in its file).
NO_OPTIONS = {"self", "where", "schema", "filesystem", "options", "writer_engine_version", "encryption_properties"}


def test_every_keyword_of_pyarrow_is_reachable() -> None:
    """One that a new pyarrow adds fails here until it has an option."""
    documented = {line.split(" : ")[0] for line in (pq.ParquetWriter.__doc__ or "").splitlines() if " : " in line}
    keywords = {*inspect.signature(pq.ParquetWriter.__init__).parameters, "data_page_size", "coerce_timestamps"}
    keywords |= {word for word in documented if word.isidentifier()}
    names = {name for option in OPTIONS for name in (option.name, *option.aliases)}

    missing = {k for k in keywords - NO_OPTIONS - {"writer_engine_version"} if KEYWORDS.get(k, k) not in names}

    assert missing <= {"metadata_collector"}


@pytest.mark.parametrize(
    "options",
    [
        {"version": "1.0"}, {"data_page_version": "2.0"}, {"flavor": "spark"}, {"use_deprecated_int96_timestamps": "true"},
        {"coerce_timestamps": "ms", "allow_truncated_timestamps": "true"}, {"store_schema": "false"},
        {"use_compliant_nested_type": "false"}, {"data_page_size": "4096"}, {"write_batch_size": "7", "data_page_size": "100"},
        {"dictionary": "all", "dictionary_pagesize_limit": "1000"}, {"write_page_checksum": "true"},
        {"column_encoding.id": "DELTA_BINARY_PACKED"},
        {"dictionary": "none"}, {"dictionary": "all"}, {"use_byte_stream_split": "true"}, {"compression": "brotli"},
        {"write_page_index": "true"}, {"row_group_size": "100"},
    ],
)  # fmt: skip
def test_settings_that_go_to_pyarrow(tmp_path: Path, options: dict[str, str]) -> None:
    """The rows are the same, and the file is not the one that the setting was not asked for."""
    columns = [name for name in TABLE.column_names if name not in ("unsigned", "kind")]  # the format 1.0 widens the one
    table = pa.concat_tables([TABLE.select(columns)] * 10)
    plain, other = tmp_path / "plain.parquet", tmp_path / "other.parquet"

    write(plain, table.schema, table.to_batches())
    with SINK.open(other, table.schema, parse_options(SINK.options, options)) as writer:
        for batch in table.to_batches(333):
            writer.write(batch)

    assert pq.read_table(other).cast(table.schema).equals(table)
    assert other.read_bytes() != plain.read_bytes()


@pytest.mark.parametrize(
    "options", [{"max_rows_per_page": "100"}, {"content_defined_chunking": "true"},
                {"content_defined_chunking.min_chunk_size": "1024", "content_defined_chunking.max_chunk_size": "4096"},
                {"write_time_adjusted_to_utc": "true"}],
)  # fmt: skip
def test_settings_of_a_newer_pyarrow(tmp_path: Path, options: dict[str, str]) -> None:
    """An older one says so when the target is opened."""
    keyword = next(iter(options)).partition(".")[0]
    keyword = KEYWORDS.get(keyword, "use_" + keyword if keyword.startswith("content") else keyword)
    chosen = parse_options(SINK.options, options)
    if keyword not in inspect.signature(pq.ParquetWriter).parameters:
        with pytest.raises(OptionError, match=keyword):
            SINK.open(tmp_path / "x.parquet", TABLE.schema, chosen)
        return

    with SINK.open(tmp_path / "x.parquet", TABLE.schema, chosen) as writer:
        for batch in TABLE.to_batches():
            writer.write(batch)

    assert equal(pq.read_table(tmp_path / "x.parquet"))


DOCS = Path(__file__).parents[2] / "docs" / "parquet.md"


@pytest.mark.skipif(not DOCS.exists(), reason="the documentation is not beside the tests here")
def test_every_option_and_error_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    own = text[text.index("## All options") : text.index("## Arrow IPC")]

    assert [o.name for o in OPTIONS if f"`{o.name}`" not in own] == []
    assert [alias for o in OPTIONS for alias in o.aliases if not alias.endswith(".") and f"`{alias}`" not in own] == []
    assert [code for code, rule in CODES.items() if f"| {code} | {rule} |" not in own] == []
    assert [name for name in PROFILES if f"| `{name}`" not in text] == []


# --- as a plugin -----------------------------------------------------------


def test_the_plugin_offers_the_sink() -> None:
    assert [sink.name for sink in arrowsmith_sinks()] == ["parquet"]
    assert SINK.suffixes[0] == ".parquet"
    assert all(option.doc for option in OPTIONS)


def test_importing_the_plugin_does_not_import_pyarrow() -> None:
    script = "import arrowsmith_parquet as p, sys; p.arrowsmith_sinks()[0].options; assert 'pyarrow' not in sys.modules"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    subprocess.run([sys.executable, "-S", "-c", script], check=True, env=environment)
