"""Records in segments, over blocks → a stream of whole records, each behind four bytes of length: what a framer of such headers takes.

z/OS DFSMS Using Data Sets, "Format-V Records": a segment descriptor word has two bytes of length (its own four included), a control
code (0 the whole record, 1 its first segment, 2 its last, 3 one between) and a zero; where its first bit is set, nothing follows in
the block.
A ``lenient`` reader passes by what does not follow: the record that is open, the rest of a block that holds no segment, segments of a
record that has not begun; where no block says how much that is, the rest of the file.
Invariant: what is given out is made of whole segments; ``aside`` and ``lost`` count the bytes of the source that are not.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field

from arrowsmith.engine.bounds import Bounded
from arrowsmith.engine.trouble import BAD_FRAME, TRUNCATED
from arrowsmith.errors import DataError, Place
from arrowsmith.layout.framing import Spanned
from arrowsmith.sources import Stream

#: bytes of a descriptor word, and of the length before a whole record
WORD = 4
#: bytes that are read at a time
CHUNK = 1 << 18
#: segments whose places are remembered, for messages
REMEMBERED = 1 << 20
#: bytes of a record at most
MOST = 1 << 30
_WHOLE, _FIRST, _LAST, _BETWEEN = range(4)


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the bytes of records are from that were put together: those from each of ``places`` on stand from the one of ``source`` on."""

    places: array[int]
    source: array[int]

    def at(self, position: int) -> int:
        """Where in the source the byte at *position* of what was given out is."""
        found = max(bisect_right(self.places, position) - 1, 0)
        return self.source[found] + position - self.places[found] if self.places else position


