"""The nodes of a Layout: records, fields, groups, arrays, overlays, choices, optional parts, padding, derived values.

Nodes are frozen values; equality ignores spans.  ``name`` is the dictionary's own spelling; column names are made from
it by the schema.  A node without a name adds no level to the schema: its members belong to its parent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from arrowsmith.charsets import Charset
from arrowsmith.diagnostics import Span
from arrowsmith.layout.expr import Const, Expr
from arrowsmith.layout.framing import Framing, Whole
from arrowsmith.layout.types import Type

#: a condition that always holds
ALWAYS = Const(True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """An elementary item: the bytes of one ``type``.  ``hidden`` ones are read but give no column.  ``valid``: a condition on
    the value (a Ref to this field) that refuses it where it is false.  ``column``: the name of its column, where that is not made from
    ``name``, by which expressions know it; of groups and arrays too."""

    name: str
    type: Type
    comment: str = ""
    type_text: str = ""
    hidden: bool = False
    valid: Expr | None = None
    column: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Members one after the other; a struct, unless the name is empty.

    A group may open a stream: ``at`` reads it elsewhere (a position in the stream, 0 = its start; the cursor comes back
    afterwards; ``root`` positions count in the record's own stream), ``within`` bounds it to so many bytes (the cursor then
    stands behind them, whatever was read), ``transform`` reads it from the bytes that (name, arguments) makes of those.
    """

    name: str
    members: tuple[Node, ...]
    comment: str = ""
    at: Expr | None = None
    root: bool = False
    within: Expr | None = None
    transform: tuple[str, tuple[Expr, ...]] | None = None
    hidden: bool = False
    column: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """``element`` repeated; a list named ``name``.

    ``count``: an int; an expression (outside ``least``…``most`` it is invalid); None with ``until`` (a condition evaluated
    behind each element) or without (to the end of the stream).  ``storage`` > 0: the bytes that the whole array occupies
    whatever the count is (COBOL's maximum-size storage); 0: what its elements take.  ``stride`` > 0: bytes from one
    element to the next (slack behind each element).
    """

    name: str
    element: Node
    count: int | Expr | None = None
    until: Expr | None = None
    least: int = 0
    most: int = 0
    storage: int = 0
    stride: int = 0
    comment: str = ""
    hidden: bool = False
    column: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Several ``views`` of the same bytes, all read; as long as its longest view.  Views are tolerant: what one refuses is
    null in its columns and counted as "view does not fit", not as an error.  ``selected``: for each view, the condition
    under which it is *the* view (it is then read strictly, and the others with a condition are null); None = no condition; a
    constant true: it always is."""

    views: tuple[Node, ...]
    selected: tuple[Expr | None, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)

    def condition(self, view: int) -> Expr | None:
        """The condition of view number *view*, where it may not hold."""
        test = self.selected[view] if view < len(self.selected) else None
        return None if test == ALWAYS else test

    def strict(self, view: int) -> bool:
        """Whether view number *view* is the view wherever it is read."""
        return view < len(self.selected) and self.selected[view] is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One alternative of a Choice: taken where ``test`` holds; None = otherwise."""

    test: Expr | None
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The first arm whose test holds; a struct with one nullable child per arm (unless the name is empty: then the arms are
    nullable members of the parent).  Where no arm is taken nothing is read; ``required`` makes that invalid."""

    name: str
    arms: tuple[Arm, ...]
    required: bool = False
    comment: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Optional:
    """``node`` where ``test`` holds, null and no bytes elsewhere."""

    test: Expr
    node: Node
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Padding:
    """Bytes that nobody reads: ``size`` of them, or (``align``) up to a multiple of ``align`` from the stream's start."""

    size: int | Expr = 0
    align: int = 0
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A value without bytes: ``value`` computed.  ``kind`` is its Arrow type (uint64: the low 64 bits of an integer, without a
    sign); ``labels`` and ``output`` as an Enumeration's; ``valid`` as a Field's."""

    name: str
    value: Expr
    kind: Literal["int64", "uint64", "bool", "double", "utf8", "binary"] = "int64"
    labels: tuple[tuple[int, str], ...] = ()
    output: Literal["label", "dictionary", "number"] = "label"
    comment: str = ""
    hidden: bool = False
    valid: Expr | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """The rows of another table that belong to this record: a list named ``name`` of the records of ``table``, without bytes here.

    A record of that table belongs to the nearest record of this one before it, unless a record of a table around this one
    stands between: then it belongs to none, and is left out.
    """

    name: str
    table: str
    comment: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


Node: TypeAlias = Field | Group | Array | Overlay | Choice | Optional | Padding | Derived | Nested


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one row is made of.  ``short``: what a record that ends before its last field means — ``absent`` (the fields past
    its end are null) or ``error``.  ``excess``: bytes behind the last field are ``ignored`` (and counted) or an ``error``.
    ``tail``: so many bytes at the record's end are none of its fields', wherever they end."""

    name: str
    members: tuple[Node, ...]
    short: Literal["absent", "error"] = "error"
    excess: Literal["ignored", "error"] = "ignored"
    tail: int = 0
    comment: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)


