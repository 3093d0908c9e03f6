"""The sink ``parquet``: a file, a dataset, a stream appears whole or not at all; what goes wrong is told once."""

from __future__ import annotations

import gc
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from orders import SINK, TABLE, digest, equal, write

from arrowsmith.errors import DataError, InternalError, OptionError
from arrowsmith.interfaces import parse_options
from arrowsmith_parquet.faults import CODES

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
