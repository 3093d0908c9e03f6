"""Values from no bytes: arithmetic on registers, literals, parameters, elements' numbers, slots already put, dates.

A null operand gives null before anything traps.  `arrowsmith.program.arithmetic` says what each name means.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from arrowsmith.program import ops as o
from arrowsmith.program.ops import R
from arrowsmith_x86_64.assembler import (
    CL,
    EAX,
    ECX,
    EDX,
    R8,
    R9,
    R10,
    RAX,
    RBP,
    RBX,
    RCX,
    RDX,
    RDI,
    R14,
    R15,
    RIP,
    XMM,
    Assembler,
    Mem,
    b,
    d,
    narrow,
    q,
    w,
    x,
)
from arrowsmith_x86_64.encodings import BINARY, UTF8
from arrowsmith_x86_64.select import Exits, Selector

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
    """xmm0 = the integer in rax as a double, to nearest even.  Changes rax, rcx."""
    a, v = s.a, s.v
    if kind == "u64":
        large, done = a.label(), a.label()
        a.test(RAX, RAX)
        a.jump(large, "s")
        _convert(s)
        a.place(done)
        with a.cold():
            # halved, the lost bit kept sticky, and doubled: rounds as the whole would
            a.place(large)
            a.mov(RCX, RAX)
            a.shift("shr", RAX, 1)
            a.and_(ECX, 1)
            a.or_(RAX, RCX)
            _convert(s)
            v.op("addsd", XMM[0], XMM[0], XMM[0])
            a.jump(done)
        return
    _convert(s)


def _convert(s: Selector) -> None:
    s.v.zero(XMM[0])  # the conversion keeps the upper half: no false dependency
    if s.v.vex:
        s.a.vcvtsi2sd(XMM[0], XMM[0], RAX)
    else:
        s.a.cvtsi2sd(XMM[0], RAX)


# --- let -----------------------------------------------------------------------------------------------------------------


def let(s: Selector, op: o.Let, exits: Exits) -> None:
    """out = how of a and b."""
    a = s.a
    kind = s.program.registers[op.out.n]
    match op.how:
        case "null":
            a.jump(exits.null)
        case "present":
            _present(s, op.a)
        case "copy":
            s.unless_null(op.a, exits.null)
            take(s, op.a, kind)
        case "else":
            other, done = a.label(), a.label()
            s.unless_null(op.a, other)
            take(s, op.a, kind)
            a.place(done)
            with a.cold():
                a.place(other)
                s.unless_null(op.b, exits.null)
                take(s, op.b, kind)
                a.jump(done)
        case _:
            s.unless_null(op.a, exits.null)
            if o.LET[op.how] == 2:
                s.unless_null(op.b, exits.null)
            if op.how == "float":
                take(s, op.a, s.kind(op.a))
                to_double(s, s.kind(op.a))
            elif op.how == "trunc":
                _trunc(s, op)
            elif "f64" in (s.kind(op.a), s.kind(op.b) if o.LET[op.how] == 2 else ""):
                FLOATS[op.how](s, op)
            else:
                for operand in (op.a, op.b)[: o.LET[op.how]]:
                    _fits(s, operand)
                s.number(RAX, op.a)
                if o.LET[op.how] == 2 and not (op.how in IMMEDIATE and _small(op.b)):
                    s.number(RCX, op.b)
                INTEGERS[op.how](s, op)


def take(s: Selector, operand: R | int, kind: str) -> None:
    """The operand, not null, to where values of *kind* are."""
    if isinstance(operand, R):
        s.load(operand)
        return
    match kind:
        case "f64":
            _literal(s, XMM[0], operand)
        case "i128":
            s.a.constant(RAX, operand)
            s.a.constant(RDX, operand >> 64)
        case _:
            s.a.constant(RAX, operand)


def _present(s: Selector, operand: R | int) -> None:
    if s.nullable(operand):
        assert isinstance(operand, R)
        s.a.xor(EAX, EAX)
        s.a.cmp(s.state(operand), 0)
        s.a.setne(narrow(RAX, 8))
    else:
        s.a.constant(RAX, 1)


def _fits(s: Selector, operand: R | int) -> None:
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


IMMEDIATE = frozenset({"add", "sub", "and", "or", "xor", "eq", "ne", "lt", "le", "gt", "ge", "mul"})


def _small(operand: R | int) -> bool:
    return isinstance(operand, int) and -(1 << 31) <= operand < 1 << 31


def _plain(mnemonic: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        if _small(op.b) and op.how == "mul":
            s.a.imul(RAX, RAX, op.b)
        else:
            getattr(s.a, mnemonic)(RAX, op.b if _small(op.b) else RCX)

    return select


def _alone(mnemonic: str) -> Callable[[Selector, o.Let], None]:
    return lambda s, op: getattr(s.a, mnemonic)(RAX)


def _compare(condition: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        s.a.cmp(RAX, op.b if _small(op.b) else RCX)
        getattr(s.a, "set" + condition)(narrow(RAX, 8))
        s.a.movzx(EAX, narrow(RAX, 8))

    return select


def _extreme(condition: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        s.a.cmp(RCX, RAX)
        getattr(s.a, "cmov" + condition)(RAX, RCX)

    return select


def _shift(mnemonic: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        if isinstance(op.b, int) and 0 <= op.b <= 63:
            s.a.shift(mnemonic, RAX, op.b)
            return
        s.a.cmp(RCX, 63)
        s.a.jump(s.trap, "a")
        getattr(s.a, mnemonic)(RAX, CL)

    return select


def _not(s: Selector, op: o.Let) -> None:
    s.a.xor(ECX, ECX)
    s.a.test(RAX, RAX)
    s.a.sete(narrow(RCX, 8))
    s.a.mov(EAX, ECX)


def _abs(s: Selector, op: o.Let) -> None:
    s.a.cqo()
    s.a.xor(RAX, RDX)
    s.a.sub(RAX, RDX)


def _divide(result: str) -> Callable[[Selector, o.Let], None]:
    """Floor division, or what it leaves.  idiv faults for −2⁶³ ÷ −1 (Intel SDM vol. 2A, IDIV), so −1 goes apart."""

    def select(s: Selector, op: o.Let) -> None:
        a = s.a
        done, minus, exact = a.label(), a.label(), a.label()
        a.test(RCX, RCX)
        a.jump(s.trap, "e")
        a.cmp(RCX, -1)
        a.jump(minus, "e")
        a.cqo()
        a.idiv(RCX)
        # the quotient is truncated: one too large where there is a rest of the other sign than the divisor's
        a.test(RDX, RDX)
        a.jump(exact, "e")
        a.mov(R8, RDX)
        a.xor(R8, RCX)
        a.shift("sar", R8, 63)
        if result == "div":
            a.add(RAX, R8)
        else:
            a.and_(R8, RCX)
            a.add(RDX, R8)
        a.place(exact)
        if result == "mod":
            a.mov(RAX, RDX)
        a.place(done)
        with a.cold():
            a.place(minus)
            a.neg(RAX) if result == "div" else a.xor(EAX, EAX)
            a.jump(done)

    return select


INTEGERS: dict[str, Callable[[Selector, o.Let], None]] = {
    "neg": _alone("neg"), "not": _not, "inv": _alone("not_"), "abs": _abs,
    "add": _plain("add"), "sub": _plain("sub"), "mul": _plain("imul"), "div": _divide("div"), "mod": _divide("mod"),
    "shl": _shift("shl"), "shr": _shift("sar"), "and": _plain("and_"), "or": _plain("or_"), "xor": _plain("xor"),
    "min": _extreme("l"), "max": _extreme("g"),
    "eq": _compare("e"), "ne": _compare("ne"), "lt": _compare("l"), "le": _compare("le"), "gt": _compare("g"), "ge": _compare("ge"),
}  # fmt: skip


# --- doubles --------------------------------------------------------------------------------------------------------------


def _literal(s: Selector, out: object, value: float) -> None:
    s.v.move("movq", out, s.a.const(struct.pack("<d", float(value))))  # type: ignore[arg-type]  # a register


def _double(s: Selector, n: int, operand: R | int) -> None:
    if isinstance(operand, R):
        s.v.move("movq", XMM[n], s.low(operand))
    else:
        _literal(s, XMM[n], operand)


def _number_or_nan(s: Selector) -> None:
    """A result that is no number is the one NaN."""
    a = s.a
    fine, none = a.label(), a.label()
    s.v.move("ucomisd", XMM[0], XMM[0])
    a.jump(none, "p")
    a.place(fine)
    with a.cold():
        a.place(none)
        s.v.move("movq", XMM[0], a.const(NAN.to_bytes(8, "little")))
        a.jump(fine)


def _arithmetic(mnemonic: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        _double(s, 0, op.a)
        _double(s, 1, op.b)
        if op.how == "div":
            fine = s.a.label()
            s.v.zero(XMM[2])
            s.v.move("ucomisd", XMM[1], XMM[2])
            s.a.jump(fine, "p")
            s.a.jump(s.trap, "e")
            s.a.place(fine)
        if op.how in ("min", "max"):
            _extreme_double(s, op, mnemonic)
            return
        s.v.op(mnemonic, XMM[0], XMM[0], XMM[1])
        _number_or_nan(s)

    return select


def _extreme_double(s: Selector, op: o.Let, mnemonic: str) -> None:
    """b where it is the smaller (larger) one, else a: as minsd and maxsd have it; a NaN on either side is the result."""
    a = s.a
    none, done = a.label(), a.label()
    _double(s, 0, op.b)
    _double(s, 1, op.a)
    s.v.move("ucomisd", XMM[0], XMM[1])
    a.jump(none, "p")
    s.v.op(mnemonic, XMM[0], XMM[0], XMM[1])
    a.place(done)
    with a.cold():
        a.place(none)
        s.v.move("movq", XMM[0], a.const(NAN.to_bytes(8, "little")))
        a.jump(done)


def _sign(mask: int, mnemonic: str) -> Callable[[Selector, o.Let], None]:
    def select(s: Selector, op: o.Let) -> None:
        _double(s, 0, op.a)
        s.v.op(mnemonic, XMM[0], XMM[0], s.a.const(mask.to_bytes(8, "little") + bytes(8)))
        _number_or_nan(s)

    return select


def _compare_doubles(how: str) -> Callable[[Selector, o.Let], None]:
    """ucomisd sets ZF, PF, CF as if unsigned, all three where one is a NaN: only `a` and `ae` are false then."""

    def select(s: Selector, op: o.Let) -> None:
        first, second = (1, 0) if how in ("lt", "le") else (0, 1)
        _double(s, 0, op.a)
        _double(s, 1, op.b)
        a = s.a
        a.xor(EAX, EAX)
        if how in ("eq", "ne"):
            a.mov(ECX, 1)
            s.v.move("ucomisd", XMM[0], XMM[1])
            a.sete(narrow(RAX, 8))
            a.setnp(narrow(RCX, 8))
            a.and_(EAX, ECX)
            if how == "ne":
                a.xor(EAX, 1)
            return
        s.v.move("ucomisd", XMM[first], XMM[second])
        getattr(a, {"lt": "seta", "gt": "seta"}.get(how, "setae"))(narrow(RAX, 8))

    return select


FLOATS: dict[str, Callable[[Selector, o.Let], None]] = {
    "neg": _sign(1 << 63, "pxor"), "abs": _sign((1 << 63) - 1, "pand"),
    "add": _arithmetic("addsd"), "sub": _arithmetic("subsd"), "mul": _arithmetic("mulsd"), "div": _arithmetic("divsd"),
    "min": _arithmetic("minsd"), "max": _arithmetic("maxsd"),
    **{how: _compare_doubles(how) for how in ("eq", "ne", "lt", "le", "gt", "ge")},
}  # fmt: skip


def _trunc(s: Selector, op: o.Let) -> None:
    """cvttsd2si gives −2⁶³ for whatever does not fit."""
    a = s.a
    done, odd = a.label(), a.label()
    _double(s, 0, op.a)
    s.v.move("cvttsd2si", RAX, XMM[0])
    a.mov(RCX, RAX)
    a.neg(RCX)
    a.jump(odd, "o")
    a.place(done)
    with a.cold():
        a.place(odd)
        s.v.move("ucomisd", XMM[0], a.const(struct.pack("<d", -(2.0**63))))
        a.jump(s.trap, "p")
        a.jump(s.trap, "ne")
        a.jump(done)


# --- literals and what the record knows ------------------------------------------------------------------------------------


def const(s: Selector, op: o.Const, exits: Exits) -> None:
    a = s.a
    if isinstance(op.value, str | bytes):
        content = op.value if isinstance(op.value, bytes) else op.value.encode()
        literal(s, content)
        a.constant(RCX, BINARY if isinstance(op.value, bytes) else UTF8)
    else:
        _literal(s, XMM[0], op.value)


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
    _fits(s, op.index)
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

DECODERS = {
    o.Let: let, o.Const: const, o.GetParam: param, o.Carried: carried, o.GetIndex: index, o.Tell: tell, o.Remain: remain,
    o.Extent: extent, o.Fetch: fetch,
}  # fmt: skip
