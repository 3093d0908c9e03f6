"""Several threads' way to a Parquet file: each row group becomes a complete file in memory, and these are merged.

pyarrow encodes one file on one thread, but without the interpreter's lock.
Invariant: the bytes of a row group do not depend on the thread, nor on the memory that it was encoded into.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from arrowsmith_parquet.encode import Group, data_errors, encode, encoded, joined
from arrowsmith_parquet.footer import MergedFile


@dataclass(frozen=True, slots=True)
class Encoded:
    """A complete Parquet file in memory, and the *room* it lies in, where that may be used again."""

    file: pa.Buffer
    room: pa.Buffer | None = None


class Merging:
    """Encodes groups of one schema with the same keywords, on any thread; *empty* is a Parquet file without a row group."""

    def __init__(self, schema: pa.Schema, keywords: Mapping[str, Any], empty: pa.Buffer) -> None:
        self._schema = schema
        self._keywords = keywords
        # Room beyond the values themselves: page headers and statistics of each column, and what the footer has twice.
        self._margin = 8192 * len(schema) + 2 * empty.size + 65_536
        self._empty = memoryview(empty).cast("B")
        self._fits = True
        self._rooms: list[pa.Buffer] = []

    def encode(self, group: Group) -> Encoded:
        """A Parquet file with the rows of *group*, which is emptied.  Raises `DataError` where a value does not fit."""
        with data_errors():
            table = joined(self._schema, group)
            return self._in_one_piece(table) or Encoded(encoded(self._schema, self._keywords, table))

    def _in_one_piece(self, table: pa.Table) -> Encoded | None:
        """*table* encoded into memory that is as large as it may need, or None where that did not do.

        A stream that grows copies its content each time, and holds it twice meanwhile.  Pages that nothing is written to
        cost nothing, so there is plenty; what was written to is warm, so it is used again.
        """
        if not self._fits:
            return None
        try:
            room = self._room(table.nbytes + table.nbytes // 8 + self._margin)
            out = pa.FixedSizeBufferWriter(room)
            encode(self._schema, self._keywords, table, out)
        except (pa.ArrowException, OSError):
            # Too small, as where a dictionary of long values is written out for every row; or another fault, and then it
            # will be met again.
            self._fits = False
            return None
        return Encoded(room.slice(0, out.tell()), room)

    def _room(self, size: int) -> pa.Buffer:
        try:
            room = self._rooms.pop()
        except IndexError:  # asked for, not looked for first: several threads do this
            room = None
        return room if room is not None and room.size >= size else _pages(size)

    def file(self, write: Callable[[memoryview], object]) -> MergedFile:
        """A file to append to, whose bytes go to *write*."""
        return MergedFile(write, self._empty)

    def append(self, file: MergedFile, group: Encoded) -> None:
        """Add *group* to *file*.  The memory that it is in is used again."""
        file.append(memoryview(group.file).cast("B"))
        if group.room is not None:
            self._rooms.append(group.room)


def _pages(size: int) -> pa.Buffer:
    """Writable memory of *size* bytes in the system's large pages, where it has them: a first touch for each two megabytes."""
    made = mmap.mmap(-1, size)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # a system without them refuses, and its small ones are as good
            made.madvise(mmap.MADV_HUGEPAGE)
    return pa.py_buffer(made)
