"""Findings become a `Diagnosis`: is machine code available, why not, what to ask for, what would work meanwhile.

Invariant: a sentence says only what an attempt or the host showed; a rule that was inferred is called likely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from arrowsmith.host import Host
from arrowsmith.memory import Allocator, Diagnosis, Finding
from arrowsmith_memory import evidence, probe
from arrowsmith_memory.evidence import Evidence


def diagnose(allocators: Sequence[Allocator], host: Host | None = None) -> Diagnosis:
    """Try each of *allocators* that does not refuse *host* (this one), and say what follows."""
    host = host or Host.current()
    ordered = sorted(allocators, key=lambda allocator: -allocator.rank)
    reasons = {allocator.name: allocator.refuses(host) for allocator in ordered}
    tried = {f.allocator: f for f in probe.attempts([a for a in ordered if reasons[a.name] is None], ask_policy=True)}
    findings = tuple(
        tried.get(a.name) or Finding(allocator=a.name, outcome="untried", said=reasons[a.name] or "") for a in ordered
    )
    seen = evidence.read(ask_policy=True)
    unnamed = tuple(allocator.name for allocator in ordered if allocator.rank >= 0 and reasons[allocator.name] is None)
    return Diagnosis(
        available=any(tried[name].outcome == "ok" for name in unnamed),
        findings=findings,
        facts=(("machine", host.machine), ("system", host.os), *seen.facts()),
        verdict=tuple(verdict(findings, unnamed, host, seen)),
        works=tuple(finding.allocator for finding in findings if finding.outcome == "ok"),
    )


def verdict(findings: Sequence[Finding], unnamed: Sequence[str], host: Host, seen: Evidence) -> Iterator[str]:
    """The sentences that *findings* allow; *unnamed* are the allocators that are taken without being named."""
    by_name = {finding.allocator: finding for finding in findings}
    if host.machine != "x86-64":
        yield f"Machine code is made for x86-64 only; this process is {host.machine}. Conversions run on the bytecode VM."
        return
    taken = next((name for name in unnamed if by_name[name].outcome == "ok"), None)
    if taken is not None:
        yield f"Machine code runs here: `auto` takes {taken}."
        yield from _needless(findings)
        return
    if any(by_name[name].outcome != "untried" for name in unnamed):
        yield "Machine code does not run here unless an allocator is named. Conversions run on the bytecode VM: slower, same result."
    elif host.filtered:
        yield (
            "Whether machine code runs here is not known. As a filter may be on that kills,"
            " conversions run on the bytecode VM: slower, same result."
        )
    else:
        yield "Whether machine code runs here is not known. A conversion finds out, and runs on the bytecode VM if it does not."
    for name in unnamed:
        yield from _why(by_name[name])
    yield from _patterns(by_name, seen)
    yield from _meanwhile(findings)
    for ask in dict.fromkeys(by_name[name].ask for name in unnamed):
        if ask:
            yield ask


def _why(finding: Finding) -> Iterator[str]:
    what = f"{finding.allocator}: {finding.call}({finding.arguments})"
    if finding.outcome == "untried":
        said = f"{finding.call} failed with {finding.said}" if finding.call else finding.said
        likely = f"; likely {finding.rule}" if finding.rule else ""
        yield f"{finding.allocator} could not be tried: {said}{likely}."
        return
    if finding.outcome == "killed":
        yield f"{what} ended the child process that tried it with {finding.said}, so it is not tried in a conversion."
    else:
        yield f"{what} failed with {finding.said}."
    if finding.rule:
        yield f"The likely rule is {finding.rule}."
    else:
        yield "Nothing that this process may read explains it."


def _needless(findings: Sequence[Finding]) -> Iterator[str]:
    """What is refused although plain memory is allowed: worth a word, because other programs stumble over it."""
    refused = [finding for finding in findings if finding.outcome in ("refused", "killed")]
    if refused:
        yield "Refused here, and needed only when named:"
        for finding in refused:
            yield f"  {finding.allocator}: {finding.call} said {finding.said}; likely {finding.rule or 'a rule not seen'}."


def _patterns(by_name: Mapping[str, Finding], seen: Evidence) -> Iterator[str]:
    """What several findings say together, and none alone."""
    outcome = {name: finding.outcome for name, finding in by_name.items()}
    causes = {name: finding.cause for name, finding in by_name.items()}
    if causes.get("mmap") == "seccomp" and outcome.get("mmap") == "refused":
        if outcome.get("rwx") == "refused" and outcome.get("memfd-exec") == "ok":
            unit = f" (the unit is {seen.unit})" if seen.unit else ""
            yield f"The filter refuses what systemd's MemoryDenyWriteExecute=yes refuses{unit}."
        elif outcome.get("rwx") == "ok":
            yield "The filter looks at mprotect only: a mapping made executable at once passes."
    heap = by_name.get("posix-memalign")
    if causes.get("mmap") == "selinux-execmem" and heap is not None and heap.cause == "selinux-execheap":
        yield "The C heap is refused too: it needs execheap beside execmem."


def _meanwhile(findings: Sequence[Finding]) -> Iterator[str]:
    works = [finding.allocator for finding in findings if finding.outcome == "ok"]
    if works:
        others = f" ({', '.join(works[1:])} would too)" if len(works) > 1 else ""
        yield (
            f"Meanwhile `--allocator {works[0]}` would work here{others}."
            " It goes round the rule above: that is for you and the administrator to decide."
        )
    elif any(finding.outcome in ("refused", "killed") for finding in findings):
        yield "No allocator works here."
    else:
        yield "No allocator could be tried, so whether one works is not known."
