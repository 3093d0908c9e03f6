"""The stock answers: the highest rank, not negative, that does not refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from arrowsmith import policies


@dataclass(frozen=True)
class Candidate:
    """An emitter or an allocator, as far as a policy asks."""

    name: str
    rank: int
    reason: str | None = None

    def refuses(self, *asked: object) -> str | None:
        return self.reason


def emitter(*candidates: Any) -> Any:
    return policies.arrowsmith_select_emitter(None, None, candidates)  # type: ignore[arg-type]  # the fakes ask neither


def allocator(*candidates: Any) -> Any:
    return policies.arrowsmith_select_allocator(None, candidates)  # type: ignore[arg-type]  # the fakes do not ask


both = pytest.mark.parametrize("select", [emitter, allocator])


@both
def test_highest_rank_wins_whatever_the_order(select: Any) -> None:
    low, high = Candidate("low", 0), Candidate("high", 10)

    assert select(low, high) is select(high, low) is high


@both
def test_refusing_candidate_is_passed_over(select: Any) -> None:
    low, high = Candidate("low", 0), Candidate("high", 10, "not on this machine")

    assert select(high, low) is low


@both
def test_empty_reason_is_a_refusal_still(select: Any) -> None:
    """Only None accepts."""
    assert select(Candidate("odd", 1, "")) is None


@both
def test_negative_rank_is_never_taken(select: Any) -> None:
    assert select(Candidate("named only", -1)) is None


@both
def test_equal_ranks_keep_the_order_given(select: Any) -> None:
    one, two = Candidate("one", 1), Candidate("two", 1)

    assert select(one, two) is one


@both
def test_no_candidate_no_answer(select: Any) -> None:
    assert select() is None


def test_stock_answers_come_last() -> None:
    for policy in (policies.arrowsmith_select_emitter, policies.arrowsmith_select_allocator):
        assert policy.arrowsmith_impl["trylast"]  # type: ignore[union-attr]  # set by pluggy's marker
