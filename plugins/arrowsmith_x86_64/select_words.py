"""Texts → other values, and values that are looked up: comparisons, lengths, numbers; labels; marks in a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arrowsmith.digits import DIGIT_TABLES, MINUS, PLUS
from arrowsmith.program import ops as o
from arrowsmith.program.ops import R
from arrowsmith_x86_64.encodings import UTF8, Encoding
from arrowsmith_x86_64.operands import (
    EAX,
    ECX,
    R8,
    R9,
    R10,
    R11,
    RAX,
    RBP,
    RBX,
    RCX,
    RDI,
    RDX,
    RIP,
    XMM,
    b,
    d,
    narrow,
    q,
    w,
    x,
)
from arrowsmith_x86_64.routines_text import characters, compared, digits, parsed
from arrowsmith_x86_64.select import Decode, Exits, Select, Selector
from arrowsmith_x86_64.select_arithmetic import take
from arrowsmith_x86_64.select_integers import negate_where
from arrowsmith_x86_64.select_structure import search
from arrowsmith_x86_64.select_values import literal

#: bytes for the decimal digits of a number of 128 bits and its sign; and with what a copy may read behind them
DIGITS = 40
NUMBER = DIGITS + 32


def the_encoding(s: Selector, r: R) -> Encoding:
    """The one encoding of register *r*; that there is one is what `refuses` has made sure of."""
    found = s.encodings.of(r)
    return found[0] if found else s.encodings.all[UTF8 - 1]


def text_let(s: Selector, op: o.TextLet, exits: Exits) -> None:
    for operand in (op.a, op.b, op.low, op.high):
        s.unless_null(operand, exits.null)
    if op.how in CONDITIONS:
        _compared(s, op)
    else:
        HOWS[op.how](s, op)


CONDITIONS = {"eq": "e", "ne": "ne", "lt": "l", "le": "le", "gt": "g", "ge": "ge"}


def _compared(s: Selector, op: o.TextLet) -> None:
    a = s.a
    assert isinstance(op.a, R)
    assert isinstance(op.b, R)
    for operand, at, size in ((op.a, R8, R9), (op.b, R10, R11)):
        a.mov(at, s.low(operand))
        a.mov(size, s.high(operand))
    a.call(compared(s, the_encoding(s, op.a), the_encoding(s, op.b)))
    a.test(EAX, EAX)
    getattr(a, "set" + CONDITIONS[op.how])(narrow(RAX, 8))
    a.movzx(EAX, narrow(RAX, 8))


def _len(s: Selector, op: o.TextLet) -> None:
    assert isinstance(op.a, R)
    s.a.mov(RAX, s.low(op.a))
    s.a.mov(RDX, s.high(op.a))
    if the_encoding(s, op.a).charset == "utf-8":
        s.a.call(characters(s))
    elif the_encoding(s, op.a).charset == "hex":
        s.a.add(RDX, RDX)
    s.a.mov(RAX, RDX)


def _room(s: Selector, op: o.TextLet) -> None:
    assert isinstance(op.a, R)
    s.a.mov(RAX, s.high(op.a))
    if (factor := the_encoding(s, op.a).expansion) != 1:
        s.a.imul(RAX, RAX, factor)


def _int(s: Selector, op: o.TextLet) -> None:
    assert isinstance(op.a, R)
    assert isinstance(op.base, int)
    s.a.mov(RAX, s.low(op.a))
    s.a.mov(RDX, s.high(op.a))
    s.a.call(parsed(s, the_encoding(s, op.a), op.base))
    s.a.test(ECX, ECX)
    s.a.jump(s.trap, "ne")


def _str(s: Selector, op: o.TextLet) -> None:
    take(s, op.a, s.kind(op.a))
    decimal(s, s.kind(op.a))


def _byte(s: Selector, op: o.TextLet) -> None:
    assert isinstance(op.a, R)
    s.number(RCX, op.low)
    s.a.cmp(RCX, s.high(op.a))
    s.a.jump(s.trap, "ae")
    s.a.mov(RAX, s.low(op.a))
    s.a.movzx(EAX, b(RAX, 0, RCX))


def _slice(s: Selector, op: o.TextLet) -> None:
    """Of a text whose bytes are characters."""
    a = s.a
    assert isinstance(op.a, R)
    s.number(RCX, op.low)
    s.number(RDX, op.high)
    a.cmp(RDX, s.high(op.a))
    a.jump(s.trap, "a")
    a.cmp(RCX, RDX)
    a.jump(s.trap, "a")
    a.sub(RDX, RCX)
    a.mov(RAX, s.low(op.a))
    a.add(RAX, RCX)
    a.constant(RCX, the_encoding(s, op.a).number)


HOWS: dict[str, Callable[[Selector, o.TextLet], None]] = {
    "len": _len, "room": _room, "int": _int, "str": _str, "byte": _byte, "slice": _slice,
}  # fmt: skip


def decimal(s: Selector, kind: str) -> None:
    """The text of the number that is where values of *kind* are, in a place of this op's own."""
    a = s.a
    end = s.context.place(NUMBER) + DIGITS
    a.lea(RDI, q(RBP, end))
    if kind == "i64":
        a.cqo()
    if kind == "u64":
        a.constant(RDX, 0)
        a.constant(R8, 0)
    else:
        a.mov(R8, RDX)
        a.shift("sar", R8, 63)
        negate_where(s, R8)
    a.call(digits(s))
    if kind != "u64":
        plus = a.label()
        a.test(R8, R8)
        a.jump(plus, "e")
        a.dec(RDI)
        a.mov(b(RDI), ord("-"))
        a.place(plus)
    a.mov(RAX, RDI)
    a.lea(RDX, q(RBP, end))
    a.sub(RDX, RDI)
    a.constant(RCX, UTF8)


