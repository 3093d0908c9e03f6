"""Attributes of ops that are wrong by themselves: sizes, digits, names, literals out of range.

Invariant: a rule here looks at one op and at the Program's header, never at another op.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from arrowsmith.charsets import multibyte
from arrowsmith.digits import DIGIT_TABLES
from arrowsmith.program import ops as o
from arrowsmith.program.floats import KINDS
from arrowsmith.program.kinds import REACH, loaded
from arrowsmith.program.ops import MOST, Op, R
from arrowsmith.program.program import Program
from arrowsmith.program.reading import UNIT
from arrowsmith.transforms import listed, named

I64 = range(-(1 << 63), 1 << 63)
#: charsets whose byte order the data say, or the machine
AMBIGUOUS = frozenset({"utf-16", "utf-32"})


def _words(cls: type[Op]) -> dict[str, tuple[str, ...]]:
    """The fields of *cls* that take one of some words."""
    hints = get_type_hints(cls)
    return {f.name: get_args(hints[f.name]) for f in fields(cls) if get_origin(hints[f.name]) is Literal}


#: op → its fields that take one of some words
WORDS = {cls: _words(cls) for cls in o.OPS.values()}
#: op → its fields that hold integers
NUMBERS = {cls: tuple(f.name for f in fields(cls) if f.type in ("int", "Operand", "At")) for cls in o.OPS.values()}


def wrong(op: Op, program: Program) -> Iterator[str]:
    """What is wrong with *op* by itself."""
    for name, words in WORDS[type(op)].items():
        if getattr(op, name) not in words:
            yield f"{name} is {getattr(op, name)!r}; expected {', '.join(words)}"
    for name in NUMBERS[type(op)]:
        value = getattr(op, name)
        if isinstance(value, int) and value not in I64:
            yield f"{name} does not fit 64 bits"
    if getattr(op, "at", 0) < 0:
        yield "the place is before the cursor"
    if not -1 <= op.site < len(program.sites):
        yield f"there is no site {op.site}"
    if getattr(op, "fail", "trap") == "null" and op.site < 0:
        yield "an op that stores null has a site"
    rule = RULES.get(type(op))
    if rule:
        yield from rule(op, program)


def _between(what: str, value: R | int, low: int, high: int) -> Iterator[str]:
    if not isinstance(value, R) and not low <= value <= high:
        yield f"{what} is {value}; expected {low}–{high}"


def _amount(what: str) -> Callable[[Any, Program], Iterator[str]]:
    return lambda op, _: _between(what, getattr(op, what), 0, MOST)


def _load_int(op: o.LoadInt, _: Program) -> Iterator[str]:
    yield from _between("size", op.size, 1, 16)
    if not op.below:
        if op.least:
            yield f"least is {op.least} without below"
        return
    low, high = REACH[loaded(op.size, op.encoding, op.below)]
    if not max(low, 0 if op.encoding == "unsigned" else low) <= op.least < op.below <= high + 1:
        yield f"the integers from {op.least} to below {op.below} are none that {op.size} {op.encoding} bytes can be read as"


def _load_bits(op: o.LoadBits, _: Program) -> Iterator[str]:
    yield from _between("size", op.size, 1, 8)
    if op.low < 0 or op.width < 1 or op.low + op.width > 8 * op.size:
        yield f"{op.width} bits above {op.low} do not lie in {op.size} bytes"


def _load_float(op: o.LoadFloat, _: Program) -> Iterator[str]:
    if op.kind not in KINDS:
        yield f"there is no kind {op.kind} of floats"


def _unpack(op: o.Unpack, _: Program) -> Iterator[str]:
    yield from _between("size", op.size, 1, 20)
    yield from _between("digits", op.digits, 1, 38)


def _unzone(op: o.Unzone, _: Program) -> Iterator[str]:
    yield from _between("size", op.size, 1, 64)
    yield from _between("digits", op.digits, 1, 38)
    yield from _between("scale", op.scale, -38, 38)
    if op.table not in DIGIT_TABLES:
        yield f"there is no digit table {op.table}"
    if op.bits and not (
        op.bits in (8, 16, 32, 64) and op.lenient and not op.scale and 10**op.digits < 1 << (op.bits - 1)
    ):
        yield f"bits is {op.bits}: it may be 8, 16, 32 or 64, of whole lenient numbers whose digits always fit"


def _spell(op: o.Spell, _: Program) -> Iterator[str]:
    yield from _between("size", op.size, 1, 38)
    if op.table not in DIGIT_TABLES:
        yield f"there is no digit table {op.table}"


def _text(op: o.LoadText, program: Program) -> Iterator[str]:
    yield from _between("size", op.size, 0, MOST)
    yield from _charset(op.charset, program)
    yield from _between("the length of until", len(op.until), 0, 1)
    if op.until and op.absent:
        yield "a text that a byte ends is never absent"
    whole = multibyte(op.charset) and not program.charset(op.charset)
    if whole and len(op.pad) % UNIT.get(codecs.lookup(op.charset).name, 1):
        yield f"the pad is no whole number of units of {op.charset}"


def _charset(name: str, program: Program) -> Iterator[str]:
    if program.charset(name):
        return
    if not multibyte(name):
        yield f"charset {name} has no table here, and is no multi-byte codec"
    elif codecs.lookup(name).name in AMBIGUOUS:
        yield f"charset {name} does not say its byte order"


def _bytes(op: o.LoadBytes, _: Program) -> Iterator[str]:
    yield from _between("size", op.size, 0, MOST)
    yield from _between("the pad's length", len(op.pad), 0, 1)


def _scan(op: o.Scan, _: Program) -> Iterator[str]:
    if not op.marks or not all(op.marks):
        yield "there is no mark, or an empty one"
    yield from _between("step", op.step, 1, 8)


def _expect(op: o.Expect, _: Program) -> Iterator[str]:
    if not op.value:
        yield "nothing is expected"


def _let(op: o.Let, _: Program) -> Iterator[str]:
    if op.how not in o.LET:
        yield f"there is no {op.how}"
    elif (o.LET[op.how] < 2 and op.b != 0) or (o.LET[op.how] < 1 and op.a != 0):
        yield f"{op.how} has an operand too much"


def _text_let(op: o.TextLet, program: Program) -> Iterator[str]:
    if op.how not in o.TEXT_LET:
        yield f"there is no {op.how}"
        return
    if o.TEXT_LET[op.how] < 2 and op.b != 0:
        yield f"{op.how} has an operand too much"
    if (op.low != 0 and op.how not in ("slice", "byte")) or (op.high != 0 and op.how != "slice"):
        yield f"{op.how} has no low or high"
    if op.how == "decode":
        yield from _charset(op.charset, program)
    elif op.charset:
        yield f"{op.how} has no charset"
    if isinstance(op.base, R) and op.how != "int":
        yield f"{op.how} has no base"
    yield from _between("base", op.base, 2, 36)


def _const(op: o.Const, _: Program) -> Iterator[str]:
    if type(op.value) not in (float, str, bytes):
        yield f"{op.value!r} is neither a float nor text nor bytes"


def _param(op: o.GetParam, program: Program) -> Iterator[str]:
    if not 0 <= op.index < len(program.parameters):
        yield f"there is no parameter {op.index}"


def _carried(op: o.Carried, _: Program) -> Iterator[str]:
    yield from _between("index", op.index, 0, 7)


def _label(op: o.Label, _: Program) -> Iterator[str]:
    if len(dict(op.labels)) != len(op.labels):
        yield "a value has two labels"


def _require(op: o.Require, _: Program) -> Iterator[str]:
    if op.fail == "null" and not isinstance(op.what, R):
        yield "what becomes null is a register"
    if op.fail == "trap" and op.what != -1:
        yield "nothing becomes null where the record fails"


def _switch(op: o.Switch, program: Program) -> Iterator[str]:
    values = [v for listed, _ in op.cases for v in listed]
    if len(set(values)) != len(values) or not all(listed for listed, _ in op.cases):
        yield "cases are disjoint, and none is empty"
    kind = program.registers[op.value.n] if op.value.n < len(program.registers) else "i64"
    if any(v not in (range(1 << 64) if kind == "u64" else I64) for v in values):
        yield f"a case lies outside {kind}"


def _repeat(op: o.Repeat, _: Program) -> Iterator[str]:
    yield from _between("the count", op.count, 0, MOST)
    yield from _between("stride", op.stride, 0, MOST)


def _loop(op: o.Loop, _: Program) -> Iterator[str]:
    if not isinstance(op.stop, R) and op.stop != -1:
        yield f"stop is {op.stop}; expected a register or -1"


def _transform(op: o.Transform, program: Program) -> Iterator[str]:
    yield from _between("n", op.n, 0, MOST)
    how = program.transform(op.how)
    if how is None:
        yield f"there is no transform {op.how} among those of the Program: {listed(named(program.transforms))}"
        return
    refusal = how.refuses([isinstance(a, R) and program.registers[a.n] == "text" for a in op.arguments])
    if refusal is not None:
        yield refusal


def _put(op: o.Put, program: Program) -> Iterator[str]:
    yield from _between("scale", op.scale, 0, 38)
    if op.scale and 0 <= op.column < len(program.columns) and program.columns[op.column].storage != "dec128":
        yield "only a dec128 is scaled"


def _mark(op: o.Mark, program: Program) -> Iterator[str]:
    if 0 <= op.column < len(program.columns) and program.columns[op.column].storage != "none":
        yield "only a column of storage none is marked"


def _fetch(op: o.Fetch, program: Program) -> Iterator[str]:
    if 0 <= op.column < len(program.columns):
        column = program.columns[op.column]
        if column.level == 0:
            yield "a fetch is from a list's column, not from the row's"
        if column.storage in ("none", "f16"):
            yield f"a column of {column.storage} has nothing to fetch"


def _room_data(op: o.RoomData, program: Program) -> Iterator[str]:
    yield from _between("n", op.n, 0, MOST)
    if 0 <= op.column < len(program.columns) and not program.columns[op.column].varying:
        yield "only utf8 and binary columns have data"


def _frame(op: o.Frame, _: Program) -> Iterator[str]:
    yield from _between("start", op.start, 0, MOST)
    yield from _between("length", op.length, 0, 0xFFFFFFFF)
    yield from _between("kind", op.kind, 0, 255)
    yield from _between("the number of carried values", len(op.carried), 0, 8)


RULES: dict[type[Op], Callable[[Any, Program], Iterator[str]]] = {
    o.Need: _amount("n"),
    o.Reach: _amount("n"),
    o.Skip: _amount("n"),
    o.Within: _amount("n"),
    o.Room: _amount("n"),
    o.AtPlace: _amount("position"),
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
    o.TextLet: _text_let,
    o.Const: _const,
    o.GetParam: _param,
    o.Carried: _carried,
    o.Label: _label,
    o.Require: _require,
    o.Switch: _switch,
    o.Repeat: _repeat,
    o.Loop: _loop,
    o.Transform: _transform,
    o.Put: _put,
    o.Mark: _mark,
    o.Fetch: _fetch,
    o.RoomData: _room_data,
    o.Frame: _frame,
}
