"""Offers the sink ``parquet``: record batches become one Parquet file, or a dataset of them.

Invariant: importing this package does not import pyarrow; opening a target does.
"""

from __future__ import annotations

from arrowsmith.hookspecs import hookimpl
from arrowsmith_parquet.sink import Parquet

ARROWSMITH_API = (0, 1)

__all__ = ["ARROWSMITH_API", "Parquet", "arrowsmith_sinks"]


@hookimpl
def arrowsmith_sinks() -> list[Parquet]:
    """The sink ``parquet``."""
    return [Parquet()]
