"""Which items give columns, and under which names: FILLERs are named or dropped as the options say (Cobrix's rules).

Numbers run through the copybook; those of groups are given when their members have theirs.
Invariant: every item is in ``names``; an item that is not kept has no kept item below it that anything but a count needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from arrowsmith_copybook.choices import Choices
from arrowsmith_copybook.items import Item


@dataclass(slots=True)
class Names:
    """``names``: item number → its name in the Layout.  ``dropped``: numbers of items that give no columns."""

    names: dict[int, str] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)


def name_items(roots: Sequence[Item], choices: Choices) -> Names:
    """Names for every item below *roots*."""
    namer = _Namer(choices)
    namer.members(roots, roots[0].name if roots else "")
    return namer.result


class _Namer:
    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.result = Names()
        self.groups = 0
        self.values = 0

    def members(self, items: Sequence[Item], last: str) -> bool:
        """Name *items*, whose group is called *last*; whether any of them gives a column."""
        kept = False
        for item in items:
            last = self.item(item, last)
            kept = kept or item.number not in self.result.dropped
        return kept

    def item(self, item: Item, last: str) -> str:
        name = item.name or "FILLER"
        if item.storage is None:
            name = self.group(item, name, last)
        elif item.entry.filler and not self.choices.drop_values:
            self.values += 1
            name = f"FILLER_AFTER_{last}" if self.choices.previous_names else f"FILLER_P{self.values}"
        elif item.entry.filler:
            self.result.dropped.add(item.number)
        self.result.names[item.number] = name
        return name

    def group(self, item: Item, name: str, last: str) -> str:
        kept = self.members(item.members, name)
        if not kept or (item.entry.filler and self.choices.drop_groups):
            self.result.dropped.add(item.number)
        elif item.entry.filler:
            self.groups += 1
            return f"FILLER_AFTER_{last}" if self.choices.previous_names else f"FILLER_{self.groups}"
        return name
