"""What bytes are in other formats follows from what they were read as."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arrowsmith.doubts import otherwise
from arrowsmith.layout import types as ty
from arrowsmith.program.floats import KINDS

WIDTH = {"ieee32": 4, "ibm32": 4, "ieee64": 8, "ibm64": 8}
OTHER = {"ieee32": "ibm32", "ibm32": "ieee32", "ieee64": "ibm64", "ibm64": "ieee64"}


@pytest.mark.parametrize("kind", WIDTH)
@given(sign=st.integers(0, 1), exponent=st.integers(0, 127), digits=st.binary(min_size=7, max_size=7))
def test_floats_are_the_readings_of_the_same_bytes(kind: str, sign: int, exponent: int, digits: bytes) -> None:
    """In the order of formats, each as it stands and swapped, but for the one that they were read in.  An IBM float is normalised here, and
    has no more digits than a double: another is not stored as it was."""
    size = WIDTH[kind]
    raw = bytes([sign << 7 | exponent]) + digits[: size - 1]
    if kind.startswith("ibm"):
        raw = bytes([raw[0], raw[1] | 0x10]) + (raw[2:] if size == 4 else raw[2:-1] + b"\0")
    value = KINDS[kind].read(int.from_bytes(raw, "big"))
    assume(not math.isnan(value))
    ieee, ibm = sorted((kind, OTHER[kind]), key=lambda name: name[1] == "b")
    numbers = [int.from_bytes(raw, order) for order in ("big", "little")]
    expected = [KINDS[name].read(n) for name in (ieee, ibm) for n in numbers]
    del expected[0 if kind == ieee else 2]

    found = otherwise.floats([value], ty.Float(kind=kind))  # type: ignore[arg-type]  # one of the literals

    assert found is not None
    assert [repr(one) for (one,) in found] == [repr(one) for one in expected]


@given(st.binary(min_size=4, max_size=4), st.sampled_from(["twos", "unsigned"]))
def test_integers_are_those_of_the_other_order(raw: bytes, encoding: str) -> None:
    signed = encoding == "twos"
    value = int.from_bytes(raw, "big", signed=signed)
    kind = ty.Integer(bits=32, encoding=encoding)  # type: ignore[arg-type]  # one of the literals
    assert otherwise.integers([value], kind) == [int.from_bytes(raw, "little", signed=signed)]


def test_what_is_not_known_is_none() -> None:
    assert otherwise.floats([1.0], ty.Float(kind="vaxf")) is None
    assert otherwise.integers([1], ty.Integer(bits=32, encoding="ones")) is None


def test_an_ibm_float_holds_no_more_than_its_greatest() -> None:
    """What came from elsewhere, such as an infinity, has bits nonetheless."""
    dice = random.Random(1)
    values = [math.inf, -math.inf, math.nan, 0.0, *(dice.uniform(-1e30, 1e30) for _ in range(20))]
    found = otherwise.floats(values, ty.Float(kind="ibm32"))
    assert found is not None
    assert all(len(one) == len(values) for one in found)
