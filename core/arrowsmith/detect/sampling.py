"""Parts of a file: its beginning, its middle and its end, or all of a small one."""

from __future__ import annotations

from typing import Final

from arrowsmith.errors import OptionError, code
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
    data = bytearray()
    with source.open() as stream:
        buffer = bytearray(1 << 20)
        while count := stream.readinto(memoryview(buffer)):
            data += buffer[:count]
            if len(data) > 1 << 28:
                raise OptionError(
                    f"{source.name} cannot be read in parts, and is longer than 256 MiB",
                    code=NO_SAMPLE,
                    help="unpack it, or give a part of it",
                )
    whole, size = bytes(data), len(data)
    if size <= HEAD + 2 * PART:
        return Sample(size=size, parts=((0, whole),))
    middle = (size + HEAD - PART) // 2
    return Sample(
        size=size,
        parts=((0, whole[:HEAD]), (middle, whole[middle : middle + PART]), (size - PART, whole[-PART:])),
    )


def _bytes(source: Source, at: int, count: int) -> bytes:
    buffer = bytearray(count)
    with source.open_at(at) as stream:
        return bytes(buffer[: stream.readinto(memoryview(buffer))])
