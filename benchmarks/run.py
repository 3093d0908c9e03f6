"""Prints one table: each workload by machine code, the bytecode machine, C, numpy where it can, and memcpy, in one run.

usage: python benchmarks/run.py [--megabytes N] [--rounds N] [--only x86-64,c] [--further] [WORKLOAD-PART...]

The input is streamed from N MB (by default four times the last-level cache) through the same windows by everyone; outputs
are warm and reused, and cleaned outside the measured time.  C is the faster of the same Program printed as C (`arrowsmith_c`)
and, where there is one, the hand-written function; validation is on for all.  Before anything is measured, one window of
everyone's is compared with the printed C's.

Time is the processor's, so that what else runs counts only as far as it takes caches.  Rounds go through the contestants in turn;
figures are medians.  A ratio is the median of the rounds' ratios; it is not printed where the middle half of them spreads over more than
a quarter of it.  One record's frame is found by a Program as well, where records differ in size: framing is part of the time, and
everyone but numpy and memcpy frames with its own kernel.
"""

from __future__ import annotations

import argparse
import glob
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import handwritten
import numpy as np
from further import FURTHER
from workloads import WORKLOADS, Workload

import arrowsmith
from arrowsmith import registry as registries
from arrowsmith.batch import allocate, window_memory
from arrowsmith.columns import WIDTH, Frames, Input, Memory, Output
from arrowsmith.engine.kernels import Kernels
from arrowsmith.host import Host
from arrowsmith.program.program import Program

WINDOW = 512 << 10
SPREAD = 0.25
OURS = ("x86-64", "vm")

#: reads the whole input once, and gives the seconds that it took
Run = Callable[[], float]


def registry() -> registries.Registry:
    """What is installed, and the printed C, found as any plugin is."""
    sys.path.insert(0, str(Path(__file__).parent))
    installed = metadata.entry_points(group=registries.GROUP)
    return registries.load(entry_points=[*installed, metadata.EntryPoint("c", "arrowsmith_c", registries.GROUP)])


