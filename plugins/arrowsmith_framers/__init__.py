"""Offers the framers ``microfocus`` (variable-format sequential files of Micro Focus COBOL) and ``varint`` (messages of Protocol Buffers,
each behind its length).

Invariant: importing this package imports no part of arrowsmith that builds Programs; `find` does.
"""

from __future__ import annotations

from arrowsmith.hookspecs import hookimpl
from arrowsmith_framers.microfocus import MicroFocus
from arrowsmith_framers.varint import Varint

ARROWSMITH_API = (0, 1)

__all__ = ["ARROWSMITH_API", "MicroFocus", "Varint", "arrowsmith_framers"]


@hookimpl
def arrowsmith_framers() -> list[MicroFocus | Varint]:
    """The framers ``microfocus`` and ``varint``."""
    return [MicroFocus(), Varint()]
