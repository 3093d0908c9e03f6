"""Digit patterns to ops: a date, time or timestamp written in digits becomes days, or microseconds, since 1970.

Letters as in Unicode TR 35: yyyy yy MM dd DDD HH mm ss S…; C is a century digit (0 = 19xx), as on IBM i.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from arrowsmith.errors import DictionaryError, code
from arrowsmith.layout.types import DatePattern, Text
from arrowsmith.lower.expressions import as_register, binary
from arrowsmith.program import ops
from arrowsmith.program.ops import Fail, Operand, R

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk

BAD_PATTERN = code("D0303", "a date pattern that cannot be read")
_PIECE = re.compile(r"yyyy|yy|MM|dd|DDD|HH|mm|ss|S+|C|'[^']*'|[^A-Za-z']")
_DAY_MICROS = 86400 * 10**6


def pieces(pattern: str) -> list[str]:
    """The parts of *pattern*: runs of one letter, and separators."""
    found = _PIECE.findall(pattern)
    if "".join(found) != pattern:
        raise DictionaryError(
            f"the date pattern {pattern!r} has letters that mean nothing here",
            code=BAD_PATTERN,
            help="use yyyy yy MM dd DDD HH mm ss S and separators",
        )
    return [piece.strip("'") if piece.startswith("'") else piece for piece in found]


def lower_pattern(walk: Walk, kind: DatePattern, site: int, fail: Fail) -> R:
    """Emit what reads the field and makes its instant; days where the pattern has no time, else microseconds."""
    from arrowsmith.lower.fields import load

    base = kind.base
    value = load(walk, base, site, fail)
    parts = pieces(kind.pattern)
    read = _from_text if isinstance(base, Text) else _from_digits
    if kind.absent_values:
        value = _absent(walk, kind, value)
    numbers = read(walk, parts, value, site, fail)
    return _combine(walk, kind, numbers, site, fail)


def _absent(walk: Walk, kind: DatePattern, value: R) -> R:
    """*value*, null where it is one of those that mean no date."""
    out = walk.build.register(walk.build.registers[value.n])
    walk.build.emit(ops.Let(out=out, how="copy", a=value))
    for word in kind.absent_values:
        if isinstance(kind.base, Text):
            literal: Operand = walk.build.register("text")
            assert isinstance(literal, R)
            walk.build.emit(ops.Const(out=literal, value=word))
        else:
            literal = int(word)
        same = as_register(walk, binary(walk, "eq", value, literal))
        walk.build.emit(ops.If(test=same, then=ops.Block([ops.Let(out=out, how="null")])))
    return out


def _from_digits(walk: Walk, parts: list[str], value: R, site: int, fail: Fail) -> dict[str, Operand]:
    numbers: dict[str, Operand] = {}
    rest: Operand = value
    for piece in reversed(parts):
        if not piece[0].isalpha():
            raise DictionaryError(
                f"the date pattern has a separator {piece!r}, but the field holds digits only", code=BAD_PATTERN
            )
        base = 10 ** len(piece)
        numbers[piece] = binary(walk, "mod", rest, base)
        rest = binary(walk, "div", rest, base)
    return numbers


def _from_text(walk: Walk, parts: list[str], value: R, site: int, fail: Fail) -> dict[str, Operand]:
    numbers: dict[str, Operand] = {}
    place, build = 0, walk.build
    for piece in parts:
        part = build.register("text")
        build.emit(ops.TextLet(out=part, how="slice", a=value, low=place, high=place + len(piece)))
        place += len(piece)
        if piece[0].isalpha():
            number = build.register()
            build.emit(ops.TextLet(out=number, how="int", a=part, site=site))
            numbers[piece] = number
        else:
            literal = build.register("text")
            build.emit(ops.Const(out=literal, value=piece))
            same = as_register(walk, binary(walk, "eq", part, literal))
            walk.require(same, value, fail, site)
    return numbers


def _combine(walk: Walk, kind: DatePattern, numbers: dict[str, Operand], site: int, fail: Fail) -> R:
    build = walk.build
    year = numbers.get("yyyy")
    if year is None and "yy" in numbers:
        short = numbers["yy"]
        if "C" in numbers:
            century = binary(walk, "mul", binary(walk, "add", numbers["C"], 19), 100)
        else:
            late = binary(walk, "ge", short, kind.pivot)
            century = binary(walk, "sub", 2000, binary(walk, "mul", late, 100))
        year = binary(walk, "add", century, short)
    days: Operand = 0
    if year is not None:
        out = build.register()
        month, day = (-1, numbers["DDD"]) if "DDD" in numbers else (numbers.get("MM", 1), numbers.get("dd", 1))
        build.emit(ops.Date(out=out, year=year, month=month, day=day, fail=fail, site=site))
        days = out
    clock = [piece for piece in numbers if piece[0] in "HmsS"]
    if not clock:
        return as_register(walk, days)
    total: Operand = binary(walk, "mul", days, _DAY_MICROS)
    for piece, unit, limit in (("HH", 3600 * 10**6, 24), ("mm", 60 * 10**6, 60), ("ss", 10**6, 60)):
        if piece in numbers:
            test = as_register(walk, binary(walk, "lt", numbers[piece], limit))
            what = as_register(walk, total)
            walk.require(test, what, fail, site)
            total = binary(walk, "add", what, binary(walk, "mul", numbers[piece], unit))
    for piece in clock:
        if piece[0] == "S":
            fraction = numbers[piece]
            power = 6 - len(piece)
            scaled = binary(walk, "mul" if power >= 0 else "div", fraction, 10 ** abs(power))
            total = binary(walk, "add", total, scaled)
    return as_register(walk, total)
