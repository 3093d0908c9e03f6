"""What every emitter promises (docs/write-an-emitter.md): the oracle's bytes, or a reason.

Each clause runs over the corpus, at every level of processor features that the subclass names; E2 over generated Programs as well.
A kernel that reads or writes beyond its bounds ends the process: pytest's fault handler then names the test.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache, partial
from typing import Any, ClassVar

import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from arrowsmith import registry as registries
from arrowsmith.errors import ExecutableMemoryError, InternalError, OptionError
from arrowsmith.host import Host
from arrowsmith.interfaces import Emitter
from arrowsmith.memory import Allocator
from arrowsmith.program import ops as o
from arrowsmith.program.kernel import Code, Target
from arrowsmith.program.ops import Op
from arrowsmith.program.program import Program
from arrowsmith.program.text import print_program
from arrowsmith.testing.corpus import Sample, corpus
from arrowsmith.testing.guard import guarded_input, guarded_output
from arrowsmith.testing.machine_code import verify_code
from arrowsmith.testing.runs import Ways, agree, damaged, repeated
from arrowsmith.testing.strategies_data import Given, inputs_for, windows_for
from arrowsmith.testing.strategies_programs import framers, programs

Level = frozenset[str]

#: what a child process runs: the digest of what an emitter makes, with another order of sets
_APART = """
import pickle, sys
try:
    emitter, programs, target = pickle.load(sys.stdin.buffer)
except (AttributeError, ImportError):
    sys.exit(3)
