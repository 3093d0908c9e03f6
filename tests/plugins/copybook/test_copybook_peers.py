"""Copybooks of a peer's own tests, where this machine has them: all are read, and give the schemas that the peer gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pytest

from arrowsmith.diagnostics import Source
from arrowsmith.interfaces import parse_options
from arrowsmith.layout.check import check
from arrowsmith.layout.schema import arrow_schema, table_shape
from arrowsmith_copybook.format import Copybook

#: A fixture: text → what it says.
Reads: TypeAlias = Callable[..., Any]

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "copybook"
#: Those whose options are not wrong on purpose.
CASES = [
    case
    for case in (json.loads((FOLDER / "cases.json").read_text(encoding="utf-8")) if FOLDER.is_dir() else [])
    if not case["expects_error"]
]


def spark(kind: pa.DataType) -> Any:
    """An Arrow type in Spark's words."""
    if pa.types.is_struct(kind):
        return [[field.name, spark(field.type)] for field in kind]
    if pa.types.is_list(kind):
        return ["array", spark(kind.value_type)]
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    words = {"int32": "integer", "int64": "long", "float": "float"}
    return words.get(str(kind), str(kind))


def expected(kind: Any) -> Any:
    if not isinstance(kind, dict):
        return kind
    if kind["type"] == "array":
        return ["array", expected(kind["elementType"])]
    return [[f["name"], expected(f["type"])] for f in kind["fields"]]


@pytest.mark.skipif(not CASES, reason="the peer's data are not on this machine")
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_peers_copybook(case: dict[str, Any]) -> None:
    sources = [
        Source(name, (FOLDER / name).read_text(encoding="utf-8", errors="replace")) for name in case["copybooks"]
    ]
    format = Copybook()
    assert all(format.detect(source) for source in sources)
    made = format.parse(sources, parse_options(format.options, case["options"]), lambda name, source: source)
    assert [d.render() for d in check(made)] == []
    if case["expected_schema"]:
        schema = arrow_schema(table_shape(made))
        assert spark(pa.struct(list(schema))) == expected(case["expected_schema"])
