"""Python's cycle collector, held while a dictionary is compiled.

Trees of a hundred thousand small values hold no cycles worth collecting, and looking through them again and again as they grow takes a
quarter of the time (measured: 10,000 fields).  Invariant: when nobody holds it any more, it runs again if it ran before.
"""

from __future__ import annotations

import gc
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
#: thread → how often it holds the collector
_holders: Counter[int] = Counter()
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
        _holders[mine] += 1
    try:
        yield
    finally:
        with _lock:
            _holders[mine] -= 1
            _let_go(mine)


def _let_go(*gone: int) -> None:
    """The threads *gone* hold it no more, unless they hold it several times."""
    for thread in gone:
        if _holders[thread] <= 0:
            del _holders[thread]
    if not _holders and _ran:
        gc.enable()


def _forked() -> None:
    """In a child the thread that forked is alone: what the others held, the lock too, nobody would give back."""
    global _lock
    _lock = threading.Lock()
    others = [thread for thread in _holders if thread != threading.get_ident()]
    for thread in others:
        _holders[thread] = 0
    if others:
        _let_go(*others)


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forked)
