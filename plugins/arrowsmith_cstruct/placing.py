"""Members to places: where a compiler puts each member of a struct or union, and how large and how aligned the whole is.

``sysv`` follows the System V ABI (AMD64 supplement 3.1.2, "Bit-Fields") as gcc and clang carry it out, with ``packed`` and
`#pragma pack`; ``ms`` the Microsoft compiler, as gcc does with ms_struct.
Places are bits; the same for both byte orders, for they count in the order of memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A member to be placed: ``size`` and ``align`` of its type in bytes.  ``width``: bits of a bit field.  ``packed``,
    ``aligned`` (0: not): its attributes, or those of the struct."""

    size: int
    align: int
    width: int | None = None
    named: bool = True
    packed: bool = False
    aligned: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """``places`` of the items in bits; ``size`` and ``align`` of the whole in bytes."""

    places: tuple[int, ...]
    size: int
    align: int


def place(
    items: Sequence[Item], *, union: bool, rule: Literal["sysv", "ms"], pack: int, natural: int, aligned: int
) -> Placed:
    """Places for *items*.  *pack*: the alignment that `#pragma pack` allows at most, *natural*: the one that the option
    ``packing`` does (0: any); *aligned*: what an attribute of the struct asks for."""
    put = _RULES[rule]
    if union:
        alone = [put([item], pack, natural) for item in items]
        end = max((made.size for made in alone), default=0)
        align = max([1, aligned, *(made.align for made in alone)])
        return Placed((0,) * len(items), _up(end, align * 8) // 8, align)
    made = put(items, pack, natural)
    align = max(made.align, aligned)
    return Placed(made.places, _up(made.size, align * 8) // 8, align)


def _up(bits: int, align: int) -> int:
    return -(-bits // align) * align


def _aligned(item: Item, pack: int) -> int:
    """The alignment, in bytes, of a member that is no bit field."""
    align = (item.aligned or 1) if item.packed else max(item.align, item.aligned)
    return min(align, pack) if pack else align


def _sysv(items: Sequence[Item], pack: int, natural: int) -> Placed:
    """As `Placed`, but the size is in bits, to the end of the last item."""
    at, most = 0, 1
    places: list[int] = []
    for item in items:
        if item.width is None:
            align = _aligned(item, pack)
            at = _up(at, align * 8)
            places.append(at)
            at += item.size * 8
            most = max(most, align)
            continue
        unit = item.align * 8
        if item.width == 0:
            # Not influenced by packed or #pragma pack (gcc, stor-layout.cc: layout_decl), only by -fpack-struct.
            at = _up(at, min(item.align, natural) * 8 if natural else unit)
        elif not pack and not item.packed and at % unit + item.width > item.size * 8:
            at = _up(at, unit)  # a bit field lies in one storage unit of its type
        places.append(at)
        at += item.width
        if item.named and item.width:
            most = max(most, min(item.align, pack) if pack else 1 if item.packed else item.align)
    return Placed(tuple(places), at, most)


def _ms(items: Sequence[Item], pack: int, natural: int) -> Placed:
    """As `_sysv`.  A run of bit fields whose types have one size shares units of that size; each unit is used up whole."""
    at, most = 0, 1
    unit = left = 0
    places: list[int] = []
    for item in items:
        align = _aligned(item, pack)
        if item.width is None:
            at = _up(at + left, align * 8)
            places.append(at)
            at += item.size * 8
            unit = left = 0
            most = max(most, align)
            continue
        if item.width == 0 and not unit:  # one that no bit field precedes has no effect
            places.append(at)
            continue
        if item.width == 0:
            # Packed or not, the whole is aligned as its type is (gcc, stor-layout.cc: update_alignment_for_field).
            most = max(most, min(item.align, pack) if pack else item.align)
        if item.width == 0 or item.size != unit:
            at = _up(at + left, align * 8)
            unit, left = (item.size, item.size * 8) if item.width else (0, 0)
        elif item.width > left:  # the next unit follows the last, aligned or not
            at, left = at + left, item.size * 8
        places.append(at)
        at += item.width
        left -= item.width
        most = max(most, align)
    return Placed(tuple(places), at + left, most)


_RULES: dict[str, Callable[[Sequence[Item], int, int], Placed]] = {"sysv": _sysv, "ms": _ms}
