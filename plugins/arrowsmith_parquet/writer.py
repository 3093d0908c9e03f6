"""Record batches become row groups, row groups a Parquet file or the parts of a dataset.

The order: regroup by rows and bytes, choose dictionaries from the first group, encode groups on threads, merge, commit.
Invariant: the bytes depend on rows, schema and settings alone, not on the batches' borders or the number of threads.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from arrowsmith.committed import CommittedFile, CommittedFolder, Part, Target
from arrowsmith.errors import InternalError, OptionError
from arrowsmith.regroup import Regroup
from arrowsmith_parquet.columns import arguments, leaves, refused, suited
from arrowsmith_parquet.direct import Direct, DirectFile
from arrowsmith_parquet.encode import Group, InOrder, empty_file, encoded
from arrowsmith_parquet.faults import DATASET
from arrowsmith_parquet.footer import MergedFile
from arrowsmith_parquet.merging import Merging
from arrowsmith_parquet.options import Settings

#: What pyarrow raises for a schema or a setting that it does not take (a codec's own refusal is an OSError).
_REFUSALS = (pa.ArrowException, ValueError, TypeError, OSError, OverflowError)


def _refuses(schema: pa.Schema) -> str | None:
    """Why pyarrow cannot write *schema* as Parquet with any settings, or None."""
    try:
        encoded(schema, {}, schema.empty_table())
    except MemoryError:
        raise
    except _REFUSALS as error:
        return str(error)
    return None


class ParquetWriter:
    """One open target.  `write` takes batches of the schema it was opened with; leaving the ``with`` block commits.

    One thread calls at a time.  A batch is kept, without a copy, until its row group is encoded.
    """

    def __init__(self, target: Target, schema: pa.Schema, chosen: Settings, *, dataset: bool) -> None:
        self._schema = schema
        self._chosen = chosen
        try:
            self._empty = empty_file(schema, chosen.plain)
            self._leaves = leaves(schema, self._empty)
            # Codecs and encodings are looked up only when a row group is written.
            known = [leaf.path for leaf in self._leaves if leaf.few]
            encoded(schema, arguments(self._leaves, chosen, known), schema.empty_table())
        except MemoryError:  # pyarrow's own is one of its exceptions too
            raise
        except _REFUSALS as error:
            raise refused(schema, error, _refuses) from error
        self._output: CommittedFile | CommittedFolder
        if dataset:
            if not isinstance(target, str | os.PathLike) or os.fspath(target) == "-":
                raise OptionError("a dataset is a folder, so it needs a path", code=DATASET, help="leave out dataset")
            self._output = CommittedFolder(target, suffix=".parquet", if_exists=chosen.if_exists)
        else:
            self._output = CommittedFile(target, if_exists=chosen.if_exists)
        self._way: Direct | Merging | None = None
        self._regroup = Regroup(rows=chosen.row_group_rows, bytes=chosen.row_group_bytes)
        self._groups = InOrder[Any](self._append, chosen.threads)
        self._file: DirectFile | MergedFile | None = None
        self._part: Part | None = None
        self._ended = False  # whether a file is complete

    def __enter__(self) -> Self:
        self._output.__enter__()
        return self

    def write(self, batch: pa.RecordBatch) -> None:
        """Take *batch*.  Raises `OptionError` where the target fails (a full disk), `DataError` for a value that does not fit."""
        if not batch.schema.equals(self._schema):
            raise InternalError("a batch does not have the schema that its sink was opened with", code="I0001")
        for group in self._regroup.add(batch):
            self._put(group)

    def _put(self, group: Group) -> None:
        if self._way is None:
            self._way = self._chosen_way(group)
        self._groups.put(self._way.encode, group)

    def _chosen_way(self, group: Group) -> Direct | Merging:
        """How the file is made, as suits *group*, the first."""
        keywords = suited(self._leaves, self._chosen, group)
        # Bloom filters follow their row groups in a merged file and each other in pyarrow's own: then files are merged.
        if self._chosen.threads == 1 and "bloom_filter_options" not in keywords:
            return Direct(self._schema, keywords)
        return Merging(self._schema, keywords, self._empty)

    def _append(self, group: Any) -> None:
        """Add an encoded row group to the file or part at hand; a full part ends."""
        file, way = self._current()
        way.append(file, group)
        if self._part is not None and file.size >= self._chosen.part_bytes:
            self._end()

    def _current(self) -> tuple[Any, Any]:
        """The file or part at hand, begun where there is none, and the way that made it."""
        if self._way is None:
            self._way = self._chosen_way([])
        if self._file is None:
            out: CommittedFile | Part
            if isinstance(self._output, CommittedFolder):
                out = self._part = self._output.part()
            else:
                out = self._output
            self._file = self._way.file(out.write)
        return self._file, self._way

    def _end(self) -> None:
        """Complete the file or part at hand."""
        file, _ = self._current()
        file.finish()
        if self._part is not None:
            self._part.note["rows"] = file.rows
            self._part.close()
        self._file = self._part = None
        self._ended = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            try:
                self._complete()
            except BaseException as failure:
                self._leave(type(failure), failure, failure.__traceback__)
                raise
        self._leave(kind, error, trace)

    def _complete(self) -> None:
        rest = self._regroup.rest()
        if rest:
            self._put(rest)
        self._groups.finish()
        if self._file is not None or not self._ended:
            self._end()

    def _leave(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.abandon()
        # The output first: a second Ctrl-C while threads finish must not leave it behind.
        try:
            self._output.__exit__(kind, error, trace)
        finally:
            self._groups.abandon()
