"""What a file is that holds no records: by its first bytes, or because it says one thing throughout.

Invariant: only what a file of records hardly ever is is named, and it is a hint, not a verdict.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from arrowsmith.interfaces import Sample

#: how a file begins → what it is, and what to do with it
_BEGINNINGS: Final[tuple[tuple[bytes, str, str], ...]] = (
    (rb"\x1f\x8b\x08", "gzip data", "unpack it, or give it a name that ends in .gz"),
    (rb"BZh[1-9]1AY&SY", "bzip2 data", "unpack it, or give it a name that ends in .bz2"),
    (rb"\xfd7zXZ\x00", "xz data", "unpack it, or give it a name that ends in .xz"),
    (rb"\(\xb5/\xfd", "zstd data", "unpack it, or give it a name that ends in .zst"),
    (rb"PK\x03\x04", "a zip archive", "unpack it"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it"),
    (rb"PAR1", "a Parquet file", "it needs no dictionary"),
    (rb"ARROW1", "an Arrow file", "it needs no dictionary"),
    (rb"%PDF-", "a PDF document", "it holds no records"),
    (rb"\x89PNG\r\n", "a PNG image", "it holds no records"),
    (rb"\xff\xd8\xff", "a JPEG image", "it holds no records"),
    (rb"\x7fELF", "a program", "it holds no records"),
    (rb"SQLite format 3\x00", "an SQLite database", "it holds no records"),
    (rb"<\?xml|\xef\xbb\xbf<\?xml", "XML", "it holds no records"),
    (rb"\s*[\[{]\s*[\"\[{]", "JSON", "it holds no records"),
)
_SEPARATORS: Final = ",;\t|"
#: lines that are looked at, at most and at least
_LINES: Final = 50
_FEWEST: Final = 3
#: bytes that a file has at least, and the share of them that are one and the same, for it to say nothing else
_ENOUGH: Final = 64
_SAME: Final = 0.99


def foreign(sample: Sample) -> str:
    """What *sample* is instead of records, and what to do about it; "" where it may well be records."""
    head = sample.head
    if not sample.size:
        return "the file is empty"
    for beginning, what, todo in _BEGINNINGS:
        if re.match(beginning, head):
            return f"the file begins as {what} does: {todo}"
    counts = Counter(byte for _, part in sample.parts for byte in part)
    byte, count = max(counts.items(), key=lambda pair: pair[1], default=(0, 0))
    if sample.size >= _ENOUGH and count >= _SAME * sum(counts.values()):
        return f"nearly all bytes of the file are {byte:02X}: it says nothing, or was not written to its end"
    lines = _lines(head)
    if not lines:
        return ""
    longest = max(map(len, lines))
    return separated(sample) or f"the file is lines of text, the longest of those seen of {longest:,} characters"


def _lines(head: bytes) -> list[bytes]:
    """The first lines of *head*, if they are text."""
    lines = head[: 1 << 16].splitlines()[: _LINES + 1]
    lines = lines[:-1] if len(lines) > _LINES or len(head) > 1 << 16 else lines
    text = all(line.isascii() and line.replace(b"\t", b" ").decode().isprintable() for line in lines)
    return lines if len(lines) >= _FEWEST and text else []


def separated(sample: Sample) -> str:
    """That *sample* is lines of values between separators, as many in each."""
    lines = _lines(sample.head)
    for mark in _SEPARATORS:
        counts = {line.count(mark.encode()) for line in lines}
        places = {tuple(at for at, byte in enumerate(line) if byte == ord(mark)) for line in lines}
        if lines and len(counts) == 1 and counts != {0} and len(places) > 1:
            values = counts.pop() + 1
            return f"the lines of the file have {values} values each between {mark!r}: no dictionary describes such a table"
    return ""
