"""Every op on the oracle, by small Programs in their text form: what comes out, what is refused, and how it says so."""

from __future__ import annotations

import math
import re
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.columns import LOG_FULL
from arrowsmith.errors import InternalError
from arrowsmith.program import oracle
from arrowsmith.program.floats import double_bits
from arrowsmith.program.meaning import MEANING
from arrowsmith.program.ops import OPS
from arrowsmith.program.text import parse_program
from arrowsmith.program.verify import verify
from arrowsmith.testing.harness import Oracle, decode, new_frames, new_input, new_output, rows
from arrowsmith.testing.strategies_data import inputs_for, windows_for
from arrowsmith.testing.strategies_programs import framers, programs


def program(ops: str, columns: str = "", registers: str = "i64 i64 i64 i64", header: str = "", kind: str = "table"):
    """A verified Program of *ops*; *columns* as lines of its header."""
    site = "" if "site @0" in header else 'site @0 path="F"'
    named = "".join(f"transform {name}\n" for name in sorted(set(re.findall(r"^transform (\w+)", ops, re.MULTILINE))))
    made = parse_program(
        f"program T {kind} {{\n{header}\n{named}{columns}\nregisters {registers}\n{site}\ndo {{\n{ops}\n}}\n}}\n"
    )
    verify(made)
    return made


def one(
    load: str, data: bytes, kind: str = "i64", storage: str = "i64", *, header: str = "", parameters=(), carried=()
):
    """What *load*, which writes r0 of *kind*, makes of one record; the Trap where it is refused."""
    room = "r9 = text.let room r0\nroom.data c0 r9\n" if storage in ("utf8", "binary") else ""
    registers = " ".join([kind, *["i64"] * 5, "text", "text", "f64", "i64"])
    made = program(f"need {len(data)}\n{load}\n{room}put c0 r0", f"column c0 l0 {storage} v", registers, header)
    source = new_input(data, [(0, len(data))], parameters=parameters, carried=carried)
    judge = Oracle(made)
    found = decode(judge, made, source, 1)
    return judge.trap or rows(made, found)[0]["v"]


def refused(found, *words: str) -> bool:
    """Whether *found* is a Trap whose rule has all *words*."""
    return isinstance(found, oracle.Trap) and all(word in found.rule for word in words)


def test_every_op_has_a_meaning():
    """The oracle defines each op of the table, and nothing else."""
    assert set(MEANING) == set(OPS.values())


# --- loads ---


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


# --- registers ---

M = 2**63


@pytest.mark.parametrize(
    ("how", "a", "b", "expected"),
    [
        ("add", M - 1, 1, -M), ("sub", -M, 1, M - 1), ("mul", M - 1, 2, -2), ("neg", -M, 0, -M), ("abs", -M, 0, -M), ("abs", -5, 0, 5),
        ("div", -7, 2, -4), ("mod", -7, 2, 1), ("mod", 7, -2, -1), ("div", -M, -1, -M), ("mod", -M, -1, 0),
        ("div", 1, 0, "division by zero"),
        ("mod", 1, 0, "division by zero"), ("not", 0, 0, 1), ("not", 7, 0, 0), ("inv", 0, 0, -1), ("shl", 1, 63, -M), ("shl", 3, 63, -M),
        ("shr", -M, 63, -1), ("shl", 1, 64, "a shift by 64 bits"), ("shr", 1, -1, "a shift by -1 bits"), ("and", -1, 12, 12),
        ("or", 8, 1, 9),
        ("xor", 5, 1, 4), ("min", -1, 1, -1), ("max", -1, 1, 1), ("eq", 3, 3, 1), ("ne", 3, 3, 0), ("lt", -1, 0, 1),
        ("le", 0, 0, 1), ("gt", 1, 2, 0),
        ("ge", 2, 2, 1), ("copy", 9, 0, 9), ("present", 0, 0, 1), ("else", 0, 5, 0),
    ],
)  # fmt: skip
def test_let(how, a, b, expected):
    """Integers are 64 bits in two's complement with wrap-around; div and mod round down."""
    unary = how in ("neg", "abs", "not", "inv", "copy", "present")
    found = one(f"r1 = let copy {a}\nr2 = let copy {b}\nr0 = let {how} r1{'' if unary else ' r2'}", b"")

    assert refused(found, expected) if isinstance(expected, str) else found == expected


