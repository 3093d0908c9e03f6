"""Where records begin in bytes of which nobody knows: boundaries that the headers behind them prove.

A boundary counts where a header stands there and two more follow, each where the one before it says; what the data hold by chance, or
was planted in them, seldom does that, and a lone header never counts.
Invariant: the answer depends on the bytes and the framing alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from arrowsmith.layout.framing import Blocked, Delimited, Framing, Prefixed

#: headers that have to follow where a header has no bits that are the same in all; where it has, two prove it
FOLLOWING, WEAK = 2, 12
#: bytes that a record, or a block, has at most where its boundary is to be proven: so that a proof lies within a window
REACH = {FOLLOWING: 1 << 16, WEAK: 1 << 15}

#: *view*, where to begin, whether it ends with the source → the place of the next boundary, and whether it is proven: if not, the bytes
#: from there on (none, where that is the end) need more bytes behind them
Search: TypeAlias = Callable[[memoryview, int, bool], tuple[int, bool]]


def search_for(framing: Framing) -> Search | None:
    """How the next boundary is found in data of *framing*; None where nothing marks one."""
    match framing:
        case Prefixed():
            return _Chains(framing).find
        case Blocked():
            return _Blocks(framing.block, framing.records).find
        case Delimited():
            return _Delimiters(framing).find
        case _:
            return None


def next_headers(data: Any, framing: Prefixed) -> Any:
    """For every byte of *data* (uint8) at which a whole header may stand: where the next one does (int64), −1 where this is none."""
    size = framing.header or framing.offset + framing.width
    count = max(0, len(data) - size + 1)

    def load(at: int, width: int) -> Any:
        found = np.zeros(count, np.int64)
        for n in range(width):
            at_n = at + n if framing.order == "big" else at + width - 1 - n
            found = found << 8 | data[at_n : at_n + count]
        return found

    length = load(framing.offset, framing.width)
    rest = [at for at in range(size) if not framing.offset <= at < framing.offset + framing.width]
    if framing.second >= 0:
        other = load(framing.second, framing.width)
        fits = (length == 0) | (other == 0)
        length = np.where(length == 0, other, length)
        rest = [at for at in rest if not framing.second <= at < framing.second + framing.width]
    else:
        fits = np.ones(count, bool)
    for at in rest:
        fits &= data[at : at + count] == 0
    if framing.extended:
        extended = length >> (8 * framing.width - 1) > 0
        whole = load(0, size) & ((1 << (8 * size - 1)) - 1)
        fits |= extended
        length = np.where(extended, whole, length)
    length += framing.adjustment
    fits &= (length >= max(framing.least, 1)) & (length <= REACH[_proof(framing)])
    if framing.most:
        fits &= length <= framing.most
    return np.where(fits, np.arange(count, dtype=np.int64) + size + length, -1)


def _proof(framing: Prefixed) -> int:
    """How many headers have to follow one."""
    size = framing.header or framing.offset + framing.width
    return WEAK if size == framing.width and not framing.most else FOLLOWING


@dataclass(frozen=True, slots=True)
class _Chains:
    """Records with headers of their own."""

    framing: Prefixed

    def find(self, view: memoryview, begin: int, final: bool) -> tuple[int, bool]:
        data = np.frombuffer(view, np.uint8)[begin:]
        following = next_headers(data, self.framing)
        candidates = np.flatnonzero(following >= 0)
        place, length = following[candidates], len(data)
        known = np.ones(len(candidates), bool)  # not yet run out of the bytes that are there
        links = np.zeros(len(candidates), np.int64)
        for _ in range(_proof(self.framing)):
            inside = known & (place >= 0) & (place < len(following))
            hop = np.where(inside, following[np.where(inside, place, 0)], -1)
            known &= inside
            links += inside & (hop >= 0)
            place = np.where(inside, hop, place)
        whole = links == _proof(self.framing)
        # that the last of several headers leads exactly to the file's end proves them as well
        proven = whole | ((place == length) & (links >= 1) if final else False)
        open_ = np.zeros(len(candidates), bool) if final else (place >= 0) & ~proven & (place >= len(following))
        return _first(candidates, proven, open_, begin, length)


def _first(candidates: Any, proven: Any, open_: Any, begin: int, length: int) -> tuple[int, bool]:
    """The first candidate that is proven, unless one before it is open still."""
    chosen = np.flatnonzero(proven | open_)
    if not len(chosen):
        return begin + length, False
    first = int(chosen[0])
    return begin + int(candidates[first]), bool(proven[first])


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Blocks with headers of their own, filled by records."""

    block: Prefixed
    records: Framing

    def find(self, view: memoryview, begin: int, final: bool) -> tuple[int, bool]:
        data = np.frombuffer(view, np.uint8)[begin:]
        size = self.block.header or self.block.offset + self.block.width
        blocks = next_headers(data, self.block)
        records = next_headers(data, self.records) if isinstance(self.records, Prefixed) else None

        def filled(at: int, end: int) -> bool | None:
            """Whether records fill what lies between; None where that lies behind the bytes that are there."""
            if end > len(data):
                return None
            if records is None:
                size = getattr(self.records, "size", 0)
                return not (size and (end - at) % size)
            while at < end:
                at = int(records[at]) if at < len(records) else -1
                if at < 0:
                    return False
            return at == end

        candidates = np.flatnonzero(blocks >= 0)
        if records is not None:  # a header of a record stands in it, and the record ends in the block
            inside = candidates + size
            first = np.where(inside < len(records), records[np.minimum(inside, max(0, len(records) - 1))], len(data))
            candidates = candidates[(first >= 0) & (first <= blocks[candidates])]
        for candidate in candidates.tolist():
            at, links = candidate, 0
            while links <= FOLLOWING:
                if at >= len(blocks):
                    break
                end = int(blocks[at])
                fits = filled(at + size, end) if end >= 0 else False
                if not fits:
                    break
                at, links = end, links + 1
            else:
                return begin + candidate, True
            if at == len(data) and final and links > 1:
                return begin + candidate, True
            if not final and (at >= len(blocks) or (blocks[at] >= 0 and filled(at + size, int(blocks[at])) is None)):
                return begin + candidate, False
        return begin + len(data), False


@dataclass(frozen=True, slots=True)
class _Delimiters:
    """Records that end with a delimiter: the next begins behind it."""

    framing: Delimited

    def find(self, view: memoryview, begin: int, final: bool) -> tuple[int, bool]:
        data = bytes(view[begin:])
        most = max(map(len, self.framing.delimiters))
        ends = [(at, -len(mark)) for mark in self.framing.delimiters if (at := data.find(mark)) >= 0]
        if not ends:
            return begin + (len(data) if final else max(0, len(data) - most + 1)), False
        at, length = min(ends)
        return begin + at - length, True
