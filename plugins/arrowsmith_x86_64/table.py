"""A table's Program becomes the loop over records: rooms made sure of for many records, frames found, rows committed, the way out.

A chunk is the records that fit for certain; within it, strips take tiles of records in turn.  Registers as in `select`.
Invariant: every return leaves the cursors at a record boundary; what was begun behind them is forgotten, not undone.
"""

from __future__ import annotations

import struct
from typing import Final

from arrowsmith_x86_64 import strips
from arrowsmith_x86_64.abi import Convention
from arrowsmith_x86_64.operands import (
    EAX,
    ECX,
    EDX,
    R8,
    R9,
    R9D,
    R10,
    R11,
    R12,
    R14,
    R15,
    RAX,
    RBP,
    RCX,
    RDI,
    RDX,
    RIP,
    d,
    q,
)
from arrowsmith_x86_64.records import DONE, FAILED, FULL, begin, find_frame, log_full
from arrowsmith_x86_64.routines import fill, ones
from arrowsmith_x86_64.select import Selector
from arrowsmith_x86_64.select_columns import children, close_slot, is_prefilled, lacks

#: the most records of a tile, and of a chunk where validity is set beforehand (the rest of a chunk is set in vain when a record fails)
TILE: Final = 256


def emit_table(s: Selector, convention: Convention) -> None:
    """The whole kernel."""
    a = s.a
    s.prefilled = any(is_fixed_row(s, c) for c in range(len(s.program.columns)))
    chunk, done, leave = a.label(), a.label(), a.label()
    parts = strips.strips(s.program.body) or strips.lanes(s)
    a.note("enter")
    convention.enter(a)
    a.mov(R12, s.of_level(0, "cursor"))
    a.mov(R14, s.header("frame"))
    a.mov(R15, s.header("start"))
    for number, column in enumerate(s.program.columns):
        if column.varying and number not in s.facts.always:
            a.mov(RAX, s.of_level(column.level, "cursor"))
            a.mov(s.of_column(number, "filled"), RAX)
    a.note("chunk: the records that fit")
    a.place(chunk)
    _allow(s, done, bounded=s.prefilled or parts is not None)
    _prefill(s, tiled=parts is not None)
    if parts is None:
        _records(s)
    else:
        strips.emit_tiles(s, parts, leave)
    a.jump(chunk)
    a.note("leave")
    a.place(s.trap)
    a.constant(RAX, FAILED)
    a.jump(leave)
    log_full(s)
    a.place(s.full)
    a.constant(RAX, FULL)
    a.jump(leave)
    a.place(done)
    a.constant(RAX, DONE)
    a.place(leave)
    _leave(s)
    convention.leave(a, wide=s.has("avx"))


def is_fixed_row(s: Selector, column: int) -> bool:
    """Whether every row puts *column*."""
    return column in s.facts.always and s.program.columns[column].level == 0


# --- before a chunk ------------------------------------------------------------------------------------------------------


def _allow(s: Selector, done: int, *, bounded: bool) -> None:
    """Set the chunk's end: as many frames as there are and as fit, at least one; done where there are none; full where not one fits."""
    a = s.a
    a.mov(RAX, s.header("end"))
    a.sub(RAX, R14)
    a.jump(done, "e")
    if bounded:
        a.constant(RCX, TILE)
        a.cmp(RAX, RCX)
        a.cmova(RAX, RCX)
    a.mov(R11, RAX)
    rooms = [(-1, 0, 1), *((-1 - r.level, r.level, r.n) for r in s.facts.rooms if isinstance(r.n, int) and r.n)]
    for column, level, n in rooms:
        a.mov(RAX, s.of_level(level, "capacity"))
        a.sub(RAX, R12 if level == 0 else s.of_level(level, "cursor"))
        _least(s, n, column)
    wanted = [(r.column, r.n) for r in s.facts.data_rooms if isinstance(r.n, int) and r.n]
    _least_of(s, [(column, n) for column, n in wanted if _in_every_row(s, column)])
    for column, n in wanted:
        if not _in_every_row(s, column):
            a.mov(RDX, s.of_column(column, "values"))
            _used(s, column)
            a.mov(RAX, s.of_column(column, "capacity"))
            a.sub(RAX, RCX)
            _least(s, n, column)
    a.add(R11, R14)
    a.mov(s.header("chunk"), R11)


