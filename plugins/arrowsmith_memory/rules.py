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
from arrowsmith_memory.calls import Refused
from arrowsmith_memory.evidence import Evidence, place_of
from arrowsmith_memory.files import noexec
from arrowsmith_memory.posix import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One refusal: the call as in `Refused`, ``place`` what was to become executable ("anonymous", "[heap]", "memfd" or a
    path; "" where the call is about no memory), ``signal`` where the process was killed for it, ``evidence`` of the host."""

    call: str
    arguments: str
    errno: int | None
    evidence: Evidence
    said: str = ""
    place: str = ""
    signal: int | None = None

    @property
    def executable(self) -> bool:
        """Memory was to become executable."""
        return "PROT_EXEC" in self.arguments or self.call == "dlopen"

    @property
    def both(self) -> bool:
        """Memory was to be writable and executable at once."""
        return "PROT_WRITE|PROT_EXEC" in self.arguments

    @property
    def of_file(self) -> bool:
        """The memory is a file's, named or not, that was never changed through a private mapping."""
        return self.call == "dlopen" or (self.call == "mmap" and self.place not in ("", "anonymous"))

    @property
    def nothing_said(self) -> bool:
        """The failure had no errno (dlopen)."""
        return self.errno is None and self.signal is None


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
    also = f" Beside it there is {'; '.join(others)}: that may refuse the same." if others else ""
    return Explanation(cause=first.cause, rule=first.rule(case), ask=first.ask(case) + also)


def _fitting(case: Case) -> Iterator[Rule]:
    for row in RULES:
        if row.fits(case):
            yield row
            if row.certain:
                return


def case_of(refused: Refused, evidence: Evidence) -> Case:
    """*refused* as a `Case`; where an address was refused, /proc/self/maps says what lies there."""
    place = refused.path
    if refused.address is not None:
        place = place_of(refused.address) or "anonymous"
        place = "memfd" if place.startswith("/memfd:") else place.removesuffix(" (deleted)")
    elif refused.call == "mmap" and "MAP_ANONYMOUS" in refused.arguments:
        place = "anonymous"
    return Case(
        call=refused.call,
        arguments=refused.arguments,
        errno=refused.errno,
        said=refused.said,
        place=place,
        evidence=evidence,
    )


# --- SELinux ---------------------------------------------------------------


def selinux_permission(case: Case) -> str:
    """The permission that SELinux asks for the call of *case*: "execmem", "execheap", …, "execute"; "" if for none."""
    if not case.executable:
        return ""
    if case.of_file:
        return "execute"
    if case.place.startswith("[heap]"):
        return "execheap"
    if case.place.startswith("[stack"):
        return "execstack"
    return "execmod" if case.place.startswith("/") else "execmem"


def _selinux(permission: str) -> Callable[[Case], bool]:
    def fits(case: Case) -> bool:
        evidence = case.evidence
        if not evidence.selinux or not (case.errno == E.EACCES or (case.call == "dlopen" and case.nothing_said)):
            return False
        asked, denied = selinux_permission(case), evidence.denied
        if denied is None or asked in ("execmod", "execute"):  # those two are asked of a file, not of the process
            return asked == permission
        if asked in denied:
            return asked == permission
        # heap and stack are anonymous memory too: execmem is asked after execheap and execstack
        return permission == "execmem" and permission in denied and asked in ("execheap", "execstack")

    return fits


def _missing(case: Case) -> str:
    """The permissions that the memory of *case* needs and, as far as the policy said, lacks."""
    asked, denied = selinux_permission(case), case.evidence.denied
    if asked not in ("execheap", "execstack"):
        return f"{asked} {_not_for(case)}"
    if denied is None:
        return f"{asked} (or execmem, which this memory needs too) {_not_for(case)}"
    return f"{' and '.join(sorted(denied & {asked, 'execmem'}))} {_not_for(case)}"


