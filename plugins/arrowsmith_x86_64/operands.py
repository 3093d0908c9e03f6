"""Operands of x86-64 instructions: registers by iced-x86's numbers, and places in memory."""

from __future__ import annotations

from typing import Any, Final

import iced_x86

#: untyped, because its stubs take no number for a register
ice: Any = iced_x86


class Reg(int):
    """A register by iced's number; ``kind`` is what the names of encodings call it."""

    kind: str
    word: str

    def __new__(cls, number: int, kind: str, word: str) -> Reg:
        made = super().__new__(cls, number)
        made.kind, made.word = kind, word
        return made

    def __repr__(self) -> str:
        return self.word


class Mem:
    """A memory operand of ``bits`` bits."""

    __slots__ = ("kind", "place")

    def __init__(self, bits: int, base: int, disp: int = 0, index: int = 0, scale: int = 1) -> None:
        self.kind = bits
        self.place = ice.MemoryOperand(base, index, scale, disp, 8 if base == RIP else 1 if disp else 0)


def _registers() -> dict[str, Reg]:
    found = {}
    for name in dir(ice.Register):
        kind = (
            "R64" if name in _WIDE or (name[0] == "R" and name[1:].isdigit()) else
            "R32" if name in {"E" + n[1:] for n in _WIDE} or (name[0] == "R" and name[-1] == "D" and name[1:-1].isdigit()) else
            "R16" if name in {n[1:] for n in _WIDE} or (name[0] == "R" and name[-1] == "W" and name[1:-1].isdigit()) else
            "R8" if name in _BYTES or (name[0] == "R" and name[-1] == "L" and name[1:-1].isdigit()) else
            name[:3] if name[:3] in ("XMM", "YMM", "ZMM") and name[3:].isdigit() else
            "KR" if name[0] == "K" and name[1:].isdigit() else ""
        )  # fmt: skip
        if kind:
            found[name] = Reg(getattr(ice.Register, name), kind, name.lower())
    return found


_WIDE: Final = ("RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI")
_BYTES: Final = ("AL", "CL", "DL", "BL", "SPL", "BPL", "SIL", "DIL")
REG: Final = _registers()
RIP: Final = int(ice.Register.RIP)

RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI = (REG[n] for n in _WIDE)
EAX, ECX, EDX, EBX, EBP, ESI, EDI = (REG["E" + n] for n in ("AX", "CX", "DX", "BX", "BP", "SI", "DI"))
AX, CX, DX, AL, CL, DL = (REG[n] for n in ("AX", "CX", "DX", "AL", "CL", "DL"))
R8, R9, R10, R11, R12, R13, R14, R15 = (REG[f"R{n}"] for n in range(8, 16))
R8D, R9D, R10D, R11D, R12D, R13D, R14D, R15D = (REG[f"R{n}D"] for n in range(8, 16))
XMM: Final = tuple(REG[f"XMM{n}"] for n in range(32))
YMM: Final = tuple(REG[f"YMM{n}"] for n in range(32))
ZMM: Final = tuple(REG[f"ZMM{n}"] for n in range(32))
K1, K2 = REG["K1"], REG["K2"]

_NARROW: Final = {
    (REG[wide], bits): REG[name]
    for wide, *names in [
        *((n, "E" + n[1:], n[1:], low) for n, low in zip(_WIDE, _BYTES, strict=True)),
        *((f"R{n}", f"R{n}D", f"R{n}W", f"R{n}L") for n in range(8, 16)),
    ]
    for bits, name in zip((64, 32, 16, 8), (wide, *names), strict=True)
}


def narrow(register: Reg, bits: int) -> Reg:
    """The low *bits* bits of a 64-bit register."""
    return _NARROW[register, bits]


def b(base: int, disp: int = 0, index: int = 0, scale: int = 1) -> Mem:
    """One byte in memory."""
    return Mem(8, base, disp, index, scale)


def w(base: int, disp: int = 0, index: int = 0, scale: int = 1) -> Mem:
    """Two bytes in memory."""
    return Mem(16, base, disp, index, scale)


def d(base: int, disp: int = 0, index: int = 0, scale: int = 1) -> Mem:
    """Four bytes in memory."""
    return Mem(32, base, disp, index, scale)


def q(base: int, disp: int = 0, index: int = 0, scale: int = 1) -> Mem:
    """Eight bytes in memory."""
    return Mem(64, base, disp, index, scale)


def x(base: int, disp: int = 0, index: int = 0, scale: int = 1) -> Mem:
    """Sixteen bytes in memory."""
    return Mem(128, base, disp, index, scale)


def y(base: int, disp: int = 0, index: int = 0, scale: int = 1) -> Mem:
    """Thirty-two bytes in memory."""
    return Mem(256, base, disp, index, scale)


def z(base: int, disp: int = 0, index: int = 0, scale: int = 1) -> Mem:
    """Sixty-four bytes in memory."""
    return Mem(512, base, disp, index, scale)
