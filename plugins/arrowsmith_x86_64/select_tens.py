"""An integer times a power of ten, as the double that is nearest: `let tens`.

The integer, its first bit moved to bit 63, is multiplied by the 128 uppermost bits of a power of five; for integers of 64 bits these
tell always how the exact product rounds.  Source: Lemire, Number parsing at a gigabyte per second (2021), and Mushtak and Lemire, Fast
number parsing without fallback (2023).
"""

from __future__ import annotations

import struct
from functools import cache

from arrowsmith.program.ops import TENS
from arrowsmith_x86_64.operands import CL, EAX, ECX, R8, R9, R10, R11, RAX, RCX, RDI, RDX, RIP, XMM, q
from arrowsmith_x86_64.select import Selector

#: 2^16 × log2(10): a power of ten times it, shifted down, is the exponent of its first bit
LOG2 = 217706
#: powers of ten whose products with an integer can lie just between two doubles
TIES = range(-4, 24)


@cache
def powers() -> bytes:
    """The upper halves of the 128 bits of each power of `TENS`, then the lower ones; of negative powers they are rounded up."""
    found = []
    for n in TENS:
        if n >= 0:
            five = 5**n
            found.append(five << 128 >> five.bit_length())
        else:
            five = 5**-n
            found.append((1 << 127 + (five - 1).bit_length()) // five + 1)
    words = [n >> 64 for n in found] + [n & (1 << 64) - 1 for n in found]
    return struct.pack(f"<{len(words)}Q", *words)


def tens(s: Selector) -> None:
    """xmm0 = rax × 10^rcx; traps where the power is not one of `TENS`."""
    s.a.sub(RCX, TENS.start)
    s.a.cmp(RCX, len(TENS))
    s.a.jump(s.trap, "ae")
    s.a.call(s.routine("times a power of ten", lambda: _emit(s)))


def _emit(s: Selector) -> None:
    """xmm0 = rax × 10^(rcx − 128).  Changes rax, rcx, rdx, rdi, r8–r11."""
    a = s.a
    zero, rounded = a.label(), a.label()
    s.v.zero(XMM[0])
    a.mov(R8, RAX)
    a.shift("sar", R8, 63)
    a.xor(RAX, R8)
    a.sub(RAX, R8)  # the magnitude, of 64 bits
    a.jump(zero, "e")
    a.mov(R11, RCX)
    a.lea(R9, q(RCX, TENS.start))
    a.imul(R9, R9, LOG2)
    a.shift("sar", R9, 16)
    a.bsr(RCX, RAX)
    a.lea(
        R9, q(R9, 1023, RCX)
    )  # the double's exponent if the product has 127 bits: its first bit is worth the integer's × the power's
    a.xor(ECX, 63)
    a.shl(RAX, CL)
    a.mov(R10, RAX)
    a.lea(RDI, q(RIP, a.data(powers(), 64)))
    a.mul(q(RDI, 8 * len(TENS), R11, 8))
    a.mov(RCX, RDX)
    a.mov(RAX, R10)
    a.mul(q(RDI, 0, R11, 8))
    a.add(RAX, RCX)
    a.adc(RDX, 0)
    a.mov(RCX, RDX)
    a.shift("shr", RCX, 63)
    a.add(R9, RCX)
    a.add(ECX, 64 - 55)
    a.mov(R10, RDX)
    a.shr(R10, CL)  # 53 bits, and the one that rounds
    a.cmp(RAX, 1)
    a.jump(rounded, "a")
    a.lea(RAX, q(R11, TENS.start - TIES.start))
    a.cmp(RAX, len(TIES))
    a.jump(rounded, "ae")
    a.mov(RAX, R10)
    a.and_(EAX, 3)
    a.cmp(EAX, 1)
    a.jump(rounded, "ne")
    a.mov(RAX, R10)
    a.shl(RAX, CL)
    a.cmp(RAX, RDX)
    a.jump(rounded, "ne")
    a.and_(R10, -2)  # just between two doubles: to the even one
    a.place(rounded)
    a.mov(RAX, R10)
    a.and_(EAX, 1)
    a.add(RAX, R10)
    a.shift("shr", RAX, 1)
    a.dec(R9)  # for the first bit of the fraction, which is added to the exponent: also where rounding made it one more
    a.shift("shl", R9, 52)
    a.add(RAX, R9)
    a.shift("shl", R8, 63)
    a.or_(RAX, R8)
    s.v.move("movq", XMM[0], RAX)
    a.place(zero)
    a.ret()
