"""Workloads: a dictionary (a Layout, or a copybook as text), and records that fit it made by numpy, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from arrowsmith.layout.framing import Fixed
from arrowsmith.layout.nodes import Field, Layout, Record, Table
from arrowsmith.layout.types import Bits, Integer

Bytes = npt.NDArray[np.uint8]
CODE_PAGE = "cp037"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """``make`` gives so many records, as an array of shape (records, size), or, where records differ in size (``framed``), a file
    of at least so many.  ``options``: the copybook's.  ``dtype``: what numpy makes of a record, where it can.  ``hand``: the
    function of `handwritten.c` that reads the same records.  ``target``: the ratio to the faster C that is asked of machine
    code; 0: none is."""

    name: str
    dictionary: Layout | str
    make: Callable[[int], Bytes]
    options: Mapping[str, str] = field(default_factory=dict)
    dtype: object = None
    framed: bool = False
    hand: str = ""
    target: float = 0


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
    return joined(nibbles)


def joined(nibbles: Bytes) -> Bytes:
    """Pairs of *nibbles* as bytes."""
    made: Bytes = np.bitwise_or(nibbles[:, 0::2] << 4, nibbles[:, 1::2])
    return made


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


def _fields(count: int, picture: str) -> str:
    return "       01  R.\n" + "".join(f"           05  F{i:04}  PIC {picture}.\n" for i in range(count))


def _joined(columns: list[Bytes]) -> Bytes:
    return np.concatenate(columns, axis=1)


def _values(chance: np.random.Generator, rows: int, count: int, *, signed: bool = True) -> npt.NDArray[np.int64]:
    return chance.integers(1 - 10**count if signed else 0, 10**count, rows, np.int64)


def _texts(rows: int) -> Bytes:
    chance = np.random.default_rng(3)
    return _joined([words(chance, rows, 50) for _ in range(10)])


def _accented(rows: int) -> Bytes:
    """One letter in sixteen has two bytes in utf8."""
    chance = np.random.default_rng(4)
    out = _texts(rows)
    letters = np.frombuffer("éüñ".encode(CODE_PAGE), np.uint8)
    chosen = (chance.integers(0, 16, out.shape) == 0) & (out != 0x40)
    out[chosen] = letters[chance.integers(0, 3, int(chosen.sum()))]
    return out


def _packed(rows: int) -> Bytes:
    chance = np.random.default_rng(5)
    return _joined([packed(_values(chance, rows, 11), 11) for _ in range(10)])


def _zoned(rows: int) -> Bytes:
    chance = np.random.default_rng(6)
    return _joined([zoned(_values(chance, rows, 11), 11, signed=True) for _ in range(10)])


def _wide(rows: int) -> Bytes:
    """Packed decimals of 27 digits."""
    chance = np.random.default_rng(7)
    made = []
    for _ in range(6):
        high, low = _values(chance, rows, 12, signed=False), _values(chance, rows, 15)
        nibbles = np.concatenate([digits(high, 12), digits(np.abs(low), 15)], axis=1)
        sign = np.where(low < 0, 0xD, 0xC).astype(np.uint8)
        nibbles = np.concatenate([nibbles, sign[:, None]], axis=1)
        made.append((nibbles[:, 0::2] << 4) | nibbles[:, 1::2])
    return _joined(made)


def _sparse(rows: int) -> Bytes:
    """A quarter of the values is absent: blanks."""
    chance = np.random.default_rng(8)
    columns = [packed(_values(chance, rows, 11), 11) for _ in range(5)]
    columns += [zoned(_values(chance, rows, 9), 9, signed=True) for _ in range(5)]
    for column in columns:
        column[chance.integers(0, 4, rows) == 0] = 0x40
    return _joined(columns)


def _floats(rows: int) -> Bytes:
    """IBM floats of 4 and 8 bytes, normalised, of middling size."""
    chance = np.random.default_rng(9)
    columns = []
    for size in (4, 8) * 5:
        column = chance.integers(0, 256, (rows, size), np.uint8)
        column[:, 0] = 0x40 + chance.integers(0, 8, rows) + 0x80 * chance.integers(0, 2, rows)
        column[:, 1] |= 0x10
        columns.append(column)
    return _joined(columns)


def _edited(rows: int) -> Bytes:
    """-Z(6)9.99 with the zeros in front blank."""
    chance = np.random.default_rng(10)
    columns = []
    for _ in range(8):
        value = _values(chance, rows, 9)
        shown = digits(np.abs(value), 9) + np.uint8(0xF0)
        leading = (shown[:, :6] == 0xF0).cumprod(axis=1).astype(bool)
        shown[:, :6][leading] = 0x40
        sign = np.where(value < 0, 0x60, 0x40).astype(np.uint8)[:, None]
        columns.append(_joined([sign, shown[:, :7], np.full((rows, 1), 0x4B, np.uint8), shown[:, 7:]]))
    return _joined(columns)


def _bits(rows: int) -> Bytes:
    return np.random.default_rng(11).integers(0, 256, (rows, 32), np.uint8)


def _many(rows: int) -> Bytes:
    return np.random.default_rng(12).integers(0, 256, (rows, 8000), np.uint8)


def _varied(rows: int) -> Bytes:
    """Records of 0 to 8 elements behind big-endian record descriptor words; every one of 4,096 is made once, the file is theirs in turn."""
    chance = np.random.default_rng(13)
    made = []
    for _ in range(min(rows, 4096)):
        count = int(chance.integers(0, 9))
        body = [words(chance, 1, 12).tobytes(), zoned(np.array([count]), 2, signed=False).tobytes()]
        for _ in range(count):
            body += [words(chance, 1, 10).tobytes(), packed(_values(chance, 1, 9), 9).tobytes()]
        record = b"".join(body)
        made.append(len(record).to_bytes(2, "big") + bytes(2) + record)
    return np.frombuffer(b"".join(made) * -(-rows // len(made)), np.uint8)


#: eight 32-bit units, each of fields of 3, 7, 1, 12 and 9 bits
BITS = Layout(
    name="R",
    framing=Fixed(),
    tables=(
        Table(
            record=Record(
                name="R",
                members=tuple(
                    Field(
                        name=f"b{unit}_{shift}",
                        type=Bits(width=width, shift=shift, size=4, signed=width == 12, advance=last),
                    )
                    for unit in range(8)
                    for width, shift, last in (
                        (3, 0, False),
                        (7, 3, False),
                        (1, 10, False),
                        (12, 11, False),
                        (9, 23, True),
                    )
                ),
            )
        ),
    ),
)

FLOATS = "       01  R.\n" + "".join(
    f"           05  S{i}  USAGE COMP-1.\n           05  D{i}  USAGE COMP-2.\n" for i in range(5)
)

SPARSE = "       01  R.\n" + "".join(
    f"           05  {letter}{i}  PIC {picture}.\n"
    for letter, picture in (("P", "S9(9)V99 COMP-3"), ("Z", "S9(7)V99"))
    for i in range(5)
)

VARIED = """\
       01  R.
           05  NAME      PIC X(12).
           05  ITEMS     PIC 9(2).
           05  ITEM OCCURS 0 TO 8 TIMES DEPENDING ON ITEMS.
               10  CODE-1   PIC X(10).
               10  PRICE    PIC S9(7)V99 COMP-3.
