"""The options of the copybook format: Cobrix's by their own names, then ours.  The documentation's table is made from this.

An option of Cobrix is the same here unless it says ``no_effect`` (accepted, nothing to do) or ``replaced_by``.
"""

from __future__ import annotations

from typing import Any

from arrowsmith.interfaces import Option
from arrowsmith_copybook.charsets import EBCDIC_NAMES
from arrowsmith_copybook.dialect import BINARY_SIZES, BOUNDARIES, DIALECTS

_DICTIONARY = "name the copybook as the dictionary"
_DATA = "name the files as the data"
_SPLITS = "files are not split by an index"
_SPARK = "there is no Spark here"
_SIZES = tuple(name for name in BINARY_SIZES if name != "comp-9")
_FRAMER = "the options of framing, or a framer (`--framer`, docs/write-a-framer.md)"


def _text(name: str, doc: str, default: str | None = None, *choices: str, **more: Any) -> Option:
    return Option(name, str, default, doc, choices=choices, **more)


def _flag(name: str, doc: str, default: bool | None = False, **more: Any) -> Option:
    return Option(name, bool, default, doc, **more)


def _number(name: str, doc: str, default: int | None = None, **more: Any) -> Option:
    return Option(name, int, default, doc, **more)


def _gone(name: str, replaced_by: str) -> Option:
    return Option(name, str, None, f"Replaced by: {replaced_by}.", replaced_by=replaced_by)


def _ignored(name: str, why: str, type_: type[str | bool | int] = bool) -> Option:
    return Option(name, type_, None, f"Accepted, without effect: {why}.", no_effect=why)


