"""A file as record batches: the one who scans it, as often as asked, and says what there was to say about it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from arrowsmith import batch as batches
from arrowsmith.compiled import FEWEST, Compiled
from arrowsmith.engine.decode import OnError
from arrowsmith.engine.kernels import Kernels
from arrowsmith.engine.quarantine import Quarantine
from arrowsmith.engine.report import Report, Tally
from arrowsmith.engine.scan import Scan
from arrowsmith.engine.trouble import BAD_FRAME, TRUNCATED, Bound
from arrowsmith.engine.unread import Unread
from arrowsmith.errors import ArrowsmithError, ArrowsmithWarning, DataError, InternalError, OptionError, code
from arrowsmith.layout.schema import renamed
from arrowsmith.sources import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith.doubts import What
    from arrowsmith.engine.inspect import Inspected

TWO_SCANS = code("O0403", "a source that cannot be opened again is scanned twice")
EMPTY = code("W0002", "the input holds no records")
ALL_REFUSED = code("W0003", "a field is refused in most records")
NO_VIEW = code("W0004", "no record is of any of the kinds that options tell apart")
MEANT_OTHERWISE = code("W0005", "values would be better with another option")

#: records, or bytes of data, from which on it is said that a field is refused in most of them
DOUBTFUL, DOUBTFUL_BYTES = 20, 4096


@dataclass(slots=True)
class Reader:
    """A file as record batches.  Iterate it, hand it to anything that takes an Arrow stream, or call `to_table`.

    Iterating again scans again, where the source can be opened again.  Use it as a context manager, or call `close`.
    """

    compiled: Compiled
    sources: tuple[Source, ...]
    kernels: Kernels
    on_error: OnError = "raise"
    threads: int = 1
    limit: int | None = None
    lockdown: bool = False
    registry: Any = None
    quarantine: str | os.PathLike[str] | None = None
    bound: Bound | None = None
    self_check: float = 0.0
    split: tuple[int, int] | None = None
    index: str | os.PathLike[str] | None = None
    resume: bool = False
    if_exists: str = "fail"
    report: Report = field(default_factory=Report)
    error: ArrowsmithError | None = None
    _scans: int = 0
    _closed: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return self.compiled.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """A new scan, batch by batch, in the order of the data."""
        if self._closed:
            raise OptionError("the reader is closed", code=TWO_SCANS)
        if self._scans and not all(source.reopenable for source in self.sources):
            names = ", ".join(source.name for source in self.sources if not source.reopenable)
            raise OptionError(
                f"{names} cannot be read a second time", code=TWO_SCANS, help="keep the table, or give a path"
            )
        self._scans += 1
        scan = Scan(self.compiled.plan, self.compiled.rows, self.kernels, self.on_error, self.threads, self.limit)
        scan.lockdown, scan.bound, scan.check = self.lockdown, self.bound, self.self_check
        scan.split, scan.index = self.split, self.index
        scan.lenient = self.resume or self.on_error in ("skip", "quarantine")
        return self._scan(scan)

    def _scan(self, scan: Scan) -> Iterator[pa.RecordBatch]:
        self.error = None
        self.report = self._report(scan.tally)
        head: bytes | None = None
        strange: set[What] = set()
        try:
            with ExitStack() as stack:
                stack.callback(scan.loads.release)
                if self.quarantine is not None:
                    # what a scan before this one has written is ours to replace
                    if_exists = self.if_exists if self._scans == 1 else "replace"
                    aside = Quarantine(self.registry, self.quarantine, if_exists=if_exists)
                    scan.aside = stack.enter_context(aside).take
                unread = Unread(self.compiled.layout, self.compiled.schema)
                for made in scan.batches(self.sources):
                    self.report = self._report(scan.tally)
                    unread.see(made)
                    if head is None and self._curious and made.num_rows >= FEWEST:
                        head, strange = scan.head, self._odd(made)
                    yield made
            self.report = self._report(scan.tally, complete=not scan.cut, ended=True)
            if head:
                self.report = replace(self.report, hints=self._hints(head, scan.tally, strange))
        except ArrowsmithError as error:
            if self._closed and isinstance(error, InternalError):  # its machine code is gone
                raise OptionError("the reader was closed while it was read", code=TWO_SCANS) from None
            if isinstance(error, DataError) and self.compiled.advise is not None:
                found = (error.place.record or 1) - 1
                framing = error.code in (TRUNCATED, BAD_FRAME)
                better = self.compiled.advise(scan.head, framing, found)
                if not better and not framing and self._curious:
                    better = "; ".join(self._judged(scan.head))
                error.help = better or error.help
            self.error = error
            self.report = self._report(scan.tally)
            raise
        self._doubt(scan)
        for hint in self.report.hints:
            warnings.warn(ArrowsmithWarning(hint, code=MEANT_OTHERWISE), stacklevel=2)
        if self.report.records and not scan.cut and self.split is None:
            for views in unread.left:
                why = "the conditions under which they are read never hold"
                advice = self.compiled.advise(scan.head, False, 0) if self.compiled.advise is not None else ""
                message = (
                    f"none of {self.report.records:,} records is {' or '.join(views)}: {why}; {advice}".removesuffix(
                        "; "
                    )
                )
                warnings.warn(ArrowsmithWarning(message, code=NO_VIEW), stacklevel=2)
        if not self.report.records and not scan.cut and self.split is None:
            names = ", ".join(source.name for source in self.sources)
            filtered = self.report.filtered
            why = f": {filtered:,} bytes of them were left out, by their kind or length" if filtered else ""
            warnings.warn(ArrowsmithWarning(f"{names}: no records{why}", code=EMPTY), stacklevel=2)

    def inspect(self, *, record: int = 0, byte: int = -1, error: int = 0) -> Inspected:
        """One record of the only source, field by field: the one of that number, from 1, with that *byte* of the file in it, or with the
        *error*-th refused field of the file.  The file is read up to there; nothing is written.

        Raises `OptionError` where there is none, `DataError` where no record boundary is found before it.
        """
        from arrowsmith.engine.inspect import Search  # conversions have no use for it

        scan = Search(self.compiled.plan, self.compiled.rows, self.kernels, "null")
        scan.record, scan.byte, scan.error = record, byte, error
        scan.lenient = self.resume
        return scan.inspect(self.sources)

    @property
    def _curious(self) -> bool:
        """Whether it is worth knowing what else the bytes could mean: of all data, and where code can still be made."""
        whole = self.split is None and self.limit is None
        return self.compiled.readings is not None and whole and not self.lockdown

    def _odd(self, first: pa.RecordBatch) -> set[What]:
        """What of the *first* batch may have been meant otherwise."""
        from arrowsmith.doubts import odd  # of a few records nobody asks

        return odd(self.compiled.layout, batches.table(first.schema, iter((first,))))

    def _hints(self, head: bytes, tally: Tally, strange: set[What]) -> tuple[str, ...]:
        """What speaks against the options of a run that counted *tally*, and of whose first rows something may be *strange*."""
        from arrowsmith.doubts import mismeasured

        strange |= {"decimals", "texts"} if tally.refusals else set()
        strange |= {"records"} if mismeasured(self.compiled.layout, tally.rows, tally.decoded) else set()
        return self._judged(head, strange) if strange else ()

    def _judged(self, head: bytes, what: Collection[What] | None = None) -> tuple[str, ...]:
        """The options that would make better values of the file that begins with *head*, as far as they are others than those given;
        *what* may be odd, None for all that an option may change."""
        from arrowsmith.doubts import OPTIONS, judged

        what = OPTIONS if what is None else what
        return judged(self.compiled, head, emitter=self.kernels.emitter, registry=self.registry, what=what)

    def _doubt(self, scan: Scan) -> None:
        """Warn of fields that most records were refused for: then it is rather an option that does not fit."""
        records = scan.tally.records
        few = records < DOUBTFUL and scan.tally.bytes_read < DOUBTFUL_BYTES
        if self.on_error != "null" or few or not records:
            return
        fields = scan.tally.fields.items()
        refused = [path for (path, why), count in fields if why == "invalid" and path and 2 * count >= records]
        if not refused:
            return
        shown = ", ".join(refused[:3]) + (f" and {len(refused) - 3} more" if len(refused) > 3 else "")
        # the first of them is no better than the others
        advice = self.compiled.advise(scan.head, False, 0) if self.compiled.advise is not None else ""
        message = (
            f"most records have no valid {shown}; {advice or 'do the options about encoding and record lengths fit?'}"
        )
        warnings.warn(ArrowsmithWarning(message, code=ALL_REFUSED), stacklevel=3)

    def _report(self, counted: Tally, *, complete: bool = False, ended: bool = False) -> Report:
        counted.seconds.update(self.kernels.seconds | dict(self.compiled.seconds))
        return counted.report(
            complete=complete,
            ended=ended,
            emitter=self.kernels.used_emitter,
            allocator=self.kernels.used_allocator,
            fallback=self.kernels.fallback,
            renamed=renamed(self.compiled.shape),
        )

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A new scan as an Arrow C stream: what pyarrow, Polars, DuckDB, pandas and DataFusion take."""
        reader: Any = self.to_reader()
        return reader.__arrow_c_stream__(requested_schema)

    def to_reader(self) -> pa.RecordBatchReader:
        """A new scan as a pyarrow RecordBatchReader, to be read once."""
        return batches.stream(self.schema, iter(self))

    def to_table(self) -> pa.Table:
        """A new scan as one table."""
        return batches.table(self.schema, iter(self))

    def close(self) -> None:
        """Release the machine code.  Batches that were handed over stay."""
        self._closed = True
        self.kernels.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
