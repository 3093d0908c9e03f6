"""What a forked child makes anew: it has one thread, and whatever the others held or were inside of nobody would give back.

Invariant: what is renewed is as it was, but for those threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol
from weakref import WeakSet


class Renewed(Protocol):
    """An object with locks, or counts of threads that are inside."""

    def renew(self) -> None:
        """Make the locks anew, and forget the threads that are not there.  Only the thread that forked runs."""
        ...


_functions: list[Callable[[], None]] = []
_objects: WeakSet[Renewed] = WeakSet()


def in_children(function: Callable[[], None]) -> Callable[[], None]:
    """Call *function*, of a module, in every child that is forked."""
    _functions.append(function)
    return function


def renewed_in_children(one: Renewed) -> None:
    """Renew *one* in every child that is forked while it lives."""
    _objects.add(one)


def _forked() -> None:
    for function in _functions:
        function()
    for one in list(_objects):
        one.renew()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_forked)
