"""Options about tables, names, texts, numbers and lengths: a copybook, the options, bytes, and the rows that they are.

On both emitters, read at once and byte by byte.
"""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest

import arrowsmith
from arrowsmith.diagnostics import Source

ASCII = {"encoding": "ascii"}

TABLE = "05 CNT PIC 9. 05 TAB OCCURS 0 TO 3 TIMES DEPENDING ON CNT. 10 X PIC X(2). 05 TAIL PIC X(3)."
DEEP = "05 C1 PIC 9. 05 G OCCURS 0 TO 2 DEPENDING ON C1. 10 C2 PIC 9. 10 H OCCURS 0 TO 3 DEPENDING ON C2 PIC X. 05 Z PIC X."
MAPPED = "05 C PIC X. 05 D1 OCCURS 0 TO 2 DEPENDING ON C. 10 P PIC X. 05 D2 OCCURS 0 TO 2 DEPENDING ON C. 10 Q PIC X."
FILLERS = "05 A PIC X. 05 FILLER PIC X. 05 B PIC X. 05 FILLER. 10 C PIC X. 10 FILLER PIC X. 05 FILLER OCCURS 2 TIMES. 10 D PIC X."
NESTED = "05 NAME. 10 FIRST-N PIC X(3). 10 LAST-N PIC 9(3). 05 NAME-NT PIC X. 05 ARR OCCURS 2 TIMES. 10 K PIC X."
LENGTH = "05 K PIC X. 05 L PIC 9(2). 05 T PIC X(5)."
LINE = "05 A PIC X(2). 05 B PIC 9(3)."
TEXTS = "05 A PIC X(6). 05 N PIC X(4)."
TWO = [{"X": "aa"}, {"X": "bb"}]
TABLES = [{"CNT": 2, "TAB": TWO, "TAIL": "TTT"}, {"CNT": 1, "TAB": TWO[:1], "TAIL": "UUU"}]
DEPTHS = [
    {"C1": 2, "G": [{"C2": 2, "H": ["a", "b"]}, {"C2": 1, "H": ["c"]}], "Z": "Z"},
    {"C1": 0, "G": [], "Z": "Y"},
    {"C1": 1, "G": [{"C2": 3, "H": ["a", "b", "c"]}], "Z": "X"},
]
COUNTS = [{"C": "A", "D1": [], "D2": [{"Q": "x"}]}, {"C": "B", "D1": [{"P": "a"}], "D2": [{"Q": "y"}, {"Q": "z"}]}]
LENGTHS = [{"K": "a", "L": 2, "T": "zz"}, {"K": "b", "L": 5, "T": "yyyyy"}, {"K": "c", "L": 0, "T": None}]
LINES = [("ab", 123), ("c", None), ("ab", None), ("zz", 999)]
OCCURS = {"occurs_mappings": '{"D1":{"A":0,"B":1},"d2":{"A":1,"B":2}}'}


def lined(rows: list[tuple[str, int | None]]) -> list[dict[str, Any]]:
    return [{"A": a, "B": b} for a, b in rows]


