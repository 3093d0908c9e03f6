"""Bytes → values, as the oracle means them: integers, packed and zoned decimals, text.

Each function says in plain Python what one load of `arrowsmith.program.ops` does to the bytes at its place, and raises `Refused`
with the rule that they break.
Invariant: no function here knows a record, a cursor or a register.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from arrowsmith.charsets import Charset, expansion
from arrowsmith.digits import BLANK, COMMA, DIGIT_TABLES, LOW, MINUS, PLUS, POINT
from arrowsmith.program.ops import LoadBits, LoadInt, LoadText, Spell, Unpack, Unzone


class Refused(Exception):
    """Bytes or operands that an op refuses: ``rule`` in words; the ``size`` bytes at ``at`` of the op's own are to blame (−1: all)."""

    def __init__(self, rule: str, at: int = 0, size: int = -1) -> None:
        super().__init__(rule)
        self.rule = rule
        self.at = at
        self.size = size


@dataclass(frozen=True, slots=True)
class Text:
    """A text register's value: bytes, the charset that they are in (a table, the name of a multi-byte codec, or ``binary``), what
    becomes of bytes that have no character."""

    data: bytes
    charset: Charset | str = "utf-8"
    undecodable: str = "error"

    @property
    def binary(self) -> bool:
        return self.charset == "binary"

    @property
    def room(self) -> int:
        """The most bytes that putting it takes."""
        return len(self.data) * expansion(self.charset, self.undecodable)

    def utf8(self) -> bytes:
        """The text as utf8; bytes as they are."""
        if self.binary:
            return self.data
        if isinstance(self.charset, Charset):
            return "".join(self.charset.table[b] or "\ufffd" for b in self.data).encode()
        return self.data.decode(self.charset, "replace").encode()

    def characters(self) -> str:
        """The text as characters."""
        return self.utf8().decode()


def absent(data: bytes, values: bytes) -> bool:
    """Whether every byte of *data* (there is one) is one and the same of *values*."""
    return bool(data) and data[0] in values and data == data[:1] * len(data)


def integer(o: LoadInt, data: bytes) -> int:
    found = _integer(o, data)
    if o.below and not o.least <= found < o.below:
        raise Refused(f"{found} is not between {o.least} and {o.below - 1}")
    return found


def _integer(o: LoadInt, data: bytes) -> int:
    n = int.from_bytes(data, o.order)
    bits = 8 * o.size
    negative = n >> (bits - 1)
    if o.encoding == "twos" or (bits == 128 and o.encoding == "unsigned"):
        return n - (negative << bits)  # a register of 128 bits has a sign
    if o.encoding == "ones" and negative:
        return n - (1 << bits) + 1
    if o.encoding == "magnitude" and negative:
        return -(n - (1 << (bits - 1)))
    return n


def bit_field(o: LoadBits, data: bytes) -> int:
    n = int.from_bytes(data, o.order) >> o.low & ((1 << o.width) - 1)
    return n - (1 << o.width) if o.signed and n >> (o.width - 1) else n


