"""The sink ``parquet``: what is written reads back equal, and does not show how it was cut."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orders import SINK, TABLE, digest, equal, write

from arrowsmith.errors import OptionError
from arrowsmith.interfaces import parse_options
from arrowsmith_parquet import arrowsmith_sinks
from arrowsmith_parquet.faults import CODES
from arrowsmith_parquet.options import OPTIONS, PROFILES

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


# --- S4: batch boundaries are invisible ------------------------------------


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


# --- as a plugin -----------------------------------------------------------


def test_the_plugin_offers_the_sink() -> None:
    assert [sink.name for sink in arrowsmith_sinks()] == ["parquet"]
    assert SINK.suffixes[0] == ".parquet"
    assert all(option.doc for option in OPTIONS)


def test_importing_the_plugin_does_not_import_pyarrow() -> None:
    script = "import arrowsmith_parquet as p, sys; p.arrowsmith_sinks()[0].options; assert 'pyarrow' not in sys.modules"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    subprocess.run([sys.executable, "-S", "-c", script], check=True, env=environment)