Sample = tuple[str, dict[str, str], bytes, list[dict[str, Any]]]
SAMPLES: dict[str, Sample] = {
    # tables
    "occurs": (TABLE, {"variable_size_occurs": "false"}, b"2aabb  TTT1aa    UUU", TABLES),
    "occurs-shift": (TABLE, {"variable_size_occurs": "true"}, b"2aabbTTT1aaUUU", TABLES),
    "occurs-shift-by-name": (TABLE, {"variable_size_occurs": "shift_record"}, b"2aabbTTT1aaUUU", TABLES),
    "occurs-pad": (TABLE, {"variable_size_occurs": "pad_record"}, b"2aabbTTT  1aaUUU    ", TABLES),
    "occurs-record-length": (TABLE, {"variable_size_occurs": "true", "record_length": "11"}, b"2aabbTTT   1aaUUU     ", TABLES),
    "occurs-lines": (TABLE, {"variable_size_occurs": "true", "record_format": "D"}, b"2aabbTTT\n1aaUUU\n", TABLES),
    "occurs-lines-full": (TABLE, {"record_format": "D"}, b"2aabb  TTT\n1aa    UUU\n", TABLES),
    "occurs-file-offsets": (
        DEEP, {"variable_size_occurs": "true", "file_start_offset": "2", "file_end_offset": "1"}, b"HH22ab1cZ0Y13abcXT", DEPTHS,
    ),
    "occurs-record-offsets": (
        DEEP, {"variable_size_occurs": "true", "record_start_offset": "1", "record_end_offset": "1"}, b"<22ab1cZ><0Y><13abcX>", DEPTHS,
    ),
    "occurs-mappings": (MAPPED, OCCURS, b"A..x.Ba.yz", COUNTS),
    "occurs-mappings-shift": (MAPPED, OCCURS | {"variable_size_occurs": "true"}, b"AxBayz", COUNTS),
    # names
    "fillers": (FILLERS, {}, b"ABCDEFG", [{"A": "A", "B": "C", "FILLER_1": {"C": "D"}, "FILLER_2": [{"D": "F"}, {"D": "G"}]}]),
    "fillers-values": (
        FILLERS,
        {"drop_value_fillers": "false"},
        b"ABCDEFG",
        [{"A": "A", "FILLER_P1": "B", "B": "C", "FILLER_1": {"C": "D", "FILLER_P2": "E"}, "FILLER_2": [{"D": "F"}, {"D": "G"}]}],
    ),
    "fillers-none": (FILLERS, {"drop_group_fillers": "true"}, b"ABCDEFG", [{"A": "A", "B": "C"}]),
    "fillers-groups": (
        FILLERS, {"drop_group_fillers": "true", "drop_value_fillers": "false"}, b"ABCDEFG", [{"A": "A", "FILLER_P1": "B", "B": "C"}],
    ),
    "fillers-previous": (
        FILLERS,
        {"drop_group_fillers": "true", "drop_value_fillers": "false", "filler_naming_policy": "previous_field_name"},
        b"ABCDEFG",
        [{"A": "A", "FILLER_AFTER_A": "B", "B": "C"}],
    ),
    "non-terminals": (
        NESTED,
        {"non_terminals": "name,ARR"},
        b"abc123!xy",
        [{"NAME": {"FIRST_N": "abc", "LAST_N": 123}, "NAME_NT1": "abc123", "NAME_NT": "!", "ARR": [{"K": "x"}, {"K": "y"}],
        "ARR_NT": ["x", "y"]}],
    ),
    "keep-original": (LINE, {"schema_retention_policy": "keep_original"}, b"ab123", [{"R": {"A": "ab", "B": 123}}]),
    # texts
    **{
        f"trim-{policy}": (TEXTS, {"string_trimming_policy": policy}, b"  a \x01\t\0\0\0\0", [{"A": text, "N": none}])
        for policy, text, none in (
            ("both", "a", None), ("left", "a ", None), ("right", "  a", None), ("none", "  a ", None),
            ("keep_all", "  a \x01\t", "\0\0\0\0"),
        )
    },
    "no-nulls": (TEXTS, {"improved_null_detection": "false"}, b"a     \0\0\0\0", [{"A": "a", "N": ""}]),
    "latin-1": (TEXTS, {"ascii_charset": "ISO-8859-1"}, "äöü   ß   ".encode("latin-1"), [{"A": "äöü", "N": "ß"}]),
    "windows": (TEXTS, {"ascii_charset": "windows-1252"}, "ä€    ß   ".encode("cp1252"), [{"A": "ä€", "N": "ß"}]),
    "utf-16": ("05 A PIC N(2).", {"is_utf16_big_endian": "false"}, "äb".encode("utf-16-le"), [{"A": "äb"}]),
    "field-code-page": (
        "05 A PIC X. 05 B PIC X.", {"encoding": "ebcdic", "ebcdic_code_page": "cp037", "field_code_page:cp273": "B"}, b"\x4a\x4a",
            [{"A": "¢", "B": "Ä"}],
    ),
    "hexadecimal": ("05 A PIC X(3) COMP.", {"binary_as_hex": "true"}, b"\1\2\xff", [{"A": "0102FF"}]),
    # numbers
    "integral": (
        "05 A PIC 9(4). 05 B PIC S9(9) COMP. 05 C PIC 9(4)V9.",
        {"strict_integral_precision": "true"},
        b"0012\0\0\0\x0712345",
        [{"A": Decimal(12), "B": Decimal(7), "C": Decimal("1234.5")}],
    ),
    "display-strings": (
        "05 A PIC 9(4). 05 B PIC S9(3). 05 C PIC 9V9. 05 D PIC S9(3) SIGN LEADING SEPARATE.",
        {"display_pic_always_string": "true"},
        b"001200K42-004",
        [{"A": "0012", "B": "-002", "C": Decimal("4.2"), "D": "-004"}],
    ),
    **{
        f"float-{name}": ("05 A COMP-1.", {"floating_point_format": name}, data, [{"A": 1.5}])
        for name, data in (
            ("IBM", b"\x41\x18\0\0"), ("IBM_little_endian", b"\0\0\x18\x41"), ("IEEE754", b"\x3f\xc0\0\0"),
            ("IEEE754_little_endian", b"\0\0\xc0\x3f"),
        )
    },
    "overpunch": ("05 A PIC 9(2).", {"strict_sign_overpunching": "false"}, b"0A02", [{"A": 1}, {"A": 2}]),
    # columns that options add
    **{
        f"debug-{how}": ("05 G OCCURS 2. 10 N PIC 9. 05 P PIC S9(3) COMP-3.", {"debug": how}, b"12\x41\x4c", [
            {"G": [{"N": 1, "N_debug": one}, {"N": 2, "N_debug": two}], "P": 414, "P_debug": packed},
        ])
        for how, one, two, packed in (
            ("true", "31", "32", "414C"), ("hex", "31", "32", "414C"), ("raw", b"1", b"2", b"AL"), ("binary", b"1", b"2", b"AL"),
            ("string", "1", "2", "AL"),
        )
    },
    # lengths
    "length": (LENGTH, {"record_length_field": "l + 3"}, b"a02zzb05yyyyyc00", LENGTHS),
    "length-formula": (LENGTH, {"record_length_field": "@L*1 + (4-1)"}, b"a02zzb05yyyyyc00", LENGTHS),
    "length-adjusted": (LENGTH, {"record_length_field": "L", "rdw_adjustment": "3"}, b"a02zzb05yyyyyc00", LENGTHS),
    "length-map": (LENGTH, {"record_length_field": "K", "record_length_map": '{"a":5,"b":"8","_":3}'}, b"a02zzb05yyyyyc00", LENGTHS),
    "length-map-of-numbers": (LENGTH, {"record_length_field": "L", "record_length_map": '{"2":5,"05":8,"0":3}'}, b"a02zzb05yyyyyc00",
        LENGTHS),
    "length-packed": (
        "05 L PIC 9(3) COMP-3. 05 T PIC X(5).", {"record_length_field": "L"}, b"\0\x4cab\0\x7cabcde",
            [{"L": 4, "T": "ab"}, {"L": 7, "T": "abcde"}],
    ),
    "length-offsets": (
        "05 L PIC 9(4) COMP. 05 T PIC X(5).", {"record_length_field": "L", "record_start_offset": "1", "record_end_offset": "1"},
        b"!\0\4ab?!\0\7abcde?", [{"L": 4, "T": "ab"}, {"L": 7, "T": "abcde"}],
    ),
    "record-length-more": (LINE, {"record_length": "7"}, b"ab123..zz999..", lined([LINES[0], LINES[3]])),
    "record-length-less": (LINE, {"record_length": "2"}, b"abzz", lined([("ab", None), ("zz", None)])),
    # lines
    **{
        f"lines-{form}": (LINE, {"record_format": form}, b"ab123\nc\r\nab12\n\n\r\nzz999", lined(LINES)) for form in ("D", "D2", "T")
    },
    "lines-cut": (LINE, {"record_format": "D"}, b"ab12345678\nzz999\n", lined([("ab", 123), ("zz", 999)])),
    "lines-partial": (
        LINE, {"record_format": "D", "allow_partial_records": "true"}, b"ab12345678\nzz999\n",
        lined([("ab", 123), ("45", 678), ("zz", 999)]),
    ),
    "lines-bounds": (
        LINE, {"record_format": "D", "minimum_record_length": "2", "maximum_record_length": "4"}, b"ab123\nc\nab12\n",
        lined([("ab", None)]),
    ),
    "lines-ebcdic": (LINE, {"record_format": "D", "encoding": "ebcdic"}, "ab123\x85cd456\x85".encode("cp037"),
        lined([("ab", 123), ("cd", 456)])),
}  # fmt: skip


