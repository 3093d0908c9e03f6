"""Options → `Choices`: what the user has asked for, weighed against each other, with the defaults that depend on other options.

Raises `OptionError` where options contradict each other (the rules are Cobrix's) or where a value has no implementation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from arrowsmith.charsets import Charset
from arrowsmith.errors import OptionError
from arrowsmith.interfaces import Options
from arrowsmith_copybook.building import Settings
from arrowsmith_copybook.charsets import ascii_charset, ebcdic
from arrowsmith_copybook.dialect import BOUNDARIES, DIALECTS, Dialect
from arrowsmith_copybook.segments import Segments, read_segments
from arrowsmith_copybook.source import Style
from arrowsmith_copybook.words import key

#: HIGH-VALUES
HIGH = b"\xff"

#: Pairs of options that exclude each other where both are given (and, of flags, set).
_EXCLUDE: tuple[tuple[str, str], ...] = (
    ("display_pic_always_string", "strict_integral_precision"),
    ("record_header_name", "file_start_offset"),
    ("record_trailer_name", "file_end_offset"),
    ("record_format", "is_xcom"),
    ("record_format", "is_record_sequence"),
    ("record_format", "is_text"),
    ("record_length_field", "is_xcom"),
    ("record_length_field", "is_record_sequence"),
    ("record_length", "is_text"),
    ("record_length", "is_xcom"),
    ("record_length", "is_record_sequence"),
    ("record_length", "minimum_record_length"),
    ("record_length", "maximum_record_length"),
    ("record_length", "is_rdw_big_endian"),
    ("record_length", "is_rdw_part_of_record_length"),
    ("record_length", "rdw_adjustment"),
    ("record_length", "record_length_field"),
    ("is_text", "is_rdw_big_endian"),
    ("is_text", "is_rdw_part_of_record_length"),
    ("is_text", "rdw_adjustment"),
    ("is_text", "is_xcom"),
    ("block_length", "records_per_block"),
    ("segment_children", "segment_id_level"),
    ("segment_children", "segment_id_root"),
    ("segment_children", "generate_record_bytes"),
    ("segment_children", "generate_corrupt_fields"),
)
#: Options without a meaning unless another one is given.
_REQUIRE = (("record_length_map", "record_length_field"),)
#: Numbers that are at least 1 where they are given.
_POSITIVE = (
    "block_length",
    "records_per_block",
    "record_length",
    "minimum_record_length",
    "maximum_record_length",
    "tab_width",
)
#: Numbers that are at least 0.
_NATURAL = (
    "file_start_offset", "file_end_offset", "record_start_offset", "record_end_offset", "comments_lbound", "comments_ubound",
)  # fmt: skip
#: Options that are to go with others, any of them.
_WITH_SEGMENTS = (
    "segment_filter",
    "segment_id_root",
    "segment_id_level",
    "redefine_segment_id_map",
    "segment_children",
)

_DEBUG: dict[str, Literal["", "hex", "raw", "string"]] = {
    "none": "", "false": "", "true": "hex", "hex": "hex", "raw": "raw", "binary": "raw", "string": "string",
}  # fmt: skip

RecordFormat = Literal["F", "FB", "V", "VB", "VS", "VBS", "D", "D2", "T"]
Trim = Literal["none", "left", "right", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Everything that options decide about a copybook.

    ``charset``: a codec's name, or that of ``page``, a table of our own; ``pages``: other pages, or codecs, by the field's name in
    capitals.
    ``nulls``: LOW-VALUES mean that there is no value; ``keep``: texts stay as they are, LOW-VALUES too.  ``table``: the digit table of
    zoned numbers.  ``full``: columns of binary numbers hold whatever their bytes may.  ``floats``: the base of COMP-1's kind and its
    byte order.
    """

    style: Style
    settings: Settings
    record_format: RecordFormat
    ebcdic: bool
    charset: str
    page: Charset | None
    pages: Mapping[str, Charset | str]
    table: str
    floats: tuple[Literal["ibm", "ieee"], Literal["big", "little"]]
    trim: Trim
    undecodable: Literal["space", "replace", "error"]
    nulls: bool
    high: bytes
    keep: bool
    strict_signs: bool
    lenient: bool
    strict_digits: bool
    written: bool
    truncated: bool
    full: bool
    conditions: Literal["metadata", "boolean", "enum"]
    hex: bool
    utf16: Literal["utf-16-be", "utf-16-le"]
    collapse: bool
    drop_groups: bool
    drop_values: bool
    previous_names: bool
    non_terminals: tuple[str, ...]
    debug: Literal["", "hex", "raw", "string"]
    metadata: Literal["false", "basic", "extended"]
    counts: Mapping[str, Mapping[str, int]]
    segments: Segments
    variable: Literal["false", "shift_record", "pad_record"]
    given: Options


