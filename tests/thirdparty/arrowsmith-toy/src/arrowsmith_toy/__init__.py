"""Offers the format ``fields`` and the sink ``jsonl``.

Invariant: importing this loads nothing but arrowsmith's light modules; parsers and writers are imported when they are used.
"""

from __future__ import annotations

from arrowsmith.hookspecs import hookimpl
from arrowsmith_toy.offers import CODES, Fields, JsonLines

#: the pair `arrowsmith.interfaces.API` that this was written for
ARROWSMITH_API = (0, 1)

__all__ = ["ARROWSMITH_API", "CODES", "Fields", "JsonLines", "arrowsmith_formats", "arrowsmith_sinks"]


@hookimpl
def arrowsmith_formats() -> list[Fields]:
    """The format ``fields``."""
    return [Fields()]


@hookimpl
def arrowsmith_sinks() -> list[JsonLines]:
    """The sink ``jsonl``."""
    return [JsonLines()]
