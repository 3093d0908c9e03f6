"""What a host shows of its rules to a process without privilege becomes an `Evidence`.

Sources: proc(5), prctl(2), selinux(8), the kernel's Documentation/admin-guide/LSM and /sysctl/vm.rst.
Invariant: reading changes nothing and asks nobody; what cannot be read is None or empty, never a guess.
"""

from __future__ import annotations

import mmap
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from arrowsmith_memory.calls import Refused, prctl
from arrowsmith_memory.files import ZERO, candidates, mounted_noexec, noexec

PR_GET_MDWE: Final = 66
#: whether explanations may ask the policy (`read`): only ``doctor``, who was asked to find out, sets it
ASK_POLICY: ContextVar[bool] = ContextVar("ASK_POLICY", default=False)
#: the permissions of SELinux's class process that executable memory may need, and those of a device that is mapped
PROCESS_PERMISSIONS: Final = ("execheap", "execmem", "execstack")
DEVICE_PERMISSIONS: Final = ("execmod", "execute", "map")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The rules that this process can see.

    ``enforcing``: SELinux enforces, None where selinuxfs is not there to say.  ``context`` is SELinux's name for this
    process, "" without SELinux.  ``booleans`` are the policy's switches.  ``denied``: which of execmem, execheap and
    execstack the policy denies this process, ``device`` which of execmod, execute and map of /dev/zero; None where it was not
    asked.  ``apparmor`` is the profile with its mode.
    ``mdwe``: PR_SET_MDWE is on, None where the kernel knows no such thing.  ``seccomp`` as in `arrowsmith.host.Host`,
    ``filters`` how many.  ``pax``: PaX forbids changing protections.  ``memfd_noexec`` is the sysctl.  ``limit`` and ``used``
    are RLIMIT_AS and the address space in use, in bytes; ``maps`` and ``most_maps`` count mappings.  ``noexec`` are the
    candidate directories that are mounted so, ``unread`` those that do not say.  ``unit`` is the systemd unit.  ``kernel`` is
    its release.  ``implied``: the personality READ_IMPLIES_EXEC is on.  ``proc``: /proc shows this process at all.
    """

    enforcing: bool | None = None
    context: str = ""
    booleans: Mapping[str, bool] = field(default_factory=dict)
    denied: frozenset[str] | None = None
    device: frozenset[str] | None = None
    apparmor: str = ""
    mdwe: bool | None = None
    seccomp: int | None = None
    filters: int | None = None
    no_new_privileges: bool | None = None
    pax: bool = False
    memfd_noexec: int | None = None
    limit: int | None = None
    used: int | None = None
    maps: int | None = None
    most_maps: int | None = None
    noexec: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()
    unit: str = ""
    kernel: str = ""
    unread: tuple[str, ...] = ()
    implied: bool = False
    proc: bool = True

    @property
    def selinux(self) -> bool:
        """SELinux labels this process, and does not say that it is permissive."""
        return bool(self.context) and self.enforcing is not False

    @property
    def domain(self) -> str:
        """The type of this process ("httpd_t"), which SELinux's rules speak of."""
        parts = self.context.split(":")
        return parts[2] if len(parts) > 2 else ""

    def facts(self) -> tuple[tuple[str, str], ...]:
        """What was seen, as pairs of a name and a text; what could not be seen says so."""
        found = [("kernel", self.kernel or "unknown")]
        if self.context:
            state = {True: "enforcing", False: "permissive", None: "whether it enforces cannot be read here"}[
                self.enforcing
            ]
            found.append(("SELinux", f"{state}, this process is {self.context}"))
            switches = [
                f"{name}={'on' if on else 'off'}" for name, on in sorted(self.booleans.items()) if _about_exec(name)
            ]
            if switches:
                found.append(("SELinux booleans", ", ".join(switches)))
            if self.denied is not None:
                refused = [*sorted(self.denied), *(f"{name} of {ZERO}" for name in sorted(self.device or ()))]
                found.append(("SELinux denies this process", ", ".join(refused) or "no process permission"))
        else:
            found.append(
                ("SELinux", "not active for this process" if self.proc else "unknown: /proc is not to be read")
            )
        if self.apparmor:
            found.append(("AppArmor", self.apparmor))
        found.append(("PR_SET_MDWE", {True: "on", False: "off", None: "unknown: the kernel does not say"}[self.mdwe]))
        found.append(("seccomp", _seccomp(self.seccomp, self.filters)))
        found.append(("NoNewPrivs", {True: "on", False: "off", None: "unknown"}[self.no_new_privileges]))
        if self.pax:
            found.append(("PaX", "MPROTECT is on"))
        found.append(("vm.memfd_noexec", "unknown" if self.memfd_noexec is None else str(self.memfd_noexec)))
        unlimited = "unlimited" if self.proc else "unknown"
        found.append(
            ("RLIMIT_AS", unlimited if self.limit is None else f"{self.limit:,} bytes, {self.used or 0:,} in use")
        )
        if self.implied:
            found.append(("personality", "READ_IMPLIES_EXEC: every page that can be read can be executed"))
        where = [f"{path} ({self._mounted(path)})" for path in self.directories]
        found.append(("temporary directories", ", ".join(where) or "none"))
        if self.unit:
            found.append(("systemd unit", self.unit))
        return tuple(found)

    def _mounted(self, path: str) -> str:
        return "noexec" if path in self.noexec else "unknown" if path in self.unread else "exec"


