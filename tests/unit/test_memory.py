"""The shapes of allocators, and the plain values that they answer with."""

from __future__ import annotations

import json

import pytest

from arrowsmith.errors import ExecutableMemoryError
from arrowsmith.host import Host
from arrowsmith.memory import Allocator, Diagnoses, Diagnosis, Finding, Region, Restricts, signal_name


class Bytes:
    """A region of Python's own memory: nothing needs to inherit from us."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.data = bytearray(size)
        self.address = 0

    def write(self, offset: int, data: bytes) -> None:
        self.data[offset : offset + len(data)] = data

    def seal(self) -> None:
        self.address = id(self.data)

    def release(self) -> None:
        self.address = 0


class Plain:
    """The least that an allocator is: no capability."""

    name = "plain"
    rank = -1

    def refuses(self, host: Host) -> str | None:
        return None

    def allocate(self, size: int) -> Region:
        return Bytes(size)


def test_protocols_need_no_base() -> None:
    """A class with the right members is an allocator; capabilities are extra, and asked for by isinstance."""
    allocator: Allocator = Plain()
    region = allocator.allocate(8)
    region.write(2, b"ab")

    assert region.size == 8
    assert not isinstance(allocator, Diagnoses)
    assert not isinstance(allocator, Restricts)


REFUSED = Finding(
    allocator="mmap",
    outcome="refused",
    call="mprotect",
    arguments="page, 4096, PROT_READ|PROT_EXEC",
    errno=13,
    said="EACCES",
    cause="mdwe",
    rule="PR_SET_MDWE",
    ask="Ask for less.",
    trace=("mmap() = 1", "mprotect() = -1 EACCES"),
)
KILLED = Finding(allocator="rwx", outcome="killed", call="mmap", arguments="NULL", signal=31, said="SIGSYS")


def test_finding_as_error() -> None:
    """A finding of a child is the error that the attempt would have been here."""
    error = REFUSED.error()

    assert isinstance(error, ExecutableMemoryError)
    assert (error.strategy, error.call, error.errno, error.cause) == ("mmap", "mprotect", 13, "mdwe")
    assert str(error) == (
        "error[M0001]: the system refused executable memory: mmap: mprotect(page, 4096, PROT_READ|PROT_EXEC)"
        " failed with EACCES; likely PR_SET_MDWE\n   = help: Ask for less."
    )


def test_killed_as_error() -> None:
    """A killed child has no errno: the signal is named, and whose it was."""
    error = KILLED.error()

    assert error.errno is None
    assert "mmap(NULL) failed with SIGSYS, which ended the child process that tried it" in str(error)


def test_untried_as_error() -> None:
    """No attempt is a reason not to try here, and says why there was none."""
    error = Finding(allocator="mmap", outcome="untried", call="fork", said="EAGAIN").error()
    assert "mmap: fork() failed with EAGAIN" in str(error)

    error = Finding(allocator="mmap", outcome="untried", said="no child").error()
    assert "mmap: a try in a child process() failed with no child" in str(error)


def test_success_is_no_error() -> None:
    with pytest.raises(ValueError, match="mmap was not refused"):
        Finding(allocator="mmap", outcome="ok").error()


def test_signal_names() -> None:
    assert signal_name(11) == "SIGSEGV"
    assert signal_name(4000) == "signal 4000"


DIAGNOSIS = Diagnosis(
    available=False,
    findings=(REFUSED, KILLED, Finding(allocator="memfd-exec", outcome="ok")),
    facts=(("kernel", "6.12"), ("seccomp", "off")),
    verdict=("Machine code does not run here.", "Ask for less."),
    works=("memfd-exec",),
)


def test_diagnosis_text() -> None:
    """A table of the attempts, what the host shows, the verdict."""
    assert DIAGNOSIS.text() == (
        "strategy    outcome  call      said    likely rule\n"
        "mmap        refused  mprotect  EACCES  PR_SET_MDWE\n"
        "rwx         killed   mmap      SIGSYS\n"
        "memfd-exec  ok\n"
        "\n"
        "kernel: 6.12\n"
        "seccomp: off\n"
        "\n"
        "Machine code does not run here.\n"
        "Ask for less."
    )


def test_diagnosis_json() -> None:
    """JSON has all of it, and reads back as findings."""
    read = json.loads(json.dumps(DIAGNOSIS.json()))

    assert (read["available"], read["works"], read["facts"]["kernel"]) == (False, ["memfd-exec"], "6.12")
    assert tuple(Finding(**{**f, "trace": tuple(f["trace"])}) for f in read["findings"]) == DIAGNOSIS.findings
