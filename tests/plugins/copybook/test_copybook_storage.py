"""Picture and usage give bytes: sizes, byte orders, signs, in each dialect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from arrowsmith_copybook.dialect import BINARY_SIZES, DIALECTS
from arrowsmith_copybook.storage import Storage

#: A fixture: text → what it says.
Reads: TypeAlias = Callable[..., Any]


def stored(items: Reads, text: str, dialect: str = "ibm", **settings: Any) -> Storage:
    item = items(f"05 A {text}.", dialect, **settings)["A"]
    assert isinstance(item.storage, Storage)
    return item.storage


@pytest.mark.parametrize(
    ("text", "kind", "size"),
    [
        ("PIC X(10)", "text", 10),
        ("PIC XX/XX", "text", 5),
        ("PIC 9(5)", "zoned", 5),
        ("PIC S9(5)V99", "zoned", 7),
        ("PIC S9(5) SIGN LEADING SEPARATE", "zoned", 6),
        ("PIC 99V99 SIGN TRAILING SEPARATE", "zoned", 5),
        ("PIC PPP9(5)", "zoned", 5),
        ("PIC +9(8)", "edited", 9),
        ("PIC S9(3).99", "edited", 6),
        ("PIC S9(3).99 SIGN LEADING SEPARATE", "edited", 7),
        ("PIC Z,ZZ9.99", "text", 8),
        ("PIC +9(3)V99E+99", "scientific", 10),
        ("PIC +9(3)V99E+99 USAGE NATIONAL", "national", 20),
        ("PIC 9 COMP-3", "packed", 1),
        ("PIC 9(4) COMP-3", "packed", 3),
        ("PIC S9(5)V99 COMP-3", "packed", 4),
        ("PIC 9(5) COMP-6", "packed", 3),
        ("PIC 9(4)V99 COMP-3U", "packed", 3),
        ("PIC X(4) COMP-3U", "packed", 4),
        ("PIC 9(4) COMP", "binary", 2),
        ("PIC 9(5) COMP", "binary", 4),
        ("PIC 9(9) BINARY", "binary", 4),
        ("PIC 9(10) COMP-4", "binary", 8),
        ("PIC 9(18) COMP-5", "binary", 8),
        ("PIC 9(19) COMP", "binary", 9),
        ("PIC S9(28) COMP", "binary", 12),
        ("PIC S9(37) COMP", "binary", 16),
        ("PIC 9(2) COMP-9", "binary", 1),
        ("PIC 9(3) COMP-9", "binary", 2),
        ("PIC 9(6) COMP-X", "binary", 3),
        ("PIC X(3) COMP-X", "binary", 3),
        ("PIC X(12) COMP-X", "bytes", 12),
        ("PIC X(3) COMP", "bytes", 3),
        ("COMP-1", "float", 4),
        ("COMP-2", "float", 8),
        ("FLOAT-LONG", "float", 8),
        ("BINARY-CHAR", "binary", 1),
        ("BINARY-DOUBLE UNSIGNED", "binary", 8),
        ("INDEX", "binary", 4),
        ("POINTER", "binary", 4),
        ("PROCEDURE-POINTER", "binary", 8),
        ("PIC N(4)", "national", 8),
        ("PIC N(4) NATIONAL", "national", 8),
        ("PIC N(4) DISPLAY-1", "dbcs", 8),
        ("PIC G(4) DISPLAY-1", "dbcs", 8),
        ("PIC 9(4) NATIONAL", "national", 8),
        ("PIC U(5)", "utf8", 20),
        ("PIC U(5) BYTE-LENGTH 7", "utf8", 7),
    ],
)
def test_sizes(items: Reads, text: str, kind: str, size: int) -> None:
    storage = stored(items, text)
    assert (storage.kind, storage.size) == (kind, size)


@pytest.mark.parametrize(
    ("rule", "signed", "sizes"),
    [
        ("2-4-8", True, {1: 2, 4: 2, 5: 4, 9: 4, 10: 8, 18: 8, 19: 9, 20: 9, 37: 16}),
        ("1-2-4-8", False, {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 9: 4, 10: 8, 18: 8, 19: 16, 38: 16}),
        ("1--8", True, {2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 4, 9: 4, 11: 5, 14: 6, 16: 7, 18: 8}),
        ("1--8", False, {2: 1, 4: 2, 7: 3, 9: 4, 12: 5, 14: 6, 16: 7, 18: 8}),
        ("comp-9", True, {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 10: 8}),
    ],
)
def test_binary_sizes_by_digits(rule: str, signed: bool, sizes: dict[int, int]) -> None:
    assert {digits: BINARY_SIZES[rule](digits, signed) for digits in sizes} == sizes


@pytest.mark.parametrize(
    ("dialect", "comp", "comp5"),
    [
        ("ibm", (2, "big"), "big"),
        ("mf", (1, "big"), "little"),
        ("gnucobol", (1, "big"), "little"),
        ("acu", (2, "big"), "little"),
    ],
)
def test_dialects_differ_in_binary(items: Reads, dialect: str, comp: tuple[int, str], comp5: str) -> None:
    binary = stored(items, "PIC S99 COMP", dialect)
    assert (binary.size, binary.order) == comp
    assert stored(items, "PIC S99 COMP-5", dialect).order == comp5
    assert stored(items, "PIC S99 COMP-9", dialect).order == "little"
    assert stored(items, "PIC 99 COMP-X", dialect).order == "big"


def test_every_dialect_names_itself() -> None:
    assert all(name == dialect.name for name, dialect in DIALECTS.items())


@pytest.mark.parametrize(
    ("text", "signed", "leading", "separate"),
    [
        ("PIC S99", True, False, False),
        ("PIC S99 SIGN LEADING", True, True, False),
        ("PIC S99 TRAILING SEPARATE", True, False, True),
        ("PIC 99 SIGN LEADING SEPARATE", True, True, True),
        ("PIC -99", True, True, True),
        ("PIC 99+", True, False, True),
        ("PIC S9.9", True, False, False),
    ],
)
def test_signs(items: Reads, text: str, signed: bool, leading: bool, separate: bool) -> None:
    storage = stored(items, text)
    assert storage.sign is not None
    assert (storage.signed, storage.sign.leading, storage.sign.separate) == (signed, leading, separate)


def test_an_unsigned_number_has_no_sign(items: Reads) -> None:
    assert stored(items, "PIC 99").sign is None
    assert stored(items, "PIC ZZ.99").sign is None


def test_edited_pictures_become_numbers_on_demand(items: Reads) -> None:
    storage = stored(items, "PIC $$,$$9.99CR", edited_numbers=True)
    assert (storage.kind, storage.size, storage.digits, storage.scale) == ("edited", 11, 6, 2)


def test_a_picture_that_inserts_zeros_is_no_number(items: Reads) -> None:
    """The zeros of 99099 are no digits, and a reader cannot tell them from those that are."""
    assert stored(items, "PIC 99099", edited_numbers=True).kind == "text"


@pytest.mark.parametrize(
    ("text", "editing"),
    [("PIC Z9.99", ""), ("PIC **9.99", "-edited"), ("PIC Z,ZZ9.99", "-edited"), ("PIC *9,99", "-edited-comma")],
)
def test_editing_symbols_need_a_digit_table_that_knows_them(items: Reads, text: str, editing: str) -> None:
    assert stored(items, text, edited_numbers=True).editing == editing


def test_nsymbol_says_what_n_is(items: Reads) -> None:
    assert stored(items, "PIC N(2)", nsymbol="dbcs").kind == "dbcs"
    assert stored(items, "PIC N(2) NATIONAL", nsymbol="dbcs").kind == "national"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("PIC X(3) COMP-3", "C0206"),
        ("PIC Z9 COMP", "C0206"),
        ("PIC X COMP-1", "C0206"),
        ("PIC 9 DISPLAY-1", "C0206"),
        ("PIC S9 COMP SIGN LEADING SEPARATE", "C0206"),
        ("PIC +9 SIGN LEADING SEPARATE", "C0206"),
        ("PIC X(20) COMP-3U", "C0204"),
        ("COMP", "C0207"),
        ("VALUE 'A'", "C0207"),
        ("PIC 9(40)", "C0204"),
    ],
)
def test_usages_that_do_not_go_with_the_picture(book: Reads, text: str, code: str) -> None:
    _, wrong = book(f"05 A {text}.")
    assert [w.code for w in wrong] == [code]
    assert wrong[0].span is not None
