"""Out-of-line code for utf-16 and for utf-8 that may be damaged: validity, trimming by units, conversion with replacement.

What is damaged is cut as Python's decoders cut it: the longest beginning of a character that something else follows is replaced once.
"""

from __future__ import annotations

from arrowsmith_x86_64.encodings import Encoding
from arrowsmith_x86_64.operands import (
    AX,
    CL,
    CX,
    EAX,
    ECX,
    EDX,
    R8,
    R9,
    R10,
    RAX,
    RCX,
    RDI,
    RDX,
    RIP,
    XMM,
    Reg,
    b,
    d,
    narrow,
    q,
    w,
    x,
)
from arrowsmith_x86_64.select import Selector

#: what may follow a first byte of utf8 (Unicode, table 3-7): first and last first byte, how many bytes follow, the first one's range
FOLLOWERS = (
    (0xC2, 0xDF, 1, 0x80, 0xBF),
    (0xE0, 0xE0, 2, 0xA0, 0xBF),
    (0xE1, 0xEC, 2, 0x80, 0xBF),
    (0xED, 0xED, 2, 0x80, 0x9F),
    (0xEE, 0xEF, 2, 0x80, 0xBF),
    (0xF0, 0xF0, 3, 0x90, 0xBF),
    (0xF1, 0xF3, 3, 0x80, 0xBF),
    (0xF4, 0xF4, 3, 0x80, 0x8F),
)


def followers(s: Selector) -> int:
    """Where the image holds, for each first byte, how many bytes follow (0: none may), and the lowest and highest first one of them."""
    table = bytearray(4 * 256)
    for first, last, count, low, high in FOLLOWERS:
        for byte in range(first, last + 1):
            table[4 * byte : 4 * byte + 4] = bytes((count, low, high, 0))
    return s.a.data(bytes(table), 64)


def _unit(s: Selector, encoding: Encoding, out: Reg, place: object) -> None:
    """*out* (eax or ecx) = the unit of utf-16 at *place*."""
    s.a.movzx(out, place)
    if encoding.charset == "utf-16-be":
        s.a.rol(AX if out == EAX else CX, 8)


def valid16(s: Selector, encoding: Encoding) -> int:
    """Takes utf-16 at rax of rdx bytes; "e" where it is whole.  Changes rcx, rdi, r8, r9."""

    def emit() -> None:
        a = s.a
        again, high, done = a.label(), a.label(), a.label()
        a.mov(R8, RAX)
        a.lea(R9, q(RAX, 0, RDX))
        a.place(again)
        a.mov(RDI, R9)
        a.sub(RDI, R8)
        a.jump(done, "e")
        a.cmp(RDI, 2)
        wrong = a.label()
        a.jump(wrong, "b")
        _unit(s, encoding, ECX, w(R8))
        a.add(R8, 2)
        a.and_(ECX, 0xFC00)
        a.cmp(ECX, 0xD800)
        a.jump(high, "e")
        a.cmp(ECX, 0xDC00)
        a.jump(again, "ne")
        a.place(wrong)
        a.cmp(R9, 0)  # an address is never 0
        a.place(done)
        a.ret()
        a.place(high)
        a.cmp(RDI, 4)
        a.jump(wrong, "b")
        _unit(s, encoding, ECX, w(R8))
        a.add(R8, 2)
        a.and_(ECX, 0xFC00)
        a.cmp(ECX, 0xDC00)
        a.jump(again, "e")
        a.jump(wrong)

    return s.routine(("valid16", encoding.charset), emit)


