"""arrowsmith turns binary data into Arrow record batches, as a data dictionary describes them.

Invariant: importing this package loads neither pyarrow, numpy nor iced_x86; each name is fetched from the module that
defines it when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arrowsmith.compiled import compile, text
    from arrowsmith.engine.quarantine import quarantined
    from arrowsmith.errors import (
        ArrowsmithError,
        ArrowsmithWarning,
        DataError,
        DictionaryError,
        ExecutableMemoryError,
        InternalError,
        OptionError,
        PluginError,
    )
    from arrowsmith.hookspecs import hookimpl
    from arrowsmith.interfaces import Option
    from arrowsmith.jobs import job
    from arrowsmith.pipeline import convert, open, read
    from arrowsmith.reader import Reader

#: name → the module that defines it
_HOMES = {
    "ArrowsmithError": "errors",
    "ArrowsmithWarning": "errors",
    "DataError": "errors",
    "DictionaryError": "errors",
    "ExecutableMemoryError": "errors",
    "InternalError": "errors",
    "Option": "interfaces",
    "OptionError": "errors",
    "PluginError": "errors",
    "Reader": "reader",
    "compile": "compiled",
    "convert": "pipeline",
    "hookimpl": "hookspecs",
    "job": "jobs",
    "open": "pipeline",
    "quarantined": "engine.quarantine",
    "read": "pipeline",
    "text": "compiled",
}

__all__ = [
    "ArrowsmithError",
    "ArrowsmithWarning",
    "DataError",
    "DictionaryError",
    "ExecutableMemoryError",
    "InternalError",
    "Option",
    "OptionError",
    "PluginError",
    "Reader",
    "compile",
    "convert",
    "hookimpl",
    "job",
    "open",
    "quarantined",
    "read",
    "text",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        metadata = importlib.import_module("importlib.metadata")
        return metadata.version("arrowsmith")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES, "__version__"])
