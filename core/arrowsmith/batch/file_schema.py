"""The schema of a file that was written: Parquet, or Arrow IPC as file or stream."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from arrowsmith.errors import DataError, Place, code

DAMAGED: Final = code("R0307", "the schema of a file cannot be read")
#: bytes of a file's beginning that tell
MAGIC: Final = 6


def file_schema(path: str) -> pa.Schema | None:
    """The schema of the file *path*; None where it is not one of those by its first bytes.

    Raises `DataError` where it is, and is damaged; OSError where it cannot be read.
    """
    with open(path, "rb") as file:
        magic = file.read(MAGIC)
    try:
        if magic[:4] == b"PAR1":
            from pyarrow import parquet

            return parquet.read_schema(path)
        if magic == b"ARROW1":
            with pa.OSFile(path, "rb") as opened:
                return pa.ipc.open_file(opened).schema
        if magic[:4] == b"\xff\xff\xff\xff":
            with pa.OSFile(path, "rb") as opened:
                return pa.ipc.open_stream(opened).schema
    except (pa.ArrowException, OSError) as error:
        said = str(error).splitlines()[0]
        raise DataError(f"its schema cannot be read: {said}", code=DAMAGED, place=Place(file=path)) from error
    return None
