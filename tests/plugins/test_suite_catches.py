"""A suite that nothing can fail proves nothing: for each clause of emitters, an emitter that breaks it and is caught."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import Phase, settings

from arrowsmith import registry as registries
from arrowsmith.columns import Input, Output, Status
from arrowsmith.host import Host
from arrowsmith.program.kernel import Code, Target
from arrowsmith.program.program import Program
from arrowsmith.testing import EmitterSuite
from arrowsmith.testing.corpus import Sample, corpus
from arrowsmith.testing.harness import Oracle
from arrowsmith.testing.suites.emitters import Loader

VM = registries.load().emitter("vm")
SUITE = EmitterSuite()
BASELINE: frozenset[str] = frozenset()
Run = Callable[[Any, Program, Input, Output, int, int], Status]


def sample(name: str) -> Sample:
    return next(found for found in corpus() if found.name == name)


NARROW = sample("put_keeps_the_low_bytes")
LISTS = sample("repeat_in_repeat")
FRAMES = sample("frames_behind_a_length_rdw")


@dataclass(frozen=True)
class Broken:
    """The vm with a part exchanged."""

    run: Run | None = None
    emitted: Callable[[Code], Code] | None = None
    refusal: str | None = None
    name: str = "broken"
    rank: int = 0

    def refuses(self, program: Program, host: Host) -> str | None:
        return self.refusal

    def emit(self, program: Program, target: Target) -> Code:
        code = VM.emit(program, target)
        return self.emitted(code) if self.emitted else code

    def load(self, code: Code, allocator: Any) -> Any:
        kernel = VM.load(code, allocator)
        return Wrapped(kernel, code.program, self.run) if self.run else kernel


class Wrapped:
    def __init__(self, kernel: Any, program: Program, run: Run) -> None:
        self.kernel, self.program, self.how = kernel, program, run
        self.frame = getattr(kernel, "frame", None)

    def run(self, source: Input, output: Output, frame: int, count: int) -> Status:
        return self.how(self.kernel, self.program, source, output, frame, count)

    def close(self) -> None:
        """It can still run: that is what is broken."""


def spoils(kernel: Any, program: Program, source: Input, output: Output, frame: int, count: int) -> Status:
    """The first byte of the first column is wrong."""
    status = kernel.run(source, output, frame, count)
    if output.rows[0]:
        output.columns[0].values.view[0] = 0x5A
    return status


def drops(kernel: Any, program: Program, source: Input, output: Output, frame: int, count: int) -> Status:
    """Where it was refused it does not say that it was."""
    status = kernel.run(source, output, frame, count)
    return replace(status, stop="done") if status.stop == "failed" else status


def one_less(kernel: Any, program: Program, source: Input, output: Output, frame: int, count: int) -> Status:
    """It says done a record too early where there are several."""
    return replace(kernel.run(source, output, frame, max(count - 1, 1)), stop="done")


def before(kernel: Any, program: Program, source: Input, output: Output, frame: int, count: int) -> Status:
    """It writes a byte before an output."""
    ctypes.memset(output.columns[0].values.address - 1, 0, 1)
    return kernel.run(source, output, frame, count)


def behind(kernel: Any, program: Program, source: Input, output: Output, frame: int, count: int) -> Status:
    """It leaves a dirty slot behind the rows, and does not say so."""
    status = kernel.run(source, output, frame, count)
    output.columns[0].validity.view[-1] = 1
    return status


def scribbles(kernel: Any, program: Program, source: Input, output: Output, frame: int, count: int) -> Status:
    """It writes into the input, and puts it right only where a record is alone."""
    status = kernel.run(source, output, frame, count)
    source.memory.view[:1] = b"\x77"
    return status


def forgets(kernel: Any, program: Program, source: Input, output: Output, frame: int, count: int) -> Status:
    """It decodes a record anew in every call, from the first on."""
    return kernel.run(source, output, 0 if count == 1 else frame, count)


@pytest.mark.parametrize("run", [spoils, drops, one_less, behind, scribbles])
def test_e1_catches_other_bytes(run: Run) -> None:
    with pytest.raises(AssertionError):
        SUITE.test_e1_the_oracles_bytes_or_a_reason(Loader(Broken(run), None), BASELINE, LISTS)


def test_e1_catches_a_refusal_without_a_reason() -> None:
    with pytest.raises(AssertionError):
        SUITE.test_e1_the_oracles_bytes_or_a_reason(Loader(Broken(refusal=""), None), BASELINE, LISTS)


def test_e1_catches_other_frames() -> None:
    """A framer that loses what a frame carries, or its length."""

    class Short:
        def __init__(self, oracle: Oracle) -> None:
            self.oracle = oracle

        def frame(self, *given: Any) -> Any:
            status = self.oracle.frame(*given)
            given[2].lengths[0] -= 1
            return status

        def close(self) -> None: ...

    class Lossy(Broken):
        def load(self, code: Code, allocator: Any) -> Any:
            return Short(Oracle(code.program))

    with pytest.raises(AssertionError, match="window 0"):
        SUITE.test_e1_the_oracles_bytes_or_a_reason(Loader(Lossy(), None), BASELINE, FRAMES)


def test_e2_catches_other_bytes() -> None:
    before = settings.default
    settings.register_profile("found", phases=[Phase.generate])  # what is found need not be made small here
    settings.load_profile("found")
    try:
        with pytest.raises(AssertionError):
            SUITE.test_e2_the_oracles_bytes_of_any_program(Loader(Broken(drops), None))
    finally:
        settings.register_profile("before", before)
        settings.load_profile("before")


def test_e3_catches_code_that_changes() -> None:
    numbers = iter(range(1 << 20))

    with pytest.raises(AssertionError):
        SUITE.test_e3_emitting_twice_gives_the_same_code(
            Loader(Broken(emitted=lambda code: replace(code, listing=str(next(numbers)))), None), BASELINE
        )


def test_e3_catches_code_that_another_process_makes_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest here is not the digest there, where sets have another order."""
    from arrowsmith.testing.suites import emitters

    apart = emitters.digest
    monkeypatch.setattr(emitters, "digest", lambda *given: apart(*given)[::-1] + "0")

    with pytest.raises(AssertionError):
        SUITE.test_e3_another_process_gives_the_same_code(Loader(VM, None), BASELINE)


