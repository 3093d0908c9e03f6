"""Records that say themselves how long they are: by a field with the length, or by one whose values stand for lengths.

A field is taken where the lengths that it gives lead from record to record to the file's end; that of values is found by trying, for
each value that is new, the places where the copybook has a record end.
Invariant: the search is bounded, whatever the bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from arrowsmith.interfaces import Candidate, Sample
from arrowsmith.layout import types as ty
from arrowsmith.layout.tree import Place
from arrowsmith_copybook.chains import ENOUGH, Chain, ended
from arrowsmith_copybook.framing_candidates import ASCII, EBCDIC, chained, followed
from arrowsmith_copybook.shapes import Said, Shape

#: bytes of a record in which its length is looked for, and of a field with it
NEAR, WIDEST = 200, 9
#: bytes of a field whose values stand for lengths, how many they are, and records for each of them at least
NARROW, MOST_VALUES, EACH = 8, 12, 3
#: steps of the search for the lengths of values, for each field
STEPS = 20_000
_CODECS = {"ebcdic": "cp037", "ascii": "ascii"}


@dataclass(frozen=True, slots=True)
class Counter:
    """Where in a record its length stands, and what gives it: ``read`` makes a number of its bytes, −1 where they are none."""

    at: int
    size: int
    read: Callable[[bytes], int]
    adjustment: int
    most: int

    def length(self, data: bytes, at: int) -> int:
        """Bytes of the record at *at*, −1 where it says none that can be."""
        part = data[at + self.at : at + self.at + self.size]
        value = self.read(part) if len(part) == self.size else -1
        length = value + self.adjustment
        return length if value > 0 and self.at + self.size <= length <= self.most else -1


def counted(counter: Counter, data: bytes, at: int, *, last: bool, spare: int = 0) -> Chain | None:
    """Records from *at* that say their lengths; *last* and *spare* as of `chains.records`."""
    begin, count, end = at, 0, len(data)
    while at < end:
        length = counter.length(data, at)
        if length < 0 or at + length > end:
            cut = at + counter.at + counter.size > end or length >= 0
            return ended(data, Chain(count, begin, at, count), cut=cut, last=last, spare=spare)
        at, count = at + length, count + 1
    return Chain(count, begin, at, count) if count else None


def with_length_field(sample: Sample, shapes: Sequence[Shape]) -> Iterator[Candidate]:
    """Records with a field that holds their length, or another number that differs from it by as much in all of them."""
    seen: set[tuple[int, ty.Type]] = set()
    for shape in shapes:
        for place in shape.single:
            at = int(place.offset or 0)
            if at > NEAR or (at, _type(place)) in seen:
                continue
            seen.add((at, _type(place)))
            yield from _with_field(sample, shape, place, at)


def _with_field(sample: Sample, shape: Shape, place: Place, at: int) -> Iterator[Candidate]:
    size = int(place.extent.static or 0)
    read = _number(_type(place))
    if read is None or not 0 < size <= WIDEST:
        return
    # what a length counts: all of the record, what is behind the field, what is before it too, a header or not
    for adjustment in dict.fromkeys((0, at + size, at, *(n for k in (4, 2, 1, 8, 6, 3, 5, 7) for n in (k, -k)))):
        counter = Counter(at, size, read, adjustment, 2 * shape.size + 64)
        found = followed(sample, partial(counted, counter), 2 * ENOUGH)
        if found is None or found.count < ENOUGH:
            continue
        said: Said = (("record_length_field", place.name), *shape.said)
        said = (*said, ("rdw_adjustment", str(adjustment))) if adjustment else said
        much = f", {adjustment:+} to it" if adjustment else ""
        evidence = f"the lengths of {found.count:,} records follow each other"
        yield chained(f"records whose length is in {place.name}{much}", evidence, said, found, 500)
        return


def _type(place: Place) -> ty.Type:
    kind: ty.Type = place.node.type  # type: ignore[union-attr]  # a Field
    return kind


def _number(kind: ty.Type) -> Callable[[bytes], int] | None:
    """What reads a whole number of *kind*, −1 for bytes that are none; None for what is no number."""
    match kind:
        case ty.Integer(order=("big" | "little") as order, scale=0):
            return partial(int.from_bytes, byteorder=order, signed=kind.encoding == "twos")
        case ty.Packed(scale=0):
            return partial(_packed, signed=kind.sign != "none")
        case ty.Zoned(scale=0) | ty.Text(size=int()):
            return _digits
    return None


def _packed(data: bytes, signed: bool) -> int:
    digits = data.hex()
    sign = digits[-1] if signed else "c"
    digits = digits[:-1] if signed else digits
    return int(digits) if digits.isdecimal() and sign in "acef" else -1


def _digits(data: bytes) -> int:
    """Digits of either family, the last perhaps with a sign."""
    text = data.strip(b"\x40\x20")
    zones = {byte >> 4 for byte in text[:-1]} | ({text[-1] >> 4} if text and text[-1] >> 4 not in (0xC, 0xF) else set())
    numbers = [byte & 15 for byte in text]
    if not text or max(numbers) > 9 or not (zones <= {0xF} or zones == {3}):
        return -1
    return int("".join(map(str, numbers)))


# --- values that stand for lengths -------------------------------------------------------------------------------------


def with_length_map(sample: Sample, shapes: Sequence[Shape]) -> Iterator[Candidate]:
    """Records with a field each value of which goes with one length."""
    shape = shapes[0]
    for place in shape.single:
        at, size = int(place.offset or 0), int(place.extent.static or 0)
        kind = _type(place)
        if at > NEAR or not 0 < size <= NARROW or not isinstance(kind, ty.Text | ty.Zoned | ty.Integer):
            continue
        lengths = [length for length in shape.ends if length >= at + size]
        for family in ("ebcdic", "ascii") if not isinstance(kind, ty.Integer) else ("ebcdic",):
            search = Search(sample.head, at, size, partial(_value, kind, family), lengths, sample.whole)
            if (known := search.found()) is not None:
                yield from _with_map(sample, place, family, known, search)


def _with_map(
    sample: Sample, place: Place, family: str, known: Mapping[bytes, int], search: Search
) -> Iterator[Candidate]:
    lengths = {search.value(raw): length for raw, length in known.items()}
    counter = Counter(search.at, search.size, lambda part: known.get(part, -1), 0, max(known.values()))
    found = followed(sample, partial(counted, counter), 2 * ENOUGH)
    if found is None or found.start or found.count < EACH * len(known):
        return
    said = (
        ("record_length_field", place.name),
        ("record_length_map", json.dumps(dict(sorted(lengths.items())), ensure_ascii=False)),
    )
    evidence = f"{len(known)} values of {place.name} with a length each lead through {found.count:,} records"
    made = chained(f"records whose lengths go with the values of {place.name}", evidence, said, found, 600)
    yield made if isinstance(_type(place), ty.Integer) else _of_family(made, family)


def _of_family(candidate: Candidate, family: str) -> Candidate:
    return replace(candidate, variants=((EBCDIC if family == "ebcdic" else ASCII,),))


def _value(kind: ty.Type, family: str, raw: bytes) -> str:
    """The text of *raw* that the map has to say; "" where it is no value that tells kinds of records apart."""
    if isinstance(kind, ty.Integer):
        number = int.from_bytes(raw, kind.order if isinstance(kind.order, str) else "big")
        return str(number) if number < 1_000 else ""
    text = raw.decode(_CODECS[family], "replace").strip()
    if isinstance(kind, ty.Zoned):
        return str(int(text)) if text.isdecimal() and text.isascii() else ""
    return text if text.isascii() and text.replace("-", "").isalnum() else ""


@dataclass(slots=True)
class Search:
    """Looks for a length for each of the values at ``at`` of the records in ``data``, so that they lead through it, and where that is
    ``whole`` to its end."""

    data: bytes
    at: int
    size: int
    value: Callable[[bytes], str]
    lengths: Sequence[int]
    whole: bool
    steps: int = STEPS

    def found(self) -> Mapping[bytes, int] | None:
        """The lengths of as few values as there may be; None where no more than so many have any."""
        for many in range(2, MOST_VALUES + 1):
            known = self._walk(0, {}, many)
            if known is not None and len(set(known.values())) > 1:
                return known
            if self.steps <= 0:
                break
        return None

    def _walk(self, at: int, known: dict[bytes, int], many: int) -> dict[bytes, int] | None:
        data, end = self.data, len(self.data)
        self.steps -= 1
        while at < end:
            raw = data[at + self.at : at + self.at + self.size]
            length = known.get(raw)
            if length is None:
                break
            at += length
            self.steps -= 1
        if at >= end or (not self.whole and at + self.at + self.size > end):
            return known if at == end or not self.whole else None
        if len(known) == many or len(raw) < self.size or not self.value(raw) or self.steps <= 0:
            return None
        for length in self.lengths:
            solved = self._walk(at + length, {**known, raw: length}, many)
            if solved is not None:
                return solved
        return None
