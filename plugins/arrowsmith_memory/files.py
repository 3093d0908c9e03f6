"""A temporary file without a name, in a directory that may hold code, mapped executable once it is written.

Directories not mounted noexec are tried first, the others last, so that a refusal is the kernel's own and not a guess.
Invariant: the file is never open for writing while it is mapped, and it is gone with its last mapping.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from arrowsmith_memory import calls
from arrowsmith_memory.calls import MAP_PRIVATE, PROT_EXEC, PROT_READ, Refused
from arrowsmith_memory.strategy import Strategy

#: a device whose private mappings are memory to a program, and a file to the kernel's rules
ZERO: Final = "/dev/zero"


@contextmanager
def opened(call: str, words: str, run: Callable[[], int], *, path: str = "") -> Iterator[int]:
    """The file descriptor that *run* gives, closed at the end of the block."""
    fd = calls.by_python(call, words, run, path=path)
    try:
        yield fd
    finally:
        calls.by_python("close", f"{fd}", lambda: os.close(fd))


def write_all(fd: int, data: bytes, offset: int, *, path: str = "") -> None:
    """Write *data* at *offset*, in as many calls as the system wants."""
    view = memoryview(data)
    while view:
        words = f"{fd}, …, {len(view)}, {offset}"
        done = calls.by_python("pwrite64", words, functools.partial(os.pwrite, fd, view, offset), path=path)
        view, offset = view[done:], offset + done


def candidates() -> tuple[str, ...]:
    """The directories that a nameless file may be made in: existing ones only, those mounted noexec last."""
    named = (
        os.environ.get("TMPDIR"),
        "/tmp",
        "/var/tmp",
        "/dev/shm",
        os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}",
    )
    found = [path for path in dict.fromkeys(filter(None, named)) if os.path.isdir(path)]
    return tuple(sorted(found, key=noexec))


def noexec(path: str) -> bool:
    """Whether *path* is mounted noexec; False where that cannot be read, because the kernel has the last word."""
    return mounted_noexec(path) is True


def mounted_noexec(path: str) -> bool | None:
    """Whether *path* is mounted noexec; None where that cannot be read."""
    try:
        return bool(os.statvfs(path).f_flag & getattr(os, "ST_NOEXEC", 0))
    except OSError:
        return None


def in_each(directories: tuple[str, ...], use: Callable[[int, str], int], data: bytes) -> int:
    """What *use*, given a nameless file that holds *data* and its directory, returns in the first directory where it works.

    Raises the first refusal to execute, because it says more than a directory that cannot be written to; else the first.
    """
    refusals: list[Refused] = []
    for path in directories:
        try:
            # 0o700: some security modules look at the execute bits of a file that is mapped executable
            words = f'"{path}", O_RDWR|O_TMPFILE|O_CLOEXEC, 0700'
            make = functools.partial(os.open, path, os.O_TMPFILE | os.O_RDWR, 0o700)
            with opened("open", words, make, path=path) as fd:
                write_all(fd, data, 0, path=path)
                return use(fd, path)
        except Refused as refused:
            refusals.append(refused)
    if not refusals:
        raise Refused("open", "a temporary directory, O_TMPFILE", None, said="there is no such directory")
    raise min(refusals, key=lambda refused: refused.call not in ("mmap", "dlopen"))


class Nameless:
    """Bytes kept until `seal`, then written to an O_TMPFILE and mapped RX, privately.  SELinux asks execute of the file."""

    __slots__ = ("_address", "_data", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._address: int | None = None
        self._data = buffer(size)

    def write(self, offset: int, data: bytes) -> None:
        self._data[offset : offset + len(data)] = data

    def seal(self) -> int:
        self._address = in_each(candidates(), self._map, bytes(self._data))
        self._data.clear()
        return self._address

    def _map(self, fd: int, path: str) -> int:
        return calls.mmap(self.size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, path=path)

    def close(self) -> None:
        if self._address is not None:
            calls.munmap(self._address, self.size)


def buffer(size: int) -> bytearray:
    """*size* bytes of Python's own memory, whose exhaustion is a refusal like any other."""
    try:
        return bytearray(size)
    except MemoryError:
        raise Refused("bytearray", f"{size}", None, said="MemoryError") from None


FileExec = functools.partial(Strategy, name="file-exec", rank=-20, backing=Nameless, system="linux")
