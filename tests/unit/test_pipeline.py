"""The public face end to end, on small dictionaries of our own."""

from __future__ import annotations

import io
import json
import threading
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import arrowsmith
from arrowsmith.batch import room
from arrowsmith.batch.room import LOG_ENTRIES
from arrowsmith.engine import units, windows

EXAMPLES = Path(__file__).parents[2] / "examples"
COPYBOOK = """\
       01  R.
           05  ID     PIC 9(4) COMP.
           05  NAME   PIC X(6).
           05  PAID   PIC S9(5)V99 COMP-3.
"""
RECORD = 12


def record(number: int, name: str = "ABC", paid: str = "0012345c") -> bytes:
    return number.to_bytes(2, "big") + name.encode("cp037").ljust(6, b"\x40") + bytes.fromhex(paid)


def dictionary(text: str = COPYBOOK) -> Any:
    return arrowsmith.text(text, name="r.cpy")


def test_a_reader_gives_batches_of_its_schema() -> None:
    """Iterating gives record batches whose schema is the reader's."""
    data = b"".join(record(n) for n in range(100))
    with arrowsmith.open(dictionary(), data) as reader:
        batches = list(reader)

    assert sum(b.num_rows for b in batches) == 100
    assert all(b.schema.equals(reader.schema, check_metadata=True) for b in batches)
    assert batches[0].to_pylist()[1]["PAID"] == Decimal("123.45")


def test_a_reader_over_bytes_can_be_scanned_again() -> None:
    """Each iteration is a new scan, and the report is of the last one."""
    with arrowsmith.open(dictionary(), record(1) * 3) as reader:
        first, second = reader.to_table(), reader.to_table()

    assert first.equals(second)
    assert reader.report.complete
    assert reader.report.rows == 3


def test_a_file_object_is_scanned_once() -> None:
    """What cannot be opened again is an OptionError the second time."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with arrowsmith.open(dictionary(), Pipe(record(1))) as reader:
        assert reader.to_table().num_rows == 1
        with pytest.raises(arrowsmith.OptionError, match="second time"):
            iter(reader)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_change_nothing(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same batches in the same order, whatever the threads."""
    monkeypatch.setattr(units, "UNIT", 1000)
    monkeypatch.setattr(windows, "WINDOW", 240)
    data = b"".join(record(n, f"N{n}") for n in range(1000))
    with arrowsmith.open(dictionary(), data, threads=threads, emitter="vm") as reader:
        batches = list(reader)

    assert [b["ID"][0].as_py() for b in batches] == [
        b["ID"][0].as_py() for b in sorted(batches, key=lambda b: b["ID"][0].as_py())
    ]
    assert pa.Table.from_batches(batches)["ID"].to_pylist() == list(range(1000))
    with arrowsmith.open(dictionary(), data, threads=1, emitter="vm") as reader:
        alone = list(reader)
    assert [b.num_rows for b in batches] == [b.num_rows for b in alone]


@pytest.mark.parametrize("emitter", ["auto", "vm"])
def test_refused_fields_end_no_batch(emitter: str) -> None:
    """The log of what was refused is emptied where it is full, and the rows go on in the batch; each is counted once."""
    text = "       01 R.\n         05 A PIC 9 COMP-3.\n         05 B PIC 9 COMP-3.\n         05 C PIC 9 COMP-3.\n"
    data = bytes.fromhex("ff1f2f 1fff2f 1f2fff") * 10_000
    with arrowsmith.open(dictionary(text), data, threads=1, emitter=emitter, on_error="null") as reader:
        (batch,) = reader

    assert reader.report.records == batch.num_rows == 30_000 > LOG_ENTRIES
    assert [column.null_count for column in batch.columns] == [10_000] * 3
    assert [(count.path, count.count) for count in reader.report.fields] == [(name, 10_000) for name in "ABC"]


