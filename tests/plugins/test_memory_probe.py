"""Trying allocators in child processes: whatever happens to a child is a finding, and nothing happens here."""

from __future__ import annotations

import functools
import mmap
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from regions import HERE, HOST

from arrowsmith.host import Host
from arrowsmith.memory import Allocator, Finding
from arrowsmith_memory import probe
from arrowsmith_memory.offers import ALLOCATORS
from arrowsmith_memory.posix import Anonymous, Mmap
from arrowsmith_memory.strategy import Strategy

pytestmark = pytest.mark.skipif(HOST.os != "linux" or not HERE, reason="tries what Linux on x86-64 has")


class Fatal(Anonymous):
    """Ends its process by a signal where it should seal."""

    __slots__ = ()

    def seal(self) -> int:
        os.kill(os.getpid(), signal.SIGSYS)
        return 0


class Faulty(Anonymous):
    """Says that it sealed, and did not: calling its page faults."""

    __slots__ = ()

    def seal(self) -> int:
        return self._address


class Endless(Anonymous):
    """Never comes back."""

    __slots__ = ()

    def seal(self) -> int:
        while True:
            signal.pause()


class Silent(Anonymous):
    """Leaves without a word."""

    __slots__ = ()

    def seal(self) -> int:
        os._exit(0)


def made(backing: type[Anonymous], name: str = "mine") -> Strategy:
    return Strategy(name=name, rank=-1, backing=backing)


def in_fork(allocator: Allocator) -> Finding:
    """The finding of a child that this process forks: classes of a test file are not to be had in a fresh interpreter."""
    return probe.forked(functools.partial(probe.attempt, allocator), allocator.name)


def test_all_run_here() -> None:
    """In the order asked for; every one that does not refuse this host runs code, or the host has a rule of its own."""
    findings = probe.attempts(HERE)

    assert [finding.allocator for finding in findings] == [allocator.name for allocator in HERE]
    assert {finding.outcome for finding in findings} <= {"ok", "refused"}
    assert all(finding.trace for finding in findings)


@pytest.mark.parametrize(
    ("backing", "outcome", "number"),
    [(Fatal, "killed", signal.SIGSYS), (Faulty, "killed", signal.SIGSEGV), (Silent, "untried", None)],
)
def test_what_ends_a_child_is_a_finding(backing: type[Anonymous], outcome: str, number: int | None) -> None:
    """A signal, a fault, an exit: this process goes on and can say it."""
    finding = in_fork(made(backing))

    assert (finding.outcome, finding.signal) == (outcome, number)
    assert finding.trace[0].startswith(f"mmap(NULL, {mmap.PAGESIZE}, PROT_READ|PROT_WRITE")
    assert (finding.trace[-1] == f"+++ killed by {finding.said} +++") == (outcome == "killed")
    assert "failed with" in str(finding.error())


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patience has an end."""
    monkeypatch.setattr(probe, "PATIENCE", 0.2)
    finding = in_fork(made(Endless))

    assert (finding.outcome, finding.signal) == ("killed", signal.SIGKILL)


def test_refusal_of_any_kind() -> None:
    """A third party's allocator may raise what it likes: MemoryError and OSError are refusals too."""

    class Third:
        name, rank = "third", -5

        def __init__(self, error: Exception) -> None:
            self.error = error

        def refuses(self, host: Host) -> str | None:
            return None

        def allocate(self, size: int) -> probe.Any:
            raise self.error

    assert in_fork(Third(MemoryError("no"))).said == "MemoryError: no"
    finding = in_fork(Third(OSError(22, "no")))
    assert (finding.outcome, finding.call, finding.errno) == ("refused", "allocate", 22)
    bug = in_fork(Third(ValueError("a bug")))
    assert (bug.outcome, bug.said) == ("untried", "ValueError: a bug")


def test_without_an_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside another program, a frozen one, or where execve is refused, this process forks for itself."""
    monkeypatch.setattr(sys, "executable", "/usr/sbin/httpd")
    assert probe.interpreter() == ""
    assert probe.attempts([Mmap()])[0].outcome == "ok"

    monkeypatch.setattr(sys, "executable", "/nowhere/python3")
    assert probe.interpreter() == "/nowhere/python3"
    assert probe.attempts([Mmap()])[0].outcome == "ok"

    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert probe.interpreter() == ""


def test_an_allocator_that_does_not_pickle() -> None:
    """It is tried all the same, and the others keep their findings."""
    odd = Strategy(name="odd", rank=-1, backing=lambda size: Anonymous(size))

    assert [(f.allocator, f.outcome) for f in probe.attempts([odd, Mmap()])] == [("odd", "ok"), ("mmap", "ok")]


def test_fork_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no child can be had, that is said: the pipeline takes the VM then."""

    def refuse() -> int:
        raise OSError(11, "no more processes")

    monkeypatch.setattr(probe, "interpreter", lambda: "")
    monkeypatch.setattr(os, "fork", refuse)
    finding = Mmap().probe()

    assert (finding.outcome, finding.call, finding.said, finding.cause) == ("untried", "fork", "EAGAIN", "processes")