def _not_for(case: Case) -> str:
    """Who lacks the permission; said with care where the kernel does not say that it enforces."""
    domain = case.evidence.domain or case.evidence.context
    doubt = "" if case.evidence.enforcing else " (if it is enforcing, which cannot be read here)"
    return f"not allowed to the domain {domain}{doubt}"


def _ask_selinux(permission: str, allow: str) -> Callable[[Case], str]:
    def ask(case: Case) -> str:
        evidence = case.evidence
        domain = evidence.domain or "this domain"
        switches = tuple(_switches(permission, evidence))
        rule = f"the policy rule `allow {domain} {allow};`"
        if "FILE" in allow:
            rule += f", FILE being {_target(case)}"
        wanted = f"the SELinux boolean {' or '.join(switches)}, or {rule}" if switches else rule
        return (
            f"Ask for {wanted}. The denial may be missing from the audit log (a dontaudit rule):"
            " `semodule -DB` makes it appear, `semodule -B` ends that."
        )

    return ask


def _target(case: Case) -> str:
    return f"the type of {case.place}" if case.place == ZERO else f"the type of {_file(case)}"


def _file(case: Case) -> str:
    return "a memfd of this domain" if case.place == "memfd" else f"a file that this domain makes in {case.place}"


def _switches(permission: str, evidence: Evidence) -> Iterator[str]:
    """The booleans of this host that govern *permission* for this domain and now forbid it, as setsebool takes them."""
    domain = evidence.domain.removesuffix("_t")
    for name in (f"{domain}_{permission}", f"allow_{permission}", f"selinuxuser_{permission}"):
        if evidence.booleans.get(name) is False:
            yield f"{name} (`setsebool -P {name} on`)"
    if evidence.booleans.get(f"deny_{permission}") is True:
        yield f"deny_{permission} (`setsebool -P deny_{permission} off`)"


# --- the others ------------------------------------------------------------


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
    return case.executable or case.call in ("memfd_create", "fcntl", "open", "ftruncate")


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
    return (
        f"Ask for a seccomp rule that allows {call}{' with PROT_EXEC' if case.executable else ''}:"
        f" `MemoryDenyWriteExecute=no`{unit} if systemd starts this process, the container's seccomp profile if it is in one."
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
    Rule(
        "memory",
        _memory,
        _constant("memory is used up"),
        _constant("Free memory, or ask for a higher memory limit."),
        certain=True,
    ),
    Rule(
        "space",
        lambda case: case.errno in (E.ENOSPC, E.EDQUOT, E.EFBIG),
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
        _selinux("execheap"),
        lambda case: f"SELinux: {_missing(case)}",
        _ask_selinux("execheap", "self:process { execheap execmem }"),
    ),
    Rule(
        "selinux-execstack",
        _selinux("execstack"),
        lambda case: f"SELinux: {_missing(case)}",
        _ask_selinux("execstack", "self:process { execstack execmem }"),
    ),
    Rule(
        "selinux-execmem",
        _selinux("execmem"),
        lambda case: f"SELinux: execmem {_not_for(case)}",
        _ask_selinux("execmem", "self:process execmem"),
    ),
    Rule(
        "selinux-execmod",
        _selinux("execmod"),
        lambda case: f"SELinux: execmod (or execute) of {case.place} {_not_for(case)}",
        _ask_selinux("execmod", "FILE:chr_file { map execute execmod }"),
    ),
    Rule(
        "selinux-execute",
        _selinux("execute"),
        lambda case: f"SELinux: execute (or map) of {_file(case)} {_not_for(case)}",
        _ask_selinux("execute", "FILE:file { map execute }"),
    ),
    Rule(
        "selinux",
        lambda case: case.evidence.selinux and case.errno == E.EACCES and not case.executable,
        lambda case: f"SELinux: what {case.call} needs, {_not_for(case)}",
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
    Rule("seccomp", _seccomp, _seccomp_rule, _ask_seccomp),
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
        _constant("memory is used up, or the commit limit of the job or system"),
        _constant("Free memory, or ask for a larger page file or job limit."),
    ),
)
