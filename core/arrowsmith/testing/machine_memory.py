"""Operands in memory, judged: where an address may lead, what a load may read there, what a store leaves behind.

A place of the block that the argument points to, and one of the stack, keeps what was put in it; constants of the image are known.
Invariant: what is not shown to lie within its region is said, and nothing is known of what is read there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from arrowsmith.program.kernel import CodeMap
from arrowsmith.testing.machine_steps import PLACE, R, Step
from arrowsmith.testing.machine_values import BASES, NULL, NUMBER, Value, add, constant, detail, join, only, value

RSP: Final = 4


def register_value(register: int, registers: list[Value]) -> Value:
    """What a whole register holds; parts of one are numbers."""
    return registers[PLACE[register]] if register in PLACE else NUMBER


def address(registers: list[Value], base: int, displacement: int) -> Value:
    """What is *displacement* bytes from what the register *base* holds."""
    if base == R.RIP:
        return value("image", (displacement, 0, displacement))
    return add(register_value(base, registers), constant(signed(displacement)))


def signed(number: int) -> int:
    """*number* of 64 bits as one with a sign."""
    return number - (1 << 64) if number >= 1 << 63 else number


class Memory:
    """The memory that the code of the image *data* is given, as *chart* describes it; *say* takes what is wrong with a step."""

    def __init__(self, data: bytes, chart: CodeMap, say: Callable[[Step, str], None]) -> None:
        self._data, self._chart, self._say = data, chart, say

    def where(
        self, step: Step, registers: list[Value], base: int, index: int, scale: int, displacement: int
    ) -> Value | None:
        """The address of an operand, judged; None where it may be none."""
        if base == R.RIP or (base == R.NONE and index == R.NONE and step.i.is_ip_rel_memory_operand):
            return value("image", (displacement, 0, displacement))
        if base not in PLACE or (index != R.NONE and index not in PLACE):
            self._say(step, "has no base register of 64 bits")
            return None
        found, second = register_value(base, registers), register_value(index, registers)
        if index != R.NONE and scale == 1 and any(r in BASES for r, _ in second):
            found, second = second, found
        if index != R.NONE and any(r in BASES for r, _ in second):
            self._say(step, "has two addresses in one operand")
            return None
        if not any(r in BASES for r, _ in found) or any(r not in BASES and r != "null" for r, _ in found):
            self._say(step, f"is based on {_words(found)}")
            return None
        reach = self._chart.reach
        for region, _ in found:
            if region in reach and abs(displacement) > reach[region]:
                self._say(step, f"reaches {displacement} bytes from an address of {region}")
                return None
        where = add(found, constant(displacement))
        return add(where, second, scale) if index != R.NONE else where

    def load(self, step: Step, where: Value, size: int, now: Any) -> Value:
        """What *size* bytes at *where* may hold."""
        out: Value | None = None
        for region, at in where:
            if region == "context":
                made = NUMBER
                for place in self._context_places(step, at, size):
                    made = self.slot(place, now) if size == 8 else NUMBER
                    out = made if out is None else join(out, made)
            elif region == "stack":
                offset = self._stack_offset(step, at, size, now)
                made = now[2].get(offset, NUMBER) if offset is not None and size in (8, 16) else NUMBER
            elif region == "image":
                made = self._constants(step, at, size)
            else:
                made = NUMBER
            out = made if out is None else join(out, made)
        return out if out is not None else NUMBER

    def store(self, step: Step, where: Value, size: int, stored: Value, now: Any) -> None:
        """*size* bytes at *where* hold what is *stored*; of several places, each may."""
        for region, at in where:
            if region in ("input", "image"):
                self._say(step, f"writes to {region}")
            elif region == "context":
                places = list(self._context_places(step, at, size))
                for place in places:
                    if place in self._chart.addresses:
                        if size != 8 or any(
                            region not in (self._chart.addresses[place], "null") for region, _ in stored
                        ):
                            self._say(step, "puts something else in the place of an address")
                    elif len(places) == 1 and len(where) == 1:
                        now[1][place] = stored if size == 8 else NUMBER
                    else:
                        now[1][place] = join(self.slot(place, now), stored if size == 8 else NUMBER)
                    for other in range(place - place % 8, place + size, 8):
                        if other != place and other in self._chart.addresses:
                            self._say(step, "puts something else in the place of an address")
                        elif other != place:
                            now[1][other] = NUMBER
            elif region == "stack":
                offset = self._stack_offset(step, at, size, now)
                if offset is not None:
                    for other in [p for p in now[2] if offset - 16 < p < offset + size]:
                        now[2][other] = NUMBER
                    now[2][offset] = stored

    def slot(self, place: int, now: Any) -> Value:
        """What the *place* of the block holds."""
        region = self._chart.addresses.get(place)
        return value(region) if region else now[1].get(place, NULL if place >= self._chart.fresh else NUMBER)

    def _context_places(self, step: Step, at: Any, size: int) -> Iterator[int]:
        """The known places among them; none in an area of scratch."""
        if isinstance(at, tuple):
            if not any(place <= at[0] <= place + length for place, length in self._chart.scratch):
                self._say(step, "reaches an unknown place of the block that the argument points to")
            return
        for place in [at] if not isinstance(at, frozenset) else sorted(at):
            if place is None or not 0 <= place <= self._chart.context - size:
                self._say(step, "reaches outside the block that the argument points to")
                return
            if place % 8 and size == 8 and not any(p <= place <= p + length for p, length in self._chart.scratch):
                self._say(step, "reaches into two places of the block that the argument points to")
                return
            yield place

    def _stack_offset(self, step: Step, at: int | None, size: int, now: Any) -> int | None:
        rsp = now[0][RSP]
        if at is None or not only(rsp, "stack") or detail(rsp) is None or not detail(rsp) <= at <= -size:
            self._say(step, "uses the stack outside what it has pushed")
            return None
        return at

    def _constants(self, step: Step, at: tuple[int, int, int | None], size: int) -> Value:
        """The numbers that may stand there."""
        start, stride, named = at
        piece = next(((p, n) for p, n in self._chart.constants if named is not None and p <= named < p + n), None)
        if piece is None and (stride or named is None):
            return NUMBER  # one of several, or beyond what is named: read, and not known
        if piece is None or (stride == 0 and not piece[0] <= start <= sum(piece) - size):
            self._say(step, "reads no constant of the image")
            return NUMBER
        first = start if stride == 0 else start - (start - piece[0]) // stride * stride
        places = range(first, sum(piece) - size + 1, stride or piece[1])
        if size not in (4, 8):
            return NUMBER
        return constant(*{int.from_bytes(self._data[p : p + size], "little") for p in places})


def _words(found: Value) -> str:
    return " or ".join(sorted(region for region, _ in found if region not in BASES)) or "nothing"
