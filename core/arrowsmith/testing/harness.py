"""Programs run by any executor, to one canonical value: `decode` does what the driver does, `compare` says how two results differ.

An executor is a `Kernel`, or `Oracle` here.  `new_input` and `new_output` make what it reads and writes, on memory of the caller's choice
(`guard.plain`, `guard.guarded_output`); `rows` turns a result into nested Python values.
Invariant: `decode` trusts nothing: what the contract says about memory behind the cursors is checked on every return.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from arrowsmith.columns import LOG_FULL, WIDTH, Frames, FramingStatus, Input, Memory, Output, Slots, Status
from arrowsmith.program import oracle
from arrowsmith.program.program import Program
from arrowsmith.testing.guard import plain

Maker = Callable[[int], Memory]


class Executor(Protocol):
    """What `arrowsmith.program.kernel.Kernel` has, but for its end."""

    def run(self, source: Input, output: Output, frame: int, count: int) -> Status: ...


@dataclass(slots=True)
class Oracle:
    """The oracle as an executor of one Program."""

    program: Program
    trap: oracle.Trap | None = None

    def run(self, source: Input, output: Output, frame: int, count: int) -> Status:
        status, self.trap = oracle.run(self.program, source, output, frame, count)
        return status

    def frame(self, source: Input, position: int, frames: Frames) -> FramingStatus:
        status, self.trap = oracle.frame(self.program, source, position, frames)
        return status

    def close(self) -> None:
        """There is nothing to release."""


# --- inputs and outputs ---


def new_input(
    data: bytes,
    frames: int | Sequence[tuple[int, int]],
    *,
    parameters: Sequence[int] = (),
    carried: Sequence[Sequence[int]] = (),
    memory: Callable[[bytes], Memory] | None = None,
    final: bool = True,
) -> Input:
    """A window of *data*; *frames*: the size of every record, or (start, length) of each.  *memory* makes the window's memory of bytes."""
    window = memory(data) if memory else _plain_input(data)
    columns = tuple(memoryview(bytearray(struct.pack(f"={len(c)}q", *c))).cast("q") for c in carried)
    made = Input(window, parameters=tuple(parameters), carried=columns, final=final)
    if isinstance(frames, int):
        made.stride = made.length = frames
        return made
    made.starts = memoryview(bytearray(struct.pack(f"={len(frames)}Q", *(s for s, _ in frames)))).cast("Q")
    made.lengths = memoryview(bytearray(struct.pack(f"={len(frames)}I", *(n for _, n in frames)))).cast("I")
    return made


def _plain_input(data: bytes) -> Memory:
    memory = plain(len(data))
    memory.view[:] = data
    return memory


def new_output(
    program: Program,
    capacity: int | Sequence[int] = 64,
    data: int | Sequence[int] = 4096,
    *,
    log: int = 64,
    memory: Maker = plain,
) -> Output:
    """An empty Output for *program*: *capacity* slots (of every level, or a number for each), *data* bytes for each varying column (or
    a number for each column), *log* entries."""
    capacities = [capacity] * len(program.levels) if isinstance(capacity, int) else list(capacity)
    sizes = [data] * len(program.columns) if isinstance(data, int) else list(data)
    columns = []
    for c, size in zip(program.columns, sizes, strict=True):
        slots = capacities[c.level]
        width = 4 * (slots + 1) if c.varying else WIDTH[c.storage] * slots
        columns.append(Slots(memory(width), memory(slots), memory(size) if c.varying else None))
    offsets = [memory(4 * (capacities[level.parent] + 1)) if n else None for n, level in enumerate(program.levels)]
    zeros = [0] * len(program.levels)
    return Output(columns, list(zeros), capacities, offsets, memory(8 * log), touched=list(zeros))


def new_frames(capacity: int = 64, carried: int = 0) -> Frames:
    """Room for *capacity* frames with *carried* values each."""
    values = tuple(memoryview(bytearray(8 * capacity)).cast("q") for _ in range(carried))
    return Frames(
        memoryview(bytearray(8 * capacity)).cast("Q"),
        memoryview(bytearray(4 * capacity)).cast("I"),
        memoryview(bytearray(capacity)),
        values,
    )


# --- results ---


@dataclass(slots=True)
class Buffers:
    """One column's canonical bytes: ``values`` (fixed width) or ``offsets`` and ``data``; ``validity``, a byte a slot."""

    values: bytes = b""
    validity: bytes = b""
    offsets: tuple[int, ...] = (0,)
    data: bytes = b""


