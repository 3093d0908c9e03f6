"""A Program becomes the memory that its kernels fill: an `Output` of zeroed memory, as large as a batch is to be.

The memory is malloc's, by numpy: pyarrow's pool clears two megabytes at the first touch of a buffer, where huge pages are to be had.
Invariant: a buffer goes to one batch; nothing is reused while a batch is alive (`arrowsmith.batch.pool`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from arrowsmith.charsets import expansion
from arrowsmith.columns import LOG_FULL, SLACK, WIDTH, Memory, Output, Slots, Status
from arrowsmith.program import ops
from arrowsmith.program.ops import Block, Operand, R
from arrowsmith.program.program import Program

#: bytes of Arrow data that a batch aims at, and the rows it may have
TARGET = 48 << 20
ROWS = (1 << 10, 1 << 18)
#: bytes a varying value, or items a list, is guessed to have where the Program does not bound it: a value that has more ends batches
#: early, with most of their rows zeroed for nothing (measured on captures: 1.5 to 2 times the time)
GUESS_BYTES = 192
GUESS_ITEMS = 8
#: rows whose bytes are kept free at the end of a column: kernels ask for the room of the worst row, and of several at once
ASKED = 256
#: entries of the log of invalid fields
LOG_ENTRIES = 1 << 14
#: bytes that buffers of neighbouring numbers are apart in a page: an odd number of cache lines, so that all sets are used
STEP, PAGE = 5 * 64, 4096
#: offsets are int32
MOST_DATA = (1 << 31) - 1 - 64


def window_memory(size: int) -> Memory:
    """Memory for *size* bytes of input with `SLACK` zero bytes before and behind; not zeroed itself."""
    buffer = pa.py_buffer(np.empty(size + 2 * SLACK, np.uint8).data)
    view = memoryview(buffer).cast("B")
    view[:SLACK] = bytes(SLACK)
    view[SLACK + size :] = bytes(SLACK)
    return Memory(buffer.address + SLACK, view[SLACK : SLACK + size], buffer)


def _zeroed(size: int, number: int = 0) -> Memory:
    """As `_raw`, and zero.  Fresh pages are that already, and most of them are never touched: rooms are for the worst row."""
    ahead = number * STEP % PAGE
    return _behind(pa.py_buffer(np.zeros(ahead + size + SLACK, np.uint8).data), ahead, size)


def _raw(size: int, number: int = 0) -> Memory:
    """Memory of *size* bytes.  Buffers of different *number* begin in different sets of a cache: as the allocator gives them, large
    ones all begin at the same place of a page, and a kernel that fills a dozen at once would thrash (measured: half the speed)."""
    ahead = number * STEP % PAGE
    return _behind(pa.py_buffer(np.empty(ahead + size + SLACK, np.uint8).data), ahead, size)


def _behind(buffer: pa.Buffer, ahead: int, size: int) -> Memory:
    # a slice of a buffer may not be written, its memory may
    return Memory(buffer.address + ahead, memoryview(buffer).cast("B")[ahead : ahead + size], buffer.slice(ahead))


#: (bytes, number of the buffer, whether it is to be zero) → memory
Pieces: TypeAlias = Callable[[int, int, bool], Memory]


def piece(size: int, number: int, zero: bool) -> Memory:
    """Fresh memory, of *size* bytes, placed as `_raw` says."""
    return _zeroed(size, number) if zero else _raw(size, number)


def scratch(size: int) -> Memory:
    """Zeroed memory of *size* bytes for a driver's own tables."""
    return _zeroed(size)


# --- how much ----------------------------------------------------------------------------------------------------------


def room_per_row(program: Program) -> tuple[dict[int, int], dict[int, int]]:
    """Bytes of data a column, and slots a level, may take in one row, where the Program's rooms bound them.

    What lies in a repeat of unknown length is guessed, and bytes without a character, which take three times the room of the others, are
    rare; a guess too small makes a kernel stop as full, and no more.
    """
    data: dict[int, int] = {}
    slots: dict[int, int] = {}
    bounds = _bounds(program)
    rare = _rare(program)

    def most(n: Operand, guess: int) -> int:
        return n if isinstance(n, int) else bounds.get(n.n, guess)

    def visit(block: Block, times: int) -> None:
        for op in block:
            if isinstance(op, ops.RoomData):
                data[op.column] = data.get(op.column, 0) + most(op.n, GUESS_BYTES) // rare.get(op.column, 1) * times
            elif isinstance(op, ops.Room):
                slots[op.level] = slots.get(op.level, 0) + most(op.n, GUESS_ITEMS) * times
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
        largest: tuple[dict[int, int], dict[int, int]] = (dict(data), dict(slots))
        for body in branches:
            for now, then in zip((data, slots), before, strict=True):
                now.clear()
                now.update(then)
            visit(body, times)
            for kept, found in zip(largest, (data, slots), strict=True):
                for key, value in found.items():
                    kept[key] = max(kept.get(key, 0), value)
        data.update(largest[0])
        slots.update(largest[1])

    visit(program.body, 1)
    return data, slots


