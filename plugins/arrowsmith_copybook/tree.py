"""Entries → the tree of items: who belongs to whom by level numbers, TYPE and SAME AS copied in, nothing measured yet.

Invariant: an entry with members has no picture; level 66 entries stand beside the tree, level 88 in their item.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from arrowsmith.diagnostics import Diagnostic, nearest
from arrowsmith_copybook.entry import Entry, Named

#: Levels that begin a record of their own.
ROOT_LEVELS = (1, 77)


@dataclass(slots=True)
class Branch:
    """An entry and the entries below it."""

    entry: Entry
    members: list[Branch] = field(default_factory=list)


def grow(entries: Sequence[Entry]) -> tuple[list[Branch], list[Entry], list[Diagnostic]]:
    """The roots that *entries* make, the level 66 entries, and what is wrong with the levels."""
    wrong: list[Diagnostic] = []
    roots: list[Branch] = []
    renames: list[Entry] = []
    known: list[Branch] = []
    above: list[Branch] = []
    for entry in entries:
        if entry.level == 66:
            wrong += _unknown_renames(entry, above[:1])
            renames.append(entry)
            continue
        branch = Branch(entry)
        if above and above[-1].entry.book != entry.book:
            above.clear()
        while above and (above[-1].entry.level >= entry.level or entry.level in ROOT_LEVELS):
            above.pop()
        if above and above[-1].entry.picture is not None:
            wrong.append(_picture_and_members(above.pop().entry, entry))
        (above[-1].members if above else roots).append(branch)
        if entry.type_name is not None:
            wrong += _copy_type(branch, entry.type_name, known)
        known.append(branch)
        above.append(branch)
    return [root for root in roots if not root.entry.typedef], renames, wrong


def _picture_and_members(group: Entry, member: Entry) -> Diagnostic:
    return Diagnostic(
        code="C0208",
        message=f"{group.name or 'an item without a name'} has a picture, so it cannot have members",
        span=member.name_span,
        label=f"level {member.level:02} makes this a member of it",
        notes=(f"{group.name or 'it'} has level {group.level:02} and the picture {group.picture.text}",)
        if group.picture
        else (),
        help=f"give {member.name or 'this'} the level number {group.level:02} if it stands beside it",
    )


def walk(branches: Iterable[Branch]) -> Iterable[Branch]:
    """Every branch in the order of the text."""
    for branch in branches:
        yield branch
        yield from walk(branch.members)


def _unknown_renames(entry: Entry, record: list[Branch]) -> list[Diagnostic]:
    names = [branch.entry.name for branch in walk(record) if not branch.entry.filler]
    upper = {name.upper() for name in names}
    return [
        Diagnostic(
            code="C0309",
            message=f"{entry.name} renames {named.text}, which is no item of the record before it",
            span=named.span,
            label="no such item",
            help=f"did you mean {close}?" if (close := nearest(named.text, names)) else "",
        )
        for named in entry.renames
        if named.text.upper() not in upper
    ]


def _copy_type(branch: Branch, name: Named, known: Sequence[Branch]) -> list[Diagnostic]:
    """Give *branch* the clauses and members of the last item of that *name*."""
    found = next((b for b in reversed(known) if b.entry.name.upper() == name.text.upper()), None)
    if found is None:
        close = nearest(name.text, [b.entry.name for b in known if not b.entry.filler])
        return [
            Diagnostic(
                code="C0310",
                message=f"there is no type {name.text} before this",
                span=name.span,
                label="no such type",
                help=f"did you mean {close}?" if close else "",
            )
        ]
    model = found.entry
    branch.entry = replace(
        branch.entry,
        picture=model.picture,
        usage=branch.entry.usage or model.usage,
        unsigned=model.unsigned,
        sign=branch.entry.sign or model.sign,
        justified=branch.entry.justified or model.justified,
        synchronized=branch.entry.synchronized or model.synchronized,
        blank_zero=branch.entry.blank_zero or model.blank_zero,
        byte_length=model.byte_length,
        conditions=branch.entry.conditions or model.conditions,
    )
    branch.members = list(found.members)
    return []
