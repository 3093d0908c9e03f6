"""Bytes of one field → its number: each function here makes a reader from an op's attributes, when a kernel is loaded.

A reader returns None where the field is absent, `BAD` where it refuses the bytes.
Invariant: readers hold tables that they made once; what they return depends on the bytes alone.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Literal, TypeAlias

from arrowsmith.digits import BLANK, COMMA, DIGIT_TABLES, LOW, MINUS, PLUS, POINT
from arrowsmith.program.floats import KINDS
from arrowsmith_vm.scalar.stops import BAD, Bad

Integers: TypeAlias = Callable[[bytes], "int | Bad | None"]


def fillings(values: bytes, size: int) -> frozenset[bytes]:
    """The fields of *size* bytes that are absent: every byte one and the same of *values*."""
    return frozenset(bytes([b]) * size for b in values) if size else frozenset()


def packed(size: int, digits: int, sign: str, missing_sign: bool, absent: bytes) -> Integers:
    """A reader of packed decimals, as `arrowsmith.program.ops.Unpack` says.  It works on the hexadecimal digits: Python reads
    decimal ones out of them faster than nibbles can be taken apart."""
    nothing = fillings(absent, size)
    limit = 10**digits if 2 * size > digits else 0
    # every nibble that ends a number with this sign rule: −1 minus, 1 plus
    signs = dict.fromkeys("acef", 1) | dict.fromkeys("bd", 0 if sign == "unsigned" else -1)
    if missing_sign:
        signs |= dict.fromkeys("0123456789", 1)

    def plain(data: bytes) -> int | Bad | None:
        if data in nothing:
            return None
        text = data.hex()
        if not text.isdecimal():
            return BAD
        value = int(text)
        return BAD if limit and value >= limit else value

    def signed(data: bytes) -> int | Bad | None:
        if data in nothing:
            return None
        text = data.hex()
        body = text[:-1]
        way = signs.get(text[-1], 0)
        if not way or not body.isdecimal():
            return BAD
        value = int(body)
        return BAD if limit and value >= limit else value * way

    return plain if sign == "none" else signed


def zoned(
    size: int,
    digits: int,
    scale: int,
    table: str,
    sign: str,
    lenient: bool,
    anywhere: bool,
    point: bool,
    blank_zero: bool,
    absent: bytes,
    bits: int = 0,
) -> Integers:
    """A reader of zoned decimals and written-out numbers, as `arrowsmith.program.ops.Unzone` says."""
    nothing = fillings(absent, size)
    strict = _strict(size, digits, table, sign)
    if not lenient:
        return lambda data: None if data in nothing else strict(data)
    limit = 1 << (bits - 1) if bits else 10**digits
    scan = _lenient(size, limit, bits > 0, scale, table, sign == "none", anywhere, point, blank_zero)
    # what the strict reader takes, the lenient one takes for the same number, unless a number without a point is a whole one; a separate
    # sign or an overpunch elsewhere is for the scan
    same = not (point and scale) and sign in ("none", "trailing", "leading")
    quick = strict if size and same else scan

    def read(data: bytes) -> int | Bad | None:
        if data in nothing:
            return None
        value = quick(data)
        return scan(data) if value is BAD else value

    return read


def spelling(table: str) -> Callable[[bytes], str]:
    """The written form of numbers, as `arrowsmith.program.ops.Spell` says."""
    classes = DIGIT_TABLES[table]
    plain = bytes(0x30 + (c & 15) if _is_digit(c) else 0 for c in classes)
    others = bytes(b for b, c in enumerate(classes) if not _is_digit(c))
    signs = {
        b: "+" if c == PLUS or c >> 4 == 1 else "-"
        for b, c in enumerate(classes)
        if c in (PLUS, MINUS) or (_is_digit(c) and c > 9)
    }
    unsigned = bytes(b for b in range(256) if b not in signs)

    def spell(data: bytes) -> str:
        signed = data.translate(None, unsigned)
        return (signs[signed[-1]] if signed else "") + data.translate(plain, others).decode()

    return spell


def _is_digit(c: int) -> bool:
    return c < 0x2A and c & 15 < 10


def _strict(size: int, digits: int, table: str, sign: str) -> Integers:
    classes = DIGIT_TABLES[table]
    plain = bytes(0x30 + c if c < 10 else 0x78 for c in classes)
    limit = 10**digits if size > digits else 0
    separate = sign.endswith("_separate")
    # the byte that holds the sign → what stands for it in front of the digits; its digit
    if separate:
        ways = {b: 1 if c == PLUS else -1 for b, c in enumerate(classes) if c in (PLUS, MINUS)}
        stand = bytes([0x30] * 256)
    else:
        ways = {b: -1 if c >> 4 == 2 else 1 for b, c in enumerate(classes) if c >> 4 <= 2 and c & 15 < 10}
        stand = bytes(0x30 + (c & 15) if c >> 4 <= 2 and c & 15 < 10 else 0x78 for c in classes)
    last = sign.startswith("trailing")

    def unsigned(data: bytes) -> int | Bad:
        text = data.translate(plain)
        if not text.isdigit():
            return BAD if text else 0
        value = int(text)
        return BAD if limit and value >= limit else value

    def signed(data: bytes) -> int | Bad:
        if last:
            text = data[:-1].translate(plain) + data[-1:].translate(stand)
            way = ways.get(data[-1], 0)
        else:
            text = data[:1].translate(stand) + data[1:].translate(plain)
            way = ways.get(data[0], 0)
        if not way or not text.isdigit():
            return BAD
        value = int(text[:-1] or b"0") if separate and last else int(text)
        return BAD if limit and value >= limit else value * way

    return unsigned if sign == "none" or not size else signed


def _lenient(
    size: int,
    limit: int,
    minimum: bool,
    scale: int,
    table: str,
    unsigned: bool,
    anywhere: bool,
    point: bool,
    blank_zero: bool,
) -> Integers:
    """*limit*: the least magnitude that is refused; *minimum*: it is none where it is negative."""
    classes = DIGIT_TABLES[table]
    edges = range(size) if anywhere else (0, size - 1)

    def read(data: bytes) -> int | Bad | None:
        value = found = minus = overs = signs = 0
        fraction = -1
        for i, byte in enumerate(data):
            c = classes[byte]
            if c in (BLANK, LOW):
                continue
            if c >> 4 <= 2 and c & 15 < 10:
                value = value * 10 + (c & 15)
                found += 1
                if fraction >= 0:
                    fraction += 1
                if c < 0x10:
                    continue
                if i not in edges or (c < 0x20 and unsigned and not anywhere):
                    return BAD
                minus = c & 0x20
                overs = 1 if anywhere else overs + 1
            elif c in (PLUS, MINUS):
                minus = c == MINUS
                signs += 1
            elif c in (POINT, COMMA) and point and fraction < 0:
                fraction = 0
                continue
            else:
                return BAD
            if overs + signs > 1:
                return BAD
        if minus and unsigned:
            return BAD
        if not found:
            return 0 if blank_zero else None
        if point:
            fraction = max(fraction, 0)  # without a point the number is whole
            if fraction > scale:
                value, lost = divmod(value, 10 ** (fraction - scale))
                if lost:
                    return BAD
            else:
                value *= 10 ** (scale - fraction)
        if value >= limit and not (minimum and minus and value == limit):
            return BAD
        return -value if minus else value

    return read


_IEEE = {"ieee32": "f", "ieee64": "d"}


def floating(kind: str, order: Literal["big", "little"], absent: bytes) -> Callable[[bytes], float | None]:
    """A reader of floating-point numbers, as `arrowsmith.program.floats` defines them."""
    size, read, words = KINDS[kind].size, KINDS[kind].read, KINDS[kind].words
    nothing = fillings(absent, size)
    if kind in _IEEE:
        unpack = struct.Struct((">" if order == "big" else "<") + _IEEE[kind]).unpack

        def ieee(data: bytes) -> float | None:
            return None if data in nothing else unpack(data)[0]

        return ieee

    def other(data: bytes) -> float | None:
        if data in nothing:
            return None
        if order == "little" and words:
            data = b"".join(data[i : i + 2][::-1] for i in range(0, size, 2))
            return read(int.from_bytes(data, "big"))
        return read(int.from_bytes(data, order))

    return other
