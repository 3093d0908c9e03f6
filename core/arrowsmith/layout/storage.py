"""Which column a physical type's values go to: a type becomes a storage and, where that does not say it, an Arrow type in words.

The words are those of `arrowsmith.columns.Leaf.logical`; `arrowsmith.layout.schema` turns them into pyarrow's types.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from arrowsmith.columns import Mending, Storage
from arrowsmith.layout import types as ty

Stored: TypeAlias = tuple[Storage, str]

#: Digits of the longest number in so many bits.  128 bits hold 39, of which Arrow's decimal128 takes 38.
_DIGITS = {8: 3, 16: 5, 24: 8, 32: 10, 40: 13, 48: 15, 56: 17, 64: 20, 128: 38}

#: decimal128 has at most so many digits (Arrow columnar format, Schema.fbs).
MOST_DIGITS = 38


def stored(physical: ty.Type) -> Stored:
    """The storage and logical type of a column of *physical* values."""
    match physical:
        case ty.Integer():
            return _by_digits(physical) if physical.digits or physical.scale or physical.decimal else _integer(physical)
        case ty.Zoned(written=True):
            return "utf8", ""
        case ty.Packed() | ty.Zoned():
            return _by_digits(physical)
        case ty.Bits():
            return ("bool", "") if physical.boolean else (_width(physical.width, physical.signed), "")
        case ty.Float():
            return ("f32" if physical.kind in ("ieee16", "ieee32", "ibm32", "vaxf", "mil32") else "f64"), ""
        case ty.Text():
            return "utf8", ""
        case ty.Bytes():
            return ("utf8" if physical.hex else "binary"), ""
        case ty.Boolean():
            return "bool", ""
        case ty.Enumeration():
            if physical.output == "number":
                return stored(physical.base)
            return "utf8", "dictionary" if physical.output == "dictionary" else ""
        case ty.Moment():
            if physical.unit == "d":
                return "i32", "date32"
            return "i64", f"timestamp[us, {physical.timezone}]" if physical.timezone else "timestamp[us]"
        case ty.DatePattern():
            storage, logical = _DATES[holds(physical.pattern)]
            return storage, f"{logical[:-1]}, {physical.timezone}]" if physical.timezone else logical
        case ty.Sentinels():
            return stored(physical.base)
        case ty.Calibrated() | ty.Scientific():
            return "f64", ""


def mending(physical: ty.Type) -> Mending | None:
    """What a text of *physical* may need once it is put; None where it is as the data have it, or no text."""
    match physical:
        case ty.Sentinels():
            return mending(physical.base)
        case ty.Text(undecodable="error", controls="kept"):
            return None
        case ty.Text():
            space = physical.undecodable == "space"
            return Mending(space=space, dropped=physical.controls == "dropped", trim=physical.trim if space else "none")
        case _:
            return None


def _width(bits: int, signed: bool) -> Storage:
    widths: tuple[tuple[int, Storage, Storage], ...] = ((8, "u8", "i8"), (16, "u16", "i16"), (32, "u32", "i32"))
    for width, plain, with_sign in widths:
        if bits <= width:
            return with_sign if signed else plain
    return "i64" if signed else "u64"


def _integer(physical: ty.Integer) -> Stored:
    if physical.bits > 64:
        return "dec128", f"decimal({MOST_DIGITS}, 0)"
    return _width(physical.bits, physical.encoding != "unsigned"), ""


def precision(physical: ty.Integer | ty.Packed | ty.Zoned) -> tuple[int, int]:
    """Digits in all, and those behind the point, of the decimal that holds every value × 10^-scale.

    A scale beyond the digits (PIC VPP9) widens the decimal to the right; a negative one (PIC 9PP) to the left.
    """
    digits = physical.digits or (_DIGITS.get(physical.bits, MOST_DIGITS) if isinstance(physical, ty.Integer) else 0)
    return max(digits, physical.scale, digits - physical.scale if physical.scale < 0 else 0), max(0, physical.scale)


def _by_digits(physical: ty.Integer | ty.Packed | ty.Zoned) -> Stored:
    digits, scale = precision(physical)
    if physical.decimal or physical.scale or digits > 18:
        return "dec128", f"decimal({digits}, {scale})"
    return ("i32" if digits <= 9 else "i64"), ""


# --- date patterns ---------------------------------------------------------------------------------------------------

#: Letters of a pattern (Unicode TR 35; C: the century, 0 for 19, as IBM i has it) and what they are of.
PATTERN_LETTERS: dict[str, Literal["day", "time"]] = {
    "C": "day", "y": "day", "M": "day", "d": "day", "D": "day", "H": "time", "m": "time", "s": "time", "S": "time",
}  # fmt: skip

_DATES: dict[str, Stored] = {"day": ("i32", "date32"), "time": ("i64", "time64[us]"), "both": ("i64", "timestamp[us]")}
_QUOTED = re.compile(r"'[^']*'")

#: What a date pattern is made of: fields, texts in single quotes, and other characters that stand for themselves.
PATTERN_PIECE = re.compile(r"yyyy|yy|MM|dd|DDD|HH|mm|ss|S+|C|'[^']*'|[^A-Za-z']")


def pattern_letters(pattern: str) -> str:
    """The letters of a date pattern, without the texts in single quotes."""
    return "".join(c for c in _QUOTED.sub("", pattern) if c.isalpha())


_OFFSET = re.compile(r"([+-])(\d\d):([0-5]\d)")


def offset_minutes(timezone: str) -> int | None:
    """Minutes that a clock in *timezone* is ahead of UTC; None for a zone that is neither ``UTC`` nor an offset as ``+05:30``."""
    if timezone in ("", "UTC"):
        return 0
    found = _OFFSET.fullmatch(timezone)
    if found is None or int(found[2]) > 15:
        return None
    minutes = 60 * int(found[2]) + int(found[3])
    return -minutes if found[1] == "-" else minutes


def holds(pattern: str) -> Literal["day", "time", "both"]:
    """Whether a date pattern says a day, a time of day, or both."""
    kinds = {PATTERN_LETTERS.get(letter, "day") for letter in pattern_letters(pattern)}
    return "both" if len(kinds) > 1 else "time" if kinds == {"time"} else "day"
