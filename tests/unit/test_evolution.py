"""What is different between two schemas, and whom that breaks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from commandline import run
from hypothesis import given
from hypothesis import strategies as st

import arrowsmith
from arrowsmith.batch import file_schema
from arrowsmith.errors import DataError
from arrowsmith.layout.evolution import changes, widens

copybook = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")


def field(name: str, kind: Any = None, **said: str) -> pa.Field:
    return pa.field(name, kind or pa.int32(), metadata={f"arrowsmith.{key}": value for key, value in said.items()})


def found(old: Sequence[pa.Field], new: Sequence[pa.Field]) -> list[tuple[str, ...]]:
    made = changes(pa.schema(list(old)), pa.schema(list(new)))
    return [(c.kind, c.path, c.old, c.new, "!" if c.breaking else "") for c in made]


def test_added_is_compatible_and_removed_is_not() -> None:
    a, b, c = field("A"), field("B", pa.utf8()), field("C")

    assert found([a, c], [a, b, c]) == [("added", "B", "", "string", "")]
    assert found([a, b, c], [a, c]) == [("removed", "B", "string", "", "!")]


def test_renamed_is_the_same_bytes_of_the_same_type() -> None:
    """Wherever the column stands now; with another type it is another column."""
    at = {"offset": "4", "length": "2"}
    old = [field("A"), field("B", **at), field("C")]

    assert found(old, [field("N", **at), field("A"), field("C")])[0] == ("renamed", "N", "B", "N", "!")
    other = found(old, [field("N", pa.utf8(), **at), field("A"), field("C")])
    assert [change[:2] for change in other] == [("removed", "B"), ("added", "N")]


def test_renamed_is_the_same_type_between_the_same_columns() -> None:
    """Also where offsets have moved because something grew before it."""
    old = [field("A"), field("B", offset="4", length="2"), field("C")]

    assert found(old, [field("A"), field("N", offset="6", length="2"), field("C")]) == [("renamed", "N", "B", "N", "!")]
    assert found([field("A")], [field("N")]) == [("renamed", "N", "A", "N", "!")]
    apart = found([field("A"), field("B"), field("C")], [field("A"), field("C"), field("N")])
    assert [change[:2] for change in apart] == [("removed", "B"), ("added", "N")]


def test_moved_are_the_fewest_that_explain_the_order() -> None:
    a, b, c, d = (field(name) for name in "ABCD")

    assert found([a, b, c, d], [d, a, b, c]) == [("moved", "D", "column 4", "column 1", "")]
    assert found([a, b, c, d], [a, field("X"), b, c, d]) == [("added", "X", "", "int32", "")]


def test_recoded_is_the_same_type_of_other_bytes() -> None:
    old, new = field("A", type="PIC 9(4)"), field("A", type="PIC 9(4) COMP")

    assert found([old], [new]) == [("recoded", "A", "PIC 9(4)", "PIC 9(4) COMP", "")]
    assert found([old], [field("A")]) == []


def test_structs_and_lists_are_compared_by_what_is_in_them() -> None:
    def nested(*inner: pa.Field) -> pa.Field:
        return field("L", pa.list_(pa.field("item", pa.struct(list(inner)))))

    old = nested(field("A"), field("B", pa.int16()))

    assert found([old], [nested(field("A"), field("B", pa.int32()), field("C"))]) == [
        ("retyped", "L[].B", "int16", "int32", ""),
        ("added", "L[].C", "", "int32", ""),
    ]
    assert found([old], [field("L", old.type.value_type)]) == [("retyped", "L", "list of struct", "struct", "!")]
    element = field("L", pa.list_(pa.field("element", old.type.value_type)))
    assert found([old], [element]) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (pa.int16(), pa.int32()),
        (pa.uint16(), pa.uint32()),
        (pa.uint32(), pa.int64()),
        (pa.int32(), pa.float64()),
        (pa.int16(), pa.float32()),
        (pa.float32(), pa.float64()),
        (pa.int32(), pa.decimal128(10)),
        (pa.int32(), pa.decimal128(12, 2)),
        (pa.decimal128(9, 2), pa.decimal128(11, 4)),
        (pa.utf8(), pa.large_utf8()),
        (pa.date32(), pa.timestamp("us")),
        (pa.dictionary(pa.int32(), pa.utf8()), pa.utf8()),
    ],
)
def test_types_that_hold_every_value(old: pa.DataType, new: pa.DataType) -> None:
    """One way; and back only where nothing but the storage differs."""
    assert widens(str(old), str(new))
    assert widens(str(new), str(old)) == pa.types.is_dictionary(old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (pa.int32(), pa.uint32()),
        (pa.uint32(), pa.int32()),
        (pa.int64(), pa.float64()),
        (pa.int32(), pa.decimal128(11, 2)),
        (pa.decimal128(9, 2), pa.decimal128(10, 4)),
        (pa.int32(), pa.utf8()),
        (pa.timestamp("us"), pa.timestamp("us", "UTC")),
        (pa.binary(), pa.utf8()),
    ],
)
def test_types_that_do_not(old: pa.DataType, new: pa.DataType) -> None:
    assert not widens(str(old), str(new))
    assert found([field("A", old)], [field("A", new)]) == [("retyped", "A", str(old), str(new), "!")]


NUMBERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())


@given(
    st.sampled_from(NUMBERS),
    st.sampled_from((*NUMBERS, pa.decimal128(5), pa.decimal128(12, 2), pa.float32(), pa.float64())),
)
def test_a_wider_type_takes_the_extremes(old: pa.DataType, new: pa.DataType) -> None:
    """Arrow's own cast, which refuses what does not fit, is the judge."""
    bits = old.bit_width
    signed = str(old)[0] == "i"
    extremes = [-(1 << bits - 1), (1 << bits - 1) - 1] if signed else [0, (1 << bits) - 1]
    column = pa.array(extremes, old)
    try:
        fits = column.cast(new).cast(old).equals(column)
    except pa.ArrowInvalid:
        fits = False
    if widens(str(old), str(new)):
        assert fits


