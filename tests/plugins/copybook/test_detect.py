"""`arrowsmith detect`: what is found in files that a seed makes, and in random bytes; what the command prints and writes."""

from __future__ import annotations

import importlib.util
import json
import random
import struct
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.parquet as pq
import pytest

import arrowsmith
from arrowsmith.cli.app import app
from arrowsmith.detect import detect
from arrowsmith.detect.quality import GOOD, floats, texts
from arrowsmith_copybook.chains import Word, blocks, records, segments

ROOT = Path(__file__).parents[3]


def _made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("arrowsmith_detect_files", ROOT / "benchmarks" / "detect_files.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


files = _made()
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
        + files.packed(number * 1_001, 9)
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


def test_plausibility_tells_readings_apart() -> None:
    """A reading that is right is good, those that are wrong are not."""
    names = "MÜLLER|Zürich|GARCÍA|Jones".encode("cp273").split("|".encode("cp273"))
    scores = {page: texts([name.decode(page) for name in names]) for page in ("cp273", "cp037", "latin-1")}
    assert max(scores, key=lambda page: scores[page]) == "cp273"
    assert scores["cp273"] > GOOD > scores["latin-1"]

    dice = random.Random(1)
    values = [round(dice.uniform(1, 900), 2) for _ in range(50)]
    raw = [files.ibm(value, 4) for value in values]
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
        paid = files.packed(number * 77, 9) + files.packed(number, 7) + "EUR".encode("cp037")
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
