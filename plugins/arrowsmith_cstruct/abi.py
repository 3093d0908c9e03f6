"""Data models: the sizes, alignments and signs that a compiler gives to C's types, by the names of the option ``abi``.

Sources: System V ABI, AMD64 supplement (lp64) and Intel386 supplement (i386), Microsoft's x64 software conventions (llp64),
AAPCS32 and its like (ilp32).  Plain char is signed, as on x86, unless the option ``chars`` says otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from arrowsmith_cstruct.model import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Abi:
    """Bytes of ``long``, pointers and ``wchar_t``; ``eight``: the alignment of 8-byte types in a struct.  ``signed_enums``: an
    enumeration is an int even where no value is negative.  ``bit_fields``: how they share storage."""

    name: str
    long: int
    pointer: int
    wchar: int = 4
    eight: int = 8
    signed_enums: bool = False
    bit_fields: Literal["sysv", "ms"] = "sysv"


ABIS: dict[str, Abi] = {
    abi.name: abi
    for abi in (
        Abi(name="lp64", long=8, pointer=8),
        Abi(name="llp64", long=4, pointer=8, wchar=2, signed_enums=True, bit_fields="ms"),
        Abi(name="ilp32", long=4, pointer=4),
        Abi(name="i386", long=4, pointer=4, eight=4),
    )
}

#: Names that headers of the standard define: what they are of, in bytes or by a word of `Abi`.
_EXACT = {
    f"{sign}int{form}{bits}_t": (sign, bits // 8)
    for sign in ("", "u")
    for form in ("", "_least")
    for bits in (8, 16, 32, 64)
}
_WIDE: dict[str, tuple[str, int | Literal["pointer"]]] = {
    "intmax_t": ("", 8), "uintmax_t": ("u", 8), "intptr_t": ("", "pointer"), "uintptr_t": ("u", "pointer"),
    "size_t": ("u", "pointer"), "ssize_t": ("", "pointer"), "ptrdiff_t": ("", "pointer"),
}  # fmt: skip
_CHARACTERS: dict[str, int | Literal["wchar"]] = {"wchar_t": "wchar", "char8_t": 1, "char16_t": 2, "char32_t": 4}

#: Names of types that are known without a definition: those of stdint.h, stddef.h, stdbool.h, uchar.h.
STANDARD: tuple[str, ...] = (*_EXACT, *_WIDE, *_CHARACTERS, "bool")


def standard(name: str, abi: Abi) -> Scalar | None:
    """The type that a header of the standard calls *name*; None where there is none."""
    if name in _EXACT:
        sign, size = _EXACT[name]
        return integer(size, not sign, abi)
    if name in _WIDE:
        sign, wide = _WIDE[name]
        return integer(abi.pointer if wide == "pointer" else wide, not sign, abi)
    if name in _CHARACTERS:
        unit = _CHARACTERS[name]
        size = abi.wchar if unit == "wchar" else unit
        return Scalar(kind="character", size=size, align=size, signed=name == "wchar_t" and size == 4)
    return BOOL if name == "bool" else None


def integer(size: int, signed: bool, abi: Abi) -> Scalar:
    """An integer of *size* bytes."""
    return Scalar(kind="integer", size=size, align=_align(size, abi), signed=signed)


def pointer(abi: Abi) -> Scalar:
    """Any pointer: an unsigned integer of its size."""
    return Scalar(kind="pointer", size=abi.pointer, align=abi.pointer, signed=False)


def _align(size: int, abi: Abi) -> int:
    return abi.eight if size == 8 else size


BOOL = Scalar(kind="bool", size=1, align=1, signed=False)
CHAR = Scalar(kind="character", size=1, align=1, signed=True)


def basic(words: Sequence[str], abi: Abi) -> Scalar | str:
    """The type that *words* of C (``unsigned long int``) mean, in any order; or why they mean none that data can have."""
    counted = Counter(words)
    sign = [w for w in ("signed", "unsigned") if counted.pop(w, 0)]
    longs, shorts, ints = counted.pop("long", 0), counted.pop("short", 0), counted.pop("int", 0)
    rest = sorted(counted)
    spelled = " ".join(words)
    nothing = f"{spelled} is no type"
    if len(sign) > 1 or longs > 2 or shorts > 1 or ints > 1 or sum(counted.values()) > 1 or (longs and shorts):
        return nothing
    if "_Complex" in rest or (rest == ["double"] and longs == 1):
        return f"{spelled} is no type that columns can have"
    if rest == ["void"]:
        return "void is no type of data"
    if not rest:
        size = 2 if shorts else 8 if longs == 2 else abi.long if longs else 4
        return integer(size, sign != ["unsigned"], abi)
    if longs or shorts or ints:
        return nothing
    match rest:
        case ["char"]:
            return integer(1, sign == ["signed"], abi) if sign else CHAR
        case ["__int128"]:
            return integer(16, sign != ["unsigned"], abi) if abi.pointer == 8 else f"{spelled} is no type of {abi.name}"
        case ["_Bool"] if not sign:
            return BOOL
        case ["float"] if not sign:
            return Scalar(kind="float", size=4, align=4, signed=True)
        case ["double"] if not sign:
            return Scalar(kind="float", size=8, align=_align(8, abi), signed=True)
    return nothing
