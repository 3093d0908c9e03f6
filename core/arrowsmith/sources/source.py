"""One thing that holds data, not opened yet.  Invariant: a Source holds no open file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from arrowsmith.sources.stream import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file, object or piece of memory with data in it.

    ``name`` is how messages call it: a path as the user spelled it, a URL without its secrets.  ``size`` is in bytes as `open`
    gives them, None where that is not known beforehand (a pipe, a compressed file).  ``reopenable``: `open` may be called more
    than once.  ``held``: what there is are records that were put aside, and no bytes of a file.
    ``path``: of a plain file, whose bytes are these.
    """

    name: str
    size: int | None
    reopenable: bool
    opener: Callable[[], Stream] = field(repr=False, compare=False)
    path: str = ""
    opener_at: Callable[[int], Stream] | None = field(default=None, repr=False, compare=False)
    held: Callable[[], Iterator[Any]] | None = field(default=None, repr=False, compare=False)

    def open(self) -> Stream:
        """The data from their beginning.

        Raises `OptionError` for what cannot be opened, or not again; `DataError` where the beginning is not what the name says.
        """
        return self.opener()

    @property
    def seekable(self) -> bool:
        """Whether `open_at` goes there without reading what is before."""
        return self.opener_at is not None

    def open_at(self, position: int) -> Stream:
        """The data from byte *position* on.  Raises as `open` does."""
        if self.opener_at is None:
            raise ValueError(f"{self.name} is read from its beginning")
        return self.opener_at(position)
