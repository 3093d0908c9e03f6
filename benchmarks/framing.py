"""How many records a second framing finds: length-prefixed records of 4 to 66 bytes, by machine code and by the bytecode machine.

usage: python benchmarks/framing.py [--megabytes N] [--rounds N]

Framing alone: where each record of a window begins and how long it is; nothing is decoded.  Seconds of the processor; medians of
whole passes over the input.
"""

from __future__ import annotations

import argparse
import statistics
import time

from run import Data, data_of, registry, room_for
from workloads import WORKLOADS

import arrowsmith
from arrowsmith.columns import Frames, Input, Memory
from arrowsmith.engine.kernels import Kernels
from arrowsmith.program.kernel import FramerKernel

SMALLEST = 4


def framed(kernel: FramerKernel, data: Data, frames: Frames) -> int:
    """Frame all windows of *data*; how many records there are."""
    records = 0
    for begin, end in data.windows:
        window = Memory(data.memory.address + begin, data.memory.view[begin:end], data.memory.owner)
        frames.count = 0
        status = kernel.frame(Input(window), 0, frames)
        if status.stop != "end":
            raise AssertionError(f"framing stopped: {status}")
        records += frames.count
    return records


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    workload = next(workload for workload in WORKLOADS if workload.framed)
    data = data_of(workload, arguments.megabytes << 20)
    found = registry()
    options = dict(workload.options)
    plan = arrowsmith.compile(arrowsmith.text(str(workload.dictionary), name="bench.cpy"), options=options).plan
    most = max(end - begin for begin, end in data.windows) // SMALLEST
    frames = room_for(most)
    print(f"{data.records:,} records, {data.bytes / data.records:.0f} bytes each")
    for emitter in ("x86-64", "vm"):
        kernel = Kernels(found, emitter=emitter).load(plan.framer)
        rounds = []
        for _ in range(arguments.rounds):
            start = time.process_time()
            if framed(kernel, data, frames) != data.records:
                raise AssertionError(f"{emitter} finds other records")
            rounds.append(time.process_time() - start)
        print(f"{emitter:8}{data.records / statistics.median(rounds) / 1e6:9.1f} million records a second")


if __name__ == "__main__":
    main()
