"""Bytes of a field, of every item at once → texts: their bytes one behind the other, in utf8 or as they are, and where each ends.

Trimming is Arrow's (`pyarrow.compute`, the fastest there is outside machine code), then translation goes over all texts as one,
and once more for the characters that utf8 needs several bytes for.
Invariant: a text that is null is empty.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrowsmith.charsets import Charset, expansion
from arrowsmith_vm.lockstep.integers import present
from arrowsmith_vm.lockstep.places import Array, Even, Places
from arrowsmith_vm.scalar import texts as single
from arrowsmith_vm.scalar.stops import BAD

_I4, _I8, _U1 = np.dtype("i4"), np.dtype("i8"), np.dtype("u1")


class Texts:
    """Texts in ``data``: number i from ``ends[i]`` to ``ends[i + 1]``.  ``own``: the bytes that they were read from, and ``room``: the most
    bytes that putting each takes, where a Program asks for these; None: they are the same."""

    __slots__ = ("data", "ends", "own", "room")

    def __init__(self, data: bytes | Array, ends: Array, own: Texts | None = None, room: Array | None = None) -> None:
        self.data = data
        self.ends = ends
        self.own = own
        self.room = room

    def __len__(self) -> int:
        return len(self.ends) - 1

    @property
    def lengths(self) -> Array:
        return np.diff(self.ends)

    def array(self) -> Array:
        """The bytes as an array."""
        return np.frombuffer(self.data, _U1) if isinstance(self.data, bytes) else self.data

    def pick(self, index: Array) -> Texts:
        """The texts number *index*."""
        found = cut(self.array(), self.ends[:-1][index], self.lengths[index])
        if self.own is not None:
            found.own = self.own.pick(index)
        if self.room is not None:
            found.room = self.room[index]
        return found

    def but(self, dropped: Array) -> Texts:
        """The same with those empty that are *dropped*."""
        lengths = self.lengths
        if not lengths[dropped].any():
            return self
        kept = np.repeat(~dropped, lengths)
        return Texts(self.array()[kept], ends_of(np.where(dropped, 0, lengths)), self.own, self.room)


def ends_of(lengths: Array) -> Array:
    """Where texts of *lengths* end, behind a 0."""
    ends = np.zeros(len(lengths) + 1, _I8)
    np.cumsum(lengths, out=ends[1:])
    return ends


def even(data: bytes, n: int, size: int) -> Texts:
    """*n* texts of *size* bytes each."""
    return Texts(data, np.arange(0, (n + 1) * size, size or 1, dtype=_I4) if size else np.zeros(n + 1, _I4))


def cut(window: Array, starts: Array, lengths: Array) -> Texts:
    """The texts of *lengths* at *starts* of *window*."""
    ends = ends_of(lengths)
    index = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], lengths)
    return Texts(window[index], ends)


def joined(parts: list[tuple[Array, Texts]], n: int) -> Texts:
    """*n* texts: those of each part are number so and so; the others are empty."""
    if len(parts) == 1 and len(parts[0][1]) == n:
        return parts[0][1]
    own: Texts | None = None
    room: Array | None = None
    if any(texts.own is not None for _, texts in parts):
        own = joined([(index, texts.own or texts) for index, texts in parts], n)
    if any(texts.room is not None for _, texts in parts):
        room = np.zeros(n, _I8)
        for index, texts in parts:
            room[index] = texts.lengths if texts.room is None else texts.room
    lengths = np.zeros(n, _I8)
    starts = np.zeros(n, _I8)
    base = 0
    for index, texts in parts:
        lengths[index] = texts.lengths
        starts[index] = texts.ends[:-1].astype(_I8) + base
        base += int(texts.ends[-1])
    if len(parts) == 1:
        return Texts(parts[0][1].data, ends_of(lengths), own, room)
    found = cut(np.concatenate([t.array()[: t.ends[-1]] for _, t in parts]), starts, lengths)
    found.own, found.room = own, room
    return found


_TRIM = {"left": "ascii_ltrim", "right": "ascii_rtrim", "both": "ascii_trim"}


def trimmed(texts: Texts, trim: str, pads: bytes) -> Texts:
    """*texts* without the bytes of *pads* at the ends that *trim* names."""
    n = len(texts)
    if not n:
        return texts
    data: Any = texts.data if isinstance(texts.data, bytes) else np.ascontiguousarray(texts.data)
    ends: Any = np.ascontiguousarray(texts.ends, _I4)
    options: Any = pads  # bytes are taken, whatever the stubs say
    # bytes that are no utf8 yet: Arrow's ascii functions look at single bytes and do not check
    array = pa.Array.from_buffers(pa.string(), n, [None, pa.py_buffer(ends), pa.py_buffer(data)])
    made = pc.call_function(_TRIM[trim], [array], pc.TrimOptions(options))
    _, offsets, bytes_ = made.buffers()
    found = np.frombuffer(offsets, _I4, n + 1, made.offset * 4)
    return Texts(np.frombuffer(bytes_, _U1) if bytes_ is not None and bytes_.size else np.empty(0, _U1), found)


def before(texts: Texts, until: bytes) -> Texts:
    """*texts* up to their first byte *until*.  Mostly nothing but that byte stands behind it, and then it is trimmed."""
    found = trimmed(texts, "right", until)
    hits = np.flatnonzero(found.array()[: found.ends[-1]] == until[0])
    if not len(hits):
        return found
    items, first = np.unique(np.searchsorted(found.ends, hits, "right") - 1, return_index=True)
    lengths = found.lengths.astype(_I8)
    lengths[items] = hits[first] - found.ends[items]
    return cut(found.array(), found.ends[:-1], lengths)


Reader: TypeAlias = Callable[[Texts, "Array | None"], "tuple[Texts, Array | None, Array | None]"]


def _charset(charset: Charset, undecodable: str) -> Reader:
    """A translator of trimmed bytes: with the texts, which of them are present, and which are refused."""
    missing = "" if undecodable == "error" else "\ufffd"
    table = [c or missing for c in charset.table]
    # what becomes one ASCII byte, 0x80 for all that becomes more, 0xFF for what is refused
    quick = bytes(0xFF if not c else ord(c) if len(c) == 1 and c < "\x80" else 0x80 for c in table)
    table = [c or "?" for c in table]
    widths = np.array([len(c.encode()) for c in table], _U1)
    mapping: str | dict[int, str] = "".join(table)
    if any(len(c) != 1 for c in table):
        mapping = dict(enumerate(table))
    decode: Callable[[bytes, str, Any], tuple[str, int]] = codecs.charmap_decode

    def read(texts: Texts, there: Array | None) -> tuple[Texts, Array | None, Array | None]:
        data = texts.data if isinstance(texts.data, bytes) else texts.data.tobytes()
        data = data[: texts.ends[-1]]
        made = data.translate(quick)
        if made.isascii():
            return Texts(made, texts.ends), there, None
        refused: Array | None = None
        if not missing and (odd := np.flatnonzero(np.frombuffer(made, _U1) == 0xFF)).size:
            refused = np.zeros(len(texts), np.bool_)
            refused[np.searchsorted(texts.ends, odd, "right") - 1] = True
            texts = texts.but(refused)
            data = texts.data if isinstance(texts.data, bytes) else texts.data.tobytes()
        places = np.zeros(len(data) + 1, _I8)
        np.cumsum(widths[np.frombuffer(data, _U1)], out=places[1:])
        return Texts(decode(data, "strict", mapping)[0].encode(), places[texts.ends]), there, refused

    return read


def _utf8(undecodable: str) -> Reader:
    """The same where the bytes are to be utf8 already."""
    slow = _codec("utf-8", "none", b"", undecodable)

    def read(texts: Texts, there: Array | None) -> tuple[Texts, Array | None, Array | None]:
        data = texts.data if isinstance(texts.data, bytes) else texts.data.tobytes()
        data = data[: texts.ends[-1]]
        return (texts, there, None) if data.isascii() else slow(texts, there)

    return read


def _codec(charset: str, trim: str, pad: bytes, undecodable: str) -> Reader:
    """The same for a multi-byte codec, trimming included: text by text."""
    decode = single.text(charset, trim, pad, undecodable, b"", False)

    def read(texts: Texts, there: Array | None) -> tuple[Texts, Array | None, Array | None]:
        data, ends = texts.array().tobytes(), texts.ends.tolist()
        found = [decode(data[a:b]) for a, b in pairwise(ends)]
        encoded = [t.encode() if isinstance(t, str) else b"" for t in found]
        refused = np.array([t is BAD for t in found], np.bool_)
        made = Texts(b"".join(encoded), ends_of(np.array([len(t) for t in encoded], _I8)))
        return made, there, refused if refused.any() else None

    return read


Fixed: TypeAlias = Callable[[Even, int, int], "tuple[Texts, Array | None, Array | None]"]
Varying: TypeAlias = Callable[[Places, int, Array], "tuple[Texts, Array | None, Array | None]"]


def reader(charset: Charset | str, trim: str, pad: bytes, undecodable: str, keep: bool) -> Reader:
    """What makes texts of bytes: trims them, says which are refused, and puts them into utf8.  *keep*: with their own bytes."""
    if keep:
        return _keeping(charset, trim, pad, undecodable)
    if isinstance(charset, Charset):
        translate = _charset(charset, undecodable)
    elif codecs.lookup(charset).name == "utf-8":
        translate = _utf8(undecodable)
    else:
        return _codec(charset, trim, pad, undecodable)
    if trim == "none":
        return translate
    pads = pad or single.blanks(charset)
    return lambda texts, there: translate(trimmed(texts, trim, pads), there)


def _keeping(charset: Charset | str, trim: str, pad: bytes, undecodable: str) -> Reader:
    """The same, with the texts' own bytes and the room that they take."""
    width = expansion(charset, undecodable)
    trim_one = single.trimmer(charset, trim, pad)
    decode = reader(charset, "none", b"", undecodable, False)

    def read(texts: Texts, there: Array | None) -> tuple[Texts, Array | None, Array | None]:
        data, ends = texts.array().tobytes(), texts.ends.tolist()
        cuts = [trim_one(data[a:b]) for a, b in pairwise(ends)]
        own = Texts(b"".join(cuts), ends_of(np.array([len(t) for t in cuts], _I8)))
        made, there, refused = decode(own, there)
        return Texts(made.data, made.ends, own, own.lengths * width), there, refused

    return read


