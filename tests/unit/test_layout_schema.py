"""The mapping from a record to Arrow: names, structs, lists, types, metadata."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from members import record

from arrowsmith.columns import Leaf, List, Struct
from arrowsmith.layout.nodes import Layout
from arrowsmith.layout.schema import arrow_schema, column_name, has_columns, leaves, renamed, shape, shaped, spelling
from arrowsmith.layout.storage import holds, stored
from arrowsmith.layout.tree import walk
from arrowsmith.layout.vocabulary import TYPES
from arrowsmith.testing.strategies import of_kind, sound_layouts

BYTE = "integer(bits=8, encoding=unsigned)"


def schema_of(text: str) -> str:
    """The Arrow schema of a record with these members, as pyarrow prints it without metadata."""
    return str(arrow_schema(shape(record(text))).to_string(show_field_metadata=False))


# --- types -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "arrow"),
    [
        ("integer(bits=8)", pa.int8()),
        ("integer(bits=16, encoding=unsigned)", pa.uint16()),
        ("integer(bits=24)", pa.int32()),
        ("integer(bits=32, encoding=magnitude)", pa.int32()),
        ("integer(bits=56, encoding=unsigned)", pa.uint64()),
        ("integer(bits=64, encoding=ones)", pa.int64()),
        ("integer(bits=128)", pa.decimal128(38, 0)),
        ("integer(bits=16, digits=4)", pa.int32()),
        ("integer(bits=32, digits=9, encoding=unsigned)", pa.int32()),
        ("integer(bits=64, digits=18)", pa.int64()),
        ("integer(bits=64, digits=19)", pa.decimal128(19, 0)),
        ("integer(bits=32, digits=9, scale=2)", pa.decimal128(9, 2)),
        ("integer(bits=16, scale=1)", pa.decimal128(5, 1)),
        ("integer(bits=16, decimal=true)", pa.decimal128(5, 0)),
        ("packed(size=5, digits=9)", pa.int32()),
        ("packed(size=6, digits=10)", pa.int64()),
        ("packed(size=10, digits=18)", pa.int64()),
        ("packed(size=10, digits=19)", pa.decimal128(19, 0)),
        ("packed(size=5, digits=9, scale=2)", pa.decimal128(9, 2)),
        ("packed(size=5, digits=9, decimal=true)", pa.decimal128(9, 0)),
        ("zoned(size=3, digits=3, scale=5)", pa.decimal128(5, 5)),
        ("zoned(size=3, digits=3, scale=-2)", pa.decimal128(5, 0)),
        ("zoned(size=20, digits=20)", pa.decimal128(20, 0)),
        ("bits(width=1, shift=0, size=1)", pa.uint8()),
        ("bits(width=1, shift=0, size=1, boolean=true)", pa.bool_()),
        ("bits(width=9, shift=0, size=2)", pa.uint16()),
        ("bits(width=17, shift=0, size=4, signed=true)", pa.int32()),
        ("bits(width=64, shift=0, size=8)", pa.uint64()),
        ("float(kind=ieee16)", pa.float32()),
        ("float(kind=ieee32)", pa.float32()),
        ("float(kind=ibm32)", pa.float32()),
        ("float(kind=ieee64)", pa.float64()),
        ("float(kind=mil48)", pa.float64()),
        ("float(kind=vaxd)", pa.float64()),
        ("text(size=3)", pa.utf8()),
        ("bytes(size=3)", pa.binary()),
        ("bytes(size=3, hex=true)", pa.utf8()),
        (f"boolean(base={BYTE})", pa.bool_()),
        (f"enumeration(base={BYTE}, labels=())", pa.utf8()),
        (f"enumeration(base={BYTE}, labels=(), output=dictionary)", pa.dictionary(pa.int32(), pa.utf8())),
        (f"enumeration(base={BYTE}, labels=(), output=number)", pa.uint8()),
        ("moment(base=integer(bits=32))", pa.timestamp("us")),
        ('moment(base=integer(bits=32), timezone="UTC")', pa.timestamp("us", "UTC")),
        ('moment(base=integer(bits=32), timezone="Europe/Berlin")', pa.timestamp("us", "Europe/Berlin")),
        ("moment(base=integer(bits=16), unit=d)", pa.date32()),
        ('datepattern(base=text(size=8), pattern="yyyyMMdd")', pa.date32()),
        ('datepattern(base=packed(size=4, digits=7), pattern="yyyyDDD")', pa.date32()),
        ('datepattern(base=text(size=6), pattern="HHmmss")', pa.time64("us")),
        ('datepattern(base=text(size=14), pattern="yyyyMMddHHmmss")', pa.timestamp("us")),
        (f"calibrated(base={BYTE}, kind=polynomial, points=(1.0))", pa.float64()),
    ],
)
def test_types_map_by_one_table(text: str, arrow: pa.DataType) -> None:
    """Every physical type has one Arrow type."""
    schema = arrow_schema(shape(record(f"field F {text}")))
    assert schema.field("F").type == arrow
    assert schema.field("F").nullable


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_type_is_stored_somewhere(kind: type, data: st.DataObject) -> None:
    """No value of any type kind is left out."""
    storage, logical = stored(data.draw(of_kind(kind, 2)))
    assert storage
    assert isinstance(logical, str)


def test_a_derived_value_says_its_type() -> None:
    """Labels make it text."""
    kinds = {"int64": pa.int64(), "bool": pa.bool_(), "double": pa.float64(), "utf8": pa.utf8(), "binary": pa.binary()}
    for kind, arrow in kinds.items():
        assert arrow_schema(shape(record(f"derived D value=1 kind={kind}"))).field("D").type == arrow
    assert arrow_schema(shape(record('derived D value=1 labels=((1, "a"))'))).field("D").type == pa.utf8()


def test_quoted_letters_of_a_pattern_mean_nothing() -> None:
    """A T between quotes is text, and so is an s."""
    assert holds("yyyy-MM-dd'T's'") == "both"
    assert holds("yyyy'hms'") == "day"
    assert holds("HH'd'") == "time"


# --- shape -----------------------------------------------------------------------------------------------------------


def test_groups_arrays_and_choices_have_their_shapes() -> None:
    """Structs, lists and structs of nullable children; what has no name adds no level."""
    text = """\
