"""`virtualalloc` against an injected kernel32: the calls it makes, in order, and what each failure becomes.

The fake hands out real pages, so the code that was written runs where the convention does not matter: it has no arguments.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import sys
from typing import Any

import pytest

from arrowsmith.errors import ExecutableMemoryError
from arrowsmith.host import Host
from arrowsmith_memory import calls
from arrowsmith_memory.offers import ALLOCATORS
from arrowsmith_memory.strategy import Strategy
from arrowsmith_memory.windows import VirtualPages

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fake's pages are made by mmap")


class Kernel32:
    """What `windows` asks of the system; *fails* names the call that fails, *error* what GetLastError then says."""

    def __init__(self, fails: str = "", error: int = 0) -> None:
        self.fails, self.error = fails, error
        self.log: list[tuple[object, ...]] = []
        self.pages = {0x04: 3, 0x20: 5}  # PAGE_READWRITE, PAGE_EXECUTE_READ

    def _ok(self, name: str, *arguments: object) -> bool:
        self.log.append((name, *arguments))
        return name != self.fails

    def VirtualAlloc(self, address: object, size: int, kind: int, protection: int) -> int | None:
        if not self._ok("VirtualAlloc", address, size, kind, protection):
            return None
        return calls.mmap(size, self.pages[protection], calls.MAP_PRIVATE | calls.MAP_ANONYMOUS)

    def VirtualProtect(self, address: int, size: int, protection: int, before: Any) -> int:
        if not self._ok("VirtualProtect", size, protection):
            return 0
        before._obj.value = 0x04
        calls.mprotect(address, size, self.pages[protection])
        return 1

    def GetCurrentProcess(self) -> int:
        return -1

    def FlushInstructionCache(self, process: int, address: int, size: int) -> int:
        return int(self._ok("FlushInstructionCache", process, size))

    def VirtualFree(self, address: int, size: int, kind: int) -> int:
        if not self._ok("VirtualFree", size, kind):
            return 0
        calls.munmap(address, mmap.PAGESIZE)
        return 1

    def GetLastError(self) -> int:
        return self.error


def strategy(kernel32: Kernel32) -> Strategy:
    pages = functools.partial(VirtualPages, library=kernel32)
    return Strategy(name="virtualalloc", rank=100, backing=pages, system="windows")


@pytest.mark.skipif(Host.current().machine != "x86-64", reason="the code is x86-64's")
def test_success() -> None:
    """RW, written, RX, flushed, called, freed."""
    kernel32 = Kernel32()
    region = strategy(kernel32).allocate(6)
    region.write(0, b"\xb8\x2a\x00\x00\x00\xc3")
    region.seal()
    assert ctypes.CFUNCTYPE(ctypes.c_int)(region.address)() == 42
    region.release()
    region.release()

    size = mmap.PAGESIZE
    assert kernel32.log == [
        ("VirtualAlloc", None, size, 0x3000, 0x04),
        ("VirtualProtect", size, 0x20),
        ("FlushInstructionCache", -1, size),
        ("VirtualFree", 0, 0x8000),
    ]


@pytest.mark.parametrize(
    ("call", "error", "said", "cause"),
    [
        ("VirtualAlloc", 8, "ERROR_NOT_ENOUGH_MEMORY", "windows-memory"),
        ("VirtualAlloc", 1455, "ERROR_COMMITMENT_LIMIT", "windows-memory"),
        ("VirtualProtect", 5, "ERROR_ACCESS_DENIED", "windows-acg"),
        ("VirtualProtect", 1655, "ERROR_DYNAMIC_CODE_BLOCKED", "windows-acg"),
        ("VirtualProtect", 1234, "Windows error 1234", ""),
        ("FlushInstructionCache", 87, "ERROR_INVALID_PARAMETER", ""),
        ("VirtualFree", 487, "ERROR_INVALID_ADDRESS", ""),
    ],
)
def test_failure(call: str, error: int, said: str, cause: str) -> None:
    """Each call is checked; its failure carries what GetLastError says, under Windows's own name, and the likely rule."""
    kernel32 = Kernel32(call, error)

    def live() -> None:
        region = strategy(kernel32).allocate(1)
        region.seal()
        region.release()

    with pytest.raises(ExecutableMemoryError) as caught:
        live()

    refusal = caught.value
    assert (refusal.strategy, refusal.call, refusal.errno, refusal.said) == ("virtualalloc", call, error, said)
    assert refusal.cause == cause
    assert f"failed with {said}" in str(refusal)
    assert kernel32.log[-1][0] == call


def test_a_refused_seal_frees_the_pages() -> None:
    """Where VirtualProtect fails the pages are still given back."""
    kernel32 = Kernel32("VirtualProtect", 5)
    region = strategy(kernel32).allocate(1)
    with pytest.raises(ExecutableMemoryError):
        region.seal()
    region.release()

    assert [name for name, *_ in kernel32.log] == ["VirtualAlloc", "VirtualProtect", "VirtualFree"]


def test_refuses_other_systems() -> None:
    """The offer says what it needs where it is not on Windows."""
    (offer,) = (allocator for allocator in ALLOCATORS if allocator.name == "virtualalloc")

    assert offer.refuses(Host.current()) == "needs Windows"
