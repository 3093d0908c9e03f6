"""Spanned records: segments that do not follow are passed by, from one boundary that is proven to the next, and the bytes add up."""

from __future__ import annotations

import random
import warnings
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from spanned_records import BOOK, OPTIONS, A, block, blocks, records, segment, segments, stored

import arrowsmith
from arrowsmith.engine import units, windows
from arrowsmith.engine.spanned_proof import Headers
from arrowsmith.errors import DataError
from arrowsmith.layout.framing import Spanned


@pytest.mark.parametrize("form", ["VS", "VBS"])
@pytest.mark.parametrize(
    "bad",
    [
        segment(A, 3),
        segment(A[:3], 1),
        segment(A[:3], 1) + segment(A[3:], 3),
        segment(A[:3], 3) + segment(A[3:], 2),
        segment(A, 7),
        b"\0\2\0\0",
        b"\x7f\0\0\0xx",
    ],
    ids=["no beginning", "no end", "no last", "no first", "no code", "no length", "too long"],
)
def test_segments_that_do_not_follow_are_passed_by(form: str, bad: bytes) -> None:
    """Under skip: segments alone, the rest of their block, or what is before the next boundary that is proven."""
    good, one = stored(("B", 7, b"ok")), block if form == "VBS" else bytes
    data = one(segment(good[:4], 1) + segment(good[4:], 2)) + one(bad) + one(segment(good, 0)) + one(segment(good, 0))
    options = {**OPTIONS, "record_format": form}
    with arrowsmith.open(BOOK, data, format="copybook", options=options, on_error="skip", max_errors="100%") as reader:
        found = reader.to_table().num_rows
        report = reader.report

    assert found == 3
    assert (report.bytes_read, report.ignored, report.faulty, report.gaps) == (len(data), len(bad), 1, 1)
    with pytest.raises(DataError, match="faulty"):
        arrowsmith.read(BOOK, data, format="copybook", options=options, on_error="skip", max_errors=0)


