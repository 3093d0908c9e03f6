"""One run of a kernel: its columns as arrays, each made when it is asked for first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from arrowsmith.columns import Input, Output
from arrowsmith.program.program import Program
from arrowsmith_vm.lockstep.places import Array

#: storage → how numpy names what its values are
_KINDS: Final[dict[str, np.dtype[Any]]] = {
    **{f"{s}{n}": np.dtype(f"<{s}{n // 8}") for s in "iu" for n in (8, 16, 32, 64)},
    "bool": np.dtype("u1"),
    "f16": np.dtype("u2"),
    "f32": np.dtype("<f4"),
    "f64": np.dtype("<f8"),
    "dec128": np.dtype("<u8"),
    "utf8": np.dtype("<i4"),
    "binary": np.dtype("<i4"),
    "none": np.dtype("u1"),
}


def kinds_of(program: Program) -> tuple[np.dtype[Any], ...]:
    """How numpy names what the values of each column are; of varying ones, the offsets."""
    return tuple(_KINDS[column.storage] for column in program.columns)


class Run:
    """What all tiles of one call share: the window as an array, and the columns of the Output as arrays where a store needs them whole."""

    __slots__ = ("_values", "kinds", "output", "program", "source", "window")

    def __init__(self, program: Program, source: Input, output: Output, kinds: Sequence[np.dtype[Any]]) -> None:
        self.program = program
        self.kinds = kinds
        self.source = source
        self.output = output
        self.window = np.frombuffer(source.memory.view, np.uint8) if source.memory.size else np.empty(0, np.uint8)
        self._values: dict[int, Array] = {}

    def values(self, c: int) -> Array:
        """The values (offsets) of column *c*, whole."""
        if c not in self._values:
            kind, memory = self.kinds[c], self.output.columns[c].values
            self._values[c] = np.ndarray((memory.size // kind.itemsize,), kind, memory.view)
        return self._values[c]

    def validity(self, c: int) -> Array:
        """The validity of column *c*, whole."""
        memory = self.output.columns[c].validity
        return np.ndarray((memory.size,), np.dtype("u1"), memory.view)
