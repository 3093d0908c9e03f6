"""Which options could fit a file: the framings that its bytes allow, and the code pages and floats that are worth trying in each.

Nothing is decoded here.  See `arrowsmith.interfaces.Detects`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from arrowsmith.diagnostics import Source
from arrowsmith.interfaces import Candidate, Include, Options, Sample
from arrowsmith.layout.framing import Fixed
from arrowsmith.layout.nodes import Layout
from arrowsmith_copybook.chains import ADJUSTMENTS, LINES, WORD, Chain, Word, blocks, lines, records, segments

Parse = Callable[[Sequence[Source], Options, Include], Layout]
Said = tuple[tuple[str, str], ...]

STRIPPED: Final = (
    "the file begins with a record of the copybook, and nothing says where the next one begins: if records differ in length, their headers "
    "(RDWs) were stripped in transfer; transfer the file anew with them (FTP: SITE RDW, binary), or say which field gives the length "
    "(record_length_field)"
)
#: headers that have to follow each other, where the file does not begin with the first of them
ENOUGH: Final = 6
#: bytes of a file's header that are tried before records with headers, and bytes at the begin of its end where one may begin
FAR, NEAR = 600, 40_000
#: records in a slice of records of one length
MANY: Final = 400

_EBCDIC: Final[Said] = (("encoding", "ebcdic"),)
_ASCII: Final[Said] = (("encoding", "ascii"),)
_PAGES = (
    "cp037",
    "cp273",
    "cp500",
    "cp1047",
    "cp1140",
    "cp1141",
    "cp297",
    "cp285",
    "cp284",
    "cp280",
    "cp278",
    "cp277",
    "cp1148",
    "cp871",
    "cp875",
    "cp1025",
    "cp870",
)
_FLOATS: Final = ("IBM", "IEEE754", "IEEE754_little_endian", "IBM_little_endian")
#: what makes a byte without a character show
_STRICT: Final[Said] = (("undecodable", "error"),)


def candidates(
    parse: Parse, sources: Sequence[Source], options: Options, sample: Sample, include: Include
) -> list[Candidate]:
    """Every framing that the bytes of *sample* allow."""
    given = dict(options)
    size = _size(parse, sources, given, include) if sources else 0
    found = [*_lines(sample, size), *_headers(sample), *_blocked(sample, size), *_spanned(sample)]
    if sources:
        found += _fixed(sample, size)
        tables = _tables(sources)
        found += _self_delimiting(sample) if tables else []
        return [replace(c, variants=(*c.variants, *tables, _pages(c), _floats())) for c in found]
    found = [replace(c, marks=0 if c.options[0] == _LINES and not _is_text(c) else c.marks) for c in found]
    if not any(c.marks >= (1 if c.options[0] == _LINES else 3 * ENOUGH) and c.lands for c in found):
        found += _periods(sample)
    # what is no text is no fault of the framing, and has to show
    return [replace(c, sources=(_plain(c),), trial=(*(p for p in c.trial if p not in _STRICT), *_SHOWN)) for c in found]


_LINES: Final = ("record_format", "D")
_SHOWN: Final[Said] = (("undecodable", "replace"), ("ebcdic_code_page", "cp500"))


#: bytes of text in either family of code pages
_ASCII_TEXT = frozenset(b"\t\r\n") | frozenset(range(0x20, 0x7F))
_EBCDIC_TEXT = frozenset((0x0D, 0x15, 0x25, 0x40, 0x4B, 0x60, 0x61, 0x6B)) | {
    *range(0x81, 0x8A), *range(0x91, 0x9A), *range(0xA2, 0xAA), *range(0xC1, 0xCA), *range(0xD1, 0xDA), *range(0xE2, 0xEA),
    *range(0xF0, 0xFA),
}  # fmt: skip


def _is_text(candidate: Candidate) -> bool:
    """Whether nearly all bytes are letters, digits and line ends of the candidate's family."""
    data = b"".join(candidate.slices)[: 1 << 16]
    family = _EBCDIC_TEXT if _EBCDIC[0] in candidate.options else _ASCII_TEXT
    return sum(byte in family for byte in data) >= 0.95 * len(data)


def _tables(sources: Sequence[Source]) -> tuple[tuple[Said, ...], ...]:
    """Whether tables take only the room of their occurrences, where there are such."""
    depend = any("DEPENDING" in source.text.upper() for source in sources)
    return (((), (("variable_size_occurs", "true"),)),) if depend else ()


