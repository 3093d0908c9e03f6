"""Batches: memory for kernels to fill, and its hand-over as Arrow record batches without a copy.

`allocate` makes an `Output` of zeroed pyarrow buffers for a Program; `finish` turns what a kernel left in one into a record batch.
Invariant: a buffer goes to one batch; nothing is reused while a batch is alive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from arrowsmith.columns import LOG_FULL, SLACK, WIDTH, Leaf, List, Memory, Output, Shape, Slots, Status, Struct
from arrowsmith.program import ops
from arrowsmith.program.ops import Block

if TYPE_CHECKING:
    from arrowsmith.columns import Column
    from arrowsmith.program.program import Program

#: bytes of Arrow data that a batch aims at, and the rows it may have
TARGET = 24 << 20
ROWS = (1 << 10, 1 << 18)
#: bytes a varying value, or items a list, is guessed to have where the Program does not bound it
GUESS_BYTES = 48
GUESS_ITEMS = 8
#: entries of the log of invalid fields
LOG_ENTRIES = 1 << 14
#: offsets are int32
MOST_DATA = (1 << 31) - 1 - 64


def window_memory(size: int) -> Memory:
    """Memory for *size* bytes of input with `SLACK` zero bytes before and behind; not zeroed itself."""
    buffer = pa.allocate_buffer(size + 2 * SLACK)
    view = memoryview(buffer).cast("B")
    view[:SLACK] = bytes(SLACK)
    view[SLACK + size :] = bytes(SLACK)
    return Memory(buffer.address + SLACK, view[SLACK : SLACK + size], buffer)


def _zeroed(size: int) -> Memory:
    buffer = pa.allocate_buffer(size + SLACK)
    view = memoryview(buffer).cast("B")
    np.frombuffer(view, np.uint8)[:] = 0
    return Memory(buffer.address, view[:size], buffer)


def _raw(size: int) -> Memory:
    buffer = pa.allocate_buffer(size + SLACK)
    return Memory(buffer.address, memoryview(buffer).cast("B")[:size], buffer)


def scratch(size: int) -> Memory:
    """Zeroed memory of *size* bytes for a driver's own tables."""
    return _zeroed(size)


# --- how much ----------------------------------------------------------------------------------------------------------


def room_per_row(program: Program) -> tuple[dict[int, int], dict[int, int]]:
    """Bytes of data a column, and slots a level, may take in one row, where the Program's rooms bound them.

    What lies in a repeat of unknown length is guessed; a guess too small makes a kernel stop as full, and no more.
    """
    data: dict[int, int] = {}
    slots: dict[int, int] = {}

    def visit(block: Block, times: int) -> None:
        for op in block:
            if isinstance(op, ops.RoomData):
                most = op.n if isinstance(op.n, int) else GUESS_BYTES
                data[op.column] = data.get(op.column, 0) + most * times
            elif isinstance(op, ops.Room):
                most = op.n if isinstance(op.n, int) else GUESS_ITEMS
                slots[op.level] = slots.get(op.level, 0) + most * times
            inner = times
            if isinstance(op, ops.Repeat):
                inner *= op.count if isinstance(op.count, int) else GUESS_ITEMS
            elif isinstance(op, ops.Loop):
                inner *= GUESS_ITEMS
            branches = list(ops.blocks(op))
            if isinstance(op, ops.Reach | ops.If | ops.Switch):
                _worst(branches, inner)
            else:
                for body in branches:
                    visit(body, inner)

    def _worst(branches: list[Block], times: int) -> None:
        before = (dict(data), dict(slots))
        most: tuple[dict[int, int], dict[int, int]] = (dict(data), dict(slots))
        for body in branches:
            for now, then in zip((data, slots), before, strict=True):
                now.clear()
                now.update(then)
            visit(body, times)
            for kept, found in zip(most, (data, slots), strict=True):
                for key, value in found.items():
                    kept[key] = max(kept.get(key, 0), value)
        data.update(most[0])
        slots.update(most[1])

    visit(program.body, 1)
    return data, slots


