"""Record batches become JSON lines, in a file that appears whole or not at all.

Decimals are strings, bytes base64, dates and times ISO 8601, NaN and infinities strings, as in ``arrowsmith head --json``.
"""

from __future__ import annotations

import base64
import json
import math
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from arrowsmith.committed import CommittedFile, Target
from arrowsmith.errors import OptionError
from arrowsmith_toy.offers import COLUMN

_PLAIN = (
    pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_string, pa.types.is_large_string,
    pa.types.is_binary, pa.types.is_date, pa.types.is_timestamp, pa.types.is_time, pa.types.is_null,
)  # fmt: skip


def _writable(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _writable(kind.value_type)
    if pa.types.is_struct(kind) or pa.types.is_list(kind):
        return all(_writable(kind.field(i).type) for i in range(kind.num_fields))
    return any(fits(kind) for fits in _PLAIN)


class LinesWriter:
    """One open target; see `arrowsmith.interfaces.Writer`."""

    def __init__(self, target: Target, schema: pa.Schema, if_exists: str) -> None:
        for column in schema:
            if not _writable(column.type):
                raise OptionError(f"JSON lines have no form for the column {column.name}, {column.type}", code=COLUMN)
        self._file = CommittedFile(target, if_exists=if_exists)

    def __enter__(self) -> Self:
        self._file.__enter__()
        return self

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a line for each row of *batch*."""
        lines = (json.dumps(plain(row), ensure_ascii=False, allow_nan=False) for row in batch.to_pylist())
        self._file.write("".join(f"{line}\n" for line in lines).encode())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.__exit__(kind, error, trace)


def plain(value: Any) -> Any:
    """An Arrow value as JSON has it."""
    match value:
        case dict():
            return {name: plain(inner) for name, inner in value.items()}
        case list():
            return [plain(inner) for inner in value]
        case Decimal():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else value