from arrowsmith.testing.suites.emitters import digest
print(digest(emitter, programs, target))
"""

#: audit events of touching memory, files, processes or the network
_OUTSIDE = ("ctypes.", "mmap.", "os.", "open", "shutil.", "socket.", "subprocess.", "tempfile.")


def digest(emitter: Emitter, programs: Sequence[Program], target: Target) -> str:
    """What *emitter* makes of *programs*, in short."""
    made = hashlib.sha256()
    for program in programs:
        code = emitter.emit(program, target)
        made.update(repr((code.emitter, code.data, code.listing, code.payload)).encode())
    return made.hexdigest()


class EmitterSuite:
    """Subclass it as ``TestMine`` and give the fixture ``emitter``.

    ``features``: levels of processor features by name, each forced in turn; those beyond this host are skipped.  ``without``: ops that
    generated Programs leave out, because the emitter refuses them all.  ``refused``: the samples of the corpus that it refuses, by
    name; None where that is not to be held fast.
    """

    features: Mapping[str, Level] = {"baseline": frozenset()}
    without: frozenset[type[Op]] = frozenset()
    refused: Collection[str] | None = None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test for each level, and for each sample of the corpus."""
        if "level" in metafunc.fixturenames:
            metafunc.parametrize("level", self.features.values(), ids=self.features)
        if "sample" in metafunc.fixturenames:
            metafunc.parametrize("sample", corpus(), ids=str)

    @pytest.fixture
    def emitter(self) -> Emitter:
        """The emitter under test."""
        pytest.fail("give a fixture called emitter")

    @pytest.fixture
    def allocator(self, emitter: Emitter) -> Allocator | None:
        """Where its code is put: what ``auto`` takes here; nothing where the emitter says that it needs no memory."""
        if not getattr(emitter, "needs_memory", True):
            return None
        try:
            return _registry().choose_allocator(1, Host.current())
        except OptionError as error:
            pytest.skip(error.message)

    @pytest.fixture
    def load(self, emitter: Emitter, allocator: Allocator | None) -> Loader:
        """Programs → kernels."""
        return Loader(emitter, allocator)

    # --- E1 ------------------------------------------------------------------------------------------------------------

    def test_e1_the_oracles_bytes_or_a_reason(self, load: Loader, level: Level, sample: Sample) -> None:
        """E1. Every sample of the corpus is refused with a reason, or gives the oracle's bytes: values, offsets, validity, log, status."""
        kernel = load(sample.program, level)
        if kernel is None:
            return
        with closing(kernel):
            agree(kernel, sample.program, sample.given)
            agree(kernel, sample.program, repeated(sample.given, MANY))

    # --- E2 ------------------------------------------------------------------------------------------------------------

    def test_e2_the_oracles_bytes_of_any_program(self, load: Loader) -> None:
        """E2. The same holds of generated Programs and data, between guard pages, in batches of any size."""

        @given(st.data(), st.sampled_from([*self.features.values()]), st.sampled_from(WAYS))
        def any_program(data: st.DataObject, level: Level, ways: Ways) -> None:
            program = data.draw(programs(without=self.without))
            records = data.draw(inputs_for(program))
            self._compare(load, program, records, level, ways)

        any_program()

    def test_e2_the_oracles_frames_of_any_framer(self, load: Loader) -> None:
        """E2. The same holds of generated framers and files, in windows of any size."""

        @given(st.data(), st.sampled_from([*self.features.values()]), st.sampled_from(WAYS))
        def any_framer(data: st.DataObject, level: Level, ways: Ways) -> None:
            program = data.draw(framers(without=self.without))
            file = data.draw(windows_for(program))
            self._compare(load, program, Given(data=file, frames=()), level, ways)

        any_framer()

    def _compare(self, load: Loader, program: Program, records: Given, level: Level, ways: Ways) -> None:
        kernel = load(program, level)
        target(float(kernel is not None), label="programs that were not refused")
        if kernel is None:
            return
        with closing(kernel):
            try:
                agree(kernel, program, records, ways)
            except AssertionError as error:
                raise AssertionError(f"{error}\n\n{print_program(program)}\n{records}") from None

    # --- E3, E4 --------------------------------------------------------------------------------------------------------

    def _accepted(self, load: Loader) -> list[Program]:
        return [sample.program for sample in corpus() if load.refusal(sample.program) is None]

    def test_e3_emitting_twice_gives_the_same_code(self, load: Loader, level: Level) -> None:
        """E3. The same Program and target give the same code."""
        for program in self._accepted(load):
            assert load.code(program, level) == load.code(program, level), program.name

    def test_e3_another_process_gives_the_same_code(self, load: Loader, level: Level) -> None:
        """E3. So they do in another process, where sets have another order."""
        target, programs = load.target(level), self._accepted(load)
        try:
            given = pickle.dumps((load.emitter, programs, target))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            pytest.skip(f"the emitter cannot be handed to another process: {error}")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("COV_", "COVERAGE_"))}
        environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "12345"}
        done = subprocess.run(
            [sys.executable, "-c", _APART], input=given, capture_output=True, env=environment, check=False
        )
        if done.returncode == 3:
            pytest.skip("the emitter's module cannot be imported in another process")

        assert done.returncode == 0, done.stderr.decode()
        assert done.stdout.decode().strip() == digest(load.emitter, programs, target)

    def test_e4_emitting_touches_nothing(self, load: Loader, level: Level) -> None:
        """E4. Emitting allocates no memory but Python's own, calls no foreign function, opens no file."""
        seen: list[str] = []
        target = load.target(level)
        for program in self._accepted(load):
            load.emitter.emit(program, target)  # the first time may import
            with _watched(seen):
                load.emitter.emit(program, target)

        assert not seen

    # --- E5, E6, E7 ----------------------------------------------------------------------------------------------------

    def test_e5_damaged_data_fail_where_the_oracle_says(self, load: Loader, level: Level, sample: Sample) -> None:
        """E5. Truncated and corrupt records are refused exactly where the oracle refuses them, and the rest is decoded."""
        kernel = load(sample.program, level)
        if kernel is None:
            return
        with closing(kernel):
            agree(kernel, sample.program, damaged(sample.program, sample.given))

    def test_e6_nothing_beyond_the_bounds_is_touched(self, load: Loader, level: Level, sample: Sample) -> None:
        """E6. Flush against guard pages nothing beyond the padding is read, nothing beyond the slack written; the padding's bytes do
        not matter."""
        kernel = load(sample.program, level)
        if kernel is None:
            return
        with closing(kernel):
            for source in PADDED:
                agree(kernel, sample.program, sample.given, Ways(source=source, memory=guarded_output))

    def test_e7_the_size_of_batches_is_invisible(self, load: Loader, level: Level, sample: Sample) -> None:
        """E7. One record at a time, or into outputs that are full at once, gives the same as all together."""
        kernel = load(sample.program, level)
        if kernel is None:
            return
        with closing(kernel):
            agree(kernel, sample.program, sample.given, Ways(batch=1))
            agree(kernel, sample.program, sample.given, Ways(batch=3, capacity=2, data=40, log=1))

    # --- E8 ------------------------------------------------------------------------------------------------------------

    def test_e8_something_is_accepted(self, load: Loader) -> None:
        """E8. Refusing everything is no way to pass: some of the corpus runs, and where `refused` says which does not, exactly that."""
        reasons = {sample.name: load.refusal(sample.program) for sample in corpus()}
        refused = {name: reason for name, reason in reasons.items() if reason is not None}
        print(coverage(reasons))

        assert len(refused) < len(reasons)
        if self.refused is not None:
            assert sorted(refused) == sorted(self.refused), "what is refused has changed"

    # --- E11 -----------------------------------------------------------------------------------------------------------

    def test_e11_machine_code_stays_within_its_bounds(self, emitter: Emitter, level: Level, sample: Sample) -> None:
        """E11. Of an emitter that says how its machine code is laid out (`chart`), the code for either convention has only instructions
        of a list, no system call, no indirect branch, branches only within, and every operand in memory is based on an address that
        the code was given.  All that the other clauses emit, of generated Programs too, is verified as well."""
        if (chart := getattr(emitter, "chart", None)) is None:
            pytest.skip("the emitter makes no machine code, or does not say how it is laid out")
        if emitter.refuses(sample.program, Host.current()) is not None:
            return
        for convention in ("sysv", "win64"):
            code = emitter.emit(sample.program, Target(convention=convention, features=level))
            assert [*map(str, verify_code(code, chart(code)))] == []

    # --- E9, E10 -------------------------------------------------------------------------------------------------------

    def test_e9_a_kernel_runs_in_several_threads_at_once(self, load: Loader, level: Level) -> None:
        """E9. A kernel holds no state of its own: any number of threads run it at once."""
        for sample in _busiest():
            kernel = load(sample.program, level)
            if kernel is None:
                continue
            with closing(kernel), ThreadPoolExecutor(4) as pool:
                for done in [pool.submit(agree, kernel, sample.program, sample.given) for _ in range(16)]:
                    done.result()

    def test_e10_a_closed_kernel_does_not_run(self, load: Loader) -> None:
        """E10. Closing twice is fine, and running afterwards is an InternalError."""
        for sample in corpus():
            kernel = load(sample.program, frozenset())
            if kernel is None:
                continue
            kernel.close()
            kernel.close()
            with pytest.raises(InternalError):
                agree(
                    kernel,
                    sample.program,
                    sample.given if sample.given.frames else Given(data=b"\x00", frames=((0, 1),)),
                )


