"""Data that are refused: gaps between records, how much a run bears, provenance, self-check, the report's form."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from payments import V, damaged, dictionary, emitters, rdw, record

import arrowsmith
from arrowsmith.batch import search_for
from arrowsmith.engine import units, windows
from arrowsmith.layout.framing import Blocked, Delimited, Prefixed

DOCS = Path(__file__).parents[2] / "docs"
VB = {"record_format": "VB", "is_rdw_big_endian": "true", "is_bdw_big_endian": "true"}

pytestmark = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")


def block(records: Iterable[bytes]) -> bytes:
    data = b"".join(map(rdw, records))
    return struct.pack(">HH", len(data), 0) + data


def numbers(data: Any, emitter: str = "auto", **more: Any) -> tuple[list[int], Any]:
    with arrowsmith.open(dictionary(), data, emitter=emitter, **more) as reader:
        table = reader.to_table()
    report = reader.report
    assert report.complete
    assert report.bytes_read == report.decoded + report.framing + report.filtered + report.ignored
    return table["ID"].to_pylist(), report


# --- gaps ---------------------------------------------------------------------------------------------------------------


@emitters
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("at", "wrong", "lost"),
    [
        (500, b"\x00\x00\x00\x00", {501}),  # no length
        (500, b"\xff\xff\x00\x00", {501}),  # beyond the file's end, or over records that are good
        (500, b"\x00\x0c\x01\x00", set()),  # what is not looked at is not missed
        (500, b"\x00\x0d\x00\x00", {501}),  # one byte too many: the next header is none
        (999, b"\x00\x0d\x00\x00", {1000}),  # the last record
        (0, b"\x00\x00\x00\x00", {1}),
    ],
)
def test_v_goes_on_at_the_next_boundary_that_is_proven(
    emitter: str, threads: int, at: int, wrong: bytes, lost: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One damaged header costs its record: the next boundary is the one that two headers prove."""
    monkeypatch.setattr(units, "UNIT", 5000)
    data = bytearray(b"".join(rdw(record(n)) for n in range(1, 1001)))
    data[at * 16 : at * 16 + 4] = wrong
    found, report = numbers(bytes(data), emitter, options=V, on_error="skip", threads=threads)

    assert found == [n for n in range(1, 1001) if n not in lost]
    assert (report.gaps, report.ignored) == ((1, 16) if lost else (0, 0))