@dataclass(slots=True)
class Joined:
    """*stream* with the segments of each record put together.  ``position`` counts what was given out; ``lost``: bytes that were
    passed by, by the codes of their errors; ``gaps``: how often."""

    stream: Stream | Bounded
    framing: Spanned
    name: str = ""
    lenient: bool = False
    aside: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    gaps: int = 0
    position: int = 0
    _held: bytearray = field(default_factory=bytearray)  # read, and not looked at
    _at: int = 0  # in the source, of what is held
    _ended: bool = False
    _block: int = -1  # bytes of the block that are left; −1: no block has begun
    _record: bytearray | None = None  # the record that goes on
    _begun: int = 0  # where in the source it did
    _ready: bytearray = field(default_factory=bytearray)
    _made: int = 0  # bytes of whole records, given out and ready
    _records: int = 0
    _adrift: str = ""  # behind a gap, until a record begins: its error's code
    _places: array[int] = field(default_factory=lambda: array("q"))
    _origins: array[int] = field(default_factory=lambda: array("q"))

    def __post_init__(self) -> None:
        self._at = self.stream.position

    def readinto(self, view: memoryview) -> int:
        """As `Stream.readinto`.  Raises `DataError` where segments do not follow each other, unless it is ``lenient``."""
        while not self._ready:
            try:
                if not self._segment():
                    return 0
            except DataError as error:
                if not self.lenient:
                    raise
                self._pass_by(error)
        got = min(len(view), len(self._ready))
        view[:got] = self._ready[:got]
        del self._ready[:got]
        self.position += got
        return got

    def give_up(self) -> None:
        """As `Stream.give_up`."""
        self.stream.give_up()

    def origins(self, begin: int, end: int) -> Origins:
        """Of the bytes from *begin* to *end* of what was given out not long ago."""
        first, last = max(bisect_right(self._places, begin) - 1, 0), bisect_left(self._places, end)
        return Origins(self._places[first:last], self._origins[first:last])

    # --- segments ------------------------------------------------------------------------------------------------------

    def _segment(self) -> bool:
        """Take the next segment; whether there was one."""
        if self.framing.blocked and self._block <= 0:
            if not self._need(WORD, "a block's header"):
                return self._end()
            self._block = self._block_length()
            self._take(WORD)
            self.aside += WORD
            return True
        if not self._need(WORD, "a segment's header"):
            return self._end()
        word = bytes(self._held[:WORD])
        if word[0] & 0x80:
            self._rest_of_block(word)
            return True
        length = int.from_bytes(word[:2], "big") + self.framing.adjustment
        code = word[2]
        if length < WORD or code > _BETWEEN or word[3]:
            raise self._wrong("expected a segment's header: a length of 4 bytes or more, a code from 0 to 3, a zero")
        if self._block >= 0 and length > self._block:
            raise self._wrong(f"a segment of {length:,} bytes in a block that has {self._block:,} left")
        if self._adrift and code in (_LAST, _BETWEEN) and self._need(length, "a segment"):
            self._drop(length)
            self._block -= length if self._block >= 0 else 0
            return True
        if (code in (_WHOLE, _FIRST)) != (self._record is None):
            open_ = "the record before it is not at its end" if self._record is not None else "no record has begun"
            raise self._wrong(f"a segment with code {code}, and {open_}")
        if not self._need(length, "a segment"):
            raise self._wrong("the file ends inside a segment", code=TRUNCATED)
        if self._record is None:
            self._record, self._begun, self._adrift = bytearray(), self._at, ""
        self._remember(self._made + WORD + len(self._record), self._at + WORD)
        self._record += self._held[WORD:length]
        self._take(length)
        self._block -= length if self._block >= 0 else 0
        self.aside += WORD
        if len(self._record) > MOST:
            raise self._wrong(f"a record of more than {MOST:,} bytes")
        if code in (_WHOLE, _LAST):
            self._give()
        return True

    def _give(self) -> None:
        assert self._record is not None
        self.aside -= WORD
        self._ready += len(self._record).to_bytes(WORD, "big") + self._record
        self._made += WORD + len(self._record)
        self._record = None
        self._records += 1

    def _block_length(self) -> int:
        word = bytes(self._held[:WORD])
        whole = int.from_bytes(word, "big") & 0x7FFFFFFF if word[0] & 0x80 else int.from_bytes(word[:2], "big")
        length = whole + self.framing.block_adjustment - WORD
        if length < WORD or (not word[0] & 0x80 and any(word[2:])):
            raise self._wrong("expected a block's header: a length of 8 bytes or more, two zeros")
        return length

    def _rest_of_block(self, word: bytes) -> None:
        """Pass by what a null segment leaves of its block."""
        if self._block < 0:
            raise self._wrong("a null segment, and there are no blocks")
        if word[0] & 0x7F or word[2] or word[3]:
            raise self._wrong("expected a null segment: its first bit, and zeros but for a length")
        left = self._block
        if not self._need(left, "the rest of a block"):
            raise self._wrong("the file ends inside a block", code=TRUNCATED)
        self._take(left)
        self.aside += left
        self._block = 0

    # --- what is passed by ---------------------------------------------------------------------------------------------

    def _pass_by(self, error: DataError) -> None:
        """Go to where the next record may begin, behind what *error* is about."""
        self._adrift = error.code
        self.gaps += 1
        opened = self._record is not None
        if self._record is not None:
            self.lost[error.code] += len(self._record)
            while self._places and self._places[-1] >= self._made + WORD:
                self._places.pop()
                self._origins.pop()
            self._record = None
        word = self._held[:WORD]
        if len(word) == WORD and word[2] <= _BETWEEN and self._fits(word):
            if opened != (word[2] in (_WHOLE, _FIRST)):
                length = int.from_bytes(word[:2], "big") + self.framing.adjustment
                self._drop(length)
                self._block -= length if self._block >= 0 else 0
            return  # else what is here is the beginning of another record
        if self._block > 0:
            while self._block > 0 and self._need(1, ""):
                size = min(self._block, len(self._held))
                self._drop(size)
                self._block -= size
            self._block = 0
            return
        while self._need(1, ""):
            self._drop(len(self._held))

    def _fits(self, word: bytes | bytearray) -> bool:
        """Whether *word* is the header of a segment that ends where its block may."""
        length = int.from_bytes(word[:2], "big") + self.framing.adjustment
        inside = length <= self._block or not self.framing.blocked
        return length >= WORD and not word[0] & 0x80 and not word[3] and inside and self._need(length, "")

    def _drop(self, size: int) -> None:
        """Pass by *size* bytes that are held."""
        self.lost[self._adrift] += size
        self._take(size)

    # --- bytes ---------------------------------------------------------------------------------------------------------

    def _need(self, size: int, what: str) -> bool:
        """Hold *size* bytes; False where the source has ended before the first, or (of more than a header) before the last of them."""
        chunk = bytearray(CHUNK)
        while len(self._held) < size and not self._ended:
            got = self.stream.readinto(memoryview(chunk))
            self._ended = not got
            self._held += chunk[:got]
        if len(self._held) >= size:
            return True
        if self._held and size == WORD:
            raise self._wrong(f"the file ends inside {what}", code=TRUNCATED)
        return False

    def _take(self, size: int) -> None:
        del self._held[:size]
        self._at += size

    def _end(self) -> bool:
        if self._record is not None:
            raise self._wrong(
                f"the file ends before the last segment of the record that begins at byte {self._begun:,}", TRUNCATED
            )
        return False

    def _remember(self, place: int, origin: int) -> None:
        if len(self._places) >= REMEMBERED:
            del self._places[: REMEMBERED // 2], self._origins[: REMEMBERED // 2]
        self._places.append(place)
        self._origins.append(origin)

    def _wrong(self, message: str, code: str = BAD_FRAME) -> DataError:
        place = Place(file=self.name, record=self._records + 1, offset=self._at, bytes=bytes(self._held[:32]))
        return DataError(
            message,
            code=code,
            help=f"{self._records:,} records were found before it; are the records spanned, and their headers as z/OS writes them?",
            place=place,
        )
