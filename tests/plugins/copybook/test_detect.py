"""`arrowsmith detect`: what is found in files that a seed makes, and in random bytes; what the command prints and writes."""

from __future__ import annotations

import gzip
import json
import random
import struct
import sys
from pathlib import Path
from typing import Any

import commandline
import pyarrow.parquet as pq
import pytest

import arrowsmith
from arrowsmith.cli.app import app
from arrowsmith.detect import detect
from arrowsmith.detect.sampling import HEAD, PART, sample
from arrowsmith.doubts.quality import GOOD, floats, texts
from arrowsmith.sources import sources
from arrowsmith_copybook.chains import Word, blocks, records, segments

ROOT = Path(__file__).parents[3]


sys.path.insert(0, str(ROOT / "benchmarks"))
try:
    import detect_files as files
    import detect_records
finally:
    sys.path.pop(0)

#: the benchmark looks at hundreds; these are others
SEEDS = range(7_000, 7_010)


def test_nearly_all_are_right_first() -> None:
    """At least nine in ten, as the benchmark has them."""
    found = {seed: files.right(files.case(seed)) for seed in SEEDS}

    wrong = {seed: said for seed, (good, said) in found.items() if not good}
    assert len(wrong) <= len(SEEDS) // 10, wrong


@pytest.mark.parametrize("seed", range(7_000, 7_004))
def test_random_bytes_never_fit(seed: int) -> None:
    """Whatever the copybook is, and their size divides by its records'."""
    assert files.noise(seed) != "fits"


@pytest.mark.parametrize("size", [0, 1, 100, 5_000, 300_000])
def test_random_bytes_alone_never_fit(size: int) -> None:
    assert detect(None, random.Random(size).randbytes(size)).verdict != "fits"


COPYBOOK = """\
       01  REC.
           05  ID     PIC 9(6).
           05  NAME   PIC X(12).
           05  PAID   PIC S9(7)V99 COMP-3.
           05  N      PIC 9(2) COMP.
           05  ITEMS OCCURS 0 TO 9 DEPENDING ON N.
               10  ITEM  PIC X(4).
"""


def record(number: int) -> bytes:
    n = number % 7
    name = f"{['MEIER', 'Jones', 'O-BRIEN'][number % 3]:12}".encode("cp037")
    return (
        f"{number:06}".encode("cp037")
        + name
        + detect_records.packed(number * 1_001, 9)
        + bytes([0, n])
        + "A042".encode("cp037") * n
    )


