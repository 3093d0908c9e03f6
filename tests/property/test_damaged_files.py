"""Damaged files: whatever the bytes, a run ends with rows or a DataError, its report adds up, and every emitter says the same.

Each framing, small: cut off at every byte, bytes flipped, lengths of zero and of everything, runs taken out or put in, noise.
"""

from __future__ import annotations

import itertools
import random
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import arrowsmith
from arrowsmith.sources import sources

pytestmark = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")

EMITTERS = ["vm", *(["x86-64"] if find_spec("iced_x86") and find_spec("arrowsmith_x86_64") else [])]
POLICIES = ["raise", "null", "skip", "quarantine"]

PLAIN = """\
       01  R.
           05  ID     PIC 9(3).
           05  PAID   PIC S9(3) COMP-3.
           05  NAME   PIC X(3).
"""
LISTS = """\
       01  R.
           05  N      PIC 9.
           05  ITEMS  OCCURS 0 TO 3 TIMES DEPENDING ON N.
             10  A    PIC 9(2).
           05  NAME   PIC X(2).
"""
LENGTH = """\
       01  R.
           05  LEN    PIC 9(2).
           05  ID     PIC 9(3).
           05  NAME   PIC X(9).
"""
SEGMENTS = """\
       01  R.
           05  KIND   PIC X.
           05  A.
             10  ID   PIC 9(2).
           05  B REDEFINES A.
             10  X    PIC X(4).
"""


def digits(text: str) -> bytes:
    return text.encode("cp037")


def plain(number: int) -> bytes:
    return digits(f"{number:03}") + bytes([number % 10 << 4 | 1, 0x2C]) + digits("ABC")


def be(data: bytes) -> bytes:
    return struct.pack(">HH", len(data), 0) + data


def le(data: bytes) -> bytes:
    return struct.pack("<HH", 0, len(data)) + data


def blocks(records: list[bytes]) -> bytes:
    made = b""
    for first in range(0, len(records), 2):
        body = b"".join(be(r) for r in records[first : first + 2])
        made += struct.pack(">HH", len(body), 0) + body
    return made


RECORDS = [plain(n) for n in range(1, 7)]
RDW = {"record_format": "V", "is_rdw_big_endian": "true"}


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    text: str
    data: bytes
    options: dict[str, str] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


SHAPES = [
    Shape("F", PLAIN, b"".join(RECORDS)),
    Shape("F-ends", PLAIN, b"HH" + b"".join(RECORDS) + b"TTT", {"file_start_offset": "2", "file_end_offset": "3"}),
    Shape("V", PLAIN, b"".join(map(be, RECORDS)), RDW),
    Shape("V-little", PLAIN, b"".join(map(le, RECORDS)), {"record_format": "V"}),
    Shape("V-provenance", PLAIN, b"".join(map(be, RECORDS)), RDW, {"provenance": ["file", "record", "offset", "length"]}),
    Shape("VB", PLAIN, blocks(RECORDS), {**RDW, "record_format": "VB", "is_bdw_big_endian": "true"}),
    Shape("D", PLAIN.replace(" COMP-3", ""), b"001002ABC\r\n003+04DEF\n\n005006GHI", {"record_format": "D", "encoding": "ascii"}),
    Shape("ODO", LISTS, b"".join(digits(t) for t in ("0AB", "21122CD", "3112233EF", "199GH")), {"variable_size_occurs": "true"}),
    Shape("field", LENGTH, digits("05001" + "09002ABCD" + "14003ABCDEFGHI"), {"record_length_field": "LEN"}),
    Shape(
        "segments",
        SEGMENTS,
        b"".join(be(digits(t)) for t in ("A01", "BWXYZ", "A02", "BABCD", "BEFGH", "CXX", "A03")),
        {**RDW, "segment_field": "KIND", "redefine_segment_id_map:0": "A => A", "redefine_segment_id_map:1": "B => B"},
    ),
    Shape(
        "children",
        SEGMENTS,
        b"".join(be(digits(t)) for t in ("A01", "BWXYZ", "A02", "BABCD", "BEFGH", "CXX", "A03")),
        {
            **RDW,
            "segment_field": "KIND",
            "redefine_segment_id_map:0": "A => A",
            "redefine_segment_id_map:1": "B => B",
            "segment-children:0": "A => B",
        },
    ),
]  # fmt: skip


