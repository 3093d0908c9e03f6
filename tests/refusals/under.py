"""Run as a program: take on a policy that refuses executable memory, then report as JSON what came of it.

    under.py POLICY TASK            the report is on standard output; policies cannot be undone, so each has its process

Policies are installed by a few lines of ctypes: libseccomp's own Python binding is not on PyPI, and the one that is
there wants the system's libseccomp, which a test machine may lack.  Each is as a host has it: PR_SET_MDWE by prctl(2);
seccomp filters that answer EPERM or kill; systemd's MemoryDenyWriteExecute set (systemd's seccomp-util.c).
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import resource
import signal
import struct
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

WRITE, EXEC, SHM_EXEC = 2, 4, 0o100000
MMAP, MPROTECT, SHMAT, EXECVE, PRCTL, SECCOMP, MEMFD_CREATE, PKEY_MPROTECT, MSEAL = (
    9,
    10,
    30,
    59,
    157,
    317,
    319,
    329,
    462,
)
PR_SET_MDWE = 65
EPERM, ENOMEM, EACCES, EINVAL, ENOSYS = 1, 12, 13, 22, 38
CANNOT = 77  # the exit status that says: the policy is not to be had here
KILL_PROCESS, TRAP, ERRNO, TRACE, ALLOW = 0x80000000, 0x00030000, 0x00050000, 0x7FF00000, 0x7FFF0000
PIPE, WAIT4, WAITID, PIPE2 = 22, 61, 247, 293
POLL, MUNMAP, MREMAP, MADVISE, FCNTL, FTRUNCATE, SCHED_GETAFFINITY, OPENAT = 7, 11, 25, 28, 72, 77, 204, 257
F_ADD_SEALS, O_TMPFILE = 1033, 0o20200000

#: clone, fork, vfork, clone3: no process and no thread
CLONES = (56, 57, 58, 435)

#: a system call, bits of which all must be set (0: whatever its arguments), and the number of the argument they are of
Rule = tuple[int, int, int]


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
    for number, bits, argument in rules:
        tests = step(0x20, 16 + 8 * argument) + step(0x54, bits) + step(0x15, bits, 0, 1) if bits else b""
        program += step(0x20, 0) + step(0x15, number, 0, len(tests) // 8 + 1) + tests + step(0x06, action)
    program += step(0x06, ALLOW)
    code = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code)))
    prctl(38, 1)  # PR_SET_NO_NEW_PRIVS
    prctl(22, 2, ctypes.addressof(head))  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


GAIN: tuple[Rule, ...] = ((MPROTECT, EXEC, 2), (PKEY_MPROTECT, EXEC, 2))
MAP: Rule = (MMAP, EXEC, 2)
BOTH: Rule = (MMAP, WRITE | EXEC, 2)
ATTACH: Rule = (SHMAT, SHM_EXEC, 2)
MEMFD: Rule = (MEMFD_CREATE, 0, 0)

POLICIES: dict[str, Callable[[], object]] = {
    "none": lambda: None,
    "mdwe": lambda: prctl(PR_SET_MDWE, 1),
    "mprotect-exec": lambda: seccomp(*GAIN),
    "mprotect-exec-eacces": lambda: seccomp(*GAIN, action=ERRNO | EACCES),
    "mprotect-exec-enosys": lambda: seccomp(*GAIN, action=ERRNO | ENOSYS),
    "mprotect-exec-enomem": lambda: seccomp(*GAIN, action=ERRNO | ENOMEM),
    "mprotect-exec-einval": lambda: seccomp(*GAIN, action=ERRNO | EINVAL),
    "mprotect-exec-untraced": lambda: seccomp(*GAIN, action=TRACE),
    "mprotect-exec-pretended": lambda: seccomp(*GAIN, action=ERRNO),
    "mmap-exec": lambda: seccomp(MAP),
    "memfd-create": lambda: seccomp(MEMFD),
    "memfd-create-enosys": lambda: seccomp(MEMFD, action=ERRNO | ENOSYS),
    "systemd": lambda: seccomp(BOTH, *GAIN, ATTACH),
    "killing": lambda: seccomp((MPROTECT, EXEC, 2), BOTH, action=KILL_PROCESS),
    "killing-mprotect": lambda: seccomp(*GAIN, action=KILL_PROCESS),
    "trapping-mprotect": lambda: seccomp(*GAIN, action=TRAP),
    "killing-all": lambda: seccomp(*GAIN, MAP, MEMFD, action=KILL_PROCESS),
    "everything": lambda: seccomp(MAP, *GAIN, ATTACH, MEMFD),
    "no-clone": lambda: (seccomp(*GAIN, action=KILL_PROCESS), seccomp(*((n, 0, 0) for n in CLONES))),
    "no-sigchld": lambda: (signal.signal(signal.SIGCHLD, signal.SIG_IGN), seccomp(*GAIN, action=KILL_PROCESS)),
    "no-wait": lambda: seccomp((WAIT4, 0, 0), (WAITID, 0, 0), *GAIN),
    "no-limits": lambda: seccomp((97, 0, 0), (160, 0, 0), (302, 0, 0)),  # getrlimit, setrlimit, prlimit64
    "no-pipe": lambda: seccomp((PIPE, 0, 0), (PIPE2, 0, 0), *GAIN),
    "mdwe-not-inherited": lambda: prctl(PR_SET_MDWE, 3),
    "read-implies-exec": lambda: personality(0x0400000),
    "no-execve": lambda: seccomp((EXECVE, 0, 0), *GAIN),
    "address-space": lambda: address_space(16 << 20),
    "no-pkey-mprotect": lambda: seccomp((PKEY_MPROTECT, 0, 0)),
    "no-mremap": lambda: seccomp((MREMAP, 0, 0)),
    "no-munmap": lambda: seccomp((MUNMAP, 0, 0)),
    "no-prctl": lambda: seccomp((PRCTL, 0, 0)),
    "no-seals": lambda: seccomp((FCNTL, F_ADD_SEALS, 1)),
    "no-ftruncate": lambda: seccomp((FTRUNCATE, 0, 0)),
    "no-unnamed-files": lambda: seccomp((OPENAT, O_TMPFILE, 2)),
    "no-shmat": lambda: seccomp((SHMAT, 0, 0)),
    "no-madvise": lambda: seccomp((MADVISE, 0, 0)),
    "no-affinity": lambda: seccomp((SCHED_GETAFFINITY, 0, 0)),
    "no-poll": lambda: seccomp((POLL, 0, 0)),
    "mmap-both": lambda: seccomp(BOTH),
    "mprotect-both": lambda: seccomp((MPROTECT, WRITE | EXEC, 2)),
    "mprotect-exec-and-memfd-create": lambda: seccomp(*GAIN, MEMFD),
    "no-mprotect": lambda: seccomp((MPROTECT, 0, 0)),
    "no-mdwe": lambda: seccomp((PRCTL, PR_SET_MDWE, 0), action=ERRNO | EINVAL),
    "no-mseal": lambda: seccomp((MSEAL, 0, 0), action=ERRNO | ENOSYS),
    "no-lockdown": lambda: seccomp((PRCTL, PR_SET_MDWE, 0), (SECCOMP, 0, 0), action=ERRNO | EINVAL),
}


def personality(bits: int) -> None:
    """personality(2), where READ_IMPLIES_EXEC makes every mapping executable that can be read."""
    if ctypes.CDLL(None).personality(ctypes.c_ulong(bits)) < 0:
        print(f"this kernel or machine refuses personality({bits:#x})", file=sys.stderr)
        sys.exit(CANNOT)


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


def lockdown() -> object:
    """Code of every kind is loaded, the process restricted, and then everything is tried that should be refused."""
    regions = {}
    for allocator in ALLOCATORS:
        if allocator.refuses(Host.current()) is None:
            region = regions[allocator.name] = allocator.allocate(6)
            region.write(0, b"\xb8\x2a\x00\x00\x00\xc3")
            region.seal()
    gone = ALLOCATORS[0].allocate(1)
    gone.seal()
    gone.release()
    pages = [calls.mmap(4096, 3, 0x22) for _ in range(2)]
    start, done = threading.Event(), threading.Event()
    other: list[str] = []

    def in_a_thread_that_was_there_before() -> None:
        start.wait()
        other.append(tried(lambda: calls.mprotect(pages[0], 4096, 5)))
        done.set()

    threading.Thread(target=in_a_thread_that_was_there_before).start()
    try:
        sentences = list(ALLOCATORS[0].restrict())
    except ExecutableMemoryError as error:
        sentences = [str(error)]
    start.set()
    done.wait()
    sealed = regions["mmap"]
    tries = {
        "gain": tried(lambda: calls.mprotect(pages[1], 4096, 5)),
        "gain in another thread": other[0],
        "both": tried(lambda: calls.mmap(4096, 7, 0x22)),
    }
    if "sealed with mseal" in sentences[-1]:  # else these would succeed, and the code be gone
        tries["change"] = tried(lambda: calls.mprotect(sealed.address, 4096, 1))
        over = (sealed.address, 4096, 3, 0x32, 0xFFFFFFFF, 0)  # PROT_READ|PROT_WRITE, MAP_FIXED
        tries["replace"] = tried(lambda: calls.syscall("mmap", MMAP, *over))
    answers = {name: ctypes.CFUNCTYPE(ctypes.c_int)(region.address)() for name, region in regions.items()}
    again = list(ALLOCATORS[0].restrict()) if len(sentences) > 1 else []
    for region in regions.values():
        region.release()
        region.release()
    return {"sentences": sentences, "tries": tries, "answers": answers, "again": again}


def tried(action: Callable[[], object]) -> str:
    try:
        action()
    except calls.Refused as refused:
        return calls.errno_name(refused.errno)
    return "ok"


COPYBOOK = """\
       01  ACCOUNT.
           05  NUMBER   PIC 9(9) COMP.
           05  NAME     PIC X(6).
           05  AMOUNT   PIC S9(5)V99 COMP-3.