def test_a_text_cut_short_takes_the_room_that_it_has() -> None:
    """Of a segment whose bytes may be missing the batch is as large as of one whose are there."""
    copybook = "       01 R.\n         05 A PIC X(3).\n         05 B PIC X(7).\n"
    whole, cut = (
        arrowsmith.compile(arrowsmith.text(copybook, name="r.cpy"), options={"record_format": form}).plan.tables[0][1]
        for form in ("F", "V")
    )

    assert room(cut) == room(whole)


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_comes_behind_the_units_before_it(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With threads too, the first failing record is the one that is named."""
    monkeypatch.setattr(units, "UNIT", 1000)
    monkeypatch.setattr(windows, "WINDOW", 240)
    data = b"".join(record(n, paid="0012345c" if n not in (700, 900) else "ff12345c") for n in range(1000))
    with arrowsmith.open(dictionary(), data, threads=threads) as reader, pytest.raises(arrowsmith.DataError) as raised:
        list(reader)

    assert raised.value.place.record == 701
    assert raised.value.place.offset == 700 * RECORD + 8
    assert raised.value.place.path == "PAID"
    assert reader.error is raised.value
    assert not reader.report.complete


def test_no_thread_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A consumer that stops early leaves no worker running."""
    monkeypatch.setattr(units, "UNIT", 1000)
    before = threading.active_count()
    with arrowsmith.open(dictionary(), record(1) * 5000, threads=4) as reader:
        stream = iter(reader)
        next(stream)
        stream.close()  # type: ignore[attr-defined]  # a generator

    assert threading.active_count() == before


def test_report_identity_holds_under_every_policy() -> None:
    """Bytes read are decoded, framing, ignored or filtered: nothing is lost without being counted."""
    data = record(1) + record(2, paid="ff12345c") + record(3) + b"\x00\x01"
    with arrowsmith.open(dictionary(), data, on_error="skip", max_errors=2) as reader:
        table = reader.to_table()
    report = reader.report

    assert table["ID"].to_pylist() == [1, 3]
    assert report.bytes_read == len(data) == report.decoded + report.ignored
    assert (report.skipped, report.ignored) == (1, RECORD + 2)
    assert not report.flawless
    json.dumps(report.json())


def test_null_counts_the_fields_that_it_nulled() -> None:
    """Under `null` the record stays, the field is null, and the report names it."""
    data = record(1) + record(2, paid="ff12345c") * 2
    with arrowsmith.open(dictionary(), data, on_error="null") as reader:
        table = reader.to_table()

    assert table["PAID"].null_count == 2
    assert [(f.path, f.reason, f.count) for f in reader.report.fields] == [("PAID", "invalid", 2)]


def test_columns_are_projected() -> None:
    """Columns not asked for are neither in the schema nor decoded: what they hold cannot fail."""
    data = record(1, paid="ff12345c")
    table = arrowsmith.read(dictionary(), data, columns=["id"])

    assert table.to_pylist() == [{"ID": 1}]


def test_an_unknown_column_is_an_error_with_the_nearest() -> None:
    with pytest.raises(arrowsmith.OptionError, match="NAME"):
        arrowsmith.read(dictionary(), b"", columns=["NAMME"])


def test_an_empty_file_gives_no_rows_and_a_warning() -> None:
    """No rows, the full schema, one warning."""
    with pytest.warns(arrowsmith.ArrowsmithWarning, match="no records"):
        table = arrowsmith.read(dictionary(), b"")

    assert table.num_rows == 0
    assert table.schema.names == ["ID", "NAME", "PAID"]


def test_a_mistyped_path_is_no_such_file() -> None:
    """A str is a path, so a mistyped one is not a syntax error."""
    with pytest.raises(arrowsmith.OptionError, match="no such file"):
        arrowsmith.open("nothing.cpy", b"")


def test_convert_writes_what_read_gives(tmp_path: Path) -> None:
    """The target holds the same rows, and the schema's metadata say where they came from."""
    data = b"".join(record(n) for n in range(50))
    report = arrowsmith.convert(dictionary(), data, tmp_path / "out.parquet")

    assert report.rows == 50
    written = pq.read_table(tmp_path / "out.parquet")
    assert written.to_pylist() == arrowsmith.read(dictionary(), data).to_pylist()
    assert b"arrowsmith.dictionary.sha256" in written.schema.metadata


def test_a_failed_conversion_leaves_nothing(tmp_path: Path) -> None:
    """Nothing remains of a conversion that failed, and an existing target is untouched."""
    target = tmp_path / "out.parquet"
    with pytest.raises(arrowsmith.DataError):
        arrowsmith.convert(dictionary(), record(1) + record(2, paid="ff12345c"), target)
    assert list(tmp_path.iterdir()) == []

    arrowsmith.convert(dictionary(), record(7), target)
    with pytest.raises(arrowsmith.DataError):
        arrowsmith.convert(dictionary(), record(2, paid="ff12345c"), target, if_exists="replace")
    assert pq.read_table(target)["ID"].to_pylist() == [7]


def test_limit_ends_a_conversion(tmp_path: Path) -> None:
    report = arrowsmith.convert(dictionary(), record(1) * 100, tmp_path / "out.parquet", limit=10)

    assert pq.read_table(tmp_path / "out.parquet").num_rows == 10
    assert report.rows >= 10


def test_polars_and_duckdb_take_a_reader() -> None:
    """A reader is an Arrow C stream: other engines take it as it is."""
    polars = pytest.importorskip("polars")
    duckdb = pytest.importorskip("duckdb")
    data = b"".join(record(n) for n in range(10))
    with arrowsmith.open(dictionary(), data) as reader:
        assert polars.DataFrame(reader)["ID"].sum() == 45
        assert duckdb.sql("select sum(ID) from reader").fetchall() == [(45,)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"on_error": "ignore"}, "on_error"),
        ({"threads": 0}, "threads"),
        ({"emitter": "llvm"}, "no emitter"),
        ({"format": "copybok"}, "copybook"),
        ({"options": {"ebcdic_code_pag": "cp037"}}, "ebcdic_code_page"),
        ({"table": "X"}, "there is no table X"),
    ],
)
def test_what_cannot_be_asked_is_an_option_error(wrong: dict[str, Any], said: str) -> None:
    """Each wrong argument is an OptionError that names it, or the nearest right one."""
    with pytest.raises(arrowsmith.OptionError, match=said):
        arrowsmith.read(dictionary(), record(1), **wrong)


