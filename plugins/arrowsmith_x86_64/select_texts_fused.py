"""A text of up to 64 bytes, loaded and put at once: its bytes in vectors, trimmed by a mask, translated, stored whole.

What the vectors do not do (bytes that do not become ASCII, blanks before the text) goes the general way, out of line.
The store is of whole vectors: what lies behind the text's end is written over by the next one, or is the column's slack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arrowsmith.charsets import Charset
from arrowsmith.program import ops as o
from arrowsmith_x86_64.absence import absent_first, all_same
from arrowsmith_x86_64.encodings import Encoding
from arrowsmith_x86_64.operands import (
    EAX,
    ECX,
    EDI,
    EDX,
    K1,
    K2,
    R8,
    R10,
    R11,
    RAX,
    RCX,
    RDI,
    RDX,
    RSI,
    XMM,
    YMM,
    ZMM,
    Mem,
    Reg,
    d,
    narrow,
    q,
)
from arrowsmith_x86_64.routines import utf8
from arrowsmith_x86_64.routines_pairs import as_pairs, pairs
from arrowsmith_x86_64.routines_text import decodable
from arrowsmith_x86_64.select import Exits, Selector
from arrowsmith_x86_64.select_columns import fill_up, text_ends
from arrowsmith_x86_64.select_texts import before, pads_of, trim
from arrowsmith_x86_64.select_texts_one import one
from arrowsmith_x86_64.translate import looked_up, translate

#: the longest text that is held in vectors
LONGEST = 64


@dataclass(slots=True)
class Field:
    """A text on its way.  ``width``: bytes of a vector; ``vectors``: the registers that hold its bytes."""

    op: o.LoadText
    put: o.Put
    encoding: Encoding
    pads: frozenset[int]
    size: int
    width: int
    vectors: list[Reg]

    @property
    def blanks(self) -> bool:
        """Whether pads are found behind the translation, as whatever is at or below U+0020."""
        return bool(self.pads) and not self.op.pad

    @property
    def mask(self) -> int:
        return (1 << self.size) - 1


def fits(s: Selector, op: o.Op, put: o.Put) -> bool:
    """Whether *op* and *put* are selected here."""
    if not isinstance(op, o.LoadText) or not isinstance(op.size, int) or not 0 < op.size <= LONGEST or not s.v.shuffles:
        return False
    encoding = s.encodings.of_load(op)
    if op.until and (op.trim != "none" or op.size == LONGEST):
        return False
    return (isinstance(encoding.charset, Charset) or encoding.charset == "utf-8") and s.program.columns[
        put.column
    ].storage == "utf8"


def fused(s: Selector, op: o.LoadText, put: o.Put, exits: Exits) -> None:
    """Put the text; to the null exit, with nothing put, where it is absent."""
    assert isinstance(op.size, int)
    a = s.a
    encoding = s.encodings.of_load(op)
    pads = pads_of(op, encoding) if op.trim != "none" else frozenset[int]()
    if op.size == 1 and isinstance(encoding.charset, Charset) and not op.until:
        one(s, op, put, encoding, sorted(pads), exits)
        return
    width = 64 if s.has("avx512vbmi") and op.size > 16 else 32 if s.v.wide and op.size > 16 else 16
    bank = {64: ZMM, 32: YMM, 16: XMM}[width]
    field = Field(op, put, encoding, pads, op.size, width, [bank[n] for n in range(-(-op.size // width))])
    slow, store, empty = (a.label() for _ in range(3))
    by_pairs = _by_pairs(s, field)
    longer = a.label() if by_pairs else slow
    column = s.program.columns[put.column]
    slot = s.slot(column.level, R10)
    outer = bytes(sorted(set(op.absent) - pads))
    inner = bytes(sorted(set(op.absent) & pads))
    absent_first(s, op.at, op.size, outer, exits)
    if put.column not in s.facts.always:
        a.mov(R11, s.of_column(put.column, "values"))
        fill_up(s, put.column, slot)
    for n, vector in enumerate(field.vectors):
        s.v.whole(vector, Mem(8 * width, RSI, s.displacement + op.at + n * width))
    if op.until:
        _mask_of(s, field, sorted(op.until))
    if field.pads and not field.blanks:
        _mask_of(s, field, sorted(field.pads))
        a.not_(RCX if field.size > 32 else ECX)
        _within(s, field)
    spare = range(len(field.vectors), 16) if width < 64 else range(16, 32)
    translated = []
    for vector in field.vectors:
        made = translate(s.v, vector, encoding.plain, [n for n in spare if bank[n] not in translated])
        translated.append(made)
    if field.blanks:
        _text_mask(s, field, translated)
    if op.until:
        _plain_before(s, field, translated, slow)
        length: Reg | int = EDX
    else:
        _plain_or(s, field, translated, longer)
        length = _length(s, field, empty, slow, bool(inner))
    a.mov(R11, s.of_column(put.column, "values"))
    a.mov(EAX, d(R11, 0, slot, 4))
    a.mov(RDI, s.of_column(put.column, "data"))
    for n, vector in enumerate(translated):
        s.v.whole(Mem(8 * width, RDI, n * width, RAX), vector)
    a.add(EAX, length)
    a.place(store)
    text_ends(s, put.column, slot, EAX)
    with a.cold():
        a.place(empty)
        if inner:
            all_same(s, op.at, op.size, inner, exits.null)
        a.mov(R11, s.of_column(put.column, "values"))
        a.mov(EAX, d(R11, 0, slot, 4))
        a.jump(store)
        if by_pairs:
            a.place(longer)
            _longer(s, field)
        a.place(slow)
        if by_pairs:
            _paired(s, field, empty)
        else:
            if inner:
                all_same(s, op.at, op.size, inner, exits.null)
            _slowly(s, field, exits)
        a.jump(store)


def _mask_of(s: Selector, field: Field, values: Sequence[int]) -> None:
    """rcx = a bit for each byte of the field's vectors that is one of *values*.  Changes rdx."""
    a, v = s.a, s.v
    for n, vector in enumerate(field.vectors):
        out = RCX if n == 0 else RDX
        if vector.kind == "ZMM":
            for m, value in enumerate(values):
                a.vpcmpeqb(K2 if m else K1, vector, a.const(bytes([value]) * 64))
                if m:
                    a.korq(K1, K1, K2)
            a.kmovq(out, K1)
        else:
            bank = YMM if vector.kind == "YMM" else XMM
            first, other = bank[8], bank[9]
            for m, value in enumerate(values):
                v.op("pcmpeqb", other if m else first, vector, a.const(bytes([value]) * field.width))
                if m:
                    v.op("por", first, first, other)
            v.mask(narrow(out, 32), first)
        _joined(s, field, n, out)


