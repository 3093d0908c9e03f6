"""The verifier of machine code: what the emitter makes passes, and code that was tampered with does not."""

from __future__ import annotations

import dataclasses
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("iced_x86")

import iced_x86

import arrowsmith_x86_64
from arrowsmith.program.kernel import Code, CodeMap, Target
from arrowsmith.program.text import parse_program
from arrowsmith.testing.corpus import corpus
from arrowsmith.testing.machine_code import ALLOWED, FEATURE_STUB, verify_code
from arrowsmith_x86_64 import X86_64
from arrowsmith_x86_64.features import stub

EMITTER = X86_64()
AVX2 = frozenset({"ssse3", "sse4_1", "sse4_2", "popcnt", "movbe", "avx", "avx2", "bmi1", "bmi2", "abm"})
#: with loops, lists, texts, decimals, a framer, routines
NAMES = ("load_int_big_twos", "unpack_trailing_null", "text_cp037", "repeat_in_repeat", "frames_behind_a_length_rdw")
SAMPLES = {sample.name: sample.program for sample in corpus() if sample.name in NAMES}
TARGETS = (Target(), Target(features=AVX2), Target(convention="win64", features=AVX2))
#: code and its map, of each sample for each target
MADE = [
    (code, EMITTER.chart(code)) for p in SAMPLES.values() for target in TARGETS for code in [EMITTER.emit(p, target)]
]


def instructions(code: Code, chart: CodeMap) -> Iterator[iced_x86.Instruction]:
    return iter(iced_x86.Decoder(64, code.data[chart.start :], ip=chart.start))


def patched(code: Code, place: int, length: int, content: bytes) -> Code:
    """*code* with the *length* bytes at *place* replaced by *content* and instructions that do nothing."""
    assert len(content) <= length
    filled = content + b"\x90" * (length - len(content))
    return dataclasses.replace(code, data=code.data[:place] + filled + code.data[place + length :])


def test_what_the_emitter_makes_passes() -> None:
    """No fault, for either convention, with and without vectors; the suite of emitters checks all that it emits."""
    for code, chart in MADE:
        assert not verify_code(code, chart), code.program.name


STEPS = """program steps table {
  column c0 l0 i64 c0
  registers i64
  site @0 path="A"
  do {
    need 60 @0
    skip 60
    need 60 @0
    skip 60
    need 60 @0
    r0 = load.int +52 size=8 encoding=twos @0
    put c0 r0
  }
}
"""


def test_what_is_skipped_step_by_step_is_within_reach() -> None:
    """Skips move no address: a load behind them has their sum in its displacement, and no more than that may it have."""
    code = EMITTER.emit(parse_program(STEPS), Target())
    chart = EMITTER.chart(code)

    assert any(i.memory_displacement == 172 for i in instructions(code, chart))
    assert not verify_code(code, chart)
    near = dataclasses.replace(chart, reach={**chart.reach, "input": 171})
    assert "reaches 172 bytes from an address of input" in {fault.what for fault in verify_code(code, near)}


def test_a_stream_inside_ends_within_reach() -> None:
    """Where it ends is looked at, however little is read of it."""
    inside = (
        STEPS.partition("    need")[0]
        + "    within 80 @0 {\n      need 8 @0\n      r0 = load.int +0 size=8 @0\n    }\n    put c0 r0\n  }\n}\n"
    )
    code = EMITTER.emit(parse_program(inside), Target())

    assert any(i.memory_displacement == 80 for i in instructions(code, EMITTER.chart(code)))
    assert not verify_code(code, EMITTER.chart(code))


SOMETIMES = """program sometimes framer {
  charset ascii [CHARACTERS]
  registers text i64 i64 i64
  site @0 path="A"
  do {
    at 0 @0 {
      need 16 @0
      r0 = text +6 10 charset=ascii trim=both absent=x'00' @0
      r1 = text.let int r0 @0
      r2 = let copy r1
      skip 16
    }
    need r2 @0
    r3 = tell
    frame r3 r2
    skip r2
  }
}
""".replace("CHARACTERS", " ".join(json.dumps(chr(n)) for n in range(256)))