field A integer(bits=8)
group G
  field B integer(bits=8)
  group
    field C integer(bits=8)
array L count=2
  group ELEMENT
    field D integer(bits=8)
    array M count=2
      array count=2
        field text(size=1)
choice K
  arm test=true
    field E integer(bits=8)
  arm test=none
    group F
      field H integer(bits=8)
padding size=1
"""
    assert schema_of(text) == (
        "A: int8\n"
        "G: struct<B: int8, C: int8> not null\n"
        "  child 0, B: int8\n"
        "  child 1, C: int8\n"
        "L: list<item: struct<D: int8, M: list<item: list<item: string> not null> not null> not null> not null\n"
        "  child 0, item: struct<D: int8, M: list<item: list<item: string> not null> not null> not null\n"
        "      child 0, D: int8\n"
        "      child 1, M: list<item: list<item: string> not null> not null\n"
        "          child 0, item: list<item: string> not null\n"
        "              child 0, item: string\n"
        "K: struct<E: int8, F: struct<H: int8>> not null\n"
        "  child 0, E: int8\n"
        "  child 1, F: struct<H: int8>\n"
        "      child 0, H: int8"
    )


def test_what_may_be_absent_may_be_null() -> None:
    """Structs and lists under a condition, of a choice, or of a view that is selected; through groups without a name."""
    text = f"""\
field N {BYTE}
optional test=true
  group A
    field X {BYTE}
optional test=true
  array B count=2
    field {BYTE}
optional test=true
  group
    group C
      group D
        field X {BYTE}
choice
  arm test=none
    group E
      field X {BYTE}
overlay selected=(none, eq(ref("N"), 1))
  group F
    field X {BYTE}
  group G
    field X {BYTE}
array H count=2
  optional test=true
    group
      field X {BYTE}
"""
    found = shape(record(text))
    optional = {child.name: child.optional for child in found.children if not isinstance(child, Leaf)}
    assert optional == {"A": True, "B": True, "C": True, "E": True, "F": False, "G": True, "H": False}
    inner = next(c for c in found.children if c.name == "C")
    assert isinstance(inner, Struct)
    assert isinstance(inner.children[0], Struct)
    assert not inner.children[0].optional
    items = next(c for c in found.children if c.name == "H")
    assert isinstance(items, List)
    assert isinstance(items.child, Struct)
    assert items.child.optional
    assert arrow_schema(found).field("B").nullable
    assert not arrow_schema(found).field("H").nullable


def test_what_is_hidden_gives_no_column() -> None:
    """Nor does a group or an array in which all is hidden, nor padding; their names stay free."""
    text = f"""\
field A {BYTE} hidden=true
group B
  field X {BYTE} hidden=true
array B count=2
  padding size=1
group C hidden=true
  field X {BYTE}
derived D value=1 hidden=true
field B {BYTE}
"""
    assert schema_of(text) == "B: uint8"


def test_paths_tell_columns_apart() -> None:
    """A leaf's path is its column names from the row; a list's items have a step that no column is called."""
    text = """\
array L count=2
  group
    field A integer(bits=8)
array M count=2
  field integer(bits=8)
array N count=2
  array count=2
    group
      field A integer(bits=8)
