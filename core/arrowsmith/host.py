"""This machine becomes a `Host`: what emitters and allocators ask before they accept or refuse a job.

Processor features are not here: the emitter that needs them finds them with an instruction of its own.
Invariant: reading the host needs no privilege, changes nothing, and a fact that cannot be read is None, not a guess.
"""

from __future__ import annotations

import mmap
import os as system
import platform
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Convention = Literal["sysv", "win64"]

#: what the system calls a machine → our name for it; every other name stays as it is
MACHINES: Final = {"x86_64": "x86-64", "amd64": "x86-64", "x64": "x86-64", "arm64": "aarch64"}

#: `Host.seccomp` where system calls go through a filter (proc_pid_status(5), field Seccomp)
SECCOMP_FILTER: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What this machine and this process's limits are.  `Host.current` reads it; a test makes its own.

    ``machine`` is "x86-64" where this interpreter runs 64-bit x86 code, else the system's own word.  ``os`` is
    `sys.platform`.  ``page_size`` is in bytes.  ``convention`` says where a C function finds its arguments.  ``cpus`` is how
    many may be kept busy.  ``seccomp`` is 0 (off), 1 (strict), 2 (filter), or None where the system does not say.
    """

    machine: str
    os: str
    page_size: int
    convention: Convention
    cpus: int
    seccomp: int | None

    @property
    def filtered(self) -> bool:
        """System calls may pass through a seccomp filter, which may kill: it is on, or Linux does not show that it is off."""
        return self.os == "linux" and self.seccomp != 0

    @classmethod
    def current(cls) -> Host:
        """This host, read now: a limit may have changed since the last call."""
        return cls(
            machine=_machine(),
            os=sys.platform,
            page_size=mmap.PAGESIZE,
            convention="win64" if sys.platform == "win32" else "sysv",
            cpus=usable_cpus(),
            seccomp=_seccomp(Path("/proc/self/status")),
        )


def _machine() -> str:
    """The machine this interpreter's own code is for: a 32-bit or emulated one on a 64-bit kernel is not x86-64."""
    if sys.platform == "win32":
        name = sysconfig.get_platform().rpartition("-")[2]  # platform.machine() names the processor, not the process
    else:
        name = platform.machine()
    name = name.lower()
    if sys.maxsize < 2**32:
        return f"{name}, 32-bit"
    return MACHINES.get(name, name)


def address_space() -> int | None:
    """RLIMIT_AS, the bytes of address space that this process may have; None where the system has, sets or tells no such limit."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    except (ImportError, OSError, ValueError):  # Windows has no such module; a filter may refuse it, or the call
        return None
    return None if limit == resource.RLIM_INFINITY else limit


def usable_cpus(root: Path = Path("/")) -> int:
    """How many CPUs affinity and the cgroup quota allow, at least 1; a quota of 1.5 CPUs counts as 2.

    *root* holds ``proc`` and ``sys``.  Sources: sched_getaffinity(2); the kernel's cgroup-v2.rst (``cpu.max``) and
    sched-bwc.rst (``cpu.cfs_quota_us``).
    """
    return max(1, min([_affinity(), *_quotas(root)]))


def _affinity() -> int:
    """The CPUs that this process may run on; all, where the system has no such mask or a filter refuses to tell it."""
    try:
        return len(system.sched_getaffinity(0))
    except (AttributeError, OSError):
        return system.cpu_count() or 1


def _quotas(root: Path) -> Iterator[int]:
    """The CPUs that each cgroup above this process allows, rounded up; a container sees its own group at the root."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0" and not controllers:
            mount, files = root / "sys/fs/cgroup", ["cpu.max"]
        elif "cpu" in controllers.split(","):
            mount, files = root / "sys/fs/cgroup/cpu", ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        else:
            continue
        group = mount / path.lstrip("/")
        for place in (group, *group.parents):
            if not place.is_relative_to(mount):
                break
            words = " ".join(_text(place / file) for file in files).split()
            if len(words) == 2 and words[0].isdecimal() and words[1].isdecimal() and int(words[1]):
                yield -(-int(words[0]) // int(words[1]))


def _seccomp(status: Path) -> int | None:
    for line in _text(status).splitlines():
        name, _, value = line.partition(":")
        if name == "Seccomp" and value.strip().isdecimal():
            return int(value)
    return None


def _text(path: Path) -> str:
    """The text of a file that a host may lack or forbid: "" there, which each caller reports as unknown."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
