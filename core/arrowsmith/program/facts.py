"""What the verifier knows at one point of a Program: bytes proven ahead, room proven, registers assigned and what they hold.

An `Amount` is a number of bytes or slots: a literal, or a literal times the value of one register at one time; values have
numbers (`Values`), so a register that is written again is another value.
Invariant: a `State` claims only what holds on every path; joining two keeps what both claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from arrowsmith.program.ops import R


class Amount(NamedTuple):
    """``factor`` times value number ``base``; ``base`` −1: the literal ``factor``."""

    base: int
    factor: int

    @property
    def literal(self) -> bool:
        return self.base == -1

    def times(self, n: int) -> Amount:
        return Amount(self.base, self.factor * n)


def literal(n: int) -> Amount:
    return Amount(-1, n)


Facts = frozenset[Amount]
NOTHING: Facts = frozenset()


def covers(facts: Facts, wanted: Amount) -> bool:
    """Whether one of *facts* is at least *wanted*.

    A multiple of a value that wraps around is only told from one of which it is a multiple itself."""
    return wanted == literal(0) or any(
        f.base == wanted.base and f.factor >= wanted.factor and (f.literal or f.factor % wanted.factor == 0)
        for f in facts
    )


def less(facts: Facts, used: Amount) -> Facts:
    """What is left of *facts* when *used* is taken."""
    return frozenset(
        Amount(f.base, f.factor - used.factor) for f in facts if f.base == used.base and f.factor >= used.factor
    )


def both(a: Facts, b: Facts) -> Facts:
    """What holds where *a* or *b* holds, nobody knows which."""
    lowest = [max((f.factor for f in facts if f.literal), default=-1) for facts in (a, b)]
    kept = frozenset(f for f in a & b if not f.literal)
    return kept | {literal(min(lowest))} if min(lowest) >= 0 else kept


def shared(facts: Facts, count: Amount) -> Facts:
    """What each of *count* equal turns may take of *facts*."""
    if count.literal:
        return frozenset(literal(f.factor // count.factor) for f in facts if f.literal and count.factor > 0)
    return frozenset(
        literal(f.factor // count.factor) for f in facts if f.base == count.base and f.factor % count.factor == 0
    )


@dataclass(slots=True)
class Values:
    """Every value that a register held: what amount it is, and, of a text, what bounds the bytes that putting it takes."""

    amounts: dict[int, Amount] = field(default_factory=dict)
    bounds: dict[int, Facts] = field(default_factory=dict)
    binary: dict[int, bool | None] = field(default_factory=dict)
    count: int = 0

    def new(self) -> int:
        self.count += 1
        return self.count - 1

    def amount(self, value: int) -> Amount:
        return self.amounts.get(value, Amount(value, 1))

    def either(self, a: int, b: int) -> int:
        """The value that is *a* on one path and *b* on the other."""
        if a == b:
            return a
        value = self.new()
        if self.amount(a) == self.amount(b):
            self.amounts[value] = self.amount(a)
        known = self.binary.get(a), self.binary.get(b)
        self.binary[value] = known[0] if known[0] == known[1] else None
        self.bounds[value] = wider(self.bounds.get(a, NOTHING), self.bounds.get(b, NOTHING))
        return value


def wider(a: Facts, b: Facts) -> Facts:
    """Upper bounds of what is bounded by *a* or by *b*."""
    least = [min((f.factor for f in facts if f.literal), default=-1) for facts in (a, b)]
    kept = frozenset(f for f in a & b if not f.literal)
    return kept | {literal(max(least))} if min(least) >= 0 else kept


@dataclass(slots=True)
class State:
    """``ahead``: bytes proven behind the cursor; ``sized``: amounts of them that are.  ``slots``, ``data``: room proven, of levels and
    columns.  ``held``: the value in each register that is written on every path.  ``put``: columns that some path put in the open
    slot, a bit each (a wide record with an arm for every field would copy sets for seconds).  ``dead``: a trap comes before."""

    ahead: int = 0
    sized: Facts = NOTHING
    slots: dict[int, Facts] = field(default_factory=dict)
    data: dict[int, Facts] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    put: int = 0
    dead: bool = False

    def copy(self) -> State:
        return State(self.ahead, self.sized, dict(self.slots), dict(self.data), dict(self.held), self.put, self.dead)

    def move(self, n: Amount) -> None:
        """The cursor moves *n* bytes forward."""
        self.ahead = max(self.ahead - n.factor, 0) if n.literal else 0
        self.sized = NOTHING if n != literal(0) else self.sized

    def prove(self, n: Amount) -> None:
        """*n* bytes are behind the cursor."""
        if n.literal:
            self.ahead = max(self.ahead, n.factor)
        else:
            self.sized |= {n}

    def has(self, n: Amount, at: int = 0) -> bool:
        """Whether *n* bytes, *at* bytes behind the cursor, are proven."""
        return n.factor >= 0 and at + n.factor <= self.ahead if n.literal else at == 0 and n in self.sized

    def forget(self, registers: Iterable[R], values: Values) -> None:
        """The *registers* that are assigned hold some other value of their kind now."""
        for r in registers:
            if r.n in self.held:
                self.held[r.n] = values.new()


def join(states: Iterable[State], values: Values) -> State:
    """What holds behind several paths; the *states* are used up."""
    alive = list(states)
    alive = [s for s in alive if not s.dead] or alive[:1]
    joined = alive[0]
    for other in alive[1:]:
        joined.ahead = min(joined.ahead, other.ahead)
        joined.sized &= other.sized
        joined.slots = _both_maps(joined.slots, other.slots)
        joined.data = _both_maps(joined.data, other.data)
        joined.put |= other.put
        joined.held = {r: values.either(v, other.held[r]) for r, v in joined.held.items() if r in other.held}
    return joined


def _both_maps(a: Mapping[int, Facts], b: Mapping[int, Facts]) -> dict[int, Facts]:
    return {key: both(facts, b[key]) for key, facts in a.items() if key in b}
