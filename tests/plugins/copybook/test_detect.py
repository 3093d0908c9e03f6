"""`arrowsmith detect`: files that a seed makes, random bytes, pipes and what holds no records; what the command prints and writes."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import commandline
import pyarrow.parquet as pq
import pytest
from invoices import COPYBOOK, RECORDS, files, record

import arrowsmith
from arrowsmith.cli.app import app
from arrowsmith.detect import detect
from arrowsmith.detect.sampling import HEAD, PART, sample
from arrowsmith.doubts.quality import GOOD
from arrowsmith.sources import sources

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