def test_let_of_null():
    """Null goes through, before anything traps; only present and else see it."""
    null = "r1 = let null\n"
    assert one(f"{null}r0 = let add r1 1", b"") is None
    assert one(f"{null}r0 = let div r1 0", b"") is None
    assert one(f"{null}r0 = let eq r1 r1", b"") is None
    assert one(f"{null}r0 = let present r1", b"") == 0
    assert one(f"{null}r0 = let else r1 7", b"") == 7
    assert one(f"{null}r0 = let copy r1", b"") is None


def test_let_of_wide_integers():
    """An operand that is no i64 traps in arithmetic, and goes through copy, else, present and float."""
    load = "r1 = load.int +0 size=8 encoding=unsigned"
    for how, expected in (("add r1 0", None), ("eq r1 r1", None), ("copy r1", 2**64 - 1), ("present r1", 1)):
        kind, storage = ("u64", "u64") if how.startswith("copy") else ("i64", "i64")
        made = program(f"need 8\n{load}\nr0 = let {how}\nput c0 r0", f"column c0 l0 {storage} v", f"{kind} u64")
        judge = Oracle(made)
        found = decode(judge, made, new_input(b"\xff" * 8, [(0, 8)]), 1)
        assert (
            refused(judge.trap, "does not fit 64 bits") if expected is None else rows(made, found) == [{"v": expected}]
        )


def floating(ops: str) -> float | oracle.Trap:
    made = program(f"{ops}\nput c0 r0", "column c0 l0 f64 v", "f64 f64 f64 i64")
    judge = Oracle(made)
    found = decode(judge, made, new_input(b"", [(0, 0)]), 1)
    return judge.trap or rows(made, found)[0]["v"]


def test_let_of_floats():
    """IEEE doubles; a result that is no number is the one quiet NaN; by zero there is no dividing."""
    assert floating("r1 = const 1.5\nr0 = let mul r1 2") == 3.0
    assert floating("r1 = const 1.0\nr0 = let div r1 3") == 1 / 3
    assert refused(floating("r1 = const 1.0\nr0 = let div r1 0"), "division by zero")
    assert floating("r1 = const -7.5\nr0 = let mod r1 2") == 0.5
    assert floating("r1 = const 7.5\nr0 = let mod r1 -2") == -0.5
    assert refused(floating("r1 = const 1.0\nr0 = let mod r1 0"), "division by zero")
    assert floating("r1 = const 1e308\nr0 = let mul r1 10") == math.inf
    for ops in (
        "r2 = const inf\nr1 = let sub r2 r2\nr0 = let neg r1",
        "r2 = const inf\nr1 = let sub r2 r2\nr0 = let min r1 1",
    ):
        assert double_bits(floating(ops)) == 0x7FF8000000000000
    assert math.copysign(1, floating("r1 = const 0.0\nr2 = const -0.0\nr0 = let min r2 r1")) == -1
    assert floating("r3 = let copy -3\nr0 = let float r3") == -3.0


def test_tens_round_once():
    """An integer times a power of ten is the nearest double: in two steps, 9007199254740993 × 10 would be another; beyond ±2^7 it traps."""
    tens = "r3 = let copy {}\nr0 = let tens r3 {}"
    assert floating(tens.format(9007199254740993, 1)) == 90071992547409930.0
    assert floating(tens.format(90071992547409935, -1)) == 9007199254740994.0
    assert floating(tens.format(-12345, 94)) == -12345e94
    assert floating(tens.format(0, -128)) == 0.0
    for power in (-129, 128):
        assert refused(floating(tens.format(1, power)), "a power of ten")


def test_floats_and_integers():
    """float rounds to nearest even; trunc goes towards zero, and refuses what does not fit."""
    assert floating(f"r3 = let copy {2**53 + 1}\nr0 = let float r3") == 2.0**53
    assert one("r8 = const -2.9\nr0 = let trunc r8", b"") == -2
    for value in ("9.3e18", "inf", "nan"):
        assert refused(one(f"r8 = const {value}\nr0 = let trunc r8", b""), "does not fit 64 bits")
    assert one("r8 = const nan\nr0 = let eq r8 r8", b"") == 0
    assert one("r8 = const nan\nr0 = let ne r8 r8", b"") == 1


