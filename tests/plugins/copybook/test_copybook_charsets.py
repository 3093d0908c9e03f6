"""Code pages agree with Python's codecs, and `common` is what Latin pages have in common."""

from __future__ import annotations

import codecs

import pytest

from arrowsmith.errors import OptionError
from arrowsmith_copybook.charsets import SINGLE_NAMES, ascii_charset, ebcdic

#: Latin pages with the same invariant characters (IBM character set 00640).
LATIN = ("cp037", "cp273", "cp277", "cp278", "cp280", "cp284", "cp285", "cp297", "cp500", "cp871", "cp1047", "cp1140")


@pytest.mark.parametrize("name", SINGLE_NAMES)
def test_every_page_has_256_characters_or_none(name: str) -> None:
    page = ebcdic(name)
    assert page.name == name
    assert len(page.table) == 256
    assert all(len(c) <= 1 and c != "\ufffd" for c in page.table)
    assert page.table[0x40] == " "
    digits = [c for c in page.table if c.isdecimal() and c.isascii()]
    assert "".join(sorted(digits)) == "0123456789"


@pytest.mark.parametrize("name", ["cp037", "cp273", "cp424", "cp500", "cp1026", "cp1140"])
def test_printing_characters_are_those_of_pythons_codecs(name: str) -> None:
    table = ebcdic(name).table
    for byte in range(0x40, 0xFF):
        try:
            expected = bytes([byte]).decode(name)
        except UnicodeDecodeError:
            expected = ""
        if not (expected < " " or "\x7f" <= expected < "\xa0" or expected == "\u203e"):  # OVERLINE is MACRON here
            assert table[byte] == expected, hex(byte)


def test_the_euro_pages_differ_from_their_own_by_the_euro() -> None:
    for euro, old in (("cp1140", "cp037"), ("cp1141", "cp273"), ("cp1148", "cp500"), ("cp1147", "cp297")):
        pairs = zip(ebcdic(euro).table[0x40:], ebcdic(old).table[0x40:], strict=True)
        assert [pair for pair in pairs if pair[0] != pair[1]] == [("€", "¤")]


def test_letters_and_digits_of_common_are_those_of_every_latin_page() -> None:
    common = ebcdic("common").table
    for byte, character in enumerate(common[0x40:0xFF], 0x40):
        if character and (character.isalnum() or character in " .<(+&*);-/,%_>?:'=\""):
            others = {ebcdic(name).table[byte] for name in LATIN} - {"\xa0", "\xad"}
            assert others <= {character} or byte in (0x41, 0xCA), hex(byte)


def test_control_characters_are_spaces_but_for_line_ends() -> None:
    for name, more in (("common", {}), ("cp037", {0x15: "\x85"}), ("cp1047", {})):
        controls = ebcdic(name).table[:0x40]
        assert {i: c for i, c in enumerate(controls) if c != " "} == {0x0D: "\n", 0x25: "\r"} | more
    assert ebcdic("cp037_extended").table[0x05] == "\t"
    assert ebcdic("cp500").table[0x15] == "\x85"


@pytest.mark.parametrize("name", ["cp1047", "1047", "CP1047", "IBM1047", "IBM-1047", "ibm_1047"])
def test_a_page_has_many_spellings(name: str) -> None:
    assert ebcdic(name).name == "cp1047"
    assert ebcdic("37").name == "cp037"


def test_an_unknown_page_is_an_error_with_the_nearest() -> None:
    with pytest.raises(OptionError) as error:
        ebcdic("cp037-extend")
    assert (error.value.code, error.value.help) == ("C0404", "did you mean cp037_extended?")


@pytest.mark.parametrize(
    ("name", "python"),
    [("UTF-8", "utf-8"), ("ISO-8859-1", "latin-1"), ("windows-1252", "cp1252")],
)
def test_charsets_of_ascii_files_have_javas_names(name: str, python: str) -> None:
    found = ascii_charset(name)
    assert isinstance(found, str)
    assert codecs.lookup(found) == codecs.lookup(python)


@pytest.mark.parametrize("name", ["UTF-88", "zlib", "no such"])
def test_an_unknown_charset_is_an_error(name: str) -> None:
    with pytest.raises(OptionError) as error:
        ascii_charset(name)
    assert error.value.code == "C0404"
