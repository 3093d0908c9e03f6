"""What an allocator of executable memory is, and what more it may be asked: to diagnose the host, restrict the process.

Allocators come from plugins; core knows these shapes and the plain values that they answer with.
Invariant: nothing here touches memory.  A page is written, then sealed, then only executed; never two of these at once.
"""

from __future__ import annotations

import signal as signals
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from arrowsmith.errors import ExecutableMemoryError

if TYPE_CHECKING:
    from arrowsmith.host import Host


class Region(Protocol):
    """Whole pages for one piece of code: allocated, written, sealed, released; written once, never used again.

    Used by one thread until it is sealed; the sealed code may be run by any number.  A region that is garbage is released.
    A call out of turn (write after seal, address before seal, anything after release) raises RuntimeError.
    """

    @property
    def address(self) -> int:
        """Where the code is.  May be read only between `seal` and `release`: some regions have no address before."""
        ...

    @property
    def size(self) -> int:
        """Bytes, a multiple of the page size, at least what was asked for."""
        ...

    def write(self, offset: int, data: bytes) -> None:
        """Put *data* at *offset* bytes from the start.  Raises ValueError where it does not fit."""
        ...

    def seal(self) -> None:
        """Make the region executable and no longer writable.  Raises `ExecutableMemoryError` where the system refuses."""
        ...

    def release(self) -> None:
        """Give the pages back and restore what the C allocator is owed.  Calling it again does nothing."""
        ...


class Allocator(Protocol):
    """A way to obtain executable memory from the system.  A cheap, inert, immutable object until `allocate` is called."""

    @property
    def name(self) -> str: ...
    @property
    def rank(self) -> int:
        """Preference: higher is tried first; negative is taken only when named."""
        ...

    def refuses(self, host: Host) -> str | None:
        """Why this allocator is not for *host*, or None.

        Judged from *host* alone: whether the system's rules allow it, only `allocate` and `Region.seal` find out.
        """
        ...

    def allocate(self, size: int) -> Region:
        """A region of at least *size* bytes; 0 gives one page.

        Raises `ExecutableMemoryError`: ENOMEM where memory is used up.
        """
        ...


Outcome = Literal["ok", "refused", "killed", "untried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one attempt, in a child process, to run the smallest possible code from an allocator's memory.

    ``refused``: ``call`` failed with ``errno`` (None where the failure had none).  ``killed``: ``signal`` ended the child
    during ``call``.  ``untried``: there was no attempt, ``said`` tells why.  ``said`` is how the failure named itself
    ("EACCES", the loader's message, "SIGSYS"), ``cause`` a stable name of the likely rule behind it, ``rule`` that rule in
    words, ``ask`` what to ask the administrator for; "" where nothing can be said.  ``trace`` holds the attempt's calls in
    strace's style.
    """

    allocator: str
    outcome: Outcome
    call: str = ""
    arguments: str = ""
    errno: int | None = None
    signal: int | None = None
    said: str = ""
    cause: str = ""
    rule: str = ""
    ask: str = ""
    trace: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """This finding as values that JSON has."""
        return asdict(self) | {"trace": list(self.trace)}

    def error(self) -> ExecutableMemoryError:
        """This finding as the error that the attempt would have been in this process."""
        if self.outcome == "ok":
            raise ValueError(f"{self.allocator} was not refused")
        said = self.said
        if self.signal is not None:
            said = f"{signal_name(self.signal)}, which ended the child process that tried it"
        return ExecutableMemoryError(
            strategy=self.allocator,
            call=self.call or "a try in a child process",
            arguments=self.arguments,
            errno=self.errno,
            said=said,
            cause=self.cause,
            rule=self.rule,
            help=self.ask,
        )


def signal_name(number: int) -> str:
    """ "SIGSYS" for 31; a number without a name is said as "signal 40"."""
    try:
        return signals.Signals(number).name
    except ValueError:
        return f"signal {number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What executable memory this host allows: printed by ``arrowsmith doctor``.

    ``available``: machine code runs without anything being named.  ``facts`` are what the host showed, as pairs of a name
    and a text.  ``verdict`` is whole sentences.  ``works`` are the allocators that ran code, in the order they were tried.
    """

    available: bool
    findings: tuple[Finding, ...]
    facts: tuple[tuple[str, str], ...]
    verdict: tuple[str, ...]
    works: tuple[str, ...]

    def json(self) -> dict[str, Any]:
        """This diagnosis as values that JSON has."""
        return {
            "available": self.available,
            "verdict": list(self.verdict),
            "works": list(self.works),
            "facts": dict(self.facts),
            "findings": [finding.json() for finding in self.findings],
        }

    def text(self) -> str:
        """This diagnosis as a person reads it: a table of the attempts, what the host shows, the verdict."""
        head = ("strategy", "outcome", "call", "said", "likely rule")
        rows = [head, *((f.allocator, f.outcome, f.call, f.said, f.rule) for f in self.findings)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(head) - 1)]
        lines = [
            "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]).rstrip()
            for row in rows
        ]
        lines += ["", *(f"{name}: {text}" for name, text in self.facts)]
        return "\n".join([*lines, "", *self.verdict])


@runtime_checkable
class Diagnoses(Protocol):
    """A capability of an allocator: it can try itself in a child process and say what the host allows.

    None of these raises because of a refusal, and none changes this process.
    """

    def probe(self) -> Finding:
        """What became of trying this allocator once in a child.

        The pipeline asks before the first load where a seccomp filter is on, because a filter that kills gives no errno;
        anything but "ok" then means: do not try it here.
        """
        ...

    def trace(self) -> str:
        """The smallest attempt's calls in strace's style, a line each, as they went just now in a child."""
        ...

    def source(self) -> str:
        """The same attempt as a small C program to hand to an administrator; "" where there is none for this allocator."""
        ...

    def diagnose(self, allocators: Sequence[Allocator]) -> Diagnosis:
        """What became of trying all *allocators*, each in a fresh child, and what follows from it."""
        ...

    def instead(self, allocators: Sequence[Allocator]) -> str:
        """The name of the first of *allocators*, this one left out, that runs code in a child; "" where none does."""
        ...


@runtime_checkable
class Restricts(Protocol):
    """A capability of an allocator: it can give up executable memory for the rest of this process."""

    def restrict(self) -> tuple[str, ...]:
        """Fix the sealed regions for good and give up making memory executable; say in sentences what holds now.

        Cannot be undone.  Kernels loaded before go on working.  Raises `ExecutableMemoryError` where the system knows no way.
        """
        ...
