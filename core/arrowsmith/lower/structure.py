"""Groups, arrays and overlays become streams of their own, loops, and views of the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arrowsmith.columns import List
from arrowsmith.layout.expr import Expr, references
from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Array, Group, Overlay
from arrowsmith.lower.bounds import Mode, any_partial, bounded
from arrowsmith.lower.choices import first_arm
from arrowsmith.lower.expressions import as_register, binary, lower_expression, lower_number
from arrowsmith.lower.items import close_span, count_path, declare_own, open_span
from arrowsmith.lower.leaves import define
from arrowsmith.lower.names import Path, absolute, mentions, told
from arrowsmith.lower.shapes import Shapes, is_asked, items_of
from arrowsmith.lower.static import static_size, storage_size
from arrowsmith.program import ops
from arrowsmith.program.ops import Block, Operand, R

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk


def read_group(walk: Walk, node: Group, shapes: Shapes | None, mode: Mode, outer: Path) -> None:
    if node.at is None and node.within is None and node.transform is None:
        walk.sequence(node.members, shapes, mode)
        return
    inner, walk.scope = walk.scope, outer
    with walk.asking(outer if node.hidden else told(node, inner)):
        position = lower_number(walk, node.at) if node.at is not None else None
        size = lower_number(walk, node.within) if node.within is not None else None
        arguments = tuple(lower_number(walk, a) for a in node.transform[1]) if node.transform else ()
    walk.flush()
    walk.scope = inner
    bounds: Mode = "reach" if mode == "reach" else "need"
    with walk.block() as body:
        walk.sequence(node.members, shapes, bounds)
    inside = Block(body)
    if node.transform:
        if size is None:
            size = walk.build.register()
        inside = Block(
            [
                *([ops.Remain(out=size)] if node.within is None and isinstance(size, R) else []),
                ops.Transform(
                    how=node.transform[0],
                    n=size,
                    arguments=arguments,
                    body=inside,
                    site=walk.rule_of(node, "transform"),
                ),
            ]
        )
    elif size is not None:
        inside = Block([ops.Within(n=size, body=inside, site=walk.rule_of(node, "the bytes that it should have"))])
    if position is None:
        for op in inside:
            walk.build.emit(op)
    else:
        walk.build.emit(
            ops.AtPlace(
                position=position, body=inside, root=node.root, site=walk.rule_of(node, "a place in its stream")
            )
        )


def read_array(walk: Walk, node: Array, shape: List | None, mode: Mode, outer: Path) -> None:
    inner, walk.scope = walk.scope, outer
    known = storage_size(node)
    asked = shape is not None and is_asked(walk, shape)
    if not asked and known is not None and not mentions(node, outer, walk.current | walk.elements):
        walk.step(known)
        return
    walk.flush()
    with walk.asking(outer if node.hidden else inner):
        count = _count(walk, node)
    walk.scope = inner
    level = -1
    if asked or mentions(node, outer, walk.elements):
        level = walk.build.level(walk.level, shape.path if shape else inner)
    place: R | None = None
    if node.storage:
        place = walk.build.register()
        walk.build.emit(ops.Tell(out=place))
    nested = level > 0 and walk.level > 0 and mentions(node, outer, walk.elements)
    if nested:
        open_span(walk, inner)
    counted: R | None = None
    if inner in walk.current:
        counted = walk.build.register()
        walk.build.emit(ops.Let(out=counted, how="max", a=binary(walk, "else", count or 0, 0), b=0))
    above, before = walk.level, dict(walk.values)
    walk.level = level if level > 0 else above
    if level > 0:
        declare_own(walk, node.element, inner)
    stop: Operand = -1
    with walk.block() as body:
        if count is None and level > 0:
            walk.build.emit(ops.Room(level=level, n=1))
        inside = items_of(node.element, shape.child) if shape and asked else None
        walk.element = True
        walk.sequence((node.element,), inside, bounded(mode, walk.tolerant))
        if node.until is not None:
            walk.scope = outer
            with walk.asking(outer if node.hidden else inner):
                stop = as_register(walk, lower_expression(walk, node.until))
            walk.scope = inner
        if counted is not None and count is None:
            walk.build.emit(ops.Let(out=counted, how="add", a=counted, b=1))
        if nested:
            end = walk.spans[inner].end
            walk.build.emit(ops.Let(out=end, how="add", a=end, b=1))
    walk.element = False
    walk.level, walk.values = above, before
    if counted is not None:
        define(walk, count_path(inner), counted)
    loop: ops.Op
    if count is None:
        # bits end inside a byte; whatever else may have no bytes has to go on at times, too
        still = node.until is not None and not measure(node.element).least
        loop = ops.Loop(level=level, body=Block(body), stop=stop, bitwise=still, site=walk.rule("an element"))
    else:
        if level > 0:
            _plausible(walk, node, count, mode)
            walk.build.emit(ops.Room(level=level, n=count))
        loop = ops.Repeat(count=count, level=level, body=Block(body), stride=node.stride)
    if place is None:
        walk.build.emit(loop)
    else:
        walk.build.emit(ops.AtPlace(position=place, body=Block([loop]), site=walk.rule("a place in its stream")))
        walk.step(node.storage)
    if nested:
        close_span(walk, inner)


def _count(walk: Walk, node: Array) -> Operand | None:
    if node.count is None or isinstance(node.count, int):
        return node.count
    count = lower_number(walk, node.count)
    if node.most and isinstance(count, R):
        fits = binary(walk, "and", binary(walk, "ge", count, node.least), binary(walk, "le", count, node.most))
        site = _count_site(walk, node, node.count)
        checked = walk.build.register()
        walk.build.emit(ops.Let(out=checked, how="copy", a=count))
        # nothing lies elsewhere because of a count in storage of its own: an impossible one leaves the list empty
        alone = walk.tolerant or (node.storage > 0 and walk.fail == "null")
        if alone and walk.build.kind == "framer":  # which stores nothing, so it has no null to store
            none = ops.Let(out=checked, how="copy", a=0)
            walk.build.emit(ops.If(test=as_register(walk, fits), then=Block(), other=Block([none])))
            return checked
        walk.require(fits, checked, "null" if alone else "trap", site)
        return binary(walk, "else", checked, 0) if alone else checked
    return count


def _count_site(walk: Walk, node: Array, count: Expr) -> int:
    """The site of a count that is checked: of the field that says it, whose bytes an error shows; else of the array."""
    said = references(count)
    path = absolute(said[0], walk.scope) if said else (*walk.scope, node.name)
    with walk.asking(path):
        return walk.rule(f"the count of {node.name} is not from {node.least} to {node.most}")


def _plausible(walk: Walk, node: Array, count: Operand, mode: Mode) -> None:
    """Refuse a count that the stream cannot hold before room is made for it: a damaged one may ask for gigabytes."""
    least = max(measure(node.element).least, node.stride)
    if isinstance(count, R) and not node.most and least and bounded(mode, walk.tolerant) == "need":
        whole = as_register(walk, binary(walk, "mul", binary(walk, "max", binary(walk, "else", count, 0), 0), least))
        walk.build.emit(ops.Need(n=whole, site=walk.rule(f"{node.name} has more elements than bytes are left")))


def read_overlay(walk: Walk, node: Overlay, shapes: Shapes | None, mode: Mode) -> None:
    outer = walk.tolerant
    if mode == "slow" and any_partial(node):
        _late_overlay(walk, node, shapes)
        return
    if static_size(node) is not None:
        place = walk.at
        for i, view in enumerate(node.views):
            walk.at, walk.tolerant = place, outer or not node.strict(i)
            walk.member(view, shapes, mode)
        walk.at, walk.tolerant = place + (static_size(node) or 0), outer
        return
    walk.flush()
    start, end = walk.build.register(), walk.build.register()
    walk.build.emit(ops.Tell(out=start))
    walk.build.emit(ops.Let(out=end, how="copy", a=start))
    known = storage_size(node)
    for i, view in enumerate(node.views):
        test = node.condition(i)
        walk.tolerant = outer or not node.strict(i)
        with walk.block() as body:
            if test is None:
                walk.sequence((view,), shapes, "reach" if walk.tolerant else mode)
            else:
                first_arm(walk, ((test, view),), shapes, mode)
            if known is None:
                walk.flush()
                reached = walk.build.register()
                walk.build.emit(ops.Tell(out=reached))
                walk.build.emit(ops.Let(out=end, how="max", a=end, b=reached))
        walk.build.emit(ops.AtPlace(position=start, body=Block(body), site=walk.rule("a place in its stream")))
    walk.tolerant = outer
    if known is None:
        walk.build.emit(ops.Skip(n=binary(walk, "sub", end, start)))
    else:
        walk.step(known)


def _late_overlay(walk: Walk, node: Overlay, shapes: Shapes | None) -> None:
    """Views of bytes of known size that may lie behind the record's end; some of them are read as far as the record reaches."""
    outer, size = walk.tolerant, static_size(node) or 0
    walk.flush()
    start = walk.build.register()
    walk.build.emit(ops.Tell(out=start))
    site = walk.rule("a place in its stream")
    with walk.conditional():
        with walk.build.block() as views:
            for i, view in enumerate(node.views):
                walk.tolerant = outer or not node.strict(i)
                with walk.block() as body:
                    walk.member(view, shapes, "slow")
                walk.build.emit(ops.AtPlace(position=start, body=Block(body), site=site))
        walk.build.emit(ops.Reach(n=0, then=Block(views), other=Block()))
    walk.tolerant = outer
    walk.step(size)
