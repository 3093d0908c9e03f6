"""Every allocator of arrowsmith_memory that this host has keeps the contract of `arrowsmith.memory`."""

from __future__ import annotations

import gc
import os
import pickle
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from regions import HERE, HOST, OFFERED, PAGE, call, each, linux, loaded, returning

from arrowsmith.errors import ExecutableMemoryError
from arrowsmith.host import Host
from arrowsmith.memory import Allocator, Diagnoses, Restricts
from arrowsmith_memory.calls import Refused
from arrowsmith_memory.loader import fresh_path
from arrowsmith_memory.region import CodeRegion
from arrowsmith_memory.strategy import Strategy

pytestmark = pytest.mark.skipif(not HERE, reason=f"no allocator for {HOST.machine} on {HOST.os}")


def _resident() -> int:
    """Pages of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])


def protections() -> list[str]:
    """The protection of every mapping of this process."""
    return [line.split()[1] for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()]


def test_the_table() -> None:
    """Names are the contract's, each once; only the allocators of plain memory are taken unnamed."""
    assert [a.name for a in OFFERED if a.rank >= 0] == ["mmap", "virtualalloc"]
    assert sorted(a.name for a in OFFERED if a.rank < 0) == [
        "aligned-alloc",
        "dev-zero",
        "dlopen",
        "file-exec",
        "malloc-large",
        "memfd-dual",
        "memfd-exec",
        "posix-memalign",
        "rwx",
    ]
    assert len({a.rank for a in OFFERED if a.rank < 0}) == 9


def test_every_allocator_is_documented() -> None:
    """docs/allocators.md has a heading for each, so that a refusal can be looked up."""
    text = (Path(__file__).parents[2] / "docs" / "allocators.md").read_text(encoding="utf-8")
    headings = {name for line in re.findall(r"^## (.*)$", text, re.MULTILINE) for name in line.split(", ")}

    assert {allocator.name for allocator in OFFERED} <= headings


@pytest.mark.parametrize("allocator", OFFERED, ids=lambda allocator: allocator.name)
def test_is_a_plain_value(allocator: Allocator) -> None:
    """An offer pickles, compares by value and hashes, and has both capabilities."""
    assert pickle.loads(pickle.dumps(allocator)) == allocator
    assert len({allocator, pickle.loads(pickle.dumps(allocator))}) == 1
    assert isinstance(allocator, Diagnoses)
    assert isinstance(allocator, Restricts)


@pytest.mark.parametrize(
    ("system", "machine", "who"),
    [
        ("win32", "x86-64", {"virtualalloc"}),
        ("darwin", "x86-64", {"mmap", "dev-zero", "posix-memalign", "aligned-alloc", "malloc-large", "rwx"}),
        ("linux", "x86-64", {a.name for a in OFFERED} - {"virtualalloc"}),
        ("linux", "aarch64", set()),
    ],
)
def test_refuses_other_hosts(system: str, machine: str, who: set[str]) -> None:
    """An allocator refuses a host whose calls or whose instruction cache are not as it needs, and says why."""
    host = Host(machine=machine, os=system, page_size=4096, convention="sysv", cpus=1, seccomp=None)
    reasons = {allocator.name: allocator.refuses(host) for allocator in OFFERED}

    assert {name for name, reason in reasons.items() if reason is None} == who
    assert all(reason is None or reason.startswith("needs ") for reason in reasons.values())