def choose(options: Options, own: Mapping[str, Charset] = MappingProxyType({})) -> Choices:
    """What *options* (from `parse_options`) ask for; *own*: code pages of the user's own.  Raises `OptionError`."""
    _check(options)
    record_format = _record_format(options)
    is_ebcdic = not is_ascii(options)
    found = (
        _page(options["ebcdic_code_page"] or "common", own)
        if is_ebcdic
        else ascii_charset(options["ascii_charset"] or "UTF-8")
    )
    page, charset = (found, found.name) if isinstance(found, Charset) else (None, found)
    undecodable: Literal["space", "replace", "error"] = "space" if is_ebcdic or charset == "ascii" else "replace"
    undecodable = options["undecodable"] or undecodable
    dialect = _dialect(options)
    floats = options["floating_point_format"] or dialect.floats
    trim = options["string_trimming_policy"]
    variable = options["variable_size_occurs"]
    debug: Literal["", "hex", "raw", "string"] = _DEBUG[options["debug"]]
    return Choices(
        style=_style(options),
        settings=Settings(
            dialect=dialect,
            edited_numbers=options["edited_pictures"] == "number",
            nsymbol=options["nsymbol"],
            decimal_comma=options["decimal_point"] == "comma",
            roots=options["roots"],
            header=key(options["record_header_name"] or ""),
            trailer=key(options["record_trailer_name"] or ""),
            mapped=frozenset(key(name) for name in options["occurs_mappings"]),
        ),
        record_format=record_format,
        ebcdic=is_ebcdic,
        charset=page.name if page else charset,
        page=page,
        pages=_field_pages(options["field_code_page:"], own),
        table=_table(is_ebcdic, options["sign_table"], dialect),
        floats=("ibm" if floats.startswith("IBM") else "ieee", "little" if floats.endswith("little_endian") else "big"),
        trim="none" if trim == "keep_all" else trim,
        undecodable=undecodable,
        nulls=options["improved_null_detection"],
        high=HIGH if options["high_values"] == "null" else b"",
        keep=trim == "keep_all",
        strict_signs=options["strict_sign_overpunching"],
        lenient=options["zoned"] == "lenient",
        strict_digits=options["strict_integral_precision"],
        written=options["display_pic_always_string"],
        truncated=options["binary_truncate"] == "std",
        full=options["binary_truncate"] == "full",
        conditions=options["condition_names"],
        hex=options["binary_as_hex"],
        utf16="utf-16-be" if options["is_utf16_big_endian"] else "utf-16-le",
        collapse=options["schema_retention_policy"] == "collapse_root",
        drop_groups=options["drop_group_fillers"],
        drop_values=options["drop_value_fillers"],
        previous_names=options["filler_naming_policy"] == "previous_field_name",
        non_terminals=tuple(key(name) for name in options["non_terminals"].split(",") if name.strip()),
        debug=debug,
        metadata=options["metadata"],
        counts=_counts(options["occurs_mappings"]),
        segments=read_segments(options),
        variable="shift_record" if variable == "true" else variable,
        given=options,
    )


def is_ascii(options: Options) -> bool:
    """Whether the data are ASCII: as *options* say, and else text files are."""
    return (options["encoding"] or ("ascii" if _record_format(options) in ("D", "D2", "T") else "ebcdic")) == "ascii"


