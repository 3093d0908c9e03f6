"""Workloads: a dictionary (a Layout, or a copybook as text), and records that fit it made by numpy, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arrowsmith.layout.framing import Fixed
from arrowsmith.layout.nodes import Field, Layout, Record, Table
from arrowsmith.layout.types import Integer

Bytes = npt.NDArray[np.uint8]
CODE_PAGE = "cp037"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """``make`` gives so many records, as an array of shape (records, size).  ``dtype``: what numpy makes of one, where it can."""

    name: str
    dictionary: Layout | str
    make: Callable[[int], Bytes]
    dtype: object = None


def digits(values: npt.NDArray[np.int64], count: int) -> Bytes:
    """Decimal digits, one a byte, most significant first."""
    out = np.empty((len(values), count), np.uint8)
    rest = values.copy()
    for i in range(count - 1, -1, -1):
        out[:, i] = rest % 10
        rest //= 10
    return out


def packed(values: npt.NDArray[np.int64], count: int) -> Bytes:
    """Packed decimals of *count* (odd) digits with a sign nibble."""
    sign = np.where(values < 0, 0xD, 0xC).astype(np.uint8)
    nibbles = np.concatenate([digits(np.abs(values), count), sign[:, None]], axis=1)
    return (nibbles[:, 0::2] << 4) | nibbles[:, 1::2]


def zoned(values: npt.NDArray[np.int64], count: int, *, signed: bool) -> Bytes:
    """Zoned decimals; a sign is overpunched on the last digit."""
    out = digits(np.abs(values), count) + np.uint8(0xF0)
    if signed:
        out[:, -1] = (out[:, -1] & 15) | np.where(values < 0, 0xD0, 0xC0).astype(np.uint8)
    return out


def words(chance: np.random.Generator, rows: int, size: int) -> Bytes:
    """Upper-case text of half to all of *size* letters, padded with EBCDIC spaces."""
    letters = np.frombuffer("ABCDEFGHIJKLMNOPQRSTUVWXYZ".encode(CODE_PAGE), np.uint8)
    out = letters[chance.integers(0, len(letters), (rows, size))]
    lengths = chance.integers(size // 2, size + 1, rows)
    out[np.arange(size) >= lengths[:, None]] = 0x40
    return out


def _numeric(rows: int) -> Bytes:
    chance = np.random.default_rng(1)
    return chance.integers(0, 256, (rows, 48), np.uint8)


def _mixed(rows: int) -> Bytes:
    chance = np.random.default_rng(2)

    def whole(low: int, high: int) -> npt.NDArray[np.int64]:
        return chance.integers(low, high, rows, np.int64)

    return np.concatenate(
        [
            words(chance, rows, 20),
            words(chance, rows, 30),
            words(chance, rows, 8),
            np.full((rows, 2), 0xC5, np.uint8),
            packed(whole(-(10**15) + 1, 10**15), 15),
            packed(whole(-(10**9) + 1, 10**9), 9),
            zoned(whole(-(10**10) + 1, 10**10), 10, signed=True),
            zoned(whole(0, 10**8), 8, signed=False),
            chance.integers(0, 256, (rows, 12), np.uint8),
            np.full((rows, 9), 0x40, np.uint8),
        ],
        axis=1,
    )


#: twelve unsigned big-endian words, which numpy reads as they are
NUMERIC = Layout(
    name="R",
    framing=Fixed(),
    tables=(
        Table(
            record=Record(
                name="R",
                members=tuple(Field(name=f"n{i}", type=Integer(bits=32, encoding="unsigned")) for i in range(12)),
            )
        ),
    ),
)

MIXED = """\
       01  R.
           05  NAME      PIC X(20).
           05  ADDRESS   PIC X(30).
           05  CODE-1    PIC X(8).
           05  STATE     PIC X(2).
           05  BALANCE   PIC S9(13)V99  COMP-3.
           05  FEE       PIC S9(7)V99   COMP-3.
           05  TOTAL     PIC S9(8)V99.
           05  DATE-1    PIC 9(8).
           05  COUNT-1   PIC S9(9)      COMP-5.
           05  SERIAL    PIC S9(18)     COMP-5.
           05  FILLER    PIC X(9).
"""

WORKLOADS = (
    Workload(
        name="fixed numeric (12 × u32)",
        dictionary=NUMERIC,
        make=_numeric,
        dtype=np.dtype([(f"n{i}", ">u4") for i in range(12)]),
    ),
    Workload(name="mixed record (112 bytes)", dictionary=MIXED, make=_mixed),
)
