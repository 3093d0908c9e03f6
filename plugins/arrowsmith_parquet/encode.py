"""Groups of rows become tables and Parquet row groups, here or on threads, in order.

Invariant: results come in the order of the groups, and their bytes do not depend on how a group is cut into batches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Generic, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from arrowsmith.errors import DataError
from arrowsmith.workers import Workers
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


def encode(schema: pa.Schema, keywords: Mapping[str, Any], table: pa.Table, out: pa.NativeFile) -> None:
    """Write the rows of *table* to *out* as a Parquet file of one row group.  Raises what pyarrow raises."""
    with pq.ParquetWriter(out, schema, **keywords) as writer:
        writer.write_table(table, row_group_size=max(1, table.num_rows))


def encoded(schema: pa.Schema, keywords: Mapping[str, Any], table: pa.Table) -> pa.Buffer:
    """A Parquet file with the rows of *table* in one row group.  Raises what pyarrow raises."""
    out = pa.BufferOutputStream()
    encode(schema, keywords, table, out)
    return out.getvalue()


class InOrder(Generic[_T]):
    """Encodes groups on *threads* threads and gives the results to *deliver*, in order, on the caller's.

    At most *threads* groups are on their way, so `put` waits where encoding is slower than reading.  With one thread all
    happens on the caller's.
    """

    def __init__(self, deliver: Callable[[_T], None], threads: int) -> None:
        self._deliver = deliver
        self._threads = threads
        self._pool = Workers(threads, "arrowsmith-parquet") if threads > 1 else None
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
            self._pool.shutdown()
