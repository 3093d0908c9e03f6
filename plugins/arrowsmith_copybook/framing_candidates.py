"""The framings that the bytes of a sample allow: records of one length, with headers, in blocks, in segments, lines, and periods.

Nothing is decoded here: a framing is claimed where its headers follow each other, or its records fill the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Protocol

from arrowsmith.interfaces import Candidate, Sample
from arrowsmith_copybook.chains import ADJUSTMENTS, ENOUGH, LINES, WORD, Chain, Word, blocks, lines, records, segments
from arrowsmith_copybook.shapes import Said

#: bytes of a file's header and trailer that are tried around records with headers, and bytes at the begin of its end where one may begin
FAR, NEAR = 600, 40_000
#: headers of blocks, of which fewer are in a part of a file
ENOUGH_BLOCKS: Final = 3
#: the share of lines that may be longer than the copybook's record
LONGER: Final = 0.05
#: records in a slice of records of one length
MANY: Final = 400

EBCDIC: Final[Said] = (("encoding", "ebcdic"),)
ASCII: Final[Said] = (("encoding", "ascii"),)
#: what makes a byte without a character show
STRICT: Final[Said] = (("undecodable", "replace"),)


class Finds(Protocol):
    """Records that follow each other from *at* on in *data*; to its end, where that is the file's (*last*), or *spare* bytes before."""

    def __call__(self, data: bytes, at: int, /, *, last: bool, spare: int = 0) -> Chain | None: ...


@dataclass(frozen=True, slots=True)
class Followed:
    """What a chain finds in a sample: ``slices`` of ``count`` records, the first of which begins at ``start``; ``end``: bytes of the file
    behind the last, None where that was not found."""

    slices: tuple[bytes, ...]
    count: int
    start: int
    end: int | None

    @property
    def lands(self) -> bool:
        return self.end is not None

    @property
    def ends(self) -> Said:
        """What is left out at the file's ends, as options."""
        return left_out(self.start, self.end or 0)

    @property
    def around(self) -> str:
        """The same in words."""
        return beside(self.start, self.end or 0)


def claimed(
    claim: str, evidence: str, options: Said, slices: Sequence[bytes], *, trial: Said | None = None, **more: Any
) -> Candidate:
    either = families(ASCII if dict(options).get("record_format") == "D" else EBCDIC)
    return Candidate(
        claim=claim,
        evidence=evidence,
        options=options,
        trial=(*(options if trial is None else trial), *STRICT),
        slices=tuple(s for s in slices if s),
        variants=(either,),
        **more,
    )


def chained(claim: str, evidence: str, said: Said, found: Followed, rank: int) -> Candidate:
    """The claim of a chain, read with *said*, for what it *found*."""
    return claimed(
        f"{claim}{found.around}",
        f"{evidence}{landing(found)}",
        (*said, *found.ends),
        found.slices,
        trial=said,
        marks=found.count,
        lands=found.lands,
        rank=rank,
    )


def families(first: Said = EBCDIC) -> tuple[Said, ...]:
    return (first, ASCII if first == EBCDIC else EBCDIC)


def self_delimiting(sample: Sample) -> list[Candidate]:
    """Records without headers that end where their own tables do."""
    said = ("record_format", "F"), ("variable_size_occurs", "true")
    slices = [sample.head] if sample.whole else []
    return [claimed("records that end where their tables do", "", said, slices, lands=True, rank=400)] if slices else []


def left_out(start: int, end: int) -> Said:
    said = (("file_start_offset", start), ("file_end_offset", end))
    return tuple((name, str(value)) for name, value in said if value)


def beside(start: int, end: int) -> str:
    said = ([f"{start:,} before them"] if start else []) + ([f"{end:,} behind them"] if end else [])
    return f", {' and '.join(said)}" if said else ""