#: an entry of the table of a spelling: the digit's character, and what sign the byte has
PLUS_MARK, MINUS_MARK = 0x40, 0x80


def _mark(c: int) -> int:
    if c in (PLUS, MINUS):
        return PLUS_MARK if c == PLUS else MINUS_MARK
    return 0x30 | c & 15 | (0, PLUS_MARK, MINUS_MARK)[c >> 4] if c < 0x2A and c & 15 < 10 else 0


def spell(s: Selector, op: o.Spell, exits: Exits) -> None:
    """The digits behind room for a sign, in a place of this op's own; then the last sign that was met before them."""
    a = s.a
    s.unless_null(op.a, exits.null)
    start = s.context.place(NUMBER) + 1
    again, unsigned, following, done = (a.label() for _ in range(4))
    s.address(RAX, op.at)
    a.lea(RDX, q(RBP, start))
    a.lea(RDI, q(RIP, a.data(bytes(map(_mark, DIGIT_TABLES[op.table])), 64)))
    a.constant(R8, 0)
    a.constant(R9, op.size)
    a.place(again)
    a.movzx(ECX, b(RAX))
    a.movzx(ECX, b(RDI, 0, RCX))
    a.test(ECX, PLUS_MARK | MINUS_MARK)
    a.jump(unsigned, "e")
    a.mov(R8, RCX)
    a.place(unsigned)
    a.and_(ECX, 0x3F)
    a.jump(following, "e")
    a.mov(b(RDX), narrow(RCX, 8))
    a.inc(RDX)
    a.place(following)
    a.inc(RAX)
    a.dec(R9)
    a.jump(again, "ne")
    a.lea(RAX, q(RBP, start))
    a.test(R8, R8)
    a.jump(done, "e")
    a.dec(RAX)
    a.mov(b(RAX), ord("+"))
    a.test(narrow(R8, 32), MINUS_MARK)
    a.jump(done, "e")
    a.mov(b(RAX), ord("-"))
    a.place(done)
    a.sub(RDX, RAX)
    a.constant(RCX, UTF8)