def test_pipe_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a child of use that nobody could hear."""

    def refuse() -> tuple[int, int]:
        raise OSError(24, "no more descriptors")

    monkeypatch.setattr(os, "pipe", refuse)
    finding = in_fork(Mmap())

    assert (finding.outcome, finding.call, finding.said, finding.cause) == ("untried", "pipe", "EMFILE", "open-files")


@pytest.mark.parametrize(
    ("backing", "outcome", "said"), [(Fatal, "killed", "an unknown signal"), (Anonymous, "ok", "")]
)
def test_the_end_of_a_child_that_cannot_be_waited_for(
    backing: type[Anonymous], outcome: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where SIGCHLD is ignored the system forgets how a child ended: one that said nothing was killed, by what is not known."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        finding = in_fork(made(backing))
    finally:
        signal.signal(signal.SIGCHLD, before)

    assert (finding.outcome, finding.said, finding.signal) == (outcome, said, None)
    assert ("+++ killed by an unknown signal +++" in finding.trace) == (outcome == "killed")


def test_a_launcher_that_inherits_an_ignored_sigchld() -> None:
    """It waits for its children all the same."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        findings = probe.attempts(HERE)
    finally:
        signal.signal(signal.SIGCHLD, before)

    assert {finding.outcome for finding in findings} <= {"ok", "refused"}


def test_survival_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """One child for a process and a number of filters; a refusal, which a boolean may lift, is asked again."""
    asked: list[str] = []
    answer = "ok"

    def attempts(allocators: Sequence[Allocator]) -> tuple[Finding, ...]:
        asked.extend(allocator.name for allocator in allocators)
        return tuple(Finding(allocator=a.name, outcome=answer) for a in allocators)  # type: ignore[arg-type]  # a str

    monkeypatch.setattr(probe, "attempts", attempts)
    monkeypatch.setattr(probe, "_survivals", {})
    mine = made(Anonymous)
    assert [mine.probe().outcome, mine.probe().outcome] == ["ok", "ok"]
    assert asked == ["mine"]

    answer = "refused"
    other = made(Anonymous, "other")
    assert [other.probe().outcome, other.probe().outcome] == ["refused", "refused"]
    assert asked == ["mine", "other", "other"]


def test_nothing_changes_here() -> None:
    """Maps, descriptors and children are as they were."""
    probe.attempts(HERE)
    before = sorted(os.listdir("/proc/self/fd"))
    probe.attempts(HERE)

    assert sorted(os.listdir("/proc/self/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


# --- trace and source --------------------------------------------------------------


@pytest.mark.parametrize("allocator", HERE, ids=lambda allocator: allocator.name)
def test_trace(allocator: Strategy) -> None:
    """The calls of an attempt, a line each, the page's call among them."""
    lines = allocator.trace().splitlines()

    assert all(" = " in line or line.startswith(("free(", "close(")) for line in lines)
    assert any(line.startswith("call(0x") and line.endswith(" = 42") for line in lines)
    assert all("PROT_WRITE|PROT_EXEC" not in line for line in lines) == (allocator.name != "rwx")


def test_what_refuses_this_host_is_not_tried() -> None:
    """The reason takes the place of an attempt."""
    (stranger,) = (allocator for allocator in ALLOCATORS if allocator.name == "virtualalloc")

    assert (stranger.probe().outcome, stranger.probe().said) == ("untried", "needs Windows")
    assert stranger.trace() == "virtualalloc: untried: needs Windows"


@pytest.mark.skipif(shutil.which("gcc") is None, reason="compiles C")
@pytest.mark.parametrize("allocator", HERE, ids=lambda allocator: allocator.name)
def test_source(allocator: Strategy, tmp_path: Path) -> None:
    """The same attempt in C compiles without a warning, and does here what the allocator does."""
    file = tmp_path / "probe.c"
    file.write_text(allocator.source(), encoding="utf-8")
    program = tmp_path / "probe"
    flags = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-result", "-O1"]
    subprocess.run(["gcc", *flags, "-o", program, file, "-ldl"], check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    (finding,) = probe.attempts([allocator])

    assert (done.returncode == 0) == (finding.outcome == "ok")
    assert done.stdout == "ok, 42\n" or finding.outcome != "ok"
    calls = [line.partition("(")[0] for line in finding.trace]
    wanted = {"mmap", "mprotect", "memfd_create", "ftruncate", "fcntl", "posix_memalign", "aligned_alloc", "dlopen"}
    assert all(f"{call}(" in allocator.source() for call in calls if call in wanted)


def test_source_of_a_stranger_is_empty() -> None:
    """There is no program for what is not ours."""
    assert made(Anonymous).source() == ""
