"""Options about segments, hierarchies and generated ids: each with its rows, in every record format that such files have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

import arrowsmith
from arrowsmith.diagnostics import Source
from arrowsmith.errors import OptionError

COPYBOOK = Source(
    "r.cpy",
    """
       01  R.
           05  ID   PIC X.
           05  A.
               10  NA  PIC X(2).
           05  B REDEFINES A.
               10  NB  PIC X(2).
           05  C REDEFINES A.
               10  NC  PIC X(2).
           05  D REDEFINES A.
               10  ND1  PIC X(2).
           05  E REDEFINES A.
               10  NE  PIC X(2).
""",
)
RECORDS = ("A11", "B21", "C31", "D41", "D42", "C32", "B22", "E51", "A12", "E52", "B23")


def word(length: int) -> bytes:
    return length.to_bytes(2, "big") + b"\0\0"


def headed(records: Sequence[bytes]) -> bytes:
    return b"".join(word(len(r)) + r for r in records)


def blocks(records: Sequence[bytes]) -> bytes:
    cut = [headed(records[at : at + 4]) for at in range(0, len(records), 4)]
    return b"".join(word(len(b)) + b for b in cut)


BIG = {"is_rdw_big_endian": "true", "is_bdw_big_endian": "true"}
FRAMES: dict[str, tuple[dict[str, str], Callable[[Sequence[bytes]], bytes]]] = {
    "F": ({"record_format": "F"}, b"".join),
    "FB": ({"record_format": "FB", "block_length": "3"}, b"".join),
    "V": ({"record_format": "V"} | BIG, headed),
    "VB": ({"record_format": "VB"} | BIG, blocks),
    "D": ({"record_format": "D"}, b"\r\n".join),
    "T": ({"record_format": "T"}, b"\n".join),
}
ASCII = {"encoding": "ascii", "segment_field": "ID"}
MAPS = {f"redefine-segment-id-map:{n}": f"{group} => {group}" for n, group in enumerate("ABCDE")}
CHILDREN = {"segment-children:0": "A => B,E", "segment-children:1": "B => C", "segment-children:2": "C => D"}
LEVELS = {"segment_id_level0": "A", "segment_id_level1": "B,E", "segment_id_level2": "C", "segment_id_level3": "D"}


def rows(frame: str, options: dict[str, str], records: Sequence[str] = RECORDS, **more: Any) -> list[dict[str, Any]]:
    """The rows of *records* as a file of the record format *frame*."""
    given, framed = FRAMES[frame]
    data = framed([record.encode() for record in records])
    table = arrowsmith.read(COPYBOOK, data, format="copybook", options=given | ASCII | options, **more)
    found: list[dict[str, Any]] = table.to_pylist()
    return found


TREE = [
    {
        "ID": "A",
        "A": {
            "NA": "11",
            "B": [
                {"NB": "21", "C": [{"NC": "31", "D": [{"ND1": "41"}, {"ND1": "42"}]}, {"NC": "32", "D": []}]},
                {"NB": "22", "C": []},
            ],
            "E": [{"NE": "51"}],
        },
    },
    {"ID": "A", "A": {"NA": "12", "B": [{"NB": "23", "C": []}], "E": [{"NE": "52"}]}},
]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_hierarchy_of_four_levels(frame: str) -> None:
    assert rows(frame, MAPS | CHILDREN) == TREE
    kept = rows(frame, MAPS | CHILDREN | {"schema_retention_policy": "keep_original"})
    assert kept == [{"R": row} for row in TREE]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_hierarchy_has_the_id_of_its_last_record(frame: str) -> None:
    found = rows(frame, MAPS | CHILDREN | {"generate_record_id": "true"})
    assert [(row["File_Id"], row["Record_Id"]) for row in found] == [(0, 8), (0, 11)]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_filter_takes_segments_out_of_a_hierarchy(frame: str) -> None:
    found = rows(frame, MAPS | CHILDREN | {"segment_filter": "A,B,D"})
    assert [row["A"]["B"] for row in found] == [[{"NB": "21", "C": []}, {"NB": "22", "C": []}], [{"NB": "23", "C": []}]]
    assert all(row["A"]["E"] == [] for row in found)


@pytest.mark.parametrize("frame", FRAMES)
def test_ids_of_levels(frame: str) -> None:
    found = rows(frame, MAPS | LEVELS | {"segment_id_prefix": "Z"})
    ids = [tuple(row[f"Seg_Id{level}"] for level in range(4)) for row in found]
    top = "Z_0_0"
    assert ids[:9] == [
        (top, None, None, None),
        (top, f"{top}_L1_1", None, None),
        (top, f"{top}_L1_1", f"{top}_L2_1", None),
        (top, f"{top}_L1_1", f"{top}_L2_1", f"{top}_L3_1"),
        (top, f"{top}_L1_1", f"{top}_L2_1", f"{top}_L3_2"),
        (top, f"{top}_L1_1", f"{top}_L2_2", None),
        (top, f"{top}_L1_2", None, None),
        (top, f"{top}_L1_3", None, None),
        ("Z_0_8", None, None, None),
    ]
    groups = ["".join(name for name in "ABCDE" if row[name]) for row in found]
    assert groups == [record[0] for record in RECORDS]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_filter_leaves_ids_as_they_are(frame: str) -> None:
    found = rows(frame, MAPS | LEVELS | {"segment_id_prefix": "Z", "segment_filter": "E"})
    assert [(row["Seg_Id0"], row["Seg_Id1"]) for row in found] == [("Z_0_0", "Z_0_0_L1_3"), ("Z_0_8", "Z_0_8_L1_1")]


@pytest.mark.parametrize("frame", FRAMES)
def test_records_before_the_first_root_are_left_out(frame: str) -> None:
    early = ("B20", *RECORDS)
    with_ids = {"generate_record_id": "true", "segment_id_prefix": "Z"}
    assert rows(frame, MAPS | CHILDREN, early) == TREE
    found = rows(frame, MAPS | LEVELS | with_ids, early)
    assert (len(found), found[0]["Record_Id"], found[0]["Seg_Id0"]) == (11, 1, "Z_0_1")
    root = rows(frame, MAPS | {"segment_id_root": "A", "segment_id_prefix": "Z"}, early)
    assert [row["Seg_Id0"] for row in root] == ["Z_0_1"] * 8 + ["Z_0_9"] * 3


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize(
    ("options", "groups"),
    [
        ({"redefine_segment_id_map:0": "A => A,B", "redefine_segment_id_map:1": "C=>C, D"}, "ABDE=AC ABDE"),
        ({"redefine_segment_id_map:0": "a => A", "redefine-segment-id-map:1": "A => B"}, ""),
        ({"redefine_segment_id_map:0": "A => A", "redefine_segment_id_map:5": "B => "}, ""),
    ],
    ids=["several ids", "one group twice", "the empty id"],
)
def test_maps_of_ids(frame: str, options: dict[str, str], groups: str) -> None:
    """A group that no map names is a view of every record."""
    mapped: dict[str, set[str]] = {}
    for text in options.values():
        name, ids = text.split("=>")
        mapped.setdefault(name.strip().upper(), set()).update(one.strip() for one in ids.split(","))
    records = (*RECORDS, " 99")
    for record, row in zip(records, rows(frame, options, records), strict=True):
        views = {name for name in "ABCDE" if row[name] is not None}
        assert views == {name for name in "ABCDE" if name not in mapped or record[0].strip() in mapped[name]}


@pytest.mark.parametrize("frame", FRAMES)
def test_rules_and_several_files(frame: str) -> None:
    given, framed = FRAMES[frame]
    data = framed([b"A11", b"B21"])
    options = given | ASCII | {"redefine-rule:1": "A => ID = 'A'", "redefine-rule:2": "B => ID != 'A' && !(ID = 'C')"}
    options |= {"generate_record_id": "true", "segment_id_root": "A"}
    found = arrowsmith.read(COPYBOOK, [data, data], format="copybook", options=options).to_pylist()

    assert [(row["File_Id"], row["Record_Id"], row["Seg_Id0"]) for row in found] == [
        (0, 0, "0_0"), (0, 1, "0_0"), (1, 0, "1_0"), (1, 1, "1_0"),
    ]  # fmt: skip
    assert [(row["A"], row["B"]) for row in found] == [({"NA": "11"}, None), (None, {"NB": "21"})] * 2


NUMERIC = Source(
    "n.cpy",
    """
       01  R.
           05  ID   {}.
           05  A.
               10  NA  PIC X(2).
           05  B REDEFINES A.
               10  NB  PIC X(2).
