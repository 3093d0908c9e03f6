"""Out-of-line code about texts: whether their bytes have characters, how two of them compare as utf8, decimal digits of a number."""

from __future__ import annotations

from arrowsmith.charsets import Charset
from arrowsmith_x86_64.encodings import Encoding
from arrowsmith_x86_64.operands import (
    CL,
    EAX,
    ECX,
    EDI,
    EDX,
    R8,
    R9,
    R10,
    R11,
    RAX,
    RCX,
    RDI,
    RDX,
    RIP,
    XMM,
    Reg,
    b,
    narrow,
    q,
    x,
)
from arrowsmith_x86_64.routines_unicode import followers, valid16
from arrowsmith_x86_64.select import Selector


def decodable(s: Selector, encoding: Encoding) -> int:
    """Takes a text at rax of rdx bytes; "e" where each has a character.  Changes rcx, rdi, r8–r11, xmm0."""
    if isinstance(encoding.charset, Charset):
        return s.routine(("decodable", encoding.number), lambda: _has_characters(s, encoding))
    if encoding.charset != "utf-8":
        return valid16(s, encoding)
    return s.routine("utf8 valid", lambda: _valid(s))


def _has_characters(s: Selector, encoding: Encoding) -> None:
    a = s.a
    again, done = a.label(), a.label()
    assert isinstance(encoding.charset, Charset)
    a.lea(R9, q(RIP, a.data(bytes(not c for c in encoding.charset.table), 64)))
    a.xor(ECX, ECX)
    a.place(again)
    a.cmp(RCX, RDX)
    a.jump(done, "e")
    a.movzx(narrow(R8, 32), b(RAX, 0, RCX))
    a.inc(RCX)
    a.cmp(b(R9, 0, R8), 0)
    a.jump(again, "e")
    a.place(done)
    a.ret()


def _valid(s: Selector) -> None:
    """ASCII 16 bytes at a time; a longer character by the table: how many bytes follow, the lowest and the highest first of them."""
    a = s.a
    again, one, long, more, done, wrong, few = (a.label() for _ in range(7))
    a.lea(R9, q(RIP, followers(s)))
    a.mov(R8, RAX)
    a.lea(R11, q(RAX, 0, RDX))
    a.place(again)
    a.mov(RCX, R11)
    a.sub(RCX, R8)
    a.cmp(RCX, 16)
    a.jump(few, "l")
    s.v.whole(XMM[0], x(R8))
    s.v.mask(EDI, XMM[0])
    a.test(EDI, EDI)
    a.jump(one, "ne")
    a.add(R8, 16)
    a.jump(again)
    a.place(few)
    a.test(RCX, RCX)
    a.jump(done, "e")
    a.place(one)
    a.movzx(EDI, b(R8))
    a.inc(R8)
    a.cmp(EDI, 0x80)
    a.jump(again, "b")
    a.place(long)
    a.lea(R10, q(R9, 0, RDI, 4))
    a.movzx(EDI, b(R10))
    a.test(EDI, EDI)
    a.jump(wrong, "e")
    a.mov(RCX, R11)
    a.sub(RCX, R8)
    a.cmp(RCX, RDI)
    a.jump(wrong, "l")
    a.movzx(ECX, b(R8))
    a.cmp(narrow(RCX, 8), b(R10, 1))
    a.jump(wrong, "b")
    a.cmp(narrow(RCX, 8), b(R10, 2))
    a.jump(wrong, "a")
    a.place(more)
    a.inc(R8)
    a.dec(EDI)
    a.jump(again, "e")
    a.movzx(ECX, b(R8))
    a.and_(ECX, 0xC0)
    a.cmp(ECX, 0x80)
    a.jump(more, "e")
    a.place(wrong)
    a.cmp(R9, 0)  # an address is never 0
    a.place(done)
    a.ret()


def digits(s: Selector) -> int:
    """Takes the unsigned number rdx:rax and the end of a place of 40 bytes, rdi; rdi = where its digits begin.  Changes rax, rcx, rdx,
    r9, r10."""

    def emit() -> None:
        a = s.a
        again = a.label()
        a.constant(RCX, 10)
        a.mov(R9, RDX)
        a.place(again)
        # the upper half first; what is left of it goes before the lower one
        a.mov(R10, RAX)
        a.mov(RAX, R9)
        a.xor(EDX, EDX)
        a.div(RCX)
        a.mov(R9, RAX)
        a.mov(RAX, R10)
        a.div(RCX)
        a.add(EDX, 0x30)
        a.dec(RDI)
        a.mov(b(RDI), narrow(RDX, 8))
        a.mov(RDX, RAX)
        a.or_(RDX, R9)
        a.jump(again, "ne")
        a.ret()

    return s.routine("digits", emit)