def _self_delimiting(sample: Sample) -> list[Candidate]:
    """Records without headers that end where their own tables do."""
    said = ("record_format", "F"), ("variable_size_occurs", "true")
    slices = [sample.head] if sample.whole else []
    return [_made("records that end where their tables do", "", said, slices, lands=True, rank=400)] if slices else []


def _size(parse: Parse, sources: Sequence[Source], given: Mapping[str, Any], include: Include) -> int:
    """Bytes of a record as the copybook has it; 0 where they differ."""
    layout = parse(sources, {**given, "record_format": "F"}, include)
    return layout.framing.size if isinstance(layout.framing, Fixed) else 0


def _plain(candidate: Candidate) -> Source:
    """A copybook that says nothing but a text."""
    length = dict(candidate.options).get("record_length")
    longest = length or max((len(part) for part in candidate.slices), default=1)
    return Source(
        "records.cpy", f"       01  RECORD.\n           05  DATA  PIC X({max(1, min(int(longest), 32_000))}).\n"
    )


def segmented(field: str, views: Sequence[tuple[str, str]]) -> Said:
    """A segment field and the views of its values."""
    names = list(dict.fromkeys(view for _, view in views))
    maps = [
        (
            f"redefine_segment_id_map:{n}",
            f"{name} => {','.join(sorted(value for value, view in views if view == name))}",
        )
        for n, name in enumerate(names)
    ]
    return (("segment_field", field), *maps)


# --- what is tried within each -----------------------------------------------------------------------------------------


def _families(first: Said = _EBCDIC) -> tuple[Said, ...]:
    return (first, _ASCII if first == _EBCDIC else _EBCDIC)


def _pages(candidate: Candidate) -> tuple[Said, ...]:
    """Code pages; those of the other family change nothing."""
    pages = tuple((("ebcdic_code_page", page),) for page in _PAGES)
    return (
        (),
        *pages,
        (("ascii_charset", "iso-8859-1"),),
        (("ascii_charset", "utf-8"),),
        (("ascii_charset", "cp437"),),
    )


def _floats() -> tuple[Said, ...]:
    return ((), *((("floating_point_format", kind),) for kind in _FLOATS))


def _made(
    claim: str, evidence: str, options: Said, slices: Sequence[bytes], *, trial: Said | None = None, **more: Any
) -> Candidate:
    families = _families(_ASCII if dict(options).get("record_format") == "D" else _EBCDIC)
    return Candidate(
        claim=claim,
        evidence=evidence,
        options=options,
        trial=(*(options if trial is None else trial), *_STRICT),
        slices=tuple(s for s in slices if s),
        variants=(families,),
        **more,
    )


# --- framings ----------------------------------------------------------------------------------------------------------


def _fixed(sample: Sample, size: int) -> Iterator[Candidate]:
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


def _chained(
    sample: Sample, chain: Callable[[bytes, int, bool], Chain | None]
) -> tuple[list[bytes], int, bool, int] | None:
    """Slices of records that *chain* finds, how many it does, whether they land on the file's end, and where the first begins."""
    head, whole = sample.head, sample.whole
    first = chain(head, 0, whole)
    start = 0
    if first is None or (not whole and first.count < ENOUGH):
        first = None
        for start in range(1, min(FAR, len(head))):
            found = chain(head, start, whole)
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


def _later(data: bytes, chain: Callable[[bytes, int, bool], Chain | None], *, last: bool) -> Chain | None:
    """Records in the middle or at the end of a file, wherever the first of them begins."""
    for at in range(min(NEAR, len(data))):
        found = chain(data, at, last)
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


def _headers(sample: Sample) -> Iterator[Candidate]:
    for rank, word in _words():
        found = _chained(sample, lambda data, at, last, word=word: records(data, word, at, last=last))  # type: ignore[misc]
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


def _blocked(sample: Sample, size: int) -> Iterator[Candidate]:
    for block_rank, block in _words():
        if abs(block.adjustment) not in (0, WORD):
            continue
        for rank, word in [*_words(), *([(40, None)] if size else [])]:
            if word is not None and abs(word.adjustment) > WORD:
                continue
            found = _chained(
                sample,
                lambda data, at, last, block=block, word=word: blocks(data, block, word, size, at, last=last),  # type: ignore[misc]
            )
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


def _spanned(sample: Sample) -> Iterator[Candidate]:
    for blocked in (False, True):
        found = _chained(sample, lambda data, at, last, blocked=blocked: segments(data, blocked, at, last=last))  # type: ignore[misc]
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


def _lines(sample: Sample, size: int) -> Iterator[Candidate]:
    for family, said in (("ascii", ()), ("ebcdic", _EBCDIC)):
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


def _periods(sample: Sample) -> Iterator[Candidate]:
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
