"""Copybooks become Layouts: names, overlays, tables, fillers, framing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from outlines import faultless, fields, outline

from arrowsmith.diagnostics import Source
from arrowsmith.errors import DictionaryError
from arrowsmith.interfaces import parse_options
from arrowsmith.layout.expr import Binary, Cond, Const, Ref, Unary
from arrowsmith.layout.framing import Computed, Delimited, Delimiting, Fixed, Prefixed
from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Array, Group, Layout
from arrowsmith.layout.types import Bytes, Text
from arrowsmith_copybook.format import Copybook

#: A fixture: text → what it says.
Reads: TypeAlias = Callable[..., Any]


def test_the_record_is_collapsed_or_kept(layout: Reads) -> None:
    text = "01 R. 05 A PIC X. 05 G. 10 B PIC X."
    assert outline(layout(text).record.members) == ["A", {"G": ["B"]}]
    assert outline(layout(text, {"schema_retention_policy": "keep_original"}).record.members) == [
        {"R": ["A", {"G": ["B"]}]}
    ]
    assert layout(text).name == "R"


def test_redefinitions_become_overlays(layout: Reads) -> None:
    made = faultless(
        layout("01 R. 05 A PIC X(4). 05 B REDEFINES A. 10 C PIC 9(2). 10 D REDEFINES C PIC XX. 05 E PIC X.")
    )
    assert outline(made.record.members) == [["|", "A", {"B": [["|", "C", "D"]]}], "E"]
    assert measure(made.record).static == 5


def test_roots_that_redefine_become_an_overlay(layout: Reads) -> None:
    text = "01 R. 05 A PIC X(4). 01 S REDEFINES R. 05 B PIC X(6)."
    kept = faultless(layout(text, {"schema_retention_policy": "keep_original"}))
    assert outline(kept.record.members) == [["|", {"R": ["A"]}, {"S": ["B"]}]]
    assert outline(faultless(layout(text)).record.members) == [["|", {"": ["A"]}, {"": ["B"]}]]
    assert kept.framing == Fixed(size=6)


FILLERS = """
    01 R.
       05 FILLER PIC X(2).
       05 A PIC X.
       05 FILLER REDEFINES A. 10 B PIC X. 10 FILLER PIC X(4).
       05 PIC X(3).
       05 EMPTY. 10 FILLER PIC X. 10 FILLER PIC X.
       05 C REDEFINES EMPTY PIC X.
       05 FILLER OCCURS 2. 10 D PIC X.
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [2, ["|", "A", {"FILLER_1": ["B", 4]}], 3, "C", 1, {"FILLER_2[]": [{"FILLER_2": ["D"]}]}]),
        ({"drop_group_fillers": "true"}, [2, "A", 7, "C", 3]),
        (
            {"drop_value_fillers": "false"},
            [
                "FILLER_P1",
                ["|", "A", {"FILLER_1": ["B", "FILLER_P2"]}],
                "FILLER_P3",
                ["|", {"EMPTY": ["FILLER_P4", "FILLER_P5"]}, "C"],
                {"FILLER_2[]": [{"FILLER_2": ["D"]}]},
            ],
        ),
    ],
)
def test_fillers_are_named_or_dropped(layout: Reads, options: dict[str, str], expected: list[Any]) -> None:
    made = faultless(layout(FILLERS, options))
    assert outline(made.record.members) == expected
    assert measure(made.record).static == 14


def test_fillers_may_be_named_after_what_precedes_them(layout: Reads) -> None:
    made = layout(
        "01 R. 05 FILLER PIC X. 05 A PIC X. 05 FILLER PIC X. 05 FILLER. 10 B PIC X.",
        {"drop_value_fillers": "false", "filler_naming_policy": "previous_field_name"},
    )
    assert outline(made.record.members) == [
        "FILLER_AFTER_R", "A", "FILLER_AFTER_A", {"FILLER_AFTER_FILLER_AFTER_A": ["B"]},
    ]  # fmt: skip


def test_a_copybook_of_fillers_gives_nothing(layout: Reads) -> None:
    for text in ("01 R. 05 FILLER PIC X.", "", "* nothing"):
        with pytest.raises(DictionaryError) as error:
            layout(text)
        assert error.value.code == "C0110"


