"""Entry points become a `Registry`: the formats, framers, transforms, emitters, allocators and sinks that plugins offer, found by name.

A plugin that fails is recorded with its error and disables only itself; what it would have offered is not there.
Invariant: there is no registry but the ones that `load` returned: nothing here is global, nothing is imported twice.
"""

from __future__ import annotations

from arrowsmith.registry.discovery import ALLOW_VARIABLE, GROUP, TRACE_VARIABLE
from arrowsmith.registry.lookup import Plugin, Registry, load

__all__ = ["ALLOW_VARIABLE", "GROUP", "TRACE_VARIABLE", "Plugin", "Registry", "load"]
