"""Code pages by the names that options give, as `Charset`s: EBCDIC tables, and the charsets that Python knows for ASCII files.

``common`` (the default, as in Cobrix) has the characters that all Latin EBCDIC pages agree on; what a page does not have is
undecodable.  Control characters read as spaces, but for the pages where Cobrix keeps those of ASCII.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from functools import lru_cache

from arrowsmith.charsets import Charset
from arrowsmith.diagnostics import Source, nearest
from arrowsmith.errors import OptionError
from arrowsmith_copybook.code_page_tables import TABLES
from arrowsmith_copybook.double_byte import NAMES, codec_of

#: EBCDIC control characters: byte → ASCII code, for bytes below 0x40 that ASCII has (and NEL, U+0085, for 0x15), line ends apart.
#: IBM Character Data Representation Architecture, appendix G.1; the same in every page.
CONTROLS: dict[int, int] = {
    0x00: 0x00, 0x01: 0x01, 0x02: 0x02, 0x03: 0x03, 0x05: 0x09, 0x07: 0x7F, 0x0B: 0x0B, 0x0C: 0x0C, 0x0E: 0x0E,
    0x0F: 0x0F, 0x10: 0x10, 0x11: 0x11, 0x12: 0x12, 0x13: 0x13, 0x15: 0x85, 0x16: 0x08, 0x18: 0x18,
    0x19: 0x19, 0x1C: 0x1C, 0x1D: 0x1D, 0x1E: 0x1E, 0x1F: 0x1F, 0x26: 0x17, 0x27: 0x1B, 0x2D: 0x05,
    0x2E: 0x06, 0x2F: 0x07, 0x32: 0x16, 0x37: 0x04, 0x3C: 0x14, 0x3D: 0x15, 0x3F: 0x1A,
}  # fmt: skip

#: Line ends, which are kept in every page.  Cobrix reads carriage return as line feed and line feed as carriage return; texts
#: that its users have stored are as it read them, so we do the same.
_LINE_ENDS = {0x0D: "\n", 0x25: "\r"}

#: Pages whose control characters read as spaces in Cobrix (next line, of cp037, apart); of the others, those that ASCII has are kept.
BLANK_CONTROLS = frozenset({"cp037", "cp838", "cp870", "cp875", "cp1025", "cp1047", "common"})

#: byte → character of the page ``common``: letters, digits and the signs that Cobrix gives for every page.
_COMMON = {
    **{start + i: c for start, text in (
        (0x81, "abcdefghi"), (0x91, "jklmnopqr"), (0xA2, "stuvwxyz"),
        (0xC1, "ABCDEFGHI"), (0xD1, "JKLMNOPQR"), (0xE2, "STUVWXYZ"), (0xF0, "0123456789"),
    ) for i, c in enumerate(text)},
    0x40: " ", 0x41: " ", 0x4B: ".", 0x4C: "<", 0x4D: "(", 0x4E: "+", 0x4F: "|", 0x50: "&", 0x5A: "!", 0x5B: "$",
    0x5C: "*", 0x5D: ")", 0x5E: ";", 0x60: "-", 0x61: "/", 0x6A: "|", 0x6B: ",", 0x6C: "%", 0x6D: "_", 0x6E: ">",
    0x6F: "?", 0x79: "`", 0x7A: ":", 0x7B: "#", 0x7C: "@", 0x7D: "'", 0x7E: "=", 0x7F: '"', 0xA1: "~", 0xB0: "^",
    0xBA: "[", 0xBB: "]", 0xC0: "{", 0xCA: "-", 0xD0: "}", 0xE0: "\\",
}  # fmt: skip

#: Every name that the option ebcdic_code_page takes.
SINGLE_NAMES = ("common", "common_extended", "cp037_extended", *TABLES)
EBCDIC_NAMES = (*SINGLE_NAMES, *NAMES)


def _number(name: str) -> str:
    """What is left of the page's name *name* without what names begin with."""
    plain = name.strip().lower().replace("-", "").replace("_extended", "+").replace("_", "").replace("+", "_extended")
    for prefix in ("ibm", "ebcdic", "cp"):
        plain = plain.removeprefix(prefix)
    return plain


