"""EBCDIC pages with two bytes a character → codecs of Python: ``ebcdic-300`` of two bytes each, ``ebcdic-930`` mixed, with shifts.

In a mixed page shift-out (0x0E) begins double bytes and shift-in (0x0F) ends them; a text that its field cuts off may lack the last
one.  IBM Character Data Representation Architecture, appendix A, "EBCDIC Mixed Single-Byte and Double-Byte".
Invariant: the tables are read when one of the codecs is first asked for.
"""

from __future__ import annotations

import codecs
import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

#: what a codec's name begins with
PREFIX = "ebcdic-"
SHIFT_OUT, SHIFT_IN, BLANK = 0x0E, 0x0F, 0x40
#: bytes of a row of a double-byte table, and its first
_ROW, _FIRST = 191, 0x40
_MISSING = "\ufffd"


@cache
def _pages() -> dict[str, Any]:
    packed = Path(__file__).with_name("double_byte.xz").read_bytes()
    pages: dict[str, Any] = json.loads(lzma.decompress(packed))
    return pages


#: mixed page → the page of its double bytes, by CCSID
MIXED = {
    "930": "300", "939": "300", "933": "834", "935": "837", "937": "835", "1364": "4930", "1371": "9027",
    "1388": "4933", "1390": "16684", "1399": "16684",
}  # fmt: skip
#: the names that the option ebcdic_code_page takes
NAMES = ("cp300", *(f"cp{page}" for page in MIXED))


def codec_of(page: str) -> str:
    """The codec's name for *page*, its CCSID; "" where it is no page with double bytes."""
    return PREFIX + page if page in MIXED or page == "300" else ""


def graphic(charset: str) -> str:
    """The codec of the double bytes alone of the codec *charset*; "" where it has none."""
    page = charset.removeprefix(PREFIX)
    if not charset.startswith(PREFIX):
        return ""
    return PREFIX + MIXED.get(page, page)


class _Decoder:
    def __init__(self, name: str, single: str, double: str) -> None:
        self.name, self.single, self.double = name, single, double

    def decode(self, data: bytes, errors: str = "strict") -> tuple[str, int]:
        """*data* as text, and how many bytes that was: as `codecs.CodecInfo.decode`."""
        data = bytes(data)
        out: list[str] = []
        at, shifted = 0, not self.single
        while at < len(data):
            byte = data[at]
            if self.single and byte == SHIFT_OUT and not shifted and at + 1 < len(data):
                shifted, at = True, at + 1
            elif self.single and byte == SHIFT_IN and shifted:
                shifted, at = False, at + 1
            elif shifted and at + 1 < len(data) and (found := self.pair(byte, data[at + 1])):
                out.append(found)
                at += 2
            elif shifted and byte == BLANK and at + 1 == len(data):
                out.append(" ")
                at += 1
            elif not shifted and (found := self.one(byte)):
                out.append(found)
                at += 1
            else:
                end = min(at + (2 if shifted else 1), len(data))
                wrong = UnicodeDecodeError(self.name, data, at, end, "no character")
                text, at = codecs.lookup_error(errors)(wrong)
                out.append(str(text))
        return "".join(out), len(data)

    def pair(self, first: int, second: int) -> str:
        if first == BLANK and second == BLANK:
            return "\u3000"
        if not (_FIRST <= first < _FIRST + _ROW and _FIRST <= second < _FIRST + _ROW):
            return ""
        found = self.double[(first - _FIRST) * _ROW + second - _FIRST]
        return "" if found == _MISSING else found

    def one(self, byte: int) -> str:
        if not _FIRST <= byte < _FIRST + _ROW:
            return " " if byte not in (SHIFT_OUT, SHIFT_IN) else ""
        found = self.single[byte - _FIRST]
        return "" if found == _MISSING else found

    def encode(self, text: str, errors: str = "strict") -> tuple[bytes, int]:
        """Nothing is written in these pages."""
        raise UnicodeEncodeError(self.name, text, 0, len(text), "this page is only read")


def _search(name: str) -> codecs.CodecInfo | None:
    """The codec *name*, as `codecs.register` asks for it."""
    page = name.replace("_", "-").removeprefix(PREFIX)
    if not name.replace("_", "-").startswith(PREFIX) or not (page in MIXED or page in MIXED.values()):
        return None
    pages = _pages()
    double = pages["double"][MIXED.get(page, page)]
    made = _Decoder(PREFIX + page, pages["single"][page] if page in MIXED else "", double)
    decode: Any = made.decode  # typeshed asks for a protocol whose parameters have no names
    return codecs.CodecInfo(name=PREFIX + page, encode=made.encode, decode=decode)


codecs.register(_search)
