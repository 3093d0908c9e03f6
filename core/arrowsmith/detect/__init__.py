"""What a file could be: the candidates of a format, read by the kernels that any data are, ranked by how plausible their values are.

A format says what could be tried (`arrowsmith.interfaces.Detects`); nothing here knows one by name.  `docs/detect.md` has the rules.
"""

from __future__ import annotations

from arrowsmith.detect.ranking import Detection, Finding, detect
from arrowsmith.doubts import doubts

__all__ = ["Detection", "Finding", "detect", "doubts"]
