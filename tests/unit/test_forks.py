"""A child that is forked while other threads work is alone with what they held: it converts all the same."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest

import arrowsmith
from arrowsmith import collector, registry
from arrowsmith.engine import kernels
from arrowsmith.once import once

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork"),
    # Python warns of a fork beside threads, which is what is tried here
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]


def status_of_child(work: Callable[[], bool]) -> int:
    """How a child ends that does *work*: 0 where that is true, and by SIGALRM where it waits without end."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class holding:
    """Another thread is inside *enter* while the block runs."""

    def __init__(self, enter: Callable[[threading.Event, threading.Event], None]) -> None:
        self.inside, self.leave = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=enter, args=(self.inside, self.leave))

    def __enter__(self) -> None:
        self.thread.start()
        self.inside.wait()

    def __exit__(self, *error: object) -> None:
        self.leave.set()
        self.thread.join()


def converts() -> bool:
    table = arrowsmith.read(arrowsmith.text("       01 R PIC 9(4) COMP.\n", name="r.cpy"), b"\0\7")
    return bool(table["R"].to_pylist() == [7] and gc.isenabled())


@pytest.mark.parametrize("lock", ["_codes_lock", "_said_lock"])
def test_a_lock_of_another_thread_is_free_in_a_child(lock: str) -> None:
    def enter(inside: threading.Event, leave: threading.Event) -> None:
        with getattr(kernels, lock):
            inside.set()
            leave.wait()

    with holding(enter):
        assert status_of_child(lambda: converts() and bool(getattr(kernels, lock).acquire(timeout=5))) == 0


@pytest.mark.parametrize("what", [lambda: collector._lock, collector.held])
def test_the_collector_is_not_held_by_who_is_not_there(what: Callable[[], object]) -> None:
    """Neither its lock nor the collector: it runs in the child as it did."""

    def enter(inside: threading.Event, leave: threading.Event) -> None:
        with what():  # type: ignore[attr-defined]  # both are context managers
            inside.set()
            leave.wait()

    with holding(enter):
        assert status_of_child(converts) == 0
    assert gc.isenabled()


def test_a_child_of_who_holds_the_collector_holds_it() -> None:
    """What the forking thread itself is inside of goes on."""

    def inside() -> bool:
        still = not gc.isenabled()
        with collector.held():
            still = still and not gc.isenabled()
        return still and not gc.isenabled()

    with collector.held():
        assert status_of_child(inside) == 0
    assert gc.isenabled()


def test_a_registry_that_is_being_asked_answers_in_a_child() -> None:
    shared = registry.load()

    def enter(inside: threading.Event, leave: threading.Event) -> None:
        with shared._lock:
            inside.set()
            leave.wait()

    with holding(enter):
        assert status_of_child(lambda: bool(shared.emitter("vm"))) == 0


def test_calls_that_are_not_there_are_not_waited_for() -> None:
    """A child closes a kernel that another thread was in, or is about to enter."""
    kernel = pytest.importorskip("arrowsmith_x86_64.kernel")
    released: list[str] = []
    loaded = kernel.Loaded(SimpleNamespace(release=lambda: released.append("released")), lambda address: 0, 64)

    def enter(inside: threading.Event, leave: threading.Event) -> None:
        block = loaded.enter()
        with loaded._changed:
            inside.set()
            leave.wait()
        loaded.leave(block)

    def closes() -> bool:
        loaded.close()
        return released == ["released"]

    with holding(enter):
        assert status_of_child(closes) == 0
    assert released == []
    loaded.close()
    assert released == ["released"]


def test_what_is_computed_once_is_computed_in_a_child() -> None:
    """While another thread computes the same of another object."""

    class Slow:
        def __init__(self, inside: threading.Event | None = None, leave: threading.Event | None = None) -> None:
            self.inside, self.leave, self.count = inside, leave, 0

        @once
        def value(self) -> int:
            self.count += 1
            if self.inside is not None and self.leave is not None:
                self.inside.set()
                self.leave.wait()
            return 7

    with holding(lambda inside, leave: print(Slow(inside, leave).value)):
        assert status_of_child(lambda: Slow().value == 7) == 0
    slow = Slow()
    assert (slow.value, slow.value, slow.count) == (7, 7, 1)
