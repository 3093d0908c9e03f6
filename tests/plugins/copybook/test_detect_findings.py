"""What `arrowsmith detect` finds: fields with a length, values that stand for lengths, kinds of records, headers and trailers."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path
from typing import Any

import pytest
from invoices import COPYBOOK, RECORDS, detect_records

import arrowsmith
from arrowsmith.detect import detect
from arrowsmith.doubts.quality import GOOD, floats, texts
from arrowsmith_copybook.chains import Word, blocks, records, segments

# --- parts -------------------------------------------------------------------------------------------------------------


def test_chains_break_where_a_header_is_none() -> None:
    words = b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in RECORDS)
    whole = Word(True, -4)

    found = records(whole, words, 0, last=True)
    assert found is not None
    assert (found.count, found.end) == (60, len(words))
    assert records(whole, words[:-1], 0, last=True) is None
    cut = records(whole, words[:-1], 0, last=False)
    assert cut is not None
    assert cut.count == 59
    assert records(Word(False, -4), words, 0, last=False) is None
    assert records(Word(True, 0), words, 0, last=False) is None

    block = (len(words) + 4).to_bytes(2, "big") + b"\0\0" + words
    inside = blocks(Word(True, -4), whole, 0, block * 2, 0, last=True)
    assert inside is not None
    assert inside.count == 120
    assert blocks(Word(True, -4), whole, 0, block * 2 + b"x", 0, last=True) is None

    parts = b"\0\x06\x01\0ab" + b"\0\x06\x03\0cd" + b"\0\x06\x02\0ef" + b"\0\x05\0\0x"
    spanned = segments(False, parts, 0, last=True)
    assert spanned is not None
    assert spanned.count == 2
    assert segments(False, parts[6:], 0, last=True) is None
    assert records(Word(True, 3), bytes(90), 0, last=True) is None


def test_chains_may_end_before_a_trailer() -> None:
    """Of no more bytes than may be left, behind enough records, at the file's end alone."""
    words = b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in RECORDS)
    whole = Word(True, -4)

    assert records(whole, words + b"trailer", 0, last=True) is None
    found = records(whole, words + b"trailer", 0, last=True, spare=7)
    assert found is not None
    assert (found.count, found.end) == (60, len(words))
    assert records(whole, words + b"trailer", 0, last=True, spare=6) is None
    assert records(whole, words + b"trailer", 0, last=False, spare=7) is None
    assert records(whole, words[: len(RECORDS[0]) + 4] + b"trailer", 0, last=True, spare=7) is None


def test_plausibility_tells_readings_apart() -> None:
    """A reading that is right is good, those that are wrong are not."""
    names = "MÜLLER|Zürich|GARCÍA|Jones".encode("cp273").split("|".encode("cp273"))
    scores = {page: texts([name.decode(page) for name in names]) for page in ("cp273", "cp037", "latin-1")}
    assert max(scores, key=lambda page: scores[page]) == "cp273"
    assert scores["cp273"] > GOOD > scores["latin-1"]

    dice = random.Random(1)
    values = [round(dice.uniform(1, 900), 2) for _ in range(50)]
    raw = [detect_records.ibm(value, 4) for value in values]
    wrong = [struct.unpack(">f", one)[0] for one in raw]
    assert floats(values, double=False) > GOOD > floats(wrong, double=False)


SEGMENTS = """\
       01  REC.
           05  KIND    PIC X.
           05  ID      PIC 9(5).
           05  COMPANY.
               10  NAME  PIC X(12).
               10  CITY  PIC X(10).
           05  PAYMENT REDEFINES COMPANY.
               10  PAID  PIC S9(7)V99 COMP-3.
               10  TAX   PIC S9(5)V99 COMP-3.
               10  CURR  PIC X(3).
"""


def test_a_field_that_tells_records_apart_is_named(tmp_path: Path) -> None:
    """For two of its values one view fits, for the third the other; the job that is written reads both."""
    lines = []
    for number in range(80):
        head = ("CAPP"[number % 4] + f"{number:05}").encode("cp037")
        paid = detect_records.packed(number * 77, 9) + detect_records.packed(number, 7) + "EUR".encode("cp037")
        lines.append(head + (paid if number % 4 > 1 else f"{'JONES':12}{'LONDON':10}".encode("cp037")))
    data = b"".join((len(line) + 4).to_bytes(2, "big") + b"\0\0" + line for line in lines)

    found = detect(arrowsmith.text(SEGMENTS, name="s.cpy"), data).findings[0]

    options = dict(found.options)
    assert options["segment_field"] == "KIND"
    assert {value for name, value in options.items() if "id_map" in name} == {"COMPANY => A,C", "PAYMENT => P"}
    assert "KIND tells records apart" in found.evidence
    rows = arrowsmith.read(arrowsmith.text(SEGMENTS, name="s.cpy"), data, options=options).to_pylist()
    assert [row["PAYMENT"] is None for row in rows[:4]] == [True, True, False, False]


def test_a_large_file_is_looked_at_in_parts(tmp_path: Path) -> None:
    """Headers are followed through its beginning, middle and end, wherever a record begins there."""
    path = tmp_path / "large.dat"
    path.write_bytes(b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in RECORDS) * 500)

    found = detect(arrowsmith.text(COPYBOOK, name="r.cpy"), path)

    assert found.verdict == "fits"
    options = dict(found.findings[0].options)
    assert (options["record_format"], options["is_rdw_big_endian"]) == ("V", "true")
    assert "the last record ends with the file" in found.findings[0].evidence
    assert found.findings[0].records < 30_000


