"""Streams that objects are read from: each a part of another, or what a process makes of one.

Any of them can be opened again from the record's own, step by step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from arrowsmith.layout.expr import Binary, Cond, Const, Expr, StreamSize
from arrowsmith.layout.nodes import Group, Node

NOTHING = Const(0)


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """The stream that begins ``base`` bytes into ``around`` and has ``size`` bytes there; ``transform`` makes its own bytes of those.
    Where ``around`` is None, it is the record's own."""

    around: Stream | None = None
    base: Expr = NOTHING
    size: Expr | None = None
    transform: tuple[str, tuple[Expr, ...]] | None = None

    @property
    def chain(self) -> list[Stream]:
        """The streams around this one and itself, the outermost first, without the record's own."""
        return [] if self.around is None else [*self.around.chain, self]

    def mapped(self, change: Callable[[Expr], Expr]) -> Stream:
        """The stream with *change* made to where it is."""
        if self.around is None:
            return self
        base, around = change(self.base), self.around.mapped(change)
        if base == self.base and around is self.around:
            return self
        size = None if self.size is None else change(self.size)
        transform = self.transform
        if transform is not None:
            transform = transform[0], tuple(map(change, transform[1]))
        return Stream(around, base, size, transform)

    def length(self, here: Stream) -> Expr | None:
        """How many bytes it has, seen from stream *here*; None where that is known only inside it."""
        if self is here:
            return StreamSize()
        if self.around is None:
            return StreamSize(root=True)
        return self.size if self.transform is None else None


def opened(target: Stream, here: Stream, position: Expr, members: tuple[Node, ...]) -> Group:
    """A group that reads *members* at *position* of stream *target*, from a place in stream *here*."""
    if target is here:
        return Group(name="", at=position, members=members)
    chain = target.chain
    known = next((n for n in range(len(chain), 0, -1) if chain[n - 1] is here), 0)
    from_root = known == 0
    node = Group(name="", at=position, members=members)
    steps = chain[known:]
    if not steps:
        return Group(name="", at=position, root=True, members=members)
    parts: list[tuple[Expr, Stream]] = []
    base: Expr = Const(0)
    for step in steps:  # parts of parts are one part; what a process makes begins anew
        base = _sum(base, step.base)
        if step.transform is not None or step is steps[-1]:
            parts.append((base, step))
            base = Const(0)
    for number, (start, step) in reversed(list(enumerate(parts))):
        root = from_root and number == 0
        node = Group(name="", at=start, root=root, within=step.size, transform=step.transform, members=(node,))
    return node


def either(test: Expr, one: Stream, two: Stream) -> Stream | None:
    """The stream that is *one* where *test* holds, else *two*; None where a process makes one of them."""
    ends = [_end(stream) for stream in (one, two)]
    if any(end is None for end in ends):
        return None
    (base, size), (other, rest) = (end for end in ends if end is not None)
    return Stream(Stream(), Cond(test, base, other), Cond(test, size, rest))


def _end(stream: Stream) -> tuple[Expr, Expr] | None:
    """Where *stream* begins in the record's own, and its size."""
    base: Expr = Const(0)
    for step in stream.chain:
        if step.transform is not None:
            return None
        base = _sum(base, step.base)
    return base, stream.size if stream.size is not None else StreamSize(root=True)


def _sum(a: Expr, b: Expr) -> Expr:
    if a == Const(0):
        return b
    return a if b == Const(0) else Binary("add", a, b)
