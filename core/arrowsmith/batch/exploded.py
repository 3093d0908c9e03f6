"""Elements of a list become rows: a batch of records becomes batches of the elements, with what is around each beside it.

Around an element stands what its parents have, by the number of the parent; nothing of the element itself is copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from arrowsmith.batch.room import ROWS
from arrowsmith.columns import List, Shape, Struct


@dataclass(frozen=True, slots=True, kw_only=True)
class Explosion:
    """``shape``: of a record as it was decoded; ``steps``: paths of the structs and lists that lead to the rows; ``columns``: of the rows,
    each with the path that it has in the record; ``schema``: theirs."""

    shape: Struct
    steps: tuple[tuple[str, ...], ...]
    columns: Struct
    schema: pa.Schema

    def rows(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The rows of *batch*, so many at a time as a batch has at most."""
        found: dict[tuple[str, ...], Any] = {}
        inside = dict(zip((c.path for c in self.shape.children), batch.columns, strict=True))
        shapes: dict[tuple[str, ...], Shape] = {c.path: c for c in self.shape.children}
        for step in self.steps:
            shape, array = shapes[step], inside.pop(step)
            found.update(inside)
            if isinstance(shape, List):
                numbers = pc.list_parent_indices(array)
                found = {path: column.take(numbers) for path, column in found.items()}
                shape, array = shape.child, pc.list_flatten(array)
            inside, shapes = members(shape, array)
        found.update(inside)
        arrays = [pruned(c, found[c.path], f.type) for c, f in zip(self.columns.children, self.schema, strict=True)]
        made = pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        for start in range(0, made.num_rows, ROWS[1]):
            yield made.slice(start, ROWS[1])


def members(shape: Shape, array: Any) -> tuple[dict[tuple[str, ...], Any], dict[tuple[str, ...], Shape]]:
    """What *array*, of *shape*, holds, by path: the members of a struct, or the array itself."""
    if not isinstance(shape, Struct):
        return {shape.path: array}, {shape.path: shape}
    parts = array.flatten()  # a member of what is null is null
    return {c.path: part for c, part in zip(shape.children, parts, strict=True)}, {c.path: c for c in shape.children}


def pruned(shape: Shape, array: Any, kind: Any) -> Any:
    """*array* with only those members of its structs that *shape* has."""
    if not isinstance(shape, Struct) or array.type.equals(kind):
        return array
    names = [array.type.field(n).name for n in range(array.type.num_fields)]
    children = [pruned(c, array.field(names.index(c.name)), kind.field(n).type) for n, c in enumerate(shape.children)]
    fields: Any = [kind.field(n) for n in range(kind.num_fields)]
    mask = array.is_null() if array.null_count else None
    return pa.StructArray.from_arrays(children, fields=fields, mask=mask)


def found_at(shape: Struct, batch: pa.RecordBatch) -> Mapping[tuple[str, ...], Any]:
    """Everything that *batch*, of *shape*, holds, by path; what is in lists apart."""
    known: dict[tuple[str, ...], Any] = {}
    waiting: list[tuple[Shape, Any]] = list(zip(shape.children, batch.columns, strict=True))
    while waiting:
        inner, array = waiting.pop()
        known[inner.path] = array
        if isinstance(inner, Struct):
            waiting += zip(inner.children, array.flatten(), strict=True)
    return known
