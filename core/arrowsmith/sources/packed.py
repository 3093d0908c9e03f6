"""Compressed files: told by suffix and first bytes together, read as what they hold.

Invariant: a name without a codec's suffix is never decompressed, because binary data may begin with any bytes.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from arrowsmith.errors import DataError, Place
from arrowsmith.sources.stream import R_COMPRESSED

#: bytes of compressed data fetched at once
FETCH: Final = 256 << 10
#: bytes that tell the codec
HEAD: Final = 6


def _gzip(raw: io.BufferedReader) -> tuple[Any, tuple[type[Exception], ...]]:
    import gzip

    return gzip.GzipFile(fileobj=raw, mode="rb"), (EOFError, zlib.error)


def _bzip2(raw: io.BufferedReader) -> tuple[Any, tuple[type[Exception], ...]]:
    import bz2

    return bz2.BZ2File(raw, "rb"), (EOFError, ValueError)


def _xz(raw: io.BufferedReader) -> tuple[Any, tuple[type[Exception], ...]]:
    import lzma

    return lzma.LZMAFile(raw, "rb"), (EOFError, lzma.LZMAError)


def _zstd(raw: io.BufferedReader) -> tuple[Any, tuple[type[Exception], ...]]:
    # The standard library has it from 3.14 only; pyarrow is there anyway.
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd"), ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """``name`` is the tool's too; ``magic`` matches a stream's first bytes; ``reader`` gives a decompressing reader and the
    exceptions (beside OSError) that a damaged stream ends in."""

    name: str
    suffixes: tuple[str, ...]
    magic: re.Pattern[bytes]
    reader: Callable[[io.BufferedReader], tuple[Any, tuple[type[Exception], ...]]]


#: Sources of the magic numbers: RFC 1952, bzip2's manual, the .xz file format 1.1.0, RFC 8878 (skippable frames included).
CODECS: Final = (
    Codec(name="gzip", suffixes=(".gz", ".gzip"), magic=re.compile(rb"\x1f\x8b\x08"), reader=_gzip),
    Codec(name="bzip2", suffixes=(".bz2",), magic=re.compile(rb"BZh[1-9]"), reader=_bzip2),
    Codec(name="xz", suffixes=(".xz",), magic=re.compile(rb"\xfd7zXZ\x00"), reader=_xz),
    Codec(name="zstd", suffixes=(".zst", ".zstd"), magic=re.compile(rb"\(\xb5/\xfd|[\x50-\x5f]\*M\x18"), reader=_zstd),
)


def codec_of(name: str) -> Codec | None:
    """The codec that the suffix of *name* stands for, None where it stands for none."""
    return next((codec for codec in CODECS if name.lower().endswith(codec.suffixes)), None)


def unpacked(codec: Codec, raw: Any, name: str) -> tuple[Any, tuple[type[Exception], ...]]:
    """A reader of what the stream *raw* of the file *name* holds, and its faults as `Codec.reader` has them.

    Raises `DataError` where the stream does not begin as the suffix says, OSError where reading fails.
    """
    head = b""
    while len(head) < HEAD and (part := raw.read(HEAD - len(head))):
        head += part
    if not codec.magic.match(head):
        what = f"begins with {head.hex(' ')}" if head else "is empty"
        raise DataError(
            f"the file {what}, which is not how {codec.name} data begin",
            code=R_COMPRESSED,
            help=f"give it a name without {codec.suffixes[0]} if it is not compressed, or fetch it again",
            place=Place(file=name),
        )
    return codec.reader(io.BufferedReader(_Rejoined(head, raw), FETCH))


class _Rejoined(io.RawIOBase):
    """A stream whose first bytes were read already; it need not be able to seek."""

    def __init__(self, head: bytes, raw: Any) -> None:
        self._head = head
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, view: Any, /) -> int | None:
        data = self._head[: len(view)] or self._raw.read(len(view))
        self._head = self._head[len(view) :]
        if data is None:
            return None
        view[: len(data)] = data
        return len(data)
