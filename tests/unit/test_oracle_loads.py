"""Ops that load, on the oracle: what comes out of which bytes, what is refused, and how it says so."""

from __future__ import annotations

import struct

import pytest
from small_programs import one, program, refused

from arrowsmith.testing.harness import Oracle, decode, new_input, rows


@pytest.mark.parametrize(
    ("attributes", "data", "expected"),
    [
        ("size=1", "ff", -1),
        ("size=1 encoding=unsigned", "ff", 255),
        ("size=2 order=little", "0180", -32767),
        ("size=3", "800000", -(2**23)),
        ("size=3 encoding=ones", "fffffe", -1),
        ("size=3 encoding=ones", "ffffff", 0),
        ("size=2 encoding=magnitude", "8001", -1),
        ("size=2 encoding=magnitude", "8000", 0),
        ("size=8 encoding=ones", "8000000000000000", -(2**63) + 1),
        ("size=2 absent=x'0040'", "4040", None),
        ("size=2 absent=x'0040'", "0040", 0x40),
        ("size=2 absent=x'0040'", "0000", None),
    ],
)
def test_load_int(attributes, data, expected):
    assert one(f"r0 = load.int +0 {attributes}", bytes.fromhex(data)) == expected


def test_wide_integers():
    """8 unsigned bytes are a u64, 9 to 16 an i128; 16 unsigned ones wrap around."""
    assert one("r0 = load.int +0 size=8 encoding=unsigned", b"\xff" * 8, "u64", "u64") == 2**64 - 1
    assert one("r0 = load.int +0 size=8 encoding=unsigned", b"\xff" * 8, "u64", "dec128") == 2**64 - 1
    assert one("r0 = load.int +0 size=9 encoding=unsigned", b"\xff" * 9, "i128", "dec128") == 2**72 - 1
    assert one("r0 = load.int +0 size=16", b"\xff" * 16, "i128", "dec128") == -1
    assert one("r0 = load.int +0 size=16 encoding=unsigned", b"\xff" * 16, "i128", "dec128") == -1
    assert one("r0 = load.int +0 size=16 encoding=ones order=little", b"\xfe" + b"\xff" * 15, "i128", "dec128") == -1


def test_load_bits():
    assert one("r0 = load.bits +0 size=2 order=big low=4 width=8", b"\x12\x34") == 0x23
    assert one("r0 = load.bits +0 size=2 order=little low=4 width=8", b"\x34\x12") == 0x23
    assert one("r0 = load.bits +0 size=1 order=big low=7 width=1 signed", b"\x80") == -1
    assert one("r0 = load.bits +0 size=8 order=big low=0 width=64", b"\xff" * 8, "u64", "u64") == 2**64 - 1
    assert one("r0 = load.bits +0 size=8 order=big low=0 width=64 signed", b"\xff" * 8) == -1


def test_load_float():
    """`arrowsmith.program.floats` says what; here: that the op asks it, by kind and order, and looks for absence first."""
    assert one("r0 = load.float +0 kind=ibm32", bytes.fromhex("43142efc"), "f64", "f64") == 322.9365234375
    assert one("r0 = load.float +0 kind=ieee32 order=little", struct.pack("<f", 1.5), "f64", "f32") == 1.5
    assert one("r0 = load.float +0 kind=ieee64 absent=x'40'", b"\x40" * 8, "f64", "f64") is None


@pytest.mark.parametrize(
    ("attributes", "data", "expected"),
    [
        ("size=3 digits=5", "12345c", 12345),
        ("size=3 digits=5", "12345d", -12345),
        ("size=3 digits=5", "12345b", -12345),
        ("size=3 digits=5", "12345a", 12345),
        ("size=3 digits=5", "00000d", 0),
        ("size=3 digits=5 sign=unsigned", "12345f", 12345),
        ("size=3 digits=5 sign=unsigned", "12345d", "a minus"),
        ("size=2 digits=4 sign=none", "1234", 1234),
        ("size=2 digits=4 sign=none", "123c", "0x3C holds"),
        ("size=3 digits=5", "1a345c", "0x1A holds"),
        ("size=3 digits=5", "1234e3", "0xE3 holds"),
        ("size=3 digits=5", "123453", "0x53 is not a packed-decimal sign; expected A–F"),
        ("size=3 digits=5 missing_sign", "123453", 12345),
        ("size=3 digits=4", "12345c", "more than 4 digits"),
        ("size=3 digits=4", "09999d", -9999),
        ("size=2 digits=3 absent=x'0040'", "4040", None),
        ("size=2 digits=3", "4040", "0x40 is not"),
    ],
)
def test_unpack(attributes, data, expected):
    found = one(f"r0 = unpack.bcd +0 {attributes}", bytes.fromhex(data))

    assert refused(found, expected) if isinstance(expected, str) else found == expected


