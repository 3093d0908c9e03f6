"""Calling conventions: how one pointer comes in, and which registers must come out as they were.

System V AMD64 ABI, figure 3.4; "x64 calling convention", Microsoft Learn: beside rbx, rbp and r12–r15, Windows keeps rdi, rsi and
xmm6–xmm15.  The generated code calls nothing, so neither shadow space nor stack alignment matters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from arrowsmith_x86_64.assembler import Assembler
from arrowsmith_x86_64.operands import R12, R13, R14, R15, RBP, RBX, RCX, RDI, RSI, RSP, XMM, Reg, x


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """``argument``: the register of the first argument.  ``kept``: general registers, ``vectors``: vector registers that are saved."""

    name: str
    argument: Reg
    kept: tuple[Reg, ...]
    vectors: tuple[Reg, ...] = ()

    def enter(self, a: Assembler) -> None:
        """Save what must be kept; rbp = the argument."""
        for register in self.kept:
            a.push(register)
        if self.vectors:
            a.sub(RSP, 16 * len(self.vectors))
        for n, vector in enumerate(self.vectors):
            a.movups(x(RSP, 16 * n), vector)
        a.mov(RBP, self.argument)

    def leave(self, a: Assembler, *, wide: bool) -> None:
        """Restore and return; ``wide``: 256-bit registers were used (Intel SDM vol. 1, 15.3: avoid the transition penalty)."""
        if wide:
            a.vzeroupper()
        for n, vector in enumerate(self.vectors):
            a.movups(vector, x(RSP, 16 * n))
        if self.vectors:
            a.add(RSP, 16 * len(self.vectors))
        for register in reversed(self.kept):
            a.pop(register)
        a.ret()


CONVENTIONS: Final[Mapping[str, Convention]] = MappingProxyType({
    c.name: c
    for c in (
        Convention(name="sysv", argument=RDI, kept=(RBX, RBP, R12, R13, R14, R15)),
        Convention(name="win64", argument=RCX, kept=(RBX, RBP, RDI, RSI, R12, R13, R14, R15), vectors=XMM[6:16]),
    )
})  # fmt: skip
