"""Types become a Layout: each is expanded where it is used, the first document's at the root of the record.

Where an expression asks for an instance that was left out by then, the expansion begins anew with it left in.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from arrowsmith.errors import OptionError
from arrowsmith.interfaces import Options
from arrowsmith.layout.expr import Item, Ref
from arrowsmith.layout.framing import Whole
from arrowsmith.layout.nodes import Arm, Array, Choice, Derived, Field, Group, Layout, Node, Optional, Record, Table
from arrowsmith_kaitai.faults import refuse
from arrowsmith_kaitai.frames import MOST_COLUMNS, Again, Expansion, Frame, TooMany
from arrowsmith_kaitai.members import build
from arrowsmith_kaitai.names import World
from arrowsmith_kaitai.unsigned import TWIN
from arrowsmith_kaitai.values import Loc, Path

#: How often a type may stand in itself, by default: the first of these that makes at most so many columns.
DEFAULT_LIMITS, COMFORTABLE = (4, 3, 2, 1), 5_000

#: How often an expansion begins anew at most.
MOST_STARTS = 200


def expand(world: World, options: Options) -> Layout:
    """The Layout of the first document of *world*.  Raises `Fault`, and `OptionError` for an impossible option."""
    given = options["recursion"]
    if given is not None and given < 1:
        raise OptionError(f"option recursion: {given} is less than 1", code="O0002")
    if given is not None:
        return _expanded(world, options, given, MOST_COLUMNS)
    for limit in DEFAULT_LIMITS:
        try:
            return _expanded(world, options, limit, COMFORTABLE)
        except TooMany:
            continue
    return _expanded(world, options, 1, MOST_COLUMNS)


def _expanded(world: World, options: Options, limit: int, most: int) -> Layout:
    """The Layout in which types stand in themselves *limit* times.  Raises `TooMany` where it has more than *most* columns."""
    spec = world.first
    demands: set[tuple[tuple[str, ...], str]] = set()
    for _ in range(MOST_STARTS):
        expansion = Expansion(world, options, demands, limit, most)
        frame = Frame(expansion, spec, Loc())
        try:
            members = build(frame)
        except Again:
            continue
        record = Record(name=spec.name, members=pruned(members), comment=spec.doc, span=spec.entry.span)
        table = Table(record=record)
        return Layout(name=spec.name, tables=(table,), framing=Whole(), dictionary="kaitai", rows=_row_path(options))
    refuse("K0502", spec.entry, "what expressions look up is in each other's way")


def _row_path(options: Options) -> Path:
    """The names that lead to the repeated field whose elements are the rows."""
    said = options["rows"] or ""
    return tuple(step.strip() for step in said.split(".")) if said else ()


# --- what nobody looks up ----------------------------------------------------------------------------------------------


def pruned(members: tuple[Node, ...]) -> tuple[Node, ...]:
    """*members* without the hidden values that no expression looks up."""
    while True:
        used: set[Path] = set()
        for node in members:
            _looked_up(node, used)
        kept = _kept(members, (), used)
        if kept is members:
            return members
        members = kept


def _looked_up(value: Any, used: set[Path]) -> Path:
    """Add the paths of all references in *value*; the path of *value* itself where it is one."""
    if isinstance(value, Ref):
        used.add(value.path)
        return value.path
    if isinstance(value, Item):
        path = (*_looked_up(value.array, used), *value.path)
        used.add(path)
        _looked_up(value.index, used)
        return path
    if isinstance(value, tuple):
        for item in value:
            _looked_up(item, used)
        return ()
    for name in _parts(value.__class__):
        _looked_up(getattr(value, name), used)
    return ()


@cache
def _parts(kind: type) -> tuple[str, ...]:
    """The fields of values of *kind* in which references may stand; none of what has no fields."""
    if not is_dataclass(kind):
        return ()
    return tuple(f.name for f in fields(kind) if f.name not in ("span", "metadata", "labels", "comment", "name"))


def _kept(members: tuple[Node, ...], path: Path, used: set[Path]) -> tuple[Node, ...]:
    found = tuple(kept for node in members if (kept := _node(node, path, used)) is not None)
    return members if len(found) == len(members) and all(a is b for a, b in zip(found, members, strict=True)) else found


def _node(node: Node, path: Path, used: set[Path], *, element: bool = False) -> Node | None:
    """*node* without what nobody looks up; None where it is that itself."""
    name = "" if element else getattr(node, "name", "")
    here = (*path, name) if name else path
    match node:
        case Derived():
            idle = node.hidden and node.valid is None and bool(name) and here not in used
            return None if idle else node
        case Field():
            return None if name.endswith(TWIN) and here not in used else node
        case Group():
            kept = _kept(node.members, here, used)
            if not kept and not name and node.within is None and node.transform is None:
                return None
            return node if kept is node.members else replace(node, members=kept)
        case Array():
            inner = _node(node.element, here, used, element=True)
            if isinstance(inner, Group) and len(inner.members) == 1 and _is_item(inner):
                inner = inner.members[0]
            return node if inner is node.element or inner is None else replace(node, element=inner)
        case Optional():
            inner = _node(node.node, path, used, element=element)
            return None if inner is None else node if inner is node.node else replace(node, node=inner)
        case Choice():
            arms = tuple(_arm(arm, here, used) for arm in node.arms)
            return node if all(a is b for a, b in zip(arms, node.arms, strict=True)) else replace(node, arms=arms)
    return node


def _is_item(group: Group) -> bool:
    """Whether *group* is nothing but the value in it."""
    (only,) = group.members
    plain = (
        not group.name and group.at is None and group.within is None and group.transform is None and not group.hidden
    )
    return plain and isinstance(only, (Field, Derived, Array)) and not only.name


def _arm(arm: Arm, path: Path, used: set[Path]) -> Arm:
    inner = _node(arm.node, path, used)
    if inner is arm.node:
        return arm
    return Arm(test=arm.test, node=Group(name="", members=()) if inner is None else inner)