def _in_every_row(s: Selector, column: int) -> bool:
    return column in s.facts.always and s.program.columns[column].level == 0


def _least_of(s: Selector, rooms: list[tuple[int, int]]) -> None:
    """The same as `_least` for columns that every row puts, each with its bytes: a table of the fields, so that a column costs no code.
    Changes rax, rcx, rdx, r8, r9."""
    if not rooms:
        return
    a = s.a
    again, following, fewer, none = (a.label() for _ in range(4))
    values, capacity = s.context.column(0, "values"), s.context.column(0, "capacity")
    entries = b"".join(struct.pack("<3I", s.context.column(c, "values"), n, c) for c, n in rooms)
    a.lea(R8, q(RIP, a.data(entries, 4)))
    a.keep_flags(R9, len(rooms))
    a.place(again)
    a.mov(EAX, d(R8))
    a.mov(RDX, q(RBP, 0, RAX))
    a.mov(ECX, d(RDX, 0, R12, 4))
    a.mov(RDX, q(RBP, capacity - values, RAX))
    a.sub(RDX, RCX)
    a.mov(ECX, d(R8, 4))
    a.mov(RAX, R11)
    a.imul(RAX, RCX)
    a.cmp(RDX, RAX)
    a.jump(fewer, "l")
    a.place(following)
    a.add(R8, 12)
    a.dec(R9D)
    a.jump(again, "ne")
    with a.cold():
        a.place(fewer)
        a.cmp(RDX, RCX)
        a.jump(none, "l")
        a.mov(RAX, RDX)
        a.xor(EDX, EDX)
        a.div(RCX)
        a.mov(R11, RAX)
        a.jump(following)
        a.place(none)
        a.mov(EAX, d(R8))
        a.mov(RDX, q(RBP, 0, RAX))
        a.mov(EAX, d(RDX, 0, R12, 4))
        a.add(RAX, RCX)
        a.mov(s.header("wanted"), RAX)
        a.mov(ECX, d(R8, 8))
        a.mov(s.header("column"), RCX)
        a.jump(s.full)


def _used(s: Selector, column: int) -> None:
    """rcx = the bytes of *column* that are used; rdx holds its offsets."""
    a = s.a
    level = s.program.columns[column].level
    if level == 0 and column in s.facts.always:
        a.mov(ECX, d(RDX, 0, R12, 4))
    else:
        a.mov(RCX, s.of_column(column, "filled") if column not in s.facts.always else s.of_level(level, "cursor"))
        a.mov(ECX, d(RDX, 0, RCX, 4))


def _least(s: Selector, n: int, column: int) -> None:
    """r11 = at most as many records as have room for *n* each in what is free, rax.  Changes rax, rcx, rdx."""
    a = s.a
    fewer, fine = a.label(), a.label()
    if n == 1:
        a.cmp(RAX, R11)
        a.jump(fewer, "l")
    else:
        a.imul(RCX, R11, n)
        a.cmp(RAX, RCX)
        a.jump(fewer, "l")
    a.place(fine)
    with a.cold():
        none = a.label()
        a.place(fewer)
        a.cmp(RAX, n)
        a.jump(none, "l")
        if n > 1:
            a.constant(RCX, n)
            a.xor(EDX, EDX)
            a.div(RCX)
        a.mov(R11, RAX)
        a.jump(fine)
        a.place(none)
        # wanted is counted from the buffer's start: what is used, and n
        if column < 0:
            a.mov(RCX, s.of_level(-1 - column, "capacity"))
        else:
            a.mov(RCX, s.of_column(column, "capacity"))
        a.sub(RCX, RAX)
        a.lea(RAX, q(RCX, n))
        lacks(s, column)


