"""Samples of packed and zoned decimals: digits, signs, what is refused, what is absent."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

from arrowsmith.digits import DIGIT_TABLES
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.testing.corpus.sample import Samples, computed, need, put, put_text, put_whole, site

samples = Samples()

SIZES = (1, 2, 3, 4, 5, 8, 9, 10, 13, 16, 17, 20)


def _padded(text: str, bytes_: int = 20) -> str:
    return text.rjust(2 * bytes_, "0")


#: packed numbers at the end of twenty bytes: every sign, digits that are none in every place, the largest
PACKED = (
    *(_padded(f"123{sign:x}") for sign in range(16)),
    *("0" * n + "a" + "0" * (38 - n) + "c" for n in (0, 1, 6, 7, 20, 21, 30, 31, 36, 37, 38)),
    _padded("9" * 38 + "c"),
    _padded("9" * 39 + "d"),
    _padded("1" + "0" * 38 + "c"),
    _padded("9" * 18 + "d"),
    _padded("1" + "0" * 18 + "c"),
    _padded("c"),
    _padded("d"),
    "00" * 20,
    "40" * 20,
    "ff" * 20,
    "ff" * 19 + "40",
    "00" * 19 + "40",
)


def _packed(b: Builder, *, sign: str, fail: str) -> None:
    need(b, 20)
    for size in SIZES:
        nibbles = 2 * size - (sign != "none")
        for digits in sorted({min(nibbles, 38), max(min(nibbles, 38) - 1, 1)}):
            r = b.value(o.Unpack, at=20 - size, size=size, digits=digits, sign=sign, fail=fail, site=site(b))
            put_whole(b, r)


for _sign, _fail in product(("trailing", "unsigned", "none"), ("trap", "null")):
    samples.add(
        f"unpack_{_sign}_{_fail}",
        f"Packed decimals of every size, sign {_sign}; what is refused: {_fail}.",
        partial(_packed, sign=_sign, fail=_fail),
        *PACKED,
        size=20,
    )


@samples.of(*PACKED, size=20)
def unpack_without_a_sign_or_a_value(b: Builder) -> None:
    """A missing sign is plus where that is allowed, and bytes that say absent are looked at before anything else."""
    need(b, 20)
    for sign, size, digits in (("trailing", 3, 5), ("unsigned", 5, 8), ("trailing", 20, 38), ("trailing", 9, 17)):
        given: dict[str, Any] = {
            "sign": sign,
            "missing_sign": True,
            "absent": b"\x00\x40\xff",
            "fail": "null",
            "site": site(b),
        }
        r = b.value(o.Unpack, at=20 - size, size=size, digits=digits, **given)
        put(b, r, "i64" if digits <= 18 else "dec128", scale=0 if digits <= 18 else 2)


@samples.of("12345c", "99999c", "12345d", "00000c", size=3)
def unpack_into_narrow_columns(b: Builder) -> None:
    """A decimal goes into every column that holds integers."""
    need(b, 3)
    r = b.value(o.Unpack, at=0, size=3, digits=5)
    put(b, r, "i32")
    put(b, r, "f64")
    put(b, r, "dec128", scale=3)
    put(b, r, "bool")


# --- zoned -------------------------------------------------------------------------------------------------------------


def _coder(table: str) -> dict[int, int]:
    """Class → the first byte of that class."""
    found: dict[int, int] = {}
    for byte, c in enumerate(DIGIT_TABLES[table]):
        found.setdefault(c, byte)
    return found


#: numbers as they would be written: digits, ``a``–``j`` a digit with a plus, ``A``–``J`` with a minus, + - . , blank, ``0`` LOW as ``!``
WRITTEN = (
    "0123456", "999999g", "999999G", "a234567", "A234567", "+123456", "-123456", "123456+", "123456-", "       ", "!!!!!!!",
    " 12 345", "12.3456", "12,3456", "1.2.345", "   -1.5", "1.5-   ", "+12345-", "12a4567", "12A4567", "?234567", "123456?", "1234?67",
    "123450!", "000000A", "000000a", "-000000", "1234.50", ".500000", "9999999", "+-12345", "!123456", "   .   ", "   -   ",
)  # fmt: skip


def _zoned_records(table: str) -> tuple[str, ...]:
    code = _coder(table)
    classes = {" ": 0x32, "!": 0x33, "+": 0x30, "-": 0x31, ".": 0x34, ",": 0x35, "?": 0xFF}

    def byte(c: str) -> int:
        if c.isdecimal():
            return code[int(c)]
        if c in classes:
            return code.get(classes[c], code[0xFF])
        overpunched = (0x20 if c.isupper() else 0x10) + (ord(c.lower()) - ord("a"))
        return code.get(overpunched, code[0xFF])

    return tuple(bytes(byte(c) for c in text).hex() for text in WRITTEN)


SIGNS = ("none", "trailing", "leading", "trailing_separate", "leading_separate")


def _zoned(b: Builder, *, table: str) -> None:
    need(b, 7)
    for sign in SIGNS:
        strict: dict[str, Any] = {"table": table, "sign": sign, "fail": "null"}
        put(b, b.value(o.Unzone, at=0, size=7, digits=7, site=site(b), **strict), "i64")
        put(b, b.value(o.Unzone, at=0, size=1, digits=1, site=site(b), **strict), "i64")
        lenient = {**strict, "lenient": True}
        put(b, b.value(o.Unzone, at=0, size=7, digits=9, scale=2, point=True, site=site(b), **lenient), "i64")
        put(b, b.value(o.Unzone, at=0, size=7, digits=5, anywhere=True, site=site(b), **lenient), "i64")
        put(b, b.value(o.Unzone, at=0, size=7, digits=7, blank_zero=True, site=site(b), **lenient), "i64")


for _table in DIGIT_TABLES:
    samples.add(
        f"unzone_{_table.replace('-', '_')}",
        f"Numbers written with the digit table {_table}: every sign, strict and lenient.",
        partial(_zoned, table=_table),
        *_zoned_records(_table),
        size=7,
    )


def _spelled(b: Builder, *, table: str) -> None:
    need(b, 7)
    for given in ({"sign": "trailing"}, {"sign": "leading", "lenient": True, "anywhere": True, "blank_zero": True}):
        number = b.value(o.Unzone, at=0, size=7, digits=7, table=table, fail="null", site=site(b), **given)
        put_text(b, b.value(o.Spell, a=number, at=0, size=7, table=table), 8)
    put_text(b, b.value(o.Spell, a=b.value(o.LoadInt, at=0, size=1), at=6, size=1, table=table), 2)
    wide = b.value(o.Let, how="copy", a=b.value(o.LoadInt, at=0, size=7))
    computed(b, b.value(o.Spell, a=wide, at=1, size=6, table=table))


for _table in DIGIT_TABLES:
    samples.add(
        f"spell_{_table.replace('-', '_')}",
        f"Numbers as they are written in the digit table {_table}: the last sign, all digits, nothing else.",
        partial(_spelled, table=_table),
        *_zoned_records(_table),
        size=7,
    )


@samples.of(*_zoned_records("ebcdic"), size=7)
def unzone_refuses_the_record(b: Builder) -> None:
    """With the disposition trap the first byte that is no part of the number refuses the record."""
    need(b, 7)
    put(b, b.value(o.Unzone, at=0, size=7, digits=7, sign="trailing", site=site(b)), "i64")


@samples.of(*_zoned_records("ascii"), "20" * 7, "00" * 7, "2020202020202b", "00202020202020", size=7)
def unzone_absent_before_all(b: Builder) -> None:
    """Bytes that say absent are looked at before the digits, where all of them are the same."""
    need(b, 7)
    for lenient in (False, True):
        given: dict[str, Any] = {
            "table": "ascii",
            "sign": "trailing",
            "lenient": lenient,
            "absent": b"\x00\x20",
            "fail": "null",
        }
        put(b, b.value(o.Unzone, at=0, size=7, digits=7, blank_zero=lenient, site=site(b), **given), "i64")


@samples.of(
    "f1" * 38,
    "f9" * 38,
    "f0" * 37 + "d1",
    "f0" * 20 + "f9" * 18,
    "f0" * 37 + "40",
    "40" * 38,
    "f0" * 19 + "f1" * 19,
    size=38,
)
def unzone_of_many_digits(b: Builder) -> None:
    """Up to 38 digits; beyond 18 the register has 128 bits; the magnitude is bounded by the digits."""
    need(b, 38)
    for size, digits in (
        (8, 8),
        (9, 9),
        (16, 16),
        (17, 17),
        (18, 18),
        (19, 19),
        (19, 18),
        (31, 31),
        (38, 38),
        (38, 20),
    ):
        given: dict[str, Any] = {"size": size, "digits": digits, "sign": "trailing", "fail": "null"}
        put_whole(b, b.value(o.Unzone, at=38 - size, site=site(b), **given))
        put_whole(b, b.value(o.Unzone, at=38 - size, lenient=True, point=True, site=site(b), **given))


@samples.of("f1f2f3", "f1f24b", "4bf1f2", "f14bf2", "f0f04b", size=3)
def unzone_rescales(b: Builder) -> None:
    """A point fixes the fraction: the value is brought to the scale, and what is lost must be zeros; without a point it is as it is."""
    need(b, 3)
    for scale in (-2, -1, 0, 1, 2, 5):
        given: dict[str, Any] = {"lenient": True, "point": True, "scale": scale, "fail": "null", "site": site(b)}
        put(b, b.value(o.Unzone, at=0, size=3, digits=8, **given), "i64")
