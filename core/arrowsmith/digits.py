"""Digit tables: what each of the 256 bytes means inside a zoned or written-out number.

Classes are small integers so that every executor can use the table as it is: 0x00–0x09 a plain digit; 0x10–0x19 a digit
with a plus overpunch; 0x20–0x29 a digit with a minus overpunch; then the named ones below; 0xFF anything else.
Sources: Enterprise COBOL for z/OS Language Reference (zone C plus, D minus, F unsigned); Micro Focus and GnuCOBOL manuals
for the ASCII overpunches (``{A-I`` / ``}J-R``; Micro Focus: 0x70–0x79 minus).
"""

from __future__ import annotations

PLUS, MINUS, BLANK, LOW, POINT, COMMA, OTHER = 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0xFF


def _table(digits: bytes, plus: bytes, minus: bytes, *, signs: bytes, blank: int, point: int, comma: int) -> bytes:
    out = bytearray([OTHER] * 256)
    for base, group in ((0x20, minus), (0x10, plus), (0x00, digits)):
        for value, byte in enumerate(group):
            out[byte] = base + value % 10
    out[signs[0]], out[signs[1]], out[blank], out[point], out[comma], out[0] = PLUS, MINUS, BLANK, POINT, COMMA, LOW
    return bytes(out)


def _edited(plain: bytes, blanks: bytes, minus: bytes, grouping: int) -> bytes:
    """The table *plain* for numbers that were edited for people: no overpunch; *blanks* and the *grouping* mark say nothing."""
    out = bytearray(c if c < 0x10 or c >= PLUS else OTHER for c in plain)
    for byte in (*blanks, grouping):
        out[byte] = BLANK
    for byte in minus:
        out[byte] = MINUS
    return bytes(out)


_EBCDIC = {"signs": b"\x4e\x60", "blank": 0x40, "point": 0x4B, "comma": 0x6B}
_ASCII = {"signs": b"+-", "blank": 0x20, "point": 0x2E, "comma": 0x2C}

#: name → 256 classes.
DIGIT_TABLES: dict[str, bytes] = {
    "ebcdic": _table(bytes(range(0xF0, 0xFA)), bytes(range(0xC0, 0xCA)), bytes(range(0xD0, 0xDA)), **_EBCDIC),  # type: ignore[arg-type]  # keyword table
    # all four hexadecimal zones that the hardware takes as plus (A C E F) and minus (B D): z/Architecture, decimal signs
    "ebcdic-hardware": _table(
        bytes(range(0xF0, 0xFA)),
        bytes([*range(0xC0, 0xCA), *range(0xA0, 0xAA), *range(0xE0, 0xEA)]),
        bytes([*range(0xD0, 0xDA), *range(0xB0, 0xBA)]),
        **_EBCDIC,  # type: ignore[arg-type]  # keyword table
    ),
    "ascii": _table(b"0123456789", b"{ABCDEFGHI", b"}JKLMNOPQR", **_ASCII),  # type: ignore[arg-type]  # keyword table
    "ascii-mf": _table(b"0123456789", b"", b"pqrstuvwxy", **_ASCII),  # type: ignore[arg-type]  # keyword table
}

# numbers whose signs stand apart: no overpunch
for _name in ("ebcdic", "ascii"):
    DIGIT_TABLES[f"{_name}-separate"] = bytes(c if c < 0x10 or c >= PLUS else OTHER for c in DIGIT_TABLES[_name])

# edited numbers: * / B $ say nothing, the first letter of CR and DB is a minus; one table for each of the two grouping marks
for _name, _blanks, _minus, _comma, _point in (
    ("ebcdic", b"\x5c\x61\xc2\xd9\x5b", b"\xc3\xc4", 0x6B, 0x4B),
    ("ascii", b"*/BR$", b"CD", 0x2C, 0x2E),
):
    DIGIT_TABLES[f"{_name}-edited"] = _edited(DIGIT_TABLES[_name], _blanks, _minus, _comma)
    DIGIT_TABLES[f"{_name}-edited-comma"] = _edited(DIGIT_TABLES[_name], _blanks, _minus, _point)
