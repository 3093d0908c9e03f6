"""Fields of one kind are selected twice; from the third on, the instructions are those of the second, with other places.

What differs between them is where the field lies (displacements from rsi), which column it fills (fields of the context), what the
log calls it, and labels.  Measured on a copybook of 1,000 fields of five kinds: a third of the time.
Invariant: the code is what selection would have made, but for displacements of 0 that are written out.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import iced_x86

from arrowsmith.program import ops as o
from arrowsmith_x86_64.context import COLUMN
from arrowsmith_x86_64.fusion import decode
from arrowsmith_x86_64.operands import RBP, RSI
from arrowsmith_x86_64.select import Selector

ice: Any = iced_x86

#: ops whose code depends on nothing but their attributes, the column, and places
ALIKE = (o.LoadInt, o.LoadBits, o.LoadFloat, o.Unpack, o.Unzone, o.LoadText, o.LoadBytes)


@dataclass(slots=True)
class Template:
    """The instructions of a field at *at*, put into *column*, as items of hot and of cold code, each with what has to be done to it."""

    hot: list[tuple[Any, str]]
    cold: list[tuple[Any, str]]
    labels: list[int]
    at: int
    column: int
    trap: int
    log: int


class Templates:
    """Selects what `fusion.decode` selects, for one Program."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], Template | None] = {}

    def __call__(self, s: Selector, op: Any, put: o.Put | None) -> None:
        """`fusion.decode`."""
        at = s.displacement + getattr(op, "at", 0)
        if put is None or not isinstance(op, ALIKE) or s.program.columns[put.column].level or not at or not _sized(op):
            decode(s, op, put)
            return
        column = s.program.columns[put.column]
        key = (type(op), *_attributes(op), column.storage, put.scale, put.column in s.facts.always)
        if key not in self._made:
            self._made[key] = None  # the first one makes the routines
            decode(s, op, put)
            return
        template = self._made[key]
        if template is None:
            self._made[key] = _recorded(s, op, put, at)
        else:
            _again(s, template, op, put, at)


def _sized(op: Any) -> bool:
    return isinstance(getattr(op, "size", 0), int)


@cache
def _names(cls: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls) if f.name not in ("at", "site", "out"))


def _attributes(op: Any) -> list[Any]:
    return [getattr(op, name) for name in _names(op.__class__)]


def _recorded(s: Selector, op: Any, put: o.Put, at: int) -> Template:
    """Select the field, and keep what was made of it."""
    first = s.a.label()
    with s.a.recorded() as (hot, cold):
        decode(s, op, put)
    last = s.a.label()
    place = s.context.column(put.column, COLUMN[0])
    marks = {id(mark) for mark in s.site_marks}
    s.site_marks.clear()
    hot_plan = _plan(hot, place, marks)
    return Template(
        hot=hot_plan,
        cold=_plan(cold, place, marks),
        labels=list(range(first + 1, last)),
        at=at,
        column=put.column,
        trap=s.trap,
        log=s.log_routine(),
    )


def _plan(items: list[Any], place: int, marks: set[int]) -> list[tuple[Any, str]]:
    """What has to be done to each item where it is used again: nothing ("same"), or a copy ("copy") with something changed.  What a label
    may stand in front of is copied, because the label becomes a part of it."""
    found: list[tuple[Any, str]] = []
    labelled = True  # what stands in front of the first one is not known
    for item in items:
        if item.__class__ is int:
            found.append((item, "label"))
            labelled = True
            continue
        if item.__class__ is str:
            found.append((item, "same"))
            continue
        how = "copy" if labelled else "same"
        if id(item) in marks:
            how = "site"
        elif item.op0_kind == ice.OpKind.NEAR_BRANCH64:
            how = "branch"
        elif item.memory_base == RSI:
            how = "field"
        elif item.memory_base == RBP and place <= item.memory_displacement < place + 8 * len(COLUMN):
            how = "column"
        found.append((item, how))
        labelled = False
    return found


def _again(s: Selector, template: Template, op: Any, put: o.Put, at: int) -> None:
    """The template's code for another field."""
    first = s.a.label()
    for _ in template.labels[1:]:
        s.a.label()
    labels = {label: first + n for n, label in enumerate(template.labels)}
    labels[template.trap] = s.trap
    if any(how == "site" for _, how in template.cold):
        labels[template.log] = s.log_routine()
    moved = at - template.at
    other = 8 * len(COLUMN) * (put.column - template.column)

    def copies(plan: list[tuple[Any, str]]) -> list[Any]:
        out = []
        for item, how in plan:
            if how == "same":
                out.append(item)
            elif how == "label":
                out.append(labels[item])
            else:
                made = item.copy()
                made.ip = 0
                if how == "branch":
                    made.near_branch64 = labels.get(made.near_branch64, made.near_branch64)
                    s.a.branches(made)
                elif how == "field":
                    made.memory_displacement = (made.memory_displacement + moved) & _MASK
                    made.memory_displ_size = 1
                elif how == "column":
                    made.memory_displacement += other
                elif how == "site":
                    made.immediate32 = op.site
                out.append(made)
        return out

    s.a.splice(copies(template.hot))
    s.a.splice_cold(copies(template.cold))


_MASK = (1 << 64) - 1
