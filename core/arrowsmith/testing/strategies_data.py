"""Programs → data that mostly suit them: `inputs_for` a table's, `windows_for` a framer's.

The oracle runs over random bytes with a hand on each load: bytes that an op is about to read are first made such that it takes them, nearly
always.  So counts are small, digits are digits, marks are there; what follows is cut, and sometimes damaged.
"""

from __future__ import annotations

import contextlib
import random
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from arrowsmith.charsets import Charset
from arrowsmith.columns import Frames, Input, Memory
from arrowsmith.digits import DIGIT_TABLES
from arrowsmith.program import ops as o
from arrowsmith.program.arithmetic import Value
from arrowsmith.program.floats import KINDS
from arrowsmith.program.machine import Machine, More, Stream, Trapped
from arrowsmith.program.meaning import MEANING
from arrowsmith.program.ops import Op
from arrowsmith.program.oracle import _endless
from arrowsmith.program.program import Program
from arrowsmith.program.record import Record
from arrowsmith.testing.harness import new_frames, new_input


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Records for a Program, and what else they are read with; `input` makes an `Input` of it on any memory."""

    data: bytes
    frames: tuple[tuple[int, int], ...]
    parameters: tuple[int, ...] = ()
    carried: tuple[tuple[int, ...], ...] = ()
    stride: int = 0

    def input(self, memory: Callable[[bytes], Memory] | None = None) -> Input:
        frames = self.stride or self.frames
        return new_input(self.data, frames, parameters=self.parameters, carried=self.carried, memory=memory)


#: bytes that mean something to some op
PLAUSIBLE = b"\x00\x01\x02\x03\x0c\x0d\x0a\x20\x40\x4b\x4e\x60\xf0\xf1\xf9\xc0\xc3\xd0\xd5+-.,09AJp\x7f\x80\xff\x1c\x9f"


@st.composite
def inputs_for(draw: st.DrawFn, program: Program, most: int = 12) -> Given:
    """Up to *most* records for the table or header *program*."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    count = draw(st.integers(0, most))
    parameters = tuple(rng.choice((0, 1, 2, 5, -1, 2**40)) for _ in program.parameters)
    carried = tuple(tuple(rng.choice((0, 1, 7, -3, 2**62)) for _ in range(count)) for _ in range(8))
    if not any(isinstance(op, o.Carried) for op in o.walk(program.body)):
        carried = ()
    records = [_record(program, rng, parameters, tuple(c[i] for c in carried)) for i in range(count)]
    if program.size:
        data = b"".join(records)
        return Given(
            data=data,
            frames=tuple((i * program.size, program.size) for i in range(count)),
            parameters=parameters,
            carried=carried,
            stride=program.size,
        )
    gap = rng.choice((0, 0, 1, 4))
    frames, at = [], 0
    for record in records:
        frames.append((at, len(record)))
        at += len(record) + gap
    return Given(data=bytes(gap).join(records), frames=tuple(frames), parameters=parameters, carried=carried)


def _record(program: Program, rng: random.Random, parameters: tuple[int, ...], carried: tuple[int, ...]) -> bytes:
    size = program.size or rng.choice((256, 1024))
    data = bytearray(_noise(rng, size))
    hand = Hand(program, rng, data)
    source = Input(
        Memory(0, memoryview(data)), parameters=parameters, carried=tuple(memoryview(_q(c)).cast("q") for c in carried)
    )
    stream = Stream(memoryview(data), 0)
    machine = Machine(
        program,
        source,
        stream,
        stream,
        0,
        hand.meaning(),
        [None] * len(program.registers),
        Record(program, _endless(program), 0),
    )
    with contextlib.suppress(Trapped):  # a record that fails is as good a test as any
        machine.element(0, 0, program.body)
    if not program.size:
        cut = rng.choice((0,) * 12 + (1, 5, -1, -7))
        return _damaged(rng, bytes(data[: max(hand.touched + cut, 0)]))
    return _damaged(rng, bytes(data))


def _q(value: int) -> bytes:
    return value.to_bytes(8, "little", signed=True)


def _noise(rng: random.Random, size: int) -> bytes:
    return bytes(rng.choices(PLAUSIBLE, k=size)) if rng.random() < 0.5 else rng.randbytes(size)


def _damaged(rng: random.Random, data: bytes) -> bytes:
    damaged = bytearray(data)
    for _ in range(rng.choice((0, 0, 0, 0, 1, 2)) if data else 0):
        damaged[rng.randrange(len(data))] = rng.choice((rng.randrange(256), rng.choice(PLAUSIBLE)))
    return bytes(damaged)


