"""What a copybook says of a record's bytes, for each rule of binary sizes that lays it out otherwise: its size, where fields stand, which
bytes may be there.

Nothing is decoded to be a value; a place is judged by which bytes could be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from arrowsmith.diagnostics import Source
from arrowsmith.digits import DIGIT_TABLES, MINUS
from arrowsmith.interfaces import Include, Options
from arrowsmith.layout import types as ty
from arrowsmith.layout.framing import Fixed
from arrowsmith.layout.nodes import Array, Field, Layout, Overlay
from arrowsmith.layout.tree import Place, tree, walk
from arrowsmith.once import once

#: by its place in a record, which bytes may stand there
Places = Mapping[int, frozenset[int]]
#: what makes a Layout of copybooks
Parse = Callable[[Sequence[Source], Options, Include], Layout]
#: options with their values
Said = tuple[tuple[str, str], ...]

#: rules of binary sizes: the dialect's, and those of compilers on other machines
SIZES: Final[tuple[Said, ...]] = ((), (("binary_size", "1-2-4-8"),), (("binary_size", "1--8"),))
#: options under which a record's size is the copybook's
_STILL: Final = {"variable_size_occurs": "false", "record_length_field": None, "record_length_map": None}
#: letters, digits and the marks that are usual in names and addresses
_WORDS: Final = " .,-/&'():ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
TEXT: Final = {"ascii": frozenset(_WORDS.encode()), "ebcdic": frozenset(_WORDS.encode("cp037"))}
#: digit tables of either family, whatever its signs
_TABLES: Final = {"ascii": ("ascii", "ascii-mf"), "ebcdic": ("ebcdic", "ebcdic-hardware")}
#: places of a record that are looked at, and how few say little
MOST_PLACES: Final = 400
FEW_PLACES: Final = 4
#: bytes of a record, times its places that are looked at
MOST_WORK: Final = 2_000_000


@dataclass(frozen=True)
class Shape:
    """A record as the copybook lays it out with the options ``said``: of ``size`` bytes, 0 where that differs."""

    said: Said
    layout: Layout

    @property
    def size(self) -> int:
        return self.layout.framing.size if isinstance(self.layout.framing, Fixed) else 0

    @once
    def places(self) -> list[Place]:
        """The fields at known places, but those in tables."""
        return [
            place
            for place in walk(tree(self.layout.tables[0].record))
            if isinstance(place.node, Field) and place.offset is not None and place.extent.static
            and not any(isinstance(around.node, Array) for around in place.ancestors)
        ]  # fmt: skip

    @once
    def kinds(self) -> set[type]:
        """The physical types of all fields."""
        return {
            type(place.node.type) for place in walk(tree(self.layout.tables[0].record)) if isinstance(place.node, Field)
        }

    @once
    def overpunched(self) -> bool:
        """Whether a sign stands in the zone of a digit."""
        kinds = [p.node.type for p in walk(tree(self.layout.tables[0].record)) if isinstance(p.node, Field)]
        return any(isinstance(kind, ty.Zoned) and kind.sign in ("leading", "trailing") for kind in kinds)

    @property
    def single(self) -> list[Place]:
        """Those of `places` that no other view has."""
        return [p for p in self.places if not any(isinstance(around.node, Overlay) for around in p.ancestors)]

    @property
    def ends(self) -> list[int]:
        """Where fields end: what a record's length may be, the longest first."""
        found = {int(place.offset or 0) + int(place.extent.static or 0) for place in self.places}
        return sorted(found | {self.size} - {0}, reverse=True)

    def digits_at(self, family: str) -> Places:
        """By its place in the record, which bytes of *family* may stand there, of decimals that all records have."""
        found: dict[int, frozenset[int]] = {}
        for place in self.single:
            kind = place.node.type if isinstance(place.node, Field) else None
            if isinstance(kind, ty.Zoned | ty.Packed):
                last = (
                    kind.size - 1 if isinstance(kind, ty.Packed) else 0
                )  # blanks are digits of packed numbers, and no sign
                every = list(enumerate(_allowed(place.node, family)))
                found |= {int(place.offset or 0) + at: allowed for at, allowed in every[last:]}
        return found

    def bytes_at(self, family: str) -> dict[int, frozenset[int]]:
        """By its place in the record, which bytes of *family* may stand there: of decimals and texts that all records have, and where these
        are few in any view."""
        found: dict[int, frozenset[int]] = {}
        for places in (self.single, self.places):
            for place in places:
                for at, allowed in enumerate(_allowed(place.node, family)):
                    where = int(place.offset or 0) + at
                    found[where] = found.get(where, frozenset()) | allowed
            if len(found) >= FEW_PLACES:
                break
        return dict(sorted(found.items())[:MOST_PLACES])


def shapes(parse: Parse, sources: Sequence[Source], given: Mapping[str, Any], include: Include) -> list[Shape]:
    """The usual shape first, then those by other rules of binary sizes, where they differ; where one is *given*, no other."""
    found: list[Shape] = []
    for said in SIZES if given["dialect"] == "ibm" and given["binary_size"] is None else SIZES[:1]:
        layout = parse(sources, {**given, "record_format": "F", **_STILL, **dict(said)}, include)
        if all(layout != shape.layout for shape in found):
            found.append(Shape(said, layout))
    return found


def _allowed(node: Any, family: str) -> list[frozenset[int]]:
    """For each byte of the field *node*, those that it may be."""
    kind = node.type
    match kind:
        case ty.Zoned():
            tables = [DIGIT_TABLES[name] for name in _TABLES[family]]
            digits = frozenset(byte for byte in range(256) if tables[0][byte] < 10)
            signs = frozenset(byte for byte in range(256) if any(table[byte] <= MINUS for table in tables))
            every = [digits] * kind.size
            if kind.sign in ("leading", "leading_separate"):
                every[0] = signs
            elif kind.sign != "none":
                every[-1] = signs
            return every
        case ty.Packed():
            pairs = frozenset(byte for byte in range(256) if byte >> 4 < 10 and byte & 15 < 10)
            last = pairs if kind.sign == "none" else frozenset(b for b in range(256) if b >> 4 < 10 <= b & 15)
            return [*[pairs] * (kind.size - 1), last]
        case ty.Text() if isinstance(kind.size, int):
            return [TEXT[family]] * kind.size
    return []


def valid(data: bytes, begins: Iterable[int], allowed: Places) -> list[float]:
    """For each record that begins at one of *begins*, the share of its places that hold one of the bytes *allowed* there."""
    return [sum(data[at + place] in found for place, found in allowed.items()) / max(1, len(allowed)) for at in begins]


def shares(data: bytes, size: int, allowed: Places) -> list[float]:
    """For each of *size* places at which a record may begin, the share of bytes of *data* that are *allowed* where they would stand."""
    count = len(data) // size
    by_set = {}
    for bytes_ in set(allowed.values()):
        hits = data[: count * size].translate(bytes(byte in bytes_ for byte in range(256)))
        by_set[bytes_] = [sum(hits[place::size]) / count for place in range(size)]
    places = list(allowed.items())[: max(FEW_PLACES, MOST_WORK // size)]
    return [sum(by_set[found][(at + place) % size] for place, found in places) / len(places) for at in range(size)]
