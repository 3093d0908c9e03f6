"""The first rows of a run → whether it is worth the time to try other options: cheap, and rather once too often than once too seldom.

Invariant: what `judged` could find is odd here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from arrowsmith.doubts import otherwise
from arrowsmith.doubts.judging import What
from arrowsmith.doubts.marks import marks
from arrowsmith.doubts.quality import column, floats, integers
from arrowsmith.layout import types as ty
from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Field, Layout
from arrowsmith.layout.schema import shaped
from arrowsmith.layout.tree import walk

if TYPE_CHECKING:
    import pyarrow as pa

#: rows that are looked at, and bytes of them, for a table in a record may have thousands of elements
ROWS: Final = 400
BYTES: Final = 160_000
#: what values of one kind have to be below for others to be clearly better
SURE: Final = 0.9
#: values of a field that are tried in other formats, and by how much they have to be better then: half of what is clearly so
TRIED: Final = 64
BETTER: Final = 0.05


def odd(layout: Layout, table: pa.Table) -> set[What]:
    """What of the rows of *table*, of the first table of *layout*, may have been meant otherwise; ``records``: no number has the minus that
    it could have."""
    shape = shaped(layout.tables[0].record, tables=layout.tables)
    table = table.slice(0, ROWS)
    table = table.slice(0, max(1, BYTES * table.num_rows // max(table.nbytes, 1)))
    found: set[What] = {"texts"} if marks(layout, table).doubtful else set()
    positive: list[bool] = []
    for place in walk(shape.root):
        node, path = place.node, shape.paths.get(place.order)
        if not isinstance(node, Field) or not path:
            continue
        match node.type:
            case ty.Float() as kind if "floats" not in found:
                found |= {"floats"} if _other_floats(_values(table, path)[:TRIED], kind) else set()
            case ty.Integer() as kind if kind.bits > 8 and "integers" not in found:
                found |= {"integers"} if _other_integers(_values(table, path)[:TRIED], kind) else set()
            case ty.Zoned(sign="leading" | "trailing") if all(positive):
                values = _values(table, path)
                positive += [all(_positive(value) for value in values)] if values else []
    return found | ({"records"} if positive and all(positive) else set())


def mismeasured(layout: Layout, rows: int, decoded: int) -> bool:
    """Whether records, *rows* of *decoded* bytes, may all be longer than *layout* has them, or end before it says."""
    record = layout.tables[0].record
    most = measure(record).most
    return record.tail > 0 or (most is not None and decoded > rows * most)


def _values(table: pa.Table, path: tuple[str, ...]) -> list[float]:
    return [value for value in column(table, path) or () if value is not None]


def _other_floats(values: list[float], kind: ty.Float) -> bool:
    """Whether *values* of *kind* may be better in another format or order."""
    now = floats(values, double=kind.size > 4)
    others = otherwise.floats(values, kind) if values and now <= SURE else None
    if others is None:
        return now <= SURE
    return any(floats(other, double=kind.size > 4) >= now + BETTER for other in others)


def _other_integers(values: list[Any], kind: ty.Integer) -> bool:
    """Whether *values* of *kind* may be better in the other order."""
    now = integers(values, kind)
    other = otherwise.integers(values, kind) if values and now <= SURE else None
    return now <= SURE if other is None else integers(other, kind) >= now + BETTER


def _positive(value: object) -> bool:
    """Whether a number, or what is written of one, has no minus."""
    return not str(value).startswith("-")
