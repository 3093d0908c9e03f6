"""Floating-point kinds: known values from the manuals, and exactness against a second, rational way of computing them."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.program.floats import KINDS, NAN, double_bits, from_bits, narrow, value

KNOWN = [
    # IEEE 754
    ("ieee16", "3c00", 1.0),
    ("ieee16", "0001", 2.0**-24),
    ("ieee16", "7bff", 65504.0),
    ("ieee16", "fc00", -math.inf),
    ("ieee32", "c2ed4000", -118.625),
    ("ieee32", "00000001", 2.0**-149),
    ("ieee64", "400921fb54442d18", math.pi),
    # z/Architecture hexadecimal floats; 43142EFC is the one that Cobrix read wrongly up to 2.10
    ("ibm32", "43142efc", 322.9365234375),
    ("ibm32", "c276a000", -118.625),
    ("ibm32", "41100000", 1.0),
    ("ibm32", "00000000", 0.0),
    ("ibm32", "40000001", 2.0**-24),  # not normalised
    ("ibm32", "7fffffff", 7.2370051459731155e75),
    ("ibm64", "4110000000000000", 1.0),
    ("ibm64", "c276a00000000000", -118.625),
    # VAX: 0.1f × 2^(e − excess), the native order swaps the bytes of each word
    ("vaxf", "40800000", 1.0),
    ("vaxf", "c0800000", -1.0),
    ("vaxf", "41600000", 3.5),
    ("vaxf", "00001234", 0.0),  # exponent 0 is zero, whatever the fraction
    ("vaxd", "4080000000000000", 1.0),
    ("vaxd", "ffffffffffffffff", -(2.0**127)),  # 56 bits of ones round up
    ("vaxg", "4010000000000000", 1.0),
    ("vaxg", "0010000000000000", 2.0**-1024),  # a subnormal double
    ("vaxg", "0010000000000001", 2.0**-1024),  # ties and less go away
    ("vaxg", "7fffffffffffffff", 2.0**1023 * (1 - 2.0**-53)),
    # MIL-STD-1750A, table of examples
    ("mil32", "7fffff7f", 0.9999998807907104 * 2.0**127),
    ("mil32", "4000007f", 0.5 * 2.0**127),
    ("mil32", "50000004", 0.625 * 2**4),
    ("mil32", "40000001", 1.0),
    ("mil32", "40000000", 0.5),
    ("mil32", "400000ff", 0.25),
    ("mil32", "40000080", 0.5 * 2.0**-128),
    ("mil32", "00000000", 0.0),
    ("mil32", "80000000", -1.0),
    ("mil32", "bfffff80", -0.5000001192092896 * 2.0**-128),
    ("mil32", "9ffffff4", -0.7500001192092896 * 2.0**-12),
    ("mil48", "4000007f0000", 0.5 * 2.0**127),
    ("mil48", "400000000000", 0.5),
    ("mil48", "800000000000", -1.0),
    ("mil48", "a00000ff0000", -0.75 * 2**-1),
    ("mil48", "400000010001", 1.0 + 2.0**-38),
]


@pytest.mark.parametrize(("kind", "text", "expected"), KNOWN)
def test_known_values(kind, text, expected):
    """Each kind reads the values that its manual gives, in both orders."""
    data = bytes.fromhex(text)
    words = kind.startswith("vax")
    little = b"".join(data[i : i + 2][::-1] for i in range(0, len(data), 2)) if words else data[::-1]

    assert value(kind, data, "big") == expected
    assert value(kind, little, "little") == expected


def test_zeros_keep_their_sign():
    """A hexadecimal or IEEE zero has the sign of its sign bit; a VAX has no negative zero."""
    for kind, data in (
        ("ibm32", "c3000000"),
        ("ibm64", "8000000000000000"),
        ("ieee16", "8000"),
        ("ieee32", "80000000"),
    ):
        assert math.copysign(1, value(kind, bytes.fromhex(data), "big")) == -1
    assert double_bits(value("vaxf", bytes.fromhex("80000000"), "big")) == double_bits(NAN)  # the reserved operand


@pytest.mark.parametrize(
    ("kind", "text", "bits"),
    [
        ("ieee32", "7f800001", 0x7FF8000020000000),
        ("ieee32", "ffc12345", 0xFFF82468A0000000),
        ("ieee16", "fc01", 0xFFF8040000000000),
        ("ieee64", "7ff0000000000001", 0x7FF0000000000001),
    ],
)
def test_nans(kind, text, bits):
    """A NaN keeps sign and payload and becomes quiet; one of 64 bits keeps every bit."""
    assert double_bits(value(kind, bytes.fromhex(text), "big")) == bits


def test_narrow():
    """A double is rounded to the nearest float, ties to even; what is too large is infinite; a NaN stays one, quiet."""
    assert narrow(1.0 + 2**-24) == struct.pack("<f", 1.0)
    assert narrow(1.0 + 3 * 2**-24) == struct.pack("<f", 1.0 + 2**-22)
    assert narrow(1e300) == struct.pack("<f", math.inf)
    assert narrow(-1e300) == struct.pack("<f", -math.inf)
    assert narrow(1e-60) == bytes(4)
    assert narrow(from_bits(0xFFF0000020000001)) == 0xFFC00001.to_bytes(4, "little")


@given(st.integers(0, 2**32 - 1))
def test_ieee32_is_what_the_machine_reads(n):
    """A finite float of 32 bits is what Python's own struct makes of it, and narrows back to its bytes."""
    data = n.to_bytes(4, "big")
    (expected,) = struct.unpack(">f", data)
    found = value("ieee32", data, "big")

    if expected == expected:
        assert double_bits(found) == double_bits(expected)
        assert narrow(found) == data[::-1]


