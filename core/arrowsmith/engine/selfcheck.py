"""A sample of records is decoded a second time, by the oracle, and compared with what the kernel made of them.

Invariant: which records are taken depends on their numbers and the rate alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arrowsmith.batch import allocate, difference, finish, fullest, grown, sampled, without_given
from arrowsmith.columns import Output, Struct
from arrowsmith.engine.window import Window
from arrowsmith.errors import InternalError, Place, code
from arrowsmith.program import oracle
from arrowsmith.program.program import Program

if TYPE_CHECKING:
    import pyarrow as pa

OTHERWISE = code("I0008", "two executors do not make the same of a record")

#: records that are compared at once
ROWS = 256


@dataclass(slots=True)
class SelfCheck:
    """The sample of one batch.  ``rate``: the share of records, 0 to 1.  ``emitter`` and ``file``: for messages."""

    program: Program
    shape: Struct
    schema: pa.Schema
    rate: float
    emitter: str
    file: str
    checked: int = 0
    _rows: list[int] = field(default_factory=list)
    _places: list[tuple[Place, bytes]] = field(default_factory=list)
    _done: list[Any] = field(default_factory=list)
    _output: Output | None = None

    def note(self, window: Window, first: int, count: int, row: int) -> None:
        """Frames *first* to *first* + *count* became the rows from *row* on: decode a sample of them."""
        numbers = window.number if window.numbers is None else window.numbers
        for frame in sampled(numbers, first, count, self.rate):
            self._decode(window, frame)
            self._rows.append(row + frame - first)
            self.checked += 1

    def _decode(self, window: Window, frame: int) -> None:
        start, length = map(int, window.input.bounds(frame))
        data = bytes(window.input.memory.view[start : start + length])
        place = Place(file=self.file, record=window.record(frame) + 1, offset=window.offset(frame, start), bytes=data)
        self._places.append((place, data))
        while True:
            if self._output is None:
                self._output = allocate(self.program, ROWS)
            status, trap = oracle.run(self.program, window.input, self._output, frame, 1)
            if status.stop == "done":
                return
            if status.stop == "failed":
                assert trap is not None
                raise self._error(place, data, f"it decodes, and is refused: {trap.rule}")
            if self._output.rows[0]:
                self._cut()
            elif fullest(self._output, status):
                return  # the kernel's own output says that a value is too large
            else:
                self._output = grown(self.program, self._output, status)

    def _cut(self) -> None:
        if self._output is not None and self._output.rows[0]:
            shape, schema = self._own()
            self._done.append(finish(self.program, shape, schema, self._output))
        self._output = None

    def _own(self) -> tuple[Struct, pa.Schema]:
        """The columns that the Program puts: what the run fills in is the same whoever decodes."""
        return without_given(self.shape, self.schema)

    def compare(self, batch: pa.RecordBatch) -> None:
        """See whether the sampled rows of *batch* are the same.  Raises `InternalError` where one is not."""
        self._cut()
        rows, places, done = self._rows, self._places, self._done
        self._rows, self._places, self._done = [], [], []
        shape, schema = self._own()
        if not rows or not shape.children:
            return
        own = batch.select(schema.names)
        found = difference(own, rows, done)
        if found is not None:
            place, data = places[found[0]]
            raise self._error(place, data, found[1])

    def _error(self, place: Place, data: bytes, how: str) -> InternalError:
        return InternalError(
            f"{place}: {self.emitter} and the oracle make different values of {self.program.name}: {how}; the record: {data.hex()}",
            code=OTHERWISE,
            help="please send us this message and the dictionary; another --emitter may decode the file meanwhile",
        )