@dataclass(slots=True)
class Hand:
    """Writes what an op is about to read.  ``touched``: bytes from the record's start that some op asked for."""

    program: Program
    rng: random.Random
    data: bytearray
    touched: int = 0
    fixed: set[int] = field(default_factory=set)

    def meaning(self) -> Mapping[type[Op], Callable[[Machine, Any], None]]:
        return {cls: self._guided(cls, means) for cls, means in MEANING.items()}

    def _guided(self, cls: type[Op], means: Callable[[Machine, Any], None]) -> Callable[[Machine, Any], None]:
        prepare = PREPARE.get(cls)

        def run(machine: Machine, op: Any) -> None:
            if prepare and not machine.stream.made:
                prepare(self, machine, op)
            means(machine, op)

        return run

    def write(self, machine: Machine, at: int, data: bytes) -> None:
        """*data*, *at* bytes behind the cursor, but for bytes that were read before."""
        start = machine.stream.origin + machine.cursor + at
        end = min(start + len(data), machine.stream.origin + len(machine.stream.data))
        for i in range(max(start, 0), end):
            if i not in self.fixed:
                self.data[i] = data[i - start]
            self.fixed.add(i)
        self.touch(machine, at + len(data))

    def touch(self, machine: Machine, n: int) -> None:
        if machine.stream is machine.root or not machine.stream.made:
            end = min(machine.stream.origin + machine.cursor + n, len(self.data))
            self.touched = max(self.touched, end)

    def some(self, machine: Machine, operand: o.R | int) -> int:
        value = machine.get(operand)
        return value if isinstance(value, int) and 0 <= value < 4096 else 0


def _need(hand: Hand, machine: Machine, op: Any) -> None:
    hand.touch(machine, hand.some(machine, op.n))


def _at(hand: Hand, machine: Machine, op: o.AtPlace) -> None:
    stream = machine.root if op.root else machine.stream
    if not stream.made:
        hand.touched = max(hand.touched, min(stream.origin + hand.some(machine, op.position), len(hand.data)))


def _int(hand: Hand, machine: Machine, op: o.LoadInt) -> None:
    rng, bits = hand.rng, 8 * op.size
    value = rng.choice((0, 1, 1, 2, 2, 3, 5, rng.randrange(16)))
    if rng.random() < 0.15:
        value = rng.choice((rng.getrandbits(bits), (1 << bits) - 1, 1 << (bits - 1), (1 << (bits - 1)) - 1))
    if op.absent and rng.random() < 0.1:
        hand.write(machine, op.at, bytes([rng.choice(op.absent)]) * op.size)
        return
    hand.write(machine, op.at, (value % (1 << bits)).to_bytes(op.size, op.order))


def _bits(hand: Hand, machine: Machine, op: o.LoadBits) -> None:
    hand.write(machine, op.at, hand.rng.randbytes(op.size))


#: bytes of floats that are no everyday numbers: infinite, not a number, the smallest, a zero with a sign, a reserved operand
SPECIAL = {
    "ieee16": ("7c00", "fc01", "8000"),
    "ieee32": ("7f800001", "ffc12345", "00000001"),
    "ieee64": ("7ff0000000000001", "8000000000000000"),
    "ibm32": ("43142efc", "80000000"),
    "vaxf": ("80000000",),
    "vaxd": ("8000000000000000",),
    "vaxg": ("8000000000000000", "0011111111111111"),
}


def _float(hand: Hand, machine: Machine, op: o.LoadFloat) -> None:
    rng, size = hand.rng, KINDS[op.kind].size
    data = rng.randbytes(size)
    if rng.random() < 0.3:
        data = bytes.fromhex(rng.choice(SPECIAL.get(op.kind, ("00" * size,))))
        data = data if op.order == "big" else data[::-1]
    hand.write(machine, op.at, data)


def _packed(hand: Hand, machine: Machine, op: o.Unpack) -> None:
    rng = hand.rng
    nibbles = 2 * op.size - (op.sign != "none")
    digits = "".join(rng.choices("0123456789", k=rng.randint(0, min(op.digits, nibbles)))).rjust(nibbles, "0")
    sign = (
        ""
        if op.sign == "none"
        else rng.choice("CDF" if op.sign == "trailing" else "CF")
        if rng.random() < 0.9
        else rng.choice("ABE09")
    )
    data = bytes.fromhex(digits + sign)
    if op.absent and rng.random() < 0.15:
        data = bytes([rng.choice(op.absent)]) * op.size
    hand.write(machine, op.at, data if rng.random() < 0.93 else rng.randbytes(op.size))


