"""Comparisons that only a `require` asks for are branches, with the oracle's values, nulls and refusals; others keep their registers."""

from __future__ import annotations

import itertools
from contextlib import closing
from typing import Literal

import pytest

from arrowsmith import registry as registries
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.kernel import Target
from arrowsmith.program.program import Program
from arrowsmith.program.verify import verify
from arrowsmith.testing.guard import guarded_input, guarded_output
from arrowsmith.testing.runs import Ways, agree
from arrowsmith.testing.strategies_data import Given

pytest.importorskip("iced_x86")

REGISTRY = registries.load()
EMITTER = REGISTRY.emitter("x86-64")
ALLOCATOR = REGISTRY.allocator("mmap")
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
FAILS: tuple[Literal["trap", "null"], ...] = ("trap", "null")
LARGE = 1 << 40


def judged(how: str, other: str, fail: Literal["trap", "null"], *, shown: bool, large: int) -> Program:
    """Two bytes, of which the first is judged by one comparison, or by *other*, too; *shown*: the first outcome is a column as well."""
    b = Builder("judged")
    b.emit(o.Need(n=2))
    first = b.value(o.LoadInt, at=0, size=1)
    second = b.value(o.LoadInt, at=1, size=1)
    test = compared = b.value(o.Let, how=how, a=first, b=second)
    if other:
        more = b.value(o.Let, how=other, a=first, b=large)
        test = b.value(o.Let, how="and", a=compared, b=more)
    b.emit(o.Require(test=test, what=first if fail == "null" else -1, fail=fail, site=b.site("judged")))
    b.emit(o.Put(column=b.column(0, "i64", ("value",)), a=first))
    if shown:
        b.emit(o.Put(column=b.column(0, "i64", ("shown",)), a=compared))
    return b.program(size=2)


@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.parametrize("fail", FAILS)
@pytest.mark.parametrize(
    ("how", "other"), [(c, "") for c in COMPARISONS] + [*itertools.product(COMPARISONS, COMPARISONS)]
)
@pytest.mark.parametrize("large", [3, LARGE])
def test_what_is_required_is_the_oracles(
    how: str, other: str, fail: Literal["trap", "null"], shown: bool, large: int
) -> None:
    program = judged(how, other, fail, shown=shown, large=large)
    verify(program)
    data = bytes(itertools.chain.from_iterable(itertools.product((0, 2, 3, 4, 0xFD, 0xFF), repeat=2)))
    given = Given(data=data, frames=tuple((2 * i, 2) for i in range(len(data) // 2)), stride=2)
    target = Target(features=EMITTER.target(ALLOCATOR).features)
    with closing(EMITTER.load(EMITTER.emit(program, target), ALLOCATOR)) as kernel:
        agree(kernel, program, given, Ways(source=guarded_input, memory=guarded_output, log=500))
