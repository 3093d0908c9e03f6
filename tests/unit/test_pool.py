"""Memory of batches is used again, and never while anything refers to it."""

from __future__ import annotations

import ctypes
import gc
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import arrowsmith
from arrowsmith.batch import Pool, WindowPool
from arrowsmith.columns import SLACK, Memory, Output
from arrowsmith.engine import units

COPYBOOK = """\
       01  R.
           05  ID     PIC 9(9) COMP.
           05  NAME   PIC X(12).
           05  PRICE  PIC S9(7)V99 COMP-3.
"""
#: a unit of one window makes a batch of its own
ROWS = 60_000


def _data(rows: int) -> bytes:
    made = np.full((rows, 21), 0x40, np.uint8)
    made[:, :4] = np.arange(rows, dtype=">u4").view(np.uint8).reshape(-1, 4)
    made[:, 4 : 4 + 8] = 0xC1 + (np.arange(rows * 8) % 9).reshape(-1, 8)
    made[:, 16:21] = (0, 0, 0x12, 0x34, 0x5C)
    made[::3, 16:21] = 0x40  # absent
    return made.tobytes()


DATA = _data(ROWS)


def _pool(threads: int = 1) -> Pool:
    compiled = arrowsmith.compile(arrowsmith.text(COPYBOOK, name="r.cpy"))
    return Pool(compiled.plan.tables[0][1], threads)


def _addresses(output: Output) -> list[int]:
    return [slots.values.address for slots in output.columns]


def _clean(output: Output) -> bool:
    return not any(
        np.frombuffer(memory.view, np.uint8).any()
        for slots in output.columns
        for memory in (slots.values, slots.validity)
    )


def test_what_is_forgotten_is_used_again_and_is_zero() -> None:
    pool = _pool()
    output = pool.take(1000)
    before = _addresses(output)
    for slots in output.columns:
        slots.values.view[:] = b"\xff" * slots.values.size
        slots.validity.view[:] = b"\xff" * slots.validity.size
    del output, slots
    again = pool.take(1000)
    assert _addresses(again) == before
    assert _clean(again)


def test_only_what_was_used_is_cleaned() -> None:
    pool = _pool()
    output = pool.take(1000)
    output.columns[0].values.view[:40] = b"\xff" * 40
    output.rows[0] = output.touched[0] = 10
    pool.used(output)
    del output
    assert _clean(pool.take(1000))


def test_an_arrow_buffer_keeps_its_memory() -> None:
    pool = _pool()
    output = pool.take(1000)
    place = output.columns[0].values.address
    lent: Any = output.columns[0].values.owner
    buffer = lent.buffer(64)
    part = buffer.slice(8, 8)
    del output, lent, buffer
    assert pool.take(1000).columns[0].values.address != place
    del part
    assert place in {pool.take(1000).columns[0].values.address for _ in range(2)}


