"""The bytes of a source between those at its ends that belong to no record: a stream with its head and its tail cut off."""

from __future__ import annotations

from dataclasses import dataclass, field

from arrowsmith.errors import DataError, Place, code
from arrowsmith.sources import Stream

OVERLAP = code("R0104", "a file that is shorter than what stands at its ends")


@dataclass(slots=True)
class Bounded:
    """*stream* without its first ``start`` and its last ``end`` bytes.  ``position`` counts those before what comes next, from the source's
    start; ``aside``: bytes of the ends that were read."""

    stream: Stream
    start: int = 0
    end: int = 0
    aside: int = 0
    _begun: bool = False
    _given: int = 0
    _held: bytearray = field(default_factory=bytearray)

    @property
    def position(self) -> int:
        return self.start + self._given

    def readinto(self, view: memoryview) -> int:
        """As `Stream.readinto`.  Raises `DataError` where the source is too short for its ends, unless it is empty."""
        if not self._begun:
            self._begun = True
            if not self._skip():
                return 0
        got = self.stream.readinto(view)
        if self.end and got:
            got = self._behind(view, got)
        self._given += got
        return got

    def _skip(self) -> bool:
        """Read what stands at the ends; whether anything may lie between."""
        head = bytearray(self.start + self.end)
        self.aside = self.stream.readinto(memoryview(head))
        if self.aside < len(head):
            if not self.aside:
                return False
            raise DataError(
                f"the file has {self.aside:,} bytes, and {self.start:,} at its start and {self.end:,} at its end are no records",
                code=OVERLAP,
                place=Place(file=self.stream.name, offset=self.aside),
            )
        self._held = head[self.start :]
        return True

    def _behind(self, view: memoryview, got: int) -> int:
        """Put what was held back before the *got* bytes in *view*, and hold back as many at its end."""
        self._held += view[:got]
        view[:got] = self._held[:got]
        del self._held[:got]
        return got

    def give_up(self) -> None:
        """As `Stream.give_up`."""
        self.stream.give_up()
