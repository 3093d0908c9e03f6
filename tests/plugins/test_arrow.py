"""The sinks ``arrow`` and ``arrows``: what is written reads back equal, appears whole or not at all, and hides its cuts."""

from __future__ import annotations

import gc
import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrowsmith.errors import DataError, InternalError, OptionError
from arrowsmith.interfaces import parse_options
from arrowsmith_arrow import ArrowFile, ArrowStream, arrowsmith_sinks
from arrowsmith_arrow.writer import CODES

SINKS = (ArrowFile(), ArrowStream())
Sink = ArrowFile | ArrowStream

each = pytest.mark.parametrize("sink", SINKS, ids=lambda sink: sink.name)


def write(sink: Sink, target: Any, schema: pa.Schema, batches: Iterable[pa.RecordBatch], **options: Any) -> None:
    with sink.open(target, schema, parse_options(sink.options, options)) as writer:
        for batch in batches:
            writer.write(batch)


def read(sink: Sink, source: Any) -> pa.Table:
    opened = pa.ipc.open_file(source) if sink.name == "arrow" else pa.ipc.open_stream(source)
    return opened.read_all()


def table_of(rows: int) -> pa.Table:
    n = range(rows)
    return pa.table(
        {
            "id": pa.array(n, pa.int64()),
            "flag": [i % 2 == 0 if i % 17 else None for i in n],
            "sure": [i % 2 == 0 for i in n],
            "text": [f"naïve {i % 7}" if i % 11 else None for i in n],
            "large": pa.array([f"x{i}" for i in n], pa.large_string()),
            "raw": [bytes([i % 256]) * (i % 5) for i in n],
            "kind": pa.DictionaryArray.from_arrays(pa.array([i % 3 for i in n], pa.int8()), ["a", "b", "c"]),
            "late": pa.array([None if i < rows - 3 else i for i in n], pa.int32()),
            "lines": [[{"k": i, "v": str(i % 3)}] * (i % 4) if i % 13 else None for i in n],
            "map": pa.array([[("k", i)] * (i % 2) for i in n], pa.map_(pa.string(), pa.int64())),
            "pair": pa.array([[i, None] if i % 3 else None for i in n], pa.list_(pa.int16(), 2)),
            "address": [{"city": f"c{i % 3}", "no": i} if i % 6 else None for i in n],
            "none": pa.nulls(rows),
        }
    )


TABLE = table_of(1000)


# --- S1: what is written reads back equal ----------------------------------


@each
@pytest.mark.parametrize("compression", ["none", "lz4", "zstd"])
def test_pyarrow_reads_back_what_was_written(tmp_path: Path, sink: Sink, compression: str) -> None:
    write(sink, tmp_path / "x", TABLE.schema, TABLE.to_batches(77), compression=compression, batch_rows=300)

    back = read(sink, tmp_path / "x")
    assert back.equals(TABLE)
    assert [batch.num_rows for batch in back.to_batches()] == [300, 300, 300, 100]


@each
def test_polars_reads_back_what_was_written(tmp_path: Path, sink: Sink) -> None:
    pl = pytest.importorskip("polars")
    table = TABLE.drop_columns(["map", "none"])
    read_back = pl.read_ipc if sink.name == "arrow" else pl.read_ipc_stream

    write(sink, tmp_path / "x", table.schema, table.to_batches(77))

    assert read_back(tmp_path / "x").to_dicts() == table.to_pylist()


@each
def test_metadata_of_schema_and_fields_is_kept(tmp_path: Path, sink: Sink) -> None:
    schema = pa.schema(
        [pa.field("a", pa.int32(), metadata={"arrowsmith.name": "A-B"})], metadata={"arrowsmith.version": "1"}
    )

    write(sink, tmp_path / "x", schema, [pa.RecordBatch.from_pylist([{"a": 1}], schema)])

    assert read(sink, tmp_path / "x").schema.equals(schema, check_metadata=True)


def test_a_file_can_be_read_in_place(tmp_path: Path) -> None:
    """Without compression its buffers are those of the table: nothing is allocated."""
    write(ArrowFile(), tmp_path / "x", TABLE.schema, TABLE.to_batches())

    before = pa.total_allocated_bytes()
    with pa.memory_map(str(tmp_path / "x")) as mapped:
        back = pa.ipc.open_file(mapped).read_all()
        assert pa.total_allocated_bytes() - before < 1000
        assert back.num_rows == 1000
        del back


# --- S2: zero batches, zero rows -------------------------------------------


@each
@pytest.mark.parametrize("batches", [[], [pa.RecordBatch.from_pylist([], TABLE.schema)]])
def test_nothing_is_a_file_with_a_schema(tmp_path: Path, sink: Sink, batches: list[pa.RecordBatch]) -> None:
    write(sink, tmp_path / "x", TABLE.schema, batches)

    assert read(sink, tmp_path / "x").equals(TABLE.slice(0, 0))


