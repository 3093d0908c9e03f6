"""Values from no bytes: literals, parameters, what the cursor and the loops know, slots already put; and conversions of numbers.

Invariant: nothing here reads the stream.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from arrowsmith.program import ops as o
from arrowsmith.program.ops import R
from arrowsmith_x86_64.assembler import Assembler
from arrowsmith_x86_64.encodings import BINARY, UTF8
from arrowsmith_x86_64.operands import (
    CL,
    EAX,
    ECX,
    EDX,
    R8,
    R9,
    R14,
    R15,
    RAX,
    RBP,
    RBX,
    RCX,
    RDI,
    RDX,
    RIP,
    XMM,
    Mem,
    b,
    d,
    q,
    w,
)
from arrowsmith_x86_64.select import Decode, Exits, Selector

#: the NaN of arithmetic
NAN = 0x7FF8 << 48


def wide_multiply(a: Assembler, factor: int) -> None:
    """rdx:rax ×= *factor*, modulo 2¹²⁸.  Changes rcx, r8, r9."""
    factor %= 1 << 128
    if factor == 1:
        return
    a.mov(R8, RDX)
    a.constant(RCX, factor)
    if factor >> 64:
        a.constant(R9, factor >> 64)
        a.imul(R9, RAX)
    a.imul(R8, RCX)
    a.mul(RCX)
    a.add(RDX, R8)
    if factor >> 64:
        a.add(RDX, R9)


def to_double(s: Selector, kind: str) -> None:
    """xmm0 = the integer that is where values of *kind* are, as a double, to nearest even.  Changes rax, rcx, rdx, r8, xmm1."""
    if kind == "i128":
        s.a.call(s.routine("double of 128 bits", lambda: _wide_to_double(s)))
        return
    a = s.a
    if kind == "u64":
        large, done = a.label(), a.label()
        a.test(RAX, RAX)
        a.jump(large, "s")
        _convert(s)
        a.place(done)
        with a.cold():
            a.place(large)
            _half(s)
            s.v.op("addsd", XMM[0], XMM[0], XMM[0])
            a.jump(done)
        return
    _convert(s)


def _half(s: Selector) -> None:
    """xmm0 = half of the unsigned number rax, the lost bit kept sticky: rounds as the whole would.  Changes rcx."""
    a = s.a
    a.mov(RCX, RAX)
    a.shift("shr", RAX, 1)
    a.and_(ECX, 1)
    a.or_(RAX, RCX)
    _convert(s)


def _wide_to_double(s: Selector) -> None:
    """xmm0 = rdx:rax: its 64 uppermost bits, the others kept sticky, times a power of two, which is exact."""
    a = s.a
    small, whole, scaled = a.label(), a.label(), a.label()
    a.mov(R8, RDX)
    a.shift("sar", R8, 63)
    a.xor(RAX, R8)
    a.xor(RDX, R8)
    a.sub(RAX, R8)
    a.sbb(RDX, R8)
    a.xor(ECX, ECX)
    a.test(RDX, RDX)
    a.jump(small, "e")
    a.push(R9)
    a.mov(R9, RAX)
    a.bsr(RCX, RDX)
    a.inc(ECX)
    a.cmp(ECX, 64)
    a.jump(whole, "e")
    a.shrd(RAX, RDX, CL)
    a.neg(ECX)
    a.shl(R9, CL)  # what was shifted out; counts are taken modulo 64
    a.neg(ECX)
    a.jump(scaled)
    a.place(whole)
    a.mov(RAX, RDX)
    a.place(scaled)
    a.neg(R9)  # carries unless it was 0
    a.sbb(R9, R9)
    a.and_(R9, 1)
    a.or_(RAX, R9)
    a.pop(R9)
    a.place(small)
    a.lea(RDX, q(RCX, 1023 + 1))
    a.shift("shl", RDX, 52)
    _half(s)
    s.v.move("movq", XMM[1], RDX)
    s.v.op("mulsd", XMM[0], XMM[0], XMM[1])
    a.shift("shl", R8, 63)
    s.v.move("movq", XMM[1], R8)
    s.v.op("por", XMM[0], XMM[0], XMM[1])
    a.ret()


def _convert(s: Selector) -> None:
    s.v.zero(XMM[0])  # the conversion keeps the upper half: no false dependency
    if s.v.vex:
        s.a.vcvtsi2sd(XMM[0], XMM[0], RAX)
    else:
        s.a.cvtsi2sd(XMM[0], RAX)


def fits_64(s: Selector, operand: R | int) -> None:
    """Trap where an operand of a wider kind is no i64.  Changes rax."""
    a = s.a
    if s.kind(operand) == "u64":
        assert isinstance(operand, R)
        a.cmp(s.low(operand), 0)
        a.jump(s.trap, "l")
    elif s.kind(operand) == "i128":
        assert isinstance(operand, R)
        a.mov(RAX, s.low(operand))
        a.shift("sar", RAX, 63)
        a.cmp(RAX, s.high(operand))
        a.jump(s.trap, "ne")


def set_double(s: Selector, out: object, value: float) -> None:
    s.v.move("movq", out, s.a.const(struct.pack("<d", float(value))))  # type: ignore[arg-type]  # a register


# --- literals and what the record knows ------------------------------------------------------------------------------------


def const(s: Selector, op: o.Const, exits: Exits) -> None:
    a = s.a
    if isinstance(op.value, str | bytes):
        content = op.value if isinstance(op.value, bytes) else op.value.encode()
        literal(s, content)
        a.constant(RCX, BINARY if isinstance(op.value, bytes) else UTF8)
    else:
        set_double(s, XMM[0], op.value)


def literal(s: Selector, content: bytes) -> None:
    """The text at rax, of rdx bytes, is *content*; 32 more bytes behind it may be read."""
    s.a.lea(RAX, q(RIP, s.a.data(content + bytes(32), 16)))
    s.a.constant(RDX, len(content))


def param(s: Selector, op: o.GetParam, exits: Exits) -> None:
    s.a.mov(RAX, q(RBP, s.context.parameters + 8 * op.index))


def carried(s: Selector, op: o.Carried, exits: Exits) -> None:
    s.a.mov(RCX, s.header(f"carried{op.index}"))
    s.a.mov(RAX, q(RCX, 0, R14, 8))


def index(s: Selector, op: o.GetIndex, exits: Exits) -> None:
    place = s.numbers[-1 - op.up]
    if place:
        s.a.mov(RAX, q(RBP, place))
    else:
        s.a.xor(EAX, EAX)


def tell(s: Selector, op: o.Tell, exits: Exits) -> None:
    s.address(RAX)
    s.a.sub(RAX, R15)


def remain(s: Selector, op: o.Remain, exits: Exits) -> None:
    s.ends()
    s.left(RAX)
    s.a.xor(ECX, ECX)
    s.a.test(RAX, RAX)
    s.a.cmovs(RAX, RCX)


def extent(s: Selector, op: o.Extent, exits: Exits) -> None:
    if s.program.kind == "framer" and (op.root or s.window):
        s.a.cmp(s.header("final"), 0)
        s.a.jump(s.more, "e")
    if op.root:
        s.a.mov(RAX, s.header("root_end"))
        s.a.sub(RAX, s.header("root_start"))
    else:
        s.a.mov(RAX, RBX)
        s.a.sub(RAX, R15)


def fetch(s: Selector, op: o.Fetch, exits: Exits) -> None:
    """A slot behind the last one put has no validity, whatever its offset."""
    a = s.a
    column = s.program.columns[op.column]
    s.unless_null(op.index, exits.null)
    fits_64(s, op.index)
    s.number(R9, op.index)
    a.mov(RAX, s.of_level(column.level, "cursor"))
    a.mov(R8, s.of_level(column.level, "first"))
    a.sub(RAX, R8)
    a.cmp(R9, RAX)
    a.jump(s.trap, "ae")
    a.add(R9, R8)
    a.mov(RDI, s.of_column(op.column, "validity"))
    a.cmp(b(RDI, 0, R9), 0)
    a.jump(exits.null, "e")
    a.mov(RDI, s.of_column(op.column, "values"))
    match column.storage:
        case "utf8" | "binary":
            a.mov(EDX, d(RDI, 4, R9, 4))
            a.mov(EAX, d(RDI, 0, R9, 4))
            a.sub(EDX, EAX)
            a.add(RAX, s.of_column(op.column, "data"))
            a.constant(RCX, BINARY if column.storage == "binary" else UTF8)
        case "dec128":
            a.shift("shl", R9, 4)
            a.mov(RAX, q(RDI, 0, R9))
            a.mov(RDX, q(RDI, 8, R9))
        case "f32":
            s.v.zero(XMM[0])
            s.v.op("cvtss2sd", XMM[0], XMM[0], Mem(32, RDI, 0, R9, 4))
        case "f64":
            s.v.move("movq", XMM[0], q(RDI, 0, R9, 8))
        case "none":
            a.xor(EAX, EAX)
        case storage:
            SLOTS[storage](a, RDI, R9)


SLOTS: dict[str, Callable[[Assembler, int, int], None]] = {
    "bool": lambda a, base, n: a.movzx(EAX, b(base, 0, n)),
    "u8": lambda a, base, n: a.movzx(EAX, b(base, 0, n)),
    "i8": lambda a, base, n: a.movsx(RAX, b(base, 0, n)),
    "u16": lambda a, base, n: a.movzx(EAX, w(base, 0, n, 2)),
    "f16": lambda a, base, n: a.movzx(EAX, w(base, 0, n, 2)),
    "i16": lambda a, base, n: a.movsx(RAX, w(base, 0, n, 2)),
    "u32": lambda a, base, n: a.mov(EAX, d(base, 0, n, 4)),
    "i32": lambda a, base, n: a.movsxd(RAX, d(base, 0, n, 4)),
    "u64": lambda a, base, n: a.mov(RAX, q(base, 0, n, 8)),
    "i64": lambda a, base, n: a.mov(RAX, q(base, 0, n, 8)),
}

DECODERS: dict[type[o.Op], Decode] = {
    o.Const: const, o.GetParam: param, o.Carried: carried, o.GetIndex: index, o.Tell: tell, o.Remain: remain,
    o.Extent: extent, o.Fetch: fetch,
}  # fmt: skip
