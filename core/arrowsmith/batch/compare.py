"""A sample of records, and whether two executors made the same of them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from arrowsmith.columns import Struct

#: 2^64 divided by the golden ratio: multiples of it, taken modulo 2^64, lie evenly, so every stretch of a file has its share of a sample
_STEP: Final = 0x9E3779B97F4A7C15


def sampled(numbers: Any, first: int, count: int, rate: float) -> list[int]:
    """Those of *count* frames from *first* on that a sample of *rate* (0 to 1) takes, by the numbers of their records: an array of one a
    frame, or the number of the frame 0."""
    frames = np.arange(first, first + count, dtype=np.uint64)
    own = frames + np.uint64(numbers) if isinstance(numbers, int) else np.asarray(numbers)[first : first + count]
    places = (own.astype(np.uint64) * np.uint64(_STEP)).astype(np.float64) / 2.0**64
    found: list[int] = frames[places < rate].astype(np.int64).tolist() if rate < 1 else frames.astype(np.int64).tolist()
    return found


def difference(batch: pa.RecordBatch, rows: Sequence[int], others: Sequence[pa.RecordBatch]) -> tuple[int, str] | None:
    """Where *rows* of *batch* differ from *others*, which have the same columns: the index in *rows*, and how, in words."""
    own = batch.take(pa.array(rows, pa.int64()))
    other = pa.Table.from_batches(list(others), batch.schema).combine_chunks()
    for number, field in enumerate(batch.schema):
        left, right = own.column(number), pa.concat_arrays(other.column(number).chunks)
        if left.equals(right):
            continue
        for row in range(len(rows)):
            one, two = left[row].as_py(), right[row].as_py()
            if not _same(one, two):
                return row, f"{field.name} is {one!r} and {two!r}"
    return None


def _same(left: Any, right: Any) -> bool:
    """Whether two values are one to the bit: NaN equals itself, and 0.0 is not −0.0."""
    if isinstance(left, float) and isinstance(right, float):
        return struct.pack("<d", left) == struct.pack("<d", right)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return type(left) is type(right) and bool(left == right)


def without_given(shape: Struct, schema: pa.Schema) -> tuple[Struct, pa.Schema]:
    """*shape* and *schema* without the columns that no Program puts."""
    kept = [n for n, child in enumerate(shape.children) if isinstance(child, Struct) or not child.given]
    fields = [schema.field(n) for n in kept]
    return replace(shape, children=tuple(shape.children[n] for n in kept)), pa.schema(fields)
