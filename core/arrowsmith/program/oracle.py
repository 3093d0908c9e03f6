"""A Program run the slow, obvious, bounds-checked way: the definition of what Programs mean (the ops are in `meaning`).

Frames of an `Input` → committed rows of an `Output` (`run`), the window → `Frames` (`frame`); `replay`, `refusals` and `salvage` say what a
record that a kernel refused broke, where, and what of it can be kept.
Invariant: every executor equals this to the byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from arrowsmith.columns import Frames, FramingStatus, Input, Memory, Output, Slots, Status
from arrowsmith.program.machine import Machine, More, Stream, Trap, Trapped
from arrowsmith.program.meaning import MEANING
from arrowsmith.program.ops import Op
from arrowsmith.program.program import Program
from arrowsmith.program.record import Full, Record, broken

__all__ = ["Trap", "frame", "refusals", "replay", "run", "salvage"]


#: op → what it does
Meaning = Mapping[type[Op], Callable[[Machine, Any], None]]


# --- records ---


def _machine(program: Program, source: Input, output: Output, frame: int, meaning: Meaning = MEANING) -> Machine:
    start, length = source.bounds(frame)
    if start < 0 or start + length > source.memory.size:
        raise broken(f"frame {frame} lies outside its window")
    if program.size and length != program.size:
        raise broken(f"frame {frame} has {length} bytes, and every record {program.size}")
    stream = Stream(source.memory.view[start : start + length], start)
    record = Record(program, output, frame)
    return Machine(program, source, stream, stream, frame, meaning, [None] * len(program.registers), record)


def run(program: Program, source: Input, output: Output, frame: int, count: int) -> tuple[Status, Trap | None]:
    """Decode frames *frame* to *frame* + *count* of *source* behind what *output* holds; with the trap where the status is ``failed``."""
    stop: Literal["done", "full", "failed"] = "done"
    trap, column, wanted, number = None, 0, 0, frame
    for number in range(frame, frame + count):
        try:
            _decode(_machine(program, source, output, number))
        except Trapped as trapped:
            stop, trap = "failed", trapped.trap
            break
        except Full as full:
            stop, column, wanted = "full", full.column, full.wanted
            break
    else:
        number = frame + count
    output.touched[:] = output.rows
    return Status(frames=number - frame, stop=stop, column=column, wanted=wanted), trap


def _decode(machine: Machine) -> None:
    assert machine.record is not None
    machine.element(0, 0, machine.program.body)
    machine.record.commit()


def salvage(
    program: Program, source: Input, output: Output, frame: int, meaning: Meaning = MEANING
) -> tuple[Status, Trap | None]:
    """Decode one frame, and where it traps commit what it had put; its remaining fields are null, its lists end there (policy ``null``).
    *meaning*: the oracle's own, or one that looks on while it runs (`trace`)."""
    try:
        machine = _machine(program, source, output, frame, meaning)
        assert machine.record is not None
        trap = None
        try:
            machine.element(0, 0, program.body)
        except Trapped as trapped:
            trap = trapped.trap
            machine.record.close_all()
        machine.record.commit()
    except Full as full:
        output.touched[:] = output.rows
        return Status(frames=0, stop="full", column=full.column, wanted=full.wanted), None
    output.touched[:] = output.rows
    return Status(frames=1, stop="done"), trap


def replay(program: Program, source: Input, frame: int) -> Trap | None:
    """What the record of *frame* broke; None where it decodes.  Nothing is written."""
    machine = _machine(program, source, _endless(program), frame)
    try:
        machine.element(0, 0, program.body)
    except Trapped as trapped:
        return trapped.trap
    return None


def refusals(program: Program, source: Input, frame: int) -> tuple[Trap, ...]:
    """Everything that the record of *frame* broke, in order: what was stored as null, and last the trap, if it fails."""
    machine = _machine(program, source, _endless(program), frame)
    try:
        machine.element(0, 0, program.body)
    except Trapped as trapped:
        return (*machine.refused, trapped.trap)
    return tuple(machine.refused)


class _Endless(Memory):
    """Memory that is never full, and never written."""

    __slots__ = ()

    @property
    def size(self) -> int:
        return 1 << 62


def _endless(program: Program) -> Output:
    nowhere = _Endless(0, memoryview(b""))
    return Output(
        columns=[Slots(nowhere, nowhere, nowhere) for _ in program.columns],
        rows=[0] * len(program.levels),
        capacity=[1 << 62] * len(program.levels),
        offsets=[nowhere] * len(program.levels),
        log=nowhere,
    )


# --- frames ---


def frame(program: Program, source: Input, position: int, frames: Frames) -> tuple[FramingStatus, Trap | None]:
    """Yield the frames that begin at *position* of the window and behind it into *frames*, behind those it holds; with the trap where
    the status is ``failed``."""
    window = source.memory.view
    while position < len(window):
        stream = Stream(window[position:], position, window=True)
        machine = Machine(program, source, stream, stream, 0, MEANING, [None] * len(program.registers))
        try:
            machine.run(program.body)
            if machine.left < 0:
                raise More
            if machine.cursor == 0:
                rule = "a frame that takes no bytes would repeat for ever"
                seen = bytes(window[position : position + 8])
                raise Trapped(Trap(op="frame", site=-1, offset=position, bytes=seen, rule=rule))
        except More:
            return FramingStatus(position=position, stop="more"), None
        except Trapped as trapped:
            return FramingStatus(position=position, stop="failed"), trapped.trap
        if frames.count + len(machine.yielded) > len(frames.starts):
            return FramingStatus(position=position, stop="full"), None
        for yielded in machine.yielded:
            _yield(frames, *yielded)
        position += machine.cursor
    return FramingStatus(position=position, stop="end"), None


def _yield(frames: Frames, start: int, length: int, kind: int, carried: Sequence[int]) -> None:
    n = frames.count
    frames.starts[n], frames.lengths[n], frames.kinds[n] = start, length, kind
    for column, number in zip(frames.carried, carried, strict=False):
        column[n] = number
    frames.count += 1
