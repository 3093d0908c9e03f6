"""An x86-64 instruction, taken apart once: what it reads and writes in memory, which registers it changes.

Source: what iced-x86 says of each.
"""

from __future__ import annotations

from typing import Any, Final

import iced_x86

ice: Any = iced_x86
R: Any = ice.Register
GENERAL: Final = ("RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI", *(f"R{n}" for n in range(8, 16)))
#: registers by iced's number → where a state keeps them: 16 general ones, then 16 vectors
PLACE: Final = {getattr(R, name): n for n, name in enumerate(GENERAL)} | {
    getattr(R, f"XMM{n}"): 16 + n for n in range(16)
}
_READS: Final = frozenset(getattr(ice.OpAccess, n) for n in ("READ", "COND_READ", "READ_WRITE", "READ_COND_WRITE"))
_WRITES: Final = frozenset(getattr(ice.OpAccess, n) for n in ("WRITE", "COND_WRITE", "READ_WRITE", "READ_COND_WRITE"))


class Step:
    """One instruction, taken apart once."""

    __slots__ = ("i", "memory", "written")

    def __init__(self, i: Any, factory: Any) -> None:
        info = factory.info(i)
        self.i = i
        self.memory = [
            (m.base, m.index, m.scale, m.displacement_i64, ice.MemorySizeExt.size(m.memory_size), m.access in _READS, m.access in _WRITES)
            for m in info.used_memory()
            if m.access != ice.OpAccess.NO_MEM_ACCESS
        ]  # fmt: skip
        full = {ice.RegisterExt.full_register(r.register) for r in info.used_registers() if r.access in _WRITES}
        self.written = [PLACE[r] for r in full if r in PLACE] + [
            PLACE[R.XMM0 + r - R.ZMM0] for r in full if R.ZMM0 <= r < R.ZMM0 + 16
        ]


def full(register: int) -> int:
    found = ice.RegisterExt.full_register(register)
    return int(R.XMM0 + found - R.ZMM0 if R.ZMM0 <= found < R.ZMM0 + 32 else found)
