"""Kernels of the Windows convention under Wine: `tox -e wine`, whose Debian packages are listed in docs/x86-64.md.

A kernel is called in a process of Wine's: its code, context and memory go there in a file and come back, and the oracle judges the result.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("iced_x86")

from arrowsmith import registry as registries
from arrowsmith.columns import SLACK, Input, Memory, Output, Status
from arrowsmith.program.kernel import Code, Target
from arrowsmith.testing.corpus import Sample, corpus
from arrowsmith.testing.runs import Ways, agree
from arrowsmith_x86_64 import X86_64, kernel

COMPILER = "x86_64-w64-mingw32-gcc"
LACKING = [tool for tool in ("wine", COMPILER) if shutil.which(tool) is None]
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"this machine lacks {', '.join(LACKING)}")

EMITTER = X86_64()
ALLOCATOR = registries.load().allocator("mmap")
AVX2 = frozenset({"ssse3", "sse4_1", "sse4_2", "popcnt", "movbe", "avx", "avx2", "bmi1", "bmi2", "abm"})
NAMES = (
    "load_int_big_twos", "unpack_trailing_null", "unzone_ebcdic", "text_cp037", "text_utf_8", "repeat_in_repeat",
    "repeat_of_texts", "switch_chooses_by_value", "carried_with_the_frame", "load_float_ibm32",
)  # fmt: skip
SAMPLES = [sample for sample in corpus() if sample.name in NAMES]
#: rbx rbp r12–r15, rdi rsi, both halves of xmm6–xmm15, as `checked` filled them
KEPT = (0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666, 0x7777, 0x8888, *[0x1111] * 20)


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], bytes]:
    """A job → its result, in a process of Wine's."""
    folder = tmp_path_factory.mktemp("wine")
    source = Path(__file__).with_name("harness.c")
    subprocess.run([COMPILER, "-O1", "-o", str(folder / "harness.exe"), str(source)], check=True)
    environment = {
        **os.environ, "WINEPREFIX": str(folder / "prefix"), "WINEDEBUG": "-all", "DISPLAY": "",
        "WINEDLLOVERRIDES": "mscoree=d;mshtml=d",
    }  # fmt: skip

    def run(job: bytes) -> bytes:
        (folder / "job").write_bytes(job)
        command = ["wine", "harness.exe", "job", "result"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, timeout=300)
        assert done.returncode == 0, f"status {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}"
        return (folder / "result").read_bytes()

    return run


class There:
    """A kernel that runs each call in the harness: an `Executor`."""

    def __init__(self, code: Code, harness: Callable[[bytes], bytes]) -> None:
        self.code, self.harness, self.chart, self.calls = code, harness, EMITTER.chart(code), 0
        self.kernel: Any = kernel.load(code, ALLOCATOR, lambda address: self._call)
        self.memories: list[tuple[int, int]] = []

    def run(self, source: Input, output: Output, frame: int, count: int) -> Status:
        self.memories = [(m.address - SLACK, m.size + 2 * SLACK) for m in (source.memory,)]
        self.memories += [(m.address, m.size + SLACK) for m in _outputs(output)]
        for view in (source.starts, source.lengths, *source.carried):
            if view is not None:
                self.memories.append((kernel.address(view), view.nbytes))
        status: Status = self.kernel.run(source, output, frame, count)
        return status

    def close(self) -> None:
        self.kernel.close()

    def _call(self, context: int) -> int:
        block = ctypes.string_at(context, self.chart.context)
        window = int.from_bytes(block[:8], "little")
        places = []
        for place in self.chart.addresses:
            address = int.from_bytes(block[place : place + 8], "little")
            found = [n for n, (start, size) in enumerate(self.memories) if start <= address <= start + size]
            if not found and address and abs(address - window) < 1 << 20:
                found = [0]  # a frame before the first one
            if found and address:
                places.append((place, found[0]))
        parts = [_sized(self.code.data), _sized(block), struct.pack("<Q", len(self.memories))]
        parts += [struct.pack("<Q", start) + _sized(ctypes.string_at(start, size)) for start, size in self.memories]
        parts += [struct.pack("<Q", len(places)), *(struct.pack("<2Q", *pair) for pair in places)]
        result = memoryview(self.harness(b"".join(parts)))
        stop, *found_registers = struct.unpack_from("<29Q", result)
        assert tuple(found_registers) == KEPT
        at = 29 * 8
        for start, size in ((context, self.chart.context), *self.memories):
            ctypes.memmove(start, bytes(result[at : at + size]), size)
            at += size
        self.calls += 1
        return int(stop)


def _sized(data: bytes) -> bytes:
    return struct.pack("<Q", len(data)) + data


def _outputs(output: Output) -> Iterator[Memory]:
    yield output.log
    for lists in output.offsets:
        if lists is not None:
            yield lists
    for slots in output.columns:
        yield slots.values
        yield slots.validity
        if slots.data is not None:
            yield slots.data


@pytest.mark.parametrize("level", [frozenset[str](), AVX2], ids=["baseline", "avx2"])
@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_kernel_runs_under_wine(sample: Sample, level: frozenset[str], harness: Callable[[bytes], bytes]) -> None:
    """The oracle's bytes, and every register that Windows' convention keeps."""
    if level - EMITTER.target(ALLOCATOR).features:
        pytest.skip("this processor lacks a feature")
    there = There(EMITTER.emit(sample.program, Target(convention="win64", features=level)), harness)
    with closing(there):
        agree(there, sample.program, sample.given, Ways(capacity=16, data=512))
    assert there.calls