def test_the_example_converts(tmp_path: Path) -> None:
    """The bundled example, as the README has it: twelve thousand policies, accents and all."""
    options = {"ebcdic_code_page": "cp1140"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = arrowsmith.convert(
            EXAMPLES / "policies.cpy", EXAMPLES / "policies.dat", tmp_path / "p.parquet", options=options
        )
    table = pq.read_table(tmp_path / "p.parquet")

    assert report.rows == table.num_rows == 12_000
    assert "Hernández" in table["HOLDER"].combine_chunks().field("SURNAME").to_pylist()
    assert not report.invalid


def test_a_limit_reads_no_further() -> None:
    """What lies behind the limit is not decoded, so it cannot fail."""
    data = record(1) * 10 + record(2, paid="ff12345c")
    table = arrowsmith.read(dictionary(), data, limit=10)

    assert table.num_rows == 10


@pytest.mark.parametrize("limit", [0, 1, 9, 10, 11])
def test_a_limit_counts_rows_of_all_sources(limit: int) -> None:
    table = arrowsmith.read(dictionary(), [record(1) * 5, record(2) * 5], limit=limit)

    assert table.num_rows == min(limit, 10)


def test_a_folder_is_a_parquet_dataset(tmp_path: Path) -> None:
    """A target that ends in / is a dataset: parts, then `_SUCCESS`."""
    arrowsmith.convert(dictionary(), record(5), f"{tmp_path}/out/")

    assert (tmp_path / "out" / "_SUCCESS").exists()
    assert pq.read_table([*(tmp_path / "out").glob("*.parquet")])["ID"].to_pylist() == [5]


def test_a_file_object_takes_an_arrow_stream() -> None:
    """Without a name there is no suffix: an Arrow IPC stream is written."""
    into = io.BytesIO()
    arrowsmith.convert(dictionary(), record(5), into)

    assert pa.ipc.open_stream(into.getvalue()).read_all()["ID"].to_pylist() == [5]
