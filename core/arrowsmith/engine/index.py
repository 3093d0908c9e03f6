"""Where records begin, every few megabytes of a file: a sparse index beside the data, and the part of the data that a split is.

A point holds all that framing knows where a record begins, so it can begin there; records of one size need none.
Invariant: an index is used only for the file that it was made of (size, time of change) and the framer that made it.
"""

from __future__ import annotations

import hashlib
import json
import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from arrowsmith.committed import CommittedFile
from arrowsmith.engine.tables import Rows
from arrowsmith.errors import OptionError, code
from arrowsmith.program.program import Plan
from arrowsmith.program.text import print_program
from arrowsmith.sources import Source

NO_SPLIT = code("O0409", "the data cannot be split")

#: version of the file's form
VERSION: Final = 1
#: bytes between two points at least
STRIDE: Final = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A record's header begins at *position*, and *number* records are before it.  ``state``: of the hierarchy, if there is one."""

    position: int
    number: int
    state: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """The records that begin in bytes ``begin`` to ``end`` of a source."""

    begin: int
    end: int


def spans(sources: Sequence[Source], split: tuple[int, int]) -> list[Span | None]:
    """What part *split* (the number from 0, and how many there are) is of each of *sources*, one behind the other; None: nothing of it.

    Raises `OptionError` where a size is not known beforehand, or the split is none.
    """
    part, parts = split
    if not 0 <= part < parts:
        raise OptionError(f"split is {split!r}, and the first number is from 0 to the second less one", code=NO_SPLIT)
    total, found, base = 0, list[Span | None](), 0
    for source in sources:
        if source.size is None:
            raise OptionError(
                f"{source.name} cannot be split: its size is not known beforehand",
                code=NO_SPLIT,
                help="split plain files; convert a pipe, a compressed file or a quarantine as a whole",
            )
        total += source.size
    low, high = total * part // parts, total * (part + 1) // parts
    for source in sources:
        size = source.size or 0
        begin, end = max(0, min(size, low - base)), max(0, min(size, high - base))
        found.append(Span(begin, end) if begin < end else None)
        base += size
    return found


# --- the file -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Index:
    """The index of one file in a *folder*: what it has to fit, and where it is."""

    path: str
    made_of: dict[str, Any]

    def read(self) -> tuple[Point, ...] | None:
        """The points; None where there is no index, or one of another file, framing or version."""
        try:
            with open(self.path, encoding="utf-8") as file:
                found = json.load(file)
            if {**found, "points": None} != {**self.made_of, "points": None}:
                return None
            return tuple(Point(position=p, number=n, state=tuple(state)) for p, n, state in found["points"])
        except (OSError, ValueError, TypeError, KeyError):
            return None  # what cannot be read is made anew

    def write(self, points: Sequence[Point], name: str) -> None:
        """Keep *points* of the file *name*, unless it has changed meanwhile.  Raises `OptionError` where that cannot be written."""
        if _identity(name) != {key: self.made_of[key] for key in ("size", "changed")}:
            return
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        kept = [[point.position, point.number, list(point.state)] for point in points]
        with CommittedFile(self.path, if_exists="replace") as file:
            file.write(json.dumps({**self.made_of, "points": kept}).encode())


def index_of(folder: str | os.PathLike[str], source: Source, plan: Plan, rows: Rows) -> Index:
    """The index of *source*, a file, in *folder*."""
    name = os.path.abspath(source.path)
    asked = [print_program(plan.framer), _beside(rows)]
    framing = hashlib.sha256("\0".join(map(str, asked)).encode()).hexdigest()
    own = hashlib.sha256(os.fsencode(name)).hexdigest()[:12]
    path = os.path.join(os.path.abspath(folder), f"{os.path.basename(name)}.{own}.index")
    return Index(path, {"version": VERSION, "framing": framing, **_identity(source.path)})


def _beside(rows: Rows) -> tuple[Any, ...]:
    """What points depend on beside the framer."""
    return (sorted(rows.above.items()), rows.depth, rows.start, rows.end)


def _identity(path: str) -> dict[str, int]:
    status = os.stat(path)
    return {"size": status.st_size, "changed": status.st_mtime_ns}


def nearest(points: Sequence[Point], begin: int) -> Point | None:
    """The last of *points* at or before *begin*."""
    number = bisect_right([point.position for point in points], begin)
    return points[number - 1] if number else None
