"""A row of the table of strategies: an `arrowsmith.memory.Allocator` made of a name, a rank and a way of holding pages.

Invariant: a strategy is an immutable value that pickles; it makes no system call before `allocate`.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from arrowsmith.errors import ExecutableMemoryError
from arrowsmith_memory.calls import Refused
from arrowsmith_memory.region import Backing, CodeRegion, whole_pages

if TYPE_CHECKING:
    from arrowsmith.host import Host
    from arrowsmith.memory import Allocator, Diagnosis, Finding

System = Literal["posix", "linux", "windows"]

#: which values of `Host.os` a strategy's calls exist on, and how that is said
_SYSTEMS: Final[dict[System, tuple[Callable[[str], bool], str]]] = {
    "posix": (lambda os: os != "win32", "a POSIX system"),
    "linux": (lambda os: os == "linux", "Linux"),
    "windows": (lambda os: os == "win32", "Windows"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """One way of obtaining executable memory.

    ``backing`` makes the pages for a size in bytes, a multiple of the page size.  ``mapped``, ``owed``: see `CodeRegion`.
    """

    name: str
    rank: int
    backing: Callable[[int], Backing]
    system: System = "posix"
    mapped: bool = True
    owed: bool = False

    def refuses(self, host: Host) -> str | None:
        """Another system or another processor: only on x86-64 does new code need no flush of the instruction cache."""
        here, words = _SYSTEMS[self.system]
        if not here(host.os):
            return f"needs {words}"
        return None if host.machine == "x86-64" else f"needs an x86-64 process, this one is {host.machine}"

    def allocate(self, size: int) -> CodeRegion:
        try:
            backing = self.backing(whole_pages(size, mmap.PAGESIZE))
        except Refused as refused:
            raise self.explain(refused) from None
        return CodeRegion(backing, self.explain, mapped=self.mapped, owed=self.owed)

    def explain(self, refused: Refused) -> ExecutableMemoryError:
        """The error that says which rule is likely to be behind *refused*."""
        from arrowsmith_memory import evidence, rules
        from arrowsmith_memory.case import case_of

        explanation = rules.explain(case_of(refused, evidence.read(ask_policy=evidence.ASK_POLICY.get())))
        return ExecutableMemoryError(
            strategy=self.name,
            call=refused.call,
            arguments=refused.arguments,
            errno=refused.errno,
            said=refused.said,
            cause=explanation.cause,
            rule=explanation.rule,
            help=explanation.ask,
        )

    # --- capabilities: `arrowsmith.memory.Diagnoses` and `Restricts` -------

    def probe(self) -> Finding:
        from arrowsmith_memory import probe

        return probe.survival(self)

    def trace(self) -> str:
        from arrowsmith_memory import probe

        (finding,) = probe.attempts([self])
        return "\n".join(finding.trace) or f"{self.name}: {finding.outcome}: {finding.said}"

    def source(self) -> str:
        from arrowsmith_memory import source

        return source.SOURCES.get(self.name, "")

    def diagnose(self, allocators: Sequence[Allocator]) -> Diagnosis:
        from arrowsmith_memory import doctor

        return doctor.diagnose(allocators)

    def instead(self, allocators: Sequence[Allocator]) -> str:
        from arrowsmith_memory import probe

        findings = probe.attempts([a for a in allocators if a.name != self.name])
        return next((finding.allocator for finding in findings if finding.outcome == "ok"), "")

    def restrict(self) -> tuple[str, ...]:
        from arrowsmith_memory import lockdown

        return lockdown.restrict(self)