def read(data: bytes, form: str, **given: Any) -> tuple[list[dict[str, Any]], Any]:
    """The rows of *data* and the report, gaps passed by."""
    options = {**OPTIONS, "record_format": form, "file_start_offset": given.pop("before", 0)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with arrowsmith.open(BOOK, data, format="copybook", options=options, max_errors="100%", **given) as reader:
            return reader.to_table().to_pylist(), reader.report


@pytest.mark.parametrize("form", ["VS", "VBS"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_quarantine_has_the_gaps(form: str, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their bytes as they stand in the file, in its order; the same rows as under skip; what is not in them is in rows or headers."""
    monkeypatch.setattr(units, "UNIT", 3000)
    monkeypatch.setattr(windows, "WINDOW", 900)
    rng = random.Random(f"{form}{threads}")
    found = records(4)
    pieces = list(segments(4, found)) if form == "VS" else list(blocks(4, found))
    for number in sorted(rng.sample(range(4, len(pieces) - 4), 5), reverse=True):
        pieces[number : number + 1] = [rng.choice((b"\xff\xff\xff" * 4, b"", pieces[number][4:]))]
    data = b"?" * 9 + b"".join(pieces)
    aside = tmp_path / "aside.arrow"

    rows, report = read(data, form, quarantine=aside, threads=threads, before=9)
    held = pa.ipc.open_file(aside).read_all().to_pylist()
    gaps = [one for one in held if not one["field"]]

    assert gaps
    assert [data[one["offset"] : one["offset"] + one["length"]] for one in gaps] == [one["bytes"] for one in gaps]
    assert [one["offset"] for one in held] == sorted(one["offset"] for one in held)
    assert sum(one["length"] for one in gaps) <= report.ignored
    assert report.bytes_read == len(data) == report.decoded + report.framing + report.filtered + report.ignored
    assert rows == read(data, form, on_error="skip", before=9)[0]
    known = {(r[0], r[1]) for r in found}
    assert len(rows) >= len(found) - 25
    assert {(row["ID"], row["N"]) for row in rows} <= known

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # there may be no records in gaps
        with arrowsmith.open(
            BOOK, arrowsmith.quarantined(aside), format="copybook", options={**OPTIONS, "record_format": form},
            on_error="skip", max_errors="100%",
        ) as reader:  # fmt: skip
            again = reader.to_table().to_pylist()
    report = reader.report
    assert report.bytes_read == report.decoded + report.framing + report.filtered + report.ignored
    assert {(row["ID"], row["N"]) for row in again} <= known


def boundaries(data: bytes, form: str) -> list[int]:
    """Where boundaries are proven, by looking at every byte: the slow one is the definition."""

    def one(at: int) -> tuple[int, list[int]]:
        """The end of the segment, or of the block, at *at*, and the codes in it; (−1, []) where none is."""
        word = data[at : at + 4]
        if len(word) < 4:
            return -1, []
        if form == "VS":
            end, good = at + int.from_bytes(word[:2], "big"), word[0] < 0x80 and word[2] < 4 and not word[3]
            return (end, [word[2]]) if good and at + 4 <= end <= len(data) else (-1, [])
        large = word[0] >= 0x80
        end = at + (int.from_bytes(word, "big") & 0x7FFFFFFF if large else int.from_bytes(word[:2], "big"))
        if not (large or word[2:] == b"\0\0") or not at + 8 <= end <= len(data):
            return -1, []
        inside, codes = at + 4, []
        while inside < end and not (codes and data[inside] == 0x80):
            head = data[inside : inside + 4]
            length = int.from_bytes(head[:2], "big")
            if len(head) < 4 or head[0] >= 0x80 or length < 4 or head[2] > 3 or head[3] or inside + length > end:
                return -1, []
            codes.append(head[2])
            inside += length
        return end, codes

    def follow(codes: list[int], first: bool) -> bool:
        return (not first or codes[0] in (0, 1)) and all((a in (1, 3)) == (b in (2, 3)) for a, b in pairwise(codes))

    found = []
    for start in range(len(data)):
        at, headers, codes, good = start, 0, list[int](), True
        while headers < 3 and at < len(data) and good:
            at, more = one(at)
            good = at >= 0 and follow(more, False)
            codes += more if form == "VS" else []
            headers += len(more) + (form == "VBS")
        if good and headers >= (3 if at < len(data) else 2) and (form == "VBS" or follow(codes, True)):
            found.append(start)
    return found


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("form", ["VS", "VBS"])
def test_boundaries_are_proven_as_the_slow_one_does(form: str, seed: int) -> None:
    """`Headers` finds each of them, and no other, from wherever it looks."""
    rng = random.Random(seed)
    some = [(kind, number, text[:40]) for kind, number, text in records(seed)[:12]]
    data = b"".join(segments(seed, some) if form == "VS" else blocks(seed, some))
    for _ in range(4):
        at = rng.randrange(len(data))
        data = (
            data[:at] + rng.choice((b"", rng.randbytes(5), bytes(5), b"\0\x08\0\0" * 3)) + data[at + rng.randrange(4) :]
        )
    headers = Headers(Spanned(blocked=form == "VBS"), bytearray(data), lambda size: size <= len(data))
    found, at = [], 0
    while (at := headers.found(at)) >= 0:
        found.append(at)
        at += 1

    assert found == boundaries(data, form)


def test_a_length_that_misleads_is_part_of_the_gap() -> None:
    """A segment that swallows the ones behind it, where these are proven: nothing is made of it."""
    good = [segment(stored(("B", n, b"ok")), 0) for n in range(9)]
    wrong = (len(good[3]) + 9).to_bytes(2, "big") + good[3][2:]
    rows, report = read(b"".join([*good[:3], wrong, *good[4:]]), "VS", on_error="skip")

    assert [row["N"] for row in rows] == [0, 1, 2, 4, 5, 6, 7, 8]
    assert (report.gaps, report.ignored) == (1, len(wrong))

    boxes = [block(good[n]) for n in range(9)]
    wrong = (len(boxes[3]) + 9).to_bytes(2, "big") + boxes[3][2:]
    rows, report = read(b"".join([*boxes[:3], wrong, *boxes[4:]]), "VBS", on_error="skip")

    assert [row["N"] for row in rows] == [0, 1, 2, 4, 5, 6, 7, 8]
    assert (report.gaps, report.ignored) == (1, len(wrong))


def test_any_bytes_are_passed_by() -> None:
    """Whatever stands in a file of segments, the bytes add up."""
    rng = random.Random(5)
    found = records(9)
    whole = b"".join(blocks(9, found))
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data))
            data[at : at + rng.randrange(4)] = rng.randbytes(rng.randrange(4))
        del data[rng.randrange(2 * len(data)) :]  # half of them are cut short
        options = {**OPTIONS, "record_format": rng.choice(("VBS", "VBS", "VS"))}
        given: dict[str, Any] = {"format": "copybook", "options": options, "on_error": "skip", "max_errors": "100%"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with arrowsmith.open(BOOK, bytes(data), **given) as reader:
                reader.to_table()
                report = reader.report
        assert report.bytes_read == len(data) == report.decoded + report.framing + report.filtered + report.ignored
