"""Rows that a count or a condition ends before their file does."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from kaitai_rows import rows

import arrowsmith
from arrowsmith.layout.text import parse_layout, print_layout

ENDING = """
meta: {id: t, endian: le}
seq:
  - {id: stop, type: u1}
  - {id: part, type: part}
types:
  part:
    seq:
      - {id: count, type: s1}
      - {id: items, type: item, ENDS}
  item:
    seq:
      - {id: number, type: u2}
      - {id: len, type: u1}
      - {id: text, type: str, encoding: ASCII, size: len}
    instances:
      twice: {value: number * 2}
"""
ENDS = {
    "expr": "repeat: expr, repeat-expr: count - 1",
    "constant": "repeat: expr, repeat-expr: 4",
    "until": "repeat: until, repeat-until: _.number == _root.stop",
    "until a value": "repeat: until, repeat-until: _.twice > 2 * _root.stop - 1",
    "until, or the end": "repeat: until, repeat-until: _.number == _root.stop or _io.eof",
    "the end": "repeat: until, repeat-until: _io.eof",
}


def ending(how: str, count: int, stop: int, elements: int, behind: bytes = b"") -> tuple[str, bytes]:
    made = b"".join(struct.pack("<HB", n, n % 5) + b"abcd"[: n % 5] for n in range(elements))
    return ENDING.replace("ENDS", ENDS[how]), struct.pack("<Bb", stop, count) + made + behind


def outcome(text: str, data: bytes, **given: Any) -> Any:
    """The rows, or that there are none."""
    try:
        return rows(text, data, "part.items", **given)
    except arrowsmith.DataError:
        return arrowsmith.DataError


@pytest.mark.parametrize("emitter", ["vm", "x86-64"])
@pytest.mark.parametrize("how", ENDS)
@pytest.mark.filterwarnings("ignore::arrowsmith.ArrowsmithWarning")
def test_rows_that_end_before_their_file_are_those_of_the_whole(
    how: str, emitter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A count or a condition ends them, bytes behind them are none of theirs, and too few elements are an error."""
    cases = [
        ending(how, *given)
        for given in (
            (5, 3, 4), (5, 3, 4, b"\xff\xff\xff behind"), (5, 3, 9), (5, 3, 3), (1, 0, 1), (1, 0, 0, b"\1"), (-3, 0, 2), (5, 3, 0),
        )
    ]  # fmt: skip
    compiled = arrowsmith.compile(
        arrowsmith.text(cases[0][0], name="a.ksy"), format="kaitai", options={"rows": "part.items"}
    )
    assert compiled.plan.header is not None
    assert parse_layout(print_layout(compiled.layout)) == compiled.layout
    streamed = [outcome(*case, emitter=emitter) for case in cases]
    assert len(streamed[0]) == 4
    assert outcome(*cases[0], emitter=emitter, on_error="skip") == streamed[0]
    monkeypatch.setattr("arrowsmith.compiled.streamed", lambda layout: None)
    assert [outcome(*case, emitter=emitter) for case in cases] == streamed


@pytest.mark.parametrize(("how", "count"), [("expr", 101), ("until", 101)])
@pytest.mark.parametrize("threads", [1, 2])
def test_bytes_behind_the_last_row_are_accounted_for(how: str, count: int, threads: int, tmp_path: Path) -> None:
    """They are read by the window, and the report says what they are."""
    text, data = ending(how, count, 99, 100, b"z" * 1000)
    report = arrowsmith.convert(
        arrowsmith.text(text, name="a.ksy"), data, tmp_path / "a.parquet", format="kaitai",
        options={"rows": "part.items"}, threads=threads,
    )  # fmt: skip
    assert (report.rows, report.filtered, report.gaps) == (100, 1000, 0)
    assert [one.reason for one in report.reasons if one.kind == "filtered"] == ["behind the last record"]


def test_too_few_rows_are_said_with_their_number() -> None:
    text, data = ending("expr", 8, 0, 3)
    with pytest.raises(arrowsmith.DataError, match="the file ends behind 3 records of 7") as raised:
        rows(text, data, "part.items")
    assert raised.value.code == "R0101"
    assert len(rows(text, data, "part.items", on_error="skip", max_errors="100%")) == 3


def test_a_list_in_the_middle_is_read_with_the_rest() -> None:
    """What comes behind it gives columns."""
    text, data = ending("expr", 3, 0, 2, b"\x09")
    text = text.replace("types:\n  part:", "  - {id: after, type: u1}\ntypes:\n  part:")
    compiled = arrowsmith.compile(arrowsmith.text(text, name="a.ksy"), format="kaitai", options={"rows": "part.items"})
    assert compiled.plan.header is None
    assert [row["after"] for row in rows(text, data, "part.items")] == [9, 9]
