"""Items → Layout: fields, groups, tables, overlays of redefinitions, padding for what gives no column.

A dropped item is padding; where a count, or the place of what follows, depends on it, it is a hidden node instead.
Invariant: the record's nodes take the bytes that the items take, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError
from arrowsmith.layout.expr import Binary, Cond, Const, Expr, Ref
from arrowsmith.layout.nodes import Array, Field, Group, Layout, Node, Overlay, Padding, Record, Table
from arrowsmith.layout.types import Bytes
from arrowsmith_copybook.choices import Choices
from arrowsmith_copybook.framing import frame
from arrowsmith_copybook.items import Book, Item, items_of
from arrowsmith_copybook.naming import Names, name_items
from arrowsmith_copybook.physical import field_type, metadata, text_type, type_text
from arrowsmith_copybook.words import key


def lay_out(book: Book, choices: Choices, name: str) -> Layout:
    """The Layout of *book*, called *name* where its records have no name of their own."""
    mapper = _Mapper(book, choices)
    mapper.check_names()
    around = choices.given["record_start_offset"], choices.given["record_end_offset"]
    members = inlined(mapper.members(book.roots, roots=True))
    framing = frame(choices, book.size, *mapper.by_name())
    if around[0]:
        members = (Padding(size=around[0]), *members)
    if around[1]:
        members = (*members, Padding(size=around[1]))
    record = Record(
        name=next((root.name for root in book.roots if root.name), name),
        members=members,
        short="error" if mapper.whole else "absent",
        span=book.roots[0].entry.name_span,
    )
    used = {choices.page.name: choices.page} if choices.page else {}
    used |= {page.name: page for page in choices.pages.values()}
    return Layout(
        name=record.name,
        tables=(Table(record=record),),
        framing=framing,
        dictionary="copybook",
        charsets=tuple(used.values()),
    )


class _Mapper:
    def __init__(self, book: Book, choices: Choices) -> None:
        self.book = book
        self.choices = choices
        self.names: Names = name_items(book.roots, choices)
        self.counts = {item.count for item in items_of(book.roots) if item.count is not None}
        self.paths: dict[int, tuple[str, ...]] = {}
        self.items = {item.number: item for item in items_of(book.roots)}
        given = choices.given
        length = given["record_length"]
        #: whether every record holds all of the copybook
        self.whole = (
            choices.record_format in ("F", "FB")
            and not given["record_length_field"]
            and (length is None or length >= book.size + given["record_start_offset"] + given["record_end_offset"])
        )
        self.trace(book.roots, ())

    # --- names and paths ---

    def trace(self, items: Sequence[Item], path: tuple[str, ...], *, roots: bool = True) -> None:
        """Note the path of every item."""
        for item in items:
            inlined = roots and self.choices.collapse and item.storage is None and item.entry.occurs is None
            own = path if inlined else (*path, self.names.names[item.number])
            self.paths[item.number] = own
            self.trace(item.members, own, roots=False)

    def by_name(self) -> tuple[dict[str, Field], dict[str, tuple[str, ...]]]:
        """The fields and their paths by name, the first of each name, for options that name fields."""
        fields: dict[str, Field] = {}
        paths: dict[str, tuple[str, ...]] = {}
        for item in items_of(self.book.roots):
            if item.storage is not None and not item.entry.filler and key(item.name) not in fields:
                fields[key(item.name)] = self.field(item)
                paths[key(item.name)] = self.paths[item.number]
        return fields, paths

    def check_names(self) -> None:
        """Raise `OptionError` where an option names an item that the copybook does not have."""
        known = {key(item.name): item for item in items_of(self.book.roots) if item.name}
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
        return tuple(merged(out))

    def cluster(self, cluster: Sequence[Item], *, roots: bool) -> Iterator[Node]:
        """The nodes of an item and its redefinitions."""
        longest = max(item.total for item in cluster)
        views = [node for item in cluster for node in self.views(item, roots=roots)]
        kept: list[Node] = [view for view in views if not isinstance(view, Padding)]
        if len(kept) == 1 and all(self.static(item) for item in cluster):
            yield kept[0]
            kept_size = next(
                item.total for item in cluster if item.number not in self.names.dropped or self.needed(item)
            )
            if longest > kept_size:
                yield Padding(size=longest - kept_size)
        elif kept:
            sizes = [item.total for item in cluster if item.number not in self.names.dropped or self.needed(item)]
            if all(self.static(item) for item in cluster) and longest > max(sizes):
                kept.append(Padding(size=longest))
            yield kept[0] if len(kept) == 1 else Overlay(views=tuple(kept), span=cluster[0].entry.span)
        else:
            yield Padding(size=longest)

    def views(self, item: Item, *, roots: bool) -> list[Node]:
        """The node of *item*, and those that options put beside it."""
        if item.number in self.names.dropped and not self.needed(item):
            return [Padding(size=item.total)]
        hidden = item.number in self.names.dropped
        node = self.node(item, hidden=hidden, roots=roots)
        found: list[Node] = [node]
        if hidden:
            return found
        if item.storage is not None and self.choices.debug:
            found.append(self.table(item, self.debug_field(item)))
        if item.storage is None and key(item.name) in self.choices.non_terminals:
            found.append(self.table(item, self.text_of_group(item)))
        return found

    def node(self, item: Item, *, hidden: bool, roots: bool) -> Node:
        name = self.names.names[item.number]
        entry = item.entry
        if item.storage is None:
            inlined = roots and self.choices.collapse and entry.occurs is None
            element: Group | Field = Group(
                name="" if inlined else name,
                members=self.members(item.members),
                hidden=hidden,
                metadata=metadata(item, self.choices),
                span=entry.name_span,
            )
        else:
            element = self.field(item, hidden=hidden)
        return self.table(item, element)

    def field(self, item: Item, *, hidden: bool = False) -> Field:
        """The field of an elementary *item*, without its repetition."""
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
        counted = Ref(self.paths[item.count])
        mapping = self.choices.counts.get(key(item.name))
        if mapping is None:
            return counted
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
        taken = {n.upper() for n in self.names.names.values()}
        name = self.names.names[item.number] + "_NT"
        number = 0
        while name.upper() in taken:
            number += 1
            name = f"{self.names.names[item.number]}_NT{number}"
        kind = text_type(item.size, self.choices, self.choices.charset, short=not self.whole)
        return Field(name=name, type=kind, type_text=f"PIC X({item.size})", span=item.entry.name_span)

    # --- what depends on an item ---

    def needed(self, item: Item) -> bool:
        """Whether a dropped *item* cannot be mere padding."""
        return any(inner.number in self.counts for inner in items_of((item,))) or not self.static(item)

    def static(self, item: Item, *, within: bool = False) -> bool:
        """Whether *item* (*within*: one occurrence of it) takes the same room in every record."""
        if self.choices.variable == "false":
            return True
        inner = items_of(item.members) if within else items_of((item,))
        return all(one.count is None for one in inner)


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
