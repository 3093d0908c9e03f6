"""Data descriptions: every clause in every spelling, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from arrowsmith_copybook.entry import Literal, Sign, ValueRange

#: A fixture: text → what it says.
Reads: TypeAlias = Callable[..., Any]


@pytest.mark.parametrize(
    "text", ["PIC X(3)", "PICTURE X(3)", "PIC IS X(3)", "PICTURE IS X(3)", "PIC X (3)", "pic x(3)"]
)
def test_pictures(entry: Reads, text: str) -> None:
    picture = entry(f"05 A {text}.").picture
    assert picture is not None
    assert picture.text.upper() == "X(3)"


@pytest.mark.parametrize(
    ("text", "usage"),
    [
        ("COMP", "COMP"),
        ("COMPUTATIONAL", "COMP"),
        ("USAGE COMP-3", "COMP-3"),
        ("USAGE IS COMPUTATIONAL-3", "COMP-3"),
        ("PACKED-DECIMAL", "COMP-3"),
        ("BINARY", "COMP-4"),
        ("COMP-4", "COMP-4"),
        ("COMP-0", "COMP-0"),
        ("COMP-5", "COMP-5"),
        ("COMP-6", "COMP-6"),
        ("COMPUTATIONAL-3U", "COMP-6"),
        ("COMP-9", "COMP-9"),
        ("COMP-X", "COMP-X"),
        ("COMP-N", "COMP-N"),
        ("USAGE DISPLAY", "DISPLAY"),
        ("DISPLAY-1", "DBCS"),
        ("NATIONAL", "NATIONAL"),
        ("BINARY-LONG UNSIGNED", "BINARY-LONG"),
        ("UNSIGNED-SHORT", "BINARY-SHORT"),
        ("FLOAT-LONG", "COMP-2"),
        ("POINTER", "POINTER"),
        ("USAGE PROCEDURE-POINTER", "PROCEDURE-POINTER"),
        ("INDEX", "INDEX"),
        ("OBJECT REFERENCE Thing", "OBJECT"),
    ],
)
def test_usages(entry: Reads, text: str, usage: str) -> None:
    found = entry(f"05 A {text}.").usage
    assert found is not None
    assert found.text == usage
    assert entry(f"05 A {text}.").unsigned == ("UNSIGNED" in text)


@pytest.mark.parametrize(
    ("text", "leading", "separate"),
    [
        ("SIGN LEADING", True, False),
        ("SIGN IS TRAILING", False, False),
        ("SIGN IS LEADING SEPARATE", True, True),
        ("SIGN TRAILING SEPARATE CHARACTER", False, True),
        ("LEADING SEPARATE", True, True),
        ("TRAILING", False, False),
    ],
)
def test_signs(entry: Reads, text: str, leading: bool, separate: bool) -> None:
    assert entry(f"05 A PIC S9 {text}.").sign == Sign(leading=leading, separate=separate)


@pytest.mark.parametrize(
    ("text", "least", "most", "depending"),
    [
        ("OCCURS 5", 5, 5, None),
        ("OCCURS 5 TIMES", 5, 5, None),
        ("OCCURS 1 TO 5 TIMES DEPENDING ON N", 1, 5, "N"),
        ("OCCURS 0 TO 5 DEPENDING N", 0, 5, "N"),
        ("OCCURS 5 TIMES DEPENDING ON N", 0, 5, "N"),
        ("OCCURS 5 TIMES DEPENDING ON N OF G OF H", 0, 5, "N"),
        ("OCCURS\n 5 TIMES", 5, 5, None),
    ],
)
def test_tables(entry: Reads, text: str, least: int, most: int, depending: str | None) -> None:
    occurs = entry(f"05 A PIC X {text}.").occurs
    assert occurs is not None
    assert (occurs.least, occurs.most) == (least, most)
    assert (occurs.depending.text if occurs.depending else None) == depending
    if occurs.depending and "OF" in text:
        assert occurs.depending.of == ("G", "H")


def test_keys_and_indexes_of_tables(entry: Reads) -> None:
    text = "05 A PIC X OCCURS 3 ASCENDING KEY IS K1 K2 DESCENDING K3 INDEXED BY I1, I2 VALUE 'A'."
    occurs = entry(text).occurs
    assert occurs is not None
    assert occurs.keys == (("ascending", "K1"), ("ascending", "K2"), ("descending", "K3"))
    assert occurs.indexes == ("I1", "I2")
    assert entry(text).values == (ValueRange(Literal(kind="text", text="A")),)


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("SYNC", "synchronized"),
        ("SYNCHRONIZED RIGHT", "synchronized"),
        ("JUST", "justified"),
        ("JUSTIFIED RIGHT", "justified"),
        ("BLANK WHEN ZERO", "blank_zero"),
        ("BLANK ZEROES", "blank_zero"),
        ("EXTERNAL", "external"),
        ("IS GLOBAL", "global_"),
        ("IS TYPEDEF", "typedef"),
    ],
)
def test_flags(entry: Reads, text: str, attribute: str) -> None:
    assert getattr(entry(f"05 A PIC 9 {text}."), attribute) is True
    assert getattr(entry("05 A PIC 9."), attribute) is False


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("VALUE 'A'", "'A'"),
        ("VALUE IS -1.5", "-1.5"),
        ("VALUE ZEROES", "ZERO"),
        ("VALUE ALL '*'", "ALL '*'"),
        ("VALUE X'00FF'", "X'00FF'"),
        ("VALUE 'it''s'", "'it''s'"),
        ("VALUE HIGH-VALUES", "HIGH-VALUE"),
        ("VALUE .5", ".5"),
        ("VALUE 'a' & 'b'", "'ab'"),
        ("VALUE\n  12", "12"),
    ],
)
def test_values(entry: Reads, text: str, shown: str) -> None:
    (value,) = entry(f"05 A PIC X {text}.").values
    assert str(value) == shown


def test_conditions_belong_to_the_item_above(entry: Reads) -> None:
    item = entry("""
        05 STATE PIC X.
           88 OPEN-STATE   VALUE 'A'.
           88 KNOWN  VALUES ARE 'A' 'B', 'D' THRU 'F'
                     'X'
                     WHEN SET TO FALSE IS SPACE.
           88 NUMBERS VALUE 1 THROUGH 5
                            9.
           88 SHORT VALUE 'Y' FALSE 'N'.
    """)
    assert [(c.name, [str(v) for v in c.values], str(c.false)) for c in item.conditions] == [
        ("OPEN-STATE", ["'A'"], "None"),
        ("KNOWN", ["'A'", "'B'", "'D' THRU 'F'", "'X'"], "SPACE"),
        ("NUMBERS", ["1 THRU 5", "9"], "None"),
        ("SHORT", ["'Y'"], "'N'"),
    ]


def test_renames_and_constants(entries: Reads) -> None:
    found, wrong = entries("78 N VALUE 3. 01 R. 05 A PIC X(N) OCCURS N. 66 B RENAMES A. 66 C RENAMES A THRU A OF R.")
    assert not wrong
    assert found[1].occurs is not None
    assert found[1].occurs.most == 3
    assert [[n.text for n in e.renames] for e in found[2:]] == [["A"], ["A", "A"]]


@pytest.mark.parametrize(
    ("text", "name", "filler"),
    [
        ("05 PIC X.", "", True),
        ("05 FILLER PIC X.", "FILLER", True),
        ("05 REDEFINES A PIC X.", "", True),
        ("05 COMP-1.", "", True),
        ("05 OCCURS 3 TIMES PIC X.", "", True),
        ("05 SIGN PIC X.", "SIGN", False),
        ("05 INDEX PIC 9.", "INDEX", False),
        ("05 TYPE PIC X.", "TYPE", False),
        ("05 TYPE.", "TYPE", False),
        ("05 :TAG:-A PIC X.", "TAG-A", False),
        ("05 'P'-A PIC X.", "P-A", False),
        ("5 A PIC X.", "A", False),
        ("005 A PIC X.", "A", False),
    ],
)
def test_names(entry: Reads, text: str, name: str, filler: bool) -> None:
    found = entry(text)
    assert (found.name, found.filler, found.level) == (name, filler, 5)


def test_a_program_around_the_data_is_passed_over(entries: Reads) -> None:
    found, wrong = entries("""
        IDENTIFICATION DIVISION. PROGRAM-ID. X. ENVIRONMENT DIVISION.
        DATA DIVISION. FILE SECTION.
        FD  ORDERS RECORD CONTAINS 80 CHARACTERS.
        01 R. 05 A PIC X.
        PROCEDURE DIVISION.
            MOVE 1 TO A.
    """)
    assert not wrong
    assert [e.name for e in found] == ["R", "A"]


def test_several_errors_are_found_in_one_reading(entries: Reads) -> None:
    found, wrong = entries("""
        01 R.
           05 A PICT X.
           05 B PIC X
           05 C USAGE COMPP.
           XX D PIC X.
           05 E PIC X PIC X.
           50 F PIC X.
           05 G OCCURS 5 TO 3 PIC X.
           05 H PIC X OCCURS.
           05 I SIGN MIDDLE.
           88 VALUE 1.
           05 Z PIC 9.
    """)
    assert [w.code for w in wrong] == [
        "C0101", "C0103", "C0105", "C0102", "C0106", "C0107", "C0304", "C0105", "C0105", "C0105",
    ]  # fmt: skip
    assert wrong[0].help == "did you mean PIC?"
    assert wrong[2].help == "did you mean COMP?"
    assert [e.name for e in found] == ["R", "B", "Z"]


def test_reading_is_given_up_after_many_errors(entries: Reads) -> None:
    _, wrong = entries("XX.\n" * 100)
    assert len(wrong) == 20


def test_a_condition_without_an_item_is_an_error(entries: Reads) -> None:
    assert [w.code for w in entries("88 A VALUE 1.")[1]] == ["C0308"]
