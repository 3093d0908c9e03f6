"""Outputs under way: what stands in their folder, and what happens in the middle of the work."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from arrowsmith.committed import CommittedFile, Part


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def write_and(out: CommittedFile | Part, then: BaseException | Callable[[], object]) -> None:
    """Write to *out*, then raise or do what is to happen in the middle of the work."""
    out.write(b"new")
    if isinstance(then, BaseException):
        raise then
    then()
