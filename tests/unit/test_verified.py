"""What the suite itself loads is verified: a kernel that was tampered with does not get as far as memory, in any test."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

pytest.importorskip("iced_x86")

import verified

import arrowsmith
from arrowsmith.engine import kernels
from arrowsmith.host import Host
from arrowsmith_x86_64 import X86_64

pytestmark = pytest.mark.skipif(Host.current().machine != "x86-64", reason="the code is x86-64's")


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests of this process may have verified or kept the same code, and must not meet what is tampered with here."""
    monkeypatch.setattr(verified, "SEEN", set())
    monkeypatch.setattr(kernels, "_codes", {})


@pytest.fixture
def tampered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The emitter ends every kernel with a system call."""
    emit = X86_64.emit
    monkeypatch.setattr(
        X86_64, "emit", lambda *given: dataclasses.replace(made := emit(*given), data=made.data + b"\x0f\x05\xc3")
    )
    yield
    verified.FAULTS.clear()  # they were asked for


def test_a_conversion_is_verified(tampered: None) -> None:
    """`read` of a copybook stops where its kernel would be loaded."""
    with pytest.raises(AssertionError, match="not on the list: syscall"):
        arrowsmith.read(
            arrowsmith.text("       01 R.\n         05 A PIC X(3).\n", name="r.cpy"), b"abc", emitter="x86-64"
        )

    assert len(verified.FAULTS) == 1


def test_addresses_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the place of an address is taken for a number, what is based on it is a fault."""
    chart = X86_64.chart
    monkeypatch.setattr(
        X86_64, "chart", lambda *given: dataclasses.replace(made := chart(*given), addresses={}, fresh=made.context)
    )
    with pytest.raises(AssertionError, match="is based on number"):
        arrowsmith.read(
            arrowsmith.text("       01 R.\n         05 A PIC X(4).\n", name="r.cpy"), b"abcd", emitter="x86-64"
        )
    verified.FAULTS.clear()


def test_what_is_verified_is_not_verified_again() -> None:
    """The same bytes for the same target cost once a process."""
    dictionary = arrowsmith.text("       01 R.\n         05 A PIC X(7).\n", name="r.cpy")
    before = len(verified.SEEN)
    arrowsmith.read(dictionary, b"abcdefg", emitter="x86-64")
    once = len(verified.SEEN)
    arrowsmith.read(dictionary, b"gfedcba", emitter="x86-64")

    assert before <= once == len(verified.SEEN)
    assert once