def test_wide_decimals():
    """More than 18 digits come as i128, up to 38; the largest 38 digits fit."""
    assert one("r0 = unpack.bcd +0 size=20 digits=38", b"\x09" + b"\x99" * 18 + b"\x9d", "i128", "dec128") == -(
        10**38 - 1
    )
    assert one("r0 = unzone +0 size=38 digits=38 table=ascii", b"9" * 38, "i128", "dec128") == 10**38 - 1


@pytest.mark.parametrize(
    ("attributes", "data", "expected"),
    [
        ("size=3 digits=3", "f1f2f3", 123),
        ("size=3 digits=3", "f1f2c3", "0xC3 is not a digit"),
        ("size=3 digits=3 sign=trailing", "f1f2c3", 123),
        ("size=3 digits=3 sign=trailing", "f1f2d3", -123),
        ("size=3 digits=3 sign=trailing", "f1f2f3", 123),
        ("size=3 digits=3 sign=trailing", "d1f2f3", "0xD1 is not a digit"),
        ("size=3 digits=3 sign=leading", "d1f2f3", -123),
        ("size=3 digits=3 sign=leading_separate", "60f2f3", -23),
        ("size=3 digits=3 sign=leading_separate", "4ef2f3", 23),
        ("size=3 digits=3 sign=leading_separate", "f1f2f3", "0xF1 is not a sign character"),
        ("size=3 digits=3 sign=trailing_separate", "f2f360", -23),
        ("size=3 digits=3", "40f2f3", "0x40 is not a digit"),
        ("size=3 digits=2", "f1f2f3", "more than 2 digits"),
        ("size=3 digits=3 absent=x'40'", "404040", None),
    ],
)
def test_unzone_strict(attributes, data, expected):
    found = one(f"r0 = unzone +0 {attributes}", bytes.fromhex(data))

    assert refused(found, expected) if isinstance(expected, str) else found == expected


@pytest.mark.parametrize(
    ("attributes", "data", "expected"),
    [
        ("", " 12 ", 12),
        ("", "1 2\0", 12),
        ("", "    ", None),
        ("blank_zero", "\0\0  ", 0),
        ("", "+12 ", 12),
        ("", "-12 ", "a minus, and the number has no sign"),
        ("sign=trailing", "-12 ", -12),
        ("sign=leading", "12- ", -12),
        ("sign=trailing", "-+12", "a second sign"),
        ("sign=trailing", "-12J", "a second sign"),
        ("sign=trailing", "012J", -121),
        ("sign=trailing", "J012", -1012),
        ("sign=trailing", "0J12", "neither the first nor the last"),
        ("sign=trailing anywhere", "0J12", -112),
        ("", "012A", "a digit with a sign, and the number has none"),
        ("anywhere", "012A", 121),
        ("anywhere", "012J", "negative, and has no sign"),
        ("anywhere", "0JA2", 112),
        ("sign=trailing anywhere", "0AJ2", -112),
        ("sign=trailing anywhere", "-AJ2", "a second sign"),
        ("sign=trailing anywhere", "AJ2+", "a second sign"),
        ("", "1.2 ", "no part of a number"),
        ("point scale=2", "1.2 ", 120),
        ("point scale=2", "1,25", 125),
        ("point scale=1", "1.25", "non-zero digits"),
        ("point scale=1", "1.20", 12),
        ("point scale=2", "12  ", 1200),
        ("point scale=-1", "120.", 12),
        ("point scale=2", "1..2", "a second decimal point"),
        ("", "1x2 ", "no part of a number"),
        ("sign=trailing", "-   ", None),
    ],
)
def test_unzone_lenient(attributes, data, expected):
    found = one(f"r0 = unzone +0 size=4 digits=4 table=ascii lenient {attributes}", data.encode())

    assert refused(found, expected) if isinstance(expected, str) else found == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("0012", "0012"),
        (" 12 ", "12"),
        ("  2{", "+20"),
        ("001J", "-0011"),
        ("K111", "-2111"),
        ("-012", "-012"),
        ("12+ ", "+12"),
        ("AJB1", "+1121"),
        ("    ", ""),
        ("1?2x", "12"),
    ],
)
def test_spell(data, expected):
    """The last sign, then all digits; what is neither is left out."""
    assert one("r1 = let copy 1\nr0 = spell r1 +0 size=4 table=ascii", data.encode(), "text", "utf8") == expected


def test_spell_of_no_number():
    """Null where the number is."""
    load = "r1 = let null\nr0 = spell r1 +0 size=4 table=ascii"

    assert one(load, b"0012", "text", "utf8") is None


