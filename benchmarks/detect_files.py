"""Files of every framing, byte order, code page and float format by seed, and how often ``arrowsmith detect`` is right about them.

    python benchmarks/detect_files.py --seeds 200 [--first 0]

*Right* is what a user would call so: the options that stand first read the file to the same table as those that it was written with.
Random bytes must never be said to fit.
"""

from __future__ import annotations

import argparse
import random
import struct
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import arrowsmith
from arrowsmith.detect import detect

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file: its copybook, its bytes, and the options that it was written with."""

    seed: int
    copybook: str
    data: bytes
    options: Mapping[str, str]
    kind: str


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


def dictionary(dice: random.Random, codec: str, floats: str, *, letters: bool) -> Dictionary:
    """A copybook of three to twelve fields, at least one of them a text or a decimal, and what writes its records."""
    made = Dictionary()
    ebcdic = codec.startswith("cp") and codec != "cp1252"

    def text(words: tuple[str, ...] | list[str], size: int) -> Writer:
        def write(dice: random.Random) -> bytes:
            word = dice.choice(words) if letters else dice.choice(words).encode("ascii", "ignore").decode()
            return word[:size].ljust(size).encode(codec, "replace")

        return write

    def zoned(digits: int, signed: bool) -> Writer:
        def write(dice: random.Random) -> bytes:
            number = dice.randrange(10**digits)
            out = bytearray(str(number).zfill(digits).encode("cp037" if ebcdic else "ascii"))
            if signed and ebcdic:
                out[-1] = (0xD0 if dice.random() < 0.3 else 0xC0) | (out[-1] & 15)
            elif signed:
                out[-1] = ("}JKLMNOPQR" if dice.random() < 0.3 else "{ABCDEFGHI")[out[-1] & 15].encode()[0]
            return bytes(out)

        return write

    def money(digits: int) -> Writer:
        return lambda dice: packed(int(dice.lognormvariate(6, 2.5)) % 10**digits * dice.choice((1, 1, 1, -1)), digits)

    def count(size: int) -> Writer:
        return lambda dice: min(int(dice.lognormvariate(3, 2)), 9_000).to_bytes(size, "big")

    def single(size: int) -> Writer:
        return lambda dice: FLOATS[floats](
            round(dice.lognormvariate(3, 2) * dice.choice((1, -1)), dice.choice((0, 1, 2, 2))), size
        )

    made.add(
        "ID", "PIC 9(6)", 6, lambda dice: str(dice.randrange(10**6)).zfill(6).encode("cp037" if ebcdic else "ascii")
    )
    size = dice.randrange(15, 31)
    made.add("NAME", f"PIC X({size})", size, text(NAMES, size))
    for number in range(dice.randrange(1, 11)):
        kind = dice.choice(("text", "zoned", "signed", "packed", "packed", "binary", "long", "single", "double"))
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
            case "single":
                made.add(name, "COMP-1", 4, single(4))
            case _:
                made.add(name, "COMP-2", 8, single(8))
    return made


FRAMINGS = ("F", "F", "F header", "F trailer", "FB", "V", "V", "V", "V header", "VB", "VB", "VS", "VBS", "D")


def case(seed: int) -> Case:
    """The file of *seed*."""
    dice = random.Random(seed)
    framing = dice.choice(FRAMINGS)
    ascii_data = framing == "D" or dice.random() < 0.2
    codec = "cp1252" if ascii_data else dice.choice(PAGES)
    letters = not ascii_data and dice.random() < 0.8
    floats = dice.choice(tuple(FLOATS))
    options: dict[str, str] = {"floating_point_format": floats}
    while True:
        made = dictionary(dice, codec, floats, letters=letters)
        if framing != "D" or not any(" COMP" in line for line in made.lines):
            break
    options |= {"encoding": "ascii"} if ascii_data else {"ebcdic_code_page": codec}
    rows = dice.randrange(40, 400)
    varies = framing[0] == "V" and dice.random() < 0.7
    records = []
    if varies:
        made.lines.append("           05  N  PIC 9(2) COMP.")
        made.lines.append("           05  ITEMS OCCURS 0 TO 9 DEPENDING ON N.")
        made.lines.append("               10  ITEM  PIC X(4).")
        options["variable_size_occurs"] = "true"
    kinds = _segments(dice, made, options, codec) if framing[0] in "FV" and dice.random() < 0.2 and not varies else None
    for _ in range(rows):
        record = b"".join(write(dice) for write in made.writers)
        if kinds is not None:
            record += dice.choice(kinds)(dice)
        if varies:
            n = dice.randrange(10)
            record += n.to_bytes(2, "big") + b"".join(
                f"A{dice.randrange(1000):03d}".encode("ascii" if ascii_data else "cp037") for _ in range(n)
            )
        records.append(record)
    data = _framed(dice, framing, records, options, made.size)
    return Case(seed=seed, copybook="\n".join(made.lines) + "\n", data=data, options=options, kind=framing)


def _segments(dice: random.Random, made: Dictionary, options: dict[str, str], codec: str) -> list[Writer]:
    """Two kinds of records behind what all have: two views of 16 bytes, and a field that says which; what writes each."""
    names = dice.choice((("C", "P"), ("01", "02"), ("HD", "TR")))
    width = len(names[0])
    made.lines += [
        f"           05  KIND  PIC X({width}).",
        "           05  VIEW-A.",
        "               10  CITY  PIC X(16).",
        "           05  VIEW-B REDEFINES VIEW-A.",
        "               10  PAID  PIC S9(9)V99 COMP-3.",
        "               10  TAX   PIC S9(7)V99 COMP-3.",
        "               10  RATE  PIC S9(7)V99 COMP-3.",
    ]
    made.size += width + 16
    options |= {"segment_field": "KIND"}
    options |= {f"redefine_segment_id_map:{n}": f"VIEW-{view} => {names[n]}" for n, view in enumerate("AB")}

    def first(dice: random.Random) -> bytes:
        return (names[0] + dice.choice(CITIES).encode("ascii", "ignore").decode().ljust(16)).encode(codec)

    def second(dice: random.Random) -> bytes:
        return names[1].encode(codec) + b"".join(packed(dice.randrange(10**digits), digits) for digits in (11, 9, 9))

    return [first, second]


def _word(length: int, big: bool) -> bytes:
    return length.to_bytes(2, "big") + b"\0\0" if big else b"\0\0" + length.to_bytes(2, "little")


def _framed(dice: random.Random, framing: str, records: list[bytes], options: dict[str, str], size: int) -> bytes:
    """*records* as the file, whose *options* are added to those that there are."""
    kind, _, ends = framing.partition(" ")
    options["record_format"] = kind
    head = dice.randbytes(dice.randrange(1, 90)) if ends == "header" else b""
    if head:
        options["file_start_offset"] = str(len(head))
    match kind:
        case "F":
            tail = dice.randbytes(dice.randrange(1, size)) if ends == "trailer" else b""
            if tail:
                options["file_end_offset"] = str(len(tail))
            return head + b"".join(records) + tail
        case "D":
            end = dice.choice((b"\n", b"\r\n"))
            return b"".join(record + end for record in records)
        case "V":
            big = dice.random() < 0.5
            adjustment = dice.choice((0, 0, -4, -4, 2, -2))
            options |= {"is_rdw_big_endian": str(big).lower(), "rdw_adjustment": str(adjustment)}
            return head + b"".join(_word(len(r) - adjustment, big) + r for r in records)
        case "FB" | "VB":
            big, whole = dice.random() < 0.6, dice.random() < 0.6
            inner, own = dice.random() < 0.6, dice.random() < 0.6
            options |= {"is_bdw_big_endian": str(big).lower(), "bdw_adjustment": "-4" if whole else "0"}
            if kind == "VB":
                options |= {"is_rdw_big_endian": str(inner).lower(), "is_rdw_part_of_record_length": str(own).lower()}
                records = [_word(len(r) + 4 * own, inner) + r for r in records]
            out, many = b"", dice.randrange(3, 30)
            for first in range(0, len(records), many):
                block = b"".join(records[first : first + many])
                out += _word(len(block) + 4 * whole, big) + block
            return out
        case _:
            return _spanned(dice, records, blocked=kind == "VBS")


def _spanned(dice: random.Random, records: list[bytes], *, blocked: bool) -> bytes:
    """Records in segments: z/OS DFSMS Using Data Sets, "Spanned Format"."""
    segments: list[bytes] = []
    for record in records:
        cuts = sorted(dice.sample(range(1, len(record)), dice.choice((0, 0, 1, 2))))
        parts = [record[a:b] for a, b in zip([0, *cuts], [*cuts, len(record)], strict=True)]
        for number, part in enumerate(parts):
            last = number == len(parts) - 1
            code = 0 if len(parts) == 1 else 1 if not number else 2 if last else 3
            segments.append((len(part) + 4).to_bytes(2, "big") + bytes([code, 0]) + part)
    if not blocked:
        return b"".join(segments)
    out, many = b"", dice.randrange(4, 20)
    for first in range(0, len(segments), many):
        block = b"".join(segments[first : first + many])
        out += (len(block) + 4).to_bytes(2, "big") + b"\0\0" + block
    return out


# --- measuring ---------------------------------------------------------------------------------------------------------


def right(made: Case) -> tuple[bool, str]:
    """Whether the options found first read the file as those do that it was written with; and what was found, in words."""
    text = arrowsmith.text(made.copybook, name="rec.cpy")
    known = {name: value for name, value in made.options.items() if name == "variable_size_occurs"}
    found = detect(text, made.data, options=known)
    if not found.findings:
        return False, "nothing"
    best = found.findings[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        truth = arrowsmith.read(text, made.data, options=made.options, on_error="null")
        mine = arrowsmith.read(text, made.data, options={**known, **dict(best.options)}, on_error="null")
    same = truth.equals(mine) and found.verdict != "nothing"
    return same, f"{found.verdict} {best.score:.3f} {dict(best.options)}"


def noise(seed: int) -> str:
    """What is said of random bytes, with the copybook of *seed*."""
    dice = random.Random(~seed)
    made = dictionary(dice, "cp037", "IBM", letters=False)
    size = made.size * dice.randrange(20, 300) + dice.choice((0, 0, 1, 7))
    return detect(arrowsmith.text("\n".join(made.lines) + "\n", name="rec.cpy"), dice.randbytes(size)).verdict


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--wrong", action="store_true", help="show those that were got wrong")
    asked = parser.parse_args()
    by_kind: dict[str, Counter[bool]] = {}
    begin = time.perf_counter()
    for seed in range(asked.first, asked.first + asked.seeds):
        made = case(seed)
        good, said = right(made)
        by_kind.setdefault(made.kind, Counter())[good] += 1
        if asked.wrong and not good:
            print(f"  {seed} {made.kind} {dict(made.options)}\n      → {said}")
    seconds = time.perf_counter() - begin
    total = sum((counts for counts in by_kind.values()), Counter[bool]())
    for kind in sorted(by_kind):
        print(f"{kind:10} {by_kind[kind][True]:4} of {by_kind[kind].total():4}")
    print(f"{'all':10} {total[True]:4} of {total.total():4} right first, {seconds / max(1, total.total()):.2f} s each")
    said_of_noise = Counter(noise(seed) for seed in range(asked.first, asked.first + asked.seeds // 2))
    print(f"random bytes: {dict(said_of_noise)}")
    return 0 if total[True] >= 0.9 * total.total() and not said_of_noise["fits"] else 1


if __name__ == "__main__":
    sys.exit(main())