"""
    found = shape(record(text))
    assert [leaf.path for leaf in leaves(found)] == [("L", "A"), ("M", "[]"), ("N", "[]", "A")]
    assert [child.path for child in found.children] == [("L",), ("M",), ("N",)]


@given(sound_layouts())
def test_each_place_knows_its_path(layout: Layout) -> None:
    """The leaves of the shape are the fields and derived values that have a column, in reading order."""
    made = shaped(layout.record)
    columns = [p for p in walk(made.root) if p.order in made.paths and not p.children and has_columns(p.node)]
    paths = [made.paths[p.order] for p in columns]

    assert [leaf.path for leaf in leaves(made.struct)] == paths
    assert len(set(paths)) == len(paths)


@given(sound_layouts())
def test_every_sound_layout_has_a_schema(layout: Layout) -> None:
    """As many fields as the record has columns, each with its own name."""
    struct = shape(layout.record)
    schema = arrow_schema(struct)
    assert schema.names == [child.name for child in struct.children]
    assert len(set(schema.names)) == len(schema.names)


# --- names and metadata ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelling", "column"),
    [
        ("ORDER-DATE", "ORDER_DATE"),
        ("camelCase", "camelCase"),
        ("1ST", "_1ST"),
        ("é$ü", "___"),
        ("a.b", "a_b"),
        ("_x", "_x"),
    ],
)
def test_names_become_column_names(spelling: str, column: str) -> None:
    """Other characters become _, case is kept, a leading digit gets _."""
    assert column_name(spelling) == column


def test_clashes_are_numbered_within_a_struct() -> None:
    """In order; a number that is taken is passed over; other structs have names of their own."""
    text = f"""\
field A-B {BYTE}
field A_B {BYTE}
group
  field A-B {BYTE}
field A_B_2 {BYTE}
group G
  field A-B {BYTE}
field a_b {BYTE}
"""
    found = shape(record(text))
    assert [child.name for child in found.children] == ["A_B", "A_B_2", "A_B_3", "A_B_2_2", "G", "a_b"]
    assert [spelling(child) for child in found.children] == ["A-B", "A_B", "A-B", "A_B_2", "G", "a_b"]
    assert renamed(found) == (("A_B", "A_B_2"), ("A-B", "A_B_3"), ("A_B_2", "A_B_2_2"))


def test_metadata_carry_what_the_dictionary_says() -> None:
    """Name, type, comment, static offset and length, the format's own, and a number in the dictionary's order."""
    text = """\
field ORDER-NO packed(size=3, digits=5) comment="unique" type_text="S9(5) COMP-3" metadata=(("usage", "COMP-3"))
field F bits(width=3, shift=0, size=2)
field G bits(width=13, shift=3, size=2, advance=true)
array L count=2 comment="two"
  field text(size=4)
derived D value=1
field T text(size=none)
"""
    fields = arrow_schema(shape(record(text)), {"arrowsmith.version": "1"})
    said = {f.name: {k.decode(): v.decode() for k, v in f.metadata.items()} for f in fields}

    assert said["ORDER_NO"] == {
        "arrowsmith.name": "ORDER-NO",
        "arrowsmith.type": "S9(5) COMP-3",
        "arrowsmith.comment": "unique",
        "arrowsmith.offset": "0",
        "arrowsmith.length": "3",
        "usage": "COMP-3",
        "PARQUET:field_id": "1",
    }
    assert said["F"] == {
        "arrowsmith.name": "F",
        "arrowsmith.offset": "3",
        "arrowsmith.length": "2",
        "PARQUET:field_id": "2",
    }
    assert said["G"]["arrowsmith.offset"] == "3"
    assert said["L"]["arrowsmith.length"] == "8"
    assert fields.field("L").type.value_field.metadata[b"PARQUET:field_id"] == b"5"
    assert said["D"] == {"arrowsmith.name": "D", "PARQUET:field_id": "6"}
    assert "arrowsmith.length" not in said["T"]
    assert fields.metadata == {b"arrowsmith.version": b"1"}


def test_large_schemas_have_wide_offsets() -> None:
    """Text, bytes and lists of more than 2 GiB a batch, where they are asked for."""
    found = shape(record("field T text(size=1)\nfield B bytes(size=1)\narray L count=1\n  field text(size=1)"))
    schema = arrow_schema(found, large=True)
    assert schema.types == [pa.large_utf8(), pa.large_binary(), pa.large_list(pa.field("item", pa.large_utf8()))]


def test_pyarrow_is_loaded_by_arrow_schema_alone() -> None:
    """Shapes, selections and metadata need none of it."""
    code = (
        "import sys; from arrowsmith.layout.schema import shape; from arrowsmith.layout.nodes import Record\n"
        "shape(Record(name='R', members=())); print('pyarrow' in sys.modules, 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