@given(st.integers(0, 2**16 - 1))
def test_ieee16_is_what_the_machine_reads(n):
    """A finite float of 16 bits is what Python's own struct makes of it."""
    data = n.to_bytes(2, "big")
    (expected,) = struct.unpack(">e", data)

    if expected == expected:
        assert double_bits(value("ieee16", data, "big")) == double_bits(expected)


def exact(kind: str, data: bytes) -> Fraction | None:
    """The exact value of a number in big-endian bytes, by the formula of its manual; None where it has none."""
    n, bits = int.from_bytes(data, "big"), 8 * len(data)
    sign = -1 if n >> (bits - 1) else 1
    if kind.startswith("ibm"):
        characteristic, fraction = (n >> (bits - 8)) & 0x7F, n & ((1 << (bits - 8)) - 1)
        return sign * Fraction(fraction, 1 << (bits - 8)) * Fraction(16) ** (characteristic - 64)
    if kind.startswith("vax"):
        width, excess = (11, 1024) if kind == "vaxg" else (8, 128)
        exponent, fraction = n >> (bits - 1 - width) & ((1 << width) - 1), n & ((1 << (bits - 1 - width)) - 1)
        if exponent == 0:
            return None if sign < 0 else Fraction(0)
        return sign * (Fraction(1, 2) + Fraction(fraction, 1 << (bits - width))) * Fraction(2) ** (exponent - excess)
    mantissa = int.from_bytes(data[:3] + data[4:], "big", signed=True)
    return Fraction(mantissa, 1 << (bits - 9)) * Fraction(2) ** int.from_bytes(data[3:4], "big", signed=True)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith("ieee")])
@given(st.data())
def test_rounding_is_to_nearest(kind, data):
    """Every other kind is its exact value, rounded once to the nearest double."""
    given_ = data.draw(st.binary(min_size=KINDS[kind].size, max_size=KINDS[kind].size))
    wanted = exact(kind, given_)
    found = value(kind, given_, "big")

    if wanted is None:
        assert found != found
    else:
        assert found == wanted.numerator / wanted.denominator
