"""Code becomes a callable kernel: sealed pages, a context block for each call, cursors in and out.

A call holds no lock and no interpreter state, so any number of threads may be inside; `close` waits for them, then releases the pages.
Invariant: no ctypes callback; the code never runs once its pages are released.
"""

from __future__ import annotations

import ctypes
import struct
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from arrowsmith.columns import LOG_FULL, Frames, FramingStatus, Input, Output, Status
from arrowsmith.errors import InternalError, code
from arrowsmith.forks import renewed_in_children
from arrowsmith.memory import Allocator, Region
from arrowsmith.program.kernel import Code
from arrowsmith.program.ops import MOST, Carried, walk
from arrowsmith.program.program import Program
from arrowsmith_x86_64.addresses import address
from arrowsmith_x86_64.context import COLUMN, FRAMER, LEVEL, TABLE, Context
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
        self._size = size
        self._free: list[Block] = []
        self._changed = threading.Condition()
        self._running = 0
        self._closed = False
        renewed_in_children(self)

    def renew(self) -> None:
        """See `arrowsmith.forks.Renewed`: calls of threads that are not there are not waited for."""
        self._changed = threading.Condition()
        self._running = 0

    def enter(self) -> Block:
        """A context for one call.  Raises InternalError once closed."""
        with self._changed:
            if self._closed:
                raise InternalError("a kernel was run after it was closed", code=CLOSED)
            self._running += 1
            return self._free.pop() if self._free else Block(self._size)

    def call(self, block: Block) -> int:
        return self._call(ctypes.addressof(block.words))

    def leave(self, block: Block) -> None:
        with self._changed:
            self._running -= 1
            self._free.append(block)
            if self._closed:
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


#: the part of a table's header that every call fills in, in its order
GIVEN = struct.Struct("<15Q")
assert TABLE[: 15] == (
    "window", "stride", "length", "start", "starts", "lengths", "frame", "end", "chunk", "log", "logged", "log_room", "column", "wanted",
    "touched",
)  # fmt: skip
#: the whole of a framer's header; what the code alone writes is zero
FRAMING = struct.Struct("<20Q")
assert len(FRAMER) == 20
assert FRAMER[: 12] == (
    "window", "window_end", "position", "final", "count", "frames", "starts", "lengths", "kinds", "run_count", "root_start", "root_end",
)  # fmt: skip
_SIGNLESS = (1 << 64) - 1


