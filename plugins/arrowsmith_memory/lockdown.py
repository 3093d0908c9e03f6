"""This process gives up executable memory: sealed code is fixed for good, and no written page becomes executable again.

PR_SET_MDWE (Linux 6.3) is asked first, of the whole process; where the kernel has none, a seccomp filter for all threads
that refuses what systemd's MemoryDenyWriteExecute refuses.  Sources: prctl(2), seccomp(2), mseal(2), systemd.exec(5).
Invariant: it cannot be undone, and what was sealed before goes on running.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from typing import Final

from arrowsmith_memory import calls
from arrowsmith_memory.calls import PROT_EXEC, PROT_WRITE, Refused
from arrowsmith_memory.region import sealed_regions
from arrowsmith_memory.strategy import Strategy

PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, PR_SET_NO_NEW_PRIVS = 65, 1, 38

#: system call numbers of x86-64 (arch/x86/entry/syscalls/syscall_64.tbl)
NR_MMAP, NR_MPROTECT, NR_SHMAT, NR_SECCOMP, NR_PKEY_MPROTECT, NR_MSEAL = 9, 10, 30, 317, 329, 462
SHM_EXEC: Final = 0o100000

_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC = 1, 1
_AUDIT_ARCH_X86_64, _X32 = 0xC000003E, 0x40000000
_RET_ALLOW, _RET_EPERM = 0x7FFF0000, 0x00050000 | errno.EPERM
_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06

#: system call → its argument and the bits of it that, all set, are refused
REFUSED: Final = (
    (NR_MMAP, 2, PROT_WRITE | PROT_EXEC),
    (NR_MPROTECT, 2, PROT_EXEC),
    (NR_PKEY_MPROTECT, 2, PROT_EXEC),
    (NR_SHMAT, 2, SHM_EXEC),
)


def restrict(strategy: Strategy) -> tuple[str, ...]:
    """Do it; the sentences say what holds now.  Raises `ExecutableMemoryError` where neither way is open."""
    sealed = _fix_sealed()
    try:
        calls.prctl("PR_SET_MDWE", PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN)
        way = "PR_SET_MDWE is on"
    except Refused as first:
        try:
            _filter()
        except Refused as second:
            raise strategy.explain(second) from strategy.explain(first)
        way = "a seccomp filter is on"
    return (
        f"{way}: no page that was written can become executable in this process, and none can be both",
        "files can still be mapped executable: that is how the loader brings in libraries",
        sealed,
    )


def _fix_sealed() -> str:
    """mseal(2) every sealed region that is a mapping of ours; heap and loader own the others."""
    done = 0
    for region in sealed_regions():
        try:
            calls.syscall("mseal", NR_MSEAL, region.address, region.size, 0)
        except Refused as refused:
            if refused.errno in (errno.ENOSYS, errno.EPERM):
                return (
                    f"mseal is not to be had here ({calls.errno_name(refused.errno)}): mappings of code can be unmapped"
                )
            raise
        region.keep()
        done += 1
    return f"{done} mapping{'s' if done != 1 else ''} of code sealed with mseal, until the process ends"


def _filter() -> None:
    """Install the filter in every thread of this process."""
    program = bytes_of_filter()
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a count, padding, a pointer
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code)))
    calls.prctl("PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS, 1)
    thread = calls.syscall(
        "seccomp", NR_SECCOMP, _SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC, ctypes.addressof(head)
    )
    if thread:
        words = "SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC"
        raise Refused("seccomp", words, None, said=f"thread {thread} has a filter of its own")


def bytes_of_filter() -> bytes:
    """The BPF program of `REFUSED`; system calls of any other architecture are refused whole, because none is ours."""

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    program = step(_LOAD, 4) + step(_EQUAL, _AUDIT_ARCH_X86_64, 1, 0) + step(_RETURN, _RET_EPERM)
    program += step(_LOAD, 0) + step(_AT_LEAST, _X32, 0, 1) + step(_RETURN, _RET_EPERM)
    for number, argument, bits in REFUSED:
        program += step(_LOAD, 0) + step(_EQUAL, number, 0, 4) + step(_LOAD, 16 + 8 * argument)
        program += step(_AND, bits) + step(_EQUAL, bits, 0, 1) + step(_RETURN, _RET_EPERM)
    return program + step(_RETURN, _RET_ALLOW)