@pytest.fixture
def allocated() -> Iterator[Callable[[], int]]:
    """The bytes that Python and numpy have allocated since the test began."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()


def test_a_closed_pool_keeps_nothing(allocated: Callable[[], int]) -> None:
    pool = _pool()
    output = pool.take(1000)
    held = allocated()
    assert held > 100_000
    pool.close()
    del output
    gc.collect()
    assert allocated() < held // 2  # tests before this one have left things to Python that it frees and makes anew


def test_no_more_is_kept_than_threads_need(allocated: Callable[[], int]) -> None:
    pool = _pool()
    outputs = [pool.take(1000) for _ in range(100)]
    before = allocated()
    each = before // 100
    del outputs
    assert allocated() < before - 80 * each


@pytest.fixture
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "UNIT", 1)


@pytest.mark.usefixtures("small_units")
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("on_error", ["raise", "null", "skip"])
def test_batches_that_are_kept_stay_as_they_are(threads: int, on_error: Any) -> None:
    dictionary = arrowsmith.text(COPYBOOK, name="r.cpy")
    with arrowsmith.open(dictionary, DATA * 4, threads=threads, on_error=on_error) as reader:
        kept, copies = [], []
        for batch in reader:
            kept.append(batch)
            copies.append(pa.RecordBatch.from_pylist(batch.slice(0, 3).to_pylist(), schema=batch.schema))
            if len(kept) % 3 == 0:  # of some only one column is kept, of some nothing
                kept[-1] = kept[-1].select(["PRICE"])
                kept[-2] = kept[-2].slice(0, 3)
    del reader
    gc.collect()
    assert len(kept) >= 6
    for batch, copy in zip(kept, copies, strict=True):
        assert batch.slice(0, 3).to_pylist() == copy.select(batch.schema.names).to_pylist()
    numbers = [v for b in kept if "ID" in b.schema.names and b.num_rows > 3 for v in b.column("ID").to_pylist()[:1]]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.usefixtures("small_units")
def test_batches_die_on_other_threads_while_more_are_read() -> None:
    dictionary = arrowsmith.text(COPYBOOK, name="r.cpy")
    expected = arrowsmith.read(dictionary, DATA, threads=1)
    first = expected.column("NAME").chunk(0)[0].as_py()

    def read(batches: Iterator[pa.RecordBatch], faults: list[str]) -> None:
        waiting: list[pa.RecordBatch] = []
        for batch in batches:
            waiting.append(batch)
            if len(waiting) > 2:
                old = waiting.pop(0)
                if old.column("NAME")[0].as_py()[:1] not in "ABCDEFGHI" or not old.column("ID")[0].is_valid:
                    faults.append(str(old.slice(0, 1).to_pylist()))

    faults: list[str] = []
    readers = [arrowsmith.open(dictionary, DATA * 4, threads=2) for _ in range(3)]
    workers = [threading.Thread(target=read, args=(iter(reader), faults)) for reader in readers]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for reader in readers:
        reader.close()
    assert first[:1] in "ABCDEFGHI"
    assert faults == []


@pytest.mark.usefixtures("small_units")
def test_a_conversion_uses_its_memory_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from arrowsmith.batch import pool as pools

    made = []
    fresh = pools.piece

    def counted(size: int, number: int, zero: bool) -> Any:
        made.append(size)
        return fresh(size, number, zero)

    monkeypatch.setattr(pools, "piece", counted)
    dictionary = arrowsmith.text(COPYBOOK, name="r.cpy")
    out = tmp_path / "out.parquet"
    arguments: dict[str, Any] = {"threads": 1, "sink_options": {"row_group_rows": ROWS // 2}, "if_exists": "replace"}
    arrowsmith.convert(dictionary, DATA, out, **arguments)
    once = len(made)
    made.clear()
    arrowsmith.convert(dictionary, DATA * 8, out, **arguments)
    assert len(made) < 2 * once


def test_memory_of_windows_is_lent() -> None:
    """What nobody refers to is used again, and nothing else is; a piece of another size is made anew; few are kept."""
    pool = WindowPool(2)
    one, other = pool.take(1000), pool.take(1000)
    assert one.address != other.address
    kept, place = Memory(one.address, one.view[:10], one.owner), one.address
    del one
    assert pool.take(1000).address != place  # and it is back at once
    del kept
    taken = {pool.take(1000).address for _ in range(3)}
    assert place in taken
    larger = pool.take(2000)
    assert larger.size == 2000
    assert not any(bytes((ctypes.c_char * SLACK).from_address(larger.address + 2000)))
    many = [pool.take(1000) for _ in range(5)]
    places = {memory.address for memory in many}
    many.clear()
    assert len(places) == 5
    assert len({memory.address for memory in [pool.take(1000) for _ in range(5)]} & places) >= 2


def test_windows_of_threads_are_those_of_one(tmp_path: Path) -> None:
    """Every window's frames and bytes are its own while the next ones are read."""
    records = [bytes([0, n % 200 + 5, 0, 0]) + bytes([0xF0 + n % 10]) * (n % 200 + 1) for n in range(40_000)]
    data = tmp_path / "v.dat"
    data.write_bytes(b"".join(records))
    copybook = arrowsmith.text("       01  R.\n           05  T  PIC X(200).\n", name="v.cpy")
    options = {"record_format": "V", "is_rdw_big_endian": "true", "is_rdw_part_of_record_length": "true"}
    one = arrowsmith.read(copybook, data, options=options, threads=1)
    assert one.num_rows == len(records)
    assert arrowsmith.read(copybook, data, options=options, threads=3).equals(one)
