"""How many utf8 bytes a byte of text may become: the room that Programs ask for has to hold whatever the data are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.charsets import Charset, expansion, known, multibyte
from arrowsmith.program.reading import Text

#: the multi-byte codecs of Python, and two tables
CODECS = (
    "big5", "big5hkscs", "cp932", "cp949", "cp950", "euc_jis_2004", "euc_jisx0213", "euc_jp", "euc_kr", "gb18030",
    "gb2312", "gbk", "hz", "iso2022_jp", "iso2022_jp_2004", "iso2022_jp_ext", "iso2022_kr", "johab", "shift_jis",
    "shift_jis_2004", "shift_jisx0213", "utf_8", "utf_8_sig", "utf_16_be", "utf_16_le", "utf_32_be", "utf_32_le",
    "cp037", "cp1252",
)  # fmt: skip


@given(st.data())
def test_no_text_is_longer_than_its_room(data):
    """utf8 takes at most `expansion` bytes for each byte, be the bytes text or not."""
    codec = data.draw(st.sampled_from(CODECS))
    raw = data.draw(st.binary(max_size=12) | st.text(max_size=6).map(lambda text: text.encode(codec, "ignore")))
    charset = known(codec) or codec
    text = Text(raw, charset, "replace")

    assert len(text.utf8()) <= len(raw) * expansion(charset, "replace") == text.room


def test_every_character_fits():
    """What text may hold: each character of the first planes, by itself, in each codec that has it."""
    for codec in CODECS:
        charset = known(codec) or codec
        for first in range(0, 0x30000, 61):
            raw = chr(first).encode(codec, "ignore")
            assert len(Text(raw, charset, "replace").utf8()) <= len(raw) * expansion(charset, "replace")


def test_notations_are_no_charsets():
    """What only escapes characters is refused like a name that nobody knows; so is utf-7, which holds halves of characters."""
    for name in (
        "punycode",
        "idna",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
        "utf_7",
        "rot13",
        "base64",
        "klingon",
    ):
        assert known(name) is None
        assert multibyte(name) == ""


def test_tables():
    """A table's widest character counts, and what a byte without one becomes."""
    table = Charset("t", ("a", "\u00e9", "", *"x" * 253))

    assert [expansion(table, how) for how in ("error", "space", "replace")] == [2, 2, 3]
    assert expansion(known("cp037")) == 2
    assert expansion("binary") == 1
    assert expansion("utf-8") == 1
    assert expansion("utf-8", "replace") == 3


@pytest.mark.parametrize("name", ["", "\0", "cp\0", "\ud800", "no codec"])
def test_what_no_codec_can_be_called_is_no_charset(name: str) -> None:
    """Python's own look-up raises for some of them."""
    assert known(name) is None
    assert multibyte(name) == ""
