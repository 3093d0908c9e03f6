"""Lines of a copybook become the characters that count, each with its place."""

from __future__ import annotations

import pytest

from arrowsmith.diagnostics import Source
from arrowsmith_copybook.source import Code, Style, guess_form, read_code
from arrowsmith_copybook.tokens import tokenize


def code(text: str, **style: object) -> Code:
    return read_code(Source("t.cpy", text), Style(**style))  # type: ignore[arg-type]  # a test's own words


def words(text: str, **style: object) -> list[str]:
    tokens, wrong = tokenize(code(text, **style))
    assert not wrong
    return [token.text for token in tokens[:-1]]


def test_fixed_form_reads_columns_8_to_72() -> None:
    line = "000100     05  A  PIC X.".ljust(72) + "IDENTIFY"
    assert words(line) == ["05", "A", "PIC", "X", "."]


@pytest.mark.parametrize(
    "line",
    [
        "      * 05 A PIC X.",
        "      / 05 A PIC X.",
        "000100* 05 A PIC X.",
        "   ***** 05 A PIC X.",
        "      D 05 A PIC X.",
        "      *> 05 A PIC X.",
        "           EJECT",
        "           SKIP2.",
        "           TITLE 'A record'.",
        "       >>LIST OFF",
        "      $SET NOLIST",
    ],
)
def test_comments_debugging_lines_and_listing_words_say_nothing(line: str) -> None:
    assert words(f"{line}\n       05 B PIC X.", form="fixed") == ["05", "B", "PIC", "X", "."]


def test_text_that_begins_in_the_indicator_column_is_text() -> None:
    """Cobrix cuts six columns and no seventh, and people's copybooks rely on it."""
    assert words("      01  R.\n        05 A PIC X.") == ["01", "R", ".", "05", "A", "PIC", "X", "."]
    assert words("      05 T OCCURS 1 TO 3\n      DEPENDING ON N.", form="fixed")[6] == "DEPENDING"


def test_a_star_after_the_text_begins_a_comment() -> None:
    assert words("       05 A PIC X. ** the 'first' letter\n       05 B PIC 9. *> second")[4:8] == [
        ".",
        "05",
        "B",
        "PIC",
    ]


def test_a_star_in_the_place_of_a_picture_is_check_protection() -> None:
    assert words("       05 A PIC ***9.99.\n       05 B PICTURE IS *(5).")[3] == "***9.99"


def test_a_literal_is_continued_with_its_blanks() -> None:
    first = "           05 A PIC X(99) VALUE 'ab".ljust(70)
    tokens, wrong = tokenize(code(f"{first}\n      -    'cd'.\n"))
    assert not wrong
    literal = tokens[5]
    assert literal.text == "ab" + " " * (72 - len("           05 A PIC X(99) VALUE 'ab")) + "cd"
    assert literal.span.text.startswith("'ab")
    assert literal.span.text.endswith("'cd'")


def test_a_word_is_continued_without_blanks() -> None:
    assert words("           05 CUSTO\n      -        MER PIC X.") == ["05", "CUSTOMER", "PIC", "X", "."]


def test_every_character_knows_its_place() -> None:
    text = "000100 01  R.\n000200*    comment\n000300     05  AMOUNT PIC 9(3).\n"
    found = code(text)
    assert len(found.offsets) == len(found.text)
    assert list(found.offsets) == sorted(found.offsets)
    tokens, _ = tokenize(found)
    amount = next(t for t in tokens if t.text == "AMOUNT")
    assert str(amount.span) == "t.cpy:3:16"
    assert amount.span.text == "AMOUNT"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("01 R.\n  05 A PIC X.", "free"),
        ("    05 A PIC X.", "free"),
        ("     10 A PIC X.", "free"),
        ("      10 A PIC X.", "fixed"),
        ("       01 R.", "fixed"),
        ("\t01 R.\n\t\t05 A PIC X.", "fixed"),
        ("00010001 R.\n000200 05 A PIC X.", "fixed"),
        ("000100 01 R.\n000200   05 A PIC X.", "fixed"),
        ("* 01 R.\n      * 05 A PIC X.", "fixed"),
        ("", "fixed"),
    ],
)
def test_the_form_is_guessed_from_where_entries_begin(text: str, form: str) -> None:
    assert guess_form(text, Style()) == form


def test_a_directive_switches_the_form() -> None:
    free = "01 R.\n 05 A PIC X.\n"
    for line in (
        "      >>SOURCE FORMAT IS FREE",
        "      >>source free",
        '      $SET SOURCEFORMAT"FREE"',
        ">>SOURCE FORMAT FREE",
    ):
        assert words(f"{line}\n{free}", form="fixed")[:3] == ["01", "R", "."]
    assert words(f">>SOURCE FREE\n{free}>>SOURCE FIXED\n000100     05 B PIC X.")[-5:] == ["05", "B", "PIC", "X", "."]


def test_a_tab_that_crosses_the_margin_takes_the_indicator_with_it() -> None:
    assert words("\t01  R.\n\t\t05 A\tPIC X.", form="fixed") == ["01", "R", ".", "05", "A", "PIC", "X", "."]


def test_margins_are_options() -> None:
    assert words("12301 R. xx", form="fixed", left=3, right=8) == ["01", "R", "."]
    assert words("01 R.", form="fixed", left=0) == ["01", "R", "."]


def test_variable_form_has_no_right_margin() -> None:
    assert words("       05 A PIC X".ljust(80) + "VALUE 'Z'.", form="variable")[-3:] == ["VALUE", "Z", "."]


def test_odd_characters_are_white_space() -> None:
    assert words("\ufeff      \u00a001\u00a0R.\r\n       05 A PIC X.\r\n\x1a", form="fixed")[:2] == ["01", "R"]


def test_words_numbers_and_literals_are_told_apart() -> None:
    tokens, wrong = tokenize(
        code(r"""05 A, PIC +999,99; VALUE X'0F' "say ""x"" " 'it''s' 'P'-N 1.5 .5. """, form="free")
    )
    assert not wrong
    assert [(t.kind, t.prefix, t.text) for t in tokens[2:]] == [
        ("word", "", "PIC"),
        ("word", "", "+999,99"),
        ("word", "", "VALUE"),
        ("literal", "X", "0F"),
        ("literal", "", 'say "x" '),
        ("literal", "", "it's"),
        ("word", "", "P-N"),
        ("word", "", "1.5"),
        ("word", "", ".5"),
        ("period", "", "."),
        ("end", "", ""),
    ]


def test_an_open_literal_is_an_error_at_its_quote() -> None:
    _, (wrong,) = tokenize(code("       05 A PIC X VALUE 'open.\n"))
    assert (wrong.code, str(wrong.span)) == ("C0104", "t.cpy:1:25")
