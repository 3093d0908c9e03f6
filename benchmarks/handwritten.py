"""`handwritten.c`, compiled as the emitter `c` compiles what it prints, and its functions made callable on records.

Invariant: outputs are allocated once and reused, as everybody's are.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from workloads import CODE_PAGE

SOURCE = Path(__file__).parent / "handwritten.c"

#: reads so many records that begin at an address
Reads = Callable[[int, int], None]


@cache
def _library() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "handwritten.so"
        subprocess.run(["gcc", "-O3", "-march=native", "-shared", "-fPIC", SOURCE, "-o", made], check=True)
        return ctypes.CDLL(str(made))


def _pointers(arrays: list[np.ndarray[Any, Any]]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))


def _checked(status: int) -> None:
    if status:
        raise AssertionError("the hand-written C refuses a record")


def numeric(rows: int) -> Reads:
    """Twelve words."""
    columns = [np.zeros(rows, np.uint32) for _ in range(12)]
    pointers, function = _pointers(columns), _library().numeric

    def read(address: int, count: int) -> None:
        _checked(function(ctypes.c_void_p(address), ctypes.c_long(count), pointers))

    read.outputs = columns  # type: ignore[attr-defined]  # kept alive with the function
    return read


def mixed(rows: int) -> Reads:
    """The record of 112 bytes."""
    offsets = [np.zeros(rows + 1, np.int32) for _ in range(4)]
    data = [np.zeros(rows * size + 64, np.uint8) for size in (20, 30, 8, 2)]
    numbers = [np.zeros(rows, np.int64) for _ in range(4)]
    small = [np.zeros(rows, np.int32) for _ in range(2)]
    table = np.frombuffer(bytes(range(256)).decode(CODE_PAGE).encode("ascii", "replace"), np.uint8)
    groups = [_pointers(group) for group in (offsets, data, numbers, small)]
    function = _library().mixed

    def read(address: int, count: int) -> None:
        _checked(function(ctypes.c_void_p(address), ctypes.c_long(count), *groups, ctypes.c_void_p(table.ctypes.data)))

    read.outputs = (offsets, data, numbers, small, table)  # type: ignore[attr-defined]  # kept alive with the function
    return read


FUNCTIONS = {"numeric": numeric, "mixed": mixed}
