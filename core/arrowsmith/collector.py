"""Python's cycle collector, held while a dictionary is compiled.

Trees of a hundred thousand small values hold no cycles worth collecting, and looking through them again and again as they grow takes a
quarter of the time (measured: 10,000 fields).  Invariant: when nobody holds it any more, it runs again if it ran before.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from arrowsmith.forks import in_children

_lock = threading.Lock()
#: the threads that hold the collector, each as often as it does
_holders: list[int] = []
_ran = False


@contextmanager
def held() -> Iterator[None]:
    """No collection of cycles inside, in any thread; what is unreachable behind it is found as always."""
    global _ran
    mine = threading.get_ident()
    with _lock:
        if not _holders:
            _ran = gc.isenabled()
            gc.disable()
        _holders.append(mine)
    try:
        yield
    finally:
        with _lock:
            _leave([mine])


def _leave(gone: list[int]) -> None:
    """Strike each of *gone* from who holds it, once."""
    for thread in gone:
        _holders.remove(thread)
    if gone and not _holders and _ran:
        gc.enable()


@in_children
def _forked() -> None:
    """Of who holds it the thread that forked is left."""
    global _lock
    _lock = threading.Lock()
    _leave([thread for thread in _holders if thread != threading.get_ident()])
