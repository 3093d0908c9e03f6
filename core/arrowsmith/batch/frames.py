"""Frames become rows: which are left out, which number each has, where it stands in a hierarchy, which record it belongs to.

All of it is numpy over the frames of a window, and a little state from window to window.
Invariant: what is computed here depends on the frames alone, so it is the same whatever the emitter and the threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from arrowsmith.columns import Frames
from arrowsmith.program.kernel import UNCOUNTED


def total(lengths: memoryview) -> int:
    """The bytes of frames of those *lengths*, 32-bit, of which there is one at least."""
    return int(np.frombuffer(lengths, np.uint32).sum(dtype=np.uint64))


def first_set(carried: memoryview, count: int) -> int:
    """The number of the first of *count* frames whose carried value is not zero; *count* where there is none."""
    flags = np.frombuffer(carried, np.int64)[:count] != 0
    return int(flags.argmax()) if flags.any() else count


@dataclass(frozen=True, slots=True)
class Steps:
    """Places in a hierarchy, an item a row: ``levels``, ``roots`` the number of the root record (−1: before the first), ``counts`` of
    records of each level from 1 on since then."""

    levels: Any
    roots: Any
    counts: tuple[Any, ...] = ()

    def part(self, rows: Any) -> Steps:
        """Those of some *rows*: a slice, a mask or numbers."""
        return Steps(self.levels[rows], self.roots[rows], tuple(count[rows] for count in self.counts))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of rows beside their bytes, an item a row (int64): the ``numbers`` of their records, ``offsets`` in the file and
    ``lengths`` in bytes; ``firsts``: of rows of several records, the number of the first one."""

    numbers: Any
    offsets: Any
    lengths: Any
    steps: Steps | None = None
    firsts: Any = None

    def part(self, rows: Any) -> Facts:
        """Those of some *rows*: a slice, a mask or numbers."""
        steps = None if self.steps is None else self.steps.part(rows)
        firsts = None if self.firsts is None else self.firsts[rows]
        return Facts(self.numbers[rows], self.offsets[rows], self.lengths[rows], steps, firsts)


def fixed_facts(number: int, offset: int, size: int, count: int) -> Facts:
    """The facts of *count* records of *size* bytes, the first of that *number* at *offset*."""
    order = np.arange(count, dtype=np.int64)
    return Facts(number + order, offset + size * order, np.full(count, size, np.int64))


def given_facts(numbers: Sequence[int], offsets: Sequence[int], lengths: Sequence[int]) -> Facts:
    """The facts of records of which all that is known already."""
    return Facts(np.array(numbers, np.int64), np.array(offsets, np.int64), np.array(lengths, np.int64))


def moved(facts: Facts, places: Sequence[int], source: Sequence[int]) -> Facts:
    """*facts* of records at offsets of which those from each of *places* on (int64, in order) stand from the one of *source* on."""
    if not len(places):
        return facts
    starts, origins = np.asarray(places, np.int64), np.asarray(source, np.int64)
    found = np.maximum(np.searchsorted(starts, facts.offsets, "right") - 1, 0)
    return replace(facts, offsets=facts.offsets - starts[found] + origins[found])


@dataclass(slots=True)
class Sifted:
    """The frames of a window that become rows: ``starts`` and ``lengths`` as an `Input` has them; bytes of those (``sizes``) and of the
    others (``filtered``)."""

    starts: memoryview
    lengths: memoryview
    facts: Facts
    sizes: int
    filtered: int

    @property
    def count(self) -> int:
        return len(self.starts)


