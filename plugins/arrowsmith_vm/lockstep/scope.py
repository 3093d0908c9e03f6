"""Which items of a tile an op runs over: all records, those that took an arm, the elements of their lists.

A `Scope` points back to the one that it was made from, so that a value computed there can be brought here.
Invariant: items are in the order of records, and of elements within a record; so the first that fails belongs to the first record
that fails.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from arrowsmith_vm.lockstep.places import Apart, Array, Even, Left, Places, behind


class Scope:
    """``n`` items.  ``slots``: the first slot of their level in the output, where they follow one another, or the slot of each.
    ``index``: the item of ``parent`` that each was made from; None where they are the same items.  ``count``: of elements, how many
    each item of ``parent`` has."""

    __slots__ = ("_index", "_number", "count", "n", "parent", "same", "slots")

    def __init__(
        self, parent: Scope | None, n: int, slots: int | Array, index: Array | None = None, count: int | Array = 0
    ) -> None:
        self.parent = parent
        self.n = n
        self.slots = slots
        self.count = count
        self.same = index is None and isinstance(count, int) and not count
        self._index = index
        self._number: Array | None = None

    @property
    def index(self) -> Array | None:
        if self._index is None and not self.same:
            assert self.parent is not None
            self._index = np.repeat(np.arange(self.parent.n), self.count)
        return self._index

    def pick(self, value: Any) -> Any:
        """*value*, computed for the parent's items, for these."""
        if self.same or value is None:
            return value
        if isinstance(value, np.ndarray):
            return value[self.index]
        return value.pick(self.index)

    def pick_places(self, places: Places) -> Places:
        return places if self.same else Apart(places.buffer, None, lambda: places.index()[self.index])

    def pick_left(self, left: Left) -> Left:
        if self.same:
            return left

        def value() -> int | Array:
            found = left.value()
            return found if isinstance(found, int) else found[self.index]

        return Left(left.low, value)

    def records(self, items: Array) -> Array:
        """The tile's records that *items* of this scope belong to."""
        scope: Scope | None = self
        while scope is not None:
            if scope.index is not None:
                items = scope.index[items]
            scope = scope.parent
        return items

    def record(self, item: int) -> int:
        """The tile's record that *item* belongs to."""
        return int(self.records(np.array([item]))[0])

    def slot_array(self) -> Array:
        """The slot of each item."""
        if isinstance(self.slots, int):
            return np.arange(self.slots, self.slots + self.n)
        return self.slots

    # --- narrower scopes ---------------------------------------------------------------------------------------------

    def where(self, chosen: Array | bool) -> Scope:
        """The items that are *chosen*."""
        if isinstance(chosen, bool):
            return Scope(self, self.n if chosen else 0, self.slots)
        return self.at(np.flatnonzero(chosen))

    def at(self, index: Array) -> Scope:
        """The items number *index*, which rise."""
        if len(index) == self.n:
            return Scope(self, self.n, self.slots)
        slots = index + self.slots if isinstance(self.slots, int) else self.slots[index]
        return Scope(self, len(index), slots, index)

    # --- elements ----------------------------------------------------------------------------------------------------

    def elements(self, count: int | Array, first: int) -> Scope:
        """*count* elements of each item, in slots from *first* on."""
        total = self.n * count if isinstance(count, int) else int(count.sum())
        if not total:
            return Scope(self, 0, first)
        return Scope(self, total, first, None, count)

    def number(self) -> Array:
        """The number of each element within its list."""
        if self._number is None:
            if isinstance(self.count, int):
                parent = self.parent
                assert parent is not None
                self._number = np.tile(np.arange(self.count), parent.n)
            else:
                ends = np.cumsum(self.count)
                self._number = np.arange(self.n) - np.repeat(ends - self.count, self.count)
        return self._number

    def element_places(self, places: Places, off: int, stride: int) -> Places:
        """Where the elements stand whose first is *off* bytes behind its item, the others *stride* bytes apart."""
        if isinstance(self.count, int) and isinstance(places, Even):
            steps = places.steps
            if steps[-1][1] == self.count * stride and self.count:
                steps = (*steps[:-1], (steps[-1][0] * self.count, stride))
            else:
                steps = (*steps, (self.count, stride))
            return Even(places.buffer, places.first + off, steps)
        count = self.count

        def index() -> Array:
            # each element's place is that of its list's first, were it also the first of all, and its own number among all
            first = places.index() + off
            if isinstance(count, int):
                before: Array = np.arange(0, len(first) * count, count)
            else:
                before = np.cumsum(count) - count
            found: Array = np.repeat(first - before * stride, count)
            found += np.arange(0, self.n * stride, stride) if stride else 0
            return found

        return Apart(places.buffer, None, index)

    def element_left(self, left: Left, off: int, stride: int) -> Left:
        """Bytes left at the elements."""

        def value() -> Array:
            rest = behind(left, off)
            found: Array = np.maximum(
                (rest if isinstance(rest, int) else rest[self.index]) - self.number() * stride, -1
            )
            return found

        most = self.count if isinstance(self.count, int) else int(self.count.max(initial=0))
        return Left(left.low - off - max(most - 1, 0) * stride, value)
