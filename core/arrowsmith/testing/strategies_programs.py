"""Valid Programs by Hypothesis, for tests that compare executors: `programs` makes tables, `framers` framers.

A Program is put together of pieces (a run of fields, a counted list, a switch, …) that each keep the verifier's rules; `without`
leaves ops out that an emitter refuses.  Data for them: `arrowsmith.testing.strategies_data`.
Invariant: what comes out is verified.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.flow import displacement
from arrowsmith.program.ops import Op, R
from arrowsmith.program.program import Program
from arrowsmith.testing.growing import Gen, Known, Piece
from arrowsmith.testing.growing_fields import FIELDS, count_byte, extent_of, one_field
from arrowsmith.testing.growing_registers import COMPUTED
from arrowsmith.testing.making import TRANSFORMS
from arrowsmith.testing.strategies_framers import framers
from arrowsmith.transforms import Takes

__all__ = ["framers", "programs"]

# --- lists ---


def _list(g: Gen) -> int:
    """A new level below the open slot, or −1."""
    return g.b.level(g.level, g.path(f"l{len(g.b.levels)}")) if g.number(0, 5) else -1


def _inside_list(g: Gen, level: int) -> Gen:
    return g.inner(level=level if level > 0 else g.level, loose=level == -1, turns=g.turns + 1, lists=g.lists)


def _repeated(g: Gen) -> None:
    if g.depth > 2:
        return
    level = -1 if g.loose and g.yes() else _list(g)
    count: R | int = g.number(0, 4)
    if g.yes():
        chosen = count_byte(g) if g.number(0, 3) or not g.ints else g.draw(st.sampled_from(g.ints))
        count = g.b.value(o.Let, how=g.one("and", "min"), a=chosen, b=7)  # min keeps what is negative
    early = level > 0 and g.yes()
    inner = _inside_list(g, level)
    fixed = g.yes()
    with g.b.block() as body:
        if level > 0 and not early:
            g.b.emit(o.Room(level=level, n=1))
        if fixed:
            with g.b.block() as ops:
                at = 0
                for _ in range(g.number(1, 3)):
                    at += one_field(inner, at)
            g.b.here.extend(ops)
            g.b.emit(o.Skip(n=extent_of(ops)))
        else:
            inner.block(g.number(1, 3))
            g.budget = inner.budget
    if early:
        g.b.emit(o.Room(level=level, n=count))
    stride = 0
    if fixed:
        each = extent_of(ops)
        stride = g.one(0, 0, each, each + 2)
        each = stride or each
        if isinstance(count, R):
            total: R | int = g.b.value(o.Let, how="mul", a=count, b=each) if each > 1 else count
            if each:
                g.b.emit(o.Need(n=total, site=g.site()))
            else:
                body.insert(0, o.Need(n=0))
        else:
            g.b.emit(o.Need(n=each * count, site=g.site()))
    g.b.emit(o.Repeat(count=count, level=level, body=o.Block(body), stride=stride, site=g.site()))


def _looped(g: Gen) -> None:
    if g.depth > 2:
        return
    level = -1 if g.loose and g.yes() else _list(g)
    inner = _inside_list(g, level)
    stop: R | int = -1
    with g.b.block() as body:
        if level > 0:
            g.b.emit(o.Room(level=level, n=1))
        ends = count_byte(inner)
        if g.yes():
            stop = g.b.value(o.Let, how=g.one("eq", "ge"), a=ends, b=g.number(0, 2))
        inner.block(g.number(0, 2))
        g.budget = inner.budget
    loop = o.Loop(level=level, body=o.Block(body), stop=stop, bitwise=g.number(0, 3) == 0, site=g.site())
    if stop == -1 and g.may(o.Within) and (g.number(0, 3) or not g.bounded):
        g.b.emit(o.Within(n=g.number(0, 24), body=o.Block([loop]), site=g.site()))
    else:
        g.b.emit(loop)


# --- conditions and streams ---


def _nested(g: Gen, pieces: int = 2, **changed: Any) -> o.Block:
    inner = g.inner(lists=g.lists, **changed)
    with g.b.block() as ops:
        inner.block(g.number(0, pieces))
    g.budget = inner.budget
    return o.Block(ops)


def _conditional(g: Gen) -> None:
    if g.depth > 2 or not g.ints:
        return
    test = g.draw(st.sampled_from(g.ints))
    if g.yes():
        g.b.emit(o.If(test=test, then=_nested(g), other=_nested(g)))
    else:
        values = g.draw(st.lists(st.integers(-1, 9), min_size=1, max_size=5, unique=True))
        half = g.number(1, len(values))
        cases = tuple((tuple(some), _nested(g)) for some in (values[:half], values[half:]) if some)
        g.b.emit(
            o.Switch(
                value=test,
                cases=cases,
                default=o.Block([o.FailNow(site=g.site())]) if g.number(0, 5) == 0 else _nested(g),
            )
        )


def _streamed(g: Gen) -> None:
    if g.depth > 2:
        return
    match g.one(
        *[name for name, cls in (("at", o.AtPlace), ("within", o.Within), ("transform", o.Transform)) if g.may(cls)]
        or ["-"]
    ):
        case "at":
            place = g.b.value(o.Tell) if g.yes() else g.number(0, 20)
            g.b.emit(o.AtPlace(position=place, body=_nested(g, bounded=True), root=g.yes(), site=g.site()))
        case "within":
            n = count_byte(g) if g.number(0, 3) == 0 else g.one(3, 20, 40, 80)
            g.b.emit(o.Within(n=n, body=_nested(g, bounded=True), site=g.site()))
        case "transform":
            transform = TRANSFORMS[g.one("xor", "rol", "zlib", "kit.runs", "kit.without", "kit.unreliable")]
            n = count_byte(g) if g.number(0, 3) == 0 else g.one(8, 24, 80)
            key = tuple(_argument(g, takes) for takes in transform.takes)
            g.b.transform(transform)
            g.b.emit(o.Transform(how=transform.name, n=n, arguments=key, body=_nested(g, bounded=True), site=g.site()))


def _argument(g: Gen, takes: Takes) -> R | int:
    if takes == "bytes" and not g.texts:
        return g.b.value(o.Const, value=b"\0\x20")
    if takes == "bytes" or (takes == "integer or bytes" and g.texts and not g.yes()):
        known: Known = g.draw(st.sampled_from(g.texts))
        return known.register
    return g.number(0, 9)


PIECES: tuple[Piece, ...] = (
    *FIELDS,
    (_repeated, (o.Repeat,)),
    (_repeated, (o.Repeat,)),
    (_looped, (o.Loop,)),
    (_conditional, (o.If, o.Switch)),
    (_streamed, ()),
    *COMPUTED,
)


@st.composite
def programs(draw: st.DrawFn, *, without: frozenset[type[Op]] = frozenset(), pieces: int = 8) -> Program:
    """Verified tables of up to *pieces* pieces, nested ones included, that have none of the ops *without*."""
    b = Builder("T")
    g = Gen(draw, b, without, PIECES, budget=pieces)
    g.block(draw(st.integers(1, pieces)))
    body = o.Block(b.here)
    fixed = displacement(body)
    size = fixed + draw(st.integers(0, 3)) if fixed and draw(st.booleans()) else 0
    return b.verified(size=size)
