"""COBOL copybooks as an arrowsmith dictionary format.

Invariant: importing this loads nothing heavier than arrowsmith's interfaces; parsers are imported when a copybook is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from arrowsmith.hookspecs import hookimpl
from arrowsmith_copybook.codes import CODES

if TYPE_CHECKING:
    from arrowsmith.interfaces import Format

__all__ = ["ARROWSMITH_API", "CODES", "arrowsmith_formats"]

ARROWSMITH_API = (0, 1)


@hookimpl
def arrowsmith_formats() -> Iterable[Format]:
    """Offer the copybook format."""
    from arrowsmith_copybook.format import Copybook

    return [Copybook()]
