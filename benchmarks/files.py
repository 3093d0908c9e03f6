"""Whole files to convert, shaped like those of Cobrix's published benchmarks, with their copybooks: made by numpy, the same for a seed.

Three shapes: records of one size with a field of every kind; a short root with short children in the same file; and a root of 2,000
pairs of numbers with the same children.  Records of the last two have headers of four bytes, the length little-endian in the
last two, as Cobrix has it by default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from workloads import CODE_PAGE, Bytes, digits, packed, words, zoned


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """``make`` gives a file of about so many bytes; ``options`` are the copybook's."""

    name: str
    dictionary: str
    make: Callable[[int], Bytes]
    options: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path, size: int) -> tuple[Path, Path]:
        """The copybook and about *size* bytes of data in *folder*, made in pieces so that memory stays small."""
        stem = self.name.replace(", ", "-").replace(" ", "-")
        copybook, data = folder / f"{stem}.cpy", folder / f"{stem}.dat"
        copybook.write_text(self.dictionary)
        piece = self.make(min(size, 16 << 20)).tobytes()
        with data.open("wb") as out:
            for _ in range(max(1, round(size / len(piece)))):
                out.write(piece)
        return copybook, data


# --- a field of every kind ---------------------------------------------------------------------------------------------

#: digits before and behind the decimal point
_WHOLE = (
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 0),
    (17, 0),
    (18, 0),
    (19, 0),
    (20, 0),
    (37, 0),
)
_PARTS = ((2, 1), (2, 2), (3, 2), (4, 4), (5, 4), (5, 5), (15, 2), (16, 2), (17, 2), (18, 10))
#: of numbers, as a copybook's clause
_USAGES = ("", "COMP", "COMP-3")
_TEXTS = (10, 20, 30, 8)


@dataclass(frozen=True, slots=True)
class _Number:
    """One number: its name, *before* and *behind* the point so many digits, and how it is stored."""

    name: str
    before: int
    behind: int
    signed: bool
    usage: str

    @property
    def count(self) -> int:
        return self.before + self.behind

    @property
    def clause(self) -> str:
        point = f"V9({self.behind})" if self.behind else ""
        return f"{'S' if self.signed else ''}9({self.before}){point} {self.usage}".rstrip()


def _numbers() -> tuple[_Number, ...]:
    kinds = [(*one, signed, usage) for usage in _USAGES for signed in (False, True) for one in _WHOLE + _PARTS]
    return tuple(_Number(f"N{i:03}", *kind) for i, kind in enumerate(kinds))


def _varieties_copybook() -> str:
    lines = ["       01  R.", "           05  ID      PIC 9(7)  COMP."]
    lines += [f"           05  T{i:03}    PIC X({size})." for i, size in enumerate(_TEXTS)]
    lines += [f"           05  {one.name}    PIC {one.clause}." for one in _numbers()]
    lines += ["           05  F001    COMP-1.", "           05  F002    COMP-2."]
    return "\n".join(lines) + "\n"


def _stored(values: npt.NDArray[np.int64], size: int) -> Bytes:
    """Big-endian binary of *size* bytes."""
    low = np.ascontiguousarray(values.astype(">i8")).view(np.uint8).reshape(-1, 8)
    if size <= 8:
        return low[:, 8 - size :]
    sign = np.where(values < 0, 0xFF, 0).astype(np.uint8)
    return np.concatenate([np.repeat(sign[:, None], size - 8, axis=1), low], axis=1)


def _binary_size(count: int) -> int:
    """Bytes of a binary number of *count* digits."""
    if count <= 18:
        return 2 if count <= 4 else 4 if count <= 9 else 8
    return ((10**count - 1).bit_length() + 8) // 8


def _column(chance: np.random.Generator, rows: int, one: _Number) -> Bytes:
    """Values of any size that fits, as many of few digits as of many."""
    size = min(one.count, 18)
    most = 10 ** chance.integers(1, size + 1, rows, np.int64)
    values = chance.integers(0, most, dtype=np.int64)
    if one.signed:
        values *= chance.integers(0, 2, rows, np.int64) * 2 - 1
    if one.usage == "COMP":
        return _stored(values, _binary_size(one.count))
    if one.usage == "COMP-3":
        made = packed(values, one.count | 1)
        if not one.signed:
            made[:, -1] |= 0x0F
        return made
    return zoned(values, one.count, signed=one.signed)


