"""Every option about records and files, together with every record format: the rows are those that a plain model of the file has."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import arrowsmith
from arrowsmith.diagnostics import Source

COPYBOOK = Source(
    "r.cpy",
    """
       01  R.
           05  KIND   PIC X.
           05  N      PIC 9(2).
           05  T      PIC X(3).
""",
)
SIZE = 6

Frame = Callable[[Sequence[bytes]], bytes]


def headed(order: Any, *, first: bool = True, added: int = 0) -> Frame:
    """Records behind four bytes: a length, *added* to it, in the *first* half or the second."""

    def frame(records: Sequence[bytes]) -> bytes:
        return b"".join(word(len(r) + added, order, first=first) + r for r in records)

    return frame


def word(length: int, order: Any, *, first: bool = True) -> bytes:
    number = length.to_bytes(2, order)
    return number + b"\0\0" if first else b"\0\0" + number


def blocked(inner: Frame, order: Any = "big", *, first: bool = True, added: int = 0) -> Frame:
    """Blocks of two records each behind a header."""

    def frame(records: Sequence[bytes]) -> bytes:
        blocks = [inner(records[at : at + 2]) for at in range(0, len(records), 2)]
        return b"".join(word(len(b) + added, order, first=first) + b for b in blocks)

    return frame


def spanned(records: Sequence[bytes]) -> bytes:
    """Each record in two segments as z/OS writes them; one too short for that is whole."""
    out = b""
    for record in records:
        parts = [(1, record[:2]), (2, record[2:])] if len(record) > 2 else [(0, record)]
        out += b"".join((len(p) + 4).to_bytes(2, "big") + bytes((code, 0)) + p for code, p in parts)
    return out


def lines(end: bytes) -> Frame:
    return lambda records: b"".join(r + end for r in records)


def bare(records: Sequence[bytes]) -> bytes:
    return b"".join(records)


@dataclass(frozen=True)
class Format:
    """A record format: its options, how it delimits, whether records may have lengths of their own, and the codec of its text."""

    options: dict[str, str]
    frame: Frame
    loose: bool = True
    codec: str = "cp037"
    lines: bool = False


ASCII = {"encoding": "ascii"}
FORMATS: dict[str, Format] = {
    "F": Format({"record_format": "F"}, bare, loose=False),
    "F-ascii": Format({"record_format": "F"} | ASCII, bare, loose=False, codec="ascii"),
    "FB": Format({"record_format": "FB", "is_bdw_big_endian": "true"}, blocked(bare), loose=False),
    "FB-length": Format({"record_format": "FB", "records_per_block": "2"}, bare, loose=False),
    "V": Format({"record_format": "V"}, headed("little", first=False)),
    "V-big": Format({"record_format": "V", "is_rdw_big_endian": "true"}, headed("big")),
    "V-counted": Format(
        {"record_format": "V", "is_rdw_big_endian": "true", "is_rdw_part_of_record_length": "true"}, headed("big", added=4)
    ),
    "V-adjusted": Format(
        {"record_format": "V", "is_rdw_big_endian": "true", "rdw_adjustment": "-7"}, headed("big", added=7)
    ),
    "xcom": Format({"is_xcom": "true", "encoding": "ascii"}, headed("little", first=False), codec="ascii"),
    "sequence": Format({"is_record_sequence": "true"}, headed("little", first=False)),
    "VB": Format(
        {"record_format": "VB", "is_rdw_big_endian": "true", "is_bdw_big_endian": "true"}, blocked(headed("big"))
    ),
    "VB-little": Format({"record_format": "VB"}, blocked(headed("little", first=False), "little", first=False)),
    "VB-counted": Format(
        {"record_format": "VB", "is_rdw_big_endian": "true", "is_bdw_big_endian": "true", "bdw_adjustment": "-4"}
        | {"is_rdw_part_of_record_length": "true"},
        blocked(headed("big", added=4), added=4),
    ),
    "VS": Format({"record_format": "VS"}, spanned),
    "VBS": Format({"record_format": "VBS"}, blocked(spanned, added=4)),
    "D": Format({"record_format": "D"}, lines(b"\r\n"), codec="ascii", lines=True),
    "D2": Format({"record_format": "D2"}, lines(b"\n"), codec="ascii", lines=True),
    "T": Format({"record_format": "T"}, lines(b"\r"), codec="ascii", lines=True),
    "text": Format({"is_text": "true"}, lines(b"\n"), codec="ascii", lines=True),
    "D-ebcdic": Format({"record_format": "D", "encoding": "ebcdic"}, lines(b"\x15"), lines=True),
    "length": Format({"record_length_field": "N"}, bare),
    "length-formula": Format({"record_length_field": "N * 2 - @N"}, bare),
    "length-map": Format({"record_length_field": "KIND", "record_length_map": '{"S":3,"_":6}'}, bare),
}  # fmt: skip


@dataclass(frozen=True)
class Option:
    """Options of the file, what they do to its records and bytes, and to the rows of the model."""

    options: dict[str, str] = field(default_factory=dict)
    around: tuple[int, int] = (0, 0)
    outside: tuple[int, int] = (0, 0)
    keeps: Callable[[bytes], bool] = lambda record: True
    #: record number, bytes of the record → what the row has beside the fields
    beside: Callable[[int, bytes], dict[str, Any]] = lambda number, record: {}


CHANGES: dict[str, Option] = {
    "plain": Option(),
    "ids": Option(
        {"generate_record_id": "true"},
        beside=lambda n, r: {"File_Id": 0, "Record_Id": n, "Record_Byte_Length": len(r)},
    ),
    "bytes": Option({"generate_record_bytes": "true"}, beside=lambda n, r: {"Record_Bytes": r}),
    "both": Option(
        {"generate_record_id": "true", "generate_record_bytes": "true"},
        beside=lambda n, r: {"File_Id": 0, "Record_Id": n, "Record_Byte_Length": len(r), "Record_Bytes": r},
    ),
    "name": Option({"with_input_file_name_col": "F"}, beside=lambda n, r: {"F": ""}),
    "offsets": Option({"record_start_offset": "2", "record_end_offset": "1"}, around=(2, 1)),
    "file": Option({"file_start_offset": "5", "file_end_offset": "3"}, outside=(5, 3)),
    "file-ids": Option(
        {"file_start_offset": "5", "file_end_offset": "3", "generate_record_id": "true", "generate_record_bytes": "true"},
        outside=(5, 3),
        beside=lambda n, r: {"File_Id": 0, "Record_Id": n, "Record_Byte_Length": len(r), "Record_Bytes": r},
    ),
    "everything": Option(
        {"file_start_offset": "1", "record_start_offset": "1", "generate_record_id": "true", "generate_record_bytes": "true"},
        outside=(1, 0),
        around=(1, 0),
        beside=lambda n, r: {"File_Id": 0, "Record_Id": n, "Record_Byte_Length": len(r), "Record_Bytes": r},
    ),
    "shortest": Option({"minimum_record_length": "4"}, keeps=lambda r: len(r) >= 4),
    "longest": Option({"maximum_record_length": "5"}, keeps=lambda r: len(r) <= 5),
    "filter": Option({"segment_field": "KIND", "segment_filter": "B,S"}, keeps=lambda r: r[:1] in (b"B", b"S", b"\xc2", b"\xe2")),
    "levels": Option(
        {"segment_field": "KIND", "segment_id_level0": "A", "segment_id_prefix": "P"},
        beside=lambda n, r: {"Seg_Id0": "P_0_0"},
    ),
    "ignored": Option(
        {"enable_indexes": "false", "input_split_records": "2", "pedantic": "true"}
        | {"improve_locality": "false", "optimize_allocation": "true"}
    ),
    "debug": Option({"debug": "raw"}, beside=lambda n, r: {"KIND_debug": r[:1], "N_debug": r[1:3], "T_debug": r[3:] or None}),
    "corrupt": Option({"generate_corrupt_fields": "true"}, beside=lambda n, r: {"_corrupt_fields": []}),
}  # fmt: skip

RECORDS = [("A", "06", "abc"), ("B", "06", "d"), ("B", "06", "efg"), ("S", "03", ""), ("B", "06", "hij")]


def model(form: Format, change: Option) -> tuple[bytes, list[dict[str, Any]]]:
    """The file, and its rows."""
    records, rows = [], []
    before, behind = (b"\x7f" * n for n in change.around)
    for number, (kind, digits, text) in enumerate(RECORDS):
        if kind == "S" and not form.loose and not form.lines:
            continue
        short = kind == "S"
        plain = (kind + digits + (text if short else text.ljust(3))).encode(form.codec)
        record = before + plain + behind
        records.append(record)
        number = len(records) - 1
        if change.keeps(record):
            row = {"KIND": kind, "N": int(digits), "T": None if short else text}
            rows.append(row | change.beside(number, record))
    start, end = (b"\x7e" * n for n in change.outside)
    return start + form.frame(records) + end, rows


class Dribble(io.RawIOBase):
    """A stream that gives one byte a read."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, view: Any) -> int:
        return self.data.readinto(memoryview(view)[:1])


def read(data: Any, options: dict[str, str], emitter: str) -> list[dict[str, Any]]:
    table = arrowsmith.read(COPYBOOK, data, format="copybook", options=options, emitter=emitter)
    found: list[dict[str, Any]] = table.to_pylist()
    return found


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.filterwarnings("ignore:.*W0002")  # of records of one length, a bound on it leaves out all
def test_options_with_formats(form: str, change: str, tmp_path: Path) -> None:
    data, rows = model(FORMATS[form], CHANGES[change])
    file = tmp_path / "data.bin"
    file.write_bytes(data)
    options = FORMATS[form].options | CHANGES[change].options

    assert read(file, options, "auto") == [row | ({"F": str(file)} if "F" in row else {}) for row in rows]
    dribbled = read(Dribble(data), options, "vm")
    assert dribbled == [row | ({"F": dribbled[0]["F"]} if "F" in row else {}) for row in rows]
