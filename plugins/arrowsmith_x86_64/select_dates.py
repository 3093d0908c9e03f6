"""Years, months and days become days since 1970-01-01, where the calendar has them.

Source: the proleptic Gregorian calendar (ISO 8601).
"""

from __future__ import annotations

import datetime

from arrowsmith.program import ops as o
from arrowsmith_x86_64.operands import (
    EAX,
    ECX,
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
    narrow,
    q,
    w,
)
from arrowsmith_x86_64.select import Decode, Exits, Selector

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EPOCH = datetime.date(1970, 1, 1).toordinal()


def date(s: Selector, op: o.Date, exits: Exits) -> None:
    """Days of whole years, months and the day.  Leap years: every fourth, but of centuries only every fourth."""
    a = s.a
    for operand in (op.year, op.month, op.day):
        s.unless_null(operand, exits.null)
    s.number(R8, op.year)
    s.number(R9, op.month)
    s.number(R10, op.day)
    a.lea(RAX, q(R8, -1))
    a.cmp(RAX, 9999 - 1)
    a.jump(exits.bad, "a")
    # r11 = 1 in a leap year; 5243 / 2^19 is 1/100, exact enough below 43,699
    a.imul(ECX, narrow(R8, 32), 5243)
    a.shift("shr", ECX, 19)
    a.imul(EDX, ECX, 100)
    a.cmp(EDX, narrow(R8, 32))
    a.mov(EDX, narrow(R8, 32))
    a.cmove(EDX, ECX)
    a.xor(narrow(R11, 32), narrow(R11, 32))
    a.test(EDX, 3)
    a.sete(narrow(R11, 8))
    # days of the years before: 365 each, and one more every fourth, but every hundredth, but every four hundredth
    a.imul(ECX, EAX, 5243)
    a.shift("shr", ECX, 19)
    a.imul(EDX, EAX, 365)
    a.shift("shr", EAX, 2)
    a.add(EDX, EAX)
    a.sub(EDX, ECX)
    a.shift("shr", ECX, 2)
    a.add(EDX, ECX)
    by_day, done = a.label(), a.label()
    if not isinstance(op.month, int):
        a.cmp(R9, -1)
        a.jump(by_day, "e")
    if op.month != -1:
        _month(s, exits)
        a.jump(done)
    a.place(by_day)
    if op.month == -1 or not isinstance(op.month, int):
        a.lea(RAX, q(R11, 365))
        a.lea(RCX, q(R10, -1))
        a.cmp(RCX, RAX)
        a.jump(exits.bad, "ae")
    a.place(done)
    a.lea(RAX, q(RDX, -_EPOCH, R10))


def _month(s: Selector, exits: Exits) -> None:
    """edx += the days of the months before r9; the bad exit where the month or the day r10 is impossible.  Changes rax, rcx, rdi."""
    a = s.a
    table = b""
    for leap in (0, 1):  # days of each month, and of those before it
        lengths = [n + (leap if m == 1 else 0) for m, n in enumerate(_LENGTHS)]
        table += b"".join(bytes((n, 0)) + sum(lengths[:m]).to_bytes(2, "little") for m, n in enumerate(lengths))
    a.lea(RAX, q(R9, -1))
    a.cmp(RAX, 12)
    a.jump(exits.bad, "ae")
    a.imul(ECX, narrow(R11, 32), 12)
    a.add(RAX, RCX)
    a.lea(RDI, q(RIP, a.data(table, 64)))
    a.movzx(ECX, w(RDI, 0, RAX, 4))
    a.movzx(EAX, w(RDI, 2, RAX, 4))
    a.add(EDX, EAX)
    a.lea(RAX, q(R10, -1))
    a.cmp(RAX, RCX)
    a.jump(exits.bad, "ae")


DECODERS: dict[type[o.Op], Decode] = {o.Date: date}