# --- S3: an exception leaves no target behind ------------------------------


@each
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_nothing(tmp_path: Path, sink: Sink, error: type[BaseException]) -> None:
    def batches() -> Iterable[pa.RecordBatch]:
        yield from TABLE.to_batches(300)
        assert os.listdir(tmp_path)
        raise error

    with pytest.raises(error):
        write(sink, tmp_path / "x", TABLE.schema, batches(), batch_rows=100)

    assert os.listdir(tmp_path) == []


@each
def test_an_exception_leaves_an_existing_target_untouched(tmp_path: Path, sink: Sink) -> None:
    (tmp_path / "x").write_bytes(b"old")

    with pytest.raises(ZeroDivisionError):
        write(sink, tmp_path / "x", TABLE.schema, (b for b in [TABLE.to_batches()[0], 1 // 0]), if_exists="replace")

    assert (tmp_path / "x").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x"]


@each
def test_an_existing_target_is_an_error_unless_it_is_to_be_replaced(tmp_path: Path, sink: Sink) -> None:
    (tmp_path / "x").write_bytes(b"old")

    with pytest.raises(OptionError, match="exists already"):
        write(sink, tmp_path / "x", TABLE.schema, TABLE.to_batches())
    write(sink, tmp_path / "x", TABLE.schema, TABLE.to_batches(), if_exists="replace")

    assert read(sink, tmp_path / "x").equals(TABLE)


@each
def test_opening_creates_nothing(tmp_path: Path, sink: Sink) -> None:
    sink.open(tmp_path / "x", TABLE.schema, parse_options(sink.options, {}))

    assert os.listdir(tmp_path) == []


@each
def test_a_missing_folder_is_an_error_with_a_hint(tmp_path: Path, sink: Sink) -> None:
    with pytest.raises(OptionError, match="gone does not exist") as caught:
        write(sink, tmp_path / "gone" / "x", TABLE.schema, [])

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


@each
@pytest.mark.parametrize("room", [0, 1000, 20_000])
def test_a_disk_that_fills_up(sink: Sink, room: int) -> None:
    """Whether in the schema or in a batch: an error with a hint, through pyarrow's own code."""
    with pytest.raises(OptionError, match="is full") as caught:
        write(sink, Full(room), TABLE.schema, TABLE.to_batches(100), batch_rows=100)

    assert caught.value.help


@each
@pytest.mark.parametrize("room", [10, 20_000, 1_000_000])
def test_nothing_is_said_on_standard_error(capfd: pytest.CaptureFixture[str], sink: Sink, room: int) -> None:
    """pyarrow complains there of what goes wrong while a half-written file is dropped."""
    try:
        write(sink, Full(room), TABLE.schema, TABLE.to_batches(100), batch_rows=100)
    except OptionError:
        assert room < 1_000_000
    gc.collect()

    assert capfd.readouterr() == ("", "")


@each
def test_a_disk_that_fills_up_at_the_very_end(tmp_path: Path, sink: Sink) -> None:
    """In what closing writes, the last byte of which is as needed as the first."""
    whole = io.BytesIO()
    write(sink, whole, TABLE.schema, TABLE.to_batches())

    with pytest.raises(OptionError, match="is full"):
        write(sink, Full(len(whole.getvalue()) - 1), TABLE.schema, TABLE.to_batches())


@each
def test_a_batch_of_another_schema_is_our_fault(tmp_path: Path, sink: Sink) -> None:
    with pytest.raises(InternalError):
        write(sink, tmp_path / "x", TABLE.schema, TABLE.select(["id"]).to_batches())

    assert os.listdir(tmp_path) == []


# --- S4: batch boundaries are invisible ------------------------------------


@each
@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, sink: Sink, compression: str) -> None:
    found = set()
    for threads in (1, 2):
        for size in (7, 100, 999, 1000):
            target = tmp_path / f"{threads}-{size}"
            options = {"compression": compression, "threads": threads, "batch_rows": 300, "batch_bytes": 20_000}
            write(sink, target, TABLE.schema, TABLE.to_batches(size), **options)
            found.add(hashlib.sha256(target.read_bytes()).hexdigest())

    assert len(found) == 1


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(0, 1000), max_size=20).map(lambda cuts: [0, *sorted(cuts), 1000]))
def test_any_cut_gives_the_same_bytes(cuts: list[int]) -> None:
    whole, cut = io.BytesIO(), io.BytesIO()

    write(ArrowFile(), whole, TABLE.schema, TABLE.to_batches(), batch_rows=333)
    batches = [b for a, z in pairwise(cuts) for b in TABLE.slice(a, z - a).to_batches()]
    write(ArrowFile(), cut, TABLE.schema, batches, batch_rows=333)

    assert whole.getvalue() == cut.getvalue()


