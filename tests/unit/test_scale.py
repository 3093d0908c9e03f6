"""Splits and indexes: all parts together are the whole, whatever the framing, the number of parts, the index and the emitter."""

from __future__ import annotations

import json
import os
import random
import struct
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import arrowsmith
from arrowsmith.batch import window_memory
from arrowsmith.columns import Input
from arrowsmith.engine import index, scan, units, windows
from arrowsmith.engine.speculate import Speculative
from arrowsmith.engine.window import empty_frames

pytestmark = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")
EMITTERS = ["vm", *(["x86-64"] if find_spec("iced_x86") and find_spec("arrowsmith_x86_64") else [])]

PLAIN = """\
       01  R.
           05  ID     PIC 9(4).
           05  NAME   PIC X(5).
"""
SEGMENTS = """\
       01  R.
           05  KIND   PIC X.
           05  A.
             10  ID   PIC 9(4).
           05  B REDEFINES A.
             10  X    PIC X(4).
"""
RDW = {"record_format": "V", "is_rdw_big_endian": "true"}
KINDS = {
    **RDW,
    "segment_field": "KIND",
    "redefine_segment_id_map:0": "A => A",
    "redefine_segment_id_map:1": "B => B",
}
WHENCE = ["file", "record", "offset", "length"]


def digits(text: str) -> bytes:
    return text.encode("cp037")


def rdw(data: bytes) -> bytes:
    return struct.pack(">HH", len(data), 0) + data


def plain(number: int) -> bytes:
    return digits(f"{number:04}" + "ABCDE"[: number % 6])


def segments(dice: random.Random) -> bytes:
    kinds = [dice.choice("ABBBC") for _ in range(600)]
    return b"".join(rdw(digits(f"{kind}{n:04}")) for n, kind in enumerate(kinds))


