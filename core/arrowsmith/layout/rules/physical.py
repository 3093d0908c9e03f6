"""Rules of physical types, D0110 to D0129: sizes, digits, bits, names of charsets and tables, labels, dates, calibrations."""

from __future__ import annotations

import codecs
import math
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from arrowsmith.charsets import Charset, digit_table, encoded, known
from arrowsmith.diagnostics import nearest
from arrowsmith.digits import DIGIT_TABLES
from arrowsmith.layout import types as ty
from arrowsmith.layout.measure import constant
from arrowsmith.layout.rules.rule import Found, Rule, Survey, rule
from arrowsmith.layout.storage import MOST_DIGITS, PATTERN_PIECE, holds, offset_minutes, pattern_letters, precision

#: Digits of a mantissa that a 64-bit integer holds, whatever they are.
MOST_MANTISSA = 18

#: Python's codecs that read text and are no charset of data.
_NO_CHARSETS = frozenset({"undefined", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"})


@rule("D0110", "the size of a field is not positive")
def sizes(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        match physical:
            case ty.Text(size=size) | ty.Bytes(size=size):
                number = size if isinstance(size, int) else None if size is None else constant(size)
                least = 0  # an empty text is a text
            case ty.Packed(size=number) | ty.Zoned(size=number):
                least = 1
            case _:
                continue
        if number is not None and number < least:
            yield Found(f"the size of {place} is {number} bytes", place)
        if getattr(physical, "every", 0) < 0:
            yield Found(f"the terminator of {place} stands behind a multiple of {physical.every} bytes", place)


@rule("D0111", "an integer has a number of bits that is none of 8, 16, … 128")
def widths(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        if isinstance(physical, ty.Integer) and physical.bits not in range(8, 136, 8):
            yield Found(f"{place} is an integer of {physical.bits} bits", place, "take a bit field for other widths")


@rule("D0112", "a number of digits is not between 1 and 38")
def digits(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        match physical:
            case ty.Packed(digits=number) | ty.Zoned(digits=number):
                least = 1
            case ty.Integer(digits=number):
                least = 0
            case ty.Scientific(digits=number) if number > MOST_MANTISSA:
                yield Found(f"the mantissa of {place} has {number} digits, and 1 to {MOST_MANTISSA} can be read", place)
                continue
            case ty.Scientific(digits=number):
                least = 1
            case _:
                continue
        if not least <= number <= MOST_DIGITS:
            yield Found(
                f"{place} has {number} digits, and a decimal has 1 to {MOST_DIGITS}", place, "read it as text or bytes"
            )


@rule("D0113", "a scale makes a decimal of more than 38 digits")
def scales(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        if isinstance(physical, (ty.Integer, ty.Packed, ty.Zoned)) and physical.digits <= MOST_DIGITS:
            number, _ = precision(physical)
            if number > MOST_DIGITS:
                yield Found(
                    f"{place} with its scale of {physical.scale} needs {number} digits, and a decimal has at most {MOST_DIGITS}",
                    place,
                )


@rule("D0114", "a field's bytes cannot hold its digits")
def capacities(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        match physical:
            case ty.Packed():
                room = 2 * physical.size - (physical.sign != "none")
            case ty.Zoned():
                room = physical.size - physical.sign.endswith("_separate")
            case _:
                continue
        if physical.size >= 1 and physical.digits > room:
            yield Found(
                f"{place} has {physical.digits} digits, and its {physical.size} bytes hold {max(0, room)}", place
            )


@rule("D0128", "a number whose value is how it is written has a scale, or more bytes than a spelling takes")
def spellings(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        if isinstance(physical, ty.Zoned) and physical.written:
            if physical.size > MOST_DIGITS:
                yield Found(f"{place} is written in {physical.size} bytes, and {MOST_DIGITS} can be", place)
            if physical.scale or physical.point or physical.decimal:
                yield Found(f"{place} is written with a decimal point", place)


@rule(
    "D0129", "a number with an exponent has digits behind the point that it has not, or no letter before the exponent"
)
def exponents(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        if isinstance(physical, ty.Scientific):
            if not 0 <= physical.scale <= physical.digits:
                yield Found(f"{place} has {physical.scale} of {physical.digits} digits behind its point", place)
            if len(physical.letter) != 1:
                yield Found(f"{len(physical.letter)} bytes stand before the exponent of {place}, and one does", place)


@rule("D0115", "a bit field does not lie inside its bytes, or its width does not fit its kind")
def bits(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        if not isinstance(physical, ty.Bits):
            continue
        if not 1 <= physical.size <= 8:
            yield Found(f"{place} is a bit field in {physical.size} bytes, and 1 to 8 can be", place)
        elif physical.width < 1 or physical.shift < 0 or physical.shift + physical.width > 8 * physical.size:
            yield Found(
                f"{place} has {physical.width} bits from bit {physical.shift} on, of {8 * physical.size}", place
            )
        elif physical.boolean and (physical.width != 1 or physical.signed):
            yield Found(
                f"{place} is a boolean of {physical.width} {'signed ' if physical.signed else ''}bits, and one has 1 without sign",
                place,
            )


@rule("D0116", "a charset has a name that nobody knows")
def charsets(survey: Survey) -> Iterator[Found]:
    own = {charset.name for charset in survey.layout.charsets}
    for place, physical in survey.types:
        if isinstance(physical, ty.Text) and physical.charset not in own and not _is_codec(physical.charset):
            close = nearest(physical.charset, [*own, *_CODECS])
            yield Found(
                f"there is no charset {physical.charset!r} for {place}",
                place,
                f"did you mean {close}?" if close else "",
            )


_CODECS = (
    "ascii",
    "utf-8",
    "utf-16-be",
    "utf-16-le",
    "latin-1",
    "cp037",
    "cp273",
    "cp500",
    "cp1047",
    "cp1140",
    "cp1252",
    "cp437",
)


def _is_codec(name: str) -> bool:
    """Whether Python knows *name* as an encoding of text."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):  # ValueError: a name with NUL or a lone surrogate in it
        return False
    return bool(info._is_text_encoding) and info.name.replace("_", "-") not in _NO_CHARSETS


@rule("D0117", "a digit table has a name that nobody knows")
def digit_tables(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        if isinstance(physical, ty.Zoned | ty.Scientific) and physical.table not in DIGIT_TABLES:
            close = nearest(physical.table, DIGIT_TABLES)
            help = f"did you mean {close}?" if close else f"there are {', '.join(DIGIT_TABLES)}"
            yield Found(f"there is no digit table {physical.table!r} for {place}", place, help)


@rule("D0118", "the expected bytes or the pad byte of a field of bytes do not fit it")
def contents(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        if not isinstance(physical, ty.Bytes):
            continue
        if len(physical.pad) > 1:
            yield Found(f"{place} is padded with {len(physical.pad)} bytes, and bytes are padded with one", place)
        if physical.expect and isinstance(physical.size, int) and len(physical.expect) != physical.size:
            yield Found(
                f"{place} has {physical.size} bytes and is expected to be {len(physical.expect)}: {physical.expect.hex(' ')}",
                place,
            )


@rule("D0119", "an enumeration or a derived value gives one number two labels")
def labels(survey: Survey) -> Iterator[Found]:
    for place in survey.places:
        given = getattr(getattr(place.node, "type", place.node), "labels", ())
        for number, count in Counter(number for number, _ in given).items():
            if count > 1:
                texts = " and ".join(text for n, text in given if n == number)
                yield Found(f"{number} of {place} has {count} labels: {texts}", place)


@rule("D0120", "a boolean, an enumeration, a moment or a calibration is based on a decimal")
def bases(survey: Survey) -> Iterator[Found]:
    for place, field in survey.fields:
        physical = field.type
        if isinstance(physical, (ty.Boolean, ty.Enumeration, ty.Moment, ty.Calibrated)):
            base = physical.base
            if isinstance(base, ty.Integer) and (base.scale or base.decimal):
                yield Found(
                    f"{place} is a {type(physical).__name__.lower()} of a decimal",
                    place,
                    "leave out scale and decimal of its base",
                )


@rule("D0121", "an epoch is no date")
def epochs(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        if isinstance(physical, ty.Moment):
            try:
                datetime.fromisoformat(physical.epoch)
            except ValueError as error:
                yield Found(
                    f"the epoch of {place}, {physical.epoch!r}, is no date: {error}",
                    place,
                    "write it as 1970-01-01T00:00:00",
                )


@rule("D0122", "a date pattern has letters that mean nothing, or does not fit its field")
def patterns(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        if not isinstance(physical, ty.DatePattern):
            continue
        letters = pattern_letters(physical.pattern)
        wrong = PATTERN_PIECE.sub("", physical.pattern)
        base = physical.base
        if wrong or not letters:
            what = f"has {wrong}, which means nothing" if wrong else "has no letters"
            yield Found(
                f"the pattern {physical.pattern!r} of {place} {what}",
                place,
                "take yyyy yy MM dd DDD HH mm ss S C; other letters in single quotes",
            )
        elif offset_minutes(physical.timezone) is None:
            yield Found(f"{place} has the timezone {physical.timezone!r}", place, "take UTC or an offset as +05:30")
        elif physical.timezone and holds(physical.pattern) != "both":
            yield Found(f"{place} has a timezone, and is no timestamp", place)
        elif isinstance(base, ty.Text):
            said = _text_of_date(survey, base, physical.pattern)
            if said:
                yield Found(f"{place} {said}, and is to be a date", place)
        else:
            number = precision(base)[0]
            if letters != physical.pattern:
                yield Found(
                    f"the pattern {physical.pattern!r} of {place} is of digits, and may have letters only", place
                )
            elif len(letters) > min(number, 18):
                yield Found(
                    f"the pattern {physical.pattern!r} of {place} has {len(letters)} digits, and the field {min(number, 18)}",
                    place,
                )
            elif base.scale:
                yield Found(f"{place} is a date in a decimal", place, "leave out its scale")


def _text_of_date(survey: Survey, base: ty.Text, pattern: str) -> str:
    """Why no date of *pattern* can be read from a text, in words; "" where one can."""
    name = "ascii" if base.charset.lower().replace("_", "-") in ("utf-8", "utf8") else base.charset
    charset = next((c for c in survey.layout.charsets if c.name == base.charset), None) or known(name)
    length = len(pattern.replace("'", ""))
    if charset is None or not digit_table(charset):
        return f"is a text in {base.charset}, which has no digits of one byte"
    if not isinstance(base.size, int) or base.terminator or base.partial:
        return "is a text whose length the data say"
    if base.size < length:
        return f"has {base.size} bytes, fewer than the pattern {pattern!r}"
    if encoded(charset, pattern.replace("'", "") + " ") is None:
        return f"is a text in {base.charset}, which has not all of {pattern!r}"
    return ""


@rule("D0123", "a calibration has no points, or points that are not in order")
def calibrations(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        if not isinstance(physical, ty.Calibrated):
            continue
        points, raw = physical.points, physical.points[::2]
        if not points or not all(map(math.isfinite, points)):
            yield Found(f"the calibration of {place} has no points, or one that is not finite", place)
        elif physical.kind != "polynomial" and len(points) % 2:
            yield Found(f"the calibration of {place} has {len(points)} numbers, and takes pairs", place)
        elif physical.kind == "spline" and len(points) < 4:
            yield Found(f"the spline of {place} has one point, and takes two or more", place)
        elif physical.kind != "polynomial" and any(a >= b for a, b in pairwise(raw)):
            yield Found(f"the raw values of the calibration of {place} do not rise", place)


@rule("D0124", "a code page of the dictionary's own is no table of 256 characters, or has the name of another")
def tables(survey: Survey) -> Iterator[Found]:
    names: set[str] = set()
    for charset in survey.layout.charsets:
        if len(charset.table) != 256 or any(len(character) > 1 for character in charset.table):
            yield Found(f"the code page {charset.name} has {_shape(charset)}, and takes 256 single characters or none")
        if charset.name in names:
            yield Found(f"there are two code pages {charset.name}")
        names.add(charset.name)


def _shape(charset: Charset) -> str:
    long = [c for c in charset.table if len(c) > 1]
    return f"{len(charset.table)} entries" + (f", {long[0]!r} among them" if long else "")


@rule("D0125", "the limit of an integer is not between 0 and 38 digits")
def limits(survey: Survey) -> Iterator[Found]:
    for place, physical in survey.types:
        if isinstance(physical, ty.Integer) and not 0 <= physical.limit <= MOST_DIGITS:
            yield Found(f"{place} is limited to {physical.limit} digits", place)


PHYSICAL: tuple[Rule[Survey], ...] = (
    sizes, widths, digits, scales, capacities, bits, charsets, digit_tables, contents, labels, bases, epochs, patterns,
    calibrations, tables, limits, spellings, exponents,
)  # fmt: skip