def trim16(s: Selector, encoding: Encoding, pad: bytes, how: str) -> int:
    """Takes utf-16 at rax of rdx bytes, and takes units of *pad*, or up to U+0020 where there is none, from its ends; at the right only
    where the units are whole.  Changes rcx, r8."""
    big = encoding.charset == "utf-16-be"
    units = sorted({int.from_bytes(pad[i : i + 2], "big" if big else "little") for i in range(0, len(pad), 2)})

    def skip(place: object, pad_label: int, other: int) -> None:
        a = s.a
        _unit(s, encoding, ECX, place)
        if units:
            for unit in units:
                a.cmp(ECX, unit)
                a.jump(pad_label, "e")
        else:
            a.cmp(ECX, 0x20)
            a.jump(pad_label, "be")
        a.jump(other)

    def emit() -> None:
        a = s.a
        end = a.label()
        a.mov(R8, RDX)
        if how in ("left", "both"):
            left, found, kept = a.label(), a.label(), a.label()
            a.place(left)
            a.cmp(RDX, 2)
            a.jump(end, "b")
            skip(w(RAX), found, kept)
            a.place(found)
            a.add(RAX, 2)
            a.sub(RDX, 2)
            a.jump(left)
            a.place(kept)
        if how in ("right", "both"):
            right, found = a.label(), a.label()
            a.test(R8, 1)
            a.jump(end, "ne")
            a.place(right)
            a.cmp(RDX, 2)
            a.jump(end, "b")
            skip(w(RAX, -2, RDX), found, end)
            a.place(found)
            a.sub(RDX, 2)
            a.jump(right)
        a.place(end)
        a.ret()

    return s.routine(("trim16", encoding.charset, pad, how), emit)


def from_utf16(s: Selector, encoding: Encoding) -> None:
    """The body of `routines.utf8` for utf-16: rcx bytes at r8 to rdi.  Eight ASCII units at a time."""
    a, v = s.a, s.v
    again, few, done, wrong, last, high = (a.label() for _ in range(6))
    one, two, three = a.label(), a.label(), a.label()
    a.push(RDX)
    a.lea(R9, q(R8, 0, RCX))
    a.place(again)
    a.mov(RCX, R9)
    a.sub(RCX, R8)
    a.cmp(RCX, 16)
    a.jump(few, "l")
    v.whole(XMM[0], x(R8))
    if encoding.charset == "utf-16-be":
        v.op("psrlw", XMM[1], XMM[0], 8)
        v.op("psllw", XMM[0], XMM[0], 8)
        v.op("por", XMM[0], XMM[0], XMM[1])
    v.op("psrlw", XMM[1], XMM[0], 7)
    v.zero(XMM[2])
    v.op("pcmpeqw", XMM[1], XMM[1], XMM[2])
    v.mask(EAX, XMM[1])
    a.cmp(EAX, 0xFFFF)
    a.jump(few, "ne")
    v.op("packuswb", XMM[0], XMM[0], XMM[0])
    v.move("movq", q(RDI), XMM[0])
    a.add(RDI, 8)
    a.add(R8, 16)
    a.jump(again)
    a.place(few)
    a.test(RCX, RCX)
    a.jump(done, "e")
    a.cmp(RCX, 2)
    a.jump(last, "b")
    _unit(s, encoding, EAX, w(R8))
    a.add(R8, 2)
    a.cmp(EAX, 0x80)
    a.jump(one, "b")
    a.cmp(EAX, 0x800)
    a.jump(two, "b")
    a.mov(EDX, EAX)
    a.and_(EDX, 0xFC00)
    a.cmp(EDX, 0xD800)
    a.jump(high, "e")
    a.cmp(EDX, 0xDC00)
    a.jump(wrong, "e")
    a.place(three)
    _bytes(s, 3)
    a.jump(again)
    a.place(two)
    _bytes(s, 2)
    a.jump(again)
    a.place(one)
    _bytes(s, 1)
    a.jump(again)
    a.place(high)
    a.cmp(RCX, 4)
    a.jump(last, "b")
    _unit(s, encoding, ECX, w(R8))
    a.mov(EDX, ECX)
    a.and_(EDX, 0xFC00)
    a.cmp(EDX, 0xDC00)
    a.jump(wrong, "ne")
    a.add(R8, 2)
    a.shift("shl", EAX, 10)
    a.lea(EAX, d(RAX, 0x10000 - (0xD800 << 10) - 0xDC00, RCX))
    _bytes(s, 4)
    a.jump(again)
    a.place(last)
    a.mov(R8, R9)
    a.place(wrong)
    a.mov(EAX, 0xFFFD)
    a.jump(three)
    a.place(done)
    a.pop(RDX)
    a.ret()


