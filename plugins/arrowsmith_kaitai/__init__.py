"""Kaitai Struct descriptions (.ksy) as an arrowsmith dictionary format, and transforms that they name.

Invariant: importing this loads nothing heavier than arrowsmith's interfaces; PyYAML is imported when a description is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from arrowsmith.hookspecs import hookimpl
from arrowsmith_kaitai.codes import CODES

if TYPE_CHECKING:
    from arrowsmith.interfaces import Format, Transform

__all__ = ["ARROWSMITH_API", "CODES", "arrowsmith_formats", "arrowsmith_transforms"]

ARROWSMITH_API = (0, 1)


@hookimpl
def arrowsmith_formats() -> Iterable[Format]:
    """Offer the kaitai format."""
    from arrowsmith_kaitai.format import Kaitai

    return [Kaitai()]


@hookimpl
def arrowsmith_transforms() -> Iterable[Transform]:
    """Offer what ``process: kaitai.compress.…`` names."""
    from arrowsmith_kaitai.compress import Lzma, Zlib

    return [Zlib(), Lzma("xz"), Lzma("lzma")]
