"""Spanned records: segments over blocks become the records that they were cut from; what does not follow is an error with its place."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from spanned_records import BOOK, OPTIONS, A, block, blocks, records, segment, segments, stored

import arrowsmith
from arrowsmith.engine import units, windows
from arrowsmith.errors import DataError


class OneByte(io.RawIOBase):
    """Gives one byte a read."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, view: Any) -> int:
        got = self.data.read(1)
        view[: len(got)] = got
        return len(got)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("form", ["VS", "VBS"])
@pytest.mark.parametrize("emitter", ["vm", "x86-64"])
@pytest.mark.parametrize("slow", [False, True])
def test_records_are_put_together(seed: int, form: str, emitter: str, slow: bool) -> None:
    """As they were before they were cut, in order; the report's bytes add up to the file's."""
    found = records(seed)
    data = b"".join(blocks(seed, found) if form == "VBS" else segments(seed, found))
    source: Any = OneByte(data) if slow else data
    options = {**OPTIONS, "record_format": form, "generate_record_id": "true"}

    with arrowsmith.open(
        BOOK, source, format="copybook", options=options, emitter=emitter, threads=1 + seed % 2
    ) as reader:
        rows = reader.to_table().to_pylist()

    assert [(r["ID"], r["N"], "".join(r["T"]).encode()) for r in rows] == found
    assert [(r["Record_Id"], r["Record_Byte_Length"]) for r in rows] == [
        (n, len(stored(record))) for n, record in enumerate(found)
    ]
    assert reader.report.bytes_read == len(data)


def test_segments_of_a_kind_are_told_apart_after_they_are_put_together() -> None:
    """The id may stand in one segment, and the rest of the record in the next."""
    found = records(1)
    options = {**OPTIONS, "record_format": "VBS", "segment_field": "ID", "segment_filter": "B"}

    rows = arrowsmith.read(BOOK, b"".join(blocks(1, found)), format="copybook", options=options).to_pylist()

    assert [r["N"] for r in rows] == [n for kind, n, _ in found if kind == "B"]


@pytest.mark.parametrize(
    ("form", "data", "offset", "words"),
    [
        ("VS", segment(A, 0) + segment(A, 2), 15, "code 2, and no record has begun"),
        ("VS", segment(A, 1) + segment(A, 0), 15, "the record before it is not at its end"),
        ("VS", segment(A, 0) + segment(A, 1), 30, "before the last segment of the record that begins at byte 15"),
        ("VS", segment(A, 0) + segment(A, 4), 15, "expected a segment's header"),
        ("VS", segment(A, 0) + b"\0\x03\0\0", 15, "expected a segment's header"),
        ("VS", segment(A, 0) + segment(A, 0)[:-1], 15, "the file ends inside a segment"),
        ("VS", segment(A, 0) + b"\0\x0f", 15, "the file ends inside a segment's header"),
        ("VS", segment(A, 0) + b"\x80\0\0\0", 15, "a null segment, and there are no blocks"),
        (
            "VBS",
            block(segment(A, 0)) + block(segment(A, 0))[:4] + b"\0\x20\0\0",
            23,
            "32 bytes in a block that has 15 left",
        ),
        ("VBS", block(segment(A, 0)) + segment(A, 1), 19, "expected a block's header"),
        ("VBS", block(segment(A, 0) + b"\x81\0\0\0"), 19, "expected a null segment"),
    ],
)
def test_segments_that_do_not_follow(form: str, data: bytes, offset: int, words: str) -> None:
    """The error says the place in the file, and what was found there."""
    options = {**OPTIONS, "record_format": form}

    with pytest.raises(DataError) as caught:
        arrowsmith.read(BOOK, data, format="copybook", options=options)

    assert words in caught.value.message
    assert caught.value.place.offset == offset


@pytest.mark.parametrize("before", [0, 7])
def test_a_field_is_refused_at_its_place_in_the_file(before: int) -> None:
    """Not in what the segments were joined to; whatever stands before the first of them."""
    bad = b"A0x002" + (3).to_bytes(2, "big") + b"abc"
    data = bytes(before) + segment(A[:5], 1) + segment(A[5:], 2) + segment(bad[:1], 1) + segment(bad[1:], 2)

    with pytest.raises(DataError) as caught:
        arrowsmith.read(
            BOOK, data, format="copybook", options={**OPTIONS, "record_format": "VS", "file_start_offset": before}
        )

    assert caught.value.place.offset == data.index(b"x")


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("before", [0, 5])
def test_rows_and_refused_records_have_their_places_in_the_file(
    before: int, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``_offset``, and what a quarantine says, are where the record's first byte stands."""
    monkeypatch.setattr(units, "UNIT", 2000)
    monkeypatch.setattr(windows, "WINDOW", 700)
    found = records(3)
    pieces = [*segments(3, found)]
    data = bytearray(b"?" * before + b"".join(pieces))
    starts, at, begun = [], before, False
    for piece in pieces:
        begun = begun or piece[2] < 2
        if begun and len(piece) > 4:  # the first segment may hold nothing
            starts.append(at + 4)
            begun = False
        at += len(piece)
    refused = [
        number for number, start in enumerate(starts) if number % 5 == 2 and data[start + 1 : start + 2].isdigit()
    ]
    for number in refused:
        data[starts[number] + 1] = ord("x")
    aside = tmp_path / "aside.arrow"
    options = {**OPTIONS, "record_format": "VS", "file_start_offset": before}

    with arrowsmith.open(
        BOOK, bytes(data), format="copybook", options=options, quarantine=aside, max_errors=60, threads=threads,
        provenance=("record", "offset"),
    ) as reader:  # fmt: skip
        rows = reader.to_table()
    held = pa.ipc.open_file(aside).read_all()

    assert len(refused) > 5
    assert held["offset"].to_pylist() == [starts[number] for number in refused]
    assert rows["_offset"].to_pylist() == [starts[record - 1] for record in rows["_record"].to_pylist()]
    assert rows.num_rows + held.num_rows == len(found)


def test_a_file_of_segments_read_without_them() -> None:
    """The error of record_format=VB says that the records are spanned."""
    data = block(segment(A[:5], 1)) + block(segment(A[5:], 2) + segment(A, 0))
    options = {**OPTIONS, "record_format": "VB", "is_rdw_big_endian": "true", "is_bdw_big_endian": "true"}

    with pytest.raises(DataError) as caught:
        arrowsmith.read(BOOK, data, format="copybook", options=options)

    assert "record_format=VBS" in caught.value.help
