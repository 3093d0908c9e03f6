"""What COBOL compilers do differently with storage: one `Dialect` value for each, and every part of it an option.

Sources: IBM Enterprise COBOL for z/OS 6.4 Language Reference (USAGE, SYNCHRONIZED); Micro Focus Visual COBOL Reference
(USAGE, IBMCOMP, SYNC); GnuCOBOL 3.2 config files ``default.conf`` and ``acu.conf``; AbsaOSS/cobrix README for COMP-9,
COMP-3U and binary items of more than 18 digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Order = Literal["big", "little"]
FloatFormat = Literal["IBM", "IBM_little_endian", "IEEE754", "IEEE754_little_endian"]
SignTable = Literal["translated", "mf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one compiler lays out storage.

    ``binary_size``: a key of `BINARY_SIZES`.  ``comp5``: byte order of COMP-5 and of the BINARY-LONG family.
    ``ascii_signs``: the overpunch of zoned decimals in ASCII data — ``translated`` (EBCDIC's ``{A…I`` and ``}J…R``, which a
    translation leaves behind) or ``mf`` (``p…y`` for minus).
    ``boundaries``: usage family → storage size → multiple of bytes where a SYNCHRONIZED item begins; empty: SYNC changes
    nothing.  ``slack_outside``: slack before the first item of a group lies before the group (IBM), not in it.
    Sizes of pointers and indexes are bytes.
    """

    name: str
    binary_size: str
    comp5: Order
    floats: FloatFormat
    ascii_signs: SignTable
    boundaries: Mapping[str, Mapping[int, int]]
    slack_outside: bool
    pointer: int
    procedure_pointer: int
    index: int = 4


_NATURAL = {
    "binary": {1: 1, 2: 2, 4: 4, 8: 8, 16: 16},
    "float": {4: 4, 8: 8},
    "pointer": {4: 4, 8: 8},
}
#: z/OS aligns doublewords of binary at fullwords, and COMP-2 at doublewords
_IBM = {
    "binary": {2: 2, 4: 4, 8: 4},
    "float": {4: 4, 8: 8},
    "pointer": {4: 4, 8: 4},
}

DIALECTS: dict[str, Dialect] = {
    d.name: d
    for d in (
        Dialect(
            name="ibm",
            binary_size="2-4-8",
            comp5="big",
            floats="IBM",
            ascii_signs="translated",
            boundaries=_IBM,
            slack_outside=True,
            pointer=4,
            procedure_pointer=8,
        ),
        Dialect(
            name="mf",
            binary_size="1--8",
            comp5="little",
            floats="IEEE754_little_endian",
            ascii_signs="mf",
            boundaries={},  # SYNC is documentary without the IBMCOMP directive
            slack_outside=True,
            pointer=8,
            procedure_pointer=8,
        ),
        Dialect(
            name="gnucobol",
            binary_size="1-2-4-8",
            comp5="little",
            floats="IEEE754_little_endian",
            ascii_signs="mf",
            boundaries=_NATURAL,
            slack_outside=False,
            pointer=8,
            procedure_pointer=8,
        ),
        Dialect(
            name="acu",
            binary_size="2-4-8",
            comp5="little",
            floats="IEEE754_little_endian",
            ascii_signs="translated",
            boundaries=_NATURAL,
            slack_outside=False,
            pointer=8,
            procedure_pointer=8,
        ),
    )
}

#: What the option ``synchronized`` may name instead of the dialect's own boundaries.
BOUNDARIES: dict[str, Mapping[str, Mapping[int, int]]] = {"none": {}, "ibm": _IBM, "natural": _NATURAL}


def _two_four_eight(digits: int, signed: bool) -> int:
    """Halfword, fullword, doubleword; beyond 18 digits the fewest bytes that hold digits and sign, as Cobrix counts them."""
    for most, size in ((4, 2), (9, 4), (18, 8)):
        if digits <= most:
            return size
    return math.ceil((math.log2(10) * digits + 1) / 8)


def _one_two_four_eight(digits: int, signed: bool) -> int:
    """As 2-4-8, with a byte for one and two digits and sixteen bytes beyond 18."""
    return 1 if digits <= 2 else 16 if digits > 18 else _two_four_eight(digits, signed)


def _fewest(digits: int, signed: bool) -> int:
    """The fewest bytes that hold every number of so many digits, with a sign bit where it is signed."""
    return next(size for size in range(1, 17) if (1 << (8 * size - signed)) >= 10**digits)


def _little(digits: int, signed: bool) -> int:
    """COMP-9: as 2-4-8, with a byte for one and two digits."""
    return 1 if digits <= 2 else _two_four_eight(digits, signed)


#: name of the rule → the function that gives the bytes of a binary item from its digits and whether it is signed
BINARY_SIZES: dict[str, Callable[[int, bool], int]] = {
    "2-4-8": _two_four_eight,
    "1-2-4-8": _one_two_four_eight,
    "1--8": _fewest,
    "comp-9": _little,
}
