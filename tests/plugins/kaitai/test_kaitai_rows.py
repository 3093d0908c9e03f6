"""Rows of a repeated node: one by one where it is the last thing in its file, else with the rest, and the same either way."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from kaitai_rows import rows

import arrowsmith
from arrowsmith.engine import units

PACKETS = """
meta:
  id: capture
seq:
  - id: hdr
    type: header
  - id: packets
    type: packet
    repeat: eos
types:
  header:
    seq:
      - id: magic
        type: u2be
      - id: kind
        type: u1
        enum: kinds
      - id: title
        type: strz
        encoding: UTF-8
    instances:
      little:
        value: magic == 0x4949
  packet:
    meta:
      endian:
        switch-on: _root.hdr.magic
        cases:
          0x4949: le
          0x4d4d: be
    seq:
      - id: number
        type: u4
      - id: len_body
        type: u2
      - id: body
        size: len_body
        type:
          switch-on: _root.hdr.kind
          cases:
            kinds::words: words
            kinds::text: text
  words:
    seq:
      - id: words
        type: u2be
        repeat: eos
  text:
    seq:
      - id: text
        type: str
        encoding: ASCII
        size-eos: true
enums:
  kinds:
    1: words
    2: text
"""


def capture(order: str, kind: int, count: int) -> bytes:
    head = (b"II" if order == "<" else b"MM") + bytes([kind]) + "höhe".encode() + b"\0"
    return head + b"".join(struct.pack(f"{order}IH", n, 2 * n) + b"ab" * n for n in range(count))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", [1, 2, 3])
def test_streamed_rows_are_the_rows_of_the_whole(order: str, kind: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a header says decides byte order and alternatives of each record, whichever way the rows are made."""
    data = capture(order, kind, 20)
    compiled = arrowsmith.compile(arrowsmith.text(PACKETS, name="a.ksy"), format="kaitai", options={"rows": "packets"})
    assert compiled.plan.header is not None
    streamed = rows(PACKETS, data, "packets")
    assert [row["number"] for row in streamed] == list(range(20))
    assert streamed[3]["hdr"]["title"] == "höhe"
    body = {
        1: {"words": {"words": [0x6162] * 3}, "text": None, "bytes": None},
        2: {"words": None, "text": {"text": "ababab"}, "bytes": None},
    }
    assert streamed[3]["body"] == body.get(kind, {"words": None, "text": None, "bytes": b"ababab"})
    monkeypatch.setattr("arrowsmith.compiled.streamed", lambda layout: None)
    whole = arrowsmith.compile(arrowsmith.text(PACKETS, name="a.ksy"), format="kaitai", options={"rows": "packets"})
    assert whole.plan.header is None
    assert whole.schema.equals(compiled.schema, check_metadata=False)
    assert rows(PACKETS, data, "packets") == streamed


