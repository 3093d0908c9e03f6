"""Offers the format ``fields``, the framer ``pascal``, the transform ``toy.runs`` and the sink ``jsonl``.

Invariant: importing this loads nothing but arrowsmith's light modules; parsers and writers are imported when they are used.
"""

from __future__ import annotations

from arrowsmith.hookspecs import hookimpl
from arrowsmith_toy.offers import CODES, Fields, JsonLines, Pascal, Runs

#: the pair `arrowsmith.interfaces.API` that this was written for
ARROWSMITH_API = (0, 1)

__all__ = [
    "ARROWSMITH_API", "CODES", "Fields", "JsonLines", "Pascal", "Runs",
    "arrowsmith_formats", "arrowsmith_framers", "arrowsmith_sinks", "arrowsmith_transforms",
]  # fmt: skip


@hookimpl
def arrowsmith_formats() -> list[Fields]:
    """The format ``fields``."""
    return [Fields()]


@hookimpl
def arrowsmith_framers() -> list[Pascal]:
    """The framer ``pascal``."""
    return [Pascal()]


@hookimpl
def arrowsmith_transforms() -> list[Runs]:
    """The transform ``toy.runs``."""
    return [Runs()]


@hookimpl
def arrowsmith_sinks() -> list[JsonLines]:
    """The sink ``jsonl``."""
    return [JsonLines()]
