"""One record's slots while the oracle reads it: what was put into columns, slot by slot, and its way into an `Output`.

A `Record` holds everything aside until `commit`, so a record that fails or does not fit leaves no trace.  It counts the room that ops asked
for, and refuses a store beyond it even where the memory is there.
Invariant: an Output is written by `commit` alone, in canonical bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from arrowsmith.columns import LOG_FULL, WIDTH, Column, Memory, Output
from arrowsmith.errors import InternalError, code
from arrowsmith.program.arithmetic import Value
from arrowsmith.program.floats import double_bits, narrow
from arrowsmith.program.ops import MOST
from arrowsmith.program.program import Program
from arrowsmith.program.reading import Text

BROKEN = code("I0002", "the oracle met an op that the verifier should have refused")


class Full(Exception):
    """The output lacks room: ``column`` and ``wanted`` as in `arrowsmith.columns.Status`."""

    def __init__(self, column: int, wanted: int) -> None:
        super().__init__(column, wanted)
        self.column = column
        self.wanted = wanted


def broken(claim: str) -> InternalError:
    """What to raise where a Program does what no verified Program does."""
    return InternalError(f"{claim}: the Program was not verified, or the verifier has a hole", code=BROKEN)


def stored(column: Column, value: Value, scale: int) -> bytes:
    """The bytes of *value* in *column*: fixed width, or the data of a varying one."""
    storage = column.storage
    match value, storage:
        case Text(), "utf8" if not value.binary:
            return value.utf8()
        case Text(), "binary":
            return value.data
        case _, "none":
            return b""
        case float(), "f32":
            return narrow(value)
        case float() | int(), "f64":
            return double_bits(float(value)).to_bytes(8, "little")
        case int(), "bool":
            return bytes([value != 0])
        case int(), "dec128":
            scaled: int = value * 10**scale
            return (scaled % (1 << 128)).to_bytes(16, "little")
        case int(), _ if storage[0] in "iu":
            width = WIDTH[storage]
            return (value % (1 << 8 * width)).to_bytes(width, "little")
        case _:
            raise broken(f"{value!r} put into a column of {storage}")


@dataclass(slots=True)
class Cell:
    """One slot of one column: null until it is put."""

    put: bool = False
    value: Value | None = None
    data: bytes = b""


class Record:
    """The slots of one record behind those that *output* holds."""

    def __init__(self, program: Program, output: Output, frame: int) -> None:
        self.program = program
        self.output = output
        self.frame = frame
        levels = range(len(program.levels))
        self.cells: list[list[Cell]] = [[] for _ in program.columns]
        self.of_level = [[c for c, column in enumerate(program.columns) if column.level == level] for level in levels]
        self.children = [[n for n, child in enumerate(program.levels) if child.parent == level] for level in levels]
        self.opened = [0 for _ in levels]
        self.finished = [0 for _ in levels]
        self.ends: list[list[int]] = [[] for _ in levels]
        self.slots_allowed = [0 for _ in levels]
        self.slots_allowed[0] = 1
        self.used = [0 for _ in program.columns]
        self.data_allowed = [0 for _ in program.columns]
        self.events: list[int] = []
        if output.rows[0] + 1 > output.capacity[0]:
            raise Full(-1, 1)

    # --- slots ---

    def open_slot(self, level: int) -> None:
        self.opened[level] += 1
        for column in self.of_level[level]:
            self.cells[column].append(Cell())

    def close_slot(self, level: int) -> None:
        if self.opened[level] > self.slots_allowed[level]:
            raise broken(f"a slot of level {level} without room")
        for child in self.children[level]:
            self.ends[child].append(self.finished[child])
        self.finished[level] += 1

    def close_all(self) -> None:
        """Finish every open slot, inner before outer (for a record that is kept although it trapped)."""
        for level in reversed(self._outer_first()):
            if self.finished[level] < self.opened[level]:
                self.close_slot(level)

    def _outer_first(self) -> list[int]:
        order = [0]
        for level in order:
            order += self.children[level]
        return order

    # --- room ---

    def room(self, level: int, n: int) -> None:
        wanted = self.finished[level] + max(n, 0)
        if self.output.rows[level] + wanted > min(self.output.capacity[level], MOST):
            raise Full(-1 - level, wanted)
        self.slots_allowed[level] = max(self.slots_allowed[level], wanted)

    def room_data(self, column: int, n: int) -> None:
        slots = self.output.columns[column]
        wanted = self.used[column] + max(n, 0)
        if slots.used + wanted > min(slots.data.size if slots.data else 0, MOST):
            raise Full(column, wanted)
        self.data_allowed[column] = max(self.data_allowed[column], wanted)

    # --- values ---

    def put(self, column: int, value: Value | None, scale: int = 0) -> None:
        declared = self.program.columns[column]
        level = declared.level
        if not self.opened[level] or self.opened[level] == self.finished[level]:
            raise broken(f"a put into column {column} outside a slot of its level")
        if self.opened[level] > self.slots_allowed[level]:
            raise broken(f"a put into column {column} without room in level {level}")
        cell = self.cells[column][-1]
        if cell.put:
            raise broken(f"a second put into one slot of column {column}")
        cell.put, cell.value = True, value
        if value is None:
            return
        cell.data = stored(declared, value, scale)
        if declared.varying:
            self.used[column] += len(cell.data)
            if self.used[column] > self.data_allowed[column]:
                raise broken(f"a put of {len(cell.data)} bytes into column {column} without room")

    def fetch(self, column: int, index: int) -> Value | None:
        """The value in slot *index* of *column*; IndexError where that slot is not finished."""
        declared = self.program.columns[column]
        if not 0 <= index < self.finished[declared.level]:
            raise IndexError(index)
        cell = self.cells[column][index]
        match declared.storage:
            case _ if cell.value is None:
                return None
            case "utf8":
                return Text(cell.data)
            case "binary":
                return Text(cell.data, "binary")
            case "f32":
                (single,) = struct.unpack("<f", cell.data)
                return float(single)
            case "f64":
                (double,) = struct.unpack("<d", cell.data)
                return float(double)
            case storage:
                return int.from_bytes(cell.data, "little", signed=storage[0] in "id")

    def log(self, site: int) -> None:
        wanted = 8 * (len(self.events) + 1)
        if 8 * self.output.logged + wanted > self.output.log.size:
            raise Full(LOG_FULL, wanted)
        self.events.append(self.frame << 32 | site)

    # --- commit ---

    def commit(self) -> None:
        """Write everything behind what the output holds."""
        output, program = self.output, self.program
        for c, column in enumerate(program.columns):
            first = output.rows[column.level]
            slots = output.columns[c]
            for i, cell in enumerate(self.cells[c]):
                row = first + i
                _write(slots.validity, row, bytes([cell.value is not None]))
                if column.varying:
                    assert slots.data is not None
                    _write(slots.data, slots.used, cell.data)
                    slots.used += len(cell.data)
                    _write(slots.values, 4 * (row + 1), slots.used.to_bytes(4, "little"))
                elif cell.value is not None:
                    _write(slots.values, row * WIDTH[column.storage], cell.data)
        for n, level in enumerate(program.levels):
            if n:
                lists = output.offsets[n]
                assert lists is not None
                for i, end in enumerate(self.ends[n]):
                    row = output.rows[level.parent] + i
                    _write(lists, 4 * (row + 1), (output.rows[n] + end).to_bytes(4, "little"))
        for n in range(len(program.levels)):
            output.rows[n] += self.finished[n]
        for event in self.events:
            _write(output.log, 8 * output.logged, event.to_bytes(8, "little"))
            output.logged += 1


def _write(memory: Memory, at: int, data: bytes) -> None:
    if at + len(data) > memory.size:
        raise broken(f"a store of {len(data)} bytes at {at} of a buffer of {memory.size}")
    memory.view[at : at + len(data)] = data
