"""Items: what a copybook's entries are in storage, with offset, size, slack and stride.

Offsets are those of maximum-size storage: a table with DEPENDING ON has room for its greatest number of occurrences.
Invariant: an item lies within its group; members that redefine begin where the item that they redefine begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from arrowsmith_copybook.entry import Entry
from arrowsmith_copybook.picture import Picture
from arrowsmith_copybook.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A group (``storage`` None) or an elementary item.

    ``number`` counts items in the order of the text, from 0; ``base`` is the number of the item that it redefines, ``count`` of
    the one that says how often it occurs.  ``offset``: bytes from the record's start to its first occurrence, ``slack`` of them
    between it and what precedes it; ``size``: bytes of one occurrence; ``stride``: from one occurrence to the next.
    """

    number: int
    entry: Entry
    offset: int
    size: int
    stride: int
    slack: int = 0
    picture: Picture | None = None
    usage: str = ""
    storage: Storage | None = None
    members: tuple[Item, ...] = ()
    base: int | None = None
    count: int | None = None

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def total(self) -> int:
        """Bytes of all its occurrences, slack between them included."""
        return self.stride * self.entry.occurs.most if self.entry.occurs else self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """All of a copybook: its records in order, with those that the options name as header and trailer of the file taken out."""

    roots: tuple[Item, ...]
    header: Item | None = None
    trailer: Item | None = None
    renames: tuple[Entry, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of one record at its longest."""
        return max((root.offset + root.total for root in self.roots), default=0)


def items_of(roots: Sequence[Item]) -> Iterator[Item]:
    """Every item of *roots* in the order of the text."""
    for item in roots:
        yield item
        yield from items_of(item.members)
