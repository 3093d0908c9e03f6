"""The public conformance kit: suites whose clauses are the contract, `.case` files, strategies, guard pages, and a verifier of
machine code (`machine_code.verify_code`).

A third party subclasses a suite in its own tests: ``class TestToy(FormatSuite)`` with one fixture, and is judged as our own plugins are.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arrowsmith.testing.suites.allocators import AllocatorSuite
    from arrowsmith.testing.suites.emitters import EmitterSuite
    from arrowsmith.testing.suites.formats import FormatSuite
    from arrowsmith.testing.suites.framers import FramerSuite
    from arrowsmith.testing.suites.sinks import SinkSuite
    from arrowsmith.testing.suites.transforms import TransformSuite

_HOMES = {
    "AllocatorSuite": "allocators",
    "EmitterSuite": "emitters",
    "FormatSuite": "formats",
    "FramerSuite": "framers",
    "SinkSuite": "sinks",
    "TransformSuite": "transforms",
}

__all__ = ["AllocatorSuite", "EmitterSuite", "FormatSuite", "FramerSuite", "SinkSuite", "TransformSuite"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.suites.{_HOMES[name]}"), name)
