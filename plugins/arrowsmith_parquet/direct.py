"""One thread's way to a Parquet file: pyarrow writes it straight to its target, a row group after the other.

Invariant: the bytes are those that `merging` makes of the same groups; what is saved is a copy of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import pyarrow as pa
import pyarrow.parquet as pq

from arrowsmith_parquet.encode import Group, data_errors, joined

#: Bytes that are gathered before they are handed on: pyarrow writes headers of pages apart.
_GATHERED: Final = 1 << 20


class _Outlet:
    """What pyarrow takes for a file.  It can be shut: pyarrow ends a file even when it is dropped half-written."""

    closed = False

    def close(self) -> None:
        """Nothing: whoever opened the target closes it.  pyarrow asks for this when the stream is dropped."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write: Callable[[bytes], object] | None = write

    def write(self, data: bytes) -> int:
        if self._write is not None:
            self._write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing: bytes are not kept back here."""

    def shut(self) -> None:
        self._write = None


class DirectFile:
    """One Parquet file; `write` takes its bytes in order.  `size` is bytes so far, `rows` rows so far."""

    def __init__(self, write: Callable[[bytes], object], schema: pa.Schema, keywords: Mapping[str, Any]) -> None:
        self.rows = 0
        self._outlet = _Outlet(write)
        self._stream = pa.BufferedOutputStream(pa.PythonFile(cast("Any", self._outlet), mode="w"), _GATHERED)
        self._writer = pq.ParquetWriter(self._stream, schema, **keywords)

    @property
    def size(self) -> int:
        return self._stream.tell()

    def append(self, table: pa.Table) -> None:
        """Write the rows of *table* as a row group.  Raises `DataError` where a value does not fit."""
        with data_errors():
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))
        self.rows += table.num_rows

    def finish(self) -> None:
        """Write page indexes and footer.  The file is complete then."""
        self._writer.close()
        self._stream.flush()

    def abandon(self) -> None:
        """Write nothing more."""
        self._outlet.shut()


class Direct:
    """Hands groups of one schema to pyarrow with the same keywords."""

    def __init__(self, schema: pa.Schema, keywords: Mapping[str, Any]) -> None:
        self._schema = schema
        self._keywords = keywords

    def encode(self, group: Group) -> pa.Table:
        """The rows of *group*, which is emptied, as one table."""
        return joined(self._schema, group)

    def file(self, write: Callable[[bytes], object]) -> DirectFile:
        """A file to append to, whose bytes go to *write*."""
        return DirectFile(write, self._schema, self._keywords)

    def append(self, file: DirectFile, group: pa.Table) -> None:
        """Write *group* to *file*.  Raises `DataError` where a value does not fit."""
        file.append(group)