def _varieties(size: int) -> Bytes:
    chance = np.random.default_rng(100)
    rows = max(1, size // 1400)
    columns = [_stored(np.arange(rows, dtype=np.int64), 4)]
    columns += [words(chance, rows, length) for length in _TEXTS]
    columns += [_column(chance, rows, one) for one in _numbers()]
    for length in (4, 8):  # floats as IBM has them, normalised
        made = chance.integers(0, 256, (rows, length), np.uint8)
        made[:, 0] = 0x40 + chance.integers(0, 8, rows)
        made[:, 1] |= 0x10
        columns.append(made)
    return np.concatenate(columns, axis=1).reshape(-1)


# --- companies and their contacts --------------------------------------------------------------------------------------

_COMPANIES = """\
       01  ENTITY.
           05  KIND            PIC X(5).
           05  COMPANY-ID      PIC X(10).
           05  COMPANY.
               10  NAME        PIC X(15).
               10  ADDRESS     PIC X(25).
               10  TAXPAYER.
                   15  TAX-KIND    PIC X(1).
                   15  TAX-TEXT    PIC X(8).
                   15  TAX-NUMBER  REDEFINES TAX-TEXT  PIC 9(8) COMP.
{wide}\
           05  CONTACT REDEFINES COMPANY.
               10  PHONE       PIC X(17).
               10  PERSON      PIC X(28).
"""
_WIDE = """\
               10  STRATEGY.
                   15  DETAIL OCCURS 2000 TIMES.
                       20  NUM1    PIC 9(7) COMP.
                       20  NUM2    PIC 9(7) COMP-3.
"""
_NAMES = (
    "Ostrava Steel",
    "Kiln & Sons",
    "Lumen AG",
    "Harbour Foods",
    "Quarry Ltd.",
    "Nine Mills",
    "Tamarind",
    "Blue Ferry",
)
_STREETS = (
    "4 Mill lane, Leeds",
    "12 Rue Haute, Lyon",
    "88 Hafenweg, Kiel",
    "3 Via Nuova, Turin",
    "7 Oak ave., Boise",
    "61 Dock st., Perth",
)


def _text(text: str, size: int) -> Bytes:
    return np.frombuffer(text.encode(CODE_PAGE).ljust(size, b"\x40"), np.uint8)


def _texts(chance: np.random.Generator, rows: int, choices: tuple[str, ...], size: int) -> Bytes:
    return np.stack([_text(choice, size) for choice in choices])[chance.integers(0, len(choices), rows)]


def _headed(rows: Bytes) -> Bytes:
    """*rows* with their record descriptor words."""
    header = np.zeros((len(rows), 4), np.uint8)
    header[:, 2:] = (rows.shape[1] & 255, rows.shape[1] >> 8)
    return np.concatenate([header, rows], axis=1)


def _companies(size: int, pairs: int) -> Bytes:
    chance = np.random.default_rng(200)
    rows = max(1, size // (204 + 8 * pairs))  # a root, and two children on average
    keys = digits(chance.integers(10**9, 10**10, rows, np.int64), 10) + np.uint8(0xF0)
    numbers = chance.integers(10**7, 10**8, rows, np.int64)
    as_text = chance.integers(0, 2, rows) == 1
    binary = np.concatenate([_stored(numbers, 4), np.zeros((rows, 4), np.uint8)], axis=1)
    root = [
        np.tile(_text("C", 5), (rows, 1)),
        keys,
        _texts(chance, rows, _NAMES, 15),
        _texts(chance, rows, _STREETS, 25),
        np.where(as_text, 0xC1, 0xD5).astype(np.uint8)[:, None],
        np.where(as_text[:, None], digits(numbers, 8) + np.uint8(0xF0), binary),
    ]
    if pairs:
        amounts = chance.integers(0, 10**7, rows * pairs, np.int64)
        unsigned = packed(amounts, 7)
        unsigned[:, -1] |= 0x0F
        root.append(np.concatenate([_stored(amounts, 4), unsigned], axis=1).reshape(rows, -1))
    roots = _headed(np.concatenate(root, axis=1))
    counts = chance.integers(0, 5, rows)
    total = int(counts.sum())
    phones = np.tile(_text("+(000) 000 00 00", 17), (total, 1))
    for place in (2, 3, 4, 7, 8, 9):
        phones[:, place] = chance.integers(0xF0, 0xFA, total)
    child = [
        np.tile(_text("P", 5), (total, 1)),
        np.repeat(keys, counts, axis=0),
        phones,
        _texts(chance, total, ("Ada Byron", "Grace Murray", "Edsger Wybe", "Barbara Huberman"), 28),
    ]
    children = _headed(np.concatenate(child, axis=1))
    # each root, and its children behind it
    ends = np.cumsum(counts)
    out = np.empty(roots.size + children.size, np.uint8)
    wide, narrow = roots.shape[1], children.shape[1]
    begins = np.arange(rows) * wide + (ends - counts) * narrow
    if pairs:  # few rows, each long
        for row, begin in enumerate(begins.tolist()):
            out[begin : begin + wide] = roots[row]
    else:
        out[begins[:, None] + np.arange(wide)] = roots
    parents = np.repeat(np.arange(rows), counts)
    places = (parents + 1) * wide + np.arange(total) * narrow
    out[places[:, None] + np.arange(narrow)] = children
    return out


_SEGMENTS = {
    "record_format": "V",
    "segment_field": "KIND",
    "redefine_segment_id_map:0": "COMPANY => C",
    "redefine_segment_id_map:1": "CONTACT => P",
}

FILES = (
    File(name="type variety", dictionary=_varieties_copybook(), make=_varieties),
    File(
        name="segments, narrow",
        dictionary=_COMPANIES.format(wide=""),
        make=lambda size: _companies(size, 0),
        options=_SEGMENTS,
    ),
    File(
        name="segments, wide",
        dictionary=_COMPANIES.format(wide=_WIDE),
        make=lambda size: _companies(size, 2000),
        options=_SEGMENTS,
    ),
)