@dataclass(slots=True)
class Decoded:
    """All that an executor made of some frames.  ``lists``: a level's offsets.  ``failed``: the frames that were refused.  ``log``: sorted.
    ``runs``: how often the executor was called (no part of the result)."""

    rows: list[int]
    columns: list[Buffers]
    lists: list[tuple[int, ...]]
    failed: list[int] = field(default_factory=list)
    log: list[tuple[int, int]] = field(default_factory=list)
    runs: int = field(default=0, compare=False)

    def canonical(self) -> dict[str, Any]:
        """The result as plain values, by names that `compare` prints."""
        found: dict[str, Any] = {"rows": self.rows, "failed": self.failed, "log": self.log}
        for n, lists in enumerate(self.lists):
            found[f"level {n}: offsets"] = lists
        for c, buffers in enumerate(self.columns):
            for name in ("validity", "values", "offsets", "data"):
                found[f"column {c}: {name}"] = getattr(buffers, name)
        return found


class Misbehaved(AssertionError):
    """An executor broke the contract of kernels."""


def decode(
    executor: Executor,
    program: Program,
    source: Input,
    count: int,
    *,
    first: int = 0,
    capacity: int | Sequence[int] = 64,
    data: int | Sequence[int] = 4096,
    log: int = 64,
    memory: Maker = plain,
    skip: bool = False,
    batch: int = 0,
) -> Decoded:
    """Run *executor* over frames *first* to *first* + *count* as the driver does.

    A full output is handed on and a fresh one taken, twice as large where not one record fitted.  The first refused frame ends the
    run, or, where *skip*, is left out.  *batch* > 0: at most so many frames a call.  Raises `Misbehaved` where the executor breaks
    the contract.
    """
    total = Decoded(
        [0] * len(program.levels),
        [Buffers() for _ in program.columns],
        [(0,) if n else () for n in range(len(program.levels))],
    )
    scale, frame, end = 1, first, first + count

    def fresh() -> Output:
        return new_output(program, _times(capacity, scale), _times(data, scale), log=log * scale, memory=memory)

    output = fresh()
    while frame < end:
        wanted = min(end - frame, batch or count)
        logged, rows = output.logged, list(output.rows)
        status = executor.run(source, output, frame, wanted)
        total.runs += 1
        _check_status(program, output, status, wanted, rows)
        frame += status.frames
        _drop_events(output, logged, frame)
        _clean(program, output)
        if status.stop == "failed":
            total.failed.append(frame)
            if not skip:
                break
            frame += 1
        elif status.stop == "full":
            if not output.rows[0]:
                scale *= 2
                if scale > max(1 << 12, 2 * status.wanted):
                    raise Misbehaved(f"full for ever: {status}")
            _append(program, total, output)
            output = fresh()
    _append(program, total, output)
    total.log.sort()
    return total


def _times(n: int | Sequence[int], scale: int) -> int | list[int]:
    return n * scale if isinstance(n, int) else [x * scale for x in n]


def _check_status(program: Program, output: Output, status: Status, wanted: int, before: list[int]) -> None:
    claims = {
        "more frames than asked for": 0 <= status.frames <= wanted,
        "done before the last frame": status.stop != "done" or status.frames == wanted,
        "failed or full behind the last frame": status.stop == "done" or status.frames < wanted,
        "frames are not rows": output.rows[0] == before[0] + status.frames,
        "touched is not set for every level": len(output.touched) == len(program.levels),
        "rows beyond the capacity": all(r <= c for r, c in zip(output.rows, output.capacity, strict=True)),
        "an unknown column is full": status.stop != "full"
        or status.column == LOG_FULL
        or -len(program.levels) <= status.column < len(program.columns),
    }
    for claim, holds in claims.items():
        if not holds:
            raise Misbehaved(f"{claim}: {status}, rows {output.rows}, before {before}, touched {output.touched}")


def _drop_events(output: Output, logged: int, frame: int) -> None:
    """Drop the entries behind *logged* whose frame was not committed."""
    events = struct.unpack_from(f"={output.logged}Q", output.log.view)
    kept = [*events[:logged], *(e for e in events[logged:] if e >> 32 < frame)]
    struct.pack_into(f"={len(kept)}Q", output.log.view, 0, *kept)
    output.logged = len(kept)


def _clean(program: Program, output: Output) -> None:
    """Zero the slots behind the rows up to `touched`, as the driver does; those behind have to be zero already."""
    for c, column in enumerate(program.columns):
        slots, rows, touched = output.columns[c], output.rows[column.level], output.touched[column.level]
        width = WIDTH[column.storage]
        parts = [(slots.validity, 1)] if column.varying else [(slots.validity, 1), (slots.values, width)]
        for memory, size in parts:
            if touched > rows:
                memory.view[rows * size : touched * size] = bytes((touched - rows) * size)
            dirty = bytes(memory.view[rows * size :]).lstrip(b"\0")
            if dirty:
                at = memory.size - len(dirty)
                raise Misbehaved(
                    f"column {c}: byte {at} (slot {at // size}) was written, at or behind touched {touched}; rows {rows}"
                )


