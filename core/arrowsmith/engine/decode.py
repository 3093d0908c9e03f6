"""Windows become batches: kernels run over frames, and what they stop for is dealt with by the error policy.

A kernel only says which record failed; the oracle, run on that one record, says why and, where the policy keeps the record, what
of it can be kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from arrowsmith.batch import ROWS, allocate, batch_rows, clean, finish, fullest, grown, tally
from arrowsmith.columns import Output, Struct
from arrowsmith.engine.report import Tally
from arrowsmith.engine.windows import Window
from arrowsmith.errors import DataError, InternalError, Place, code
from arrowsmith.program import oracle
from arrowsmith.program.program import Program

if TYPE_CHECKING:
    import pyarrow as pa

REFUSED = code("R0201", "bytes that a field's type refuses")
SHORT = code("R0202", "a record that ends before its last field")
TOO_LARGE = code("R0203", "a value too large for one Arrow batch")

OnError = Literal["raise", "null", "skip"]


@dataclass(slots=True)
class Decoder:
    """Runs one table's kernel over windows and hands over record batches.  ``name``: the source, for messages.  ``rows``: how many a
    batch need hold at most, 0 where that is not known."""

    program: Program
    kernel: Any
    shape: Struct
    schema: pa.Schema
    on_error: OnError
    tally: Tally
    name: str = ""
    rows: int = 0
    output: Output | None = None
    _order: dict[int, str] = field(default_factory=dict)

    def push(self, window: Window) -> Iterator[pa.RecordBatch]:
        """Decode *window*; yield the batches that became full."""
        frame, source = 0, window.input
        self.tally.records += window.count
        self.tally.framing += window.between
        self.tally.filtered += window.filtered
        refused = 0
        while frame < window.count:
            output = self._room()
            status = self.kernel.run(source, output, frame, window.count - frame)
            frame += status.frames
            self._count(output, frame)
            if status.stop == "done":
                if frame != window.count:
                    raise InternalError("a kernel was done before its frames were", code="I0003")
                break
            clean(self.program, output)
            if status.stop == "failed":
                trap = self._trap(window, frame)
                if self.on_error == "null":
                    status, _ = oracle.salvage(self.program, source, output, frame)
                    self._count(output, frame + 1)
                if status.stop != "full":
                    refused += self._settled(window, frame, trap)
                    frame += 1
            if status.stop == "full":
                if output.rows[0]:
                    yield self._finish()
                elif fullest(output, status):
                    raise self._too_large(window, frame, status.column)
                else:
                    self.output = grown(self.program, output, status)
        self.tally.decoded += window.sizes - refused
        self.tally.refused += refused

    @property
    def pending(self) -> int:
        """Rows that no batch has yet."""
        return self.output.rows[0] if self.output is not None else 0

    def flush(self) -> Iterator[pa.RecordBatch]:
        """The rows that no batch has yet."""
        if self.output is not None and self.output.rows[0]:
            yield self._finish()

    def _room(self) -> Output:
        if self.output is None:
            self.output = allocate(self.program, min(batch_rows(self.program), self.rows or ROWS[1]))
        return self.output

    def _finish(self) -> pa.RecordBatch:
        assert self.output is not None
        batch = finish(self.program, self.shape, self.schema, self.output)
        self.tally.rows += batch.num_rows
        self.output = None
        return batch

    def _count(self, output: Output, below: int) -> None:
        for number, count in tally(output, below).items():
            site = self.program.sites[number]
            self.tally.fields[site.path, "view does not fit" if site.tolerant else "invalid"] += count
        output.logged = 0

    # --- what was refused ----------------------------------------------------------------------------------------------

    def _trap(self, window: Window, frame: int) -> oracle.Trap:
        """Why the record was refused; raised, where the policy is to stop."""
        trap = oracle.replay(self.program, window.input, frame)
        if trap is None:
            number = window.number + frame + 1
            raise InternalError(f"the kernel refused record {number:,}, and the oracle does not", code="I0004")
        if self.on_error == "raise":
            raise self._error(window, frame, trap)
        return trap

    def _settled(self, window: Window, frame: int, trap: oracle.Trap) -> int:
        """Count a refused record: kept in part, or left out; bytes of it that were given up."""
        path = self.program.sites[trap.site].path if trap.site >= 0 else ""
        if self.on_error == "null":
            self.tally.nulled += 1
            self.tally.fields[path, "invalid"] += 1
            return 0
        self.tally.skipped += 1
        self.tally.fields[path, "record skipped"] += 1
        return window.input.bounds(frame)[1]

    def _error(self, window: Window, frame: int, trap: oracle.Trap) -> DataError:
        _, length = window.input.bounds(frame)
        site = self.program.sites[trap.site] if trap.site >= 0 else None
        place = Place(
            file=self.name,
            record=window.number + frame + 1,
            offset=window.input.base + trap.offset,
            path=site.path if site else "",
            bytes=trap.bytes,
        )
        kind = f" ({site.type})" if site and site.type else ""
        short = trap.op == "need"
        hint = "on_error=null reads such fields as null and counts them; on_error=skip leaves their records out"
        if short:
            hint = f"the record has {length:,} bytes; " + hint
        return DataError(f"{trap.rule}{kind}", code=SHORT if short else REFUSED, help=hint, place=place)

    def _too_large(self, window: Window, frame: int, column: int) -> DataError:
        path = ".".join(self.program.columns[column].path if column >= 0 else self.program.levels[-1 - column].path)
        place = Place(file=self.name, record=window.number + frame + 1, path=path)
        return DataError("one value is larger than 2 GiB", code=TOO_LARGE, place=place)