def test_tables(layout: Reads) -> None:
    made = faultless(
        layout("01 R. 05 G. 10 N PIC 9. 05 T OCCURS 1 TO 3 DEPENDING ON N. 10 A PIC XX OCCURS 2. 05 Z PIC X.")
    )
    table = made.record.members[1]
    assert isinstance(table, Array)
    assert (table.count, table.least, table.most, table.storage, table.stride) == (Ref(("G", "N")), 1, 3, 12, 0)
    assert isinstance(table.element, Group)
    inner = table.element.members[0]
    assert isinstance(inner, Array)
    assert (inner.count, inner.storage, inner.stride) == (2, 4, 0)
    assert measure(made.record).static == 14


def test_occurrences_with_slack_have_a_stride(layout: Reads) -> None:
    made = faultless(layout("01 R. 05 T OCCURS 4. 10 A PIC X(3). 10 B PIC S9(6) COMP SYNC. 10 C PIC X."))
    (table,) = made.record.members
    assert isinstance(table, Array)
    assert (table.stride, table.storage) == (12, 48)
    assert outline((table.element,)) == [{"T": ["A", 1, "B", "C"]}]


def test_tables_that_shrink_move_what_follows(layout: Reads) -> None:
    text = "01 R. 05 N PIC 9. 05 T PIC X OCCURS 0 TO 3 DEPENDING ON N. 05 Z PIC X."
    for value, framing in (("true", Delimiting()), ("shift_record", Delimiting()), ("pad_record", Fixed(size=5))):
        made = faultless(layout(text, {"variable_size_occurs": value}))
        table = made.record.members[1]
        assert isinstance(table, Array)
        assert table.storage == 0
        assert made.framing == framing


def test_a_dropped_group_whose_size_varies_is_hidden(layout: Reads) -> None:
    text = (
        "01 R. 05 FILLER. 10 N PIC 9. 10 T PIC X OCCURS 0 TO 3 DEPENDING ON N. 05 Z PIC X OCCURS 0 TO 2 DEPENDING ON N."
    )
    made = faultless(layout(text, {"variable_size_occurs": "true", "drop_group_fillers": "true"}))
    assert outline(made.record.members)[0] == {"(FILLER)": ["N", {"T[]": ["T"]}]}


def test_mapped_counts(layout: Reads) -> None:
    made = faultless(
        layout(
            "01 R. 05 N PIC X. 05 T-A PIC X OCCURS 0 TO 3 DEPENDING ON N.",
            {"occurs_mappings": {"t_a": {"A": 1, "B": 2}}},
        )
    )
    table = made.record.members[1]
    assert isinstance(table, Array)
    n = Ref(("N",))
    assert table.count == Cond(
        Binary("eq", n, Const("A")), Const(1), Cond(Binary("eq", n, Const("B")), Const(2), Const(-1))
    )


def test_debug_fields_and_texts_of_groups(layout: Reads) -> None:
    text = "01 R. 05 G. 10 A PIC X. 10 B PIC 9 OCCURS 2."
    hexed = faultless(layout(text, {"debug": "true"}))
    assert outline(hexed.record.members) == [
        {"G": [["|", "A", "A_debug"], ["|", {"B[]": ["B"]}, {"B_debug[]": ["B_debug"]}]]}
    ]
    assert fields(hexed)["A_debug"].type == Bytes(size=1, hex=True)
    groups = faultless(layout(text, {"non_terminals": "g"}))
    assert outline(groups.record.members) == [["|", {"G": ["A", {"B[]": ["B"]}]}, "G_NT"]]
    assert measure(groups.record).static == 3


@pytest.mark.parametrize(
    ("options", "framing"),
    [
        ({}, Fixed(size=5)),
        ({"record_length": "8"}, Fixed(size=8)),
        ({"record_length": "3"}, Fixed(size=3)),
        ({"record_format": "FB", "block_length": "10"}, Fixed(size=5)),
        ({"record_start_offset": "2", "record_end_offset": "1"}, Fixed(size=8)),
        ({"record_format": "V"}, Prefixed(width=2, order="little", offset=2, header=4, least=1)),
        (
            {"record_format": "V", "is_rdw_big_endian": "true", "is_rdw_part_of_record_length": "true"},
            Prefixed(width=2, order="big", header=4, adjustment=-4, least=1),
        ),
        ({"record_format": "D"}, Delimited(delimiters=(b"\n", b"\r\n", b"\r"))),
        ({"record_length_field": "N"}, Computed(length=Ref(("N",)))),
        ({"record_length_field": "a"}, Computed(length=Unary("int", Ref(("A",))))),
        ({"record_length_field": "n + 2 * 3", "rdw_adjustment": "-1"}, Computed(
            length=Binary("add", Binary("add", Ref(("N",)), Binary("mul", Const(2), Const(3))), Const(-1)),
        )),
        ({"record_length_field": "A", "record_length_map": '{"X": 5}'}, Computed(
            length=Cond(Binary("eq", Ref(("A",)), Const("X")), Const(5), Const(-1)),
        )),
    ],
)  # fmt: skip
def test_framing(layout: Reads, options: dict[str, str], framing: Any) -> None:
    made = faultless(layout("01 R. 05 N PIC 9. 05 A PIC X(4).", options))
    assert made.framing == framing


