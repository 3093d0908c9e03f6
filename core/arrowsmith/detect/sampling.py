"""Parts of a file: its beginning, its middle and its end, or all of a small one.

Invariant: memory does not depend on the file's size, whether its bytes can be read from any place or come as they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from arrowsmith.errors import code
from arrowsmith.interfaces import Sample
from arrowsmith.sources import Source

NO_SAMPLE = code("O0412", "it cannot be found out what the data are")

#: bytes of each part; a file of no more than all of them is taken whole
HEAD: Final = 512 << 10
PART: Final = 192 << 10


def sample(source: Source) -> Sample:
    """Parts of *source*.  What cannot be read from any place is read from its beginning to its end."""
    if source.size is not None and source.seekable and source.size > HEAD + 2 * PART:
        size = source.size
        spots = ((0, HEAD), ((size + HEAD - PART) // 2, PART), (size - PART, PART))
        return Sample(size=size, parts=tuple((at, _bytes(source, at, count)) for at, count in spots))
    return _streamed(source)


def _streamed(source: Source) -> Sample:
    """Parts of *source*, whose size is known when it ends: for the middle the last two of the parts are kept that begin where the size
    has doubled, or the beginning of the later one where it came that far."""
    head, tail, size = bytearray(), bytearray(), 0
    middles = [(HEAD, bytearray())]
    for data in _chunks(source):
        if size > 2 * (middles[-1][0] + PART):
            middles = [middles[-1], (size, bytearray())]
        begin, middle = middles[-1]
        if len(middle) < PART:
            middle += data[max(0, begin - size) :][: PART - len(middle)]
        head += data[: max(0, HEAD + 2 * PART - len(head))]
        tail += data
        del tail[: max(0, len(tail) - PART)]
        size += len(data)
    if size <= HEAD + 2 * PART:
        return Sample(size=size, parts=((0, bytes(head)),))
    apart = [(begin, bytes(part[: max(0, size - PART - begin)])) for begin, part in middles]
    middlemost = max(apart, key=lambda part: (len(part[1]), -abs(part[0] - size // 2)))
    parts = ((0, bytes(head[:HEAD])), middlemost, (size - PART, bytes(tail)))
    return Sample(size=size, parts=tuple(part for part in parts if part[1]))


def _chunks(source: Source) -> Iterator[memoryview]:
    buffer = bytearray(1 << 18)
    view = memoryview(buffer)
    with source.open() as stream:
        while count := stream.readinto(view):
            yield view[:count]


def _bytes(source: Source, at: int, count: int) -> bytes:
    buffer = bytearray(count)
    with source.open_at(at) as stream:
        return bytes(buffer[: stream.readinto(memoryview(buffer))])
