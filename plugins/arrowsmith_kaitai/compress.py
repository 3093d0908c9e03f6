"""The transforms that this plugin offers: processes of the library kaitai_compress that Python's own modules can undo.

``kaitai.compress.zlib`` (RFC 1950), ``kaitai.compress.lzma_xz`` (.xz) and ``kaitai.compress.lzma_lzma`` (.lzma, "LZMA alone").
Invariant: no more than `LIMIT` bytes are made, however few they come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arrowsmith.interfaces import LIMIT, Argument, Takes
from arrowsmith.transforms import inflated

#: memory that decompressing may take: the dictionary's size is said in the data
MEMORY = 256 << 20


@dataclass(frozen=True, slots=True)
class Zlib:
    """What zlib compressed."""

    name: str = "kaitai.compress.zlib"
    takes: tuple[Takes, ...] = ()

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes:
        """The data that *data* hold.  Raises ValueError."""
        return inflated(data)


@dataclass(frozen=True, slots=True)
class Lzma:
    """What LZMA compressed, in the container ``format``: ``xz`` or ``lzma``; what follows it is ignored."""

    format: str
    takes: tuple[Takes, ...] = ()

    @property
    def name(self) -> str:
        return f"kaitai.compress.lzma_{self.format}"

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes:
        """The data that *data* hold.  Raises ValueError."""
        import lzma

        container = {"xz": lzma.FORMAT_XZ, "lzma": lzma.FORMAT_ALONE}[self.format]
        stream = lzma.LZMADecompressor(container, memlimit=MEMORY)
        try:
            made = stream.decompress(data, LIMIT)
        except lzma.LZMAError as error:
            raise ValueError(f"damaged {self.format} data: {str(error).lower()}") from None
        if not stream.eof:
            short = len(made) < LIMIT
            raise ValueError(
                f"truncated {self.format} data" if short else f"{self.format} data of more than {LIMIT} bytes"
            )
        return made
