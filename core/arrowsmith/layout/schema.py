"""A record becomes the shape of its output: structs, lists and leaves with column names; a shape becomes an Arrow schema.

Groups are structs, arrays lists, choices structs with a nullable child each; what has no name adds no level, what is hidden no
column; `arrowsmith.layout.storage` maps types.  `docs/layout.md` has the whole mapping in one table.
Invariant: pyarrow is imported by `arrow_schema` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from arrowsmith.columns import Leaf, List, Shape, Storage, Struct
from arrowsmith.layout.nodes import (
    Array,
    Choice,
    Derived,
    Field,
    Generated,
    Group,
    Layout,
    Nested,
    Node,
    Optional,
    Overlay,
    Record,
    Table,
    children,
)
from arrowsmith.layout.remembered import last
from arrowsmith.layout.storage import mending, stored
from arrowsmith.layout.tree import Place, item_of, tree
from arrowsmith.layout.types import Bits

if TYPE_CHECKING:
    import pyarrow as pa

#: What a list's items are called, in Arrow's own convention.
ITEM = "item"

#: What stands for a list's items in paths: no column can have this name.  Members of an item that is a struct do without it.
ITEM_STEP = "[]"

#: What the paths of columns begin with that a file's header has: no column of a record can have this name.
HEADER_STEP = "()"

#: Arrow's metadata key for the number that a Parquet file keeps a column by.
FIELD_ID = "PARQUET:field_id"


def column_name(spelling: str) -> str:
    """The column name of a dictionary's name, before clashes: characters other than A–Z a–z 0–9 _ become _, a leading digit gets one."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", spelling)
    return f"_{name}" if name[:1].isdigit() else name


# --- shape -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Shaped:
    """The output of a record, and where each node's values go: ``paths`` maps `Place.order` of a node of ``root`` that has a column,
    struct or list to its column names from the row."""

    root: Place
    struct: Struct
    paths: Mapping[int, tuple[str, ...]]


@last
def shape(record: Record, tables: Sequence[Table] = ()) -> Struct:
    """The output of *record*: a struct whose children are the columns of the rows; *tables* are those that may be nested in it."""
    return shaped(record, tables=tables).struct


def shaped(record: Record, root: Place | None = None, tables: Sequence[Table] = ()) -> Shaped:
    """`shape`, with the paths of the nodes; *root* is the record's tree, where the caller has it already."""
    root = root or tree(record)
    shaper = _Shaper({table.record.name: table.record for table in tables})
    children = shaper.members(root, (), {}, optional=False)
    struct = Struct(name=record.name, children=children, metadata=_described({"comment": record.comment}))
    return Shaped(root, struct, MappingProxyType(shaper.paths))


def table_shape(layout: Layout, table: int = 0) -> Struct:
    """The rows of a table of *layout*: its record's columns, those of the tables nested in it, and those that the run fills in."""
    own = shape(layout.tables[table].record, layout.tables)
    made = generated_shapes(layout, own)
    before = [column for column, generated in made if not generated.behind]
    behind = [column for column, generated in made if generated.behind]
    return replace(own, children=(*before, *own.children, *behind))


def generated_shapes(layout: Layout, own: Struct) -> list[tuple[Leaf | List, Generated]]:
    """The columns that the run fills in for rows that have *own* columns, each with what the Layout says of it."""
    taken = {child.name: 1 for child in own.children}
    first = _columns(own) + 1
    return [
        (_given(generated, free_name(column_name(generated.name), taken), number), generated)
        for number, generated in enumerate(layout.generated, first)
    ]


#: What `Generated` columns hold, and whether they may be null.
_GIVEN: dict[str, tuple[Storage, bool]] = {
    "file_number": ("i32", False), "file_name": ("utf8", False), "record": ("i64", False), "number": ("i64", False),
    "offset": ("i64", False), "length": ("i32", False), "bytes": ("binary", False), "path": ("utf8", True),
}  # fmt: skip


def _given(generated: Generated, name: str, number: int) -> Leaf | List:
    metadata = (*_described({"name": generated.name}), (FIELD_ID, str(number)))
    if generated.what != "refused":
        storage, nullable = _GIVEN[generated.what]
        return Leaf(name=name, storage=storage, path=(name,), nullable=nullable, metadata=metadata, given=True)
    parts = (
        Leaf(name="field_name", storage="utf8", path=(name, "field_name"), nullable=False, given=True),
        Leaf(name="raw_value", storage="utf8" if generated.hex else "binary", path=(name, "raw_value"), given=True),
    )
    child = Struct(name=ITEM, children=parts, path=(name, ITEM_STEP))
    return List(name=name, child=child, path=(name,), metadata=metadata, given=True)


def _columns(shape: Shape) -> int:
    """The greatest number that a column in *shape* has."""
    own = int(dict(shape.metadata).get(FIELD_ID, "0"))
    inside = shape.children if isinstance(shape, Struct) else (shape.child,) if isinstance(shape, List) else ()
    return max([own, *map(_columns, inside)])


