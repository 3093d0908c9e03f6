"""Digit patterns to ops: a date, time or timestamp written in digits becomes days, or microseconds, since 1970.

Letters as in Unicode TR 35: yyyy yy MM dd DDD HH mm ss S…; C is a century digit (0 = 19xx), as on IBM i.  A number is taken apart by
division; in a text every part is read where it stands, as digits, so that no text is made.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from arrowsmith.charsets import Charset, digit_table, encoded, known
from arrowsmith.errors import DictionaryError, code
from arrowsmith.layout.storage import PATTERN_PIECE, offset_minutes
from arrowsmith.layout.types import DatePattern, Sentinels, Text
from arrowsmith.lower.expressions import as_register, binary
from arrowsmith.program import ops
from arrowsmith.program.ops import Block, Fail, Operand, R

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk

BAD_PATTERN = code("D0303", "a date pattern that cannot be read")
_DAY_MICROS = 86400 * 10**6
_MINUTE_MICROS = 60 * 10**6


def pieces(pattern: str) -> list[tuple[str, bool]]:
    """The parts of *pattern*: runs of one letter, and separators; each with whether it stands for digits."""
    found = PATTERN_PIECE.findall(pattern)
    if "".join(found) != pattern:
        raise DictionaryError(
            f"the date pattern {pattern!r} has letters that mean nothing here",
            code=BAD_PATTERN,
            help="use yyyy yy MM dd DDD HH mm ss S C and separators",
        )
    return [(piece.strip("'"), False) if piece.startswith("'") else (piece, piece[0].isalpha()) for piece in found]


def lower_pattern(walk: Walk, kind: DatePattern, site: int, fail: Fail) -> R:
    """Emit what reads the field and makes its instant; days where the pattern has no time, else microseconds."""
    from arrowsmith.lower.fields import load

    parts = pieces(kind.pattern)
    if isinstance(kind.base, Text):
        return _from_text(walk, kind, kind.base, parts, site, fail)
    value = without_sentinels(walk, kind.absent_values, load(walk, kind.base, site, fail))
    numbers = _from_digits(walk, parts, value, site, fail)
    return _combine(walk, kind, numbers, site, fail)


def lower_sentinels(walk: Walk, kind: Sentinels, site: int, fail: Fail) -> R:
    """Emit what reads the base, and makes null of it where it is one of those values that mean none."""
    from arrowsmith.lower.fields import load

    value = load(walk, kind.base, site, fail)
    return without_sentinels(walk, kind.absent_values, value)


def without_sentinels(walk: Walk, absent: tuple[str, ...], value: R) -> R:
    """*value*, null where it is one of *absent*."""
    for word in absent:
        same = _is(walk, value, word)
        walk.build.emit(ops.If(test=same, then=Block([ops.Let(out=value, how="null")])))
    return value


def _is(walk: Walk, value: R, word: str) -> R:
    """Whether *value* is the number, or the text, *word*."""
    if walk.build.registers[value.n] != "text":
        return as_register(walk, binary(walk, "eq", value, int(word)))
    literal = walk.build.register("text")
    walk.build.emit(ops.Const(out=literal, value=word))
    return as_register(walk, binary(walk, "eq", value, literal))


def _from_digits(
    walk: Walk, parts: list[tuple[str, bool]], value: R, site: int, fail: Fail
) -> list[tuple[str, Operand]]:
    numbers: list[tuple[str, Operand]] = []
    rest: Operand = value
    # nothing before the pattern's first digit, a minus neither
    below = binary(walk, "lt", value, 10 ** sum(len(piece) for piece, _ in parts))
    walk.require(binary(walk, "and", below, binary(walk, "ge", value, 0)), value, fail, site)
    for piece, digits in reversed(parts):
        if not digits:
            raise DictionaryError(
                f"the date pattern has a separator {piece!r}, but the field holds digits only", code=BAD_PATTERN
            )
        base = 10 ** len(piece)
        numbers.append((piece, binary(walk, "mod", rest, base)))
        rest = binary(walk, "div", rest, base)
    return numbers


def _from_text(walk: Walk, kind: DatePattern, base: Text, parts: list[tuple[str, bool]], site: int, fail: Fail) -> R:
    """The date in a text of known size: where the text is there, its parts as digits in their places."""
    from arrowsmith.lower.fields import load

    build, start = walk.build, walk.at
    charset = walk.charsets.get(base.charset) or known(base.charset) or _utf8(base.charset)
    table = digit_table(charset) if charset is not None else ""
    if charset is None or not table or not isinstance(base.size, int):
        raise DictionaryError(f"a date cannot be read from a text in {base.charset}", code=BAD_PATTERN)
    there = build.register()
    text = load(walk, base, site, fail)
    build.emit(ops.Let(out=there, how="present", a=text))
    for word in ("", *kind.absent_values):
        same = _is(walk, text, word)
        build.emit(ops.If(test=same, then=Block([ops.Let(out=there, how="copy", a=0)])))
    out = build.register()
    build.emit(ops.Let(out=out, how="null"))
    with build.block() as body:
        made = _parts_of_text(walk, kind, charset, parts, start, site, fail)
        build.emit(ops.Let(out=out, how="copy", a=made))
    build.emit(ops.If(test=there, then=Block(body)))
    return out


def _parts_of_text(
    walk: Walk, kind: DatePattern, charset: Charset, parts: list[tuple[str, bool]], start: int, site: int, fail: Fail
) -> R:
    """The instant in the text at *start*.  What comes behind a part that is refused is not looked at: a field is refused once."""
    build, table = walk.build, digit_table(charset)
    size = kind.base.size
    assert isinstance(size, int)
    places: list[tuple[int, str, bool]] = []
    place = start
    for piece, digits in parts:
        places.append((place, piece, digits))
        place += len(piece)
    if rest := start + size - place:
        places.append((place, " " * rest, False))
    good = build.register()
    build.emit(ops.Let(out=good, how="copy", a=1))
    for at, piece, digits in places:
        if not digits:
            seen = build.value(ops.LoadBytes, at=at, size=len(piece), site=site)
            wanted = build.value(ops.Const, value=_bytes(charset, piece))
            build.emit(ops.Let(out=good, how="and", a=good, b=binary(walk, "eq", seen, wanted)))
    walk.require(good, good, fail, site)
    out = build.register()
    build.emit(ops.Let(out=out, how="null"))
    numbers: list[tuple[str, Operand]] = []
    with ExitStack() as stack:
        test = good
        for at, piece, digits in places:
            if digits:
                stack.enter_context(build.inside(ops.If, test=test))
                number = build.register()
                build.emit(
                    ops.Unzone(out=number, at=at, size=len(piece), digits=len(piece), table=table, fail=fail, site=site)
                )
                numbers.append((piece, number))
                test = build.value(ops.Let, how="present", a=number)
        stack.enter_context(build.inside(ops.If, test=test))
        build.emit(ops.Let(out=out, how="copy", a=_combine(walk, kind, numbers, site, fail)))
    return out


def _utf8(name: str) -> Charset | None:
    """The one-byte part of a charset that begins with ASCII."""
    return known("ascii") if name.lower().replace("_", "-") in ("utf-8", "utf8") else None


def _bytes(charset: Charset, text: str) -> bytes:
    found = encoded(charset, text)
    if found is None:
        raise DictionaryError(f"the charset {charset.name} of a date has no {text!r}", code=BAD_PATTERN)
    return found


def _combine(walk: Walk, kind: DatePattern, found: list[tuple[str, Operand]], site: int, fail: Fail) -> R:
    build = walk.build
    numbers = dict(found)
    year = numbers.get("yyyy")
    if year is None and "yy" in numbers:
        short = numbers["yy"]
        if "C" in numbers:
            century = binary(walk, "mul", binary(walk, "add", numbers["C"], 19), 100)
        else:
            late = binary(walk, "ge", short, kind.pivot)
            century = binary(walk, "sub", 2000, binary(walk, "mul", late, 100))
        year = binary(walk, "add", century, short)
    clock = [piece for piece in numbers if piece[0] in "HmsS"]
    good: Operand = 1
    for piece, limit in (("HH", 24), ("mm", 60), ("ss", 60)):
        if piece in numbers:
            good = binary(walk, "and", good, binary(walk, "lt", numbers[piece], limit))
    if good != 1:
        # an hour that there is not is refused before the day is looked at, which is then null: a field is refused once
        what = as_register(walk, numbers[clock[0]] if year is None else year)
        walk.require(good, what, fail, site)
        year = None if year is None else what
    days: Operand = 0
    if year is not None:
        out = build.register()
        month, day = (-1, numbers["DDD"]) if "DDD" in numbers else (numbers.get("MM", 1), numbers.get("dd", 1))
        build.emit(ops.Date(out=out, year=year, month=month, day=day, fail=fail, site=site))
        days = out
    if not clock:
        return as_register(walk, days)
    total: Operand = binary(walk, "mul", days, _DAY_MICROS)
    for piece, unit in (("HH", 3600 * 10**6), ("mm", _MINUTE_MICROS), ("ss", 10**6)):
        if piece in numbers:
            total = binary(walk, "add", total, binary(walk, "mul", numbers[piece], unit))
    for piece in clock:
        if piece[0] == "S":
            fraction = numbers[piece]
            power = 6 - len(piece)
            scaled = binary(walk, "mul" if power >= 0 else "div", fraction, 10 ** abs(power))
            total = binary(walk, "add", total, scaled)
    if minutes := offset_minutes(kind.timezone):
        total = binary(walk, "sub", total, minutes * _MINUTE_MICROS)
    return as_register(walk, total)
