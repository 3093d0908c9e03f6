"""A table of orders, and the sink ``parquet`` that it is written with."""

from __future__ import annotations

import datetime
import hashlib
import math
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from arrowsmith.interfaces import parse_options
from arrowsmith_parquet import Parquet

SINK = Parquet()


def write(target: Any, schema: pa.Schema, batches: Iterable[pa.RecordBatch], **options: Any) -> None:
    given = {name.replace("__", "."): value for name, value in options.items()}
    with SINK.open(target, schema, parse_options(SINK.options, given)) as writer:
        for batch in batches:
            writer.write(batch)


def table_of(rows: int) -> pa.Table:
    """A column of each shape that a Layout gives, values in the first row group unlike those in later ones."""
    n = range(rows)
    day = datetime.date(2020, 1, 1)
    return pa.table(
        {
            "id": pa.array(n, pa.int64()),
            "small": pa.array([i % 100 - 50 for i in n], pa.int16()),
            "unsigned": pa.array([i * 40_000 % 2**32 for i in n], pa.uint32()),
            "ratio": pa.array([math.sin(i) for i in n], pa.float64()),
            "flag": pa.array([i % 3 == 0 if i % 7 else None for i in n], pa.bool_()),
            "status": pa.array(["open", "closed", None, "held"][i % 4] for i in n),
            "name": pa.array([f"naïve {i:05d}" if i % 11 else None for i in n], pa.string()),
            "raw": pa.array([bytes([i % 256]) * (i % 5) for i in n], pa.binary()),
            "price": pa.array([Decimal(i * 7919 % 10**9).scaleb(-2) if i % 5 else None for i in n], pa.decimal128(9, 2)),
            "amount": pa.array([-Decimal(i * 104729).scaleb(-2) for i in n], pa.decimal128(18, 2)),
            "total": pa.array([Decimal(10**25 + i) for i in n], pa.decimal128(30, 0)),
            "born": pa.array([day + datetime.timedelta(days=i % 5000) for i in n], pa.date32()),
            "seen": pa.array([datetime.datetime(2021, 1, 1) + datetime.timedelta(seconds=i) for i in n], pa.timestamp("us")),
            "kind": pa.DictionaryArray.from_arrays(pa.array([i % 3 for i in n], pa.int8()), ["a", "b", "c"]),
            "late": pa.array([None if i < rows - 3 else i for i in n], pa.int32()),
            "lines": pa.array(
                [[{"sku": str(i % 9), "qty": k} for k in range(i % 4)] if i % 13 else None for i in n],
                pa.list_(pa.struct({"sku": pa.string(), "qty": pa.int32()})),
            ),
            "address": pa.array([{"city": f"c{i % 3}", "no": i} if i % 6 else None for i in n]),
        }
    )  # fmt: skip


TABLE = table_of(2500)


def equal(back: pa.Table, table: pa.Table = TABLE) -> bool:
    """Whether *back* is *table*, where dictionaries may be numbered otherwise: a reader makes its own, and older ones than
    pyarrow 20 give it indices of their own type."""
    assert pa.types.is_dictionary(back.schema.field("kind").type)
    decoded = table.schema.set(table.schema.get_field_index("kind"), pa.field("kind", pa.string()))
    return bool(back.cast(decoded).equals(table.cast(decoded)))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