@each
@pytest.mark.parametrize("size", [0, 1, PAGE - 1, PAGE, PAGE + 1, 5 * PAGE])
def test_whole_pages(allocator: Allocator, size: int) -> None:
    """A region has whole pages, at least one, aligned to a page, and what was written is executed."""
    region = allocator.allocate(size)
    region.write(region.size - 6, returning(size))
    region.seal()

    assert region.size == max(1, -(-size // PAGE)) * PAGE
    assert region.address % PAGE == 0
    assert call(region.address + region.size - 6) == size
    region.release()


@each
def test_writes_gather(allocator: Allocator) -> None:
    """Several writes, in any order, make one piece of code."""
    region = allocator.allocate(PAGE)
    region.write(5, b"\xc3")
    region.write(0, b"\xb8\x07\x00\x00\x00")
    region.write(0, b"")
    region.seal()

    assert call(region.address) == 7


@each
def test_order(allocator: Allocator) -> None:
    """A region is written, sealed, released, in that order; release may be repeated."""
    region = allocator.allocate(1)
    with pytest.raises(RuntimeError, match="only between seal and release"):
        _ = region.address
    with pytest.raises(ValueError, match="do not fit"):
        region.write(region.size, b"x")
    with pytest.raises(ValueError, match="do not fit"):
        region.write(-1, b"x")
    region.seal()
    with pytest.raises(RuntimeError, match="write after seal"):
        region.write(0, b"x")
    with pytest.raises(RuntimeError, match="seal after seal"):
        region.seal()
    region.release()
    region.release()
    with pytest.raises(RuntimeError, match="only between seal and release"):
        _ = region.address

    unsealed = allocator.allocate(1)
    unsealed.release()
    unsealed.release()
    with pytest.raises(RuntimeError, match="write after release"):
        unsealed.write(0, b"x")
    with pytest.raises(RuntimeError, match="seal after release"):
        unsealed.seal()
    with pytest.raises(ValueError, match="-1 bytes"):
        allocator.allocate(-1)


@each
@linux
def test_never_writable_and_executable(allocator: Allocator) -> None:
    """At no step is a page writable and executable at once; `rwx` says that it is, in its name."""
    before = [p for p in protections() if "w" in p and "x" in p]
    seen = []
    region = allocator.allocate(1)
    seen.append(protections())
    region.write(0, returning(1))
    seen.append(protections())
    region.seal()
    seen.append(protections())
    region.release()
    both = [p for step in seen for p in step if "w" in p and "x" in p]

    assert bool(both[3 * len(before) :]) == (allocator.name == "rwx")


@each
@linux
def test_sealed_has_no_writable_view(allocator: Allocator) -> None:
    """After `seal` the pages are r-x, and no other mapping and no descriptor leads to them."""
    if allocator.name == "rwx":
        pytest.skip("rwx stays writable, as its name says")
    descriptors = os.listdir("/proc/self/fd")
    region = loaded(allocator, 1)
    lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    mine = [
        line for line in lines if int(line.split("-")[0], 16) <= region.address < int(line.split()[0].split("-")[1], 16)
    ]

    assert [line.split()[1][:3] for line in mine] == ["r-x"]
    inode = mine[0].split()[4]
    if inode != "0" and allocator.name not in (
        "dev-zero",
        "dlopen",
    ):  # of these others share the file or other parts of it
        assert [line.split()[1][:3] for line in lines if line.split()[4] == inode] == ["r-x"]
    assert os.listdir("/proc/self/fd") == descriptors
    region.release()


@each
def test_two_regions(allocator: Allocator) -> None:
    """Regions alive at once are apart, also after one between them is gone and its place is used again."""
    first, second, third = (loaded(allocator, number) for number in (1, 2, 3))
    second.release()
    fourth = loaded(allocator, 4)

    assert [call(region.address) for region in (first, third, fourth)] == [1, 3, 4]


@each
@linux
def test_cycles_leave_nothing(allocator: Allocator) -> None:
    """Many cycles, ended by release, by the collector, or before they were sealed, leave maps and descriptors as they were."""

    def cycle(number: int) -> None:
        region = loaded(allocator, number)
        assert call(region.address) == number
        if number % 2:
            region.release()
        allocator.allocate(3 * PAGE).write(0, b"x")

    for number in range(20):
        cycle(number)
    gc.collect()
    maps, files = len(protections()), os.listdir("/proc/self/fd")
    grown = []
    for _ in range(4):
        before = _resident()
        for number in range(400):
            cycle(number)
        gc.collect()
        grown.append(_resident() - before)

    assert len(protections()) <= maps + 2  # the C heap may split once more
    assert os.listdir("/proc/self/fd") == files
    # a leak grows every time; what this process's other threads and its heap take, now and then
    assert min(grown) < 200, grown


@each
def test_threads(allocator: Allocator) -> None:
    """Threads may compile, run and release at once."""
    wrong: list[object] = []

    def work(start: int) -> None:
        try:
            for number in range(start, start + 40):
                region = loaded(allocator, number)
                if call(region.address) != number:
                    wrong.append(number)
                region.release()
        except BaseException as error:  # noqa: BLE001  # a thread's failure is told to the test
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(1000 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


FORKED = """
import ctypes, os, sys
from arrowsmith_memory.offers import ALLOCATORS
def loaded(allocator, number):
    region = allocator.allocate(6)
    region.write(0, b"\\xb8" + number.to_bytes(4, "little") + b"\\xc3")
    region.seal()
    return region
call = lambda region: ctypes.CFUNCTYPE(ctypes.c_int)(region.address)()
allocator, = [a for a in ALLOCATORS if a.name == sys.argv[1]]
region, half = loaded(allocator, 5), allocator.allocate(1)
pid = os.fork()
if pid == 0:
    assert call(region) == 5
    region.release()
    half.release()
    assert call(loaded(allocator, 6)) == 6
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
assert call(region) == 5
half.write(0, b"\\xb8\\x07\\x00\\x00\\x00\\xc3")
half.seal()
assert call(half) == 7
region.release()
"""


@each
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_fork(allocator: Allocator) -> None:
    """A child may run, release and load code, and exit in the ordinary way; the parent's regions are as they were."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    command = [sys.executable, "-W", "error", "-c", FORKED, allocator.name]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@each
def test_exhaustion(allocator: Allocator) -> None:
    """More than an address space holds is a refusal that says ENOMEM, or MemoryError where the memory is Python's."""
    with pytest.raises(ExecutableMemoryError) as caught:
        allocator.allocate(1 << 62).seal()

    assert caught.value.strategy == allocator.name
    assert caught.value.cause in ("memory", "rlimit-as")  # the latter where the machine that runs this has such a limit
    assert caught.value.said == "MemoryError" or caught.value.errno == 12


# --- the loader ------------------------------------------------------------------


@given(st.integers(0, 2**40), st.integers(0, 2**40), st.integers(0, 1023))
def test_paths_are_fresh(one: int, other: int, fd: int) -> None:
    """Two loads never share a path, which a loader would answer with the older object; each names the descriptor."""
    assert (fresh_path(fd, one) == fresh_path(fd, other)) == (one == other)
    assert os.path.normpath(fresh_path(fd, one)) == f"/proc/self/fd/{fd}"


def test_a_refusal_names_all() -> None:
    """The one error carries strategy, call, arguments in words, errno and, here, no rule: nothing forbids it."""

    class Stubborn:
        size = PAGE

        def write(self, offset: int, data: bytes) -> None:
            raise Refused("pwrite64", "3, 6, 0", 5)

        def seal(self) -> int:
            raise Refused("mprotect", "page, 4096, PROT_READ|PROT_EXEC", 22)

        def close(self) -> None:
            return

    strategy = Strategy(name="stubborn", rank=-1, backing=lambda size: Stubborn())
    region = strategy.allocate(1)
    assert isinstance(region, CodeRegion)
    with pytest.raises(ExecutableMemoryError, match=r"stubborn: pwrite64\(3, 6, 0\) failed with EIO$"):
        region.write(0, b"x")
    with pytest.raises(ExecutableMemoryError) as caught:
        region.seal()

    error = caught.value
    assert (error.strategy, error.call, error.errno, error.rule) == ("stubborn", "mprotect", 22, "")
    assert error.arguments == "page, 4096, PROT_READ|PROT_EXEC"
    assert "failed with EINVAL" in str(error)
