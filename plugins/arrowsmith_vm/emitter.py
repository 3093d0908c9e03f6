"""The emitter `vm`: a Program printed as Python source, and that source made callable.

Invariant: emitting is printing: pure, deterministic, the same on every host; nothing is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from arrowsmith.program.kernel import Code, FramerKernel, Kernel, Target
from arrowsmith.program.program import Program

if TYPE_CHECKING:
    from arrowsmith.host import Host
    from arrowsmith.memory import Allocator


@dataclass(frozen=True, slots=True)
class VirtualMachine:
    """``gear``: ``scalar`` runs each record by itself; ``lockstep`` runs each op over a tile of records, where the Program's ops allow
    it; ``auto`` does that for tiles that are worth it."""

    gear: Literal["auto", "scalar", "lockstep"] = "auto"
    name: str = "vm"
    rank: int = 10
    needs_memory: bool = False

    def refuses(self, program: Program, host: Host) -> str | None:
        """None: it runs every Program everywhere."""
        return None

    def emit(self, program: Program, target: Target) -> Code:
        """The Python source of *program*; *target* changes nothing."""
        from arrowsmith_vm.printed import Printed

        made = Printed.of(program, self.gear)
        return Code(program=program, emitter=self.name, target=target, listing=made.listing(), payload=made)

    def load(self, code: Code, allocator: Allocator | None = None) -> Kernel | FramerKernel:
        """The kernel of *code*; *allocator* is not needed."""
        from arrowsmith_vm.kernel import kernel
        from arrowsmith_vm.printed import Printed

        assert isinstance(code.payload, Printed)
        return kernel(code.program, code.payload)
