"""What a kernel left in an `Output` becomes a record batch, without a copy but of texts that need mending."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa

from arrowsmith.batch.mending import mended
from arrowsmith.batch.pool import Loan
from arrowsmith.columns import WIDTH, Leaf, List, Memory, Mending, Output, Shape, Struct

if TYPE_CHECKING:
    from arrowsmith.columns import Column
    from arrowsmith.program.program import Program

#: how many characters of a column were mended: by the column's number, and ``replaced`` or ``dropped``
Mended: TypeAlias = "Counter[tuple[int, str]]"

_NOTHING: Mapping[tuple[str, ...], Any] = MappingProxyType({})


def finish(
    program: Program,
    shape: Struct,
    schema: pa.Schema,
    output: Output,
    given: Mapping[tuple[str, ...], Any] = _NOTHING,
    counts: Mended | None = None,
) -> pa.RecordBatch:
    """The rows of *output* as a record batch of *schema*, whose fields are the children of *shape* in order; *given*: arrays by path of
    the columns that no Program puts.  *counts* is added to."""
    numbers = {c.path: n for n, c in enumerate(program.columns) if not c.scratch}
    levels = {level.path: n for n, level in enumerate(program.levels)}
    made = _Hand(program.columns, numbers, levels, output, given, Counter() if counts is None else counts)
    arrays = [made.array(child, f.type, 0) for child, f in zip(shape.children, schema, strict=True)]
    if not arrays:
        empty: Any = pa.array([{}] * output.rows[0], pa.struct([]))
        return pa.RecordBatch.from_struct_array(empty)
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


class _Hand:
    """Makes arrays of one Output."""

    def __init__(
        self,
        columns: tuple[Column, ...],
        numbers: dict[tuple[str, ...], int],
        levels: dict[tuple[str, ...], int],
        output: Output,
        given: Mapping[tuple[str, ...], Any],
        counts: Mended,
    ) -> None:
        self.columns, self.numbers, self.levels, self.output, self.given = columns, numbers, levels, output, given
        self.counts = counts

    def array(self, shape: Shape, kind: Any, level: int) -> Any:
        rows = self.output.rows[level]
        if shape.given:
            return self.given[shape.path]
        if isinstance(shape, Leaf):
            return self._leaf(shape, kind, rows)
        validity, nulls = self._validity(shape, rows) if shape.optional else (None, 0)
        if isinstance(shape, Struct):
            children = [self.array(child, kind.field(i).type, level) for i, child in enumerate(shape.children)]
            return pa.Array.from_buffers(kind, rows, [validity], nulls, children=children)
        inner = self.levels[shape.path]
        offsets = self.output.offsets[inner]
        assert offsets is not None
        child = self.array(shape.child, kind.value_type, inner)
        return pa.Array.from_buffers(kind, rows, [validity, _buffer(offsets, (rows + 1) * 4)], nulls, children=[child])

    def _validity(self, shape: Struct | List, rows: int) -> tuple[pa.Buffer | None, int]:
        number = self.numbers.get(shape.path)
        if number is None:
            return None, 0
        return _bitmap(self.output.columns[number].validity, rows)

    def _leaf(self, leaf: Leaf, kind: Any, rows: int) -> Any:
        number = self.numbers.get(leaf.path)
        if number is None:  # nothing in this Program puts it
            return pa.nulls(rows, kind)
        slots, storage = self.output.columns[number], self.columns[number].storage
        certain = self.columns[number].certain
        validity, nulls = (None, 0) if certain else _bitmap(slots.validity, rows)
        if slots.data is not None:
            plain = kind.value_type if pa.types.is_dictionary(kind) else kind
            buffers = [validity, _buffer(slots.values, (rows + 1) * 4), _buffer(slots.data, slots.used)]
            array = pa.Array.from_buffers(plain, rows, buffers, nulls)
            if leaf.mending is not None:
                array = self._mended(leaf.mending, number, array)
            return array.dictionary_encode().cast(kind) if plain is not kind else array
        if storage == "bool":
            bits = np.packbits(_numbers(slots.values, rows), bitorder="little")
            return pa.Array.from_buffers(kind, rows, [validity, pa.py_buffer(bits.data)], nulls)
        return pa.Array.from_buffers(kind, rows, [validity, _buffer(slots.values, rows * WIDTH[storage])], nulls)

    def _mended(self, how: Mending, number: int, texts: Any) -> Any:
        found, counts = mended(how, texts)
        for what, count in counts.items():
            self.counts[number, what] += count
        return found


def _buffer(memory: Memory, size: int) -> pa.Buffer:
    owner: Any = memory.owner
    if isinstance(owner, Loan):
        return owner.buffer(size)
    return owner.slice(0, size) if isinstance(owner, pa.Buffer) else pa.py_buffer(memory.view[:size])


def _numbers(memory: Memory, rows: int) -> Any:
    return np.frombuffer(memory.view, np.uint8, rows)


def _bitmap(validity: Memory, rows: int) -> tuple[pa.Buffer | None, int]:
    """Validity as Arrow has it: a bit a row, None where all are valid; and how many are not."""
    flags = _numbers(validity, rows)
    nulls = rows - int(np.count_nonzero(flags))
    if not nulls:
        return None, 0
    return pa.py_buffer(np.packbits(flags, bitorder="little").data), nulls
