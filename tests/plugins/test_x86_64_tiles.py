"""Wide Programs in machine code: tiles, strips, integers of four records at a time, chunks of what fits; against the oracle.

Records are many (more than a tile), damaged here and there, framed by a stride or by a table, and outputs are often full.
"""

from __future__ import annotations

import random
from contextlib import closing
from functools import partial

import pytest

from arrowsmith import registry as registries
from arrowsmith.charsets import known
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.kernel import Target
from arrowsmith.program.program import Program
from arrowsmith.program.verify import verify
from arrowsmith.testing.guard import guarded_input, guarded_output
from arrowsmith.testing.runs import Ways, agree
from arrowsmith.testing.strategies_data import Given

pytest.importorskip("iced_x86")

SSE4 = frozenset({"ssse3", "sse4_1", "sse4_2", "popcnt", "movbe"})
AVX2 = SSE4 | {"avx", "avx2", "bmi1", "bmi2", "abm"}
LEVELS = {"baseline": frozenset[str](), "sse4": SSE4, "avx2": AVX2}

REGISTRY = registries.load()
EMITTER = REGISTRY.emitter("x86-64")
ALLOCATOR = REGISTRY.allocator("mmap")


def kernel(program: Program, level: frozenset[str]):
    if level - EMITTER.target(ALLOCATOR).features:
        pytest.skip("this processor lacks a feature")
    return EMITTER.load(EMITTER.emit(program, Target(features=level)), ALLOCATOR)


class Wide:
    """Fields one after the other, in strips or not; each knows how to write good and bad bytes."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.b = Builder("WIDE")
        self.at = 0
        self.good: list[tuple[int, int, str]] = []

    def field(self, kind: str, base: int) -> None:
        rng, b, at = self.rng, self.b, self.at - base
        fail = {"fail": rng.choice(("trap", "null")), "site": b.site(f"F{len(b.sites)}")}
        absent = rng.choice((b"", b"", b"\x00", b"\x40\x00"))
        storage, size = "i64", 4
        if kind == "int":
            size, storage = rng.choice(
                [
                    (1, "i8"),
                    (1, "u8"),
                    (2, "i16"),
                    (2, "i32"),
                    (2, "u32"),
                    (4, "i32"),
                    (4, "i64"),
                    (8, "i64"),
                    (3, "i32"),
                ]
            )
            encoding, order = rng.choice(("twos", "unsigned")), rng.choice(("big", "little"))
            if encoding == "unsigned" and size == 8:
                storage = "u64"
            bounds = {}
            if size < 8 and fail["fail"] == "null" and rng.random() < 0.5:
                bounds = {"least": 0 if encoding == "unsigned" else -99, "below": 100, **fail}
            r = b.value(o.LoadInt, at=at, size=size, order=order, encoding=encoding, **bounds)
        elif kind == "packed":
            size = rng.choice((3, 5, 8, 10))
            r = b.value(o.Unpack, at=at, size=size, digits=min(2 * size - 1, 18), absent=absent, **fail)
        elif kind == "zoned":
            size = rng.choice((4, 9, 16, 18))
            r = b.value(
                o.Unzone, at=at, size=size, digits=size, sign=rng.choice(("none", "trailing")), absent=absent, **fail
            )
        else:
            size, storage = rng.choice((3, 20, 40)), "utf8"
            table = known(rng.choice(("cp037", "latin-1")))
            assert table
            given = {"trim": rng.choice(("none", "right", "both")), "absent": absent, "undecodable": "replace"}
            r = b.value(o.LoadText, at=at, size=size, charset=b.charset(table), **given)
        column = b.column(0, storage, (f"c{len(b.columns)}",))
        if storage == "utf8":
            b.emit(o.RoomData(column=column, n=2 * size))
        b.emit(o.Put(column=column, a=r))
        self.good.append((self.at, size, kind))
        self.at += size

    def record(self) -> bytearray:
        rng = self.rng
        data = bytearray(rng.randbytes(self.at))
        for at, size, kind in self.good:
            if kind == "packed":
                digits = "".join(rng.choices("0123456789", k=2 * min(size, 9) - 1)).rjust(2 * size - 1, "0")
                data[at : at + size] = bytes.fromhex(digits + rng.choice("CDF"))
            elif kind == "zoned":
                data[at : at + size] = bytes(0xF0 + rng.randrange(10) for _ in range(size))
            elif kind == "text":
                kept = rng.randint(0, size)
                data[at : at + size] = bytes(rng.choices(b"\xc1\xe9\x4b\x81", k=kept)) + b"\x40" * (size - kept)
                data[at : at + size] = data[at : at + size] if rng.random() < 0.9 else rng.randbytes(size)
            if rng.random() < 0.03:
                data[at : at + size] = bytes([rng.choice((0x00, 0x40, 0xFF))]) * size
        return data


def wide(seed: int) -> tuple[Program, Given]:
    """A Program and records for it."""
    w = Wide(seed)
    rng, b = w.rng, w.b
    kinds = ["int"] * rng.choice((1, 4, 9)) + rng.choices(("packed", "zoned", "text", "int"), k=rng.choice((0, 3, 12)))
    rng.shuffle(kinds)
    stripped = rng.random() < 0.6
    moving = stripped and rng.random() < 0.5
    each = 4 if stripped else len(kinds)
    bodies = []
    for first in range(0, len(kinds), each):
        base = w.at if moving else 0
        with b.block() as ops:
            for kind in kinds[first : first + each]:
                w.field(kind, base)
            if moving:
                b.emit(o.Skip(n=w.at - base))
        bodies.append(o.Block(ops))
    b.emit(o.Need(n=w.at, site=b.site("END")))
    for body in bodies:
        b.here.extend([o.Strip(body=body)] if stripped else body)
    if rng.random() < 0.3 and not stripped:
        b.emit(o.Skip(n=w.at))
        rest = b.value(o.Remain)
        column = b.column(0, "i32", ("rest",))
        b.emit(o.Put(column=column, a=rest))
    fixed = rng.random() < 0.5
    program = b.program(size=w.at if fixed else 0)
    verify(program)
    records = [bytes(w.record()) for _ in range(rng.choice((3, 40, 300)))]
    if fixed:
        frames = tuple((i * w.at, w.at) for i in range(len(records)))
        return program, Given(data=b"".join(records), frames=frames, stride=w.at)
    places, at = [], 0
    for i, record in enumerate(records):
        cut = 1 if rng.random() < 0.02 else 0
        records[i] = record[: len(record) - cut] + bytes(3)
        places.append((at, len(record) - cut + rng.choice((0, 3)) * (not cut)))
        at += len(records[i])
    return program, Given(data=b"".join(records), frames=tuple(places))


@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("seed", range(24))
def test_wide_programs_are_the_oracles(seed: int, level: frozenset[str]) -> None:
    """Values, validity, offsets, the log and the first failure are the oracle's, whatever is taken in parts and tiles."""
    program, given = wide(seed)
    with closing(kernel(program, level)) as made:
        agree(made, program, given, Ways(capacity=400, data=8192, log=64))
        agree(made, program, given, Ways(capacity=19, data=300, log=2, memory=guarded_output))
        agree(
            made,
            program,
            given,
            Ways(source=partial(guarded_input, pad=0xFF), memory=guarded_output, capacity=300, batch=7),
        )


