"""The framings that the bytes of a sample allow: records of one length, with headers, in blocks, in segments, lines, and periods.

Nothing is decoded here: a framing is claimed where its headers follow each other, or its records fill the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, Protocol

from arrowsmith.interfaces import Candidate, Sample
from arrowsmith_copybook.chains import ADJUSTMENTS, LINES, WORD, Chain, Word, blocks, lines, records, segments

#: options with their values
Said = tuple[tuple[str, str], ...]

#: headers that have to follow each other, where the file does not begin with the first of them
ENOUGH: Final = 6
#: bytes of a file's header that are tried before records with headers, and bytes at the begin of its end where one may begin
FAR, NEAR = 600, 40_000
#: records in a slice of records of one length
MANY: Final = 400

EBCDIC: Final[Said] = (("encoding", "ebcdic"),)
ASCII: Final[Said] = (("encoding", "ascii"),)
#: what makes a byte without a character show
STRICT: Final[Said] = (("undecodable", "error"),)


class Finds(Protocol):
    """Records that follow each other from *at* on in *data*; to its end, where that is the file's (*last*)."""

    def __call__(self, data: bytes, at: int, /, *, last: bool) -> Chain | None: ...


def _made(
    claim: str, evidence: str, options: Said, slices: Sequence[bytes], *, trial: Said | None = None, **more: Any
) -> Candidate:
    families = _families(ASCII if dict(options).get("record_format") == "D" else EBCDIC)
    return Candidate(
        claim=claim,
        evidence=evidence,
        options=options,
        trial=(*(options if trial is None else trial), *STRICT),
        slices=tuple(s for s in slices if s),
        variants=(families,),
        **more,
    )


def _families(first: Said = EBCDIC) -> tuple[Said, ...]:
    return (first, ASCII if first == EBCDIC else EBCDIC)


def self_delimiting(sample: Sample) -> list[Candidate]:
    """Records without headers that end where their own tables do."""
    said = ("record_format", "F"), ("variable_size_occurs", "true")
    slices = [sample.head] if sample.whole else []
    return [_made("records that end where their tables do", "", said, slices, lands=True, rank=400)] if slices else []


def of_one_length(sample: Sample, size: int) -> Iterator[Candidate]:
    """Records of one length, with what is left over before or behind them."""
    if not size or sample.size < size:
        return
    over = sample.size % size
    # a header may be longer than a record, and a trailer
    starts = [(over + more * size, 0) for more in range(3)]
    places = [place for place in (*starts, (0, over), (0, over + size)) if place != (0, 0) or not over]
    places = [place for place in dict.fromkeys(places) if sum(place) + size <= sample.size]
    for rank, (start, end) in enumerate(places):
        ends = _ends(start, end)
        slices = list(_regular(sample, size, start, end))
        count = (sample.size - start - end) // size
        words = f"records of {size:,} bytes{_around(start, end)}"
        evidence = f"{count:,} records fill the file" if not (start or end) else f"{count:,} records fill the rest"
        yield _made(
            words,
            evidence,
            (("record_format", "F"), *ends),
            slices,
            trial=(("record_format", "F"),),
            lands=True,
            rank=rank,
            edges=_edges(sample, size, start, end),
        )


def _edges(sample: Sample, size: int, start: int, end: int) -> tuple[bytes, ...]:
    """The first record, and the last, where they are in the sample."""
    offset, tail = sample.parts[-1]
    last = sample.size - end - size - offset
    found = (sample.head[start : start + size], tail[last : last + size] if last >= 0 else b"")
    return tuple(part for part in found if len(part) == size)


def _ends(start: int, end: int) -> Said:
    said = (("file_start_offset", start), ("file_end_offset", end))
    return tuple((name, str(value)) for name, value in said if value)


def _around(start: int, end: int) -> str:
    said = ([f"{start:,} before them"] if start else []) + ([f"{end:,} behind them"] if end else [])
    return f", {' and '.join(said)}" if said else ""


def _regular(sample: Sample, size: int, start: int, end: int) -> Iterator[bytes]:
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