def text(
    charset: Charset | str,
    trim: str,
    pad: bytes,
    undecodable: str,
    absent: bytes,
    keep: bool = False,
    until: bytes = b"",
) -> Fixed:
    """A reader of texts in fields of one size, as `arrowsmith.program.ops.LoadText` says.  *keep*: with their own bytes."""
    read = reader(charset, trim, pad, undecodable, keep)

    def fixed(block: Even, at: int, size: int) -> tuple[Texts, Array | None, Array | None]:
        there = present(block, at, size, absent)
        texts = even(block.rows(at, size), block.n, size)
        if there is not None:
            texts = texts.but(~there)
        return read(before(texts, until) if until else texts, there)

    return fixed


def varying_text(
    charset: Charset | str,
    trim: str,
    pad: bytes,
    undecodable: str,
    absent: bytes,
    keep: bool = False,
    until: bytes = b"",
) -> Varying:
    """The same where each item's field has its own size."""
    read = reader(charset, trim, pad, undecodable, keep)

    def varying(places: Places, at: int, sizes: Array) -> tuple[Texts, Array | None, Array | None]:
        texts = cut(places.buffer, places.index() + at, sizes)
        if until:
            return read(before(texts, until), None)
        there = _present(texts, absent)
        return read(texts if there is None else texts.but(~there), there)

    return varying