class Dribble(io.RawIOBase):
    """A stream that gives one byte a read."""

    def __init__(self, data: bytes) -> None:
        self.data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, view: Any) -> int:
        return self.data.readinto(memoryview(view)[:1])


@pytest.mark.parametrize("emitter", ["x86-64", "vm"])
@pytest.mark.parametrize("name", SAMPLES)
def test_what_an_option_gives(name: str, emitter: str) -> None:
    text, options, data, rows = SAMPLES[name]
    book = Source("r.cpy", "01 R.\n" + text.replace(". ", ".\n") + "\n")
    given = ASCII | {"source_format": "free"} | options
    named = emitter if name != "utf-16" else "auto"
    table = arrowsmith.read(book, data, format="copybook", options=given, emitter=named, on_error="raise")
    assert table.to_pylist() == rows
    assert arrowsmith.read(book, Dribble(data), format="copybook", options=given, emitter=named).to_pylist() == rows


HEAD = Source("head.cpy", "       01  A.\n           05  X  PIC X(2).\n")
BODY = Source("body.cpy", "       01  B.\n           05  Y  PIC X(2).\n")


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({}, [{"X": "ab", "Y": "ab"}, {"X": "cd", "Y": "cd"}]),
        ({"roots": "sequence"}, [{"X": "ab", "Y": "cd"}]),
        ({"schema_retention_policy": "keep_original"}, [{"A": {"X": x}, "B": {"Y": x}} for x in ("ab", "cd")]),
    ],
)
def test_several_copybooks_are_views_unless_they_follow_each_other(options: dict[str, str], rows: Any) -> None:
    table = arrowsmith.read([HEAD, BODY], b"abcd", format="copybook", options=ASCII | options)
    assert table.to_pylist() == rows


