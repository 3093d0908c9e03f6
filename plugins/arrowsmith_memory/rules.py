"""A refused call and what the host shows become the likely rule behind it, and what to ask the administrator for.

`RULES` is the table, in the order of the kernel's own checks; every row that fits is reported, the first as the likely
one.  Sources: mprotect(2), mmap(2), memfd_create(2), prctl(2); selinux's hooks.c (file_map_prot_check,
selinux_file_mprotect), measured in docs/allocators.md.
Invariant: a rule is named only where the host shows that it exists; a call that nothing explains stays unexplained.
"""

from __future__ import annotations

import errno as E
import re
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from arrowsmith.host import SECCOMP_FILTER
from arrowsmith_memory import selinux
from arrowsmith_memory.case import Case
from arrowsmith_memory.files import ZERO, noexec


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """``cause`` is a stable name for machines, ``rule`` a phrase, ``ask`` sentences; all "" where nothing explains it."""

    cause: str = ""
    rule: str = ""
    ask: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: when it fits, how it is named, what to ask for.  ``certain`` rows exclude the rows below them."""

    cause: str
    fits: Callable[[Case], bool]
    rule: Callable[[Case], str]
    ask: Callable[[Case], str]
    certain: bool = False


def explain(case: Case) -> Explanation:
    """The likely rule behind *case*; others that the host shows and that may refuse the same are named in ``ask``."""
    found = list(_fitting(case))
    if not found:
        return Explanation()
    first, *rest = found
    others = [row.rule(case) for row in rest]
    also = f" It may also be {', or '.join(others)}." if others else ""
    return Explanation(cause=first.cause, rule=first.rule(case), ask=first.ask(case) + also)


def _fitting(case: Case) -> Iterator[Rule]:
    for row in RULES:
        if row.fits(case):
            yield row
            if row.certain:
                return


def _mdwe(case: Case) -> bool:
    """The kernel refuses a mapping that is both, and every mprotect that adds PROT_EXEC (mm/mprotect.c)."""
    gains = case.call == "mprotect" or case.both
    return case.evidence.mdwe is True and case.errno == E.EACCES and case.executable and gains


def _ask_mdwe(case: Case) -> str:
    unit = f" in the unit {case.evidence.unit}" if case.evidence.unit else ""
    return (
        f"Ask for `MemoryDenyWriteExecute=no`{unit} if systemd starts this process,"
        " else for no prctl(PR_SET_MDWE) in the program that does."
    )


def _noexec(case: Case) -> bool:
    """EPERM from mmap, EACCES from mprotect, no errno from the loader."""
    refusal = case.errno in (E.EPERM, E.EACCES) or (case.call == "dlopen" and case.nothing_said)
    return refusal and case.executable and case.place.startswith("/") and noexec(case.place)


def _seccomp(case: Case) -> bool:
    """A filter may answer any call with any errno, or kill; what rows above explain for certain does not come here."""
    if case.signal is not None:
        return sys.platform != "win32" and case.signal == signal.SIGSYS  # only a filter sends it for these calls
    if case.evidence.seccomp != SECCOMP_FILTER:
        return False
    return case.executable or case.call in (
        "memfd_create",
        "fcntl",
        "open",
        "ftruncate",
        "fork",
        "pipe",
        "poll",
        "munmap",
    )


def _pretended(case: Case) -> bool:
    """The page that was to be executable was not, although every call said that it had been done: a filter may answer 0."""
    faulted = sys.platform != "win32" and case.call == "call" and case.signal == signal.SIGSEGV
    return faulted and case.evidence.seccomp == SECCOMP_FILTER


def _seccomp_rule(case: Case) -> str:
    what = f"{case.call} with PROT_EXEC" if "PROT_EXEC" in case.arguments else case.call
    if case.call == "dlopen":
        what = "mmap with PROT_EXEC"
    if case.both:
        what = f"{case.call} with PROT_WRITE and PROT_EXEC"
    if case.signal is not None:
        return f"a seccomp filter that kills on {what}"
    return f"a seccomp filter that refuses {what}"


def _ask_seccomp(case: Case) -> str:
    call = "mmap" if case.call == "dlopen" else case.call
    unit = f" in the unit {case.evidence.unit}" if case.evidence.unit else ""
    setting = "`MemoryDenyWriteExecute=no`" if case.executable else "`SystemCallFilter=`"
    return (
        f"Ask for a seccomp rule that allows {call}{' with PROT_EXEC' if case.executable else ''}:"
        f" {setting}{unit} if systemd starts this process, the container's seccomp profile if it is in one."
    )


def _memory(case: Case) -> bool:
    return case.errno == E.ENOMEM or case.said == "MemoryError" or "Cannot allocate memory" in case.said


def _over_limit(case: Case) -> bool:
    """What is in use and the size asked for, the largest number of the arguments, are more than the limit."""
    size = max((int(number) for number in re.findall(r"\b\d+\b", case.arguments)), default=0)
    limit = case.evidence.limit
    return _memory(case) and limit is not None and (case.evidence.used or 0) + size > limit


def _rlimit(case: Case) -> str:
    evidence = case.evidence
    return f"the limit RLIMIT_AS ({evidence.limit:,} bytes of address space, {evidence.used or 0:,} in use)"


def _opening(case: Case) -> bool:
    """open(2) failed as a file system makes it fail, not as a filter does."""
    return case.call == "open" and case.errno not in (E.EPERM, E.ENOSYS)


def _constant(text: str) -> Callable[[Case], str]:
    return lambda case: text


_ACG: Final = "the arbitrary-code guard (ProcessDynamicCodePolicy) of this process"

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "rlimit-as",
        _over_limit,
        _rlimit,
        _constant(
            "Ask for a higher address space limit: `ulimit -v`, `LimitAS=` of the systemd unit, /etc/security/limits.conf."
        ),
        certain=True,
    ),
    Rule(
        "max-map-count",
        lambda case: _memory(case) and (case.evidence.maps or 0) + 2 >= (case.evidence.most_maps or 1 << 62),
        lambda case: (
            f"the limit vm.max_map_count ({case.evidence.most_maps:,} mappings, {case.evidence.maps:,} in use)"
        ),
        _constant("Ask for a higher `vm.max_map_count` (sysctl)."),
        certain=True,
    ),
    # changing the protection of a page that is there takes no memory worth naming: a filter may answer so
    Rule(
        "seccomp",
        lambda case: _memory(case) and case.call == "mprotect" and _seccomp(case),
        _seccomp_rule,
        _ask_seccomp,
    ),
    Rule(
        "memory",
        _memory,
        _constant("a lack of memory"),
        _constant("Free memory, or ask for a higher memory limit."),
        certain=True,
    ),
    Rule(
        "file-size",
        lambda case: case.errno == E.EFBIG,
        _constant("the limit RLIMIT_FSIZE of the size of files"),
        _constant("Ask for a higher file size limit: `ulimit -f`, `LimitFSIZE=` of the systemd unit."),
        certain=True,
    ),
    Rule(
        "space",
        lambda case: case.errno in (E.ENOSPC, E.EDQUOT),
        lambda case: f"no space left for a file ({case.place or 'where it should be'})",
        _constant("Free space, ask for a larger quota, or name another directory by TMPDIR."),
        certain=True,
    ),
    Rule(
        "open-files",
        lambda case: case.errno in (E.EMFILE, E.ENFILE),
        _constant("the limit of open files"),
        _constant("Ask for a higher limit of open files: `ulimit -n`, `LimitNOFILE=` of the systemd unit."),
        certain=True,
    ),
    Rule("mdwe", _mdwe, _constant("PR_SET_MDWE, memory-deny-write-execute, which is on"), _ask_mdwe),
    Rule(
        "noexec",
        _noexec,
        lambda case: f"the mount option noexec of {case.place}",
        lambda case: f"Ask for a temporary directory that is not mounted noexec, named by TMPDIR ({case.place} is).",
    ),
    Rule(
        "selinux-execheap",
        selinux.refuses("execheap"),
        lambda case: f"SELinux: {selinux.missing(case)}",
        selinux.ask_for("execheap", "self:process { execheap execmem }"),
    ),
    Rule(
        "selinux-execstack",
        selinux.refuses("execstack"),
        lambda case: f"SELinux: {selinux.missing(case)}",
        selinux.ask_for("execstack", "self:process { execstack execmem }"),
    ),
    Rule(
        "selinux-execmem",
        selinux.refuses("execmem"),
        lambda case: f"SELinux: execmem {selinux.not_for(case)}",
        selinux.ask_for("execmem", "self:process execmem"),
    ),
    Rule(
        "selinux-execmod",
        selinux.refuses("execmod"),
        lambda case: f"SELinux: {selinux.modified(case)} {selinux.not_for(case)}",
        selinux.ask_for("execmod", "FILE:KIND { map execute execmod }"),
    ),
    Rule(
        "selinux-execute",
        selinux.refuses("execute"),
        lambda case: f"SELinux: {selinux.executed(case)} {selinux.not_for(case)}",
        selinux.ask_for("execute", "FILE:KIND { map execute }"),
    ),
    Rule(
        "selinux",
        lambda case: case.evidence.selinux and case.errno == E.EACCES and not case.executable,
        lambda case: f"SELinux: what {case.call} needs, {selinux.not_for(case)}",
        _constant(
            "Ask what SELinux refuses this domain: `ausearch -m avc -ts recent`; `semodule -DB` shows silent denials."
        ),
    ),
    Rule(
        "pax",
        lambda case: case.evidence.pax and case.errno in (E.EACCES, E.EPERM) and case.executable,
        _constant("PaX MPROTECT, which is on for this program"),
        _constant("Ask for MPROTECT to be off for the Python interpreter (`paxctl -m`, or its extended attribute)."),
    ),
    Rule(
        "apparmor",
        lambda case: "(enforce)" in case.evidence.apparmor and case.of_file and case.errno in (E.EACCES, None),
        lambda case: f"the AppArmor profile {case.evidence.apparmor}, which gives no `m` for the file",
        lambda case: f"Ask for a rule with the permission `m` for files of {case.place} in that profile.",
    ),
    Rule(
        "memfd-noexec",
        lambda case: case.call == "memfd_create" and case.errno == E.EACCES and case.evidence.memfd_noexec == 2,
        _constant("the sysctl vm.memfd_noexec=2"),
        _constant("Ask for `vm.memfd_noexec` below 2."),
    ),
    Rule(
        "directory",
        lambda case: _opening(case) and "O_TMPFILE" in case.arguments,
        lambda case: f"a directory that takes no nameless file ({case.place or 'there is none'})",
        _constant("Name a directory that can be written to, on a file system with O_TMPFILE, by TMPDIR."),
    ),
    Rule(
        "device",
        lambda case: _opening(case) and case.place == ZERO,
        lambda case: f"a missing or closed {case.place}",
        lambda case: f"Ask for {case.place} to be there, readable and writable.",
    ),
    Rule(
        "processes",
        lambda case: case.call == "fork" and case.errno == E.EAGAIN,
        _constant("a limit of processes (RLIMIT_NPROC, or the control group's pids.max)"),
        _constant(
            "Ask for a higher limit of processes: `ulimit -u`, `TasksMax=` and `LimitNPROC=` of the systemd unit."
        ),
    ),
    Rule(
        "proc",
        lambda case: case.call == "dlopen" and "No such file" in case.said and not case.evidence.proc,
        _constant("a /proc that is not mounted: the loader gets the file by its path there"),
        _constant("Ask for /proc to be mounted."),
    ),
    Rule("seccomp", _seccomp, _seccomp_rule, _ask_seccomp),
    Rule(
        "seccomp",
        _pretended,
        _constant("a seccomp filter that answers a call with success and leaves it undone"),
        _constant(
            "Ask for a seccomp profile that allows mprotect and mmap with PROT_EXEC, or refuses them with an errno."
        ),
    ),
    Rule(
        "kernel",
        lambda case: case.errno == E.ENOSYS and case.evidence.seccomp != SECCOMP_FILTER,
        lambda case: f"a kernel ({case.evidence.kernel}) without {case.call}",
        _constant("Ask for a newer kernel."),
    ),
    Rule(
        "windows-acg",
        lambda case: case.call == "VirtualProtect" and case.errno in (5, 1655),
        _constant(_ACG),
        _constant(
            'Ask for "Arbitrary code guard" to be off for the Python interpreter (Set-ProcessMitigation -Disable DynamicCode).'
        ),
    ),
    Rule(
        "windows-memory",
        lambda case: case.call == "VirtualAlloc" and case.errno in (8, 14, 1455),
        _constant("a lack of memory, or the commit limit of the job or system"),
        _constant("Free memory, or ask for a larger page file or job limit."),
    ),
)
