"""Groups of rows become complete Parquet files of one row group, in memory, on several threads at once.

pyarrow encodes one file on one thread, but without the interpreter's lock; so each row group is a file of its own, and
`footer.MergedFile` puts them together.
Invariant: results come in the order of the groups, and their bytes do not depend on how a group is cut into batches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from arrowsmith.errors import DataError
from arrowsmith_parquet.faults import VALUE

_T = TypeVar("_T")

#: A group of rows; whoever encodes it empties the list, so that memory is given back piece by piece.
Group: TypeAlias = "list[pa.RecordBatch]"


@contextmanager
def data_errors() -> Iterator[None]:
    """Turn pyarrow's refusal of a value into a `DataError`.  What our own writing raises passes."""
    try:
        yield
    except (MemoryError, BrokenPipeError):
        raise
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"Parquet cannot hold these values with these settings: {error}", code=VALUE) from error


def joined(schema: pa.Schema, group: Group) -> pa.Table:
    """*group* as a table of one chunk: pages would end where chunks do.  Its list is emptied column by column."""
    if len(group) == 1:
        return pa.Table.from_batches([group.pop()], schema)
    columns: list[Any] = [[batch.column(i) for batch in group] for i in range(len(schema))]
    group.clear()
    for i, chunks in enumerate(columns):
        columns[i] = pa.concat_arrays(chunks)
    return pa.Table.from_arrays(columns, schema=schema)


def empty_file(schema: pa.Schema, keywords: Mapping[str, Any]) -> pa.Buffer:
    """A Parquet file of *schema* without a row group."""
    out = pa.BufferOutputStream()
    pq.ParquetWriter(out, schema, **keywords).close()
    return out.getvalue()


def _encode(schema: pa.Schema, keywords: Mapping[str, Any], table: pa.Table, out: pa.NativeFile) -> None:
    """Write the rows of *table* to *out* as a Parquet file of one row group.  Raises what pyarrow raises."""
    with pq.ParquetWriter(out, schema, **keywords) as writer:
        writer.write_table(table, row_group_size=max(1, table.num_rows))


def encoded(schema: pa.Schema, keywords: Mapping[str, Any], table: pa.Table) -> pa.Buffer:
    """A Parquet file with the rows of *table* in one row group.  Raises what pyarrow raises."""
    out = pa.BufferOutputStream()
    _encode(schema, keywords, table, out)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Encoded:
    """A complete Parquet file in memory, and the *room* it lies in, where that may be used again."""

    file: pa.Buffer
    room: pa.Buffer | None = None


class RowGroupEncoder:
    """Encodes groups of rows of one schema with the same keywords, on any thread; *empty* is a file without a row group."""

    def __init__(self, schema: pa.Schema, keywords: Mapping[str, Any], empty: pa.Buffer) -> None:
        self._schema = schema
        self._keywords = keywords
        # Room beyond the values themselves: page headers and statistics of each column, and what the footer has twice.
        self._margin = 8192 * len(schema) + 2 * empty.size + 65_536
        self._fits = True
        self._rooms: list[pa.Buffer] = []

    def __call__(self, group: Group) -> Encoded:
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
            _encode(self._schema, self._keywords, table, out)
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
        return room if room is not None and room.size >= size else pa.allocate_buffer(size, pa.system_memory_pool())

    def reuse(self, done: Encoded) -> None:
        """Take back the room of a file that nobody looks at any more."""
        if done.room is not None:
            self._rooms.append(done.room)


class InOrder(Generic[_T]):
    """Encodes groups on *threads* threads and gives the results to *deliver*, in order, on the caller's.

    At most *threads* groups are on their way, so `put` waits where encoding is slower than reading.  With one thread all
    happens on the caller's.
    """

    def __init__(self, deliver: Callable[[_T], None], threads: int) -> None:
        self._deliver = deliver
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="arrowsmith-parquet") if threads > 1 else None
        self._waiting: deque[Future[_T]] = deque()

    def put(self, encode: Callable[[Group], _T], group: Group) -> None:
        """*encode* the *group*, now or soon.  Raises what encoding an earlier group raised."""
        if self._pool is None:
            self._deliver(encode(group))
            return
        ready = [self._waiting.popleft().result()] if len(self._waiting) >= self._threads else []
        self._waiting.append(self._pool.submit(encode, group))  # first, so that no thread idles while we write
        while self._waiting and self._waiting[0].done():
            ready.append(self._waiting.popleft().result())
        for file in ready:
            self._deliver(file)

    def finish(self) -> None:
        """Deliver what is on its way.  Raises what encoding it raised."""
        while self._waiting:
            self._deliver(self._waiting.popleft().result())
        self.abandon()

    def abandon(self) -> None:
        """Stop: what has not begun is dropped, what has is waited for (pyarrow cannot be interrupted)."""
        self._waiting.clear()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
