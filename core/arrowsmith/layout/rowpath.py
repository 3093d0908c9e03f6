"""A row path becomes the columns of its rows: what an element of the repeated node has, and what the objects around it have beside it.

The path names structs and lists in the dictionary's spelling or the column's, from the row; the last is a list, and lists around it are
gone through, too.  Of the objects around only what is no list is kept: a list beside the rows would be repeated with each of them.
Invariant: the shapes of the columns keep the paths that they have in the record, whatever they are called in the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from arrowsmith.columns import List, Shape, Struct
from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError, code
from arrowsmith.layout.nodes import Layout
from arrowsmith.layout.schema import FIELD_ID, HEADER_STEP, free_name, leaves, shape, spelling

NO_ROWS = code("O0031", "the path of the rows leads to no repeated node")


@dataclass(frozen=True, slots=True)
class RowShape:
    """The ``columns`` of rows that are elements of a list: first those of the element, then those of the objects around it, the innermost
    first.  ``steps``: the structs and lists on the way, the last the list of the rows."""

    columns: Struct
    steps: tuple[Struct | List, ...]


def row_shape(record: Struct, path: Sequence[str]) -> RowShape:
    """The rows of *record* that *path* leads to.  Raises `OptionError` where it leads to none."""
    around: list[list[Shape]] = []
    steps: list[Struct | List] = []
    at: Shape = record
    for number, name in enumerate(path):
        said = ".".join(path[: number + 1])
        inside = at.children if isinstance(at, Struct) else ()
        found = next((child for child in inside if name in (spelling(child), child.name)), None)
        if found is None:
            close = nearest(name, [spelling(child) for child in inside])
            help = f"did you mean {'.'.join([*path[:number], close])}?" if close else ""
            raise OptionError(f"the path of the rows, {said}, leads to nothing", code=NO_ROWS, help=help)
        if not isinstance(found, Struct | List):
            raise OptionError(f"the path of the rows, {said}, leads to a single value", code=NO_ROWS)
        around.insert(0, [kept for child in inside if child is not found and (kept := _single(child)) is not None])
        steps.append(found)
        at = found
        while isinstance(at, List):
            at = at.child
            if isinstance(at, List):
                steps.append(at)
    if not steps or not isinstance(steps[-1], List):
        lists = [
            ".".join((*path, spelling(s)))
            for s in (at.children if isinstance(at, Struct) else ())
            if isinstance(s, List)
        ]
        help = f"repeated in it are {', '.join(lists)}" if lists else ""
        raise OptionError(
            f"the path of the rows, {'.'.join(path)}, leads to what is not repeated", code=NO_ROWS, help=help
        )
    element = (
        at.children if isinstance(at, Struct) else (replace(at, name=steps[-1].name, metadata=steps[-1].metadata),)
    )
    return RowShape(Struct(name=record.name, children=columns(element, around), metadata=record.metadata), tuple(steps))


def columns(element: Sequence[Shape], around: Sequence[Sequence[Shape]]) -> tuple[Shape, ...]:
    """The columns of an *element*, and those *around* it, under names that differ."""
    taken: dict[str, int] = {}
    numbers = count(1)
    every = (*element, *(shape for shapes in around for shape in shapes))
    return tuple(replace(numbered(shape, numbers), name=free_name(shape.name, taken)) for shape in every)


def numbered(shape: Any, numbers: Iterator[int]) -> Any:
    """*shape* with the next of *numbers* for each column in it that has one."""
    metadata = tuple((key, str(next(numbers)) if key == FIELD_ID else value) for key, value in shape.metadata)
    if isinstance(shape, Struct):
        return replace(shape, metadata=metadata, children=tuple(numbered(c, numbers) for c in shape.children))
    if isinstance(shape, List):
        return replace(shape, metadata=metadata, child=numbered(shape.child, numbers))
    return replace(shape, metadata=metadata)


def behind_header(layout: Layout, own: Struct) -> Struct:
    """The columns of a record, *own*, and beside them what the header of *layout* has."""
    assert layout.header is not None
    around = [[_given(shape) for shape in shapes] for shapes in beside(shape(layout.header), layout.rows[:-1])]
    return replace(own, children=columns(own.children, around))


def _given(shape: Any) -> Any:
    path = (HEADER_STEP, *shape.path)
    if isinstance(shape, Struct):
        return replace(shape, path=path, given=True, children=tuple(map(_given, shape.children)))
    return replace(shape, path=path, given=True)


def beside(header: Struct, path: Sequence[str]) -> list[list[Shape]]:
    """What stands beside rows that begin behind *header*, at the end of the object that *path* leads to; the innermost object first."""
    around: list[list[Shape]] = []
    at: Shape | None = header
    for name in (*path, None):
        inside = at.children if isinstance(at, Struct) else ()
        found = None if name is None else next((c for c in inside if name in (spelling(c), c.name)), None)
        around.insert(0, [kept for child in inside if child is not found and (kept := _single(child)) is not None])
        at = found
    return around


def _single(shape: Shape) -> Shape | None:
    """*shape* without its lists; None where there is nothing else."""
    if isinstance(shape, List):
        return None
    if not isinstance(shape, Struct):
        return shape
    children = tuple(kept for child in shape.children if (kept := _single(child)) is not None)
    return replace(shape, children=children) if children else None


def needed(row: RowShape, wanted: Struct) -> Struct:
    """*wanted*, some of the columns of *row*, with what says how many rows there are."""
    own = row.steps[-1]
    assert isinstance(own, List)
    inside = {leaf.path for leaf in leaves(own)}
    if any(leaf.path in inside for leaf in leaves(wanted)):
        return wanted
    return replace(wanted, children=(*wanted.children, *leaves(own)[:1]))