"""

WORKLOADS = (
    Workload(
        name="fixed numeric, 12 × u32",
        dictionary=NUMERIC,
        make=_numeric,
        dtype=np.dtype([(f"n{i}", ">u4") for i in range(12)]),
        hand="numeric",
        target=0.95,
    ),
    Workload(name="mixed record, 112 bytes", dictionary=MIXED, make=_mixed, hand="mixed", target=3),
    Workload(name="text, 10 × X(50)", dictionary=_fields(10, "X(50)"), make=_texts, target=3),
    Workload(name="packed, 10 × S9(9)V99", dictionary=_fields(10, "S9(9)V99 COMP-3"), make=_packed, target=3),
    Workload(name="zoned, 10 × S9(9)V99", dictionary=_fields(10, "S9(9)V99"), make=_zoned, target=3),
    Workload(
        name="RDW and ODO, 0–8 elements",
        dictionary=VARIED,
        make=_varied,
        options={"record_format": "V", "is_rdw_big_endian": "true", "variable_size_occurs": "true"},
        framed=True,
        target=1.5,
    ),
    Workload(name="2,000 columns of S9(9) COMP", dictionary=_fields(2000, "S9(9) COMP-5"), make=_many, target=2),
    Workload(
        name="text with two-byte characters",
        dictionary=_fields(10, "X(50)"),
        make=_accented,
        options={"ebcdic_code_page": "cp037"},
    ),
    Workload(name="packed, 6 × S9(25)V99", dictionary=_fields(6, "S9(25)V99 COMP-3"), make=_wide),
    Workload(name="a quarter absent", dictionary=SPARSE, make=_sparse),
    Workload(name="IBM floats", dictionary=FLOATS, make=_floats),
    Workload(name="edited, 8 × -Z(6)9.99", dictionary=_fields(8, "-Z(6)9.99"), make=_edited),
    Workload(name="bit fields, 8 × 5", dictionary=BITS, make=_bits),
)