def label(s: Selector, op: o.Label, exits: Exits) -> None:
    a = s.a
    kind = s.kind(op.a)
    done, other = a.label(), a.label()
    s.unless_null(op.a, exits.null)
    s.number(RAX, op.a)
    low, high = (0, 1 << 64) if kind == "u64" else (-(1 << 63), 1 << 63)
    found = [(n, text, a.label()) for n, text in op.labels if low <= n < high]
    search(s, sorted((n, place) for n, _, place in found), other, unsigned=low == 0)
    for _, text, place in found:
        a.place(place)
        literal(s, text.encode())
        a.jump(done)
    a.place(other)
    decimal(s, kind)
    a.place(done)
    a.constant(RCX, UTF8)


# --- marks in a stream -------------------------------------------------------------------------------------------------------


def scan(s: Selector, op: o.Scan) -> None:
    """The first bytes of the marks are looked for 16 at a time; then the marks are compared, the longest first."""
    a, v = s.a, s.v
    again, none, done = a.label(), a.label(), a.label()
    marks = sorted(set(op.marks), key=lambda m: (-len(m), m))
    firsts = sorted({m[0] for m in marks})
    s.address(R8)
    a.mov(R9, R8)
    a.place(again)
    a.cmp(R8, RBX)
    a.jump(none, "ae")
    if op.step == 1 and len(firsts) <= 4:
        found = a.label()
        v.whole(XMM[0], x(R8))
        for n, first in enumerate(firsts):
            v.op("pcmpeqb", XMM[2 if n else 1], XMM[0], a.const(bytes([first]) * 16))
            if n:
                v.op("por", XMM[1], XMM[1], XMM[2])
        v.mask(EAX, XMM[1])
        a.bsf(EAX, EAX)
        a.jump(found, "ne")
        a.add(R8, 16)
        a.jump(again)
        a.place(found)
        a.add(R8, RAX)
        a.cmp(R8, RBX)
        a.jump(none, "ae")
    a.mov(RDX, RBX)
    a.sub(RDX, R8)
    for mark in marks:
        following = a.label()
        if len(mark) > 1:
            a.cmp(RDX, len(mark))
            a.jump(following, "l")
        _same(s, mark, following)
        a.mov(RAX, R8)
        a.sub(RAX, R9)
        a.constant(RCX, len(mark))
        a.jump(done)
        a.place(following)
    a.add(R8, op.step)
    a.jump(again)
    a.place(none)
    s.ends()
    if op.require:
        a.jump(s.short)
    else:
        a.mov(RAX, RBX)
        a.sub(RAX, R9)
        a.xor(ECX, ECX)
        a.test(RAX, RAX)
        a.cmovs(RAX, RCX)
    a.place(done)
    _number(s, op.out, RAX)
    _number(s, op.length, RCX)


def _number(s: Selector, r: R, value: Any) -> None:
    s.a.mov(s.low(r), value)
    if s.nullable(r):
        s.a.mov(s.state(r), 1)


def _same(s: Selector, mark: bytes, other: int) -> None:
    """Go to *other* unless *mark* is at r8.  Changes rax."""
    a = s.a
    at = 0
    while at < len(mark):
        size = next(n for n in (8, 4, 2, 1) if n <= len(mark) - at)
        piece = int.from_bytes(mark[at : at + size], "little")
        if size == 8:
            a.constant(RAX, piece)
            a.cmp(RAX, q(R8, at))
        elif size == 4:
            a.unsigned32("cmp", d(R8, at), piece)
        else:
            a.movzx(EAX, w(R8, at) if size == 2 else b(R8, at))
            a.cmp(EAX, piece)
        a.jump(other, "ne")
        at += size


DECODERS: dict[type[o.Op], Decode] = {o.TextLet: text_let, o.Label: label, o.Spell: spell}
TABLE: dict[type[o.Op], Select] = {o.Scan: scan}
