"""The yardstick: a Program as the C that a careful programmer would write, by ``gcc -O3 -march=native``.

Invariant: importing this package loads nothing but arrowsmith; it is found through the emitter hook, and taken only when it is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from arrowsmith.hookspecs import hookimpl

if TYPE_CHECKING:
    from arrowsmith.interfaces import Emitter

ARROWSMITH_API = (0, 1)


@hookimpl
def arrowsmith_emitters() -> Iterable[Emitter]:
    """C, compiled at run time."""
    from arrowsmith_c.emitter import PlainC

    return [PlainC()]
