"""Out-of-line code that several places of a kernel call: filling of offsets and validity, bytes to utf8.

Each routine says what it takes and what it changes; none touches the cursor's registers.
"""

from __future__ import annotations

from arrowsmith_x86_64.encodings import Encoding
from arrowsmith_x86_64.operands import (
    AX,
    CL,
    EAX,
    ECX,
    EDX,
    K1,
    R8,
    R9,
    R9D,
    R10,
    R11,
    RAX,
    RCX,
    RDI,
    RDX,
    RIP,
    XMM,
    YMM,
    ZMM,
    Mem,
    Reg,
    b,
    d,
    q,
    w,
    x,
    y,
)
from arrowsmith_x86_64.routines_pairs import as_pairs, byte_by_byte, pairs
from arrowsmith_x86_64.routines_unicode import from_utf16, repaired
from arrowsmith_x86_64.select import Selector
from arrowsmith_x86_64.translate import translate


def fill(s: Selector) -> int:
    """Fill up offsets: takes r11, the offsets, rax, how many slots are filled, r10, how many shall be.  Changes rax, r9."""

    def emit() -> None:
        a = s.a
        again, done = a.label(), a.label()
        a.mov(R9D, d(R11, 0, RAX, 4))
        a.place(again)
        a.cmp(RAX, R10)
        a.jump(done, "ae")
        a.inc(RAX)
        a.mov(d(R11, 0, RAX, 4), R9D)
        a.jump(again)
        a.place(done)
        a.ret()

    return s.routine("fill", emit)


def ones(s: Selector) -> int:
    """Takes r11 ≥ 1 bytes at rdi; each becomes 1.  Changes rax, rcx, xmm0."""

    def emit() -> None:
        a, v = s.a, s.v
        width = 32 if v.wide else 16
        vector = (YMM if v.wide else XMM)[0]
        place = y if v.wide else x
        many, few, again = a.label(), a.label(), a.label()
        a.lea(RCX, q(R11, -width))
        a.test(RCX, RCX)
        a.jump(few, "s")
        v.whole(vector, a.const(b"\x01" * width))
        a.xor(EAX, EAX)
        a.place(many)
        v.whole(place(RDI, 0, RAX), vector)
        a.add(RAX, width)
        a.cmp(RAX, RCX)
        a.jump(many, "b")
        # the last vector ends where the bytes end, over some that are 1 already
        v.whole(place(RDI, 0, RCX), vector)
        a.ret()
        a.place(few)
        a.mov(RCX, R11)
        a.place(again)
        a.mov(b(RDI, -1, RCX), 1)
        a.dec(RCX)
        a.jump(again, "ne")
        a.ret()

    return s.routine("ones", emit)


def utf8(s: Selector, encoding: Encoding | None) -> int:
    """Put a text as utf8, or bytes as they are (None): takes rcx bytes at r8, writes at rdi, which is behind them afterwards.
    Changes rax, rcx, r8, r9 and vectors.  Writes and reads less than 64 bytes beyond the end."""
    if encoding is None or encoding.copied:
        return s.routine("copy", lambda: _copy(s))
    if encoding.charset == "hex":
        return s.routine("hex", lambda: _hex(s))
    emit = {"utf-8": repaired, "utf-16-be": from_utf16, "utf-16-le": from_utf16}.get(encoding.charset, _translate)  # type: ignore[arg-type]  # a table is no key
    return s.routine(("utf8", encoding.number), lambda: emit(s, encoding))


def _copy(s: Selector) -> None:
    a = s.a
    again = a.label()
    a.lea(R9, q(RDI, 0, RCX))
    a.place(again)
    s.v.whole(XMM[0], x(R8))
    s.v.whole(x(RDI), XMM[0])
    a.add(R8, 16)
    a.add(RDI, 16)
    a.cmp(RDI, R9)
    a.jump(again, "b")
    a.mov(RDI, R9)
    a.ret()


def _hex(s: Selector) -> None:
    a = s.a
    again, done = a.label(), a.label()
    digits = b"".join(b"%02X" % n for n in range(256))
    a.lea(R9, q(RIP, a.data(digits, 64)))
    a.test(RCX, RCX)
    a.jump(done, "e")
    a.place(again)
    a.movzx(EAX, b(R8))
    a.movzx(EAX, w(R9, 0, RAX, 2))
    a.mov(w(RDI), AX)
    a.add(RDI, 2)
    a.inc(R8)
    a.dec(RCX)
    a.jump(again, "ne")
    a.place(done)
    a.ret()


def _translate(s: Selector, encoding: Encoding) -> None:
    """Whole vectors where all their bytes become ASCII; else sixteen bytes by the table of utf8, and on."""
    a = s.a
    again, few, slowly, done = (a.label() for _ in range(4))
    a.place(again)
    a.test(RCX, RCX)
    a.jump(done, "e")
    if s.v.shuffles:
        width = 64 if s.has("avx512vbmi") else 32 if s.v.wide else 16
        a.cmp(RCX, width)
        a.jump(few, "l")
        vector = _translated(s, encoding, width)
        a.test(RAX, RAX)
        a.jump(slowly, "ne")
        s.v.whole(place(width, RDI), vector)
        a.add(R8, width)
        a.add(RDI, width)
        a.sub(RCX, width)
        a.jump(again)
        a.place(few)
        vector = _translated(s, encoding, width)
        a.constant(R9, -1)
        a.shl(R9, CL)
        a.not_(R9)
        a.test(RAX, R9)
        a.jump(slowly, "ne")
        s.v.whole(place(width, RDI), vector)
        a.add(RDI, RCX)
        a.ret()
    a.place(slowly)
    if as_pairs(s, encoding):
        a.jump(pairs(s, encoding))
        a.place(done)
        a.ret()
        return
    a.push(RDX)
    a.keep_flags(RDX, 16)
    a.cmp(RCX, RDX)
    a.cmovb(EDX, ECX)
    a.sub(RCX, RDX)
    byte_by_byte(s, encoding, RDX)
    a.pop(RDX)
    a.jump(again)
    a.place(done)
    a.ret()


def _translated(s: Selector, encoding: Encoding, width: int) -> Reg:
    """A register with *width* bytes of r8, translated; rax = the mask of those that do not become ASCII."""
    vector = {64: ZMM, 32: YMM, 16: XMM}[width][0]
    s.v.whole(vector, place(width, R8))
    made = translate(s.v, vector, encoding.plain, range(16, 32) if width == 64 else range(1, 16))
    if width == 64:
        s.a.vpmovb2m(K1, made)
        s.a.kmovq(RAX, K1)
    else:
        s.v.mask(EAX, made)
    return made


def place(width: int, base: Reg) -> Mem:
    """*width* bytes at *base*."""
    return Mem(8 * width, base)
