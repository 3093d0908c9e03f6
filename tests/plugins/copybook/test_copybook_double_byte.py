"""EBCDIC pages with two bytes a character: shifts, blanks, what is no character, and the items that are of double bytes alone."""

from __future__ import annotations

import codecs
import shutil
from typing import Any

import pytest

import arrowsmith
from arrowsmith.layout.types import Bytes, Text
from arrowsmith_copybook.double_byte import MIXED, codec_of, graphic
from arrowsmith_copybook.generate_double_byte import characters

#: 日本, あ and a fullwidth A in the double bytes of Japanese pages
JAPAN = bytes.fromhex("4562 4566 4481 42C1")


def value(picture: str, data: bytes, **options: str) -> Any:
    book = arrowsmith.text(f"       01 R.\n          05 F {picture}.\n")
    return arrowsmith.read(book, data, format="copybook", options=options)["F"][0].as_py()


@pytest.mark.parametrize("page", ["cp930", "IBM-939", "1390", "cp1399"])
def test_a_mixed_text(page: str) -> None:
    """Single bytes, double ones between the shifts, and single ones again; blanks of both sorts are trimmed."""
    data = b"\xc1\x0e" + JAPAN + b"\x0f\xc2"

    assert value("PIC X(14)", data + b"\x40\x40", ebcdic_code_page=page) == "A\u65e5\u672c\u3042\uff21B"
    assert value("PIC X(14)", data + b"\x40\x40", ebcdic_code_page=page, string_trimming_policy="none")[-2:] == "  "


@pytest.mark.parametrize(
    ("picture", "options"),
    [
        ("PIC G(5) DISPLAY-1", {"ebcdic_code_page": "cp930"}),
        ("PIC G(5) USAGE DISPLAY-1", {"ebcdic_code_page": "cp300"}),
        ("PIC N(5)", {"ebcdic_code_page": "cp939", "nsymbol": "dbcs"}),
        ("PIC X(10)", {"ebcdic_code_page": "cp300"}),
        ("PIC G(5) DISPLAY-1", {"field_code_page:cp930": "F"}),
    ],
)
def test_double_bytes_alone(picture: str, options: dict[str, str]) -> None:
    """Graphic items have no shifts, and take the double bytes of a mixed page."""
    assert value(picture, JAPAN + b"\x40\x40", **options) == "\u65e5\u672c\u3042\uff21"


def test_graphic_items_of_a_page_of_single_bytes(layout: Any) -> None:
    """Nothing says what their characters are: they are bytes."""
    made = layout("01 R.\n 05 F PIC G(4) DISPLAY-1.", {"ebcdic_code_page": "cp037"})

    assert isinstance(made.record.members[0].type, Bytes)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("C10E42C1", "A\uff21"),  # the field ends before its shift-in
        ("C10E42C140", "A\uff21"),  # and with half a blank
        ("C10E41FE0FC2", "A B"),  # no character
        ("C10FC2", "A B"),  # a shift-in without a shift-out
        ("C10EC2", "A"),  # half a character
        ("C1C20E", "AB"),  # a shift-out and nothing
    ],
)
def test_what_is_not_as_it_should_be(data: str, expected: str) -> None:
    """Each wrong piece becomes one blank, which is trimmed at an end, as in other pages, and is refused where that is asked for."""
    raw = bytes.fromhex(data)

    assert value(f"PIC X({len(raw)})", raw, ebcdic_code_page="cp930") == expected


def test_wrong_pieces_are_refused_where_that_is_asked_for() -> None:
    """undecodable=error"""
    with pytest.raises(arrowsmith.DataError, match="is no text in ebcdic-930"):
        value("PIC X(6)", bytes.fromhex("C10E41FE0FC2"), ebcdic_code_page="cp930", undecodable="error")


def test_ids_of_segments_are_compared_in_single_bytes() -> None:
    """A filter under a mixed page."""
    book = arrowsmith.text("       01 R.\n          05 ID PIC X.\n          05 F PIC X(3).\n")
    options = {"ebcdic_code_page": "cp930", "segment_field": "ID", "segment_filter": "B"}

    rows = arrowsmith.read(book, "A123B456".encode("cp037"), format="copybook", options=options).to_pylist()

    assert rows == [{"ID": "B", "F": "456"}]


@pytest.mark.parametrize("page", MIXED)
def test_every_page_has_its_codecs(page: str) -> None:
    """The mixed one and that of its double bytes: each with a blank, a fullwidth A, and no way back."""
    mixed = codec_of(page)

    assert codecs.lookup(mixed).name == mixed
    assert b"\xc1\x0e\x42\xc1\x0f".decode(mixed) == "A\uff21"
    assert b"\x42\xc1\x40\x40".decode(graphic(mixed)) == "\uff21\u3000"
    with pytest.raises(UnicodeEncodeError):
        "A".encode(mixed)


@pytest.mark.skipif(shutil.which("iconv") is None, reason="there is no iconv on this machine")
def test_the_tables_are_what_iconv_says() -> None:
    """A row of a page, made anew."""
    pairs = [bytes([0x0E, 0x45, b, 0x0F]) for b in range(0x40, 0xFF)]
    found = characters("930", pairs)

    if not found.strip("\ufffd"):
        pytest.skip("this iconv has no IBM930")
    assert found == b"".join(pair[1:3] for pair in pairs).decode("ebcdic-300", "replace")


def test_a_text_of_the_layout_names_the_codec(layout: Any) -> None:
    """Its pad is the blank of EBCDIC."""
    kind = layout("01 R.\n 05 F PIC X(4).", {"ebcdic_code_page": "cp1364"}).record.members[0].type

    assert isinstance(kind, Text)
    assert (kind.charset, kind.pad) == ("ebcdic-1364", b"\x00\x40")
