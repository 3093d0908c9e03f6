"""Types to ops: a field's physical type becomes the ops that load its value and put it into its column.

`load` gives the register with the value as the dictionary means it (unscaled for decimals: the column's type carries the scale).
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from arrowsmith.columns import WIDTH, Leaf
from arrowsmith.layout.expr import Expr
from arrowsmith.layout.storage import precision, stored
from arrowsmith.layout.types import (
    Bits,
    Boolean,
    Bytes,
    Calibrated,
    DatePattern,
    Enumeration,
    Float,
    Integer,
    Moment,
    Packed,
    Scientific,
    Sentinels,
    Text,
    Type,
    Zoned,
)
from arrowsmith.lower.expressions import as_register, binary, lower_expression
from arrowsmith.lower.texts import load_bytes, load_text
from arrowsmith.program import ops
from arrowsmith.program.kinds import loaded
from arrowsmith.program.ops import Block, Fail, Operand, R

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk

#: digits that a 64-bit register holds
NARROW = 18


def load(walk: Walk, kind: Type, site: int, fail: Fail) -> R:
    """Emit the ops that read a field of type *kind* at the walk's place, and step over it; the register with its value."""
    return LOADERS[type(kind)](walk, kind, site, fail)


def store(walk: Walk, leaf: Leaf, column: int, kind: Type, value: R) -> None:
    """Emit the ops that put *value*, read as *kind*, into *column*."""
    build = walk.build
    if isinstance(kind, Enumeration) and leaf.storage == "utf8":
        out = build.register("text")
        build.emit(ops.Label(out=out, a=value, labels=kind.labels))
        widest = max([20, *(len(label.encode()) for _, label in kind.labels)])
        build.emit(ops.RoomData(column=column, n=widest))
        value = out
    elif leaf.storage in ("utf8", "binary"):
        build.emit(ops.RoomData(column=column, n=_worst(walk, kind, value)))
    scale = getattr(kind.base if isinstance(kind, Sentinels) else kind, "scale", 0)
    build.emit(ops.Put(column=column, a=value, scale=-scale if scale < 0 else 0))


def _worst(walk: Walk, kind: Type, value: R) -> Operand:
    """The most bytes that the text in *value* puts."""
    size, factor = walk.sizes[value]
    if isinstance(size, int):
        return size * factor
    return size if factor == 1 else as_register(walk, binary(walk, "mul", size, factor))


# --- numbers -----------------------------------------------------------------------------------------------------------


def _integer(walk: Walk, kind: Integer, site: int, fail: Fail) -> R:
    least, below = _bounds(kind)
    out = walk.build.register(loaded(kind.size, kind.encoding, below))
    given = {"out": out, "size": kind.size, "encoding": kind.encoding, "absent": kind.absent, "site": site}
    bounds = {"least": least, "below": below, "fail": fail} if below else {}
    _ordered(walk, kind.order, ops.LoadInt, {**given, **bounds})
    walk.step(kind.size)
    return out


def _bounds(kind: Integer) -> tuple[int, int]:
    """The integers from the first one to below the second are those that the column of *kind* holds, and that it may be; (0, 0) where
    its bytes hold no others."""
    low, high = (0, 1 << kind.bits) if kind.encoding == "unsigned" else (-(1 << kind.bits - 1), 1 << kind.bits - 1)
    storage, _ = stored(kind)
    least, below = low, high
    if storage.startswith("i"):
        half = 1 << 8 * WIDTH[storage] - 1
        least, below = max(least, -half), min(below, half)
    if limit := _limit(kind):
        least, below = max(least, 1 - limit), min(below, limit)
    return (0, 0) if (least, below) == (low, high) else (least, below)


def _limit(kind: Integer) -> int:
    """What the magnitude of the integer has to be below: as it says, or what its column's decimal holds; 0: whatever its bytes hold."""
    storage, _ = stored(kind)
    # digits before the point that are not stored take room of the decimal's
    held = precision(kind)[0] + min(0, kind.scale) if storage == "dec128" else 0
    digits = min((n for n in (kind.limit, held) if n > 0), default=0)
    return 10**digits if digits else 0