TEXTS = [
    ('text.let len r6', "h\u00e9llo", 5), ('text.let room r6', "h\u00e9llo", 6), ('text.let byte r6 low=1', "h\u00e9", 0xC3),
    ('text.let int r6', "-12", -12), ('text.let int r6 base=16', "fF", 255), ('text.let int r6', " 1", "is not a number in base 10"),
    ('text.let int r6', "", "is not a number"), ('text.let int r6', "9223372036854775808", "at most 64 bits"),
    ('text.let int r6 base=2', "12", "base 2"),
    ('text.let byte r6 low=3', "abc", "byte 3 of a text of 3 bytes"), ('text.let eq r6 r7', "abc", 1), ('text.let lt r6 r7', "abb", 1),
    ('text.let gt r6 r7', "abc\u00e9", 1), ('text.let ne r6 r7', "abc", 0), ('text.let le r6 r7', "b", 0), ('text.let ge r6 r7', "", 0),
]  # fmt: skip


@pytest.mark.parametrize(("op", "text", "expected"), TEXTS)
def test_text_let_to_integers(op, text, expected):
    data = text.encode()
    found = one(f'r6 = text +0 {len(data)} charset=utf-8\nr7 = const "abc"\nr0 = {op}', data)

    assert refused(found, expected) if isinstance(expected, str) else found == expected


def test_text_let_to_texts():
    """Texts are cut and turned by characters, bytes by bytes; what comes out is utf8, or binary again."""
    load = 'r6 = text +0 5 charset=cp500\nr7 = const "!"\n'
    data = "h\u00e9llo".encode("cp500")
    given = {"kind": "text", "storage": "utf8", "header": "charset cp500"}
    assert one(f"{load}r0 = text.let cat r6 r7", data, **given) == "h\u00e9llo!"
    assert one(f"{load}r0 = text.let slice r6 low=1 high=3", data, **given) == "\u00e9l"
    assert one(f"{load}r0 = text.let reverse r6", data, **given) == "h\u00e9llo"[::-1]
    assert one("r1 = let copy -12\nr0 = text.let str r1", b"", **given) == "-12"
    assert refused(one(f"{load}r0 = text.let slice r6 low=1 high=6", data, **given), "characters 1 to 6 of a text of 5")
    binary = {"kind": "text", "storage": "binary"}
    assert one("r6 = bytes +0 3\nr0 = text.let reverse r6", b"\x01\x02\xff", **binary) == "ff0201"
    assert one("r6 = bytes +0 3\nr0 = text.let slice r6 low=1 high=2", b"\x01\x02\xff", **binary) == "02"
    assert one("r6 = bytes +0 1\nr7 = const x'ff'\nr0 = text.let cat r6 r7", b"\x01", **binary) == "01ff"
    decoded = "r6 = bytes +0 3\nr0 = text.let decode r6 charset={}"
    assert one(decoded.format("utf-8"), "a\u00e9".encode(), **given) == "a\u00e9"
    assert one(decoded.format("cp500"), "a\u00e9b".encode("cp500"), **given) == "a\u00e9b"
    assert isinstance(one(decoded.format("utf-8"), b"a\xff!", **given), oracle.Trap)
    assert one('r6 = let null\nr7 = const "x"\nr0 = text.let cat r6 r7', b"", **given) is None


def test_param_carried_label_date():
    assert one("r0 = param index=1", b"", header="parameters a b", parameters=(5, -6)) == -6
    assert one("r0 = carried index=1", b"", carried=((1,), (2**62,))) == 2**62
    labels = 'r1 = load.int +0 size=1\nr0 = label r1 labels=[1:"one" -1:"none"]'
    assert [one(labels, bytes([n]), "text", "utf8") for n in (1, 255, 7)] == ["one", "none", "7"]
    for op, expected in (
        ("date 1970 1 1", 0), ("date 2024 2 29", 19782), ("date 1 1 1", -719162), ("date 2024 -1 366", 20088), ("date 2023 -1 366", None),
        ("date 2023 2 29", None), ("date 0 1 1", None), ("date 2023 13 1", None), ("date 2023 0 1", None),
    ):  # fmt: skip
        found = one(f"r0 = {op}", b"")
        assert found == expected if expected is not None else isinstance(found, oracle.Trap)


def test_require():
    """A test of 0 refuses, in the dictionary's words where it has some; of anything else, or null, it passes."""
    body = "r1 = load.int +0 size=1\nr0 = let copy r1\nr2 = let lt r1 5\nrequire r2 {}"
    assert one(body.format("@0"), b"\x04") == 4
    assert refused(one(body.format("@0"), b"\x05"), "not one that is allowed")
    header = 'site @0 rule="the value must be below 5"'
    assert one(body.format("@0"), b"\x05", header=header).rule == "the value must be below 5"
    assert one(body.format("what=r0 fail=null @0"), b"\x05") is None
    assert one(body.format("what=r0 fail=null @0"), b"\x04") == 4
    assert one("r1 = let null\nr0 = let copy 3\nrequire r1 @0", b"") == 3


