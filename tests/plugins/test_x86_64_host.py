"""Machine code and its host: processor features, both calling conventions, the life of a kernel."""

from __future__ import annotations

import ctypes
import os
import shutil
import struct
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("iced_x86")

from arrowsmith import registry as registries
from arrowsmith.charsets import known
from arrowsmith.errors import InternalError
from arrowsmith.host import Host
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.kernel import Target
from arrowsmith.program.program import Program
from arrowsmith.testing.corpus import corpus
from arrowsmith.testing.harness import Oracle, compare, decode, new_input, new_output
from arrowsmith.testing.runs import agree
from arrowsmith.testing.strategies_data import Given
from arrowsmith_x86_64 import X86_64, features, kernel

EMITTER = X86_64()
ALLOCATOR = registries.load().allocator("mmap")
AVX2 = frozenset({"ssse3", "sse4_1", "sse4_2", "popcnt", "movbe", "avx", "avx2", "bmi1", "bmi2", "abm"})


def everything() -> Program:
    """A Program that uses every kind of register: vectors, lists, texts, decimals of 128 bits, a trap and a log."""
    b = Builder("EVERYTHING")
    b.emit(o.Need(n=40))
    table = known("cp037")
    assert table
    text = b.column(0, "utf8", ("text",))
    b.emit(o.RoomData(column=text, n=40))
    b.emit(
        o.Put(
            column=text,
            a=b.value(o.LoadText, at=0, size=20, charset=b.charset(table), trim="both", undecodable="replace"),
        )
    )
    number = b.column(0, "dec128", ("number",))
    b.emit(o.Put(column=number, a=b.value(o.Unpack, at=20, size=16, digits=31, fail="null", site=b.site("N")), scale=2))
    level = b.level(0, ("items",))
    item = b.column(level, "i16", ("items",))
    b.emit(o.Skip(n=36))
    b.emit(o.Room(level=level, n=2))
    body = o.Block(
        [o.LoadInt(out=b.register(), at=0, size=2), o.Put(column=item, a=o.R(len(b.registers) - 1)), o.Skip(n=2)]
    )
    b.emit(o.Repeat(count=2, level=level, body=body))
    return b.program(size=40)


def records(count: int) -> Given:
    good = (
        "ABC DEF ".encode("cp037").ljust(20, b"\x40")
        + bytes.fromhex("00" * 11 + "012345678D")
        + struct.pack(">2h", 7, -7)
    )
    bad = good[:20] + b"\xff" * 16 + good[36:]
    data = b"".join((bad if n % 5 == 3 else good) for n in range(count))
    return Given(data=data, frames=tuple((40 * n, 40) for n in range(count)), stride=40)


# --- features ----------------------------------------------------------------------------------------------------------


def test_features_are_those_of_the_system() -> None:
    """The stub finds what /proc/cpuinfo tells, of the names that the emitter knows."""
    cpuinfo = Path("/proc/cpuinfo")
    flags = next((line for line in _text(cpuinfo).splitlines() if line.startswith("flags")), None)
    if flags is None:
        pytest.skip("the system tells no flags")
    told = {"avx512vbmi" if name == "avx512_vbmi" else name for name in flags.partition(":")[2].split()}

    assert EMITTER.target(ALLOCATOR).features == features.whole(frozenset(told))


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ssse3", "sse4_1"}, {"ssse3", "sse4_1"}),
        ({"sse4_1"}, set()),
        ({"ssse3", "avx2"}, {"ssse3"}),
        ({"ssse3", "sse4_1", "sse4_2", "avx", "fma"}, {"ssse3", "sse4_1", "sse4_2", "avx"}),
    ],
)
def test_a_feature_counts_where_all_that_it_implies_is_there(given: set[str], expected: set[str]) -> None:
    """A set of names is brought down to what is whole."""
    assert features.whole(frozenset(given)) == expected


def test_avx_counts_only_where_its_registers_are_saved() -> None:
    """CPUID may tell of AVX2 on a system that does not save its registers: XCR0 decides (Intel SDM vol. 1, 14.3)."""
    every = 0xFFFFFFFF
    answers = [every] * (2 + 4 * len(features.LEAVES))

    assert "avx2" in features.named(struct.pack(f"<{len(answers) + 1}I", *answers, 0b110))
    assert "avx512f" not in features.named(struct.pack(f"<{len(answers) + 1}I", *answers, 0b110))
    for saved in (0, 0b010, 0b100):
        assert features.named(struct.pack(f"<{len(answers) + 1}I", *answers, saved)) == {
            "ssse3", "sse4_1", "sse4_2", "movbe", "popcnt", "bmi1", "bmi2", "abm",
        }  # fmt: skip


