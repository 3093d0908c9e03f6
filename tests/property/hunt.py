"""So many generated Programs without one fault, in child processes: a signal that ends a child is the finding, and not the end.

hunt.py PROGRAMS [--state FILE] [--workers N]          goes on behind what FILE says was done, and prints what was done altogether

FILE has a line of JSON for each seed that has ended; a seed gives the same Programs and inputs every time.  Status 1: something was found.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

CRASHES = Path(__file__).with_name("crashes.py")
#: Programs that a child tries
EACH = 50
#: a child that takes longer hangs
SECONDS = 1800


def run_seed(number: int, count: int = EACH) -> dict[str, Any]:
    """What the child of one seed counted; or, in ``fault``, what ended it, with the Program and the input."""
    with tempfile.TemporaryDirectory(prefix="arrowsmith-crashes-") as folder:
        last = Path(folder, "last")
        command = [sys.executable, "-X", "faulthandler", str(CRASHES), str(number), str(count), str(last)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            end, said = f"no end after {SECONDS} s", ""
        else:
            if done.returncode == 0:
                return {"seed": number, **json.loads(done.stdout)}
            end = signal.Signals(-done.returncode).name if done.returncode < 0 else f"status {done.returncode}"
            said = done.stderr if len(done.stderr) < 12_000 else f"{done.stderr[:6000]}\n…\n{done.stderr[-6000:]}"
        ran = last.read_text(encoding="utf-8") if last.exists() else "nothing was run"
        return {"seed": number, "fault": f"{end} in\n{ran}\n{said}"}


def read_state(state: Path | None) -> list[dict[str, Any]]:
    """What has been done without a fault.  A last line that was cut by the end of its writer, and seeds that found something, are taken
    out of *state*: they are run again."""
    if state is None or not state.exists():
        return []
    lines = state.read_text(encoding="utf-8").splitlines(keepends=True)
    done = [json.loads(line) for line in lines if line.endswith("\n")]
    kept = [one for one in done if "fault" not in one]
    if len(kept) != len(lines):
        state.write_text("".join(json.dumps(one) + "\n" for one in kept), encoding="utf-8")
    return kept


def summary(done: list[dict[str, Any]], seconds: float) -> str:
    """All counts in a line, the next seed, and the seeds that found something."""
    counted: dict[str, int] = {}
    for one in done:
        for name, n in one.items():
            if name not in ("seed", "fault"):
                counted[name] = counted.get(name, 0) + n
    words = ", ".join(f"{n:,} {name}" for name, n in counted.items())
    faults = [one for one in done if "fault" in one]
    lines = [f"{words or 'nothing'}; {len(done)} seeds, next {next_seed(done)}; {seconds:.0f} s; {len(faults)} faults"]
    return "\n".join([*lines, *(f"seed {one['seed']}: {one['fault']}" for one in faults)])


def next_seed(done: list[dict[str, Any]]) -> int:
    """The first seed that has not been run."""
    seen = {one["seed"] for one in done}
    return next(n for n in range(len(seen) + 1) if n not in seen)


def programs_of(done: list[dict[str, Any]]) -> int:
    """How many Programs were run."""
    return sum(one.get("programs", 0) for one in done)


def main(arguments: list[str]) -> int:
    """Seeds in turn until so many Programs have run."""
    parser = argparse.ArgumentParser(prog="hunt.py", description=__doc__)
    parser.add_argument("programs", type=int)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args(arguments)
    done = read_state(asked.state)
    began = time.monotonic()
    with ThreadPoolExecutor(asked.workers) as pool:
        while programs_of(done) < asked.programs:
            seen = {one["seed"] for one in done}
            fresh = (n for n in range(len(seen) + asked.workers) if n not in seen)
            for one in pool.map(run_seed, [next(fresh) for _ in range(asked.workers)]):
                done.append(one)
                if asked.state is not None:
                    with asked.state.open("a", encoding="utf-8") as out:
                        out.write(json.dumps(one) + "\n")
                if "fault" in one and sum("fault" in other for other in done) >= 10:
                    print(summary(done, time.monotonic() - began))
                    return 1
    print(summary(done, time.monotonic() - began))
    return int(any("fault" in one for one in done))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
