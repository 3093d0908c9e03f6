"""Code is kept by emitter, Program and target: emitted once, and no more of it than is said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from arrowsmith.engine import kernels
from arrowsmith.program.kernel import Code, Target
from arrowsmith.program.ops import Block
from arrowsmith.program.program import Program


@dataclass(frozen=True)
class Counting:
    """An emitter that counts."""

    size: int = 10
    calls: list[str] = field(default_factory=list, compare=False)

    def emit(self, program: Program, target: Target) -> Code:
        self.calls.append(program.name)
        return Code(program=program, emitter="counting", target=target, data=bytes(self.size))


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_codes", {})


def emitted(emitter: Any, name: str = "P", **target: Any) -> Code:
    return kernels.emitted(emitter, Program(name=name, body=Block()), Target(**target))


def test_an_equal_program_is_emitted_once() -> None:
    emitter = Counting()

    assert emitted(emitter) is emitted(emitter)
    assert emitter.calls == ["P"]


def test_other_features_are_other_code() -> None:
    emitter = Counting()
    emitted(emitter)
    emitted(emitter, features=frozenset({"avx2"}))

    assert emitter.calls == ["P", "P"]


def test_another_emitter_is_other_code() -> None:
    first, second = Counting(), Counting(size=11)
    emitted(first)
    emitted(second)

    assert second.calls == ["P"]


def test_what_was_asked_for_last_is_kept() -> None:
    emitter = Counting()
    for n in range(kernels.KEPT + 1):
        emitted(emitter, f"P{n}")
        emitted(emitter, "often")
    emitted(emitter, "P0")

    assert emitter.calls.count("often") == 1
    assert emitter.calls.count("P0") == 2
    assert len(kernels._codes) == kernels.KEPT


def test_large_code_pushes_out_others() -> None:
    emitter = Counting(size=kernels.KEPT_BYTES // 2 + 1)
    emitted(emitter, "P1")
    emitted(emitter, "P2")

    assert len(kernels._codes) == 1


def test_an_emitter_without_a_hash_keeps_nothing() -> None:
    @dataclass
    class Unhashable:
        def emit(self, program: Program, target: Target) -> Code:
            return Code(program=program, emitter="u", target=target)

    emitted(Unhashable())

    assert not kernels._codes


def test_a_code_of_its_own_program_comes_back() -> None:
    emitter = Counting()
    program = Program(name="P", body=Block())
    again = replace(program)

    assert kernels.emitted(emitter, again, Target()).program == program
