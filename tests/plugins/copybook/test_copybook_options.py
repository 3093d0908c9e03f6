"""Options: Cobrix's names, what they exclude, what they decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pytest

from arrowsmith.errors import OptionError
from arrowsmith.interfaces import parse_options
from arrowsmith_copybook.choices import Choices, choose
from arrowsmith_copybook.options import COBRIX, OPTIONS

#: A fixture: text → what it says.
Reads: TypeAlias = Callable[..., Any]


def chosen(**given: Any) -> Choices:
    return choose(parse_options(OPTIONS, given))


#: Every option that Cobrix's parameter parser knows, by its own spelling.
CAN_COBRIX = (
    "copybook", "copybooks", "copybook_contents", "path", "data_paths", "paths", "encoding", "pedantic",
    "record_format", "record_length", "minimum_record_length", "maximum_record_length", "is_record_sequence",
    "record_length_field", "record_length_map", "record_start_offset", "record_end_offset", "file_start_offset",
    "file_end_offset", "record_header_name", "record_trailer_name", "is_xcom", "is_text", "generate_record_id",
    "generate_record_bytes", "generate_corrupt_fields", "schema_retention_policy", "drop_group_fillers",
    "drop_value_fillers", "filler_naming_policy", "strict_integral_precision", "display_pic_always_string",
    "strict_schema", "non_terminals", "occurs_mappings", "debug", "metadata", "truncate_comments",
    "comments_lbound", "comments_ubound", "string_trimming_policy", "ebcdic_code_page", "ebcdic_code_page_class",
    "ascii_charset", "is_utf16_big_endian", "floating_point_format", "variable_size_occurs",
    "strict_sign_overpunching", "improved_null_detection", "binary_as_hex", "allow_partial_records",
    "is_rdw_big_endian", "is_bdw_big_endian", "is_rdw_part_of_record_length", "rdw_adjustment", "bdw_adjustment",
    "block_length", "records_per_block", "segment_field", "segment_id_root", "segment_filter", "segment_id_level",
    "record_header_parser", "record_extractor", "rhp_additional_info", "re_additional_info",
    "with_input_file_name_col", "redefine_segment_id_map", "enable_indexes", "enable_index_cache",
    "input_split_records", "input_split_size_mb", "input_split_size_compressed_mb", "segment_id_prefix",
    "optimize_allocation", "improve_locality", "debug_layout_positions", "debug_ignore_file_size",
    "enable_self_checks", "segment_children", "redefine_rule", "field_code_page:",
)  # fmt: skip


def test_every_option_of_cobrix_has_its_place() -> None:
    assert sorted(option.name for option in COBRIX) == sorted(CAN_COBRIX)


def test_names_are_given_once_and_every_option_is_described() -> None:
    names = [name for option in OPTIONS for name in (option.name, *option.aliases)]
    assert len(set(names)) == len(names)
    assert all(option.doc.endswith((".", ").")) for option in OPTIONS)


def test_the_defaults_are_cobrixs() -> None:
    choices = chosen()
    assert (choices.record_format, choices.ebcdic, choices.charset) == ("F", True, "common")
    assert (choices.trim, choices.nulls, choices.collapse, choices.drop_values) == ("both", True, True, True)
    assert (choices.floats, choices.table, choices.utf16) == (("ibm", "big"), "ebcdic", "utf-16-be")
    assert choices.settings.dialect.name == "ibm"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"record_format": "D"}, {"ebcdic": False, "charset": "utf-8", "table": "ascii"}),
        ({"record_format": "D", "encoding": "ebcdic"}, {"ebcdic": True}),
        ({"is_text": "true"}, {"record_format": "D", "ebcdic": False}),
        ({"is_record_sequence": "true"}, {"record_format": "V"}),
        ({"encoding": "ASCII", "dialect": "mf"}, {"table": "ascii-mf"}),
        ({"encoding": "ascii", "dialect": "mf", "sign_table": "translated"}, {"table": "ascii"}),
        ({"sign_table": "hardware"}, {"table": "ebcdic-hardware"}),
        ({"dialect": "gnucobol"}, {"floats": ("ieee", "little")}),
        ({"dialect": "gnucobol", "floating_point_format": "IBM"}, {"floats": ("ibm", "big")}),
        ({"floating_point_format": "ieee754_little_endian"}, {"floats": ("ieee", "little")}),
        ({"string_trimming_policy": "keep_all"}, {"trim": "none"}),
        ({"debug": "true"}, {"debug": "hex"}),
        ({"debug": "binary"}, {"debug": "raw"}),
        ({"variable_size_occurs": True}, {"variable": "shift_record"}),
        ({"occurs_mapping": '{"T_A": {"X": 1}}'}, {"counts": {"T-A": {"X": 1}}}),
    ],
)
def test_what_options_decide(given: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    choices = chosen(**given)
    assert {name: getattr(choices, name) for name in expected} == expected


def test_parts_of_a_dialect_are_options() -> None:
    dialect = chosen(dialect="ibm", binary_size="1--8", comp5_order="little", synchronized="natural").settings.dialect
    assert (dialect.binary_size, dialect.comp5, dialect.slack_outside) == ("1--8", "little", False)
    assert chosen(dialect="gnucobol", synchronized="none").settings.dialect.boundaries == {}


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ({}, "auto"),
        ({"truncate_comments": "false"}, "free"),
        ({"truncate_comments": "true"}, "auto"),
        ({"comments_lbound": "3"}, "fixed"),
        ({"source_format": "variable", "comments_lbound": 7}, "variable"),
    ],
)
def test_how_lines_are_read(given: Mapping[str, Any], form: str) -> None:
    assert chosen(**given).style.form == form


@pytest.mark.parametrize(
    "given",
    [
        {"truncate_comments": "false", "comments_lbound": "3"},
        {"display_pic_always_string": "true", "strict_integral_precision": "true"},
        {"record_header_name": "H", "file_start_offset": "10"},
        {"record_header_name": "H-R", "record_trailer_name": "h_r"},
        {"record_format": "F", "is_text": "true"},
        {"record_length": "5", "record_length_field": "N"},
        {"record_length_map": '{"A": 1}'},
        {"block_length": "2", "records_per_block": "2"},
        {"block_length": "-1"},
        {"records_per_block": "0"},
        {"record_start_offset": "-1"},
        {"encoding": "ebcdic", "ascii_charset": "UTF-8"},
        {"encoding": "ascii", "ebcdic_code_page": "cp037"},
        {"minimum_record_length": "5", "maximum_record_length": "3"},
        {"occurs_mappings": '{"T": 1}'},
        {"segment_filter": "A"},
        {"segment_id_level0": "A"},
        {"segment_field": "S", "segment_id_level1": "A"},
        {"segment_field": "S", "segment_id_level0": "A", "segment_id_level1": "A"},
        {"segment_field": "S", "segment_id_root": "A", "segment_id_level0": "B"},
        {"segment_field": "S", "redefine_segment_id_map": ["A => 1", "B => 1"]},
        {
            "segment_field": "S",
            "redefine_segment_id_map": ["A => 1", "B => 2"],
            "segment_children": ["A => B", "B => A"],
        },
        {"segment_field": "S", "redefine_segment_id_map:0": "A => 1", "segment_children:0": "A => B"},
        {"generate_corrupt_fields": "hex", "segment_field": "S", "segment_children:0": "A => B"},
    ],
)
def test_options_that_contradict_each_other(given: Mapping[str, Any]) -> None:
    with pytest.raises(OptionError) as error:
        chosen(**given)
    assert error.value.code == "C0401"


def test_a_false_flag_contradicts_nothing() -> None:
    assert chosen(display_pic_always_string="false", strict_integral_precision="true").strict_digits


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"non_terminals": "A"}, "C0402"),
        ({"non_terminals": "GG"}, "C0402"),
        ({"field_code_page:cp037": "B"}, "C0402"),
        ({"field_code_page:cp99": "A"}, "C0404"),
        ({"occurs_mappings": '{"Q": {"X": 1}}'}, "C0402"),
        ({"record_length_field": "Q"}, "C0402"),
        ({"record_length_field": "A +"}, "C0402"),
        ({"record_length_field": "(A"}, "C0402"),
        ({"record_length_field": "A ?"}, "C0402"),
        ({"record_length_field": "A B"}, "C0402"),
        ({"record_length_field": "A", "record_length_map": '{"X": "y"}'}, "C0401"),
        ({"record_length_field": "A + 1", "record_length_map": '{"X": 1}'}, "C0401"),
        ({"record_format": "FB", "block_length": "3"}, "C0401"),
        ({"segment_field": "Q"}, "C0402"),
        ({"segment_field": "G"}, "C0402"),
        ({"segment_field": "A", "redefine_segment_id_map:0": "Q => 1"}, "C0402"),
        ({"segment_field": "A", "redefine_segment_id_map:0": "G"}, "C0401"),
        ({"segment_field": "A", "segment_children:0": "G => H"}, "C0401"),
        ({"redefine_rule:0": "Q => A = 1"}, "C0402"),
        ({"redefine_rule:0": "G => Q = 1"}, "C0402"),
        ({"redefine_rule:0": "G => A + 1"}, "C0402"),
        ({"redefine_rule:0": "G => A = 'x'"}, "C0402"),
        ({"redefine_rule:0": "G"}, "C0401"),
    ],
)
def test_options_that_do_not_fit_the_copybook(layout: Reads, given: Mapping[str, Any], code: str) -> None:
    with pytest.raises(OptionError) as error:
        layout("01 R. 05 G. 10 A PIC 9(2).", given)
    assert error.value.code == code
