"""Characters that differ between code pages, and how plausible they are where they stand: between letters, a letter with an accent is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from arrowsmith.doubts.quality import column, standing
from arrowsmith.layout import types as ty
from arrowsmith.layout.nodes import Field, Layout, Overlay
from arrowsmith.layout.schema import shaped
from arrowsmith.layout.tree import walk

if TYPE_CHECKING:
    import pyarrow as pa

#: how many of them say something; how many implausible ones may be marks, and of how many kinds the others have to be
ENOUGH: Final = 10
SOME: Final = 2.0
KINDS: Final = 2
#: values of a column that are looked at
MANY: Final = 400
#: what is less is no letter of the word that it stands in
IMPLAUSIBLE: Final = 0.5
#: all but what stands at the same bytes in the usual pages, and what stands for a byte without a character
_DIFFER: Final = re.compile("[^ +<=>%&*\"'(),_./:;?0-9A-Za-z\ufffd-]")
#: where an @ is more plausible than any letter
_ADDRESS: Final = re.compile(r"\w@[\w-]+\.[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Marks:
    """``points`` of ``count`` such characters before letters, and of bytes that are none; ``kinds`` of them are implausible."""

    points: float = 0.0
    count: int = 0
    kinds: int = 0

    @property
    def share(self) -> float:
        return self.points / self.count if self.count else 1.0

    @property
    def doubtful(self) -> bool:
        """Whether another code page may read them better."""
        return self.count >= ENOUGH and self.kinds >= KINDS and self.count - self.points >= SOME


def marks(layout: Layout, table: pa.Table, replaced: int = 0) -> Marks:
    """Those of the texts of *table*, whose rows are of the first table of *layout*; *replaced*: bytes that have no character.  Views of
    shared bytes may be no text at all, and are passed by."""
    shape = shaped(layout.tables[0].record, tables=layout.tables)
    points, count = 0.0, 0
    odd = {"\ufffd", " "} if replaced else set()
    for place in walk(shape.root):
        node, path = place.node, shape.paths.get(place.order)
        if not isinstance(node, Field) or not isinstance(node.type, ty.Text) or not path:
            continue
        if any(isinstance(around.node, Overlay) for around in place.ancestors):
            continue
        for value in (column(table, path) or ())[:MANY]:
            for character, worth in _inside(value or ""):
                points, count = points + worth, count + 1
                odd |= {character} if worth < IMPLAUSIBLE else set()
    return Marks(points, count + replaced, len(odd))


def _inside(text: str) -> Iterator[tuple[str, float]]:
    """Those in the words of *text*, or at their beginning, and how plausible they are; behind a word there are marks of every kind."""
    address = _ADDRESS.search(text) is not None
    for found in _DIFFER.finditer(text):
        at = found.start()
        before, after = text[at - 1 : at] or " ", text[at + 1 : at + 2]
        if address and text[at] == "@":
            yield "@", 1.0
        elif after.isalpha() and (before.isalpha() or before == " "):
            yield text[at], _worth(before, text[at], after)


def _worth(before: str, character: str, after: str) -> float:
    """How well *character* stands between two others: hardly beside another one; an ß has no case in names of capitals, and small letters
    precede none."""
    if (before.isalpha() and not before.isascii()) or (after.isalpha() and not after.isascii()):
        return 0.3
    if character == "ß" and before.isalpha():
        return 0.95
    return 0.3 if character.islower() and after.isupper() else standing(before, character)