def children(node: Node | Record) -> tuple[Node, ...]:
    """The nodes directly inside *node*, in the order in which they are read."""
    match node:
        case Record() | Group():
            return node.members
        case Array():
            return (node.element,)
        case Overlay():
            return node.views
        case Choice():
            return tuple(arm.node for arm in node.arms)
        case Optional():
            return (node.node,)
        case _:
            return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A value that the header gives to framing and records: field ``path`` of the header, or a ``default``.
    ``specialise``: the layout depends on it, so Programs are specialised by its value."""

    name: str
    path: tuple[str, ...] = ()
    default: int = 0
    specialise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A record type and the condition, over fields of the frame's record, under which a frame is one of it (None: always)."""

    record: Record
    test: Expr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A column that no byte of a record gives: ``what`` the run knows of a row, before the record's own columns or ``behind`` them.

    ``file_number`` (from 0) and ``file_name``; ``record``: the number of the record in its file as errors have it, from 1 (of a row with
    nested tables: of its first record); ``number``, from 0 (of a row with nested tables: of the record behind its last one); records left
    out by their length are counted in neither; ``offset`` of the record in its file and ``length``, in bytes (of a row with nested tables:
    of all its records); ``bytes``, the record's own; ``path``: an id for the record's place at ``level`` (`Layout.level`), a text that
    begins with ``prefix``; ``refused``: the fields that were refused, each with its name and its bytes, or (``hex``) their hexadecimal
    digits.
    """

    name: str
    what: Literal["file_number", "file_name", "record", "number", "offset", "length", "bytes", "path", "refused"]
    level: int = 0
    prefix: str = ""
    hex: bool = False
    behind: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)


_WHOLE = Whole()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All of a dictionary.  ``tables`` are tried in order; a frame that none takes is an error unless ``others`` is "ignored".
    ``header`` is read once, before the first frame.  ``charsets``: code pages of the dictionary's own, by the names that texts give.

    ``start`` and ``end``: bytes of each file before its first record and behind its last.  Records of fewer than ``shortest`` bytes,
    or of more than ``longest`` (0: any), are left out.  ``level``: where a record stands in a hierarchy, by fields of the first
    table's record; 0 is the top, and what precedes the first such record is left out; null: at the level of the one before it.

    ``rows``: the path of the repeated node of the only table whose elements are the rows, with what is beside it in the objects around
    it (`arrowsmith.layout.rowpath`).  Where there is a header, too, the records are the elements already, and the path leads through the
    header to the place where they begin (`arrowsmith.layout.streaming`).
    """

    name: str
    tables: tuple[Table, ...]
    framing: Framing = _WHOLE
    header: Record | None = None
    parameters: tuple[Parameter, ...] = ()
    others: Literal["error", "ignored"] = "error"
    dictionary: str = ""
    charsets: tuple[Charset, ...] = ()
    start: int = 0
    end: int = 0
    shortest: int = 0
    longest: int = 0
    level: Expr | None = None
    generated: tuple[Generated, ...] = ()
    rows: tuple[str, ...] = ()

    @property
    def record(self) -> Record:
        """The only table's record; a Layout of several tables has no such thing (ValueError)."""
        (table,) = self.tables
        return table.record
