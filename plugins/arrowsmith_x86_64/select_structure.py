"""Blocks: arms of which one runs, elements that repeat, strips.

An element's number, its place and what the loop counts live in the context; a list's open slot is in r13.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, R, walk
from arrowsmith_x86_64.facts import STILL, movement
from arrowsmith_x86_64.operands import R13, RAX, RBP, RBX, RCX, RSI, q
from arrowsmith_x86_64.select import Select, Selector
from arrowsmith_x86_64.select_columns import children, close_slot


def if_(s: Selector, op: o.If) -> None:
    a = s.a
    other, done = a.label(), a.label()
    s.unless_null(op.test, other)
    test(s, op.test, other, "e")
    s.arms([(None, op.then, s.proven), (other, op.other, s.proven)], done)


def test(s: Selector, r: R, label: int, condition: str) -> None:
    """Jump to *label* where the number in register *r*, not null, is 0 ("e") or is not ("ne").  Changes rax."""
    a = s.a
    if s.kind(r) == "i128":
        a.mov(RAX, s.low(r))
        a.or_(RAX, s.high(r))
    elif s.kind(r) == "f64":
        # both zeros, without the sign
        a.mov(RAX, s.low(r))
        a.add(RAX, RAX)
    else:
        a.cmp(s.low(r), 0)
    a.jump(label, condition)


def switch(s: Selector, op: o.Switch) -> None:
    """A binary search over ranges of neighbouring values."""
    a = s.a
    done, default = a.label(), a.label()
    s.unless_null(op.value, default)
    labels = [a.label() for _ in op.cases]
    low, high = (0, 1 << 64) if s.kind(op.value) == "u64" else (-(1 << 63), 1 << 63)
    if s.kind(op.value) == "i128":
        # a case beyond 64 bits is for no value that is loaded as one; such a value takes the default
        a.mov(RAX, s.low(op.value))
        a.mov(RCX, RAX)
        a.shift("sar", RCX, 63)
        a.cmp(RCX, s.high(op.value))
        a.jump(default, "ne")
    else:
        a.mov(RAX, s.low(op.value))
    pairs = sorted(
        (v, label) for (values, _), label in zip(op.cases, labels, strict=True) for v in values if low <= v < high
    )
    search(s, pairs, default, unsigned=low == 0)
    arms: list[tuple[int | None, Block, int]] = [
        (label, block, s.proven) for (_, block), label in zip(op.cases, labels, strict=True)
    ]
    s.arms([*arms, (default, op.default, s.proven)], done)


def search(s: Selector, pairs: list[tuple[int, int]], default: int, *, unsigned: bool) -> None:
    """Jump to the label of the pair whose value is in rax, else to *default*."""
    a = s.a
    if len(pairs) > 3:
        half = len(pairs) // 2
        upper = a.label()
        _against(s, pairs[half][0])
        a.jump(upper, "ae" if unsigned else "ge")
        search(s, pairs[:half], default, unsigned=unsigned)
        a.place(upper)
        search(s, pairs[half:], default, unsigned=unsigned)
        return
    for value, label in pairs:
        _against(s, value)
        a.jump(label, "e")
    a.jump(default)


def _against(s: Selector, value: int) -> None:
    if -(1 << 31) <= value < 1 << 31:
        s.a.cmp(RAX, value)
    else:
        s.a.constant(RCX, value)
        s.a.cmp(RAX, RCX)


@contextmanager
def element(s: Selector, level: int, number: int) -> Iterator[None]:
    """Inside, one element is decoded: its number is at *number* of the context, its slot, where it has one, in r13."""
    a = s.a
    outer = s.level
    s.numbers.append(number)
    if level >= 0:
        s.level = level
        a.mov(R13, s.of_level(level, "cursor"))
    yield
    if level >= 0:
        close_slot(s, level, R13, children(s, level))
        a.lea(RAX, q(R13, 1))
        a.mov(s.of_level(level, "cursor"), RAX)
        s.level = outer
    s.numbers.pop()


@contextmanager
def slot_kept(s: Selector, level: int) -> Iterator[None]:
    """Around a list: the open slot of the list around it comes back."""
    a = s.a
    kept: Any = s.kept() if level >= 0 and s.level > 0 else None
    if kept is not None:
        a.mov(kept, R13)
    yield
    if kept is not None:
        a.mov(R13, kept)


def repeat(s: Selector, op: o.Repeat) -> None:
    a = s.a
    again, done = a.label(), a.label()
    each = op.stride or movement(op.body) or 0
    proven = _proven(s, op, each)
    s.flush()
    before = s.proven
    plain = _is_plain(op)
    inside = movement(op.body)
    straight = (
        plain
        and proven >= 0
        and inside is not None
        and inside <= each
        and all(isinstance(inner, (o.Skip, *STILL)) for inner in op.body)
    )
    with slot_kept(s, op.level):
        s.unless_null(op.count, done)
        s.number(RAX, op.count)
        if not isinstance(op.count, int) or op.count > o.MOST:
            a.cmp(RAX, o.MOST)
            a.jump(s.trap, "g")
        a.test(RAX, RAX)
        a.jump(done, "le")
        place = None if straight or not op.stride else s.kept()
        with (_slots if plain else _turns)(s, op, again):
            if place is not None:
                a.mov(place, RSI)
            s.displacement, s.proven = 0, proven
            s.block(op.body)
            if straight:
                s.displacement = 0
                a.add(RSI, each)
            elif place is not None:
                s.displacement = 0
                a.mov(RSI, place)
                if proven > 0:
                    a.add(RSI, op.stride)
                else:
                    _stride(s, op.stride)
            else:
                s.flush()
        a.jump(again, "l")
        a.place(done)
    s.displacement = 0
    s.proven = before - op.count * each if proven > 0 and isinstance(op.count, int) else -1


def _proven(s: Selector, op: o.Repeat, each: int) -> int:
    """How many bytes are there for each element, by what is proven for all of them; −1 where nothing is."""
    if not each:
        return -1
    if isinstance(op.count, int):
        return each if s.displacement + op.count * each <= s.proven else -1
    if s.needed is None:
        return -1
    alone = s.needed == op.count and each == 1
    return each if alone or s.facts.products.get(s.needed.n) == (op.count.n, each) else -1


def _is_plain(op: o.Repeat) -> bool:
    """Whether nothing inside asks for the number of the element or for how many slots are finished."""
    asking = (o.Repeat, o.Loop, o.Room, o.Fetch, o.GetIndex)
    return op.level > 0 and not any(isinstance(inner, asking) for inner in walk(op.body))


@contextmanager
def _turns(s: Selector, op: o.Repeat, again: int) -> Iterator[None]:
    """Around the body of a loop of rax elements, which begins at *again*; leaves the flags that say whether there is one more ("l")."""
    a = s.a
    number, count = s.context.place(), s.kept()
    a.mov(count, RAX)
    a.mov(q(RBP, number), 0)
    a.place(again)
    with element(s, op.level, number):
        yield
    a.mov(RAX, q(RBP, number))
    a.inc(RAX)
    a.mov(q(RBP, number), RAX)
    a.cmp(RAX, count)


@contextmanager
def _slots(s: Selector, op: o.Repeat, again: int) -> Iterator[None]:
    """The same where nothing inside asks: all slots count as finished at once, and r13 goes through them."""
    a = s.a
    outer, s.level = s.level, op.level
    a.mov(R13, s.of_level(op.level, "cursor"))
    a.add(RAX, R13)
    a.mov(s.of_level(op.level, "cursor"), RAX)
    a.place(again)
    s.numbers.append(0)
    yield
    s.numbers.pop()
    close_slot(s, op.level, R13, children(s, op.level))
    a.inc(R13)
    a.cmp(R13, s.of_level(op.level, "cursor"))
    s.level = outer


def _stride(s: Selector, stride: int) -> None:
    """rsi += *stride*, but not further than one byte behind the end.  Changes rax, rcx."""
    a = s.a
    behind, done = a.label(), a.label()
    a.constant(RAX, stride)
    s.left(RCX)
    a.cmp(RAX, RCX)
    a.jump(behind, "g")
    a.add(RSI, RAX)
    a.place(done)
    with a.cold():
        a.place(behind)
        a.lea(RSI, q(RBX, 1))
        a.jump(done)


def loop(s: Selector, op: o.Loop) -> None:
    a = s.a
    again, done = a.label(), a.label()
    number, place = s.context.place(), s.kept()
    s.flush()
    with slot_kept(s, op.level):
        a.mov(q(RBP, number), 0)
        if op.bitwise:
            a.mov(place, RSI)
        a.place(again)
        if not isinstance(op.stop, R):
            a.cmp(RSI, RBX)
            if s.window:
                beyond = a.label()
                a.jump(beyond, "b")
                a.jump(done, "a")
                s.ends()
                a.jump(done)
                a.place(beyond)
            else:
                a.jump(done, "ae")
        if not op.bitwise:
            a.mov(place, RSI)
        s.displacement, s.proven = 0, -1 if isinstance(op.stop, R) else 0
        with element(s, op.level, number):
            s.block(op.body)
            s.flush()
        if isinstance(op.stop, R):
            following = a.label()
            s.unless_null(op.stop, following)
            test(s, op.stop, done, "ne")
            a.place(following)
        if not op.bitwise:
            a.cmp(RSI, place)
            a.jump(s.trap, "be")
        a.inc(q(RBP, number))
        if op.bitwise:
            a.mov(RAX, q(RBP, number))
            a.shr(RAX, 3)
            a.add(RAX, place)
            a.cmp(RSI, RAX)
            a.jump(s.trap, "b")
        a.jump(again)
        a.place(done)
    s.displacement, s.proven = 0, -1


def strip(s: Selector, op: o.Strip) -> None:
    s.block(op.body)


TABLE: dict[type[o.Op], Select] = {
    o.If: if_,
    o.Switch: switch,
    o.Repeat: repeat,
    o.Loop: loop,
    o.Strip: strip,
}
