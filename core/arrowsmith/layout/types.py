"""Physical types: how the bytes of one field become one value, and which Arrow type the value has.

Sizes are bytes unless a name says bits.  Every type knows its ``size`` where that is static (None where the data say).
Three kinds of bytes are told apart: a value; *absent* (``absent`` lists the byte values that, filling the whole field,
mean "no value here": null, counted, never an error); *invalid* (anything else the type refuses: the error policy decides).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from arrowsmith.layout.expr import Expr

Order = Literal["big", "little"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """A binary integer of ``bits`` (8–128 in whole bytes).

    ``encoding``: ``unsigned``, ``twos``, ``ones``, ``magnitude`` (sign bit first).  ``scale`` ≠ 0 makes it a scaled binary
    decimal: value × 10^-scale.  ``digits`` > 0 gives the Arrow type by digits: 1–9 int32, 10–18 int64, more or a scale:
    decimal(digits, scale); 0 gives the Arrow integer of the same width and sign.
    ``order`` may be a condition: little where it holds.  ``limit`` > 0 refuses magnitudes ≥ 10^limit (binary_truncate=std).
    """

    bits: int
    encoding: Literal["unsigned", "twos", "ones", "magnitude"] = "twos"
    order: Order | Expr = "big"
    digits: int = 0
    scale: int = 0
    decimal: bool = False
    limit: int = 0
    absent: bytes = b""

    @property
    def size(self) -> int:
        return self.bits // 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Bits:
    """``width`` bits (1–64) that begin ``shift`` bits into the field's ``size`` bytes.

    ``order`` is the byte order in which the ``size`` bytes (1–8) are read as one integer; ``shift`` counts from its most
    significant bit for ``big`` and from its least significant for ``little``.  Neighbours share their bytes: each Bits
    field but the last of a unit has ``advance`` False.  ``boolean`` gives an Arrow bool (width 1).
    """

    width: int
    shift: int
    size: int
    order: Order = "big"
    signed: bool = False
    boolean: bool = False
    advance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Float:
    """A floating-point number.

    ``ieee16 ieee32 ieee64`` (IEEE 754-2019), ``ibm32 ibm64`` (hexadecimal floats, z/Architecture Principles of Operation
    ch. 9), ``vaxf vaxd vaxg`` (VAX Architecture Reference), ``mil32 mil48`` (MIL-STD-1750A).  Arrow: float for 16- and
    32-bit kinds, double for the rest.  For vax kinds ``little`` is the native word-swapped order.
    ``order`` may be a condition, as Integer's.
    """

    kind: Literal["ieee16", "ieee32", "ieee64", "ibm32", "ibm64", "vaxf", "vaxd", "vaxg", "mil32", "mil48"]
    order: Order | Expr = "big"
    absent: bytes = b""

    @property
    def size(self) -> int:
        return {"ieee16": 2, "ieee32": 4, "ibm32": 4, "vaxf": 4, "mil32": 4, "mil48": 6}.get(self.kind, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Packed decimal: two digits a byte, the last nibble a sign (COMP-3), or no sign nibble (COMP-6).

    ``digits`` 1–38 is the precision; ``size`` the bytes (digits that the storage holds beyond ``digits`` count).
    ``sign``: ``trailing`` (A C E F plus, B D minus), ``unsigned`` (the same nibbles; B and D are refused), ``none`` (no
    sign nibble).  ``lenient`` signs: a sign nibble 0–9 is refused unless ``missing_sign`` reads it as plus.  Value × 10^-scale.
    Arrow: as Integer's by digits and scale.
    """

    size: int
    digits: int
    scale: int = 0
    sign: Literal["trailing", "unsigned", "none"] = "trailing"
    missing_sign: bool = False
    decimal: bool = False
    absent: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zoned:
    """Zoned decimal: one digit a byte (USAGE DISPLAY), read by ``table`` — a digit table of `arrowsmith.digits`.

    A digit table gives each of the 256 bytes a class: a plain digit, a digit with a plus or minus overpunch, a sign
    character, a blank, a decimal point, or nothing.  ``sign``: ``none`` (unsigned: a minus is refused), ``trailing`` or
    ``leading`` (overpunch on that digit), ``trailing_separate``, ``leading_separate``.

    ``lenient`` reads as Cobrix does: blanks around and between, a separate sign or an overpunch at either end
    (``anywhere``: on any digit), where ``point`` an explicit decimal point (which then sets the scale; a number without one is
    whole), and in the room of a sign or a point one more digit, as long as the column's integers hold the number.  Strict refuses
    all that.
    ``blank_zero``: a field of blanks or LOW-VALUES only is 0 and not absent.
    ``written``: the value is not the number but a text, the number as it is written: its sign, if there is one, and its digits,
    zeros too (up to 38 bytes, scale 0, no ``point``).
    Value × 10^-scale.  Arrow: as Integer's by digits and scale.
    """

    size: int
    digits: int
    scale: int = 0
    table: str = "ebcdic"
    sign: Literal["none", "trailing", "leading", "trailing_separate", "leading_separate"] = "none"
    lenient: bool = False
    anywhere: bool = False
    point: bool = False
    blank_zero: bool = False
    written: bool = False
    decimal: bool = False
    absent: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scientific:
    """A number written as mantissa and exponent, ``+1.2345E+67`` (COBOL's external floating point): a sign, ``digits`` digits (1–18),
    ``scale`` of them behind the decimal point, which stands among them if ``point``, the byte ``letter``, a sign, two digits.

    Bytes are read by ``table``, leniently, as Zoned's are: a blank is a plus, and a mantissa may have blanks before it.  The value is
    the double that is nearest to mantissa × 10^(exponent − scale); zero has no sign.  A field of blanks or LOW-VALUES is absent.
    Arrow: double.
    """

    digits: int
    scale: int = 0
    point: bool = False
    table: str = "ebcdic-separate"
    letter: bytes = b"\xc5"
    absent: bytes = b""

    @property
    def size(self) -> int:
        return 1 + self.digits + self.point + len(self.letter) + 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Text of ``size`` bytes in ``charset`` (a Python codec name or a code-page table's), as utf8.

    ``size``: an int, an expression, or None (to the end of the stream).  ``terminator`` ends the text earlier; it is
    consumed, and kept in the value only if ``include``.  ``trim``: which ends lose ``pad`` (bytes of the encoded text)
    or, where ``pad`` is empty, characters up to U+0020; what a terminator ended keeps its ``pad``.  ``every``: the terminator stands
    behind a multiple of so many bytes (0: of a unit of the charset).  ``undecodable``: a byte without a character becomes a
    ``space`` (and so does U+FFFD, where the charset has it; at an end it is trimmed as one) or U+FFFD (``replace``), or is refused
    (``error``).  ``controls``: characters below U+0020 are ``kept``, or ``dropped`` wherever they stand.  ``partial``: where the
    stream ends inside the field, the text is what is there.
    ``beyond``: what a partial one is that begins just where its stream ends; further behind it is null.
    """

    size: int | Expr | None
    charset: str = "utf-8"
    trim: Literal["none", "left", "right", "both"] = "none"
    pad: bytes = b""
    terminator: bytes = b""
    every: int = 0
    include: bool = False
    consume: bool = True
    require: bool = True
    undecodable: Literal["space", "replace", "error"] = "error"
    controls: Literal["kept", "dropped"] = "kept"
    partial: bool = False
    beyond: Literal["null", "empty"] = "null"
    absent: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytes:
    """Bytes as they are (Arrow binary); sizes, terminator, every and partial as for Text.  ``pad`` is one byte trimmed at the
    right of what no terminator ended.
    ``hex`` gives their hexadecimal digits as text.  ``expect`` refuses any other content."""

    size: int | Expr | None
    terminator: bytes = b""
    every: int = 0
    include: bool = False
    consume: bool = True
    require: bool = True
    pad: bytes = b""
    hex: bool = False
    expect: bytes = b""
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Boolean:
    """A field whose ``base`` value is false where it is 0 and true elsewhere; of a text: true and false where it is one of ``yes``
    and of ``no``, any other is refused."""

    base: Integer | Bits | Packed | Zoned | Text | Sentinels
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()

    @property
    def size(self) -> int | Expr | None:
        return self.base.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Enumeration:
    """Labels for the values of ``base``.  ``output``: ``label`` (utf8; a value without a label as its digits),
    ``dictionary`` (Arrow dictionary of the same), ``number``."""

    base: Integer | Bits | Packed | Sentinels
    labels: tuple[tuple[int, str], ...]
    output: Literal["label", "dictionary", "number"] = "label"

    @property
    def size(self) -> int | Expr | None:
        return self.base.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant or a day: ``base`` counts ``unit`` since ``epoch`` (ISO 8601).  Arrow timestamp[us] without zone, or with
    ``timezone``; ``unit`` ``d`` gives date32."""

    base: Integer | Float
    epoch: str = "1970-01-01T00:00:00"
    unit: Literal["d", "s", "ms", "us", "ns"] = "s"
    timezone: str = ""

    @property
    def size(self) -> int:
        return self.base.size


@dataclass(frozen=True, slots=True, kw_only=True)
class DatePattern:
    """A date, time or timestamp written in digits: ``base`` is the field as digits (Zoned, Packed) or a Text of one byte a character,
    ``pattern`` in the letters of Unicode TR 35 (yyyy MM dd HH mm ss S DDD).  ``pivot``: two-digit years below it are 20yy.  An impossible
    date is invalid, and so is anything before or behind it but blanks behind a text.  ``absent_values``, and a blank text, mean that
    there is none.  ``timezone``: ``UTC`` or an offset as ``+05:30``, in which the clock is that was written down."""

    base: Zoned | Packed | Text | Integer
    pattern: str
    pivot: int = 70
    absent_values: tuple[str, ...] = ()
    timezone: str = ""

    @property
    def size(self) -> int | Expr | None:
        return self.base.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentinels:
    """``base``, where ``absent_values`` mean that there is no value: whole numbers in digits (of a decimal: without its point), or texts
    as they are when trimmed."""

    base: Zoned | Packed | Text | Integer
    absent_values: tuple[str, ...]

    @property
    def size(self) -> int | Expr | None:
        return self.base.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """``base`` through a calibration, as double: ``polynomial`` (coefficients from degree 0), ``spline`` or ``table``
    (pairs raw, engineering; a spline interpolates linearly)."""

    base: Integer | Bits | Float
    kind: Literal["polynomial", "spline", "table"]
    points: tuple[float, ...]

    @property
    def size(self) -> int:
        return self.base.size


Type: TypeAlias = (
    Integer
    | Bits
    | Float
    | Packed
    | Zoned
    | Scientific
    | Text
    | Bytes
    | Boolean
    | Enumeration
    | Moment
    | DatePattern
    | Sentinels
    | Calibrated
)
