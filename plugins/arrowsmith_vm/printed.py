"""What emitting makes: the Python source of a Program, for each gear that can run it.

Invariant: printing imports no numpy: it is asked for plans that never run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from arrowsmith.program.program import Program
from arrowsmith_vm.lockstep.printed import lockstep
from arrowsmith_vm.lockstep.printer import Unsupported
from arrowsmith_vm.scalar.shell import printed as scalar

Gear = Literal["auto", "scalar", "lockstep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """``scalar``: the source of the scalar gear.  ``lockstep``: that of the other; "" where there is none, and then ``why`` says the
    reason.  ``limits``: see `arrowsmith_vm.lockstep.printer.Printer.limits`."""

    gear: Gear
    scalar: str
    lockstep: str = ""
    why: str = ""
    limits: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, program: Program, gear: Gear) -> Printed:
        """*program*, printed for *gear*."""
        plain = scalar(program)
        if gear == "scalar" or program.kind == "framer":
            return cls(gear=gear, scalar=plain, why="a framer" if program.kind == "framer" else "not asked for")
        try:
            source, limits = lockstep(program)
        except Unsupported as reason:
            return cls(gear=gear, scalar=plain, why=str(reason))
        return cls(gear=gear, scalar=plain, lockstep=source, limits=limits)

    def listing(self) -> str:
        """Both, for people."""
        other = f"# --- lockstep gear ---\n\n{self.lockstep}" if self.lockstep else f"# no lockstep gear: {self.why}\n"
        return f"{other}\n# --- scalar gear ---\n\n{self.scalar}"