@dataclass(slots=True)
class Sifter:
    """Leaves out the frames of one source that become no rows, and counts the rest.  ``kind``: the table's that is read.  ``depth``: the
    levels of a hierarchy, 0 for none.  ``begin``, ``end``: records that begin elsewhere in the source become no rows."""

    kind: int = 1
    depth: int = 0
    number: int = 0
    begin: int = 0
    end: int = 1 << 62
    _level: int = -1
    _root: int = -1
    _counts: list[int] = field(default_factory=list)

    def sift(self, frames: Frames, base: int) -> Sifted:
        """The rows of *frames*, whose window begins at *base* of the file."""
        count = frames.count
        starts = np.frombuffer(frames.starts, np.uint64, count)
        lengths = np.frombuffer(frames.lengths, np.uint32, count)
        kinds = np.frombuffer(frames.kinds, np.uint8, count)
        counted = kinds != UNCOUNTED
        numbers = self.number - 1 + np.cumsum(counted, dtype=np.int64)
        self.number += int(np.count_nonzero(counted))
        kept = kinds == self.kind
        steps = None
        if self.depth:
            levels = np.frombuffer(frames.carried[0], np.int64, count)
            steps = self._steps(np.where(counted, levels, -1), numbers)
            kept &= steps.roots >= 0
            steps = steps.part(kept)
        if self.begin or self.end < 1 << 62:
            places = starts.astype(np.int64) + base
            inside = (places >= self.begin) & (places < self.end)
            if steps is not None:
                steps = steps.part(inside[kept])
            kept = kept & inside
        total, sizes = int(lengths.sum(dtype=np.int64)), lengths[kept]
        offsets = starts[kept].astype(np.int64) + base
        facts = Facts(numbers[kept], offsets, sizes.astype(np.int64), steps)
        own = int(sizes.sum(dtype=np.int64))
        return Sifted(_view(starts[kept]), _view(sizes), facts, own, total - own)

    @property
    def state(self) -> tuple[int, ...]:
        """What went before, but for the number."""
        return (self._level, self._root, *self._counts)

    def resume(self, number: int, state: Sequence[int]) -> None:
        """Begin where another has got to."""
        self.number = number
        if state:
            self._level, self._root, self._counts = state[0], state[1], list(state[2:])

    def _steps(self, levels: Any, numbers: Any) -> Steps:
        """Where each of the frames stands; what went before is in the state."""
        if not len(self._counts):
            self._counts = [0] * self.depth
        count = len(levels)
        order = np.arange(count)
        known = _last(np.where(levels >= 0, order, -1))
        current = np.where(known >= 0, levels[known], self._level)
        root = _last(np.where(levels == 0, order, -1))
        roots = np.where(root >= 0, numbers[root], self._root)
        counts = []
        for level in range(1, self.depth):
            seen = np.cumsum(levels == level, dtype=np.int64)
            before = np.where(root >= 0, -seen[root], self._counts[level])
            counts.append(seen + before)
        if count:
            self._level, self._root = int(current[-1]), int(roots[-1])
            self._counts = [0, *(int(c[-1]) for c in counts)]
        return Steps(current, roots, tuple(counts))


def _last(places: Any) -> Any:
    """For each item the greatest of *places* up to it."""
    return np.maximum.accumulate(places) if len(places) else places


def _view(values: Any) -> memoryview:
    contiguous: Any = np.ascontiguousarray(values)
    return memoryview(contiguous)


# --- rows of several records -----------------------------------------------------------------------------------------


def parents(kinds: Any, above: Mapping[int, int]) -> Any:
    """The index of the frame that each frame belongs to: −1 for none, its own for one of a top table.

    *above*: kind → the kind of the table around it, 0 for a top table; outer tables first.
    """
    order = np.arange(len(kinds))
    found = np.full(len(kinds), -1, np.int64)
    for kind, parent in above.items():
        mine = kinds == kind
        if not parent:
            found[mine] = order[mine]
            continue
        held = _last(np.where((kinds == parent) & (found >= 0), order, -1))
        ended = np.full(len(kinds), -1, np.int64)
        around = above[parent]
        while around:
            ended = np.maximum(ended, _last(np.where(kinds == around, order, -1)))
            around = above[around]
        found[mine] = np.where(held > ended, held, -1)[mine]
    return found


@dataclass(slots=True)
class Group:
    """Whole groups of frames: a top record and those that belong to it.  ``facts`` are of the top records, ``numbers`` of all; ``kept``:
    those that belong to something and were not left out (a mask)."""

    starts: Any
    lengths: Any
    kinds: Any
    parents: Any
    kept: Any
    numbers: Any
    facts: Facts
    sizes: int
    filtered: int

    @property
    def count(self) -> int:
        return len(self.starts)

    def take(self, kind: int) -> Taken:
        """The frames of *kind* whose records around are kept."""
        rows = np.flatnonzero((self.kinds == kind) & self.kept & self.kept[self.parents])
        lengths = self.lengths[rows]
        return Taken(_view(self.starts[rows]), _view(lengths), self.numbers[rows], int(lengths.sum(dtype=np.int64)))

    def drop(self, kind: int, dropped: Sequence[int]) -> list[int]:
        """Leave out those of the frames taken of *kind* whose numbers are *dropped*, and with them the frames of that kind whose record
        around is left out; which these are."""
        mine = (self.kinds == kind) & self.kept
        lost = mine & ~self.kept[self.parents]
        taken = np.flatnonzero(mine & ~lost)
        self.kept[lost] = False
        self.kept[taken[np.array(dropped, np.int64)]] = False
        found: list[int] = np.flatnonzero(lost).tolist()
        return found

    def counts(self, kind: int, around: int) -> Any:
        """How many frames of *kind* are kept for each of *around* that is."""
        rows = np.flatnonzero((self.kinds == kind) & self.kept)
        tops = np.flatnonzero((self.kinds == around) & self.kept)
        return np.bincount(np.searchsorted(tops, self.parents[rows]), minlength=len(tops))


