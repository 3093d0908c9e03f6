"""Further workloads, that no target names: every width and scale, other code pages, nulls at other rates, dates, wide varied records.

``run.py --further`` measures them instead of the usual ones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from workloads import Bytes, Workload, digits, packed, words, zoned

from arrowsmith.layout.framing import Fixed
from arrowsmith.layout.nodes import Field, Layout, Record, Table
from arrowsmith.layout.types import DatePattern, Zoned

#: fields of a record
MANY = 10

Column = Callable[[np.random.Generator, int], Bytes]


def _number(chance: np.random.Generator, rows: int, count: int, *, signed: bool) -> npt.NDArray[np.int64]:
    return chance.integers(1 - 10**count if signed else 0, 10**count, rows, np.int64)


def packed_column(count: int) -> Column:
    """Packed decimals of *count* digits, an even one with a zero in front."""
    return lambda chance, rows: packed(_number(chance, rows, count, signed=True), count | 1)


def zoned_column(count: int, *, signed: bool) -> Column:
    return lambda chance, rows: zoned(_number(chance, rows, count, signed=signed), count, signed=signed)


def _wide_zoned(chance: np.random.Generator, rows: int) -> Bytes:
    """Zoned decimals of 27 digits."""
    high = digits(_number(chance, rows, 12, signed=False), 12) + np.uint8(0xF0)
    return np.concatenate([high, zoned(_number(chance, rows, 15, signed=True), 15, signed=True)], axis=1)


def _separate(chance: np.random.Generator, rows: int) -> Bytes:
    value = _number(chance, rows, 9, signed=True)
    sign = np.where(value < 0, 0x60, 0x4E).astype(np.uint8)[:, None]
    return np.concatenate([sign, digits(np.abs(value), 9) + np.uint8(0xF0)], axis=1)


def binary_column(count: int, size: int) -> Column:
    """Big-endian integers of *count* digits in *size* bytes."""

    def make(chance: np.random.Generator, rows: int) -> Bytes:
        whole = _number(chance, rows, count, signed=True).astype(">i8").view(np.uint8).reshape(rows, 8)
        return np.ascontiguousarray(whole[:, 8 - size :])

    return make


def text_column(size: int, *, accents: float = 0.0, page: str = "cp037", ascii: bool = False) -> Column:
    """Words; *accents*: the share of letters that have two bytes in utf8."""

    def make(chance: np.random.Generator, rows: int) -> Bytes:
        out = words(chance, rows, size)
        if accents:
            letters = np.frombuffer("äöüßéñ".encode(page), np.uint8)
            chosen = (chance.random(out.shape, np.float32) < accents) & (out != 0x40)
            out[chosen] = letters[chance.integers(0, len(letters), int(chosen.sum()))]
        if ascii:
            table = np.frombuffer(bytes(range(256)).decode("cp037").encode("latin-1"), np.uint8)
            out = table[out]
        return out

    return make


def sparse(column: Column, rate: float, blank: int = 0x40) -> Column:
    """*column*, of which *rate* is absent."""

    def make(chance: np.random.Generator, rows: int) -> Bytes:
        out = column(chance, rows)
        out[chance.random(rows) < rate] = blank
        return out

    return make


def _dates(chance: np.random.Generator, rows: int) -> Bytes:
    days = np.datetime64("1950-01-01") + chance.integers(0, 36500, rows)
    texts = np.char.replace(days.astype(str), "-", "")
    return np.frombuffer("".join(texts).encode("cp037"), np.uint8).reshape(rows, 8).copy()


def record_of(*columns: Column) -> Callable[[int], Bytes]:
    """Records of the *columns*."""

    def make(rows: int) -> Bytes:
        chance = np.random.default_rng(20)
        return np.concatenate([column(chance, rows) for column in columns], axis=1)

    return make


def _of(name: str, picture: str, column: Column, *, target: float = 3, **options: str) -> Workload:
    text = "       01  R.\n" + "".join(f"           05  F{i:04}  PIC {picture}.\n" for i in range(MANY))
    return Workload(name=name, dictionary=text, make=record_of(*[column] * MANY), options=options, target=target)


def _dated() -> Layout:
    kind = DatePattern(base=Zoned(size=8, digits=8, sign="none"), pattern="yyyyMMdd")
    members = tuple(Field(name=f"d{i}", type=kind) for i in range(MANY))
    return Layout(name="R", framing=Fixed(), tables=(Table(record=Record(name="R", members=members)),))


_VARIED: tuple[tuple[str, Column], ...] = (
    ("X(20)", text_column(20)),
    ("S9(9)V99 COMP-3", packed_column(11)),
    ("S9(8)V99", zoned_column(10, signed=True)),
    ("S9(9) COMP", binary_column(9, 4)),
    ("9(8)", zoned_column(8, signed=False)),
    ("S9(4) COMP", binary_column(4, 2)),
    ("X(3)", text_column(3)),
    ("S9(15)V99 COMP-3", packed_column(17)),
)


def _varied(count: int) -> Workload:
    chosen = [_VARIED[i % len(_VARIED)] for i in range(count)]
    text = "       01  R.\n" + "".join(f"           05  F{i:04}  PIC {p}.\n" for i, (p, _) in enumerate(chosen))
    return Workload(
        name=f"{count:,} columns of all kinds", dictionary=text, make=record_of(*[c for _, c in chosen]), target=2
    )


FURTHER = (
    *(_of(f"packed, {n} digits", f"S9({n}) COMP-3", packed_column(n)) for n in (1, 3, 4, 5, 7, 9, 13, 15, 17, 18)),
    *(_of(f"zoned, S9({n})", f"S9({n})", zoned_column(n, signed=True)) for n in (1, 3, 5, 7, 9, 13, 16, 18)),
    *(_of(f"zoned, 9({n})", f"9({n})", zoned_column(n, signed=False)) for n in (2, 4, 6, 8, 12, 15)),
    _of("zoned, S9(25)V99", "S9(25)V99", _wide_zoned),
    _of("zoned, leading separate", "S9(9) SIGN LEADING SEPARATE", _separate),
    _of("binary, S9(4) COMP", "S9(4) COMP", binary_column(4, 2), target=0.95),
    _of("binary, S9(7)V99 COMP", "S9(7)V99 COMP", binary_column(9, 4), target=0.95),
    _of("binary, S9(18) COMP", "S9(18) COMP", binary_column(18, 8), target=0.95),
    _of("binary, S9(16)V99 COMP", "S9(16)V99 COMP", binary_column(18, 8), target=0.95),
    _of("binary, S9(9) COMP truncated", "S9(9) COMP", binary_column(9, 4), target=0.95, binary_truncate="std"),
    *(_of(f"text, X({n})", f"X({n})", text_column(n)) for n in (1, 2, 3, 5, 8, 12, 16, 17, 25, 32, 33, 64, 100, 200)),
    _of("text, X(30), right", "X(30)", text_column(30), string_trimming_policy="right"),
    _of("text, X(30), left", "X(30)", text_column(30), string_trimming_policy="left"),
    _of("text, X(30), untrimmed", "X(30)", text_column(30), string_trimming_policy="none"),
    _of("text, X(30), ascii", "X(30)", text_column(30, ascii=True), encoding="ascii"),
    _of("text, X(30), cp273, 1 %", "X(30)", text_column(30, accents=0.01, page="cp273"), ebcdic_code_page="cp273"),
    _of("text, X(30), cp273, 10 %", "X(30)", text_column(30, accents=0.1, page="cp273"), ebcdic_code_page="cp273"),
    _of("text, X(30), cp1140, 50 %", "X(30)", text_column(30, accents=0.5), ebcdic_code_page="cp1140"),
    *(
        _of(f"packed, {rate:.0%} absent", "S9(9)V99 COMP-3", sparse(packed_column(11), rate))
        for rate in (0.01, 0.1, 0.5, 0.9)
    ),
    *(
        _of(f"zoned, {rate:.0%} absent", "S9(7)V99", sparse(zoned_column(9, signed=True), rate))
        for rate in (0.01, 0.1, 0.5, 0.9)
    ),
    _of("packed wide, 25 % absent", "S9(17)V99 COMP-3", sparse(packed_column(18), 0.25)),
    _of("text, X(12), 25 % low", "X(12)", sparse(text_column(12), 0.25, 0)),
    Workload(name="dates, yyyyMMdd", dictionary=_dated(), make=record_of(*[_dates] * MANY)),
    _varied(200),
    _varied(2000),
)
