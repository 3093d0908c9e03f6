"""Memory of batches, and of windows, that is used again: fresh pages cost more than what is written to them.

A `Pool` makes the Outputs of one Program.  Each piece of memory is lent: the Output holds the loan, and so does every Arrow buffer that
is made of it.  When the last of them is gone, wherever that was, the piece goes back, and the next Output has it.  A `WindowPool` lends
memory for windows in the same way.
Invariant: memory that anything refers to is in no free list.  Nothing here waits or takes a lock: the last reference may die on any
thread, inside a destructor.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np
import pyarrow as pa

from arrowsmith.batch.room import Room, allocate, piece, room, window_memory
from arrowsmith.columns import WIDTH, Memory, Output
from arrowsmith.program.program import Program

#: Outputs' worth of memory that is kept for each thread, and once more: a sink holds as many before it encodes them
KEPT = 6


class _Piece:
    """Memory of one size, and how many *dirty* bytes at its start may be other than zero."""

    __slots__ = ("dirty", "key", "memory")

    def __init__(self, key: tuple[int, int, bool], memory: Memory) -> None:
        self.key, self.memory, self.dirty = key, memory, 0


class _Lender(Protocol):
    def back(self, piece: _Piece) -> None:
        """Nothing refers to *piece* any longer."""


class Loan:
    """The owner of a lent Memory.  It is returned by being forgotten."""

    __slots__ = ("_piece", "_pool")

    def __init__(self, pool: _Lender, piece: _Piece) -> None:
        self._pool, self._piece = pool, piece

    def __del__(self) -> None:
        self._pool.back(self._piece)

    def used(self, size: int) -> None:
        """No more than *size* bytes were written."""
        self._piece.dirty = min(size, self._piece.memory.size)

    def buffer(self, size: int) -> pa.Buffer:
        """The first *size* bytes, which stay lent as long as the buffer lives."""
        return pa.foreign_buffer(self._piece.memory.address, size, base=self)


class Pool:
    """The memory of batches of *program*, filled on *threads* threads."""

    def __init__(self, program: Program, threads: int = 1) -> None:
        self.program = program
        self.room: Room = room(program)
        self._most = KEPT * (threads + 1)
        self._free: dict[tuple[int, int, bool], deque[_Piece]] = {}
        self._closed = False

    def take(self, rows: int) -> Output:
        """An Output for at most *rows* rows, zero as a new one; its memory may have been used before."""
        return allocate(self.program, min(self.room.rows, rows), self.room, self._memory)

    def used(self, output: Output) -> None:
        """*output* is filled: of its memory no more has to be cleaned than its rows, and what was touched behind them."""
        slots = [max(pair) for pair in zip(output.rows, output.touched, strict=True)]
        for column, memories in zip(self.program.columns, output.columns, strict=True):
            many = slots[column.level]
            _used(memories.validity, many)
            _used(memories.values, (many + 1) * 4 if column.varying else many * WIDTH[column.storage])
        for level, offsets in zip(self.program.levels[1:], output.offsets[1:], strict=True):
            if offsets is not None:
                _used(offsets, (slots[level.parent] + 1) * 4)

    def back(self, piece: _Piece) -> None:
        """Nothing refers to *piece* any longer."""
        if not self._closed:
            free = self._free.get(piece.key)
            if free is None:
                free = self._free.setdefault(piece.key, deque(maxlen=self._most))
            free.append(piece)

    def close(self) -> None:
        """Keep nothing any more.  What is lent stays until it is forgotten."""
        self._closed = True
        self._free.clear()

    def _memory(self, size: int, number: int, zero: bool) -> Memory:
        key = (size, number, zero)
        try:
            found = self._free[key].pop()
        except (KeyError, IndexError):  # asked for, not looked for first: several threads do this
            found = _Piece(key, piece(size, number, zero))
        if zero:
            if found.dirty:
                np.frombuffer(found.memory.view, np.uint8, found.dirty)[:] = 0
            found.dirty = size  # until it is known better
        return Memory(found.memory.address, found.memory.view, Loan(self, found))


class WindowPool:
    """Memory for windows that are decoded while the next ones are read.  ``most``: pieces that are kept."""

    def __init__(self, most: int) -> None:
        self._free: deque[_Piece] = deque(maxlen=most)

    def take(self, size: int) -> Memory:
        """As `window_memory`; behind what is written to it there may be what was there before."""
        try:
            found = self._free.pop()
        except IndexError:
            found = None
        if found is None or found.memory.size != size:
            found = _Piece((size, 0, False), window_memory(size))
        return Memory(found.memory.address, found.memory.view, Loan(self, found))

    def back(self, piece: _Piece) -> None:
        """Nothing refers to *piece* any longer."""
        self._free.append(piece)


def _used(memory: Memory, size: int) -> None:
    if isinstance(memory.owner, Loan):
        memory.owner.used(size)
