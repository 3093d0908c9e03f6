"""The one argument of a printed function: an array of 64-bit words, by place.  The printed C and `kernel` both go by this.

Invariant: whatever both sides have to agree on is here.
"""

from __future__ import annotations

from typing import Final

from arrowsmith.program.program import Program

#: a table's first words, and a framer's
TABLE: Final = (
    "window", "first", "stride", "length", "starts", "lengths", "frame", "end", "log", "logged", "log_room", "column", "wanted",
)  # fmt: skip
FRAMER: Final = ("window", "size", "position", "final", "count", "capacity", "starts", "lengths", "kinds")
CARRIED: Final = 14
PARAMETERS: Final = 22
LEVEL: Final = ("cursor", "capacity", "offsets", "touched")
COLUMN: Final = ("values", "validity", "data", "capacity", "used")

#: what a table's function returns, and a framer's
STOPS: Final = ("done", "full", "failed")
FRAMER_STOPS: Final = ("end", "full", "failed", "more")


def levels(program: Program) -> int:
    """Where the levels begin, `LEVEL` of each."""
    return PARAMETERS + len(program.parameters)


def columns(program: Program) -> int:
    """Where the columns begin, `COLUMN` of each."""
    return levels(program) + len(LEVEL) * len(program.levels)


def size(program: Program) -> int:
    """Words of the whole."""
    return columns(program) + len(COLUMN) * len(program.columns)
