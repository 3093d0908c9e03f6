"""Bounds, movement and streams, printed for the lockstep gear."""

from __future__ import annotations

from dataclasses import replace

from arrowsmith.program import ops as o
from arrowsmith.program.ops import R
from arrowsmith_vm.lockstep.cursors import Cursor, Stream, Value
from arrowsmith_vm.lockstep.printer import Printer, prints


@prints(o.Need)
def _need(p: Printer, op: o.Need) -> None:
    if isinstance(op.n, int):
        if op.n < 0:
            p.line(f"x.stop_if({p.s}, True)")
        p.line(f"x.need({p.s}, {p.cursor.left}, {p.cursor.off + op.n})")
        p.know(p.cursor.off + op.n)
        return
    n = p.ready(op.n)
    p.line(f"x.need_each({p.s}, {p.cursor.left}, {p.cursor.off}, {n.name}, {n.there or None})")
    _there_now(p, op.n, n)
    p.know(p.cursor.off)


def _there_now(p: Printer, register: R, value: Value) -> None:
    """A null would have stopped here."""
    if value.there and p.kind(register) == "i64":
        p.scope.registers[register.n] = Value(value.name, "", True)


@prints(o.Reach)
def _reach(p: Printer, op: o.Reach) -> None:
    test = p.fresh("t")
    if isinstance(op.n, int):
        p.line(f"{test} = x.reaches({p.cursor.left}, {p.cursor.off + op.n})" if op.n >= 0 else f"{test} = False")
    else:
        n = p.ready(op.n)
        p.line(f"{test} = ({n.name} >= 0) & ({n.name} <= behind({p.cursor.left}, {p.cursor.off}))")
        if n.there:
            p.line(f"{test} = both({test}, {n.there})")
    then, other = p.fresh("s"), p.fresh("s")
    p.line(f"{then} = {p.s}.where({test})")
    p.line(f"{other} = {p.s}.where(opposite({test}))")
    known = p.cursor.off + op.n if isinstance(op.n, int) and op.n >= 0 else 0
    p.arms(op, [(then, op.then), (other, op.other)], known)


@prints(o.Skip)
def _skip(p: Printer, op: o.Skip) -> None:
    if isinstance(op.n, int):
        if op.n < 0:
            p.line(f"x.stop_if({p.s}, True)")
        p.cursor.off += max(op.n, 0)
        return
    n = p.ready(op.n)
    p.line(f"x.stop_if({p.s}, {n.name} < 0, {n.there or None})")
    if n.there:
        p.line(f"x.stop_if({p.s}, opposite({n.there}))")
    _there_now(p, op.n, n)
    p.moved(n)


@prints(o.Tell)
def _tell(p: Printer, op: o.Tell) -> None:
    if op.out.n in p.seeking:
        p.assign(op.out, Value(""))
    else:
        name = p.fresh("v")
        p.line(f"{name} = each({p.s}, {p.size_of(p.stream)} - behind({p.cursor.left}, {p.cursor.off}))")
        p.assign(op.out, Value(name, "", True))
    p.scope.told[op.out.n] = p.stream, replace(p.cursor, regions=list(p.cursor.regions))


@prints(o.Remain)
def _remain(p: Printer, op: o.Remain) -> None:
    name = p.fresh("v")
    p.line(f"{name} = each({p.s}, np.maximum(behind({p.cursor.left}, {p.cursor.off}), 0))")
    p.assign(op.out, Value(name, "", True))


@prints(o.Extent)
def _extent(p: Printer, op: o.Extent) -> None:
    name = p.fresh("v")
    p.line(f"{name} = each({p.s}, {p.size_of(p.root if op.root else p.stream)})")
    p.assign(op.out, Value(name, "", True))


@prints(o.AtPlace)
def _at(p: Printer, op: o.AtPlace) -> None:
    stream = p.root if op.root else p.stream
    told = p.told(op.position) if isinstance(op.position, R) else None
    if isinstance(op.position, int) and op.position < 0:
        p.line(f"x.stop_if({p.s}, True)")
    if told is not None and told[0] is stream:
        cursor = told[1]
    else:
        cursor = p.start_of(stream)
        if isinstance(op.position, int):
            cursor.off += max(op.position, 0)
        else:
            position = p.ready(op.position)
            places, left = p.fresh("a"), p.fresh("e")
            arguments = f"{cursor.places}, {cursor.left}, {cursor.off}, {position.name}"
            p.line(f"x.need_each({p.s}, {cursor.left}, {cursor.off}, {position.name}, {position.there or None})")
            p.line(f"{places}, {left} = moved({arguments})")
            cursor = Cursor(places, left)
    if cursor.known < cursor.off:
        p.line(f"x.need({p.s}, {cursor.left}, {cursor.off})")
    with p.elsewhere(stream, cursor):
        p.block(op.body)


@prints(o.Within)
def _within(p: Printer, op: o.Within) -> None:
    before, left = p.cursor, p.fresh("e")
    if isinstance(op.n, int):
        n = max(op.n, 0)
        if op.n < 0:
            p.line(f"x.stop_if({p.s}, True)")
        p.line(f"x.need({p.s}, {before.left}, {before.off + n})")
        p.know(before.off + n)
        p.line(f"{left} = Left({before.off + n}, {before.off + n})")
    else:
        size = p.ready(op.n)
        p.line(f"x.need_each({p.s}, {before.left}, {before.off}, {size.name}, {size.there or None})")
        _there_now(p, op.n, size)
        p.know(before.off)
        p.line(f"{left} = Left({before.off}, {size.name} + {before.off})")
    inner = Cursor(before.places, left, before.off, list(before.regions))
    with p.elsewhere(Stream(before.places, left, before.off, p.scope), inner):
        p.block(op.body)
    if isinstance(op.n, int):
        p.cursor.off += n
    else:
        p.moved(size)


@prints(o.Transform)
def _transform(p: Printer, op: o.Transform) -> None:
    before, size = p.cursor, None
    if isinstance(op.n, int):
        if op.n < 0:
            p.line(f"x.stop_if({p.s}, True)")
        p.line(f"x.need({p.s}, {before.left}, {before.off + max(op.n, 0)})")
        p.know(before.off + max(op.n, 0))
        sizes = str(max(op.n, 0))
    else:
        size = p.ready(op.n)
        p.line(f"x.need_each({p.s}, {before.left}, {before.off}, {size.name}, {size.there or None})")
        _there_now(p, op.n, size)
        p.know(before.off)
        sizes = size.name
    arguments = [p.value(a) if isinstance(a, R) else Value(str(a)) for a in op.arguments]
    for value in arguments:
        if value.there:
            p.line(f"x.fail_if({p.s}, opposite({value.there}) if {value.there} is not None else None)")
    places, left, wrong = p.fresh("a"), p.fresh("e"), p.fresh("t")
    given = "".join(f"{value.name}, " for value in arguments)
    where = f"x, {p.s}, {before.places}, {before.left}, {before.off}"
    how = p.source.constant("maker", f"maker({op.how!r})")
    p.line(f"{places}, {left}, {wrong} = transform({where}, {sizes}, {how}, ({given}))")
    p.line(f"x.fail_if({p.s}, {wrong})")
    with p.elsewhere(Stream(places, left, 0, p.scope), Cursor(places, left)):
        p.block(op.body)
    if size is None:
        p.cursor.off += int(sizes)
    else:
        p.moved(size)
