"""Single-byte character sets as tables: byte → character, and how the utf8 of a text comes from its bytes.

A `Charset` is a value: a name and 256 characters, "" where a byte has none.  Names of Python's single-byte codecs need no
table of the dictionary's own; ``utf-8``, ``utf-16-be``, ``utf-16-le`` and multi-byte codecs have no table and are decoded as such.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Charset:
    """``table[b]`` is the character of byte b, "" where there is none."""

    name: str
    table: tuple[str, ...] = field(repr=False)

    @property
    def widest(self) -> int:
        """The most utf8 bytes that one byte of text becomes (an undecodable one may become the 3 of U+FFFD)."""
        return _widest(self)

    @property
    def ascii(self) -> bool:
        """Whether every byte below 0x80 is itself."""
        return all(self.table[b] == chr(b) for b in range(128))


@lru_cache(maxsize=64)
def blank_for_missing(charset: Charset) -> Charset:
    """*charset* with a blank wherever a byte has no character."""
    if "" not in charset.table:
        return charset
    return Charset(f"{charset.name} or blank", tuple(c or " " for c in charset.table))


@lru_cache(maxsize=64)
def _widest(charset: Charset) -> int:
    return max(1, *(len(c.encode()) for c in charset.table))


@lru_cache(maxsize=64)
def known(name: str) -> Charset | None:
    """The table of a single-byte codec that Python knows by *name*; None for a multi-byte or an unknown one."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):  # no name, or one that no codec can have
        return None
    if not info._is_text_encoding or info.name in NO_CHARSETS:
        return None
    table = []
    for byte in range(256):
        try:
            character = bytes([byte]).decode(name)
        except UnicodeDecodeError:
            character = ""
        if len(character) > 1:
            return None
        table.append(character)
    if info.name in MULTIBYTE or any(_leads(name, byte) for byte in range(256) if not table[byte]):
        return None
    return Charset(name, tuple(table))


#: codecs of Python whose bytes are notations of a text, and no character set; utf-7 gives halves of characters, which utf8 does not have
NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"})

MULTIBYTE = frozenset({"utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le"})


def _leads(name: str, byte: int) -> bool:
    """Whether *byte*, no character alone, begins one of two bytes: the mark of a multi-byte codec."""
    for second in range(0x21, 0x100):
        try:
            bytes([byte, second]).decode(name)
        except UnicodeDecodeError:
            continue
        return True
    return False


def multibyte(name: str) -> str:
    """The canonical name of a multi-byte codec, or "" where *name* is none that Python knows."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):  # no name, or one that no codec can have
        return ""
    return info.name if info._is_text_encoding and info.name not in NO_CHARSETS and known(name) is None else ""


def expansion(charset: Charset | str, undecodable: str = "error") -> int:
    """The most utf8 bytes that each byte of text becomes, where bytes without a character become U+FFFD (``replace``),
    or were refused (``error``).  ``binary`` is its own; a multi-byte codec is named."""
    replaced = 3 if undecodable == "replace" else 1
    if isinstance(charset, Charset):
        return max(charset.widest, replaced if "" in charset.table else 1)
    if charset == "binary":
        return 1
    return max(EXPANSIONS.get(codecs.lookup(charset).name, 3), replaced)


#: the most utf8 bytes that a byte of a multi-byte codec becomes, where that is not 3 (1 byte of shift_jis becomes one character of 3, 2
#: bytes of its 2004 edition two of 3); 2 bytes of utf-16 become 3
EXPANSIONS = {"utf-8": 1, "utf-16-be": 2, "utf-16-le": 2, "utf-32-be": 1, "utf-32-le": 1}


def encoded(charset: Charset, text: str) -> bytes | None:
    """*text* in *charset*, each character as the first byte that has it, a blank as that which stands with the digits; None where one
    has none."""
    blank = {"ascii": 0x20, "ebcdic": 0x40}.get(digit_table(charset), 0)
    places = [
        blank if c == " " and charset.table[blank] == c else charset.table.index(c) if c in charset.table else -1
        for c in text
    ]
    return None if -1 in places else bytes(places)


def digit_table(charset: Charset) -> str:
    """The digit table (`arrowsmith.digits`) in whose bytes *charset* has the ten digits; "" where it has them elsewhere."""
    for name, zone in (("ascii", 0x30), ("ebcdic", 0xF0)):
        if charset.table[zone : zone + 10] == tuple("0123456789"):
            return name
    return ""
