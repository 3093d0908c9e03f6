"""Our sinks fulfil the public contract of sinks."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from arrowsmith import registry as registries
from arrowsmith.interfaces import Sink
from arrowsmith.testing import SinkSuite


class TestParquet(SinkSuite):
    """Parquet files."""

    suffix = ".parquet"
    refused = pa.dense_union([pa.field("a", pa.int8())])

    @pytest.fixture
    def sink(self) -> Sink:
        return registries.load().sink("parquet")

    def read_back(self, target: Path) -> pa.Table:
        return pyarrow.parquet.read_table(target)


class TestArrowFile(SinkSuite):
    """Arrow IPC files."""

    suffix = ".arrow"

    @pytest.fixture
    def sink(self) -> Sink:
        return registries.load().sink("arrow")

    def read_back(self, target: Path) -> pa.Table:
        return pyarrow.feather.read_table(target)


class TestArrowStream(SinkSuite):
    """Arrow IPC streams."""

    suffix = ".arrows"

    @pytest.fixture
    def sink(self) -> Sink:
        return registries.load().sink("arrows")

    def read_back(self, target: Path) -> pa.Table:
        with pa.OSFile(str(target)) as file, pa.ipc.open_stream(file) as reader:
            return reader.read_all()
