"""Allocators of executable memory: what a host with a policy may refuse, and every way that it may still allow.

Invariant: importing this package loads nothing but arrowsmith; allocators are imported when they are first looked up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from arrowsmith.hookspecs import hookimpl

if TYPE_CHECKING:
    from arrowsmith.memory import Allocator

ARROWSMITH_API = (0, 1)


@hookimpl
def arrowsmith_allocators() -> Iterable[Allocator]:
    """Every allocator of the table in docs/allocators.md; those of another system refuse this host."""
    from arrowsmith_memory.offers import ALLOCATORS

    return ALLOCATORS
