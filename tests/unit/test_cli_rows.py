"""Rows on the command line: what JSON has for every value, and tables without anything that a terminal would obey."""

from __future__ import annotations

import datetime
import json
import math
import os
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from arrowsmith.cli import rows
from arrowsmith.cli.rows import cell, json_line, json_value, print_table


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (1 << 53, 1 << 53),
        ((1 << 53) + 1, "9007199254740993"),
        (-(1 << 53) - 1, "-9007199254740993"),
        ((1 << 64) - 1, "18446744073709551615"),
        (Decimal("1.50"), "1.50"),
        (Decimal("0E-10"), "0.0000000000"),
        (Decimal("1E+3"), "1000"),
        (b"\x00\xff", "AP8="),
        (b"", ""),
        (0.1, 0.1),
        (-0.0, -0.0),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        (datetime.date(2024, 2, 29), "2024-02-29"),
        (datetime.datetime(2024, 2, 29, 1, 2, 3, 4), "2024-02-29T01:02:03.000004"),
        (datetime.time(1, 2, 3), "01:02:03"),
        ([1 << 60, {"a": b"x"}], ["1152921504606846976", {"a": "eA=="}]),
    ],
)
def test_each_value_has_its_form_in_json(value: Any, expected: Any) -> None:
    assert json_value(value) == expected
    assert type(json_value(value)) is type(expected)


def test_value_of_no_known_kind_is_a_fault_of_ours() -> None:
    with pytest.raises(TypeError, match="no JSON for object"):
        json_value(object())


def test_half_precision_floats_are_numbers() -> None:
    value = pa.array([np.float16(1.5)], pa.float16()).to_pylist()[0]

    assert json_value(value) == 1.5


def test_json_lines_read_back_and_hold_nothing_that_a_terminal_obeys() -> None:
    row = {"Größe": "\x1b[2J\x9b\u202e\u2028é \U000e0001😀\n", "b": "\\u"}
    line = json_line(row)

    assert json.loads(line) == row
    assert line.isprintable()
    assert "é" in line
    assert "😀" in line


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("a\x1b[31mb\nc", "a\\x1b[31mb\\nc"),
        (b"\x01\xff", "01 ff"),
        ([{"a": Decimal("1.0")}, None], '[{"a": "1.0"}, null]'),
        (Decimal("-0.10"), "-0.10"),
        (True, "true"),
        (math.nan, "NaN"),
        (12345678901234567890, "12345678901234567890"),
    ],
)
def test_cells_of_a_table(value: Any, expected: str) -> None:
    assert cell(value) == expected


TABLE = pa.table(
    {
        "id": pa.array([1, 22], pa.int64()),
        "who": pa.array([{"name": "Zoë", "at": {"x": 1}}, None], pa.struct([("name", pa.utf8()), ("at", pa.struct([("x", pa.int8())]))])),
        "tags": pa.array([["a"], []], pa.list_(pa.utf8())),
    }
)  # fmt: skip


def test_table_is_whole_where_nobody_sees_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(TABLE)

    assert capsys.readouterr().out.splitlines() == [
        "id  who.name  who.at.x  tags",
        "──  ────────  ────────  ─────",
        ' 1  Zoë              1  ["a"]',
        "22                      []",
    ]


def as_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(rows.sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(rows.shutil, "get_terminal_size", lambda: os.terminal_size((width, 24)))


def test_narrow_terminal_gets_a_block_a_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    as_terminal(monkeypatch, 20)
    monkeypatch.setenv("NO_COLOR", "1")
    print_table(TABLE)

    assert capsys.readouterr().out.splitlines() == [
        "── row 1 ──",
        "id        1",
        "who.name  Zoë",
        "who.at.x  1",
        'tags      ["a"]',
        "── row 2 ──",
        "id        22",
        "who.name",
        "who.at.x",
        "tags      []",
    ]


def test_headline_stands_out_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    as_terminal(monkeypatch, 80)
    monkeypatch.delenv("NO_COLOR", raising=False)
    print_table(TABLE)

    assert capsys.readouterr().out.startswith("\x1b[1mid  who.name  who.at.x  tags\x1b[0m\n──")


def test_wide_characters_keep_columns_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(pa.table({"a": ["日本", "x"], "b": ["1", "2"]}))

    assert capsys.readouterr().out.splitlines()[2:] == ["日本  1", "x     2"]


def test_table_without_columns_or_rows(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(pa.table({}))
    print_table(TABLE.slice(0, 0))

    assert capsys.readouterr().out.splitlines()[2] == "id  who.name  who.at.x  tags"
