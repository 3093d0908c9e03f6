"""Fields of every usage as a machine of some kind stores them: what the files of `detect_files` are made of."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

NAMES = [
    "MÜLLER JÖRG", "ANDRÉ", "SCHMIDT", "Jones", "O'Brien", "GARCÍA", "Françoise Lefèvre", "WEISS & SÖHNE", "Smith, John",
    "NUÑEZ", "Bäcker", "ACME CORP.", "SØRENSEN", "Strauß", "Peter Van Dyke", "LINDSTRÖM", "Häkkinen", "Dupont-Martin",
    "ROSSI", "King",
]  # fmt: skip
CITIES = [
    "Zürich",
    "MÜNCHEN",
    "PARIS",
    "New York",
    "MÁLAGA",
    "KØBENHAVN",
    "London",
    "Genève",
    "OSLO",
    "Köln",
    "Salzburg",
    "ROMA",
]
PAGES = ("cp037", "cp273", "cp500", "cp1140")

Writer = Callable[[random.Random], bytes]


@dataclass(slots=True)
class Dictionary:
    """A copybook under way, and what writes a record of it."""

    lines: list[str] = field(default_factory=lambda: ["       01  REC."])
    writers: list[Writer] = field(default_factory=list)
    size: int = 0

    def add(self, name: str, picture: str, size: int, write: Writer) -> None:
        self.lines.append(f"           05  {name}  {picture}.")
        self.writers.append(write)
        self.size += size


def packed(number: int, digits: int) -> bytes:
    size = digits // 2 + 1
    return bytes.fromhex(str(abs(number)).zfill(2 * size - 1) + ("d" if number < 0 else "c"))


def ibm(value: float, size: int) -> bytes:
    """The hexadecimal float of *value*: z/Architecture Principles of Operation, chapter 9."""
    if not value:
        return bytes(size)
    sign, value, exponent = (0x80 if value < 0 else 0), abs(value), 64
    while value >= 1:
        value, exponent = value / 16, exponent + 1
    while value < 1 / 16:
        value, exponent = value * 16, exponent - 1
    bits = 8 * (size - 1)
    return ((sign | exponent) << bits | min(round(value * (1 << bits)), (1 << bits) - 1)).to_bytes(size, "big")


FLOATS: Mapping[str, Callable[[float, int], bytes]] = {
    "IBM": ibm,
    "IEEE754": lambda value, size: struct.pack(">f" if size == 4 else ">d", value),
    "IEEE754_little_endian": lambda value, size: struct.pack("<f" if size == 4 else "<d", value),
    "IBM_little_endian": lambda value, size: ibm(value, size)[::-1],
}


#: overpunched last digits, plus and minus, by the family of text and the table of signs
SIGNS: Mapping[tuple[bool, str], tuple[bytes, ...]] = {
    (True, "translated"): (bytes(range(0xC0, 0xCA)), bytes(range(0xD0, 0xDA))),
    (True, "hardware"): (bytes(range(0xA0, 0xAA)), bytes(range(0xB0, 0xBA))),
    (False, "translated"): (b"{ABCDEFGHI", b"}JKLMNOPQR"),
    (False, "mf"): (b"0123456789", b"pqrstuvwxy"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What wrote a file: the code page, the floats, the overpunched signs, the byte order of COMP-5."""

    codec: str
    floats: str
    signs: str = "translated"
    native: Literal["big", "little"] = "big"

    @property
    def ebcdic(self) -> bool:
        return self.codec != "cp1252"

    def digits(self, number: int, width: int) -> bytes:
        return str(number).zfill(width).encode("cp037" if self.ebcdic else "ascii")


def dictionary(dice: random.Random, machine: Machine, *, letters: bool) -> Dictionary:
    """A copybook of three to twelve fields, at least one of them a text or a decimal, and what writes its records."""
    made = Dictionary()
    codec, floats = machine.codec, machine.floats

    def text(words: tuple[str, ...] | list[str], size: int) -> Writer:
        def write(dice: random.Random) -> bytes:
            word = dice.choice(words) if letters else dice.choice(words).encode("ascii", "ignore").decode()
            return word[:size].ljust(size).encode(codec, "replace")

        return write

    def zoned(digits: int, signed: bool) -> Writer:
        def write(dice: random.Random) -> bytes:
            out = bytearray(machine.digits(dice.randrange(10**digits), digits))
            if signed:
                out[-1] = SIGNS[machine.ebcdic, machine.signs][dice.random() < 0.3][out[-1] & 15]
            return bytes(out)

        return write

    def money(digits: int) -> Writer:
        return lambda dice: packed(int(dice.lognormvariate(6, 2.5)) % 10**digits * dice.choice((1, 1, 1, -1)), digits)

    def count(size: int) -> Writer:
        return lambda dice: min(int(dice.lognormvariate(3, 2)), 9_000).to_bytes(size, "big")

    def native(size: int) -> Writer:
        return lambda dice: min(int(dice.lognormvariate(3, 2)), 9_000).to_bytes(size, machine.native)

    def single(size: int) -> Writer:
        return lambda dice: FLOATS[floats](
            round(dice.lognormvariate(3, 2) * dice.choice((1, -1)), dice.choice((0, 1, 2, 2))), size
        )

    made.add("ID", "PIC 9(6)", 6, lambda dice: machine.digits(dice.randrange(10**6), 6))
    size = dice.randrange(15, 31)
    made.add("NAME", f"PIC X({size})", size, text(NAMES, size))
    for number in range(dice.randrange(1, 11)):
        kind = dice.choice(
            ("text", "zoned", "signed", "packed", "packed", "binary", "long", "native", "single", "double")
        )
        name = f"F-{number}"
        digits = dice.randrange(3, 12)
        match kind:
            case "text":
                size = dice.randrange(8, 20)
                made.add(name, f"PIC X({size})", size, text(CITIES, size))
            case "zoned":
                made.add(name, f"PIC 9({digits})", digits, zoned(digits, False))
            case "signed":
                made.add(name, f"PIC S9({digits - 2})V99", digits, zoned(digits, True))
            case "packed":
                made.add(name, f"PIC S9({digits - 2})V99 COMP-3", digits // 2 + 1, money(digits))
            case "binary":
                made.add(name, "PIC 9(4) COMP", 2, count(2))
            case "long":
                made.add(name, "PIC S9(9) COMP", 4, count(4))
            case "native":
                made.add(name, "PIC S9(9) COMP-5", 4, native(4))
            case "single":
                made.add(name, "COMP-1", 4, single(4))
            case _:
                made.add(name, "COMP-2", 8, single(8))
    return made
