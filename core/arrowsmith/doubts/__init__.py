"""Values that can be read, and yet may have been read wrongly: the first batch is looked at, and where it is odd other meanings of the
same bytes are tried.

A format says what those are (`arrowsmith.interfaces.Detects`); nothing here knows one by name.
"""

from __future__ import annotations

from arrowsmith.doubts.judging import OPTIONS, What, doubts, judged
from arrowsmith.doubts.suspicion import mismeasured, odd

__all__ = ["OPTIONS", "What", "doubts", "judged", "mismeasured", "odd"]