@emitters
def test_a_boundary_is_sought_across_windows(emitter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gap that is longer than a window, and one whose proof is, are one gap each."""
    monkeypatch.setattr(windows, "WINDOW", 1 << 12)
    monkeypatch.setattr(windows.Windows.__init__, "__defaults__", _with_window(1 << 12))
    good = [rdw(record(n)) for n in range(1, 401)]
    data = b"".join(good[:200]) + bytes(10_000) + b"".join(good[200:])
    found, report = numbers(data, emitter, options=V, on_error="skip", max_errors=1)

    assert found == list(range(1, 401))
    assert (report.gaps, report.ignored) == (1, 10_000)


def _with_window(size: int) -> tuple[Any, ...]:
    defaults = windows.Windows.__init__.__defaults__ or ()
    return tuple(size if value == 512 << 10 else value for value in defaults)


@emitters
def test_vb_goes_on_at_the_next_block(emitter: str) -> None:
    """A damaged header of a block, or of a record in it, costs the block."""
    blocks = [block(record(n) for n in range(first, first + 10)) for first in range(1, 501, 10)]
    of_block, of_record = bytearray(blocks[7]), bytearray(blocks[20])
    of_block[0:4] = b"\x00\x07\x00\x00"
    of_record[4 + 3 * 16 : 4 + 3 * 16 + 2] = b"\x7f\xff"
    blocks[7], blocks[20] = bytes(of_block), bytes(of_record)
    found, report = numbers(b"".join(blocks), emitter, options=VB, on_error="skip")

    assert found == [n for n in range(1, 501) if not (71 <= n <= 80 or 201 <= n <= 210)]
    assert (report.gaps, report.ignored) == (2, len(blocks[7]) + len(blocks[20]))


def test_false_headers_in_a_gap_prove_nothing() -> None:
    """A lone header, two of them, and a chain that leads nowhere are no boundary."""
    false = rdw(b"AAAA") + b"\xff" * 9 + rdw(b"BB") + rdw(b"CC") + b"\xee" * 5 + struct.pack(">HH", 60000, 0)
    good = b"".join(rdw(record(n)) for n in range(1, 101))
    found, report = numbers(b"\xff" * 4 + false + good, options=V, on_error="skip", max_errors=1)

    assert found == list(range(1, 101))
    assert report.ignored == 4 + len(false)


@pytest.mark.parametrize("policy", ["raise", "null"])
def test_raise_and_null_stop_at_a_lost_boundary(policy: Any) -> None:
    """Framing trouble is no matter of a field's policy."""
    data = b"".join(rdw(record(n)) for n in range(9)) + b"\x00\x00\x00\x00"
    with pytest.raises(arrowsmith.DataError) as raised:
        arrowsmith.read(dictionary(), data, options=V, on_error=policy)

    assert raised.value.code == "R0102"
    assert raised.value.place.offset == 9 * 16


def test_what_proves_a_boundary() -> None:
    """Two headers behind one, or that they lead to the end; what lies beyond the bytes that are there is open."""
    search = search_for(Prefixed(width=2, header=4))
    assert search is not None
    chain = b"".join(rdw(b"x" * n) for n in (3, 5, 7))

    assert search(memoryview(b"\xff" * 3 + chain), 0, True) == (3, True)
    assert search(memoryview(b"\xff" * 3 + chain[: 7 + 9 + 4]), 0, False) == (3, True)
    assert search(memoryview(b"\xff" * 3 + chain[:16]), 0, False) == (3, False)
    assert search(memoryview(b"\xff" * 3 + chain[:16]), 0, True) == (3, True)
    assert search(memoryview(b"\xff" * 3 + chain[:7]), 0, True) == (10, False)
    weak = search_for(Prefixed(width=2))
    assert weak is not None
    assert weak(memoryview(b"\x00\x01x" * 12 + b"\xff"), 0, True) == (37, False)
    assert weak(memoryview(b"\x00\x01x" * 13 + b"\xff"), 0, True)[1]


def test_text_goes_on_behind_the_next_delimiter() -> None:
    """A record without a delimiter where one has to be is a gap up to the next."""
    search = search_for(Delimited(delimiters=(b"\r\n", b"\n"), most=4))
    assert search is not None
    assert search(memoryview(b"aaaaaaa\r\nbb\n"), 1, True) == (9, True)
    assert search(memoryview(b"aaaaaaa\r"), 1, False) == (7, False)
    assert search(memoryview(b"aaaaaaa\r"), 1, True) == (8, False)


def test_blocks_prove_a_boundary_only_where_records_fill_them() -> None:
    """A block's header alone is none."""
    framing = Prefixed(width=2, header=4)
    search = search_for(Blocked(block=framing, records=framing))
    assert search is not None
    whole = block([b"abc", b"de"])
    assert search(memoryview(b"\xff" + whole * 3), 0, True) == (1, True)
    hollow = struct.pack(">HH", 7, 0) + rdw(b"xx") + b"y"
    assert search(memoryview(hollow + whole * 3), 0, True) == (len(hollow), True)


# --- how much a run bears -----------------------------------------------------------------------------------------------


@emitters
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("policy", "bad", "bound", "stops"),
    [
        ("skip", 10, None, False),
        ("skip", 11, None, True),
        ("skip", 11, "11%", False),
        ("skip", 11, 11, False),
        ("skip", 11, "10", True),
        ("skip", 100, "100%", False),
        ("null", 80, None, False),
        ("null", 11, 10, True),
        ("null", 11, "10.9%", True),
        ("null", 11, "11%", False),
    ],
)
@pytest.mark.filterwarnings("ignore:.*W0003")  # most records are faulty in some
def test_how_many_faulty_records_a_run_bears(
    emitter: str, threads: int, policy: Any, bad: int, bound: Any, stops: bool
) -> None:
    """10 % under skip, any number under null, what is said otherwise."""
    data = b"".join(record(n, bad=n >= 100 - bad) for n in range(100))
    with arrowsmith.open(
        dictionary(), data, on_error=policy, max_errors=bound, emitter=emitter, threads=threads
    ) as reader:
        if stops:
            with pytest.raises(arrowsmith.DataError) as raised:
                reader.to_table()
            assert raised.value.code == "R0206"
            assert "PAID" in str(raised.value)
        else:
            assert reader.to_table().num_rows == (100 if policy == "null" else 100 - bad)
            assert reader.report.faulty == bad


def test_too_many_errors_leave_neither_output_nor_quarantine(tmp_path: Path) -> None:
    """Status 1 is nothing written."""
    data = b"".join(record(n, bad=n % 2 == 0) for n in range(100))
    with pytest.raises(arrowsmith.DataError):
        arrowsmith.convert(dictionary(), data, tmp_path / "o.parquet", quarantine=tmp_path / "q.arrow")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", ["x", "-1", "101%", "1.5", "", "%", True])
