"""Prints how long the rows of a capture take, and the reference compiler's Python from the same bytes, in one run.

usage: python benchmarks/kaitai.py [--megabytes N] [--rounds N]   (node and npm fetch the reference compiler; package: kaitaistruct)

Two descriptions of a capture: `flat`, whose packets' bodies are bytes, and `deep`, whose bodies are Ethernet, IPv4, TCP and UDP; both
are read to `rows: packets`, of packets of all sizes (`mixed`) and of short ones (`short`: requests and acknowledgements).  arrowsmith
reads the whole file, one thread, from the description to the last batch (`whole`), and again what it takes once it is open (`scan`); the
reference reads a tenth of the file from memory, objects and nothing else, without collections of cycles in between.  `read` is what
the system takes to give the file's bytes to anyone, into memory that is warm: nothing that reads it is faster.  All take turns; figures
are medians of the rounds, in MB/s, and the values of the first packets are compared before anything is measured.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import arrowsmith

TESTS = Path(__file__).parents[1] / "tests" / "kaitai_reference"
sys.path[:0] = [str(Path(__file__).parent), str(TESTS)]

import kaitai_compiler  # noqa: E402  # on the path above
import samples  # noqa: E402  # on the path above

#: bodies of packets, in bytes
PACKETS = {"mixed": (0, 10, 40, 100, 500, 1400), "short": (0, 0, 0, 6, 10, 24)}
WINDOW = 512 << 10

DEEP = (TESTS / "descriptions" / "pcap.ksy").read_text()


def flat() -> str:
    """The description without what is in a body."""
    types, _, rest = DEEP.partition("  ethernet:\n")
    body = types.index("        type:\n          switch-on: _root.head.link")
    return types[:body] + rest[rest.index("enums:\n  links") :]


def ours(text: str, path: Path) -> tuple[int, float, float]:
    """Packets, the seconds of the whole, the seconds of the scan."""
    began = time.perf_counter()
    with arrowsmith.open(
        arrowsmith.text(text, name="pcap.ksy"), path, format="kaitai", options={"rows": "packets"}, threads=1
    ) as reader:
        opened = time.perf_counter()
        rows = sum(batch.num_rows for batch in reader)
    ended = time.perf_counter()
    return rows, ended - began, ended - opened


def theirs(made: Any, data: bytes) -> tuple[int, float]:
    """Packets and seconds of the reference, run as well as it can be: each collection would look at every packet that there is."""
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        rows = len(made.from_bytes(data).packets)
        return rows, time.perf_counter() - began
    finally:
        gc.enable()


def bare(path: Path) -> float:
    """Seconds that reading the file takes where nothing is done with it."""
    room = memoryview(bytearray(WINDOW))
    with path.open("rb", buffering=0) as file:
        began = time.perf_counter()
        while file.readinto(room):
            pass
        return time.perf_counter() - began


def alike(text: str, made: Any, data: bytes) -> None:
    """Raises where the first packets differ."""
    from test_kaitai_reference import differences

    rows = arrowsmith.read(
        arrowsmith.text(text, name="pcap.ksy"), data, format="kaitai", options={"rows": "packets"}
    ).to_pylist()
    for row, packet in zip(rows, made.from_bytes(data).packets, strict=True):
        own = {name: value for name, value in row.items() if hasattr(packet, name)}
        found = differences(own, packet)
        if found:
            raise SystemExit(f"the rows differ: {found[0]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "capture.pcap"
        print(
            "| description, packets | columns | rows | bytes a row | read, MB/s | whole, MB/s | scan, MB/s | reference, MB/s "
            "| whole, times | scan, times |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
        for packets, bodies in PACKETS.items():
            path.write_bytes(samples.pcap(given.megabytes * 1_000_000, bodies))
            part = samples.pcap(given.megabytes * 100_000, bodies)
            for name, text in (("flat", flat()), ("deep", DEEP)):
                print(measured(f"{name}, {packets}", text, path, part, given.rounds, Path(folder)), flush=True)


def measured(name: str, text: str, path: Path, part: bytes, rounds: int, folder: Path) -> str:
    """One line of the table."""
    made = kaitai_compiler.reference(text, folder)
    alike(text, made, part[: find_end(part, 50_000)])
    size = path.stat().st_size
    read, whole, scan, reference = [], [], [], []
    ours(text, path)  # what is imported once
    rows = 0
    for _ in range(rounds):
        read.append(size / bare(path) / 1e6)
        rows, one, two = ours(text, path)
        whole.append(size / one / 1e6)
        scan.append(size / two / 1e6)
        count, seconds = theirs(made, part)
        reference.append(len(part) / seconds / 1e6)
        if not 0 < count < rows:
            raise SystemExit(f"{count} packets of a tenth of {rows}")
    system, call, run, other = (statistics.median(each) for each in (read, whole, scan, reference))
    return (
        f"| {name} | {leaves(text)} | {rows:,} | {size / rows:.0f} | {system:,.0f} | {call:,.0f} | {run:,.0f} | {other:.2f} "
        f"| {call / other:.0f} | {run / other:.0f} |"
    )


def find_end(part: bytes, least: int) -> int:
    """Where the first packet ends behind the first *least* bytes of a capture."""
    at = 24
    while at < least:
        at += 16 + int.from_bytes(part[at + 8 : at + 12], "little")
    return at


def leaves(text: str) -> int:
    """How many values a row has."""
    import pyarrow as pa

    def count(kind: pa.DataType) -> int:
        return sum(count(field.type) for field in kind) if pa.types.is_struct(kind) else 1

    schema = arrowsmith.compile(
        arrowsmith.text(text, name="pcap.ksy"), format="kaitai", options={"rows": "packets"}
    ).schema
    return sum(count(field.type) for field in schema)


if __name__ == "__main__":
    main()