def packed(o: Unpack, data: bytes) -> int:
    nibbles = [nibble for byte in data for nibble in (byte >> 4, byte & 15)]
    sign = 0xF if o.sign == "none" else nibbles.pop()
    value = 0
    for i, nibble in enumerate(nibbles):
        if nibble > 9:
            raise Refused(f"0x{data[i // 2]:02X} holds a packed-decimal digit above 9", i // 2, 1)
        value = value * 10 + nibble
    last = len(data) - 1
    if sign < 0xA and not o.missing_sign:
        raise Refused(f"0x{data[last]:02X} is not a packed-decimal sign; expected A–F", last, 1)
    if sign in (0xB, 0xD):
        if o.sign == "unsigned":
            raise Refused(f"0x{data[last]:02X} ends in a minus, and the number has no sign", last, 1)
        value = -value
    return _digits(value, o.digits)


def _digits(value: int, digits: int) -> int:
    if abs(value) >= 10**digits:
        raise Refused(f"{value} has more than {digits} digits")
    return value


def zoned(o: Unzone, data: bytes) -> int | None:
    """The number; None where it is absent."""
    classes = [DIGIT_TABLES[o.table][b] for b in data]
    return _zoned_lenient(o, data, classes) if o.lenient else _digits(_zoned_strict(o, data, classes), o.digits)


def _zoned_strict(o: Unzone, data: bytes, classes: list[int]) -> int:
    places = range(len(data))
    sign = {"leading": 0, "leading_separate": 0, "trailing": len(data) - 1, "trailing_separate": len(data) - 1}.get(
        o.sign, -1
    )
    value, minus = 0, False
    for i in places:
        c = classes[i]
        if i == sign and o.sign.endswith("_separate"):
            if c not in (PLUS, MINUS):
                raise Refused(f"0x{data[i]:02X} is not a sign character", i, 1)
            minus = c == MINUS
        elif c < 0x0A or (i == sign and c < 0x2A and c & 15 < 10):
            value = value * 10 + (c & 15)
            minus = minus or c >> 4 == 2
        else:
            what = "a digit with or without a sign" if i == sign else "a digit"
            raise Refused(f"0x{data[i]:02X} is not {what}", i, 1)
    return -value if minus else value


def _zoned_lenient(o: Unzone, data: bytes, classes: list[int]) -> int | None:
    value, found, sign, fraction, spelled = 0, 0, "", -1, False
    for i, c in enumerate(classes):
        if c in (BLANK, LOW):
            continue
        given = ""
        if c < 0x2A and c & 15 < 10:
            given = ("", "plus", "minus")[c >> 4]
            if given and not (o.anywhere or i in (0, len(data) - 1)):
                raise Refused(f"0x{data[i]:02X} is a digit with a sign, neither the first nor the last", i, 1)
            if given == "plus" and o.sign == "none" and not o.anywhere:
                raise Refused(f"0x{data[i]:02X} is a digit with a sign, and the number has none", i, 1)
            value = value * 10 + (c & 15)
            found += 1
            fraction += fraction >= 0
        elif c in (PLUS, MINUS):
            given = "plus" if c == PLUS else "minus"
            if sign:
                raise Refused(f"0x{data[i]:02X} is a second sign", i, 1)
            spelled = True
        elif c in (POINT, COMMA) and o.point and fraction < 0:
            fraction = 0
        else:
            what = "a second decimal point" if c in (POINT, COMMA) and o.point else "no part of a number"
            raise Refused(f"0x{data[i]:02X} is {what}", i, 1)
        if given and sign and (spelled or not o.anywhere):
            raise Refused(f"0x{data[i]:02X} is a second sign", i, 1)
        if given == "minus" and o.sign == "none" and not o.anywhere:
            raise Refused(f"0x{data[i]:02X} is a minus, and the number has no sign", i, 1)
        sign = given or sign
    if sign == "minus" and o.sign == "none":
        raise Refused("the number is negative, and has no sign")
    if not found:
        return 0 if o.blank_zero else None
    if o.point:
        value, lost = _rescaled(value, o.scale - max(fraction, 0))
        if lost:
            raise Refused(f"the number has non-zero digits behind the {o.scale} that it may have behind its point")
    value = -value if sign == "minus" else value
    if o.bits:
        half = 1 << (o.bits - 1)
        if not -half <= value < half:
            raise Refused(f"{value} is no integer of {o.bits} bits")
        return value
    return _digits(value, o.digits)


def _rescaled(value: int, shift: int) -> tuple[int, int]:
    """*value* × 10^*shift*, and what is lost."""
    return (value * 10**shift, 0) if shift >= 0 else divmod(value, 10**-shift)


def spelled(o: Spell, data: bytes) -> Text:
    """The number in *data* as it is written."""
    sign, digits = "", ""
    for c in (DIGIT_TABLES[o.table][b] for b in data):
        if c in (PLUS, MINUS):
            sign = "+" if c == PLUS else "-"
        elif c < 0x2A and c & 15 < 10:
            sign = ("", "+", "-")[c >> 4] or sign
            digits += str(c & 15)
    return Text((sign + digits).encode())


#: bytes of one unit of text where that is not 1
UNIT = {"utf-16-be": 2, "utf-16-le": 2, "utf-32-be": 4, "utf-32-le": 4}


def text(o: LoadText, charset: Charset | str, data: bytes) -> Text:
    """The text in *data*, trimmed; `Refused` where a byte has no character and ``undecodable`` is ``error``."""
    data = data.partition(o.until)[0] if o.until else data
    low, high = _trimmed(o, charset, data)
    found = Text(data[low:high], charset, o.undecodable)
    if o.undecodable == "error":
        _decodable(found, low)
    return found


def decoded(data: bytes, charset: Charset | str) -> Text:
    """*data* as text; `Refused` where they are none in *charset*."""
    found = Text(data, charset)
    try:
        _decodable(found, 0)
    except Refused as refused:
        raise Refused(refused.rule, size=0) from None
    return found


def _trimmed(o: LoadText, charset: Charset | str, data: bytes) -> tuple[int, int]:
    unit = UNIT.get(codecs.lookup(charset).name, 1) if isinstance(charset, str) else 1
    pads = {o.pad[i : i + unit] for i in range(0, len(o.pad), unit)} if o.pad else _blanks(charset, unit)
    low, high = 0, len(data)
    if o.trim in ("left", "both"):
        while low + unit <= high and data[low : low + unit] in pads:
            low += unit
    if o.trim in ("right", "both") and not len(data) % unit:  # half a unit at the end is no pad
        while high - unit >= low and data[high - unit : high] in pads:
            high -= unit
    return low, high


def _blanks(charset: Charset | str, unit: int) -> set[bytes]:
    if isinstance(charset, Charset):
        return {bytes([b]) for b, c in enumerate(charset.table) if len(c) == 1 and ord(c) <= 0x20}
    order = "little" if codecs.lookup(charset).name.endswith("-le") else "big"
    return {n.to_bytes(unit, order) for n in range(0x21)}  # type: ignore[arg-type]  # one of the two literals


def _decodable(found: Text, low: int) -> None:
    if isinstance(found.charset, Charset):
        for i, b in enumerate(found.data):
            if not found.charset.table[b]:
                raise Refused(f"0x{b:02X} is no character of {found.charset.name}", low + i, 1)
        return
    try:
        found.data.decode(found.charset)
    except UnicodeDecodeError as error:
        wrong = found.data[error.start : error.end]
        raise Refused(f"0x{wrong.hex().upper()} is no text in {found.charset}", low + error.start, len(wrong)) from None
