"""Where the active items of a tile stand in the window: evenly, or at an array of offsets; and how bytes there become arrays.

Loads at even places are strided views of the window, without a copy.  Other items are gathered once per block of neighbouring fields,
row by row, and the rows are evenly placed in turn.
Invariant: every view lies inside the window's own buffer: numpy refuses one that does not, so a wrong place is an error and not a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
_U8, _I8 = np.dtype("u8"), np.dtype("i8")
_BIG, _LITTLE = np.dtype(">u8"), np.dtype("<u8")
_EXACT = {size: (np.dtype(f">u{size}"), np.dtype(f"<u{size}")) for size in (1, 2, 4, 8)}


@cache
def _chunk(size: int) -> np.dtype[Any]:
    return np.dtype(f"V{size}")


class Even:
    """Items at ``first`` + every sum of multiples of ``steps``: pairs of how many and how far apart, the slowest first."""

    __slots__ = ("_index", "buffer", "first", "steps")

    def __init__(self, buffer: Array, first: int, steps: tuple[tuple[int, int], ...]) -> None:
        self.buffer = buffer
        self.first = first
        self.steps = steps
        self._index: Array | None = None

    @property
    def n(self) -> int:
        n = 1
        for count, _ in self.steps:
            n *= count
        return n

    def index(self) -> Array:
        """The offset of each item."""
        if self._index is None:
            index = np.array([self.first], _I8)
            for count, step in self.steps:
                index = (index[:, None] + np.arange(count, dtype=_I8) * step).reshape(-1)
            self._index = index
        return self._index

    def view(self, at: int, kind: np.dtype[Any]) -> Array:
        """What stands *at* bytes behind each item, as *kind*; may be a view of the window."""
        if len(self.steps) == 1:
            count, step = self.steps[0]
            return np.ndarray((count,), kind, self.buffer, self.first + at, (step,))
        shape = tuple(count for count, _ in self.steps)
        strides = tuple(step for _, step in self.steps)
        return np.ndarray(shape, kind, self.buffer, self.first + at, strides).reshape(-1)

    def fields(self, low: int, kind: np.dtype[Any]) -> Array:
        """What stands *low* bytes behind each item, as a record of several fields: taking one of them is cheaper than a view of its own."""
        return self.view(low, kind)

    def block(self, low: int, high: int) -> Even:
        """These items, ready for loads from *low* to *high* bytes behind each."""
        return self

    def _big(self, at: int, size: int) -> tuple[Array, bool]:
        """Eight bytes of each item as a fresh array of big-endian integers that hold the *size* (below 8) bytes at *at*, and whether
        those are the last of them."""
        last = self.first + sum((count - 1) * step for count, step in self.steps)
        if last + at + 8 <= len(self.buffer):
            return self.view(at, _BIG).astype(_U8), False
        if self.first + at + size >= 8:
            return self.view(at + size - 8, _BIG).astype(_U8), True
        padded = np.zeros((self.n, 8), np.uint8)
        padded[:, 8 - size :] = self.matrix(at, size)
        return padded.reshape(-1).view(_BIG).astype(_U8), True

    def lane(self, at: int, size: int) -> Array:
        """The *size* (1–8) bytes at *at* as big-endian integers, in a fresh array of u64."""
        if size in _EXACT:
            return self.view(at, _EXACT[size][0]).astype(_U8)
        lane, last = self._big(at, size)
        if last:
            lane &= np.uint64((1 << 8 * size) - 1)
        else:
            lane >>= np.uint64(64 - 8 * size)
        return lane

    def unsigned(self, at: int, size: int, order: str) -> Array:
        """The *size* (1–8) bytes at *at* as integers; may be a view."""
        if size in _EXACT:
            return self.view(at, _EXACT[size][order == "little"])
        lane = self.lane(at, size)
        if order == "little":
            lane.byteswap(inplace=True)
            lane >>= np.uint64(64 - 8 * size)
        return lane

    def signed(self, at: int, size: int, order: str) -> Array:
        """The same in two's complement, for sizes that numpy has no type for."""
        lane = self.lane(at, size)
        if order == "little":
            lane.byteswap(inplace=True)
        else:
            lane <<= np.uint64(64 - 8 * size)
        number = lane.view(_I8)
        number >>= np.int64(64 - 8 * size)
        return number

    def matrix(self, at: int, size: int) -> Array:
        """The *size* bytes at *at*, a row for each item."""
        return (
            self.view(at, _chunk(size)).reshape(self.n, 1).view(np.uint8) if size else np.empty((self.n, 0), np.uint8)
        )

    def rows(self, at: int, size: int) -> bytes:
        """The *size* bytes at *at* of one item behind those of the other."""
        return self.view(at, _chunk(size)).tobytes() if size else b""

    def first_bytes(self, at: int) -> Array:
        """The byte at *at* of each item."""
        return self.view(at, _EXACT[1][0])


class Apart:
    """Items at an array of offsets in the window, which is made when it is asked for."""

    __slots__ = ("_blocks", "_index", "_make", "window")

    def __init__(self, window: Array, index: Array | None, make: Callable[[], Array] | None = None) -> None:
        self.window = window
        self._index = index
        self._make = make
        self._blocks: dict[tuple[int, int], Even] = {}

    def index(self) -> Array:
        if self._index is None:
            assert self._make is not None
            self._index = self._make()
        return self._index

    @property
    def buffer(self) -> Array:
        return self.window

    def block(self, low: int, high: int) -> Even:
        """The bytes from *low* to *high* behind each item, gathered."""
        for (held_low, held_high), block in self._blocks.items():
            if held_low <= low and high <= held_high:
                return block
        size = high - low
        every = np.ndarray((len(self.window) - low - size + 1,), _chunk(size), self.window, low, (1,))
        gathered = every[self.index()].view(np.uint8)
        block = Even(gathered, -low, ((len(gathered) // size, size),))
        self._blocks[low, high] = block
        return block


Places: TypeAlias = "Even | Apart"


class Left:
    """How many bytes lie between each item's place and the end of its stream (−1: it stands behind the end).  ``low``: none has
    fewer; it saves most comparisons.  One integer for all items, or an array that is made when it is asked for."""

    __slots__ = ("_value", "low")

    def __init__(self, low: int, value: int | Array | Callable[[], int | Array]) -> None:
        self.low = low
        self._value = value

    def value(self) -> int | Array:
        if callable(self._value):
            self._value = self._value()
        return self._value


def behind(left: Left, off: int) -> int | Array:
    """Bytes left *off* bytes further on."""
    value = left.value()
    if isinstance(value, int):
        return max(value - off, -1)
    rest: Array = np.maximum(value - off, -1)
    return rest


def moved(places: Places, left: Left, off: int, by: Array) -> tuple[Places, Left]:
    """The places *off* bytes and then *by* (≥ 0) bytes further on; nothing goes more than one byte behind its stream's end."""
    rest = behind(left, off)
    steps = np.minimum(by, rest + 1)
    value = rest - steps
    low = int(value.min()) if len(value) else 0
    return Apart(places.buffer, None, lambda: places.index() + steps + off), Left(low, value)


def bytes_of(data: Any) -> memoryview:
    """The bytes behind an array."""
    return memoryview(data)
