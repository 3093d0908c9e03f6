"""Record batches become an Arrow IPC file or stream, cut anew so that the borders of the input do not show.

The order: regroup by rows and bytes, join, let dictionaries grow, write, commit.
Invariant: the bytes depend on rows, schema and options alone.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Final, Self, cast

import pyarrow as pa

from arrowsmith.committed import CommittedFile, Target
from arrowsmith.errors import DataError, InternalError, OptionError
from arrowsmith.interfaces import Options
from arrowsmith.regroup import Regroup

TYPE: Final = "A0001"
OPTION: Final = "A0002"
VALUE: Final = "A0003"

#: The codes of the sinks' own errors, and the rule in one line that each stands for.
CODES: Final = {
    TYPE: "Arrow IPC cannot hold a column of this type",
    OPTION: "pyarrow refuses this setting",
    VALUE: "Arrow IPC cannot hold a value",
}

#: What pyarrow raises for a schema or a setting that it does not take (a codec's own refusal is an OSError).
_REFUSALS = (pa.ArrowException, ValueError, TypeError, OSError, OverflowError)


def _write_options(options: Options, *, stream: bool) -> pa.ipc.IpcWriteOptions:
    """pyarrow's form of *options*.  Raises `OptionError` for a codec or level that pyarrow refuses."""
    name, level = options["compression"], options["compression_level"]
    try:
        codec = None if name == "none" else pa.Codec(name, compression_level=level)
        if codec is None and level is not None:
            raise ValueError("the codec none has no levels")
        # A file must not replace a dictionary, only add to it; readers of streams know replacements better than additions.
        return pa.ipc.IpcWriteOptions(
            compression=codec, use_threads=options["threads"] != 1, emit_dictionary_deltas=not stream
        )
    except _REFUSALS as error:
        raise OptionError(f"pyarrow refuses these settings: {error}", code=OPTION) from error


def _has_dictionary(kind: pa.DataType) -> bool:
    if isinstance(kind, pa.BaseExtensionType):
        return _has_dictionary(kind.storage_type)
    return pa.types.is_dictionary(kind) or any(_has_dictionary(kind.field(i).type) for i in range(kind.num_fields))


class ArrowWriter:
    """One open target.  `write` takes batches of the schema it was opened with; leaving the ``with`` block commits.

    One thread calls at a time.  A batch is kept, without a copy, until the batch that it goes into is written.
    """

    def __init__(self, target: Target, schema: pa.Schema, options: Options, *, stream: bool) -> None:
        for name in ("batch_rows", "batch_bytes", "threads"):
            if options[name] is not None and not 1 <= options[name] <= 1 << 30:
                raise OptionError(f"option {name}: {options[name]} is not between 1 and {1 << 30}", code=OPTION)
        self._schema = schema
        self._new = pa.ipc.new_stream if stream else pa.ipc.new_file
        self._write_options = _write_options(options, stream=stream)
        try:
            with self._new(pa.BufferOutputStream(), schema, options=self._write_options) as trial:
                trial.write_batch(self._none())
        except _REFUSALS as error:
            raise OptionError(f"Arrow IPC cannot hold these columns: {error}", code=TYPE) from error
        # The dictionaries so far, in a batch without rows; None where there are none, or where they may be replaced.
        grows = not stream and any(_has_dictionary(field.type) for field in schema)
        self._dictionaries = self._none() if grows else None
        self._regroup = Regroup(rows=options["batch_rows"], bytes=options["batch_bytes"])
        self._output = CommittedFile(target, if_exists=options["if_exists"])
        self._writer: Any = None

    def _none(self) -> pa.RecordBatch:
        return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in self._schema], schema=self._schema)

    def __enter__(self) -> Self:
        self._output.__enter__()
        try:
            self._writer = self._new(
                pa.PythonFile(cast("Any", self._output), mode="w"), self._schema, options=self._write_options
            )
        except BaseException:
            self._output.__exit__(*sys.exc_info())
            raise
        return self

    def write(self, batch: pa.RecordBatch) -> None:
        """Take *batch*.  Raises `OptionError` where the target fails (a full disk), `DataError` for a value that does not fit."""
        if not batch.schema.equals(self._schema):
            raise InternalError("a batch does not have the schema that its sink was opened with", code="I0001")
        for group in self._regroup.add(batch):
            self._put(group)

    def _put(self, group: list[pa.RecordBatch]) -> None:
        try:
            # Joined even where it is one piece: a slice is written with what its buffers hold beyond its end, a copy is not.
            pieces = [*group, group[-1].slice(0, 0)]
            columns: list[Any] = [[piece.column(i) for piece in pieces] for i in range(len(self._schema))]
            batch = pa.RecordBatch.from_arrays([pa.concat_arrays(c) for c in columns], schema=self._schema)
            if self._dictionaries is not None:
                # Values are added behind those that are there, so what was written keeps its numbers.
                batch = pa.Table.from_batches([self._dictionaries, batch]).unify_dictionaries().to_batches()[-1]
                self._dictionaries = batch.slice(0, 0)
            self._writer.write_batch(batch)
        except MemoryError:
            raise
        except pa.ArrowException as error:
            raise DataError(f"Arrow IPC cannot hold these values: {error}", code=VALUE) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                rest = self._regroup.rest()
                if rest:
                    self._put(rest)
                self._writer.close()
        except BaseException:
            self._output.__exit__(*sys.exc_info())
            raise
        self._output.__exit__(kind, error, trace)
