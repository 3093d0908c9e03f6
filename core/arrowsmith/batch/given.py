"""Columns that no byte of a record gives, filled in for the rows of a batch: numbers, names, lengths, bytes, paths, refused fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrowsmith.batch.exploded import pruned
from arrowsmith.batch.frames import Facts
from arrowsmith.columns import Input


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One such column: its ``path`` in the rows, its Arrow ``type``, and what it holds, as `arrowsmith.layout.nodes.Generated` says;
    ``header``: what the file's header has, of ``shape``."""

    path: tuple[str, ...]
    type: Any
    what: str
    level: int = 0
    prefix: str = ""
    hex: bool = False
    shape: Any = None


@dataclass(slots=True)
class Gather:
    """Collects what the given columns of one batch are made of, in the order of its rows.  ``head``: what the header said, one row, by
    path; ``repeated``: the same for many rows, which batches of one file share, on any thread."""

    columns: Sequence[Given]
    file_number: int
    file_name: str
    head: Mapping[tuple[str, ...], Any] = field(default_factory=dict)
    repeated: dict[tuple[str, ...], Any] = field(default_factory=dict)
    rows: int = 0
    _facts: list[Facts] = field(default_factory=list)
    _bytes: list[bytes] = field(default_factory=list)
    _refused: list[tuple[int, str, bytes]] = field(default_factory=list)

    def wants(self, what: str) -> bool:
        """Whether some column holds *what*."""
        return any(column.what == what for column in self.columns)

    def add(self, facts: Facts | None, source: Input, first: int, count: int) -> None:
        """Frames *first* to *first* + *count* of *source*, of which *facts* are known, became the next rows."""
        self.rows += count
        if facts is not None:
            self._facts.append(facts.part(slice(first, first + count)))
        if self.wants("bytes"):
            view = source.memory.view
            for frame in range(first, first + count):
                start, length = source.bounds(frame)
                self._bytes.append(bytes(view[start : start + length]))

    def refuse(self, row: int, name: str, data: bytes) -> None:
        """In *row*, counted in the batch, the field *name* refused the bytes *data*."""
        self._refused.append((row, name, data))

    def arrays(self) -> dict[tuple[str, ...], Any]:
        """The columns of the rows so far; the next rows begin a new batch."""
        made = {column.path: self._array(column) for column in self.columns}
        self.rows, self._facts, self._bytes, self._refused = 0, [], [], []
        return made

    def _array(self, column: Given) -> Any:
        match column.what:
            case "file_number":
                return pa.array(np.full(self.rows, self.file_number, np.int32))
            case "file_name":
                return pa.repeat(pa.scalar(self.file_name, column.type), self.rows)
            case "number":
                return pa.array(self._joined([f.numbers for f in self._facts]))
            case "record":  # as errors have it
                own = [f.numbers if f.firsts is None else f.firsts for f in self._facts]
                return pa.array(self._joined(own) + 1)
            case "offset":
                return pa.array(self._joined([f.offsets for f in self._facts]))
            case "length":
                return pa.array(self._joined([f.lengths for f in self._facts]).astype(np.int32))
            case "bytes":
                return pa.array(self._bytes, column.type)
            case "path":
                return self._path(column)
            case "refused":
                return self._refusals(column)
            case "header":
                return self._beside(column)
        raise AssertionError(f"no column holds {column.what}")

    def _beside(self, column: Given) -> Any:
        """What the header has, for every row: batches share the memory of the longest that there was."""
        made = self.repeated.get(column.path)
        if made is None or len(made) < self.rows:
            one = pruned(column.shape, self.head[column.path[1:]], column.type)
            made = self.repeated[column.path] = one.take(pa.array(np.zeros(self.rows, np.int64)))
        return made.slice(0, self.rows)

    def _joined(self, parts: list[Any]) -> Any:
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)

    def _path(self, column: Given) -> Any:
        """``prefix_file_root``, below the top ``_Lnumber_count`` behind it; null where the record stands higher."""
        steps = [f.steps for f in self._facts if f.steps is not None]
        levels, roots = self._joined([s.levels for s in steps]), self._joined([s.roots for s in steps])
        around = f"{column.prefix}_{self.file_number}" if column.prefix else str(self.file_number)
        parts = [around, pc.cast(pa.array(roots), pa.string())]
        if column.level:
            counts = self._joined([s.counts[column.level - 1] for s in steps])
            parts += [f"L{column.level}", pc.cast(pa.array(counts), pa.string())]
        ids = pc.binary_join_element_wise(*parts, "_")
        there = pa.array(levels >= column.level)
        return pc.cast(pc.if_else(there, ids, pa.scalar(None, pa.string())), column.type)

    def _refusals(self, column: Given) -> Any:
        refused = sorted(self._refused, key=lambda entry: entry[0])
        rows = np.array([row for row, _, _ in refused], np.int64)
        ends = np.searchsorted(rows, np.arange(self.rows + 1, dtype=np.int64))
        struct = column.type.value_type
        values = [data.hex().upper() if column.hex else data for _, _, data in refused]
        names = pa.array([name for _, name, _ in refused], struct.field(0).type)
        items = pa.StructArray.from_arrays([names, pa.array(values, struct.field(1).type)], fields=list(struct))
        offset = np.int64 if pa.types.is_large_list(column.type) else np.int32
        kind: Any = pa.LargeListArray if offset is np.int64 else pa.ListArray
        return kind.from_arrays(pa.array(ends.astype(offset)), items, type=column.type)
