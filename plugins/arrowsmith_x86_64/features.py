"""CPUID, asked by a generated stub, becomes the names of features that /proc/cpuinfo uses.

AVX and later count only where the operating system saves their registers (XGETBV, Intel SDM vol. 1, 14.3 and 15.2).
Invariant: the stub leaves its answers in the block it is given, and nothing else changes.
"""

from __future__ import annotations

import ctypes
import struct
from typing import Final

from arrowsmith.memory import Allocator
from arrowsmith_x86_64.abi import CONVENTIONS
from arrowsmith_x86_64.assembler import Assembler
from arrowsmith_x86_64.operands import EAX, EBX, ECX, EDX, RAX, RBP, RCX, d

#: the leaves that are asked: (eax, ecx)
LEAVES: Final = ((1, 0), (7, 0), (0x80000001, 0))

#: (leaf, register of a, b, c, d, bit) → name.  Intel SDM vol. 2A, CPUID; AMD APM vol. 3, appendix E (abm: LZCNT).
BITS: Final[dict[tuple[int, int, int], str]] = {
    (0, 2, 9): "ssse3", (0, 2, 19): "sse4_1", (0, 2, 20): "sse4_2", (0, 2, 22): "movbe", (0, 2, 23): "popcnt", (0, 2, 28): "avx",
    (1, 1, 3): "bmi1", (1, 1, 5): "avx2", (1, 1, 8): "bmi2", (1, 1, 16): "avx512f", (1, 1, 30): "avx512bw",
    (1, 1, 31): "avx512vl", (1, 2, 1): "avx512vbmi", (1, 2, 6): "avx512_vbmi2", (2, 2, 5): "abm",
}  # fmt: skip

#: names that need XCR0 to say that the system saves their registers, and the bits of it
SAVED: Final = {
    **dict.fromkeys(("avx", "avx2"), 0b110),
    **dict.fromkeys(("avx512f", "avx512bw", "avx512vl", "avx512vbmi", "avx512_vbmi2"), 0b11100110),
}

#: what a name implies; a set that lacks one of these is brought down to what is whole
IMPLIES: Final = {
    "sse4_1": {"ssse3"}, "sse4_2": {"sse4_1"}, "avx": {"sse4_2"}, "avx2": {"avx"}, "avx512f": {"avx2"},
    "avx512bw": {"avx512f"}, "avx512vl": {"avx512f"}, "avx512vbmi": {"avx512bw"},
    "avx512_vbmi2": {"avx512vbmi"},
}  # fmt: skip

#: everything that the emitter may make use of
KNOWN: Final = frozenset(BITS.values())


def stub(convention: str) -> bytes:
    """Code that fills its block: the largest leaves (basic, extended), then eax ebx ecx edx of each of `LEAVES`, then XCR0 (low half)."""
    a = Assembler()
    abi = CONVENTIONS[convention]
    abi.enter(a)
    for n, leaf in enumerate((0, 0x80000000)):
        a.keep_flags(RAX, leaf)
        a.cpuid()
        a.mov(d(RBP, 4 * n), EAX)
    for n, (leaf, sub) in enumerate(LEAVES):
        beyond = a.label()
        a.unsigned32("cmp", d(RBP, 4 * (leaf >> 31)), leaf)
        a.jump(beyond, "b")
        a.keep_flags(RAX, leaf)
        a.keep_flags(RCX, sub)
        a.cpuid()
        for m, register in enumerate((EAX, EBX, ECX, EDX)):
            a.mov(d(RBP, 8 + 16 * n + 4 * m), register)
        a.place(beyond)
    without = a.label()
    a.test(d(RBP, 8 + 8), 1 << 27)  # OSXSAVE: XGETBV may be executed
    a.jump(without, "e")
    a.xor(ECX, ECX)
    a.xgetbv()
    a.mov(d(RBP, 8 + 16 * len(LEAVES)), EAX)
    a.place(without)
    abi.leave(a, wide=False)
    return a.image()[0]


def named(block: bytes) -> frozenset[str]:
    """The names of what a block that the stub has filled says, whole sets only."""
    words = struct.unpack(f"<{len(block) // 4}I", block)
    saved = words[2 + 4 * len(LEAVES)]
    found = {
        name
        for (leaf, register, bit), name in BITS.items()
        if words[2 + 4 * leaf + register] >> bit & 1 and saved & SAVED.get(name, 0) == SAVED.get(name, 0)
    }
    return whole(frozenset(found))


def whole(names: frozenset[str]) -> frozenset[str]:
    """Those of *names* that the emitter knows and all of whose implied features are among them."""
    found = set(names & KNOWN)
    while lacking := {name for name in found if not IMPLIES.get(name, set()) <= found}:
        found -= lacking
    return frozenset(found)


#: what was found, by convention: a processor does not change under a process
_FOUND: dict[str, frozenset[str]] = {}


def host_features(allocator: Allocator, convention: str) -> frozenset[str]:
    """What this processor offers, found once a process by running the stub from memory of *allocator*.  Raises `ExecutableMemoryError`."""
    if convention not in _FOUND:
        _FOUND[convention] = _ask(allocator, convention)
    return _FOUND[convention]


def _ask(allocator: Allocator, convention: str) -> frozenset[str]:
    code = stub(convention)
    region = allocator.allocate(len(code))
    try:
        region.write(0, code)
        region.seal()
        block = (ctypes.c_uint32 * (3 + 4 * len(LEAVES)))()
        ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(region.address)(ctypes.addressof(block))
        return named(bytes(block))
    finally:
        region.release()
