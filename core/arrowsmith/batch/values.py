"""The values of a record batch by column path and slot, as a Program numbers slots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from arrowsmith.columns import Leaf, List, Shape, Struct

if TYPE_CHECKING:
    import pyarrow as pa


def slot_values(shape: Struct, batch: pa.RecordBatch) -> Mapping[tuple[str, ...], Any]:
    """Column path → the values in its slots, of *batch*, whose columns are the children of *shape*.  Structs and lists have none."""
    return dict(
        found for child, column in zip(shape.children, batch.columns, strict=True) for found in _values(child, column)
    )


def _values(shape: Shape, array: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(shape, Leaf):
        yield shape.path, array
    elif isinstance(shape, List):
        yield from _values(shape.child, array.values)
    else:
        for number, child in enumerate(shape.children):
            yield from _values(child, array.field(number))
