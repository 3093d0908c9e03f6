"""One thread and two, in turn: whole conversions of the files of `files.py` to Parquet, and reading alone.

usage: python benchmarks/threads.py [--megabytes N] [--rounds N] [--folder PATH] [FILE-PART...]

Files are to be large: reading the dictionary, and the last row groups, are one thread's.  Figures are medians, by the clock; `times` is the
median of the rounds' ratios.  Nothing else may run on the machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from files import FILES, File
from headline import Spent, spent

import arrowsmith

THREADS = (1, 2)


def measure(file: File, folder: Path, *, size: int, rounds: int) -> tuple[int, dict[tuple[str, int], list[Spent]]]:
    """Bytes of *file*, and the *rounds* rounds of what is done with it on so many threads, behind one that does not count."""
    copybook, data = file.write(folder, size)
    target = folder / "out.parquet"
    found: dict[tuple[str, int], list[Spent]] = {}

    def whole(**arguments: Any) -> None:
        arrowsmith.convert(copybook, data, target, if_exists="replace", **arguments)

    def reading(**arguments: Any) -> None:
        with arrowsmith.open(copybook, data, **arguments) as reader:
            for _ in reader:
                pass

    for round_ in range(rounds + 1):
        for threads in THREADS:
            for run in (whole, reading):
                taken = spent(partial(run, options=dict(file.options), threads=threads))
                if round_:
                    found.setdefault((run.__name__, threads), []).append(taken)
    return data.stat().st_size, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="parts of the names of files; all without")
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files are made; by default a temporary folder")
    given = parser.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(
        f"{'file':20}{'MB':>7}"
        + "".join(f"{name:>14}" for name in ("whole, one", "two", "times", "reading, one", "two", "times"))
    )
    for file in FILES:
        if given.parts and not any(part in file.name for part in given.parts):
            continue
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            size, found = measure(file, Path(folder), size=given.megabytes * 10**6, rounds=given.rounds)
        line = f"{file.name:20}{size / 1e6:7.0f}"
        for what in ("whole", "reading"):
            one, two = (found[what, threads] for threads in THREADS)
            line += "".join(f"{statistics.median(each.clock for each in runs):12.2f} s" for runs in (one, two))
            line += f"{statistics.median(a.clock / b.clock for a, b in zip(one, two, strict=True)):14.2f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