def tops(layout: Layout) -> tuple[str, ...]:
    """The tables of *layout* that are nested in no other."""
    inner = {node.table for table in layout.tables for node in _nodes(table.record) if isinstance(node, Nested)}
    names = tuple(table.record.name for table in layout.tables)
    return tuple(name for name in names if name not in inner) or names


def _nodes(node: Node | Record) -> Iterator[Node | Record]:
    yield node
    for child in children(node):
        yield from _nodes(child)


def nested(shape: Shape) -> Iterator[List]:
    """The lists in *shape* that hold rows of other tables, each before those inside it."""
    if isinstance(shape, List) and shape.nested:
        yield shape
    inside = shape.children if isinstance(shape, Struct) else (shape.child,) if isinstance(shape, List) else ()
    for one in inside:
        yield from nested(one)


def alone(shape: Struct, depth: int = 0) -> Struct:
    """*shape* without the rows of other tables, as its own table puts it: paths lose their first *depth* steps."""
    kept = [_alone(child, depth) for child in shape.children if not (isinstance(child, List) and child.nested)]
    return replace(shape, children=tuple(kept), path=shape.path[depth:])


def _alone(shape: Shape, depth: int) -> Shape:
    match shape:
        case Leaf():
            return replace(shape, path=shape.path[depth:])
        case Struct():
            return alone(shape, depth)
        case List():
            return replace(shape, path=shape.path[depth:], child=_alone(shape.child, depth))


def has_columns(node: Node | Record) -> bool:
    """Whether anything in *node* is output: what is hidden is not, nor a group or an array of nothing else."""
    if getattr(node, "hidden", False):
        return False
    return isinstance(node, (Field, Derived, Nested)) or any(map(has_columns, children(node)))


class _Shaper:
    """One walk over a record in reading order.  ``taken``, where it is passed, is the names that the struct at hand has already."""

    def __init__(self, tables: Mapping[str, Record]) -> None:
        self.tables = tables
        self.paths: dict[int, tuple[str, ...]] = {}
        self.number = 0

    def members(
        self, place: Place, path: tuple[str, ...], taken: dict[str, int], *, optional: bool
    ) -> tuple[Shape, ...]:
        """The columns that what is directly inside *place* gives to the struct at *path*."""
        node = place.node
        found: list[Shape] = []
        for child in place.children:
            selected = isinstance(node, Overlay) and node.condition(child.slot) is not None
            may_lack = optional or selected or isinstance(node, (Choice, Optional))
            if has_columns(child.node):
                found += self.column(child, path, taken, optional=may_lack)
        return tuple(found)

    def column(self, place: Place, path: tuple[str, ...], taken: dict[str, int], *, optional: bool) -> Iterable[Shape]:
        """The columns that *place* gives to the struct at *path*."""
        node = place.node
        if isinstance(node, (Overlay, Optional)) or (isinstance(node, (Group, Choice)) and not node.name):
            return self.members(place, path, taken, optional=optional)
        name = free_name(getattr(node, "column", "") or column_name(place.name), taken)
        return (self.shape(place, name, (*path, name), optional=optional),)

    def shape(self, place: Place, name: str, path: tuple[str, ...], *, optional: bool) -> Shape:
        """The one column, struct or list called *name* that *place* is."""
        node = place.node
        if isinstance(node, Optional):
            return self.shape(place.children[0], name, path, optional=True)
        self.paths[place.order] = path
        metadata = self.metadata(place)
        match node:
            case Field():
                storage, logical = stored(node.type)
                return Leaf(
                    name=name,
                    storage=storage,
                    path=path,
                    logical=logical,
                    metadata=metadata,
                    mending=mending(node.type),
                )
            case Derived():
                shown = bool(node.labels) and node.output != "number"
                storage = "utf8" if shown else _DERIVED[node.kind]
                logical = "dictionary" if shown and node.output == "dictionary" else ""
                return Leaf(name=name, storage=storage, path=path, logical=logical, metadata=metadata)
            case Array():
                child = self.shape(item_of(place), ITEM, (*path, ITEM_STEP), optional=False)
                return List(name=name, child=child, path=path, optional=optional, metadata=metadata)
            case Nested():
                record = self.tables[node.table]
                aside, self.paths = self.paths, {}  # orders of another record
                members = self.members(tree(record), path, {}, optional=False)
                self.paths = aside
                rows = Struct(name=ITEM, children=members, path=(*path, ITEM_STEP))
                said = (*metadata, ("arrowsmith.table", node.table))
                return List(name=name, child=rows, path=path, metadata=said, nested=node.table)
            case _:
                inside = path[:-1] if path[-1:] == (ITEM_STEP,) else path
                children = self.members(place, inside, {}, optional=False)
                return Struct(name=name, children=children, path=path, optional=optional, metadata=metadata)

    def metadata(self, place: Place) -> tuple[tuple[str, str], ...]:
        """What the schema says about the column of *place*; columns are numbered in the dictionary's order."""
        self.number += 1
        node, length = place.node, place.extent.static
        physical: Any = getattr(node, "type", None)
        while physical is not None:
            length = physical.size if isinstance(physical, Bits) else length
            physical = getattr(physical, "base", None)
        derived = isinstance(node, Derived)
        said = {
            "name": place.name,
            "type": getattr(node, "type_text", ""),
            "comment": getattr(node, "comment", ""),
            "offset": "" if place.offset is None or derived else str(place.offset),
            "length": "" if length is None or derived else str(length),
        }
        return (*_described(said), *getattr(node, "metadata", ()), (FIELD_ID, str(self.number)))