def test_code_for_another_target_is_refused() -> None:
    """Code whose target exceeds the host is not loaded."""
    code = EMITTER.emit(everything(), Target(convention="win64" if os.name == "posix" else "sysv"))
    with pytest.raises(InternalError, match="on a host of"):
        EMITTER.load(code, ALLOCATOR)


def test_code_that_needs_more_than_the_host_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor without AVX2 gets no AVX2 code."""
    monkeypatch.setitem(features._FOUND, Host.current().convention, frozenset({"ssse3"}))
    code = EMITTER.emit(everything(), Target(convention=Host.current().convention, features=AVX2))
    with pytest.raises(InternalError, match="avx, avx2"):
        EMITTER.load(code, ALLOCATOR)


def test_refusals_are_said_in_words() -> None:
    """Another machine, and the first op without a selection, with its field."""
    elsewhere = Host(machine="aarch64", os="linux", page_size=4096, convention="sysv", cpus=1, seccomp=None)
    b = Builder("T")
    b.emit(o.Transform(how="rol", n=4, arguments=(1,), body=o.Block(), site=b.site("A.B")))

    assert EMITTER.refuses(everything(), elsewhere) == "needs an x86-64 process, this one is aarch64"
    assert EMITTER.refuses(b.program(), Host.current()) == "transform (A.B): rol makes a stream"
    assert EMITTER.refuses(everything(), Host.current()) is None


# --- conventions -------------------------------------------------------------------------------------------------------

#: calls a function of either convention with every register that it must keep full of patterns
CALLER = Path(__file__).with_name("caller.c")
GENERAL = (0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666)


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The two ways of calling, compiled."""
    if shutil.which("gcc") is None or os.name != "posix":
        pytest.skip("there is no gcc to make a caller of the Windows convention")
    folder = tmp_path_factory.mktemp("caller")
    command = ["gcc", "-O1", "-shared", "-fPIC", "-Wl,-Bsymbolic", "-o", "caller.so", str(CALLER)]
    subprocess.run(command, cwd=folder, check=True)
    library = ctypes.CDLL(str(folder / "caller.so"))
    library.checked.argtypes = library.by_compiler.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    return library


@pytest.mark.parametrize("level", [frozenset[str](), AVX2], ids=["baseline", "avx2"])
@pytest.mark.parametrize("convention", ["sysv", "win64"])
def test_a_kernel_keeps_what_its_convention_says(convention: str, level: frozenset[str], caller: ctypes.CDLL) -> None:
    """Right results, and every non-volatile register as it was (System V: six; Windows: rdi, rsi and xmm6–xmm15 too)."""
    if level - EMITTER.target(ALLOCATOR).features:
        pytest.skip("this processor lacks a feature")
    program, given = everything(), records(70)
    found = (ctypes.c_uint64 * 28)()
    ctypes.c_int.in_dll(caller, "windows").value = convention == "win64"

    def call(address: int):
        return lambda context: caller.checked(address, context, ctypes.addressof(found))

    made = kernel.load(EMITTER.emit(program, Target(convention=convention, features=level)), ALLOCATOR, call)
    with closing(made):
        agree(made, program, given)
    assert tuple(found[:6]) == GENERAL
    if convention == "win64":
        assert tuple(found[6:8]) == (0x7777, 0x8888)
        assert set(found[8:]) == {0x1111}


@pytest.mark.parametrize("level", [frozenset[str](), AVX2], ids=["baseline", "avx2"])
def test_every_sample_runs_under_the_windows_convention(level: frozenset[str], caller: ctypes.CDLL) -> None:
    """All of the corpus that the emitter accepts: the oracle's bytes, and every non-volatile register as it was, call after call."""
    if level - EMITTER.target(ALLOCATOR).features:
        pytest.skip("this processor lacks a feature")
    found = (ctypes.c_uint64 * 28)()
    ctypes.c_int.in_dll(caller, "windows").value = 1
    kept = (*GENERAL, 0x7777, 0x8888, *[0x1111] * 20)
    calls = 0

    def call(address: int):
        def through(context: int) -> int:
            nonlocal calls
            stop = caller.checked(address, context, ctypes.addressof(found))
            assert tuple(found) == kept
            calls += 1
            return stop

        return through

    for sample in corpus():
        if EMITTER.refuses(sample.program, Host.current()) is None:
            code = EMITTER.emit(sample.program, Target(convention="win64", features=level))
            with closing(kernel.load(code, ALLOCATOR, call)) as made:
                agree(made, sample.program, sample.given)
    assert calls > 200


