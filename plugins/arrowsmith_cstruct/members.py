"""Members before they are placed: what each of them needs, and the rules that those of one struct keep together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from arrowsmith_cstruct.attributes import Attribute
from arrowsmith_cstruct.model import Aggregate, ArrayOf, CType, Member
from arrowsmith_cstruct.nodes import Nodes
from arrowsmith_cstruct.placing import Item
from arrowsmith_cstruct.sheet import Sheet
from arrowsmith_cstruct.sites import Site
from arrowsmith_cstruct.spelling import spelled


@dataclass(frozen=True, slots=True)
class Draft:
    """A member before it is placed.  ``token``: that of its name, or one near it."""

    node: Any
    token: int
    type: CType
    site: Site
    item: Item

    @property
    def reads(self) -> bool:
        """Whether there is something to read: not of a bit field without a name."""
        return self.node.name is not None or self.item.width is None

    @property
    def names(self) -> Iterator[str]:
        """The names that it gives to its struct: its own, or those of an anonymous struct's members."""
        if self.node.name is not None:
            yield self.node.name
        waiting = list(self.type.members) if self.node.name is None and isinstance(self.type, Aggregate) else []
        while waiting:
            member = waiting.pop()
            if member.name:
                yield member.name
            elif isinstance(member.type, Aggregate):
                waiting += member.type.members


def member(nodes: Nodes, draft: Draft, place: int) -> Member:
    """The member that *draft* becomes at a *place* (in bits)."""
    width = draft.item.width
    text = spelled(draft.node.type, draft.type)
    return Member(
        name=draft.node.name or "",
        type=draft.type,
        place=place,
        width=width,
        type_text=text if width is None else f"{text} : {width}",
        comment=draft.site.comment,
        span=nodes.span(draft.token),
    )


def check_members(nodes: Nodes, made: Aggregate, drafts: Sequence[Draft], keyword: int) -> None:
    """Refuse members that share a name, arrays without a size that are not last, and structs with nothing to read."""
    names: set[str] = set()
    for number, draft in enumerate(drafts):
        for name in draft.names:
            if name in names:
                raise nodes.refusal("H0204", f"{made.said} has two members {name}", draft.token)
            names.add(name)
        nested = isinstance(draft.type, Aggregate) and draft.type.flexible
        endless = isinstance(draft.type, ArrayOf) and draft.type.count is None
        misplaced = number == 0 or number < len(drafts) - 1 or made.kind == "union"
        if nested or (endless and misplaced):
            what = "takes the rest of its record, so it can only be the last of several members"
            help = "give the number of elements"
            raise nodes.refusal("H0205", f"{draft.node.name or 'this'} {what}", draft.token, help=help)
    if not names:
        raise nodes.refusal("H0209", f"{made.said} has no members with names", keyword)


def alignment(sheet: Sheet, attributes: Sequence[Attribute]) -> int:
    """The alignment that *attributes* ask for, in bytes; 0 where they ask for none."""
    most = 0
    for attribute in attributes:
        if attribute.name != "aligned":
            continue
        text = " ".join(token.text for token in attribute.operand)
        number = int(text) if text.isdecimal() and len(text) < 6 else 0
        if number < 1 or number & (number - 1):
            what = f"an alignment is a power of 2, written as a number, not {text or 'nothing'}"
            raise sheet.refusal("H0210", what, attribute.start, attribute.end)
        most = max(most, number)
    return most