@dataclass(frozen=True, slots=True)
class Taken:
    """Some frames: as an `Input` has them, with the numbers of their records, and their bytes in all."""

    starts: memoryview
    lengths: memoryview
    numbers: Any
    sizes: int

    @property
    def count(self) -> int:
        return len(self.starts)


@dataclass(slots=True)
class Grouped:
    """Gathers the frames of one source into whole groups.  ``above`` as in `parents`."""

    above: Mapping[int, int]
    number: int = 0
    begin: int = 0
    end: int = 1 << 62
    ended: int = 0  # in the source: behind the last frame of the groups that were cut off
    _starts: list[Any] = field(default_factory=list)
    _lengths: list[Any] = field(default_factory=list)
    _kinds: list[Any] = field(default_factory=list)

    def add(self, frames: Frames) -> None:
        """Take the frames of one run."""
        count = frames.count
        self._starts.append(np.frombuffer(frames.starts, np.uint64, count).copy())
        self._lengths.append(np.frombuffer(frames.lengths, np.uint32, count).copy())
        self._kinds.append(np.frombuffer(frames.kinds, np.uint8, count).copy())

    def cut(self, base: int, *, final: bool) -> tuple[Group, int]:
        """The groups that are whole (all where it is *final*), and where in the window the rest of the frames begin: −1 if there are none.

        *base*: where in the file the window begins.  What remains is counted from where it begins from then on.
        """
        starts, lengths = _joined(self._starts, np.uint64), _joined(self._lengths, np.uint32)
        kinds = _joined(self._kinds, np.uint8)
        tops = np.isin(kinds, [kind for kind, parent in self.above.items() if not parent])
        heads = np.flatnonzero(tops)
        end = len(kinds) if final else int(heads[-1]) if len(heads) else len(kinds)
        rest = int(starts[end]) if end < len(kinds) else -1
        if end:
            self.ended = base + int(starts[end - 1]) + int(lengths[end - 1])
        self._starts = [starts[end:] - np.uint64(max(rest, 0))]
        self._lengths, self._kinds = [lengths[end:]], [kinds[end:]]
        group = self._group(starts[:end], lengths[:end], kinds[:end], heads[heads < end], base)
        return group, rest

    def _group(self, starts: Any, lengths: Any, kinds: Any, heads: Any, base: int) -> Group:
        counted = kinds != UNCOUNTED
        behind = self.number + np.cumsum(counted, dtype=np.int64)
        self.number += int(np.count_nonzero(counted))
        found = parents(kinds, self.above)
        kept = found >= 0
        if self.begin or self.end < 1 << 62:
            tops = starts[np.where(kept, found, 0)].astype(np.int64) + base
            kept = kept & (tops >= self.begin) & (tops < self.end)
        total, own = int(lengths.sum(dtype=np.int64)), int(lengths[kept].sum(dtype=np.int64))
        sums, numbers = np.zeros(len(heads), np.int64), np.zeros(len(heads), np.int64)
        if len(heads):
            sums = np.add.reduceat(np.where(counted, lengths, 0).astype(np.int64), heads)
            numbers = behind[np.append(heads[1:], len(kinds)) - 1]
        firsts = behind[heads] - 1
        facts = Facts(numbers, starts[heads].astype(np.int64) + base, sums, firsts=firsts).part(kept[heads])
        return Group(starts, lengths, kinds, found, kept, behind - 1, facts, own, total - own)


def _joined(parts: Sequence[Any], kind: Any) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, kind), *parts])