def _zoned(hand: Hand, machine: Machine, op: o.Unzone) -> None:
    rng, table = hand.rng, DIGIT_TABLES[op.table]
    of: dict[int, list[int]] = {}
    for byte, c in enumerate(table):
        of.setdefault(c >> 4 if c < 0x2A else c, []).append(byte)
    data = bytearray(rng.choices(of[0], k=op.size))
    for i in range(max(op.size - op.digits, 0)):
        data[i] = next(b for b in of[0] if table[b] == 0)
    signed = op.sign != "none" or rng.random() < 0.05
    if signed and rng.random() < 0.7:
        place = 0 if op.sign.startswith("leading") else -1
        data[place] = rng.choice(of.get(rng.choice((1, 2)), of[0]))
    if op.sign.endswith("separate"):
        data[0 if op.sign.startswith("leading") else -1] = rng.choice(of[0x30] + of[0x31])
    if op.lenient or rng.random() < 0.05:
        for _ in range(rng.randrange(4)):
            data[rng.randrange(op.size)] = rng.choice(
                [b for c in (0x30, 0x32, 0x33, 0x34, 0x35, 0) for b in of.get(c, ())]
            )
    if rng.random() < 0.1:
        data[:] = bytes([rng.choice(op.absent or bytes(of[0x32] + of[0x33]))]) * op.size
    hand.write(machine, op.at, bytes(data))


def _text(hand: Hand, machine: Machine, op: o.LoadText) -> None:
    rng, size = hand.rng, hand.some(machine, op.size)
    table = hand.program.charset(op.charset)
    if isinstance(table, Charset):
        known = [b for b in range(256) if table.table[b]] if rng.random() < 0.9 else range(256)
        data = bytes(rng.choices(known, k=size))
    else:
        words = "".join(rng.choices(" abc\u00e9\u20ac\U0001f600\x00", k=size))
        data = words.encode(op.charset, "ignore")[:size].ljust(size, b" ")
    pads = op.pad or bytes([0x20, 0x40, 0x00])
    keep = rng.randint(0, size) if rng.random() < 0.6 else size
    data = data[:keep] + bytes([rng.choice(pads)]) * (size - keep)
    if op.trim in ("left", "both") and rng.random() < 0.5:
        data = data[::-1]
    if op.absent and size and rng.random() < 0.15:
        data = bytes([rng.choice(op.absent)]) * size
    hand.write(machine, op.at, data)


def _scan(hand: Hand, machine: Machine, op: o.Scan) -> None:
    rng = hand.rng
    if rng.random() < 0.9:
        at = rng.randrange(12) // op.step * op.step
        hand.write(machine, at, rng.choice(op.marks))
        for i in range(at):  # what is before it may still be decided
            hand.fixed.discard(machine.stream.origin + machine.cursor + i)


def _expect(hand: Hand, machine: Machine, op: o.Expect) -> None:
    if hand.rng.random() < 0.9:
        hand.write(machine, op.at, op.value)


def _transform(hand: Hand, machine: Machine, op: o.Transform) -> None:
    size = hand.some(machine, op.n)
    hand.touch(machine, size)
    if op.how == "zlib":
        for n in (60, 20, 3, 0):
            data = zlib.compress(_noise(hand.rng, n))
            if len(data) <= size:
                hand.write(machine, 0, data.ljust(size, b"\x55"))
                return
    if op.how == "kit.runs":
        lengths = [hand.rng.choice((0, 1, 2, 5)) for _ in range(size // 2)]
        hand.write(machine, 0, b"".join(bytes([n]) + _noise(hand.rng, 1) for n in lengths))


PREPARE: dict[type[Op], Callable[[Hand, Machine, Any], None]] = {
    o.Need: _need,
    o.Reach: _need,
    o.Skip: _need,
    o.Within: _need,
    o.AtPlace: _at,
    o.LoadInt: _int,
    o.LoadBits: _bits,
    o.LoadFloat: _float,
    o.Unpack: _packed,
    o.Unzone: _zoned,
    o.LoadText: _text,
    o.Scan: _scan,
    o.Expect: _expect,
    o.Transform: _transform,
}


# --- framers ---


@st.composite
def windows_for(draw: st.DrawFn, program: Program) -> bytes:
    """A file for the framer *program*, mostly of whole frames."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    data = bytearray(_noise(rng, 1024))
    hand = Hand(program, rng, data)
    source = Input(Memory(0, memoryview(data)), parameters=tuple(0 for _ in program.parameters))
    position, wanted = 0, draw(st.integers(0, 8))
    for _ in range(wanted):
        stream = Stream(memoryview(data)[position:], position, window=True)
        registers: list[Value | None] = [None] * len(program.registers)
        machine = Machine(program, source, stream, stream, 0, hand.meaning(), registers)
        try:
            machine.run(program.body)
        except (Trapped, More):
            break
        if machine.cursor == 0 or machine.left < 0:
            break
        position += machine.cursor
    file = bytes(data[: max(position + rng.choice((0, 0, 0, 1, 3, -1, -2)), 0)])
    return _damaged(rng, file) if rng.random() < 0.3 else file


def frames_of(count: int = 64, carried: int = 8) -> Frames:
    """Room for what a framer yields."""
    return new_frames(count, carried)