def integers(count: int, size: int = 4) -> Program:
    b = Builder("INTEGERS")
    b.emit(o.Need(n=count * size))
    for i in range(count):
        r = b.value(o.LoadInt, at=size * i, size=size)
        b.emit(o.Put(column=b.column(0, f"i{8 * size}", (f"c{i}",)), a=r))
    return b.program(size=count * size)


@pytest.mark.parametrize("count", [3, 4, 12])
@pytest.mark.parametrize("records", [1, 3, 4, 5, 255, 256, 257, 1027])
def test_every_number_of_records_and_columns(records: int, count: int) -> None:
    """Fours of records and the ones left over, tiles and the one left over."""
    program = integers(count)
    rng = random.Random(records)
    data = rng.randbytes(4 * count * records)
    given = Given(data=data, frames=tuple((4 * count * i, 4 * count) for i in range(records)), stride=4 * count)
    with closing(kernel(program, SSE4)) as made:
        agree(made, program, given, Ways(capacity=2000, source=guarded_input, memory=guarded_output))


def test_frames_of_a_stride_that_are_too_short_fail_at_the_first() -> None:
    """A stride says nothing about the length."""
    program = integers(8)
    b = Builder("LONGER")
    b.emit(o.Need(n=33))
    r = b.value(o.LoadInt, at=0, size=4)
    b.emit(o.Put(column=b.column(0, "i32", ("c",)), a=r))
    longer = b.program()
    given = Given(data=bytes(320), frames=tuple((32 * i, 32) for i in range(10)), stride=32)
    for made in (program, longer):
        with closing(kernel(made, SSE4)) as loaded:
            agree(loaded, made, given)
