"""A text of one byte, loaded and put at once, by one table: its utf8, or nothing where it is a pad, or that it is absent or refused."""

from __future__ import annotations

from collections.abc import Sequence

from arrowsmith.charsets import Charset
from arrowsmith.program import ops as o
from arrowsmith_x86_64.encodings import WIDEST, Encoding
from arrowsmith_x86_64.operands import EAX, ECX, EDX, R10, R11, RAX, RCX, RDI, RDX, RIP, d, q
from arrowsmith_x86_64.select import Exits, Selector
from arrowsmith_x86_64.select_columns import fill_up, text_ends

#: in the eighth byte of an entry, where the length is else
ABSENT, REFUSED = 0x80, 0x81


def entries(op: o.LoadText, encoding: Encoding, pads: frozenset[int]) -> bytes:
    """256 entries of 8 bytes: the utf8, and in the last byte its length, or `ABSENT` or `REFUSED`."""
    assert isinstance(encoding.charset, Charset)
    found = bytearray()
    for byte, (character, made) in enumerate(zip(encoding.charset.table, encoding.utf8, strict=True)):
        if byte in op.absent:
            found += bytes(WIDEST) + bytes([ABSENT])
        elif byte in pads:
            found += bytes(WIDEST + 1)
        elif not character and op.undecodable == "error":
            found += bytes(WIDEST) + bytes([REFUSED])
        else:
            found += made.ljust(WIDEST, b"\0") + bytes([len(made)])
    return bytes(found)


def one(s: Selector, op: o.LoadText, put: o.Put, encoding: Encoding, pads: Sequence[int], exits: Exits) -> None:
    """Put the text; to an exit, with nothing put, where it is absent or refused."""
    a = s.a
    table = entries(op, encoding, frozenset(pads))
    slot = s.slot(s.program.columns[put.column].level, R10)
    if put.column not in s.facts.always:
        a.mov(R11, s.of_column(put.column, "values"))
        fill_up(s, put.column, slot)
    a.movzx(ECX, s.byte(op.at))
    a.lea(RDX, q(RIP, a.data(table, 64)))
    a.mov(RDX, q(RDX, 0, RCX, 8))
    said = set(table[WIDEST::8])
    if said & {ABSENT, REFUSED}:
        apart = a.label()
        a.test(RDX, RDX)
        a.jump(apart, "s")
        with a.cold():
            a.place(apart)
            if REFUSED in said:
                a.bt(RDX, 56)
                a.jump(exits.bad, "b")
            a.jump(exits.null if ABSENT in said else exits.bad)
    a.mov(R11, s.of_column(put.column, "values"))
    a.mov(EAX, d(R11, 0, slot, 4))
    a.mov(RDI, s.of_column(put.column, "data"))
    a.mov(q(RDI, 0, RAX), RDX)
    a.shift("shr", RDX, 56)
    a.add(EAX, EDX)
    text_ends(s, put.column, slot, EAX)
