"""What happens to your file: dictionary → Layout → Plan → kernels → windows → batches → sink.

`open`, `read` and `convert` are the public face, beside `compile` of `compiled`; each stage's work is elsewhere, and here is the order.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO, TypeGuard

from arrowsmith import batch as batches
from arrowsmith import registry as registries
from arrowsmith.compiled import BAD_POLICY, SEVERAL_TABLES, Fields, compile
from arrowsmith.engine.current import KEY as CURRENT_KEY
from arrowsmith.engine.current import is_made, made_of
from arrowsmith.engine.decode import OnError
from arrowsmith.engine.kernels import Kernels
from arrowsmith.engine.report import Report
from arrowsmith.engine.trouble import bound
from arrowsmith.errors import OptionError
from arrowsmith.host import Host
from arrowsmith.interfaces import BatchReport, GivenOptions, parse_options
from arrowsmith.layout.schema import tops
from arrowsmith.layout.text import print_layout
from arrowsmith.reader import Reader
from arrowsmith.sources import sources

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith.registry import Registry

#: the sink of standard output and of file objects, and that of a path that ends in /
STREAM, DATASET = "arrows", "parquet"


def open(
    dictionary: Any,
    data: Any,
    *,
    format: str | None = None,
    options: GivenOptions | None = None,
    framer: str | None = None,
    framer_options: GivenOptions | None = None,
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
    *fields*, *framer*, *framer_options*: as of `compile`.
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
        framer=framer,
        framer_options=framer_options,
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
MEANT = ("format", "options", "framer", "framer_options", "columns", "table", "on_error", "provenance", "fields")


def _meaning(dictionary: Any, registry: Registry, arguments: Mapping[str, Any]) -> str:
    """All that *dictionary* and *arguments* make of a record, in a text."""
    meant = {name: value for name, value in arguments.items() if name in MEANT}
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
