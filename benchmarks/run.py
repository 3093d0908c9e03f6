"""Prints one table: each workload read by each emitter, by numpy where it can, and memcpy of the same bytes, in one run.

usage: python benchmarks/run.py [--megabytes N] [--rounds N] [WORKLOAD-PART...]

The input is streamed from N MB (at least four times the last-level cache) through the same windows by everyone; outputs are
warm and reused.  Rounds go through the contestants in turn; a figure is the median of its rounds, and a ratio is that of
medians.  Where the middle half of the rounds spreads over more than a quarter of the median, the figure is marked and no ratio is given.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from workloads import WORKLOADS, Workload

import arrowsmith
from arrowsmith import registry as registries
from arrowsmith.batch import allocate, window_memory
from arrowsmith.columns import Input
from arrowsmith.engine.kernels import Kernels

WINDOW = 512 << 10
SPREAD = 0.25


def contestants(workload: Workload, data: np.ndarray) -> dict[str, Callable[[], None]]:  # type: ignore[type-arg]  # uint8 throughout
    """What reads *data* (records × size) once, by name."""
    records, size = data.shape
    each = WINDOW // size
    flat = data.reshape(-1)
    memory = window_memory(flat.nbytes)
    memory.view[:] = memoryview(flat)
    whole = np.frombuffer(memory.view, np.uint8)
    found: dict[str, Callable[[], None]] = {}
    dictionary = workload.dictionary
    if isinstance(dictionary, str):
        dictionary = arrowsmith.text(dictionary, name="bench.cpy")
    compiled = arrowsmith.compile(dictionary)
    _, program = compiled.plan.tables[0]
    registry = registries.load()
    for emitter in ("x86-64", "vm"):
        if emitter not in [e.name for e in registry.emitters]:
            continue
        kernel = Kernels(registry, emitter=emitter).load(program)
        output = allocate(program, each)

        def decode(kernel: object = kernel, output: object = output, emitter: str = emitter) -> None:
            for first in range(0, records, each):
                count = min(each, records - first)
                output.rows[:] = [0] * len(output.rows)  # type: ignore[attr-defined]  # an Output
                for slots in output.columns:  # type: ignore[attr-defined]
                    slots.used = 0
                source = Input(memory, first * size, size, size)
                status = kernel.run(source, output, 0, count)  # type: ignore[attr-defined]  # a Kernel
                if status.frames != count:
                    raise AssertionError(f"{emitter} stopped: {status}")

        found[emitter] = decode
    if workload.dtype is not None:
        kind = np.dtype(workload.dtype)  # type: ignore[call-overload]  # a dtype
        columns = [np.empty(each, kind[name].newbyteorder("=")) for name in kind.names or ()]

        def per_column() -> None:
            for first in range(0, records, each):
                part = whole[first * size : (first + each) * size].view(kind)
                for name, column in zip(kind.names or (), columns, strict=True):
                    column[: len(part)] = part[name]

        found["numpy"] = per_column
    target = np.empty(each * size, np.uint8)

    def copy() -> None:
        for first in range(0, records * size, each * size):
            part = whole[first : first + each * size]
            target[: len(part)] = part

    found["memcpy"] = copy
    return found


def measure(found: dict[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each round, the contestants in turn, behind one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in found}
    for round_ in range(rounds + 1):
        for name, run in found.items():
            begin = time.perf_counter()
            run()
            if round_:
                seconds[name].append(time.perf_counter() - begin)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--megabytes", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    print(f"{'workload':28}{'by':10}{'GB/s':>8}{'ns/record':>11}{'x86-64 to it':>14}{'vm to it':>10}")
    for workload in WORKLOADS:
        if arguments.parts and not any(part in workload.name for part in arguments.parts):
            continue
        size = workload.make(1).shape[1]
        data = workload.make((arguments.megabytes << 20) // size)
        seconds = measure(contestants(workload, data), arguments.rounds)
        medians = {name: statistics.median(times) for name, times in seconds.items()}
        steady = {}
        for name, times in seconds.items():
            low, _, high = statistics.quantiles(times, n=4)
            steady[name] = (high - low) <= SPREAD * medians[name]
        for name, median in medians.items():
            ratios = []
            for ours in ("x86-64", "vm"):
                fair = ours in medians and steady[ours] and steady[name]
                ratios.append(f"{median / medians[ours]:.2f}" if fair else "–")
            mark = "" if steady[name] else " (unsteady)"
            print(
                f"{workload.name:28}{name:10}{data.nbytes / median / 1e9:8.2f}{median / len(data) * 1e9:11.1f}"
                f"{ratios[0]:>14}{ratios[1]:>10}{mark}"
            )


if __name__ == "__main__":
    main()
