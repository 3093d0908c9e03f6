"""What a decoder is handed: frames that lie whole in memory, and what lay between and around them; and what a framer fills."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

from arrowsmith.batch import Facts, Group
from arrowsmith.columns import Frames, Input
from arrowsmith.engine.spanned import Origins
from arrowsmith.engine.trouble import Gap
from arrowsmith.program import ops
from arrowsmith.program.program import Program

#: frames that one framer's run yields at most
FRAMES = 16 << 10


@dataclass(slots=True)
class Window:
    """Whole frames in memory: ``count`` of them in ``input``; ``number`` is the first one's, from 0, in the source.  ``sizes``: bytes of
    the frames; ``between``: bytes of headers and delimiters; ``filtered``: of frames that were left out.  ``facts``: of the rows, where
    they are asked for; ``numbers``: of the frames, where they have gaps.  ``group``: where rows have frames of several tables, all of
    them.  ``gaps``: bytes in which no boundary was found, behind the frames or, where they
    were put together, among them.  ``scattered``: frames do not lie as in the source, ``facts``
    say where.  ``origins``: of bytes that were put together."""

    input: Input
    count: int
    number: int
    sizes: int
    between: int
    filtered: int = 0
    facts: Facts | None = None
    numbers: Any = None
    group: Group | None = None
    gaps: tuple[Gap, ...] = ()
    scattered: bool = False
    origins: Origins | None = None

    @property
    def span(self) -> int:
        """Bytes of the source that this window accounts for."""
        return self.sizes + self.between + self.filtered + sum(gap.size for gap in self.gaps)

    def record(self, frame: int) -> int:
        """The number of the record in *frame*, from 0, in the source."""
        return self.number + frame if self.numbers is None else int(self.numbers[frame])

    def offset(self, frame: int, place: int) -> int:
        """Where in the source *place* of the window is, which lies in *frame*."""
        if self.scattered and self.facts is not None:
            return int(self.facts.offsets[frame]) + place - int(self.input.bounds(frame)[0])
        position = self.input.base + place
        return position if self.origins is None else self.origins.at(position)


def empty_frames(framer: Program, room: int = FRAMES) -> Frames:
    """Room for *room* frames of *framer*."""
    carried = max([0, *(len(op.carried) for op in ops.walk(framer.body) if isinstance(op, ops.Frame))])
    return Frames(
        memoryview(array("Q", bytes(8 * room))),
        memoryview(array("I", bytes(4 * room))),
        memoryview(array("B", bytes(room))),
        [memoryview(array("q", bytes(8 * room))) for _ in range(carried)],
    )
