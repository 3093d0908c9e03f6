"""Outputs that appear whole or not at all: a file (`CommittedFile`) or a folder of parts (`CommittedFolder`).

A file is a draft beside its target until it is synced and renamed; FIFOs, devices, standard output and file objects are
written straight.  Every fault of the path is an `OptionError` with one hint.
Invariant: before the commit nothing under the target's name changes; after an error nothing that we made remains.
"""

from __future__ import annotations

from arrowsmith.committed.drafts import Target
from arrowsmith.committed.file import CommittedFile
from arrowsmith.committed.folder import MANIFEST, CommittedFolder, Part

__all__ = ["MANIFEST", "CommittedFile", "CommittedFolder", "Part", "Target"]
