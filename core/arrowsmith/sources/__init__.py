"""What a user means by *data* becomes `Source` values, in order; each opens as a stream of plain bytes.

Paths, directories, patterns, URLs, bytes and file objects; compressed files are decompressed on the way.
Invariant: nothing is mapped into memory, so a file that shrinks under us is an error and no signal.
"""

from __future__ import annotations

from arrowsmith.sources.find import Data, opened, sources
from arrowsmith.sources.source import Source
from arrowsmith.sources.stream import Stream, in_memory

__all__ = ["Data", "Source", "Stream", "in_memory", "opened", "sources"]
