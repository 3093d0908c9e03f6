"""Record batches of any size become groups of rows whose borders depend on the rows alone.

A group ends at a number of rows, or before the row that would make it too large; the size of a row is counted from its
values, so neither the borders of the batches that came nor unused buffer space matter.  Nothing is copied: a group is a
list of slices.  A sink that writes one unit per group writes the same bytes however its input was cut.
Invariant: pyarrow is imported on first use only, and groups follow each other in the order of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

#: n → the bits that the first n slots of an array take
_Count = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class _Weight:
    """The size of an array's slots: *fixed* bits for each, validity included whether it is there or not, and *varying* ones."""

    fixed: int
    varying: tuple[_Count, ...] = ()

    def __call__(self, n: int) -> int:
        return self.fixed * n + sum(count(n) for count in self.varying)


def _offsets(array: Any, wide: bool) -> memoryview:
    """The offsets of *array* (a list or text) from its own first slot on; empty where it has no slots."""
    data = array.buffers()[1]
    if data is None or not len(array):
        return memoryview(b"").cast("q")
    size = 8 if wide else 4
    view = memoryview(data)
    first = array.offset * size
    return view[first : first + (len(array) + 1) * size].cast("B").cast("q" if wide else "i")


def _weigh(array: Any) -> _Weight:
    """The weight of *array*.  Types that nothing here knows count 64 bits a slot; views and run ends do not count their data."""
    import pyarrow as pa

    kind = array.type
    is_a = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        return _weigh(array.storage)
    if is_a.is_struct(kind):
        parts = [_weigh(array.field(i)) for i in range(kind.num_fields)]
        return _Weight(1 + sum(p.fixed for p in parts), tuple(v for p in parts for v in p.varying))
    if is_a.is_fixed_size_list(kind):
        size, first = kind.list_size, array.offset * kind.list_size
        inner = _weigh(array.values)
        if not inner.varying:
            return _Weight(1 + size * inner.fixed)
        return _Weight(1, (lambda n: inner(first + n * size) - inner(first),))
    if is_a.is_list(kind) or is_a.is_large_list(kind) or is_a.is_map(kind):
        wide = is_a.is_large_list(kind)
        starts, items = _offsets(array, wide), _weigh(array.values)
        return _Weight(1 + (64 if wide else 32), (lambda n: items(starts[n]) - items(starts[0]) if n else 0,))
    if is_a.is_large_string(kind) or is_a.is_large_binary(kind) or is_a.is_string(kind) or is_a.is_binary(kind):
        wide = is_a.is_large_string(kind) or is_a.is_large_binary(kind)
        ends = _offsets(array, wide)
        return _Weight(1 + (64 if wide else 32), (lambda n: (ends[n] - ends[0]) * 8 if n else 0,))
    if is_a.is_dictionary(kind):
        return _Weight(1 + kind.index_type.bit_width)
    try:
        return _Weight(1 + kind.bit_width)
    except ValueError:
        return _Weight(64)


def weigh(batch: pa.RecordBatch) -> _Count:
    """A function that gives the bits which the first n rows of *batch* take, each column one bit a row for its validity."""
    parts = [_weigh(column) for column in batch.columns]
    return _Weight(sum(p.fixed for p in parts), tuple(v for p in parts for v in p.varying))


class Regroup:
    """Collects batches into groups of at most *rows* rows and *bytes* bytes; a row larger than that is a group alone."""

    def __init__(self, *, rows: int, bytes: int) -> None:
        self._most_rows = rows
        self._most_bits = bytes * 8
        self._pieces: list[pa.RecordBatch] = []
        self._rows = 0
        self._bits = 0

    def add(self, batch: pa.RecordBatch) -> Iterator[list[pa.RecordBatch]]:
        """The groups that *batch* completes; what is left of it waits for the next one.  Run the iterator to its end."""
        bits = weigh(batch)
        start = 0
        while start < batch.num_rows:
            base = bits(start)
            take = min(batch.num_rows - start, self._most_rows - self._rows)
            if self._bits + bits(start + take) - base > self._most_bits:
                take = self._fitting(bits, start, take)
            if take == 0 and self._rows == 0:
                take = 1
            if take:
                self._pieces.append(batch.slice(start, take))
                self._rows += take
                self._bits += bits(start + take) - base
                start += take
            if take == 0 or self._rows == self._most_rows:
                yield self.rest()

    def _fitting(self, bits: _Count, start: int, rows: int) -> int:
        """How many of the *rows* from *start* on (not all) still fit, found by halving."""
        room = self._most_bits - self._bits + bits(start)
        low, high = 0, rows
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if bits(start + middle) <= room else (low, middle)
        return low

    def rest(self) -> list[pa.RecordBatch]:
        """The rows collected so far, which may be none; collecting begins again."""
        pieces, self._pieces = self._pieces, []
        self._rows = self._bits = 0
        return pieces
