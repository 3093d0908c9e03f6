"""One tile: the records that a printed function runs over, and everything that its lines call by the name ``x``.

A line that meets a record that fails, or for which there is no room, raises `Stop` with the first such record; the gear then runs
the records before it, and that one in the scalar gear, which says what it is.  So a line may stop too early, and never too late.
Invariant: slots of finished rows are written in canonical bytes; `undo` zeroes all that a stopped tile wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from arrowsmith.columns import WIDTH
from arrowsmith.program.ops import MOST
from arrowsmith_vm.lockstep.places import Apart, Array, Even, Left, Places, bytes_of
from arrowsmith_vm.lockstep.run import Run
from arrowsmith_vm.lockstep.scope import Scope
from arrowsmith_vm.lockstep.texts import Texts, joined

_I4, _I8, _U8, _U1 = np.dtype("i4"), np.dtype("i8"), np.dtype("u8"), np.dtype("u1")


class Stop(Exception):
    """The tile ends before record ``record``."""

    def __init__(self, record: int) -> None:
        super().__init__(record)
        self.record = record


#: what validity is set to, a slice at a time
_ONES = memoryview(bytes([1]) * (1 << 16))


class Tile:
    """Records *frame* to *frame* + *count* of a run, behind what its Output holds."""

    def __init__(self, run: Run, frame: int, count: int) -> None:
        self.run = run
        self.output = run.output
        self.frame = frame
        self.rows = list(run.output.rows)
        self.scope = Scope(None, count, self.rows[0])
        self.n = self.limit = count
        self.top = [self.rows[0] + count, *self.rows[1:]]
        self.events: list[Array] = []
        self.texts: dict[int, list[tuple[Scope, Texts]]] = {}
        self.lists: dict[int, tuple[Scope, int | Array]] = {}
        self.asked: dict[int, list[tuple[Scope, int | Array]]] = {}
        source = run.source
        if source.stride:
            first = source.first + frame * source.stride
            self.places: Places = Even(run.window, first, ((count, source.stride),))
            self.left = Left(source.length, source.length)
        else:
            assert source.starts is not None
            assert source.lengths is not None
            starts = np.frombuffer(source.starts, _U8, count, 8 * frame).astype(_I8)
            lengths = np.frombuffer(source.lengths, np.uint32, count, 4 * frame).astype(_I8)
            self.places = _placed(run.window, starts)
            self.left = Left(int(lengths.min()), lengths)

    def carried(self, index: int) -> Array:
        """Value *index* that the framer carried with each record."""
        return np.frombuffer(self.run.source.carried[index], _I8, self.scope.n, 8 * self.frame)

    # --- stopping ----------------------------------------------------------------------------------------------------

    def stop(self, scope: Scope, items: Array) -> None:
        """Stop at the first of *items* that is marked; there is one."""
        raise Stop(min(scope.record(int(items.argmax())), self.limit))

    def fail_if(self, scope: Scope, marked: Array | None, there: Array | None = None) -> None:
        """The first item that is *marked*, and *there*, fails its record.  The tile goes on, because a line that looks at a place that
        depends on the value stops where that is not in its stream; when it is done, it ends before that record."""
        if marked is None:
            return
        if there is not None:
            marked = marked & there
        if marked.any():
            self.limit = min(self.limit, scope.record(int(marked.argmax())))

    def stop_if(self, scope: Scope, marked: Array | bool | None, there: Array | None = None) -> None:
        """Stop at the first item that is *marked*, and *there* (not null)."""
        if marked is None or marked is False:
            return
        if marked is True:
            marked = np.ones(scope.n, np.bool_)
        if there is not None:
            marked = marked & there
        if marked.any():
            self.stop(scope, marked)

    def need(self, scope: Scope, left: Left, n: int) -> None:
        """Stop unless *n* bytes are left everywhere."""
        if left.low >= n:
            return
        value = left.value()
        if isinstance(value, int):
            self.stop_if(scope, value < n)
            return
        left.low = int(value.min())
        if left.low < n:
            self.stop(scope, value < n)

    def need_each(self, scope: Scope, left: Left, off: int, n: Array, there: Array | None) -> None:
        """Stop unless each item has *n* (≥ 0, not null) bytes left *off* bytes further on."""
        value = left.value()
        self.stop_if(scope, None if there is None else ~there)
        self.stop_if(scope, (n < 0) | (n > value - off))

    def reaches(self, left: Left, n: int) -> Array | bool:
        """Which items have *n* ≥ 0 bytes left."""
        if left.low >= n:
            return True
        value = left.value()
        return value >= n

    # --- room --------------------------------------------------------------------------------------------------------

    def room(self, scope: Scope, level: int, n: int | Array, there: Array | None) -> None:
        """Room for *n* slots of *level* (bytes of column −1 − *level*) for each item: looked at when the tile is done."""
        if not isinstance(n, int):
            self.stop_if(scope, n > MOST, there)
            n = np.maximum(n if there is None else np.where(there, n, 0), 0)
        self.asked.setdefault(level, []).append((scope, n))

    def _rooms(self) -> None:
        """Stop before the first record that may lack room: behind it, too, there has to be as much as it asked for."""
        output = self.output
        for level, asked in self.asked.items():
            if level >= 0:
                limit, used = min(output.capacity[level], MOST), self.rows[level]
                taken = [(scope, count) for n, (scope, count) in self.lists.items() if n == level]
                total = self.top[level] - used
            else:
                slots = output.columns[-1 - level]
                limit, used = min(slots.data.size if slots.data else 0, MOST), slots.used
                taken = [(scope, texts.lengths) for scope, texts in self.texts.get(-1 - level, ())]
                total = sum(int(texts.ends[-1]) for _, texts in self.texts.get(-1 - level, ()))
            if used + total + sum(n if isinstance(n, int) else int(n.max(initial=0)) for _, n in asked) <= limit:
                continue
            ends = np.cumsum(self._by_record([*taken, *(((self.scope, 1),) if not level else ())]))
            over = (used + ends + self._by_record(asked) > limit)[: self.limit + 1]
            if over.any():
                raise Stop(int(over.argmax()))

    def _by_record(self, amounts: Sequence[tuple[Scope, int | Array]]) -> Array:
        """The sum of *amounts*, one for each item of its scope, of each record."""
        sums = np.zeros(self.scope.n, _I8)
        for scope, amount in amounts:
            np.add.at(sums, scope.records(np.arange(scope.n)), amount)
        return sums

    def elements(self, scope: Scope, level: int, count: int | Array, there: Array | None) -> Scope:
        """A scope of *count* elements of each item, in new slots of *level*."""
        if not isinstance(count, int):
            self.stop_if(scope, count > MOST, there)
            count = np.maximum(count if there is None else np.where(there, count, 0), 0)
        first = self.rows[level]
        room = min(self.output.capacity[level], MOST) - first
        total = scope.n * count if isinstance(count, int) else int(count.sum())
        if total > room:
            counts = np.full(scope.n, count) if isinstance(count, int) else count
            self.stop(scope, np.cumsum(counts) > room)
        self.lists[level] = scope, count
        self.top[level] = first + total
        return scope.elements(count, first)

    # --- events ------------------------------------------------------------------------------------------------------

    def refused(self, scope: Scope, marked: Array | None, there: Array | None, site: int) -> Array | None:
        """Log the items that are *marked* and *there*; return which are present now."""
        if marked is None:
            return there
        if there is not None:
            marked = marked & there
        items = np.flatnonzero(marked)
        if not len(items):
            return there
        frames = (scope.records(items) + self.frame).astype(_U8)
        self.events.append(frames << np.uint64(32) | np.uint64(site))
        return ~marked if there is None else there & ~marked

    # --- columns -----------------------------------------------------------------------------------------------------

    def put(self, scope: Scope, c: int, values: Array, there: Array | None) -> None:
        """Store *values* into column *c*, valid where *there*."""
        slots, n = scope.slots, scope.n
        if isinstance(slots, int):
            kind, column = self.run.kinds[c], self.output.columns[c]
            into = np.ndarray((n,), kind, column.values.view, slots * kind.itemsize)
            into[...] = values
            if there is None and n <= len(_ONES):
                column.validity.view[slots : slots + n] = _ONES[:n]
                return
            if there is not None:
                into[~there] = 0
            self.mark(scope, c, there)
        elif there is None:
            self.run.values(c)[slots] = values
            self.run.validity(c)[slots] = 1
        else:
            kept = slots[there]
            self.run.values(c)[kept] = values[there]
            self.run.validity(c)[kept] = 1

    def store(self, c: int, values: Array) -> None:
        """Store *values*, one for each record, into column *c*, whose validity nobody looks at."""
        kind = self.run.kinds[c]
        into = np.ndarray((self.n,), kind, self.output.columns[c].values.view, self.rows[0] * kind.itemsize)
        into[...] = values

    def put_wide(self, scope: Scope, c: int, number: Any, there: Array | None) -> None:
        """Store 128-bit integers into column *c*."""
        into = self.run.values(c).reshape(-1, 2)
        slots = slice(scope.slots, scope.slots + scope.n) if isinstance(scope.slots, int) else scope.slots
        low, high = number.low, number.high.view(_U8)
        if there is not None:
            low, high = np.where(there, low, 0), np.where(there, high, 0)
        into[slots, 0] = low
        into[slots, 1] = high
        self.mark(scope, c, there)

    def mark(self, scope: Scope, c: int, there: Array | None) -> None:
        """Make the slots of column *c* valid where *there*."""
        slots, n = scope.slots, scope.n
        if not isinstance(slots, int):
            self.run.validity(c)[slots] = 1 if there is None else there
        elif there is None and n <= len(_ONES):
            self.output.columns[c].validity.view[slots : slots + n] = _ONES[:n]
        else:
            self.run.validity(c)[slots : slots + n] = 1 if there is None else there

    def put_text(self, scope: Scope, c: int, texts: Texts, there: Array | None) -> None:
        """Store *texts* into column *c*."""
        if there is not None:
            texts = texts.but(~there)
        self.texts.setdefault(c, []).append((scope, texts))
        self.mark(scope, c, there)

    # --- the end -----------------------------------------------------------------------------------------------------

    def commit(self) -> int:
        """Everything is decoded: write where texts and lists end, and the events, of the records before the first that failed; return how
        many those are.  Raises `Stop` where there is no room for these, or for what that record may have asked for before it failed."""
        output, program = self.output, self.run.program
        self._rooms()
        self._log()
        top = self.top
        if self.limit < self.n:
            self._cut()
        for level in range(1, len(program.levels)):
            parent = program.levels[level].parent
            first, end = self.rows[parent], self.top[parent]
            into = np.ndarray((end + 1,), _I4, self._lists(level))
            if level not in self.lists:
                into[first + 1 : end + 1] = self.rows[level]
                continue
            scope, count = self.lists[level]
            if isinstance(scope.slots, int) and scope.n == end - first:
                counts = np.full(scope.n, count) if isinstance(count, int) else count
            else:
                counts = np.zeros(end - first, _I8)
                counts[scope.slot_array() - first] = count
            np.add(np.cumsum(counts), self.rows[level], out=into[first + 1 : end + 1], casting="unsafe")
        for c, column in enumerate(program.columns):
            if column.storage in ("utf8", "binary"):
                self._texts(c, self.rows[column.level], self.top[column.level])
        output.rows[:] = self.top
        if self.limit < self.n:
            self._zero(self.top, top)
        return self.limit

    def _cut(self) -> None:
        """Leave out what belongs to the record that failed first, and to those behind it."""
        limit = self.limit

        def before(scope: Scope) -> int:
            return int(np.searchsorted(scope.records(np.arange(scope.n)), limit))

        self.top = [self.rows[0] + limit, *self.rows[1:]]
        for level, (scope, count) in self.lists.items():
            n = before(scope)
            kept = count if isinstance(count, int) else count[:n]
            self.lists[level] = Scope(None, n, _first(scope.slots, n)), kept
            self.top[level] += n * kept if isinstance(kept, int) else int(kept.sum())
        for c, parts in self.texts.items():
            self.texts[c] = [
                (Scope(None, n, _first(scope.slots, n)), Texts(texts.data, texts.ends[: n + 1]))
                for scope, texts in parts
                for n in [before(scope)]
            ]

    def _lists(self, level: int) -> memoryview:
        memory = self.output.offsets[level]
        assert memory is not None
        return memory.view

    def _texts(self, c: int, first: int, end: int) -> None:
        slots = self.output.columns[c]
        assert slots.data is not None
        into, used = self.run.values(c), slots.used
        parts = self.texts.get(c)
        if not parts:
            into[first + 1 : end + 1] = used
            return
        if len(parts) == 1 and parts[0][0].n == end - first:
            texts = parts[0][1]
        else:
            texts = joined([(scope.slot_array() - first, texts) for scope, texts in parts], end - first)
        total = int(texts.ends[-1])
        np.add(texts.ends[1:], used, out=into[first + 1 : end + 1], casting="unsafe")
        slots.data.view[used : used + total] = bytes_of(texts.data)[:total]
        slots.used = used + total

    def _log(self) -> None:
        if not self.events:
            return
        output = self.output
        events = np.sort(np.concatenate(self.events))
        ends = [self.frame + self.limit + more << 32 for more in (0, 1)]
        kept, failed = np.searchsorted(events, np.array(ends, _U8))
        room = output.log.size // 8 - output.logged
        if failed > room:
            raise Stop(int(events[room] >> np.uint64(32)) - self.frame)
        events = events[:kept]
        into = np.ndarray((output.log.size // 8,), _U8, output.log.view)
        into[output.logged : output.logged + len(events)] = events
        output.logged += len(events)

    def undo(self) -> None:
        """Zero what was written behind the rows that the output held."""
        self._zero(self.rows, self.top)

    def _zero(self, lows: Sequence[int], highs: Sequence[int]) -> None:
        for c, column in enumerate(self.run.program.columns):
            low, high = lows[column.level], highs[column.level]
            if high > low:
                self.run.validity(c)[low:high] = 0
                if not column.varying and WIDTH[column.storage]:
                    wide = 2 if column.storage == "dec128" else 1
                    self.run.values(c)[low * wide : high * wide] = 0


def _first(slots: int | Array, n: int) -> int | Array:
    return slots if isinstance(slots, int) else slots[:n]


def _placed(window: Array, starts: Array) -> Places:
    """Items at *starts*: evenly placed where they happen to be."""
    n = len(starts)
    step = int(starts[-1] - starts[0]) // max(n - 1, 1)
    if n > 1 and step > 0 and starts[1] - starts[0] == step and (np.diff(starts) == step).all():
        return Even(window, int(starts[0]), ((n, step),))
    return Apart(window, starts)
