"""Division by a constant is a multiplication, and gives the oracle's quotients and rests for every divisor at the edges of its range."""

from __future__ import annotations

import random
from contextlib import closing

import pytest

from arrowsmith import registry as registries
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.kernel import Target
from arrowsmith.program.verify import verify
from arrowsmith.testing.guard import guarded_input, guarded_output
from arrowsmith.testing.runs import Ways, agree
from arrowsmith.testing.strategies_data import Given

pytest.importorskip("iced_x86")

REGISTRY = registries.load()
EMITTER = REGISTRY.emitter("x86-64")
ALLOCATOR = REGISTRY.allocator("mmap")
TOP = 1 << 63
POWERS = [n for k in (1, 2, 8, 31, 32, 33, 62) for n in ((1 << k) - 1, 1 << k, (1 << k) + 1)]
DIVISORS = sorted({1, 3, 7, 10, 60, 100, 641, 10_000, 10**9, 10**18, TOP - 1, TOP - 2, *POWERS} - {0})


@pytest.mark.parametrize("divisor", DIVISORS)
def test_quotients_and_rests_are_the_oracles(divisor: int) -> None:
    rng = random.Random(divisor)
    near = [k * divisor + e for k in (-3, -1, 0, 1, 2, TOP // divisor, -TOP // divisor) for e in (-1, 0, 1)]
    values = [n for n in near if -TOP <= n < TOP] + [-TOP, 1 - TOP, TOP - 1]
    values += [rng.randrange(-TOP, TOP) >> rng.randrange(63) for _ in range(40)]
    b = Builder("division")
    b.emit(o.Need(n=8))
    n = b.value(o.LoadInt, at=0, size=8, order="little")
    for how in ("div", "mod"):
        made = b.value(o.Let, how=how, a=n, b=divisor)
        b.emit(o.Put(column=b.column(0, "i64", (how,)), a=made))
    program = b.program(size=8)
    verify(program)
    data = b"".join(value.to_bytes(8, "little", signed=True) for value in values)
    given = Given(data=data, frames=tuple((8 * i, 8) for i in range(len(values))), stride=8)
    target = Target(features=EMITTER.target(ALLOCATOR).features)
    with closing(EMITTER.load(EMITTER.emit(program, target), ALLOCATOR)) as kernel:
        agree(kernel, program, given, Ways(source=guarded_input, memory=guarded_output))
