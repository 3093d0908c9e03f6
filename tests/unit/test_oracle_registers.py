"""Ops from registers to registers, on the oracle: integers, floats, texts, what comes from outside, what is required."""

from __future__ import annotations

import math

import pytest
from small_programs import one, program, refused

from arrowsmith.program import oracle
from arrowsmith.program.floats import double_bits
from arrowsmith.testing.harness import Oracle, decode, new_input, rows

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
