"""Memory with unmapped pages right beside it: an access beyond what the contract allows ends in a fault, not in a wrong answer.

`guarded_input` puts bytes and their padding flush against a guard page, `guarded_output` a buffer and its slack; `plain` is memory without
guards.  The one place of core that needs ctypes: for addresses and for taking a page's protection away.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from typing import Literal

from arrowsmith.columns import SLACK, Memory

#: what stands before a guarded buffer; `intact` looks whether it still does
CANARY = 0xA5


def plain(size: int) -> Memory:
    """*size* zero bytes with the slack before and behind them."""
    return within(bytearray(SLACK + size + SLACK), SLACK, size)


def within(buffer: bytearray | mmap.mmap, start: int, size: int) -> Memory:
    """*size* bytes of *buffer* from *start*, as Memory."""
    whole = memoryview(buffer)
    address = ctypes.addressof(ctypes.c_char.from_buffer(whole))
    return Memory(address + start, whole[start : start + size], buffer)


def guarded_input(data: bytes, *, pad: int = 0x00, flush: Literal["end", "start"] = "end") -> Memory:
    """*data* with `SLACK` bytes *pad* on both sides; the padding on the side *flush* ends at a page that nobody may touch, and so does,
    further away, the memory on the other side."""
    return _guarded(bytes([pad]) * SLACK + data + bytes([pad]) * SLACK, SLACK, len(data), flush, pad)


def guarded_output(size: int) -> Memory:
    """*size* zero bytes; `SLACK` bytes behind them a page begins that nobody may touch; before them stand canaries (`intact`)."""
    return _guarded(bytes(size + SLACK), 0, size, "end", CANARY)


def intact(memory: Memory) -> bool:
    """Whether the canaries before a buffer of `guarded_output` still stand."""
    assert isinstance(memory.owner, mmap.mmap)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory.owner))
    before = bytes(memoryview(memory.owner)[mmap.PAGESIZE : memory.address - start])
    return before == bytes([CANARY]) * len(before)


def _guarded(content: bytes, start: int, size: int, flush: str, filler: int) -> Memory:
    page = mmap.PAGESIZE
    inner = -(-len(content) // page) * page
    pages = mmap.mmap(-1, page + inner + page)
    pages[page : page + inner] = bytes([filler]) * inner
    first = page if flush == "start" else page + inner - len(content)
    pages[first : first + len(content)] = content
    memory = within(pages, first + start, size)
    base = memory.address - first - start
    _forbid(base, page)
    _forbid(base + page + inner, page)
    return memory


def _forbid(address: int, size: int) -> None:
    """Take every access to a page away; it goes with its mapping, so nothing has to give it back."""
    if sys.platform == "win32":
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        old = ctypes.c_uint32()
        page_noaccess = 0x01
        if not kernel32.VirtualProtect(
            ctypes.c_void_p(address), ctypes.c_size_t(size), page_noaccess, ctypes.byref(old)
        ):
            raise ctypes.WinError(ctypes.get_last_error())
        return
    libc = ctypes.CDLL(None, use_errno=True)
    prot_none = 0
    if libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(size), prot_none):
        number = ctypes.get_errno()
        raise OSError(number, f"mprotect: {os.strerror(number)}")
