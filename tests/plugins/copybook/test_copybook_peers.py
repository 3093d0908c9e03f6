"""Copybooks of a peer's own tests, where this machine has them: all are read, and give the schemas that the peer gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from arrowsmith.diagnostics import Source
from arrowsmith.interfaces import parse_options
from arrowsmith.layout.check import check
from arrowsmith.layout.nodes import Array, Group, Node, Overlay, Padding
from arrowsmith.layout.storage import stored
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
#: Options that decide about columns of their own, or are not ours to read.
APART = (
    "generate_",
    "segment",
    "redefine",
    "file_",
    "record_header",
    "record_trailer",
    "display_pic",
    "allow_",
    "minimum_",
    "maximum_",
)
SPARK = {"i32": "integer", "i64": "long", "utf8": "string", "binary": "binary", "f32": "float", "f64": "double"}


def columns(nodes: tuple[Node, ...]) -> list[Any]:
    """Column names and Spark's words for their types."""
    out: list[Any] = []
    for node in nodes:
        match node:
            case Padding():
                pass
            case Overlay():
                out += columns(node.views)
            case Group(name=""):
                out += columns(node.members)
            case Group():
                out.append([column(node.name), columns(node.members)])
            case Array():
                out.append([column(node.name), ["array", columns((node.element,))[0][1]]])
            case _:
                storage, logical = stored(node.type)  # type: ignore[union-attr]  # a field
                out.append([column(node.name), logical.replace(", ", ",") or SPARK[storage]])
    return out


def column(name: str) -> str:
    return name.replace("-", "_")


def expected(kind: Any) -> Any:
    if not isinstance(kind, dict):
        return kind
    if kind["type"] == "array":
        return ["array", expected(kind["elementType"])]
    return [[f["name"], expected(f["type"])] for f in kind["fields"]]


@pytest.mark.skipif(not CASES, reason="the peer's data are not on this machine")
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_peers_copybook(case: dict[str, Any]) -> None:
    options = {k: v for k, v in case["options"].items() if not k.startswith(APART)}
    if options.get("record_format") in ("VB", "FB"):
        options["record_format"] = options["record_format"][0]
        options = {k: v for k, v in options.items() if "bdw" not in k and "block" not in k}
    sources = [
        Source(name, (FOLDER / name).read_text(encoding="utf-8", errors="replace")) for name in case["copybooks"]
    ]
    format = Copybook()
    assert all(format.detect(source) for source in sources)
    made = format.parse(sources, parse_options(format.options, options), lambda name, source: source)
    assert [d.render() for d in check(made)] == []
    if case["expected_schema"] and not any(name.startswith("segment-children") for name in case["options"]):
        own = ("File_Id", "Record_Id", "Record_Byte_Length", "Seg_Id")
        wanted = [f for f in expected(case["expected_schema"]) if not f[0].startswith(own)]
        assert columns(made.record.members) == wanted
