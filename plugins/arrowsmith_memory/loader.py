"""Code given to the system's own loader, as a shared object in a temporary file without a name.

Invariant: no two objects are loaded under one path.  A loader that already has an object of that name hands out the old
one, and a descriptor's number, the only thing that tells our paths apart, is used again.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
from typing import Final

from arrowsmith_memory import calls
from arrowsmith_memory.calls import Refused
from arrowsmith_memory.elf import SYMBOL, shared_object
from arrowsmith_memory.files import buffer, candidates, in_each
from arrowsmith_memory.strategy import Strategy

_numbers: Final = itertools.count()  # next() is one step under the GIL: no two threads get the same


def fresh_path(fd: int, number: int) -> str:
    """A spelling of the path of *fd* that no other *number* has: its bits, written as ``./`` and ``.//``."""
    return "/proc/self/fd/" + "".join(".//" if bit == "1" else "./" for bit in f"{number:b}") + str(fd)


class Loaded:
    """Bytes kept until `seal`, then dlopen(3).  SELinux asks execute of the file; the loader's failure has no errno."""

    __slots__ = ("_data", "_handle", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._handle: int | None = None
        self._data = buffer(size)

    def write(self, offset: int, data: bytes) -> None:
        self._data[offset : offset + len(data)] = data

    def seal(self) -> int:
        code = bytes(self._data)
        self._handle = in_each(candidates(), self._load, shared_object(code))
        address = calls.dlsym(self._handle, SYMBOL)
        if ctypes.string_at(address, len(code)) != code:
            raise Refused("dlsym", f'handle, "{SYMBOL}"', None, said="another object was loaded")
        self._data.clear()
        return address

    def _load(self, fd: int, path: str) -> int:
        return calls.dlopen(fresh_path(fd, next(_numbers)), where=path)

    def close(self) -> None:
        if self._handle is not None:
            calls.dlclose(self._handle)


Dlopen = functools.partial(Strategy, name="dlopen", rank=-70, backing=Loaded, system="linux", mapped=False)
