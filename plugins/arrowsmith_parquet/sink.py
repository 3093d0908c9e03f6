"""The sink ``parquet`` as core sees it: its name, its options, and the way to open a target.

Invariant: nothing here imports pyarrow before `Parquet.open` is called.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from arrowsmith.committed import Target
from arrowsmith.interfaces import Option, Options
from arrowsmith_parquet.options import OPTIONS, settings

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith_parquet.writer import ParquetWriter


def _is_folder(target: Target) -> bool:
    """Whether *target* is written like a folder: with a trailing separator."""
    if not isinstance(target, str | os.PathLike):
        return False
    return os.fspath(target).endswith(tuple(filter(None, (os.sep, os.altsep))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parquet:
    """Parquet files.  A target with a trailing ``/`` (or the option ``dataset``) is a folder of parts."""

    name: str = "parquet"
    suffixes: tuple[str, ...] = (".parquet", ".pq")
    options: tuple[Option, ...] = field(default=OPTIONS, repr=False)

    def open(self, target: Target, schema: pa.Schema, options: Options) -> ParquetWriter:
        """A writer to *target*; *options* comes from `parse_options`.

        Raises `OptionError` for a column whose type Parquet cannot hold, and for an option that names no column or that
        pyarrow refuses.  Nothing is created before the ``with`` block is entered.
        """
        from arrowsmith_parquet.writer import ParquetWriter

        chosen = settings(options)
        dataset = chosen.dataset if chosen.dataset is not None else _is_folder(target)
        return ParquetWriter(target, schema, chosen, dataset=dataset)

    def metadata(self, target: str) -> Mapping[str, str]:
        """What the schema of the file *target*, or of the first part of a dataset, says."""
        import pyarrow as pa
        from pyarrow import parquet

        parts = sorted(Path(target).glob("*.parquet")) if os.path.isdir(target) else [Path(target)]
        try:
            said = parquet.read_schema(parts[0]).metadata if parts else None
        except (OSError, pa.ArrowException):
            return {}
        return {key.decode(): value.decode("utf-8", "replace") for key, value in (said or {}).items()}
