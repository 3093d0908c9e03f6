"""Offers the sinks ``arrow`` (an Arrow IPC file) and ``arrows`` (an Arrow IPC stream, also to standard output).

Invariant: importing this package does not import pyarrow; opening a target does.
"""

from __future__ import annotations

from arrowsmith.hookspecs import hookimpl
from arrowsmith_arrow.sink import ArrowFile, ArrowStream

ARROWSMITH_API = (0, 1)

__all__ = ["ARROWSMITH_API", "ArrowFile", "ArrowStream", "arrowsmith_sinks"]


@hookimpl
def arrowsmith_sinks() -> list[ArrowFile | ArrowStream]:
    """The sinks ``arrow`` and ``arrows``."""
    return [ArrowFile(), ArrowStream()]
