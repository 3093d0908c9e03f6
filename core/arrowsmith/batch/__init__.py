"""Batches: memory for kernels to fill, and its hand-over as Arrow record batches without a copy.

`allocate` makes an `Output` of zeroed pyarrow buffers for a Program, a `Pool` ones whose memory was used before; `finish` turns what a
kernel left in one into a record batch; `Gather` fills in the columns that no Program puts, `assembled` puts rows of tables together.
Invariant: numpy and pyarrow are in this package and in no other of core (schemas apart).
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from arrowsmith.batch.boundaries import Search, search_for
from arrowsmith.batch.compare import difference, sampled, without_given
from arrowsmith.batch.exploded import Explosion, found_at
from arrowsmith.batch.file_schema import file_schema
from arrowsmith.batch.finish import Mended, finish
from arrowsmith.batch.frames import (
    Facts,
    Group,
    Grouped,
    Sifter,
    Steps,
    first_set,
    fixed_facts,
    given_facts,
    moved,
    parents,
    total,
)
from arrowsmith.batch.given import Gather, Given
from arrowsmith.batch.held import held_batch, held_schema, read_held
from arrowsmith.batch.log import entries, faulty, tally
from arrowsmith.batch.nested import Piece, assembled
from arrowsmith.batch.pool import Pool, WindowPool
from arrowsmith.batch.room import (
    ROWS,
    TARGET,
    allocate,
    clean,
    fullest,
    grown,
    room,
    room_per_row,
    scratch,
    window_memory,
)
from arrowsmith.batch.split import Split
from arrowsmith.batch.values import slot_values

__all__ = [
    "ROWS", "TARGET", "Explosion", "Facts", "Gather", "Given", "Group", "Grouped", "Mended", "Piece", "Pool", "Search", "Sifter", "Split",
    "Steps", "WindowPool", "allocate", "assembled", "clean", "difference", "entries", "faulty", "file_schema", "finish", "first_set",
    "fixed_facts", "found_at", "fullest", "given_facts", "grown", "held_batch", "held_schema", "moved", "parents", "read_held", "room",
    "room_per_row", "sampled", "scratch", "search_for", "slot_values", "stream", "table", "tally", "total", "window_memory",
    "without_given",
]  # fmt: skip


def stream(schema: pa.Schema, made: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
    """*made* as a pyarrow reader."""
    return pa.RecordBatchReader.from_batches(schema, made)


def table(schema: pa.Schema, made: Iterator[pa.RecordBatch]) -> pa.Table:
    """*made* as one table."""
    return pa.Table.from_batches(made, schema)