def test_bytes_around_the_copybooks_part_are_padding(layout: Reads) -> None:
    made = layout("01 R. 05 A PIC X.", {"record_start_offset": "2", "record_end_offset": "1"})
    assert outline(made.record.members) == [2, "A", 1]


def test_short_records_are_read_as_far_as_they_go(layout: Reads) -> None:
    text = "01 R. 05 A PIC X(3)."
    assert layout(text).record.short == "error"
    for options in ({"record_format": "V"}, {"record_format": "D"}, {"record_length": "2"}):
        made = layout(text, options)
        assert made.record.short == "absent"
        kind = fields(made)["A"].type
        assert isinstance(kind, Text)
        assert kind.partial


def test_the_schema_can_say_where_a_column_comes_from(layout: Reads) -> None:
    text = "01 R. 05 S PIC X(3) VALUE 'A'. 88 OPEN VALUE 'A' THRU 'C'. 05 N REDEFINES S PIC S9(5) COMP-3."
    assert dict(fields(layout(text))["S"].metadata) == {
        "maxLength": "3",
        "conditions": "{\"OPEN\": [\"'A' THRU 'C'\"]}",
    }
    assert fields(layout(text, {"metadata": "false"}))["S"].metadata == ()
    extended = dict(fields(layout(text, {"metadata": "extended"}))["N"].metadata)
    assert extended == {"level": "5", "pic": "S9(5)", "usage": "COMP-3", "redefines": "S"}
    assert fields(layout(text))["N"].type_text == "PIC S9(5) COMP-3"


def read_all(*texts: str, options: dict[str, str] | None = None) -> Layout:
    """The Layout of several copybooks, ``0.cpy`` and so on."""
    format = Copybook()
    sources = [Source(f"{number}.cpy", text) for number, text in enumerate(texts)]
    return format.parse(sources, parse_options(format.options, options or {}), lambda name, source: source)


@pytest.mark.parametrize("level", ["01", "05"])
def test_several_copybooks_are_views_of_one_record(level: str) -> None:
    """As Cobrix merges them: the record of each redefines that of the first."""
    made = read_all(
        f"       {level} R.\n          10 A PIC X.",
        f"       {level} S.\n          10 B PIC X(3).\n       {level} T REDEFINES S.\n          10 C PIC X.",
        options={"schema_retention_policy": "keep_original"},
    )
    assert outline(faultless(made).record.members) == [["|", {"R": ["A"]}, {"S": ["B"]}, {"T": ["C"]}]]
    assert made.framing == Fixed(size=3)
    span = fields(made)["B"].span
    assert span is not None
    assert str(span) == "1.cpy:2:14"


def test_each_of_several_copybooks_has_one_record() -> None:
    with pytest.raises(DictionaryError) as error:
        read_all("       05 A PIC X.", "       05 B PIC X.\n       05 C PIC X.")
    assert error.value.code == "C0307"


@pytest.mark.parametrize(
    ("text", "is_copybook"),
    [
        ("       01  R.\n           05  A  PIC X.", True),
        ("05 A COMP-1.", True),
        ("      COPY OTHER.", True),
        ("000100 01 R. COPY B REPLACING ==A== BY ==B==.", True),
        ("meta:\n  id: x\nseq:\n  - id: a\n    type: u1\n", False),
        ('<?xml version="1.0"?>\n<SpaceSystem name="x"/>', False),
        ("struct a { int b; char c[10]; };\n#define X 05\n", False),
        ("", False),
    ],
)
def test_detection(text: str, is_copybook: bool) -> None:
    assert Copybook().detect(Source("x", text)) is is_copybook