@each
def test_what_lies_beyond_a_buffers_end_is_not_written(sink: Sink) -> None:
    """A slice of a text column has its neighbours' letters behind it, and a kernel's buffer has slack."""
    secret = pa.record_batch([pa.array(["public", "SECRET"])], ["a"])
    out = io.BytesIO()

    write(sink, out, secret.schema, [secret.slice(0, 1)])

    assert b"public" in out.getvalue()
    assert b"SECRET" not in out.getvalue()


@each
def test_dictionaries_that_differ_between_batches(tmp_path: Path, sink: Sink) -> None:
    """A file may only add to a dictionary, a stream may replace it; the values are the same."""
    texts = ["a", "b", "c", "b", "d", None, "a"]
    batches = [pa.record_batch([pa.array(texts[i : i + 2]).dictionary_encode()], ["d"]) for i in range(0, 7, 2)]
    nested = [pa.record_batch([pa.ListArray.from_arrays([0, len(b)], b.column(0))], ["d"]) for b in batches]

    for name, given_ in (("flat", batches), ("nested", nested)):
        write(sink, tmp_path / name, given_[0].schema, given_, batch_rows=2 if name == "flat" else 1)

    assert read(sink, tmp_path / "flat").column("d").to_pylist() == texts
    assert [x for row in read(sink, tmp_path / "nested").column("d").to_pylist() for x in row] == texts


def test_a_dictionary_that_outgrows_its_indices_is_an_error_of_the_data(tmp_path: Path) -> None:
    kind = pa.dictionary(pa.int8(), pa.string())
    batches = [
        pa.record_batch([pa.array([f"{i}-{k}" for k in range(100)]).dictionary_encode().cast(kind)], ["d"])
        for i in (0, 1)
    ]

    with pytest.raises(DataError) as caught:
        write(ArrowFile(), tmp_path / "x", batches[0].schema, batches, batch_rows=100)

    assert caught.value.code in CODES
    assert os.listdir(tmp_path) == []


# --- targets and options ---------------------------------------------------


def test_a_stream_to_standard_output() -> None:
    """What ``-o -`` does, read by another process as it comes."""
    script = (
        "import pyarrow as pa\n"
        "from arrowsmith_arrow import ArrowStream\n"
        "from arrowsmith.interfaces import parse_options\n"
        "s = ArrowStream()\n"
        "b = pa.record_batch([[1, 2, 3]], ['a'])\n"
        "with s.open('-', b.schema, parse_options(s.options, {})) as w: w.write(b)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, env=environment)

    assert done.stderr == b""
    assert pa.ipc.open_stream(done.stdout).read_all().to_pydict() == {"a": [1, 2, 3]}


@each
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compression": "gzip"}, "not one of none, lz4, zstd"),
        ({"compression_level": 3}, "no levels"),
        ({"compression": "zstd", "compression_level": 99_999_999_999}, "refuses"),
        ({"batch_rows": 0}, "not between"),
        ({"batch_byte": 1}, "did you mean batch_bytes"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, sink: Sink, options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        sink.open(tmp_path / "x", TABLE.schema, parse_options(sink.options, options))

    assert os.listdir(tmp_path) == []


@each
def test_a_level(tmp_path: Path, sink: Sink) -> None:
    for level in (1, 19):
        write(
            sink, tmp_path / f"{level}", TABLE.schema, TABLE.to_batches(), compression="zstd", compression_level=level
        )

    assert (tmp_path / "19").stat().st_size < (tmp_path / "1").stat().st_size


DOCS = Path(__file__).parents[2] / "docs" / "parquet.md"


@pytest.mark.skipif(not DOCS.exists(), reason="the documentation is not beside the tests here")
def test_every_option_and_error_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    own = text[text.index("## Arrow IPC") :]

    assert [option.name for option in ArrowFile().options if f"| `{option.name}` |" not in own] == []
    assert [code for code, rule in CODES.items() if f"| {code} | {rule} |" not in own] == []


def test_the_plugin_offers_both_sinks() -> None:
    assert [sink.name for sink in arrowsmith_sinks()] == ["arrow", "arrows"]
    assert [sink.suffixes[0] for sink in arrowsmith_sinks()] == [".arrow", ".arrows"]


def test_importing_the_plugin_does_not_import_pyarrow() -> None:
    script = "import arrowsmith_arrow as p, sys; p.arrowsmith_sinks()[0].options; assert 'pyarrow' not in sys.modules"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    subprocess.run([sys.executable, "-S", "-c", script], check=True, env=environment)
