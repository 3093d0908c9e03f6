"""The table of strategies that this plugin offers: those that are taken unnamed first, then in the order of the docs.

Invariant: every strategy but the two for plain memory has a negative rank, because it may go round an administrator's rule.
"""

from __future__ import annotations

from typing import Final

from arrowsmith_memory.files import FileExec
from arrowsmith_memory.heap import AlignedAlloc, MallocLarge, PosixMemalign
from arrowsmith_memory.loader import Dlopen
from arrowsmith_memory.memfd import MemfdDual, MemfdExec
from arrowsmith_memory.posix import DevZero, Mmap, Rwx
from arrowsmith_memory.strategy import Strategy
from arrowsmith_memory.windows import VirtualAlloc

ALLOCATORS: Final[tuple[Strategy, ...]] = (
    Mmap(),
    VirtualAlloc(),
    MemfdExec(),
    FileExec(),
    MemfdDual(),
    DevZero(),
    PosixMemalign(),
    AlignedAlloc(),
    MallocLarge(),
    Dlopen(),
    Rwx(),
)
