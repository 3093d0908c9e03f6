"""Windows become batches: kernels run over frames, and what they stop for is dealt with by the error policy.

A kernel only says which record failed; the oracle, run on that one record, says why and, where the policy keeps the record, what
of it can be kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from arrowsmith.batch import (
    ROWS,
    Explosion,
    Gather,
    Mended,
    Pool,
    clean,
    entries,
    faulty,
    finish,
    fullest,
    grown,
    tally,
)
from arrowsmith.columns import LOG_FULL, Input, Output, Struct
from arrowsmith.engine.report import HEADERS, INVALID, LEFT_OUT, MENDED, NO_VIEW, REFUSED_RECORDS, SKIPPED, Tally
from arrowsmith.engine.selfcheck import SelfCheck
from arrowsmith.engine.trouble import AROUND, Gap, Held
from arrowsmith.engine.window import Window
from arrowsmith.errors import CODES, DataError, InternalError, Place, code
from arrowsmith.layout.schema import ITEM_STEP, column_name
from arrowsmith.program import ops, oracle
from arrowsmith.program.program import Program

if TYPE_CHECKING:
    import pyarrow as pa

REFUSED = code("R0201", "bytes that a field's type refuses")
SHORT = code("R0202", "a record that ends before its last field")
TOO_LARGE = code("R0203", "a value too large for one Arrow batch")
EARLY = code("I0006", "a kernel was done before its frames were")
DIFFERS = code("I0007", "a kernel refuses a record that the oracle decodes")

OnError = Literal["raise", "null", "skip", "quarantine"]


class Fields:
    """The fields of a Program by their sites: what a refused one is called, and where its bytes are.  ``texts``: the sites of the texts
    that are put, by column."""

    def __init__(self, program: Program) -> None:
        self.sites = program.sites
        puts = {op.a.n: op.column for op in ops.walk(program.body) if isinstance(op, ops.Put)}
        paths = {register: program.columns[column].path for register, column in puts.items()}
        loads = (op for op in ops.walk(program.body) if isinstance(op, ops.LoadText) and op.site >= 0)
        self.texts = {puts[op.out.n]: program.sites[op.site] for op in loads if op.out.n in puts}
        self.loads: dict[int, tuple[Any, tuple[str, ...]]] = {}
        for op in ops.walk(program.body):
            if hasattr(op, "at") and isinstance(getattr(op, "size", None), int):
                self.loads.setdefault(op.site, (op, paths.get(ops.outputs(op)[0].n, ())))

    def of(self, trap: oracle.Trap, source: Input) -> tuple[str, bytes]:
        """The name of the field that *trap* is about, with the number of its element where it is one itself; and its bytes."""
        load, path = self.loads.get(trap.site, (None, ()))
        own = column_name(self.sites[trap.site].path.split(".")[-1]) if trap.site >= 0 else ""
        if load is None or trap.cursor < 0:
            return own, trap.bytes
        if path[-1:] == (ITEM_STEP,):
            own = f"{path[-2]}[{trap.element}]"
        elif path:
            own = path[-1]
        start = trap.cursor + load.at
        return own, bytes(source.memory.view[start : start + load.size])


@dataclass(slots=True)
class Decoder:
    """Runs one table's kernel over windows and hands over record batches.  ``name``: the source, for messages.  ``rows``: how many a
    batch need hold at most, 0 where that is not known.  ``gather``: what fills in the columns that the Program does not put.
    ``pool``: where memory comes from.  ``explosion``: what makes rows of elements.  ``dropped``: frames of the last window whose records
    were left out.  ``hold``: they, and gaps, are held for a quarantine.  ``check`` looks at a sample of what becomes rows."""

    program: Program
    kernel: Any
    pool: Pool
    shape: Struct
    schema: pa.Schema
    on_error: OnError
    tally: Tally
    name: str = ""
    rows: int = 0
    gather: Gather | None = None
    explosion: Explosion | None = None
    output: Output | None = None
    dropped: list[int] = field(default_factory=list)
    hold: bool = False
    check: SelfCheck | None = None
    _fields: Fields | None = None

    def push(self, window: Window) -> Iterator[pa.RecordBatch]:
        """Decode *window*; yield the batches that became full."""
        frame, source = 0, window.input
        self.tally.records += window.count
        self.tally.apart[HEADERS] += window.between
        self.tally.apart[LEFT_OUT] += window.filtered
        refused = 0
        self.dropped = []
        while frame < window.count:
            output = self._room()
            status = self.kernel.run(source, output, frame, window.count - frame)
            self._committed(window, output, frame, status.frames)
            frame += status.frames
            if status.stop == "done":
                if frame != window.count:
                    raise InternalError("a kernel was done before its frames were", code=EARLY)
                break
            clean(self.program, output)
            if status.stop == "failed":
                trap = self._trap(window, frame)
                if self.on_error == "null":
                    status, _ = oracle.salvage(self.program, source, output, frame)
                    self._committed(window, output, frame, status.frames, salvaged=True)
                if status.stop != "full":
                    refused += self._settled(window, frame, trap)
                    frame += 1
            if status.stop == "full":
                if status.column == LOG_FULL and status.frames:
                    continue  # what was logged is counted, and the log is empty again
                if output.rows[0]:
                    yield from self._finish()
                elif fullest(output, status):
                    raise self._too_large(window, frame, status.column)
                else:
                    self.output = grown(self.program, output, status)
        self.tally.decoded += window.sizes - refused
        self.tally.apart[REFUSED_RECORDS] += refused
        for gap in window.gaps:
            self.lost(gap)

    def lost(self, gap: Gap) -> None:
        """Count *gap*, or one more piece of it."""
        self.tally.apart["ignored", CODES[gap.code]] += gap.size
        self.tally.gaps += gap.first
        self.tally.faulty += gap.first
        if self.hold:
            self.tally.held.append(
                Held(
                    file=self.name,
                    record=gap.record,
                    offset=gap.offset,
                    length=gap.size,
                    field="",
                    code=gap.code,
                    message=gap.rule,
                    bytes=gap.data,
                )
            )

    def left(self, window: Window, frame: int) -> None:
        """The record of *frame* is left out because the one around it was."""
        self.tally.records += 1
        self.tally.skipped += 1
        self.tally.faulty += 1
        self.tally.apart[REFUSED_RECORDS] += int(window.input.bounds(frame)[1])
        if self.hold:
            self._held(window, frame, DataError(CODES[AROUND], code=AROUND))

    def _held(self, window: Window, frame: int, error: DataError) -> None:
        start, length = map(int, window.input.bounds(frame))
        self.tally.held.append(
            Held(
                file=self.name,
                record=window.record(frame) + 1,
                offset=window.offset(frame, start),
                length=length,
                field=error.place.path,
                code=error.code,
                message=error.message,
                bytes=bytes(window.input.memory.view[start : start + length]),
            )
        )

    @property
    def pending(self) -> int:
        """Rows that no batch has yet."""
        return self.output.rows[0] if self.output is not None else 0

    def flush(self) -> Iterator[pa.RecordBatch]:
        """The rows that no batch has yet."""
        if self.output is not None and self.output.rows[0]:
            yield from self._finish()

    @property
    def _own_fields(self) -> Fields:
        if self._fields is None:
            self._fields = Fields(self.program)
        return self._fields

    def _room(self) -> Output:
        if self.output is None:
            self.output = self.pool.take(self.rows or ROWS[1])
        return self.output

    def _finish(self) -> Iterator[pa.RecordBatch]:
        assert self.output is not None
        given = {} if self.gather is None else self.gather.arrays()
        self.pool.used(self.output)
        counts: Mended = Counter()
        batch = finish(self.program, self.shape, self.schema, self.output, given, counts)
        for (column, what), count in counts.items():
            site = self._own_fields.texts.get(column)
            if site is None or not site.tolerant:
                path = ".".join(self.program.columns[column].path) if site is None else site.path
                self.tally.mended[path, MENDED[what]] += count
        if self.check is not None:
            self.check.compare(batch)
            self.tally.checked, self.check.checked = self.tally.checked + self.check.checked, 0
        self.output = None
        for made in (batch,) if self.explosion is None else self.explosion.rows(batch):
            self.tally.rows += made.num_rows
            yield made

    def _committed(self, window: Window, output: Output, first: int, count: int, *, salvaged: bool = False) -> None:
        """*count* frames from *first* on became rows; *salvaged*: in spite of what they broke."""
        if self.check is not None and count and not salvaged:
            self.check.note(window, first, count, output.rows[0] - count)
        if self.gather is not None and count:
            row = self.gather.rows
            self.gather.add(window.facts, window.input, first, count)
            if self.gather.wants("refused"):
                frames = {first} if salvaged else {frame for frame, _ in entries(output, first + count)}
                self._refusals(window, sorted(frames), row - first)
        self._count(output, first + count, first if salvaged else -1)

    def _refusals(self, window: Window, frames: Sequence[int], shift: int) -> None:
        """Note what *frames* refused; frame + *shift* is its row."""
        assert self.gather is not None
        for frame in frames:
            for trap in oracle.refusals(self.program, window.input, frame):
                name, data = self._own_fields.of(trap, window.input)
                if data.strip(b"\0"):  # nothing there is nothing refused
                    self.gather.refuse(frame + shift, name, data)

    def _count(self, output: Output, below: int, salvaged: int) -> None:
        found = tally(output, below)
        for number, count in found.items():
            site = self.program.sites[number]
            self.tally.fields[site.path, NO_VIEW if site.tolerant else INVALID] += count
        wrong = [number for number in found if not self.program.sites[number].tolerant]
        if wrong:
            self.tally.faulty += faulty(output, below, wrong, salvaged)
        output.logged = 0

    # --- what was refused ----------------------------------------------------------------------------------------------

    def _trap(self, window: Window, frame: int) -> oracle.Trap:
        """Why the record was refused; raised, where the policy is to stop."""
        trap = oracle.replay(self.program, window.input, frame)
        if trap is None:
            number = window.record(frame) + 1
            raise InternalError(f"the kernel refused record {number:,}, and the oracle does not", code=DIFFERS)
        if self.on_error == "raise":
            raise self._error(window, frame, trap)
        return trap

    def _settled(self, window: Window, frame: int, trap: oracle.Trap) -> int:
        """Count a refused record: kept in part, or left out; bytes of it that were given up."""
        path = self.program.sites[trap.site].path if trap.site >= 0 else ""
        self.tally.faulty += 1
        if self.on_error == "null":
            self.tally.nulled += 1
            self.tally.fields[path, INVALID] += 1
            return 0
        self.tally.skipped += 1
        self.dropped.append(frame)
        self.tally.fields[path, SKIPPED] += 1
        if self.hold:
            self._held(window, frame, self._error(window, frame, trap))
        return window.input.bounds(frame)[1]

    def _error(self, window: Window, frame: int, trap: oracle.Trap) -> DataError:
        _, length = window.input.bounds(frame)
        site = self.program.sites[trap.site] if trap.site >= 0 else None
        place = Place(
            file=self.name,
            record=window.record(frame) + 1,
            offset=window.offset(frame, trap.offset),
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
        place = Place(file=self.name, record=window.record(frame) + 1, path=path)
        return DataError("one value is larger than 2 GiB", code=TOO_LARGE, place=place)