#: Options that Cobrix has, in the order of its README.
COBRIX: tuple[Option, ...] = (
    _gone("copybook", _DICTIONARY),
    _gone("copybooks", _DICTIONARY),
    _gone("copybook_contents", _DICTIONARY),
    _gone("path", _DATA),
    _gone("data_paths", _DATA),
    _gone("paths", _DATA),
    _number("file_start_offset", "Bytes at the start of each file that belong to no record.", 0),
    _number("file_end_offset", "Bytes at the end of each file that belong to no record.", 0),
    _number("record_start_offset", "Bytes at the start of each record that the copybook does not describe.", 0),
    _number("record_end_offset", "Bytes at the end of each record that the copybook does not describe.", 0),
    _text("record_header_name", "The level 01 record that stands once at the start of each file."),
    _text("record_trailer_name", "The level 01 record that stands once at the end of each file."),
    _flag("truncate_comments", "Whether columns before comments_lbound and behind comments_ubound are ignored.", None),
    _number("comments_lbound", "Columns at the start of each line of the copybook that are ignored (6)."),
    _number("comments_ubound", "The last column of a line of the copybook that is looked at (72)."),
    _text(
        "string_trimming_policy",
        "Which ends of texts lose blanks.",
        "both",
        "both",
        "left",
        "right",
        "none",
        "keep_all",
    ),
    _flag("display_pic_always_string", "Whether whole numbers of usage DISPLAY become texts, zeros kept."),
    _text("ebcdic_code_page", f"The code page of EBCDIC text: {', '.join(EBCDIC_NAMES)}."),
    _gone("ebcdic_code_page_class", "ebcdic_code_page, which takes the name of any page"),
    Option("field_code_page:", str, {}, "field_code_page:cp037=A,B: another code page for some fields.", prefix=True),
    _flag("is_utf16_big_endian", "The byte order of NATIONAL items.", True),
    _text(
        "floating_point_format",
        "How COMP-1 and COMP-2 are stored; by default as the dialect has it.",
        None,
        *("IBM", "IBM_little_endian", "IEEE754", "IEEE754_little_endian"),
    ),
    _text(
        "variable_size_occurs",
        "Whether a table takes only the room of its occurrences: false, true or shift_record (what follows moves up), "
        "pad_record (the same within a record of full length).",
        "false",
        *("false", "true", "shift_record", "pad_record"),
    ),
    Option(
        "occurs_mappings",
        dict,
        {},
        'Counts for texts in DEPENDING ON: {"TABLE": {"A": 1}}.',
        aliases=("occurs_mapping",),
    ),
    _flag("strict_sign_overpunching", "Whether an overpunched sign is refused in unsigned and inner digits.", True),
    _flag(
        "improved_null_detection",
        "Whether LOW-VALUES in texts, and blanks too in numbers, mean that there is no value.",
        True,
    ),
    _flag("strict_integral_precision", "Whether whole numbers become decimals of the picture's digits."),
    _flag("binary_as_hex", "Whether PIC X COMP becomes a text of hexadecimal digits."),
    _text(
        "schema_retention_policy",
        "Whether the record itself is a column.",
        "collapse_root",
        "collapse_root",
        "keep_original",
    ),
    _flag("drop_group_fillers", "Whether groups without a name give no columns."),
    _flag("drop_value_fillers", "Whether elementary items without a name give no columns.", True),
    _text(
        "filler_naming_policy",
        "How items without a name are called.",
        "sequence_numbers",
        *("sequence_numbers", "previous_field_name"),
    ),
    _text("non_terminals", "Groups that become a text column as well, by commas.", ""),
    _flag("generate_record_id", "Columns File_Id, Record_Id and Record_Byte_Length."),
    _flag("generate_record_bytes", "A column Record_Bytes with each record's bytes."),
    _text(
        "generate_corrupt_fields",
        "A column _corrupt_fields with the fields that could not be read, and their bytes: true or binary, or as hex.",
        "false",
        *("false", "true", "binary", "hex"),
    ),
    _text("with_input_file_name_col", "The name of a column with each record's file."),
    _text(
        "metadata",
        "What the schema's fields say: nothing, lengths, or pictures and usages too.",
        "basic",
        "false",
        "basic",
        "extended",
    ),
    _text(
        "debug",
        "A column X_debug with the bytes of each field X: hex (or true), raw or binary, string.",
        "none",
        *("none", "false", "true", "hex", "raw", "binary", "string"),
    ),
    _text("record_format", "How records are told apart (F).", None, "F", "FB", "V", "VB", "VS", "VBS", "D", "D2", "T"),
    _number("record_length", "Bytes of each record, where the copybook does not say it."),
    _number("block_length", "Bytes of each block of fixed-length records."),
    _number("records_per_block", "Records of each block."),
    _flag("is_record_sequence", "record_format=V.", None),
    _flag("is_xcom", "record_format=V.", None),
    _flag("is_text", "record_format=D.", None),
    _flag("is_rdw_big_endian", "The byte order of record headers."),
    _flag("is_bdw_big_endian", "The byte order of block headers."),
    _flag("is_rdw_part_of_record_length", "Whether the length in a record header counts the header."),
    _number("rdw_adjustment", "Added to the length in a record header, or in record_length_field.", 0),
    _number("bdw_adjustment", "Added to the length in a block header.", 0),
    _text("record_length_field", "The field, or the expression over fields, that holds the record's length."),
    Option("record_length_map", dict, None, 'Lengths for values of record_length_field: {"A": 100}.'),
    _gone("record_extractor", _FRAMER),
    _gone("record_header_parser", _FRAMER),
    _gone("rhp_additional_info", _FRAMER),
    _gone("re_additional_info", _FRAMER),
    _number("minimum_record_length", "Shorter records are left out."),
    _number("maximum_record_length", "Longer records are left out."),
    _flag("allow_partial_records", "Whether a line of text that is too short or too long is read as far as it goes."),
    _text("ascii_charset", "The charset of ASCII text."),
    _text(
        "encoding", "Whether the data are EBCDIC or ASCII (text files: ASCII, others: EBCDIC).", None, "ebcdic", "ascii"
    ),
    _text("segment_field", "The field that tells records of several kinds apart."),
    _text("segment_filter", "Values of segment_field whose records are read, by commas."),
    _text("segment_id_root", "The value of segment_field of a root record."),
    Option("segment_id_level", str, {}, "segment_id_level0=C: generated ids, a column Seg_Id0.", prefix=True),
    _text("segment_id_prefix", "What generated ids begin with.", ""),
    Option(
        "redefine_segment_id_map",
        str,
        (),
        "redefine_segment_id_map:0=GROUP => A,B: the view of records A and B.",
        many=True,
    ),
    Option("segment_children", str, (), "segment_children:0=PARENT => CHILD,CHILD: hierarchies.", many=True),
    Option(
        "redefine_rule", str, (), "redefine_rule:0=GROUP => FIELD = 1: the view of records where it holds.", many=True
    ),
    _ignored("pedantic", "an unknown option is always an error"),
    _ignored("strict_schema", _SPARK),
    _ignored("enable_indexes", _SPLITS),
    _ignored("enable_index_cache", _SPLITS),
    _ignored("input_split_records", _SPLITS, int),
    _ignored("input_split_size_mb", _SPLITS, int),
    _ignored("input_split_size_compressed_mb", _SPLITS, int),
    _ignored("improve_locality", _SPARK),
    _ignored("optimize_allocation", _SPARK),
    _ignored("debug_layout_positions", "arrowsmith describe --layout shows them"),
    _ignored("debug_ignore_file_size", "a last record that is cut short is the error policy's business"),
    _ignored("enable_self_checks", "checking by a second executor is an option of the run"),
)

