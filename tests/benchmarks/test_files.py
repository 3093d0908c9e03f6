"""The files that whole conversions are measured on are what their copybooks say, and the measuring reads them whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import arrowsmith

pytest.importorskip("numpy")


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`files` and `headline` of benchmarks/."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import files
    import headline

    return files, headline


def test_every_file_is_valid(modules: Any, tmp_path: Path) -> None:
    rows, columns = {}, {}
    for file in modules[0].FILES:
        copybook, data = file.write(tmp_path, 100_000)
        table = arrowsmith.read(copybook, data, options=dict(file.options))
        assert data.stat().st_size > 50_000
        rows[file.name], columns[file.name] = table.num_rows, table.schema
        if file.name != "type variety":
            kinds = [kind.strip() for kind in table.column("KIND").to_pylist()]
            assert set(kinds) == {"C", "P"}
            companies = [
                row for row, kind in zip(table.column("COMPANY").to_pylist(), kinds, strict=True) if kind == "C"
            ]
            assert all(row["NAME"] and row["TAXPAYER"]["TAX_KIND"] in "AN" for row in companies)
        if file.name == "segments, wide":
            detail = companies[0]["STRATEGY"]["DETAIL"]
            assert len(detail) == 2000
            assert all(one["NUM1"] == one["NUM2"] for one in detail)
    assert len(columns["type variety"]) > 140
    assert rows["segments, narrow"] > 1000


def test_a_conversion_is_measured_beside_its_encoding(modules: Any, tmp_path: Path) -> None:
    files, headline = modules
    made = headline.measure(files.FILES[1], tmp_path, size=200_000, rounds=2)
    assert made.rows > 1000
    assert [len(part) for part in (made.whole, made.reading, made.encoding)] == [2, 2, 2]
    assert made.ratio > 1
    assert made.rate(made.whole, "processor") < made.rate(made.encoding, "processor")


def test_one_thread_and_two_are_measured_in_turn(modules: Any, tmp_path: Path) -> None:
    import threads

    size, found = threads.measure(modules[0].FILES[1], tmp_path, size=200_000, rounds=2)
    assert size > 100_000
    assert {key: len(runs) for key, runs in found.items()} == {
        (what, count): 2 for what in ("whole", "reading") for count in (1, 2)
    }
