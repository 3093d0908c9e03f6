"""What an emitter makes: `Code`, inert and pure; and what loading makes of it: kernels that run over frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from arrowsmith.columns import Frames, FramingStatus, Input, Output, Status
from arrowsmith.program.program import Program

#: the kind of a frame that is no record, because its length is out of bounds: it is left out, and has no number
UNCOUNTED = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What code is made for.  ``convention``: ``sysv`` or ``win64``.  ``features``: names of CPU features that may be used, as
    /proc/cpuinfo spells them (``sse4_1``, ``avx2``, ``bmi2``, ``movbe``, …); none is the baseline."""

    convention: str = "sysv"
    features: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Position-independent bytes (machine code), or another inert form in ``payload`` (source text), of one Program.

    ``listing``: what prints (`str`) as the same for people, labels instead of offsets;
    it may be made when it is asked for.  ``emitter``: who made it."""

    program: Program
    emitter: str
    target: Target | None
    data: bytes = b""
    listing: object = ""
    payload: object = None


class Kernel(Protocol):
    """A table's or header's Program, callable over frames; re-entrant: any number of threads may run it at once."""

    def run(self, source: Input, output: Output, frame: int, count: int) -> Status:
        """Decode frames *frame* to *frame* + *count* of *source* behind what *output* holds; see `Status`.  Returns at a
        record boundary."""

    def close(self) -> None:
        """Wait for calls in flight, then release the code.  A second call does nothing; ``run`` afterwards is an InternalError."""


class FramerKernel(Protocol):
    """A framer's Program, callable over a window."""

    def frame(self, source: Input, position: int, frames: Frames) -> FramingStatus:
        """Yield the frames that begin at *position* of the window and behind it into *frames*, behind those it holds; see
        `FramingStatus`."""

    def close(self) -> None:
        """As `Kernel.close`."""