# --- bounds and streams ---


def run(ops: str, data: bytes, columns: str = "column c0 l0 i64 v", **given):
    made = program(ops, columns, **given)
    judge = Oracle(made)
    found = decode(judge, made, new_input(data, [(0, len(data))]), 1)
    return judge.trap or rows(made, found)[0]


def test_need_and_reach():
    assert refused(run("need 3", b"ab"), "3 bytes are needed here, and 2 are left")
    assert run("reach 3 {\nr0 = let copy 1\nput c0 r0\n} else {\nr0 = let copy 2\nput c0 r0\n}", b"ab") == {"v": 2}
    for bad in ("r1 = let copy -1", "r1 = let null"):
        assert isinstance(run(f"{bad}\nneed r1", b"ab"), oracle.Trap)
        assert run(f"{bad}\nreach r1 {{\nfail\n}}", b"ab") == {"v": None}


def test_a_cursor_behind_the_end():
    """A skip needs no data; however far it goes, the cursor stands one byte behind the end: no need holds there, not even of nothing."""
    assert run("skip 100\nr0 = tell\nput c0 r0", b"ab") == {"v": 3}
    assert run("r1 = let copy 4611686018427387904\nskip r1\nskip r1\nskip r1\nr0 = tell\nput c0 r0", b"ab") == {"v": 3}
    assert run("skip 2\nneed 0\nr0 = tell\nput c0 r0", b"ab") == {"v": 2}
    assert refused(run("skip 3\nneed 0", b"ab"), "0 bytes are needed here, and 0 are left")
    assert run("skip 3\nreach 0 {\nfail\n}", b"ab") == {"v": None}
    assert run("skip 3\nr0 = remain\nput c0 r0", b"ab") == {"v": 0}
    assert isinstance(run("r1 = let copy -1\nskip r1", b"ab"), oracle.Trap)


def test_at_and_within():
    """`at` looks elsewhere and comes back; `within` makes a stream of its own and stands behind it whatever was read."""
    assert run(
        "skip 1\nat 3 {\nneed 1\nr0 = load.int +0 size=1\nput c0 r0\n}\nr1 = tell\nr2 = let eq r1 1\nrequire r2",
        b"\0\0\0\7",
    ) == {"v": 7}
    assert run("at 2 {\nr0 = remain\nput c0 r0\n}", b"ab") == {"v": 0}
    assert refused(run("at 3 {\n}", b"ab"), "position 3 is behind the end of 2 bytes")
    assert isinstance(run("r1 = let copy -1\nat r1 {\n}", b"ab"), oracle.Trap)
    body = "skip 1\nwithin 2 {{\n{}\n}}\n{}"
    assert run(body.format("r0 = extent\nput c0 r0", ""), b"abcd") == {"v": 2}
    assert run(body.format("r0 = extent root\nput c0 r0", ""), b"abcd") == {"v": 4}
    assert run(body.format("skip 5\nr0 = tell\nput c0 r0", "r1 = tell\nr2 = let eq r1 3\nrequire r2"), b"abcd") == {
        "v": 3
    }
    assert run(body.format("at 3 root {\nneed 1\nr0 = load.int +0 size=1\nput c0 r0\n}", ""), b"abcd") == {"v": 100}
    assert refused(run("within 2 {\nneed 3\n}", b"abcd"), "3 bytes are needed here, and 2 are left")
    trap = run("within 5 {\n}", b"abcd")
    assert refused(trap, "the part needs 5 bytes here, and 4 are left")
    assert run("skip 9\nwithin 0 {\n}", b"ab").op == "within"


def test_transform():
    load = "need 2\nr0 = load.int +0 size=2 encoding=unsigned\nput c0 r0"
    assert run(f"transform xor 2 arguments=[255] {{\n{load}\n}}", b"\x00\xf0") == {"v": 0xFF0F}
    assert run(
        f"r4 = const x'0102'\ntransform xor 2 arguments=[r4] {{\n{load}\n}}", b"\0\0", registers="i64 i64 i64 i64 text"
    ) == {"v": 0x0102}
    assert run(f"transform rol 2 arguments=[-1] {{\n{load}\n}}", b"\x01\x02") == {"v": 0x8001}
    packed = zlib.compress(b"\x01\x02") + b"junk"
    assert run(f"transform zlib {len(packed)} arguments=[] {{\n{load}\n}}", packed) == {"v": 0x0102}
    for damaged in (packed[:-8], b"\0" + packed[1:]):
        trap = run(f"skip 1\ntransform zlib {len(damaged)} arguments=[] {{\n{load}\n}}", b"x" + damaged)
        assert (trap.op, trap.offset) == ("transform", 1)
    trap = run("skip 1\ntransform xor 2 arguments=[0] {\nneed 1\nskip 1\nneed 2\n}", b"abc")
    assert (trap.op, trap.offset, trap.bytes) == (
        "need",
        1,
        b"c",
    )  # an offset in what was transformed has no place of its own


