"""Frames become rows: sifted, numbered, placed in a hierarchy, gathered into groups, wherever windows end."""

from __future__ import annotations

import array
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.batch import Grouped, Sifter, parents
from arrowsmith.columns import Frames
from arrowsmith.program.kernel import UNCOUNTED

#: kind → the kind around it: 2 and 4 belong to 1, 3 to 2
ABOVE = {1: 0, 2: 1, 4: 1, 3: 2}
KINDS = st.lists(st.sampled_from([0, 1, 2, 3, 4, UNCOUNTED]), max_size=30)


def frames(kinds: Sequence[int], levels: Sequence[int] = (), start: int = 0) -> Frames:
    """One frame a kind: 10 bytes apart from *start*, number n of them n + 1 bytes."""
    count = len(kinds)
    return Frames(
        memoryview(array.array("Q", [start + 10 * n for n in range(count)])),
        memoryview(array.array("I", [n + 1 for n in range(count)])),
        memoryview(bytes(kinds)),
        [memoryview(array.array("q", levels))] if levels else [],
        count,
    )


def cuts(draw: st.DrawFn, size: int) -> list[tuple[int, int]]:
    """The borders of the windows that *size* frames arrive in."""
    inner = draw(st.lists(st.integers(0, size), max_size=4))
    borders = [0, *sorted(inner), size]
    return list(pairwise(borders))


# --- one record a row ------------------------------------------------------------------------------------------------


@st.composite
def hierarchies(draw: st.DrawFn) -> tuple[list[int], list[int], list[tuple[int, int]]]:
    """Kinds, levels (−1: none), borders of windows."""
    rows = draw(st.lists(st.tuples(st.sampled_from([0, 1, 2, UNCOUNTED]), st.integers(-1, 2)), max_size=30))
    return [kind for kind, _ in rows], [level for _, level in rows], cuts(draw, len(rows))


@given(hierarchies())
def test_a_sifter_numbers_and_places_what_it_keeps(made: tuple[list[int], list[int], list[tuple[int, int]]]) -> None:
    """As a loop over all records does it: of kind 1, from the first root on; uncounted frames are no records at all."""
    kinds, levels, borders = made
    expected = []
    number, level, root, seen = -1, -1, -1, [0, 0, 0]
    for n, (kind, own) in enumerate(zip(kinds, levels, strict=True)):
        if kind != UNCOUNTED:
            number += 1
            if own >= 0:
                level = own
                seen = [0, 0, 0] if own == 0 else seen
                seen[own] += 1
                root = number if own == 0 else root
        if kind == 1 and root >= 0:
            expected.append((n, number, level, root, seen[1], seen[2]))

    sifter, found, filtered = Sifter(1, 3), [], 0
    for begin, end in borders:
        sifted = sifter.sift(frames(kinds[begin:end], levels[begin:end] or [0]), 1000 + 10 * begin)
        filtered += sifted.filtered
        steps = sifted.facts.steps
        assert steps is not None
        columns = (sifted.facts.offsets - 1000, sifted.facts.numbers, steps.levels, steps.roots, *steps.counts)
        found += [tuple(int(value) for value in row) for row in zip(*columns, strict=True)]
        assert sifted.sizes + sifted.filtered == sum(range(1, end - begin + 1))

    assert found == [(10 * row[0], *row[1:]) for row in expected]
    assert sifter.number == number + 1


# --- several records a row -------------------------------------------------------------------------------------------


def owners(kinds: Sequence[int]) -> list[int]:
    """What `parents` says, by a loop: each table holds its last record until one of a table around it comes."""
    held: dict[int, int] = {}
    found = []
    for n, kind in enumerate(kinds):
        owner = -1
        if kind in ABOVE:
            owner = n if not ABOVE[kind] else held.get(ABOVE[kind], -1)
            stale = {kind}
            while more := {k for k, parent in ABOVE.items() if parent in stale} - stale:
                stale |= more
            for inner in stale:
                held.pop(inner, None)
            if owner >= 0:
                held[kind] = n
        found.append(owner)
    return found


@given(KINDS)
def test_a_record_belongs_to_the_last_one_around_it(kinds: list[int]) -> None:
    import numpy as np

    assert parents(np.array(kinds, np.uint8), ABOVE).tolist() == owners(kinds)


@st.composite
def groups(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, int]]]:
    kinds = draw(KINDS)
    return kinds, cuts(draw, len(kinds))


@given(groups())
def test_groups_are_whole_wherever_windows_end(made: tuple[list[int], list[tuple[int, int]]]) -> None:
    """The frames of all groups are all frames; each owner is in its group; windows keep what is not whole yet."""
    kinds, borders = made
    grouped, found, origin, taken = Grouped(ABOVE), [], 0, 0
    for number, (begin, end) in enumerate(borders):
        grouped.add(frames(kinds[begin:end], start=10 * begin - origin))
        group, rest = grouped.cut(origin, final=number == len(borders) - 1)
        for place, kind, owner in zip(group.starts, group.kinds, group.parents, strict=True):
            found.append((origin + int(place), int(kind), -1 if owner < 0 else taken + int(owner)))
        taken += group.count
        assert group.sizes + group.filtered == int(group.lengths.sum())
        origin += max(rest, 0)

    assert found == [(10 * n, kind, owner) for n, (kind, owner) in enumerate(zip(kinds, owners(kinds), strict=True))]


@given(KINDS, st.data())
def test_what_is_left_out_takes_along_what_belongs_to_it(kinds: list[int], data: st.DataObject) -> None:
    grouped = Grouped(ABOVE)
    grouped.add(frames(kinds))
    group, _ = grouped.cut(0, final=True)
    owner = owners(kinds)
    gone: set[int] = {n for n, parent in enumerate(owner) if parent < 0}
    for kind, around in ABOVE.items():
        mine = [n for n, k in enumerate(kinds) if k == kind and n not in gone and owner[n] not in gone - {n}]
        taken = group.take(kind)
        assert [start // 10 for start in taken.starts] == mine
        dropped = data.draw(st.lists(st.integers(0, len(mine) - 1), unique=True).map(sorted)) if mine else []
        orphans = [n for n, k in enumerate(kinds) if k == kind and n not in gone and n not in mine]
        assert group.drop(kind, dropped) == orphans
        gone |= {*orphans, *(mine[n] for n in dropped)}
        if around:
            above = [n for n, k in enumerate(kinds) if k == around and n not in gone]
            counts = [sum(owner[n] == up and n not in gone for n in mine) for up in above]
            assert group.counts(kind, around).tolist() == counts
