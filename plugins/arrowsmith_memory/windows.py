"""Pages by VirtualAlloc: read and write, then VirtualProtect to execute and read, then FlushInstructionCache.

Sources: Microsoft's reference of memoryapi.h and processthreadsapi.h; ERROR_DYNAMIC_CODE_BLOCKED of winerror.h.
Invariant: every call's result is checked, and a failure carries what GetLastError said.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any, Final

from arrowsmith_memory.calls import Refused, watched
from arrowsmith_memory.region import put
from arrowsmith_memory.strategy import Strategy

MEM_COMMIT, MEM_RESERVE, MEM_RELEASE = 0x1000, 0x2000, 0x8000
PAGE_READWRITE, PAGE_EXECUTE_READ = 0x04, 0x20

#: GetLastError → its name: those that refuse executable memory
ERRORS: Final = {
    5: "ERROR_ACCESS_DENIED",
    8: "ERROR_NOT_ENOUGH_MEMORY",
    14: "ERROR_OUTOFMEMORY",
    87: "ERROR_INVALID_PARAMETER",
    487: "ERROR_INVALID_ADDRESS",
    1455: "ERROR_COMMITMENT_LIMIT",
    1655: "ERROR_DYNAMIC_CODE_BLOCKED",
}


@functools.cache
def kernel32() -> Any:
    """The system's library, typed.  Only reached on Windows."""
    library = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]  # typeshed has it on win32 only
    pointer, size, word, truth = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_int
    for name, result, *arguments in (
        ("VirtualAlloc", pointer, pointer, size, word, word),
        ("VirtualProtect", truth, pointer, size, word, ctypes.POINTER(word)),
        ("VirtualFree", truth, pointer, size, word),
        ("GetCurrentProcess", pointer),
        ("FlushInstructionCache", truth, pointer, pointer, size),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    library.GetLastError = ctypes.get_last_error  # type: ignore[attr-defined]  # ctypes keeps it per thread; as above
    return library


class VirtualPages:
    """Committed pages of this process.  *library* answers VirtualAlloc and its kin; the system's own where it is None."""

    __slots__ = ("_address", "_library", "size")

    def __init__(self, size: int, *, library: Any = None) -> None:
        self.size = size
        self._library = library if library is not None else kernel32()
        self._address: int = self._call(
            "VirtualAlloc", f"NULL, {size}, MEM_COMMIT|MEM_RESERVE, PAGE_READWRITE", None, size, 0x3000, PAGE_READWRITE
        )

    def write(self, offset: int, data: bytes) -> None:
        put(self._address + offset, data)

    def seal(self) -> int:
        before = ctypes.c_uint32()
        words = f"page, {self.size}, PAGE_EXECUTE_READ, &before"
        self._call("VirtualProtect", words, self._address, self.size, PAGE_EXECUTE_READ, ctypes.byref(before))
        process = self._library.GetCurrentProcess()
        self._call("FlushInstructionCache", f"process, page, {self.size}", process, self._address, self.size)
        return self._address

    def close(self) -> None:
        self._call("VirtualFree", "page, 0, MEM_RELEASE", self._address, 0, MEM_RELEASE)

    def _call(self, name: str, words: str, *arguments: object) -> int:
        """What *name* returns, which is not 0; else `Refused` with what GetLastError says."""
        watched(name, words, None)
        result: int | None = getattr(self._library, name)(*arguments)
        if result:
            watched(name, words, f"{result:#x}")
            return result
        number: int = self._library.GetLastError()
        said = ERRORS.get(number, f"Windows error {number}")
        watched(name, words, f"0 ({said})")
        raise Refused(name, words, number, said=said)


VirtualAlloc = functools.partial(Strategy, name="virtualalloc", rank=100, backing=VirtualPages, system="windows")
