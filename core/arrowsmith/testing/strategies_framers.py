"""Valid framers by Hypothesis: lengths before the records, marks behind them, counted parts, several frames a run.

Invariant: what comes out is verified, and every run of it moves or traps.
"""

from __future__ import annotations

from hypothesis import strategies as st

from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.ops import Op
from arrowsmith.program.program import Program


@st.composite
def framers(draw: st.DrawFn, *, without: frozenset[type[Op]] = frozenset()) -> Program:
    """Verified framers: lengths before the records, marks behind them, counted parts, several frames a run."""
    b = Builder("FRAMER", "framer")
    ways = {_prefixed: (), _marked: (o.Scan,), _counted: (o.Repeat,), _several: (o.Repeat,), _choosing: (o.Switch,)}
    draw(st.sampled_from([way for way, needed in ways.items() if not without & set(needed)]))(draw, b)
    return b.verified()


def _prefixed(draw: st.DrawFn, b: Builder) -> None:
    width, header = draw(st.sampled_from((1, 2, 3, 4, 8))), draw(st.integers(0, 3))
    b.emit(o.Need(n=header + width))
    order = draw(st.sampled_from(("big", "little")))
    n = b.value(o.LoadInt, at=header, size=width, order=order, encoding="unsigned" if width < 8 else "twos")
    n = b.value(o.Let, how="add", a=n, b=draw(st.integers(-2, 2)))
    b.emit(o.Skip(n=header + width))
    here = b.value(o.Tell)
    b.emit(o.Need(n=n))
    b.emit(o.Frame(start=here, length=n, carried=tuple(draw(st.lists(st.sampled_from((n, here, 5)), max_size=3)))))
    b.emit(o.Skip(n=n))


def _marked(draw: st.DrawFn, b: Builder) -> None:
    length = b.register()
    marks = tuple(
        draw(st.lists(st.sampled_from([b"\n", b"\r\n", b"\x00", b"\x15\x25"]), min_size=1, max_size=3, unique=True))
    )
    n = b.value(o.Scan, length=length, marks=marks, require=draw(st.booleans()))
    kind = b.value(o.Let, how="gt", a=n, b=draw(st.integers(-1, 1)))
    b.emit(o.Frame(start=0, length=n, kind=kind))
    b.emit(o.Skip(n=n))
    b.emit(o.Skip(n=length))


def _counted(draw: st.DrawFn, b: Builder) -> None:
    b.emit(o.Need(n=2))
    n = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
    b.emit(o.Skip(n=2))
    with b.inside(o.Repeat, count=n, level=-1):
        b.emit(o.Need(n=1))
        size = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
        b.emit(o.Skip(n=1))
        b.emit(o.Skip(n=size))
    b.emit(o.Frame(start=0, length=b.value(o.Tell)))


def _several(draw: st.DrawFn, b: Builder) -> None:
    b.emit(o.Need(n=1))
    n = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
    b.emit(o.Skip(n=1))
    with b.inside(o.Repeat, count=n, level=-1):
        here, number = b.value(o.Tell), b.value(o.GetIndex)
        b.emit(o.Need(n=3))
        b.emit(o.Frame(start=here, length=3, kind=number if draw(st.booleans()) else 1, carried=(number,)))
        b.emit(o.Skip(n=3))


def _choosing(draw: st.DrawFn, b: Builder) -> None:
    b.emit(o.Need(n=1))
    tag = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
    kind, n = b.register(), b.register()
    arms = []
    for values, size in (((0, 1), 1), ((2, 3), 4), ((5,), 9)):
        with b.block() as ops:
            b.emit(o.Let(out=kind, how="copy", a=size % 3))
            b.emit(o.Let(out=n, how="copy", a=size))
        arms.append((values, o.Block(ops)))
    with b.block() as default:
        b.emit(o.Let(out=kind, how="copy", a=0))
        b.emit(o.Let(out=n, how="copy", a=1))
        if draw(st.booleans()):
            b.emit(o.FailNow())
    b.emit(o.Switch(value=tag, cases=tuple(arms), default=o.Block(default)))
    b.emit(o.Need(n=n))
    b.emit(o.Frame(start=0, length=n, kind=kind))
    b.emit(o.Skip(n=n))
