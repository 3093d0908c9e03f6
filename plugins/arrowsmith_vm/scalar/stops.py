"""Why a printed function leaves its loop over records: exceptions, because a record may stop anywhere inside its blocks."""

from __future__ import annotations

from typing import Final


class Trap(Exception):
    """An op refused the record (in a framer: the frame)."""


class Full(Exception):
    """``column`` (a level: −1 − level; the log: `LOG_FULL`) has no room up to ``end``, in bytes or slots from its beginning."""

    def __init__(self, column: int, end: int) -> None:
        super().__init__(column, end)
        self.column = column
        self.end = end


class More(Exception):
    """A frame reaches beyond the window."""


class Bad:
    """What a reader returns for bytes that it refuses; None is absent."""

    def __repr__(self) -> str:
        return "BAD"


BAD: Final = Bad()