def _ordered(walk: Walk, order: str | Expr, load: Callable[..., ops.Op], given: dict[str, Any]) -> None:
    """The *load* of a number in *order*: one, or one of two where a condition says the order."""
    if isinstance(order, str):
        walk.build.emit(load(at=walk.at, order=order, **given))
        return
    little = as_register(walk, lower_expression(walk, order))
    then, other = (Block([load(at=walk.at, order=way, **given)]) for way in ("little", "big"))
    walk.build.emit(ops.If(test=little, then=then, other=other))


def _bits(walk: Walk, kind: Bits, site: int, fail: Fail) -> R:
    low = kind.size * 8 - kind.shift - kind.width if kind.order == "big" else kind.shift
    out = walk.build.register("u64" if kind.width == 64 and not kind.signed else "i64")
    walk.build.emit(
        ops.LoadBits(
            out=out,
            at=walk.at,
            size=kind.size,
            order=kind.order,
            low=low,
            width=kind.width,
            signed=kind.signed,
            site=site,
        )
    )
    walk.step(kind.size if kind.advance else 0)
    return out


def _float(walk: Walk, kind: Float, site: int, fail: Fail) -> R:
    out = walk.build.register("f64")
    _ordered(walk, kind.order, ops.LoadFloat, {"out": out, "kind": kind.kind, "absent": kind.absent, "site": site})
    walk.step(kind.size)
    return out


def _packed(walk: Walk, kind: Packed, site: int, fail: Fail) -> R:
    out = walk.build.register("i64" if kind.digits <= NARROW else "i128")
    walk.build.emit(
        ops.Unpack(
            out=out,
            at=walk.at,
            size=kind.size,
            digits=kind.digits,
            sign=kind.sign,
            missing_sign=kind.missing_sign,
            absent=kind.absent,
            fail=fail,
            site=site,
        )
    )
    walk.step(kind.size)
    return out


def _room_for_digits(kind: Zoned) -> int:
    """Bits of the column's integers, where more digits than the picture's are as good as long as they fit (0: not so)."""
    storage, _ = stored(kind)
    more = kind.lenient and kind.size > kind.digits and not kind.scale and not kind.written
    return 8 * WIDTH[storage] if more and storage in ("i32", "i64") else 0


def _zoned(walk: Walk, kind: Zoned, site: int, fail: Fail) -> R:
    out = walk.build.register("i64" if kind.digits <= NARROW else "i128")
    walk.build.emit(
        ops.Unzone(
            out=out,
            at=walk.at,
            size=kind.size,
            digits=kind.digits,
            scale=kind.scale,
            table=kind.table,
            sign=kind.sign,
            lenient=kind.lenient,
            anywhere=kind.anywhere,
            point=kind.point,
            blank_zero=kind.blank_zero,
            bits=_room_for_digits(kind),
            absent=kind.absent,
            fail=fail,
            site=site,
        )
    )
    if kind.written:
        number = out
        out = walk.build.value(ops.Spell, a=number, at=walk.at, size=kind.size, table=kind.table, site=site)
        walk.sizes[out] = (kind.size + 1, 1)
    walk.step(kind.size)
    return out


def _scientific(walk: Walk, kind: Scientific, site: int, fail: Fail) -> R:
    """Mantissa and exponent are numbers by themselves; either both and the letter are there, or none is."""
    mantissa = Zoned(
        size=1 + kind.digits + kind.point,
        digits=kind.digits,
        scale=kind.scale,
        table=kind.table,
        sign="leading_separate",
        lenient=True,
        point=kind.point,
        absent=kind.absent,
    )
    number = _zoned(walk, mantissa, site, fail)
    letter = walk.build.value(ops.LoadInt, at=walk.at, size=1, encoding="unsigned", absent=kind.absent, site=site)
    walk.step(1)
    exponent = dataclasses.replace(mantissa, size=3, digits=2, scale=0, point=False)
    power: Operand = _zoned(walk, exponent, site, fail)
    there = [as_register(walk, walk.build.value(ops.Let, how="present", a=part)) for part in (number, power)]
    marked = binary(walk, "else", binary(walk, "eq", letter, kind.letter[0]), 0)
    if kind.scale:
        power = binary(walk, "sub", power, kind.scale)
    out = walk.build.value(ops.Let, how="tens", a=number, b=power, site=site)
    expected = binary(walk, "mul", walk.build.value(ops.Let, how="present", a=letter), 3)
    whole = binary(walk, "eq", binary(walk, "add", binary(walk, "add", *there), marked), expected)
    walk.require(whole, out, fail, site)
    return out


