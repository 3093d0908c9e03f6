"""The emitter `c`: a Program printed as C, and that compiled by gcc and loaded as a shared library.

Invariant: emitting is printing; gcc runs when code is loaded, and leaves no file behind.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from arrowsmith.program.kernel import Code, FramerKernel, Kernel, Target
from arrowsmith.program.program import Program

if TYPE_CHECKING:
    from arrowsmith.host import Host
    from arrowsmith.memory import Allocator


@cache
def _compiler() -> str | None:
    return shutil.which("gcc")


@dataclass(frozen=True, slots=True)
class PlainC:
    """Only when it is named: it is here to be measured against.  ``options``: what gcc is told."""

    options: tuple[str, ...] = ("-O3", "-march=native")
    name: str = "c"
    rank: int = -1
    needs_memory: bool = False

    def refuses(self, program: Program, host: Host) -> str | None:
        """Why there is no C for *program*, or no compiler."""
        from arrowsmith_c.refusals import refusal

        return "gcc is not installed" if _compiler() is None else refusal(program)

    def emit(self, program: Program, target: Target) -> Code:
        """The C of *program*.  *target* changes nothing: gcc takes what the host has."""
        from arrowsmith_c.printer import Printer

        source = Printer(program).source()
        return Code(program=program, emitter=self.name, target=target, listing=source, payload=(source, self.options))

    def load(self, code: Code, allocator: Allocator | None = None) -> Kernel | FramerKernel:
        """The kernel of *code*, behind one run of gcc; the same source is compiled once a process."""
        from arrowsmith_c.kernel import load

        return load(code)