def _text_mask(s: Selector, field: Field, translated: Sequence[Reg]) -> None:
    """The same, of the translated bytes: those above U+0020."""
    a, v = s.a, s.v
    for n, vector in enumerate(translated):
        out = RCX if n == 0 else RDX
        if vector.kind == "ZMM":
            a.vpcmpgtb(K1, vector, a.const(b"\x20" * 64))
            a.kmovq(out, K1)
        else:
            spare = (YMM if vector.kind == "YMM" else XMM)[15]
            v.op("pcmpgtb", spare, vector, a.const(b"\x20" * field.width))
            v.mask(narrow(out, 32), spare)
        _joined(s, field, n, out)
    _within(s, field)


def _joined(s: Selector, field: Field, n: int, part: Reg) -> None:
    """rcx gets the mask *part* of vector *n*."""
    if n:
        s.a.shift("shl", part, n * field.width)
        s.a.or_(RCX, part)


def _within(s: Selector, field: Field) -> None:
    """rcx without the bits behind the field.  Changes rdx."""
    a = s.a
    if field.size < 32:
        a.and_(ECX, field.mask)
    elif 32 < field.size < 64:
        a.constant(RDX, field.mask)
        a.and_(RCX, RDX)


def _plain_or(s: Selector, field: Field, translated: Sequence[Reg], slow: int) -> None:
    """To *slow* where a byte of the field did not become ASCII.  Keeps rcx."""
    a, v = s.a, s.v
    for n, vector in enumerate(translated):
        left = min(field.width, field.size - n * field.width)
        if vector.kind == "ZMM":
            a.vpmovb2m(K1, vector)
            a.kmovq(RAX, K1)
        else:
            v.mask(EAX, vector)
        if left == 32:
            a.test(EAX, EAX)
        elif left < 32:
            a.unsigned32("test", EAX, (1 << left) - 1)
        elif left == 64:
            a.test(RAX, RAX)
        else:
            a.constant(RDX, (1 << left) - 1)
            a.test(RAX, RDX)
        a.jump(slow, "ne")


def _plain_before(s: Selector, field: Field, translated: Sequence[Reg], slow: int) -> None:
    """edx = how many bytes stand before the first set bit of rcx, or in the field; to *slow* where one of them did not become ASCII."""
    a, v = s.a, s.v
    a.bts(RCX, field.size)
    for n, vector in enumerate(translated):
        if vector.kind == "ZMM":
            a.vpmovb2m(K1, vector)
            a.kmovq(RAX, K1)
        else:
            v.mask(EAX, vector)
        if n:
            a.shift("shl", RAX, n * field.width)
            a.or_(R8, RAX)
        else:
            a.mov(R8, RAX)
    a.lea(RDX, q(RCX, -1))
    a.and_(R8, RDX)
    a.mov(RDX, RCX)
    a.not_(RDX)
    a.test(R8, RDX)
    a.jump(slow, "ne")
    a.bsf(RDX, RCX)