def _bytes(s: Selector, count: int) -> None:
    """Write character eax as *count* bytes of utf8 to rdi.  Changes eax, ecx."""
    a = s.a
    lead = {1: 0, 2: 0xC0, 3: 0xE0, 4: 0xF0}[count]
    for n in range(count - 1, 0, -1):
        a.mov(ECX, EAX)
        a.and_(ECX, 0x3F)
        a.or_(ECX, 0x80)
        a.mov(b(RDI, n), CL)
        a.shift("shr", EAX, 6)
    if lead:
        a.or_(EAX, lead)
    a.mov(b(RDI), narrow(RAX, 8))
    a.add(RDI, count)


def repaired(s: Selector, encoding: Encoding) -> None:
    """The body of `routines.utf8` for utf-8 that may be damaged: rcx bytes at r8 to rdi."""
    a, v = s.a, s.v
    again, few, one, done, wrong, following = (a.label() for _ in range(6))
    a.push(RDX)
    a.push(R10)
    a.lea(R9, q(R8, 0, RCX))
    a.place(again)
    a.mov(RCX, R9)
    a.sub(RCX, R8)
    a.cmp(RCX, 16)
    a.jump(few, "l")
    v.whole(XMM[0], x(R8))
    v.mask(EAX, XMM[0])
    a.test(EAX, EAX)
    a.jump(one, "ne")
    v.whole(x(RDI), XMM[0])
    a.add(R8, 16)
    a.add(RDI, 16)
    a.jump(again)
    a.place(few)
    a.test(RCX, RCX)
    a.jump(done, "e")
    a.place(one)
    a.movzx(EAX, b(R8))
    a.mov(b(RDI), narrow(RAX, 8))
    longer = a.label()
    a.cmp(EAX, 0x80)
    a.jump(longer, "ae")
    a.inc(R8)
    a.inc(RDI)
    a.jump(again)
    a.place(longer)
    # rdx: how many bytes of the character are seen; r10: where its followers are told
    a.lea(R10, q(RIP, followers(s)))
    a.lea(R10, q(R10, 0, RAX, 4))
    a.mov(EDX, 1)
    a.cmp(b(R10), 0)
    a.jump(wrong, "e")
    a.cmp(RCX, 1)
    a.jump(wrong, "e")
    a.movzx(EAX, b(R8, 1))
    a.cmp(narrow(RAX, 8), b(R10, 1))
    a.jump(wrong, "b")
    a.cmp(narrow(RAX, 8), b(R10, 2))
    a.jump(wrong, "a")
    a.place(following)
    a.inc(EDX)
    a.movzx(EAX, b(R10))
    whole = a.label()
    a.cmp(EDX, EAX)
    a.jump(whole, "a")
    a.cmp(RDX, RCX)
    a.jump(wrong, "e")
    a.movzx(EAX, b(R8, 0, RDX))
    a.and_(EAX, 0xC0)
    a.cmp(EAX, 0x80)
    a.jump(following, "e")
    a.place(wrong)
    a.add(R8, RDX)
    a.mov(d(RDI), 0x00BDBFEF)
    a.add(RDI, 3)
    a.jump(again)
    a.place(whole)
    a.mov(EAX, d(R8))
    a.mov(d(RDI), EAX)
    a.add(R8, RDX)
    a.add(RDI, RDX)
    a.jump(again)
    a.place(done)
    a.pop(R10)
    a.pop(RDX)
    a.ret()