# --- structure and columns ---

LISTS = "level l1 l0 xs\ncolumn c0 l1 i64 xs"
ELEMENT = "need 1\nr1 = load.int +0 size=1\nput c0 r1\nskip 1"


def test_repeat():
    assert run(f"room l1 3\nrepeat 3 l1 {{\n{ELEMENT}\n}}", b"\1\2\3", LISTS) == {"xs": [1, 2, 3]}
    for count in ("let null", "let copy -2", "let copy 0"):
        assert run(f"r0 = {count}\nroom l1 r0\nrepeat r0 l1 {{\n{ELEMENT}\n}}", b"", LISTS) == {"xs": []}
    strides = f"room l1 2\nrepeat 2 l1 stride=3 {{\n{ELEMENT}\n}}\nr0 = tell\nr1 = let eq r0 6\nrequire r1"
    assert run(strides, b"\1\0\0\2\0\0", LISTS) == {"xs": [1, 2]}
    assert run(f"repeat 2 l-1 {{\nroom l1 1\nrepeat 1 l1 {{\n{ELEMENT}\n}}\n}}", b"\1\2", LISTS) == {"xs": [1, 2]}
    huge = "r0 = let copy 2147483584\nrepeat r0 l-1 {\n}"
    assert refused(run(huge, b""), "more than one batch holds")


def test_loop():
    """Without `stop` a loop runs to the stream's end; with it, at least once and until it holds; an element has to move on."""
    assert run(f"loop l1 {{\nroom l1 1\n{ELEMENT}\n}}", b"\1\2", LISTS) == {"xs": [1, 2]}
    assert run(f"loop l1 {{\nroom l1 1\n{ELEMENT}\n}}", b"", LISTS) == {"xs": []}
    until = f"loop l1 stop=r2 {{\nroom l1 1\n{ELEMENT}\nr2 = let eq r1 0\n}}"
    assert run(until, b"\1\0\5", LISTS) == {"xs": [1, 0]}
    assert refused(run(until, b"\1", LISTS), "1 bytes are needed")
    assert refused(run("loop l1 {\nroom l1 1\n}", b"\1", LISTS), "repeat for ever")
    assert refused(
        run("r2 = let copy 0\nloop l1 stop=r2 {\nroom l1 1\nr2 = let copy 0\n}", b"\1", LISTS), "repeat for ever"
    )


def test_index():
    place = "r0 = index\nr1 = index up=1\nr2 = let mul r1 10\nr3 = let add r2 r0\nput c0 r3"
    nested = f"repeat 2 l-1 {{\nroom l1 2\nrepeat 2 l1 {{\n{place}\n}}\n}}"
    assert run(nested, b"", LISTS) == {"xs": [0, 1, 10, 11]}


def test_if_and_switch():
    body = "need 1\nr0 = load.int +0 size=1 absent=x'40'\n{}\nput c0 r1"
    choose = body.format("if r0 {\nr1 = let copy 1\n} else {\nr1 = let copy 2\n}")
    assert [run(choose, bytes([n]))["v"] for n in (0, 9, 0x40)] == [2, 1, 2]
    switch = body.format(
        "switch r0 {\ncase 1 2 {\nr1 = let copy 12\n}\ncase -1 {\nr1 = let copy -1\n}\ndefault {\nr1 = let copy 0\n}\n}"
    )
    assert [run(switch, bytes([n]))["v"] for n in (1, 2, 255, 7, 0x40)] == [12, 12, -1, 0, 0]


