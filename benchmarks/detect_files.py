"""Files of every framing, byte order, code page and float format by seed, and how often ``arrowsmith detect`` is right about them.

    python benchmarks/detect_files.py --seeds 200 [--first 0]

*Right* is what a user would call so: the options that stand first read the file to the same table as those that it was written with.
Random bytes must never be said to fit.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from detect_records import CITIES, FLOATS, PAGES, Dictionary, Machine, Writer, dictionary, packed

import arrowsmith
from arrowsmith.detect import detect


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A file: its copybook, its bytes, and the options that it was written with."""

    seed: int
    copybook: str
    data: bytes
    options: Mapping[str, str]
    kind: str


FRAMINGS = (
    "F", "F", "F header", "F trailer", "F both", "FB", "V", "V", "V header", "V trailer", "V both", "VB", "VB both", "VS", "VBS", "D",
    "length", "length", "length both", "map",
)  # fmt: skip


def case(seed: int) -> Case:
    """The file of *seed*."""
    dice = random.Random(seed)
    framing = dice.choice(FRAMINGS)
    kind = framing.split()[0]
    ascii_data = framing == "D" or dice.random() < 0.2
    signs = dice.choice(("translated", "translated", "mf" if ascii_data else "hardware"))
    machine = Machine(
        codec="cp1252" if ascii_data else dice.choice(PAGES),
        floats=dice.choice(tuple(FLOATS)),
        signs=signs,
        native="big" if dice.random() < 0.5 else "little",
    )
    letters = not ascii_data and dice.random() < 0.8
    options = {"floating_point_format": machine.floats, "sign_table": signs, "comp5_order": machine.native}
    options |= {"encoding": "ascii"} if ascii_data else {"ebcdic_code_page": machine.codec}
    while True:
        made = dictionary(dice, machine, letters=letters)
        if framing != "D" or not any(" COMP" in line for line in made.lines):
            break
    measure = _counter(dice, made, machine, options) if kind == "length" else None
    varies = kind == "length" or (kind[0] == "V" and dice.random() < 0.7)
    written = [b"".join(write(dice) for write in made.writers) for _ in range(dice.randrange(40, 400))]
    if varies:
        written = [record + tail for record, tail in zip(written, _tails(dice, made, machine, options), strict=False)]
    elif kind == "map" or (framing[0] in "FV" and dice.random() < 0.2):
        kinds = _segments(dice, made, options, machine.codec, apart=kind == "map")
        written = [record + dice.choice(kinds)(dice) for record in written]
    if measure is not None:
        written = [measure(record) for record in written]
    data = _framed(dice, framing, written, options, made.size)
    return Case(seed=seed, copybook="\n".join(made.lines) + "\n", data=data, options=options, kind=framing)


def _tails(dice: random.Random, made: Dictionary, machine: Machine, options: dict[str, str]) -> Iterator[bytes]:
    """What makes records differ in length: a table with as many items as a number says, or a text that ends where it ends."""
    if dice.random() < 0.5:
        made.lines.append("           05  NOTE  PIC X(40).")
        while True:
            text = " ".join(dice.choice(CITIES) for _ in range(dice.randrange(1, 5))).encode("ascii", "ignore").decode()
            yield text[:40].encode("cp037" if machine.ebcdic else "ascii")
    made.lines.append("           05  N  PIC 9(2) COMP.")
    made.lines.append("           05  ITEMS OCCURS 0 TO 9 DEPENDING ON N.")
    made.lines.append("               10  ITEM  PIC X(4).")
    options["variable_size_occurs"] = "true"
    while True:
        n = dice.randrange(10)
        items = "".join(f"A{dice.randrange(1000):03d}" for _ in range(n))
        yield n.to_bytes(2, "big") + items.encode("cp037" if machine.ebcdic else "ascii")


