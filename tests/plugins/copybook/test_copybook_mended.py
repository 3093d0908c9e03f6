"""Characters that bytes do not have, and control characters of ASCII files: what becomes of them is counted, field by field."""

from __future__ import annotations

from typing import Any

import pytest

import arrowsmith

BOOK = """
       01 R.
          05 G.
             10 NAME PIC X(4).
          05 T OCCURS 2.
             10 CODE PIC X(2).
"""
#: ``common`` has no character for 0x9A; a space at an end is trimmed, whatever it stands for
ROWS = bytes.fromhex("C19AC2C3 C19A C2C3") + bytes.fromhex("9A9AC1C2 C1C2 C2C3")
EMITTERS = ["x86-64", "vm"]


def report(data: bytes, emitter: str, **options: str) -> tuple[Any, Any]:
    with arrowsmith.open(arrowsmith.text(BOOK), data, format="copybook", options=options, emitter=emitter) as reader:
        rows = [row for batch in reader for row in batch.to_pylist()]
        return rows, reader.report


@pytest.mark.parametrize("emitter", EMITTERS)
def test_replaced_characters_are_counted(emitter: str) -> None:
    rows, found = report(ROWS, emitter)

    assert [row["G"]["NAME"] for row in rows] == ["A BC", "AB"]
    assert [item["CODE"] for item in rows[0]["T"]] == ["A", "BC"]
    assert {(f.path, f.reason): f.count for f in found.fields} == {
        ("G.NAME", "character replaced"): 3,
        ("T.CODE", "character replaced"): 1,
    }
    assert (found.replaced, found.dropped, found.invalid) == (4, 0, 0)
    assert not found.flawless


@pytest.mark.parametrize("emitter", EMITTERS)
def test_a_replacement_character_that_stays_is_counted(emitter: str) -> None:
    rows, found = report(ROWS, emitter, undecodable="replace")

    assert [row["G"]["NAME"] for row in rows] == ["A\ufffdBC", "\ufffd\ufffdAB"]
    assert (found.replaced, found.dropped) == (4, 0)


@pytest.mark.parametrize("emitter", EMITTERS)
def test_dropped_controls_are_counted(emitter: str) -> None:
    rows, found = report(b"a\x01\tb" + b"xyzw" + b"abcd" + b"\x02x z", emitter, encoding="ascii")

    assert [row["G"]["NAME"] for row in rows] == ["ab", "abcd"]
    assert [item["CODE"] for item in rows[1]["T"]] == ["x", "z"]
    assert (found.replaced, found.dropped) == (0, 2)
    assert not found.flawless


@pytest.mark.parametrize("emitter", EMITTERS)
def test_text_that_is_whole_is_flawless(emitter: str) -> None:
    _, found = report(bytes.fromhex("C1C2C3C4 C1C2 C2C3"), emitter)

    assert found.flawless
    assert (found.replaced, found.dropped, found.fields) == (0, 0, ())


def test_what_is_trimmed_is_not_counted() -> None:
    """Zeros behind an ASCII text are no characters of it."""
    rows, found = report(b"ab\0\0" + b"xyzw", "auto", encoding="ascii")

    assert rows[0]["G"]["NAME"] == "ab"
    assert found.dropped == 0


@pytest.mark.parametrize("emitter", EMITTERS)
def test_views_of_overlaid_bytes_are_not_counted(emitter: str) -> None:
    """A text over a number is no text: what it has no characters for reads as blanks, as everywhere, and is no loss."""
    book = "       01 R.\n         05 N PIC S9(9) COMP.\n         05 T REDEFINES N PIC X(4).\n"
    data = bytes.fromhex("9A00C19A")
    with arrowsmith.open(arrowsmith.text(book), data, format="copybook", emitter=emitter) as reader:
        rows = [row for batch in reader for row in batch.to_pylist()]

    assert rows == [{"N": int.from_bytes(data, "big", signed=True), "T": "A"}]
    assert reader.report.flawless


def test_the_counts_of_several_threads_add_up(tmp_path: Any) -> None:
    file = tmp_path / "many.dat"
    file.write_bytes(ROWS * 300_000)
    with arrowsmith.open(arrowsmith.text(BOOK), file, format="copybook", threads=2) as reader:
        rows = sum(batch.num_rows for batch in reader)
        found = reader.report

    assert (rows, found.replaced) == (600_000, 1_200_000)
