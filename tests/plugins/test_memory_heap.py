"""What the C heap is owed: pages that were made executable are writable again before the C library gets them back."""

from __future__ import annotations

import ctypes
import functools
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from regions import HERE, HOST, PAGE, linux, loaded

from arrowsmith.errors import ExecutableMemoryError
from arrowsmith.memory import Allocator
from arrowsmith_memory import calls, heap
from arrowsmith_memory.calls import Refused
from arrowsmith_memory.strategy import Strategy

pytestmark = pytest.mark.skipif(not HERE, reason=f"no allocator for {HOST.machine} on {HOST.os}")


class Heap:
    """`calls` as `heap` sees it, recording; *broken* calls are refused."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *broken: str) -> None:
        self.log: list[str] = []
        for name in ("posix_memalign", "aligned_alloc", "mprotect", "free"):
            monkeypatch.setattr(calls, name, self.recorder(name, getattr(calls, name), broken))
        self.pages = functools.partial(heap.Block, obtain=calls.posix_memalign)

    def recorder(self, name: str, real: Any, broken: tuple[str, ...]) -> Any:
        def record(*arguments: int) -> Any:
            words = name if name != "mprotect" else f"mprotect {arguments[2]}"
            self.log.append(words)
            if words in broken:
                raise Refused(name, "page", 13)
            return real(*arguments)

        return record


def test_heap_is_writable_before_it_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    """RX pages are made RW before free(3); a block that never was RX is freed as it is."""
    seen = Heap(monkeypatch)
    sealed = seen.pages(PAGE)
    sealed.seal()
    sealed.close()
    seen.pages(PAGE).close()

    assert seen.log == ["posix_memalign", "mprotect 5", "mprotect 3", "free", "posix_memalign", "free"]


def test_heap_that_cannot_be_restored_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that stays executable is never freed: the next malloc(3) would write into it and die."""
    seen = Heap(monkeypatch, "mprotect 3")
    region = Strategy(name="broken", rank=-1, backing=seen.pages, mapped=False, owed=True).allocate(1)
    region.seal()
    with pytest.raises(ExecutableMemoryError, match="mprotect"):
        region.release()
    region.release()

    assert "free" not in seen.log


def test_heap_refusal_gives_the_block_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where sealing is refused the block is freed as it is."""
    seen = Heap(monkeypatch, "mprotect 5")
    region = Strategy(name="broken", rank=-1, backing=seen.pages, mapped=False, owed=True).allocate(1)
    with pytest.raises(ExecutableMemoryError, match="mprotect"):
        region.seal()
    region.release()

    assert seen.log == ["posix_memalign", "mprotect 5", "free"]


@pytest.mark.parametrize("allocator", [a for a in HERE if getattr(a, "owed", False)], ids=lambda a: a.name)
def test_heap_block_is_used_again(allocator: Allocator) -> None:
    """The C library hands the same block out again, and it can be written: free(3) got it back as malloc(3) gave it."""
    addresses: set[int] = set()
    for number in range(64):  # other threads of this process take and give back memory too
        region = loaded(allocator, number)
        again, address = region.address in addresses, region.address
        region.release()
        if again:
            return
        addresses.add(address)
        block = calls.posix_memalign(PAGE, PAGE)
        ctypes.memset(block, 0xCC, PAGE)
        calls.free(block)

    pytest.fail(f"{len(addresses)} blocks at {len(addresses)} places")


@linux
@pytest.mark.parametrize("allocator", [a for a in HERE if getattr(a, "owed", False)], ids=lambda a: a.name)
def test_heap_is_restored_at_exit(allocator: Allocator) -> None:
    """Regions that live until the process ends are given back before it does."""
    script = (
        "import atexit\n"
        "from arrowsmith_memory import calls\n"
        "from arrowsmith_memory.offers import ALLOCATORS\n"
        "log = []\n"
        "atexit.register(lambda: print(*log, sep='\\n'))\n"
        f"region = next(a for a in ALLOCATORS if a.name == {allocator.name!r}).allocate(1)\n"
        "region.seal()\n"
        "calls.WATCH.set(lambda call, words, result: result is None or log.append(f'{call} {words}'))\n"
    )
    path = os.pathsep.join(entry for entry in sys.path if entry)
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert [re.sub("0x[0-9a-f]+", "page", line) for line in done.stdout.split("\n")] == [
        f"mprotect page, {PAGE}, PROT_READ|PROT_WRITE",
        "free page",
        "",
    ]
