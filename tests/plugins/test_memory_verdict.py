"""What the doctor says of findings: why machine code does not run, what would work, what to ask for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import pytest
from regions import HERE, HOST

from arrowsmith.host import Host
from arrowsmith.memory import Allocator, Finding
from arrowsmith_memory import doctor, probe
from arrowsmith_memory.evidence import Evidence
from arrowsmith_memory.offers import ALLOCATORS
from arrowsmith_memory.posix import Mmap

pytestmark = pytest.mark.skipif(HOST.os != "linux" or not HERE, reason="tries what Linux on x86-64 has")


def diagnosed(monkeypatch: pytest.MonkeyPatch, host: Host = HOST, **refused: dict[str, probe.Any]) -> str:
    """The verdict where the allocators in *refused* (``_`` for ``-``) were, and the others ran."""

    def attempts(allocators: Sequence[Allocator], *, ask_policy: bool) -> tuple[Finding, ...]:
        assert ask_policy
        fields = {name.replace("_", "-"): value for name, value in refused.items()}
        return tuple(Finding(allocator=a.name, **{"outcome": "ok"} | fields.get(a.name, {})) for a in allocators)

    monkeypatch.setattr(probe, "attempts", attempts)
    monkeypatch.setattr(doctor.evidence, "read", lambda ask_policy: Evidence(unit="etl.service"))
    diagnosis = doctor.diagnose(ALLOCATORS, host)
    assert json.loads(json.dumps(diagnosis.json()))["findings"][0]["allocator"] == ALLOCATORS[0].name
    return "\n".join(diagnosis.verdict)


def refusal(
    cause: str, rule: str, ask: str = "Ask.", call: str = "mprotect", said: str = "EACCES"
) -> dict[str, object]:
    return {
        "outcome": "refused",
        "call": call,
        "arguments": "page",
        "said": said,
        "cause": cause,
        "rule": rule,
        "ask": ask,
    }


EXECMEM = refusal("selinux-execmem", "SELinux: execmem", "Ask for execmem.")
EXECHEAP = refusal("selinux-execheap", "SELinux: execheap", "Ask for execheap.")


def test_verdict_of_the_article(monkeypatch: pytest.MonkeyPatch) -> None:
    """execmem allowed, execheap not: machine code runs, and the heap is said to be refused."""
    verdict = diagnosed(monkeypatch, posix_memalign=EXECHEAP, aligned_alloc=EXECHEAP)

    assert verdict.splitlines() == [
        "Machine code runs here: `auto` takes mmap.",
        "Refused here, and needed only when named:",
        "  posix-memalign: mprotect said EACCES; likely SELinux: execheap.",
        "  aligned-alloc: mprotect said EACCES; likely SELinux: execheap.",
    ]


def test_verdict_without_execmem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain memory refused: why, what would work, what to ask for."""
    verdict = diagnosed(monkeypatch, mmap=EXECMEM, posix_memalign=EXECHEAP)

    assert verdict.splitlines() == [
        "Machine code does not run here unless an allocator is named."
        " Conversions run on the bytecode VM: slower, same result.",
        "mmap: mprotect(page) failed with EACCES.",
        "The likely rule is SELinux: execmem.",
        "The C heap is refused too: it needs execheap beside execmem.",
        "Meanwhile `--allocator memfd-exec` would work here"
        " (file-exec, memfd-dual, dev-zero, aligned-alloc, malloc-large, dlopen, rwx would too)."
        " It goes round the rule above: that is for you and the administrator to decide.",
        "Ask for execmem.",
    ]


def test_verdict_claims_nothing_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal that nothing explains is reported as such, and asks for nothing."""
    unexplained = refusal("", "", "")
    names = {a.name.replace("-", "_") for a in HERE}
    verdict = diagnosed(monkeypatch, **dict.fromkeys(names, unexplained))

    assert verdict.splitlines()[2:] == ["Nothing that this process may read explains it.", "No allocator works here."]


def test_verdict_where_nothing_could_be_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No child process: no claim about memory."""
    verdict = diagnosed(monkeypatch, mmap={"outcome": "untried", "said": "fork: EAGAIN"})

    assert "mmap could not be tried: fork: EAGAIN." in verdict


def test_verdict_where_no_child_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be tried is not said to be refused."""
    nothing = {"outcome": "untried", "call": "fork", "said": "EPERM"}
    verdict = diagnosed(monkeypatch, **{allocator.name.replace("-", "_"): nothing for allocator in ALLOCATORS})

    assert "Whether machine code runs here is not known." in verdict
    assert "mmap could not be tried: fork failed with EPERM." in verdict
    assert "No allocator could be tried" in verdict
    assert "No allocator works" not in verdict


def test_verdict_on_another_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nobody to ask: the VM is the way, and that is all."""
    verdict = diagnosed(monkeypatch, dataclasses.replace(HOST, machine="aarch64"))

    assert verdict == (
        "Machine code is made for x86-64 only; this process is aarch64. Conversions run on the bytecode VM."
    )


def test_text() -> None:
    """The diagnosis prints as a table, facts and verdict; every allocator has its row."""
    text = Mmap().diagnose(ALLOCATORS).text()

    assert text.startswith("strategy ")
    assert [line.split()[0] for line in text.splitlines()[1 : 1 + len(ALLOCATORS)]] == [a.name for a in ALLOCATORS]
    assert "\nseccomp: " in text


def test_instead_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first that works, this one left out; none is the empty string."""
    outcomes = {"memfd-exec": "refused", "file-exec": "ok"}

    def attempts(allocators: Sequence[Allocator]) -> tuple[Finding, ...]:
        return tuple(Finding(allocator=a.name, outcome=outcomes.get(a.name, "refused")) for a in allocators)  # type: ignore[arg-type]  # a str

    monkeypatch.setattr(probe, "attempts", attempts)
    assert Mmap().instead(HERE) == "file-exec"
    outcomes.clear()
    assert Mmap().instead(HERE) == ""
