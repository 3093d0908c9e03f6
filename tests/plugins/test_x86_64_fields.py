"""Every kind of field that is decoded and put at once, in every width, at every level of features; against the oracle.

The seeds choose attributes; each Program has one kind of field in many sizes, and records that are mostly right, often odd.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from functools import partial

import pytest

from arrowsmith import registry as registries
from arrowsmith.charsets import Charset, expansion, known
from arrowsmith.digits import DIGIT_TABLES
from arrowsmith.host import Host
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.floats import KINDS
from arrowsmith.program.kernel import Target
from arrowsmith.program.program import Program
from arrowsmith.program.verify import verify
from arrowsmith.testing.guard import guarded_input, guarded_output
from arrowsmith.testing.runs import Ways, agree
from arrowsmith.testing.strategies_data import Given

pytest.importorskip("iced_x86")

SSSE3 = frozenset({"ssse3"})
AVX = SSSE3 | {"sse4_1", "sse4_2", "popcnt", "movbe", "avx"}
AVX2 = AVX | {"avx2", "bmi1", "bmi2", "abm"}
AVX512 = AVX2 | {"avx512f", "avx512bw", "avx512vl", "avx512vbmi"}
VBMI2 = AVX512 | {"avx512_vbmi2"}
LEVELS = {"baseline": frozenset[str](), "ssse3": SSSE3, "avx": AVX, "avx2": AVX2, "avx512": AVX512, "vbmi2": VBMI2}

REGISTRY = registries.load()
EMITTER = REGISTRY.emitter("x86-64")
ALLOCATOR = REGISTRY.allocator("mmap")

#: a page whose control characters are spaces, with some bytes that are nothing and some that are longer than two bytes of utf8
ODD = Charset(
    "odd", tuple(" " if n < 0x40 else "" if n % 17 == 3 else chr(n) if n < 0x7F else "€ſé"[n % 3] for n in range(256))
)

Field = Callable[[random.Random, Builder, int, int], int]


def _kept(rng: random.Random, b: Builder) -> dict[str, object]:
    return {"fail": rng.choice(("trap", "null", "null", "null")), "site": b.site(f"F{len(b.sites)}")}


def text(rng: random.Random, b: Builder, at: int, n: int) -> int:
    """Texts of 1 to 70 bytes."""
    size = rng.choice((rng.randint(1, 70), *range(1, 5), 15, 16, 17, 31, 32, 33, 48, 63, 64, 65))
    table = rng.choice((known("cp037"), known("cp1252"), known("ascii"), known("cp273"), ODD))
    undecodable = rng.choice(("replace", "error"))
    r = b.value(
        o.LoadText, at=at, size=size, charset=b.charset(table), undecodable=undecodable,
        trim=rng.choice(("none", "left", "right", "both")), pad=rng.choice((b"", b"\x40", b"\x40\x00", b" ", b"\x00\x20\x40\xff")),
        absent=rng.choice((b"", b"\x00", b"\x40", b"\xff\x40 ")), **_kept(rng, b),
    )  # fmt: skip
    column = b.column(0, rng.choice(("utf8", "utf8", "utf8", "binary")), (f"c{n}",))
    b.emit(o.RoomData(column=column, n=size * expansion(table, undecodable)))
    b.emit(o.Put(column=column, a=r))
    return size


def packed(rng: random.Random, b: Builder, at: int, n: int) -> int:
    """Packed decimals of 1 to 20 bytes."""
    size = rng.randint(1, 20)
    sign = rng.choice(("trailing", "trailing", "unsigned", "none"))
    digits = max(1, min(38, rng.choice((2 * size - 1, 2 * size, rng.randint(1, 2 * size)))))
    r = b.value(
        o.Unpack, at=at, size=size, digits=digits, sign=sign, missing_sign=sign != "none" and rng.random() < 0.3,
        absent=rng.choice((b"", b"\x00", b"\x40", b"\x11\x00")), **_kept(rng, b),
    )  # fmt: skip
    _number(rng, b, r, n, digits)
    return size


def zoned(rng: random.Random, b: Builder, at: int, n: int) -> int:
    """Zoned and written-out numbers of 1 to 38 bytes."""
    size = rng.choice((rng.randint(1, 38), rng.randint(1, 18)))
    signs = ("none", "trailing", "leading", "trailing_separate", "leading_separate")
    digits = max(1, min(38, rng.choice((size, size - 1, rng.randint(1, size)))))
    r = b.value(
        o.Unzone, at=at, size=size, digits=digits, table=rng.choice([*DIGIT_TABLES]), sign=rng.choice(signs),
        lenient=rng.random() < 0.5, anywhere=rng.random() < 0.3, point=rng.random() < 0.5, blank_zero=rng.random() < 0.5,
        scale=rng.choice((0, 0, 2, -1, rng.randint(-38, 38))), absent=rng.choice((b"", b"\x00", b"\x40 ", b"\xf0")), **_kept(rng, b),
    )  # fmt: skip
    _number(rng, b, r, n, digits)
    return size


def _number(rng: random.Random, b: Builder, r: o.R, n: int, digits: int) -> None:
    storage = rng.choice(("dec128", "dec128", "i64", "i32", "bool", "none"))
    b.emit(
        o.Put(
            column=b.column(0, storage, (f"c{n}",)), a=r, scale=rng.choice((0, 0, 3, 19)) if storage == "dec128" else 0
        )
    )


def integer(rng: random.Random, b: Builder, at: int, n: int) -> int:
    """Integers of 1 to 16 bytes, and bits of them."""
    size = rng.randint(1, 16)
    order = rng.choice(("big", "little"))
    if size <= 8 and rng.random() < 0.4:
        width = rng.randint(1, 8 * size)
        r = b.value(
            o.LoadBits,
            at=at,
            size=size,
            order=order,
            low=rng.randint(0, 8 * size - width),
            width=width,
            signed=rng.random() < 0.5,
        )
    else:
        encoding = rng.choice(("twos", "unsigned", "ones", "magnitude"))
        r = b.value(
            o.LoadInt, at=at, size=size, order=order, encoding=encoding, absent=rng.choice((b"", b"", b"\x00\xff"))
        )
    kind = b.registers[r.n]
    storage = rng.choice(("i64", "u32", "i16", "u8", "dec128", "bool", *(("f64",) if kind != "i128" else ())))
    b.emit(
        o.Put(column=b.column(0, storage, (f"c{n}",)), a=r, scale=rng.choice((0, 5, 30)) if storage == "dec128" else 0)
    )
    return size


def floating(rng: random.Random, b: Builder, at: int, n: int) -> int:
    """Floats of every kind."""
    kind = rng.choice([*KINDS])
    r = b.value(o.LoadFloat, at=at, kind=kind, order=rng.choice(("big", "little")), absent=rng.choice((b"", b"\x00")))
    b.emit(o.Put(column=b.column(0, rng.choice(("f64", "f32")), (f"c{n}",)), a=r))
    return KINDS[kind].size


FIELDS: dict[str, Field] = {"text": text, "packed": packed, "zoned": zoned, "integer": integer, "floating": floating}


def program_of(field: Field, rng: random.Random) -> Program:
    """Fields of one kind, one after the other, in the row or in a condition."""
    b = Builder("FIELDS")
    at = 0
    with b.block() as ops:
        for n in range(8):
            at += field(rng, b, at, n)
    b.emit(o.Need(n=at))
    if rng.random() < 0.3:
        first = b.value(o.LoadInt, at=0, size=1)
        b.emit(o.If(test=first, then=o.Block(ops)))
    else:
        b.here.extend(ops)
    program = b.program(size=at)
    verify(program)
    return program


def record(program: Program, rng: random.Random) -> bytes:
    """Bytes that the fields mostly take."""
    data = bytearray(rng.randbytes(program.size))
    for op in o.walk(program.body):
        match op:
            case o.LoadText(size=int(size)):
                kept = rng.randint(0, size)
                likely = rng.choice((b"ABC abc.09", b"\xc1\xc9\x40\x4b\x81\xf0", bytes(range(256))))
                body = bytes(rng.choices(likely, k=kept)) + bytes([rng.choice(b"\x40 \x00")]) * (size - kept)
                data[op.at : op.at + size] = (
                    body if rng.random() < 0.7 else bytes(rng.choices(b"\x40", k=size - kept)) + body[:kept]
                )
            case o.Unpack(size=size):
                nibbles = 2 * size - (op.sign != "none")
                digits = "".join(rng.choices("0123456789", k=min(rng.randint(0, op.digits), nibbles))).rjust(
                    nibbles, "0"
                )
                data[op.at : op.at + size] = bytes.fromhex(digits + ("" if op.sign == "none" else rng.choice("CDFA0")))
            case o.Unzone(size=size):
                classes = DIGIT_TABLES[op.table]
                plain = [n for n, c in enumerate(classes) if c < 10]
                known_bytes = [n for n, c in enumerate(classes) if c != 0xFF]
                body = bytes(rng.choices(plain, k=size))
                zeros = size - min(size, rng.randint(0, op.digits))
                body = bytes([classes.index(0)]) * zeros + body[zeros:]
                data[op.at : op.at + size] = body
                for _ in range(rng.choice((0, 0, 1, 2))):
                    data[op.at + rng.choice((0, size - 1, rng.randrange(size)))] = rng.choice(known_bytes)
            case _:
                continue
        if rng.random() < 0.05:
            data[op.at : op.at + size] = bytes([rng.choice(op.absent or b"\x00")]) * size
        if rng.random() < 0.03:
            data[op.at + rng.randrange(size)] = rng.randrange(256)
    return bytes(data)


@pytest.mark.parametrize("level", LEVELS.values(), ids=LEVELS)
@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("kind", FIELDS)
def test_fields_of_every_width_are_the_oracles(kind: str, seed: int, level: frozenset[str]) -> None:
    """Values, nulls and refusals are the oracle's, with the records flush against guard pages."""
    rng = random.Random(f"{kind} {seed}")
    program = program_of(FIELDS[kind], rng)
    if EMITTER.refuses(program, Host.current()):
        pytest.skip("an op is not covered")
    if level - EMITTER.target(ALLOCATOR).features:
        pytest.skip("this processor lacks a feature")
    records = [record(program, rng) for _ in range(40)]
    given = Given(
        data=b"".join(records), frames=tuple((i * program.size, program.size) for i in range(40)), stride=program.size
    )
    with closing(EMITTER.load(EMITTER.emit(program, Target(features=level)), ALLOCATOR)) as kernel:
        agree(
            kernel,
            program,
            given,
            Ways(source=partial(guarded_input, pad=seed % 2 * 0xFF), memory=guarded_output, log=500),
        )
        agree(kernel, program, given, Ways(source=partial(guarded_input, flush="start"), batch=3, log=3, data=100))
