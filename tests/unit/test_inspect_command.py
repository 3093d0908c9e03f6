"""`arrowsmith inspect`: a record as a table, as JSON, as a page; questions that are none."""

from __future__ import annotations

import json
import os
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from commandline import on_terminal, run
from counted_records import COPYBOOK, DATA, OPTIONS, copybook

posix = pytest.mark.skipif(os.name == "nt", reason="terminals as POSIX has them")
FLAGS = tuple(word for item in OPTIONS.items() for word in ("-O", "=".join(item)))


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.cpy").write_text(COPYBOOK)
    (tmp_path / "r.dat").write_bytes(DATA)
    return tmp_path


@copybook
def test_table_of_a_record(files: Path) -> None:
    done = run("inspect", "r.cpy", "r.dat", *FLAGS, "--error", "2")

    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines() == [
        "r.dat: record 5 of R, bytes 80–97 (18 bytes)",
        "",
        "  offset  length  bytes           field   type              value",
        "       0       1  32              N       PIC 9(1)          2",
        "                                  L[0]",
        '       1       2  30 30             Q     PIC X(2)          "00"',
        "       3       2  12 3c             A[0]  PIC S9(3) COMP-3  123",
        "       5       2  00 1d             A[1]  PIC S9(3) COMP-3  -1",
        "                                  L[1]",
        '       7       2  30 31             Q     PIC X(2)          "01"',
        "       9       2  12 3c             A[0]  PIC S9(3) COMP-3  123",
        ">     11       2  ff ff             A[1]  PIC S9(3) COMP-3  refused: 0xFF holds a packed-decimal digit above 9",
        '      13       1  5a              F       PIC X(1)          "Z"',
        "      13       1  5a              G       PIC 9(1)          does not fit: 0x5A is no part of a number",
        "      14       2  7a 7a                                     no field reads this",
        "      16       2  31 32           T       PIC 9(2)          12",
    ]


@copybook
def test_json_of_a_record(files: Path) -> None:
    made = json.loads(run("inspect", "r.cpy", "r.dat", *FLAGS, "--error", "1", "--json").out)

    assert bytes.fromhex(made["bytes"]) == DATA[36:60]
    assert made["fields"][made["wanted"]] == {
        "path": ["L", 1, "A", 1], "type": "PIC S9(3) COMP-3", "offset": 11, "length": 2, "bytes": "ffff",
        "state": "invalid", "value": None, "reason": "0xFF holds a packed-decimal digit above 9",
    }  # fmt: skip


class Page(HTMLParser):
    """Whether elements close, what asks for another resource, how deep details go."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.asks: list[str] = []
        self.deepest = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.asks += [name for name, _ in attributes if name in ("src", "href", "onclick")]
        if tag != "meta":
            self.open.append(tag)
        self.deepest = max(self.deepest, self.open.count("details"))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@copybook
def test_page_folds_and_needs_nothing_else(files: Path) -> None:
    (files / "r.cpy").write_text(
        COPYBOOK.replace("05  F PIC X(1)", "05  F PIC X(3)").replace("           05  FILLER PIC X(2).\n", "")
    )
    (files / "<b>&.dat").write_bytes(DATA.replace(b"Zzz12", b"<b>12"))
    done = run("inspect", "r.cpy", "<b>&.dat", *FLAGS, "--error", "1", "--html", "r.html")

    assert (done.status, done.out) == (0, "")
    text = (files / "r.html").read_text(encoding="utf-8")
    page = Page(text)
    assert (page.open, page.asks, page.deepest) == ([], [], 1)
    assert "<b>" not in text
    assert "url(" not in text
    assert "<script" not in text
    assert '<div class="field invalid wanted">' in text
    assert "&quot;&lt;b&gt;&quot;" in text


@copybook
def test_wide_fields_are_cut_and_groups_nest(files: Path) -> None:
    (files / "r.cpy").write_text("       01 R.\n         05 G.\n          10 H.\n           15 W PIC X(100).\n")
    (files / "r.dat").write_bytes(b"w" * 100)
    lines = run("inspect", "r.cpy", "r.dat", "-O", "encoding=ascii", "--record", "1").out.splitlines()

    assert lines[3].strip() == "G"
    assert lines[4].strip() == "H"
    assert lines[-1].strip() == "… 36 more bytes"
    assert sum("77 77" in line for line in lines) == 4


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "one of --record N, --offset B and --error K says which record is meant"),
        (["--record", "1", "--error", "1"], "one of --record N"),
        (["--record", "0"], "0 is not in the range"),
        (["--record", "1", "--json", "--html", "x"], "--html and --json are two forms of one answer"),
        (["--record", "1", "--quarantine", "q.arrow"], "--quarantine and --split are for commands"),
    ],
)
def test_questions_that_are_none(files: Path, args: list[str], said: str) -> None:
    done = run("inspect", "r.cpy", "r.dat", *FLAGS, *args)

    assert (done.status, done.out) == (2, "")
    assert said in done.err


@copybook
def test_two_files_are_one_too_many(files: Path) -> None:
    done = run("inspect", "r.cpy", "r.dat", "r.dat", *FLAGS, "--record", "1")

    assert done.status == 2
    assert done.err.startswith("error[O0421]: one file is looked at, and these are 2\n")


@copybook
@posix
def test_colours_are_for_a_terminal(files: Path) -> None:
    command = [sys.executable, "-m", "arrowsmith", "inspect", "r.cpy", "r.dat", *FLAGS, "--error", "1"]
    status, said, _ = on_terminal(command, "stdout", {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"})

    assert status == 0
    assert b"\x1b[1;31mrefused: 0xFF holds" in said