def last_level_cache() -> int:
    """Bytes of the largest cache; 32 MiB where the system does not say."""
    sizes = [Path(name).read_text().strip() for name in glob.glob("/sys/devices/system/cpu/cpu0/cache/index*/size")]
    return max((int(size[:-1]) << {"K": 10, "M": 20}[size[-1]] for size in sizes), default=32 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """A workload's bytes in memory; ``windows``: where each begins and ends, at record boundaries; ``records`` in all."""

    memory: Memory
    size: int
    windows: Sequence[tuple[int, int]]
    records: int

    @property
    def bytes(self) -> int:
        return self.memory.size


def data_of(workload: Workload, wanted: int) -> Data:
    """About *wanted* bytes of *workload*."""
    one = workload.make(1)
    size = 0 if workload.framed else one.shape[1]
    made = workload.make(wanted // (size or 80))
    flat = made.reshape(-1)
    memory = window_memory(flat.nbytes)
    memory.view[:] = flat.data
    if size:
        step = max(WINDOW // size, 1) * size
        windows = [(at, min(at + step, flat.nbytes)) for at in range(0, flat.nbytes, step)]
        return Data(memory=memory, size=size, windows=windows, records=len(made))
    windows, begin, at, records = [], 0, 0, 0
    view = memory.view
    while at < len(view):
        length = 4 + int.from_bytes(view[at : at + 2], "big")
        if at + length - begin > WINDOW:
            windows.append((begin, at))
            begin = at
        at += length
        records += 1
    return Data(memory=memory, size=0, windows=[*windows, (begin, at)], records=records)


# --- contestants -------------------------------------------------------------------------------------------------------


def room_for(count: int) -> Frames:
    """Memory for *count* frames."""
    return Frames(
        memoryview(bytearray(8 * count)).cast("Q"),
        memoryview(bytearray(4 * count)).cast("I"),
        memoryview(bytearray(count)).cast("B"),
    )


class Reader:
    """One emitter's kernels over windows: frames first, where records differ in size, then rows."""

    def __init__(self, kernels: Kernels, compiled: Any, data: Data) -> None:
        plan = compiled.plan
        self.program: Program = plan.tables[0][1]
        self.kernel = kernels.load(self.program)
        self.framer = None if data.size else kernels.load(plan.framer)
        self.data = data
        self.rows = max((end - begin) // (data.size or 18) for begin, end in data.windows)
        self.output = allocate(self.program, self.rows)
        self.frames = room_for(self.rows)
        self.cleans = _cleaned(self.program, self.output)

    def window(self, begin: int, end: int) -> float:
        """Read one window; the seconds of it, cleaning left out."""
        output, data = self.output, self.data
        for array in self.cleans:
            array[:] = 0
        output.rows[:] = [0] * len(output.rows)
        output.logged = 0
        for slots in output.columns:
            slots.used = 0
        start = time.thread_time()
        if data.size:
            count = (end - begin) // data.size
            source = Input(data.memory, begin, data.size, data.size)
        else:
            window = Memory(data.memory.address + begin, data.memory.view[begin:end], data.memory.owner)
            self.frames.count = 0
            assert self.framer is not None  # records differ in size
            status = self.framer.frame(Input(window), 0, self.frames)
            if status.stop != "end":
                raise AssertionError(f"framing stopped: {status}")
            count = self.frames.count
            source = Input(window, starts=self.frames.starts, lengths=self.frames.lengths)
        status = self.kernel.run(source, output, 0, count)
        if status.frames != count:
            raise AssertionError(f"a kernel stopped: {status}")
        return time.thread_time() - start

    def run(self) -> float:
        """Read everything."""
        return sum(self.window(begin, end) for begin, end in self.data.windows)

    def result(self) -> list[bytes]:
        """The bytes of every column behind one window."""
        self.window(*self.data.windows[0])
        found = []
        for column, slots in zip(self.program.columns, self.output.columns, strict=True):
            rows = self.output.rows[column.level]
            if column.varying:
                assert slots.data is not None
                found.append(bytes(slots.values.view[: 4 * (rows + 1)]) + bytes(slots.data.view[: slots.used]))
            else:
                found.append(bytes(slots.values.view[: WIDTH[column.storage] * rows]))
            if not column.certain:
                found.append(bytes(slots.validity.view[:rows]))
        return found


def _cleaned(program: Program, output: Output) -> list[Any]:
    """The memories of *output* in which a slot may stay as it is: a null's.  They are zero when a kernel begins."""
    found = []
    for column, slots in zip(program.columns, output.columns, strict=True):
        if not column.certain:
            found += [np.frombuffer(slots.validity.view, np.uint8)]
            if not column.varying:
                found.append(np.frombuffer(slots.values.view, np.uint8))
    return found


def contestants(workload: Workload, data: Data, found: registries.Registry, only: Sequence[str]) -> dict[str, Run]:
    """Who reads *data*, by name; what one of ours reads is compared with the printed C's first."""
    given = workload.dictionary
    dictionary = arrowsmith.text(given, name="bench.cpy") if isinstance(given, str) else given
    compiled = arrowsmith.compile(dictionary, options=dict(workload.options), registry=found)
    runs: dict[str, Run] = {}
    expected: list[bytes] | None = None
    for emitter in ("c", *OURS):
        if emitter not in [e.name for e in found.emitters] or (only and emitter not in only and emitter != "c"):
            continue
        programs = [compiled.plan.tables[0][1], *([] if data.size else [compiled.plan.framer])]
        refusals = [r for p in programs if (r := found.emitter(emitter).refuses(p, Host.current()))]
        if refusals:
            print(f"{workload.name}: {emitter} refuses: {refusals[0]}")
            continue
        reader = Reader(Kernels(found, emitter=emitter), compiled, data)
        result = reader.result()
        expected = expected or result
        if result != expected:
            raise AssertionError(f"{workload.name}: {emitter} gives other columns than {next(iter(runs))}")
        runs[emitter] = reader.run
    if workload.hand and (not only or "c" in only):
        runs["hand"] = _by_hand(workload, data)
    if workload.dtype is not None:
        runs["numpy"] = _per_column(workload, data)
    runs["memcpy"] = _copy(data)
    return runs


def _timed(step: Callable[[int, int], None], data: Data) -> Run:
    def run() -> float:
        start = time.thread_time()
        for begin, end in data.windows:
            step(begin, end)
        return time.thread_time() - start

    return run


def _by_hand(workload: Workload, data: Data) -> Run:
    read = handwritten.FUNCTIONS[workload.hand](WINDOW // data.size + 1)
    return _timed(lambda begin, end: read(data.memory.address + begin, (end - begin) // data.size), data)


def _per_column(workload: Workload, data: Data) -> Run:
    kind: Any = np.dtype(workload.dtype)  # type: ignore[call-overload]  # a dtype
    columns = [(name, np.empty(WINDOW // data.size + 1, kind[name].newbyteorder("="))) for name in kind.names]
    whole = np.frombuffer(data.memory.view, np.uint8)

    def step(begin: int, end: int) -> None:
        part = whole[begin:end].view(kind)
        for name, column in columns:
            column[: len(part)] = part[name]

    return _timed(step, data)


def _copy(data: Data) -> Run:
    whole, target = np.frombuffer(data.memory.view, np.uint8), np.empty(2 * WINDOW, np.uint8)

    def step(begin: int, end: int) -> None:
        target[: end - begin] = whole[begin:end]

    return _timed(step, data)


# --- figures -----------------------------------------------------------------------------------------------------------


def measure(runs: dict[str, Run], rounds: int) -> dict[str, list[float]]:
    """Seconds of each round, the contestants in turn, behind one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(rounds + 1):
        for name, run in runs.items():
            taken = run()
            if round_:
                seconds[name].append(taken)
    if "hand" in seconds:
        faster = min(("c", "hand"), key=lambda name: statistics.median(seconds.get(name, [float("inf")])))
        seconds["C"] = seconds[faster]
    elif "c" in seconds:
        seconds["C"] = seconds["c"]
    return seconds


def ratio(theirs: list[float], ours: list[float]) -> str:
    """How many times faster *ours* is; ``–`` where the rounds do not agree on it."""
    each = [a / b for a, b in zip(theirs, ours, strict=True)]
    low, middle, high = statistics.quantiles(each, n=4)
    return f"{middle:.2f}" if high - low <= SPREAD * middle else "–"


COLUMNS = ("x86-64", "vm", "c", "hand", "numpy", "memcpy")


def row(workload: Workload, data: Data, seconds: dict[str, list[float]]) -> str:
    """One line of the table: nanoseconds a record of everyone, then the ratios."""
    cells = [f"{workload.name:32}"]
    for name in COLUMNS:
        shown = f"{statistics.median(seconds[name]) / data.records * 1e9:.1f}" if name in seconds else ""
        cells.append(f"{shown:>9}")
    wanted = f"{workload.target:g}" if workload.target else ""
    cells.append(
        f"{data.bytes / statistics.median(seconds[next(iter(seconds))]) / 1e9:7.2f}"
        if "x86-64" not in seconds
        else f"{data.bytes / statistics.median(seconds['x86-64']) / 1e9:7.2f}"
    )
    for ours, theirs in (("x86-64", "C"), ("vm", "C"), ("x86-64", "numpy"), ("vm", "numpy"), ("x86-64", "memcpy")):
        shown = ratio(seconds[theirs], seconds[ours]) if ours in seconds and theirs in seconds else ""
        cells.append(f"{shown:>8}")
    return "".join([*cells, f"{wanted:>7}"])


HEAD = (
    f"{'':32}{'ns a record':>54}{'GB/s':>7}{'ratios':>40}{'asked':>7}\n"
    f"{'workload':32}"
    + "".join(f"{name:>9}" for name in COLUMNS)
    + f"{'x86-64':>7}"
    + "".join(f"{name:>8}" for name in ("x86/C", "vm/C", "x86/np", "vm/np", "x86/mem"))
    + f"{'x86/C':>7}"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="parts of the names of workloads; all without")
    parser.add_argument("--megabytes", type=int, default=4 * last_level_cache() >> 20)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="emitters, by commas")
    parser.add_argument("--further", action="store_true", help="the workloads of further.py")
    arguments = parser.parse_args()
    found = registry()
    print(HEAD)
    for workload in FURTHER if arguments.further else WORKLOADS:
        if arguments.parts and not any(part in workload.name for part in arguments.parts):
            continue
        data = data_of(workload, arguments.megabytes << 20)
        runs = contestants(workload, data, found, [name for name in arguments.only.split(",") if name])
        print(row(workload, data, measure(runs, arguments.rounds)), flush=True)


if __name__ == "__main__":
    main()