def _append(program: Program, total: Decoded, output: Output) -> None:
    for c, column in enumerate(program.columns):
        slots, rows, into = output.columns[c], output.rows[column.level], total.columns[c]
        into.validity += b"\1" * rows if column.certain else bytes(slots.validity.view[:rows])
        if column.varying:
            assert slots.data is not None
            into.offsets = _joined(into.offsets, slots.values, rows, f"column {c}")
            if len(into.data) + slots.used != into.offsets[-1]:
                raise Misbehaved(
                    f"column {c}: {slots.used} bytes are used, and the last offset is {into.offsets[-1] - len(into.data)}"
                )
            into.data += bytes(slots.data.view[: slots.used])
        else:
            into.values += bytes(slots.values.view[: rows * WIDTH[column.storage]])
    for n, level in enumerate(program.levels):
        lists = output.offsets[n]
        if n and lists is not None:
            total.lists[n] = _joined(total.lists[n], lists, output.rows[level.parent], f"level {n}")
            if total.rows[n] + output.rows[n] != total.lists[n][-1]:
                raise Misbehaved(
                    f"level {n}: {output.rows[n]} slots, and the last offset is {total.lists[n][-1] - total.rows[n]}"
                )
    total.rows = [a + b for a, b in zip(total.rows, output.rows, strict=True)]
    total.log += [(e >> 32, e & 0xFFFFFFFF) for e in struct.unpack_from(f"={output.logged}Q", output.log.view)]


def _joined(before: tuple[int, ...], memory: Memory, count: int, what: str) -> tuple[int, ...]:
    offsets = struct.unpack_from(f"={count + 1}i", memory.view)
    if offsets[0] or any(a > b for a, b in itertools.pairwise(offsets)):
        raise Misbehaved(f"{what}: offsets do not rise from 0: {offsets[:40]}")
    return (*before, *(before[-1] + n for n in offsets[1:]))


def compare(expected: Decoded, found: Decoded, names: tuple[str, str] = ("expected", "found")) -> str:
    """How *found* differs from *expected*, a line for each buffer; "" where it does not."""
    left, right = expected.canonical(), found.canonical()
    lines = []
    for key in left:
        if left[key] != right[key]:
            lines.append(
                f"{key}{_first_difference(left[key], right[key])}\n  {names[0]}: {_short(left[key])}\n  {names[1]}: {_short(right[key])}"
            )
    return "\n".join(lines)


def _first_difference(a: Any, b: Any) -> str:
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return f", from {at} of {len(a)} and {len(b)}"


def _short(value: Any) -> str:
    text = value.hex(" ") if isinstance(value, bytes) else repr(value)
    return text if len(text) < 400 else text[:400] + " …"


# --- rows ---


def rows(program: Program, decoded: Decoded) -> list[Any]:
    """The rows as nested values by the columns' paths: scratch columns left out, bytes as hexadecimal text, a null struct as None."""
    return [_slot(program, decoded, 0, row) for row in range(decoded.rows[0])]


def _slot(program: Program, decoded: Decoded, level: int, slot: int) -> Any:
    prefix = program.levels[level].path
    found: dict[str, Any] = {}
    absent: list[tuple[str, ...]] = []
    parts: list[tuple[tuple[str, ...], Any]] = []
    for c, column in enumerate(program.columns):
        if column.level == level and not column.scratch:
            path = column.path[len(prefix) :]
            if column.storage == "none":
                if not path and not decoded.columns[c].validity[slot]:
                    return None
                absent += [] if decoded.columns[c].validity[slot] else [path]
            else:
                parts.append((path, value_of(column.storage, decoded.columns[c], slot)))
    for n, inner in enumerate(program.levels):
        if n and inner.parent == level and any(column.level == n and not column.scratch for column in program.columns):
            lists = decoded.lists[n]
            items = [_slot(program, decoded, n, i) for i in range(lists[slot], lists[slot + 1])]
            parts.append((inner.path[len(prefix) :], items))
    for path, value in parts:
        if not path:
            return value
        into = found
        for name in path[:-1]:
            into = into.setdefault(name, {})
        into[path[-1]] = value
    for path in sorted(absent, key=len, reverse=True):
        into = found
        for name in path[:-1]:
            into = into.setdefault(name, {})
        into[path[-1]] = None
    return found


def value_of(storage: str, buffers: Buffers, slot: int) -> Any:
    """The value in one slot; None where it is null."""
    if not buffers.validity[slot]:
        return None
    if storage in ("utf8", "binary"):
        data = buffers.data[buffers.offsets[slot] : buffers.offsets[slot + 1]]
        return data.decode() if storage == "utf8" else data.hex()
    width = WIDTH[storage]
    data = buffers.values[slot * width : (slot + 1) * width]
    if storage in ("f32", "f64"):
        return struct.unpack("<f" if storage == "f32" else "<d", data)[0]
    if storage == "bool":
        return data != b"\0"
    return int.from_bytes(data, "little", signed=storage[0] in "id")
