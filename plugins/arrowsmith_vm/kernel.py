"""Printed source → kernels: what runs it over the frames of an `Input`, or over a window.

Invariant: a kernel is re-entrant: what a call changes is its own, its Output's and Frames', and hints that no result depends on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from arrowsmith.columns import Frames, FramingStatus, Input, Output, Status
from arrowsmith.errors import InternalError, code
from arrowsmith.program.program import Program
from arrowsmith_vm.printed import Printed
from arrowsmith_vm.scalar.namespace import namespace

CLOSED = code("I0101", "a kernel of the bytecode machine was run after it was closed")


def compiled(source: str, program: Program, name: str) -> Callable[..., Any]:
    """The function *name* of the printed module *source*."""
    spaces = namespace(program)
    exec(compile(source, f"<arrowsmith vm: {program.name}>", "exec", dont_inherit=True), spaces)
    function: Callable[..., Any] = spaces[name]
    if "def part0(" not in source:
        return function

    def call(*arguments: object) -> Any:
        # the parts share their variables as globals, so each call has its own
        own = dict(spaces)
        for key, value in spaces.items():
            if isinstance(value, FunctionType) and value.__globals__ is spaces:
                own[key] = FunctionType(value.__code__, own, key)
        return own[name](*arguments)

    return call


@dataclass(slots=True)
class Calls:
    """Counts the calls in flight, so that closing can wait for them."""

    name: str
    _running: int = 0
    _closed: bool = False
    _idle: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def one(self) -> Iterator[None]:
        """A call.  Raises `InternalError` after `close`."""
        with self._idle:
            if self._closed:
                raise InternalError(f"the kernel of {self.name} is closed", code=CLOSED)
            self._running += 1
        try:
            yield
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def close(self) -> None:
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: not self._running)


@dataclass(slots=True)
class Records:
    """The kernel of a table or a header."""

    function: Callable[[Input, Output, int, int], Status]
    calls: Calls

    def run(self, source: Input, output: Output, frame: int, count: int) -> Status:
        """See `arrowsmith.program.kernel.Kernel.run`."""
        with self.calls.one():
            return self.function(source, output, frame, count)

    def close(self) -> None:
        self.calls.close()


@dataclass(slots=True)
class Framer:
    """The kernel of a framer."""

    function: Callable[[Input, int, Frames], FramingStatus]
    calls: Calls

    def frame(self, source: Input, position: int, frames: Frames) -> FramingStatus:
        """See `arrowsmith.program.kernel.FramerKernel.frame`."""
        with self.calls.one():
            return self.function(source, position, frames)

    def close(self) -> None:
        self.calls.close()


def kernel(program: Program, made: Printed) -> Records | Framer:
    """The kernel of *program* as it was printed."""
    calls = Calls(program.name)
    if program.kind == "framer":
        return Framer(compiled(made.scalar, program, "frame"), calls)
    scalar = compiled(made.scalar, program, "run")
    if not made.lockstep:
        return Records(scalar, calls)
    # imported here: numpy and pyarrow are for those who run what needs them
    from arrowsmith_vm.lockstep import shell
    from arrowsmith_vm.lockstep.run import kinds_of

    few = 1 if made.gear == "lockstep" else shell.FEW
    tile = shell.compiled(made.lockstep, program)
    gear = shell.Lockstep(program, tile, scalar, made.limits, kinds_of(program), few)
    return Records(gear.run, calls)
