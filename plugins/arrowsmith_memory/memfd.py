"""Code in a memfd, a file in memory without a name: mapped executable from the start, never anonymous memory that turns.

MFD_EXEC is never passed: kernels before 6.3 know no such flag, and vm.memfd_noexec=2 refuses it, while both map a
memfd that does not ask for it.
Invariant: when a region is sealed, nothing can write to its pages: no mapping, no descriptor.
"""

from __future__ import annotations

import functools
import os

from arrowsmith_memory import calls
from arrowsmith_memory.calls import MAP_PRIVATE, MAP_SHARED, PROT_EXEC, PROT_READ, PROT_WRITE, Refused
from arrowsmith_memory.files import write_all
from arrowsmith_memory.region import put
from arrowsmith_memory.strategy import Strategy

_SEALS = {1: "F_SEAL_SEAL", 2: "F_SEAL_SHRINK", 4: "F_SEAL_GROW", 8: "F_SEAL_WRITE"}


def _memfd(size: int) -> int:
    """A memfd of *size* bytes, whose pages come when they are written, as anonymous memory's do.

    Not reserved by fallocate(2): no file system limits a memfd, so an absurd size would take all memory before it failed.
    """
    words = '"arrowsmith", MFD_CLOEXEC|MFD_ALLOW_SEALING'
    wanted = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    fd = calls.by_python("memfd_create", words, lambda: os.memfd_create("arrowsmith", wanted))
    try:
        calls.by_python("ftruncate", f"{fd}, {size}", lambda: os.ftruncate(fd, size), path="memfd")
    except Refused:
        os.close(fd)
        raise
    return fd


class Written:
    """write(2), seals against every later write, one RX mapping.  SELinux asks execute of a tmpfs file."""

    __slots__ = ("_address", "_fd", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._address: int | None = None
        self._fd: int | None = _memfd(size)

    def write(self, offset: int, data: bytes) -> None:
        assert self._fd is not None
        write_all(self._fd, data, offset, path="memfd")

    def seal(self) -> int:
        import fcntl  # Windows has no such module, and imports this one

        fd = self._fd
        assert fd is not None
        words = f"{fd}, F_ADD_SEALS, {'|'.join(_SEALS.values())}"
        calls.by_python("fcntl", words, lambda: fcntl.fcntl(fd, fcntl.F_ADD_SEALS, sum(_SEALS)), path="memfd")
        self._address = calls.mmap(self.size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, path="memfd")
        self._close_file()
        return self._address

    def _close_file(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            calls.by_python("close", f"{fd}", lambda: os.close(fd))

    def close(self) -> None:
        self._close_file()
        if self._address is not None:
            calls.munmap(self._address, self.size)


class Dual:
    """A writable shared mapping, unmapped before an executable one is made of the same memfd.  SELinux asks as of `Written`.

    No write seal: kernels before 6.7 then refuse a shared mapping, even one that is only read.
    """

    __slots__ = ("_executable", "_fd", "_writable", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._executable: int | None = None
        self._writable: int | None = None
        self._fd: int | None = _memfd(size)
        try:
            self._writable = calls.mmap(size, PROT_READ | PROT_WRITE, MAP_SHARED, self._fd, path="memfd")
        except Refused:
            self.close()
            raise

    def write(self, offset: int, data: bytes) -> None:
        assert self._writable is not None
        put(self._writable + offset, data)

    def seal(self) -> int:
        assert self._fd is not None
        self._unmap_writable()
        self._executable = calls.mmap(self.size, PROT_READ | PROT_EXEC, MAP_SHARED, self._fd, path="memfd")
        self._close_file()
        return self._executable

    def _unmap_writable(self) -> None:
        address, self._writable = self._writable, None
        if address is not None:
            calls.munmap(address, self.size)

    def _close_file(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            calls.by_python("close", f"{fd}", lambda: os.close(fd))

    def close(self) -> None:
        self._unmap_writable()
        self._close_file()
        if self._executable is not None:
            calls.munmap(self._executable, self.size)


MemfdDual = functools.partial(Strategy, name="memfd-dual", rank=-30, backing=Dual, system="linux")
MemfdExec = functools.partial(Strategy, name="memfd-exec", rank=-10, backing=Written, system="linux")
