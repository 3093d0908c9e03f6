"""Whether an output was made of these inputs already, in this way: what ``skip_existing`` goes by.

What an output is made of is kept in its own metadata: name, size and time of change of each input, and a digest of all that is asked of it.
Invariant: anything that could make the output another one changes what is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

from arrowsmith.errors import OptionError, code
from arrowsmith.interfaces import Remembers
from arrowsmith.sources import Source

NO_MEMORY = code("O0413", "it cannot be told whether an output is of these inputs")

#: the key of an output's metadata
KEY: Final = "arrowsmith.inputs"


def made_of(sources: Sequence[Source], asked: Mapping[str, Any]) -> str:
    """What an output of *sources*, made as *asked* (values that have a text), is made of; as it is kept.

    Raises `OptionError` for what has no size or time of change: a pipe, a URL, an object.
    """
    files = []
    for source in sources:
        try:
            found = os.stat(source.path or source.name)
        except (OSError, ValueError):
            raise OptionError(
                f"{source.name} has no time of change, so that it cannot be told whether an output is of it",
                code=NO_MEMORY,
                help="skip_existing is for files",
            ) from None
        files.append({"name": source.name, "size": found.st_size, "mtime_ns": found.st_mtime_ns})
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True, default=repr).encode()).hexdigest()
    return json.dumps({"files": files, "asked": digest})


def is_made(sink: Any, target: str, wanted: str) -> bool:
    """Whether *target* is there and made of what is *wanted*.  Raises `OptionError` for a sink that does not say."""
    if not isinstance(sink, Remembers):
        raise OptionError(f"the sink {sink.name} does not say what its files are made of", code=NO_MEMORY)
    return os.path.exists(target) and sink.metadata(target).get(KEY) == wanted