def test_fetch():
    """Elements that are finished are there to be fetched; the one that is being read, and those to come, are not."""
    read = f"room l1 2\nrepeat 2 l1 {{\n{ELEMENT}\n}}\n"
    behind = "r2 = fetch c0 r0\nput c1 r2"
    columns = f"{LISTS}\ncolumn c1 l0 i64 v"
    assert run(f"{read}r0 = let copy 1\n{behind}", b"\1\2", columns)["v"] == 2
    assert run(f"{read}r0 = let null\n{behind}", b"\1\2", columns)["v"] is None
    assert refused(run(f"{read}r0 = let copy 2\n{behind}", b"\1\2", columns), "there is no element 2 among 2")
    assert refused(run(f"{read}r0 = let copy -1\n{behind}", b"\1\2", columns), "there is no element -1")
    current = f"room l1 2\nrepeat 2 l1 {{\n{ELEMENT}\nr0 = index\nr2 = fetch c0 r0\n}}"
    assert refused(run(current, b"\1\2", LISTS), "there is no element 0 among 0")
    null = f"room l1 1\nrepeat 1 l1 {{\nneed 1\nif r3 {{\n{ELEMENT}\n}}\n}}\nr2 = fetch c0 0\nr0 = let else r2 7\nput c1 r0"
    assert run(f"r3 = let copy 0\n{null}", b"\1", columns)["v"] == 7


@pytest.mark.parametrize(
    ("kind", "storage", "load", "data", "expected"),
    [
        ("i64", "u8", "load.int +0 size=1", b"\xff", 255),
        ("u64", "u64", "load.int +0 size=8 encoding=unsigned", b"\xff" * 8, 2**64 - 1),
        ("i64", "bool", "load.int +0 size=1", b"\x02", 1),
        ("i128", "dec128", "load.int +0 size=16", b"\xff" * 16, -1),
    ],
)
def test_fetch_gives_what_was_stored(kind, storage, load, data, expected):
    out = "u64" if storage == "u64" else "i128" if storage == "dec128" else "i64"
    ops = f"room l1 1\nrepeat 1 l1 {{\nneed {len(data)}\nr0 = {load}\nput c0 r0\n}}\nr1 = fetch c0 0\nput c1 r1"
    columns = f"level l1 l0 xs\ncolumn c0 l1 {storage} xs scratch\ncolumn c1 l0 dec128 v"

    assert run(ops, data, columns, registers=f"{kind} {out}") == {"v": expected}


def test_put_storages():
    """The low bytes of an integer; a decimal scaled; floats rounded; a flag; a mark alone."""
    load = "r0 = load.int +0 size=2"
    assert one(load, b"\xff\x80", storage="i8") == -128
    assert one(load, b"\x01\x00", storage="bool") is True
    assert one(load, b"\x80\x00", storage="f64") == -32768.0
    made = program("need 2\nr0 = load.int +0 size=2\nput c0 r0 scale=38", "column c0 l0 dec128 v")
    found = decode(Oracle(made), made, new_input(b"\xff\xfe", [(0, 2)]), 1)
    assert rows(made, found) == [{"v": -2 * 10**38 + 2**128}]  # modulo 2^128
    marks = program(
        "reach 1 {\nmark c0\nneed 1\nr0 = load.int +0 size=1\nput c1 r0\n}", "column c0 l0 none s\ncolumn c1 l0 i8 s.v"
    )
    source = new_input(b"\5", [(0, 1), (1, 0)])
    assert rows(marks, decode(Oracle(marks), marks, source, 2)) == [{"s": {"v": 5}}, {"s": None}]


def test_lists_of_an_arm_that_is_not_taken_are_empty():
    """Offsets are written for every slot, whatever arm is taken."""
    body = f"need 1\nr0 = load.int +0 size=1\nskip 1\nif r0 {{\nroom l1 r0\nrepeat r0 l1 {{\n{ELEMENT}\n}}\n}}"
    made = program(body, LISTS)
    data = b"\x01\x09\x00\x02\x07\x08"
    found = decode(Oracle(made), made, new_input(data, [(0, 2), (2, 1), (3, 3)]), 3)

    assert found.lists[1] == (0, 1, 1, 3)
    assert rows(made, found) == [{"xs": [9]}, {"xs": []}, {"xs": [7, 8]}]


# --- runs ---

PACKED = "need 2\nr0 = unpack.bcd +0 size=2 digits=3 {}@0\nput c0 r0"


def test_a_failed_record_leaves_no_trace():
    """Frames before it are committed, it and those behind it are not."""
    made = program(PACKED.format(""), "column c0 l0 i64 v")
    source = new_input(bytes.fromhex("001c 002c abcd 003c"), 2)
    output = new_output(made)
    status, trap = oracle.run(made, source, output, 0, 4)

    assert (status.frames, status.stop, output.rows, output.touched) == (2, "failed", [2], [2])
    assert trap
    assert (trap.op, trap.site, trap.offset, trap.bytes) == ("unpack.bcd", 0, 4, b"\xab")
    assert trap.rule == "0xAB holds a packed-decimal digit above 9"
    assert oracle.replay(made, source, 2) == trap
    assert oracle.replay(made, source, 1) is None


