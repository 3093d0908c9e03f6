"""Records of one length: where the first begins and the last ends, when something else stands before or behind them.

Invariant: a header or trailer is claimed where it is what is left over, or where the bytes of records, at no other place, are such as
the copybook has there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from arrowsmith.interfaces import Candidate, Sample
from arrowsmith_copybook.framing_candidates import FAR, beside, claimed, left_out, regular
from arrowsmith_copybook.shapes import FEW_PLACES, Places, Shape, shares, valid

#: records that a file has to have for one of them to be taken for a header or trailer, and for places to be compared
MANY, SEVERAL = 20, 5
#: the share of good places that a record has of what is usual in the file
USUAL = 0.75
#: the share of digits that a record has at least
FEWEST_DIGITS = 0.25


def of_one_length(sample: Sample, shapes: list[Shape]) -> Iterator[Candidate]:
    """Records of the length that each of *shapes* has, with what is left over before or behind them."""
    rank = 0
    for shape in shapes:
        size = shape.size
        if not size or sample.size < size:
            continue
        for start, end in _places(sample, shape, usual=shape is shapes[0]):
            if _broken_lines(sample.head[start:], size):
                continue
            count = (sample.size - start - end) // size
            rest = "the rest" if start or end else "the file"
            yield claimed(
                f"records of {size:,} bytes{beside(start, end)}",
                f"{count:,} record{'s fill' if count != 1 else ' fills'} {rest}",
                (("record_format", "F"), *shape.said, *left_out(start, end)),
                list(regular(sample, size, start, end)),
                trial=(("record_format", "F"), *shape.said),
                lands=True,
                rank=rank,
                edges=_edges(sample, size, start, end),
            )
            rank += 1


def _places(sample: Sample, shape: Shape, *, usual: bool) -> list[tuple[int, int]]:
    """Bytes before and behind the records, the simplest first."""
    size, total = shape.size, sample.size
    over = total % size
    if not usual and over:
        return []
    found = [(0, 0)] if not over else [(over, 0), (0, over)]
    if usual:
        fitting = [place for family in ("ebcdic", "ascii") for place in _fitting(sample, shape, family)]
        found += fitting
        if not fitting and total >= MANY * size:  # a header may be longer than a record, and a trailer
            found += [(over + more * size, 0) for more in (1, 2)] + [(0, over + size)]
    return [place for place in dict.fromkeys(found) if sum(place) + size <= total]


def _fitting(sample: Sample, shape: Shape, family: str) -> Iterator[tuple[int, int]]:
    """Where records begin and end whose bytes are such as the copybook has them, and nowhere else."""
    size, allowed, digits = shape.size, shape.bytes_at(family), shape.digits_at(family)
    offset, tail = sample.parts[-1]
    if not allowed or min(len(sample.head), len(tail)) < SEVERAL * size:
        return
    by_place = shares(sample.head, size, allowed)
    first = by_place.index(max(by_place))
    usual, near = USUAL * by_place[first], FAR // size + 5
    whole = range(first, len(sample.head) - size + 1, size)
    good = _good(sample.head, whole[: near + 3], allowed, digits, usual)
    phase = (first - offset) % size
    ends = range(phase, len(tail) - size + 1, size)
    lasts = _good(tail, ends[-near - 3 :], allowed, digits, usual)
    start = next((whole[n] for n in range(len(good) - 2) if all(good[n : n + 3])), None)
    end = next(
        (len(tail) - ends[n - len(lasts)] - size for n in range(len(lasts) - 1, 1, -1) if all(lasts[n - 2 : n + 1])),
        None,
    )
    if start is not None and end is not None:
        yield start, end


def _good(data: bytes, begins: Sequence[int], allowed: Places, digits: Places, usual: float) -> list[bool]:
    """Whether each record that begins at one of *begins* has bytes that are *allowed* where the copybook has them, by *usual*; and, where
    all of its *digits* are blank or none, it is a line of text about records."""
    shares = valid(data, begins, allowed)
    numbers = valid(data, begins, digits) if len(digits) >= FEW_PLACES else [1.0] * len(begins)
    return [share >= usual and number >= FEWEST_DIGITS for share, number in zip(shares, numbers, strict=True)]


def _broken_lines(data: bytes, size: int) -> bool:
    """Whether *data* are lines of text whose ends stand at any place of such records."""
    part = data[: 1 << 15]
    if (
        any(byte < 0x20 and byte not in b"\t\r\n" for byte in part)
        or sum(byte > 0x7E for byte in part) > len(part) // 3
    ):
        return False
    return len({at % size for at, byte in enumerate(part) if byte == 0x0A}) > 1


def _edges(sample: Sample, size: int, start: int, end: int) -> tuple[bytes, ...]:
    """The first record, and the last, where they are in the sample."""
    offset, tail = sample.parts[-1]
    last = sample.size - end - size - offset
    found = (sample.head[start : start + size], tail[last : last + size] if last >= 0 else b"")
    return tuple(part for part in found if len(part) == size)
