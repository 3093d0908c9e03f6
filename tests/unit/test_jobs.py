"""Job files and decisions about fields: what they lead to, what is wrong in a job and where, what is made already."""

from __future__ import annotations

import datetime as dt
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

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

pytestmark = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")
JAN = dt.date(2026, 1, 2)


def day(text: str) -> dict[str, Any]:
    return {"as": "date", "pattern": text}


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
    "pattern": ('[fields.ORDER]\nas = "date"\npattern = "YYYYMMDDhh"', "D0411", 3, "did you mean yyyyMMddHH?"),
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
