"""What every sink promises (docs/write-a-sink.md)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from arrowsmith.errors import ArrowsmithError, OptionError
from arrowsmith.interfaces import Options, Sink, parse_options

_FIELDS: list[pa.Field[Any]] = [
    pa.field("id", pa.int64()),
    pa.field("name", pa.utf8()),
    pa.field("amount", pa.decimal128(11, 2)),
    pa.field("flags", pa.list_(pa.bool_())),
    pa.field("place", pa.struct([pa.field("x", pa.float64()), pa.field("y", pa.float32())])),
]
SCHEMA = pa.schema(_FIELDS)

#: the Arrow types that `arrowsmith.layout.schema` maps to
KINDS: list[Any] = [
    pa.bool_(), pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(), pa.float32(),
    pa.float64(), pa.decimal128(9, 2), pa.decimal128(38, 0), pa.utf8(), pa.binary(), pa.date32(), pa.timestamp("us"),
    pa.timestamp("us", "UTC"), pa.time64("us"), pa.dictionary(pa.int32(), pa.utf8()),
    pa.struct([pa.field("a", pa.int32()), pa.field("b", pa.list_(pa.utf8()))]),
]  # fmt: skip


def rows(count: int) -> pa.Table:
    """*count* rows of `SCHEMA`, with nulls."""
    made = [
        {
            "id": None if i % 7 == 3 else i,
            "name": None if i % 5 == 2 else f"näme {i % 11}",
            "amount": Decimal(i * 37 - 500) / 100,
            "flags": None if i % 4 == 1 else [bool(i & 1)] * (i % 3),
            "place": {"x": i / 3, "y": None if i % 2 else 0.5},
        }
        for i in range(count)
    ]
    return pa.Table.from_pylist(made, SCHEMA)


class SinkSuite:
    """Subclass it as ``TestMine``; give the fixture ``sink`` and `read_back`.  ``suffix``: of the targets; ``refused``: a type that
    it cannot write."""

    suffix = ""
    refused: pa.DataType | None = None

    @pytest.fixture
    def sink(self) -> Sink:
        """The sink under test."""
        pytest.fail("give a fixture called sink")

    def read_back(self, target: Path) -> pa.Table:
        """What was written to *target*, read by something else."""
        pytest.fail("read the target")

    def write(self, sink: Sink, target: Path, batches: list[pa.RecordBatch], schema: pa.Schema = SCHEMA) -> None:
        """Write *batches* to *target*."""
        with sink.open(target, schema, parse_options(sink.options, {})) as writer:
            for batch in batches:
                writer.write(batch)

    def interrupted(self, sink: Sink, target: Path, error: BaseException, options: Options | None = None) -> None:
        """Write a little to *target*, then raise *error* inside the ``with`` block."""
        with sink.open(target, SCHEMA, options or parse_options(sink.options, {})) as writer:
            writer.write(rows(10).to_batches()[0])
            raise error

    def test_s1_what_is_written_reads_back_equal(self, sink: Sink, tmp_path: Path) -> None:
        """S1. What is written reads back equal, nulls included."""
        target = tmp_path / f"out{self.suffix}"
        table = rows(1000)
        self.write(sink, target, table.to_batches())

        assert self.read_back(target).to_pylist() == table.to_pylist()

    @pytest.mark.parametrize("empty", ["no batches", "no rows"])
    def test_s2_nothing_is_written_well(self, sink: Sink, tmp_path: Path, empty: str) -> None:
        """S2. No batches, and batches without rows, give a target with the schema and no rows."""
        target = tmp_path / f"out{self.suffix}"
        self.write(
            sink,
            target,
            [] if empty == "no batches" else rows(0).to_batches() or [pa.RecordBatch.from_pylist([], SCHEMA)],
        )

        assert self.read_back(target).num_rows == 0
        assert self.read_back(target).schema.names == SCHEMA.names

    def test_s3_an_exception_leaves_no_target_behind(self, sink: Sink, tmp_path: Path) -> None:
        """S3. An exception inside the ``with`` block, KeyboardInterrupt included, leaves nothing behind."""
        for error in (ValueError("broken"), KeyboardInterrupt()):
            target = tmp_path / f"out{self.suffix}"
            with pytest.raises(type(error)):
                self.interrupted(sink, target, error)
            assert list(tmp_path.iterdir()) == []

    def test_s3_an_existing_target_is_untouched(self, sink: Sink, tmp_path: Path) -> None:
        """S3. A target that exists is an OptionError, unless it is to be replaced, and stays as it was."""
        target = tmp_path / f"out{self.suffix}"
        self.write(sink, target, rows(3).to_batches())
        before = self.read_back(target)
        with pytest.raises(OptionError):
            self.write(sink, target, rows(5).to_batches())

        assert self.read_back(target).equals(before)

    def test_s4_batch_boundaries_are_invisible(self, sink: Sink, tmp_path: Path) -> None:
        """S4. The same rows in other batches read back the same."""
        table = rows(100)
        first, second = tmp_path / f"a{self.suffix}", tmp_path / f"b{self.suffix}"
        self.write(sink, first, table.to_batches())
        self.write(sink, second, table.to_batches(max_chunksize=7))

        assert self.read_back(first).combine_chunks().equals(self.read_back(second).combine_chunks())

    def test_s5_an_unsupported_type_is_an_error_before_the_first_write(self, sink: Sink, tmp_path: Path) -> None:
        """S5. A type that the sink cannot write is an error when the target is opened, and nothing is created."""
        if self.refused is None:
            pytest.skip("this sink writes every type")
        schema = pa.schema([pa.field("x", self.refused)])
        arguments: dict[str, Any] = parse_options(sink.options, {})  # type: ignore[assignment]  # read-only mapping
        with pytest.raises(ArrowsmithError):
            sink.open(tmp_path / f"out{self.suffix}", schema, arguments).__enter__()

        assert list(tmp_path.iterdir()) == []

    def test_s6_replacing_keeps_the_old_target_until_the_commit(self, sink: Sink, tmp_path: Path) -> None:
        """S6. Where the sink has the option `if_exists`, replacing leaves the old target as it is until the new one is complete."""
        if not any(option.name == "if_exists" for option in sink.options):
            pytest.skip("this sink never replaces")
        target = tmp_path / f"out{self.suffix}"
        self.write(sink, target, rows(3).to_batches())
        before = self.read_back(target)
        replace = parse_options(sink.options, {"if_exists": "replace"})
        with pytest.raises(ValueError, match="broken"):
            self.interrupted(sink, target, ValueError("broken"), replace)
        assert self.read_back(target).equals(before)

        with sink.open(target, SCHEMA, replace) as writer:
            for batch in rows(5).to_batches():
                writer.write(batch)
        assert self.read_back(target).num_rows == 5

    @pytest.mark.parametrize("kind", KINDS, ids=str)
    def test_s7_every_type_of_a_layout_is_written_or_refused_at_once(
        self, sink: Sink, tmp_path: Path, kind: pa.DataType
    ) -> None:
        """S7. Every type that a Layout can give is written, values and nulls, or is an OptionError when the target is opened."""
        schema = pa.schema([pa.field("x", kind), pa.field("xs", pa.list_(kind))])
        target = tmp_path / f"out{self.suffix}"
        null: Any = [None, None, None]
        empty: Any = [[None], [], None]
        batch = pa.RecordBatch.from_arrays(
            [pa.array(null, kind), pa.array(empty, schema.field("xs").type)], schema=schema
        )
        try:
            writer = sink.open(target, schema, parse_options(sink.options, {}))
        except OptionError:
            assert list(tmp_path.iterdir()) == []
            return
        with writer:
            writer.write(batch)

        assert target.exists()
