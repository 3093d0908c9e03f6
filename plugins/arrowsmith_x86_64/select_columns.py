"""Puts: the value of an op, or null, becomes a slot's bytes, validity and offset; and what makes the slots of a level whole.

Offsets are the only truth about a varying column: slot n's text begins where offsets[n] says, and rolling back is forgetting.
A column that every slot puts writes its offset at once; any other one is filled up from where it was last put.
"""

from __future__ import annotations

from arrowsmith.columns import WIDTH
from arrowsmith.program import ops as o
from arrowsmith_x86_64.encodings import HEX, Encoding
from arrowsmith_x86_64.operands import (
    EAX,
    ECX,
    EDI,
    EDX,
    R8,
    R10,
    R11,
    RAX,
    RCX,
    RDI,
    RDX,
    XMM,
    Mem,
    Reg,
    b,
    d,
    narrow,
    q,
)
from arrowsmith_x86_64.routines import fill, utf8
from arrowsmith_x86_64.select import Select, Selector
from arrowsmith_x86_64.select_values import to_double, wide_multiply


def put(s: Selector, op: o.Put) -> None:
    a = s.a
    null, done = a.label(), a.label()
    s.unless_null(op.a, null)
    s.load(op.a)
    put_value(s, op, s.kind(op.a))
    a.place(done)
    if s.nullable(op.a):
        with a.cold():
            a.place(null)
            put_null(s, op)
            a.jump(done)


def mark(s: Selector, op: o.Mark) -> None:
    set_valid(s, op.column, s.slot(s.program.columns[op.column].level, R10))


def set_valid(s: Selector, column: int, slot: Reg) -> None:
    """Set the slot's validity, unless that was done for many rows beforehand."""
    if not (is_prefilled(s, column) or s.program.columns[column].certain):
        s.a.mov(RDI, s.of_column(column, "validity"))
        s.a.mov(b(RDI, 0, slot), 1)


def is_prefilled(s: Selector, column: int) -> bool:
    """Whether validity of *column* is set before the rows are decoded."""
    return s.prefilled and column in s.facts.always and s.program.columns[column].level == 0


def put_null(s: Selector, op: o.Put) -> None:
    """In cold code: leave the slot null."""
    a = s.a
    column = s.program.columns[op.column]
    slot = s.slot(column.level, R10)
    if is_prefilled(s, op.column):
        a.mov(RDI, s.of_column(op.column, "validity"))
        a.mov(b(RDI, 0, slot), 0)
    if column.varying and op.column in s.facts.always:
        a.mov(RDI, s.of_column(op.column, "values"))
        a.mov(EAX, d(RDI, 0, slot, 4))
        a.mov(d(RDI, 4, slot, 4), EAX)


def put_value(s: Selector, op: o.Put, kind: str) -> None:
    """Store the value that is where values of *kind* are."""
    column = s.program.columns[op.column]
    if column.varying:
        put_text(s, op, column.storage == "binary")
        return
    slot = s.slot(column.level, R10)
    if column.storage == "dec128":
        _put_decimal(s, op, kind, slot)
    elif column.storage != "none":
        _put_fixed(s, op, kind, column.storage, slot)
    set_valid(s, op.column, slot)


def _put_decimal(s: Selector, op: o.Put, kind: str, slot: Reg) -> None:
    a = s.a
    if kind == "i64" and 0 < op.scale <= 18:
        a.constant(RCX, 10**op.scale)
        a.imul(RCX)
    else:
        if kind == "i64":
            a.cqo()
        elif kind == "u64":
            a.xor(EDX, EDX)
        wide_multiply(a, 10**op.scale)
    a.mov(RDI, s.of_column(op.column, "values"))
    a.mov(RCX, slot)
    a.shift("shl", RCX, 4)
    a.mov(q(RDI, 0, RCX), RAX)
    a.mov(q(RDI, 8, RCX), RDX)


def _put_fixed(s: Selector, op: o.Put, kind: str, storage: str, slot: Reg) -> None:
    a = s.a
    width = WIDTH[storage]
    a.mov(RDI, s.of_column(op.column, "values"))
    if storage == "f32":
        s.v.op("cvtsd2ss", XMM[0], XMM[0], XMM[0])
        s.v.move("movd", d(RDI, 0, slot, 4), XMM[0])
        return
    if storage == "f64":
        if kind != "f64":
            to_double(s, kind)
        s.v.move("movq", q(RDI, 0, slot, 8), XMM[0])
        return
    if storage == "bool":
        if kind == "i128":
            a.or_(RAX, RDX)
        a.xor(ECX, ECX)
        a.test(RAX, RAX)
        a.setne(narrow(RCX, 8))
        a.mov(b(RDI, 0, slot), narrow(RCX, 8))
        return
    a.mov(Mem(8 * width, RDI, 0, slot, width), narrow(RAX, 8 * width))


# --- texts -----------------------------------------------------------------------------------------------------------


def text_place(s: Selector, column: int, slot: Reg) -> None:
    """r11 = the offsets, rdi = where the slot's text begins.  Changes rax, r9."""
    a = s.a
    a.mov(R11, s.of_column(column, "values"))
    fill_up(s, column, slot)
    a.mov(EAX, d(R11, 0, slot, 4))
    a.mov(RDI, s.of_column(column, "data"))
    a.add(RDI, RAX)


