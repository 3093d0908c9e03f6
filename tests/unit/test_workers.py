"""Work is done, once, however many threads the system lets start."""

from __future__ import annotations

import mmap
import threading
import time
from collections.abc import Callable

import pytest

from arrowsmith.workers import Workers


def only(allowed: int) -> Callable[[threading.Thread], None]:
    """`threading.Thread.start` on a system that lets *allowed* threads start, and no more."""
    start, left = threading.Thread.start, [allowed]

    def limited(thread: threading.Thread) -> None:
        if not left[0]:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(thread)

    return limited


@pytest.mark.parametrize("allowed", [0, 1, 3, 9])
def test_all_work_is_done_once(allowed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the threads that there are, or by who submits it; results stand in the order of the work."""
    monkeypatch.setattr(threading.Thread, "start", only(allowed))
    did: list[tuple[int, str]] = []

    def work(number: int) -> int:
        time.sleep(0.002)
        did.append((number, threading.current_thread().name))
        return number

    with Workers(4, "mine") as workers:
        assert [future.result(60) for future in [workers.submit(work, n) for n in range(20)]] == list(range(20))
    assert sorted(number for number, _ in did) == list(range(20))
    assert len({name for _, name in did}) <= max(1, min(allowed, 4))
    assert any(name.startswith("mine") for _, name in did) == bool(allowed)


@pytest.mark.parametrize("allowed", [0, 2])
def test_what_work_raises_is_told(allowed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading.Thread, "start", only(allowed))
    with Workers(4) as workers, pytest.raises(ZeroDivisionError):
        workers.submit(lambda: 1 // 0).result(60)


def test_nothing_is_taken_after_the_end() -> None:
    workers = Workers(2)
    workers.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        workers.submit(int)


def test_no_thread_is_started_where_there_is_no_room_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that gets its stack and nothing else dies before it says that it has begun, and whoever started it waits without end."""

    def full(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(mmap, "mmap", full)
    monkeypatch.setattr(threading.Thread, "start", only(0))
    with Workers(4) as workers:
        names = [workers.submit(lambda: threading.current_thread().name) for _ in range(3)]
        assert [name.result(0) for name in names] == [threading.current_thread().name] * 3
