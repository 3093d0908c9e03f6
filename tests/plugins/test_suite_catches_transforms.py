"""A suite that nothing can fail proves nothing: transforms that break a clause each, and are caught."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from arrowsmith.interfaces import Argument, Takes
from arrowsmith.testing import TransformSuite


def shifted(data: bytes, by: Any) -> bytes:
    """Each byte, more by a number."""
    if by < 0:
        raise ValueError("a shift backwards")
    return bytes((byte + by) % 256 for byte in data)


@dataclass(frozen=True)
class Makes:
    how: Callable[[bytes, Any], Any] = shifted
    name: str = "test.shift"
    takes: tuple[Takes, ...] = ("integer",)

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> Any:
        return self.how(data, *arguments)


class Shifted(TransformSuite):
    samples = ((b"abc", (1,), b"bcd"), (b"\xff" * 40, (2,), b"\x01" * 40), (b"", (1,), b""))


TRANSFORMS = Shifted()
SEEN: list[bytes] = []


def remembers(data: bytes, by: Any) -> bytes:
    """How often it was called decides."""
    SEEN.append(data)
    return shifted(data, by + len(SEEN))


def meddles(data: bytes, by: Any) -> bytes:
    """Several calls at once are in each other's way."""
    SEEN[:] = [data]
    time.sleep(0.001)
    return shifted(SEEN[0], by)


def careless(data: bytes, by: Any) -> bytes:
    return shifted(data, by) if len(data) < 5 else bytes([data[300]])


def silent(data: bytes, by: Any) -> bytes:
    if len(data) % 2:
        raise ValueError
    return shifted(data, by)


class Unequal(Makes):
    """No two are equal, whatever they are."""

    __hash__ = Makes.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


TRANSFORM_CLAUSES = [name for name in vars(TransformSuite) if name.startswith("test_")]


@pytest.mark.parametrize("clause", TRANSFORM_CLAUSES)
def test_a_transform_that_keeps_them_passes(clause: str) -> None:
    getattr(TRANSFORMS, clause)(Makes())


@pytest.mark.parametrize(
    ("clause", "broken"),
    [
        ("test_t1_its_shape_is_that_of_a_transform", Makes(name="xor")),
        ("test_t1_its_shape_is_that_of_a_transform", Makes(takes=("bytes",))),
        ("test_t2_the_samples_are_made", Makes(lambda data, by: bytearray(shifted(data, by)))),
        ("test_t2_the_samples_are_made", Makes(lambda data, by: data)),
        ("test_t3_it_keeps_nothing", Makes(remembers)),
        ("test_t4_threads_may_share_it", Makes(meddles)),
        ("test_t5_it_is_a_value", Unequal()),
        ("test_t6_any_bytes_are_made_or_refused", Makes(careless)),
        ("test_t6_any_bytes_are_made_or_refused", Makes(silent)),
        ("test_t7_every_emitter_reads_what_is_made", Makes(remembers)),
    ],
)
def test_a_transform_that_breaks_a_clause_is_caught(clause: str, broken: Makes) -> None:
    with pytest.raises(BaseException) as raised:  # pytest's own failures are no Exceptions
        getattr(TRANSFORMS, clause)(broken)

    assert not isinstance(raised.value, pytest.skip.Exception)


def test_a_transform_suite_without_samples_is_caught() -> None:
    with pytest.raises(AssertionError):
        TransformSuite().test_t0_there_are_samples(Makes())
