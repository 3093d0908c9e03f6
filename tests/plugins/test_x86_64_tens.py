"""`let tens` in machine code gives the oracle's doubles: for every power, and for integers whose products lie near the middle of two."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction

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


def near_the_middle(power: int, rng: random.Random) -> Iterator[int]:
    """Integers whose product with 10^*power* is as near as may be to the middle of two doubles: numerators of the continued fractions
    of odd multiples of half a double's step over the power."""
    for _ in range(4):
        mantissa, exponent = 2 * rng.randrange(1 << 52, 1 << 53) + 1, rng.randrange(0, 9)
        bits = 0
        wanted = Fraction(mantissa)
        step = Fraction(10) ** power
        while wanted / step >= TOP >> exponent:
            wanted, bits = wanted / 2, bits + 1
        while wanted / step < TOP >> exponent + 1:
            wanted, bits = wanted * 2, bits - 1
        nearest = round(wanted / step)
        yield from (nearest - 1, nearest, nearest + 1)
        five = 5 ** abs(power)
        # where the power divides it, or it divides the power, the product is just in the middle
        if power < 0 and five < 1 << 9:
            yield mantissa * five
        elif power >= 0 and five.bit_length() < 54:
            yield mantissa // five | 1


@pytest.mark.parametrize(
    "powers", [range(n, n + 32) for n in range(-128, 128, 32)], ids=lambda r: f"{r.start}-{r.stop - 1}"
)
def test_products_are_the_oracles(powers: range) -> None:
    """Every power of the table, with integers at the borders, at random, and near the middle of two doubles."""
    rng = random.Random(powers.start)
    pairs = []
    for power in powers:
        values = [0, 1, -1, 9, 10**16 - 1, 10**15 + 1, -TOP, TOP - 1, (1 << 53) + 1, -(1 << 53) - 3]
        values += [rng.randrange(-TOP, TOP) >> rng.randrange(63) for _ in range(20)]
        values += [n for n in near_the_middle(power, rng) if n < TOP]
        pairs += [(n, power) for n in values]
    b = Builder("tens")
    b.emit(o.Need(n=16))
    n, power = (b.value(o.LoadInt, at=at, size=8, order="little") for at in (0, 8))
    made = b.value(o.Let, how="tens", a=n, b=power, site=b.site("tens"))
    b.emit(o.Put(column=b.column(0, "f64", ("tens",)), a=made))
    program = b.program(size=16)
    verify(program)
    data = b"".join(
        n.to_bytes(8, "little", signed=True) + power.to_bytes(8, "little", signed=True) for n, power in pairs
    )
    given = Given(data=data, frames=tuple((16 * i, 16) for i in range(len(pairs))), stride=16)
    target = Target(features=EMITTER.target(ALLOCATOR).features)
    with closing(EMITTER.load(EMITTER.emit(program, target), ALLOCATOR)) as kernel:
        agree(kernel, program, given, Ways(source=guarded_input, memory=guarded_output))