@pytest.mark.parametrize(
    ("attributes", "data", "expected"),
    [
        ("charset=cp037", "c1c24040", "AB  "),
        ("charset=cp037 trim=right", "40c1c24000", " AB"),  # 0x00 is U+0000
        ("charset=cp037 trim=both", "40c1c24000", "AB"),
        ("charset=cp037 trim=left", "40c1c240", "AB "),
        ("charset=cp037 trim=right pad=x'00'", "c1400000", "A "),
        ("charset=cp037 trim=right", "40404040", ""),
        ("charset=cp037 absent=x'40'", "40404040", None),
        ("charset=ascii undecodable=replace", "41ff42", "A\ufffdB"),
        ("charset=ascii trim=right undecodable=replace", "41ff20", "A\ufffd"),  # a byte without a character is no pad
        ("charset=utf-8", "c3a9e282ac", "\u00e9\u20ac"),
        ("charset=utf-8 undecodable=replace", "c3e282", "\ufffd\ufffd"),
        ("charset=utf-16-be trim=right", "004100200020", "A"),
        ("charset=utf-16-le trim=both", "20004100000a2000", "A\u0a00"),
        ("charset=utf-16-be trim=right undecodable=replace", "0041002000", "A \ufffd"),  # half a unit is no pad
        ("charset=utf-16-be trim=right pad=x'3000'", "00413000", "A"),
        ("charset=shift_jis trim=right", "835c2020", "\u30bd"),
    ],
)
def test_text(attributes, data, expected):
    data = bytes.fromhex(data)

    assert (
        one(f"r0 = text +0 {len(data)} {attributes}", data, "text", "utf8", header="charset cp037\ncharset ascii")
        == expected
    )


def test_undecodable_text():
    """`error` refuses a byte without a character where it stands, but not in the padding that is trimmed."""
    found = one("r0 = text +1 3 charset=ascii", b"xA\xffB", "text", "utf8", header="charset ascii")
    assert refused(found, "0xFF is no character of ascii")
    assert (found.offset, found.bytes) == (2, b"\xff")
    assert (
        one("r0 = text +0 3 charset=ascii trim=right pad=x'ff'", b"A\xff\xff", "text", "utf8", header="charset ascii")
        == "A"
    )
    assert refused(one("r0 = text +0 2 charset=utf-8", b"\xc3(", "text", "utf8"), "0xC3 is no text in utf-8")


def test_bytes():
    assert one("r0 = bytes +0 3", b"\x01\x20\x20", "text", "binary") == "012020"
    assert one("r0 = bytes +0 3 pad=x'20'", b"\x01\x20\x20", "text", "binary") == "01"
    assert one("r0 = bytes +0 3 pad=x'20' hex", b"\xab\x20\x20", "text", "utf8") == "AB"


@pytest.mark.parametrize(
    ("attributes", "data", "expected"),
    [
        ("marks=[x'0a']", b"ab\ncd", (2, 1)),
        ("marks=[x'0a' x'0d0a']", b"ab\r\ncd", (2, 2)),
        ("marks=[x'0d' x'0d0a']", b"ab\r\ncd", (2, 2)),
        ("marks=[x'0a']", b"\n", (0, 1)),
        ("marks=[x'0000'] step=2", b"\x01\x00\x00\x02\x00\x00", (4, 2)),
        ("marks=[x'0a'] require=no", b"abc", (3, 0)),
        ("marks=[x'0d0a'] require=no", b"ab\r", (3, 0)),
        ("marks=[x'0a']", b"abc", None),
    ],
)
def test_scan(attributes, data, expected):
    made = program(f"r0, r1 = scan {attributes}\nput c0 r0\nput c1 r1", "column c0 l0 i64 at\ncolumn c1 l0 i64 length")
    judge = Oracle(made)
    found = decode(judge, made, new_input(data, [(0, len(data))]), 1)

    if expected is None:
        assert refused(judge.trap, "none of 0A comes before the end")
    else:
        assert tuple(rows(made, found)[0].values()) == expected


def test_expect():
    """What is expected is there, or the record fails, or the site is logged: nothing is stored either way."""
    assert one("expect +1 value=x'4d5a'\nr0 = let copy 1", b"xMZ") == 1
    found = one("expect +1 value=x'4d5a'\nr0 = let copy 1", b"xMY")
    assert (found.op, found.offset, found.bytes, found.rule) == ("expect", 1, b"MY", "expected 4D 5A")
    assert one("expect +1 value=x'4d5a' fail=null @0\nr0 = let copy 1", b"xMY") == 1