FIELDS = st.lists(
    st.builds(field, st.sampled_from("ABCDEFG"), st.sampled_from((pa.int32(), pa.utf8(), pa.list_(pa.int8())))),
    unique_by=lambda f: f.name,
)  # fmt: skip


@given(FIELDS, FIELDS)
def test_every_column_is_accounted_for(old: list[pa.Field], new: list[pa.Field]) -> None:
    """A schema and itself have no changes; what is new is added, renamed, or known; what is gone is removed or renamed."""
    assert found(old, old) == []
    made = changes(pa.schema(old), pa.schema(new))
    before, after = {f.name for f in old}, {f.name for f in new}
    added = {c.path for c in made if c.kind == "added"}
    removed = {c.path for c in made if c.kind == "removed"}
    renamed = {(c.old, c.new) for c in made if c.kind == "renamed"}
    assert added | {n for _, n in renamed} == after - before
    assert removed | {o for o, _ in renamed} == before - after


# --- the command -------------------------------------------------------------------------------------------------------

OLD = "       01  R.\n           05  ID PIC 9(4).\n           05  NAME PIC X(8).\n           05  SUM PIC S9(5)V99 COMP-3.\n"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with old.cpy, new.cpy, and a table of the old one in three forms."""
    monkeypatch.chdir(tmp_path)
    Path("old.cpy").write_text(OLD)
    Path("new.cpy").write_text(
        OLD.replace("NAME PIC", "HOLDER PIC").replace("9(4)", "9(10)") + "           05  X PIC X.\n"
    )
    if find_spec("arrowsmith_copybook") is not None:
        for ending in ("parquet", "arrow", "arrows"):
            arrowsmith.convert("old.cpy", b"0001annaanna\0\0\x12\x3c", f"t.{ending}", options={"encoding": "ascii"})
    return tmp_path


@copybook
def test_two_dictionaries(files: Path) -> None:
    done = run("schema", "diff", "old.cpy", "new.cpy")

    assert (done.status, done.err) == (1, "")
    assert done.out.splitlines() == [
        "old.cpy → new.cpy: 1 retyped, 1 renamed, 1 added; not compatible",
        "",
        "change   column  old    new",
        "───────  ──────  ─────  ──────  ──────────────",
        "retyped  ID      int32  int64",
        "renamed  HOLDER  NAME   HOLDER  breaks readers",
        "added    X              string",
    ]


@copybook
@pytest.mark.parametrize("ending", ["parquet", "arrow", "arrows"])
def test_a_dictionary_and_a_file_that_it_wrote(files: Path, ending: str) -> None:
    assert (
        run("schema", "diff", f"t.{ending}", "old.cpy").out
        == f"t.{ending} → old.cpy: no column is different; compatible\n"
    )
    made = json.loads(run("schema", "diff", f"t.{ending}", "new.cpy", "--json").out)

    assert made["compatible"] is False
    assert [(c["kind"], c["path"], c["breaking"]) for c in made["changes"]] == [
        ("retyped", "ID", False), ("renamed", "HOLDER", True), ("added", "X", False),
    ]  # fmt: skip


@copybook
def test_options_for_each(files: Path) -> None:
    always = ("schema_retention_policy=keep_original",)

    assert run("schema", "diff", "old.cpy", "old.cpy", "-O", always[0]).status == 0
    done = run("schema", "diff", "old.cpy", "old.cpy", "--new-option", "schema_retention_policy=keep_original")
    assert (done.status, "removed" in done.out) == (1, True)
    assert run("schema", "diff", "old.cpy", "old.cpy", "-O", "no=such").status == 2


@copybook
def test_what_cannot_be_compared(files: Path) -> None:
    Path("cut.parquet").write_bytes(Path("t.parquet").read_bytes()[:40])
    Path("bad.cpy").write_text("       01  R PIC Q.\n")

    assert run("schema", "diff", "old.cpy", "cut.parquet").err.startswith(
        "error[R0307]: cut.parquet: its schema cannot be read"
    )
    assert run("schema", "diff", "old.cpy", "cut.parquet").status == 1
    assert run("schema", "diff", "old.cpy", "bad.cpy").status == 1
    for args in (["old.cpy"], ["old.cpy", "gone.cpy"], ["old.cpy", "."], ["old.cpy", "new.cpy", "more"]):
        done = run("schema", "diff", *args)
        assert (done.status, done.out, done.err.count("\n")) == (2, "", 2)
    assert run("schema").status == 2


def test_files_are_told_by_their_first_bytes(tmp_path: Path) -> None:
    text = tmp_path / "x.parquet"
    text.write_text("01 R.")

    assert file_schema(str(text)) is None
    text.write_bytes(b"ARROW1\0\0 and no more")
    with pytest.raises(DataError, match="its schema cannot be read"):
        file_schema(str(text))
