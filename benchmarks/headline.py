"""Whole conversions on one processor: files of `files.py` to Parquet, beside what pyarrow alone needs to encode the same table from memory.

usage: python benchmarks/headline.py [--megabytes N] [--rounds N] [--folder PATH] [--profile NAME] [FILE-PART...]

The process binds itself to one processor, and everything runs on one thread.  Each round converts the file, reads it without writing,
and has pyarrow encode the table with the settings and row groups that the conversion had.  Figures are medians; MB/s are of input, by
seconds of the clock and by seconds of the processor: where other work is on the machine only the latter say anything.  The ratio
to pyarrow is the median of the rounds' ratios of processor seconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from files import FILES, File

import arrowsmith
from arrowsmith.interfaces import parse_options
from arrowsmith.regroup import Regroup
from arrowsmith_parquet.columns import leaves, suited
from arrowsmith_parquet.encode import empty_file, joined
from arrowsmith_parquet.options import OPTIONS, settings


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of the clock, and of the processor."""

    clock: float
    processor: float


def spent(run: Callable[[], object]) -> Spent:
    """What *run* takes."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    return Spent(time.perf_counter() - clock, time.process_time() - processor)


class Encoding:
    """pyarrow's own writing of the table that a conversion makes, with the same settings: row groups that lie in memory, each of one
    chunk."""

    def __init__(self, batches: Sequence[pa.RecordBatch], schema: pa.Schema, profile: str) -> None:
        chosen = settings(parse_options(OPTIONS, {"profile": profile, "threads": 1}, owner="sink parquet"))
        regroup = Regroup(rows=chosen.row_group_rows, bytes=chosen.row_group_bytes)
        groups = [group for batch in batches for group in regroup.add(batch)]
        rest = regroup.rest()
        groups += [rest] if rest else []
        known = leaves(schema, empty_file(schema, chosen.plain))
        self.schema, self.keywords = schema, suited(known, chosen, groups[0])
        self.groups = [joined(schema, group) for group in groups]

    def write(self, target: Path) -> None:
        """All row groups into *target*, synced as a conversion's is."""
        with target.open("wb") as out:
            with pq.ParquetWriter(out, self.schema, **self.keywords) as writer:
                for table in self.groups:
                    writer.write_table(table, row_group_size=table.num_rows)
            out.flush()
            os.fsync(out.fileno())


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The rounds of one file of *size* bytes: whole conversions, reading alone, encoding alone."""

    size: int
    rows: int
    whole: Sequence[Spent]
    reading: Sequence[Spent]
    encoding: Sequence[Spent]

    def rate(self, spent: Sequence[Spent], what: str) -> float:
        """MB of input a second, by the median."""
        return self.size / 1e6 / statistics.median(getattr(one, what) for one in spent)

    @property
    def ratio(self) -> float:
        """How many times encoding alone a conversion takes."""
        return statistics.median(a.processor / b.processor for a, b in zip(self.whole, self.encoding, strict=True))


def measure(file: File, folder: Path, *, size: int, rounds: int, profile: str = "compat") -> Measured:
    """*rounds* rounds of *file* with about *size* bytes, behind one that does not count."""
    copybook, data = file.write(folder, size)
    target = folder / "out.parquet"
    arguments_: dict[str, Any] = {"options": dict(file.options), "threads": 1}

    def whole() -> None:
        arrowsmith.convert(copybook, data, target, if_exists="replace", sink_options={"profile": profile}, **arguments_)

    def reading() -> None:
        with arrowsmith.open(copybook, data, **arguments_) as reader:
            for _ in reader:
                pass

    with arrowsmith.open(copybook, data, **arguments_) as reader:
        encoding = Encoding(list(reader), reader.schema, profile)
    runs = {"whole": whole, "reading": reading, "encoding": lambda: encoding.write(target)}
    found: dict[str, list[Spent]] = {name: [] for name in runs}
    for round_ in range(rounds + 1):
        for name, run in runs.items():
            taken = spent(run)
            if round_:
                found[name].append(taken)
    rows = sum(group.num_rows for group in encoding.groups)
    return Measured(size=data.stat().st_size, rows=rows, **found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", help="parts of the names of files; all without")
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the files are made; by default a temporary folder")
    parser.add_argument("--profile", default="compat")
    given = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"{'':20}{'MB':>7}{'rows':>12}{'MB/s, by the clock':>22}{'MB/s, by the processor':>30}{'':>12}")
    print(
        f"{'file':20}{'':>19}"
        + "".join(f"{name:>11}" for name in ("whole", "reading", "whole", "reading", "encoding"))
        + f"{'whole to encoding':>19}"
    )
    for file in FILES:
        if given.parts and not any(part in file.name for part in given.parts):
            continue
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            made = measure(file, Path(folder), size=given.megabytes * 10**6, rounds=given.rounds, profile=given.profile)
        print(
            f"{file.name:20}{made.size / 1e6:7.0f}{made.rows:12,}"
            f"{made.rate(made.whole, 'clock'):11.0f}{made.rate(made.reading, 'clock'):11.0f}"
            f"{made.rate(made.whole, 'processor'):11.0f}{made.rate(made.reading, 'processor'):11.0f}"
            f"{made.rate(made.encoding, 'processor'):11.0f}{made.ratio:19.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
