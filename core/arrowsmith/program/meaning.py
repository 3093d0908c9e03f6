"""What each op does to a `Machine`: one function per op, in `MEANING`, each saying its op's docstring again in Python.

Invariant: nothing here is fast, and nothing is shared with an emitter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arrowsmith.program import ops as o
from arrowsmith.program.arithmetic import I64, Value, date, let, text_let, wrapped
from arrowsmith.program.floats import KINDS, value
from arrowsmith.program.machine import Machine, More, Stream
from arrowsmith.program.ops import MOST, Op, R
from arrowsmith.program.reading import Refused, Text, bit_field, decoded, integer, packed, spelled, text, zoned
from arrowsmith.program.record import broken
from arrowsmith.transforms import Unmade

# --- bounds and movement ---


def _need(m: Machine, op: o.Need) -> None:
    n = m.count(op.n, "the number of bytes")
    if n > m.left:
        raise m.short(f"{n} bytes are needed here, and {max(m.left, 0)} are left")


def _reach(m: Machine, op: o.Reach) -> None:
    n = m.get(op.n)
    there = n is not None and 0 <= n <= m.left
    if n is not None and n > m.left:
        m.ends()
    m.run(op.then if there else op.other)


def _skip(m: Machine, op: o.Skip) -> None:
    m.move(m.count(op.n, "the number of bytes to skip"))


def _tell(m: Machine, op: o.Tell) -> None:
    m.registers[op.out.n] = m.cursor


def _remain(m: Machine, op: o.Remain) -> None:
    m.ends()
    m.registers[op.out.n] = max(m.left, 0)


def _extent(m: Machine, op: o.Extent) -> None:
    if (m.root if op.root else m.stream).window and not m.source.final:
        raise More
    m.registers[op.out.n] = len((m.root if op.root else m.stream).data)


def _at(m: Machine, op: o.AtPlace) -> None:
    stream = m.root if op.root else m.stream
    position = m.count(op.position, "the position")
    if position > len(stream.data):
        if stream.window:
            raise More
        raise Refused(f"position {position} is behind the end of {len(stream.data)} bytes", size=0)
    m.inside(stream, position, op.body)


def _inner(m: Machine, n: int, what: str) -> memoryview:
    if n > m.left:
        raise m.short(f"{what} needs {n} bytes here, and {max(m.left, 0)} are left")
    return m.stream.data[m.cursor : m.cursor + n]


def _within(m: Machine, op: o.Within) -> None:
    n = m.count(op.n, "the size")
    data = _inner(m, n, "the part")
    origin = m.stream.origin + (0 if m.stream.made else m.cursor)
    m.inside(Stream(data, origin, m.stream.made), 0, op.body)
    m.move(n)


def _transform(m: Machine, op: o.Transform) -> None:
    n = m.count(op.n, "the size")
    data = _inner(m, n, op.how)
    origin = m.stream.origin + (0 if m.stream.made else m.cursor)
    how = m.program.transform(op.how)
    if how is None:
        raise broken(f"the transform {op.how}, which the Program has not")
    arguments = [a.data if isinstance(a, Text) else a for a in map(m.get, op.arguments)]
    try:
        made = how.made(bytes(data), arguments)
    except Unmade as unmade:
        raise Refused(str(unmade)) from None
    m.inside(Stream(memoryview(made), origin, True), 0, op.body)
    m.move(n)


# --- loads ---


def _load_int(m: Machine, op: o.LoadInt) -> None:
    m.load(op, lambda data: integer(op, data), op.size)


def _load_bits(m: Machine, op: o.LoadBits) -> None:
    m.note(op, op.size)
    m.registers[op.out.n] = bit_field(op, m.take(op.at, op.size))


def _load_float(m: Machine, op: o.LoadFloat) -> None:
    m.load(op, lambda data: value(op.kind, data, op.order), KINDS[op.kind].size)


def _unpack(m: Machine, op: o.Unpack) -> None:
    m.load(op, lambda data: packed(op, data), op.size)


def _unzone(m: Machine, op: o.Unzone) -> None:
    m.load(op, lambda data: zoned(op, data), op.size)


def _spell(m: Machine, op: o.Spell) -> None:
    data = m.take(op.at, op.size)
    m.registers[op.out.n] = None if m.get(op.a) is None else spelled(op, data)


def _text(m: Machine, op: o.LoadText) -> None:
    m.load(op, lambda data: text(op, m.charset(op.charset), data), m.get(op.size))


def _bytes(m: Machine, op: o.LoadBytes) -> None:
    data = m.take(op.at, m.get(op.size))
    m.note(op, len(data))
    data = data.rstrip(op.pad) if op.pad else data
    m.registers[op.out.n] = Text(data.hex().upper().encode()) if op.hex else Text(data, "binary")


def _scan(m: Machine, op: o.Scan) -> None:
    data = m.stream.data[m.cursor :]
    for at in range(0, len(data), op.step):
        lengths = [len(mark) for mark in op.marks if data[at : at + len(mark)] == mark]
        if lengths:
            m.registers[op.out.n], m.registers[op.length.n] = at, max(lengths)
            return
    m.ends()
    if op.require:
        raise m.short(f"none of {', '.join(mark.hex(' ').upper() for mark in op.marks)} comes before the end")
    m.registers[op.out.n], m.registers[op.length.n] = max(m.left, 0), 0


def _expect(m: Machine, op: o.Expect) -> None:
    if m.take(op.at, len(op.value)) != op.value:
        m.refuse(op, Refused(f"expected {op.value.hex(' ').upper()}"))


# --- registers ---


def _let(m: Machine, op: o.Let) -> None:
    a, b = m.get(op.a), m.get(op.b)
    if op.how == "null":
        result: Value | None = None
    elif op.how == "present":
        result = int(a is not None)
    elif op.how == "else":
        result = b if a is None else a
    elif op.how == "copy":
        result = a
    else:
        result = None if a is None or b is None else let(op.how, a, b)
    m.registers[op.out.n] = result


def _const(m: Machine, op: o.Const) -> None:
    match op.value:
        case bytes():
            m.registers[op.out.n] = Text(op.value, "binary")
        case str():
            m.registers[op.out.n] = Text(op.value.encode())
        case number:
            m.registers[op.out.n] = float(number)


def _text_let(m: Machine, op: o.TextLet) -> None:
    operands = [m.get(x) for x in (op.a, op.b, op.low, op.high, op.base)]
    if None in operands:
        m.registers[op.out.n] = None
    elif op.how == "str":
        m.registers[op.out.n] = Text(str(operands[0]).encode())
    elif op.how == "decode":
        m.registers[op.out.n] = decoded(operands[0].data, m.charset(op.charset))
    else:
        m.registers[op.out.n] = text_let(op.how, *operands)


def _param(m: Machine, op: o.GetParam) -> None:
    m.registers[op.out.n] = wrapped(m.source.parameters[op.index])


def _carried(m: Machine, op: o.Carried) -> None:
    m.registers[op.out.n] = m.source.carried[op.index][m.number]


def _index(m: Machine, op: o.GetIndex) -> None:
    m.registers[op.out.n] = m.elements[-1 - op.up]


def _fetch(m: Machine, op: o.Fetch) -> None:
    index = m.get(op.index)
    try:
        m.registers[op.out.n] = None if index is None else m.record_of("a fetch").fetch(op.column, index)
    except IndexError:
        count = m.record_of("a fetch").finished[m.program.columns[op.column].level]
        raise Refused(f"there is no element {index} among {count}", size=0) from None


def _label(m: Machine, op: o.Label) -> None:
    a = m.get(op.a)
    m.registers[op.out.n] = None if a is None else Text(dict(op.labels).get(a, str(a)).encode())


def _date(m: Machine, op: o.Date) -> None:
    parts = [m.get(x) for x in (op.year, op.month, op.day)]
    m.registers[op.out.n] = None
    if None not in parts:
        try:
            m.registers[op.out.n] = date(*parts)
        except Refused as refused:
            refused.size = 0
            m.refuse(op, refused)


def _require(m: Machine, op: o.Require) -> None:
    if m.get(op.test) == 0:
        m.refuse(op, Refused("the value is not one that is allowed here", size=0))
        if isinstance(op.what, R):
            m.registers[op.what.n] = None


def _fail(m: Machine, op: o.FailNow) -> None:
    raise Refused("nothing is known to follow here", size=0)


# --- structure ---


def _if(m: Machine, op: o.If) -> None:
    m.run(op.then if m.get(op.test) else op.other)


def _switch(m: Machine, op: o.Switch) -> None:
    chosen = m.get(op.value)
    m.run(next((block for values, block in op.cases if chosen in values), op.default))


def _count_of(m: Machine, operand: R | int) -> int:
    n = m.get(operand) or 0
    if n > MOST:
        raise Refused(f"{n} are more than one batch holds", size=0)
    return max(int(n), 0)


def _repeat(m: Machine, op: o.Repeat) -> None:
    for i in range(_count_of(m, op.count)):
        start = m.cursor
        m.element(op.level, i, op.body)
        if op.stride:
            m.cursor = start
            m.move(op.stride)


def _loop(m: Machine, op: o.Loop) -> None:
    i, begin = 0, m.cursor
    while True:
        if op.stop == -1 and m.left <= 0:
            if m.left == 0:
                m.ends()
            return
        start = m.cursor
        m.element(op.level, i, op.body)
        if op.stop != -1 and m.get(op.stop):
            return
        if m.cursor - begin < (i + 1) // 8 if op.bitwise else m.cursor <= start:
            raise Refused("an element that takes no bytes would repeat for ever", size=0)
        i += 1


def _strip(m: Machine, op: o.Strip) -> None:
    m.run(op.body)


# --- columns and frames ---


def _room(m: Machine, op: o.Room) -> None:
    m.record_of("room").room(op.level, _count_of(m, op.n))


def _room_data(m: Machine, op: o.RoomData) -> None:
    m.record_of("room").room_data(op.column, _count_of(m, op.n))


def _put(m: Machine, op: o.Put) -> None:
    m.record_of("a put").put(op.column, m.get(op.a), op.scale)


def _mark(m: Machine, op: o.Mark) -> None:
    m.record_of("a mark").put(op.column, 1)


def _frame(m: Machine, op: o.Frame) -> None:
    start = m.count(op.start, "the frame's start")
    length = m.count(op.length, "the frame's length")
    kind = m.count(op.kind, "the frame's kind")
    carried = [m.get(x) for x in op.carried]
    if kind > 255:
        raise Refused(f"the frame's kind is {kind}; expected 0–255", size=0)
    if length > 0xFFFFFFFF:
        raise Refused(f"the frame's length is {length}", size=0)
    if any(c is None or c not in I64 for c in carried):
        raise Refused("a carried value is null, or does not fit 64 bits", size=0)
    if start + length > len(m.root.data):
        raise More
    m.yielded.append((m.root.origin + start, length, kind, tuple(carried)))


#: op → what it does; every op of the table is here
MEANING: dict[type[Op], Callable[[Machine, Any], None]] = {
    o.Need: _need,
    o.Reach: _reach,
    o.Skip: _skip,
    o.Tell: _tell,
    o.Remain: _remain,
    o.Extent: _extent,
    o.AtPlace: _at,
    o.Within: _within,
    o.Transform: _transform,
    o.LoadInt: _load_int,
    o.LoadBits: _load_bits,
    o.LoadFloat: _load_float,
    o.Unpack: _unpack,
    o.Unzone: _unzone,
    o.Spell: _spell,
    o.LoadText: _text,
    o.LoadBytes: _bytes,
    o.Scan: _scan,
    o.Expect: _expect,
    o.Let: _let,
    o.Const: _const,
    o.TextLet: _text_let,
    o.GetParam: _param,
    o.Carried: _carried,
    o.GetIndex: _index,
    o.Fetch: _fetch,
    o.Label: _label,
    o.Date: _date,
    o.Require: _require,
    o.FailNow: _fail,
    o.If: _if,
    o.Switch: _switch,
    o.Repeat: _repeat,
    o.Loop: _loop,
    o.Strip: _strip,
    o.Room: _room,
    o.RoomData: _room_data,
    o.Put: _put,
    o.Mark: _mark,
    o.Frame: _frame,
}
