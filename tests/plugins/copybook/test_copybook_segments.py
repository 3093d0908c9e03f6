"""Files of several segments, read whole: what a loop over their records gives, whatever the reads, the threads and the limit."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import arrowsmith
from arrowsmith.diagnostics import Source

COPYBOOK = Source(
    "r.cpy",
    """
       01  R.
           05  SEG   PIC X.
           05  A.
               10  N  PIC 9(2).
           05  B REDEFINES A.
               10  M  PIC 9(2).
           05  C REDEFINES A.
               10  L  PIC 9(2).
""",
)
OPTIONS = {
    "record_format": "V",
    "is_rdw_big_endian": "true",
    "encoding": "ascii",
    "segment_field": "SEG",
    "redefine_segment_id_map:0": "A => A",
    "redefine_segment_id_map:1": "B => B",
    "redefine_segment_id_map:2": "C => C",
}
NESTED = {"segment_children:0": "A => B", "segment_children:1": "B => C", "generate_record_id": "true"}

#: segments and the numbers in them; what is no number is refused
RECORDS = st.lists(st.tuples(st.sampled_from("ABBCCX"), st.sampled_from(["01", "23", "45", "6?"])), max_size=40)


def file(records: Sequence[tuple[str, str]]) -> bytes:
    return b"".join(b"\x00\x03\x00\x00" + (segment + number).encode() for segment, number in records)


def nested(records: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The rows that a loop finds, without those that hold what is no number and all that belongs to them."""
    rows: list[dict[str, Any]] = []
    top: dict[str, Any] | None = None
    middle: dict[str, Any] | None = None
    for segment, text in records:
        good = text.isdigit()
        if segment == "A":
            middle = None
            top = {"SEG": "A", "A": {"N": int(text), "B": []}} if good else None
            rows += [top] if top else []
        elif segment == "B":
            middle = {"M": int(text), "C": []} if good and top else None
            if top and middle:
                top["A"]["B"].append(middle)
        elif segment == "C" and middle and good:
            middle["C"].append({"L": int(text)})
    return rows


class Dribble(io.RawIOBase):
    """A file that gives one byte a read."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, view: Any) -> int:
        return self.data.readinto(memoryview(view)[:1])


def read(data: Any, options: dict[str, Any], **keywords: Any) -> list[dict[str, Any]]:
    table = arrowsmith.read(COPYBOOK, data, format="copybook", options=options, **keywords)
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def bare(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the columns that no byte gives."""
    return [{name: row[name] for name in ("SEG", "A")} for row in rows]


@given(RECORDS)
def test_nested_segments_are_what_a_loop_finds(records: list[tuple[str, str]]) -> None:
    """Under skip: a refused record takes along what belongs to it."""
    records = [("A", "99"), *records]
    found = read(file(records), OPTIONS | NESTED, on_error="skip", max_errors="100%", threads=1)

    assert bare(found) == nested(records)


@pytest.mark.parametrize("options", [{}, NESTED], ids=["flat", "nested"])
def test_reads_threads_and_emitters_are_invisible(options: dict[str, Any]) -> None:
    records = [("ABBCXCB"[n % 7], f"{n % 100:02}") for n in range(5_000)]
    data = file(records)
    whole = read(data, OPTIONS | options, threads=1)

    assert read(data, OPTIONS | options, threads=3) == whole
    assert read(Dribble(data), OPTIONS | options) == whole
    assert read(data, OPTIONS | options, emitter="vm") == whole


@pytest.mark.parametrize("options", [{}, NESTED], ids=["flat", "nested"])
@pytest.mark.parametrize("on_error", ["raise", "skip"])
@pytest.mark.parametrize("limit", [0, 1, 2, 100])
def test_a_limit_is_of_rows(options: dict[str, Any], on_error: Any, limit: int) -> None:
    data = file([("A", "01"), ("B", "02"), ("A", "03"), ("B", "04"), ("A", "05")])
    whole = read(data, OPTIONS | options)

    assert read(data, OPTIONS | options, on_error=on_error, limit=limit) == whole[:limit]


def test_a_filter_counts_what_it_leaves_out() -> None:
    data = file([("A", "01"), ("B", "02"), ("B", "03")])
    options = OPTIONS | {"segment_filter": "A"}
    with arrowsmith.open(COPYBOOK, data, format="copybook", options=options) as reader:
        assert reader.to_table().num_rows == 1
        report = reader.report

    assert (report.decoded, report.filtered, report.framing) == (3, 6, 12)
    assert report.bytes_read == len(data)