@pytest.mark.parametrize("target", TARGETS)
def test_a_text_that_is_absent_is_never_followed(target: Target) -> None:
    """Where the place that says whether there is a text holds a known number, the jump on it goes one way: what a register holds instead
    of the text is taken for none, and neither is the address of nothing."""
    code = EMITTER.emit(parse_program(SOMETIMES), target)

    assert not verify_code(code, EMITTER.chart(code))


@pytest.mark.parametrize("convention", ["sysv", "win64"])
def test_the_stub_that_asks_for_features_passes(convention: str) -> None:
    """It may ask the processor besides, which a kernel may not."""
    code = dataclasses.replace(MADE[0][0], data=stub(convention), target=Target(convention=convention))
    chart = dataclasses.replace(MADE[0][1], start=64, constants=(), addresses={}, context=60, fresh=0)

    assert not verify_code(code, chart, besides=FEATURE_STUB)
    assert {fault.what for fault in verify_code(code, chart)} == {"not on the list"}


#: instructions that a kernel must not have, wherever they stand
FORBIDDEN = {
    "syscall": "0f05",
    "sysenter": "0f34",
    "int 80h": "cd80",
    "int3": "cc",
    "jmp rax": "ffe0",
    "call rax": "ffd0",
    "jmp [rbp]": "ff6500",
    "far return": "cb",
    "hlt": "f4",
    "in al, dx": "ec",
    "rdmsr": "0f32",
    "wrfsbase rax": "f3480faed0",
    "xgetbv": "0f01d0",
    "cpuid": "0fa2",
    "rep movsb": "f3a4",
    "mov rax, fs:[rbp]": "64488b4500",
    "lock inc [rbp]": "f0ff4500",
    "mov ds, ax": "8ed8",
    "mov [0x12345678], eax": "890425" + "78563412",
    "mov [ecx], eax": "678901",
    "mov rax, [rbp - 8]": "488b45f8",
    "mov rax, [rbp + 1 MiB]": "488b85" + "00001000",
    "mov [rip + 0], eax": "890500000000",
    "mov [rsp + 64], rax": "4889442440",
    "push [rbp]": "ff7500",
    "pop rsp": "5c",
    "fld1": "d9e8",
    "mov cr0, rax": "0f22c0",
    "pxor mm0, mm0": "0fefc0",
    "jump to the image's start": "e9",
    "jump out of the image": "e9",
    "jump into an instruction": "e9",
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_a_kernel_must_not_have_is_found_wherever_it_stands(name: str) -> None:
    """In place of any instruction that is long enough and reached."""
    tried = 0
    for code, chart in MADE[:6]:
        found = [i for i in instructions(code, chart) if i.flow_control == iced_x86.FlowControl.NEXT]
        longest = [i for i in found if i.len >= 7][:12]
        for i in longest[:: 1 if len(longest) < 6 else 3]:
            content = bytes.fromhex(FORBIDDEN[name])
            if name.startswith("jump"):
                target = len(code.data) + 64 if "out" in name else i.ip + 1 if "into" in name else 0
                content += (target - (i.ip + 5)).to_bytes(4, "little", signed=True)
            assert verify_code(patched(code, i.ip, i.len, content), chart), (name, code.program.name, str(i))
            tried += 1
    assert tried > 10


def test_an_address_that_was_a_number_is_found() -> None:
    """Each load of an address from the block replaced by a number: what is then based on it is found."""
    tried = 0
    for code, chart in MADE:
        for n, i in enumerate(instructions(code, chart)):
            loads = i.mnemonic == iced_x86.Mnemonic.MOV and i.op1_kind == iced_x86.OpKind.MEMORY and i.len >= 7
            if not loads or i.memory_base != iced_x86.Register.RBP or i.memory_displacement not in chart.addresses:
                continue
            if n % 4 and tried > 20:
                continue  # some of the many in large code
            register = i.op0_register - iced_x86.Register.RAX
            if not 0 <= register < 8 or chart.addresses[i.memory_displacement] != "output":
                continue
            rogue = bytes([0xB8 + register]) + (0x12345678).to_bytes(4, "little")  # mov e.., 0x12345678
            assert any(
                "based on number" in fault.what for fault in verify_code(patched(code, i.ip, i.len, rogue), chart)
            )
            tried += 1
    assert tried > 30


def test_a_store_into_the_input_is_found() -> None:
    """rsi is where the record is read: `mov [rsi], eax` in place of a load from it."""
    code, chart = MADE[0]
    loads = [
        i
        for i in instructions(code, chart)
        if i.memory_base == iced_x86.Register.RSI and i.mnemonic == iced_x86.Mnemonic.MOV
    ]
    for i in loads:
        assert "writes to input" in {f.what for f in verify_code(patched(code, i.ip, i.len, b"\x89\x06"), chart)}
    assert loads


def test_a_register_that_the_caller_keeps_is_found() -> None:
    """Each push or pop of the way in and out replaced by nothing."""
    for code, chart in MADE:
        first = [i for i in instructions(code, chart) if i.mnemonic == iced_x86.Mnemonic.PUSH][:6]
        for i in first:
            assert verify_code(patched(code, i.ip, i.len, b""), chart)


def test_code_beyond_its_target_is_found() -> None:
    """Code of AVX2 said to be for the baseline."""
    code, chart = next(m for m in MADE if m[0].program.name == MADE[6][0].program.name and m[0].target == TARGETS[1])
    faults = verify_code(dataclasses.replace(code, target=Target()), chart)

    assert faults
    assert all("which the target lacks" in fault.what for fault in faults)


def test_the_list_knows_what_the_emitter_says() -> None:
    """Instructions of the paths that few Programs take, too: those that the emitter's source names between quotes or as iced's codes."""
    mnemonics = {name for name, n in vars(iced_x86.Mnemonic).items() if isinstance(n, int)}
    source = "\n".join(p.read_text(encoding="utf-8") for p in Path(arrowsmith_x86_64.__file__).parent.glob("*.py"))
    named = {word.upper() for word in re.findall(r'"([a-z]+[a-z0-9]*)"', source)}
    named |= {word.split("_")[0] for word in re.findall(r"\b[A-Z][A-Z0-9]+_[A-Z0-9_]+\b", source)}
    words = {"INT", "OUT", "ENTER", "LEAVE", "STR"}  # English
    unknown = {n for n in named & mnemonics if n not in ALLOWED and not (n[0] == "V" and n[1:] in ALLOWED)}

    assert unknown - words <= FEATURE_STUB
    assert {"PSRAD", "PUNPCKHDQ", "PMOVSXDQ"} <= named


def test_another_machine_is_said() -> None:
    """ValueError, with its name."""
    code, chart = MADE[0]
    with pytest.raises(ValueError, match="aarch64"):
        verify_code(code, dataclasses.replace(chart, machine="aarch64"))


def test_how_many_flipped_bits_are_found(record_property: pytest.RecordProperty) -> None:
    """Of single bits flipped at random in the code, more than half.  The rest computes something else in the same bounds: another
    constant, another register of the same kind; what it computes is for the oracle to find."""
    chance = random.Random(4)
    found, tried = 0, 250
    for n in range(tried):
        code, chart = MADE[n % len(MADE)]
        place = chance.randrange(chart.start, len(code.data))
        flipped = code.data[place] ^ 1 << chance.randrange(8)
        found += bool(verify_code(patched(code, place, 1, bytes([flipped])), chart))
    record_property("found", found / tried)
    print(f"{found} of {tried} flipped bits are found")

    assert found > 0.5 * tried
