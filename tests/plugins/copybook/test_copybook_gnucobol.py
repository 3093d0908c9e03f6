"""A glance at what ``tox -e gnucobol`` does at length: one program of GnuCOBOL, where this machine has it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "gnucobol"


@pytest.fixture(scope="module")
def modules() -> Iterator[dict[str, ModuleType]]:
    """The modules of tests/gnucobol, which import each other by their plain names."""
    loaded = {}
    for name in ("records", "programs", "comparing"):
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        loaded[name] = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded[name])
    yield loaded
    for name in loaded:
        del sys.modules[name]


@pytest.mark.parametrize("in_ebcdic", [False, True])
def test_a_program_of_gnucobol(modules: dict[str, ModuleType], tmp_path: Path, in_ebcdic: bool) -> None:
    """Zoned, packed, binary, float, edited and text items, a group's usage, slack and a table have their printed values."""
    programs, node = modules["programs"], modules["records"].Node
    if programs.COBC is None:
        pytest.skip("this machine has no cobc (Debian: gnucobol3)")
    number = {"kind": "number", "values": ("-12.5", "0", "7"), "places": (5, 2)}
    counter = node(name="N-OF", kind="number", clauses="PIC 9", values=("2", "0", "1"), places=(5, 0), display=True)
    record = node(
        name="A-RECORD",
        kind="group",
        members=(
            node(name="A-ZONED", clauses="PIC S9(3)V99", display=True, **number),
            node(name="A-APART", clauses="PIC S9(3)V9 SIGN LEADING SEPARATE", display=True, **number),
            node(name="A-ALIGNED", clauses="PIC S9(5)V99 COMP SYNC", **number),
            node(
                name="A-INNER",
                kind="group",
                clauses="COMP-3",
                members=(node(name="A-PACKED", clauses="PIC S9(4)V9", **number),),
            ),
            node(name="A-UNSIGNED", clauses="PIC 9(3)V9 COMP-6", **number),
            node(name="A-NATIVE", clauses="PIC S9(4)V9 COMP-5", **number),
            node(name="A-SHORT", kind="float", clauses="FLOAT", values=("-2.5", "0", "1024")),
            node(name="A-SHOWN", clauses="PIC Z,ZZ9.99-", display=True, **(number | {"kind": "edited"})),
            node(name="A-WORDS", kind="text", clauses="PIC X(5) JUST", values=('"ab"', '"c"', '"defgh"'), display=True),
            counter,
            node(
                name="A-EACH",
                kind="group",
                counter=counter,
                most=3,
                members=(node(name="E", clauses="PIC S99V9", display=True, **number),),
            ),
        ),
    )
    system = programs.SYSTEMS["default"]
    (written,) = programs.run([record], system, tmp_path, slide=False, signs="EBCDIC")
    assert len(written.printed) == 3 * 10 + 3
    found = modules["comparing"].differences(
        written, system, in_ebcdic=in_ebcdic, slide=False, framed=True, emitter="vm", edited="number", signs="EBCDIC"
    )
    assert not list(found)
