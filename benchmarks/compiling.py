"""What compiling takes: copybooks of so many fields of varied kinds, from text to kernels, stage by stage, and gcc on the same Program.

usage: python benchmarks/compiling.py [--rounds N] [--gcc] [FIELDS...]

Seconds of the processor, medians; each round compiles another copybook, so that nothing is found ready.  ``kernel`` is all of it; memory
is the peak behind the largest, less what the imports took.  ``--gcc``: the same Program printed as C and compiled by ``gcc -O3``.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import arrowsmith
from arrowsmith import registry as registries
from arrowsmith.engine import kernels as kept
from arrowsmith.engine.kernels import Kernels
from arrowsmith.program.program import Plan

KINDS = (
    "X(20)", "S9(9)V99 COMP-3", "S9(8)V99", "S9(9) COMP", "9(4) COMP", "X(8)", "S9(17)V99 COMP-3", "9(8)", "S9(18) COMP-5",
    "X(3)", "S9(3) COMP-3", "9(5)V9", "S9(4) SIGN LEADING SEPARATE", "-Z(6)9.99", "X(40)", "S9(25)V99 COMP-3",
)  # fmt: skip

STAGES = ("parse", "lower", "emit", "load")
_seeds = count()


def copybook(fields: int) -> str:
    """A record of *fields* fields of every kind in turn, in groups of twenty; no two calls give the same."""
    seed = next(_seeds)
    lines = ["       01  R."]
    for at in range(fields):
        if at % 20 == 0:
            lines.append(f"           05  G{seed}-{at:05}.")
        lines.append(f"               10  F{seed}-{at:05}  PIC {KINDS[(at + seed) % len(KINDS)]}.")
    return "\n".join(lines) + "\n"


def compiled(fields: int, registry: registries.Registry) -> tuple[Plan, dict[str, float]]:
    """The Plan of a new copybook, and seconds of each stage, text to kernels; nothing of it is kept."""
    source = arrowsmith.text(copybook(fields), name="bench.cpy")
    begin = time.process_time()
    made = arrowsmith.compile(source, registry=registry)
    middle = time.process_time()
    kernels = Kernels(registry, emitter="x86-64")
    for program in (made.plan.framer, *(table for _, table in made.plan.tables)):
        kernels.load(program)
    end = time.process_time()
    kernels.close()
    kept._codes.clear()
    behind = made.seconds["lower"] / sum(made.seconds.values()) * (middle - begin)
    loading = kernels.seconds["load"] / sum(kernels.seconds.values()) * (end - middle)
    return made.plan, {
        "parse": middle - begin - behind,
        "lower": behind,
        "emit": end - middle - loading,
        "load": loading,
        "kernel": end - begin,
    }


def by_gcc(plan: Plan) -> float:
    """Seconds that gcc -O3 takes for the table of *plan*."""
    sys.path.insert(0, str(Path(__file__).parent))
    from arrowsmith_c.printer import Printer

    source = Printer(plan.tables[0][1]).source()
    with tempfile.TemporaryDirectory() as folder:
        command = ["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", f"{folder}/kernel.so", "-xc", "-"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input=source.encode(), check=True)
        behind = resource.getrusage(resource.RUSAGE_CHILDREN)
    return behind.ru_utime + behind.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fields", nargs="*", type=int, default=[])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gcc", action="store_true")
    arguments = parser.parse_args()
    registry = registries.load()
    compiled(20, registry)  # imports
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{'fields':>8}" + "".join(f"{name:>9}" for name in (*STAGES, "kernel", "MB", "gcc", "ratio")))
    for fields in arguments.fields or (100, 1000, 10000):
        rounds = [compiled(fields, registry)[1] for _ in range(arguments.rounds)]
        medians = [statistics.median(seconds[name] for seconds in rounds) for name in (*STAGES, "kernel")]
        peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) / 1024
        line = f"{fields:8,}" + "".join(f"{seconds:9.3f}" for seconds in medians) + f"{peak:9.0f}"
        if arguments.gcc:
            taken = by_gcc(compiled(fields, registry)[0])
            line += f"{taken:9.2f}{taken / medians[-1]:9.1f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