class Block:
    """A context, and the Output whose columns' addresses are in it."""

    __slots__ = ("output", "words")

    def __init__(self, size: int) -> None:
        self.words = (ctypes.c_uint64 * (size // 8))()
        self.output: weakref.ref[Output] | None = None


class TableKernel:
    """See `arrowsmith.program.kernel.Kernel`."""

    def __init__(self, program: Program, loaded: Loaded) -> None:
        self.program = program
        self._loaded = loaded
        self._layout = Context(program)
        self._varying = [n for n, c in enumerate(program.columns) if c.varying]
        self._carries = any(isinstance(op, Carried) for op in walk(program.body))
        self._rows = struct.Struct(f"<{len(LEVEL) * len(program.levels)}Q")

    def run(self, source: Input, output: Output, frame: int, count: int) -> Status:
        block = self._loaded.enter()
        try:
            self._fill(block, source, output, frame, count)
            stop = self._loaded.call(block)
            return self._result(block.words, output, frame, stop)
        finally:
            self._loaded.leave(block)

    def close(self) -> None:
        self._loaded.close()

    def _fill(self, block: Block, source: Input, output: Output, frame: int, count: int) -> None:
        words, layout = block.words, self._layout
        base, stride = source.memory.address, source.stride
        start = starts = lengths = 0
        if stride:
            start = (base + source.first + (frame - 1) * stride) & _SIGNLESS
        elif source.starts is not None and source.lengths is not None:
            starts, lengths = address(source.starts), address(source.lengths)
        rows = output.rows[0]
        log, logged = output.log, output.logged
        GIVEN.pack_into(
            words, 0, base, stride, source.length, start, starts, lengths, frame, frame + count, frame,
            log.address, logged, log.size // 8, 0, 0, rows,
        )  # fmt: skip
        if self._carries:
            for n, column in enumerate(source.carried):
                words[layout.header[f"carried{n}"] // 8] = address(column)
        at = layout.parameters // 8
        for n, value in enumerate(source.parameters[: len(self.program.parameters)]):
            words[at + n] = value & _SIGNLESS
        levels: list[int] = []
        for slots, capacity, lists in zip(output.rows, output.capacity, output.offsets, strict=True):
            levels += (slots, min(capacity, MOST), lists.address if lists else 0, 0, slots)
        self._rows.pack_into(words, layout.levels, *levels)
        if block.output is None or block.output() is not output:
            self._columns(words, output)
            block.output = weakref.ref(output)

    def _columns(self, words: Any, output: Output) -> None:
        found: list[int] = []
        for slots in output.columns:
            data = slots.data
            found += (slots.values.address, slots.validity.address)
            found += (data.address, min(data.size, MOST), 0, 0) if data else (0, 0, 0, 0)
        at = self._layout.columns // 8
        words[at : at + len(found)] = found

    def _result(self, words: Any, output: Output, frame: int, stop: int) -> Status:
        layout = self._layout
        header = layout.header
        reached = words[header["frame"] // 8]
        logged, output.logged = output.logged, words[header["logged"] // 8]
        levels = self._rows.unpack_from(words, layout.levels)
        output.rows[:] = rows = levels[:: len(LEVEL)]
        used = layout.column(0, "used") // 8
        for n in self._varying:
            output.columns[n].used = words[used + n * len(COLUMN)]
        if stop == 0:
            output.touched[:] = rows
            return Status(frames=reached - frame, stop="done")
        _drop(output, logged, reached)
        touched = [n + 1 for n in levels[len(LEVEL) - 1 :: len(LEVEL)]]
        touched[0] = max(words[header["touched"] // 8], rows[0] + 1)
        output.touched[:] = map(min, touched, output.capacity)
        if stop == 2:
            return Status(frames=reached - frame, stop="failed")
        column = ctypes.c_int64(words[header["column"] // 8]).value
        wanted = words[header["wanted"] // 8]
        if column == LOG_FULL:
            wanted = 8 * (wanted - output.logged)
        elif column < 0:
            wanted -= rows[-1 - column]
        else:
            wanted -= output.columns[column].used
        return Status(frames=reached - frame, stop="full", column=column, wanted=wanted)


def _drop(output: Output, logged: int, frame: int) -> None:
    """Drop the entries of the log behind *logged* that are of *frame* or later ones, which are not committed."""
    if output.logged == logged:
        return
    entries = np.frombuffer(output.log.view, np.uint64, output.logged)[logged:]
    kept = entries[entries < (frame << 32)]
    entries[: len(kept)] = kept
    output.logged = logged + len(kept)


class FramerKernel:
    """See `arrowsmith.program.kernel.FramerKernel`."""

    def __init__(self, program: Program, loaded: Loaded) -> None:
        self.program = program
        self._loaded = loaded
        self._layout = Context(program)

    def frame(self, source: Input, position: int, frames: Frames) -> FramingStatus:
        block = self._loaded.enter()
        try:
            context = block.words
            header = self._layout.header
            base = source.memory.address
            carried = [address(column) for column in frames.carried]
            FRAMING.pack_into(
                context, 0, base, base + source.memory.size, base + position, source.final, frames.count, len(frames.starts),
                address(frames.starts), address(frames.lengths), address(frames.kinds), 0, 0, 0, *carried, *[0] * (8 - len(carried)),
            )  # fmt: skip
            at = self._layout.parameters // 8
            for n, parameter in enumerate(source.parameters[: len(self.program.parameters)]):
                context[at + n] = parameter & ((1 << 64) - 1)
            stop = self._loaded.call(block)
            frames.count = context[header["count"] // 8]
            return FramingStatus(position=context[header["position"] // 8] - base, stop=STOPS[stop])
        finally:
            self._loaded.leave(block)

    def close(self) -> None:
        self._loaded.close()
