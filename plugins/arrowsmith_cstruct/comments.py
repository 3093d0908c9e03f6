"""Comments: where they are, what they say, and which declaration they belong to.

A comment belongs to the declaration that it follows on the same line, or else to the one directly below it; a mark ``<``
(``/**<``, ``///<``) makes it one of the declaration before.  An empty line, or a line of signs alone, keeps them apart.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

_OPENING = re.compile(r"^(?:/\*[*!]*|//[/!]*)(?P<back><?)")
_CLOSING = re.compile(r"\**\*/$")
_STAR = re.compile(r"^\s*\*+(?=\s|$)")
_RULE = re.compile(r"^[-=*#~_+/\s]*$")


@dataclass(frozen=True, slots=True)
class Comment:
    """``text``: what it says, line by line, without its signs.  ``back``: it is marked as one of what stands before it."""

    start: int
    end: int
    text: str
    back: bool


def comment(raw: str, start: int) -> Comment:
    """The comment *raw*, signs included, that stands at *start*."""
    opening = _OPENING.match(raw)
    assert opening is not None
    lines = _CLOSING.sub("", raw[opening.end() :]).splitlines()
    said = [(line if i == 0 else _STAR.sub("", line)).strip() for i, line in enumerate(lines)]
    kept = [line for line in said if not _RULE.match(line)]
    return Comment(start, start + len(raw), "\n".join(kept), bool(opening["back"]))


@dataclass(frozen=True, slots=True)
class Remarks:
    """The comments of ``text``, in order, which is as long as the sheet's."""

    text: str
    comments: Sequence[Comment]

    def of(self, boundary: int, start: int, names: Sequence[int], end: int) -> tuple[str, ...]:
        """What is said about each of the *names* (offsets, rising) of the declaration at *start* to *end*; *boundary*: where
        what stands before it ends.  What stands before the declaration, or behind all of it, is about every name, unless
        single names have comments of their own."""
        before = _joined(self._leading(boundary, start))
        inside = [
            _joined(self._between(name, following))
            for name, following in zip(names, [*names[1:], end - 1], strict=True)
        ]
        behind = _joined(self.trailing(end))
        shared = not any(inside)
        return tuple(
            "\n".join(filter(None, (before, own, behind if shared or i == len(names) - 1 else "")))
            for i, own in enumerate(inside)
        )

    def above(self, boundary: int, start: int, opening: int, end: int) -> str:
        """What is said about a definition at *start* to *end* whose brace opens at *opening*."""
        return "\n".join(
            filter(
                None,
                (
                    _joined(self._leading(boundary, start)),
                    _joined(self._beside(opening + 1)),
                    _joined(self.trailing(end)),
                ),
            )
        )

    def trailing(self, end: int) -> list[Comment]:
        """The comments behind what ends at *end*: on the same line, continued below in the same column, or marked as such."""
        found = self._beside(end)
        index = bisect_left(self.comments, end, key=_start) + len(found)
        for following in self.comments[index:]:
            last = found[-1].end if found else end
            if self._lines(last, following.start) != 1:
                break
            if not following.back and not (found and self._column(following) == self._column(found[-1])):
                break
            found.append(following)
        return found

    def _beside(self, end: int) -> list[Comment]:
        """The comments behind *end* on the same line, up to the next word of C."""
        found: list[Comment] = []
        for following in self.comments[bisect_left(self.comments, end, key=_start) :]:
            last = found[-1].end if found else end
            if self._lines(last, following.start) != 0:
                break
            found.append(following)
        return found

    def _leading(self, boundary: int, start: int) -> list[Comment]:
        """The comments directly above *start* that are not those of what ends at *boundary*."""
        taken = {c.start for c in (*self.trailing(boundary), *self._beside(boundary))}
        found: list[Comment] = []
        below = start
        for above in reversed(self._between(boundary, start)):
            if above.start in taken or above.back or not 0 <= self._lines(above.end, below) <= 1:
                break
            found.insert(0, above)
            below = above.start
        return found

    def _between(self, start: int, end: int) -> list[Comment]:
        first = bisect_left(self.comments, start, key=_start)
        return list(self.comments[first : bisect_left(self.comments, end, key=_start)])

    def _lines(self, start: int, end: int) -> int:
        """Line ends between two places with nothing else there; −1 where there is something else."""
        gap = self.text[start:end]
        return -1 if gap.strip() else gap.count("\n")

    def _column(self, comment: Comment) -> int:
        return comment.start - self.text.rfind("\n", 0, comment.start)


def _start(comment: Comment) -> int:
    return comment.start


def _joined(comments: Sequence[Comment]) -> str:
    return "\n".join(c.text for c in comments if c.text)
