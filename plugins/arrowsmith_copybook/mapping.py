"""Items → Layout: fields, groups, tables, overlays of redefinitions, padding for what gives no column.

A dropped item is padding; where a count, or the place of what follows, depends on it, it is a hidden node instead.
Invariant: the record's nodes take the bytes that the items take, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError
from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Ref, Unary
from arrowsmith.layout.nodes import ALWAYS, Array, Field, Group, Nested, Node, Overlay, Padding
from arrowsmith.layout.types import Bytes, Float, Integer, Packed, Text, Type, Zoned
from arrowsmith_copybook.choices import Choices
from arrowsmith_copybook.conditions import condition_nodes
from arrowsmith_copybook.formulas import Kind, Value, read_condition
from arrowsmith_copybook.items import Book, Item, items_of
from arrowsmith_copybook.naming import Names, name_items
from arrowsmith_copybook.physical import field_type, metadata, text_type, type_text
from arrowsmith_copybook.segments import Ids, check_segments, compared
from arrowsmith_copybook.words import key


@dataclass(frozen=True, slots=True)
class View:
    """A node of an item, and the condition under which it is what the bytes mean (None: it may be)."""

    node: Node
    test: Expr | None = None


class Mapper:
    """Maps the items of one copybook.  ``within``: the item that makes a record of its own, None for the whole copybook; ``before``: how
    the hidden group of what precedes it there is called."""

    before = "(before)"

    def __init__(self, book: Book, choices: Choices) -> None:
        self.book = book
        self.choices = choices
        self.names: Names = name_items(book.roots, choices)
        self.counts = {item.count for item in items_of(book.roots) if item.count is not None}
        self.paths: dict[int, tuple[str, ...]] = {}
        #: item number and whether it is hidden → its field
        self.made: dict[tuple[int, bool], Field] = {}
        self.items = {item.number: item for item in items_of(book.roots)}
        self.around = {member.number: item for item in items_of(book.roots) for member in item.members}
        self.within: Item | None = None
        given = choices.given
        length = given["record_length"]
        #: whether every record holds all of the copybook
        self.whole = (
            choices.record_format in ("F", "FB")
            and not given["record_length_field"]
            and (length is None or length >= book.size + given["record_start_offset"] + given["record_end_offset"])
        )
        self.trace(book.roots, ())
        #: the first item of each name
        self.known: dict[str, Item] = {}
        for item in items_of(book.roots):
            if item.name:
                self.known.setdefault(key(item.name), item)
        self.fields: dict[str, Item] = {}
        for item in items_of(book.roots):
            if item.storage is not None and not item.entry.filler:
                self.fields.setdefault(key(item.name), item)
        check_segments(choices.segments, self.known)
        self.id_item = self.fields.get(choices.segments.id)
        #: item number → the hidden text beside it that conditions and counts are compared with
        self.compared: dict[int, Field] = dict(self.comparisons())

    # --- names and paths ---

    def trace(self, items: Sequence[Item], path: tuple[str, ...], *, roots: bool = True) -> None:
        """Note the path of every item."""
        for item in items:
            inlined = roots and self.choices.collapse and item.storage is None and item.entry.occurs is None
            own = path if inlined else (*path, self.names.names[item.number])
            self.paths[item.number] = own
            self.trace(item.members, own, roots=False)

    def path(self, number: int) -> tuple[str, ...]:
        """Where expressions of the record at hand find an item."""
        path = self.paths[number]
        if self.within is None:
            return path
        own = self.paths[self.within.number]
        return path[len(own) :] if path[: len(own)] == own else (self.before, *path)

    def values(self) -> dict[str, Value]:
        """The fields by name, the first of each name, as expressions of the record at hand read them."""
        found = {}
        for name, item in self.fields.items():
            if (kind := _kind(self.field(item).type)) is not None:
                found[name] = Value(Ref(self.path(item.number)), kind)
        return found

    def comparisons(self) -> Iterator[tuple[int, Field]]:
        """The items that are compared with texts and need another reading of their bytes for that."""
        pages = [
            page.name
            for page in (self.choices.page, *self.choices.pages.values())
            if page and not isinstance(page, str)
        ]
        asked: dict[int, list[str]] = {}
        if self.id_item is not None:
            asked[self.id_item.number] = [*self.choices.segments.known_ids]
        for item in items_of(self.book.roots):
            texts = self.choices.counts.get(key(item.name))
            if item.count is None or texts is None:
                continue
            if isinstance(self.field(self.items[item.count]).type, Text):
                asked.setdefault(item.count, []).extend(texts)
        for number, wanted in asked.items():
            view = compared(self.field(self.items[number]), wanted, pages)
            if view is not None:
                yield number, view

    def compared_path(self, number: int) -> tuple[str, ...]:
        """Where expressions of the record at hand find the text of an item that is compared."""
        path = self.path(number)
        return (*path[:-1], self.compared[number].name) if number in self.compared else path

    def ids(self) -> Ids:
        """The field of segment ids, as expressions of the record at hand read it."""
        assert self.id_item is not None
        return Ids(Ref(self.compared_path(self.id_item.number)), self.field(self.id_item))

    def condition(self, item: Item) -> Expr | None:
        """The condition under which *item* is the view of its bytes."""
        segments, name = self.choices.segments, key(item.name)
        if name in segments.rules and self.known[name] is item:
            return read_condition("redefine_rule", segments.rules[name], self.values())
        if name in segments.groups and self.known[name] is item:
            if segments.parents and sum(group not in segments.parents for group in segments.groups) == 1:
                return ALWAYS  # the only kind of record that is one of its table
            return self.ids().among(segments.groups[name])
        return None

    def check_names(self) -> None:
        """Raise `OptionError` where an option names an item that the copybook does not have."""
        known = self.known
        groups = {name for name, item in known.items() if item.storage is None}
        for option, wanted, names in (
            ("field_code_page", self.choices.pages, known),
            ("non_terminals", self.choices.non_terminals, groups),
            ("occurs_mappings", self.choices.counts, known),
        ):
            for name in wanted:
                if name not in names:
                    close = nearest(name, names)
                    raise OptionError(
                        f"the option {option} names {name}, which is no {'group' if names is groups else 'item'} of the copybook",
                        code="C0402",
                        help=f"did you mean {close}?" if close else "",
                    )

    # --- nodes ---

    def members(self, items: Sequence[Item], *, roots: bool = False) -> tuple[Node, ...]:
        """The nodes of *items*, which follow each other but for redefinitions."""
        out: list[Node] = []
        for cluster in clusters(items):
            if slack := cluster[0].slack:
                out.append(Padding(size=slack))
            out += self.cluster(cluster, roots=roots)
            out += self.conditions(cluster)
        return tuple(merged(out))

    def conditions(self, cluster: Sequence[Item]) -> Iterator[Node]:
        """The columns of level 88 conditions, behind the items that they are of."""
        form = self.choices.conditions
        for item in cluster:
            shown = item.storage is not None and item.entry.occurs is None and item.number not in self.names.dropped
            if shown and item.entry.conditions and form != "metadata":
                found = self.field(item)
                ref = Ref(self.path(item.number))
                yield from condition_nodes(found, item.size, ref, _kind(found.type), item.entry.conditions, form)

    def cluster(self, cluster: Sequence[Item], *, roots: bool) -> Iterator[Node]:
        """The nodes of an item and its redefinitions."""
        longest = max(item.total for item in cluster)
        parents = self.choices.segments.parents
        shown = [item for item in cluster if not (key(item.name) in parents and self.known[key(item.name)] is item)]
        views = [view for item in shown for view in self.views(item, roots=roots)]
        kept = [view for view in views if not isinstance(view.node, Padding)]
        fixed = all(self.static(item) for item in shown)
        sizes = [item.total for item in shown if item.number not in self.names.dropped or self.needed(item)]
        alone = len(kept) == 1 and kept[0].test in (None, ALWAYS)
        if alone and fixed:
            yield kept[0].node
            if longest > sizes[0]:
                yield Padding(size=longest - sizes[0])
        elif kept:
            if fixed and longest > max(sizes):
                kept.append(View(Padding(size=longest)))
            selected = tuple(view.test for view in kept) if any(view.test is not None for view in kept) else ()
            nodes = tuple(view.node for view in kept)
            yield nodes[0] if alone else Overlay(views=nodes, selected=selected, span=cluster[0].entry.span)
        else:
            yield Padding(size=longest)

    def views(self, item: Item, *, roots: bool) -> list[View]:
        """The node of *item*, and those that options put beside it."""
        if item.number in self.names.dropped and not self.needed(item):
            return [View(Padding(size=item.total))]
        hidden = item.number in self.names.dropped
        test = self.condition(item)
        node = self.node(item, hidden=hidden, roots=roots)
        found = [View(node, test)]
        if item.number in self.compared:
            found = [View(node, test or ALWAYS), View(self.table(item, self.compared[item.number]), ALWAYS)]
        if hidden:
            return found
        if item.storage is not None and self.choices.debug:
            found.append(View(self.table(item, self.debug_field(item)), test))
        if item.storage is None and key(item.name) in self.choices.non_terminals:
            found.append(View(self.table(item, self.text_of_group(item)), test))
        return found

    def node(self, item: Item, *, hidden: bool, roots: bool) -> Node:
        name = self.names.names[item.number]
        entry = item.entry
        if item.storage is None:
            inlined = roots and self.choices.collapse and entry.occurs is None
            element: Group | Field = Group(
                name="" if inlined else name,
                members=(*self.members(item.members), *self.nested(item)),
                hidden=hidden,
                metadata=(*metadata(item, self.choices), *self.kind_of_rows(item)),
                span=entry.name_span,
            )
        else:
            element = self.field(item, hidden=hidden)
        return self.table(item, element)

    def kind_of_rows(self, item: Item) -> tuple[tuple[str, str], ...]:
        """Says of a segment that is in no hierarchy that its rows are a table of their own."""
        segments, name = self.choices.segments, key(item.name)
        alone = name in segments.groups and self.known[name] is item and not segments.parents
        return (("arrowsmith.table", item.name),) if alone else ()

    def nested(self, item: Item) -> Iterator[Nested]:
        """The tables of the segments that the segment *item* has below it."""
        segments = self.choices.segments
        for child, parent in segments.parents.items():
            if parent == key(item.name) and self.known[parent] is item:
                inner = self.known[child]
                yield Nested(name=self.names.names[inner.number], table=inner.name, span=inner.entry.name_span)

    def field(self, item: Item, *, hidden: bool = False) -> Field:
        """The field of an elementary *item*, without its repetition."""
        found = self.made.get((item.number, hidden))
        if found is None:
            found = self.made[item.number, hidden] = self._field(item, hidden=hidden)
        return found

    def _field(self, item: Item, *, hidden: bool) -> Field:
        return Field(
            name=self.names.names[item.number],
            type=field_type(item, self.choices, short=not self.whole),
            type_text=type_text(item),
            hidden=hidden,
            metadata=metadata(item, self.choices),
            span=item.entry.name_span,
        )

    def table(self, item: Item, element: Field | Group) -> Node:
        """*element*, repeated as *item* is."""
        occurs = item.entry.occurs
        if occurs is None:
            return element
        fixed = self.choices.variable == "false" or item.count is None
        return Array(
            name=element.name,
            element=replace(element, hidden=False, metadata=()),
            count=occurs.most if item.count is None else self.count(item),
            least=occurs.least,
            most=occurs.most,
            storage=item.total if fixed and self.static(item, within=True) else 0,
            stride=item.stride if item.stride != item.size else 0,
            hidden=element.hidden,
            metadata=metadata(item, self.choices),
            span=item.entry.name_span,
        )

    def count(self, item: Item) -> Expr:
        assert item.count is not None
        counted = Ref(self.compared_path(item.count))
        mapping = self.choices.counts.get(key(item.name))
        if mapping is None:
            written = isinstance(kind := self.field(self.items[item.count]).type, Zoned) and kind.written
            return Unary("int", counted) if written else counted
        found: Expr = Const(-1)  # a text that has no count: out of every table's bounds
        for text, number in reversed(list(mapping.items())):
            found = Cond(Binary("eq", counted, Const(text)), Const(number), found)
        return found

    def debug_field(self, item: Item) -> Field:
        """The bytes of *item* as the option ``debug`` wants them."""
        name = self.names.names[item.number] + "_debug"
        if self.choices.debug == "string":
            kind = replace(
                text_type(item.size, self.choices, self.choices.charset, short=True), trim="none", absent=b""
            )
            return Field(name=name, type=kind, type_text=f"PIC X({item.size})", span=item.entry.name_span)
        raw = Bytes(size=item.size, hex=self.choices.debug == "hex", partial=not self.whole)
        return Field(name=name, type=raw, type_text=f"PIC X({item.size})", span=item.entry.name_span)

    def text_of_group(self, item: Item) -> Field:
        """A group's bytes as one text, for the option ``non_terminals``."""
        parent = self.around.get(item.number)
        beside = self.book.roots if parent is None else parent.members
        taken = {key(self.names.names[one.number]) for one in beside}
        name = self.names.names[item.number] + "_NT"
        number = 0
        while key(name) in taken:
            number += 1
            name = f"{self.names.names[item.number]}_NT{number}"
        kind = text_type(item.size, self.choices, self.choices.charset, short=not self.whole)
        return Field(name=name, type=kind, type_text=f"PIC X({item.size})", span=item.entry.name_span)

    # --- what depends on an item ---

    def needed(self, item: Item) -> bool:
        """Whether a dropped *item* cannot be mere padding."""
        asked = self.counts if self.id_item is None else self.counts | {self.id_item.number}
        return any(inner.number in asked for inner in items_of((item,))) or not self.static(item)

    def static(self, item: Item, *, within: bool = False) -> bool:
        """Whether *item* (*within*: one occurrence of it) takes the same room in every record."""
        if self.choices.variable == "false":
            return True
        inner = items_of(item.members) if within else items_of((item,))
        return all(one.count is None for one in inner)


def _kind(physical: Type) -> Kind | None:
    """What a field of a type is in formulas; None where formulas have no such values."""
    match physical:
        case Text() | Zoned(written=True):
            return "text"
        case Integer(scale=scale) | Packed(scale=scale) | Zoned(scale=scale):
            return "decimal" if scale else "integer"
        case Bytes(hex=hexadecimal):
            return "text" if hexadecimal else "bytes"
        case Float():
            return None
    return None


def inlined(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """*nodes* with the members of groups without a name in their place."""
    return tuple(
        merged(m for node in nodes for m in (node.members if isinstance(node, Group) and not node.name else (node,)))
    )


def clusters(items: Sequence[Item]) -> Iterator[list[Item]]:
    """*items* in runs: an item and those that redefine it or each other."""
    run: list[Item] = []
    for item in items:
        if run and item.base is None:
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def merged(nodes: Iterable[Node]) -> Iterator[Node]:
    """*nodes* with neighbouring paddings put together."""
    size = 0
    for node in nodes:
        if isinstance(node, Padding) and isinstance(node.size, int) and not node.align:
            size += node.size
            continue
        if size:
            yield Padding(size=size)
            size = 0
        yield node
    if size:
        yield Padding(size=size)
