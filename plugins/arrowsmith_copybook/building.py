"""The tree of entries → items with storage; REDEFINES and DEPENDING ON resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from operator import is_
from typing import Literal

from arrowsmith.diagnostics import Diagnostic, Span, nearest
from arrowsmith.errors import OptionError
from arrowsmith_copybook.dialect import Dialect
from arrowsmith_copybook.entry import Entry, Named, Sign
from arrowsmith_copybook.items import Book, Item
from arrowsmith_copybook.picture import Picture, PictureError, read_picture
from arrowsmith_copybook.storage import Storage, StorageError, store
from arrowsmith_copybook.tree import ROOT_LEVELS, Branch, grow
from arrowsmith_copybook.words import key

#: Most bytes of a record.
MOST_BYTES = (1 << 31) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the options say about storage.  ``mapped``: tables whose count is a text with a mapping; these, ``header`` and ``trailer``
    are names as `key` makes them."""

    dialect: Dialect
    edited_numbers: bool = False
    nsymbol: Literal["national", "dbcs"] = "national"
    decimal_comma: bool = False
    roots: Literal["error", "sequence", "overlay"] = "error"
    header: str = ""
    trailer: str = ""
    mapped: frozenset[str] = frozenset()


def build(entries: Sequence[Entry], settings: Settings) -> tuple[Book, list[Diagnostic]]:
    """The records that *entries* describe, and what is wrong with them."""
    branches, renames, wrong = grow(entries)
    builder = _Builder(settings, wrong)
    named = (settings.header, settings.trailer)
    _exist(settings, [branch.entry.name for branch in branches])
    apart = {key(b.entry.name): b for b in branches if b.entry.name and key(b.entry.name) in named}
    data = [b for b in branches if key(b.entry.name) not in apart]
    ends = {name: builder.place(apart[name], 0, "", None, begins=True) for name in apart}
    wrong += builder.too_many_roots(data)
    members, _, _ = builder.cluster(data, 0, "", None, overlay=settings.roots == "overlay")
    book = Book(
        roots=members, header=ends.get(settings.header), trailer=ends.get(settings.trailer), renames=tuple(renames)
    )
    book = replace(book, roots=tuple(builder.counted(root) for root in book.roots))
    if book.size > MOST_BYTES:
        root = book.roots[0].entry
        wrong.append(
            Diagnostic(code="C0311", message=f"the record has {book.size:,} bytes: too many", span=root.name_span)
        )
    return book, wrong


def _exist(settings: Settings, records: Sequence[str]) -> None:
    """Raise `OptionError` where the header or the trailer is none of the *records*."""
    for option, name in (("record_header_name", settings.header), ("record_trailer_name", settings.trailer)):
        if name and name not in map(key, records):
            close = nearest(name, [key(record) for record in records if record])
            raise OptionError(
                f"the option {option} names {name}, which is no record of the copybook",
                code="C0402",
                help=f"did you mean {close}?"
                if close
                else f"its records are {', '.join(filter(None, records)) or 'without names'}",
            )


