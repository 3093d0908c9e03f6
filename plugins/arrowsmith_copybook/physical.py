"""`Storage` → the Layout's physical types, and the words that the schema says about a field."""

from __future__ import annotations

import json
from dataclasses import replace

from arrowsmith.layout.types import Bytes, Float, Integer, Packed, Scientific, Text, Type, Zoned
from arrowsmith_copybook.choices import Choices
from arrowsmith_copybook.double_byte import PREFIX, graphic
from arrowsmith_copybook.items import Item
from arrowsmith_copybook.storage import Storage
from arrowsmith_copybook.words import key

#: LOW-VALUES, and a blank of EBCDIC
LOW = b"\x00"
BLANK = b"\x40"


def field_type(item: Item, choices: Choices, *, short: bool) -> Type:
    """The type of an elementary *item*; *short*: its record may end inside it."""
    storage = item.storage
    assert storage is not None  # elementary
    blanks = b"\x40" if choices.ebcdic else b" "
    match storage.kind:
        case "text":
            return text_type(storage.size, choices, _charset(item, choices), short=short)
        case "national":
            return replace(text_type(storage.size, choices, choices.utf16, short=short), controls="kept")
        case "utf8":
            return replace(text_type(storage.size, choices, "utf-8", short=short), controls="kept")
        case "dbcs":
            double = graphic(_charset(item, choices))
            if not double:  # a page of single bytes says nothing about graphic characters
                return Bytes(size=storage.size, partial=short)
            return text_type(storage.size, choices, double, short=short)
        case "bytes":
            return Bytes(size=storage.size, hex=choices.hex, partial=short)
        case "zoned" | "edited":
            return _zoned(item, storage, choices, LOW + blanks)
        case "scientific":
            name, letter = ("ebcdic", b"\xc5") if choices.ebcdic else ("ascii", b"E")
            return Scientific(
                digits=storage.digits,
                scale=storage.scale,
                point=storage.point,
                table=f"{name}-separate",
                letter=letter,
                absent=LOW + blanks + choices.high,
            )
        case "packed":
            return _packed(storage, choices, LOW + blanks)
        case "binary":
            return _binary(storage, choices, truncated=choices.truncated and item.usage in ("COMP", "COMP-4"))
        case "float":
            base, order = ("ieee", storage.order) if storage.ieee else choices.floats
            return Float(kind=f"{base}{8 * storage.size}", order=order)  # type: ignore[arg-type]  # four of the kinds


def _charset(item: Item, choices: Choices) -> str:
    """The charset of the texts of *item*."""
    page = choices.pages.get(key(item.name), choices.charset)
    return page if isinstance(page, str) else page.name


def text_type(size: int, choices: Choices, charset: str, *, short: bool) -> Text:
    """A text of *size* bytes as the options want texts."""
    return Text(
        size=size,
        charset=charset,
        trim=choices.trim,
        pad=LOW + BLANK if charset.startswith(PREFIX) else b"",
        undecodable=choices.undecodable,
        controls="kept" if choices.ebcdic or choices.keep else "dropped",
        partial=short,
        beyond="null" if choices.nulls and not choices.keep else "empty",
        absent=(LOW if choices.nulls and not choices.keep else b"") + choices.high,
    )


def _zoned(item: Item, storage: Storage, choices: Choices, nothing: bytes) -> Zoned:
    sign = "none"
    if storage.sign is not None:
        sign = ("leading" if storage.sign.leading else "trailing") + ("_separate" if storage.sign.separate else "")
    # blanks are zero where the picture says so; and in decimals where Cobrix reads them so, which is by an accident of its
    # putting the decimal point into an empty text
    blank_zero = item.entry.blank_zero or (not choices.nulls and storage.scale != 0 and not storage.point)
    absent = (LOW if item.entry.blank_zero else nothing) if choices.nulls else b""
    return Zoned(
        size=storage.size,
        digits=storage.digits,
        scale=storage.scale,
        table=choices.table.split("-")[0] + storage.editing if storage.editing else choices.table,
        sign=sign,  # type: ignore[arg-type]  # put together above
        lenient=choices.lenient or storage.kind == "edited",
        anywhere=not choices.strict_signs,
        point=storage.point,
        blank_zero=blank_zero,
        written=choices.written and storage.scale == 0 and not storage.point,
        decimal=choices.strict_digits,
        absent=absent + choices.high,
    )


