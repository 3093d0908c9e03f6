"""The sinks ``arrow`` and ``arrows`` as core sees them: names, options, and the way to open a target.

Invariant: nothing here imports pyarrow before `open` is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from arrowsmith.committed import Target
from arrowsmith.interfaces import Option, Options

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith_arrow.writer import ArrowWriter

OPTIONS: Final = (
    Option("compression", str, "none", "codec of the buffers; none can be read in place", choices=("none", "lz4", "zstd")),
    Option("compression_level", int, None, "level of the codec"),
    Option("batch_rows", int, 64 << 10, "rows of a record batch at most"),
    Option("batch_bytes", int, 32 << 20, "bytes of a record batch at most"),
    Option("threads", int, None, "1 compresses on one thread; otherwise pyarrow's own threads do"),
    Option("if_exists", str, "fail", "what to do where the target exists", choices=("fail", "replace")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrowFile:
    """Arrow IPC files: batches, then a footer that finds each of them."""

    name: str = "arrow"
    suffixes: tuple[str, ...] = (".arrow", ".feather")
    options: tuple[Option, ...] = field(default=OPTIONS, repr=False)

    def open(self, target: Target, schema: pa.Schema, options: Options) -> ArrowWriter:
        """A writer to *target*; *options* comes from `parse_options`.

        Raises `OptionError` for a column whose type Arrow IPC cannot hold.  Nothing is created before the ``with`` block is
        entered.
        """
        from arrowsmith_arrow.writer import ArrowWriter

        return ArrowWriter(target, schema, options, stream=False)

    def metadata(self, target: str) -> Mapping[str, str]:
        """What the schema of the file *target* says."""
        return _metadata(target, "open_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrowStream:
    """Arrow IPC streams: batches one after the other, to be read as they come."""

    name: str = "arrows"
    suffixes: tuple[str, ...] = (".arrows",)
    options: tuple[Option, ...] = field(default=OPTIONS, repr=False)

    def open(self, target: Target, schema: pa.Schema, options: Options) -> ArrowWriter:
        """A writer to *target*, where ``-`` is standard output.  Raises as `ArrowFile.open` does."""
        from arrowsmith_arrow.writer import ArrowWriter

        return ArrowWriter(target, schema, options, stream=True)

    def metadata(self, target: str) -> Mapping[str, str]:
        """What the schema of the file *target* says."""
        return _metadata(target, "open_stream")


def _metadata(target: str, how: str) -> dict[str, str]:
    """The metadata of the schema in *target*, opened by pyarrow's function *how*; nothing where it is none of those."""
    import pyarrow as pa
    from pyarrow import ipc

    try:
        with pa.OSFile(target, "rb") as file, getattr(ipc, how)(file) as reader:
            said = reader.schema.metadata
    except (OSError, pa.ArrowException):
        return {}
    return {key.decode(): value.decode("utf-8", "replace") for key, value in (said or {}).items()}
