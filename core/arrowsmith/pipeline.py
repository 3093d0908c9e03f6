"""What happens to your file: dictionary → Layout → Plan → kernels → windows → batches → sink.

`open`, `read`, `convert` and `compile` are the public face; each stage's work is elsewhere, and here is the order.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeGuard

from arrowsmith import batch as batches
from arrowsmith import collector
from arrowsmith import registry as registries
from arrowsmith.columns import Struct
from arrowsmith.diagnostics import Source, combined
from arrowsmith.engine.current import KEY as CURRENT_KEY
from arrowsmith.engine.current import is_made, made_of
from arrowsmith.engine.decode import OnError
from arrowsmith.engine.inspect import Inspected, Search
from arrowsmith.engine.kernels import Kernels
from arrowsmith.engine.quarantine import Quarantine
from arrowsmith.engine.report import Report, Tally
from arrowsmith.engine.scan import Scan
from arrowsmith.engine.tables import Rows, rows_of
from arrowsmith.engine.trouble import Bound, bound
from arrowsmith.engine.unread import Unread
from arrowsmith.engine.windows import BAD_FRAME, TRUNCATED
from arrowsmith.errors import ArrowsmithError, ArrowsmithWarning, DataError, DictionaryError, OptionError, code
from arrowsmith.host import Host
from arrowsmith.interfaces import Advises, BatchReport, GivenOptions, parse_options
from arrowsmith.layout.check import check
from arrowsmith.layout.decisions import Decision, decided, decisions_of
from arrowsmith.layout.nodes import Generated, Layout
from arrowsmith.layout.rowpath import RowShape, behind_header, needed, row_shape
from arrowsmith.layout.schema import arrow_schema, leaves, renamed, select, table_shape, tops
from arrowsmith.layout.streaming import streamed
from arrowsmith.layout.text import print_layout
from arrowsmith.lower import Wishes, lower
from arrowsmith.program.program import Plan
from arrowsmith.sources import Source as DataSource
from arrowsmith.sources import sources

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith.registry import Registry

NO_DICTIONARY = code("O0401", "the dictionary cannot be read")
NO_FORMAT = code("O0402", "it is not known which format the dictionary has")
TWO_SCANS = code("O0403", "a source that cannot be opened again is scanned twice")
BAD_POLICY = code("O0404", "an argument has a value that it cannot have")
SEVERAL_TABLES = code("O0405", "the file holds several tables and none was named")
EMPTY = code("W0002", "the input holds no records")
ALL_REFUSED = code("W0003", "a field is refused in most records")
NO_VIEW = code("W0004", "no record is of any of the kinds that options tell apart")

#: records from which on it is said that a field is refused in most of them
DOUBTFUL = 20

#: what is decided about single fields: by name, or with their places in a text
Fields = Mapping[str, Mapping[str, Any]] | Sequence[Decision]

#: the sink of standard output and of file objects, and that of a path that ends in /
STREAM, DATASET = "arrows", "parquet"
POLICIES = ("raise", "null", "skip", "quarantine")
#: what a row may say of where it comes from → the column that does
PROVENANCE = {
    "file": Generated(name="_file", what="file_name", behind=True),
    "record": Generated(name="_record", what="record", behind=True),
    "offset": Generated(name="_offset", what="offset", behind=True),
    "length": Generated(name="_length", what="length", behind=True),
}


# --- the dictionary ----------------------------------------------------------------------------------------------------


def text(source: str, *, name: str = "<text>") -> Source:
    """A dictionary given as text: ``arrowsmith.text(source, name="orders.cpy")``.  *name* is for messages and the format's suffix."""
    return Source(name, source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A dictionary, made ready without data: its `Layout`, its `Plan`, what a scan makes of them, the Arrow schema of its rows."""

    layout: Layout
    plan: Plan
    rows: Rows
    dictionary: str
    format: str
    options: Mapping[str, Any]
    #: the first bytes of a file, whether its records cannot be told apart, how many were → what other options to try
    advise: Callable[[bytes, bool, int], str] | None = field(default=None, repr=False, compare=False)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return self.rows.schema

    @property
    def shape(self) -> Struct:
        """The columns of the rows."""
        return self.rows.shape


@collector.held()
def compile(
    dictionary: Any,
    *,
    format: str | None = None,
    options: GivenOptions | None = None,
    columns: Sequence[str] | None = None,
    table: str | None = None,
    on_error: OnError = "raise",
    provenance: Sequence[str] = (),
    fields: Fields | None = None,
    registry: Registry | None = None,
) -> Compiled:
    """Parse, check and lower *dictionary*; no data are needed.  *table*: the one whose rows are wanted, by default the first.
    *provenance*: columns to add that say where a row comes from, of ``file``, ``record``, ``offset``, ``length``.  *fields*: what is
    decided about single fields, ``{"ORDER-DATE": {"as": "date", "pattern": "yyyyMMdd"}}``.

    Raises `DictionaryError` for the dictionary, `OptionError` for what was asked of it.
    """
    registry = registry or registries.load()
    advise = None
    begin = time.perf_counter()
    if isinstance(dictionary, Layout):
        layout, name, given, digest = dictionary, "layout", {}, ""
    else:
        texts = texts_of(dictionary)
        chosen = registry.format(format) if format else registry.format_of(texts[0])
        parsed = parse_options(chosen.options, options or {}, owner=f"format {chosen.name}")
        layout = chosen.parse(texts, parsed, include)
        name, given = chosen.name, dict(options or {})
        if isinstance(chosen, Advises):
            advise = _advice(chosen, parsed)
        digest = hashlib.sha256("\0".join(t.text for t in texts).encode()).hexdigest()
    decisions = decisions_of(fields) if isinstance(fields, Mapping) else tuple(fields or ())
    layout = _with_provenance(decided(layout, decisions), provenance)
    faults = check(layout)
    if faults:
        raise combined(faults)
    parsed_at = time.perf_counter()
    number = _table(layout, table)
    asked, row, layout = _rows(layout, number)
    wanted = None
    if columns is not None:
        asked = select(asked, [*columns, *(PROVENANCE[what].name for what in provenance)])
    if columns is not None or row is not None:
        wanted = frozenset(leaf.path for leaf in leaves(asked if row is None else needed(row, asked)))
    if on_error not in POLICIES:
        raise OptionError(f"on_error is {on_error!r}, and not one of {', '.join(POLICIES)}", code=BAD_POLICY)
    plan = lower(layout, Wishes(columns=wanted, fail="null" if on_error == "null" else "trap", table=number))
    rows = rows_of(layout, number, asked, arrow_schema(asked, _metadata(digest, given, decisions)), row)
    seconds = {"parse": parsed_at - begin, "lower": time.perf_counter() - parsed_at}
    return Compiled(
        layout=layout,
        plan=plan,
        rows=rows,
        dictionary=digest,
        format=name,
        options=given,
        advise=advise,
        seconds=seconds,
    )


def _rows(layout: Layout, table: int) -> tuple[Struct, RowShape | None, Layout]:
    """The columns of the rows of *layout*; where they are elements that are read with their record, how to get at them; and *layout*, or
    the one that reads them one by one."""
    own = table_shape(layout, table)
    if not layout.rows:
        return own, None, layout
    one_by_one = layout if layout.header is not None else None
    if one_by_one is None:
        row = row_shape(own, layout.rows)
        one_by_one = streamed(layout)
        if one_by_one is None:
            return row.columns, row, layout
        own = table_shape(one_by_one, table)
    return behind_header(one_by_one, own), None, one_by_one


def _advice(format: Advises, options: Any) -> Callable[[bytes, bool, int], str]:
    return lambda head, framing, found: format.advise(options, head, framing=framing, found=found) if head else ""


def _with_provenance(layout: Layout, wanted: Sequence[str]) -> Layout:
    """*layout* with the columns that say where a row comes from, behind its own."""
    wrong = [what for what in wanted if what not in PROVENANCE]
    if wrong or isinstance(wanted, str):
        raise OptionError(f"provenance is {wanted!r}, and may have {', '.join(PROVENANCE)}", code=BAD_POLICY)
    made = (PROVENANCE[what] for what in dict.fromkeys(wanted))
    return replace(layout, generated=(*layout.generated, *made))


def _table(layout: Layout, name: str | None) -> int:
    """The number of the table called *name*; the first that is nested in no other where none was named."""
    names = [table.record.name for table in layout.tables]
    if name is not None and name not in names:
        raise OptionError(f"there is no table {name}; there are {', '.join(names)}", code=SEVERAL_TABLES)
    return names.index(name or tops(layout)[0])


def texts_of(dictionary: Any) -> tuple[Source, ...]:
    many = dictionary if isinstance(dictionary, list | tuple) else [dictionary]
    if not many:
        raise OptionError("no dictionary was given", code=NO_DICTIONARY)
    return tuple(_text_of(one) for one in many)


def _text_of(one: Any) -> Source:
    if isinstance(one, Source):
        return one
    path = Path(os.fspath(one))
    try:
        return Source(str(path), _decoded(path.read_bytes()))
    except OSError as error:
        raise OptionError(
            f"{path}: {(error.strerror or str(error)).lower()}",
            code=NO_DICTIONARY,
            help=(
                "ask for read permission on it and its directories"
                if isinstance(error, PermissionError)
                else "a str or Path is always a path; a dictionary given as text is arrowsmith.text(...)"
            ),
        ) from None


def _decoded(data: bytes) -> str:
    """Text of a dictionary's file: utf-8 (a byte order mark is dropped), else Latin-1, which every byte has."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def include(name: str, from_: Source) -> Source:
    """The text of another file that a dictionary asks for: looked for beside the one that asks, then in the working folder."""
    path = Path(from_.name).parent / name
    if not path.is_file() and Path(name).is_file():
        path = Path(name)
    try:
        return Source(str(path), _decoded(path.read_bytes()))
    except OSError as error:
        raise DictionaryError(f"{path}: {(error.strerror or str(error)).lower()}", code="D0304") from None


code("D0304", "a file that the dictionary includes cannot be read")


def _metadata(digest: str, options: Mapping[str, Any], decisions: Sequence[Decision]) -> dict[str, str]:
    import arrowsmith

    given = json.dumps({str(k): v for k, v in options.items()}, sort_keys=True, default=str)
    found = {"arrowsmith.version": arrowsmith.__version__, "arrowsmith.options": given}
    if decisions:
        found["arrowsmith.fields"] = json.dumps({d.name: dict(d.given) for d in decisions}, sort_keys=True, default=str)
    return found | ({"arrowsmith.dictionary.sha256": digest} if digest else {})


# --- reading -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Reader:
    """A file as record batches.  Iterate it, hand it to anything that takes an Arrow stream, or call `to_table`.

    Iterating again scans again, where the source can be opened again.  Use it as a context manager, or call `close`.
    """

    compiled: Compiled
    sources: tuple[DataSource, ...]
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
        try:
            with ExitStack() as stack:
                stack.callback(scan.release)
                if self.quarantine is not None:
                    # what a scan before this one has written is ours to replace
                    if_exists = self.if_exists if self._scans == 1 else "replace"
                    aside = Quarantine(self.registry, self.quarantine, if_exists=if_exists)
                    scan.aside = stack.enter_context(aside).take
                unread = Unread(self.compiled.layout, self.compiled.schema)
                for made in scan.batches(self.sources):
                    self.report = self._report(scan.tally)
                    unread.see(made)
                    yield made
            self.report = self._report(scan.tally, complete=not scan.cut, ended=True)
        except ArrowsmithError as error:
            if isinstance(error, DataError) and self.compiled.advise is not None:
                found = (error.place.record or 1) - 1
                error.help = self.compiled.advise(scan.head, error.code in (TRUNCATED, BAD_FRAME), found) or error.help
            self.error = error
            self.report = self._report(scan.tally)
            raise
        self._doubt(scan)
        if self.report.records and not scan.cut and self.split is None:
            for views in unread.left:
                why = "the conditions under which they are read never hold"
                message = f"none of {self.report.records:,} records is {' or '.join(views)}: {why}"
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
        scan = Search(self.compiled.plan, self.compiled.rows, self.kernels, "null")
        scan.record, scan.byte, scan.error = record, byte, error
        scan.lenient = self.resume
        return scan.inspect(self.sources)

    def _doubt(self, scan: Scan) -> None:
        """Warn of fields that most records were refused for: then it is rather an option that does not fit."""
        records = scan.tally.records
        if self.on_error != "null" or records < DOUBTFUL:
            return
        fields = scan.tally.fields.items()
        refused = [path for (path, why), count in fields if why == "invalid" and path and 2 * count >= records]
        if not refused:
            return
        shown = ", ".join(refused[:3]) + (f" and {len(refused) - 3} more" if len(refused) > 3 else "")
        advice = self.compiled.advise(scan.head, False, records) if self.compiled.advise is not None else ""
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


def open(
    dictionary: Any,
    data: Any,
    *,
    format: str | None = None,
    options: GivenOptions | None = None,
    columns: Sequence[str] | None = None,
    table: str | None = None,
    emitter: str = "auto",
    allocator: str | Sequence[str] = "auto",
    threads: int | None = None,
    on_error: OnError = "raise",
    quarantine: str | os.PathLike[str] | None = None,
    max_errors: int | str | None = None,
    provenance: Sequence[str] = (),
    fields: Fields | None = None,
    self_check: float = 0.0,
    split: tuple[int, int] | None = None,
    index: str | os.PathLike[str] | None = None,
    limit: int | None = None,
    lockdown: bool = False,
    registry: Registry | None = None,
) -> Reader:
    """A `Reader` of *data* as *dictionary* describes it.

    *dictionary*: a path, several (merged in order), `text`, or a Layout.  *data*: a path, a directory, a glob, several, a URL,
    bytes, or a binary file object.  *emitter*, *allocator*: a name (allocators: or several in order), or ``auto``.  *threads*:
    None for the CPUs that this process may use.  *on_error*: ``raise``, ``null`` (fields that are refused are null, and
    counted), ``skip`` (their records are left out) or ``quarantine`` (they are put aside, into *quarantine*).
    *quarantine*: a path, ``.arrow``, ``.arrows`` or ``.parquet``, for the records that are refused and the bytes that are in none; it asks
    for that policy.  *max_errors*: how many records may be faulty, ``100`` or ``"2.5%"``; by default 10 % of those read under ``skip``
    and ``quarantine``, any number under ``null``.  *provenance*: columns to add, of ``file``, ``record``, ``offset``, ``length``.
    *fields*: as of `compile`.
    *self_check*: the share of the records, 0 to 1, that a second executor decodes as well; where it makes something else of one, that
    is an `InternalError`.  *split*: (i, n), the records that begin in part i, from 0, of n of the data, which are alike in bytes; all parts
    together are all records, each once.  *index*: a folder for indexes of files, with which splits begin where they begin.
    *limit*: rows at most; what lies behind them is not read.  *lockdown*: once everything is compiled, and before any
    data are read, this process gives up making memory executable, for good.

    Raises `OptionError` for what was asked, `DictionaryError` for the dictionary, `PluginError`, `ExecutableMemoryError` where an
    emitter or allocator was named and the system refuses it.  `DataError` comes while reading.
    """
    registry = registry or registries.load()
    if quarantine is not None and on_error == "raise":
        on_error = "quarantine"
    if (quarantine is not None) != (on_error == "quarantine"):
        raise OptionError(
            "the policy quarantine needs a path, and a path that policy",
            code=BAD_POLICY,
            help="give --quarantine PATH (quarantine=), and no other --on-error",
        )
    if not 0 <= self_check <= 1:
        raise OptionError(f"self_check is {self_check!r}, and a share of records is from 0 to 1", code=BAD_POLICY)
    bears = bound(max_errors, on_error)
    compiled = compile(
        dictionary,
        format=format,
        options=options,
        columns=columns,
        table=table,
        on_error=on_error,
        provenance=provenance,
        fields=fields,
        registry=registry,
    )
    names = tops(compiled.layout)
    if table is None and len(names) > 1:
        raise OptionError(
            f"the data hold several tables: {', '.join(names)}", code=SEVERAL_TABLES, help="say which with table="
        )
    found = sources(data)
    host = Host.current()
    if threads is not None and threads < 1:
        raise OptionError(f"threads is {threads}, and must be at least 1", code=BAD_POLICY)
    chain = allocator if isinstance(allocator, str) else ",".join(allocator)
    kernels = Kernels(registry, emitter=emitter, allocator=chain, host=host)
    return Reader(
        compiled,
        found,
        kernels,
        on_error=on_error,
        threads=threads or host.cpus,
        limit=limit,
        lockdown=lockdown,
        registry=registry,
        quarantine=quarantine,
        bound=bears,
        self_check=self_check,
        split=split,
        index=index,
    )


def read(dictionary: Any, data: Any, **arguments: Any) -> pa.Table:
    """*data* as one pyarrow Table; arguments as of `open`."""
    with open(dictionary, data, **arguments) as reader:
        return reader.to_table()


def convert(
    dictionary: Any,
    data: Any,
    target: str | os.PathLike[str] | BinaryIO,
    *,
    sink: str | None = None,
    sink_options: GivenOptions | None = None,
    if_exists: str = "fail",
    split_tables: bool = False,
    skip_existing: bool = False,
    limit: int | None = None,
    progress: Any = None,
    **arguments: Any,
) -> Report:
    """Write *data* to *target* by the sink that its name means, or *sink*; the report.  Other arguments as of `open`.

    The target appears whole or not at all: on an error, and on Ctrl-C, nothing remains and an existing one is untouched.
    *if_exists*: ``fail`` or ``replace``.  *split_tables*: *target* is a folder, and gets a file or dataset for each table that is nested
    in others, or each kind of record, in one pass; rows have numbers, and those of the rows that they belong to (`Split`).  Each of
    them appears whole or not at all.  *skip_existing*: where *target* was made of these inputs already, by size and time of change, of this
    dictionary and by these options, nothing is read (`Report.current`); where it is of others it is replaced.
    *limit*: rows at most.  *progress*: called with the report after each batch.
    """
    registry = arguments.pop("registry", None) or registries.load()
    path = os.fspath(target) if _is_path(target) else "-"
    if split_tables and path == "-":
        raise OptionError("tables are split into a folder, and not into a stream", code=SEVERAL_TABLES)
    path = os.path.join(path, "") if split_tables and sink is None else path
    aside = arguments.get("quarantine")
    if aside is not None and path != "-" and os.path.realpath(aside) == os.path.realpath(path):
        raise OptionError(
            f"output and quarantine are both {path}",
            code=BAD_POLICY,
            help="what is refused goes into a file of its own",
        )
    sink = sink or (STREAM if path == "-" else DATASET if path.endswith("/") else None)
    chosen = registry.sink(sink) if sink else registry.sink_of(path)
    known = {option.name for option in chosen.options}
    usual = {"if_exists": if_exists, "threads": arguments.get("threads") or Host.current().cpus}
    given = {**{name: value for name, value in usual.items() if name in known}, **dict(sink_options or {})}
    settings = parse_options(chosen.options, given, owner=f"sink {chosen.name}")
    remembered: dict[str, str] = {}
    if skip_existing:
        if path == "-" or split_tables:
            raise OptionError("skip_existing is for one file or folder as output", code=BAD_POLICY)
        data = sources(data)
        asked = {"sink": chosen.name, "sink_options": dict(sink_options or {}), "limit": limit, **arguments}
        kept = made_of(data, asked | {"layout": _meaning(dictionary, registry, arguments)})
        if is_made(chosen, path, kept):
            return Report(complete=True, current=True)
        remembered = {CURRENT_KEY: kept}
        if "if_exists" in known:
            settings = parse_options(chosen.options, given | {"if_exists": "replace"}, owner=f"sink {chosen.name}")
    with open(dictionary, data, registry=registry, limit=limit, **arguments) as reader:
        reader.if_exists = if_exists
        name = reader.compiled.rows.members[0].name
        spent, number = 0.0, 0
        split = batches.Split(reader.schema, name) if split_tables else None
        if split is not None and not split.several:
            raise OptionError(
                f"the rows hold no other tables, and are of one kind: {name}",
                code=SEVERAL_TABLES,
                help="leave --split-tables out, or say what segments there are",
            )
        places = {name: target} if split is None else _places(path, split.schemas, chosen)
        with ExitStack() as stack:
            if split is not None and not os.path.isdir(path):
                os.makedirs(path)
                stack.callback(_unless_empty, path)
            writers = {
                table: stack.enter_context(
                    chosen.open(place, _said(split.schemas[table] if split else reader.schema, remembered), settings)
                )
                for table, place in places.items()
            }
            for made in reader:
                begin = time.perf_counter()
                for table, part in split.take(made) if split else ((name, made),):
                    if split and not part.num_rows:
                        continue
                    writers[table].write(part)
                    registry.batch_written(
                        BatchReport(
                            table=table,
                            sink=chosen.name,
                            target=str(places[table]),
                            number=number,
                            rows=part.num_rows,
                            bytes=part.nbytes,
                        )
                    )
                    number += 1
                spent += time.perf_counter() - begin
                if progress is not None:
                    progress(reader.report)
        return replace(reader.report, seconds=tuple(sorted({**dict(reader.report.seconds), "write": spent}.items())))


#: arguments of `open` that change what the rows are
_MEANT = ("format", "options", "columns", "table", "on_error", "provenance", "fields")


def _meaning(dictionary: Any, registry: Registry, arguments: Mapping[str, Any]) -> str:
    """All that *dictionary* and *arguments* make of a record, in a text."""
    meant = {name: value for name, value in arguments.items() if name in _MEANT}
    compiled = compile(dictionary, registry=registry, **meant)
    return print_layout(compiled.layout, comments=False) + str(compiled.schema.metadata)


def _said(schema: pa.Schema, more: Mapping[str, str]) -> pa.Schema:
    """*schema* with *more* metadata."""
    return schema.with_metadata({**(schema.metadata or {}), **more}) if more else schema


def _places(folder: str, tables: Iterable[str], sink: Any) -> dict[str, Any]:
    """Where in *folder* each of the *tables* goes: a dataset, or a file with the sink's own ending."""
    ending = "/" if folder.endswith("/") and sink.name == DATASET else sink.suffixes[0]
    return {table: os.path.join(folder, re.sub(r"[^\w-]", "_", table) + ending) for table in tables}


def _unless_empty(folder: str) -> None:
    """Remove *folder* where nothing was written into it."""
    with suppress(OSError):  # it holds something, or is gone
        os.rmdir(folder)


def _is_path(target: str | os.PathLike[str] | BinaryIO) -> TypeGuard[str | os.PathLike[str]]:
    return not hasattr(target, "write")