def test_a_bound_that_is_none_is_an_option_error(wrong: Any) -> None:
    """Neither N nor P%."""
    with pytest.raises(arrowsmith.OptionError) as raised:
        arrowsmith.open(dictionary(), b"", max_errors=wrong)

    assert raised.value.code == "O0406"


# --- provenance, self-check ---------------------------------------------------------------------------------------------


@emitters
def test_provenance_is_what_errors_say(emitter: str) -> None:
    """Columns behind the others, also where only some columns are asked for; record and offset as an error has them."""
    data = rdw(record(1)) + rdw(record(2))
    table = arrowsmith.read(
        dictionary(),
        data,
        options=V,
        columns=["id"],
        provenance=["offset", "file", "record", "length"],
        emitter=emitter,
    )

    assert table.column_names == ["ID", "_offset", "_file", "_record", "_length"]
    assert table.to_pylist()[1] == {"ID": 2, "_offset": 20, "_file": "<bytes>", "_record": 2, "_length": 12}
    with pytest.raises(arrowsmith.OptionError):
        arrowsmith.open(dictionary(), data, provenance=["line"])


@emitters
@pytest.mark.parametrize("policy", ["null", "skip"])
def test_self_check_of_good_executors_finds_nothing(emitter: str, policy: Any) -> None:
    """The oracle makes the same values; as many records are checked as were asked for."""
    data = b"".join(record(n, bad=n % 13 == 0) for n in range(1, 1001))
    for rate in (1.0, 0.25):
        with arrowsmith.open(
            dictionary(), data, self_check=rate, emitter=emitter, on_error=policy, provenance=["record"]
        ) as reader:
            rows = reader.to_table().num_rows
        assert abs(reader.report.checked - rate * rows) <= 0.1 * rate * rows


def test_self_check_says_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that is wrong in one record of a thousand is found, and the message has record, column, values and bytes."""
    from arrowsmith.engine.kernels import Kernels

    class Wrong:
        def __init__(self, kernel: Any) -> None:
            self.kernel, self.close = kernel, kernel.close

        def run(self, source: Any, output: Any, frame: int, count: int) -> Any:
            status = self.kernel.run(source, output, frame, count)
            values = output.columns[0].values.view
            values[40] ^= 1
            return status

    made = Kernels._made
    monkeypatch.setattr(Kernels, "_made", lambda self, program: Wrong(made(self, program)))
    data = b"".join(record(n) for n in range(1000))
    with pytest.raises(arrowsmith.InternalError) as raised:
        arrowsmith.read(dictionary(), data, self_check=1.0, emitter="vm", threads=1)

    assert raised.value.code == "I0008"
    assert "record" in str(raised.value)
    assert "ID is" in str(raised.value)
    with pytest.raises(arrowsmith.OptionError):
        arrowsmith.open(dictionary(), data, self_check=2.0)


# --- the report ---------------------------------------------------------------------------------------------------------


def test_the_report_has_its_published_form(tmp_path: Path) -> None:
    """Every report fits docs/report.schema.json, and a key more or less does not."""
    jsonschema = pytest.importorskip("jsonschema")  # of the extra `test`
    schema = json.loads((DOCS / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    (tmp_path / "a.dat").write_bytes(damaged())
    (tmp_path / "b.dat").write_bytes(rdw(record(1)))
    for more in ({"on_error": "skip"}, {"on_error": "skip", "limit": 5}, {"quarantine": tmp_path / "q.arrow"}):
        target = tmp_path / "o.parquet"
        files = [tmp_path / "a.dat", tmp_path / "b.dat"]
        report = arrowsmith.convert(dictionary(), files, target, options=V, if_exists="replace", **more)
        form = json.loads(json.dumps(report.json()))
        jsonschema.validate(form, schema)
        assert {"parse", "lower", "emit", "load", "read", "frame", "decode", "write"} <= set(form["seconds"])
        assert form["bytes_read"] == form["decoded"] + form["framing"] + form["filtered"] + form["ignored"]
        for kind in ("framing", "filtered", "ignored"):
            assert form[kind] == sum(one["bytes"] for one in form["reasons"] if one["kind"] == kind)
        for file in form["files"]:
            assert file["bytes"] == file["decoded"] + file["framing"] + file["filtered"] + file["ignored"]
        assert sum(file["bytes"] for file in form["files"]) == form["bytes_read"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**form, "more": 1}, schema)
