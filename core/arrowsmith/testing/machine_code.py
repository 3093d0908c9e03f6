"""Machine code is checked by reading it: `verify_code` gives what is wrong with the x86-64 code of one Program.

Every byte behind the constants is an instruction of a list; none calls the system, goes where a register says, or uses a feature beyond
the target; branches lead to instructions of the same code; and, by following addresses from the argument on (`machine_flow`), every
memory operand is based on one, with a displacement within bounds, and nothing is written but output, the block and the stack.
Invariant: it shares nothing with an emitter but `CodeMap`.  It does not bound an index: that is what `verify` shows of the Program.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Final

from arrowsmith.program.kernel import Code, CodeMap

#: conditions of jumps, moves and sets
_CONDITIONS: Final = ("A", "AE", "B", "BE", "E", "NE", "G", "GE", "L", "LE", "O", "NO", "S", "NS", "P", "NP")
_WORDS: Final = """
    ADC ADD AND BSF BSR BSWAP BT BTC BTR BTS CALL CDQ CDQE CLC CMP CQO DEC DIV IDIV IMUL INC JMP LEA LZCNT MOV MOVBE MOVSX
    MOVSXD MOVZX MUL MULX NEG NOP NOT OR ANDN BEXTR BLSI BLSMSK BLSR BZHI PDEP PEXT POP POPCNT PUSH RET ROL ROR RORX SAR SARX
    SBB SHL SHLD SHLX SHR SHRD SHRX STC SUB TEST TZCNT XCHG XOR VZEROUPPER KMOVB KMOVD KMOVQ KMOVW KORQ KORTESTQ KORTESTD KTESTQ
    ADDSD ADDSS CVTSD2SS CVTSI2SD CVTSS2SD CVTTSD2SI DIVSD MAXSD MINSD MOVD MOVDQA MOVDQU MOVQ MOVUPS MULSD SUBSD UCOMISD
    SQRTSD PACKSSDW PACKUSWB PADDB PADDD PADDQ PADDUSB PADDW PALIGNR PAND PANDN PCMPEQB PCMPEQD PCMPEQW PCMPGTB PCMPGTD
    PCMPGTW PEXTRW PINSRD PINSRQ PINSRW PMADDUBSW PMADDWD PMOVMSKB POR PSHUFB PSHUFD PSLLD PSLLDQ PSLLQ PSLLW PSRLD PSRLDQ
    PSRAD PSRLQ PSRLW PSUBB PSUBD PSUBW PUNPCKHBW PUNPCKHDQ PUNPCKHQDQ PUNPCKLBW PUNPCKLDQ PUNPCKLQDQ PUNPCKLWD PXOR PBLENDVB PMOVZXBW
    PMOVSXDQ PMOVSXWD PMAXUB PMINUB PTEST VBROADCASTI128 VINSERTI128 VEXTRACTI128 VMOVDQA64 VMOVDQU64 VMOVDQU8 VPBROADCASTB
    VPBROADCASTD VPBROADCASTQ VPERM2I128 VPERMI2B VPERMB VPERMQ VPERMT2B VPMOVB2M VPMOVM2B VPTERNLOGD VPTERNLOGQ VPCMPB
    VPCMPUB PREFETCHT0 VPCOMPRESSB VPMOVZXBW VPORQ VPTESTMB VEXTRACTI64X4
"""
#: what a kernel may be made of, by mnemonic: arithmetic and moves of general registers and vectors, jumps and calls of what is near
ALLOWED: Final = frozenset(_WORDS.split()) | {f"{word}{c}" for word in ("J", "CMOV", "SET") for c in _CONDITIONS}  # fmt: skip
#: what a stub that asks for the processor's features is made of besides
FEATURE_STUB: Final = frozenset({"CPUID", "XGETBV"})

#: iced's names of features → those of /proc/cpuinfo; what is not here is part of every x86-64 processor
_FEATURES: Final = {
    "SSSE3": "ssse3", "SSE3": "sse3", "SSE4_1": "sse4_1", "SSE4_2": "sse4_2", "POPCNT": "popcnt", "MOVBE": "movbe", "AVX": "avx",
    "AVX2": "avx2", "BMI1": "bmi1", "BMI2": "bmi2", "LZCNT": "abm", "AVX512F": "avx512f", "AVX512BW": "avx512bw", "AVX512VL": "avx512vl",
    "AVX512_VBMI": "avx512vbmi", "AVX512_VBMI2": "avx512_vbmi2", "AVX512DQ": "avx512dq",
}  # fmt: skip
_BASELINE: Final = frozenset({
    "INTEL8086", "INTEL186", "INTEL286", "INTEL386", "INTEL486", "X64", "CMOV", "SSE", "SSE2", "MULTIBYTENOP", "CPUID", "XSAVE",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at ``place`` of the image, with the instruction there."""

    place: int
    what: str
    instruction: str = ""

    def __str__(self) -> str:
        return f"{self.place:#x}: {self.what}{f': {self.instruction}' if self.instruction else ''}"


