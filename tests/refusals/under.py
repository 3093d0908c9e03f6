"""Run as a program: take on a policy that refuses executable memory, then report as JSON what came of it.

    under.py POLICY TASK            the report is on standard output; policies cannot be undone, so each has its process

Policies are installed by a few lines of ctypes: libseccomp's own Python binding is not on PyPI, and the one that is
there wants the system's libseccomp, which a test machine may lack.  Each is as a host has it: PR_SET_MDWE by prctl(2);
seccomp filters that answer EPERM or kill; systemd's MemoryDenyWriteExecute set (systemd's seccomp-util.c).
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

WRITE, EXEC, SHM_EXEC = 2, 4, 0o100000
MMAP, MPROTECT, SHMAT, EXECVE, MEMFD_CREATE, PKEY_MPROTECT = 9, 10, 30, 59, 319, 329
EPERM, EACCES, ENOSYS = 1, 13, 38
CANNOT = 77  # the exit status that says: the policy is not to be had here
KILL_PROCESS, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000

#: a system call, and bits of its third argument of which all must be set (0: whatever its arguments)
Rule = tuple[int, int]


def prctl(option: int, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    padded = (*arguments, 0, 0, 0, 0)[:4]
    if libc.prctl(option, *(ctypes.c_ulong(a) for a in padded)) != 0:
        print(f"this kernel or machine refuses prctl({option}): {os.strerror(ctypes.get_errno())}", file=sys.stderr)
        sys.exit(CANNOT)


def seccomp(*rules: Rule, action: int = ERRNO | EPERM) -> None:
    """Install a filter that answers every one of *rules* with *action*."""

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    program = step(0x20, 4) + step(0x15, 0xC000003E, 1, 0) + step(0x06, ALLOW)  # x86-64 alone
    for number, bits in rules:
        tests = step(0x20, 32) + step(0x54, bits) + step(0x15, bits, 0, 1) if bits else b""
        program += step(0x20, 0) + step(0x15, number, 0, len(tests) // 8 + 1) + tests + step(0x06, action)
    program += step(0x06, ALLOW)
    code = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code)))
    prctl(38, 1)  # PR_SET_NO_NEW_PRIVS
    prctl(22, 2, ctypes.addressof(head))  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


GAIN: tuple[Rule, ...] = ((MPROTECT, EXEC), (PKEY_MPROTECT, EXEC))
SYSTEMD: tuple[Rule, ...] = ((MMAP, WRITE | EXEC), *GAIN, (SHMAT, SHM_EXEC))

POLICIES: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "mdwe": lambda: prctl(65, 1),
    "mprotect-exec": lambda: seccomp(*GAIN),
    "mprotect-exec-eacces": lambda: seccomp(*GAIN, action=ERRNO | EACCES),
    "mmap-exec": lambda: seccomp((MMAP, EXEC)),
    "memfd-create": lambda: seccomp((MEMFD_CREATE, 0)),
    "memfd-create-enosys": lambda: seccomp((MEMFD_CREATE, 0), action=ERRNO | ENOSYS),
    "systemd": lambda: seccomp(*SYSTEMD),
    "killing": lambda: seccomp((MPROTECT, EXEC), (MMAP, WRITE | EXEC), action=KILL_PROCESS),
    "killing-all": lambda: seccomp(*GAIN, (MMAP, EXEC), (MEMFD_CREATE, 0), action=KILL_PROCESS),
    "everything": lambda: seccomp((MMAP, EXEC), *GAIN, (SHMAT, SHM_EXEC), (MEMFD_CREATE, 0)),
    "no-execve": lambda: seccomp((EXECVE, 0), *GAIN),
    "address-space": lambda: address_space(16 << 20),
}


def address_space(more: int) -> None:
    """Leave *more* bytes of address space."""
    used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + more, used + more))


# --- what is done under the policy -------------------------------------------


def diagnosis() -> object:
    """The doctor's, whole."""
    return ALLOCATORS[0].diagnose(ALLOCATORS).json()


def survival() -> object:
    """What the pipeline does before the first load; then, only where that is "ok", the load itself."""
    finding = ALLOCATORS[0].probe()
    loaded = "not tried"
    if finding.outcome == "ok":
        region = ALLOCATORS[0].allocate(1)
        region.write(0, b"\xc3")
        region.seal()
        loaded = "ok"
    return finding.json() | {"loaded": loaded, "instead": ALLOCATORS[0].instead(ALLOCATORS)}


def here() -> object:
    """Every allocator in this very process: 32 MiB, sealed and given back."""
    answers = {}
    for allocator in ALLOCATORS:
        if allocator.refuses(Host.current()) is None:
            try:
                region = allocator.allocate(32 << 20)
                region.seal()
                region.release()
                answers[allocator.name] = ["ok", None, ""]
            except ExecutableMemoryError as error:
                answers[allocator.name] = [error.call, error.errno, error.cause]
    return answers


def threads() -> object:
    """The pipeline's question asked of a process with threads, whose fork Python warns of."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        return ALLOCATORS[0].probe().json()
    finally:
        stop.set()
        thread.join()


TASKS = {"diagnosis": diagnosis, "survival": survival, "here": here, "threads": threads}

if __name__ == "__main__":
    # Everything is imported before the policy: one that refuses executable mappings refuses extension modules too.
    from arrowsmith.errors import ExecutableMemoryError
    from arrowsmith.host import Host
    from arrowsmith_memory import doctor, evidence, lockdown, probe, rules, source  # noqa: F401  # see above
    from arrowsmith_memory.offers import ALLOCATORS

    os.strerror(1)
    POLICIES[sys.argv[1]]()
    print(json.dumps(TASKS[sys.argv[2]]()))
