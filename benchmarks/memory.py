"""Shows that memory does not grow with the input: converts so many GB of the example's records, and prints the peak of resident memory.

usage: python benchmarks/memory.py [--gigabytes N] [--limit-mb N] [--emitter NAME] [--threads N] [--target PATH]

The records come from memory, again and again, through a stream that cannot be read twice, as from a pipe.  Exit status 1 where the peak
exceeds the limit (512 MB by default).
"""

from __future__ import annotations

import argparse
import io
import resource
import sys
import tempfile
import time
from pathlib import Path

import arrowsmith

EXAMPLES = Path(__file__).parents[1] / "examples"


class Again(io.RawIOBase):
    """The bytes of *block*, again and again, up to *total*."""

    name = "again"

    def __init__(self, block: bytes, total: int) -> None:
        self.block, self.left, self.at = block, total - total % len(block), 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: object) -> int:
        view = memoryview(into)  # type: ignore[arg-type]  # any buffer
        size = min(len(view), self.left, len(self.block) - self.at)
        view[:size] = self.block[self.at : self.at + size]
        self.at = (self.at + size) % len(self.block)
        self.left -= size
        return size


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gigabytes", type=float, default=4)
    parser.add_argument("--limit-mb", type=int, default=512)
    parser.add_argument("--emitter", default="auto")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--target", type=Path)
    arguments = parser.parse_args()
    block = (EXAMPLES / "policies.dat").read_bytes()
    total = int(arguments.gigabytes * 2**30)
    with tempfile.TemporaryDirectory() as folder:
        target = arguments.target or Path(folder) / "out.parquet"
        begin = time.perf_counter()
        report = arrowsmith.convert(
            EXAMPLES / "policies.cpy",
            Again(block, total),
            target,
            options={"ebcdic_code_page": "cp1140"},
            emitter=arguments.emitter,
            threads=arguments.threads,
            if_exists="replace",
        )
        spent = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{report.bytes_read / 1e9:.2f} GB, {report.rows:,} rows by {report.emitter} in {spent:.1f} s "
        f"({report.bytes_read / spent / 1e6:.0f} MB/s); peak {peak:.0f} MB of {arguments.limit_mb} MB"
    )
    return int(peak > arguments.limit_mb)


if __name__ == "__main__":
    sys.exit(main())