@pytest.mark.parametrize("columns", [["hdr.title"], ["number"], ["body.words", "HDR.kind"]])
def test_columns_are_chosen_of_rows_and_of_what_is_beside_them(
    columns: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not asked for is not read; the number of rows stays."""
    data = capture("<", 1, 5)
    streamed = rows(PACKETS, data, "packets", columns=columns)
    assert len(streamed) == 5
    monkeypatch.setattr("arrowsmith.compiled.streamed", lambda layout: None)
    assert rows(PACKETS, data, "packets", columns=columns) == streamed


def test_files_of_different_headers_are_read_in_one_run() -> None:
    """Kernels are specialised file by file."""
    data = [capture("<", 1, 3), capture(">", 2, 2), capture("<", 1, 1)]
    found = [rows(PACKETS, part, "packets") for part in data]
    assert [len(part) for part in found] == [3, 2, 1]


@pytest.mark.filterwarnings("ignore::arrowsmith.ArrowsmithWarning")
def test_an_empty_file_has_no_rows() -> None:
    """There is no header to be read in it."""
    assert rows(PACKETS, b"", "packets") == []


def test_a_header_that_is_none_is_an_error_with_its_place() -> None:
    """The byte order that the data do not say is a fault of the data."""
    with pytest.raises(arrowsmith.DataError) as raised:
        rows(PACKETS, b"II\x01", "packets")
    assert raised.value.code == "R0106"


def test_a_record_that_is_cut_off_is_an_error_with_its_number() -> None:
    """The last packet lacks a byte."""
    with pytest.raises(arrowsmith.DataError, match="record 20"):
        rows(PACKETS, capture("<", 1, 20)[:-1], "packets")


NESTED = """
meta:
  id: book
  endian: be
  encoding: ASCII
seq:
  - id: title
    type: str
    size: 2
  - id: num_chapters
    type: u1
  - id: chapters
    type: chapter
    repeat: expr
    repeat-expr: num_chapters
  - id: trailer
    type: u1
types:
  chapter:
    seq:
      - id: name
        type: str
        size: 1
      - id: marks
        type: u1
        repeat: expr
        repeat-expr: 2
      - id: num_lines
        type: u1
      - id: lines
        type: line
        repeat: expr
        repeat-expr: num_lines
  line:
    seq:
      - id: name
        type: u2
    instances:
      length_of_all:
        value: _root.num_chapters * 100 + name
"""
BOOK = b"ab\x03" + b"x\1\2\2\0\5\0\6" + b"y\3\4\0" + b"z\5\6\1\0\7" + b"\x09"


def test_lists_in_lists_are_gone_through() -> None:
    """Every line is a row, with its chapter's and its book's own values behind it; lists beside the rows are left out."""
    found = rows(NESTED, BOOK, "chapters.lines")
    expected = {"num_lines": 2, "title": "ab", "num_chapters": 3, "trailer": 9}
    assert found[0] == {"name": 5, "length_of_all": 305, "name_2": "x", **expected}
    assert [(row["name"], row["name_2"]) for row in found] == [(5, "x"), (6, "x"), (7, "z")]


def test_values_that_are_no_structs_are_rows_too() -> None:
    """A list of numbers gives one column of its name."""
    found = rows(NESTED, BOOK, "chapters.marks", columns=["marks", "name"])
    assert [tuple(row.values()) for row in found] == [(1, "x"), (2, "x"), (3, "y"), (4, "y"), (5, "z"), (6, "z")]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("chapter", "did you mean chapters?"),
        ("title", "single value"),
        ("chapters.name", "single value"),
        ("chapters.lined", "did you mean chapters.lines?"),
    ],
)
def test_a_path_that_leads_to_no_list_is_refused(path: str, said: str) -> None:
    """The message says how far the path leads, and which name was meant."""
    with pytest.raises(arrowsmith.OptionError) as raised:
        rows(NESTED, BOOK, path)
    assert raised.value.code == "O0031"
    assert said in str(raised.value)


ASKING = """
meta: {id: t, endian: le}
seq:
  - {id: n, type: u1}
  - {id: items, type: item, repeat: eos}
types:
  item:
    seq:
      - {id: a, type: u2}
    instances:
      NAME: {REST}
"""


@pytest.mark.parametrize(
    "element",
    [
        "{id: p, value: _io.pos}",
        "{id: last, pos: _root._io.size - 1, type: u1}",
    ],
)
def test_elements_that_ask_for_their_place_in_the_file_are_read_with_the_rest(element: str) -> None:
    """A frame does not know where in its file it is."""
    key, rest = element.strip("{}").split(", ", 1)
    name = key.split(": ")[1]
    text = ASKING.replace("NAME", name).replace("REST", rest)
    compiled = arrowsmith.compile(arrowsmith.text(text, name="a.ksy"), format="kaitai", options={"rows": "items"})
    assert compiled.plan.header is None
    found = rows(text, b"\x01\x02\x00\x03\x00", "items")
    assert [row[name] for row in found] == ([3, 5] if name == "p" else [0, 0])


@pytest.mark.parametrize("ends", ["repeat: eos", "repeat: until\n    repeat-until: _.number == 9"])
def test_streaming_holds_a_window_and_not_the_file(ends: str) -> None:
    """Batches come while the stream goes on: nothing waits for its end."""
    seen = 0
    described = PACKETS.replace("repeat: eos\ntypes", f"{ends}\ntypes")
    assert ends in described

    class Endless:
        """A capture whose packets never end."""

        def __init__(self) -> None:
            self.rest = capture("<", 2, 1)

        def read(self, size: int = -1) -> bytes:
            nonlocal seen
            while len(self.rest) < size:
                self.rest += struct.pack("<IH", 7, 1000) + b"a" * 1000
            out, self.rest = self.rest[:size], self.rest[size:]
            seen += len(out)
            return out

    source: Any = Endless()
    with arrowsmith.open(
        arrowsmith.text(described, name="a.ksy"), source, format="kaitai", options={"rows": "packets"}, threads=1
    ) as reader:
        batch = next(iter(reader))
    assert batch.num_rows > 100
    assert seen < 64 << 20


def test_batches_share_what_stands_beside_their_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A header's values are repeated once a file, as often as its longest batch has rows, and not once a batch."""
    monkeypatch.setattr(units, "UNIT", 2 << 20)
    data = capture("<", 3, 1) + b"".join(struct.pack("<IH", n, 1000) + b"a" * 1000 for n in range(12_000))
    with arrowsmith.open(
        arrowsmith.text(PACKETS, name="a.ksy"), data, format="kaitai", options={"rows": "packets"}, threads=1
    ) as reader:
        batches = list(reader)
    assert len(batches) > 2
    magics = [batch.column("hdr").field("magic") for batch in batches]
    assert {magic.to_pylist()[0] for magic in magics} == {0x4949}
    assert len({magic.buffers()[1].address for magic in magics}) < len(batches)


CHECKED = """
meta: {id: t, endian: le}
seq:
  - {id: n, type: u1}
  - {id: items, type: item, repeat: eos}
types:
  item:
    seq:
      - {id: len, type: u1, valid: {max: 9}}
      - {id: kind, type: u1, valid: {max: 9}}
      - {id: body, size: len}
"""


@pytest.mark.parametrize("emitter", ["vm", "x86-64"])
def test_a_value_that_is_not_allowed_fails_its_record_alone(emitter: str, tmp_path: Path) -> None:
    """Where a streamed record ends does not depend on it; what was put aside cannot be read again without the header."""
    given: Any = {"format": "kaitai", "options": {"rows": "items"}, "emitter": emitter, "max_errors": "100%"}
    data = b"\7" + b"".join(bytes([2, kind]) + b"ab" for kind in (1, 77, 3))
    described = arrowsmith.text(CHECKED, name="t.ksy")
    with pytest.raises(arrowsmith.DataError, match=r"record 2, byte 6 \(kind\)"):
        arrowsmith.read(described, data, **given | {"max_errors": None})
    for policy, kinds in (("skip", [1, 3]), ("null", [1, None, 3])):
        assert arrowsmith.read(described, data, on_error=policy, **given)["kind"].to_pylist() == kinds
    aside = tmp_path / "aside.parquet"
    report = arrowsmith.convert(
        described, data, tmp_path / "a.parquet", on_error="quarantine", quarantine=aside, **given
    )
    assert (report.rows, report.gaps, report.faulty) == (2, 0, 1)
    with pytest.raises(arrowsmith.OptionError, match="without the header") as raised:
        arrowsmith.read(described, arrowsmith.quarantined(aside), **given)
    assert raised.value.code == "O0422"


def test_a_length_that_is_not_allowed_ends_the_records() -> None:
    """What is behind it cannot be found."""
    data = b"\7\2\1ab\12\1" + b"a" * 10 + b"\1\1a"
    with pytest.raises(arrowsmith.DataError) as raised:
        rows(CHECKED, data, "items")
    assert raised.value.code == "R0102"


def test_rows_may_be_in_what_is_there_on_a_condition() -> None:
    text = """
meta: {id: t}
seq:
  - {id: flag, type: u1}
  - {id: part, type: part, if: flag != 0}
types:
  part:
    seq:
      - {id: list, type: u1, repeat: eos}
"""
    assert [row["list"] for row in rows(text, b"\1\5\6", "part.list")] == [5, 6]
    assert rows(text, b"\0\5\6", "part.list") == []


FIXED = """
meta: {id: t, endian: le}
seq:
  - {id: magic, contents: AB}
  - {id: rows, type: row, repeat: eos}
types:
  row:
    seq:
      - {id: n, type: u2}
      - {id: name, type: str, size: 3, encoding: ASCII}
      - {id: flag, type: b1}
      - {id: rest, type: b7, valid: {max: 100}}
"""


@pytest.mark.parametrize("emitter", ["auto", "vm"])
def test_rows_of_one_size_need_no_framer(emitter: str) -> None:
    """They lie at multiples of it behind the header; what is cut off is told, as a check of a value is."""
    data = b"AB" + b"".join(struct.pack("<H3sB", n, b"abc", n % 100) for n in range(1000))
    arguments: dict[str, Any] = {"format": "kaitai", "options": {"rows": "rows"}, "emitter": emitter}
    dictionary = arrowsmith.text(FIXED, name="a.ksy")

    assert arrowsmith.compile(dictionary, format="kaitai", options={"rows": "rows"}).plan.framer.size == 6
    table = arrowsmith.read(dictionary, data, **arguments)
    assert table["n"].to_pylist() == list(range(1000))
    assert table["rest"].to_pylist() == [n % 100 for n in range(1000)]
    with pytest.raises(arrowsmith.DataError) as cut:
        arrowsmith.read(dictionary, data[:-1], **arguments)
    assert (cut.value.code, cut.value.place.record, cut.value.place.offset) == ("R0101", 1000, 2 + 6 * 999)
    wrong = bytearray(data)
    wrong[2 + 6 * 500 + 5] = 101
    with pytest.raises(arrowsmith.DataError) as refused:
        arrowsmith.read(dictionary, bytes(wrong), **arguments)
    assert refused.value.place.record == 501
    assert arrowsmith.read(dictionary, bytes(wrong), **arguments, on_error="skip").num_rows == 999