# --- meanings on top of numbers ----------------------------------------------------------------------------------------


def _meaning(walk: Walk, kind: Enumeration, site: int, fail: Fail) -> R:
    return load(walk, kind.base, site, fail)


def _boolean(walk: Walk, kind: Boolean, site: int, fail: Fail) -> R:
    """The base's number, or 1 and 0 for texts that mean yes and no."""
    value = load(walk, kind.base, site, fail)
    base = kind.base.base if isinstance(kind.base, Sentinels) else kind.base
    if not isinstance(base, Text):
        return as_register(walk, binary(walk, "ne", value, 0)) if isinstance(base, Packed | Zoned) else value
    build = walk.build
    out, known = build.register(), build.register()
    build.emit(ops.Let(out=known, how="present", a=value))
    build.emit(
        ops.If(
            test=known, then=Block([ops.Let(out=known, how="copy", a=0)]), other=Block([ops.Let(out=known, how="null")])
        )
    )
    build.emit(ops.Let(out=out, how="null"))
    for words, number in ((kind.yes, 1), (kind.no, 0)):
        for word in words:
            literal = build.value(ops.Const, value=word)
            same = as_register(walk, binary(walk, "eq", value, literal))
            then = [ops.Let(out=out, how="copy", a=number), ops.Let(out=known, how="copy", a=1)]
            build.emit(ops.If(test=same, then=Block(list(then))))
    walk.require(known, out, fail, site)
    return out


_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def _moment(walk: Walk, kind: Moment, site: int, fail: Fail) -> R:
    raw: Operand = load(walk, kind.base, site, fail)
    epoch = datetime.datetime.fromisoformat(kind.epoch).replace(tzinfo=None) - datetime.datetime(1970, 1, 1)
    if kind.unit == "d":
        return as_register(walk, binary(walk, "add", raw, epoch.days))
    per_second = _PER_SECOND[kind.unit]
    if isinstance(kind.base, Float):
        micro = walk.build.register()
        factor = walk.build.register("f64")
        walk.build.emit(ops.Const(out=factor, value=10**6 / per_second))
        scaled = as_register(walk, binary(walk, "mul", raw, factor))
        walk.build.emit(ops.Let(out=micro, how="trunc", a=scaled, site=site))
        raw = micro
    elif per_second > 10**6:
        raw = binary(walk, "div", raw, per_second // 10**6)
    else:
        raw = binary(walk, "mul", raw, 10**6 // per_second)
    micros = (epoch.days * 86400 + epoch.seconds) * 10**6 + epoch.microseconds
    return as_register(walk, binary(walk, "add", raw, micros))


def _pattern(walk: Walk, kind: DatePattern, site: int, fail: Fail) -> R:
    from arrowsmith.lower.dates import lower_pattern

    return lower_pattern(walk, kind, site, fail)


def _sentinels(walk: Walk, kind: Sentinels, site: int, fail: Fail) -> R:
    from arrowsmith.lower.dates import lower_sentinels

    return lower_sentinels(walk, kind, site, fail)


def _calibrated(walk: Walk, kind: Calibrated, site: int, fail: Fail) -> R:
    from arrowsmith.lower.calibrations import lower_calibration

    return lower_calibration(walk, kind, load(walk, kind.base, site, fail), site, fail)


LOADERS: dict[type, Callable[[Walk, Any, int, Fail], R]] = {
    Integer: _integer,
    Bits: _bits,
    Float: _float,
    Packed: _packed,
    Zoned: _zoned,
    Scientific: _scientific,
    Text: load_text,
    Bytes: load_bytes,
    Boolean: _boolean,
    Enumeration: _meaning,
    Moment: _moment,
    DatePattern: _pattern,
    Sentinels: _sentinels,
    Calibrated: _calibrated,
}