def _about_exec(name: str) -> bool:
    return bool(re.search(r"exec(mem|heap|mod|stack)", name))


def _seccomp(mode: int | None, filters: int | None) -> str:
    if mode is None:
        return "unknown"
    words = {0: "off", 1: "strict"}.get(mode, "a filter is on")
    return words if filters is None or mode != 2 else f"{words} ({filters} installed)"


def read(
    root: Path = Path("/"), *, ask_policy: bool = False, mdwe: Callable[[], bool | None] | None = None
) -> Evidence:
    """What this process sees now.  *root* holds ``proc`` and ``sys``; *mdwe* asks the kernel for PR_GET_MDWE.

    *ask_policy* asks SELinux's own access interface too, which a domain may be refused, with a line in the audit log.
    """
    status = dict(line.split(":", 1) for line in _text(root / "proc/self/status").splitlines() if ":" in line)
    current = _text(root / "proc/self/attr/current").rstrip("\0\n")
    apparmor = _text(root / "proc/self/attr/apparmor/current").rstrip("\0\n")
    labelled = current.count(":") >= 2
    asked = labelled and ask_policy
    if not labelled and re.search(r" \((enforce|complain|kill|prompt)\)$", current):
        apparmor = apparmor or current
    directories = candidates() if sys.platform != "win32" else ()
    limit, used = _address_space(root)
    return Evidence(
        enforcing={"1": True, "0": False}.get(_text(root / "sys/fs/selinux/enforce").strip()),
        context=current if labelled else "",
        booleans=_booleans(root / "sys/fs/selinux/booleans") if labelled else {},
        denied=_denied(root / "sys/fs/selinux", current, "process", current, PROCESS_PERMISSIONS) if asked else None,
        device=_denied(root / "sys/fs/selinux", current, "chr_file", _label(ZERO), DEVICE_PERMISSIONS)
        if asked
        else None,
        apparmor=apparmor if apparmor != "unconfined" else "",
        mdwe=(mdwe or mdwe_of_this_process)(),
        seccomp=_number(status.get("Seccomp")),
        filters=_number(status.get("Seccomp_filters")),
        no_new_privileges={"1": True, "0": False}.get(status.get("NoNewPrivs", "").strip()),
        pax="M" in status.get("PaX", ""),
        memfd_noexec=_number(_text(root / "proc/sys/vm/memfd_noexec")),
        limit=limit,
        used=used,
        maps=len(_text(root / "proc/self/maps").splitlines()) or None,
        most_maps=_number(_text(root / "proc/sys/vm/max_map_count")),
        noexec=tuple(path for path in directories if noexec(path)),
        unread=tuple(path for path in directories if mounted_noexec(path) is None),
        directories=directories,
        unit=_unit(_text(root / "proc/self/cgroup")),
        kernel=_text(root / "proc/sys/kernel/osrelease").strip(),
        implied=_implied(_text(root / "proc/self/personality")),
        proc=sys.platform != "linux" or (root / "proc/self").exists(),
    )


