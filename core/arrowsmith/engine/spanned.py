"""Records in segments, over blocks → a stream of whole records, each behind four bytes of length: what a framer of such headers takes.

z/OS DFSMS Using Data Sets, "Format-V Records": a segment descriptor word has two bytes of length (its own four included), a control
code (0 the whole record, 1 its first segment, 2 its last, 3 one between) and a zero; where its first bit is set, nothing follows in
the block.
A ``lenient`` reader passes by what does not follow, as a gap: the record that is open, the rest of a block that holds no segment,
segments of a record that has not begun, and where nothing says how much that is, all up to the next boundary that is proven.
Invariant: what is given out is made of whole segments; the bytes of the source that are not are counted ``aside``, or lie in gaps, each
of which is one stretch of the source.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from arrowsmith.engine.bounds import Bounded
from arrowsmith.engine.spanned_proof import AHEAD, BETWEEN, FIRST, LAST, MOST_PROVEN, WHOLE, WORD, Headers
from arrowsmith.engine.trouble import BAD_FRAME, TRUNCATED, Gap
from arrowsmith.errors import DataError, Place
from arrowsmith.layout.framing import Spanned
from arrowsmith.sources import Stream

#: bytes that are read at a time
CHUNK = 1 << 18
#: segments whose places are remembered, for messages
REMEMBERED = 1 << 20
#: bytes of a record at most
MOST = 1 << 30
#: bytes of a source's beginning that are kept
HEAD = 32 << 10
#: bytes of a gap that are held at once
PIECE = 4 << 20


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
    """*stream* with the segments of each record put together.  ``position`` counts what was given out; ``lost``: bytes in gaps; ``hold``:
    gaps have their bytes."""

    stream: Stream | Bounded
    framing: Spanned
    name: str = ""
    lenient: bool = False
    hold: bool = False
    aside: int = 0
    lost: int = 0
    position: int = 0
    head: bytes = b""  # the source's first bytes, for advice on options that do not fit
    _held: bytearray = field(default_factory=bytearray)  # read, and not looked at
    _at: int = 0  # in the source, of what is held
    _ended: bool = False
    _block: int = -1  # bytes of the block that are left; −1: no block has begun
    _record: bytearray | None = None  # the record that goes on
    _begun: int = 0  # where in the source it did, or the gap
    _before: int = 0  # what was aside then
    _raw: bytearray = field(default_factory=bytearray)  # the bytes of the source since then, where they are held
    _ready: bytearray = field(default_factory=bytearray)
    _made: int = 0  # bytes of whole records, given out and ready
    _records: int = 0
    _adrift: DataError | None = None  # in a gap, until a record begins: what was wrong
    _first: bool = True  # no piece of the gap was handed over
    _pending: int = 0  # bytes of a block's header just before, which may be the block of the next record
    _gaps: list[tuple[int, Gap]] = field(default_factory=list)  # behind so many bytes of whole records
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

    def gaps(self, position: int | None = None) -> Iterator[Gap]:
        """The gaps before the byte *position* of what was given out (None: all), which were not asked for before."""
        while self._gaps and (position is None or self._gaps[0][0] <= position):
            yield self._gaps.pop(0)[1]

    # --- segments ------------------------------------------------------------------------------------------------------

    def _segment(self) -> bool:
        """Take the next segment; whether there was one."""
        if self.framing.blocked and self._block <= 0:
            if not self._need(WORD, "a block's header"):
                return self._end()
            length = self._block_length()
            if self._misleads(length + WORD):
                raise self._wrong("expected a block's length that leads to the next block")
            self._block = length
            self._aside(WORD)
            self._pending = WORD
            return True
        if not self._need(WORD, "a segment's header"):
            return self._end()
        word = bytes(self._held[:WORD])
        if word[0] & 0x80:
            self._rest_of_block(word)
            return True
        length = int.from_bytes(word[:2], "big") + self.framing.adjustment
        code = word[2]
        if length < WORD or code > BETWEEN or word[3]:
            raise self._wrong("expected a segment's header: a length of 4 bytes or more, a code from 0 to 3, a zero")
        if self._block >= 0 and length > self._block:
            raise self._wrong(f"a segment of {length:,} bytes in a block that has {self._block:,} left")
        if self._adrift and code in (LAST, BETWEEN) and self._need(length, "a segment"):
            self._drop(length)
            return True
        if (code in (WHOLE, FIRST)) != (self._record is None):
            open_ = "the record before it is not at its end" if self._record is not None else "no record has begun"
            raise self._wrong(f"a segment with code {code}, and {open_}")
        if not self._need(length, "a segment"):
            raise self._wrong("the file ends inside a segment", code=TRUNCATED)
        if not self.framing.blocked and self._misleads(length):
            raise self._wrong("expected a segment's length that leads to the next segment")
        if self._record is None:
            self._begin()
        assert self._record is not None
        self._remember(self._made + WORD + len(self._record), self._at + WORD)
        self._record += self._held[WORD:length]
        self._take(length)
        self._block -= length if self._block >= 0 else 0
        self._pending = 0
        self.aside += WORD
        if len(self._record) > MOST:
            raise self._wrong(f"a record of more than {MOST:,} bytes")
        if code in (WHOLE, LAST):
            self._give()
        return True

    def _begin(self) -> None:
        """A record begins here; a gap before it ends, before the header of the block."""
        if self._adrift is not None:
            self._closed(self._pending)
        self._record, self._begun, self._before = bytearray(), self._at, self.aside
        self._raw.clear()

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
        self._aside(left)
        self._block = 0

    # --- what is passed by ---------------------------------------------------------------------------------------------

    def _pass_by(self, error: DataError) -> None:
        """Go to where the next record may begin, behind what *error* is about."""
        opened = self._record is not None
        if opened:
            while self._places and self._places[-1] >= self._made + WORD:
                self._places.pop()
                self._origins.pop()
            self._record = None
            self.aside = self._before
        elif self._adrift is None:
            self._begun, self._pending = self._at, 0
            self._raw.clear()
        if self._adrift is None:
            self._adrift, self._first = error, True
        length, code = self._headers.segment(0)
        inside = self._block > 0 if self.framing.blocked else not self._misleads(length)
        if length and inside and (length <= self._block or not self.framing.blocked) and self._headers.more(length):
            if opened != (code in (WHOLE, FIRST)):
                self._drop(length)
            return  # else what is here is the beginning of another record
        if self._block > 0:
            while self._block > 0 and self._headers.more(1):
                self._drop(min(self._block, len(self._held)))
            self._block = 0
            return
        self._search()

    def _search(self) -> None:
        """Pass by all that is before the next boundary that is proven, or all."""
        begin = 1
        while True:
            found = self._headers.found(begin)
            if found >= 0:
                self._drop(found)
                self._block = -1
                return
            begin = max(begin, len(self._held) - AHEAD)
            if not self._headers.more(len(self._held) + 1):
                self._drop(len(self._held))
                return
            if begin > CHUNK:
                self._drop(begin)
                begin = 0

    def _misleads(self, length: int) -> bool:
        """Whether the *length* of what is here leads to no header, and boundaries lie in it that are proven: then it is wrong."""
        if not self.lenient:
            return False
        headers, near = self._headers, min(length, MOST_PROVEN)
        if headers.more(near + 1) and near == length:
            behind = headers.block(length) if self.framing.blocked else headers.segment(length)[0]
            if behind:
                return False
        elif len(self._held) == length:
            return False
        return headers.found(1, near) > 0

    @property
    def _headers(self) -> Headers:
        return Headers(self.framing, self._held, self._holds)

    def _drop(self, size: int) -> None:
        """Pass by *size* bytes that are held."""
        self._pending = 0
        self._block -= size if self._block >= 0 else 0
        self._take(size)
        if self.hold and len(self._raw) >= PIECE:
            self._handed(len(self._raw))

    def _closed(self, kept: int = 0) -> None:
        """The gap ends here, or *kept* bytes before."""
        if self._at - kept > self._begun:
            self._handed(self._at - kept - self._begun)
        self.aside += kept
        self._adrift, self._pending = None, 0

    def _handed(self, size: int) -> None:
        """The next *size* bytes of the gap are a piece of it."""
        assert self._adrift is not None
        gap = Gap(
            record=self._records + 1,
            offset=self._begun,
            size=size,
            code=self._adrift.code,
            rule=self._adrift.message,
            first=self._first,
            data=bytes(self._raw[:size]),
        )
        self._gaps.append((self._made, gap))
        del self._raw[:size]
        self._begun += size
        self._first = False
        self.lost += size

    def _aside(self, size: int) -> None:
        """Take *size* bytes that are no record's, and where there is no gap are none of a gap."""
        self._pending = 0
        self._take(size)
        self.aside += size if self._adrift is None else 0

    # --- bytes ---------------------------------------------------------------------------------------------------------

    def _need(self, size: int, what: str) -> bool:
        """Hold *size* bytes; False where the source has ended before the first, or (of more than a header) before the last of them."""
        if self._holds(size):
            return True
        if self._held and size == WORD:
            raise self._wrong(f"the file ends inside {what}", code=TRUNCATED)
        return False

    def _holds(self, size: int) -> bool:
        """Read until *size* bytes are held, or the source ends; whether they are."""
        chunk = bytearray(CHUNK if len(self._held) < size else 0)
        while len(self._held) < size and not self._ended:
            got = self.stream.readinto(memoryview(chunk))
            self._ended = not got
            self._held += chunk[:got]
            self.head += bytes(chunk[: min(got, HEAD - len(self.head))])
        return len(self._held) >= size

    def _take(self, size: int) -> None:
        if self.hold and (self._record is not None or self._adrift is not None):
            self._raw += self._held[:size]
        del self._held[:size]
        self._at += size

    def _end(self) -> bool:
        if self._record is not None:
            raise self._wrong(
                f"the file ends before the last segment of the record that begins at byte {self._begun:,}", TRUNCATED
            )
        if self._adrift is not None:
            self._closed()
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