def _bounds(program: Program) -> dict[int, int]:
    """Number of a register → what it is at most, for those that only a `min` of something and a literal writes, or a literal times such."""
    found: dict[int, int] = {}
    others: set[int] = set()
    for op in ops.walk(program.body):
        match op:
            case ops.Let(how="min", b=int() as literal):
                found[op.out.n] = max(literal, found.get(op.out.n, 0))
            case ops.Let(how="mul", a=R(n=number), b=int() as literal) if number in found and literal > 0:
                found[op.out.n] = max(found[number] * literal, found.get(op.out.n, 0))
            case _:
                others.update(register.n for register in ops.outputs(op))
    return {number: most for number, most in found.items() if number not in others}


def _rare(program: Program) -> dict[int, int]:
    """Column → how many times the bytes of other texts those take that are of nothing but bytes without a character, where that is more
    than one."""
    times: dict[int, int] = {}
    for op in ops.walk(program.body):
        if isinstance(op, ops.LoadText) and op.undecodable == "replace":
            charset = program.charset(op.charset) or op.charset
            times[op.out.n] = expansion(charset, "replace") // expansion(charset)
    puts = (op for op in ops.walk(program.body) if isinstance(op, ops.Put))
    return {op.column: times[op.a.n] for op in puts if isinstance(op.a, R) and times.get(op.a.n, 1) > 1}


@dataclass(frozen=True, slots=True)
class Room:
    """What rows of one Program take: bytes of ``data`` by column and ``slots`` by level in one row, and how many ``rows`` a batch has."""

    data: Mapping[int, int]
    slots: Mapping[int, int]
    rows: int


def room(program: Program, target: int = TARGET) -> Room:
    """The room of *program*, for batches that aim at *target* bytes of Arrow data."""
    data, slots = room_per_row(program)
    total = 1
    for number, column in enumerate(program.columns):
        each = 5 + data.get(number, GUESS_BYTES) if column.varying else WIDTH[column.storage] + 1
        total += each * (1 if column.level == 0 else max(1, slots.get(column.level, GUESS_ITEMS)))
    return Room(data, slots, max(ROWS[0], min(ROWS[1], target // total)))


def allocate(program: Program, rows: int, known: Room | None = None, memory: Pieces = piece) -> Output:
    """An Output with room for *rows* rows, of pieces of *memory*; *known* is the Program's room."""
    known = known or room(program)
    capacity = [rows]
    for level in range(1, len(program.levels)):
        capacity.append(max(64, min(rows * known.slots.get(level, GUESS_ITEMS), MOST_DATA)))
    columns = []
    for number, column in enumerate(program.columns):
        many = capacity[column.level]
        if column.varying:
            each = known.data.get(number, GUESS_BYTES)
            most = max(4096, min(rows * each + ASKED * each, MOST_DATA))
            values, data = memory((many + 1) * 4, number, True), memory(most, number + 3, False)
            columns.append(Slots(values, memory(many, number + 6, True), data))
        else:
            values = memory(many * WIDTH[column.storage], number, True)
            columns.append(Slots(values, memory(many, number + 6, True)))
    offsets: list[Memory | None] = [None]
    offsets += [memory((capacity[level.parent] + 1) * 4, 0, True) for level in program.levels[1:]]
    levels = len(program.levels)
    return Output(columns, [0] * levels, capacity, offsets, memory(LOG_ENTRIES * 8, 0, False), 0, [0] * levels)


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
            columns.append(Slots(_zeroed((many + 1) * 4, number), _zeroed(many, number + 6), _raw(most, number + 3)))
        else:
            columns.append(Slots(_zeroed(many * WIDTH[column.storage], number), _zeroed(many, number + 6)))
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
