"""Blocks, loops and columns, printed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from arrowsmith.columns import WIDTH
from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, R
from arrowsmith_vm.facts import anything
from arrowsmith_vm.scalar.printer import Cursor, Printer, prints, written


@prints(o.If)
def _if(p: Printer, op: o.If) -> None:
    p.branches([(f"if r{op.test.n}:", op.then), ("else:", op.other)])


@prints(o.Switch)
def _switch(p: Printer, op: o.Switch) -> None:
    value = f"r{op.value.n}"
    ways: list[tuple[str, Block]] = []
    for values, body in op.cases:
        test = f"{value} == {values[0]}" if len(values) == 1 else f"{value} in {tuple(values)!r}"
        ways.append((f"{'elif' if ways else 'if'} {test}:", body))
    ways.append(("else:" if ways else "if True:", op.default))
    p.branches(ways)


@contextmanager
def _element(p: Printer, level: int, counter: str) -> Iterator[None]:
    """Print what is inside as the body of one element: a slot of *level* where that is not −1."""
    p.counters.append(counter)
    yield
    if level >= 0:
        finish(p, level)
    p.counters.pop()


def finish(p: Printer, level: int) -> None:
    """Print the end of a slot of *level*: where its texts and lists end."""
    for c, column in enumerate(p.program.columns):
        if column.level == level and column.varying:
            p.line(f"o{c}[n{level} + 1] = u{c}")
    for n, child in enumerate(p.program.levels):
        if child.parent == level and n:
            p.line(f"l{n}[n{level} + 1] = n{n}")
    p.line(f"n{level} += 1")


def _forget(p: Printer, body: Block) -> None:
    """What *body* writes may have any value where it begins again."""
    for n in written(body):
        p.facts[n] = anything(p.program.registers[n])
    p.forget(written(body))


@prints(o.Repeat)
def _repeat(p: Printer, op: o.Repeat) -> None:
    count = p.count(op.count)
    if op.stride and not count.isdecimal() and isinstance(op.count, R):
        held = p.source.fresh("t")  # the body may write the register
        p.line(f"{held} = {count}")
        count = held
    counter, place, start = p.source.fresh("x"), p.source.fresh("p"), p.cursor
    p.settle(place)
    _forget(p, op.body)
    known, ahead = dict(p.facts), dict(p.ahead)
    body_place = p.source.fresh("p") if op.stride else place
    with p.nested(f"for {counter} in range({count}):"), _element(p, op.level, counter):
        if op.stride:
            p.line(f"{body_place} = {place} + {counter} * {op.stride}")
        p.cursor = Cursor(body_place)
        p.block(op.body)
        if not op.stride:
            p.settle(place)
    p.merge([known, p.facts])
    p.ahead = ahead
    p.forget(written(op.body))
    if not op.stride:
        p.cursor = Cursor(place)
    elif isinstance(op.count, int):
        p.cursor = replace(start, off=start.off + max(op.count, 0) * op.stride)
    else:
        behind = p.source.fresh("p")
        p.line(f"{behind} = {place} + max({count}, 0) * {op.stride}")
        p.cursor = Cursor(behind)


@prints(o.Loop)
def _loop(p: Printer, op: o.Loop) -> None:
    counter, place, start = p.source.fresh("x"), p.source.fresh("p"), p.source.fresh("t")
    end = p.stream.end
    p.settle(place)
    p.line(f"{counter} = 0")
    if op.bitwise:
        p.line(f"{start} = {place}")
    _forget(p, op.body)
    known, ahead = dict(p.facts), dict(p.ahead)
    forever = not isinstance(op.stop, R) and op.stop == -1
    with p.source.block("while True:"):
        if forever:
            with p.source.block(f"if {place} >= {end}:"):
                if p.stream.window:
                    p.line(f"if {place} == {end} and not final: raise More")
                p.line("break")
        if not op.bitwise:
            p.line(f"{start} = {place}")
        with p.nested("if True:"), _element(p, op.level, counter):
            p.cursor = Cursor(place)
            p.block(op.body)
            # where the cursor stands behind the end, it does not move forward any more
            p.line(f"{place} = min({p.cursor.at()}, {end} + 1)")
        if not forever:
            p.line(f"if {f'r{op.stop.n}' if isinstance(op.stop, R) else op.stop}: break")
        if not op.bitwise:
            p.trap_if(f"{place} <= {start}")
        p.line(f"{counter} += 1")
        if op.bitwise:
            p.trap_if(f"{place} - {start} < {counter} >> 3")
    p.merge([known, p.facts])
    p.ahead = ahead
    p.forget(written(op.body))
    p.cursor = Cursor(place)


@prints(o.Strip)
def _strip(p: Printer, op: o.Strip) -> None:
    p.block(op.body)


# --- columns ---------------------------------------------------------------------------------------------------------


@prints(o.Room)
def _room(p: Printer, op: o.Room) -> None:
    n = p.count(op.n)
    place = f"n{op.level} + {n}"
    p.line(f"if {place} > room{op.level}: raise Full({-1 - op.level}, {place})")


@prints(o.RoomData)
def _room_data(p: Printer, op: o.RoomData) -> None:
    n = p.count(op.n)
    place = f"u{op.column} + {n}"
    p.line(f"if {place} > space{op.column}: raise Full({op.column}, {place})")


@prints(o.Mark)
def _mark(p: Printer, op: o.Mark) -> None:
    p.line(f"k{op.column}[n{p.program.columns[op.column].level}] = 1")


@prints(o.Put)
def _put(p: Printer, op: o.Put) -> None:
    if p.fact(op.a).null:
        with p.source.block(f"if r{op.a.n} is not None:"):
            _store(p, op)
    else:
        _store(p, op)


def _store(p: Printer, op: o.Put) -> None:
    c, a = op.column, f"r{op.a.n}"
    column = p.program.columns[c]
    slot, fact = f"n{column.level}", p.fact(op.a)
    match column.storage:
        case "utf8" | "binary":
            data = p.source.fresh("t")
            p.line(f"{data} = {a}.encode()" if column.storage == "utf8" else f"{data} = own({a})")
            p.line(f"u{c} += len({data})")
            p.line(f"d{c}[u{c} - len({data}):u{c}] = {data}")
        case "none":
            pass
        case "bool":
            p.line(f"v{c}[{slot}] = {a}" if fact.flag else f"v{c}[{slot}] = {a} != 0")
        case "f32":
            p.line(f"v{c}[{slot}] = {a}")
        case "f64":
            p.line(f"v{c}[{slot}] = {a}" if p.kind(op.a) == "f64" else f"v{c}[{slot}] = float({a})")
        case "dec128":
            value = p.source.fresh("t")
            p.line(f"{value} = {a}" + (f" * {10**op.scale}" if op.scale else ""))
            p.line(f"v{c}[2 * {slot}] = {value} & {(1 << 64) - 1}")
            p.line(f"v{c}[2 * {slot} + 1] = {value} >> 64 & {(1 << 64) - 1}")
        case storage:
            most = (1 << 8 * WIDTH[storage]) - 1
            fits = fact.low >= 0 and fact.high <= most
            p.line(f"v{c}[{slot}] = {a}" if fits else f"v{c}[{slot}] = {a} & {most}")
    if not column.certain:
        p.line(f"k{c}[{slot}] = 1")


# --- frames ----------------------------------------------------------------------------------------------------------


@prints(o.Frame)
def _frame(p: Printer, op: o.Frame) -> None:
    start, length, kind = p.size(op.start), p.size(op.length), p.size(op.kind)
    if p.fact(op.kind).high > 255:
        p.trap_if(f"{kind} > 255")
    if p.fact(op.length).high > 0xFFFFFFFF:
        p.trap_if(f"{length} > {0xFFFFFFFF}")
    p.trap_if(p.nulls(*op.carried))
    for x in op.carried:
        if not p.fact(x).signed:
            p.trap_if(f"not {-(1 << 63)} <= {x!r} < {1 << 63}")
    place = f"{p.root.start} + {start}"
    known = p.places.get(op.start.n) if isinstance(op.start, R) else None
    if known is not None:
        place = Cursor(p.root.start, known).at()
    if known is None or not isinstance(op.length, R) or (p.root.bytes, p.root.start, known, op.length.n) not in p.ahead:
        p.line(f"if {place} + {length} > {p.root.end}: raise More")
    p.line(f"starts({place})")
    p.line(f"lengths({length})")
    if p.kinds is None:
        p.line(f"kinds({kind})")
    for i in range(p.carries):
        p.line(f"carry{i}({op.carried[i]!r})" if i < len(op.carried) else f"carry{i}(0)")
