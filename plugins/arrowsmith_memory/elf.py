"""Code becomes the smallest ELF shared object that a system loader takes: one symbol, ``code``, no dependencies.

Three segments (headers and symbol tables, code, dynamic table), each on pages of its own.  The dynamic table is writable
because loaders relocate it in place.  Sources: the System V gABI, chapters 4 and 5; its AMD64 supplement, chapter 4.
Invariant: no segment is writable and executable, and the object does not ask for an executable stack.
"""

from __future__ import annotations

import struct
from typing import Final

SYMBOL: Final = "code"
_PAGE: Final = 4096
_HEADER, _SEGMENT, _ENTRY = 64, 56, 16

_PT_LOAD, _PT_DYNAMIC, _PT_GNU_STACK = 1, 2, 0x6474E551
_R, _W, _X = 4, 2, 1
_DT_NULL, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_SYMENT = 0, 4, 5, 6, 10, 11
_ET_DYN, _EM_X86_64 = 3, 62
_GLOBAL_FUNCTION: Final = 1 << 4 | 2


def shared_object(code: bytes) -> bytes:
    """The bytes of a file; the code starts at the address of the symbol ``code``."""
    strings = b"\0" + SYMBOL.encode() + b"\0"
    # one bucket: it starts its chain at symbol 1, and no symbol follows that one
    table = struct.pack("<5I", 1, 2, 1, 0, 0)
    at_table = _HEADER + 5 * _SEGMENT
    at_symbols = _aligned(at_table + len(table), 8)
    at_strings = at_symbols + 2 * 24
    at_code = _aligned(at_strings + len(strings), _PAGE)
    at_dynamic = _aligned(at_code + len(code), _PAGE)
    symbols = bytes(24) + struct.pack("<IBBHQQ", 1, _GLOBAL_FUNCTION, 0, 1, at_code, len(code))
    dynamic = b"".join(
        struct.pack("<qQ", tag, value)
        for tag, value in (
            (_DT_HASH, at_table),
            (_DT_SYMTAB, at_symbols),
            (_DT_STRTAB, at_strings),
            (_DT_STRSZ, len(strings)),
            (_DT_SYMENT, 24),
            (_DT_NULL, 0),
        )
    )
    segments = b"".join(
        struct.pack("<IIQQQQQQ", kind, flags, offset, offset, offset, size, size, alignment)
        for kind, flags, offset, size, alignment in (
            (_PT_LOAD, _R, 0, at_strings + len(strings), _PAGE),
            (_PT_LOAD, _R | _X, at_code, len(code), _PAGE),
            (_PT_LOAD, _R | _W, at_dynamic, len(dynamic), _PAGE),
            (_PT_DYNAMIC, _R | _W, at_dynamic, len(dynamic), 8),
            (_PT_GNU_STACK, _R | _W, 0, 0, 16),  # absent would mean: make the stack executable
        )
    )
    identity = b"\x7fELF" + bytes((2, 1, 1)) + bytes(9)  # 64-bit, little-endian, version 1
    header = identity + struct.pack(
        "<HHIQQQIHHHHHH", _ET_DYN, _EM_X86_64, 1, 0, _HEADER, 0, 0, _HEADER, _SEGMENT, 5, 0, 0, 0
    )
    file = bytearray(at_dynamic + len(dynamic))
    for offset, part in (
        (0, header + segments),
        (at_table, table),
        (at_symbols, symbols),
        (at_strings, strings),
        (at_code, code),
        (at_dynamic, dynamic),
    ):
        file[offset : offset + len(part)] = part
    return bytes(file)


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment
