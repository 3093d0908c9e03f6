"""What starting costs: whole processes for the command's help, for the import, and for one record converted, with files compiled before.

usage: python benchmarks/startup.py [--rounds N]

Each is run once before it counts.  Seconds of the clock, medians; `asked` is what the project promises.  The import is measured inside its
process, beside what Python itself takes to start.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
#: bytes of the example's records
RECORD = 194
IMPORT = "import time; b = time.perf_counter(); import arrowsmith; print(time.perf_counter() - b)"


def run(command: Sequence[str], folder: str) -> str:
    """What *command* prints; files that Python compiles are kept in *folder*, wherever the environment forbids to write them."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = folder
    return subprocess.run(
        [sys.executable, *command], env=environment, check=True, capture_output=True, text=True
    ).stdout


def seconds(command: Sequence[str], folder: str, rounds: int) -> float:
    """The median of what the whole process takes."""
    run(command, folder)
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        run(command, folder)
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder) / "one.dat"
        one.write_bytes((EXAMPLES / "policies.dat").read_bytes()[:RECORD])
        convert = [
            str(EXAMPLES / "policies.cpy"),
            str(one),
            "-o",
            str(one.with_suffix(".parquet")),
            "--if-exists",
            "replace",
            "-q",
        ]
        run(["-c", IMPORT], folder)
        imported = statistics.median(float(run(["-c", IMPORT], folder)) for _ in range(rounds))
        for name, taken, asked in (
            ("python alone", seconds(["-c", ""], folder, rounds), ""),
            ("arrowsmith --help", seconds(["-m", "arrowsmith", "--help"], folder, rounds), ""),
            ("import arrowsmith", imported, "0.060"),
            ("one record converted", seconds(["-m", "arrowsmith", "convert", *convert], folder, rounds), "0.600"),
        ):
            print(f"{name:22}{taken:8.3f} s{f'  asked {asked}' if asked else ''}")


if __name__ == "__main__":
    main()
