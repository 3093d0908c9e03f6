"""Names of encodings, as descriptions give them, become names of charsets."""

from __future__ import annotations

import codecs

from arrowsmith.charsets import known, multibyte
from arrowsmith_kaitai import keys
from arrowsmith_kaitai.documents import Entry
from arrowsmith_kaitai.faults import meant, refuse

#: What the language's users write, and Python does not know by that name.
_OURS = {"sjis": "shift_jis", "utf-16": "", "utf-32": "", "utf16": "", "utf32": "", "utf_16": "", "utf_32": ""}

#: Encodings that are proposed where a name is none.
_COMMON = (
    "ASCII",
    "UTF-8",
    "UTF-16LE",
    "UTF-16BE",
    "UTF-32LE",
    "UTF-32BE",
    "ISO-8859-1",
    "SJIS",
    "EUC-JP",
    "windows-1252",
    "IBM437",
    "IBM866",
)

#: Bytes of one unit of an encoding where that is not 1.
_UNITS = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}


def charset(name: str) -> str:
    """The charset that the encoding *name* means; "" where it means none."""
    plain = _OURS.get(name.lower(), name)
    if not plain:
        return ""
    if known(plain) is not None:
        return codecs.lookup(plain).name
    found = multibyte(plain)
    return "" if found in ("utf-7", "utf-8-sig") else found


def unit(charset: str) -> int:
    """The bytes of one unit of a *charset*: a terminator has so many."""
    return _UNITS.get(charset, 1)


def checked_encoding(entry: Entry) -> str:
    """The charset that *entry* names."""
    return named_encoding(keys.string(entry), entry)


def named_encoding(name: str, entry: Entry) -> str:
    """The charset of encoding *name*, which *entry* says."""
    found = charset(name)
    if not found:
        help = "say the byte order: UTF-16LE or UTF-16BE" if name.lower() in _OURS else meant(name, _COMMON)
        refuse("K0206", entry, f"there is no encoding {name!r} that says how its bytes are text", help)
    return found
