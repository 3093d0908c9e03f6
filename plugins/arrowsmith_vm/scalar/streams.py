"""Bytes → the bytes of the stream that ``transform`` opens."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final

from arrowsmith_vm.scalar.stops import Trap

#: the most bytes that a transform may make
MOST: Final = 1 << 30


def xor(data: bytes, key: bytes | int) -> bytes:
    """*data* under *key*, repeated; an integer's low byte is the key."""
    if isinstance(key, int):
        key = bytes([key & 0xFF])
    if not key:
        raise Trap
    size = len(data)
    mask = (key * (size // len(key) + 1))[:size]
    # one long integer operation is a hundred times faster than a byte at a time
    return (int.from_bytes(data, "little") ^ int.from_bytes(mask, "little")).to_bytes(size, "little")


def rol(data: bytes, bits: int) -> bytes:
    """Each byte of *data* turned *bits* to the left."""
    bits %= 8
    return data.translate(bytes((b << bits | b >> (8 - bits)) & 0xFF for b in range(256)))


def inflate(data: bytes) -> bytes:
    """The data that RFC 1950 data hold."""
    stream = zlib.decompressobj()
    try:
        made = stream.decompress(data, MOST)
    except zlib.error:
        raise Trap from None
    if not stream.eof:
        raise Trap
    return made


TRANSFORMS: Final[dict[str, Callable[..., bytes]]] = {"xor": xor, "rol": rol, "zlib": inflate}
