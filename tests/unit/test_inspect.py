"""One record, field by field: the places that were read, the values that a conversion writes, the reasons that errors give."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from counted_records import COPYBOOK, DATA, OPTIONS, copybook, record

import arrowsmith
from arrowsmith.columns import Output
from arrowsmith.errors import DataError, OptionError
from arrowsmith.program import oracle
from arrowsmith.program.trace import Trace
from arrowsmith.testing.corpus import corpus
from arrowsmith.testing.harness import new_input, new_output

EXAMPLES = Path(__file__).parents[2] / "examples"


def inspected(
    data: bytes = DATA, options: Any = OPTIONS, text: str = COPYBOOK, emitter: str = "auto", **asked: int
) -> Any:
    dictionary = arrowsmith.text(text, name="r.cpy")
    with arrowsmith.open(dictionary, data, options=options, on_error="null", emitter=emitter) as reader:
        reader.resume = True
        return reader.inspect(**asked)


def field(found: Any, *path: str | int) -> Any:
    (item,) = [item for item in found.items if item.path == path]
    return item


# --- the trace ---------------------------------------------------------------------------------------------------------


def buffers(output: Output) -> list[bytes]:
    """Everything that is in *output*."""
    found = [bytes(m.view) for c in output.columns for m in (c.values, c.validity, c.data) if m is not None]
    return [*found, bytes(repr((output.rows, [c.used for c in output.columns], output.logged)), "ascii")]


@pytest.mark.parametrize("sample", [s for s in corpus() if s.program.kind == "table"], ids=str)
def test_looking_changes_nothing(sample: Any) -> None:
    """A record that is traced leaves the bytes, and traps as, one that nobody looks at."""
    given = sample.given
    source = new_input(given.data, given.stride or given.frames, parameters=given.parameters, carried=given.carried)
    for frame in range(len(given.frames)):
        plain, traced = new_output(sample.program), new_output(sample.program)
        trace = Trace(sample.program)
        status, trap = oracle.salvage(sample.program, source, plain, frame)

        assert trace.run(source, traced, frame) == status
        assert trace.trap == trap
        assert buffers(traced) == buffers(plain)
        refused = {(t.site, t.rule) for t in oracle.refusals(sample.program, source, frame)}
        assert {(seen.trap.site, seen.trap.rule) for seen in trace.seen if seen.trap} == refused


# --- places and values -------------------------------------------------------------------------------------------------


@copybook
@pytest.mark.parametrize("emitter", ["auto", "vm"])
def test_places_of_a_record_of_its_own_length(emitter: str) -> None:
    found = inspected(record=3, emitter=emitter)

    assert (found.number, found.offset, len(found.data), found.table) == (3, 36, 24, "R")
    assert found.data == DATA[36:60]
    shown = [(item.path, item.offset, item.data, item.state) for item in found.items]
    assert shown == [
        (("N",), 0, b"3", "valid"),
        (("L", 0, "Q"), 1, b"00", "valid"),
        (("L", 0, "A", 0), 3, b"\x12\x3c", "valid"),
        (("L", 0, "A", 1), 5, b"\x00\x1d", "valid"),
        (("L", 1, "Q"), 7, b"01", "valid"),
        (("L", 1, "A", 0), 9, b"\x12\x3c", "valid"),
        (("L", 1, "A", 1), 11, b"\xff\xff", "invalid"),
        (("L", 2, "Q"), 13, b"02", "valid"),
        (("L", 2, "A", 0), 15, b"\x12\x3c", "valid"),
        (("L", 2, "A", 1), 17, b"\x00\x1d", "valid"),
        (("F",), 19, b"Z", "valid"),
        (("G",), 19, b"Z", "no view"),
        ((), 20, b"zz", "unread"),
        (("T",), 22, b"12", "valid"),
    ]
    assert field(found, "L", 2, "A", 1).value == -1
    assert field(found, "L", 1, "A", 1).reason == "0xFF holds a packed-decimal digit above 9"
    assert field(found, "L", 1, "A", 1).type == "PIC S9(3) COMP-3"


@copybook
def test_values_are_those_of_a_conversion() -> None:
    """Of bundled records, each in every field."""
    files = EXAMPLES / "policies.cpy", EXAMPLES / "policies.dat"
    given: Any = {"options": {"ebcdic_code_page": "cp1140"}}
    rows = arrowsmith.open(*files, **given).to_table().slice(0, 60).to_pylist()
    with arrowsmith.open(*files, on_error="null", **given) as reader:
        for number in range(1, 61, 7):
            row = rows[number - 1]
            for item in reader.inspect(record=number).items:
                if item.state != "unread":
                    value = row
                    for step in item.path:
                        value = value[step if isinstance(step, int) else step.replace("-", "_")]
                    assert (item.value, item.path) == (value, item.path)


@copybook
@pytest.mark.parametrize(
    ("byte", "number", "path"), [(4, 1, ("N",)), (47, 3, ("L", 1, "A", 1)), (len(DATA) - 1, 5, ("T",))]
)
def test_a_byte_leads_to_its_record_and_field(byte: int, number: int, path: Any) -> None:
    found = inspected(byte=byte)

    assert found.number == number
    assert found.items[found.wanted].path == path
    item = found.items[found.wanted]
    assert DATA[found.offset + item.offset :].startswith(item.data)


@copybook
@pytest.mark.parametrize("emitter", ["auto", "vm"])
def test_refusals_are_counted_in_the_order_of_the_data(emitter: str) -> None:
    found = [inspected(error=n, emitter=emitter) for n in (1, 2)]

    assert [(f.number, f.items[f.wanted].path) for f in found] == [(3, ("L", 1, "A", 1)), (5, ("L", 1, "A", 1))]


@copybook
def test_a_count_that_cannot_be_ends_the_record() -> None:
    found = inspected(record(2).replace(b"2", b"9", 1), error=1)

    assert [item.state for item in found.items] == ["valid", "failed", "unread"]
    assert found.wanted == 1
    assert found.items[1].reason == "the count of L is not from 0 to 5"


@copybook
def test_a_record_that_ends_early_has_absent_fields_or_fails() -> None:
    found = inspected(b"\0\5\0\x000Zzz1", record=1)

    assert found.data == b"0Zzz1"
    assert [item.path for item in found.items if item.path][:2] == [("N",), ("F",)]


@copybook
def test_segments_of_a_hierarchy_are_found_by_number_and_refusal() -> None:
    text = """
       01  R.
           05  ID PIC X(1).
           05  P.
               10  NAME PIC X(4).
           05  C REDEFINES P.
               10  SUM PIC 9(4).
