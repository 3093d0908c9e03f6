"""A record becomes a tree of `Place`s: each node where it stands, with its parent, its offset and its names.

A path steps through named groups, arrays and choices; unnamed ones, overlays and optional parts are no step, nor is an
array's element, whatever its name.
Invariant: a node that is at two places of a record is two places here, so places and not nodes are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from arrowsmith.layout.measure import Extent, Spot, measure, places
from arrowsmith.layout.nodes import Array, Choice, Derived, Field, Group, Node, Optional, Overlay, Record, children
from arrowsmith.layout.remembered import last


@dataclass(slots=True, eq=False)
class Place:
    """A node where it stands in a record; the same node at two places is two of these.  ``order``: its number in reading order, ``last``
    that of the last place inside it; ``slot``: its number among its parent's children; ``offset`` and ``extent``: see `Spot`."""

    node: Node | Record
    parent: Place | None
    order: int
    slot: int
    offset: int | None
    extent: Extent
    children: list[Place] = field(default_factory=list)
    last: int = 0
    names: dict[str, list[Place]] | None = None

    @property
    def name(self) -> str:
        """The node's own spelling, "" where it has none."""
        return str(getattr(self.node, "name", ""))

    @property
    def ancestors(self) -> list[Place]:
        """The places around this one, the nearest first, the record's own last."""
        found = []
        place = self.parent
        while place is not None:
            found.append(place)
            place = place.parent
        return found

    @property
    def path(self) -> tuple[str, ...]:
        """The names that lead here from the record: what an expression at the root would call it."""
        around = [p for p in (self, *self.ancestors) if p.parent is not None]
        steps = [
            p.name
            for p in around
            if p.name and isinstance(p.node, (Field, Group, Array, Choice, Derived)) and not is_element(p)
        ]
        return tuple(reversed(steps))

    def __str__(self) -> str:
        return ".".join(self.path) or self.name

    def inside(self, other: Place) -> bool:
        """Whether this place is *other* or lies in it."""
        return other.order <= self.order <= other.last


def is_element(place: Place) -> bool:
    """Whether *place* is the element of an array, through optional parts, or the nameless value that its element comes to: then its
    name is no step."""
    parent = place.parent
    while parent is not None and isinstance(parent.node, Optional):
        parent = parent.parent
    if parent is not None and isinstance(parent.node, Array):
        return True
    around = next((p for p in place.ancestors if isinstance(p.node, Array)), None)
    return around is not None and not place.name and item_of(around) is place


def item_of(array: Place) -> Place:
    """What the items of *array* are: its element; or, where that is a nameless group whose only member with a column is a nameless
    field, derived value or array, that member."""
    item = array.children[0]
    while isinstance(item.node, Group) and not item.node.name:
        shown = [child for child in item.children if isinstance(child.node, Record) or not _silent(child.node)]
        if len(shown) != 1 or shown[0].name:
            break
        if isinstance(shown[0].node, (Field, Derived, Array)):
            return shown[0]
        item = shown[0]
    return array.children[0]


def _silent(node: Node) -> bool:
    """Whether nothing in *node* gives a column."""
    if isinstance(node, (Field, Derived)):
        return node.hidden
    return getattr(node, "hidden", False) or all(map(_silent, children(node)))


@last
def tree(record: Record) -> Place:
    """The places of *record*, itself the root."""
    spots = places(record)
    count = 0

    def build(node: Node | Record, spot: Spot | None, parent: Place | None, slot: int) -> Place:
        nonlocal count
        extent = measure(node) if spot is None else spot.extent
        place = Place(node, parent, count, slot, 0 if spot is None else spot.offset, extent)
        count += 1
        place.children = [build(child, next(spots), place, i) for i, child in enumerate(children(node))]
        place.last = count - 1
        return place

    return build(record, None, None, 0)


def walk(root: Place) -> list[Place]:
    """*root* and every place inside it, in reading order."""
    found = [root]
    for child in root.children:
        found += walk(child)
    return found


def named(place: Place) -> dict[str, list[Place]]:
    """The places that one step of a path leads to from *place*, by name; several where a name is used more than once."""
    if place.names is None:
        place.names = {}
        for child in _opened(place):
            place.names.setdefault(child.name, []).append(child)
    return place.names


def _opened(place: Place) -> list[Place]:
    match place.node:
        case Array() | Optional():  # the element is no step: what is in it counts as the array's own
            return _opened(place.children[0])
        case _:
            return [found for child in place.children for found in _stepped(child)]


def _stepped(place: Place) -> list[Place]:
    """*place* itself where it is a step of paths, else the steps inside it."""
    match place.node:
        case Field(name=name) | Derived(name=name) | Array(name=name) if name:
            return [place]
        case Group(name="") | Choice(name="") | Overlay() | Optional():
            return [found for child in place.children for found in _stepped(child)]
        case Group() | Choice():
            return [place]
    return []