def _counter(
    dice: random.Random, made: Dictionary, machine: Machine, options: dict[str, str]
) -> Callable[[bytes], bytes]:
    """A field for the record's length behind the first one; what puts it there."""
    at, picture, size = (
        6,
        *dice.choice((("PIC 9(4) COMP", 2), ("PIC 9(8) COMP", 4), ("PIC 9(4)", 4), ("PIC 9(5) COMP-3", 3))),
    )
    adjustment = dice.choice((0, 0, at + size, 4, -4))
    made.lines.insert(2, f"           05  RECORD-LENGTH  {picture}.")
    made.size += size
    options |= {"record_length_field": "RECORD-LENGTH", "rdw_adjustment": str(adjustment)}

    def measured(record: bytes) -> bytes:
        length = len(record) + size - adjustment
        match picture.split()[-1]:
            case "COMP":
                field = length.to_bytes(size, "big")
            case "COMP-3":
                field = packed(length, 5)[:-1] + bytes([packed(length, 5)[-1] | 0x0F])
            case _:
                field = machine.digits(length, size)
        return record[:at] + field + record[at:]

    return measured


def _segments(
    dice: random.Random, made: Dictionary, options: dict[str, str], codec: str, *, apart: bool
) -> list[Writer]:
    """Two kinds of records behind what all have: two views, of 16 bytes or of 16 and 28 (*apart*), and a field that says which; what
    writes each."""
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
        *(["               10  MEMO  PIC X(12)."] if apart else []),
    ]
    options |= {"segment_field": "KIND"}
    options |= {f"redefine_segment_id_map:{n}": f"VIEW-{view} => {names[n]}" for n, view in enumerate("AB")}
    if apart:
        lengths = {name: made.size + width + size for name, size in zip(names, (16, 28), strict=True)}
        options |= {"record_length_field": "KIND", "record_length_map": json.dumps(lengths)}
    made.size += width + 16

    def first(dice: random.Random) -> bytes:
        return (names[0] + dice.choice(CITIES).encode("ascii", "ignore").decode().ljust(16)).encode(codec)

    def second(dice: random.Random) -> bytes:
        memo = dice.choice(CITIES).encode("ascii", "ignore").decode().ljust(12).encode(codec) if apart else b""
        return names[1].encode(codec) + b"".join(packed(dice.randrange(10**n), n) for n in (11, 9, 9)) + memo

    return [first, second]


def _word(length: int, big: bool) -> bytes:
    return length.to_bytes(2, "big") + b"\0\0" if big else b"\0\0" + length.to_bytes(2, "little")


def _framed(dice: random.Random, framing: str, records: list[bytes], options: dict[str, str], size: int) -> bytes:
    """*records* as the file, whose *options* are added to those that there are."""
    kind, _, ends = framing.partition(" ")
    head = dice.randbytes(dice.randrange(1, 90)) if ends in ("header", "both") else b""
    most = size if kind == "F" and ends == "trailer" else 90
    tail = dice.randbytes(dice.randrange(1, most)) if ends in ("trailer", "both") else b""
    options |= {name: str(len(part)) for name, part in (("file_start_offset", head), ("file_end_offset", tail)) if part}
    return head + _records(dice, kind, records, options) + tail


def _records(dice: random.Random, kind: str, records: list[bytes], options: dict[str, str]) -> bytes:
    if kind not in ("length", "map"):
        options["record_format"] = kind
    match kind:
        case "F" | "length" | "map":
            return b"".join(records)
        case "D":
            end = dice.choice((b"\n", b"\r\n"))
            return b"".join(record + end for record in records)
        case "V":
            big = dice.random() < 0.5
            adjustment = dice.choice((0, 0, -4, -4, 2, -2))
            options |= {"is_rdw_big_endian": str(big).lower(), "rdw_adjustment": str(adjustment)}
            return b"".join(_word(len(r) - adjustment, big) + r for r in records)
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
    made = dictionary(dice, Machine(codec="cp037", floats="IBM"), letters=False)
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
