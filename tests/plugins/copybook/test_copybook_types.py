"""Pictures and usages become types, of the Layout and of Arrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from outlines import faultless, fields

from arrowsmith.layout.storage import stored
from arrowsmith.layout.types import Bytes, Float, Integer, Packed, Text, Zoned

#: A fixture: text → what it says.
Reads: TypeAlias = Callable[..., Any]


@pytest.mark.parametrize(
    ("text", "options", "arrow"),
    [
        ("PIC X(3)", {}, ("utf8", "")),
        ("PIC 9(9)", {}, ("i32", "")),
        ("PIC 9(10)", {}, ("i64", "")),
        ("PIC S9(18)", {}, ("i64", "")),
        ("PIC 9(19)", {}, ("dec128", "decimal(19, 0)")),
        ("PIC 9(4)V99", {}, ("dec128", "decimal(6, 2)")),
        ("PIC PPP9(5)", {}, ("dec128", "decimal(8, 8)")),
        ("PIC 9(5)PPP", {}, ("dec128", "decimal(8, 0)")),
        ("PIC 9(5)", {"strict_integral_precision": "true"}, ("dec128", "decimal(5, 0)")),
        ("PIC +9(8)", {}, ("i32", "")),
        ("PIC Z(6).99-", {}, ("dec128", "decimal(8, 2)")),
        ("PIC S9(9) COMP", {}, ("i32", "")),
        ("PIC 9(8) COMP", {}, ("i32", "")),
        ("PIC 9(9) COMP", {}, ("i64", "")),
        ("PIC 9(9) COMP-9", {}, ("i64", "")),
        ("PIC 9(17) COMP", {}, ("i64", "")),
        ("PIC 9(18) COMP", {}, ("dec128", "decimal(20, 0)")),
        ("PIC S9(18) COMP", {}, ("i64", "")),
        ("PIC 9(18) COMP", {"strict_integral_precision": "true"}, ("dec128", "decimal(18, 0)")),
        ("PIC S9(4)V99 COMP", {}, ("dec128", "decimal(6, 2)")),
        ("PIC 9(9) COMP-3", {}, ("i32", "")),
        ("PIC 9(18) COMP-3", {}, ("i64", "")),
        ("PIC 9(20) COMP-3", {}, ("dec128", "decimal(20, 0)")),
        ("PIC 9(5) COMP-6", {}, ("i32", "")),
        ("COMP-1", {}, ("f32", "")),
        ("COMP-2", {}, ("f64", "")),
        ("PIC X(3) COMP", {}, ("binary", "")),
        ("PIC X(3) COMP", {"binary_as_hex": "true"}, ("utf8", "")),
        ("BINARY-LONG", {}, ("i32", "")),
        ("BINARY-LONG UNSIGNED", {}, ("u32", "")),
        ("BINARY-DOUBLE UNSIGNED", {}, ("u64", "")),
        ("INDEX", {}, ("i32", "")),
        ("PIC N(3)", {}, ("utf8", "")),
        ("PIC U(3)", {}, ("utf8", "")),
        ("PIC G(3)", {}, ("binary", "")),
    ],
)
def test_arrow_types(layout: Reads, text: str, options: dict[str, str], arrow: tuple[str, str]) -> None:
    made = faultless(layout(f"05 A {text}.", options))
    assert stored(fields(made)["A"].type) == arrow


@pytest.mark.parametrize(
    ("text", "options", "kind"),
    [
        ("PIC S9(4) COMP", {}, Integer(bits=16, digits=4)),
        ("PIC 9(4) COMP-9", {}, Integer(bits=16, digits=4, encoding="unsigned", order="little")),
        ("PIC S9(4) COMP-5", {"dialect": "mf"}, Integer(bits=16, digits=4, order="little")),
        ("PIC S9(5) COMP-3", {}, Packed(size=3, digits=5, absent=b"\x00\x40")),
        ("PIC 9(4) COMP-3", {}, Packed(size=3, digits=5, absent=b"\x00\x40")),
        ("PIC 9(4)V99 COMP-3U", {"encoding": "ascii"}, Packed(size=3, digits=6, scale=2, sign="none")),
        ("PIC S9(4)", {}, Zoned(size=4, digits=4, sign="trailing", lenient=True, absent=b"\x00\x40")),
        (
            "PIC S9(4) LEADING SEPARATE",
            {"zoned": "strict", "encoding": "ascii"},
            Zoned(size=5, digits=4, table="ascii", sign="leading_separate", absent=b"\x00 "),
        ),
        ("PIC 9.9", {}, Zoned(size=3, digits=2, scale=1, lenient=True, point=True, absent=b"\x00\x40")),
        (
            "PIC **9.99",
            {},
            Zoned(size=6, digits=5, scale=2, table="ebcdic-edited", lenient=True, point=True, absent=b"\x00\x40"),
        ),
        ("PIC 9", {"strict_sign_overpunching": "false"}, Zoned(size=1, digits=1, lenient=True, anywhere=True, absent=b"\x00\x40")),
        ("PIC 9 BLANK WHEN ZERO", {}, Zoned(size=1, digits=1, lenient=True, blank_zero=True, absent=b"\x00")),
        ("PIC 9", {"improved_null_detection": "false"}, Zoned(size=1, digits=1, lenient=True)),
        ("PIC V9", {"improved_null_detection": "false"}, Zoned(size=1, digits=1, scale=1, lenient=True, blank_zero=True)),
        ("COMP-1", {}, Float(kind="ibm32")),
        ("COMP-2", {"floating_point_format": "IEEE754_little_endian"}, Float(kind="ieee64", order="little")),
        ("PIC X(2)", {}, Text(size=2, charset="common", trim="both", undecodable="space", absent=b"\x00")),
        (
            "PIC X(2)",
            {"record_format": "V", "ebcdic_code_page": "cp500", "string_trimming_policy": "right", "undecodable": "error"},
            Text(size=2, charset="cp500", trim="right", undecodable="error", partial=True, absent=b"\x00"),
        ),
        ("PIC X(2)", {"field_code_page:cp273": "B,A"}, Text(size=2, charset="cp273", trim="both", undecodable="space", absent=b"\x00")),
        ("PIC N", {"is_utf16_big_endian": "false"}, Text(size=2, charset="utf-16-le", trim="both", undecodable="space", absent=b"\x00")),
        ("PIC X(2) COMP", {}, Bytes(size=2)),
    ],
)  # fmt: skip
def test_physical_types(layout: Reads, text: str, options: dict[str, str], kind: Any) -> None:
    made = faultless(layout(f"01 R. 05 A {text}. 05 B PIC X.", options))
    assert fields(made)["A"].type == kind