def test_a_compiler_calls_the_windows_convention_so(caller: ctypes.CDLL) -> None:
    """What gcc means by ms_abi is what we mean by win64."""
    program, given = everything(), records(9)
    made = kernel.load(
        EMITTER.emit(program, Target(convention="win64")),
        ALLOCATOR,
        lambda f: lambda context: caller.by_compiler(f, context, None),
    )
    with closing(made):
        agree(made, program, given)


# --- the life of a kernel ------------------------------------------------------------------------------------------------


def test_code_runs_wherever_it_is_put() -> None:
    """Position-independent: the same bytes at two places do the same."""
    program, given = everything(), records(9)
    code = EMITTER.emit(program, EMITTER.target(ALLOCATOR))
    with closing(EMITTER.load(code, ALLOCATOR)) as first, closing(EMITTER.load(code, ALLOCATOR)) as second:
        agree(first, program, given)
        agree(second, program, given)


def test_one_kernel_serves_outputs_in_turn() -> None:
    """Addresses of columns are kept for an output, and only for it."""
    program, given = everything(), records(6)
    with closing(EMITTER.load(EMITTER.emit(program, Target()), ALLOCATOR)) as made:
        outputs = [new_output(program) for _ in range(2)]
        for n in range(6):
            made.run(given.input(), outputs[n % 2], n, 1)

        assert [output.rows[0] for output in outputs] == [3, 3]
        assert [bytes(output.columns[0].data.view[:7]) for output in outputs] == [b"ABC DEF"] * 2


def _slow() -> tuple[Program, Given]:
    """One record that takes a while: two nested loops."""
    b = Builder("SLOW")
    inner = o.Block([o.Let(out=b.register(), how="add", a=1, b=2)])
    b.emit(o.Repeat(count=20_000, level=-1, body=o.Block([o.Repeat(count=20_000, level=-1, body=inner)])))
    return b.program(), Given(data=b"x", frames=((0, 1),))


def test_close_waits_for_calls_in_flight_and_the_interpreter_runs_on() -> None:
    """While a kernel runs, other threads run Python; closing lets it finish."""
    program, given = _slow()
    made = EMITTER.load(EMITTER.emit(program, Target()), ALLOCATOR)
    started, done = threading.Event(), []

    def run() -> None:
        started.set()
        done.append(made.run(given.input(), new_output(program), 0, 1).stop)

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    ticks = 0
    while not done and ticks < 20:
        time.sleep(0.001)
        ticks += 1
    made.close()

    assert done == ["done"]
    assert ticks > 3, "no other thread ran"
    thread.join()
    with pytest.raises(InternalError, match="after it was closed"):
        made.run(given.input(), new_output(program), 0, 1)


def test_what_is_full_says_how_much_is_wanted() -> None:
    """Slots and bytes that the next record alone needs; of the log, bytes."""
    program, given = everything(), records(9)
    with closing(EMITTER.load(EMITTER.emit(program, Target()), ALLOCATOR)) as made:
        wanted = {}
        for capacity, data, log in (((2, 64), 4096, 9), ((64, 5), 4096, 9), ((64, 64), 50, 9), ((64, 64), 4096, 0)):
            output = new_output(program, capacity, [data, 0, 0], log=log)
            status = made.run(given.input(), output, 0, 9)
            wanted[status.column] = (status.frames, status.wanted)

    assert wanted == {-1: (2, 1), -2: (2, 2), 0: (2, 40), -1000: (3, 8)}


def test_parameters_and_carried_values_reach_the_code() -> None:
    """By number, as 64 bits with a sign."""
    b = Builder("GIVEN")
    for n, op in enumerate(
        (o.GetParam(out=b.register(), index=b.parameter("p")), o.Carried(out=b.register(), index=1))
    ):
        b.emit(op)
        b.emit(o.Put(column=b.column(0, "i64", (f"c{n}",)), a=op.out))
    program = b.program()
    source = new_input(b"xy", [(0, 1), (1, 1)], parameters=(-5,), carried=((1, 2), (-(2**63), 7)))
    with closing(EMITTER.load(EMITTER.emit(program, Target()), ALLOCATOR)) as made:
        assert not compare(decode(Oracle(program), program, source, 2), decode(made, program, source, 2))
