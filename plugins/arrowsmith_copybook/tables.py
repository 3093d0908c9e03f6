"""Items → Layout: the tables that records of a copybook make, how records are delimited, the columns that options add.

One table, but for hierarchies of segments: there each segment's records are a table, nested in that of the segment around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from arrowsmith.layout.expr import Expr
from arrowsmith.layout.nodes import Generated, Group, Layout, Node, Padding, Record, Table
from arrowsmith_copybook.choices import Choices
from arrowsmith_copybook.framing import frame
from arrowsmith_copybook.items import Book, Item
from arrowsmith_copybook.mapping import Mapper, clusters, inlined
from arrowsmith_copybook.segments import Segments


def lay_out(book: Book, choices: Choices, name: str) -> Layout:
    """The Layout of *book*, called *name* where its records have no name of their own."""
    mapper = Mapper(book, choices)
    mapper.check_names()
    given, segments = choices.given, choices.segments
    framing = frame(choices, book.size, mapper.values())
    called = next((root.name for root in book.roots if root.name), name)
    top = record(mapper, called, inlined(mapper.members(book.roots, roots=True)), book.roots[0])
    tables = [Table(record=top, test=_test(mapper, segments))]
    for group in _ordered(segments.parents):
        item = mapper.known[group]
        mapper.within = item
        members = [*before(mapper, item), *mapper.members(item.members), *mapper.nested(item)]
        tables.append(
            Table(record=record(mapper, item.name, members, item), test=mapper.ids().among(_read(segments, group)))
        )
        mapper.within = None
    used = {choices.page.name: choices.page} if choices.page else {}
    used |= {page.name: page for page in choices.pages.values() if not isinstance(page, str)}
    return Layout(
        name=called,
        tables=tuple(tables),
        framing=framing,
        others="ignored" if tables[0].test is not None else "error",
        dictionary="copybook",
        charsets=tuple(used.values()),
        start=book.header.size if book.header else given["file_start_offset"],
        end=book.trailer.size if book.trailer else given["file_end_offset"],
        shortest=given["minimum_record_length"] or 0,
        longest=given["maximum_record_length"] or 0,
        level=mapper.ids().level(segments.levels) if segments.levels else None,
        generated=tuple(_generated(given, segments)),
    )


def record(mapper: Mapper, name: str, members: Sequence[Node], item: Item) -> Record:
    """The record *name* of *members*, between what the options say stands around every record."""
    given = mapper.choices.given
    start, end = given["record_start_offset"], given["record_end_offset"]
    before = [Padding(size=start)] if start else []
    behind = [Padding(size=end)] if end and mapper.whole else []
    return Record(
        name=name,
        members=(*before, *members, *behind),
        short="error" if mapper.whole else "absent",
        tail=0 if mapper.whole else end,
        span=item.entry.name_span,
    )


def before(mapper: Mapper, item: Item) -> Iterator[Node]:
    """What precedes the group *item* in its record, hidden: the id is there, and perhaps counts."""
    chain = [item]
    while (parent := mapper.around.get(chain[0].number)) is not None:
        chain.insert(0, parent)
    inside: list[Node] = []
    for outer, inner in reversed(list(zip([None, *chain[:-1]], chain, strict=True))):
        siblings = mapper.book.roots if outer is None else outer.members
        leading: list[Item] = []
        slack = 0
        for cluster in clusters(siblings):
            if any(one.number == inner.number for one in cluster):
                slack = cluster[0].slack
                break
            leading += cluster
        nodes: list[Node] = [*mapper.members(leading, roots=outer is None)]
        nodes += [Padding(size=slack)] if slack else []
        nodes += inside
        if outer is None:
            inside = list(inlined(nodes))
        else:
            root = mapper.around.get(outer.number) is None
            name = "" if root and mapper.choices.collapse else mapper.names.names[outer.number]
            inside = [Group(name=name, members=tuple(nodes))]
    if inside:
        yield Group(name=mapper.before, members=tuple(inlined(inside)), hidden=True)


def _test(mapper: Mapper, segments: Segments) -> Expr | None:
    """Which records are rows: those of the segments asked for, or at the top of a hierarchy."""
    if segments.parents:
        tops = [group for group in segments.groups if group not in segments.parents]
        return mapper.ids().among([one for group in tops for one in _read(segments, group)])
    return None if segments.wanted is None else mapper.ids().among(segments.wanted)


def _read(segments: Segments, group: str) -> list[str]:
    """The ids of *group* whose records are read."""
    return [one for one in segments.groups[group] if segments.wanted is None or one in segments.wanted]


def _ordered(parents: Mapping[str, str]) -> list[str]:
    """The segments that are below others, outer ones first."""
    depth = {}
    for child in parents:
        name, depth[child] = child, 0
        while name in parents:
            name, depth[child] = parents[name], depth[child] + 1
    return sorted(parents, key=lambda child: depth[child])


def _generated(given: Mapping[str, Any], segments: Segments) -> Iterator[Generated]:
    """The columns that options add, in Cobrix's order and by its names."""
    if given["generate_record_id"]:
        yield Generated(name="File_Id", what="file_number")
        yield Generated(name="Record_Id", what="number")
        yield Generated(name="Record_Byte_Length", what="length")
    if given["generate_record_bytes"]:
        yield Generated(name="Record_Bytes", what="bytes")
    if given["with_input_file_name_col"]:
        yield Generated(name=given["with_input_file_name_col"], what="file_name")
    for level in range(len(segments.levels)):
        yield Generated(name=f"Seg_Id{level}", what="path", level=level, prefix=segments.prefix)
    if (corrupt := given["generate_corrupt_fields"]) != "false":
        yield Generated(name="_corrupt_fields", what="refused", hex=corrupt == "hex", behind=True)
