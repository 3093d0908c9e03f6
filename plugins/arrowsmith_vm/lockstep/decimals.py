"""Bytes of a field, of every item at once → packed and zoned decimals.

A reader takes a block and a place, and returns the values, which of them are present (None: all) and which are refused (None:
none); the value of an item that is absent or refused has no meaning.
Invariant: digits go eight bytes at a time through 64-bit lanes; an array that holds something odd is looked at again, only its odd items.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from arrowsmith.digits import BLANK, COMMA, DIGIT_TABLES, LOW, MINUS, PLUS, POINT
from arrowsmith_vm.lockstep.integers import Wide, present, times
from arrowsmith_vm.lockstep.places import Array, Even
from arrowsmith_vm.lockstep.strings import gathered, pieces
from arrowsmith_vm.lockstep.texts import Texts
from arrowsmith_vm.scalar import numbers
from arrowsmith_vm.scalar.stops import BAD

_U8, _I8 = np.dtype("u8"), np.dtype("i8")

Values: TypeAlias = "Array | Wide"
Found: TypeAlias = "tuple[Values, Array | None, Array | None]"
Numbers: TypeAlias = Callable[[Even, int], Found]

#: digits whose number fits 64 bits without a sign
_FIT = 19


def either(refused: Array | None, more: Array) -> Array | None:
    """*refused* or *more*; None where that is none."""
    if not more.any():
        return refused
    return more if refused is None else refused | more


def joined(lanes: list[tuple[Array, int]]) -> Values:
    """One number of *lanes*, each the number of some digits and how many those are, the most significant first: u64 up to 19 digits."""
    value, digits = lanes[0]
    whole: Wide | None = None
    for lane, count in lanes[1:]:
        digits += count
        if whole is None and digits > _FIT:
            whole = Wide(value, np.zeros(len(value), _I8))
        if whole is not None:
            whole = times(whole, 10**count, lane)
        else:
            value *= np.uint64(10**count)
            value += lane
    return value if whole is None else whole


def _beyond(value: Values, digits: int) -> Array:
    """Which magnitudes have more than *digits* digits."""
    limit = 10**digits
    if not isinstance(value, Wide):
        found: Array = value >= np.uint64(limit)
        return found
    high, low = np.uint64(limit >> 64), np.uint64(limit & ((1 << 64) - 1))
    unsigned = value.high.view(_U8)
    found = (unsigned > high) | ((unsigned == high) & (value.low >= low))
    return found


def _told_apart(read: numbers.Integers, size: int, absent: bytes) -> bool:
    """Whether *read*, which knows of nothing absent, refuses all that is: then only an array with something refused is looked at for it."""
    return all(read(bytes([value]) * size) is BAD for value in absent)


def _finished(value: Values, digits: int, way: Array | None) -> Values:
    """*value* as a register holds it: i64 up to 18 digits, with its sign."""
    if digits <= 18:
        number = (value.low if isinstance(value, Wide) else value).view(_I8)
        if way is not None:
            number *= way
        return number
    held = value if isinstance(value, Wide) else Wide(value, np.zeros(len(value), _I8))
    return held if way is None else held.negated(way < 0)


def _one_by_one(read: numbers.Integers, rows: Array, digits: int) -> tuple[Values, Array, Array]:
    """The numbers in *rows* of bytes, which are absent, and which are refused."""
    size = rows.shape[1]
    data = rows.tobytes()
    found = [read(data[i * size : (i + 1) * size]) for i in range(len(rows))]
    whole = [v if isinstance(v, int) else 0 for v in found]
    nothing = np.array([v is None for v in found], np.bool_)
    refused = np.array([v is BAD for v in found], np.bool_)
    if digits <= 18:
        return np.array(whole, _I8), nothing, refused
    halves = np.array([v & ((1 << 64) - 1) for v in whole], _U8), np.array([v >> 64 for v in whole], _I8)
    return Wide(*halves), nothing, refused


def _slow(read: numbers.Integers, size: int, digits: int) -> Numbers:
    """A reader that looks at each item by itself, for fields of a size that lanes are not made for."""

    def every(block: Even, at: int) -> Found:
        value, nothing, refused = _one_by_one(read, block.matrix(at, size), digits)
        return value, ~nothing, refused

    return every


# --- packed ----------------------------------------------------------------------------------------------------------

#: digits of one lane beyond which a step is needed; shift, mask; what is taken off for each upper one: 256 a + b − 156 a is
#: 100 a + b
_STEPS = (
    (2, 8, 0x00FF00FF00FF00FF, (1 << 8) - 10**2),
    (4, 16, 0x0000FFFF0000FFFF, (1 << 16) - 10**4),
    (8, 32, 0x00000000FFFFFFFF, (1 << 32) - 10**8),
)


def _undigit(lane: Array, digits: int) -> Array:
    """The number whose decimal digits are the lowest *digits* nibbles of *lane*, the others 0; in place."""
    upper = lane >> np.uint64(4)
    upper &= np.uint64(0x0F0F0F0F0F0F0F0F)
    upper *= np.uint64(16 - 10)
    lane -= upper
    for most, shift, mask, off in _STEPS:
        if digits <= most:
            break
        np.right_shift(lane, np.uint64(shift), out=upper)
        upper &= np.uint64(mask)
        upper *= np.uint64(off)
        lane -= upper
    return lane


def _above_nine(lane: Array) -> Array:
    """The topmost bit of each nibble that is no digit: set with one of the two below it."""
    odd = lane << np.uint64(1)
    odd |= lane << np.uint64(2)
    odd &= lane
    odd &= np.uint64(0x8888888888888888)
    return odd


def packed(size: int, digits: int, sign: str, missing_sign: bool, absent: bytes) -> Numbers:
    """A reader of packed decimals, as `arrowsmith.program.ops.Unpack` says."""
    signed = sign != "none"
    total = 2 * size - signed
    if not 0 < total <= 38:
        return _slow(numbers.packed(size, digits, sign, missing_sign, absent), size, digits)
    ways = np.zeros(256, _I8)
    for byte in range(256):
        nibble = byte & 15
        if nibble >= 10 or missing_sign:
            ways[byte] = (0 if sign == "unsigned" else -1) if nibble in (0xB, 0xD) else 1
    apart = _told_apart(numbers.packed(size, digits, sign, missing_sign, b""), size, absent)
    # bytes of the field, eight from its end, then eight more, …
    parts = [(max(end - 8, 0), end) for end in range(size, 0, -8)][::-1]

    def read(block: Even, at: int) -> Found:
        refused: Array | None = None
        lanes = []
        for low, high in parts:
            lane = block.lane(at + low, high - low)
            count = 2 * (high - low)
            if signed and high == size:
                lane >>= np.uint64(4)
                count -= 1
            odd = _above_nine(lane)
            if np.bitwise_or.reduce(odd):
                refused = either(refused, odd != 0)
            lanes.append((_undigit(lane, count), count))
        value = joined(lanes)
        if total > digits:
            refused = either(refused, _beyond(value, digits))
        way: Array | None = None
        if signed:
            way = ways.take(block.first_bytes(at + size - 1))
            if not way.all():
                refused = either(refused, way == 0)
        value = _finished(value, digits, way if sign == "trailing" else None)
        return value, None if refused is None and apart else present(block, at, size, absent), refused

    return read


# --- zoned -----------------------------------------------------------------------------------------------------------


def _plain(block: Even, at: int, size: int, zone: int) -> tuple[list[tuple[Array, int]], Array | None]:
    """The digits in *size* bytes, each *zone* + 0–9, in lanes, and which items hold another byte."""
    lanes = []
    refused: Array | None = None
    for high in range(size % 8 or 8, size + 1, 8):
        low = max(high - 8, 0)
        count = high - low
        lane = block.lane(at + low, count)
        lane ^= np.uint64(zone * 0x0101010101010101 >> 8 * (8 - count))
        # 9 + 0x76 stays below 0x80, 10 + 0x76 does not; a byte that carries into the next has its own bit set
        odd = lane + np.uint64(0x7676767676767676)
        odd |= lane
        odd &= np.uint64(0x8080808080808080)
        if np.bitwise_or.reduce(odd):
            refused = either(refused, odd != 0)
        # two digits, two pairs, two fours: 256 a + b − 246 a = 10 a + b
        for most, shift, mask, off in (
            (1, 8, 0x00FF00FF00FF00FF, (1 << 8) - 10),
            (2, 16, 0x0000FFFF0000FFFF, (1 << 16) - 10**2),
            (4, 32, 0x00000000FFFFFFFF, (1 << 32) - 10**4),
        ):
            if count <= most:
                break
            np.right_shift(lane, np.uint64(shift), out=odd)
            odd &= np.uint64(mask)
            odd *= np.uint64(off)
            lane -= odd
        lanes.append((lane, count))
    return lanes, refused


def _strict(size: int, digits: int, table: str, sign: str) -> Numbers:
    """A reader of the strict form; nothing is absent."""
    classes = DIGIT_TABLES[table]
    zone = classes.index(0)
    place = {"trailing": size - 1, "trailing_separate": size - 1, "leading": 0, "leading_separate": 0}.get(sign, -1)
    separate = sign.endswith("_separate")
    ways, units = np.zeros(256, _I8), np.zeros(256, _U8)
    for byte, c in enumerate(classes):
        if separate:
            ways[byte] = {PLUS: 1, MINUS: -1}.get(c, 0)
        elif c >> 4 <= 2 and c & 15 < 10:
            ways[byte], units[byte] = -1 if c >> 4 == 2 else 1, c & 15
    low, high = (0, size) if place < 0 else (1, size) if place == 0 else (0, size - 1)

    def read(block: Even, at: int) -> Found:
        lanes, refused = _plain(block, at + low, high - low, zone)
        way: Array | None = None
        if place >= 0:
            byte = block.first_bytes(at + place)
            way = ways.take(byte)
            if not way.all():
                refused = either(refused, way == 0)
            if not separate:
                lanes.insert(len(lanes) if place else 0, (units.take(byte), 1))
        value = joined(lanes) if lanes else np.zeros(block.n, _U8)
        if high - low + (place >= 0 and not separate) > digits:
            refused = either(refused, _beyond(value, digits))
        return _finished(value, digits, way), None, refused

    return read


def spelling(table: str) -> Callable[[Texts], Texts]:
    """The written form of numbers, as `arrowsmith.program.ops.Spell` says."""
    single = numbers.spelling(table)
    return lambda fields: gathered([single(field).encode() for field in pieces(fields)])


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
) -> Numbers:
    """A reader of zoned decimals and written-out numbers, as `arrowsmith.program.ops.Unzone` says."""
    single = numbers.zoned(size, digits, scale, table, sign, lenient, anywhere, point, blank_zero, absent, bits)
    if not 0 < size <= 38:
        return _slow(single, size, digits)
    strict = _strict(size, digits, table, sign)
    plain = numbers.zoned(size, digits, scale, table, sign, False, False, False, False, b"")
    apart = _told_apart(plain, size, absent)
    scan = _scanner(size, digits, scale, table, sign == "none", anywhere, point, blank_zero)

    # a sign and no digit is a 0 to the strict reader, and no number to the lenient one; digits without a point are a whole number to that
    other = (size == 1 and sign.endswith("_separate")) or bool(point and scale)

    def exact(block: Even, at: int) -> Found:
        value, _, refused = strict(block, at)
        return value, None if refused is None and apart else present(block, at, size, absent), refused

    def loose(block: Even, at: int) -> Found:
        value, _, odd = strict(block, at)
        if other:
            odd = np.ones(block.n, np.bool_)
        there = None if odd is None and apart else present(block, at, size, absent)
        if odd is None:
            return value, there, None
        items = np.flatnonzero(odd if there is None else odd & there)
        rows = block.matrix(at, size)[items]
        # a scan in arrays holds its digits in 64 bits
        quick = size <= 18 and digits <= 18 and not bits
        again, nothing, wrong = scan(rows) if quick else _one_by_one(single, rows, digits)
        if isinstance(value, Wide):
            assert isinstance(again, Wide)
            value.low[items], value.high[items] = again.low, again.high
        else:
            value[items] = again
        if nothing.any():
            there = np.ones(block.n, np.bool_) if there is None else there
            there[items[nothing]] = False
        if not wrong.any():
            return value, there, None
        refused = np.zeros(block.n, np.bool_)
        refused[items[wrong]] = True
        return value, there, refused

    return loose if lenient else exact


def _scanner(
    size: int, digits: int, scale: int, table: str, unsigned: bool, anywhere: bool, point: bool, blank_zero: bool
) -> Callable[[Array], tuple[Array, Array, Array]]:
    """The lenient scan, byte by byte over all items: rows of *size* ≤ 18 bytes → values, which are absent, which are refused."""
    table_of = np.frombuffer(DIGIT_TABLES[table], np.uint8)
    powers = np.array([10**n for n in range(19)], _I8)

    def scan(rows: Array) -> tuple[Array, Array, Array]:
        n = len(rows)
        value, found, overs, signs, fraction = (np.zeros(n, _I8) for _ in range(5))
        refused, minus, pointed = (np.zeros(n, np.bool_) for _ in range(3))
        for i in range(size):
            c = table_of[rows[:, i]]
            digit = (c < 0x2A) & (c & 15 < 10)
            over = digit & (c >= 0x10)
            value = np.where(digit, value * 10 + (c & 15), value)
            found += digit
            fraction += digit & pointed
            sign = (c == PLUS) | (c == MINUS)
            dot = ((c == POINT) | (c == COMMA)) & ~pointed if point else np.zeros(n, np.bool_)
            refused |= ~(digit | sign | dot | (c == BLANK) | (c == LOW))
            if not (anywhere or i in (0, size - 1)):
                refused |= over
            if unsigned and not anywhere:
                refused |= over & (c < 0x20)
            pointed |= dot
            signs += sign
            overs += over
            minus = np.where(over, c >= 0x20, minus | (c == MINUS))
        refused |= signs + (np.minimum(overs, 1) if anywhere else overs) > 1
        if unsigned:
            refused |= minus
        some = found > 0
        shift = scale - fraction if point else np.zeros(n, _I8)  # without a point the number is whole
        down = powers[np.minimum(np.maximum(-shift, 0), 18)]
        refused |= some & (value % down != 0)
        value = value // down
        up = np.minimum(np.maximum(shift, 0), 18)
        # more than 18 digits are refused below, whatever they are
        large = value > (10**18 - 1) // powers[up]
        value = np.where(large, np.int64(10**18), value * powers[up])
        if shift.max(initial=0) > 18:
            value = np.where((shift > 18) & (value > 0), np.int64(10**18), value)
        refused |= some & (value >= 10**digits if digits < 19 else large)
        value = np.where(some, np.where(minus, -value, value), 0)
        nothing = ~some & ~refused if not blank_zero else np.zeros(n, np.bool_)
        return value, nothing, refused

    return scan
