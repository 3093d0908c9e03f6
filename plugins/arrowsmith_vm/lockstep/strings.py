"""``text.let`` over all items: by arrays where those do it, else item by item with the functions of the scalar gear.

Each function returns the result and which items trap (None: none); what it says of an item that is null has no meaning.
Invariant: texts are compared and measured by their utf8, those of charset binary by their bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from operator import ge, gt, le, lt
from typing import Any, Final

import numpy as np

from arrowsmith.charsets import Charset
from arrowsmith_vm.lockstep.integers import Wide
from arrowsmith_vm.lockstep.places import Array
from arrowsmith_vm.lockstep.texts import Texts, cut, ends_of, numbers, reader
from arrowsmith_vm.scalar import texts as single
from arrowsmith_vm.scalar.stops import Trap

_U1, _I8 = np.dtype("u1"), np.dtype("i8")


def same(texts: Texts, other: Texts | bytes) -> Array:
    """Which of *texts* are the *other*, or the other of the same number."""
    lengths = texts.lengths
    if isinstance(other, bytes):
        equal: Array = lengths == len(other)
        items = np.flatnonzero(equal)
        if other and len(items):
            starts = texts.ends[:-1][items]
            rows = texts.array()[starts[:, None] + np.arange(len(other))]
            equal[items] = (rows == np.frombuffer(other, _U1)).all(axis=1)
        return equal
    equal = lengths == other.lengths
    items = np.flatnonzero(equal & (lengths > 0))
    a, b = texts.pick(items), other.pick(items)
    wrong = np.flatnonzero(a.array() != b.array())
    equal[items[np.searchsorted(a.ends, wrong, "right") - 1]] = False
    return equal


def pieces(texts: Texts) -> list[bytes]:
    """The bytes of each text."""
    data = texts.array().tobytes()
    return [data[a:b] for a, b in pairwise(texts.ends.tolist())]


def words(texts: Texts, binary: bool) -> list[Any]:
    """Each text as the scalar gear has it."""
    return pieces(texts) if binary else [piece.decode() for piece in pieces(texts)]


def gathered(found: list[bytes]) -> Texts:
    """Texts of these bytes."""
    return Texts(b"".join(found), ends_of(np.array([len(t) for t in found], _I8)))


_ORDER: Final[dict[str, Callable[[bytes, bytes], bool]]] = {"lt": lt, "le": le, "gt": gt, "ge": ge}


def ordered(how: str, a: Texts, b: Texts) -> Array:
    """Whether each *a* is less than its *b*, and so on."""
    test = _ORDER[how]
    return np.array([test(x, y) for x, y in zip(pieces(a), pieces(b), strict=True)], np.bool_)


def joint(a: Texts, b: Texts) -> Texts:
    """Each *b* behind its *a*."""
    return gathered([x + y for x, y in zip(pieces(a), pieces(b), strict=True)])


def size(texts: Texts, binary: bool) -> Array:
    """Characters, of binary texts bytes."""
    if binary or not (texts.array() >= 0x80).any():
        return texts.lengths.astype(_I8)
    return np.array([len(word) for word in words(texts, False)], _I8)


def room(texts: Texts) -> Array:
    """The most bytes that putting each takes."""
    return texts.lengths.astype(_I8) if texts.room is None else texts.room


def own(texts: Texts) -> Texts:
    """The bytes that each was read from."""
    return texts if texts.own is None else texts.own


def spelled(values: Array | Wide) -> Texts:
    """The decimal digits of integers."""
    if isinstance(values, Wide):
        whole = [h << 64 | lo for h, lo in zip(values.high.tolist(), values.low.tolist(), strict=True)]
        return gathered([str(n).encode() for n in whole])
    return numbers(values.astype(_I8) if values.dtype == np.bool_ else values)


def _tried(function: Callable[..., Any], *columns: list[Any]) -> tuple[list[Any], Array | None]:
    """What *function* makes of each item; None where it traps."""
    found = []
    for values in zip(*columns, strict=True):
        try:
            found.append(function(*values))
        except Trap:
            found.append(None)
    wrong = np.array([v is None for v in found], np.bool_)
    return found, wrong if wrong.any() else None


def number(texts: Texts, base: int) -> tuple[Array, Array | None]:
    """The i64 that each spells in *base*."""
    found, wrong = _tried(lambda piece: single.number(piece, base), pieces(texts))
    return np.array([v or 0 for v in found], _I8), wrong


def _column(value: int | Array, n: int) -> list[int]:
    return [value] * n if isinstance(value, int) else value.tolist()


def part(texts: Texts, low: int | Array, high: int | Array, binary: bool) -> tuple[Texts, Array | None]:
    """Characters *low* to *high* of each, of binary texts bytes."""
    n = len(texts)
    if binary or not (texts.array() >= 0x80).any():
        size_ = texts.lengths
        fits = (low >= 0) & (low <= high) & (high <= size_) & np.ones(n, np.bool_)
        start = np.where(fits, low, 0)
        return cut(
            texts.array(), texts.ends[:-1] + start, np.where(fits, high, 0) - start
        ), None if fits.all() else ~fits
    found, wrong = _tried(single.part, words(texts, False), _column(low, n), _column(high, n))
    return gathered([(t or "").encode() for t in found]), wrong


def turned(texts: Texts, binary: bool) -> Texts:
    """Each backwards."""
    if binary:
        return gathered([piece[::-1] for piece in pieces(texts)])
    return gathered([word[::-1].encode() for word in words(texts, False)])


def byte(texts: Texts, place: int | Array) -> tuple[Array, Array | None]:
    """Byte number *place* of each."""
    fits = (place >= 0) & (place < texts.lengths)
    data = np.append(texts.array(), np.uint8(0))
    found = data[np.where(fits, texts.ends[:-1] + np.where(fits, place, 0), len(data) - 1)]
    return found.astype(_I8), None if fits.all() else ~fits


def decoded(charset: Charset | str) -> Callable[[Texts], tuple[Texts, Array | None]]:
    """A reader of bytes as text."""
    read = reader(charset, "none", b"", "error", True)

    def decode(texts: Texts) -> tuple[Texts, Array | None]:
        made, _, refused = read(texts, None)
        return made, refused

    return decode