def test_null_dispositions_are_logged():
    """A null for what was refused goes into the log with its frame's number; `refusals` tells all of a record's."""
    made = program(PACKED.format("fail=null "), "column c0 l0 i64 v")
    source = new_input(bytes.fromhex("001c abcd 003c"), 2)
    found = decode(Oracle(made), made, source, 3)

    assert found.log == [(1, 0)]
    assert [row["v"] for row in rows(made, found)] == [1, None, 3]
    assert [trap.bytes for trap in oracle.refusals(made, source, 1)] == [b"\xab"]
    assert oracle.refusals(made, source, 0) == ()


def test_full():
    """Where rows, data, slots or the log lack room, the run stops before the record, and says what it wants."""
    made = program(f"need 1\nr0 = load.int +0 size=1\nskip 1\nroom l1 r0\nrepeat r0 l1 {{\n{ELEMENT}\n}}", LISTS)
    source = new_input(b"\x01\x09\x03\1\2\3", [(0, 2), (2, 4)])
    status, _ = oracle.run(made, source, new_output(made, [1, 8]), 0, 2)
    assert (status.frames, status.stop, status.column, status.wanted) == (1, "full", -1, 1)
    status, _ = oracle.run(made, source, new_output(made, [8, 3]), 0, 2)
    assert (status.frames, status.stop, status.column, status.wanted) == (1, "full", -2, 3)
    logs = program(PACKED.format("fail=null "), "column c0 l0 i64 v")
    status, _ = oracle.run(logs, new_input(b"\xab\xcd" * 3, 2), new_output(logs, log=2), 0, 3)
    assert (status.frames, status.stop, status.column) == (2, "full", LOG_FULL)
    texts = program("need 2\nr0 = bytes +0 2\nroom.data c0 2\nput c0 r0", "column c0 l0 binary v", "text")
    status, _ = oracle.run(texts, new_input(b"abcd", 2), new_output(texts, data=3), 0, 2)
    assert (status.frames, status.column, status.wanted) == (1, 0, 2)


def test_salvage():
    """A record that traps is kept with what it had put; what it had not is null, its lists end there."""
    made = program(
        f"room l1 3\nrepeat 3 l1 {{\n{ELEMENT}\n}}\nneed 1\nr0 = load.int +0 size=1\nput c1 r0",
        f"{LISTS}\ncolumn c1 l0 i64 v",
    )
    source = new_input(b"\1\2\1\2\3\4", [(0, 2), (2, 4)])
    output = new_output(made)
    status, trap = oracle.salvage(made, source, output, 0)

    assert (status.frames, status.stop, trap.op, output.rows) == (1, "done", "need", [1, 3])
    assert oracle.salvage(made, source, output, 1)[1] is None
    assert output.rows == [2, 6]


def test_an_unverified_program_is_told_so():
    """The oracle checks what the verifier proves: a load beyond the stream or a store beyond its room is an InternalError."""
    source = new_input(b"a", [(0, 1)])
    for ops, columns in (
        ("r0 = load.int +0 size=2", "column c0 l0 i64 v"),
        ("need 1\nr1 = bytes +0 1\nput c0 r1", "column c0 l0 binary v"),
        ("repeat 1 l1 {\n}", LISTS),
    ):
        made = parse_program(f"program T table {{\n{columns}\nregisters i64 text\ndo {{\n{ops}\n}}\n}}")
        with pytest.raises(InternalError, match="was not verified"):
            oracle.run(made, source, new_output(made), 0, 1)


# --- framers ---


def framed(
    ops: str, data: bytes, *, final: bool = True, position: int = 0, registers: str = "i64 i64 i64", capacity: int = 8
):
    made = program(ops, registers=registers, kind="framer")
    frames = new_frames(capacity, 2)
    status, trap = oracle.frame(made, new_input(data, [], final=final), position, frames)
    return status, [(frames.starts[i], frames.lengths[i], frames.kinds[i]) for i in range(frames.count)], trap


PREFIXED = "need 1\nr0 = load.int +0 size=1 encoding=unsigned\nskip 1\nneed r0\nframe 1 r0\nskip r0"