#: Options that Cobrix does not have.
OWN: tuple[Option, ...] = (
    _text("dialect", "The compiler whose rules of storage hold.", "ibm", *DIALECTS),
    _text("source_format", "How lines of the copybook are read.", "auto", "auto", "fixed", "free", "variable"),
    _number("tab_width", "Columns between tab stops of the copybook.", 8),
    _text("binary_size", "Bytes of binary items by their digits, instead of the dialect's.", None, *_SIZES),
    _text("comp5_order", "The byte order of COMP-5, instead of the dialect's.", None, "big", "little"),
    _text(
        "binary_truncate",
        "Whether COMP and COMP-4 hold what fits their bytes (bin), or only what has the picture's digits (std); full: columns of all "
        "binary items, COMP-5 too, are as wide as their bytes, and not as Cobrix has them (decimal(20, 0) for PIC 9(17) COMP).",
        "bin",
        *("bin", "full", "std"),
    ),
    _text(
        "condition_names",
        "What level 88 conditions become: metadata of their field, a boolean column each, or a column X_condition with the name "
        "of the first that holds.",
        "metadata",
        *("metadata", "boolean", "enum"),
    ),
    Option(
        "code_page:",
        str,
        {},
        "code_page:MINE=mine.txt: a code page of one's own, from a file of lines with a byte and its character "
        "(0x41 0x00E4, or of the form .ucm), to be named in ebcdic_code_page and field_code_page.",
        prefix=True,
    ),
    _text("copy_path", "Folders where COPY looks for copybooks, by commas, behind the copybook's own.", ""),
    _text(
        "sign_table",
        "Overpunched signs of ASCII data, or all zones that the hardware takes.",
        None,
        "translated",
        "mf",
        "hardware",
    ),
    _text("synchronized", "Where SYNCHRONIZED items begin, instead of the dialect's.", None, *BOUNDARIES),
    _text(
        "zoned",
        "Whether numbers of usage DISPLAY may have blanks and signs in odd places.",
        "lenient",
        "lenient",
        "strict",
    ),
    _text(
        "high_values",
        "What texts and decimals of nothing but HIGH-VALUES are: bytes like any others (invalid), or no value, as LOW-VALUES (null).",
        "invalid",
        *("invalid", "null"),
    ),
    _text("edited_pictures", "What pictures with B / , CR DB and a currency sign become.", "text", "text", "number"),
    _text("decimal_point", "DECIMAL-POINT IS COMMA, for edited pictures.", "point", "point", "comma"),
    _text("nsymbol", "What PIC N is without a usage.", "national", "national", "dbcs"),
    _text("roots", "How several level 01 records without REDEFINES lie.", "error", "error", "sequence", "overlay"),
    _text(
        "undecodable",
        "What becomes of bytes that the code page has no character for: by default a space in EBCDIC text and U+FFFD "
        "(replace) in ASCII text.",
        None,
        "space",
        "replace",
        "error",
    ),
)

OPTIONS: tuple[Option, ...] = COBRIX + OWN
