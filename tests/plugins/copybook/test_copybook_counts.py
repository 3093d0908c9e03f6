"""OCCURS DEPENDING ON with counts that cannot be: what is said, of which field, and what the policies make of it."""

from __future__ import annotations

from typing import Any

import pytest

import arrowsmith

BOOK = arrowsmith.text(
    """\
       01  REC.
           05  HEAD.
               10  CNT  PIC 9.
           05  T OCCURS 0 TO 3 TIMES DEPENDING ON CNT.
               10  V  PIC X(2).
           05  Z  PIC X(2).
""",
    name="r.cpy",
)
FULL = "4AABBCCXX2AABB  ZZ".encode("cp037")
VARIABLE = {"record_format": "V", "is_rdw_big_endian": "true", "variable_size_occurs": "true"}


def headed(*records: str) -> bytes:
    return b"".join(len(text).to_bytes(2, "big") + b"\0\0" + text.encode("cp037") for text in records)


@pytest.mark.parametrize("emitter", ["auto", "vm"])
def test_a_count_outside_its_bounds_is_said_of_the_field_that_has_it(emitter: str) -> None:
    """With its place and its bytes; under `null` the table is empty, and what stands behind its room is read."""
    with pytest.raises(arrowsmith.DataError) as refused:
        arrowsmith.read(BOOK, FULL, emitter=emitter)
    assert str(refused.value).splitlines()[:2] == [
        "error[R0201]: <bytes>, record 1, byte 0 (HEAD.CNT): the count of T is not from 0 to 3",
        "   = bytes: f4",
    ]
    with arrowsmith.open(BOOK, FULL, emitter=emitter, on_error="null") as reader:
        first, second = reader.to_table().to_pylist()
    assert first == {"HEAD": {"CNT": 4}, "T": [], "Z": "XX"}
    assert second == {"HEAD": {"CNT": 2}, "T": [{"V": "AA"}, {"V": "BB"}], "Z": "ZZ"}
    assert [(one.path, one.reason, one.count) for one in reader.report.fields] == [("HEAD.CNT", "invalid", 1)]


@pytest.mark.parametrize("emitter", ["auto", "vm"])
def test_a_record_with_a_header_goes_on_behind_such_a_count(emitter: str) -> None:
    """It is the field's fault, and not the framing's: the next record is where the header says."""
    given: dict[str, Any] = {"options": VARIABLE, "emitter": emitter, "max_errors": "100%"}
    content = headed("9AABB", "1AAZZ")

    for policy, counts in (("skip", [1]), ("null", [9, 1])):
        with arrowsmith.open(BOOK, content, on_error=policy, **given) as reader:  # type: ignore[arg-type]  # two policies
            assert [row["HEAD"]["CNT"] for row in reader.to_table().to_pylist()] == counts
        assert reader.report.gaps == 0
        assert {one.path for one in reader.report.fields} == {"HEAD.CNT"}


@pytest.mark.parametrize("emitter", ["auto", "vm"])
def test_where_the_record_ends_by_its_count_the_next_one_is_lost(emitter: str) -> None:
    """An error of framing under every policy that stops there, in the words of the count."""
    content = "9AABBZZ1AAZZ".encode("cp037")

    for policy in ("raise", "null"):
        with pytest.raises(
            arrowsmith.DataError, match=r"record 1, byte 0 \(HEAD\.CNT\): the count of T is not from 0 to 3"
        ):
            arrowsmith.read(BOOK, content, options={"variable_size_occurs": "true"}, emitter=emitter, on_error=policy)
