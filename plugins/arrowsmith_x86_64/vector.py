"""Vector idioms in the encoding that the target has: VEX with three operands, or SSE with two.

Invariant: one kernel uses one of the two throughout, so no transition between them costs anything.
"""

from __future__ import annotations

from typing import Final

from arrowsmith.errors import InternalError
from arrowsmith_x86_64.assembler import Assembler
from arrowsmith_x86_64.operands import EAX, RAX, RCX, Mem, Reg, narrow

#: weights of digit pairs, most significant first: 10·1, 100·1, 10000·1
TENS: Final = bytes((10, 1)) * 8
HUNDREDS: Final = bytes((100, 0, 1, 0)) * 4
MYRIADS: Final = (10000).to_bytes(2, "little") + b"\1\0"
#: added with saturation, it sets the top bit of every byte above 9
ABOVE_NINE: Final = bytes([0x76]) * 16


class Vectors:
    """Emits to an assembler."""

    def __init__(self, a: Assembler) -> None:
        self.a = a
        self.vex = "avx" in a.features
        self.wide = "avx2" in a.features
        self.shuffles = "ssse3" in a.features
        self.permutes = "avx512vbmi" in a.features

    def op(self, mnemonic: str, out: Reg, left: Reg, right: Reg | Mem | int) -> None:
        """*out* = *left* op *right*; *right* is not *out* unless it is *left*, too."""
        if out == right and out != left:
            raise InternalError(f"{mnemonic} would lose its right operand where instructions have two")
        if self.vex:
            getattr(self.a, "v" + mnemonic)(out, left, right)
            return
        if out != left:
            self.a.movdqa(out, left)
        getattr(self.a, mnemonic)(out, right)

    def whole(self, out: Reg | Mem, value: Reg | Mem) -> None:
        """16, 32 or 64 bytes from or to any address."""
        register = out if isinstance(out, Reg) else value
        assert isinstance(register, Reg)
        if register.kind == "ZMM":
            self.a.vmovdqu64(out, value)
        else:
            getattr(self.a, "vmovdqu" if self.vex else "movdqu")(out, value)

    def move(self, mnemonic: str, *operands: Reg | Mem) -> None:
        """movd, movq, pmovmskb, cvtsi2sd, …: instructions whose VEX form has the same operands."""
        getattr(self.a, ("v" if self.vex else "") + mnemonic)(*operands)

    def mask(self, out: Reg, value: Reg) -> None:
        """*out* (32 bits) = the top bits of the bytes of *value*."""
        self.move("pmovmskb", out, value)

    def zero(self, out: Reg) -> None:
        self.op("pxor", out, out, out)

    def same(self, out: Reg, byte: int) -> None:
        """*out* (16 or 32 bytes) = *byte* in every byte."""
        self.whole(out, self.a.const(bytes([byte]) * (32 if out.kind == "YMM" else 16)))

    def digits(self, lanes: Reg, count: int) -> None:
        """rax = the number whose *count* decimal digits are in the last of the 16 bytes of *lanes* (in the last of the first 8 where
        count ≤ 8), zeros before them.  Changes rcx and *lanes*.  SSSE3."""
        self.op("pmaddubsw", lanes, lanes, self.a.const(TENS))
        if count <= 2:
            getattr(self.a, "vpextrw" if self.vex else "pextrw")(EAX, lanes, 3)
            return
        self.op("pmaddwd", lanes, lanes, self.a.const(HUNDREDS))
        if count <= 4:
            self.move("movq", RAX, lanes)
            self.a.shift("shr", RAX, 32)
            return
        self.op("packssdw", lanes, lanes, lanes)
        self.op("pmaddwd", lanes, lanes, self.a.const(MYRIADS * 4))
        if count <= 8:
            self.move("movd", EAX, lanes)
            return
        self.move("movq", RAX, lanes)
        self.a.mov(narrow(RCX, 32), EAX)
        self.a.shift("shr", RAX, 32)
        self.a.imul(RCX, RCX, 100_000_000)
        self.a.add(RAX, RCX)