def _chained(sample: Sample, chain: Finds) -> tuple[list[bytes], int, bool, int] | None:
    """Slices of records that *chain* finds, how many it does, whether they land on the file's end, and where the first begins."""
    head, whole = sample.head, sample.whole
    first = chain(head, 0, last=whole)
    start = 0
    if first is None or (not whole and first.count < ENOUGH):
        first = None
        for start in range(1, min(FAR, len(head))):
            found = chain(head, start, last=whole)
            if found is not None and found.count >= ENOUGH:
                first = found
                break
    if first is None:
        return None
    slices, count, lands = [head[first.begin : first.end]], first.count, whole
    if not whole:
        for number, (_, data) in enumerate(sample.parts[1:], 1):
            last = number == len(sample.parts) - 1
            found = _later(data, chain, last=last)
            if found is None:
                continue
            slices.append(data[found.begin : found.end])
            count += found.count
            lands = lands or last
    return slices, count, lands, start


def _later(data: bytes, chain: Finds, *, last: bool) -> Chain | None:
    """Records in the middle or at the end of a file, wherever the first of them begins."""
    for at in range(min(NEAR, len(data))):
        found = chain(data, at, last=last)
        if found is not None and found.count >= ENOUGH:
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
        found = _chained(sample, partial(records, word))
        if found is None or (found[1] < 2 and rank > 3):
            continue
        slices, count, lands, start = found
        said = ("record_format", "V"), *_rdw(word)
        claim = (
            f"records with {'big' if word.big else 'little'}-endian headers (RDW){_counting(word)}{_around(start, 0)}"
        )
        yield _made(
            claim,
            _follow(count, lands),
            (*said, *_ends(start, 0)),
            slices,
            trial=said,
            marks=count,
            lands=lands,
            rank=rank,
        )


def _counting(word: Word) -> str:
    if word.adjustment == -WORD:
        return " that count themselves"
    return f", {word.adjustment:+} to their lengths" if word.adjustment else ""


def _follow(count: int, lands: bool) -> str:
    return f"{count:,} headers follow each other{', and the last record ends with the file' if lands else ''}"


def in_blocks(sample: Sample, size: int) -> Iterator[Candidate]:
    for block_rank, block in _words():
        if abs(block.adjustment) not in (0, WORD):
            continue
        for rank, word in [*_words(), *([(40, None)] if size else [])]:
            if word is not None and abs(word.adjustment) > WORD:
                continue
            found = _chained(sample, partial(blocks, block, word, size))
            if found is None:
                continue
            slices, count, lands, start = found
            kind = "FB" if word is None else "VB"
            said = ("record_format", kind), *(() if word is None else _rdw(word)), *_bdw(block)
            inner = (
                f"records of {size:,} bytes"
                if word is None
                else f"records with {'big' if word.big else 'little'}-endian headers{_counting(word)}"
            )
            claim = f"{inner} in blocks with {'big' if block.big else 'little'}-endian headers (BDW){_counting(block)}{_around(start, 0)}"
            evidence = f"blocks and their {count:,} records fit into each other{', and the last ends with the file' if lands else ''}"
            yield _made(
                claim,
                evidence,
                (*said, *_ends(start, 0)),
                slices,
                trial=said,
                marks=count,
                lands=lands,
                rank=100 + block_rank + rank,
            )


def in_segments(sample: Sample) -> Iterator[Candidate]:
    for blocked in (False, True):
        found = _chained(sample, partial(segments, blocked))
        if found is None:
            continue
        slices, count, lands, start = found
        if start:
            continue
        said = (("record_format", "VBS" if blocked else "VS"),)
        claim = f"records in segments that go on{' from block to block' if blocked else ''}"
        yield _made(
            claim, f"{count:,} records of segments follow each other", said, slices, marks=count, lands=lands, rank=300
        )


def in_lines(sample: Sample, size: int) -> Iterator[Candidate]:
    for family, said in (("ascii", ()), ("ebcdic", EBCDIC)):
        slices = list(_whole_lines(sample, family))
        lengths = [n for part in slices for n in lines(part, family)]
        if len(lengths) < 2 or max(lengths) > 32_760 or (size and max(lengths) > 2 * size + 2):
            continue
        same = f", {lengths.count(size):,} of them of {size:,} bytes" if size else ""
        options = ("record_format", "D"), *said
        claim = f"lines of {family.upper()} text"
        made = _made(claim, f"{len(lengths):,} lines{same}", options, slices, marks=len(lengths), lands=True, rank=50)
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
        slices = list(_regular(sample, size, 0, 0))
        marks = sample.size // size if share > base + 0.2 and share > 0.5 else 0
        yield _made(f"records of {size:,} bytes", evidence, said, slices, lands=True, rank=rank, marks=marks)


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