def compared(s: Selector, left: Encoding, right: Encoding) -> int:
    """Takes a text at r8 of r9 bytes and one at r10 of r11 bytes; eax = −1, 0 or 1 as the utf8 of the first one is below, equal to, above
    the other's.  Changes all of rax, rcx, rdx, rdi, r8–r11."""

    def emit() -> None:
        a = s.a
        again, below, above, same, no_left = (a.label() for _ in range(5))
        # what is left of a character's utf8, next byte lowest, is in rax and rdx; of how many bytes, in rcx and rdi
        a.xor(EAX, EAX)
        a.xor(EDX, EDX)
        a.xor(ECX, ECX)
        a.xor(EDI, EDI)
        a.place(again)
        _refill(s, left, RAX, RCX, R8, R9, no_left)
        _refill(s, right, RDX, RDI, R10, R11, above)
        a.cmp(narrow(RAX, 8), narrow(RDX, 8))
        a.jump(below, "b")
        a.jump(above, "a")
        a.shift("shr", RAX, 8)
        a.shift("shr", RDX, 8)
        a.dec(ECX)
        a.dec(EDI)
        a.jump(again)
        a.place(no_left)
        a.or_(RDI, R11)
        a.jump(same, "e")
        a.place(below)
        a.constant(RAX, -1)
        a.ret()
        a.place(above)
        a.constant(RAX, 1)
        a.ret()
        a.place(same)
        a.constant(RAX, 0)
        a.ret()

    return s.routine(("compared", left.number, right.number), emit)


def _refill(s: Selector, encoding: Encoding, held: Reg, count: Reg, at: Reg, left: Reg, empty: int) -> None:
    """*held* = the utf8 of the next character, *count* its bytes, where none is held; *empty* where there is none."""
    a = s.a
    full = a.label()
    a.test(count, count)
    a.jump(full, "ne")
    a.test(left, left)
    a.jump(empty, "e")
    a.movzx(narrow(held, 32), b(at))
    a.inc(at)
    a.dec(left)
    if encoding.copied:
        a.constant(count, 1)
    else:
        a.lea(count, q(RIP, a.data(encoding.entries, 64)))
        a.mov(held, q(count, 0, held, 8))
        a.mov(count, held)
        a.shift("shr", count, 56)
    a.place(full)


def parsed(s: Selector, encoding: Encoding, base: int) -> int:
    """Takes a text at rax of rdx bytes; rax = the number that its digits say, and rcx = 0; 1 where they say none of 64 bits.
    Changes rdx, rdi, r8–r11."""

    def emit() -> None:
        a = s.a
        again, end, digit, wrong = (a.label() for _ in range(4))
        values = bytearray(b"\xff" * 256)
        plain = range(256) if encoding.copied else encoding.plain
        for byte, c in enumerate(plain):
            if chr(c) in "+-":
                values[byte] = 0x80 + "+-".index(chr(c))
            elif c < 0x80 and chr(c).isalnum() and int(chr(c), 36) < base:
                values[byte] = int(chr(c), 36)
        a.lea(R9, q(RIP, a.data(bytes(values), 64)))
        a.mov(R8, RAX)
        a.lea(R10, q(RAX, 0, RDX))
        a.xor(EAX, EAX)
        a.xor(EDI, EDI)
        a.constant(R11, base)
        a.test(RDX, RDX)
        a.jump(wrong, "e")
        a.movzx(ECX, b(R8))
        a.movzx(ECX, b(R9, 0, RCX))
        a.sub(ECX, 0x80)
        a.cmp(ECX, 1)
        a.jump(digit, "a")
        a.mov(EDI, ECX)
        a.inc(R8)
        a.cmp(R8, R10)
        a.jump(wrong, "e")
        a.place(digit)
        a.place(again)
        a.cmp(R8, R10)
        a.jump(end, "e")
        a.movzx(ECX, b(R8))
        a.movzx(ECX, b(R9, 0, RCX))
        a.cmp(ECX, base)
        a.jump(wrong, "ae")
        a.mul(R11)
        a.jump(wrong, "o")
        a.add(RAX, RCX)
        a.jump(wrong, "b")
        a.inc(R8)
        a.jump(again)
        a.place(end)
        # at most 2^63 - 1, or 2^63 behind a minus
        a.neg(RDI)
        a.mov(RCX, RDI)
        a.shift("shr", RCX, 63)
        a.constant(RDX, (1 << 63) - 1)
        a.add(RDX, RCX)
        a.cmp(RAX, RDX)
        a.jump(wrong, "a")
        a.xor(RAX, RDI)
        a.sub(RAX, RDI)
        a.constant(RCX, 0)
        a.ret()
        a.place(wrong)
        a.constant(RCX, 1)
        a.ret()

    return s.routine(("parsed", encoding.number, base), emit)


def characters(s: Selector) -> int:
    """Takes utf8 at rax of rdx bytes; rdx = its characters: the bytes that continue none.  Changes rax, rcx, rdi."""

    def emit() -> None:
        a = s.a
        again, done = a.label(), a.label()
        a.lea(RDI, q(RAX, 0, RDX))
        a.xor(EDX, EDX)
        a.place(again)
        a.cmp(RAX, RDI)
        a.jump(done, "e")
        a.movsx(ECX, b(RAX))
        a.inc(RAX)
        a.cmp(ECX, -0x40)
        a.setge(CL)
        a.movzx(ECX, CL)
        a.add(RDX, RCX)
        a.jump(again)
        a.place(done)
        a.ret()

    return s.routine("characters", emit)
