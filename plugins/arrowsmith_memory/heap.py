"""Whole pages of the C heap, made executable and given back as they were.

Where a block comes from brk(2) (a small one, of the main thread's arena) SELinux asks execheap beside execmem; a large
one, or one of another thread's arena, is a mapping and asks execmem alone.
Invariant: a block is writable again before free(3), which writes into it; where that fails it is never freed.
"""

from __future__ import annotations

import functools
import mmap
from collections.abc import Callable

from arrowsmith_memory import calls
from arrowsmith_memory.calls import PROT_EXEC, PROT_READ, PROT_WRITE
from arrowsmith_memory.region import put
from arrowsmith_memory.strategy import Strategy

#: glibc maps a block of this size by itself, however far its threshold has grown: mallopt(3), DEFAULT_MMAP_THRESHOLD_MAX
#: is 4 * 1024 * 1024 * sizeof(long).  The pages that are never touched cost address space, not memory.
SURELY_MAPPED = 33 << 20


class Block:
    """An aligned block of the C heap: RW as it comes, RX when sealed, RW again before it is freed."""

    __slots__ = ("_address", "_sealed", "size")

    def __init__(self, size: int, *, obtain: Callable[[int, int], int], least: int = 0) -> None:
        self.size = size
        self._sealed = False
        self._address = obtain(mmap.PAGESIZE, max(size, least))

    def write(self, offset: int, data: bytes) -> None:
        put(self._address + offset, data)

    def seal(self) -> int:
        calls.mprotect(self._address, self.size, PROT_READ | PROT_EXEC)
        self._sealed = True
        return self._address

    def close(self) -> None:
        if self._sealed:
            calls.mprotect(self._address, self.size, PROT_READ | PROT_WRITE)
        calls.free(self._address)


def memalign_pages(size: int) -> Block:
    """posix_memalign(3) of whole pages."""
    return Block(size, obtain=calls.posix_memalign)


def aligned_pages(size: int) -> Block:
    """aligned_alloc(3) of whole pages."""
    return Block(size, obtain=calls.aligned_alloc)


def large_pages(size: int) -> Block:
    """posix_memalign(3) of so much that the heap maps it apart."""
    return Block(size, obtain=calls.posix_memalign, least=SURELY_MAPPED)


_Heap = functools.partial(Strategy, mapped=False, owed=True)

PosixMemalign = functools.partial(_Heap, name="posix-memalign", rank=-50, backing=memalign_pages)
AlignedAlloc = functools.partial(_Heap, name="aligned-alloc", rank=-51, backing=aligned_pages)
MallocLarge = functools.partial(_Heap, name="malloc-large", rank=-60, backing=large_pages)