RECORDS = [record(number) for number in range(60)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("rec.cpy").write_text(COPYBOOK)
    Path("rdw.dat").write_bytes(b"".join((len(r) + 4).to_bytes(2, "big") + b"\0\0" + r for r in RECORDS))
    Path("bare.dat").write_bytes(b"".join(RECORDS))
    return tmp_path


def run(*arguments: str) -> Any:
    return app.main(list(arguments), standalone_mode=False)


def test_the_command_ranks_and_applies(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The job that it writes converts the file to what was in it."""
    (place / "jobs").mkdir()

    assert run("detect", "rec.cpy", "rdw.dat", "--apply", "jobs/rec.toml") == 0

    out = capsys.readouterr().out
    assert "60 headers follow each other, and the last record ends with the file" in out
    assert "100.0% of the decimals are valid" in out
    assert "-O record_format=V -O is_rdw_big_endian=true -O is_rdw_part_of_record_length=true" in out
    assert "rdw.dat: records with big-endian headers (RDW) that count themselves: fits" in out
    assert arrowsmith.job("jobs/rec.toml").read().num_rows == 60
    assert run("convert", "--job", "jobs/rec.toml", "-o", "out.parquet") == 0
    assert pq.read_table("out.parquet").column("PAID").to_pylist()[1] == files_decimal(1_001)
    with pytest.raises(arrowsmith.ArrowsmithError, match="exists"):
        run_raising("detect", "rec.cpy", "rdw.dat", "--apply", "jobs/rec.toml")


def files_decimal(cents: int) -> Any:
    from decimal import Decimal

    return Decimal(cents).scaleb(-2)


def run_raising(*arguments: str) -> None:
    from arrowsmith.cli.detect import command

    command.main(list(arguments[1:]), standalone_mode=False)


def test_json_has_the_same(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("detect", "-d", "rec.cpy", "rdw.dat", "--json") == 0

    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "fits"
    assert found["findings"][0]["options"]["record_format"] == "V"
    assert found["findings"][0]["score"] >= GOOD
    assert [one["score"] for one in found["findings"]] == sorted(
        (one["score"] for one in found["findings"]), reverse=True
    )


def test_a_file_alone_says_its_framing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("detect", "rdw.dat", "--apply", "alone.toml") == 0

    assert (
        "-O record_format=V -O is_rdw_big_endian=true -O is_rdw_part_of_record_length=true" in capsys.readouterr().out
    )
    assert arrowsmith.job("alone.toml").read(dictionary="rec.cpy").num_rows == 60


def test_headers_that_were_stripped_are_hinted_at(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Records of which each is shorter or longer, without anything between them."""
    fixed = (
        COPYBOOK.partition("           05  N ")[0].replace("PIC X(12)", "PIC X(12)")
        + "           05  REST  PIC X(30).\n"
    )
    Path("fixed.cpy").write_text(fixed)

    status = run("detect", "fixed.cpy", "bare.dat", "--apply", "none.toml")

    said = capsys.readouterr()
    assert "fits" not in said.out.replace("nothing fits", "")
    assert "headers (RDWs) were stripped in transfer" in said.out
    assert (status, Path("none.toml").exists()) == (1, False)
    assert "none.toml is not written" in said.err


def test_records_that_delimit_themselves_are_found(place: Path) -> None:
    """Without headers, where the copybook says that tables take only their room."""
    found = detect("rec.cpy", "bare.dat")

    assert found.verdict == "fits"
    assert dict(found.findings[0].options)["variable_size_occurs"] == "true"


def test_what_is_asked_wrongly(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("detect") == 2
    assert run("detect", "rec.cpy", "none.dat") == 2
    assert run("detect", "rec.cpy", "rdw.dat", "-O", "recrod_format=V") == 2
    assert "did you mean record_format?" in capsys.readouterr().err


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


# --- what is in the records --------------------------------------------------------------------------------------------

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


# --- what is known, and how data come ----------------------------------------------------------------------------------


def test_what_is_given_stays(place: Path) -> None:
    """Nothing that says another thing is tried, and what is known is not said again."""
    words = b"HEADER" + Path("rdw.dat").read_bytes()

    found = detect("rec.cpy", words, options={"record-format": "V", "file_start_offset": 6})
    assert found.verdict == "fits"
    assert dict(found.findings[0].options).keys() & {"record_format", "file_start_offset"} == set()
    assert dict(found.findings[0].options)["is_rdw_big_endian"] == "true"
    assert detect("rec.cpy", words, options={"record_format": "F"}).verdict == "nothing"
    assert detect("rec.cpy", words, options={"record_format": "V", "file_start_offset": 5}).verdict == "nothing"


class Piped:
    """Bytes that come as they do, in pieces."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def readinto(self, view: memoryview) -> int:
        part = self.data[self.at : self.at + min(len(view), 70_001)]
        view[: len(part)] = part
        self.at += len(part)
        return len(part)


@pytest.mark.parametrize("times", [1, 300, 2_500])
def test_a_pipe_is_looked_at_as_a_file_is(place: Path, times: int) -> None:
    data = Path("rdw.dat").read_bytes() * times
    piped, whole = detect("rec.cpy", Piped(data)), detect("rec.cpy", data)

    assert piped.findings[0].options == whole.findings[0].options
    assert piped.verdict == "fits"


@pytest.mark.parametrize("size", [900_000, 1_000_000, 2_222_222, 9_000_001])
def test_parts_of_a_pipe_are_where_they_say(size: int) -> None:
    """In order and apart, from its first byte to its last, the middle one not far from there."""
    data = random.Random(size).randbytes(size)
    (source,) = sources(Piped(data))

    parts = sample(source).parts

    assert all(data[at : at + len(part)] == part for at, part in parts)
    ends = [at + len(part) for at, part in parts]
    assert (parts[0][0], ends[-1]) == (0, size)
    assert all(end <= begin for end, (begin, _) in zip(ends, parts[1:], strict=False))
    assert sum(len(part) for _, part in parts) <= HEAD + 2 * PART
    if size > 2 * (HEAD + 2 * PART):
        assert size / 5 < parts[1][0] < size * 0.8


# --- files of anything else --------------------------------------------------------------------------------------------

TEXTS = "       01  R.\n           05  A  PIC X(10).\n           05  B  PIC X(10).\n"
LINES = b"".join(b"The quick brown fox jumps over the lazy dog, number %d of them.\n" % n for n in range(300))
TABLE = b"".join(b"%d,Name %d,%d.%02d\r\n" % (n, n, n * 7, n % 100) for n in range(400))
FOREIGN = {
    "nothing": (b"", "empty"),
    "one byte": (b"\xf1", "fewer than one record"),
    "half a record": (b"\xf0\xf1\xc1", "fewer than one record"),
    "zeros": (bytes(30_000), "nearly all bytes of the file are 00"),
    "blanks": (b"\x40" * 30_000, "nearly all bytes of the file are 40"),
    "lines": (LINES, "lines of text"),
    "a table": (TABLE, "3 values each between ','"),
    "gzip": (gzip.compress(random.Random(1).randbytes(9_000)), "gzip data"),
    "parquet": (b"PAR1" + random.Random(2).randbytes(9_000), "Parquet"),
    "noise": (random.Random(3).randbytes(30_000), ""),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("text", [COPYBOOK, TEXTS, None], ids=["decimals", "texts", "no copybook"])
def test_files_that_hold_no_such_records_do_not_fit(kind: str, text: str | None) -> None:
    """And a hint says what they are; lines of text alone are lines of text."""
    data, hint = FOREIGN[kind]
    found = detect(None if text is None else arrowsmith.text(text, name="r.cpy"), data)

    if text is not None:
        assert found.verdict == ("perhaps" if kind == "a table" and text is TEXTS else "nothing")
        assert hint in found.hint
    elif kind not in ("lines", "a table"):
        assert found.verdict != "fits"


def test_a_few_records_may_fit() -> None:
    """One record says less than many do, and the verdict that."""
    for count, verdict in ((1, "perhaps"), (2, "perhaps"), (40, "fits")):
        data = b"".join(record(7 * number)[:23] for number in range(count))
        assert (
            detect(arrowsmith.text(COPYBOOK.partition("           05  N ")[0], name="r.cpy"), data).verdict == verdict
        )


def test_a_large_sparse_file_takes_no_time(tmp_path: Path) -> None:
    """A gigabyte, of which three parts are read."""
    path = tmp_path / "sparse.dat"
    with path.open("wb") as file:
        file.truncate(1 << 30)

    found = detect(arrowsmith.text(COPYBOOK, name="r.cpy"), path)

    assert found.verdict == "nothing"
    assert "00" in found.hint


def test_standard_input_is_read(place: Path) -> None:
    """And the job that is written reads it too."""
    data = Path("rdw.dat").read_bytes()
    Path("jobs").mkdir()

    done = commandline.run("detect", "rec.cpy", "-", "--apply", "jobs/in.toml", stdin=data)

    assert (done.status, done.err) == (0, "")
    assert "standard input: records with big-endian headers" in done.out
    assert 'inputs = ["-"]' in Path("jobs/in.toml").read_text()
