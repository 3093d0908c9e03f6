"""Writes policies.dat: the records that policies.cpy describes, the same bytes for the same seed.

usage: python examples/generate.py [RECORDS [OUTPUT]]        (by default 12,000 records into examples/policies.dat)
"""

from __future__ import annotations

import random
import struct
import sys
from pathlib import Path

CODE_PAGE = "cp1140"
SURNAMES = ["Müller", "Lefèvre", "Nuñez", "O'Brien", "Ångström", "Gonçalves", "Fischer", "Smith", "Dvorak", "Jensen"]
SURNAMES += ["Garcia", "Rossi", "Öztürk", "Hernández"]
FORENAMES = ["Zoë", "José", "Anna", "Björn", "Chloë", "Renée", "Peter", "Marie", "François", "Inés", "Karl", "Sophie"]
CITIES = ["Köln", "São Paulo", "Zürich", "Málaga", "Göteborg", "Montréal", "London", "Besançon", "Tórshavn"]
REMARKS = ["", "premium in €", "no claims since 2019", "déjà vérifié", "call back — señor Nuñez".replace("—", "-")]


def text(value: str, size: int) -> bytes:
    """*value* in the code page, padded with spaces or cut to *size* bytes."""
    return value.encode(CODE_PAGE).ljust(size, b"\x40")[:size]


def packed(value: int, digits: int) -> bytes:
    """Packed decimal: two digits a byte, the last nibble the sign."""
    nibbles = f"{abs(value):0{digits | 1}d}"[-(digits | 1) :] + ("d" if value < 0 else "c")
    return bytes.fromhex(nibbles)


def zoned(value: int, digits: int, *, signed: bool) -> bytes:
    """Zoned decimal: one digit a byte, a sign overpunched on the last."""
    out = bytearray(0xF0 + int(d) for d in f"{abs(value):0{digits}d}")
    if signed:
        out[-1] = (0xD0 if value < 0 else 0xC0) + out[-1] % 16
    return bytes(out)


def hexadecimal(value: float) -> bytes:
    """An IBM long hexadecimal float (z/Architecture Principles of Operation, hexadecimal floating point)."""
    if not value:
        return bytes(8)
    sign, value, exponent = (0x80 if value < 0 else 0), abs(value), 64
    while value >= 1:
        value, exponent = value / 16, exponent + 1
    while value < 1 / 16:
        value, exponent = value * 16, exponent - 1
    return struct.pack(">Q", (sign | exponent) << 56 | int(value * 2**56))


def record(number: int, chance: random.Random) -> bytes:
    """Policy *number*."""
    product = chance.choice(("MO", "HO", "TR"))
    claims = chance.choice((0, 0, 0, 1, 1, 2, 3))
    made = [
        struct.pack(">I", 100_000_000 + number),
        text(f"B{chance.randrange(1, 40):03d}", 4),
        text(product, 2),
        text(chance.choice(SURNAMES), 20),
        text(chance.choice(FORENAMES), 14),
        text(chance.choice(CITIES), 18),
        zoned(
            chance.randrange(1998, 2026) * 10000 + chance.randrange(1, 13) * 100 + chance.randrange(1, 29),
            8,
            signed=False,
        ),
        packed(chance.randrange(5_000, 400_000), 9),
        packed(chance.choice((0, 0, 50, 125, -25)), 3),
        zoned(chance.randrange(-200_000, 900_000), 11, signed=True),
        zoned(claims, 2, signed=False),
    ]
    for claim in range(3):
        real = claim < claims
        made.append(struct.pack(">H", chance.randrange(2010, 2026) if real else 0))
        made.append(packed(chance.randrange(10_000, 2_000_000) if real else 0, 9))
        made.append(text(chance.choice(("FIR", "WTR", "COL", "THF")) if real else "", 3))
    if product == "MO":
        plate = f"{chance.choice('BKMHS')}-{chance.choice('ABCDE')}{chance.choice('XYZ')} {chance.randrange(100, 9999)}"
        power, value = chance.randrange(40, 400), chance.randrange(200_000, 9_000_000)
        made.append(text(plate, 10) + struct.pack(">h", power) + packed(value, 9) + text("", 7))
    elif product == "HO":
        area, cost = chance.randrange(300, 4000), chance.randrange(5_000_000, 90_000_000)
        made.append(zoned(area, 6, signed=False) + packed(cost, 11) + text(f"{chance.randrange(10000, 99999)}", 12))
    else:
        made.append(text(chance.choice(("EUROPE", "WORLDWIDE", "WORLD W/O USA")), 24))
    made.append(hexadecimal(round(chance.uniform(-50, 5000), 3)))
    made.append(text(chance.choice(REMARKS), 32))
    made.append(text("", 10))
    return b"".join(made)


def main(arguments: list[str]) -> None:
    count = int(arguments[0]) if arguments else 12_000
    target = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).with_name("policies.dat")
    chance = random.Random(19591218)
    with target.open("wb") as file:
        for number in range(count):
            file.write(record(number, chance))


if __name__ == "__main__":
    main(sys.argv[1:])
