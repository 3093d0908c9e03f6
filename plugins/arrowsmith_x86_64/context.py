"""A Program becomes the layout of the one block of memory that a kernel's argument points to.

Fields of 8 bytes at fixed places: the header, then parameters, levels, columns, registers, then what constructs keep while they run.
Both sides read this table: the emitter for displacements, the kernel to fill in addresses and to read back cursors.
Invariant: the layout up to the registers follows from the Program alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from arrowsmith.program.program import Program

#: the header of a table's context, in order.  Addresses unless said otherwise.
TABLE: Final = (
    "window",  # of the input's bytes
    "stride",  # bytes from frame to frame; 0: the two tables below say where frames are
    "length",  # bytes of every frame, where there is a stride
    "start",  # of the frame before the first one, where there is a stride
    "starts",  # 64-bit offsets of frames in the window
    "lengths",  # 32-bit
    "frame",  # number: the first one; on return the first one not decoded
    "end",  # number of the frame behind the last
    "chunk",  # number of the frame behind the ones that fit for certain
    "log",
    "logged",  # entries
    "log_room",  # entries that fit
    "column",  # on return: what lacks room, as Status has it
    "wanted",  # on return: bytes or slots, counted from the buffer's start
    "touched",  # on return: level 0's
    "root_start",
    "root_end",
    *(f"carried{n}" for n in range(8)),
)

#: the header of a framer's context
FRAMER: Final = (
    "window",
    "window_end",
    "position",  # where the next run begins, as an address
    "final",  # 1: the window's end is the file's
    "count",  # frames
    "frames",  # that fit
    "starts",
    "lengths",
    "kinds",
    "run_count",  # frames when the run began
    "root_start",
    "root_end",
    *(f"carried{n}" for n in range(8)),
)

#: of each level and of each column; a level's ``cursor`` is how many of its slots are finished
LEVEL: Final = ("cursor", "capacity", "offsets", "first", "touched")
COLUMN: Final = ("values", "validity", "data", "capacity", "used", "filled")
#: of each register: a number's low and high half, or a text's address and length; then 0 where it is null
REGISTER: Final = ("low", "high", "state")


class Context:
    """Displacements from the kernel's argument.  ``size`` grows while constructs ask for places of their own."""

    def __init__(self, program: Program) -> None:
        self._size = 0
        self._areas: list[tuple[int, int]] = []
        self.header: Mapping[str, int] = MappingProxyType(
            {name: self.place() for name in (FRAMER if program.kind == "framer" else TABLE)}
        )
        self.parameters = self._size
        self._size += 8 * len(program.parameters)
        self._levels = self._size
        self._size += 8 * len(LEVEL) * len(program.levels)
        self._columns = self._size
        self._size += 8 * len(COLUMN) * len(program.columns)
        self._registers = self._size
        self._size += 8 * len(REGISTER) * len(program.registers)
        self._ends = {"l": self._columns, "c": self._registers, "r": self._size}

    @property
    def size(self) -> int:
        return self._size

    @property
    def levels(self) -> int:
        """Where the levels' fields begin, `LEVEL` of each after the other."""
        return self._levels

    @property
    def columns(self) -> int:
        """Where the columns' fields begin."""
        return self._columns

    @property
    def registers(self) -> int:
        """Where the registers' fields begin, and behind them what constructs keep."""
        return self._registers

    @property
    def areas(self) -> tuple[tuple[int, int], ...]:
        """(place, size) of the places of more than 8 bytes."""
        return tuple(self._areas)

    def place(self, size: int = 8) -> int:
        """A new place of *size* bytes, a multiple of 8."""
        at = self._size
        self._size += size
        if size > 8:
            self._areas.append((at, size))
        return at

    def name(self, place: int) -> str:
        """What is at *place*, in words."""
        for start, words, letter in (
            (self._registers, REGISTER, "r"),
            (self._columns, COLUMN, "c"),
            (self._levels, LEVEL, "l"),
        ):
            if start <= place < self._ends[letter]:
                number, field = divmod((place - start) // 8, len(words))
                return f"{letter}{number}.{words[field]}"
        if self.parameters <= place < self._levels:
            return f"parameter{(place - self.parameters) // 8}"
        named = {at: word for word, at in self.header.items()}
        return named.get(place, f"kept{(place - self._ends['r']) // 8}")

    def level(self, level: int, field: str) -> int:
        return self._levels + 8 * (len(LEVEL) * level + LEVEL.index(field))

    def column(self, column: int, field: str) -> int:
        return self._columns + 8 * (len(COLUMN) * column + COLUMN.index(field))

    def register(self, number: int, field: str) -> int:
        return self._registers + 8 * (len(REGISTER) * number + REGISTER.index(field))
