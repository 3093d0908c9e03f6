"""Files as a bank, an insurer and a utility have them, written by hand and not by the benchmark's generator: all are right first."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pytest

import arrowsmith
from arrowsmith.detect import detect

E, A = "cp037", "ascii"
ZOS = {"is_rdw_big_endian": "true", "is_rdw_part_of_record_length": "true"}
V = {"record_format": "V", **ZOS}
VB = {"record_format": "VB", **ZOS, "is_bdw_big_endian": "true", "bdw_adjustment": "-4"}
NAMES = [
    "SMITH ANNA",
    "MEIER BERND",
    "DUPONT CLAIRE",
    "ROSSI LUCA",
    "GARCIA MARIA",
    "KELLY JOHN",
    "WEBER INGRID",
    "LOPEZ RITA",
]
STREETS = ["MAIN STREET", "HIGH ROAD", "RUE DE LA PAIX", "BAHNHOFSTRASSE", "VIA ROMA", "PLAZA MAYOR", "CHURCH LANE"]
dice = random.Random()


def text(value: str, size: int, codec: str) -> bytes:
    return value.ljust(size).encode(codec)


def packed(value: int, digits: int) -> bytes:
    written = f"{abs(value):0{digits}}{'d' if value < 0 else 'c'}"
    return bytes.fromhex(written.rjust(len(written) + len(written) % 2, "0"))


def day() -> str:
    return f"20{dice.randrange(25):02}{dice.randrange(1, 13):02}{dice.randrange(1, 29):02}"


def framed(record: bytes) -> bytes:
    return struct.pack(">HH", len(record) + 4, 0) + record


def blocked(records: Iterable[bytes], most: int) -> bytes:
    """In blocks of some records each, with headers that count themselves."""
    left, found = list(records), b""
    while left:
        count = dice.randrange(1, most)
        block, left = b"".join(map(framed, left[:count])), left[count:]
        found += framed(block)
    return found


@dataclass(frozen=True)
class File:
    copybook: str
    content: bytes
    options: Mapping[str, str]


def described(*items: str) -> str:
    return "       01  REC.\n" + "".join(f"           {'' if item[0] == ' ' else '05  '}{item}.\n" for item in items)


ACCOUNT = described(
    "NO PIC X(10)", "NAME PIC X(30)", "OPENED PIC 9(8)", "BALANCE PIC S9(11)V99 COMP-3", "LIMIT PIC S9(9) COMP",
    "STATUS PIC X", "BRANCH PIC 9(4)", "FILLER PIC X(5)",
)  # fmt: skip


def account(codec: str = E, names: list[str] = NAMES) -> bytes:
    head = text(f"{dice.randrange(10**9):010}", 10, codec) + text(dice.choice(names), 30, codec) + day().encode(codec)
    tail = text(dice.choice("AACX"), 1, codec) + f"{dice.randrange(900):04}     ".encode(codec)
    return head + packed(dice.randrange(-(10**6), 10**8), 13) + (1000 * dice.randrange(50)).to_bytes(4, "big") + tail


def accounts_between_lines() -> File:
    """A header and a trailer as long as a record, which are blanks where records have numbers."""
    lines = [text(f"{kind}20240131ACCOUNTS", 69, E) for kind in ("HDR", "TRL")]
    content = lines[0] + b"".join(account() for _ in range(120)) + lines[1]
    return File(ACCOUNT, content, {"file_start_offset": "69", "file_end_offset": "69"})


def few_accounts() -> File:
    return File(ACCOUNT, b"".join(account() for _ in range(20)), {})


def german_accounts() -> File:
    names = ["MÜLLER JÜRGEN", "GROß ÄNNE", "KÖNIG URSULA", "BÄR JÖRG"]
    return File(ACCOUNT, b"".join(account("cp273", names) for _ in range(200)), {"ebcdic_code_page": "cp273"})


TRANSFER = described("ID PIC 9(12)", "AT PIC X(26)", "AMOUNT PIC S9(9)V99", "CURRENCY PIC X(3)", "WHAT PIC X(40)")


def transfer(codec: str) -> bytes:
    amount = dice.randrange(-(10**6), 10**7)
    digits, sign = f"{abs(amount):011}", "}JKLMNOPQR" if amount < 0 else "{ABCDEFGHI"
    at = f"2024-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}-{dice.randrange(24):02}.15.59.{dice.randrange(10**6):06}"
    what = dice.choice(["INVOICE ", "RENT ", "SALARY "]) + str(dice.randrange(10**6))
    written = (
        f"{dice.randrange(10**11):012}{at}{digits[:-1]}{sign[int(digits[-1])]}{dice.choice(['EUR', 'USD'])}{what:40}"
    )
    return written.encode(codec)


def transfers_that_end_early() -> File:
    """Blanks at the end of a record are not written."""
    return File(TRANSFER, blocked((transfer(E).rstrip(b"\x40") for _ in range(300)), 20), VB)


def transfers_in_lines() -> File:
    return File(TRANSFER, b"\r\n".join(transfer(A).rstrip() for _ in range(60)) + b"\r\n", {"record_format": "D"})


POLICY = described(
    "TYPE PIC X(2)", "NO PIC X(9)", "DETAIL PIC X(60)", "HOLDER REDEFINES DETAIL", "    10  NAME PIC X(30)", "    10  BORN PIC 9(8)",
    "    10  CITY PIC X(22)", "COVER REDEFINES DETAIL", "    10  CODE PIC X(4)", "    10  SUM-OF PIC S9(9)V99 COMP-3",
    "    10  SINCE PIC 9(8)", "    10  FILLER PIC X(42)",
)  # fmt: skip


def policies() -> File:
    """Holders with a cover or more each, as short as they are."""
    records = []
    for _ in range(80):
        number = text(f"P{dice.randrange(10**8):08}", 9, E)
        holder = text(dice.choice(NAMES), 30, E) + day().encode(E) + text(dice.choice(["LYON", "LEEDS"]), 22, E)
        records.append(text("PH", 2, E) + number + holder)
        for _ in range(dice.randrange(1, 4)):
            cover = text(dice.choice(["LIFE", "AUTO"]), 4, E) + packed(dice.randrange(10**8), 11) + day().encode(E)
            records.append(text("CV", 2, E) + number + cover)
    return File(POLICY, b"".join(map(framed, records)), V)


METER = described(
    "ID PIC X(12)", "AT PIC 9(6)", "HOURS PIC 99", "READ OCCURS 1 TO 24 TIMES DEPENDING ON HOURS", "    10  HOUR PIC 99",
    "    10  KWH PIC S9(5)V999 COMP-3",
)  # fmt: skip


def readings() -> File:
    def reading() -> bytes:
        count = dice.randrange(1, 25)
        head = text(f"MTR{dice.randrange(10**9):09}", 12, E) + f"{day()[2:]}{count:02}".encode(E)
        return head + b"".join(f"{hour:02}".encode(E) + packed(dice.randrange(90_000), 8) for hour in range(count))

    return File(METER, blocked((reading() for _ in range(200)), 12), VB)


ADDRESS = described("KEY PIC X(8)", "NAME PIC X(35)", "STREET PIC X(35)", "COUNTRY PIC X(2)")


def addresses() -> File:
    """No number at all, in lines of EBCDIC."""

    def address() -> str:
        street = f"{dice.choice(STREETS)} {dice.randrange(1, 200)}"
        return f"{dice.choice('ABCD')}{dice.randrange(10**7):07}{dice.choice(NAMES):35}{street:35}{dice.choice(['US', 'FR'])}"

    lines = (address().encode(E) + b"\x15" for _ in range(100))
    return File(ADDRESS, b"".join(lines), {"record_format": "D", "encoding": "ebcdic"})


def stock() -> File:
    """Of Micro Focus: signs in the zones of ASCII digits, native integers."""

    def item() -> bytes:
        count = dice.randrange(-300, 9_000)
        digits = f"{abs(count):05}"
        last = b"pqrstuvwxy"[int(digits[-1]) :][:1] if count < 0 else digits[-1:].encode()
        head = f"SKU{dice.randrange(10**5):05}{digits[:-1]}".encode() + last
        return head + packed(dice.randrange(10**6), 7) + dice.randrange(2_000).to_bytes(4, "little")

    described_so = described(
        "SKU PIC X(8)", "COUNT-OF PIC S9(5)", "PRICE PIC S9(5)V99 COMP-3", "LEAST PIC S9(9) COMP-5"
    )
    return File(described_so, b"".join(item() for _ in range(200)), {"encoding": "ascii", "dialect": "mf"})


def messages() -> File:
    """Their length is in them, and does not count itself."""

    def message(number: int) -> bytes:
        body = f"SWFT{number:06}{dice.choice(STREETS)} {dice.choice(NAMES)}".encode(E)
        return len(body).to_bytes(2, "big") + body

    described_so = described("LEN PIC 9(4) COMP", "TYPE PIC X(4)", "SEQ PIC 9(6)", "BODY PIC X(80)")
    return File(
        described_so,
        b"".join(map(message, range(150))),
        {"record_length_field": "LEN", "rdw_adjustment": "2"},
    )


@pytest.mark.parametrize(
    "made",
    [
        accounts_between_lines, few_accounts, german_accounts, transfers_that_end_early, transfers_in_lines, policies, readings,
        addresses, stock, messages,
    ],
)  # fmt: skip
def test_files_written_by_hand_are_right_first(made: Callable[[], File]) -> None:
    """The options that stand first read the file to the same table as those that it was written with."""
    dice.seed(4711)
    file = made()
    copybook = arrowsmith.text(file.copybook, name="r.cpy")

    found = detect(copybook, file.content)

    assert found.verdict == "fits"
    right = arrowsmith.read(copybook, file.content, options=file.options)
    first = {name: value for name, value in found.findings[0].options if "segment" not in name}
    assert arrowsmith.read(copybook, file.content, options=first).to_pylist() == right.to_pylist()
