"""The x86-64 emitter: a Program becomes machine code that loops over records.

Invariant: importing this loads no assembler; that happens when a Program is to be emitted.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arrowsmith.hookspecs import hookimpl

if TYPE_CHECKING:
    from arrowsmith.host import Host
    from arrowsmith.interfaces import Emitter
    from arrowsmith.memory import Allocator
    from arrowsmith.program.kernel import Code, CodeMap, FramerKernel, Kernel, Target
    from arrowsmith.program.program import Program

ARROWSMITH_API = (0, 1)

#: bytes that emitting may take, and more
ROOM = 16 << 20


@functools.cache
def _no_assembler() -> str | None:
    """Why iced-x86 cannot be used here: it is absent, or loading it is refused (no memory to map it, a subinterpreter)."""
    if importlib.util.find_spec("iced_x86") is None:
        return "needs the package iced-x86, which is not installed"
    bytearray(ROOM)  # what this raises can be said; iced-x86 ends the process where it gets no memory
    try:
        import iced_x86  # noqa: F401  # whether that can be done is the question
    except ImportError as error:
        return f"needs the package iced-x86, which cannot be loaded: {error}"
    return None


@dataclass(frozen=True, slots=True)
class X86_64:
    """Machine code for x86-64, from SSE2 up; see `docs/x86-64.md`."""

    name: str = "x86-64"
    rank: int = 100

    def refuses(self, program: Program, host: Host) -> str | None:
        """Another machine, no assembler, or the first op that has no selection."""
        if host.machine != "x86-64":
            return f"needs an x86-64 process, this one is {host.machine}"
        if (reason := _no_assembler()) is not None:
            return reason
        from arrowsmith_x86_64.coverage import uncovered

        return uncovered(program)

    def emit(self, program: Program, target: Target) -> Code:
        """The image of *program*, for `Target.convention` and those of `Target.features` that are whole."""
        from arrowsmith.program.kernel import Code
        from arrowsmith_x86_64.emit import Listing, image

        bytearray(ROOM)  # as above
        data = image(program, target)
        return Code(program=program, emitter=self.name, target=target, data=data, listing=Listing(program, target))

    def load(self, code: Code, allocator: Allocator) -> Kernel | FramerKernel:
        """The kernel of *code*.  Raises `ExecutableMemoryError` where the system refuses, InternalError for another host's code."""
        from arrowsmith_x86_64.loading import load

        return load(code, allocator)

    def chart(self, code: Code) -> CodeMap:
        """What a verifier of machine code has to know of *code*."""
        from arrowsmith_x86_64.chart import chart

        return chart(code)

    def target(self, allocator: Allocator) -> Target:
        """What this host can run: its convention, and its features, found by running a stub from memory of *allocator*."""
        from arrowsmith_x86_64.loading import host_target

        return host_target(allocator)


@hookimpl
def arrowsmith_emitters() -> Iterable[Emitter]:
    return [X86_64()]