@lru_cache(maxsize=64)
def ebcdic(name: str) -> Charset | str:
    """The code page *name* (``cp037``, ``037``, ``IBM-037`` and ``IBM037`` are one): a table, or a codec's name where characters have
    two bytes.  Raises `OptionError`."""
    plain = _number(name)
    if codec := codec_of(plain):
        return codec
    known = {n.removeprefix("cp"): n for n in SINGLE_NAMES} | {"37": "cp037"}
    if plain not in known:
        close = nearest(name, EBCDIC_NAMES)
        raise OptionError(
            f"there is no EBCDIC code page {name}",
            code="C0404",
            help=f"did you mean {close}?" if close else f"known are {', '.join(EBCDIC_NAMES)}",
        )
    found = known[plain]
    base = found.removesuffix("_extended")
    extended = found != base or base not in BLANK_CONTROLS
    kept = CONTROLS if extended else {0x15: 0x85} if base == "cp037" else {}
    high = [_COMMON.get(byte, "") for byte in range(0x40, 0xFF)] if base == "common" else list(TABLES[base])
    low = [_control(byte, kept) for byte in range(0x40)]
    return Charset(found, tuple(low + [c if c != "\ufffd" else "" for c in high] + [" "]))


#: a line of a code page's file: Unicode's mapping tables, and ICU's .ucm (of which |0 and |1 say what a byte becomes)
_MAPPING = re.compile(
    r"(?:0x)?(?P<byte>[0-9A-F]{1,2})[\s,;=]+(?:0x|U\+)?(?P<character>[0-9A-F]{4,6})(?:\s.*)?", re.IGNORECASE
)
_UCM = re.compile(r"<U(?P<character>[0-9A-F]{4,6})>\s+\\x(?P<byte>[0-9A-F]{2})(?:\s+\|[013])?", re.IGNORECASE)


def read_page(name: str, source: Source) -> Charset:
    """The code page *name* that the lines of *source* say, a byte and its character each; ``#`` begins a comment.  Bytes that no line has
    are no characters.  Raises `OptionError`."""
    table = [""] * 256
    for number, line in enumerate(source.text.splitlines(), 1):
        plain = line.split("#")[0].strip()
        found = _MAPPING.fullmatch(plain) or _UCM.fullmatch(plain)
        if found is not None:
            table[int(found["byte"], 16)] = chr(int(found["character"], 16))
        elif plain[:2].lower() == "0x" and len(plain.split()) > 1:
            raise OptionError(
                f"{source.name}, line {number}: {plain!r} is no byte and its character",
                code="C0404",
                help="a line is as 0x41 0x00E4 or <U00E4> \\x41 |0",
            )
    if not any(table):
        raise OptionError(
            f"{source.name} has no line with a byte and its character",
            code="C0404",
            help="a line is as 0x41 0x00E4 or <U00E4> \\x41 |0",
        )
    return Charset(name.lower(), tuple(table))


def _control(byte: int, kept: Mapping[int, int]) -> str:
    if byte in _LINE_ENDS:
        return _LINE_ENDS[byte]
    return chr(kept[byte]) if byte in kept else " "


def ascii_charset(name: str) -> str:
    """Python's name for the charset *name* of an ASCII file, spelled as Java or Python does.  Raises `OptionError`."""
    try:
        found = codecs.lookup(name.strip())
    except LookupError:
        found = None
    if found is None or not found._is_text_encoding:
        close = nearest(name, ("US-ASCII", "UTF-8", "ISO-8859-1", "ISO-8859-15", "windows-1252", "UTF-16"))
        raise OptionError(
            f"there is no charset {name}", code="C0404", help=f"did you mean {close}?" if close else ""
        ) from None
    return found.name
