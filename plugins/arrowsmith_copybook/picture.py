"""A PICTURE's text → `Picture`: what kind of item it describes, its positions, digits, scale and sign.

Rules: IBM Enterprise COBOL 6.4 Language Reference, PICTURE clause; the scaling position P counts as a digit that is not stored.
Invariant: ``positions`` is what one item of USAGE DISPLAY occupies in characters, a separate sign apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from arrowsmith.diagnostics import Diagnostic, Span

#: Most digits of a number, the places that P stands for included: Arrow's decimal128.
MOST_DIGITS = 38

#: Most digits of a mantissa (COBOL's have at most 16).
MOST_MANTISSA = 18

Category = Literal[
    "alphanumeric", "alphanumeric-edited", "numeric", "numeric-edited", "national", "dbcs", "utf8", "external-float"
]


class PictureError(Exception):
    """What is wrong with a picture, and which characters of it are to blame (``start``, ``end``)."""

    def __init__(self, code: str, message: str, start: int, end: int, help: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.start, self.end, self.help = code, message, start, end, help

    def diagnostic(self, span: Span) -> Diagnostic:
        """The message about the picture at *span*."""
        exact = span.end - span.start >= self.end
        place = Span(span.source, span.start + self.start, span.start + self.end) if exact else span
        return Diagnostic(code=self.code, message=self.message, span=place, help=self.help)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """``digits`` are stored, ``scale`` of the value is behind the decimal point (negative: PP behind the digits).

    ``signed``: S.  ``sign``: the editing sign of a numeric-edited picture (``+ - CR DB`` or "") and whether it is ``leading``.
    ``point``: a decimal point stands in the data.  ``plain``: a numeric-edited picture that is made only of
    9 Z * + - S V P and at most one of ``.`` and ``,``: readable as a number by itself.  ``comma``: the point is a comma, so that
    any periods are grouping.  ``marked``: characters stand in the data that are neither digits, signs, blanks nor the point.
    ``inserted``: zeros that are no digits of the number stand in the data.
    """

    text: str
    category: Category
    positions: int
    digits: int = 0
    scale: int = 0
    signed: bool = False
    sign: str = ""
    leading: bool = False
    point: bool = False
    comma: bool = False
    plain: bool = False
    marked: bool = False
    inserted: bool = False

    @property
    def precision(self) -> int:
        """Decimal digits of the greatest value, the places of P included."""
        return max(self.digits - min(self.scale, 0), self.scale)


@dataclass(frozen=True, slots=True)
class Run:
    """``count`` times ``symbol``, written at ``start`` to ``end`` of the picture."""

    symbol: str
    count: int
    start: int
    end: int


_SYMBOL = re.compile(r"(?P<symbol>CR|DB|.)(?P<count>\((?P<inside>[^()]*)\))?")
_NUMERIC = re.compile(r"S?(?:9V?9?|V9|V?P9|9PV?)")
_EXTERNAL_FLOAT = re.compile(r"([+-])(9*)([.,V]?)(9*)E([+-])99")
_CURRENCY = "$£€¥¤"
_ALPHANUMERIC, _NUMERIC_SYMBOLS, _EDITED = set("AX9"), set("9SVP"), {*"9ZSVPB0/,.+-*", "CR", "DB", "CS"}


def read_picture(text: str, *, constants: Mapping[str, int] | None = None, comma: bool = False) -> Picture:
    """What *text* describes.  *constants* are names that may stand as repetition counts; *comma*: DECIMAL-POINT IS COMMA.

    Raises `PictureError`.
    """
    runs = read_runs(text, constants or {})
    kinds = {run.symbol for run in runs}
    total = sum(run.count for run in runs)
    if found := _external_float(text, runs):
        return found
    if kinds <= _NUMERIC_SYMBOLS:
        return _numeric(text, runs)
    if kinds <= _ALPHANUMERIC:
        return Picture(text=text, category="alphanumeric", positions=total)
    if kinds <= {"N", "B", "0", "/"} and "N" in kinds:
        return Picture(text=text, category="national", positions=total)
    if kinds <= {"G", "B"} and "G" in kinds:
        return Picture(text=text, category="dbcs", positions=total)
    if kinds == {"U"}:
        return Picture(text=text, category="utf8", positions=total)
    if kinds <= {"A", "X", "9", "B", "0", "/"} and kinds & {"A", "X"}:
        return Picture(text=text, category="alphanumeric-edited", positions=total)
    if kinds <= _EDITED:
        return _edited(text, runs, comma)
    known = _EDITED | _ALPHANUMERIC | set("NGUE")
    odd = next((run for run in runs if run.symbol not in known), runs[-1])
    if odd.symbol in known:
        raise PictureError("C0203", f"the symbols of the picture {text} do not go together", 0, len(text))
    raise PictureError("C0201", f"{odd.symbol} is no symbol of a picture", odd.start, odd.end)


def read_runs(text: str, constants: Mapping[str, int]) -> list[Run]:
    """The symbols of *text* in capitals, repetition counts applied, neighbours that are alike put together."""
    runs: list[Run] = []
    at = 0
    upper = text.upper()
    while at < len(upper):
        found = _SYMBOL.match(upper, at)
        if found is None:  # a line end cannot be in a word
            raise PictureError("C0201", "a picture is one word", at, at + 1)
        symbol, inside = found.group("symbol"), found.group("inside")
        count = 1
        if found.group("count"):
            count = constants.get(inside.strip(), -1) if not inside.strip().isdecimal() else int(inside)
            if count < 1:
                raise PictureError(
                    "C0202",
                    f"a repetition count is a whole number from 1, not {inside or 'nothing'}",
                    found.start("count"),
                    found.end("count"),
                )
        elif symbol in "()":
            raise PictureError("C0202", "a repetition count stands in a pair of parentheses", at, found.end())
        if count >= 1 << 31:
            raise PictureError("C0202", "an item has at most 2147483647 positions", *found.span("count"))
        if symbol in _CURRENCY:
            symbol = "CS"
        if runs and runs[-1].symbol == symbol and symbol not in ("CR", "DB"):
            runs[-1] = Run(symbol, runs[-1].count + count, runs[-1].start, found.end())
        else:
            runs.append(Run(symbol, count, at, found.end()))
        at = found.end()
    return runs


def _external_float(text: str, runs: list[Run]) -> Picture | None:
    """The external floating-point picture that *runs* are, such as +9(3)V99E+99: a signed mantissa, E, a signed exponent of two
    digits."""
    flat = "".join(run.symbol * min(run.count, MOST_DIGITS + 1) for run in runs)
    found = _EXTERNAL_FLOAT.fullmatch(flat)
    digits = len(found.group(2) + found.group(4)) if found else 0
    if not found or not digits:
        return None
    if digits > MOST_MANTISSA:
        raise PictureError(
            "C0204",
            f"the mantissa of {text} has {digits} digits: at most {MOST_MANTISSA} can be read",
            0,
            len(text),
            "COBOL's have at most 16; read it as text, PIC X",
        )
    return Picture(
        text=text,
        category="external-float",
        positions=len(flat) - flat.count("V"),
        digits=digits,
        scale=len(found.group(4)),
        point=found.group(3) in (".", ","),
    )


def _numeric(text: str, runs: list[Run]) -> Picture:
    shape = "".join(run.symbol for run in runs)
    nines = [run.count for run in runs if run.symbol == "9"]
    scaling = sum(run.count for run in runs if run.symbol == "P")
    twice = next((run for run in runs if run.symbol in "SV" and run.count > 1), None)
    if not nines:
        raise PictureError("C0203", f"the picture {text} has no digit", 0, len(text), "a number needs at least one 9")
    if twice is not None or not _NUMERIC.fullmatch(shape):
        run = twice or next((r for r in runs[1:] if r.symbol == "S"), runs[0])
        raise PictureError(
            "C0203",
            f"the symbols of the picture {text} stand in no order that makes a number",
            *((run.start, run.end) if run.symbol in "SV" and (twice or run is not runs[0]) else (0, len(text))),
            "S comes first and once, V once, P only at one end of the digits",
        )
    digits = sum(nines)
    if shape.removeprefix("S").removeprefix("V").startswith("P"):
        scale = scaling + digits
    elif scaling:
        scale = -scaling
    else:
        scale = nines[-1] if "V9" in shape else 0
    picture = Picture(
        text=text, category="numeric", positions=digits, digits=digits, scale=scale, signed=shape.startswith("S")
    )
    _limit(picture)
    return picture


def _edited(text: str, runs: list[Run], comma: bool) -> Picture:
    count = {symbol: sum(r.count for r in runs if r.symbol == symbol) for symbol in _EDITED}
    for run in runs:
        if (run.symbol in ("V", "S", "CR", "DB") and run.count > 1) or (
            run.symbol in ("CR", "DB") and run is not runs[-1]
        ):
            raise PictureError("C0203", f"{run.symbol} stands once in a picture", run.start, run.end)
    points = [run for run in runs if run.symbol in (".", ",")]
    plain = sum(run.count for run in points) <= 1 and not any(count[s] for s in ("B", "0", "/", "CR", "DB", "CS"))
    decimal = _decimal_point(points, plain, comma)
    if count["V"] + (decimal is not None) > 1:
        raise PictureError("C0203", f"the picture {text} has two decimal points", 0, len(text))
    # the first of a floating string of signs or currency symbols is the sign itself, the others are digit positions
    floating = next((s for s in ("+", "-", "CS") if count[s] > 1), "")
    fixed_sign = next((s for s in ("+", "-") if count[s] == 1), "")
    digits = scale = 0
    behind = False
    for run in runs:
        if run is decimal or run.symbol == "V":
            behind = True
        elif run.symbol in ("9", "Z", "*") or run.symbol == floating:
            digits += run.count
            scale += run.count * behind
    digits -= bool(floating)
    if floating and behind and scale > digits:  # the floating string begins behind the point
        scale = digits
    if not digits:
        raise PictureError("C0203", f"the picture {text} has no digit", 0, len(text))
    sign = "CR" if count["CR"] else "DB" if count["DB"] else floating if floating in ("+", "-") else fixed_sign
    first = next((run.symbol for run in runs if run.symbol not in ("S", "CS")), "")
    picture = Picture(
        text=text,
        category="numeric-edited",
        positions=sum(run.count * len(run.symbol if run.symbol in ("CR", "DB") else "x") for run in runs)
        - count["V"]
        - count["P"]
        - count["S"],
        digits=digits,
        scale=scale + (count["P"] if behind else -count["P"]),
        signed=count["S"] > 0,
        sign=sign,
        leading=first == sign,
        point=decimal is not None,
        comma=comma if decimal is None else decimal.symbol == ",",
        plain=plain,
        marked=bool(count["*"]) or not plain,
        inserted=bool(count["0"]),
    )
    _limit(picture)
    return picture


def _decimal_point(points: list[Run], plain: bool, comma: bool) -> Run | None:
    """The run that is the decimal point: the only one of a plain picture; elsewhere the one that the dialect says."""
    if plain:
        return points[0] if points else None
    mark = "," if comma else "."
    return next((run for run in points if run.symbol == mark and run.count == 1), None)


def _limit(picture: Picture) -> None:
    if picture.precision > MOST_DIGITS:
        raise PictureError(
            "C0204",
            f"a number of {picture.precision} digits has no Arrow decimal: at most {MOST_DIGITS} fit",
            0,
            len(picture.text),
            "read its bytes, as many as the usage has: PIC X"
            if picture.signed
            else f"read it as text: PIC X({picture.positions})",
        )