def _length(s: Selector, field: Field, empty: int, slow: int, absent: bool) -> Reg | int:
    """The length of the trimmed text, or the register (32 bits) that it is in; to *empty* where nothing is left of it and that may mean
    absent, to *slow* where it is trimmed at the left.  Changes rcx, rdx."""
    a = s.a
    if not field.pads:
        return field.size
    wide = field.size > 32
    mask = RCX if wide else ECX
    if field.op.trim in ("left", "both"):
        maybe = a.label()
        a.test(narrow(RCX, 8), 1)
        a.jump(maybe, "e")
        with a.cold():
            a.place(maybe)
            a.test(mask, mask)
            a.jump(empty, "e")
            a.jump(slow)
    elif absent:
        a.test(mask, mask)
        a.jump(empty, "e")
    if field.op.trim == "left":
        return field.size
    if s.has("abm"):
        a.lzcnt(mask, mask)
        a.keep_flags(RDX, 64 if wide else 32)
        a.sub(EDX, ECX)
        return EDX
    a.constant(RDX, -1)
    a.bsr(mask, mask)
    a.cmove(ECX, EDX)
    a.inc(ECX)
    return ECX


def _by_pairs(s: Selector, field: Field) -> bool:
    """Whether a text with characters that have two bytes in utf8 is put by `pairs`; of a page of which every byte is a character."""
    return as_pairs(s, field.encoding) and field.encoding.lenient and not field.op.until


def _longer(s: Selector, field: Field) -> None:
    """rcx = a bit for each byte of the field that is no pad, whatever it becomes.  Only where blanks were found behind the translation,
    which knows nothing of what does not become ASCII.  Changes rdx."""
    a = s.a
    if not field.blanks:
        return
    value = ZMM[31]
    s.v.whole(value, Mem(512, RSI, s.displacement + field.op.at))
    a.vpmovb2m(K1, value)
    kept = looked_up(s.v, value, bytes(0 if n in field.pads else 0xFF for n in range(256)), range(16, 19))
    a.vpmovb2m(K2, kept)
    a.kmovq(RCX, K2)
    _within(s, field)


def _paired(s: Selector, field: Field, empty: int) -> None:
    """From the first to the last set bit of rcx, by `pairs`, up to eax = where the text ends, r11 = the offsets.  To *empty* where none
    is set."""
    a = s.a
    column = field.put.column
    start = Mem(64, RSI, s.displacement + field.op.at)
    if not field.pads:
        a.lea(R8, start)
        a.keep_flags(RCX, field.size)
    else:
        bits = 64 if field.size > 32 else 32
        mask, trim = narrow(RCX, bits), field.op.trim
        a.test(mask, mask)
        a.jump(empty, "e")
        a.keep_flags(R8, 0)
        if trim in ("left", "both"):
            a.bsf(narrow(R8, bits), mask)
        if trim in ("right", "both"):
            a.bsr(mask, mask)
            a.inc(ECX)
        else:
            a.keep_flags(RCX, field.size)
        a.sub(RCX, R8)
        a.lea(R8, Mem(64, RSI, s.displacement + field.op.at, R8, 1))
    slot = s.slot(s.program.columns[column].level, R10)
    a.mov(R11, s.of_column(column, "values"))
    a.mov(EAX, d(R11, 0, slot, 4))
    a.mov(RDI, s.of_column(column, "data"))
    a.add(RDI, RAX)
    a.call(pairs(s, field.encoding))
    a.sub(RDI, s.of_column(column, "data"))
    a.mov(EAX, EDI)


def _slowly(s: Selector, field: Field, exits: Exits) -> None:
    """The general way, up to eax = where the text ends, r11 = the offsets."""
    a = s.a
    column = field.put.column
    s.address(RAX, field.op.at)
    a.keep_flags(RDX, field.size)
    if field.op.until:
        a.call(before(s, field.op.until))
    if field.pads:
        a.call(trim(s, field.pads, field.op.trim))
    if not field.encoding.lenient and field.op.undecodable == "error":
        a.call(decodable(s, field.encoding))
        a.jump(exits.bad, "ne")
    slot = s.slot(s.program.columns[column].level, R10)
    a.mov(R8, RAX)
    a.mov(RCX, RDX)
    a.mov(R11, s.of_column(column, "values"))
    a.mov(EAX, d(R11, 0, slot, 4))
    a.mov(RDI, s.of_column(column, "data"))
    a.add(RDI, RAX)
    a.call(utf8(s, field.encoding))
    a.sub(RDI, s.of_column(column, "data"))
    a.mov(EAX, EDI)
