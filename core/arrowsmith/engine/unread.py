"""Which views of the record's bytes no record had: where a condition chooses among views and none is ever chosen, it is rather a
condition that does not fit the data.

Invariant: only what the schema has is looked at, and of a batch only how many values are null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from arrowsmith.layout.nodes import Array, Field, Group, Layout, Node, Overlay

#: where a view is in a batch: the numbers of a column and of its children
Path = tuple[int, ...]


class Unread:
    """The overlays of the records of *layout* that have conditions for views, as far as *schema* has all of these."""

    def __init__(self, layout: Layout, schema: pa.Schema) -> None:
        record = layout.tables[0].record
        #: for every overlay, the dictionary's name of each such view and where it is; gone as soon as one has a value
        self.left: list[dict[str, Path]] = list(_overlays(record.members, tuple(schema), ()))

    def see(self, batch: pa.RecordBatch) -> None:
        """Take note of the views that *batch* has values of."""
        self.left = [views for views in self.left if not any(_holds(batch, path) for path in views.values())]


def _overlays(nodes: Iterable[Node], fields: Sequence[Any], before: Path) -> Iterator[dict[str, Path]]:
    numbers = {
        (field.metadata or {}).get(b"arrowsmith.name", field.name.encode()).decode(): n
        for n, field in enumerate(fields)
    }
    for node in nodes:
        if isinstance(node, Overlay):
            chosen = [view for number, view in enumerate(node.views) if node.condition(number) is not None]
            named = [view.name for view in chosen if isinstance(view, (Field, Group, Array)) and view.name in numbers]
            if chosen and len(named) == len(chosen):
                yield {name: (*before, numbers[name]) for name in named}
        elif isinstance(node, Group) and not node.hidden and node.name in numbers:
            kind = fields[numbers[node.name]].type
            if pa.types.is_struct(kind):
                inner = [kind.field(n) for n in range(kind.num_fields)]
                yield from _overlays(node.members, inner, (*before, numbers[node.name]))


def _holds(batch: pa.RecordBatch, path: Path) -> bool:
    array: Any = batch.column(path[0])
    for number in path[1:]:
        array = array.field(number)
    return bool(array.null_count < len(array))