def test_framer():
    """Positions count from where a run begins, so where the window begins does not matter."""
    status, frames, _ = framed(PREFIXED, b"\x02ab\x00\x01c")
    assert (status.stop, status.position, frames) == ("end", 6, [(1, 2, 1), (4, 0, 1), (5, 1, 1)])
    assert framed(PREFIXED, b"zz\x02ab", position=2)[1] == [(3, 2, 1)]
    status, frames, _ = framed(PREFIXED, b"\x02ab\x05c")
    assert (status.stop, status.position, frames) == ("more", 3, [(1, 2, 1)])
    status, frames, _ = framed(PREFIXED, b"\x01a" * 9)
    assert (status.stop, status.position, len(frames)) == ("full", 16, 8)


def test_framer_at_the_end_of_a_window():
    """What asks where the stream ends waits for the last window; in that, it is answered."""
    scan = "r0, r1 = scan marks=[x'0a'] require=no\nframe 0 r0\nskip r0\nskip r1"
    assert framed(scan, b"ab\ncd", final=False)[0].stop == "more"
    assert framed(scan, b"ab\ncd", final=False)[0].position == 3
    assert framed(scan, b"ab\ncd")[1] == [(0, 2, 1), (3, 2, 1)]
    rest = "r0 = {}\nframe 0 r0\nskip r0"
    for ask in ("remain", "extent"):
        assert framed(rest.format(ask), b"abc", final=False)[0].stop == "more"
        assert framed(rest.format(ask), b"abc")[1] == [(0, 3, 1)]
    reach = "reach 4 {\nskip 4\nframe 0 4\n} else {\nr0 = remain\nskip r0\n}"
    assert framed(reach, b"abcdef", final=False)[0].position == 4
    assert framed(reach, b"abcdef")[0].stop == "end"
    assert framed("skip 4\nframe 0 4", b"abcdef")[0] == framed("skip 4\nframe 0 4", b"abcdef", final=False)[0]
    assert framed("loop l-1 {\nskip 1\n}", b"abc", final=False)[0].stop == "more"


def test_framer_that_fails():
    """A trap that more bytes cannot mend fails the framing; so does a run that takes no bytes."""
    status, frames, trap = framed("need 1\nr0 = load.int +0 size=1\nskip 1\nframe 0 r0", b"\x01\xff")
    assert (status.stop, status.position, len(frames), trap.rule) == ("failed", 1, 1, "the frame's length is -1")
    assert framed("within 1 {\nneed 2\n}", b"ab")[0].stop == "failed"
    assert refused(framed("frame 0 1", b"ab")[2], "takes no bytes")
    assert refused(framed("skip 1\nr0 = let copy 256\nframe 0 1 kind=r0", b"ab")[2], "kind is 256")
    assert refused(framed("skip 1\nr0 = let null\nframe 0 1 carried=[r0]", b"ab")[2], "carried")


def test_frames_of_a_withdrawn_run():
    """A run that meets the window's end takes back what it yielded; carried values come with each frame."""
    made = program("need 1\nskip 1\nframe 0 1 carried=[7 8]\nneed 1\nskip 1\nframe 1 1 carried=[9 10]", kind="framer")
    frames = new_frames(8, 2)
    status, _ = oracle.frame(made, new_input(b"abc", []), 0, frames)

    assert (status.stop, status.position, frames.count) == ("more", 2, 2)
    assert [list(column[:2]) for column in frames.carried] == [[7, 9], [8, 10]]


# --- generated Programs ---


@given(st.data())
def test_batches_and_room_are_invisible(data):
    """However small the outputs and the calls, the result is the same; no store goes beyond the room that the Program asked for."""
    made = data.draw(programs())
    given_ = data.draw(inputs_for(made))
    source = given_.input()
    whole = decode(Oracle(made), made, source, len(given_.frames), skip=True, capacity=256, data=1 << 16)
    tight = decode(Oracle(made), made, source, len(given_.frames), skip=True, capacity=1, data=8, log=1, batch=2)

    assert whole == tight


@given(st.data())
def test_framing_is_the_same_from_any_window(data):
    """A framer gives the same frames whatever is in the window behind them."""
    made = data.draw(framers())
    file = data.draw(windows_for(made))
    frames, cut = new_frames(256, 8), new_frames(256, 8)
    status, _ = oracle.frame(made, new_input(file, []), 0, frames)
    short = data.draw(st.integers(0, len(file)))
    until, _ = oracle.frame(made, new_input(file[:short], [], final=False), 0, cut)

    assert until.position <= status.position or status.stop == "failed"
    assert list(cut.starts[: cut.count]) == list(frames.starts[: cut.count])
