"""The host: what this machine is, and how many CPUs a container leaves."""

from __future__ import annotations

import dataclasses
import mmap
import os
import sys
from pathlib import Path

import pytest

from arrowsmith import host
from arrowsmith.host import Host, usable_cpus


def test_current() -> None:
    """The facts of this machine, read now."""
    current = Host.current()

    assert current.page_size == mmap.PAGESIZE
    assert current.os == sys.platform
    assert current.convention == ("win64" if sys.platform == "win32" else "sysv")
    assert 1 <= current.cpus <= (os.cpu_count() or 1)
    assert current == Host.current()
    with pytest.raises(dataclasses.FrozenInstanceError):
        current.cpus = 1  # type: ignore[misc]  # that is what is tested


@pytest.mark.parametrize(
    ("said", "bits", "machine"),
    [
        ("x86_64", 64, "x86-64"),
        ("AMD64", 64, "x86-64"),
        ("arm64", 64, "aarch64"),
        ("aarch64", 64, "aarch64"),
        ("riscv64", 64, "riscv64"),
        ("x86_64", 32, "x86_64, 32-bit"),
    ],
)
def test_machine(said: str, bits: int, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """x86-64 is said only where this interpreter's own code is; other machines keep their names."""
    monkeypatch.setattr(host.platform, "machine", lambda: said)
    monkeypatch.setattr(host.sys, "maxsize", 2 ** (bits - 1) - 1)

    assert Host.current().machine == machine


def test_machine_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows's platform.machine() names the processor; an x86-64 interpreter emulated on ARM is x86-64 still."""
    monkeypatch.setattr(host.sys, "platform", "win32")
    monkeypatch.setattr(host.platform, "machine", lambda: "ARM64")
    monkeypatch.setattr(host.sysconfig, "get_platform", lambda: "win-amd64")
    current = Host.current()

    assert (current.machine, current.convention) == ("x86-64", "win64")


@pytest.mark.parametrize(
    ("system", "seccomp", "filtered"),
    [("linux", 0, False), ("linux", 2, True), ("linux", None, True), ("darwin", None, False), ("win32", None, False)],
)
def test_filtered(system: str, seccomp: int | None, filtered: bool) -> None:
    """A filter is reckoned with wherever Linux does not say that there is none."""
    assert dataclasses.replace(Host.current(), os=system, seccomp=seccomp).filtered == filtered


@pytest.mark.parametrize(
    ("status", "mode"),
    [("Name:\tx\nSeccomp:\t2\nSeccomp_filters:\t1\n", 2), ("Seccomp:\t0\n", 0), ("Name:\tx\n", None), (None, None)],
)
def test_seccomp(status: str | None, mode: int | None, tmp_path: Path) -> None:
    """The mode of /proc/self/status; None where it is not there to be read."""
    path = tmp_path / "status"
    if status is not None:
        path.write_text(status, encoding="ascii")

    assert host._seccomp(path) == mode


def groups(root: Path, where: str, **quotas: str) -> Path:
    """A /proc and /sys under *root*: the process is in the cgroup *where*; file names have ``__`` for a slash."""
    for name, text in {"proc__self__cgroup": where, **quotas}.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="ascii")
    return root


@pytest.fixture
def many_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.system, "sched_getaffinity", lambda pid: set(range(16)), raising=False)


@pytest.mark.usefixtures("many_cpus")
@pytest.mark.parametrize(
    ("where", "quotas", "cpus"),
    [
        ("0::/a/b", {"sys__fs__cgroup__a__b__cpu.max": "max 100000"}, 16),
        ("0::/a/b", {"sys__fs__cgroup__a__b__cpu.max": "250000 100000"}, 3),
        (
            "0::/a/b",
            {"sys__fs__cgroup__a__b__cpu.max": "max 100000", "sys__fs__cgroup__a__cpu.max": "200000 100000"},
            2,
        ),
        ("0::/", {"sys__fs__cgroup__cpu.max": "10000 100000"}, 1),
        ("0::/a", {"sys__fs__cgroup__a__cpu.max": "100000"}, 16),
        ("0::/../../x", {}, 16),
        (
            "4:cpu,cpuacct:/d\n1:name=systemd:/d",
            {
                "sys__fs__cgroup__cpu__d__cpu.cfs_quota_us": "150000",
                "sys__fs__cgroup__cpu__d__cpu.cfs_period_us": "100000",
            },
            2,
        ),
        (
            "4:cpu,cpuacct:/d",
            {
                "sys__fs__cgroup__cpu__d__cpu.cfs_quota_us": "-1",
                "sys__fs__cgroup__cpu__d__cpu.cfs_period_us": "100000",
            },
            16,
        ),
    ],
)
def test_quota(where: str, quotas: dict[str, str], cpus: int, tmp_path: Path) -> None:
    """The least of affinity and the quotas of every group above this process, cgroup v2 and v1; parts count as one."""
    assert usable_cpus(groups(tmp_path, where, **quotas)) == cpus


def test_affinity_that_is_not_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A filter refuses to tell it: all CPUs count."""

    def refuse(pid: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(host.system, "sched_getaffinity", refuse, raising=False)
    monkeypatch.setattr(host.system, "cpu_count", lambda: 12)

    assert usable_cpus(tmp_path) == 12


@pytest.mark.usefixtures("many_cpus")
def test_no_cgroup(tmp_path: Path) -> None:
    """A host without /proc has only its affinity."""
    assert usable_cpus(tmp_path) == 16