def _packed(storage: Storage, choices: Choices, nothing: bytes) -> Packed:
    room = 2 * storage.size - storage.nibble
    digits = storage.digits
    if not (choices.strict_digits or storage.scale) and _width(room) == _width(digits) != 3:
        digits = room  # the nibble that the picture leaves over holds a digit like any other
    return Packed(
        size=storage.size,
        digits=digits,
        scale=storage.scale,
        # a minus in an item without S is read as one: programs store it, and Cobrix reads it
        sign="trailing" if storage.nibble else "none",
        decimal=choices.strict_digits,
        # without a sign nibble LOW-VALUES and blanks are numbers like any others
        absent=(nothing if choices.nulls and storage.nibble else b"") + choices.high,
    )


def _binary(storage: Storage, choices: Choices, *, truncated: bool) -> Integer:
    digits = storage.digits
    if not (truncated or storage.signed or storage.scale or choices.strict_digits):
        # nine digits without a sign fill a fullword to 4294967295, eighteen a doubleword: their columns hold all of it
        digits = {(9, 4): 10, (18, 8): 20}.get((digits, storage.size), digits)
    if choices.full and not choices.strict_digits and (storage.scale or not storage.signed):
        # else columns of whole numbers with a sign are as wide as the storage already
        digits = max(digits, len(str((1 << (8 * storage.size - storage.signed)) - 1)))
    return Integer(
        bits=8 * storage.size,
        encoding="twos" if storage.signed else "unsigned",
        order=storage.order,
        digits=digits,
        scale=storage.scale,
        decimal=choices.strict_digits and digits > 0,
        limit=digits if truncated else 0,
    )


def _width(digits: int) -> int:
    """Which Arrow type so many digits get: 1 int32, 2 int64, 3 a decimal."""
    return 1 if digits <= 9 else 2 if digits <= 18 else 3


def type_text(item: Item) -> str:
    """The item's picture and usage as a copybook says them."""
    parts = [f"PIC {item.picture.text}"] if item.picture else []
    if item.usage and item.usage != "DISPLAY":
        parts.append({"COMP-6": "COMP-6", "DBCS": "DISPLAY-1"}.get(item.usage, item.usage))
    if sign := item.entry.sign:
        parts.append(f"SIGN {'LEADING' if sign.leading else 'TRAILING'}{' SEPARATE' if sign.separate else ''}")
    return " ".join(parts)


def metadata(item: Item, choices: Choices) -> tuple[tuple[str, str], ...]:
    """What the schema's field says about *item* beside its name and type: as the option ``metadata`` wants."""
    if choices.metadata == "false":
        return ()
    storage, entry = item.storage, item.entry
    found: list[tuple[str, str]] = []
    if storage is not None and storage.kind in ("text", "national", "utf8"):
        width = {"text": 1, "national": 2, "utf8": 1}[storage.kind]
        found.append(("maxLength", str(storage.size // width)))
    if entry.occurs is not None:
        found += [("minElements", str(entry.occurs.least)), ("maxElements", str(entry.occurs.most))]
    if entry.conditions:
        names = {c.name: [str(v) for v in c.values] for c in entry.conditions}
        found.append(("conditions", json.dumps(names, ensure_ascii=False)))
        if otherwise := {c.name: str(c.false) for c in entry.conditions if c.false is not None}:
            found.append(("conditions_false", json.dumps(otherwise, ensure_ascii=False)))
    if choices.metadata == "extended":
        found.append(("level", str(entry.level)))
        if item.picture is not None:
            found.append(("pic", item.picture.text))
        if item.usage:
            found.append(("usage", item.usage))
        if entry.redefines is not None:
            found.append(("redefines", entry.redefines.text))
        if entry.occurs is not None and entry.occurs.depending is not None:
            found.append(("depending_on", entry.occurs.depending.text))
        if entry.values:
            found.append(("value", ", ".join(map(str, entry.values))))
    return tuple(found)
