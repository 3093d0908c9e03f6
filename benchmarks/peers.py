"""Prints how long other libraries take from the same bytes to the same columns, each with the dictionary in its own language.

usage: python benchmarks/peers.py [--records N] [--rounds N]   (packages: construct, kaitaistruct, dissect.cstruct)

Records of 33 bytes, big-endian: a number, a kind, a time, a value, a text of ten bytes, a flag.  The peers parse a part of the file, in
records as many as they read in about a second, and their objects become columns of the same Arrow table; what everyone reads is
compared first.  Figures are medians of the rounds, in turn; a peer that is not installed is said.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa

import arrowsmith

NAMES = ("id", "kind", "time", "value", "name", "flag")
SIZE = 33
FIELDS: tuple[tuple[str, pa.DataType], ...] = (
    ("id", pa.uint32()),
    ("kind", pa.uint16()),
    ("time", pa.int64()),
    ("value", pa.float64()),
    ("name", pa.string()),
    ("flag", pa.uint8()),
)
SCHEMA = pa.schema(FIELDS)

HEADER = """
struct row {
    uint32_t id;
    uint16_t kind;
    int64_t time;
    double value;
    char name[10];
    uint8_t flag;
};
"""

KSY = """
meta:
  id: log
  endian: be
seq:
  - id: rows
    type: row
    repeat: eos
types:
  row:
    seq:
      - {id: id, type: u4}
      - {id: kind, type: u2}
      - {id: time, type: s8}
      - {id: value, type: f8}
      - {id: name, type: str, size: 10, encoding: ASCII}
      - {id: flag, type: u1}
"""


def made(records: int) -> bytes:
    """So many records, the same every time."""
    chance = np.random.default_rng(1)
    kind = np.dtype(
        [("id", ">u4"), ("kind", ">u2"), ("time", ">i8"), ("value", ">f8"), ("name", "S10"), ("flag", "u1")]
    )
    rows = np.zeros(records, kind)
    rows["id"] = np.arange(records)
    rows["kind"] = chance.integers(0, 1 << 16, records)
    rows["time"] = chance.integers(-(1 << 62), 1 << 62, records)
    rows["value"] = chance.normal(size=records)
    rows["name"] = chance.integers(65, 91, (records, 10), np.uint8).view("S10")[:, 0]
    rows["flag"] = chance.integers(0, 2, records)
    return rows.tobytes()


def table(rows: Iterable[Any], text: Callable[[Any], str]) -> pa.Table:
    """Objects with the attributes `NAMES` as a table."""
    columns: dict[str, list[Any]] = {name: [] for name in NAMES}
    for row in rows:
        for name in NAMES:
            columns[name].append(getattr(row, name))
    columns["name"] = [text(one) for one in columns["name"]]
    return pa.table(columns, schema=SCHEMA)


def by_c(data: bytes) -> pa.Table:
    return arrowsmith.read(
        arrowsmith.text(HEADER, name="row.h"), data, options={"packing": "1", "byte_order": "big"}, threads=1
    )


def by_kaitai(data: bytes) -> pa.Table:
    return arrowsmith.read(arrowsmith.text(KSY, name="log.ksy"), data, options={"rows": "rows"}, threads=1)


def construct_peer() -> Callable[[bytes], pa.Table]:
    import construct as c

    row = c.Struct(
        "id" / c.Int32ub,
        "kind" / c.Int16ub,
        "time" / c.Int64sb,
        "value" / c.Float64b,
        "name" / c.Bytes(10),
        "flag" / c.Int8ub,
    )
    log = c.GreedyRange(row).compile()
    return lambda data: table(log.parse(data), lambda name: name.decode())


def kaitai_peer() -> Callable[[bytes], pa.Table]:
    from kaitaistruct import KaitaiStream, KaitaiStruct

    class Row(KaitaiStruct):  # type: ignore[misc]  # as kaitai-struct-compiler writes it
        def __init__(self, _io: Any, _parent: Any = None, _root: Any = None) -> None:
            self._io, self._parent, self._root = _io, _parent, _root
            self._read()

        def _read(self) -> None:
            self.id = self._io.read_u4be()
            self.kind = self._io.read_u2be()
            self.time = self._io.read_s8be()
            self.value = self._io.read_f8be()
            self.name = (self._io.read_bytes(10)).decode("ASCII")
            self.flag = self._io.read_u1()

    def rows(data: bytes) -> list[Row]:
        stream, found = KaitaiStream(io.BytesIO(data)), []
        while not stream.is_eof():
            found.append(Row(stream))
        return found

    return lambda data: table(rows(data), lambda name: name)


def dissect_peer() -> Callable[[bytes], pa.Table]:
    from dissect.cstruct import cstruct

    types = cstruct(endian=">")
    types.load(HEADER)

    def rows(data: bytes) -> list[Any]:
        stream = io.BytesIO(data)
        return [types.row(stream) for _ in range(len(data) // SIZE)]

    return lambda data: table(rows(data), lambda name: bytes(name).decode())


#: the peer, what makes it read, and how we read the same dictionary
PEERS = (
    ("construct", construct_peer, "C header", by_c),
    ("kaitai-struct (Python)", kaitai_peer, ".ksy", by_kaitai),
    ("dissect.cstruct", dissect_peer, "C header", by_c),
)


def seconds(read: Callable[[bytes], pa.Table], data: bytes) -> float:
    begin = time.perf_counter()
    read(data)
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    data = made(arguments.records)
    few = data[: SIZE * 1000]
    print(f"{'peer':26}{'ns a record':>14}{'arrowsmith':>14}{'times':>9}")
    for name, make, dictionary, ours in PEERS:
        try:
            theirs = make()
        except ImportError as missing:
            print(f"{name:26}{missing.name} is not installed")
            continue
        expected, found = theirs(few), ours(few)
        if found.select(list(NAMES)).cast(SCHEMA).to_pydict() != expected.to_pydict():
            raise AssertionError(f"{name} and arrowsmith do not read the same")
        part = data[: SIZE * min(arguments.records, max(1000, int(1000 / seconds(theirs, few))))]
        rounds = [
            (seconds(theirs, part) / len(part) * SIZE, seconds(ours, data) / arguments.records)
            for _ in range(arguments.rounds)
        ]
        slow, fast = (statistics.median(column) for column in zip(*rounds, strict=True))
        times = statistics.median(a / b for a, b in rounds)
        print(f"{name:26}{slow * 1e9:14.1f}{fast * 1e9:14.1f}{times:9.0f}   ({dictionary}, whole calls, one thread)")


if __name__ == "__main__":
    main()
