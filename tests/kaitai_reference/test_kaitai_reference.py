"""Descriptions of our own of real formats, on real files: our rows have the values of the classes that the reference compiler makes.

Run by `tox -e kaitai-reference`: node, npm and the package kaitaistruct are needed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

import arrowsmith

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "benchmarks")]

import kaitai_compiler  # noqa: E402  # on the path above
import samples  # noqa: E402  # on the path above

FILES: dict[str, Callable[[], bytes]] = {
    "png": samples.png,
    "gif": samples.gif,
    "zip": samples.zipped,
    "elf": samples.elf,
    "wav": samples.wav,
    "dbf": samples.dbf,
    "sqlite3": samples.sqlite,
    "tzif": samples.tzif,
    "utmp": samples.utmp,
    "bmp": samples.bmp,
    "pcap": samples.pcap,
}

#: the repeated fields whose elements are rows
ROWS = {
    "pcap": "packets",
    "zip": "sections",
    "utmp": "records",
    "png": "chunks",
    "dbf": "records",
    "tzif": "wide.kinds",
}


def differences(made: Any, wanted: Any, path: str = "") -> list[str]:
    """Where the row *made* and the object *wanted* differ: every column, and every member that was read."""
    if isinstance(made, dict):
        return _of_struct(made, wanted, path)
    if isinstance(made, list):
        if not isinstance(wanted, list) or len(made) != len(wanted):
            return [f"{path}: {made!r} and {wanted!r}"[:200]]
        return [
            found
            for n, (a, b) in enumerate(zip(made, wanted, strict=True))
            for found in differences(a, b, f"{path}[{n}]")
        ]
    if isinstance(wanted, IntEnum):
        wanted = wanted.name
    elif isinstance(made, str) and isinstance(wanted, int):  # a number without a label
        wanted = str(wanted)
    if isinstance(made, float) and isinstance(wanted, float) and math.isclose(made, wanted):
        return []
    return [] if type(made) is type(wanted) and made == wanted else [f"{path}: {made!r} and {wanted!r}"[:200]]


def _of_struct(made: dict[str, Any], wanted: Any, path: str) -> list[str]:
    if not any(hasattr(wanted, name) for name in made):  # the alternatives of a switch
        there = [value for value in made.values() if value is not None]
        if not there:
            return [] if wanted is None else [f"{path}: nothing and {wanted!r}"]
        return differences(there[0], wanted, path) if len(there) == 1 else [f"{path}: several alternatives"]
    read = {name for name in vars(wanted) if not name.startswith("_")}
    found = [f"{path}.{name}: no column" for name in sorted(read - made.keys())]
    for name, value in made.items():
        found += differences(value, getattr(wanted, name, None), f"{path}.{name}")
    return found


@pytest.fixture(scope="module", autouse=True)
def compiler() -> None:
    """Skips where the reference compiler cannot be had."""
    try:
        kaitai_compiler.compiler()
    except kaitai_compiler.Missing as why:
        pytest.skip(str(why))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("emitter", ["vm", "x86-64"])
def test_the_row_has_the_values_of_the_reference(name: str, emitter: str, tmp_path: Path) -> None:
    data = FILES[name]()
    described = HERE / "descriptions" / f"{name}.ksy"
    wanted = kaitai_compiler.reference(described.read_text(), tmp_path).from_bytes(data)
    (row,) = arrowsmith.read(described, data, format="kaitai", emitter=emitter).to_pylist()
    assert differences(row, wanted) == []


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_the_elements_of_the_reference(name: str, tmp_path: Path) -> None:
    data = FILES[name]()
    described = HERE / "descriptions" / f"{name}.ksy"
    wanted = kaitai_compiler.reference(described.read_text(), tmp_path).from_bytes(data)
    for step in ROWS[name].split("."):
        wanted = getattr(wanted, step)
    rows = arrowsmith.read(described, data, format="kaitai", options={"rows": ROWS[name]}, emitter="x86-64").to_pylist()
    assert len(rows) == len(wanted)
    for number, (row, one) in enumerate(zip(rows, wanted, strict=True)):
        own = {column: value for column, value in row.items() if hasattr(one, column)}
        assert differences(own, one, f"[{number}]") == []


def test_differences_are_found() -> None:
    class Made:
        def __init__(self, **members: Any) -> None:
            vars(self).update(members)

    wanted = Made(a=1, b=[Made(c=b"x")], d=None)
    assert differences({"a": 1, "b": [{"c": b"x"}], "d": None}, wanted) == []
    assert differences({"a": 2, "b": [{"c": b"y"}]}, wanted) == [
        ".d: no column",
        ".a: 2 and 1",
        ".b[0].c: b'y' and b'x'",
    ]
