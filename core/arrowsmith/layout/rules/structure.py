"""Rules of nodes, D0130 to D0141: names, padding, arrays, overlays, choices, groups that open streams, units of bit fields."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from arrowsmith.layout.measure import constant, counts, measure
from arrowsmith.layout.nodes import Array, Choice, Derived, Field, Group, Overlay, Padding, Record
from arrowsmith.layout.rules.rule import Found, Rule, Survey, rule
from arrowsmith.layout.tree import Place, is_element
from arrowsmith.layout.types import Bits


@rule("D0130", "what gives a column has no name")
def names(survey: Survey) -> Iterator[Found]:
    for place in survey.places:
        node = place.node
        if not isinstance(node, (Field, Derived, Array)) or node.name or is_element(place):
            continue
        if not any(getattr(p.node, "hidden", False) for p in (place, *place.ancestors)):
            kind = "an array" if isinstance(node, Array) else f"a {type(node).__name__.lower()}"
            around = next((p for p in place.ancestors if p.name), place)
            yield Found(f"{kind} of {around} has no name", place, "name it, or make it hidden")


@rule("D0131", "padding has a negative size, or both a size and an alignment")
def paddings(survey: Survey) -> Iterator[Found]:
    for place in survey.places:
        node = place.node
        if not isinstance(node, Padding):
            continue
        size = node.size if isinstance(node.size, int) else constant(node.size)
        if node.align < 0 or (size is not None and size < 0):
            yield Found(f"padding of {min(node.align, size or 0)} bytes", place)
        elif node.align and node.size != 0:
            yield Found(f"padding has a size and aligns to {node.align} bytes", place, "make two of it")


@rule("D0132", "the bounds of an array's count contradict each other")
def bounds(survey: Survey) -> Iterator[Found]:
    for place, node in _arrays(survey):
        count = constant(node.count) if node.count is not None and not isinstance(node.count, int) else node.count
        if min(node.least, node.most) < 0 or (count is not None and count < 0):
            yield Found(f"the array {place} has a negative count", place)
        elif node.most and node.least > node.most:
            yield Found(f"the array {place} has at least {node.least} and at most {node.most} elements", place)
        elif count is not None and not (node.least <= count <= (node.most or count)):
            yield Found(
                f"the array {place} has {count} elements, outside {node.least} to {node.most or 'any number'}", place
            )


@rule("D0133", "an array has both a count and a condition until")
def endings(survey: Survey) -> Iterator[Found]:
    for place, node in _arrays(survey):
        if node.count is not None and node.until is not None:
            yield Found(
                f"the array {place} has both a count and a condition until", place, "put it into the condition: index()"
            )


@rule("D0134", "an array's storage cannot hold its elements")
def storages(survey: Survey) -> Iterator[Found]:
    for place, node in _arrays(survey):
        if node.storage < 0:
            yield Found(f"the storage of the array {place} is {node.storage} bytes", place)
        elif node.storage:
            element = measure(node.element)
            least, most = counts(node)
            stride = node.stride or element.most
            wanted = least * (node.stride or element.least) if most is None or stride is None else most * stride
            if wanted > node.storage:
                yield Found(f"the array {place} needs {wanted} bytes, and its storage is {node.storage}", place)


@rule("D0135", "an array's stride is less than its element")
def strides(survey: Survey) -> Iterator[Found]:
    for place, node in _arrays(survey):
        if not node.stride:
            continue
        element = measure(node.element)
        size = element.least if element.most is None else element.most
        if node.stride < size:
            yield Found(f"the stride of the array {place} is {node.stride} bytes, and its element has {size}", place)


@rule("D0136", "an overlay has no views, or not a condition for each")
def overlays(survey: Survey) -> Iterator[Found]:
    for place in survey.places:
        node = place.node
        if isinstance(node, Overlay):
            if not node.views:
                yield Found("an overlay has no views", place)
            elif node.selected and len(node.selected) != len(node.views):
                yield Found(
                    f"an overlay has {len(node.views)} views and {len(node.selected)} conditions",
                    place,
                    "write none where a view has no condition",
                )


@rule("D0137", "a choice has no alternatives, or some that can never be taken")
def arms(survey: Survey) -> Iterator[Found]:
    for place in survey.places:
        node = place.node
        if isinstance(node, Choice):
            early = [arm for arm in node.arms[:-1] if arm.test is None]
            if not node.arms:
                yield Found(f"the choice {place} has no alternatives", place)
            elif early:
                yield Found(
                    f"an alternative of the choice {place} stands behind the one that is always taken",
                    place,
                    "put the one without a test last",
                )


@rule("D0138", "an array repeats an element without bytes up to the end of its stream")
def endless(survey: Survey) -> Iterator[Found]:
    for place, node in _arrays(survey):
        if node.count is None and node.until is None and not node.stride and place.children[0].extent.most == 0:
            yield Found(
                f"the array {place} repeats an element without bytes up to the end of its stream",
                place,
                "give it a count",
            )


@rule("D0139", "a group opens a stream in a way that cannot be")
def streams(survey: Survey) -> Iterator[Found]:
    for place in survey.places:
        node = place.node
        if not isinstance(node, Group):
            continue
        position = None if node.at is None else constant(node.at)
        bound = None if node.within is None else constant(node.within)
        if node.root and node.at is None:
            yield Found(f"the group {place} counts from the root and says no position", place, "root belongs to at")
        if position is not None and position < 0:
            yield Found(f"the group {place} stands at position {position}", place)
        if node.transform is not None and not node.transform[0]:
            yield Found(f"the group {place} has a transform without a name", place)
        if bound is not None and node.transform is None and bound < (needs := _sequence(node)):
            yield Found(f"the group {place} needs {needs} bytes and stands within {bound}", place)


def _sequence(node: Group) -> int:
    return measure(Record(name="", members=node.members)).least


@rule("D0140", "bit fields share bytes that nothing moves past")
def units(survey: Survey) -> Iterator[Found]:
    for place in survey.places:
        if not isinstance(place.node, (Record, Group)) or _is_view(place):
            continue
        members = [p for p in place.children if not isinstance(p.node, Derived)]
        for this, following in zip_longest(members, members[1:]):
            shared = _bits(this)
            if shared is None or shared.advance or (following is not None and not isinstance(following.node, Field)):
                continue
            if following is None or _bits(following) is None:
                where = "ends its group" if following is None else f"is followed by {following}"
                yield Found(
                    f"the bit field {this} {where}, and does not advance past its bytes",
                    this,
                    "the last bit field of a unit has advance=true",
                )


def _bits(place: Place) -> Bits | None:
    """The bit field that the field at *place* is, or is based on."""
    physical: Any = getattr(place.node, "type", None)
    while physical is not None and not isinstance(physical, Bits):
        physical = getattr(physical, "base", None)
    return physical


def _is_view(place: Place) -> bool:
    return place.parent is not None and isinstance(place.parent.node, Overlay)


@rule("D0141", "a derived value that is no integer has labels")
def labelled(survey: Survey) -> Iterator[Found]:
    for place in survey.places:
        node = place.node
        if isinstance(node, Derived) and node.labels and node.kind not in ("int64", "uint64"):
            yield Found(f"the derived value {place} of kind {node.kind} has labels", place, "labels are of integers")


def _arrays(survey: Survey) -> Iterator[tuple[Place, Array]]:
    for place in survey.places:
        if isinstance(place.node, Array):
            yield place, place.node


STRUCTURE: tuple[Rule[Survey], ...] = (
    names, paddings, bounds, endings, storages, strides, overlays, arms, endless, streams, units, labelled,
)  # fmt: skip
