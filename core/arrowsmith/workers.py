"""Work goes to threads, to as many as the system lets start: a limit or a filter may stop the first, or the third.

Invariant: what was submitted is done, once, whatever becomes of a thread's start; without any thread it is done by who submits it.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Self, TypeVar

_T = TypeVar("_T")

#: bytes of address space that a thread's start may take: its stack, and as much again for what it allocates first
ROOM = 16 << 20


class Workers:
    """At most *most* threads, each started when there is work that no other is free for.  `submit` is for one thread."""

    def __init__(self, most: int, name: str = "arrowsmith") -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=name)
        self._started = False

    def submit(self, function: Callable[..., _T], *arguments: Any) -> Future[_T]:
        """What *function* gives of *arguments*, in time."""
        promised: Future[_T] = Future()

        def work() -> None:
            if promised.done() or not promised.set_running_or_notify_cancel():
                return
            try:
                promised.set_result(function(*arguments))
            except BaseException as error:  # noqa: BLE001  # told to who waits
                promised.set_exception(error)

        if not _has_room():
            # a thread that gets its stack, and then no memory to begin with, would be waited for without end
            work()
            return promised
        try:
            self._pool.submit(work)
            self._started = True
        except RuntimeError as error:
            if "schedule" in str(error):  # the pool or the interpreter is shut down: nothing was queued
                raise
            # the pool has put it in its queue before it failed to start a thread for it: one that is there will come to it, and one that is
            # started later finds it done
            if not self._started:
                work()
        return promised

    def shutdown(self) -> None:
        """Stop: what has not begun is dropped, what has is waited for."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(wait=True)


def _has_room() -> bool:
    """Whether the address space has room for one more thread."""
    try:
        mmap.mmap(-1, ROOM).close()
    except (OSError, MemoryError):
        return False
    return True
