"""Texts and bytes to ops: how long one is, by its size, its terminator or what is left; what of that is padding; then it is loaded."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from arrowsmith.charsets import blank_for_missing, expansion, known
from arrowsmith.layout.types import Bytes, Text
from arrowsmith.lower.expressions import as_register, binary, lower_number
from arrowsmith.lower.static import ended, text_unit
from arrowsmith.program import ops
from arrowsmith.program.ops import Block, Fail, Operand, R

if TYPE_CHECKING:
    from arrowsmith.lower.walk import Walk


def _sized(walk: Walk, kind: Text | Bytes, site: int, step: int, load: Callable[[Operand], R], factor: int) -> R:
    """Find out how many bytes a text has, make sure that they are there, load them, step over them."""
    build = walk.build
    cut = _cut_before(kind, step)
    if isinstance(kind.size, int) and not kind.terminator and not kind.partial and not cut:
        out = load(kind.size)
        walk.sizes[out] = (kind.size, factor)
        walk.step(kind.size)
        return out
    walk.flush()
    total: Operand = 0 if kind.terminator and kind.size is None else _available(walk, kind, site)
    walk.flush()
    if kind.terminator:
        length, mark = build.register(), build.register()
        scan = ops.Scan(
            out=length,
            length=mark,
            marks=(kind.terminator,),
            require=kind.require and kind.size is None,
            step=kind.every or step,
            site=site,
        )
        if kind.size is None:
            build.emit(scan)
            size = as_register(walk, binary(walk, "add", length, mark)) if kind.include else length
            build.emit(ops.Need(n=size, site=site))
            size = _without_pad(walk, kind, size, mark, site) if cut else size
            out = load(size)
            walk.sizes[out] = (size, factor)
            behind = binary(walk, "add", length, mark) if kind.consume else length
            build.emit(ops.Need(n=behind, site=site))
            build.emit(ops.Skip(n=behind))
            return out
        with build.block() as body:
            build.emit(scan)
            size = as_register(walk, binary(walk, "add", length, mark)) if kind.include else length
            build.emit(ops.Need(n=size, site=site))
            out = load(_without_pad(walk, kind, size, mark, site) if cut else size)
        build.emit(ops.Within(n=total, body=ops.Block(body), site=site))
        walk.sizes[out] = (total, factor)
        return out
    build.emit(ops.Need(n=total, site=site))
    kept = _without_pad(walk, kind, total, None, site) if cut else total
    out = load(kept)
    walk.sizes[out] = (kept, factor)
    build.emit(ops.Skip(n=total))
    return out


def _cut_before(kind: Text | Bytes, step: int) -> bool:
    """Whether the pad is taken off before the text is loaded: it is one byte, and only that of what no terminator ended, or less
    than a unit of the charset."""
    trims = isinstance(kind, Bytes) or kind.trim == "right"
    return trims and len(kind.pad) == 1 and (bool(kind.terminator) or step > 1)


def _without_pad(walk: Walk, kind: Text | Bytes, size: Operand, mark: R | None, site: int) -> R:
    """How many of *size* bytes are left when the pad at the right is taken off; all where there is a *mark*, the terminator's length."""
    build = walk.build
    out = build.register()
    with build.block() as padded:
        bare = build.value(ops.LoadBytes, at=walk.at, size=size, pad=kind.pad, site=site)
        build.emit(ops.TextLet(out=out, how="len", a=bare))
    if mark is None:
        for op in padded:
            build.emit(op)
    else:
        whole = ops.Let(out=out, how="copy", a=size)
        build.emit(ops.If(test=mark, then=Block([whole]), other=Block(padded)))
    build.emit(ops.Need(n=out, site=site))
    return out


def _available(walk: Walk, kind: Text | Bytes, site: int) -> Operand:
    build = walk.build
    if kind.size is None:
        out = build.register()
        build.emit(ops.Remain(out=out))
        return out
    size: Operand = kind.size if isinstance(kind.size, int) else lower_number(walk, kind.size)
    if not kind.partial:
        return size
    out = build.register()
    walk.flush()
    build.emit(ops.Remain(out=out))
    return binary(walk, "min", out, size)


def load_text(walk: Walk, kind: Text, site: int, fail: Fail) -> R:
    build = walk.build
    table = walk.charsets.get(kind.charset) or known(kind.charset)
    if table is not None:
        if walk.tolerant and kind.undecodable == "space":
            # a view of overlaid bytes may be full of what is no text: that is no loss to be counted, and need not be mended
            table = blank_for_missing(table)
        kind = dataclasses.replace(kind, charset=build.charset(table))
    factor = expansion(table or kind.charset, _undecodable(kind))
    unit = 1 if table is not None else text_unit(kind.charset)
    size = ended(kind)
    if size is not None:
        out = _load_text(walk, kind, size, site, fail, until=kind.terminator)
        walk.sizes[out] = (size, factor)
        walk.step(size)
        return out
    if _cut_before(kind, unit):
        bare = dataclasses.replace(kind, trim="none", pad=b"")
        return _sized(walk, kind, site, unit, lambda size: _load_text(walk, bare, size, site, fail), factor)
    return _sized(walk, kind, site, unit, lambda size: _load_text(walk, kind, size, site, fail), factor)


def _undecodable(kind: Text) -> Literal["replace", "error"]:
    """What a Program makes of bytes without a character: a space comes later, and is counted (`arrowsmith.columns.Mending`)."""
    return "error" if kind.undecodable == "error" else "replace"


def _load_text(walk: Walk, kind: Text, size: Operand, site: int, fail: Fail, until: bytes = b"") -> R:
    return walk.build.value(
        ops.LoadText,
        at=walk.at,
        size=size,
        charset=kind.charset,
        trim=kind.trim,
        pad=kind.pad,
        undecodable=_undecodable(kind),
        absent=kind.absent,
        until=until,
        fail=fail,
        site=site,
    )


def load_bytes(walk: Walk, kind: Bytes, site: int, fail: Fail) -> R:
    build = walk.build
    pad = b"" if _cut_before(kind, 1) else kind.pad

    def emit(size: Operand) -> R:
        if kind.expect:
            build.emit(ops.Expect(at=walk.at, value=kind.expect, fail=fail, site=site))
        return build.value(ops.LoadBytes, at=walk.at, size=size, pad=pad, hex=kind.hex, site=site)

    return _sized(walk, kind, site, 1, emit, 2 if kind.hex else 1)
