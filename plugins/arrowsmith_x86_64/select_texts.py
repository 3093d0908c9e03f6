"""Bytes → texts: a view of the stream, trimmed, proven to have characters; it becomes utf8 only when it is put.

Invariant: a text's bytes are in the window, in a column of this record, in the image, or in a place of the op that made it.
"""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith_x86_64.absence import same_at
from arrowsmith_x86_64.encodings import BINARY, HEX, Encoding
from arrowsmith_x86_64.operands import EAX, ECX, R8, R9, R9D, RAX, RCX, RDX, RIP, XMM, b, q, x
from arrowsmith_x86_64.routines_text import decodable
from arrowsmith_x86_64.routines_unicode import trim16
from arrowsmith_x86_64.select import Decode, Exits, Select, Selector


def load_text(s: Selector, op: o.LoadText, exits: Exits) -> None:
    """rax, rdx = the text; rcx its encoding."""
    a = s.a
    encoding = s.encodings.of_load(op)
    if op.size == 0:
        s.address(RAX, op.at)
        a.constant(RDX, 0)
        a.constant(RCX, encoding.number)
        return
    _view(s, op, op.absent, exits)
    if op.until:
        a.call(before(s, op.until))
    if op.trim != "none":
        if encoding.charset in ("utf-16-be", "utf-16-le"):
            a.call(trim16(s, encoding, op.pad, op.trim))
        elif pads := pads_of(op, encoding):
            a.call(trim(s, pads, op.trim))
    if not encoding.lenient and op.undecodable == "error":
        a.call(decodable(s, encoding))
        a.jump(exits.bad, "ne")
    a.constant(RCX, encoding.number)


def pads_of(op: o.LoadText, encoding: Encoding) -> frozenset[int]:
    """The bytes that trimming takes."""
    return frozenset(op.pad) if op.pad else encoding.blanks


def _view(s: Selector, op: o.LoadText | o.LoadBytes, absent: bytes, exits: Exits) -> None:
    """rax, rdx = the bytes of the op; to the null exit where they are absent."""
    a = s.a
    s.address(RAX, op.at)
    s.number(RDX, op.size)
    if not absent:
        return
    maybe, back = a.label(), a.label()
    if not isinstance(op.size, int):
        a.test(RDX, RDX)
        a.jump(back, "e")
    a.movzx(ECX, b(RAX))
    for value in sorted(set(absent)):
        a.cmp(ECX, value)
        a.jump(maybe, "e")
    a.place(back)
    with a.cold():
        a.place(maybe)
        a.mov(R8, RAX)
        same_at(s, absent, exits.null)
        a.mov(RAX, R8)
        a.jump(back)


def before(s: Selector, until: bytes) -> int:
    """A routine: takes a text at rax of rdx bytes, and leaves what stands before its first byte *until*.  Changes rcx, r9, xmm0."""

    def emit() -> None:
        a, v = s.a, s.v
        again, hit, done = a.label(), a.label(), a.label()
        a.xor(ECX, ECX)
        a.place(again)
        a.cmp(RCX, RDX)
        a.jump(done, "ae")
        v.whole(XMM[0], x(RAX, 0, RCX))
        v.op("pcmpeqb", XMM[0], XMM[0], a.const(until * 16))
        v.mask(R9D, XMM[0])
        a.test(R9D, R9D)
        a.jump(hit, "ne")
        a.add(RCX, 16)
        a.jump(again)
        a.place(hit)
        a.bsf(R9D, R9D)
        a.add(RCX, R9)
        a.cmp(RCX, RDX)
        a.cmovb(RDX, RCX)
        a.place(done)
        a.ret()

    return s.routine(("before", until), emit)


def trim(s: Selector, pads: frozenset[int], how: str) -> int:
    """A routine: takes a text at rax of rdx bytes, and takes *pads* from its ends.  Changes rcx, r9, xmm0."""
    return s.routine(("trim", pads, how), lambda: _trim(s, pads, how))


def _trim(s: Selector, pads: frozenset[int], how: str) -> None:
    a = s.a
    end = a.label()
    if len(pads) > 3:
        a.lea(R9, q(RIP, a.data(bytes(n in pads for n in range(256)), 64)))
    if how in ("left", "both"):
        left, kept, pad = a.label(), a.label(), a.label()
        a.place(left)
        a.test(RDX, RDX)
        a.jump(end, "e")
        a.movzx(ECX, b(RAX))
        _if_pad(s, pads, pad, kept)
        a.place(pad)
        a.inc(RAX)
        a.dec(RDX)
        a.jump(left)
        a.place(kept)
    if how in ("right", "both"):
        many, few, last, pad = (a.label() for _ in range(4))
        # up to the last byte of 16 that is not the commonest pad; it may be another one
        a.place(many)
        a.cmp(RDX, 16)
        a.jump(few, "l")
        s.v.whole(XMM[0], x(RAX, -16, RDX))
        s.v.op("pcmpeqb", XMM[0], XMM[0], a.const(bytes([_commonest(pads)]) * 16))
        s.v.mask(ECX, XMM[0])
        a.sub(RDX, 16)
        a.xor(ECX, 0xFFFF)
        a.jump(many, "e")
        a.bsr(ECX, ECX)
        a.lea(RDX, q(RDX, 1, RCX))
        a.jump(last)
        a.place(pad)
        a.dec(RDX)
        a.jump(many)
        a.place(few)
        a.test(RDX, RDX)
        a.jump(end, "e")
        a.place(last)
        a.movzx(ECX, b(RAX, -1, RDX))
        _if_pad(s, pads, pad, end)
    a.place(end)
    a.ret()


def _commonest(pads: frozenset[int]) -> int:
    return next((n for n in (0x40, 0x20) if n in pads), min(pads))


def _if_pad(s: Selector, pads: frozenset[int], pad: int, other: int) -> None:
    """Go to *pad* where ecx is one of *pads* (by the table at r9 where they are many), else to *other*."""
    a = s.a
    if len(pads) > 3:
        a.cmp(b(R9, 0, RCX), 0)
        a.jump(pad, "ne")
    else:
        for value in sorted(pads):
            a.cmp(ECX, value)
            a.jump(pad, "e")
    a.jump(other)


def load_bytes(s: Selector, op: o.LoadBytes, exits: Exits) -> None:
    a = s.a
    _view(s, op, b"", exits)
    if op.pad:
        a.call(trim(s, frozenset(op.pad), "right"))
    a.constant(RCX, HEX if op.hex else BINARY)


def expect(s: Selector, op: o.Expect) -> None:
    """Bytes against a literal, in the largest pieces that fit."""
    a = s.a
    done, wrong = a.label(), a.label()
    at, left = op.at, op.value
    while left:
        size = next(n for n in (8, 4, 2, 1) if n <= len(left))
        piece = int.from_bytes(left[:size], "little")
        if size == 8:
            a.constant(RAX, piece)
            a.cmp(RAX, s.quad(at))
        elif size == 4:
            a.unsigned32("cmp", s.double(at), piece)
        elif size == 2:
            a.movzx(EAX, s.word(at))
            a.cmp(EAX, piece)
        else:
            a.cmp(s.byte(at), piece - 256 if piece >= 128 else piece)
        a.jump(s.trap if op.fail == "trap" else wrong, "ne")
        at, left = at + size, left[size:]
    a.place(done)
    if op.fail == "null":
        with a.cold():
            a.place(wrong)
            s.log(op.site)
            a.jump(done)


DECODERS: dict[type[o.Op], Decode] = {o.LoadText: load_text, o.LoadBytes: load_bytes}
TABLE: dict[type[o.Op], Select] = {o.Expect: expect}