def opens_a_file(code: Code) -> Code:
    with open(__file__, encoding="utf-8"):
        return code


def looks_for_an_address(code: Code) -> Code:
    return replace(code, listing=str(ctypes.addressof(ctypes.c_char(0)) and 1))


@pytest.mark.parametrize("emitted", [opens_a_file, looks_for_an_address])
def test_e4_catches_what_touches_the_world(emitted: Callable[[Code], Code]) -> None:
    with pytest.raises(AssertionError):
        SUITE.test_e4_emitting_touches_nothing(Loader(Broken(emitted=emitted), None), BASELINE)


@pytest.mark.parametrize("run", [drops, spoils])
def test_e5_catches_other_refusals(run: Run) -> None:
    with pytest.raises(AssertionError):
        SUITE.test_e5_damaged_data_fail_where_the_oracle_says(Loader(Broken(run), None), BASELINE, LISTS)


def test_e6_catches_a_byte_before_an_output() -> None:
    with pytest.raises(AssertionError, match="before an output"):
        SUITE.test_e6_nothing_beyond_the_bounds_is_touched(Loader(Broken(before), None), BASELINE, NARROW)


def test_e7_catches_what_the_batch_decides() -> None:
    with pytest.raises(AssertionError):
        SUITE.test_e7_the_size_of_batches_is_invisible(Loader(Broken(forgets), None), BASELINE, NARROW)


def test_e8_catches_refusing_everything() -> None:
    with pytest.raises(AssertionError):
        SUITE.test_e8_something_is_accepted(Loader(Broken(refusal="not today"), None))


def test_e8_catches_coverage_that_changed() -> None:
    class Strict(EmitterSuite):
        refused = frozenset({"load_int_big_twos"})

    with pytest.raises(AssertionError, match="has changed"):
        Strict().test_e8_something_is_accepted(Loader(VM, None))


def test_e9_catches_state_between_calls() -> None:
    """A kernel that keeps where it is in itself."""

    class Shared(Wrapped):
        def run(self, source: Input, output: Output, frame: int, count: int) -> Status:
            self.place = frame
            for _ in range(2000):  # long enough for another thread to come in between
                pass
            return self.kernel.run(source, output, self.place, count)

    class Stateful(Broken):
        def load(self, code: Code, allocator: Any) -> Any:
            kernel = VM.load(code, allocator)
            return kernel if code.program.kind == "framer" else Shared(kernel, code.program, forgets)

    def often() -> None:
        for _ in range(20):
            SUITE.test_e9_a_kernel_runs_in_several_threads_at_once(Loader(Stateful(), None), BASELINE)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with pytest.raises((AssertionError, ValueError, IndexError)):  # a wrong place is a wrong answer, or none
            often()
    finally:
        sys.setswitchinterval(interval)


def test_e10_catches_a_kernel_that_runs_on() -> None:
    def runs(kernel: Any, *given: Any) -> Status:
        return kernel.run(*given[1:])

    with pytest.raises(BaseException, match="DID NOT RAISE"):
        SUITE.test_e10_a_closed_kernel_does_not_run(Loader(Broken(runs), None))
