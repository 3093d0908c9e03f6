"""Machine code that was changed in one place, class by class: what the verifier must find, and what it lets pass, with the reason.

It does not bound an index that the code computes, and does not know what the Program means: that is what `verify` proves of the Program,
and what the oracle, guard pages and `tox -e crashes` test of the code.  So another number may pass; another kind of access may not.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import random
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("iced_x86")

import iced_x86 as ice

from arrowsmith.program.kernel import Code, CodeMap, Target
from arrowsmith.testing.corpus import corpus
from arrowsmith.testing.machine_code import ALLOWED, names, verify_code
from arrowsmith.testing.machine_flow import Flow
from arrowsmith_x86_64 import X86_64

EMITTER = X86_64()
AVX2 = frozenset({"ssse3", "sse4_1", "sse4_2", "popcnt", "movbe", "avx", "avx2", "bmi1", "bmi2", "abm"})
NAMES = ("load_int_big_twos", "unpack_trailing_null", "text_cp037", "repeat_in_repeat", "frames_behind_a_length_rdw")
MADE = [
    (code, EMITTER.chart(code))
    for sample in corpus()
    if sample.name in NAMES
    for target in (Target(), Target(features=AVX2), Target(convention="win64", features=AVX2))
    for code in [EMITTER.emit(sample.program, target)]
]
FLIPS = 250

#: why a changed instruction of each class may pass
PASSES = {
    "same": "bits that the processor ignores, or another encoding of the same instruction",
    "immediate": "another number is computed, counted to or compared with",
    "register": "another number is computed, or an address is lost and never used as one",
    "another word": "another operation on the same operands, of the list: another number",
    "shorter or longer": "what follows is still instructions of the list, with operands that are judged",
    "branch": "it leads to another instruction of the same code, where every state is followed as well",
    "displacement": "another place of the same region: within reach, or a whole place of the block",
    "base": "another register that holds an address too, of what may be accessed so",
}


def decoded(data: bytes, chart: CodeMap) -> dict[int, ice.Instruction]:
    return {i.ip: i for i in ice.Decoder(64, data[chart.start :], ip=chart.start)}


def with_bytes(code: Code, place: int, content: bytes) -> Code:
    return dataclasses.replace(code, data=code.data[:place] + content + code.data[place + len(content) :])


def class_of(before: ice.Instruction, after: ice.Instruction | None) -> str:
    """What a change made of an instruction."""
    if after is None or before.len != after.len:
        return "shorter or longer"
    if str(before) == str(after):
        return "same"
    if before.mnemonic != after.mnemonic:
        return "another word"
    if before.flow_control in (1, 3, 5):
        return "branch"
    parts = ("memory_base", "memory_index", "memory_index_scale")
    if any(getattr(before, part) != getattr(after, part) for part in parts):
        return "base"
    if before.memory_displacement != after.memory_displacement:
        return "displacement"
    pairs = zip(operands(before), operands(after), strict=False)
    return "register" if any(a[0] == b[0] == ice.OpKind.REGISTER and a != b for a, b in pairs) else "immediate"


def operands(i: ice.Instruction) -> list[tuple[int, int]]:
    """Kind and register of each."""
    kinds = [(n, i.op_kind(n)) for n in range(i.op_count)]
    return [(kind, i.op_register(n) if kind == ice.OpKind.REGISTER else 0) for n, kind in kinds]


def led_to(found: dict[int, ice.Instruction], start: int) -> Iterator[ice.Instruction]:
    """The instructions that branches and what follows lead to from *start*, whatever the conditions."""
    seen, left = set(), [start]
    while left:
        ip = left.pop()
        if ip in seen or ip not in found:
            continue
        seen.add(ip)
        i = found[ip]
        yield i
        if i.flow_control in (1, 3, 5):  # a branch, one with a condition, a call
            left.append(i.near_branch_target)
        if i.flow_control in (0, 3, 5):
            left.append(i.next_ip)


def wrong(data: bytes, chart: CodeMap) -> Iterator[str]:
    """What no code may have that a branch leads to, seen without following any value: a check of the verifier by other means."""
    found = decoded(data, chart)
    reach = max(chart.reach.values())
    for i in led_to(found, chart.start):
        name = names("Mnemonic")[i.mnemonic]
        if name not in ALLOWED and name.removeprefix("V") not in ALLOWED:
            yield f"{i}: not on the list"
        if i.flow_control not in (0, 1, 3, 4, 5):
            yield f"{i}: goes elsewhere"
        if i.flow_control in (1, 3, 5) and i.near_branch_target not in found:
            yield f"{i}: leads to no instruction"
        if i.segment_prefix != ice.Register.NONE:
            yield f"{i}: has a segment"
        if name in ("LEA", "NOP") or not any(kind == ice.OpKind.MEMORY for kind, _ in operands(i)):
            continue
        by = i.memory_displacement - (1 << 64 if i.memory_displacement >> 63 else 0)
        if i.memory_base == ice.Register.NONE:
            yield f"{i}: at a number"
        elif i.memory_base == ice.Register.RIP:
            if not 0 <= by < len(data):
                yield f"{i}: outside the image"
        elif i.memory_base == ice.Register.RBP:
            if not 0 <= by < chart.context:
                yield f"{i}: outside the block"
        elif abs(by) > max(reach, 4096):
            yield f"{i}: too far"


def test_what_passes_is_of_a_class_that_has_its_reason(record_property: pytest.RecordProperty) -> None:
    """Single bits flipped at random: no mutant that passes has an instruction, branch or operand that other means find wrong, and each is
    of a known class."""
    chance = random.Random(4)
    passed: collections.Counter[str] = collections.Counter()
    for n in range(FLIPS):
        code, chart = MADE[n % len(MADE)]
        place = chance.randrange(chart.start, len(code.data))
        mutant = with_bytes(code, place, bytes([code.data[place] ^ 1 << chance.randrange(8)]))
        if verify_code(mutant, chart):
            continue
        assert not [*wrong(mutant.data, chart)]
        before, after = decoded(code.data, chart), decoded(mutant.data, chart)
        at = max(ip for ip in before if ip <= place)
        passed[class_of(before[at], after.get(at))] += 1
    record_property("passed", dict(passed))
    print(f"{passed.total()} of {FLIPS} pass: {dict(passed)}")

    assert set(passed) <= set(PASSES)
    assert passed.total() < FLIPS * 0.42


def fields(code: Code, chart: CodeMap) -> Iterator[tuple[ice.Instruction, Any]]:
    """Instructions, and where their displacement and immediate stand."""
    decoder = ice.Decoder(64, code.data[chart.start :], ip=chart.start)
    for i in decoder:
        yield i, decoder.get_constant_offsets(i)


@functools.cache
def reached_by(n: int) -> frozenset[int]:
    code, chart = MADE[n]
    flow = Flow(code.data, chart, decoded(code.data, chart), code.target.convention if code.target else "sysv")
    assert not flow.faults()
    return frozenset(flow._reached)


def reached(code: Code, chart: CodeMap) -> frozenset[int]:
    """The instructions that something leads to."""
    return reached_by(next(n for n, made in enumerate(MADE) if made[0] is code))


def mutants(kind: str, code: Code, chart: CodeMap, chance: random.Random) -> Iterator[tuple[str, Code]]:
    """Every change of one class."""
    starts = {i.ip for i, _ in fields(code, chart)}
    inside = [n for n in range(chart.start, len(code.data)) if n not in starts]
    reach = max(chart.reach.values())
    for i, at in fields(code, chart):
        if i.ip not in reached(code, chart):
            continue  # nothing leads there: operands are judged where something does
        where = i.ip + at.displacement_offset
        memory = any(k == ice.OpKind.MEMORY for k, _ in operands(i))
        of_block = memory and i.memory_base == ice.Register.RBP and at.displacement_size == 4
        access = of_block and i.mnemonic != ice.Mnemonic.LEA
        if kind == "a place outside the block" and access:
            for by in (chart.context, -8, 1 << 30):
                yield str(i), with_bytes(code, where, by.to_bytes(4, "little", signed=True))
        elif kind == "half of two places of the block" and access and ice.MemorySizeExt.size(i.memory_size) == 8:
            yield str(i), with_bytes(code, where, (i.memory_displacement ^ 4).to_bytes(4, "little"))
        elif kind == "an operand beyond reach" and memory and i.memory_base in (ice.Register.RSI, ice.Register.RDI):
            if at.displacement_size == 1 and reach < 127:
                for far in (127, -128):
                    yield str(i), with_bytes(code, where, far.to_bytes(1, "little", signed=True))
        elif kind == "a branch into an instruction or out of the code" and i.flow_control in (1, 3, 5):
            size = at.immediate_size
            place = i.ip + at.immediate_offset
            targets = [chance.choice(inside), len(code.data), len(code.data) + 4096, 0]
            for target in targets:
                by = target - i.next_ip
                if -(1 << 8 * size - 1) <= by < 1 << 8 * size - 1:
                    yield str(i), with_bytes(code, place, by.to_bytes(size, "little", signed=True))


@pytest.mark.parametrize(
    ("kind", "least"),
    [
        ("a place outside the block", 100),
        ("half of two places of the block", 60),
        ("an operand beyond reach", 20),
        ("a branch into an instruction or out of the code", 200),
    ],
)
def test_what_must_be_found_is_found_every_time(kind: str, least: int) -> None:
    """Every mutant of a class, at many places of several kernels."""
    chance = random.Random(5)
    tried = 0
    for code, chart in MADE:
        made = [*mutants(kind, code, chart, chance)]
        for what, mutant in chance.sample(made, min(len(made), 16)):
            assert verify_code(mutant, chart), (kind, code.program.name, what)
            tried += 1
    print(f"{kind}: {tried} of {tried} found")
    assert tried >= least