def _present(texts: Texts, absent: bytes) -> Array | None:
    """Which texts are not absent."""
    some = np.flatnonzero(texts.lengths)
    if not absent or not len(some):
        return None
    data = texts.array()
    first = data[texts.ends[:-1][some]]
    there = np.ones(len(texts), np.bool_)
    for value in absent:
        for i in some[first == value]:
            there[i] = bool((data[texts.ends[i] : texts.ends[i + 1]] != value).any())
    return None if there.all() else there


# --- bytes -----------------------------------------------------------------------------------------------------------


def binary(block: Even, at: int, size: int, pad: bytes, digits: bool) -> Texts:
    """The bytes of fields of one size, as `arrowsmith.program.ops.LoadBytes` says."""
    return _binary(even(block.rows(at, size), block.n, size), pad, digits)


def varying_binary(places: Places, at: int, sizes: Array, pad: bytes, digits: bool) -> Texts:
    """The same where each item's field has its own size."""
    return _binary(cut(places.buffer, places.index() + at, sizes), pad, digits)


def _binary(texts: Texts, pad: bytes, digits: bool) -> Texts:
    if pad:
        texts = trimmed(texts, "right", pad)
    if digits:
        data = texts.data if isinstance(texts.data, bytes) else texts.data.tobytes()
        return Texts(data.hex().upper().encode(), texts.ends * 2)
    return texts


def constant(value: str | bytes, n: int) -> Texts:
    """The same text *n* times."""
    data = value.encode() if isinstance(value, str) else value
    return even(data * n, n, len(data))


def labels(pairs: tuple[tuple[int, str], ...]) -> Callable[[Array], Texts]:
    """Integers → their labels, or their digits."""
    table = dict(pairs)
    keys = np.array(sorted(k for k in table if -(1 << 63) <= k < 1 << 63), _I8)
    encoded = [table[int(k)].encode() for k in keys]
    data = np.frombuffer(b"".join(encoded), _U1)
    sizes = np.array([len(t) for t in encoded], _I8)
    starts = ends_of(sizes)[:-1]

    def read(values: Array) -> Texts:
        if not len(keys):
            return numbers(values)
        place = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
        hit = keys[place] == values
        if hit.all():
            return cut(data, starts[place], sizes[place])
        items, others = np.flatnonzero(hit), np.flatnonzero(~hit)
        found = cut(data, starts[place[items]], sizes[place[items]])
        return joined([(items, found), (others, numbers(values[others]))], len(values))

    return read


def numbers(values: Array) -> Texts:
    """The decimal digits of integers."""
    written = [str(v).encode() for v in values.tolist()]
    return Texts(b"".join(written), ends_of(np.array([len(t) for t in written], _I8)))