def cases() -> dict[str, tuple[str, bytes, dict[str, str]]]:
    dice = random.Random(8)
    varying = [plain(n) for n in range(600)]
    blocks = [b"".join(map(rdw, varying[n : n + 7])) for n in range(0, 600, 7)]
    return {
        "F": (PLAIN, b"".join(digits(f"{n:04}ABCDE") for n in range(600)), {}),
        "F-start": (PLAIN, b"HHH" + b"".join(digits(f"{n:04}ABCDE") for n in range(600)), {"file_start_offset": "3"}),
        "V": (PLAIN, b"".join(map(rdw, varying)), RDW),
        "V-start": (PLAIN, b"HHH" + b"".join(map(rdw, varying)), {**RDW, "file_start_offset": "3"}),
        "VB": (
            PLAIN,
            b"".join(struct.pack(">HH", len(b), 0) + b for b in blocks),
            {**RDW, "record_format": "VB", "is_bdw_big_endian": "true"},
        ),
        "D": (PLAIN, b"".join(b"%04dAB\n" % n for n in range(600)), {"record_format": "D", "encoding": "ascii"}),
        "filter": (SEGMENTS, segments(dice), {**KINDS, "segment_filter": "B"}),
        "ids": (SEGMENTS, segments(dice), {**KINDS, "segment_id_level0": "A", "segment_id_level1": "B", "segment_id_prefix": "P"}),
        "children": (SEGMENTS, segments(dice), {**KINDS, "segment-children:0": "A => B"}),
    }  # fmt: skip


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows, units and strides of a few records."""
    defaults = windows.Windows.__init__.__defaults__ or ()
    small = tuple(1 << 10 if value == windows.WINDOW else value for value in defaults)
    monkeypatch.setattr(windows.Windows.__init__, "__defaults__", small)
    monkeypatch.setattr(units, "UNIT", 2000)
    monkeypatch.setattr(scan, "AHEAD", 1 << 10)
    monkeypatch.setattr(windows, "STRIDE", 700)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("emitter", EMITTERS)
@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("name", sorted(cases()))
def test_all_parts_are_the_whole(name: str, indexed: bool, emitter: str, tmp_path: Path) -> None:
    """Each record once, in order, with the numbers, offsets and ids of the whole file; over two files as over one."""
    text, data, options = cases()[name]
    files = [tmp_path / "a.dat", tmp_path / "b.dat"]
    for file in files:
        file.write_bytes(data)
    more: dict[str, Any] = {"options": options, "provenance": WHENCE, "emitter": emitter}
    whole = arrowsmith.read(arrowsmith.text(text, name="r.cpy"), files, **more)
    if indexed:
        more["index"] = tmp_path / "indexes"
    with arrowsmith.open(arrowsmith.text(text, name="r.cpy"), files, split=(0, 1), **more) as reader:
        for parts in (1, 2, 7, 40):
            found = []
            for part in range(parts):
                reader.split, reader.threads = (part, parts), 1 + part % 2
                found.append(reader.to_table())
                assert reader.report.complete
            assert pa.concat_tables(found).to_pylist() == whole.to_pylist()
    assert (tmp_path / "indexes").exists() == (indexed and name not in ("F", "F-start", "V-start"))


@pytest.mark.usefixtures("small")
def test_an_index_is_of_one_file_framing_and_version(tmp_path: Path) -> None:
    """It is used as it is, and made anew where the file, the framing or the version is another, or where it is damaged."""
    text, data, options = cases()["V"]
    file, folder = tmp_path / "v.dat", tmp_path / "ix"
    file.write_bytes(data)

    def read(part: tuple[int, int] | None = (1, 2), **more: str) -> Any:
        return arrowsmith.read(
            arrowsmith.text(text, name="r.cpy"), file, options={**options, **more}, split=part, index=folder
        )

    whole = read(None)
    (made,) = folder.iterdir()
    first = made.read_bytes()
    assert len(json.loads(first)["points"]) > 5
    later = os.stat(made).st_mtime_ns
    assert read().num_rows < whole.num_rows
    assert os.stat(made).st_mtime_ns == later
    for change in ({"version": 0}, {"size": 1}, {"changed": 0}, {"framing": ""}, {"points": 5}, {"points": [[1]]}):
        made.write_text(json.dumps({**json.loads(first), **change}))
        read()
        assert made.read_bytes() == first
    made.write_bytes(b"\xff{")
    read()
    assert made.read_bytes() == first
    file.write_bytes(data + rdw(plain(600)))
    assert read((0, 2)).num_rows + read((1, 2)).num_rows == 601
    assert made.read_bytes() != first


@pytest.mark.usefixtures("small")
def test_an_index_saves_the_framing(tmp_path: Path) -> None:
    """The last part reads no more than itself and a stride before it."""
    text, data, options = cases()["V"]
    file = tmp_path / "v.dat"
    file.write_bytes(data)
    read: list[int] = []
    for _ in range(2):
        with arrowsmith.open(
            arrowsmith.text(text, name="r.cpy"), file, options=options, split=(9, 10), index=tmp_path
        ) as reader:
            reader.to_table()
        read.append(reader.report.bytes_read)

    assert read[1] <= len(data) // 10 + 2 * 1024
    with arrowsmith.open(arrowsmith.text(text, name="r.cpy"), file, options=options, split=(9, 10)) as reader:
        reader.to_table()
    assert reader.report.bytes_read == len(data)


def planted(name: str, dice: random.Random) -> bytes:
    """Records, or blocks of them, a third of which hold what looks like records and is not: chains of headers that lead nowhere true."""
    made = b""
    for number in range(3000):
        false = b"".join(rdw(b"false"[: dice.randint(1, 5)]) for _ in range(dice.randint(3, 9)))
        if name == "VB":
            false = struct.pack(">HH", len(false), 0) + false
            false = false * 4
        data = dice.randbytes(dice.randint(1, 3)) + false if dice.random() < 0.33 else plain(number)
        made += rdw(data) if name == "V" else struct.pack(">HH", len(rdw(data)), 0) + rdw(data)
    return made


@pytest.mark.parametrize("emitter", EMITTERS)
@pytest.mark.parametrize("name", ["V", "VB"])
def test_speculation_survives_planted_headers(name: str, emitter: str) -> None:
    """Chunks framed at once from guessed boundaries give the frames of one run; guesses that were planted are found out."""
    text, _, options = cases()[name]
    dice = random.Random(3)
    kept = missed = 0
    with arrowsmith.open(arrowsmith.text(text, name="r.cpy"), b"", options=options, emitter=emitter) as reader:
        framer, search = reader.compiled.plan.framer, reader.compiled.rows.search
        kernel = reader.kernels.load(framer)
        assert search is not None
        with ThreadPoolExecutor(2) as pool:
            for chunk in (500, 2000, 9000):
                for cut in (0, 1, 7):
                    data = planted(name, dice)
                    data = data[: len(data) - cut] + (b"\xff" * 4 if chunk == 2000 and cut == 7 else b"")
                    memory = window_memory(len(data))
                    memory.view[:] = data
                    source = Input(memory, final=False)

                    def empty() -> Any:
                        return empty_frames(framer, 1 << 16)

                    ahead = Speculative(kernel, search, pool, empty, chunk)
                    one, other = empty(), empty()
                    assert kernel.frame(source, 0, one) == ahead.frame(source, 0, other)
                    assert one.count == other.count > 2900
                    for left, right in (
                        (one.starts, other.starts),
                        (one.lengths, other.lengths),
                        (one.kinds, other.kinds),
                    ):
                        assert left[: one.count] == right[: one.count]
                    kept, missed = kept + ahead.kept, missed + ahead.missed

    assert kept > 20
    assert missed > 5


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("policy", ["skip", "quarantine"])
def test_each_part_tells_of_its_own_gaps(policy: Any, tmp_path: Path) -> None:
    """A gap is counted once, and put aside once, by the part that it lies in."""
    text, data, options = cases()["V"]
    damaged = bytearray(data)
    places = [n for n in range(len(data) - 4) if data[n : n + 4] == b"\x00\x04\x00\x00"]
    for place in (places[10], places[50], places[90]):
        damaged[place : place + 4] = b"\xff\xff\xff\xff"
    rows = gaps = held = 0
    for part in range(4):
        aside = tmp_path / f"{part}.arrow"
        more: dict[str, Any] = {"quarantine": aside} if policy == "quarantine" else {"on_error": policy}
        with arrowsmith.open(
            arrowsmith.text(text, name="r.cpy"), bytes(damaged), options=options, split=(part, 4), **more
        ) as reader:
            rows += reader.to_table().num_rows
        gaps += reader.report.gaps
        held += pa.ipc.open_file(aside).read_all().num_rows if policy == "quarantine" else 3 * (part == 0)

    assert (rows, gaps, held) == (597, 3, 3)


def test_what_cannot_be_split_is_an_option_error(tmp_path: Path) -> None:
    """No such part, a size that is not known, a framing that is read as a whole."""
    text = arrowsmith.text(PLAIN, name="r.cpy")
    packed = tmp_path / "a.gz"
    packed.write_bytes(b"")
    for data, split, options in (
        (b"", (2, 2), {}),
        (b"", (-1, 2), {}),
        (packed, (0, 2), {}),
        (b"x" * 9, (0, 2), {"record_format": "VS"}),
    ):
        reader = arrowsmith.open(text, data, options=options, split=split)  # type: ignore[arg-type]  # data of two kinds
        with reader, pytest.raises(arrowsmith.OptionError) as raised:
            reader.to_table()
        assert raised.value.code == index.NO_SPLIT


@pytest.mark.parametrize("options", [{}, {"record_format": "V", "is_rdw_big_endian": "true"}, {"record_format": "D"}])
@pytest.mark.parametrize(("start", "end"), [(0, 7), (3, 7), (0, 9000)])
def test_parts_of_a_file_with_something_at_its_ends(options: dict[str, str], start: int, end: int) -> None:
    """Behind the last record, and before the first: that belongs to no part, and the bytes of each part add up."""
    text = arrowsmith.text("01 R. 05 N PIC 9(5). 05 T PIC X(3).", name="r.cpy")
    headers, ends = (
        (b"\0\x08\0\0" if "is_rdw_big_endian" in options else b""),
        (b"\n" if "D" in options.values() else b""),
    )
    data = b"H" * start + b"".join(headers + b"%05dabc" % n + ends for n in range(600)) + b"T" * end
    given = {"encoding": "ascii", "file_start_offset": start, "file_end_offset": end, "generate_record_id": "true"}
    rows = []
    for part in range(5):
        with arrowsmith.open(text, data, options=given | options, split=(part, 5)) as reader:
            rows += reader.to_table().to_pylist()
        report = reader.report
        assert report.bytes_read == report.decoded + report.framing + report.filtered + report.ignored

    assert [(row["Record_Id"], row["N"]) for row in rows] == [(n, n) for n in range(600)]
