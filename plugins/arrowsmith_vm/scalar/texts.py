"""Bytes of one field → its text, and texts → texts and numbers: makers of readers, and the functions of ``text.let``.

A text register holds a ``str``, of charset ``binary`` a ``bytes``; comparing code points is comparing their utf8.  Where a Program asks for
a text's own bytes (``room``, a key of ``xor``) they are kept beside it, in a `Kept`.
Invariant: readers hold tables that they made once; what they return depends on the bytes alone.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from arrowsmith.charsets import Charset, expansion
from arrowsmith_vm.scalar.stops import BAD, Bad, Trap

Texts: TypeAlias = Callable[[bytes], "str | Bad | None"]


class Kept(str):
    """A text, the ``data`` that it was read from and the ``room`` that putting it may take."""

    __slots__ = ("data", "room")
    data: bytes
    room: int


#: ``undecodable`` → how Python's decoders name it
_HANDLERS = {"error": "strict", "replace": "replace"}
_MISSING = {"error": "", "replace": "\ufffd"}


def text(
    charset: Charset | str,
    trim: str,
    pad: bytes,
    undecodable: str,
    absent: bytes,
    keep: bool,
    until: bytes = b"",
) -> Texts:
    """A reader of text, as `arrowsmith.program.ops.LoadText` says.  *keep*: it returns `Kept` texts."""
    strip = trimmer(charset, trim, pad)
    decode = _decoder(charset, undecodable)
    room = expansion(charset, undecodable)

    def read(data: bytes) -> str | Bad | None:
        if absent and data and data[0] in absent and data == data[:1] * len(data):
            return None
        data = strip(data.partition(until)[0] if until else data)
        try:
            found = decode(data)
        except UnicodeDecodeError:
            return BAD
        if not keep:
            return found
        kept = Kept(found)
        kept.data, kept.room = data, room * len(data)
        return kept

    return read


def _decoder(charset: Charset | str, undecodable: str) -> Callable[[bytes], str]:
    if isinstance(charset, str):
        handler = _HANDLERS[undecodable]
        return lambda data: data.decode(charset, handler)
    table = [c or _MISSING[undecodable] for c in charset.table]
    # the C decoder takes one character a byte from a str, and raises at U+FFFE; anything else from a mapping, and raises at None
    mapping: str | dict[int, str | None] = "".join(c or "\ufffe" for c in table)
    if any(len(c) > 1 or c == "\ufffe" for c in table):
        mapping = {b: c or None for b, c in enumerate(table)}
    charmap: Callable[[bytes, str, Any], tuple[str, int]] = codecs.charmap_decode
    return lambda data: charmap(data, "strict", mapping)[0]


_UNITS = {"utf-16-be": 2, "utf-16-le": 2, "utf-32-be": 4, "utf-32-le": 4}


def blanks(charset: Charset | str) -> bytes:
    """The bytes whose character is at most a space, where a character is one byte."""
    if isinstance(charset, Charset):
        return bytes(b for b, c in enumerate(charset.table) if len(c) == 1 and c <= " ")
    return bytes(range(0x21))


def unit(charset: Charset | str) -> int:
    """How many bytes are trimmed at a time."""
    return _UNITS.get(codecs.lookup(charset).name, 1) if isinstance(charset, str) else 1


def trimmer(charset: Charset | str, trim: str, pad: bytes) -> Callable[[bytes], bytes]:
    """What takes the pad off the ends that *trim* names."""
    width = unit(charset)
    if trim == "none":
        return lambda data: data
    if width == 1:
        pads = pad or blanks(charset)
        if trim == "right":
            return lambda data: data.rstrip(pads)
        return (lambda data: data.lstrip(pads)) if trim == "left" else (lambda data: data.strip(pads))
    assert isinstance(charset, str)
    if pad:
        units = {pad[i : i + width] for i in range(0, len(pad), width)}
    else:
        units = {chr(n).encode(codecs.lookup(charset).name) for n in range(0x21)}

    def wide(data: bytes) -> bytes:
        low, high = 0, len(data)
        while trim != "right" and low + width <= high and data[low : low + width] in units:
            low += width
        while trim != "left" and not len(data) % width and high - width >= low and data[high - width : high] in units:
            high -= width
        return data[low:high]

    return wide


def digits(data: bytes) -> str:
    """The hexadecimal digits of *data*."""
    return data.hex().upper()


Finder: TypeAlias = Callable[["bytes | memoryview", int, int], "tuple[int, int] | None"]


def scanner(marks: tuple[bytes, ...], step: int) -> Finder:
    """A search in bytes from one place to another: where the first of *marks* stands and how long it is, or None.  A regular
    expression, because it searches any buffer without copying it."""
    ordered = sorted(set(marks), key=len, reverse=True)
    pattern = re.compile(b"|".join(re.escape(m) for m in ordered), re.DOTALL)

    def near(data: bytes | memoryview, low: int, high: int) -> tuple[int, int] | None:
        hit = pattern.search(data, low, high)
        return (hit.start(), hit.end() - hit.start()) if hit else None

    def stepped(data: bytes | memoryview, low: int, high: int) -> tuple[int, int] | None:
        at = low
        while hit := pattern.search(data, at, high):
            past = (hit.start() - low) % step
            if not past:
                return hit.start(), hit.end() - hit.start()
            at = hit.start() + step - past
        return None

    return near if step == 1 else stepped


def labels(pairs: tuple[tuple[int, str], ...]) -> Callable[[int], str]:
    """Integer → its label, or its digits."""
    table: Mapping[int, str] = dict(pairs)
    return lambda number: table[number] if number in table else str(number)


# --- text.let --------------------------------------------------------------------------------------------------------


def raw(value: str | bytes) -> bytes:
    """The bytes that a text is compared by: its utf8, or itself."""
    return value if isinstance(value, bytes) else value.encode()


def room(value: str | bytes) -> int:
    """The most bytes that putting *value* takes."""
    return value.room if isinstance(value, Kept) else len(raw(value))


def own(value: str | bytes | int) -> bytes | int:
    """The bytes that *value* was read from; an integer is itself."""
    return value.data if isinstance(value, Kept) else raw(value) if isinstance(value, str) else value


def number(value: str | bytes, base: int) -> int:
    """The i64 that *value* spells in *base*.  Raises `Trap`."""
    if not 2 <= base <= 36:
        raise Trap
    data = raw(value)
    body = data[1:] if data[:1] in (b"+", b"-") else data
    # int() alone would also take blanks, underscores, a second sign and a prefix such as 0x, and refuse a thousand leading zeros
    if not body.isalnum() or not body.isascii() or body[:2].lower() == _PREFIX.get(base):
        raise Trap
    body = body.lstrip(b"0") or b"0"
    try:
        found = int(body, base) if len(body) <= 64 else 1 << 64
    except ValueError:
        raise Trap from None
    found = -found if data[:1] == b"-" else found
    if not -(1 << 63) <= found < 1 << 63:
        raise Trap
    return found


_PREFIX = {2: b"0b", 8: b"0o", 16: b"0x"}


def part(value: str | bytes, low: int, high: int) -> str | bytes:
    """Characters *low* to *high*.  Raises `Trap`."""
    if not 0 <= low <= high <= len(value):
        raise Trap
    return value[low:high]


def decoded(charset: Charset | str) -> Callable[[bytes], str]:
    """A reader of bytes as text, which raises `Trap` where they are none."""
    read = text(charset, "none", b"", "error", b"", True)

    def decode(data: bytes) -> str:
        found = read(data)
        if not isinstance(found, str):
            raise Trap
        return found

    return decode


def byte(value: str | bytes, place: int) -> int:
    """Byte number *place*.  Raises `Trap`."""
    data = raw(value)
    if not 0 <= place < len(data):
        raise Trap
    return data[place]
