"""Out-of-line code that several places of a kernel call: filling of offsets and validity, bytes to utf8.

Each routine says what it takes and what it changes; none touches the cursor's registers.
"""

from __future__ import annotations

from arrowsmith_x86_64.assembler import (
    AX,
    EAX,
    R8,
    R9,
    R9D,
    R10,
    R11,
    RAX,
    RCX,
    RDI,
    RIP,
    XMM,
    YMM,
    b,
    d,
    q,
    w,
    x,
    y,
)
from arrowsmith_x86_64.encodings import Encoding
from arrowsmith_x86_64.routines_unicode import from_utf16, repaired
from arrowsmith_x86_64.select import Selector


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
        v.load(vector, a.const(b"\x01" * width))
        a.xor(EAX, EAX)
        a.place(many)
        v.store(place(RDI, 0, RAX), vector)
        a.add(RAX, width)
        a.cmp(RAX, RCX)
        a.jump(many, "b")
        # the last vector ends where the bytes end, over some that are 1 already
        v.store(place(RDI, 0, RCX), vector)
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
    Changes rax, rcx, r8, r9, xmm0–xmm5.  Writes less than 32 bytes beyond the end, reads less than 32."""
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
    s.v.load(XMM[0], x(R8))
    s.v.store(x(RDI), XMM[0])
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
    a = s.a
    again, done = a.label(), a.label()
    a.lea(R9, q(RIP, a.data(encoding.entries, 64)))
    a.test(RCX, RCX)
    a.jump(done, "e")
    a.place(again)
    a.movzx(EAX, b(R8))
    a.mov(RAX, q(R9, 0, RAX, 8))
    a.mov(q(RDI), RAX)
    a.shift("shr", RAX, 56)
    a.add(RDI, RAX)
    a.inc(R8)
    a.dec(RCX)
    a.jump(again, "ne")
    a.place(done)
    a.ret()