MEASURED = """\
       01  REC.
           05  ID     PIC 9(5).
           05  LEN    PIC 9(4) COMP.
           05  NAME   PIC X(30).
"""


KINDS = """\
       01  REC.
           05  ID     PIC 9(5).
           05  KIND   PIC X.
           05  PERSON.
               10  NAME  PIC X(12).
           05  PAYMENT REDEFINES PERSON.
               10  PAID  PIC S9(9)V99 COMP-3.
               10  NOTE  PIC X(14).
"""


WORDS = ("MEIER", "JONES AND SONS", "SMITH", "ROSSI", "DUPONT MARTIN", "KING OF THE ROAD")


# --- what is in the records --------------------------------------------------------------------------------------------


def measured(number: int, adjustment: int) -> bytes:
    name = WORDS[number % 6].encode("cp037")
    return f"{number:05}".encode("cp037") + (7 + len(name) - adjustment).to_bytes(2, "big") + name


@pytest.mark.parametrize("adjustment", [0, 7, 4])
@pytest.mark.parametrize(("before", "behind"), [(b"", b""), (b"\x07" * 11, b""), (b"HEADER!", b"\xff" * 9)])
def test_a_field_with_the_length_is_found(adjustment: int, before: bytes, behind: bytes) -> None:
    """Whether it counts the whole record or less of it, and whatever stands at the file's ends."""
    data = before + b"".join(measured(number, adjustment) for number in range(60)) + behind

    found = detect(arrowsmith.text(MEASURED, name="m.cpy"), data)

    options = dict(found.findings[0].options)
    assert found.verdict == "fits"
    assert (options["record_length_field"], int(options.get("rdw_adjustment", 0))) == ("LEN", adjustment)
    assert int(options.get("file_start_offset", 0)) == len(before)
    assert int(options.get("file_end_offset", 0)) == len(behind)
    rows = arrowsmith.read(arrowsmith.text(MEASURED, name="m.cpy"), data, options=options)
    assert rows["NAME"].to_pylist() == [WORDS[number % 6] for number in range(60)]


def test_values_that_stand_for_lengths_are_found() -> None:
    """With the views that they stand for."""
    dice = random.Random(4)
    parts = []
    for number in range(70):
        kind = dice.choice("PPM")
        view = detect_records.packed(number * 317, 11) + f"{'PAID IN FULL':14}".encode("cp037")
        body = view if kind == "M" else f"{WORDS[number % 6][:12]:12}".encode("cp037")
        parts.append(f"{number:05}{kind}".encode("cp037") + body)

    found = detect(arrowsmith.text(KINDS, name="k.cpy"), b"".join(parts))

    options = dict(found.findings[0].options)
    assert found.verdict == "fits"
    assert options["record_length_field"] == "KIND"
    assert json.loads(options["record_length_map"]) == {"M": 26, "P": 18}
    assert options["segment_field"] == "KIND"
    assert arrowsmith.read(arrowsmith.text(KINDS, name="k.cpy"), b"".join(parts), options=options).num_rows == 70


def test_header_and_trailer_are_found_together() -> None:
    """Of records of one length, where nothing but their bytes says where they begin."""
    dice = random.Random(8)
    text = "       01  R.\n           05  A  PIC 9(7).\n           05  B  PIC S9(7)V99 COMP-3.\n           05  C  PIC X(9).\n"
    one = [
        f"{dice.randrange(10**7):07}".encode("cp037") + detect_records.packed(n * 7_001, 9) + f"{WORDS[n % 6][:9]:9}".encode("cp037")
        for n in range(100)
    ]  # fmt: skip
    for before, behind in ((3, 40), (60, 5), (21, 42), (0, 11), (17, 0)):
        data = dice.randbytes(before) + b"".join(one) + dice.randbytes(behind)
        options = dict(detect(arrowsmith.text(text, name="r.cpy"), data).findings[0].options)
        assert [int(options.get(name, 0)) for name in ("file_start_offset", "file_end_offset")] == [before, behind]


@pytest.mark.parametrize(
    ("usage", "write", "option"),
    [
        ("S9(5)", lambda n: (f"{n * 13:04}" + "pqrstuvwxy"[n % 10]).encode(), ("sign_table", "mf")),
        ("S9(9) COMP-5", lambda n: (n * 13).to_bytes(4, "little"), ("comp5_order", "little")),
        ("9(2) COMP", lambda n: bytes([n]), ("binary_size", "1-2-4-8")),
    ],
)
def test_what_a_machine_stores_otherwise_is_found(usage: str, write: Any, option: tuple[str, str]) -> None:
    """Signs, native byte order and sizes of binary items of GnuCOBOL's, in ASCII data."""
    text = f"       01  R.\n           05  A  PIC 9(6).\n           05  B  PIC {usage}.\n           05  C  PIC X(12).\n"
    data = b"".join(f"{n * 977:06}".encode() + write(n) + f"{WORDS[n % 6][:12]:12}".encode() for n in range(90))

    found = detect(arrowsmith.text(text, name="r.cpy"), data)

    assert found.verdict == "fits"
    assert option in found.findings[0].options
    assert ("encoding", "ascii") in found.findings[0].options