#: windows flush against guard pages, with other bytes around the records
PADDED = (partial(guarded_input), partial(guarded_input, pad=0xFF), partial(guarded_input, pad=0xFF, flush="start"))

#: records of a sample repeated: more than a tile of any executor, and no whole number of tiles
MANY = 150

#: how generated Programs are run: as they come, between guard pages, and in batches of one
WAYS = (
    Ways(),
    Ways(source=partial(guarded_input, pad=0xFF), memory=guarded_output),
    Ways(source=partial(guarded_input, flush="start"), memory=guarded_output, batch=1, capacity=2, data=70, log=1),
)


@cache
def _registry() -> registries.Registry:
    """What is installed, found once: it takes longer than a test."""
    return registries.load()


class Loader:
    """What the clauses ask an emitter for; skips where the host lacks a feature, or refuses the memory."""

    def __init__(self, emitter: Emitter, allocator: Allocator | None) -> None:
        self.emitter = emitter
        self.allocator = allocator
        self._host = Host.current()

    #: digests of the code that has been verified: clauses emit the same again and again
    _verified: ClassVar[set[bytes]] = set()

    def refusal(self, program: Program) -> str | None:
        """Why the emitter refuses *program*, or None."""
        reason = self.emitter.refuses(program, self._host)
        assert reason is None or (isinstance(reason, str) and reason), "a refusal has its reason in words"
        return reason

    def target(self, level: Level) -> Target:
        """A target of this host's convention with exactly the features of *level*."""
        ask = getattr(self.emitter, "target", None)
        if ask is not None and self.allocator is not None:
            try:
                lacking = level - ask(self.allocator).features
            except ExecutableMemoryError as refusal:
                pytest.skip(refusal.message)
            if lacking:
                pytest.skip(f"this processor lacks {', '.join(sorted(lacking))}")
        return Target(convention=self._host.convention, features=level)

    def code(self, program: Program, level: Level) -> Code:
        """The code of *program*; machine code that an emitter gives the map of is verified (E11)."""
        code = self.emitter.emit(program, self.target(level))
        chart = getattr(self.emitter, "chart", None)
        if (
            chart is not None
            and (key := hashlib.sha256(repr(code.target).encode() + code.data).digest()) not in self._verified
        ):
            faults = verify_code(code, chart(code))
            assert not faults, "\n".join(
                ["E11: the machine code has faults", *map(str, faults[:20]), print_program(program)]
            )
            self._verified.add(key)
        return code

    def __call__(self, program: Program, level: Level) -> Any:
        """A kernel of *program*; None where it is refused."""
        if self.refusal(program) is not None:
            return None
        try:
            return self.emitter.load(self.code(program, level), self.allocator)  # type: ignore[arg-type]  # None where it needs none
        except ExecutableMemoryError as refusal:
            pytest.skip(refusal.message)