"""
    options = {
        "encoding": "ascii",
        "segment_field": "ID",
        "redefine_segment_id_map:0": "P => P",
        "redefine_segment_id_map:1": "C => C",
        "segment-children:0": "P => C",
    }
    data = b"PannaC0001Cx002PbertC00x3"
    first, second = (inspected(data, options, text, error=n) for n in (1, 2))

    assert [(f.number, f.offset, f.table) for f in (first, second)] == [(3, 10, "C"), (5, 20, "C")]
    assert first.items[first.wanted].data == b"x002"
    assert inspected(data, options, text, record=4).table == "R"
    assert inspected(data, options, text, byte=7).number == 2


@copybook
def test_a_spanned_record_has_the_place_of_its_first_byte() -> None:
    text = "       01  R.\n           05  A PIC X(4).\n           05  B PIC X(4).\n"
    one = b"\0\x0c\0\0" + b"AAAABBBB"
    two = b"\0\x0a\1\0" + b"CCCCDD" + b"\0\6\2\0" + b"DD"
    found = inspected(one + two, {"encoding": "ascii", "record_format": "VS"}, text, record=2)

    assert (found.offset, found.data, found.moved) == (16, b"CCCCDDDD", True)
    assert inspected(one + two, {"encoding": "ascii", "record_format": "VS"}, text, byte=27).number == 2


def test_c_structs_have_their_slack() -> None:
    if find_spec("arrowsmith_cstruct") is None:
        pytest.skip("no c format here")
    dictionary = arrowsmith.text("struct rec { unsigned char kind; int n; };", name="s.h")
    with arrowsmith.open(dictionary, b"\1xyz\2\0\0\0" * 3, on_error="null") as reader:
        found = reader.inspect(byte=12)

    assert [(i.path, i.offset, i.state) for i in found.items] == [
        (("kind",), 0, "valid"),
        ((), 1, "unread"),
        (("n",), 4, "valid"),
    ]
    assert (found.number, found.wanted, found.items[2].value) == (2, 2, 2)


def test_kaitai_positions_are_those_that_were_read() -> None:
    if find_spec("arrowsmith_kaitai") is None:
        pytest.skip("no kaitai format here")
    text = """
