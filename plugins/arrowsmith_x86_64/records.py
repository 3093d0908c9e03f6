"""One record of a chunk: where its frame is, what it remembers of its beginning; and how a kernel may end.

Registers as in `select`: r14 is the frame's number, r15 where it begins (in front of a loop: where the one before it begins).
"""

from __future__ import annotations

from typing import Final

from arrowsmith.columns import LOG_FULL
from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, walk
from arrowsmith_x86_64.operands import EBX, R14, R15, RAX, RBX, RSI, d, q
from arrowsmith_x86_64.select import Selector
from arrowsmith_x86_64.select_columns import lacks

#: what a kernel returns
DONE: Final = 0
FULL: Final = 1
FAILED: Final = 2


def find_frame(s: Selector) -> None:
    """r15, rsi = where frame r14 begins; rbx = its end."""
    a = s.a
    table, found = a.label(), a.label()
    a.mov(RAX, s.header("stride"))
    a.test(RAX, RAX)
    a.jump(table, "e")
    a.add(R15, RAX)
    a.mov(RBX, s.header("length"))
    a.place(found)
    a.add(RBX, R15)
    a.mov(RSI, R15)
    with a.cold():
        a.place(table)
        a.mov(RAX, s.header("starts"))
        a.mov(R15, s.header("window"))
        a.add(R15, q(RAX, 0, R14, 8))
        a.mov(RAX, s.header("lengths"))
        a.mov(EBX, d(RAX, 0, R14, 4))
        a.jump(found)


def begin(s: Selector, part: Block) -> None:
    """What a record remembers of its beginning, where the ops of *part* ask for it."""
    a = s.a
    ops = list(walk(part))
    if any(isinstance(op, o.AtPlace | o.Extent) and op.root for op in ops):
        a.mov(s.header("root_start"), R15)
        a.mov(s.header("root_end"), RBX)
    for level in sorted({s.program.columns[op.column].level for op in ops if isinstance(op, o.Fetch)}):
        a.mov(RAX, s.of_level(level, "cursor"))
        a.mov(s.of_level(level, "first"), RAX)


def log_full(s: Selector) -> None:
    """rax entries are all that the log has room for."""
    s.a.place(s.log_full)
    s.a.inc(RAX)
    lacks(s, LOG_FULL)
