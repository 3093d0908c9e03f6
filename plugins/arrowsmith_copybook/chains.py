"""Headers and delimiters that follow each other through a part of a file: what a way to tell records apart would have to find there.

Invariant: a chain breaks where a header is none, so that one which is long is no accident.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

#: bytes of a descriptor word
WORD: Final = 4
#: the longest record, and the longest block
LONGEST, LONGEST_BLOCK = 32_760, 1 << 20
#: headers that have to follow each other, where the file does not begin with the first of them, or end with the last
ENOUGH: Final = 6
#: what is added to the length in a header, the usual first: it counts the header, or does not
ADJUSTMENTS: Final = (0, -4, *(n for k in range(1, 9) for n in (k, -k) if n != -4))
#: line ends of ASCII and of EBCDIC text
LINES: Final = {"ascii": re.compile(rb"\r\n|\n|\r"), "ebcdic": re.compile(rb"\x0d\x25|\x0d\x15|\x15|\x25|\x0d")}


@dataclass(frozen=True, slots=True)
class Word:
    """How a descriptor word is read: its order, and what is added to the length."""

    big: bool
    adjustment: int = 0

    def length(self, data: bytes, at: int, longest: int = LONGEST) -> int:
        """The bytes that follow the word at *at*, −1 where there is none."""
        word = data[at : at + WORD]
        if len(word) < WORD:
            return -1
        if longest > LONGEST and word[0 if self.big else 3] & 0x80:
            length = int.from_bytes(word, "big" if self.big else "little") & 0x7FFFFFFF
        else:
            value, rest = (word[:2], word[2:]) if self.big else (word[2:], word[:2])
            if any(rest):
                return -1
            length = int.from_bytes(value, "big" if self.big else "little")
        # a header of zeros is none, whatever is added to it
        return length + self.adjustment if length and 0 < length + self.adjustment <= longest else -1


@dataclass(frozen=True, slots=True)
class Chain:
    """``count`` records from ``begin``, the last of which ends before ``end``, where the data do not say what comes, or what is no record
    any more; ``headers``: what was where the ones before it said."""

    count: int
    begin: int
    end: int
    headers: int


def ended(data: bytes, chain: Chain, *, cut: bool, last: bool, spare: int) -> Chain | None:
    """*chain*, which stops before the end of *data*, if it may: because they are *cut* there and the file goes on, or because no more
    than *spare* bytes of the *last* of the file's parts are left, which are no record."""
    if not chain.count:
        return None
    if not last:
        return chain if cut else None
    return chain if chain.headers >= ENOUGH and 0 < len(data) - chain.end <= spare else None


def records(word: Word, data: bytes, at: int, *, last: bool, stop: int | None = None, spare: int = 0) -> Chain | None:
    """Records with headers from *at* to *stop* (None: as far as *data* go); *last*: the file, or block, ends there, and they have to, or
    *spare* bytes before."""
    begin, count, end = at, 0, len(data) if stop is None else stop
    while at < end:
        length = word.length(data, at)
        behind = at + WORD + length
        if length < 0 or behind > end:
            cut = at + WORD > end or length >= 0
            return ended(data, Chain(count, begin, at, count), cut=cut, last=last, spare=spare)
        at, count = behind, count + 1
    return Chain(count, begin, at, count) if count else None


def blocks(
    block: Word, word: Word | None, size: int, data: bytes, at: int, *, last: bool, spare: int = 0
) -> Chain | None:
    """Blocks from *at*, filled with records that have headers (*word*) or are of *size* bytes.  ``count`` is of records."""
    begin, count, headers = at, 0, 0
    while at < len(data):
        length = block.length(data, at, LONGEST_BLOCK)
        inside, behind = at + WORD, at + WORD + length
        if length < 0 or behind > len(data):
            cut = at + WORD > len(data) or length >= 0
            return ended(data, Chain(count, begin, at, headers), cut=cut, last=last, spare=spare)
        found = records(word, data, inside, last=True, stop=behind) if word is not None else None
        if found is None and (word is not None or length % size):
            return ended(data, Chain(count, begin, at, headers), cut=False, last=last, spare=spare)
        count += found.count if found is not None else length // size
        headers += 1 + (found.count if found is not None else 0)
        at = behind
    return Chain(count, begin, at, headers) if count else None


def segments(blocked: bool, data: bytes, at: int, *, last: bool, spare: int = 0) -> Chain | None:
    """Spanned records: segments with a code in the third byte, which begin, go on and end (1, 3, 2) or are whole (0)."""
    begin, count, open_, good, codes = at, 0, False, at, 0
    stop = len(data)
    room = 0
    cut = False
    while at < stop:
        if blocked and not room:
            length = int.from_bytes(data[at : at + 2], "big")
            cut = at + WORD > stop
            if cut or data[at + 2 : at + 4] != b"\0\0" or length <= 2 * WORD:
                break
            at, room = at + WORD, length - WORD
        header = data[at : at + WORD]
        length = int.from_bytes(header[:2], "big")
        cut = len(header) < WORD
        if cut or header[2] > 3 or header[3] or length <= WORD or (blocked and length > room):
            break
        if (header[2] in (2, 3)) != open_:
            break
        cut = at + length > stop
        if cut:
            break
        open_ = header[2] in (1, 3)
        codes += header[2] > 0
        at, room = at + length, room - length if blocked else 0
        if not open_:
            count += 1
            good = at if not room else good
    if not codes or not count:
        return None
    chain = Chain(count, begin, good, count)
    return chain if good == stop else ended(data, chain, cut=cut or not last, last=last, spare=spare)


def lines(data: bytes, family: str) -> Iterator[int]:
    """The lengths of the lines in *data*, without their ends, and without what is behind the last."""
    at = 0
    for found in LINES[family].finditer(data):
        yield found.start() - at
        at = found.end()
