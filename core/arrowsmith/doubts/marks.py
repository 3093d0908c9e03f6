"""Characters that differ between code pages, and how plausible they are where they stand: between letters, a letter with an accent is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from arrowsmith.doubts.quality import GOOD, column, standing
from arrowsmith.layout import types as ty
from arrowsmith.layout.nodes import Field, Layout, Overlay
from arrowsmith.layout.schema import shaped
from arrowsmith.layout.tree import walk

if TYPE_CHECKING:
    import pyarrow as pa

#: how many of them say something, and of how many kinds they have to be: an @ in addresses is no letter
ENOUGH: Final = 5
KINDS: Final = 2
#: values of a column that are looked at
MANY: Final = 400
#: all but what stands at the same bytes in the usual pages, and what stands for a byte without a character
_DIFFER: Final = re.compile("[^ +<=>%&*\"'(),_./:;?0-9A-Za-z\ufffd-]")
#: where an @ is more plausible than any letter
_ADDRESS: Final = re.compile(r"\w@[\w-]+\.[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Marks:
    """``points`` of ``count`` such characters, of ``kinds``, and of bytes that are none."""

    points: float = 0.0
    count: int = 0
    kinds: int = 0

    @property
    def share(self) -> float:
        return self.points / self.count if self.count else 1.0

    @property
    def doubtful(self) -> bool:
        """Whether another code page may read them better."""
        return self.count >= ENOUGH and self.kinds >= KINDS and self.share < GOOD

    def __add__(self, other: Marks) -> Marks:
        return Marks(self.points + other.points, self.count + other.count, max(self.kinds, other.kinds))


def marks(layout: Layout, table: pa.Table, replaced: int = 0) -> Marks:
    """Those of the texts of *table*, whose rows are of the first table of *layout*; *replaced*: bytes that have no character.  Views of
    shared bytes may be no text at all, and are passed by."""
    shape = shaped(layout.tables[0].record, tables=layout.tables)
    points, count, seen = 0.0, 0, set()
    for place in walk(shape.root):
        node, path = place.node, shape.paths.get(place.order)
        if not isinstance(node, Field) or not isinstance(node.type, ty.Text) or not path:
            continue
        if any(isinstance(around.node, Overlay) for around in place.ancestors):
            continue
        for value in (column(table, path) or ())[:MANY]:
            address = _ADDRESS.search(value or "") is not None
            for found in _DIFFER.finditer(value or ""):
                at = found.start()
                points += (
                    1.0
                    if address and value[at] == "@"
                    else _worth(value[at - 1 : at] or " ", value[at], value[at + 1 : at + 2])
                )
                count += 1
                seen.add(value[at])
    seen |= {"\ufffd", " "} if replaced else set()
    return Marks(points, count + replaced, len(seen))


def _worth(before: str, character: str, after: str) -> float:
    """How well *character* stands between two others; an ß has no case in names of capitals, and small letters precede none."""
    if character == "ß" and before.isalpha():
        return 0.95
    return 0.3 if character.islower() and after.isupper() else standing(before, character)
