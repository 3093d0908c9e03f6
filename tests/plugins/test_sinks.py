"""Our own sinks keep the contract that anybody's keep (docs/write-a-sink.md)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arrowsmith.testing import SinkSuite
from arrowsmith_arrow import ArrowFile, ArrowStream
from arrowsmith_parquet import Parquet


class TestParquet(SinkSuite):
    """Parquet files."""

    suffix = ".parquet"
    refused = pa.month_day_nano_interval()

    @pytest.fixture
    def sink(self) -> Parquet:
        return Parquet()

    def read_back(self, target: Path) -> pa.Table:
        return pq.read_table(target)


class TestArrowFile(SinkSuite):
    """Arrow IPC files."""

    suffix = ".arrow"

    @pytest.fixture
    def sink(self) -> ArrowFile:
        return ArrowFile()

    def read_back(self, target: Path) -> pa.Table:
        return pa.ipc.open_file(target).read_all()


class TestArrowStream(SinkSuite):
    """Arrow IPC streams."""

    suffix = ".arrows"

    @pytest.fixture
    def sink(self) -> ArrowStream:
        return ArrowStream()

    def read_back(self, target: Path) -> pa.Table:
        return pa.ipc.open_stream(target).read_all()