def coverage(reasons: dict[str, str | None]) -> str:
    """A table: for each op, in how many samples it is, how many of them run, and why the first of the others does not."""
    rows = []
    for op in o.OPS.values():
        names = [s.name for s in corpus() if any(isinstance(found, op) for found in o.walk(s.program.body))]
        refused = [reason for name in names if (reason := reasons[name]) is not None]
        rows.append(
            f"{op.name:<12} {len(names) - len(refused):>3} of {len(names):>3}  {refused[0] if refused else ''}".rstrip()
        )
    return "\n".join(["op           runs in samples", *rows])


def _busiest() -> list[Sample]:
    """The samples that take the oracle longest: with lists, texts and refusals."""
    names = (
        "repeat_in_repeat",
        "text_cp037",
        "unpack_trailing_null",
        "switch_chooses_by_value",
        "frames_behind_a_length_rdw",
    )
    return [sample for sample in corpus() if sample.name in names]


# --- what a piece of code does to the world ----------------------------------------------------------------------------

_watching: list[list[str]] = []
_hooked: list[bool] = []


def _hook(event: str, _: Any) -> None:
    if _watching and event.startswith(_OUTSIDE):
        _watching[-1].append(event)


class _watched:
    """Collects into *seen* the audit events of touching the world outside, while it is open."""

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    def __enter__(self) -> None:
        if not _hooked:  # a hook cannot be taken away again
            sys.addaudithook(_hook)
            _hooked.append(True)
        _watching.append(self.seen)

    def __exit__(self, *_: object) -> None:
        _watching.pop()
