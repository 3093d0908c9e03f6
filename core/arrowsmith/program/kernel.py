"""What an emitter makes: `Code`, inert and pure; and what loading makes of it: kernels that run over frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMap:
    """What a verifier of machine code has to know of `Code.data`, whose first byte is its entry.

    ``machine``: as `Host.machine`.  ``start``: where instructions begin, up to the end; a jump at the entry leads into them.
    ``constants``: (place, size) of each piece of data before that.  ``context``: bytes of the block that the argument points to.
    ``addresses``: places in that block which always hold an address, or 0 → what is there: ``input`` (is only read) or ``output``.
    ``fresh``: places from there on hold nothing when the code is entered.  ``scratch``: (place, size) of areas in the block whose bytes
    the code addresses by number.
    ``reach``: by the same words, the largest displacement from such an address.
    """

    machine: str
    start: int
    constants: Sequence[tuple[int, int]]
    context: int
    addresses: Mapping[int, str]
    fresh: int
    scratch: Sequence[tuple[int, int]]
    reach: Mapping[str, int]


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