def damages(data: bytes, seed: int, many: int) -> Iterator[bytes]:
    """*data* damaged, each time otherwise."""
    yield from (b"", b"\0", b"\xff", data, data + data[:3])
    for end in range(len(data)):
        yield data[:end]
    for at in range(len(data)):
        for value in (0x00, 0xFF, data[at] ^ 0x80, data[at] ^ 1):
            yield data[:at] + bytes([value]) + data[at + 1 :]
        yield data[:at] + data[at + 1 :]
        yield data[:at] + b"\0" + data[at:]
    dice = random.Random(seed)
    for _ in range(many):
        made = bytearray(data)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(made) + 1)
            match dice.randrange(5):
                case 0:
                    made[at : at + 4] = bytes(4)
                case 1:
                    made[at : at + 2] = dice.randbytes(2)
                case 2:
                    del made[at : at + dice.randint(1, 20)]
                case 3:
                    made[at:at] = dice.randbytes(dice.randint(1, 20))
                case 4:
                    made[at:at] = be(dice.randbytes(dice.randint(0, 9)))
        yield bytes(made)
    for size in (1, 2, 3, 4, 5, 8, 40, 200):
        yield dice.randbytes(size)


class Runs:
    """One dictionary, policy and emitter, compiled once, over any bytes."""

    def __init__(self, shape: Shape, policy: Any, emitter: str, folder: Path) -> None:
        aside = folder / f"{emitter}.arrow"
        more: dict[str, Any] = {"quarantine": aside} if policy == "quarantine" else {"on_error": policy}
        self.aside = aside if policy == "quarantine" else None
        self.threads = 1
        self.reader = arrowsmith.open(
            arrowsmith.text(shape.text, name="r.cpy"), b"", options=shape.options, emitter=emitter, max_errors="100%",
            threads=1, **shape.more, **more,
        )  # fmt: skip
        self.reader.if_exists = "replace"

    def outcome(self, data: bytes) -> Any:
        """Rows, counts and the quarantine, or what the error says."""
        self.reader.sources = sources(data)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", arrowsmith.ArrowsmithWarning)
                table = self.reader.to_table()
        except arrowsmith.DataError as error:
            return error.code, str(error)
        report = self.reader.report
        assert report.complete
        assert report.bytes_read == len(data) == report.decoded + report.framing + report.filtered + report.ignored
        assert report.rows == table.num_rows
        held = self.aside.read_bytes() if self.aside is not None else b""
        fields = [(f.path, f.reason, f.count) for f in report.fields]
        return table.to_pylist(), report.files, report.reasons, fields, report.faulty, held


def check(shape: Shape, policy: str, folder: Path, seed: int, many: int, step: int = 1) -> int:
    """Every damage of *shape*, or every *step*-th, under *policy*, on every emitter; how many there were."""
    runs = [Runs(shape, policy, emitter, folder) for emitter in EMITTERS]
    count = 0
    for data in itertools.islice(damages(shape.data, seed, many), 0, None, step):
        first, *others = [run.outcome(data) for run in runs]
        for emitter, other in zip(EMITTERS[1:], others, strict=True):
            assert repr(other) == repr(first), (shape.name, policy, emitter, data.hex())
        count += 1
    for run in runs:
        run.reader.close()
    return count


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_damaged_files_give_rows_or_a_data_error(shape: Shape, policy: str, tmp_path: Path) -> None:
    """No other exception, no hang, the same on every emitter, and bytes that add up."""
    step = 5 if policy == "quarantine" else 1  # each is a file written and synced
    assert check(shape, policy, tmp_path, seed=6, many=20, step=step) > 50 // step


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_what_is_whole_is_read_under_every_policy(shape: Shape, tmp_path: Path) -> None:
    """The shapes themselves are good data: damage is what makes the difference."""
    for policy in POLICIES:
        rows = Runs(shape, policy, EMITTERS[-1], tmp_path).outcome(shape.data)
        assert isinstance(rows, tuple), rows
        assert rows[4] == 0
