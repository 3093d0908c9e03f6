"""Fields, derived values and padding become ops: loaded, checked, put, and kept where an expression looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arrowsmith.columns import Leaf
from arrowsmith.layout.nodes import Derived, Field, Padding
from arrowsmith.layout.types import Bytes, Text
from arrowsmith.lower.bounds import Mode, is_partial, overhang, whole_type
from arrowsmith.lower.expressions import as_register, binary, lower_expression, lower_number, whole
from arrowsmith.lower.fields import load, store
from arrowsmith.lower.items import KEPT
from arrowsmith.lower.names import Path
from arrowsmith.lower.shapes import is_checked
from arrowsmith.lower.static import static_size
from arrowsmith.program import ops
from arrowsmith.program.kinds import FETCHED
from arrowsmith.program.ops import Block, Fail, R

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk


def read_field(walk: Walk, node: Field, leaf: Leaf | None, mode: Mode) -> None:
    path = walk.scope
    asked = leaf is not None and (walk.wanted is None or leaf.path in walk.wanted)
    size = static_size(node)
    read = asked or path in walk.current or path in walk.elements or is_checked(node)
    if not read and size is not None:
        walk.step(size)
        return
    if mode == "slow":
        _late(walk, node, leaf if asked else None, size or 0)
    else:
        _read(walk, node, leaf if asked else None, sure=mode == "sure")


def _late(walk: Walk, node: Field, leaf: Leaf | None, size: int) -> None:
    """A field that may lie behind the record's end.  A partial one is read as far as the record reaches."""
    partial = is_partial(node)
    start = walk.build.register() if partial else None
    if start is not None:
        walk.flush()
        walk.build.emit(ops.Tell(out=start))
    place = walk.at
    with walk.conditional():
        with walk.build.block() as body:
            _read(walk, node, leaf, sure=not partial)
            if partial:
                walk.flush()
        if start is not None:
            inside = ops.AtPlace(position=start, body=Block(body), site=walk.rule("a place in its stream"))
            body = [inside]
        reach = place + size + overhang(node)
        if partial:
            reach = 0 if isinstance(node.type, Text) and node.type.beyond == "empty" else 1
        site = walk.rule("behind the end of its record")
        walk.build.emit(ops.Reach(n=reach, then=Block(body), other=Block(), site=site))
    walk.at = place + size


def _read(walk: Walk, node: Field, leaf: Leaf | None, *, sure: bool) -> None:
    path, walk.scope = walk.scope, walk.around
    depended = path in (walk.current if walk.vital is None else walk.vital) or path in walk.elements
    null = walk.tolerant and walk.build.kind != "framer"
    fail: Fail = "null" if null else "trap" if depended else walk.fail
    site = walk.build.site(".".join(path), node.type_text, tolerant=walk.tolerant, span=node.span)
    kind = whole_type(node.type) if sure else node.type
    with walk.asking(walk.around if node.hidden else path):
        value = load(walk, kind, site, fail)
    if path in walk.current or node.valid is not None:
        define(walk, path, value)
        walk.scales[path] = getattr(kind, "scale", 0)
    if node.valid is not None:
        with walk.asking(walk.around if node.hidden else path):
            test = lower_expression(walk, node.valid)
        walk.require(test, value, fail, site)
    if leaf is not None:
        column = walk.build.column(walk.level, leaf.storage, leaf.path)
        store(walk, leaf, column, node.type, value)
    if path in walk.elements:
        _keep(walk, path, leaf, value, binary=isinstance(node.type, Bytes) and not node.type.hex)
    walk.scope = path


def define(walk: Walk, path: Path, value: R) -> None:
    if path in walk.registers and walk.registers[path] != value:
        walk.build.emit(ops.Let(out=walk.registers[path], how="copy", a=value))
    else:
        walk.registers[path] = value
        walk.named.add(value)
    walk.values[path] = walk.registers[path]


def _keep(walk: Walk, path: Path, leaf: Leaf | None, value: R, *, binary: bool) -> None:
    """Keep *value*, which the column of *leaf* may hold already, where `fetch` finds it."""
    kind = walk.build.registers[value.n]
    if path in walk.declared:
        column = walk.declared[path]
    elif leaf is not None and FETCHED.get(leaf.storage, "i64") == kind:
        walk.scratch[path] = walk.build.column(walk.level, leaf.storage, leaf.path)
        return
    else:
        column = walk.build.column(walk.level, "binary" if binary else KEPT[kind], path, scratch=True)
    if kind == "text":
        _room(walk, column, value)
    walk.build.emit(ops.Put(column=column, a=value))
    walk.scratch[path] = column


def _room(walk: Walk, column: int, value: R) -> None:
    """Make sure that the text in *value* fits *column*."""
    size = walk.build.register()
    walk.build.emit(ops.TextLet(out=size, how="room", a=value))
    walk.build.emit(ops.RoomData(column=column, n=size))


def derive(walk: Walk, node: Derived, leaf: Leaf | None, outer: Path) -> None:
    asked = leaf is not None and (walk.wanted is None or leaf.path in walk.wanted)
    path, walk.scope = walk.scope, outer
    if not (asked or path in walk.current or path in walk.elements or node.valid is not None):
        return
    with walk.asking(outer if node.hidden else path):
        operand = lower_expression(walk, node.value)
        value = as_register(walk, whole(walk, operand) if node.kind == "int64" else operand)
    if path in walk.current or node.valid is not None:
        if value in walk.named:  # another's register: that one is not to become null with this
            value = walk.build.value(ops.Let, how="copy", a=value)
        define(walk, path, value)
    if node.valid is not None:
        null = walk.tolerant and walk.build.kind != "framer"
        fail: Fail = "null" if null else "trap" if path in walk.current or path in walk.elements else walk.fail
        test = lower_expression(walk, node.valid)
        site = walk.build.site(".".join(path), tolerant=walk.tolerant, span=node.span)
        walk.require(test, value, "trap" if walk.build.kind == "framer" else fail, site)
    if asked and leaf is not None:
        column = walk.build.column(walk.level, leaf.storage, leaf.path)
        shown = value
        if leaf.storage == "utf8" and node.labels:
            shown = walk.build.value(ops.Label, a=value, labels=node.labels)
        if leaf.storage in ("utf8", "binary"):
            _room(walk, column, shown)
        walk.build.emit(ops.Put(column=column, a=shown))
    if path in walk.elements:
        _keep(walk, path, leaf if asked else None, value, binary=node.kind == "binary")


def pass_padding(walk: Walk, node: Padding) -> None:
    if isinstance(node.size, int):
        walk.step(node.size)
    else:
        size = lower_number(walk, node.size)
        walk.flush()
        walk.build.emit(ops.Skip(n=size))
    if node.align:
        walk.flush()
        place = walk.build.register()
        walk.build.emit(ops.Tell(out=place))
        behind = binary(walk, "mod", binary(walk, "mul", place, -1), node.align)
        walk.build.emit(ops.Skip(n=behind))
