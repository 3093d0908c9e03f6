"""Rows that hold others, or are of several kinds, become tables: nothing is lost, and keys lead back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.ipc
import pytest

import arrowsmith
from arrowsmith.batch import Split
from arrowsmith.errors import OptionError

BOOK = arrowsmith.text("""
       01  R.
           05  ID       PIC X.
           05  S1.
               10  T    PIC X(5).
           05  S2 REDEFINES S1.
               10  U    PIC 9(5).
           05  S3 REDEFINES S1.
               10  V    PIC X(5).
""")
SEGMENTS = {
    "encoding": "ascii",
    "segment_field": "ID",
    "redefine_segment_id_map:0": "S1 => A",
    "redefine_segment_id_map:1": "S2 => B",
    "redefine_segment_id_map:2": "S3 => C",
}
HIERARCHY = {**SEGMENTS, "segment_children:0": "S1 => S2", "segment_children:1": "S2 => S3"}
DATA = b"".join(
    kind + b"%05d" % (10 * top + n)
    for top in range(2000)
    for n, kind in enumerate([b"A", b"B", b"C", b"C", b"B", b"D"][: 1 + top % 6])
)


def convert(folder: Path, options: dict[str, str], **more: Any) -> dict[str, list[dict[str, Any]]]:
    arrowsmith.convert(BOOK, DATA, folder, format="copybook", options=options, split_tables=True, **more)
    return {place.name: ds.dataset(place).to_table().to_pylist() for place in sorted(folder.iterdir())}


@pytest.mark.parametrize("threads", [1, 3])
def test_a_hierarchy_as_tables(tmp_path: Path, threads: int) -> None:
    """Each child has the number of its parent's row; put together again they are the nested rows."""
    nested = arrowsmith.read(BOOK, DATA, format="copybook", options=HIERARCHY).to_pylist()

    tables = convert(tmp_path / "out", HIERARCHY, threads=threads)

    assert sorted(tables) == ["R", "S2", "S3"]
    assert [row["Row_Id"] for row in tables["S2"]] == list(range(len(tables["S2"])))
    for row in tables["S2"]:
        row["S3"] = []
    for row in tables["S3"]:
        tables["S2"][row["Parent_Id"]]["S3"].append({"V": row["V"]})
    for row in tables["R"]:
        row["S1"]["S2"] = []
    for row in tables["S2"]:
        tables["R"][row["Parent_Id"]]["S1"]["S2"].append({"U": row["U"], "S3": row["S3"]})
    assert [{"ID": row["ID"], "S1": row["S1"]} for row in tables["R"]] == nested


def test_kinds_as_tables(tmp_path: Path) -> None:
    """Every row is in the table of its segment, or, of none, in the record's; its number is that of the whole."""
    whole = arrowsmith.read(BOOK, DATA, format="copybook", options=SEGMENTS).to_pylist()

    tables = convert(tmp_path / "out", SEGMENTS)

    assert {name: len(rows) for name, rows in tables.items()} == {
        {"A": "S1", "B": "S2", "C": "S3", "D": "R"}[kind]: count
        for kind, count in Counter(row["ID"] for row in whole).items()
    }
    for name, rows in tables.items():
        for row in rows:
            number = row.pop("Row_Id")
            assert row == {key: value for key, value in whole[number].items() if key in ("ID", name)}


def test_tables_as_files(tmp_path: Path) -> None:
    """A sink that is named writes one file a table."""
    arrowsmith.convert(
        BOOK, DATA, tmp_path / "out", format="copybook", options=SEGMENTS, split_tables=True, sink="arrow"
    )

    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["R.arrow", "S1.arrow", "S2.arrow", "S3.arrow"]
    with pyarrow.ipc.open_file(tmp_path / "out" / "S1.arrow") as file:
        assert file.read_all().num_rows == 2000


@pytest.mark.parametrize(("target", "options"), [("out", {"encoding": "ascii"}), ("-", SEGMENTS)])
def test_nothing_to_split(tmp_path: Path, target: str, options: dict[str, str]) -> None:
    """Rows of one table, and a stream, are errors of the caller."""
    with pytest.raises(OptionError, match=r"of one kind: R|into a stream"):
        arrowsmith.convert(
            BOOK,
            DATA,
            target if target == "-" else tmp_path / target,
            format="copybook",
            options=options,
            split_tables=True,
        )


def test_a_refused_record_leaves_nothing(tmp_path: Path) -> None:
    """An error in the last record: no table is under its name."""
    with pytest.raises(arrowsmith.DataError):
        arrowsmith.convert(
            BOOK, DATA + b"Bxxxxx", tmp_path / "out", format="copybook", options=SEGMENTS, split_tables=True
        )

    assert [p for p in (tmp_path / "out").rglob("*") if p.is_file()] == []


def test_structs_around_lists_and_names_that_are_taken() -> None:
    """A struct that holds nothing but rows goes; a null struct has no rows; a key's name that a column has gets a number."""
    rows = pa.list_(pa.struct([("a", pa.int64())]))
    inner = pa.field("rows", rows, metadata={"arrowsmith.table": "T"})
    schema = pa.schema(
        [
            pa.field("Row_Id", pa.int32()),
            pa.field("only", pa.struct([inner])),
            pa.field("s", pa.struct([pa.field("b", pa.int64()), pa.field("c", pa.int64())])),
        ]
    )
    data = [
        {"Row_Id": 7, "only": {"rows": [{"a": 1}, {"a": 2}]}, "s": {"b": 1, "c": None}},
        {"Row_Id": 8, "only": None, "s": None},
        {"Row_Id": 9, "only": {"rows": [{"a": 3}]}, "s": {"b": 2, "c": 3}},
    ]
    split = Split(schema, "top")

    parts = [
        (name, part.to_pylist())
        for batch in (pa.RecordBatch.from_pylist(data, schema)[1:], pa.RecordBatch.from_pylist(data[:1], schema))
        for name, part in split.take(batch)
    ]

    assert parts == [
        ("top", [{"Row_Id_2": 0, "Row_Id": 8, "s": None}, {"Row_Id_2": 1, "Row_Id": 9, "s": {"b": 2, "c": 3}}]),
        ("T", [{"Row_Id": 0, "Parent_Id": 1, "a": 3}]),
        ("top", [{"Row_Id_2": 2, "Row_Id": 7, "s": {"b": 1, "c": None}}]),
        ("T", [{"Row_Id": 1, "Parent_Id": 2, "a": 1}, {"Row_Id": 2, "Parent_Id": 2, "a": 2}]),
    ]


def test_a_run_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    """Not the one that it made; one that was there stays."""
    mine = tmp_path / "mine"
    mine.mkdir()
    for folder in (tmp_path / "new", mine):
        with pytest.raises(arrowsmith.DataError):
            arrowsmith.convert(BOOK, DATA + b"B0x", folder, format="copybook", options=HIERARCHY, split_tables=True)
    assert list(tmp_path.iterdir()) == [mine]
    assert not list(mine.iterdir())