def _check(options: Options) -> None:
    for one, other in _EXCLUDE:
        if _given(options[one]) and _given(options[other]):
            raise _contradiction(f"the options {one} and {other} exclude each other")
    for one, other in _REQUIRE:
        if options[one] and not options[other]:
            raise _contradiction(f"the option {one} has no meaning without {other}")
    for name in _POSITIVE:
        if options[name] is not None and options[name] < 1:
            raise _contradiction(f"the option {name} is at least 1, not {options[name]}")
    for name in _NATURAL:
        if options[name] is not None and options[name] < 0:
            raise _contradiction(f"the option {name} is at least 0, not {options[name]}")
    if options["truncate_comments"] is False:
        for name in ("comments_lbound", "comments_ubound"):
            if options[name] is not None:
                raise _contradiction(f"the option {name} has no meaning with truncate_comments=false")
    left, right = options["comments_lbound"], options["comments_ubound"]
    if left is not None and left >= (72 if right is None else right):
        raise _contradiction(
            f"comments_lbound is {left}: nothing is left of lines before comments_ubound, {right or 72}"
        )
    if (options["encoding"] or "") == "ebcdic" and options["ascii_charset"]:
        raise _contradiction("the option ascii_charset has no meaning with encoding=ebcdic")
    if (options["encoding"] or "") == "ascii" and options["ebcdic_code_page"]:
        raise _contradiction("the option ebcdic_code_page has no meaning with encoding=ascii")
    header, trailer = options["record_header_name"], options["record_trailer_name"]
    if header and trailer and key(header) == key(trailer):
        raise _contradiction(f"record_header_name and record_trailer_name are both {header}")
    least, most = options["minimum_record_length"], options["maximum_record_length"]
    if least is not None and most is not None and least > most:
        raise _contradiction(f"minimum_record_length is {least}, more than maximum_record_length, {most}")
    if not options["segment_field"]:
        for name in _WITH_SEGMENTS:
            if options[name] or options[name] == "":
                raise _contradiction(f"the option {name} has no meaning without segment_field")


def _given(value: Any) -> bool:
    """Whether an option asks for something."""
    return bool(value) and value != "false"


def _contradiction(message: str) -> OptionError:
    return OptionError(message, code="C0401")


def _record_format(options: Options) -> RecordFormat:
    given: RecordFormat | None = options["record_format"]
    if given is None:
        if options["is_xcom"] or options["is_record_sequence"]:
            return "V"
        given = "D" if options["is_text"] else "F"
    return given


def _dialect(options: Options) -> Dialect:
    dialect = DIALECTS[options["dialect"]]
    changed: dict[str, Any] = {}
    if options["binary_size"]:
        changed["binary_size"] = options["binary_size"]
    if options["comp5_order"]:
        changed["comp5"] = options["comp5_order"]
    if options["synchronized"]:
        changed["boundaries"] = BOUNDARIES[options["synchronized"]]
        changed["slack_outside"] = options["synchronized"] != "natural"
    return replace(dialect, **changed)


def _style(options: Options) -> Style:
    margins = {"left": options["comments_lbound"], "right": options["comments_ubound"]}
    given = {name: value for name, value in margins.items() if value is not None}
    form = options["source_format"]
    if form == "auto" and options["truncate_comments"] is False:
        form = "free"
    elif form == "auto" and given:
        form = "fixed"
    return Style(form=form, tab=options["tab_width"], **given)


def _table(is_ebcdic: bool, asked: str | None, dialect: Dialect) -> str:
    if is_ebcdic:
        return "ebcdic-hardware" if asked == "hardware" else "ebcdic"
    return "ascii-mf" if (asked or dialect.ascii_signs) == "mf" else "ascii"


def _page(name: str, own: Mapping[str, Charset]) -> Charset | str:
    return own.get(name.strip().lower()) or ebcdic(name)


def _field_pages(given: Mapping[str, str], own: Mapping[str, Charset]) -> Mapping[str, Charset | str]:
    return {
        key(field): _page(page, own) for page, fields in given.items() for field in fields.split(",") if field.strip()
    }


def _counts(given: Mapping[str, Any]) -> Mapping[str, Mapping[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for table, mapping in given.items():
        if not isinstance(mapping, Mapping) or not all(type(n) is int for n in mapping.values()):
            raise _contradiction(
                f'the option occurs_mappings maps tables to counts by text, as {{"{table}": {{"A": 1}}}}'
            )
        counts[key(table)] = dict(mapping)
    return counts
