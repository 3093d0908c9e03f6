"""Samples of integers, bit fields and floats: bytes → registers → columns."""

from __future__ import annotations

from functools import partial
from typing import Any

from arrowsmith.columns import Storage
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.floats import KINDS
from arrowsmith.testing.corpus.sample import Samples, need, put, put_whole, site

samples = Samples()

#: sixteen bytes: zero, all ones, the sign alone, all but the sign, one at either end, all different, and small ones
PATTERNS = (
    "00" * 16,
    "ff" * 16,
    "80" + "00" * 15,
    "7f" + "ff" * 15,
    "00" * 15 + "80",
    "ff" * 15 + "7f",
    "01" + "00" * 15,
    "00" * 15 + "01",
    "0123456789abcdeffedcba9876543210",
    "fedcba98765432100123456789abcdef",
    "00" * 7 + "80" + "00" * 8,
    "00" * 8 + "80" + "00" * 7,
    "8000800080008000" * 2,
    "01" * 16,
)


def _every_size(b: Builder, *, order: o.Order, encoding: str) -> None:
    need(b, 16)
    for size in range(1, 17):
        r = b.value(o.LoadInt, at=16 - size, size=size, order=order, encoding=encoding)
        put_whole(b, r)


for _order in ("big", "little"):
    for _encoding in ("twos", "unsigned", "ones", "magnitude"):
        samples.add(
            f"load_int_{_order}_{_encoding}",
            f"Integers of 1 to 16 bytes, {_order}-endian, {_encoding}.",
            partial(_every_size, order=_order, encoding=_encoding),
            *PATTERNS,
            size=16,
        )