def fill_up(s: Selector, column: int, slot: Reg) -> None:
    """Give the slots before *slot* their offsets, where not every slot is put; r11 holds the offsets.  Changes rax, r9, r10."""
    if column in s.facts.always:
        return
    a = s.a
    filled, behind = a.label(), a.label()
    a.mov(RAX, s.of_column(column, "filled"))
    a.cmp(RAX, slot)
    a.jump(behind, "b")
    a.place(filled)
    with a.cold():
        a.place(behind)
        if slot != R10:
            a.mov(R10, slot)
        a.call(fill(s))
        a.jump(filled)


def text_done(s: Selector, column: int, slot: Reg) -> None:
    """The slot's text ends at rdi; r11 as `text_place` left it.  Changes rax."""
    a = s.a
    a.sub(RDI, s.of_column(column, "data"))
    text_ends(s, column, slot, EDI)


def text_ends(s: Selector, column: int, slot: Reg, end: Reg) -> None:
    """The slot's text ends at offset *end* (32 bits); r11 as `text_place` left it.  Changes rax, rdi."""
    a = s.a
    a.mov(d(R11, 4, slot, 4), end)
    if column not in s.facts.always:
        a.lea(RAX, q(slot, 1))
        a.mov(s.of_column(column, "filled"), RAX)
    set_valid(s, column, slot)


def put_text(s: Selector, op: o.Put, binary: bool) -> None:
    """Put the text at rax, of rdx bytes; its encoding is one of those that the register may have."""
    a = s.a
    encodings: list[Encoding | None] = []
    for e in s.encodings.of(op.a):
        # what is copied need not be told apart
        as_put = e if not e.copied and (not binary or e.number == HEX) else None
        if as_put not in encodings:
            encodings.append(as_put)
    encodings.sort(key=lambda e: e is None)
    slot = s.slot(s.program.columns[op.column].level, R10)
    a.mov(R8, RAX)
    text_place(s, op.column, slot)
    done = a.label()
    for n, encoding in enumerate(encodings):
        beyond = a.label()
        if n + 1 < len(encodings):
            assert encoding is not None
            a.cmp(ECX, encoding.number)
            a.jump(beyond, "ne")
        a.mov(RCX, RDX)
        a.call(utf8(s, encoding))
        if n + 1 < len(encodings):
            a.jump(done)
        a.place(beyond)
    a.place(done)
    text_done(s, op.column, slot)


# --- levels ------------------------------------------------------------------------------------------------------------


def close_slot(s: Selector, level: int, slot: Reg, children: list[int]) -> None:
    """The slot of *level* is complete: its lists end where their levels now stand.  Changes rax, rdi."""
    a = s.a
    for child in children:
        a.mov(RAX, s.of_level(child, "cursor"))
        a.mov(RDI, s.of_level(child, "offsets"))
        a.mov(d(RDI, 4, slot, 4), EAX)


def children(s: Selector, level: int) -> list[int]:
    """The levels whose lists are in slots of *level*."""
    return [n for n, child in enumerate(s.program.levels) if n and child.parent == level]


def room(s: Selector, op: o.Room) -> None:
    """Room that is the same for every record was made sure of before."""
    if id(op) in s.facts.hoisted:
        return
    a = s.a
    done, lacking = a.label(), a.label()
    _wanted(s, op.n, done)
    a.mov(RCX, s.of_level(op.level, "cursor")) if op.level else a.mov(RCX, s.slot(0, RCX))
    a.add(RAX, RCX)
    a.cmp(RAX, s.of_level(op.level, "capacity"))
    a.jump(lacking, "g")
    a.place(done)
    with a.cold():
        a.place(lacking)
        lacks(s, -1 - op.level)


def room_data(s: Selector, op: o.RoomData) -> None:
    if id(op) in s.facts.hoisted:
        return
    a = s.a
    done, lacking = a.label(), a.label()
    _wanted(s, op.n, done)
    level = s.program.columns[op.column].level
    a.mov(RDX, s.of_column(op.column, "values"))
    if op.column in s.facts.always:
        # slots up to the open one have their offsets; where none is open, up to the finished ones: the same number
        slot = s.slot(level, R10) if level in (0, s.level) else _finished(s, level)
        a.mov(ECX, d(RDX, 0, slot, 4))
    else:
        a.mov(RCX, s.of_column(op.column, "filled"))
        a.mov(ECX, d(RDX, 0, RCX, 4))
    a.add(RAX, RCX)
    a.cmp(RAX, s.of_column(op.column, "capacity"))
    a.jump(lacking, "g")
    a.place(done)
    with a.cold():
        a.place(lacking)
        lacks(s, op.column)


def _finished(s: Selector, level: int) -> Reg:
    s.a.mov(R10, s.of_level(level, "cursor"))
    return R10


def _wanted(s: Selector, n: o.R | int, done: int) -> None:
    """rax = slots or bytes that are wanted; *done* where there are none; trap where there are too many."""
    a = s.a
    s.unless_null(n, done)
    s.number(RAX, n)
    a.test(RAX, RAX)
    a.jump(done, "le")
    if not isinstance(n, int) or n > o.MOST:
        a.cmp(RAX, o.MOST)
        a.jump(s.trap, "g")


def lacks(s: Selector, column: int) -> None:
    """In cold code: stop as full; rax = what is wanted, counted from the start of the buffer."""
    s.a.mov(s.header("wanted"), RAX)
    s.a.mov(s.header("column"), column)
    s.a.jump(s.full)


TABLE: dict[type[o.Op], Select] = {o.Put: put, o.Mark: mark, o.Room: room, o.RoomData: room_data}