"""


def converted(emitter: str = "auto", allocator: str = "auto") -> tuple[str, Any]:
    """A digest of the table that a thousand records make, and the report."""
    data = b"".join(struct.pack(">I", n) + f"{n:06}".encode("cp037") + bytes.fromhex(f"{n:07}C") for n in range(1000))
    source = arrowsmith.text(COPYBOOK, name="account.cpy")
    with arrowsmith.open(source, data, format="copybook", emitter=emitter, allocator=allocator) as reader:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
        return hashlib.sha256(sink.getvalue()).hexdigest(), reader.report


def conversion() -> object:
    """A conversion as anybody runs it, and one that names the allocator: result, who made it, what was said."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        digest, made = converted()
        converted()
    try:
        named = converted("x86-64", "mmap")[0]
    except arrowsmith.ArrowsmithError as error:
        named = str(error)
    return {"digest": digest, "emitter": made.emitter, "named": named, "said": [str(w.message) for w in said]}


TASKS = {
    "conversion": conversion,
    "diagnosis": diagnosis,
    "survival": survival,
    "here": here,
    "threads": threads,
    "lockdown": lockdown,
}

if __name__ == "__main__":
    # Everything is imported before the policy: one that refuses executable mappings refuses extension modules too.
    from arrowsmith.errors import ExecutableMemoryError
    from arrowsmith.host import Host
    from arrowsmith_memory import calls, doctor, evidence, probe, rules, source  # noqa: F401  # see above
    from arrowsmith_memory import lockdown as _lockdown  # noqa: F401  # see above
    from arrowsmith_memory.offers import ALLOCATORS

    if sys.argv[2] == "conversion":
        import pyarrow as pa

        import arrowsmith

        with contextlib.suppress(ImportError):  # without it there is no machine code, and the VM is what is tested
            import iced_x86  # noqa: F401  # an extension module: see above

        converted("vm")  # and whatever that imports only then
    POLICIES[sys.argv[1]]()
    print(json.dumps(TASKS[sys.argv[2]]()))