def mdwe_of_this_process() -> bool | None:
    """Whether prctl(PR_GET_MDWE) says that this process may not make written memory executable; None before Linux 6.3."""
    if sys.platform != "linux":
        return None
    try:
        return bool(prctl("PR_GET_MDWE", PR_GET_MDWE) & 1)
    except Refused:
        return None  # EINVAL from a kernel without it, or a filter that refuses prctl itself: nothing was seen


def place_of(address: int, root: Path = Path("/")) -> str:
    """What /proc/self/maps calls the mapping at *address*: "[heap]", "/dev/zero", …, "" for anonymous or unknown."""
    for line in _text(root / "proc/self/maps").splitlines():
        start, _, end = line.split(" ", 1)[0].partition("-")
        if int(start, 16) <= address < int(end, 16):
            parts = line.split(None, 5)
            return parts[5] if len(parts) > 5 else ""
    return ""


def _address_space(root: Path) -> tuple[int | None, int | None]:
    """RLIMIT_AS (None: unlimited or unknown) and the address space in use, in bytes."""
    limit = None
    for line in _text(root / "proc/self/limits").splitlines():
        if line.startswith("Max address space"):
            limit = _number(line.split()[3])
    pages = _number(_text(root / "proc/self/statm").partition(" ")[0])
    return limit, None if pages is None else pages * mmap.PAGESIZE


def _implied(personality: str) -> bool:
    """READ_IMPLIES_EXEC of personality(2), of the hexadecimal number in /proc/self/personality."""
    return bool(int(personality.strip() or "0", 16) & 0x0400000)


def _unit(cgroup: str) -> str:
    """The systemd service that the innermost group is of."""
    found = re.findall(r"([^/\n]+\.service)(?:/|$)", cgroup, re.MULTILINE)
    return found[-1] if found else ""


def _booleans(folder: Path) -> dict[str, bool]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return {}
    return {name: _text(folder / name).startswith("1") for name in names}


def _denied(selinuxfs: Path, context: str, kind: str, target: str, wanted: Sequence[str]) -> frozenset[str] | None:
    """Which of the *wanted* permissions of the class *kind* the policy denies *context* of *target* (security_compute_av(3))."""
    folder = selinuxfs / "class" / kind
    number = _number(_text(folder / "index"))
    if number is None or not target:
        return None
    try:
        fd = os.open(selinuxfs / "access", os.O_RDWR | os.O_CLOEXEC)
        try:
            os.write(fd, f"{context} {target} {number} ffffffff".encode())
            answer = os.read(fd, 4096).split()
        finally:
            os.close(fd)
    except OSError:
        return None  # the domain lacks security:compute_av, or there is no selinuxfs: then nothing was learnt
    if not answer:
        return None
    allowed, flags = int(answer[0], 16), int(answer[5], 16) if len(answer) > 5 else 0
    if flags & 1:  # SELINUX_AVD_FLAGS_PERMISSIVE: the domain is permissive, nothing is denied
        return frozenset()
    bits = {name: _number(_text(folder / "perms" / name)) for name in wanted}
    return frozenset(name for name, bit in bits.items() if bit and not allowed >> bit - 1 & 1)


def _label(path: str) -> str:
    """SELinux's name for the file at *path*, "" where it shows none."""
    try:
        return os.getxattr(path, "security.selinux").decode(errors="replace").rstrip("\0")
    except (OSError, AttributeError):  # the latter: systems other than Linux have no such function
        return ""


def _number(text: str | None) -> int | None:
    """*text* as a number, None where there is none to be read ("unlimited" too)."""
    text = (text or "").strip()
    return int(text) if text.isdecimal() else None


def _text(path: Path) -> str:
    """The text of a file that a host may lack or forbid: "" there, which every caller reports as unknown."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