@samples.of(*PATTERNS, size=16)
def put_keeps_the_low_bytes(b: Builder) -> None:
    """A narrow column holds an integer's low bytes; bool is an integer other than 0; a double is the nearest."""
    need(b, 16)
    storages: tuple[Storage, ...] = ("bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "dec128")
    for size, encoding in ((8, "twos"), (8, "unsigned"), (16, "twos")):
        r = b.value(o.LoadInt, at=0, size=size, encoding=encoding)
        for storage in (*storages, *(("f64",) if size == 8 else ())):
            put(b, r, storage)
        put(b, r, "none")


@samples.of(*PATTERNS, size=16)
def put_scales_a_decimal(b: Builder) -> None:
    """A decimal is multiplied by a power of ten, modulo 2^128, whatever kind the register has."""
    need(b, 16)
    for size, encoding, scale in (
        (4, "twos", 1),
        (8, "twos", 9),
        (8, "unsigned", 19),
        (16, "twos", 3),
        (16, "twos", 38),
    ):
        put(b, b.value(o.LoadInt, at=0, size=size, encoding=encoding), "dec128", scale=scale)


@samples.of(*PATTERNS, "40" * 16, "00" * 8 + "40" * 8, "40" * 8 + "00" * 8, "4000" * 8, size=16)
def load_int_absent(b: Builder) -> None:
    """An integer whose bytes are all one and the same of those that say absent is null; a mixture of them is a number."""
    need(b, 16)
    for size in (1, 2, 3, 4, 7, 8, 9, 16):
        r = b.value(o.LoadInt, at=0, size=size, absent=b"\x00\x40")
        put_whole(b, r)


#: numbers about powers of ten, and about the borders of columns, in sixteen bytes: at their end, and in reverse
BORDERS = tuple(
    (n % (1 << 128)).to_bytes(16, order).hex()
    for border in (5, 100, 10**4, 10**9, 1 << 31, 10**18, 1 << 63, 10**21, 10**38)
    for n in (border - 1, border, -border, 1 - border)
    for order in ("big", "little")
)


def _bounded(b: Builder, *, order: o.Order, encoding: str, fail: o.Fail) -> None:
    need(b, 16)
    for size in (1, 2, 4, 7, 8, 9, 16):
        half = 1 << (8 * size - 1)
        limit = max(10**n for n in (2, 4, 9, 16, 18, 21, 38) if 10**n < half)
        bounds = [(0 if encoding == "unsigned" else 1 - limit, limit), (3, min(half, 1 << 31))]
        bounds += [(0, 1 << 63), (1, (1 << 63) + 1)] if size == 8 and encoding == "unsigned" else []
        for least, below in bounds:
            given: dict[str, Any] = {"size": size, "order": order, "encoding": encoding, "least": least, "below": below}
            absent = b"\x40" if size in (2, 9) else b""
            at = 16 - size if order == "big" else 0
            put_whole(b, b.value(o.LoadInt, at=at, absent=absent, fail=fail, site=site(b), **given))


_FAILS: tuple[o.Fail, ...] = ("null", "trap")
_ORDERS: tuple[o.Order, ...] = ("big", "little")
for _fail in _FAILS:
    for _order in _ORDERS:
        for _encoding in ("twos", "unsigned", "ones", "magnitude"):
            samples.add(
                f"load_int_bounded_{_order}_{_encoding}_{_fail}",
                f"What is less than the least, or not below, is refused: {_order}-endian, {_encoding}, {_fail}.",
                partial(_bounded, order=_order, encoding=_encoding, fail=_fail),
                *PATTERNS,
                *BORDERS,
                "40" * 16,
                size=16,
            )


@samples.of(*PATTERNS, size=16)
def load_bits_any_width(b: Builder) -> None:
    """Bit fields: within a byte, across bytes, all 64 bits, both orders, with and without a sign."""
    need(b, 16)
    places = (
        (1, 0, 1),
        (1, 7, 1),
        (1, 3, 4),
        (2, 5, 9),
        (3, 0, 24),
        (5, 1, 38),
        (7, 3, 50),
        (8, 0, 64),
        (8, 63, 1),
        (8, 1, 63),
    )
    for order in ("big", "little"):
        for size, low, width in places:
            for signed in (False, True):
                r = b.value(o.LoadBits, at=0, size=size, order=order, low=low, width=width, signed=signed)
                put_whole(b, r)


#: floats of eight bytes: zeros, ones, infinities, NaNs quiet and signalling, subnormals, the largest, what no kind finds easy
FLOATS = (
    "00" * 8,
    "80" + "00" * 7,
    "3ff0000000000000",
    "bff0000000000000",
    "7ff0000000000000",
    "fff0000000000000",
    "7ff8000000000000",
    "7ff0000000000001",
    "fff7ffffffffffff",
    "0000000000000001",
    "000fffffffffffff",
    "7fefffffffffffff",
    "3ff0000010000000",
    "3ff0000030000000",
    "3ff0000010000001",
    "3810000000000000",
    "380fffffffffffff",
    "36a0000000000000",
    "3690000000000000",
    "3690000000000001",
    "47efffffe0000000",
    "47effffff0000000",
    "43142efc00000000",
    "4110000000000000",
    "c110000000000000",
    "0010000000000001",
    "7fffffffffffffff",
    "8000000000000001",
    "0080000000000000",
    "7c00fc017e000400",
    "0001040003ff8001",
    "ff" * 8,
    "0123456789abcdef",
)


def _float(b: Builder, *, kind: str) -> None:
    need(b, 8)
    for order in ("big", "little"):
        r = b.value(o.LoadFloat, at=0, kind=kind, order=order)
        put(b, r, "f64")
        put(b, r, "f32")


for _kind in KINDS:
    samples.add(
        f"load_float_{_kind}",
        f"Floats {_kind}, both orders, as doubles and narrowed.",
        partial(_float, kind=_kind),
        *FLOATS,
        *(x + y for x, y in zip([f[8:] for f in FLOATS], [f[:8] for f in FLOATS], strict=True)),
        size=8,
    )


@samples.of(*FLOATS, "40" * 8, "ff" * 4 + "40" * 4, size=8)
def load_float_absent(b: Builder) -> None:
    """A float whose bytes are all one and the same of those that say absent is null."""
    need(b, 8)
    for kind in ("ieee32", "ieee64", "ibm32"):
        r = b.value(o.LoadFloat, at=0, kind=kind, absent=b"\x40\xff")
        put(b, r, "f64")
        put(b, r, "none")


@samples.of("4d5a", "5a4d", "4d00", "004d", size=2)
def expect_refuses_other_bytes(b: Builder) -> None:
    """Any bytes but those expected refuse the record."""
    need(b, 2)
    b.emit(o.Expect(at=0, value=b"MZ", site=site(b)))
    put(b, b.value(o.LoadInt, at=0, size=2), "i16")


@samples.of("4d5a90000300000004000000ffff0000", "4d5a90000300000004000000ffff0001", "00" * 16, size=16)
def expect_of_many_bytes_notes(b: Builder) -> None:
    """With the disposition null an unexpected value is logged, and the record goes on."""
    need(b, 16)
    b.emit(o.Expect(at=0, value=bytes.fromhex("4d5a90000300000004000000ffff0000"), fail="null", site=site(b)))
    b.emit(o.Expect(at=15, value=b"\x00", fail="null", site=site(b, tolerant=True)))
    put(b, b.value(o.LoadInt, at=0, size=2), "i16")


@samples.of(*(f"{n:032x}" for n in (0, 1, 2**127, 2**64 - 1)), size=16)
def strips_are_read_in_any_order_and_fail_in_theirs(b: Builder) -> None:
    """Strips of a wide record: the first refused op of the first refused record decides, wherever its strip is."""
    need(b, 16)
    for part in range(4):
        with b.inside(o.Strip):
            for at in range(3):
                put(b, b.value(o.LoadInt, at=4 * part + at, size=1), "i8")
            b.emit(o.Expect(at=4 * part, value=b"\x00", fail="null", site=site(b)))
            r = b.value(o.LoadInt, at=4 * part + 3, size=1)
            test = b.value(o.Let, how="ge", a=r, b=0)
            b.emit(o.Require(test=test, site=site(b)))
            put(b, r, "i8")
