"""Records and gaps that are put aside, and converted when the cause is mended."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from payments import COPYBOOK, MENDED, RECORD, V, damaged, dictionary, emitters, rdw, record

import arrowsmith

pytestmark = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")


@emitters
@pytest.mark.parametrize("suffix", ["arrow", "arrows", "parquet"])
def test_quarantine_and_back(emitter: str, suffix: str, tmp_path: Path) -> None:
    """What is put aside is all that is missing, and is converted again once the dictionary is mended."""
    source, aside = tmp_path / "v.dat", tmp_path / f"q.{suffix}"
    source.write_bytes(damaged())
    columns = ["file", "record", "offset", "length"]
    more: dict[str, Any] = {"options": V, "emitter": emitter, "provenance": columns}
    with arrowsmith.open(dictionary(), source, quarantine=aside, threads=2, **more) as reader:
        good = reader.to_table()
    again = arrowsmith.read(
        dictionary(MENDED), arrowsmith.quarantined(aside), on_error="skip", max_errors="100%", **more
    )
    whole = arrowsmith.read(dictionary(MENDED), source, on_error="skip", **more)

    assert (good.num_rows, reader.report.skipped, reader.report.gaps) == (949, 50, 1)
    assert sorted(good["_record"].to_pylist() + again["_record"].to_pylist()) == list(range(1, 1000))
    kept = [row for row in whole.to_pylist() if row["ID"] % 20 == 7]
    assert again.to_pylist() == kept
    assert again["_file"].to_pylist() == [str(source)] * 50


@emitters
def test_what_a_quarantine_holds(emitter: str, tmp_path: Path) -> None:
    """File, record, offset, length, field, code, message and bytes: of the record, or of the gap."""
    aside = tmp_path / "q.arrow"
    data = rdw(record(1)) + rdw(record(2, bad=True)) + b"\xff\xff\xff" + b"".join(rdw(record(n)) for n in range(3, 20))
    arrowsmith.read(dictionary(), data, quarantine=aside, options=V, emitter=emitter, max_errors="100%")
    rows = pa.ipc.open_file(aside).read_all().to_pylist()

    assert rows == [
        {
            "file": "<bytes>",
            "record": 2,
            "offset": 20,
            "length": 12,
            "field": "PAID",
            "code": "R0201",
            "message": "0xFF holds a packed-decimal digit above 9 (PIC S9(5)V99 COMP-3)",
            "bytes": record(2, bad=True),
        },
        {
            "file": "<bytes>",
            "record": 3,
            "offset": 32,
            "length": 3,
            "field": "",
            "code": rows[1]["code"],
            "message": rows[1]["message"],
            "bytes": b"\xff\xff\xff",
        },
    ]
    assert rows[1]["code"] in ("R0101", "R0102")


def test_the_bytes_of_a_gap_are_framed_again(tmp_path: Path) -> None:
    """Where the framing was told wrongly, all of the file is a gap; with the right options it is all records."""
    aside = tmp_path / "q.arrow"
    data = b"".join(rdw(record(n)) for n in range(1, 101))
    wrong = {"record_format": "V", "is_rdw_big_endian": "false"}
    with pytest.warns(arrowsmith.ArrowsmithWarning, match="no records"):
        arrowsmith.read(dictionary(), data, quarantine=aside, options=wrong, max_errors="100%")
    columns = ["file", "record", "offset"]
    again = arrowsmith.read(dictionary(), arrowsmith.quarantined(aside), options=V, provenance=columns)

    assert again["ID"].to_pylist() == list(range(1, 101))
    assert again["_offset"].to_pylist() == [4 + 16 * n for n in range(100)]
    assert again["_record"].to_pylist() == list(range(1, 101))


def test_a_quarantine_of_a_good_run_is_empty_and_an_old_one_stays(tmp_path: Path) -> None:
    """It is there, with its columns; what was there before is not replaced unasked."""
    aside = tmp_path / "q.arrow"
    arrowsmith.read(dictionary(), record(1), quarantine=aside)
    table = pa.ipc.open_file(aside).read_all()
    with pytest.raises(arrowsmith.OptionError, match="exists already"):
        arrowsmith.read(dictionary(), record(1), quarantine=aside)

    assert (table.num_rows, table.column_names[0], table.column_names[-1]) == (0, "file", "bytes")
    with pytest.warns(arrowsmith.ArrowsmithWarning, match="no records"):
        assert arrowsmith.read(dictionary(), arrowsmith.quarantined(aside), on_error="skip").num_rows == 0


def test_what_is_no_quarantine_is_said(tmp_path: Path) -> None:
    """Another Arrow file, no Arrow file, no file."""
    other, none = tmp_path / "o.arrow", tmp_path / "x.arrow"
    with pa.OSFile(str(other), "wb") as file, pa.ipc.new_file(file, pa.schema([("a", pa.int8())])):
        pass
    none.write_bytes(b"0123456789")
    for path in (other, none, tmp_path / "missing"):
        with pytest.raises(arrowsmith.OptionError) as raised:
            arrowsmith.quarantined(path)
        assert raised.value.code == "O0407"
    none.write_bytes(b"ARROW1\0\0" + bytes(100))
    with pytest.raises(arrowsmith.DataError) as broken:
        arrowsmith.quarantined(none)
    assert broken.value.code == "R0306"


def test_fixed_records_that_have_another_length_now_are_said(tmp_path: Path) -> None:
    """A record of the wrong size is no record of the mended dictionary: an error, or put aside again."""
    aside = tmp_path / "q.arrow"
    data = b"".join(record(n, bad=n == 5) for n in range(1, 30))
    arrowsmith.read(dictionary(), data, quarantine=aside)
    longer = dictionary(COPYBOOK.replace("X(6)", "X(7)"))
    with pytest.raises(arrowsmith.DataError) as raised:
        arrowsmith.read(longer, arrowsmith.quarantined(aside))

    assert raised.value.code == "R0105"
    assert (raised.value.place.record, raised.value.place.offset) == (5, 48)
    reader = arrowsmith.open(longer, arrowsmith.quarantined(aside), on_error="skip", max_errors=1)
    with reader, pytest.warns(arrowsmith.ArrowsmithWarning, match="no records"):
        assert reader.to_table().num_rows == 0
    assert reader.report.ignored == RECORD


def test_policy_and_path_go_together() -> None:
    """A path asks for the policy; the policy asks for a path."""
    for wrong in ({"on_error": "quarantine"}, {"on_error": "null", "quarantine": "q.arrow"}):
        with pytest.raises(arrowsmith.OptionError, match="quarantine"):
            arrowsmith.open(dictionary(), b"", **wrong)
