"""A refused call, with what the host shows and what was to become executable, becomes a `Case` for the rules to judge.

Invariant: what the memory is comes from the call, or from /proc/self/maps where it has an address; never from a name.
"""

from __future__ import annotations

from dataclasses import dataclass

from arrowsmith_memory.calls import Refused
from arrowsmith_memory.evidence import Evidence, place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One refusal: the call as in `Refused`, ``place`` what was to become executable ("anonymous", "[heap]", "memfd" or a
    path; "" where the call is about no memory), ``signal`` where the process was killed for it, ``evidence`` of the host."""

    call: str
    arguments: str
    errno: int | None
    evidence: Evidence
    said: str = ""
    place: str = ""
    signal: int | None = None

    @property
    def executable(self) -> bool:
        """Memory was to become executable."""
        return "PROT_EXEC" in self.arguments or self.call == "dlopen"

    @property
    def both(self) -> bool:
        """Memory was to be writable and executable at once."""
        return "PROT_WRITE|PROT_EXEC" in self.arguments

    @property
    def of_file(self) -> bool:
        """The memory is a file's, named or not, that was never changed through a private mapping."""
        return self.call == "dlopen" or (self.call == "mmap" and self.place not in ("", "anonymous"))

    @property
    def nothing_said(self) -> bool:
        """The failure had no errno (dlopen)."""
        return self.errno is None and self.signal is None


def case_of(refused: Refused, evidence: Evidence) -> Case:
    """*refused* as a `Case`; where an address was refused, /proc/self/maps says what lies there."""
    place = refused.path
    if refused.address is not None:
        place = place_of(refused.address) or "anonymous"
        place = "memfd" if place.startswith("/memfd:") else place.removesuffix(" (deleted)")
    elif refused.call == "mmap" and "MAP_ANONYMOUS" in refused.arguments:
        place = "anonymous"
    return Case(
        call=refused.call,
        arguments=refused.arguments,
        errno=refused.errno,
        said=refused.said,
        place=place,
        evidence=evidence,
    )