""",
)


@pytest.mark.parametrize("shape", ["9(4) COMP", "9(2)", "S9(3) COMP-3", "9(4) COMP-5", "X(2)"])
@pytest.mark.parametrize("wanted", [("1", "2"), ("01", "02")])
def test_ids_are_numbers_of_any_usage(shape: str, wanted: tuple[str, str]) -> None:
    """As they are written, or without zeros before them; of a text, as it is."""
    stored = {
        "9(4) COMP": (b"\0\1", b"\0\2"), "9(2)": (b"01", b"02"), "S9(3) COMP-3": (b"\0\x1c", b"\0\x2c"),
        "9(4) COMP-5": (b"\0\1", b"\0\2"), "X(2)": tuple(one.ljust(2).encode() for one in wanted),
    }[shape]  # fmt: skip
    data = b"".join(one + b"xx" for one in stored)
    options = {"encoding": "ascii", "segment_field": "id", "redefine_segment_id_map:0": f"a => {wanted[0]}"}
    options |= {"redefine_segment_id_map:1": f"b => 77, {wanted[1]}"}
    book = Source("n.cpy", NUMERIC.text.format("PIC " + shape))
    found = arrowsmith.read(book, data, format="copybook", options=options).to_pylist()
    assert [(row["A"], row["B"]) for row in found] == [({"NA": "xx"}, None), (None, {"NB": "xx"})]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"redefine_segment_id_map:0": "A => A", "redefine_segment_id_map:1": "B => A"}, "gives the id 'A' to A and to B"),
        ({"redefine_segment_id_map:0": "Q => A"}, "names Q, which is no group of the copybook"),
        (MAPS | {"segment-children:0": "A => Q"}, "segment_children names Q"),
        (MAPS | {"segment-children:0": "A => B", "segment-children:1": "B => A"}, "inside itself"),
        (MAPS | {"segment-children:0": "A => B", "segment-children:1": "C => B"}, "gives B to A and to C"),
        (MAPS | CHILDREN | {"segment_id_level0": "A"}, "exclude each other"),
        ({"segment_id_level1": "A"}, "without segment_id_level0"),
        ({"segment_id_level0": "A", "segment_id_level1": "A"}, "both have A"),
        ({"redefine-rule:1": "A => NOPE = 1"}, "there is no field NOPE"),
    ],
)  # fmt: skip
def test_what_options_about_segments_cannot_say(options: dict[str, str], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        rows("V", options)
