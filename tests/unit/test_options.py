"""`Option` and `parse_options`: what a user types becomes values of the declared types."""

from __future__ import annotations

from pathlib import Path

import pytest

from arrowsmith.errors import OptionError
from arrowsmith.interfaces import API, Option, api_refusal, parse_options

DECLARED = (
    Option("encoding", str, "ebcdic", "what the file's text is", choices=("ebcdic", "ascii"), aliases=("charset",)),
    Option("record_length", int, None, "bytes of a record"),
    Option("is_rdw_big_endian", bool, False, "byte order of the length"),
    Option("occurs_mappings", dict, None, "counts by name"),
    Option("segment_children", str, (), "parent and children", many=True),
    Option("segment_id_level", str, {}, "ids of a level", prefix=True),
    Option("input_split_records", int, None, "records of a split", no_effect="files are not split"),
    Option("is_xcom", bool, False, "XCOM headers", replaced_by="record_format=V"),
)


def test_every_declared_option_has_a_value() -> None:
    """Options not given have their default; those without effect or replaced do not appear."""
    assert dict(parse_options(DECLARED, {})) == {
        "encoding": "ebcdic",
        "record_length": None,
        "is_rdw_big_endian": False,
        "occurs_mappings": None,
        "segment_children": (),
        "segment_id_level": {},
    }


@pytest.mark.parametrize("spelled", ["record_length", "record-length", "RECORD-Length", " Record_Length "])
def test_names_ignore_case_and_hyphens(spelled: str) -> None:
    assert parse_options(DECLARED, {spelled: "80"})["record_length"] == 80


def test_alias_sets_the_option_it_belongs_to() -> None:
    assert parse_options(DECLARED, {"charset": "ascii"})["encoding"] == "ascii"


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("record_length", "080", 80),
        ("record_length", "0x50", 80),
        ("record_length", -1, -1),
        ("is_rdw_big_endian", "Yes", True),
        ("is_rdw_big_endian", "0", False),
        ("is_rdw_big_endian", True, True),
        ("occurs_mappings", '{"A": {"X": 1}}', {"A": {"X": 1}}),
        ("occurs_mappings", {"A": 1}, {"A": 1}),
        ("encoding", "ASCII", "ascii"),
        ("segment_children", Path("a"), ("a",)),
        ("segment_children", 7, ("7",)),
        ("segment_children", False, ("false",)),
        ("record_length", None, None),
    ],
)
def test_value_is_read_as_the_declared_type(name: str, given: object, value: object) -> None:
    got = parse_options(DECLARED, {name: given})[name]

    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("record_length", "eighty", "option record_length: 'eighty' is not a whole number"),
        ("record_length", True, "option record_length: True is not a whole number"),
        ("record_length", 1.5, "option record_length: 1.5 is not a whole number"),
        ("is_rdw_big_endian", "maybe", "option is_rdw_big_endian: 'maybe' is neither true nor false"),
        ("is_rdw_big_endian", 1, "option is_rdw_big_endian: 1 is neither true nor false"),
        ("occurs_mappings", "{", "option occurs_mappings: not a JSON object: Expecting property name"),
        ("occurs_mappings", "[1]", "option occurs_mappings: [1] is not a mapping"),
        ("encoding", b"ascii", "option encoding: b'ascii' is not a text"),
        ("encoding", "utf-8", "option encoding: 'utf-8' is not one of ebcdic, ascii"),
        ("Record-Length", "x", "option Record-Length: 'x'"),
    ],
)
def test_value_of_the_wrong_type_is_an_error_that_names_the_option(name: str, given: object, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_options(DECLARED, {name: given})

    assert message in caught.value.message
    assert caught.value.code == "O0002"


def test_wrong_choice_suggests_the_nearest() -> None:
    with pytest.raises(OptionError) as caught:
        parse_options(DECLARED, {"encoding": "acsii"})

    assert caught.value.help == "did you mean ascii?"


def test_numbered_names_make_an_ordered_list() -> None:
    """`:10` comes after `:2`: the numbers order the list, not their texts nor the order typed."""
    given = [("segment-children:10", "c"), ("segment_children:2", "b"), ("SEGMENT_CHILDREN:0", "a")]

    assert parse_options(DECLARED, given)["segment_children"] == ("a", "b", "c")


def test_list_is_taken_as_it_is() -> None:
    assert parse_options(DECLARED, {"segment_children": ["a", "b"]})["segment_children"] == ("a", "b")


def test_number_on_an_option_of_one_value_is_an_error() -> None:
    with pytest.raises(OptionError, match="record_length takes one value"):
        parse_options(DECLARED, {"record_length:0": "1"})


def test_prefix_collects_what_follows_it() -> None:
    given = {"segment_id_level0": "C", "Segment-ID-Level1": "P,Q"}

    assert parse_options(DECLARED, given)["segment_id_level"] == {"0": "C", "1": "P,Q"}


def test_prefix_alone_is_unknown() -> None:
    with pytest.raises(OptionError, match="no option segment_id_level"):
        parse_options(DECLARED, {"segment_id_level": "C"})


@pytest.mark.parametrize(
    "given",
    [
        [("record_length", "1"), ("record_length", "1")],
        [("record_length", "1"), ("record-length", "2")],
        [("encoding", "ascii"), ("charset", "ascii")],
        [("segment_children:1", "a"), ("segment_children:01", "b")],
        [("input_split_records", "1"), ("input-split-records", "1")],
    ],
)
def test_option_given_twice_is_an_error(given: list[tuple[str, str]]) -> None:
    with pytest.raises(OptionError, match="given twice") as caught:
        parse_options(DECLARED, given)

    assert caught.value.code == "O0003"


def test_unknown_option_names_the_nearest() -> None:
    with pytest.raises(OptionError) as caught:
        parse_options(DECLARED, {"recrod_length": 1}, owner="format copybook")

    assert str(caught.value) == (
        "error[O0001]: format copybook: there is no option recrod_length\n   = help: did you mean record_length?"
    )


def test_unknown_option_unlike_any_has_no_suggestion() -> None:
    with pytest.raises(OptionError) as caught:
        parse_options(DECLARED, {"zzz": 1})

    assert caught.value.help == ""


def test_option_without_effect_is_accepted() -> None:
    assert "input_split_records" not in parse_options(DECLARED, {"input_split_records": "1"})


def test_replaced_option_says_what_to_use() -> None:
    with pytest.raises(OptionError, match=r"is_xcom is replaced: record_format=V") as caught:
        parse_options(DECLARED, {"is_xcom": "true"})

    assert caught.value.code == "O0004"


def test_values_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        parse_options(DECLARED, {})["encoding"] = "x"  # type: ignore[index]  # that is what is tested


@pytest.mark.parametrize(
    ("stated", "host", "fits"),
    [
        ((0, 1), (0, 1), True),
        ((0, 1), (0, 2), False),  # before 1.0 a minor counts as a major
        ((0, 2), (0, 1), False),
        ((1, 0), (1, 3), True),
        ((1, 4), (1, 3), False),
        ((2, 0), (1, 3), False),
        ((0, 1), (1, 1), False),
        (None, (0, 1), False),
        ("0.1", (0, 1), False),
        ((0, True), (0, 1), False),
    ],
)
def test_api_rule(stated: object, host: tuple[int, int], fits: bool) -> None:
    """Another major or a newer minor is refused; what is no pair of integers is refused."""
    assert (api_refusal(stated, host) is None) is fits


def test_api_refusal_names_both_versions() -> None:
    assert api_refusal((9, 9)) == f"built for API 9.9; this arrowsmith has API {API[0]}.{API[1]}"
