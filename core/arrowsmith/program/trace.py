"""What the oracle looks at while it decodes one record: for each field its bytes, the slot that it fills, what it refused.

Nothing is decoded here: the oracle's ops run as they are, and each is looked at before and after.
Invariant: a traced record has the values, and the refusals, of one that nobody looks at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from arrowsmith.columns import Input, Output, Status
from arrowsmith.program import ops as o
from arrowsmith.program.floats import KINDS
from arrowsmith.program.machine import Machine, Trap
from arrowsmith.program.meaning import MEANING
from arrowsmith.program.ops import Op
from arrowsmith.program.oracle import salvage
from arrowsmith.program.program import Program

#: ops that look at bytes at a place of their own
_LOADS = (o.LoadInt, o.LoadBits, o.LoadFloat, o.Unpack, o.Unzone, o.Spell, o.LoadText, o.LoadBytes, o.Expect)


@dataclass(slots=True)
class Seen:
    """One field, read once, by ops of one ``site``.

    ``start``: in the window, −1 where it was read in a stream that a transform made; ``size``: in bytes; ``data``: they themselves.
    ``column``: the one that it fills, −1 for none, in ``slot`` of this record; ``steps``: the numbers of the elements that it lies in,
    outer before inner.  ``trap``: what it refused.  ``value``: what its last op loaded, as the oracle has it.
    """

    site: int
    start: int
    size: int
    data: bytes
    column: int
    slot: int
    steps: tuple[int, ...]
    trap: Trap | None = None
    value: Any = None


@dataclass(slots=True)
class Trace:
    """What was seen of one record, in the order of reading."""

    program: Program
    seen: list[Seen] = field(default_factory=list)
    trap: Trap | None = None
    _columns: dict[int, int] = field(default_factory=dict)
    _chains: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _machine: Machine | None = None

    def __post_init__(self) -> None:
        self._columns = columns_of(self.program)
        for number, column in enumerate(self.program.columns):
            chain, level = [], column.level
            while level > 0:
                chain.append(level)
                level = self.program.levels[level].parent
            self._chains[number] = tuple(reversed(chain))

    def run(self, source: Input, output: Output, frame: int) -> Status:
        """Decode *frame* of *source* into *output*, behind what it holds, and what can be kept of it where it fails."""
        self.seen.clear()
        meaning = {kind: self._looking(kind, does) for kind, does in MEANING.items()}
        status, self.trap = salvage(self.program, source, output, frame, meaning)
        if self.trap is not None:
            self._failed(self.trap)
        return status

    def scratch(self, seen: Seen) -> Any:
        """The value that *seen* put into a column which is not output; None where it put none."""
        assert self._machine is not None
        assert self._machine.record is not None
        cells = self._machine.record.cells[seen.column] if seen.column >= 0 else []
        return cells[seen.slot].value if 0 <= seen.slot < len(cells) else None

    def _looking(self, kind: type[Op], does: Callable[[Machine, Any], None]) -> Callable[[Machine, Any], None]:
        if kind is o.Scan:
            return self._scanning(does)
        if issubclass(kind, _LOADS):
            return self._loading(does)
        if kind in (o.Require, o.Date):
            return self._testing(does)
        return does

    def _loading(self, does: Callable[[Machine, Any], None]) -> Callable[[Machine, Any], None]:
        def look(m: Machine, op: Any) -> None:
            match op:
                case o.Expect():
                    size = len(op.value)
                case o.LoadFloat():
                    size = KINDS[op.kind].size
                case _:
                    size = m.get(op.size)
            seen = self._note(m, op.site, op.at, size)
            before = len(m.refused)
            does(m, op)
            seen.value = m.get(op.out) if hasattr(op, "out") else None
            if len(m.refused) > before:
                seen.trap = m.refused[-1]

        return look

    def _scanning(self, does: Callable[[Machine, Any], None]) -> Callable[[Machine, Any], None]:
        def look(m: Machine, op: Any) -> None:
            does(m, op)
            self._note(m, op.site, 0, m.get(op.out) + m.get(op.length))

        return look

    def _testing(self, does: Callable[[Machine, Any], None]) -> Callable[[Machine, Any], None]:
        def look(m: Machine, op: Any) -> None:
            before = len(m.refused)
            does(m, op)
            if len(m.refused) > before:
                self._of(m, op.site).trap = m.refused[-1]

        return look

    def _key(self, m: Machine, site: int) -> tuple[int, int, tuple[int, ...]]:
        """The column that *site* fills, its slot in this record, and the numbers of the elements around it."""
        self._machine = m
        column = self._columns.get(site, -1)
        if column < 0 or m.record is None:
            return -1, -1, tuple(m.elements[1:])
        record, level = m.record, self.program.columns[column].level
        steps = []
        for n in self._chains[column]:
            ends = record.ends[n]
            steps.append(record.opened[n] - 1 - (ends[-1] if ends else 0))
        return column, record.opened[level] - 1, tuple(steps)

    def _note(self, m: Machine, site: int, at: int, size: int) -> Seen:
        column, slot, steps = self._key(m, site)
        start = m.cursor + at
        data = bytes(m.stream.data[start : start + size])
        place = -1 if m.stream.made else m.stream.origin + start
        last = self._last(site, slot, steps)
        if last is None:
            last = Seen(site, place, size, data, column, slot, steps)
            self.seen.append(last)
        elif place >= 0 and last.start >= 0:  # one more of the field's ops: its bytes are all of theirs
            first, end = min(last.start, place), max(last.start + last.size, place + size)
            origin = m.stream.origin
            last.start, last.size = first, end - first
            last.data = bytes(m.stream.data[max(first - origin, 0) : max(end - origin, 0)])
        return last

    def _last(self, site: int, slot: int, steps: tuple[int, ...]) -> Seen | None:
        for seen in reversed(self.seen[-8:]):
            if (seen.site, seen.slot, seen.steps) == (site, slot, steps):
                return seen
        return None

    def _of(self, m: Machine, site: int) -> Seen:
        """The field of *site* at hand, noted without bytes where none were read."""
        column, slot, steps = self._key(m, site)
        found = self._last(site, slot, steps)
        if found is None:
            found = Seen(site, -1, 0, b"", column, slot, steps)
            self.seen.append(found)
        return found

    def _failed(self, trap: Trap) -> None:
        """Note the field that the record fails at."""
        if self.seen and self.seen[-1].site == trap.site and self.seen[-1].trap is None:
            self.seen[-1].trap = trap
            return
        place = trap.offset if trap.cursor >= 0 else -1
        self.seen.append(Seen(trap.site, place, len(trap.bytes), trap.bytes, -1, -1, (), trap))


def columns_of(program: Program) -> dict[int, int]:
    """Site → the column that what its loads make is put into."""
    owner: dict[int, int] = {}
    found: dict[int, int] = {}
    for op in o.walk(program.body):
        if isinstance(op, o.Put):
            site = owner.get(op.a.n, -1)
            if site >= 0:
                found.setdefault(site, op.column)
            continue
        made = o.outputs(op)
        if isinstance(op, (*_LOADS, o.Scan)) and op.site >= 0:
            site = op.site
        else:
            site = next((owner[r.n] for r in o.inputs(op) if owner.get(r.n, -1) >= 0), -1)
        for register in made:
            owner[register.n] = site
    return found
