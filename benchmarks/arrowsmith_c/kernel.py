"""Printed C becomes a kernel: gcc, a shared library, one ctypes call a run.

Libraries are kept by their source as long as the process lives, so that a Program is compiled once.
Invariant: no file is left behind; a kernel holds no state of its own.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

from arrowsmith.columns import LOG_FULL, Frames, FramingStatus, Input, Output, Status
from arrowsmith.errors import InternalError
from arrowsmith.program.kernel import Code
from arrowsmith.program.ops import MOST
from arrowsmith.program.program import Program
from arrowsmith_c import context

#: how long gcc may take for one Program, in seconds
PATIENCE = 600
_libraries: dict[object, Any] = {}
_lock = threading.Lock()


def compiled(source: str, options: tuple[str, ...]) -> Any:
    """The function ``run`` of *source*."""
    with _lock:
        if (source, options) not in _libraries:
            with tempfile.TemporaryDirectory() as folder:
                library = str(Path(folder) / "program.so")
                # a float is what one operation makes of it: no fused multiply and add
                command = [
                    "gcc",
                    *options,
                    "-ffp-contract=off",
                    "-w",
                    "-shared",
                    "-fPIC",
                    "-x",
                    "c",
                    "-",
                    "-o",
                    library,
                ]
                done = subprocess.run(
                    command, input=source, text=True, capture_output=True, timeout=PATIENCE, check=False
                )
                if done.returncode:
                    raise InternalError(f"gcc refuses what was printed: {done.stderr[:2000]}", code="I0001")
                function = ctypes.CDLL(library).run
            function.argtypes, function.restype = (ctypes.c_void_p,), ctypes.c_int
            _libraries[source, options] = function
        return _libraries[source, options]


def load(code: Code) -> TableKernel | FramerKernel:
    """The kernel of *code*."""
    payload: Any = code.payload  # as the emitter made it
    source, options = payload
    function = compiled(source, options)
    return (FramerKernel if code.program.kind == "framer" else TableKernel)(code.program, function)


def _address(view: memoryview) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(view)) if len(view) else 0


class _Open:
    """A function that may be called until it is closed."""

    def __init__(self, program: Program, function: Any) -> None:
        self.program = program
        self._function = function
        self._size = context.size(program)

    def _call(self, words: Any) -> int:
        function = self._function
        if function is None:
            raise InternalError("a kernel was run after it was closed", code="I0003")
        return int(function(words))

    def close(self) -> None:
        self._function = None


class TableKernel(_Open):
    """See `arrowsmith.program.kernel.Kernel`."""

    def run(self, source: Input, output: Output, frame: int, count: int) -> Status:
        starts = _address(source.starts) if source.starts is not None and not source.stride else 0
        lengths = _address(source.lengths) if source.lengths is not None and not source.stride else 0
        words = [
            source.memory.address, source.first, source.stride, source.length, starts, lengths, frame, frame + count,
            output.log.address, output.logged, output.log.size // 8, 0, 0,
        ]  # fmt: skip
        words += [0] * (context.CARRIED - len(words))
        words += [_address(column) for column in source.carried]
        words += [0] * (context.PARAMETERS - len(words))
        given = list(source.parameters[: len(self.program.parameters)])
        words += given + [0] * (len(self.program.parameters) - len(given))
        for rows, capacity, lists in zip(output.rows, output.capacity, output.offsets, strict=True):
            words += [rows, min(capacity, MOST), lists.address if lists else 0, 0]
        for slots in output.columns:
            data = slots.data
            words += [slots.values.address, slots.validity.address]
            words += [data.address, min(data.size, MOST), slots.used] if data else [0, 0, 0]
        block = (ctypes.c_int64 * self._size)(*words)
        stop = context.STOPS[self._call(block)]
        return self._status(block, output, frame, stop)

    def _status(self, block: Any, output: Output, frame: int, stop: Any) -> Status:
        at, each = context.levels(self.program), len(context.LEVEL)
        for n in range(len(output.rows)):
            output.rows[n] = block[at + each * n]
        touched = [block[at + each * n + 3] for n in range(len(output.rows))]
        output.touched[:] = output.rows if stop == "done" else map(min, touched, output.capacity)
        at, each = context.columns(self.program), len(context.COLUMN)
        for n, column in enumerate(self.program.columns):
            if column.varying:
                output.columns[n].used = block[at + each * n + 4]
        output.logged = block[context.TABLE.index("logged")]
        frames = block[context.TABLE.index("frame")] - frame
        column, wanted = block[context.TABLE.index("column")], block[context.TABLE.index("wanted")]
        if stop != "full":
            return Status(frames=frames, stop=stop)
        if column == LOG_FULL:
            wanted = 8 * (wanted - output.logged)
        elif column < 0:
            wanted -= output.rows[-1 - column]
        else:
            wanted -= output.columns[column].used
        return Status(frames=frames, stop=stop, column=column, wanted=wanted)


class FramerKernel(_Open):
    """See `arrowsmith.program.kernel.FramerKernel`."""

    def frame(self, source: Input, position: int, frames: Frames) -> FramingStatus:
        words = [
            source.memory.address, source.memory.size, position, int(source.final), frames.count, len(frames.starts),
            _address(frames.starts), _address(frames.lengths), _address(frames.kinds),
        ]  # fmt: skip
        words += [0] * (context.CARRIED - len(words))
        words += [_address(column) for column in frames.carried]
        words += [0] * (context.PARAMETERS - len(words))
        words += source.parameters[: len(self.program.parameters)]
        block = (ctypes.c_int64 * self._size)(*words)
        stop: Any = context.FRAMER_STOPS[self._call(block)]
        frames.count = block[context.FRAMER.index("count")]
        return FramingStatus(position=block[context.FRAMER.index("position")], stop=stop)