@cache
def _iced() -> ModuleType:
    import iced_x86

    return iced_x86


@cache
def names(kind: str) -> dict[int, str]:
    """The names of iced's numbers of one *kind*: Mnemonic, Register, CpuidFeature, …"""
    return {n: name for name, n in vars(getattr(_iced(), kind)).items() if isinstance(n, int)}


def verify_code(code: Code, chart: CodeMap, *, besides: frozenset[str] = frozenset()) -> list[Fault]:
    """What is wrong with *code*, of which *chart* says how it is laid out; *besides*: mnemonics that are allowed here too.

    Needs the package iced-x86.  Raises ValueError for a machine other than x86-64.
    """
    if chart.machine != "x86-64":
        raise ValueError(f"machine code of {chart.machine} is not known here")
    found = [*_shape(code.data, chart)]
    if found:
        return found
    instructions = {i.ip: i for i in _iced().Decoder(64, code.data[chart.start :], ip=chart.start)}
    features = code.target.features if code.target else frozenset()
    for i in instructions.values():
        if (what := _unfit(i, features, besides)) or (what := _astray(i, instructions)):
            found.append(Fault(i.ip, what, str(i)))
    if found:
        return found  # where it goes cannot be followed
    from arrowsmith.testing.machine_flow import Flow

    flow = Flow(code.data, chart, instructions, code.target.convention if code.target else "sysv")
    return [Fault(place, what, str(instructions[place])) for place, what in flow.faults()]


def _shape(data: bytes, chart: CodeMap) -> list[Fault]:
    """The entry jumps to the code; constants lie before it; a last instruction is whole."""
    if data[:1] != b"\xe9" or 5 + int.from_bytes(data[1:5], "little", signed=True) != chart.start:
        return [Fault(0, "the entry does not jump to the code's start")]
    return [
        Fault(place, f"a constant of {size} bytes lies outside the image's data")
        for place, size in chart.constants
        if not 5 <= place <= place + size <= chart.start
    ]


def _unfit(i: Any, features: frozenset[str], besides: frozenset[str]) -> str | None:
    """Why an instruction may not be in a kernel, wherever it stands."""
    ice = _iced()
    name = names("Mnemonic")[i.mnemonic]
    if i.is_invalid:
        return "no instruction"
    vector = name.startswith("V") and name[1:] in ALLOWED
    if not (name in ALLOWED or vector or name in besides):
        return "not on the list"
    if i.flow_control not in _FLOWS:
        return "goes where a register or the system says"
    if i.segment_prefix != ice.Register.NONE or i.has_lock_prefix or i.has_rep_prefix or i.has_repne_prefix:
        return "has a prefix"
    if any(i.op_kind(n) == ice.OpKind.REGISTER and not _is_usual(i.op_register(n)) for n in range(i.op_count)):
        return "names a register of the system's"
    for feature in map(names("CpuidFeature").__getitem__, i.cpuid_features()):
        if _FEATURES.get(feature) not in features and feature not in _BASELINE:
            return f"needs {_FEATURES.get(feature, feature)}, which the target lacks"
    return None


def _is_usual(register: int) -> bool:
    """A general, vector or mask register."""
    known = _iced().RegisterExt
    return bool(known.is_gpr(register) or known.is_vector_register(register) or known.is_k(register))


#: nothing, a near jump, a near jump on a condition, a return, a near call
_FLOWS: Final = frozenset({0, 1, 3, 4, 5})


def _astray(i: Any, instructions: dict[int, Any]) -> str | None:
    """Why a branch may not lead where it does, or the code end here."""
    if i.flow_control in (1, 3, 5) and i.near_branch_target not in instructions:
        return "leads to no instruction of this code"
    if i.flow_control not in (1, 4) and i.next_ip not in instructions:
        return "runs over the code's end"
    return None
