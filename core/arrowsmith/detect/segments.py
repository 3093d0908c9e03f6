"""Which field tells records of several kinds apart: for each of its values one view of the same bytes fits, and not the others.

Invariant: a field is named only where every value of it has a view of its own that fits clearly better.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from arrowsmith.doubts.quality import Worth, column, share_of
from arrowsmith.layout import types as ty
from arrowsmith.layout.nodes import Field, Group, Overlay, Record
from arrowsmith.layout.schema import Shaped, shaped
from arrowsmith.layout.tree import Place, walk

if TYPE_CHECKING:
    import pyarrow as pa

#: values that such a field has at most, rows that one of them is in at least, and by how much the fitting view is better
MOST_VALUES: Final = 12
LEAST_ROWS: Final = 3
CLEARLY: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """``field`` tells records apart: ``views`` has a value and the name of the view that fits its records; ``better`` by how much."""

    field: str
    views: tuple[tuple[str, str], ...]
    better: float


def segments(record: Record, table: pa.Table) -> Segments | None:
    """The field that tells the views of *record* apart best, in *table*; None where none does."""
    shape = shaped(record)
    places = walk(shape.root)
    found = [
        made
        for overlay in places
        if isinstance(overlay.node, Overlay) and not any(overlay.node.selected) and _of_groups(overlay)
        for place in places
        if isinstance(place.node, Field) and not place.inside(overlay) and place.path
        if (made := _told(shape, table, place, overlay)) is not None
    ]
    return max(found, key=lambda one: one.better, default=None)


def _of_groups(overlay: Place) -> bool:
    return sum(isinstance(view.node, Group) and bool(view.name) for view in overlay.children) == len(overlay.children)


def _told(shape: Shaped, table: pa.Table, place: Place, overlay: Place) -> Segments | None:
    """How well the values of *place* tell the views of *overlay* apart."""
    assert isinstance(place.node, Field)
    path = shape.paths.get(place.order)
    kind = place.node.type
    if path is None or "[]" in path or not isinstance(kind, ty.Text | ty.Zoned) or not isinstance(kind.size, int):
        return None
    values = column(table, path)
    if values is None or len(values) != table.num_rows or kind.size > 10:
        return None
    rows: dict[str, list[int]] = {}
    for number, value in enumerate(values):
        if value is not None:
            rows.setdefault(str(value), []).append(number)
    if not 2 <= len(rows) <= MOST_VALUES or min(map(len, rows.values())) < LEAST_ROWS:
        return None
    chosen: list[tuple[str, str]] = []
    better = 1.0
    for value, own in rows.items():
        part = table.take(own[:200])
        shares = sorted(_views(shape, part, overlay), reverse=True)
        better = min(better, shares[0][0] - shares[1][0])
        if better < CLEARLY:
            return None
        chosen.append((value, shares[0][1]))
    if len({view for _, view in chosen}) < 2:
        return None
    return Segments(field=place.path[-1], views=tuple(chosen), better=better)


def _views(shape: Shaped, part: pa.Table, overlay: Place) -> Iterator[tuple[float, str]]:
    """How plausible each view is in *part*; what is null there did not fit."""
    for view in overlay.children:
        total = Worth()
        for place in walk(view):
            values: list[Any] | None = None
            if isinstance(place.node, Field) and (path := shape.paths.get(place.order)):
                values = column(part, path)
            if values and isinstance(place.node, Field):
                refused = sum(value is None for value in values)
                total += share_of(place.node.type, values, refused, part.num_rows)
        yield total.share, view.name