_DERIVED: dict[str, Storage] = {
    "int64": "i64",
    "uint64": "u64",
    "bool": "bool",
    "double": "f64",
    "utf8": "utf8",
    "binary": "binary",
}


def _described(said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((f"arrowsmith.{key}", value) for key, value in said.items() if value)


def free_name(name: str, taken: dict[str, int]) -> str:
    """*name*, or with the first free number from 2 on where the struct has it already; it is then taken."""
    free = name
    while free in taken:
        taken[name] += 1
        free = f"{name}_{taken[name]}"
    taken[free] = 1
    return free


def leaves(shape: Shape) -> tuple[Leaf, ...]:
    """The leaves of *shape* in order."""
    match shape:
        case Leaf():
            return (shape,)
        case Struct():
            return tuple(leaf for child in shape.children for leaf in leaves(child))
        case List():
            return leaves(shape.child)


def spelling(shape: Shape) -> str:
    """The dictionary's own name of a column."""
    return dict(shape.metadata).get("arrowsmith.name", shape.name)


def renamed(struct: Struct) -> tuple[tuple[str, str], ...]:
    """Columns that are not called as the dictionary calls them, because another of their struct has the name already or somebody wanted
    another: the dictionary's spelling and the path, dotted."""
    return tuple(
        (own, ".".join(shape.path)) for own, shape in within(struct) if shape.name != column_name(spelling(shape))
    )


def within(struct: Struct, around: str = "") -> Iterator[tuple[str, Shape]]:
    """Everything inside *struct* that has a name, each with the dictionary's spelling of its path, dotted."""
    for child in struct.children:
        own = f"{around}{spelling(child)}"
        yield own, child
        inside = child
        while isinstance(inside, List):
            inside = inside.child
        if isinstance(inside, Struct):
            yield from within(inside, f"{own}.")


# --- Arrow -----------------------------------------------------------------------------------------------------------


def arrow_schema(struct: Struct, metadata: Mapping[str, str] | None = None, *, large: bool = False) -> pa.Schema:
    """The Arrow schema of rows of *struct*; *metadata* is the schema's own.  ``large``: 64-bit offsets for text, bytes and lists."""
    import pyarrow as pa

    maker = _Arrow(pa, large)
    said: dict[Any, Any] = dict(metadata or {})
    return pa.schema([maker.field(child) for child in struct.children], metadata=said or None)


class _Arrow:
    """Shapes as pyarrow's types; *pa* is the module, which is imported only when a schema is asked for."""

    def __init__(self, pa: Any, large: bool) -> None:
        self.pa = pa
        self.lists = pa.large_list if large else pa.list_
        self.storages: dict[str, Any] = {
            "bool": pa.bool_(), "i8": pa.int8(), "i16": pa.int16(), "i32": pa.int32(), "i64": pa.int64(),
            "u8": pa.uint8(), "u16": pa.uint16(), "u32": pa.uint32(), "u64": pa.uint64(),
            "f16": pa.float16(), "f32": pa.float32(), "f64": pa.float64(),
            "utf8": pa.large_utf8() if large else pa.utf8(), "binary": pa.large_binary() if large else pa.binary(),
        }  # fmt: skip

    def field(self, shape: Shape) -> Any:
        """*shape* as a field; only leaves and what is marked optional may be null."""
        nullable = shape.nullable if isinstance(shape, Leaf) else shape.optional
        return self.pa.field(shape.name, self.type(shape), nullable, metadata=dict(shape.metadata) or None)

    def type(self, shape: Shape) -> Any:
        match shape:
            case Leaf():
                return self.leaf(shape)
            case Struct():
                return self.pa.struct([self.field(child) for child in shape.children])
            case List():
                return self.lists(self.field(shape.child))

    def leaf(self, leaf: Leaf) -> Any:
        name, _, rest = leaf.logical.partition("(" if "(" in leaf.logical else "[")
        arguments = [part.strip() for part in rest[:-1].split(",")]
        match name:
            case "decimal":
                return self.pa.decimal128(int(arguments[0]), int(arguments[1]))
            case "date32":
                return self.pa.date32()
            case "timestamp":
                return self.pa.timestamp(arguments[0], arguments[1] if arguments[1:] else None)
            case "time64":
                return self.pa.time64(arguments[0])
            case "dictionary":
                return self.pa.dictionary(self.pa.int32(), self.storages[leaf.storage])
        return self.storages[leaf.storage]