meta: {id: w, endian: le}
seq:
  - {id: n, type: u1}
  - {id: items, type: item, repeat: expr, repeat-expr: n}
  - {id: name, type: strz, encoding: utf-8}
  - {id: packed, size: 3, process: xor(0x01), type: inner}
types:
  item:
    seq:
      - {id: flags, type: b3}
      - {id: rest, type: b5}
  inner: {seq: [{id: x, type: u1}]}
instances:
  last: {pos: _io.size - 1, type: u1}
"""
    with arrowsmith.open(arrowsmith.text(text, name="w.ksy"), b"\2\xe5\x21hi\0\2zz\x7f", on_error="null") as reader:
        found = reader.inspect(record=1)
    places = {item.path: (item.offset, item.data, item.value) for item in found.items if item.path}

    assert places["items", 0, "flags"] == (1, b"\xe5", 7)
    assert places["items", 1, "rest"] == (2, b"\x21", 1)
    assert places["name",] == (3, b"hi\0", "hi")
    assert places["packed", "x"] == (None, b"\3", 3)  # of the bytes that were made
    assert places["last",] == (9, b"\x7f", 127)


# --- what is not there -------------------------------------------------------------------------------------------------


@copybook
@pytest.mark.parametrize(
    ("asked", "said", "hint"),
    [
        ({"record": 6}, "there is no record 6: <bytes> has 5 records", "--record 1 to --record 5"),
        ({"error": 3}, "there is no refused field 3: 2 fields are refused", "--error 1 to --error 2"),
        ({"byte": 2}, "byte 2 is in no record: it is of a header", "record 1, bytes 4 to 21"),
        ({"byte": 33}, "byte 33 is in no record: it is of a header", "record 2, bytes 26 to 31"),
        ({"byte": 98}, "byte 98 is behind the end of <bytes>, which has 98 bytes", "record 5, bytes 80 to 97"),
        ({}, "records and refused fields are counted from 1", "--record 1"),
    ],
)
def test_what_is_not_there_is_one_line_and_a_hint(asked: dict[str, int], said: str, hint: str) -> None:
    with pytest.raises(OptionError) as caught:
        inspected(**asked)

    claim, help = str(caught.value).split("\n")
    assert said in claim
    assert hint in help


@copybook
def test_behind_a_lost_boundary() -> None:
    damaged = record(2) + record(0) + b"\xff\xff\xff\xff" + record(1)
    with pytest.raises(OptionError, match="has 2 records; 20 bytes are in no record"):
        inspected(damaged, record=3)
    with pytest.raises(OptionError, match="byte 34 is in no record: the record reaches beyond"):
        inspected(damaged, byte=34)
    with (
        arrowsmith.open(arrowsmith.text(COPYBOOK, name="r.cpy"), damaged, options=OPTIONS) as reader,
        pytest.raises(DataError, match="record 3, byte 32"),
    ):
        reader.inspect(record=3)
