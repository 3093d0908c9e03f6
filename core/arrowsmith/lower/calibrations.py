"""Calibrations to ops: a raw number becomes an engineering value, by a polynomial or by points (XTCE, section "calibrators")."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from arrowsmith.layout.types import Calibrated
from arrowsmith.lower.expressions import as_register, binary
from arrowsmith.program import ops
from arrowsmith.program.ops import Block, Fail, Operand, R

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk


def lower_calibration(walk: Walk, kind: Calibrated, raw: R, site: int, fail: Fail) -> R:
    """Emit what makes the engineering value (f64) of *raw*.  A spline's or table's value outside its points is invalid."""
    x = walk.build.register("f64")
    how = "copy" if walk.build.registers[raw.n] == "f64" else "float"
    walk.build.emit(ops.Let(out=x, how=how, a=raw))
    if kind.kind == "polynomial":
        total: Operand = _literal(walk, kind.points[-1])
        for coefficient in reversed(kind.points[:-1]):
            total = binary(walk, "add", binary(walk, "mul", total, x), _literal(walk, coefficient))
        return as_register(walk, total)
    pairs = sorted(zip(kind.points[::2], kind.points[1::2], strict=True))
    out = walk.build.register("f64")
    walk.build.emit(ops.Let(out=out, how="null"))
    if kind.kind == "table":
        for low, value in pairs:
            _where(walk, binary(walk, "eq", x, _literal(walk, low)), out, lambda value=value: _literal(walk, value))
    else:
        for (low, start), (high, end) in itertools.pairwise(pairs):
            slope = (end - start) / (high - low)
            inside = binary(
                walk,
                "and",
                binary(walk, "ge", x, _literal(walk, low)),
                binary(walk, "le", x, _literal(walk, high)),
            )

            def line(low: float = low, start: float = start, slope: float = slope) -> Operand:
                run = binary(walk, "sub", x, _literal(walk, low))
                return binary(walk, "add", _literal(walk, start), binary(walk, "mul", run, _literal(walk, slope)))

            _where(walk, inside, out, line)
    test = walk.build.register()
    walk.build.emit(ops.Let(out=test, how="present", a=out))
    there = walk.build.register()
    walk.build.emit(ops.Let(out=there, how="present", a=x))
    fits = as_register(walk, binary(walk, "ge", test, there))
    walk.require(fits, out, fail, site)
    return out


def _literal(walk: Walk, value: float) -> R:
    out = walk.build.register("f64")
    walk.build.emit(ops.Const(out=out, value=float(value)))
    return out


def _where(walk: Walk, test: Operand, out: R, value: object) -> None:
    assert callable(value)
    condition = as_register(walk, test)
    with walk.build.block() as body:
        walk.build.emit(ops.Let(out=out, how="copy", a=value()))
    walk.build.emit(ops.If(test=condition, then=Block(body)))
