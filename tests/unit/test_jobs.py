"""Job files and decisions about fields: every meaning on every executor, what is refused, what is wrong in a job and where."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import arrowsmith
from arrowsmith.cli.app import app
from arrowsmith.jobs import KEYS
from arrowsmith.layout.check import check
from arrowsmith.layout.decisions import KEYS as FIELD_KEYS
from arrowsmith.layout.decisions import decided, decisions_of
from arrowsmith.layout.text import parse_layout, print_layout

PAGE = (Path(__file__).parents[2] / "docs" / "job.md").read_text("utf-8")
EMITTERS = ["vm", *(["x86-64"] if find_spec("iced_x86") and find_spec("arrowsmith_x86_64") else [])]

pytestmark = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")
emitters = pytest.mark.parametrize("emitter", EMITTERS)


def packed(number: int, size: int) -> bytes:
    return bytes.fromhex(str(abs(number)).zfill(2 * size - 1) + ("d" if number < 0 else "c"))


def values(picture: str, data: list[bytes], keys: dict[str, Any], emitter: str) -> tuple[pa.Field, list[Any], int]:
    """A field of *picture* read from *data* as *keys* decide, all records compared with the oracle; the field, values, refusals."""
    dictionary = arrowsmith.text(f"       01 R.\n           05 F {picture}.\n", name="f.cpy")
    with arrowsmith.open(
        dictionary, b"".join(data), fields={"F": keys}, on_error="null", emitter=emitter, self_check=1.0
    ) as reader:
        table = reader.to_table()
        assert reader.report.emitter == emitter
        assert reader.report.checked == len(data)
    return table.schema.field(0), table.column(0).to_pylist(), reader.report.invalid


def day(text: str) -> dict[str, Any]:
    return {"as": "date", "pattern": text}


def zoned(*texts: str) -> list[bytes]:
    return [text.encode("cp037") for text in texts]


JAN, LEAP = dt.date(2026, 1, 2), dt.date(2024, 2, 29)
STAMP = dt.datetime(2026, 1, 2, 3, 4, 5, 678901)
DB2 = {"as": "timestamp", "pattern": "yyyy-MM-dd-HH.mm.ss.SSSSSS"}

#: picture, data, keys → Arrow type, values, how many are refused
MEANINGS: dict[str, tuple[str, list[bytes], dict[str, Any], pa.DataType, list[Any], int]] = {
    "yyyyMMdd": (
        "PIC 9(8)",
        zoned("20260102", "20240229", "20230229", "20261301"),
        day("yyyyMMdd"),
        pa.date32(),
        [JAN, LEAP, None, None],
        2,
    ),
    "absent": (
        "PIC 9(8)",
        zoned("00000000", "99999999", "20260102"),
        {**day("yyyyMMdd"), "absent": ["00000000", "99999999"]},
        pa.date32(),
        [None, None, JAN],
        0,
    ),
    "zeros are no date": ("PIC 9(8)", zoned("00000000"), day("yyyyMMdd"), pa.date32(), [None], 1),
    "blank digits": ("PIC 9(8)", zoned(" " * 8), day("yyyyMMdd"), pa.date32(), [None], 0),
    "more digits": ("PIC 9(9)", zoned("020260102", "120260102"), day("yyyyMMdd"), pa.date32(), [JAN, None], 1),
    "a minus": (
        "PIC S9(7) COMP-3",
        [packed(1260102, 4), packed(-1260102, 4)],
        day("CyyMMdd"),
        pa.date32(),
        [JAN, None],
        1,
    ),
    "century 19": ("PIC S9(7) COMP-3", [packed(990102, 4)], day("CyyMMdd"), pa.date32(), [dt.date(1999, 1, 2)], 0),
    "yyyyDDD": (
        "PIC 9(7) COMP-3",
        [packed(2026002, 4), packed(2024366, 4), packed(2026366, 4)],
        day("yyyyDDD"),
        pa.date32(),
        [JAN, dt.date(2024, 12, 31), None],
        1,
    ),
    "pivot 70": (
        "PIC 9(6)",
        zoned("260102", "690102", "700102"),
        day("yyMMdd"),
        pa.date32(),
        [JAN, dt.date(2069, 1, 2), dt.date(1970, 1, 2)],
        0,
    ),
    "pivot 20": (
        "PIC 9(6)",
        zoned("190102", "260102"),
        {**day("yyMMdd"), "pivot": 20},
        pa.date32(),
        [dt.date(2019, 1, 2), dt.date(1926, 1, 2)],
        0,
    ),
    "binary": ("PIC 9(8) COMP", [(20260102).to_bytes(4, "big")], day("yyyyMMdd"), pa.date32(), [JAN], 0),
    "db2": (
        "PIC X(26)",
        zoned("2026-01-02-03.04.05.678901", "2026-01-02-24.04.05.678901", "2026/01/02-03.04.05.678901", " " * 26),
        DB2,
        pa.timestamp("us"),
        [STAMP, None, None, None],
        2,
    ),
    "low values": ("PIC X(10)", [bytes(10)], day("yyyy-MM-dd"), pa.date32(), [None], 0),
    "timezone": (
        "PIC X(26)",
        zoned("2026-01-02-03.04.05.678901"),
        {**DB2, "timezone": "-05:30"},
        pa.timestamp("us", "-05:30"),
        [STAMP.replace(tzinfo=dt.timezone(dt.timedelta(hours=-5.5)))],
        0,
    ),
    "absent timestamp": (
        "PIC X(26)",
        zoned("0001-01-01-00.00.00.000000"),
        {**DB2, "absent": ["0001-01-01-00.00.00.000000"]},
        pa.timestamp("us"),
        [None],
        0,
    ),
    "a text that is longer": (
        "PIC X(12)",
        zoned("2026-01-02  ", "2026-01-02X ", "ABCD-EF-GH  "),
        day("yyyy-MM-dd"),
        pa.date32(),
        [JAN, None, None],
        2,
    ),
    "twenty digits": (
        "PIC 9(20)",
        zoned("20260102030405678901", "2026A102030405678901"),
        {"as": "timestamp", "pattern": "yyyyMMddHHmmssSSSSSS"},
        pa.timestamp("us"),
        [STAMP, None],
        1,
    ),
    "time": (
        "PIC 9(6)",
        zoned("235959", "240000", "236000"),
        {"as": "time", "pattern": "HHmmss"},
        pa.time64("us"),
        [dt.time(23, 59, 59), None, None],
        2,
    ),
    "decimal": (
        "PIC S9(9)V99 COMP-3",
        [packed(12345, 6), packed(0, 6)],
        {"as": "decimal(11,3)", "absent": ["0"]},
        pa.decimal128(11, 3),
        [Decimal("12.345"), None],
        0,
    ),
    "decimal of binary": (
        "PIC S9(4) COMP",
        [(1234).to_bytes(2, "big")],
        {"as": "decimal(6,1)"},
        pa.decimal128(6, 1),
        [Decimal("123.4")],
        0,
    ),
    "string of digits": (
        "PIC 9(4)",
        zoned("0012", "0000"),
        {"as": "string", "absent": ["0000"]},
        pa.utf8(),
        ["0012", None],
        0,
    ),
    "string of binary": (
        "PIC 9(4) COMP",
        [b"\x00\x05", b"\x00\x09"],
        {"as": "string", "absent": ["9"]},
        pa.utf8(),
        ["5", None],
        0,
    ),
    "string of packed": ("PIC S9(5) COMP-3", [packed(-12, 3)], {"as": "string"}, pa.utf8(), ["-12"], 0),
    "bytes": ("PIC 9(4) COMP", [b"\x00\x05"], {"as": "binary"}, pa.binary(), [b"\x00\x05"], 0),
    "bool": (
        "PIC 9",
        zoned("0", "1", "7", "9"),
        {"as": "bool", "absent": ["9"]},
        pa.bool_(),
        [False, True, True, None],
        0,
    ),
    "bool of text": (
        "PIC X",
        zoned("Y", "N", "?", "X", " "),
        {"as": "bool", "absent": ["?", ""]},
        pa.bool_(),
        [True, False, None, None, None],
        1,
    ),
    "bool of words": (
        "PIC XX",
        zoned("JA", "NO"),
        {"as": "bool", "yes": ["JA"], "no": ["NO"]},
        pa.bool_(),
        [True, False],
        0,
    ),
    "absent text": ("PIC X(4)", zoned("N/A ", "ok  "), {"absent": ["N/A"]}, pa.utf8(), [None, "ok"], 0),
    "absent decimal": (
        "PIC 9(3)V99 COMP-3",
        [packed(99999, 3), packed(150, 3)],
        {"absent": ["999.99"]},
        pa.decimal128(5, 2),
        [None, Decimal("1.50")],
        0,
    ),
}


@emitters
@pytest.mark.parametrize("name", MEANINGS)
def test_a_meaning(name: str, emitter: str) -> None:
    """Values, nulls and refusals; the oracle, which decodes every record too, makes the same of them."""
    picture, data, keys, kind, expected, refused = MEANINGS[name]

    field, found, invalid = values(picture, data, keys, emitter)

    assert field.type == kind
    assert found == expected
    assert invalid == refused


def test_an_impossible_date_stops_under_raise() -> None:
    dictionary = arrowsmith.text("       01 R.\n           05 F PIC 9(8).\n", name="f.cpy")
    with pytest.raises(arrowsmith.DataError, match=r"record 2.*\(F\)") as caught:
        arrowsmith.read(dictionary, "2026010220260230".encode("cp037"), fields={"F": day("yyyyMMdd")})
    assert caught.value.place.offset == 8


GROUPS = """\
       01 R.
          05 N PIC 9.
          05 A.
             10 D PIC 9(8).
          05 B.
             10 D PIC 9(8).
          05 T PIC 9(8) OCCURS 2.
          05 L PIC X OCCURS 0 TO 3 DEPENDING ON N.
