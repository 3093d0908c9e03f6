"""Searches in streams and streams made by transforms: item by item, with the functions of the scalar gear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from arrowsmith_vm.lockstep.places import Apart, Array, Left, Places, behind, bytes_of
from arrowsmith_vm.lockstep.scope import Scope
from arrowsmith_vm.lockstep.strings import own, pieces
from arrowsmith_vm.lockstep.texts import Texts
from arrowsmith_vm.lockstep.tile import Tile
from arrowsmith_vm.scalar.stops import Trap
from arrowsmith_vm.scalar.texts import Finder

_I8 = np.dtype("i8")

#: bytes that transforms may make for one tile together: where damaged data ask for more, the tile ends before their record
TOGETHER: Final = 1 << 26


def _ends(scope: Scope, places: Places, left: Left, off: int) -> tuple[list[int], list[int]]:
    """Where each item's cursor and its stream's end are in the window."""
    rest = np.broadcast_to(np.asarray(behind(left, off)), (scope.n,))
    start = places.index() + off
    return start.tolist(), (start + np.maximum(rest, 0)).tolist()


def scan(
    scope: Scope, places: Places, left: Left, off: int, find: Finder, require: bool
) -> tuple[Array, Array, Array | None]:
    """Bytes from each cursor to the first mark, the mark's length, and which items trap because there is none."""
    window = bytes_of(places.buffer)
    starts, ends = _ends(scope, places, left, off)
    hits = [find(window, start, end) for start, end in zip(starts, ends, strict=True)]
    found = np.array(
        [(hit[0] if hit else end) - start for hit, start, end in zip(hits, starts, ends, strict=True)], _I8
    )
    lengths = np.array([hit[1] if hit else 0 for hit in hits], _I8)
    missing = lengths == 0
    return found, lengths, missing if require and missing.any() else None


def transform(
    tile: Tile,
    scope: Scope,
    places: Places,
    left: Left,
    off: int,
    sizes: int | Array,
    how: Callable[..., bytes],
    arguments: tuple[Any, ...],
) -> tuple[Places, Left, Array | None]:
    """The streams that *how* makes of the next *sizes* bytes, one behind the other in a window of their own; and which items trap.
    Stops where they are too many to stand there at once."""
    window, n = bytes_of(places.buffer), scope.n
    starts, _ = _ends(scope, places, left, off)
    counts = [sizes] * n if isinstance(sizes, int) else sizes.tolist()
    columns = [_argument(a, n) for a in arguments]
    made, total, wrong = [], 0, np.zeros(n, np.bool_)
    for i, (start, size) in enumerate(zip(starts, counts, strict=True)):
        try:
            made.append(how(bytes(window[start : start + size]), *(column[i] for column in columns)))
        except Trap:
            made.append(b"")
            wrong[i] = True
        total += len(made[-1])
        if total > TOGETHER:
            tile.stop(scope, np.arange(n) == i)
    lengths = np.array([len(data) for data in made], _I8)
    index = np.cumsum(lengths) - lengths
    whole = np.frombuffer(b"".join(made), np.uint8)
    return Apart(whole, index), Left(int(lengths.min()), lengths), wrong if wrong.any() else None


def _argument(value: Any, n: int) -> list[Any]:
    if isinstance(value, Texts):
        return pieces(own(value))
    return [value] * n if isinstance(value, int) else value.tolist()