@pytest.mark.parametrize(
    ("options", "data", "rows"),
    [
        ({"record_header_name": "B"}, b"hhabcd", [{"X": "ab"}, {"X": "cd"}]),
        ({"record_trailer_name": "b"}, b"abcdtt", [{"X": "ab"}, {"X": "cd"}]),
        ({"record_header_name": "B", "record_format": "D"}, b"hhab\ncd\n", [{"X": "ab"}, {"X": "cd"}]),
    ],
)
def test_headers_and_trailers_by_name(options: dict[str, str], data: bytes, rows: Any) -> None:
    book = Source("r.cpy", HEAD.text + BODY.text)
    assert arrowsmith.read(book, data, format="copybook", options=ASCII | options).to_pylist() == rows


def test_margins_that_leave_nothing_are_refused() -> None:
    with pytest.raises(arrowsmith.OptionError, match="comments_lbound is 50"):
        arrowsmith.compile(HEAD, format="copybook", options={"comments_lbound": 50, "comments_ubound": 50})


HIGH = (
    "05 A PIC X(3). 05 B PIC S9(3). 05 C PIC 9(2)V9 COMP-3. 05 D PIC S9(4) COMP. 05 E PIC S9(3) SIGN LEADING SEPARATE."
)


@pytest.mark.parametrize("emitter", ["auto", "vm"])
@pytest.mark.parametrize("more", [{}, {"zoned": "strict"}, {"improved_null_detection": "false"}])
def test_high_values_are_no_value_where_that_is_asked(emitter: str, more: dict[str, str]) -> None:
    """Of texts and decimals that are nothing else; binary items have a number for every byte. It is no refusal, and otherwise it is one."""
    book = arrowsmith.text(f"01 R. {HIGH}", name="r.cpy")
    content = (
        b"\xff" * 14
        + "A".encode("cp037")
        + b"\xff\xff"
        + "12".encode("cp037")
        + b"\xd3\x01\x2c\0\1"
        + "+001".encode("cp037")
    )

    with arrowsmith.open(book, content, options={"high_values": "null", **more}, emitter=emitter) as reader:
        none, some = reader.to_table().to_pylist()
    assert none == {"A": None, "B": None, "C": None, "D": -1, "E": None}
    assert some == {"A": "A", "B": -123, "C": Decimal("1.2"), "D": 1, "E": 1}
    assert reader.report.fields == ()
    with pytest.raises(arrowsmith.DataError, match=r"record 1, byte 3 \(B\)"):
        arrowsmith.read(book, content, options=more, emitter=emitter)
