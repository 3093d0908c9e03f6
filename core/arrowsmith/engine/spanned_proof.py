"""Where in a file of spanned records a boundary is proven: data may hold anything, false headers included.

Of segments alone: a record's first segment, and two more headers each where the one before it says.  Of blocks: one that its segments
fill exactly, and as many headers.  Or headers lead to the file's end, at least two of them.
Invariant: what a proof looks at is at most `MOST_PROVEN` bytes for each of its headers, whatever the bytes say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from arrowsmith.layout.framing import Spanned

#: bytes of a descriptor word
WORD: Final = 4
#: bytes of a block, or of a segment, that a proof looks at
MOST_PROVEN: Final = 1 << 20
#: headers of a proof, and of one that leads to the file's end
HEADERS, LAST_HEADERS = 3, 2
WHOLE, FIRST, LAST, BETWEEN = range(4)

#: what a header looks like: of a record's first segment, and of a block behind which one of a segment stands
_SEGMENT: Final = re.compile(rb"(?!\x00\x00)[\x00-\x7f].[\x00\x01]\x00", re.DOTALL)
_BLOCK: Final = re.compile(rb"(?!\x00\x00)(?:[\x00-\x7f].\x00\x00|[\x80-\xff]...)(?=..[\x00-\x03]\x00|\x80)", re.DOTALL)
#: bytes that these look at
AHEAD: Final = 8


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers in ``data``, which begins anywhere in a source; ``more`` makes it hold so many bytes, and says whether there are."""

    framing: Spanned
    data: bytearray
    more: Callable[[int], bool]

    def found(self, begin: int, end: int | None = None) -> int:
        """Where from *begin* on, and before *end*, the first boundary that is proven is; −1 where none is in what is held."""
        pattern = _BLOCK if self.framing.blocked else _SEGMENT
        while True:
            match = pattern.search(
                self.data, begin, len(self.data) if end is None else min(end + AHEAD, len(self.data))
            )
            if match is None or (end is not None and match.start() >= end):
                return -1
            if self.proven(match.start()):
                return match.start()
            begin = match.start() + 1

    def proven(self, at: int) -> bool:
        """Whether at *at* is a boundary."""
        headers, open_ = 0, False
        while headers < HEADERS:
            if not self.more(at + 1):
                return headers >= LAST_HEADERS
            if self.framing.blocked:
                length = self.block(at)
                filled = self._filled(at + WORD, at + length) if length else 0
                if not filled:
                    return False
                headers += 1 + filled
            else:
                length, code = self.segment(at)
                if not length or (code in (LAST, BETWEEN)) != open_ or not self.more(at + length):
                    return False
                headers, open_ = headers + 1, code in (FIRST, BETWEEN)
            at += length
        return True

    def segment(self, at: int) -> tuple[int, int]:
        """The length, header included, and the code of the segment at *at*; (0, 0) where no header is."""
        if not self.more(at + WORD):
            return 0, 0
        word = self.data[at : at + WORD]
        length = int.from_bytes(word[:2], "big") + self.framing.adjustment
        good = not word[0] & 0x80 and WORD <= length <= MOST_PROVEN and word[2] <= BETWEEN and not word[3]
        return (length, word[2]) if good else (0, 0)

    def block(self, at: int) -> int:
        """The length, header included, of the block at *at*; 0 where no header is."""
        if not self.more(at + WORD):
            return 0
        word = self.data[at : at + WORD]
        large = bool(word[0] & 0x80)
        length = int.from_bytes(word, "big") & 0x7FFFFFFF if large else int.from_bytes(word[:2], "big")
        length += self.framing.block_adjustment
        return length if 2 * WORD <= length <= MOST_PROVEN and (large or not any(word[2:])) else 0

    def _filled(self, at: int, end: int) -> int:
        """How many segments fill the bytes from *at* to *end*, each going on where the one before it did not end; 0 where they do not."""
        if not self.more(end):
            return 0
        count, open_ = 0, None
        while at < end:
            if self.data[at] == 0x80 and count:
                return count
            length, code = self.segment(at)
            goes_on = code in (LAST, BETWEEN)
            if not length or at + length > end or (open_ is not None and goes_on != open_):
                return 0
            open_ = code in (FIRST, BETWEEN)
            at, count = at + length, count + 1
        return count
