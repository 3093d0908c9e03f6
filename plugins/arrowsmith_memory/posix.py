"""Pages by mmap(2): anonymous memory, writable and then executable; the same of /dev/zero; and both at once, by name.

Invariant: but for `Both`, a page loses PROT_WRITE in the call in which it gains PROT_EXEC.
"""

from __future__ import annotations

import functools
import os

from arrowsmith_memory import calls
from arrowsmith_memory.calls import MAP_ANONYMOUS, MAP_PRIVATE, PROT_EXEC, PROT_READ, PROT_WRITE
from arrowsmith_memory.files import ZERO, opened
from arrowsmith_memory.region import put
from arrowsmith_memory.strategy import Strategy

RW, RX = PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC


class Anonymous:
    """A private anonymous mapping, RW, then mprotect RX.  SELinux asks execmem."""

    __slots__ = ("_address", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._address = calls.mmap(size, RW, MAP_PRIVATE | MAP_ANONYMOUS)

    def write(self, offset: int, data: bytes) -> None:
        put(self._address + offset, data)

    def seal(self) -> int:
        calls.mprotect(self._address, self.size, RX)
        return self._address

    def close(self) -> None:
        calls.munmap(self._address, self.size)


class Zero:
    """A private mapping of /dev/zero, RW, then mprotect RX.

    The kernel goes on seeing a modified device file there, so SELinux asks execmod and execute of it, not execmem.
    """

    __slots__ = ("_address", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        with opened("open", f'"{ZERO}", O_RDWR|O_CLOEXEC', lambda: os.open(ZERO, os.O_RDWR), path=ZERO) as fd:
            self._address = calls.mmap(size, RW, MAP_PRIVATE, fd, path=ZERO)

    def write(self, offset: int, data: bytes) -> None:
        put(self._address + offset, data)

    def seal(self) -> int:
        calls.mprotect(self._address, self.size, RX)
        return self._address

    def close(self) -> None:
        calls.munmap(self._address, self.size)


class Both:
    """A private anonymous mapping, RWX from the start: what W^X forbids, for the person who names it.  SELinux asks execmem."""

    __slots__ = ("_address", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._address = calls.mmap(size, RW | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS)

    def write(self, offset: int, data: bytes) -> None:
        put(self._address + offset, data)

    def seal(self) -> int:
        return self._address

    def close(self) -> None:
        calls.munmap(self._address, self.size)


Mmap = functools.partial(Strategy, name="mmap", rank=100, backing=Anonymous)
DevZero = functools.partial(Strategy, name="dev-zero", rank=-40, backing=Zero)
Rwx = functools.partial(Strategy, name="rwx", rank=-80, backing=Both)
