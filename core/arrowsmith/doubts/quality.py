"""How plausible the values of a table are, from 0 to 1, each column by the kind of bytes that it comes from.

Decimals say it themselves: their bytes are digits or they are refused.  Of texts, floats and binary integers every byte is some value,
and what people store looks otherwise than what chance does: words, few digits, numbers far below what the bytes can hold.
Invariant: random bytes are far below `GOOD` in every kind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from arrowsmith.engine.report import INVALID, NO_VIEW
from arrowsmith.layout import types as ty
from arrowsmith.layout.nodes import Field, Layout, Overlay
from arrowsmith.layout.schema import shaped
from arrowsmith.layout.tree import Place

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith.engine.report import Report

#: what data that are read as they were written reach
GOOD: Final = 0.8
#: values of a column that are looked at
MANY: Final = 400
#: what says nothing: a value that is absent
NEUTRAL: Final = 0.6


@dataclass(frozen=True, slots=True)
class Worth:
    """``points`` of ``weight``, the bytes of a record that say anything; decimals that are ``valid`` of so many; points of texts, of floats
    and of integers alone; ``there``: the weight of what is not absent."""

    points: float = 0.0
    weight: float = 0.0
    valid: int = 0
    decimals: int = 0
    text_points: float = 0.0
    text_weight: float = 0.0
    float_points: float = 0.0
    float_weight: float = 0.0
    integer_points: float = 0.0
    integer_weight: float = 0.0
    there: float = 0.0

    @property
    def share(self) -> float:
        return self.points / self.weight if self.weight else 0.0

    @property
    def digits(self) -> float:
        """The share of decimals whose digits are digits."""
        return self.valid / self.decimals if self.decimals else 0.0

    def __add__(self, other: Worth) -> Worth:
        return Worth(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """``share``: plausibility over all bytes of the records.  ``decimals``: the share of decimals whose digits are digits, None where
    there are none; ``texts``, ``floats``, ``integers``: the plausibility of these alone.  ``there``: the share of bytes that are values
    and not absent.  ``characters``: those of the texts."""

    share: float
    decimals: float | None
    texts: float | None
    floats: float | None
    integers: float | None
    there: float
    characters: frozenset[str]

    def gain(self, other: Quality) -> float:
        """By how much the kind of values is better that has gained most from *other*."""
        pairs = zip(self._kinds(), other._kinds(), strict=True)
        return max((mine - theirs for mine, theirs in pairs if mine is not None and theirs is not None), default=0.0)

    def _kinds(self) -> tuple[float | None, ...]:
        return self.decimals, self.texts, self.floats, self.integers


def refused(report: Report) -> dict[str, int]:
    """How often the field of each path was refused, or was no view, by *report*."""
    found: dict[str, int] = {}
    for one in report.fields:
        if one.reason in (INVALID, NO_VIEW):
            found[one.path] = found.get(one.path, 0) + one.count
    return found


def quality(layout: Layout, table: pa.Table, counts: Mapping[str, int]) -> Quality:
    """How plausible *table* is, whose rows are of the first table of *layout*; *counts*: how often each path was refused."""
    shape = shaped(layout.tables[0].record, tables=layout.tables)
    characters: set[str] = set()

    def worth(place: Place, chosen: bool = False) -> Worth:
        """Of *place*; *chosen*: in a view that is read only where it is the view, so that what is null may be of another one."""
        node = place.node
        if isinstance(node, Field):
            path = shape.paths.get(place.order)
            values = column(table, path) if path else None
            if values is None:
                return Worth()
            bad = counts.get(str(place), 0)
            if isinstance(node.type, ty.Text):
                characters.update(*(value for value in values[:MANY] if value))
            if chosen:
                values = [value for value in values if value is not None] + [None] * bad
            return share_of(node.type, values, bad, table.num_rows)
        if isinstance(node, Overlay) and any(node.selected):
            return sum((worth(child, True) for child in place.children), Worth())
        inside = [worth(child, chosen) for child in place.children]
        return _overlay(inside) if isinstance(node, Overlay) else sum(inside, Worth())

    whole = worth(shape.root)
    return Quality(
        share=whole.share,
        decimals=whole.digits if whole.decimals else None,
        texts=whole.text_points / whole.text_weight if whole.text_weight else None,
        floats=whole.float_points / whole.float_weight if whole.float_weight else None,
        integers=whole.integer_points / whole.integer_weight if whole.integer_weight else None,
        there=whole.there / whole.weight if whole.weight else 0.0,
        characters=frozenset(characters),
    )


def _overlay(views: Sequence[Worth]) -> Worth:
    """Of several views of the same bytes the best, or, where each is right in some of the records, what they are together."""
    best = max(views, key=lambda view: (view.share, view.weight), default=Worth())
    numeric = [view for view in views if view.decimals]
    together = min(1.0, sum(view.digits for view in numeric))
    if len(numeric) < 2 or together <= best.share:
        return best
    most = max(numeric, key=lambda view: view.weight)
    return replace(
        most,
        points=together * most.weight * 0.95,
        valid=round(together * most.decimals),
        text_points=0.0,
        text_weight=0.0,
    )


def column(table: pa.Table, path: Sequence[str]) -> list[Any] | None:
    """Values of the column at *path*, those in lists one after the other."""
    if path[0] not in table.column_names:
        return None
    array: Any = table.column(path[0]).combine_chunks()
    if hasattr(array, "chunks"):
        array = array.chunk(0) if array.num_chunks else None
    for step in path[1:]:
        if array is None:
            return None
        while hasattr(array, "flatten") and str(array.type).startswith(("list<", "large_list<")):
            array = array.flatten()
        if step != "[]":
            if array.type.get_field_index(step) < 0:  # it was not asked for
                return None
            array = array.field(step)
    while array is not None and str(array.type).startswith(("list<", "large_list<")):
        array = array.flatten()
    return None if array is None else list(array.to_pylist())


def share_of(kind: ty.Type, values: list[Any], refused: int, rows: int) -> Worth:
    """The plausibility of the *values* of a field of *kind* in so many *rows*; *refused* of those that are None were."""
    size = getattr(kind, "size", None)
    size = size if isinstance(size, int) else 8
    there = [value for value in values if value is not None]
    absent = max(0, len(values) - len(there) - refused)
    total = len(there) + refused + absent
    if not total:
        return Worth()
    weight = size * total / max(1, rows)
    text = decimal = real = whole = False
    match kind:
        case ty.Packed() | ty.Zoned() | ty.Scientific():
            share, weight, decimal = 1.0, weight * 1.5, True
        case ty.Text():
            share, text = texts([value for value in there[:MANY] if value]), any(there)
        case ty.Float():
            share, real = floats(there[:MANY], double=kind.size > 4), bool(there)
        case ty.Integer() if kind.bits > 8:
            share, whole = integers(there[:MANY], kind), bool(there)
        case _:
            share, weight = NEUTRAL, weight * 0.2
    points = weight * (share * len(there) + NEUTRAL * absent) / total
    said = weight * len(there) / total
    return Worth(
        points,
        weight,
        len(there) * decimal,
        (len(there) + refused) * decimal,
        share * said * text,
        said * text,
        share * said * real,
        said * real,
        share * said * whole,
        said * whole,
        weight * (len(there) + refused) / total,
    )


# --- kinds -------------------------------------------------------------------------------------------------------------

_COMMON = frozenset(" .,-/&'():+*#%")
#: accented letters of the languages of Western Europe
_ACCENTED = frozenset("ÄÖÜäöüßÉÈÀÇéèàçÑñÅåØøÆæÂÊÎÔÛâêîôûÁÍÓÚáíóúÃÕãõÌÒÙìòùËÏëï")


def texts(values: Sequence[str]) -> float:
    """The mean plausibility of the characters of *values*."""
    points, count = 0.0, 0
    for value in values:
        before = " "
        for character in value:
            points += standing(before, character)
            count += 1
            before = character
    return points / count if count else NEUTRAL


@lru_cache(maxsize=1 << 15)
def standing(before: str, character: str) -> float:
    """How well *character* stands behind another one."""
    if character.isascii():
        if character == " ":
            return 1.0
        if character.isalpha():
            if not _latin(before):
                return 0.2
            if before.isascii() and before.isalpha() and before.islower() and character.isupper():
                return 0.75
            return 1.0
        if character.isdigit():
            return 0.95
        if character in _COMMON:
            return 0.85 if before.isalnum() or before == " " else 0.6
        if not character.isprintable():
            return 0.0
        return 0.2 if before.isalnum() else 0.35
    if character.isalpha():
        if not before.isalpha():
            return 0.7 if before == " " else 0.3
        if _latin(before) != _latin(character):
            return 0.1
        same = character.isupper() == before.isupper() or (before.isupper() and character.islower())
        usual = not _latin(character) or character in _ACCENTED
        return (0.95 if usual else 0.4) if same else 0.3
    return 0.3 if character in "€£§°" else 0.0


def _latin(character: str) -> bool:
    """Whether *character* may stand in one word with letters of ASCII: what is no letter, and letters of Latin alphabets."""
    return not character.isalpha() or ord(character) < 0x250


def floats(values: Sequence[float], *, double: bool) -> float:
    """Numbers that people store have few digits, or at least no wild exponents."""
    if not values:
        return NEUTRAL
    good = sum(_float(value, double) for value in values)
    return good / len(values)


def _float(value: float, double: bool) -> float:
    if not math.isfinite(value):
        return 0.0
    if value == 0:
        return 0.8
    size = abs(value)
    if not 1e-9 < size < 1e15:
        return 0.0
    for scale, share in ((100, 1.0), (10_000, 0.95)):
        # how far a number is from one of so few decimals, and how far rounding in its own digits may have put it
        blur = size * scale * (2.0**-51 if double else 2.0**-20)
        if blur > 0.05:
            return 0.4 if scale > 100 else 0.8 if size < 1e9 else 0.3
        if abs(size * scale - round(size * scale)) <= blur:
            return share
    return 0.4


def integers(values: Sequence[Any], kind: ty.Integer) -> float:
    """Numbers that people store are far from what so many bits can hold, and fit their digits."""
    if not values:
        return NEUTRAL
    limit = 10 ** (kind.digits or 38)
    half = 1 << (kind.bits // 2 + (0 if kind.bits > 16 else 3))
    points = 0.0
    for value in values:
        size = abs(int(value.scaleb(kind.scale)) if kind.scale and hasattr(value, "scaleb") else int(value))
        points += 0.0 if size >= limit else 1.0 if size < half else 0.9 if size < half << (kind.bits // 8) else 0.4
    return points / len(values)