def regular(sample: Sample, size: int, start: int, end: int) -> Iterator[bytes]:
    """From each part, some whole records of *size* bytes."""
    last = sample.size - end
    for offset, data in sample.parts:
        first = max(0, start - offset) if offset <= start else (start - offset) % size
        stop = min(len(data), last - offset)
        count = min((stop - first) // size, MANY)
        if count > 0:
            yield data[first : first + count * size]
        if sample.whole and (stop - first) // size > 2 * MANY:
            yield data[stop - MANY * size : stop]


def followed(sample: Sample, chain: Finds, enough: int = ENOUGH) -> Followed | None:
    """What *chain* finds in *sample*: from its first byte, or from a later one, then at least *enough* records."""
    head, whole = sample.head, sample.whole
    first = chain(head, 0, last=whole)
    if first is None or (not whole and first.headers < enough):
        first = next(_from(head, chain, enough, last=whole), None)
    if first is None:
        return None
    slices, count = [head[first.begin : first.end]], first.count
    end = len(head) - first.end if whole else None
    for number, (_, data) in enumerate(sample.parts[1:], 1):
        last = number == len(sample.parts) - 1
        found = _later(data, chain, enough, last=last)
        if found is not None:
            slices.append(data[found.begin : found.end])
            count += found.count
            end = len(data) - found.end if last else end
    return Followed(tuple(slices), count, first.begin, end)


def _from(head: bytes, chain: Finds, enough: int, *, last: bool) -> Iterator[Chain]:
    """Chains behind a file's header, those first that lead to its end."""
    for spare in (0, FAR) if last else (0,):
        for start in range(not spare, min(FAR, len(head))):
            found = chain(head, start, last=last, spare=spare)
            if found is not None and found.headers >= enough:
                yield found


def _later(data: bytes, chain: Finds, enough: int, *, last: bool) -> Chain | None:
    """Records in the middle or at the end of a file, wherever the first of them begins."""
    for spare in (0, FAR) if last else (0,):
        for at in range(min(NEAR, len(data))):
            found = chain(data, at, last=last, spare=spare)
            if found is not None and found.headers >= enough:
                return found
    return None


def _words() -> Iterator[tuple[int, Word]]:
    for rank, adjustment in enumerate(ADJUSTMENTS):
        for big in (True, False):
            yield 2 * rank + (not big), Word(big, adjustment)


def _rdw(word: Word) -> Said:
    said: list[tuple[str, str]] = [("is_rdw_big_endian", "true")] if word.big else []
    if word.adjustment == -WORD:
        return (*said, ("is_rdw_part_of_record_length", "true"))
    return (*said, ("rdw_adjustment", str(word.adjustment))) if word.adjustment else tuple(said)


def _bdw(word: Word) -> Said:
    said: list[tuple[str, str]] = [("is_bdw_big_endian", "true")] if word.big else []
    return (*said, ("bdw_adjustment", str(word.adjustment))) if word.adjustment else tuple(said)


def with_headers(sample: Sample) -> Iterator[Candidate]:
    for rank, word in _words():
        found = followed(sample, partial(records, word))
        if found is None or (found.count < 2 and rank > 3):
            continue
        said = ("record_format", "V"), *_rdw(word)
        claim = f"records with {'big' if word.big else 'little'}-endian headers (RDW){_counting(word)}"
        yield chained(claim, f"{found.count:,} headers follow each other", said, found, rank)


def _counting(word: Word) -> str:
    if word.adjustment == -WORD:
        return " that count themselves"
    return f", {word.adjustment:+} to their lengths" if word.adjustment else ""


def landing(found: Followed) -> str:
    """Where the last record ends, in words."""
    if found.end is None:
        return ""
    if found.end:
        return f", and the last record ends {found.end:,} bytes before the file does"
    return ", and the last record ends with the file"


def in_blocks(sample: Sample, size: int) -> Iterator[Candidate]:
    for block_rank, block in _words():
        if abs(block.adjustment) not in (0, WORD):
            continue
        for rank, word in [*_words(), *([(40, None)] if size else [])]:
            if word is not None and abs(word.adjustment) > WORD:
                continue
            found = followed(sample, partial(blocks, block, word, size), ENOUGH_BLOCKS)
            if found is None:
                continue
            kind = "FB" if word is None else "VB"
            said = ("record_format", kind), *(() if word is None else _rdw(word)), *_bdw(block)
            inner = (
                f"records of {size:,} bytes"
                if word is None
                else f"records with {'big' if word.big else 'little'}-endian headers{_counting(word)}"
            )
            claim = f"{inner} in blocks with {'big' if block.big else 'little'}-endian headers (BDW){_counting(block)}"
            evidence = f"blocks and their {found.count:,} records fit into each other"
            yield chained(claim, evidence, said, found, 100 + block_rank + rank)


def in_segments(sample: Sample) -> Iterator[Candidate]:
    for blocked in (False, True):
        found = followed(sample, partial(segments, blocked))
        if found is None:
            continue
        said = (("record_format", "VBS" if blocked else "VS"),)
        claim = f"records in segments that go on{' from block to block' if blocked else ''}"
        yield chained(claim, f"{found.count:,} records of segments follow each other", said, found, 300)


def in_lines(sample: Sample, size: int) -> Iterator[Candidate]:
    for family, said in (("ascii", ()), ("ebcdic", EBCDIC)):
        slices = list(_whole_lines(sample, family))
        lengths = [n for part in slices for n in lines(part, family)]
        longer = sum(length > size for length in lengths) if size else 0
        if len(lengths) < 2 or max(lengths) > 32_760 or longer > LONGER * len(lengths):
            continue
        same = f", {lengths.count(size):,} of them of {size:,} bytes" if size else ""
        options = ("record_format", "D"), *said
        claim = f"lines of {family.upper()} text"
        made = claimed(
            claim, f"{len(lengths):,} lines{same}", options, slices, marks=len(lengths) - longer, lands=True, rank=50
        )
        yield replace(made, variants=(((),),))


def _whole_lines(sample: Sample, family: str) -> Iterator[bytes]:
    """From each part, its whole lines."""
    last = len(sample.parts) - 1
    for number, (_, data) in enumerate(sample.parts):
        ends = [found.end() for found in LINES[family].finditer(data)]
        begin = 0 if not number else ends[0] if ends else len(data)
        stop = len(data) if number == last else ends[-1] if ends else 0
        yield data[begin:stop]


#: record lengths that are looked for in a file without a copybook
SHORTEST_PERIOD, LONGEST_PERIOD = 8, 2_000


def with_a_period(sample: Sample) -> Iterator[Candidate]:
    """Lengths after which the bytes of a file are of the same kind again, and that divide its size; the best three."""
    data = sample.head[: 1 << 16]
    kinds = data.translate(bytes(_kind(byte) for byte in range(256)))
    scored: list[tuple[float, int]] = []
    for size in range(SHORTEST_PERIOD, min(LONGEST_PERIOD, len(data) // 4) + 1):
        if sample.size % size:
            continue
        part = min(len(kinds) - size, 8_192)
        same = sum(a == b for a, b in zip(kinds[:part], kinds[size : size + part], strict=True))
        scored.append((same / part, size))
    base = sum((kinds.count(kind) / max(1, len(kinds))) ** 2 for kind in set(kinds))
    for rank, (share, size) in enumerate(_best(scored, base)):
        said = ("record_format", "F"), ("record_length", str(size))
        evidence = f"{share:.0%} of the bytes are of the kind of those {size:,} before; {sample.size // size:,} records fill the file"
        slices = list(regular(sample, size, 0, 0))
        marks = sample.size // size if share > base + 0.2 and share > 0.5 else 0
        yield claimed(f"records of {size:,} bytes", evidence, said, slices, lands=True, rank=rank, marks=marks)


def _best(scored: list[tuple[float, int]], base: float) -> list[tuple[float, int]]:
    """The best three of lengths with their shares, and not what is several of another one that is as good."""
    most = max(scored, default=(0.0, 0))[0]
    best: list[tuple[float, int]] = []
    for share, size in sorted(scored, key=lambda pair: pair[1]):
        good = share > base + 0.1 and share > most - 0.08
        if good and not any(size % smaller == 0 for _, smaller in best):
            best.append((share, size))
    return best[:3]


def _kind(byte: int) -> int:
    """A byte's kind in either family of code pages: digits, letters, blanks, low and other bytes."""
    for number, ranges in enumerate(
        (
            ((0xF0, 0xF9),),
            ((0x30, 0x39),),
            ((0xC1, 0xE9), (0x81, 0xA9)),
            ((0x41, 0x5A), (0x61, 0x7A)),
            ((0x40, 0x40),),
            ((0x20, 0x20),),
            ((0, 0),),
            ((1, 15),),
        )
    ):
        if any(low <= byte <= high for low, high in ranges):
            return number
    return 20 + (byte >> 5)
