"""Picture, usage and sign of an elementary item → `Storage`: how many bytes it has and how they make its value.

Invariant: whatever is accepted has a size of at least one byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from arrowsmith_copybook.dialect import BINARY_SIZES, Dialect, Order
from arrowsmith_copybook.entry import Sign
from arrowsmith_copybook.picture import MOST_DIGITS, Picture

Kind = Literal[
    "text", "national", "dbcs", "utf8", "zoned", "edited", "packed", "binary", "float", "scientific", "bytes"
]


class StorageError(Exception):
    """A usage that does not go with the picture."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """One item's bytes.

    ``kind``: ``zoned`` (one digit a byte; ``sign`` says where the sign is), ``edited`` (the same with editing symbols between:
    blanks, a point, signs), ``packed`` (``nibble``: with a sign nibble), ``binary`` (two's complement if signed, in ``order``),
    ``float`` (4 or 8 bytes), ``scientific`` (mantissa and exponent written out), ``text`` and its relatives, ``bytes``.
    Value × 10^-scale; ``digits`` 0 where a binary item has the range of its bytes.  ``family`` is its row in `Dialect.boundaries`,
    ``editing`` the kind of digit table that knows its editing symbols.
    """

    kind: Kind
    size: int
    digits: int = 0
    scale: int = 0
    signed: bool = False
    sign: Sign | None = None
    point: bool = False
    nibble: bool = True
    order: Order = "big"
    ieee: bool = False
    family: str = ""
    editing: Literal["", "-edited", "-edited-comma"] = ""

    @property
    def precision(self) -> int:
        """Decimal digits of the greatest value, the places of P included."""
        return max(self.digits - min(self.scale, 0), self.scale)


#: usage → bytes of the BINARY-LONG family, which has no picture
_WORDS = {"BINARY-CHAR": 1, "BINARY-SHORT": 2, "BINARY-LONG": 4, "BINARY-DOUBLE": 8}
#: usages of binary numbers that are described by a picture
_BINARY = ("COMP", "COMP-0", "COMP-4", "COMP-5", "COMP-9", "COMP-X", "COMP-N")
#: usages that a picture does not describe
NO_PICTURE = (*_WORDS, "COMP-1", "COMP-2", "FLOAT-BINARY-32", "FLOAT-BINARY-64", "INDEX", "POINTER", "POINTER-32",
              "PROCEDURE-POINTER", "FUNCTION-POINTER", "OBJECT")  # fmt: skip
#: category → kind, bytes of a character
_TEXTS: dict[str, tuple[Kind, int]] = {
    "alphanumeric": ("text", 1),
    "alphanumeric-edited": ("text", 1),
    "national": ("national", 2),
    "dbcs": ("dbcs", 2),
    "utf8": ("utf8", 4),
}


def store(
    picture: Picture | None,
    usage: str,
    sign: Sign | None,
    dialect: Dialect,
    *,
    unsigned: bool = False,
    byte_length: int = 0,
    edited_numbers: bool = False,
    nsymbol: str = "national",
) -> Storage:
    """The storage of an item of *picture* (None: none) and *usage* ("" means DISPLAY).  Raises `StorageError`.

    A *sign* clause without S in the picture makes a number signed, as Cobrix has it.  *edited_numbers*: pictures with B 0 / CR
    DB , or a currency sign are numbers too.  *nsymbol*: what N stands for.
    """
    if picture is None or usage in NO_PICTURE:
        return _without_picture(picture, usage, unsigned, dialect)
    if picture.category == "external-float":
        return _scientific(picture, usage)
    if picture.category not in ("numeric", "numeric-edited"):
        return _text(picture, usage, dialect, byte_length, nsymbol)
    if picture.category == "numeric-edited":
        return _edited(picture, usage, sign, edited_numbers)
    match usage:
        case "" | "DISPLAY":
            return _zoned(picture, sign)
        case "COMP-3" | "COMP-6":
            _no_separate(sign, usage)
            digits = picture.digits
            return Storage(
                kind="packed",
                size=digits // 2 + 1 if usage == "COMP-3" else (digits + 1) // 2,
                digits=digits,
                scale=picture.scale,
                signed=picture.signed,
                nibble=usage == "COMP-3",
            )
        case "NATIONAL":
            size = 2 * (picture.positions + (sign is not None and sign.separate))
            return Storage(kind="national", size=size)
        case _ if usage in _BINARY:
            _no_separate(sign, usage)
            return _binary(picture, usage, dialect)
    raise StorageError("C0206", f"a number cannot have the usage {usage}")


def _without_picture(picture: Picture | None, usage: str, unsigned: bool, dialect: Dialect) -> Storage:
    if picture is not None and picture.category != "numeric":
        raise StorageError("C0206", f"{usage} has no picture", "leave the PICTURE clause out")
    match usage:
        case "COMP-1" | "COMP-2":
            return Storage(kind="float", size=4 if usage == "COMP-1" else 8, family="float")
        case "FLOAT-BINARY-32" | "FLOAT-BINARY-64":
            return Storage(kind="float", size=int(usage[-2:]) // 8, order=dialect.comp5, ieee=True, family="float")
        case "INDEX":
            return Storage(kind="binary", size=dialect.index, signed=True, order=dialect.comp5, family="binary")
        case "POINTER" | "OBJECT":
            return Storage(kind="binary", size=dialect.pointer, order=dialect.comp5, family="pointer")
        case "POINTER-32":
            return Storage(kind="binary", size=4, order=dialect.comp5, family="pointer")
        case "PROCEDURE-POINTER" | "FUNCTION-POINTER":
            size = dialect.procedure_pointer if usage == "PROCEDURE-POINTER" else dialect.pointer
            return Storage(kind="binary", size=size, order=dialect.comp5, family="pointer")
        case _ if usage in _WORDS:
            return Storage(kind="binary", size=_WORDS[usage], signed=not unsigned, order=dialect.comp5, family="binary")
    raise StorageError(
        "C0207", "an elementary item has a PICTURE clause", "a group has members with higher level numbers"
    )


def _text(picture: Picture, usage: str, dialect: Dialect, byte_length: int, nsymbol: str) -> Storage:
    kind, width = _TEXTS[picture.category]
    size = picture.positions * width
    if picture.category == "alphanumeric":
        match usage:
            case "COMP" | "COMP-0" | "COMP-4":
                return Storage(kind="bytes", size=size)
            case "COMP-5" | "COMP-X" | "COMP-N" if size <= 8:
                order: Order = "big" if usage == "COMP-X" else dialect.comp5
                return Storage(kind="binary", size=size, order=order, family="binary")
            case "COMP-5" | "COMP-X" | "COMP-N":
                return Storage(kind="bytes", size=size)
            case "COMP-6":  # an extension of Cobrix: X(n) counts the bytes
                if 2 * size > MOST_DIGITS:
                    raise StorageError("C0204", f"a number of {2 * size} digits has no Arrow decimal")
                return Storage(kind="packed", size=size, digits=2 * size, nibble=False)
    if picture.category == "utf8":
        return Storage(kind="utf8", size=byte_length or size)
    if picture.category == "national" and (usage == "DBCS" or (usage == "" and nsymbol == "dbcs")):
        return Storage(kind="dbcs", size=size)
    if usage not in ("", "DISPLAY", {"national": "NATIONAL", "dbcs": "DBCS", "utf8": "UTF-8"}.get(kind, "DISPLAY")):
        if kind == "text" and usage == "NATIONAL":
            return Storage(kind="national", size=2 * size)
        raise StorageError("C0206", f"the picture {picture.text} cannot have the usage {usage}")
    return Storage(kind=kind, size=size)


def _zoned(picture: Picture, sign: Sign | None) -> Storage:
    if picture.signed and sign is None:
        sign = Sign(leading=False, separate=False)
    return Storage(
        kind="zoned",
        size=picture.digits + (sign is not None and sign.separate),
        digits=picture.digits,
        scale=picture.scale,
        signed=sign is not None,
        sign=sign,
    )


def _scientific(picture: Picture, usage: str) -> Storage:
    if usage == "NATIONAL":
        return Storage(kind="national", size=2 * picture.positions)
    if usage not in ("", "DISPLAY"):
        raise StorageError("C0206", f"the picture {picture.text} cannot have the usage {usage}")
    return Storage(
        kind="scientific",
        size=picture.positions,
        digits=picture.digits,
        scale=picture.scale,
        signed=True,
        point=picture.point,
    )


def _edited(picture: Picture, usage: str, sign: Sign | None, numbers: bool) -> Storage:
    if usage == "NATIONAL":
        return Storage(kind="national", size=2 * picture.positions)
    if usage not in ("", "DISPLAY"):
        raise StorageError(
            "C0206",
            f"the edited picture {picture.text} cannot have the usage {usage}",
            "an edited item is DISPLAY; a number of another usage has V for its decimal point",
        )
    if not (picture.plain or numbers) or picture.inserted:
        return Storage(kind="text", size=picture.positions)
    if sign is not None and sign.separate and picture.sign:
        raise StorageError("C0206", f"the picture {picture.text} has a sign of its own beside SIGN SEPARATE")
    if picture.sign:
        sign = Sign(leading=picture.leading, separate=True)
    elif picture.signed and sign is None:
        sign = Sign(leading=False, separate=False)
    return Storage(
        kind="edited",
        size=picture.positions + (not picture.sign and sign is not None and sign.separate),
        digits=picture.digits,
        scale=picture.scale,
        signed=sign is not None,
        sign=sign,
        point=picture.point,
        editing="" if not picture.marked else "-edited-comma" if picture.comma else "-edited",
    )


def _binary(picture: Picture, usage: str, dialect: Dialect) -> Storage:
    rule = "comp-9" if usage == "COMP-9" else "1--8" if usage in ("COMP-X", "COMP-N") else dialect.binary_size
    signed = picture.signed and usage not in ("COMP-X", "COMP-N")
    order: Order = "big"
    if usage == "COMP-9":
        order = "little"
    elif usage in ("COMP-5", "COMP-N"):
        order = dialect.comp5
    return Storage(
        kind="binary",
        size=BINARY_SIZES[rule](picture.digits, signed),
        digits=picture.digits,
        scale=picture.scale,
        signed=signed,
        order=order,
        family="binary",
    )


def _no_separate(sign: Sign | None, usage: str) -> None:
    if sign is not None and sign.separate:
        raise StorageError("C0206", f"SIGN SEPARATE is for DISPLAY, not for {usage}")
