"""Rows of several tables put together: the rows of an inner table become a list in those of the table around it.

Nothing is copied but where one batch came in several pieces: list offsets are counted, the items are the inner table's rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from arrowsmith.columns import List, Shape, Struct


@dataclass(frozen=True, slots=True)
class Piece:
    """The rows of one table: ``batches`` of its own columns (``schema``), and how many of them each row of the table around has
    (``counts``)."""

    schema: pa.Schema
    batches: Sequence[pa.RecordBatch]
    counts: Sequence[Any] = ()


def assembled(shape: Struct, schema: pa.Schema, top: str, pieces: Mapping[str, Piece]) -> pa.RecordBatch:
    """The rows of table *top* as *schema*, with the rows of *pieces* nested in them as *shape* says."""
    rows = sum(batch.num_rows for batch in pieces[top].batches)
    made = _Assembly(pieces)
    arrays = made.columns(shape, [f.type for f in schema], made.whole(top))
    if not arrays:
        empty: Any = pa.array([{}] * rows, pa.struct([]))
        return pa.RecordBatch.from_struct_array(empty)
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


class _Assembly:
    def __init__(self, pieces: Mapping[str, Piece]) -> None:
        self.pieces = pieces

    def whole(self, table: str) -> list[Any]:
        """The columns of all rows of *table*, each one array."""
        piece = self.pieces[table]
        if len(piece.batches) == 1:
            return list(piece.batches[0].columns)
        parts = [[batch.column(n) for batch in piece.batches] for n in range(len(piece.schema))]
        return [pa.concat_arrays(p) if p else pa.array([], f.type) for p, f in zip(parts, piece.schema, strict=True)]

    def columns(self, shape: Struct, types: Sequence[Any], own: Sequence[Any]) -> list[Any]:
        """The children of *shape* as arrays, from those that the table itself put, which are *own* in the same order."""
        left = iter(own)
        return [self.array(child, kind, left) for child, kind in zip(shape.children, types, strict=True)]

    def array(self, shape: Shape, kind: Any, own: Any) -> Any:
        if isinstance(shape, List) and shape.nested:
            return self.rows(shape, kind)
        array = next(own)
        if not isinstance(shape, Struct) or array.type.equals(kind):
            return array
        inside = [array.field(n) for n in range(array.type.num_fields)]
        children = self.columns(shape, [f.type for f in kind], inside)
        return pa.Array.from_buffers(kind, len(array), array.buffers()[:1], array.null_count, children=children)

    def rows(self, shape: List, kind: Any) -> Any:
        """The list of the rows of a nested table."""
        piece = self.pieces[shape.nested]
        counts = np.concatenate(piece.counts) if piece.counts else np.zeros(0, np.int64)
        offsets: Any = np.zeros(len(counts) + 1, np.int32)
        np.cumsum(counts, out=offsets[1:])
        assert isinstance(shape.child, Struct)
        struct = kind.value_type
        children = self.columns(shape.child, [f.type for f in struct], self.whole(shape.nested))
        items = pa.Array.from_buffers(struct, int(offsets[-1]), [None], 0, children=children)
        buffers = [None, pa.py_buffer(offsets)]
        return pa.Array.from_buffers(kind, len(counts), buffers, 0, children=[items])
