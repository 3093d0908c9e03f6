"""The tree of items: levels, offsets, slack, redefinitions, tables and their counts, types, roots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith_copybook.items import Item, items_of

#: A fixture: text → what it says.
Reads: TypeAlias = Callable[..., Any]


def codes(wrong: list[Any]) -> list[str]:
    return [w.code for w in wrong]


def test_members_lie_one_behind_the_other(places: Reads) -> None:
    assert places("01 R. 05 A PIC X(3). 05 G. 10 B PIC 9(4) COMP. 10 C PIC 9(3) COMP-3. 05 D PIC X.") == {
        "R": (0, 8), "A": (0, 3), "G": (3, 4), "B": (3, 2), "C": (5, 2), "D": (7, 1),
    }  # fmt: skip


def test_level_numbers_may_be_uneven(places: Reads) -> None:
    found = places("1 R. 10 A PIC X. 5 B. 12 C PIC X. 7 D PIC X.")
    assert found["B"] == (1, 2)
    assert found["D"] == (2, 1)


def test_tables_take_their_greatest_size(places: Reads) -> None:
    found = places("01 R. 05 N PIC 9. 05 T OCCURS 1 TO 5 DEPENDING ON N. 10 A PIC XX OCCURS 3. 05 Z PIC X.")
    assert found["T"] == (1, 6)
    assert found["Z"] == (31, 1)


def test_redefinitions_begin_where_the_item_begins_and_the_longest_counts(items: Reads) -> None:
    found = items("""
        01 R.
           05 A PIC X(4).
           05 B REDEFINES A.
              10 C PIC 9(2) COMP-3.
              10 D REDEFINES C PIC XX.
              10 E PIC X(6).
           05 F REDEFINES B PIC X.
           05 FILLER REDEFINES A PIC X(3) OCCURS 2.
           05 Z PIC X.
    """)
    assert {n: (i.offset, i.size) for n, i in found.items() if n in "ABCDEFZ"} == {
        "A": (0, 4), "B": (0, 8), "C": (0, 2), "D": (0, 2), "E": (2, 6), "F": (0, 1), "Z": (8, 1),
    }  # fmt: skip
    assert found["B"].base == found["A"].number
    assert found["F"].base == found["B"].number
    assert found["D"].base == found["C"].number
    assert found["E"].base is None


def test_usage_and_sign_of_a_group_are_its_numbers(items: Reads) -> None:
    found = items("""
        01 R USAGE COMP-3.
           05 A PIC 9(5).
           05 B PIC X(3).
           05 G. 10 C PIC S9(3).
        01 S REDEFINES R SIGN LEADING SEPARATE.
           05 D PIC S9(3).
           05 E PIC 9(3).
           05 F PIC S9(3) TRAILING.
        01 U REDEFINES R USAGE COMP-1. 05 V.
    """)
    kinds = {name: (i.storage.kind, i.size) for name, i in found.items() if i.storage}
    assert kinds == {
        "A": ("packed", 3), "B": ("text", 3), "C": ("packed", 2), "D": ("zoned", 4), "E": ("zoned", 3), "F": ("zoned", 3),
        "V": ("float", 4),
    }  # fmt: skip


def test_a_members_usage_may_not_contradict_its_groups(book: Reads) -> None:
    assert codes(book("01 R COMP. 05 A PIC 9 COMP-3. 05 B PIC 9 BINARY.")[1]) == ["C0306"]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        # z/OS: fullwords and doublewords of binary at fullwords, COMP-2 at doublewords; slack before the group
        ("ibm", {"H": (2, 2), "F": (4, 4), "D": (12, 8), "G": (24, 4), "W": (24, 4), "L": (32, 8)}),
        ("gnucobol", {"H": (2, 2), "F": (4, 4), "D": (16, 8), "G": (25, 7), "W": (28, 4), "L": (40, 8)}),
        ("mf", {"H": (1, 2), "F": (3, 3), "D": (7, 8), "G": (16, 3), "W": (16, 3), "L": (20, 8)}),
    ],
)
def test_synchronized_items_begin_at_boundaries(places: Reads, dialect: str, expected: dict[str, Any]) -> None:
    found = places(
        """
        01 R.
           05 A PIC X.
           05 H PIC S9(4) COMP SYNC.
           05 F PIC S9(6) COMP SYNC.
           05 B PIC X.
           05 D PIC S9(18) COMP SYNC.
           05 C PIC X.
           05 G. 10 W PIC S9(6) COMP SYNC.
           05 E PIC X.
           05 L COMP-2 SYNC.
        """,
        dialect,
    )
    assert {name: found[name] for name in expected} == expected


def test_occurrences_of_a_group_are_padded_to_its_boundary(items: Reads) -> None:
    """The example of the Language Reference: each occurrence begins at a fullword."""
    found = items("01 R. 05 T OCCURS 4. 10 A PIC X(3). 10 B PIC S9(6) COMP SYNC. 10 C PIC X. 05 Z PIC X.")
    assert (found["T"].size, found["T"].stride, found["T"].total) == (9, 12, 48)
    assert found["B"].offset == 4
    assert found["Z"].offset == 48


def test_display_items_need_no_boundary(places: Reads) -> None:
    assert places("01 R. 05 A PIC X. 05 B PIC 9(4) SYNC. 05 C PIC 9(4) COMP-3 SYNC.")["C"] == (5, 3)


def test_a_redefinition_has_no_slack(items: Reads) -> None:
    found = items("01 R. 05 A PIC X. 05 B PIC X(4). 05 C REDEFINES B PIC S9(6) COMP SYNC.")
    assert (found["C"].offset, found["C"].slack) == (1, 0)


def test_the_count_of_a_table_is_the_nearest_item_of_that_name(items: Reads) -> None:
    found = items(
        "01 R. 05 N PIC 9. 05 G. 10 N PIC 9. 05 T PIC X OCCURS 3 DEPENDING ON N. 05 U PIC X OCCURS 3 DEPENDING ON N OF R."
    )
    assert found["T"].count == found["N"].number
    outer = items("01 R. 05 H. 10 N PIC 9. 05 G. 10 N PIC 9. 05 T PIC X OCCURS 3 DEPENDING ON N OF H.")
    assert outer["T"].count == 2


@pytest.mark.parametrize(
    "text",
    [
        "01 R. 05 T PIC X OCCURS 3 DEPENDING ON N. 05 N PIC 9.",
        "01 R. 05 N PIC X. 05 T PIC X OCCURS 3 DEPENDING ON N.",
        "01 R. 05 N PIC 9V9. 05 T PIC X OCCURS 3 DEPENDING ON N.",
        "01 R. 05 N. 10 M PIC 9. 05 T PIC X OCCURS 3 DEPENDING ON N.",
        "01 R. 05 N PIC 9. 05 T PIC X OCCURS 3 DEPENDING ON N OF Q.",
    ],
)
def test_the_count_of_a_table_is_a_whole_number_before_it(book: Reads, text: str) -> None:
    assert codes(book(text)[1]) == ["C0305"]


def test_a_mapped_count_may_be_a_text(items: Reads) -> None:
    found = items("01 R. 05 N PIC X. 05 T-T PIC X OCCURS 3 DEPENDING ON N.", mapped=frozenset({"T-T"}))
    assert found["T-T"].count == found["N"].number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01 R. 05 A PIC X. 10 B PIC X.", "C0208"),
        ("01 R.", "C0207"),
        ("01 R. 05 G.", "C0207"),
        ("01 R. 05 A REDEFINES B PIC X.", "C0303"),
        ("01 R. 05 A PIC X. 05 B PIC X. 05 C REDEFINES A PIC X.", "C0302"),
        ("01 R. 05 A PIC X. 66 B RENAMES C.", "C0309"),
        ("01 R. 05 A TYPE T.", "C0310"),
        ("01 R. 05 A PIC X(2147483647). 05 B PIC X.", "C0311"),
        ("01 R. 05 A PIC X. 01 S. 05 B PIC X.", "C0307"),
    ],
)
def test_what_a_structure_may_not_be(book: Reads, text: str, code: str) -> None:
    _, wrong = book(text)
    assert code in codes(wrong)
    assert all(w.span is not None for w in wrong)


def test_types_give_their_clauses_and_members(places: Reads) -> None:
    found = places("""
        01 MONEY IS TYPEDEF PIC S9(7)V99 COMP-3.
        01 ADDRESS IS TYPEDEF. 05 STREET PIC X(20). 05 CITY PIC X(10).
        01 R.
           05 PRICE TYPE MONEY.
           05 HOME TYPE TO ADDRESS.
           05 PAID SAME AS PRICE.
    """)
    assert (found["PRICE"], found["HOME"], found["PAID"]) == ((0, 5), (5, 30), (35, 5))
    assert "MONEY" not in found


@pytest.mark.parametrize(("roots", "offsets"), [("sequence", [0, 3]), ("overlay", [0, 0])])
def test_roots_lie_as_the_option_says(book: Reads, roots: str, offsets: list[int]) -> None:
    made, wrong = book("01 R. 05 A PIC X(3). 01 S. 05 B PIC X(5).", roots=roots)
    assert not wrong
    assert [root.offset for root in made.roots] == offsets
    assert made.size == (8 if roots == "sequence" else 5)


def test_header_and_trailer_are_taken_out(book: Reads) -> None:
    text = "01 HDR-REC. 05 A PIC X(3). 01 D. 05 B PIC X(5). 01 TRL. 05 C PIC X."
    made, wrong = book(text, header="HDR-REC", trailer="TRL")
    assert not wrong
    assert [root.name for root in made.roots] == ["D"]
    assert (made.header.size, made.trailer.size) == (3, 1)
    assert made.roots[0].offset == 0


def test_items_without_a_level_01_follow_each_other(places: Reads) -> None:
    assert places("10 A PIC X(2). 10 B PIC X(3).") == {"A": (0, 2), "B": (2, 3)}


def test_renames_are_kept_beside_the_record(book: Reads) -> None:
    made, wrong = book("01 R. 05 A PIC X. 05 B PIC X. 66 AB RENAMES A THRU B.")
    assert not wrong
    assert [entry.name for entry in made.renames] == ["AB"]


_PICTURES = (
    "PIC X(3)",
    "PIC 9(4) COMP",
    "PIC S9(7) COMP SYNC",
    "PIC S9(5) COMP-3",
    "COMP-2 SYNC",
    "PIC S9(3)",
    "POINTER SYNC",
)


@st.composite
def copybooks(draw: st.DrawFn) -> str:
    """Copybooks with groups, tables, redefinitions and boundaries."""
    lines = ["01 R."]
    level = 5
    for number in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(("item", "item", "group", "up")))
        if kind == "up":
            level = max(5, level - 5)
        occurs = f" OCCURS {draw(st.integers(2, 4))}" if draw(st.booleans()) else ""
        if kind == "group" and level < 40:
            lines.append(f"{level} G{number}{occurs}.")
            level += 5
        picture = draw(st.sampled_from(_PICTURES))
        lines.append(f"{level} A{number} {picture}{occurs}.")
        if draw(st.booleans()):
            lines.append(f"{level} B{number} REDEFINES A{number} {draw(st.sampled_from(_PICTURES))}.")
    return "\n".join(lines)


@given(copybooks(), st.sampled_from(("ibm", "mf", "gnucobol", "acu")))
def test_items_do_not_overlap_but_for_redefinitions(text: str, dialect: str) -> None:
    """Members begin where the ones before end, within their group; synchronized ones at their boundary in each occurrence."""
    from arrowsmith.diagnostics import Source
    from arrowsmith_copybook.building import Settings, build
    from arrowsmith_copybook.copying import expand
    from arrowsmith_copybook.dialect import DIALECTS
    from arrowsmith_copybook.entries import read_entries
    from arrowsmith_copybook.source import Style

    tokens, _ = expand(Source("t.cpy", text), Style(form="free"), lambda name, source: source)
    made, wrong = build(read_entries(tokens)[0], Settings(dialect=DIALECTS[dialect]))
    assert not wrong
    boundaries = DIALECTS[dialect].boundaries

    def visit(item: Item) -> None:
        end = item.offset
        for member in item.members:
            if member.base is None:
                assert member.offset >= end
                assert member.offset - member.slack == end
                start = member.offset
            assert member.offset == start
            end = max(end, member.offset + member.total)
            visit(member)
        assert not item.members or item.size == end - item.offset
        assert item.stride >= item.size
        if item.entry.synchronized and item.base is None and item.storage is not None:
            boundary = boundaries.get(item.storage.family, {}).get(item.size, 1)
            assert item.offset % boundary == 0
            assert not item.entry.occurs or item.stride % boundary == 0

    for root in made.roots:
        visit(root)
    assert len({item.number for item in items_of(made.roots)}) == len(list(items_of(made.roots)))