"""


def test_names_lead_to_fields_and_columns_are_renamed() -> None:
    """What others refer to keeps its name; the report lists what is called otherwise."""
    data = ("2" + "20260102" * 4 + "xyz").encode("cp037")
    fields = {
        "a.d": {**day("yyyyMMdd"), "rename": "first"},
        "T": {**day("yyyyMMdd"), "rename": "days"},
        "N": {"rename": "count"},
        "B": {"rename": "second"},
    }
    with arrowsmith.open(arrowsmith.text(GROUPS, name="g.cpy"), data, fields=fields) as reader:
        (row,) = reader.to_table().to_pylist()

    assert row == {"count": 2, "A": {"first": JAN}, "second": {"D": 20260102}, "days": [JAN, JAN], "L": ["x", "y"]}
    assert dict(reader.report.renamed) == {"N": "count", "A.D": "A.first", "B": "second", "T": "days"}


def test_decisions_are_a_pass_over_the_layout() -> None:
    """What comes out is a Layout like any other: it is sound, and its text form holds all of it."""
    layout = arrowsmith.compile(arrowsmith.text(GROUPS, name="g.cpy")).layout
    made = decided(layout, decisions_of({"A.D": {**day("yyyyMMdd"), "rename": "x"}, "N": {"absent": ["9"]}}))

    assert check(made) == ()
    assert parse_layout(print_layout(made)) == made
    assert 'column="x"' in print_layout(made)
    assert decided(layout, ()) is layout


#: what a job says of its fields → code, line, and what the message has
WRONG = {
    "field": ('[fields."ORDR"]\nas = "binary"', "D0410", 1, "did you mean ORDER"),
    "ambiguous": ("[fields.D]\nrename = 'x'", "D0410", 1, "2 fields have this name"),
    "key": ('[fields.ORDER]\npattren = "yyyyMMdd"', "D0411", 2, "did you mean pattern?"),
    "meaning": ('[fields.ORDER]\nas = "dat"', "D0411", 2, "did you mean date?"),
    "pattern": ('[fields.ORDER]\nas = "date"\npattern = "YYYYMMDD"', "D0411", 3, "did you mean yyyyMMdd?"),
    "no pattern": ('[fields.ORDER]\nas = "date"', "D0411", 2, "needs a pattern"),
    "no timestamp": ('[fields.ORDER]\nas = "timestamp"\npattern = "yyyyMMdd"', "D0411", 3, "says a date"),
    "no fit": ('[fields.NAME]\nas = "decimal(5,2)"', "D0412", 2, "a decimal is in digits"),
    "absent": ('[fields.ORDER]\nabsent = ["none"]', "D0411", 2, "which this number cannot be"),
    "value": ("[fields.ORDER]\nabsent = 0", "D0411", 2, "a list of texts"),
    "top": ('outputs = "x"', "D0414", 1, "did you mean output?"),
    "type": ("threads = 'two'", "D0414", 1, "takes a whole number"),
    "no table": ("fields.ORDER = 1", "D0414", 1, "takes a table"),
    "no TOML": ("a = = 1", "D0413", 1, "invalid value"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_shown_in_its_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, code, line, said = WRONG[name]
    (tmp_path / "o.cpy").write_text(
        "       01 R.\n         05 ORDER PIC 9(8).\n         05 NAME PIC X(3).\n"
        "         05 A.\n           10 D PIC X.\n         05 B.\n           10 D PIC X.\n"
    )
    # keys of the top stand before the first table
    parts = ['dictionary = "o.cpy"', text] if text.startswith("[fields") else [text, 'dictionary = "o.cpy"']
    job = tmp_path / "job.toml"
    job.write_text("\n".join(parts))
    line += parts.index(text)

    assert app.main(["describe", "--job", str(job)], standalone_mode=False) == 1

    err = capsys.readouterr().err
    assert err.startswith(f"error[{code}]: ")
    assert said in err
    assert f"job.toml:{line}:" in err


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the page's job, its dictionary and two inputs."""
    (example,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "orders.toml").write_text(example)
    (tmp_path / "orders.cpy").write_text("       01 R.\n         05 ORDER-DATE PIC 9(8).\n         05 NAME PIC X(3).\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    for name, days in (("a", "20260102"), ("b", "00000000")):
        (tmp_path / "in" / f"{name}.dat").write_bytes(f"{days}[{name}]".encode("cp500") * 3)
    return tmp_path


def test_the_job_of_the_page_runs_by_every_command(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From another folder: paths are beside the job."""
    job = str(place / "orders.toml")
    (place / "else").mkdir()
    monkeypatch.chdir(place / "else")

    assert app.main(["convert", "--job", job], standalone_mode=False) == 0
    assert app.main(["head", "--job", job, "--json", "-n", "1"], standalone_mode=False) == 0
    assert app.main(["validate", "--job", job, str(place / "in" / "b.dat")], standalone_mode=False) == 0
    assert app.main(["describe", "--job", job], standalone_mode=False) == 0

    out = capsys.readouterr().out
    assert '{"order_date": "2026-01-02", "NAME": "[a]"}' in out
    assert "valid: 3 records" in out
    assert re.search(r"order_date +ORDER-DATE +PIC 9\(8\) +0 +8 +date32", out)
    assert pq.read_table(place / "out" / "a.parquet").to_pylist() == [{"order_date": JAN, "NAME": "[a]"}] * 3
    assert pq.read_table(place / "out" / "b.parquet").column("order_date").null_count == 3


def test_what_is_typed_goes_before_the_job(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = str(place / "orders.toml")

    assert (
        app.main(
            ["head", "--job", job, "-O", "ebcdic-code-page=cp037", "--json", "--columns", "NAME"], standalone_mode=False
        )
        == 0
    )

    assert "[a]" not in capsys.readouterr().out


def test_the_example_of_the_page_is_python(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    (place / "other.dat").write_bytes("20260102new".encode("cp500"))
    text = (place / "orders.toml").read_text().replace("out/{stem}.parquet", "out/all.parquet")
    (place / "orders.toml").write_text(text)
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    scope: dict[str, Any] = {"arrowsmith": arrowsmith}

    exec(compile(example, "job.md", "exec"), scope)

    assert scope["table"].num_rows == 6
    assert scope["report"].rows == 6
    assert scope["schema"].names == ["order_date", "NAME"]


def test_a_job_says_what_it_lacks(tmp_path: Path) -> None:
    job = tmp_path / "job.toml"
    job.write_text("")
    with pytest.raises(arrowsmith.OptionError, match="has no dictionary"):
        arrowsmith.job(job).read()
    with pytest.raises(arrowsmith.OptionError, match="no such file"):
        arrowsmith.job(tmp_path / "none.toml")


def test_the_page_lists_every_key() -> None:
    top, _, fields = PAGE.partition("\n## Fields\n")
    assert re.findall(r"^\| `(\w+)` \|", top, re.MULTILINE) == list(KEYS)
    table = fields.partition("| `as` | of")[0]
    listed = {key for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
    assert listed == set(FIELD_KEYS)


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".arrows"])
def test_what_is_current_is_skipped(place: Path, ending: str) -> None:
    """And made anew where an input, the dictionary, an option or a decision is another."""
    job, data = arrowsmith.job(place / "orders.toml"), place / "in" / "a.dat"
    target = str(place / "out" / f"x{ending}")
    asked: dict[str, Any] = {"data": str(data), "target": target, "skip_existing": True}

    assert [job.convert(**asked).current for _ in range(2)] == [False, True]

    data.write_bytes(data.read_bytes() * 2)
    assert [job.convert(**asked).rows for _ in range(2)] == [6, 0]
    dictionary = place / "orders.cpy"
    dictionary.write_text(dictionary.read_text().replace("NAME", "LABEL"))
    assert [job.convert(**asked).current for _ in range(2)] == [False, True]
    assert [job.convert(**asked, options={"ebcdic_code_page": "cp037"}).current for _ in range(2)] == [False, True]
    assert [job.convert(**asked, fields={}).current for _ in range(2)] == [False, True]


def test_a_folder_is_brought_up_to_date(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["convert", "--job", str(place / "orders.toml"), "--skip-existing", "-v"]
    assert app.main(arguments, standalone_mode=False) == 0
    capsys.readouterr()
    (place / "in" / "b.dat").write_bytes("20260102[b]".encode("cp500"))

    assert app.main(arguments, standalone_mode=False) == 0

    said = capsys.readouterr().err
    assert re.search(r"a\.parquet: made of these inputs already", said)
    assert re.search(r"b\.parquet: 1 row from 1 file", said)
    assert pq.read_table(place / "out" / "b.parquet").num_rows == 1


def test_what_cannot_be_current_is_an_error(place: Path) -> None:
    job = arrowsmith.job(place / "orders.toml")
    with pytest.raises(arrowsmith.OptionError, match="no time of change"):
        job.convert(data=b"", target=str(place / "x.parquet"), skip_existing=True)
    with pytest.raises(arrowsmith.OptionError, match="one file or folder"):
        job.convert(target="-", skip_existing=True)
    (place / "x.parquet").write_bytes(b"no parquet")
    assert job.convert(target=str(place / "x.parquet"), skip_existing=True).rows == 6