class _Builder:
    def __init__(self, settings: Settings, wrong: list[Diagnostic]) -> None:
        self.settings = settings
        self.wrong = wrong
        self.numbers = 0
        self.seen: list[Item] = []  # elementary items and groups whose place is known, in the order of the text
        self.parents: dict[int, int] = {}
        #: what is written in an entry → what is stored, for entries that are written alike
        self.alike: dict[tuple[object, ...], tuple[Picture | None, Storage]] = {}

    def fail(self, code: str, message: str, span: Span | None, **more: str | tuple[str, ...]) -> None:
        self.wrong.append(Diagnostic(code=code, message=message, span=span, **more))  # type: ignore[arg-type]  # texts

    # --- placing ---

    def cluster(
        self, branches: Sequence[Branch], offset: int, usage: str, sign: Sign | None, *, overlay: bool = False
    ) -> tuple[tuple[Item, ...], int, int]:
        """*branches* placed one behind the other from *offset*, redefinitions over what they redefine; where they end, and the
        greatest boundary that any of them needs."""
        placed: list[Item] = []
        names: dict[str, int] = {}
        base: Item | None = None
        end, boundary = offset, 1
        for branch in branches:
            over = self.redefined(branch.entry, base, names, placed) if branch.entry.redefines else None
            merged = base is not None and branch.entry.book != base.entry.book and self.settings.roots != "sequence"
            if over is None and base is not None and (overlay or merged):
                over = base
            if over is None:
                names = {}
                item = self.place(branch, end, usage, sign)
                base = item
            else:
                assert base is not None  # `over` is a member of base's cluster
                item = replace(self.place(branch, base.offset, usage, sign, begins=True), base=over.number)
            names[item.name.upper()] = len(placed)
            placed.append(item)
            end = max(end, item.offset + item.total)
            boundary = max(boundary, self.boundary_within(item))
        return tuple(placed), end, boundary

    def redefined(
        self, entry: Entry, base: Item | None, names: Mapping[str, int], placed: Sequence[Item]
    ) -> Item | None:
        named = entry.redefines
        assert named is not None
        if base is None:
            self.fail(
                "C0303",
                f"{entry.name or 'FILLER'} is the first item of its group, so it has nothing to redefine",
                named.span,
                label="nothing precedes it",
            )
            return None
        if named.text.upper() not in names:
            candidates = [placed[i].name for i in names.values() if placed[i].name]
            close = nearest(named.text, candidates)
            shown = " or ".join(dict.fromkeys(candidates)) or "an item without a name"
            self.fail(
                "C0302",
                f"{entry.name or 'FILLER'} redefines {named.text}, which is not the item before it",
                named.span,
                label=f"only {shown} can be redefined here",
                notes=("a redefinition follows the item that it redefines, with only other redefinitions between",),
                help=f"did you mean {close}?" if close else "",
            )
            return base
        return placed[names[named.text.upper()]]

    def place(self, branch: Branch, offset: int, usage: str, sign: Sign | None, *, begins: bool = False) -> Item:
        """The item of *branch* at *offset*, behind its slack; *begins*: it begins just there, as a redefinition does."""
        entry = branch.entry
        number = self.numbers
        self.numbers += 1
        usage = self.own_usage(entry, usage, group=bool(branch.members))
        if branch.members:
            item = self.group(branch, number, offset, usage, entry.sign or sign, begins=begins)
        else:
            item = self.elementary(entry, number, offset, usage, sign, begins=begins)
        for member in item.members:
            self.parents[member.number] = number
        return item

    def group(self, branch: Branch, number: int, offset: int, usage: str, sign: Sign | None, *, begins: bool) -> Item:
        entry = branch.entry
        slack = 0
        if self.settings.dialect.slack_outside and not begins:
            slack = -offset % self.leading_boundary(branch, usage, sign)
        start = offset + slack
        members, end, boundary = self.cluster(branch.members, start, usage, sign)
        size = end - start
        stride = size + (-size % boundary if entry.occurs else 0)
        return Item(
            number=number,
            entry=entry,
            offset=start,
            size=size,
            stride=stride,
            slack=slack,
            usage=usage,
            members=members,
        )

    def elementary(
        self, entry: Entry, number: int, offset: int, usage: str, sign: Sign | None, *, begins: bool
    ) -> Item:
        picture, storage = self.stored(entry, usage, sign)
        boundary = self.boundary(entry, storage)
        slack = 0 if begins else -offset % boundary
        return Item(
            number=number,
            entry=entry,
            offset=offset + slack,
            size=storage.size,
            stride=storage.size + (-storage.size % boundary if entry.occurs else 0),
            slack=slack,
            picture=picture,
            usage=usage,
            storage=storage,
        )

    def own_usage(self, entry: Entry, above: str, *, group: bool) -> str:
        """The usage of *entry*: its own, or its group's, which applies to numbers alone."""
        own = entry.usage.text if entry.usage else ""
        if own and above and _family(own) != _family(above):
            span = entry.usage.span if entry.usage else entry.name_span
            self.fail(
                "C0306",
                f"{entry.name or 'FILLER'} has the usage {span.text.upper()}, its group {above}",
                span,
                label="contradicts the group's usage",
            )
        if own or group or entry.picture is None:
            return own or above
        numeric = not set(entry.picture.text.upper()) & set("XANGU")
        return above if numeric else ""

    def stored(self, entry: Entry, usage: str, sign: Sign | None) -> tuple[Picture | None, Storage]:
        """What the picture of *entry* says, and what is stored; the same objects for entries that are written alike."""
        if entry.constants:
            return self._stored(entry, usage, sign)
        written = entry.picture.text if entry.picture is not None else None
        alike = (written, usage, entry.sign, sign, entry.unsigned, entry.byte_length)
        found = self.alike.get(alike)
        if found is None:
            known = len(self.wrong)
            found = self._stored(entry, usage, sign)
            if len(self.wrong) == known:  # what is wrong is said of each
                self.alike[alike] = found
        return found

    def _stored(self, entry: Entry, usage: str, sign: Sign | None) -> tuple[Picture | None, Storage]:
        nothing = Storage(kind="bytes", size=1)
        settings = self.settings
        picture = None
        if entry.picture is not None:
            try:
                picture = read_picture(entry.picture.text, constants=entry.constants, comma=settings.decimal_comma)
            except PictureError as error:
                self.wrong.append(error.diagnostic(entry.picture.span))
                return None, nothing
        try:
            return picture, store(
                picture,
                usage,
                entry.sign or (sign if picture is not None and picture.signed else None),
                settings.dialect,
                unsigned=entry.unsigned,
                byte_length=entry.byte_length,
                edited_numbers=settings.edited_numbers,
                nsymbol=settings.nsymbol,
            )
        except StorageError as error:
            blamed = entry.usage or entry.picture
            if error.code == "C0207":
                self.fail(
                    "C0207",
                    f"{entry.name or 'FILLER'} has neither a picture nor members",
                    entry.name_span,
                    label="nothing says what is stored here",
                    help="give it a PICTURE clause; members of a group have higher level numbers than the group",
                )
            else:
                self.fail(error.code, error.message, blamed.span if blamed else entry.name_span, help=error.help)
            return picture, nothing

    # --- boundaries of SYNCHRONIZED items ---

    def boundary(self, entry: Entry, storage: Storage) -> int:
        """The multiple of bytes where the item begins."""
        if not entry.synchronized:
            return 1
        return self.settings.dialect.boundaries.get(storage.family, {}).get(storage.size, 1)

    def boundary_within(self, item: Item) -> int:
        if item.storage is not None:
            return self.boundary(item.entry, item.storage)
        return max((self.boundary_within(member) for member in item.members), default=1)

    def leading_boundary(self, branch: Branch, usage: str, sign: Sign | None) -> int:
        """The boundary of the first elementary item of *branch*."""
        while branch.members:
            branch = branch.members[0]
            usage = (branch.entry.usage.text if branch.entry.usage else "") or usage
        if not branch.entry.synchronized:
            return 1
        known = len(self.wrong)
        _, storage = self.stored(branch.entry, usage, sign)
        del self.wrong[known:]  # it is said when the item itself is placed
        return self.boundary(branch.entry, storage)

    # --- counts of tables ---

    def counted(self, item: Item) -> Item:
        """*item* with the counts of the tables in it resolved; items are looked at in the order of the text."""
        occurs = item.entry.occurs
        count = None
        if occurs is not None and occurs.depending is not None:
            count = self.count_item(item, occurs.depending)
        self.seen.append(item)
        members = tuple([self.counted(member) for member in item.members])
        if count is None and all(map(is_, members, item.members)):
            return item
        return replace(item, count=count, members=members)

    def count_item(self, table: Item, named: Named) -> int | None:
        wanted = named.text.upper()
        found = [item for item in self.seen if item.name.upper() == wanted and self.qualifies(item, named.of)]
        if not found:
            names = [item.name for item in self.seen if item.storage is not None and not item.entry.filler]
            close = nearest(named.text, names)
            self.fail(
                "C0305",
                f"the table {table.name or 'FILLER'} depends on {named.text}, which is no item before it",
                named.span,
                label="no such item before this point",
                notes=("the count is read before the table that it counts",),
                help=f"did you mean {close}?" if close else "",
            )
            return None
        item = found[-1]
        storage = item.storage
        whole = storage is not None and storage.kind in ("zoned", "packed", "binary", "edited") and storage.scale == 0
        if not whole and key(table.name) not in self.settings.mapped:
            self.fail(
                "C0305",
                f"the table {table.name or 'FILLER'} depends on {named.text}, which is not a whole number",
                named.span,
                label="not a whole number",
                help="the option occurs_mappings gives counts for its texts",
            )
        return item.number

    def qualifies(self, item: Item, groups: Sequence[str]) -> bool:
        """Whether *item* lies in *groups*, innermost first."""
        wanted = [group.upper() for group in groups]
        number: int | None = item.number
        names = {seen.number: seen.name.upper() for seen in self.seen} if wanted else {}
        while wanted and (number := self.parents.get(number)) is not None:  # type: ignore[arg-type]  # None ends the loop
            if names.get(number) == wanted[0]:
                wanted.pop(0)
        return not wanted

    # --- roots ---

    def too_many_roots(self, data: Sequence[Branch]) -> list[Diagnostic]:
        if self.settings.roots != "error":
            return []
        merged = any(b.entry.book for b in data)
        records = [b.entry for b in data if (merged or b.entry.level in ROOT_LEVELS) and b.entry.redefines is None]
        pairs = ((a, b) for a, b in pairwise(records) if a.book == b.book)
        return [
            Diagnostic(
                code="C0307",
                message=f"{second.name} is a second record: it is not said how it lies to {first.name}",
                span=second.name_span,
                label="a second record",
                notes=(
                    "roots=overlay: each record of the file is one of them (REDEFINES); "
                    "roots=sequence: each record of the file has them one behind the other",
                    "record_header_name and record_trailer_name take out records that stand once in the file",
                ),
                help="say which with the option roots, or write REDEFINES",
            )
            for first, second in islice(pairs, 1)
        ]


def _family(usage: str) -> str:
    """Usages that say the same thing get the same word."""
    return "COMP" if usage in ("COMP", "COMP-0", "COMP-4") else usage
