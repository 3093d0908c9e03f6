"""Code becomes a callable kernel: sealed pages, a context block for each call, cursors in and out.

A call holds no lock and no interpreter state, so any number of threads may be inside; `close` waits for them, then releases the pages.
Invariant: no ctypes callback; the code never runs once its pages are released.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any

from arrowsmith.columns import LOG_FULL, Frames, FramingStatus, Input, Output, Status
from arrowsmith.errors import InternalError, code
from arrowsmith.memory import Allocator, Region
from arrowsmith.program.kernel import Code
from arrowsmith.program.ops import MOST
from arrowsmith.program.program import Program
from arrowsmith_x86_64.addresses import address
from arrowsmith_x86_64.context import COLUMN, LEVEL, Context
from arrowsmith_x86_64.emit import CONTEXT_SIZE
from arrowsmith_x86_64.framer import STOPS

CLOSED = code("I0003", "a kernel is run after it was closed")

#: a function of the kernel's one argument
Call = Callable[[int], int]


class Loaded:
    """Sealed code, the calls in flight in it, and blocks for its context."""

    def __init__(self, region: Region, call: Call, size: int) -> None:
        self._region = region
        self._call = call
        self._words = size // 8
        self._free: list[Any] = []
        self._changed = threading.Condition()
        self._running = 0
        self._closed = False

    def enter(self) -> Any:
        """A zeroed or used context for one call.  Raises InternalError once closed."""
        with self._changed:
            if self._closed:
                raise InternalError("a kernel was run after it was closed", code=CLOSED)
            self._running += 1
            return self._free.pop() if self._free else (ctypes.c_uint64 * self._words)()

    def call(self, context: Any) -> int:
        return self._call(ctypes.addressof(context))

    def leave(self, context: Any) -> None:
        with self._changed:
            self._running -= 1
            self._free.append(context)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._running)
            self._free.clear()
        self._region.release()


def load(made: Code, allocator: Allocator, call: Callable[[int], Call] | None = None) -> TableKernel | FramerKernel:
    """The kernel of *made*, in memory of *allocator*.  *call* makes a function of an address (another convention's, in tests)."""
    region = allocator.allocate(len(made.data))
    try:
        region.write(0, made.data)
        region.seal()
        function = call(region.address) if call else ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(region.address)
    except BaseException:
        region.release()
        raise
    size = int.from_bytes(made.data[CONTEXT_SIZE : CONTEXT_SIZE + 8], "little")
    loaded = Loaded(region, function, size)
    return FramerKernel(made.program, loaded) if made.program.kind == "framer" else TableKernel(made.program, loaded)


class TableKernel:
    """See `arrowsmith.program.kernel.Kernel`."""

    def __init__(self, program: Program, loaded: Loaded) -> None:
        self.program = program
        self._loaded = loaded
        self._layout = Context(program)
        self._varying = [n for n, c in enumerate(program.columns) if c.varying]

    def run(self, source: Input, output: Output, frame: int, count: int) -> Status:
        context = self._loaded.enter()
        try:
            self._fill(context, source, output, frame, count)
            stop = self._loaded.call(context)
            return self._result(context, output, frame, stop)
        finally:
            self._loaded.leave(context)

    def close(self) -> None:
        self._loaded.close()

    def _fill(self, context: Any, source: Input, output: Output, frame: int, count: int) -> None:
        header = self._layout.header
        base = source.memory.address
        values = {
            "window": base,
            "stride": source.stride,
            "length": source.length,
            "start": base + source.first + (frame - 1) * source.stride,
            "starts": address(source.starts) if source.starts is not None and not source.stride else 0,
            "lengths": address(source.lengths) if source.lengths is not None and not source.stride else 0,
            "frame": frame,
            "end": frame + count,
            "log": output.log.address,
            "logged": output.logged,
            "log_room": output.log.size // 8,
            "touched": output.rows[0],
        }
        for name, value in values.items():
            context[header[name] // 8] = value
        for n, column in enumerate(source.carried):
            context[header[f"carried{n}"] // 8] = address(column)
        at = self._layout.parameters // 8
        for n, value in enumerate(source.parameters[: len(self.program.parameters)]):
            context[at + n] = value & ((1 << 64) - 1)
        at = self._layout.levels // 8
        for level, rows in enumerate(output.rows):
            lists = output.offsets[level]
            context[at : at + len(LEVEL)] = (rows, min(output.capacity[level], MOST), lists.address if lists else 0, 0, rows)
            at += len(LEVEL)
        at = self._layout.columns // 8
        words: list[int] = []
        for column, slots in zip(self.program.columns, output.columns, strict=True):
            data = slots.data
            words += (
                slots.values.address,
                slots.validity.address,
                data.address if data else 0,
                min(data.size, MOST) if data else 0,
                slots.used,
                output.rows[column.level],
            )
        context[at : at + len(words)] = words

    def _result(self, context: Any, output: Output, frame: int, stop: int) -> Status:
        layout = self._layout
        header = layout.header
        reached = context[header["frame"] // 8]
        status = Status(frames=reached - frame, stop=("done", "full", "failed")[stop])  # type: ignore[arg-type]  # the three words
        logged, output.logged = output.logged, context[header["logged"] // 8]
        touched = []
        for level in range(len(output.rows)):
            output.rows[level] = rows = context[layout.level(level, "cursor") // 8]
            if stop == 0:
                touched.append(rows)
            elif level == 0:
                touched.append(max(context[header["touched"] // 8], min(rows + 1, output.capacity[0])))
            else:
                touched.append(min(context[layout.level(level, "touched") // 8] + 1, output.capacity[level]))
        output.touched[:] = touched
        for n in self._varying:
            output.columns[n].used = context[layout.column(n, "used") // 8]
        if stop == 0:
            return status
        _drop(output, logged, reached)
        if stop == 1:
            column = ctypes.c_int64(context[header["column"] // 8]).value
            wanted = context[header["wanted"] // 8]
            if column == LOG_FULL:
                wanted = 8 * (wanted - output.logged)
            elif column < 0:
                wanted -= output.rows[-1 - column]
            else:
                wanted -= output.columns[column].used
            return Status(frames=status.frames, stop="full", column=column, wanted=wanted)
        return status


def _drop(output: Output, logged: int, frame: int) -> None:
    """Drop the entries of the log behind *logged* that are of *frame* or later ones, which are not committed."""
    entries = output.log.view[: 8 * output.logged].cast("Q")
    kept = logged
    for n in range(logged, output.logged):
        if entries[n] >> 32 < frame:
            entries[kept] = entries[n]
            kept += 1
    output.logged = kept


class FramerKernel:
    """See `arrowsmith.program.kernel.FramerKernel`."""

    def __init__(self, program: Program, loaded: Loaded) -> None:
        self.program = program
        self._loaded = loaded
        self._layout = Context(program)

    def frame(self, source: Input, position: int, frames: Frames) -> FramingStatus:
        context = self._loaded.enter()
        try:
            header = self._layout.header
            base = source.memory.address
            values = {
                "window": base,
                "window_end": base + source.memory.size,
                "position": base + position,
                "final": int(source.final),
                "count": frames.count,
                "frames": len(frames.starts),
                "starts": address(frames.starts),
                "lengths": address(frames.lengths),
                "kinds": address(frames.kinds),
                **{f"carried{n}": 0 for n in range(8)},
                **{f"carried{n}": address(column) for n, column in enumerate(frames.carried)},
            }
            for name, value in values.items():
                context[header[name] // 8] = value
            at = self._layout.parameters // 8
            for n, parameter in enumerate(source.parameters[: len(self.program.parameters)]):
                context[at + n] = parameter & ((1 << 64) - 1)
            stop = self._loaded.call(context)
            frames.count = context[header["count"] // 8]
            return FramingStatus(position=context[header["position"] // 8] - base, stop=STOPS[stop])  # type: ignore[arg-type]  # its words
        finally:
            self._loaded.leave(context)

    def close(self) -> None:
        self._loaded.close()
