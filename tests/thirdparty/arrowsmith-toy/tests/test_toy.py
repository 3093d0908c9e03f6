"""All there is to test a plugin: a suite for each offer, and `.case` files beside this."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import arrowsmith_toy
import pyarrow as pa
import pytest

import arrowsmith
from arrowsmith import registry
from arrowsmith.interfaces import Format, Framer, Sink, Transform
from arrowsmith.layout.expr import Const
from arrowsmith.layout.framing import Fixed
from arrowsmith.layout.nodes import Field, Group, Layout, Record, Table
from arrowsmith.layout.types import Bytes
from arrowsmith.testing import FormatSuite, FramerSuite, SinkSuite, TransformSuite
from arrowsmith.testing.suites.sinks import SCHEMA


class TestFields(FormatSuite):
    """The format ``fields`` fulfils the contract of formats."""

    good = "samples/*.fields"
    bad = "samples/bad/*.fields"

    @pytest.fixture
    def format(self) -> Format:
        return arrowsmith_toy.Fields()


class TestLittleEndianFields(TestFields):
    """So it does with other options."""

    options = {"order": "little", "charset": "cp037"}


class TestPascal(FramerSuite):
    """The framer ``pascal`` fulfils the contract of framers."""

    samples = ((b"\x03abc\x00\x02de", (b"abc", b"", b"de")), (b"\xff" + b"x" * 255, (b"x" * 255,)))

    @pytest.fixture
    def framer(self) -> Framer:
        return arrowsmith_toy.Pascal()


class TestRuns(TransformSuite):
    """The transform ``toy.runs`` fulfils the contract of transforms."""

    samples = ((b"\x03a\x01b", (0,), b"aaab"), (b"\x00a\x01b", (1,), b"abb"), (b"", (0,), b""))

    @pytest.fixture
    def transform(self) -> Transform:
        return arrowsmith_toy.Runs()


class TestJsonLines(SinkSuite):
    """The sink ``jsonl`` fulfils the contract of sinks."""

    suffix = ".jsonl"
    refused = pa.dense_union([pa.field("a", pa.int8())])

    @pytest.fixture
    def sink(self) -> Sink:
        return arrowsmith_toy.JsonLines()

    def read_back(self, target: Path) -> pa.Table:
        rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            row["amount"] = row["amount"] and Decimal(row["amount"])
        return pa.Table.from_pylist(rows, SCHEMA)


def test_it_is_found_by_its_entry_point() -> None:
    """An installed plugin needs no other registration, and has no fault."""
    found = next(plugin for plugin in registry.load().plugins if plugin.distribution == "arrowsmith-toy")

    assert found.error == ""
    assert found.offers == ("format fields", "framer pascal", "transform toy.runs", "sink jsonl")


def test_from_one_end_to_the_other(tmp_path: Path) -> None:
    """Its format and its sink are found by their suffixes."""
    dictionary, data, output = tmp_path / "a.fields", tmp_path / "a.dat", tmp_path / "a.jsonl"
    dictionary.write_text("id u16\nname text 4\namount packed 5.2\n")
    data.write_bytes(b"\x00\x01ab  \x12\x34\x5c" + b"\x00\x02cdef\x00\x00\x1d")

    report = arrowsmith.convert(dictionary, data, output)

    rows: list[Any] = [json.loads(line) for line in output.read_text().splitlines()]
    assert rows == [{"id": 1, "name": "ab", "amount": "123.45"}, {"id": 2, "name": "cdef", "amount": "-0.01"}]
    assert report.rows == 2


def test_with_its_framer() -> None:
    """What the dictionary says of one record holds for each that the framer finds."""
    dictionary = arrowsmith.text("id u16\nname text 2\n", name="a.fields")
    table = arrowsmith.read(dictionary, b"\x04\x00\x01ab\x04\x00\x02cd", framer="pascal")

    assert table.to_pylist() == [{"id": 1, "name": "ab"}, {"id": 2, "name": "cd"}]


def test_with_its_transform() -> None:
    """What a dictionary of any format means may name it."""
    letters = Group(
        name="", transform=("toy.runs", (Const(1),)), members=(Field(name="letters", type=Bytes(size=None)),)
    )
    record = Record(name="R", members=(letters,))

    table = arrowsmith.read(
        Layout(name="r", tables=(Table(record=record),), framing=Fixed(size=4)), b"\x02a\x00b\0c\0d"
    )

    assert table.to_pylist() == [{"letters": b"aaab"}, {"letters": b"cd"}]
