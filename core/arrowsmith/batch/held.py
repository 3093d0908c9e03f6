"""Refused records as Arrow has them: the rows of a quarantine, written and read again.

Invariant: reading gives the values that were written, in their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from arrowsmith.errors import DataError, OptionError, Place, code

NOT_HELD = code("O0407", "the file is no quarantine")
DAMAGED = code("R0306", "a quarantine cannot be read")

#: version of the form, in the schema's metadata
VERSION: Final = "1"
_KEY: Final = b"arrowsmith.quarantine"
_FIELDS: Final = (
    ("file", pa.string()),
    ("record", pa.int64()),
    ("offset", pa.int64()),
    ("length", pa.int64()),
    ("field", pa.string()),
    ("code", pa.string()),
    ("message", pa.string()),
    ("bytes", pa.binary()),
)
NAMES: Final = tuple(name for name, _ in _FIELDS)


def held_schema() -> pa.Schema:
    """The columns of a quarantine."""
    fields = [pa.field(name, kind, nullable=False) for name, kind in _FIELDS]
    return pa.schema(fields, metadata={_KEY: VERSION})


def held_batch(held: Sequence[Any]) -> pa.RecordBatch:
    """*held*, values with an attribute for each column, as a record batch."""
    columns = [pa.array([getattr(one, name) for one in held], kind) for name, kind in _FIELDS]
    return pa.RecordBatch.from_arrays(columns, schema=held_schema())


def read_held(path: str) -> Iterator[pa.RecordBatch]:
    """The batches of the quarantine *path*: Parquet, or Arrow IPC as file or stream.

    Raises `OptionError` for what is no quarantine or cannot be opened, `DataError` for one that is damaged.
    """
    try:
        with pa.OSFile(path, "rb") as file:
            magic = bytes(file.read(6))
            file.seek(0)
            yield from _batches(file, magic, path)
    except FileNotFoundError:
        raise OptionError(f"there is no file {path}", code=NOT_HELD) from None
    except (pa.ArrowException, OSError) as error:
        place = Place(file=path)
        said = str(error).splitlines()[0]
        raise DataError(f"the quarantine cannot be read: {said}", code=DAMAGED, place=place) from error


def _batches(file: Any, magic: bytes, path: str) -> Iterator[pa.RecordBatch]:
    if magic[:4] == b"PAR1":
        from pyarrow import parquet

        whole = parquet.ParquetFile(file)
        _check(whole.schema_arrow, path)
        yield from whole.iter_batches(columns=list(NAMES))
        return
    if magic != b"ARROW1" and magic[:4] != b"\xff\xff\xff\xff":
        raise _other(path)
    if magic == b"ARROW1":
        reader = pa.ipc.open_file(file)
        _check(reader.schema, path)
        yield from (reader.get_batch(n) for n in range(reader.num_record_batches))
    else:
        stream = pa.ipc.open_stream(file)
        _check(stream.schema, path)
        yield from stream


def _check(schema: pa.Schema, path: str) -> None:
    if (schema.metadata or {}).get(_KEY, b"").decode() != VERSION or not set(NAMES) <= set(schema.names):
        raise _other(path)


def _other(path: str) -> OptionError:
    return OptionError(
        f"{path} is no quarantine of this version",
        code=NOT_HELD,
        help="name a file that a run with --quarantine has written",
    )