def _prefill(s: Selector, *, tiled: bool) -> None:
    """Validity of the columns that every row puts, for the whole chunk; and how far slots may be written that no row is in."""
    a = s.a
    columns = [c for c, column in enumerate(s.program.columns) if is_prefilled(s, c) and not column.certain]
    if not columns and not tiled:
        return
    a.mov(R11, s.header("chunk"))
    a.sub(R11, R14)
    a.lea(RAX, q(R12, 0, R11))
    a.mov(s.header("touched"), RAX)
    if not columns:
        return
    # which context fields hold their validity, as a table: a column costs no code
    fields = b"".join(s.context.column(c, "validity").to_bytes(4, "little") for c in columns)
    again = a.label()
    a.lea(R8, q(RIP, a.data(fields, 4)))
    a.keep_flags(RDX, len(columns))
    a.place(again)
    a.mov(EAX, d(R8, -4, RDX, 4))
    a.mov(RDI, q(RBP, 0, RAX))
    a.add(RDI, R12)
    a.call(ones(s))
    a.dec(EDX)
    a.jump(again, "ne")


def _records(s: Selector) -> None:
    """One loop over the records of a chunk."""
    a = s.a
    again = a.label()
    a.note("record")
    a.place(again)
    find_frame(s)
    begin(s, s.program.body)
    s.displacement, s.proven = 0, 0
    s.block(s.program.body)
    a.note("commit")
    close_slot(s, 0, R12, children(s, 0))
    a.inc(R12)
    a.inc(R14)
    a.cmp(R14, s.header("chunk"))
    a.jump(again, "b")


# --- the way out ----------------------------------------------------------------------------------------------------------


def _leave(s: Selector) -> None:
    """Write the cursors back, keeping eax: the row, then, from the outermost list on, where the offsets say that lists end; likewise the
    bytes used, once the offsets reach up to the rows."""
    a = s.a
    a.mov(s.header("frame"), R14)
    a.mov(s.of_level(0, "cursor"), R12)
    for level in range(1, len(s.program.levels)):
        a.mov(RCX, s.of_level(level, "cursor"))
        a.mov(s.of_level(level, "touched"), RCX)
        a.mov(RCX, s.of_level(s.program.levels[level].parent, "cursor"))
        a.mov(RDX, s.of_level(level, "offsets"))
        a.mov(ECX, d(RDX, 0, RCX, 4))
        a.mov(s.of_level(level, "cursor"), RCX)
    a.push(RAX)
    varying = [n for n, column in enumerate(s.program.columns) if column.varying]
    _use_rows(s, [n for n in varying if _in_every_row(s, n)])
    for number in varying:
        if _in_every_row(s, number):
            continue
        a.mov(R11, s.of_column(number, "values"))
        a.mov(R10, s.of_level(s.program.columns[number].level, "cursor"))
        if number not in s.facts.always:
            a.mov(RAX, s.of_column(number, "filled"))
            a.call(fill(s))
        a.mov(EAX, d(R11, 0, R10, 4))
        a.mov(s.of_column(number, "used"), RAX)
    a.pop(RAX)


def _use_rows(s: Selector, columns: list[int]) -> None:
    """The bytes used of *columns*, which every row puts.  Changes rax, rcx, rdx, r8."""
    if not columns:
        return
    a = s.a
    again = a.label()
    values, used = s.context.column(0, "values"), s.context.column(0, "used")
    a.lea(R8, q(RIP, a.data(b"".join(struct.pack("<I", s.context.column(c, "values")) for c in columns), 4)))
    a.keep_flags(RCX, len(columns))
    a.place(again)
    a.mov(EAX, d(R8, -4, RCX, 4))
    a.mov(RDX, q(RBP, 0, RAX))
    a.mov(EDX, d(RDX, 0, R12, 4))
    a.mov(q(RBP, used - values, RAX), RDX)
    a.dec(ECX)
    a.jump(again, "ne")