def batch_rows(program: Program, target: int = TARGET) -> int:
    """Rows of a batch of *program* that aims at *target* bytes of Arrow data."""
    data, slots = room_per_row(program)
    total = 1
    for number, column in enumerate(program.columns):
        each = 5 + data.get(number, GUESS_BYTES) if column.varying else WIDTH[column.storage] + 1
        total += each * (1 if column.level == 0 else max(1, slots.get(column.level, GUESS_ITEMS)))
    return max(ROWS[0], min(ROWS[1], target // total))


def allocate(program: Program, rows: int, *, factor: int = 1) -> Output:
    """An Output with room for *rows* rows; *factor* enlarges what was only guessed, for a row that did not fit."""
    data, slots = room_per_row(program)
    capacity = [rows]
    for level in range(1, len(program.levels)):
        capacity.append(max(64, min(rows * slots.get(level, GUESS_ITEMS) * factor, MOST_DATA)))
    columns = []
    for number, column in enumerate(program.columns):
        many = capacity[column.level]
        if column.varying:
            most = max(4096, min(rows * data.get(number, GUESS_BYTES) * factor, MOST_DATA))
            columns.append(Slots(_zeroed((many + 1) * 4), _zeroed(many), _raw(most)))
        else:
            columns.append(Slots(_zeroed(many * WIDTH[column.storage]), _zeroed(many)))
    offsets: list[Memory | None] = [None]
    offsets += [_zeroed((capacity[level.parent] + 1) * 4) for level in program.levels[1:]]
    levels = len(program.levels)
    return Output(columns, [0] * levels, capacity, offsets, _raw(LOG_ENTRIES * 8), 0, [0] * levels)


def grown(program: Program, output: Output, status: Status) -> Output:
    """A fresh Output with more of what *status* wanted than *output*, which holds nothing, had."""
    columns = []
    capacity = list(output.capacity)
    if status.column < 0 and status.column != LOG_FULL:
        level = -1 - status.column
        capacity[level] = min(MOST_DATA, max(capacity[level] * 2, status.wanted))
    for number, (column, slots) in enumerate(zip(program.columns, output.columns, strict=True)):
        many = capacity[column.level]
        if column.varying:
            most = slots.data.size if slots.data is not None else 0
            if status.column == number:
                most = min(MOST_DATA, max(most * 2, status.wanted))
            columns.append(Slots(_zeroed((many + 1) * 4), _zeroed(many), _raw(most)))
        else:
            columns.append(Slots(_zeroed(many * WIDTH[column.storage]), _zeroed(many)))
    offsets: list[Memory | None] = [None]
    offsets += [_zeroed((capacity[level.parent] + 1) * 4) for level in program.levels[1:]]
    log = _raw(output.log.size * (2 if status.column == LOG_FULL else 1))
    return Output(columns, [0] * len(capacity), capacity, offsets, log, 0, [0] * len(capacity))


def fullest(output: Output, status: Status) -> bool:
    """Whether what *status* wants cannot be had: offsets would not fit 32 bits."""
    if status.column == LOG_FULL:
        return False
    if status.column < 0:
        return output.capacity[-1 - status.column] >= MOST_DATA
    data = output.columns[status.column].data
    return data is not None and data.size >= MOST_DATA


def clean(program: Program, output: Output) -> None:
    """Zero the slots behind the committed ones that a run touched before it stopped."""
    for column, slots in zip(program.columns, output.columns, strict=True):
        low, high = output.rows[column.level], output.touched[column.level]
        if high <= low:
            continue
        high = min(high, output.capacity[column.level])
        _fill(slots.validity, low, high)
        if column.varying:
            _fill(slots.values, (low + 1) * 4, (high + 1) * 4)
        else:
            width = WIDTH[column.storage]
            _fill(slots.values, low * width, high * width)


def _fill(memory: Memory, low: int, high: int) -> None:
    if high > low:
        memory.view[low:high] = bytes(high - low)


# --- hand-over ---------------------------------------------------------------------------------------------------------


def finish(program: Program, shape: Struct, schema: pa.Schema, output: Output) -> pa.RecordBatch:
    """The rows of *output* as a record batch of *schema*, whose fields are the children of *shape* in order."""
    numbers = {c.path: n for n, c in enumerate(program.columns) if not c.scratch}
    levels = {level.path: n for n, level in enumerate(program.levels)}
    made = _Hand(program.columns, numbers, levels, output)
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
    ) -> None:
        self.columns, self.numbers, self.levels, self.output = columns, numbers, levels, output

    def array(self, shape: Shape, kind: Any, level: int) -> Any:
        rows = self.output.rows[level]
        if isinstance(shape, Leaf):
            return self._leaf(shape, kind, rows)
        validity, nulls = self._validity(shape, rows) if shape.optional else (None, 0)
        if isinstance(shape, Struct):
            children = [
                self.array(child, kind.field(i).type, level) for i, child in enumerate(shape.children)
            ]
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
        validity, nulls = _bitmap(slots.validity, rows)
        if slots.data is not None:
            plain = kind.value_type if pa.types.is_dictionary(kind) else kind
            buffers = [validity, _buffer(slots.values, (rows + 1) * 4), _buffer(slots.data, slots.used)]
            array = pa.Array.from_buffers(plain, rows, buffers, nulls)
            return array.dictionary_encode().cast(kind) if plain is not kind else array
        if storage == "bool":
            bits = np.packbits(_numbers(slots.values, rows), bitorder="little")
            return pa.Array.from_buffers(kind, rows, [validity, pa.py_buffer(bits.data)], nulls)
        return pa.Array.from_buffers(kind, rows, [validity, _buffer(slots.values, rows * WIDTH[storage])], nulls)


def _buffer(memory: Memory, size: int) -> pa.Buffer:
    owner: Any = memory.owner
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


def entries(output: Output, below: int) -> Iterator[tuple[int, int]]:
    """(frame, site) of the log's entries of frames before *below*, sorted."""
    if output.logged:
        log = np.sort(np.frombuffer(output.log.view, np.uint64, output.logged))
        for entry in log[: int(np.searchsorted(log, below << 32))].tolist():
            yield entry >> 32, entry & 0xFFFFFFFF


def tally(output: Output, below: int) -> dict[int, int]:
    """How often each site is in the log, for frames before *below*."""
    if not output.logged:
        return {}
    log = np.frombuffer(output.log.view, np.uint64, output.logged)
    sites = (log[log < (below << 32)] & np.uint64(0xFFFFFFFF)).astype(np.int64)
    found, counts = np.unique(sites, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))




# --- streams -----------------------------------------------------------------------------------------------------------


def stream(schema: pa.Schema, made: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
    """*made* as a pyarrow reader."""
    return pa.RecordBatchReader.from_batches(schema, made)


def table(schema: pa.Schema, made: Iterator[pa.RecordBatch]) -> pa.Table:
    """*made* as one table."""
    return pa.Table.from_batches(made, schema)
