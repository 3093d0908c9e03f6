"""The command line: what was typed reaches the public API as it was meant.

The API is replaced here; test_cli_process.py runs the real one.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commandline import GOOD, Replace, run

from arrowsmith.cli import request
from arrowsmith.cli.app import COMMANDS
from arrowsmith.cli.convert import stem
from arrowsmith.engine.report import Report
from arrowsmith.errors import (
    OptionError,
)

# --- usage --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["plugin"], "there is no command plugin; did you mean plugins?"),
        (["xyzzy"], "there is no command xyzzy\n"),
        (["convert", "a.cpy", "a.dat"], "no output is given"),
        (["convert", "-o", "x.parquet"], "no dictionary is given"),
        (["convert", "-o", "x.parquet", "a.cpy"], "no data are given, only the dictionary a.cpy"),
        (["convert", "-o", "x.parquet", "-d", "a.cpy", "-d", "b.cpy"], "only the dictionary a.cpy, b.cpy"),
        (["head", "a.cpy", "a.dat", "-O", "novalue"], "'novalue' is not of the form key=value"),
        (["head", "a.cpy", "a.dat", "-O", "=x"], "'=x' is not of the form key=value"),
        (["head", "a.cpy", "a.dat", "--on-error", "weep"], "'weep' is not one of"),
        (["head", "a.cpy", "a.dat", "--threads", "0"], "0 is not in the range"),
        (["head", "a.cpy", "a.dat", "-n", "-1"], "-1 is not in the range"),
        (["head", "a.cpy", "-", "-"], "- is given twice"),
        (["head", "--emiter", "vm", "a.cpy", "a.dat"], "--emiter"),
        (["describe"], "no dictionary is given"),
        (["describe", "a.cpy", "b.cpy"], "b.cpy is one argument too many"),
        (["doctor", "--trace"], "--trace needs --probe NAME"),
        (["doctor", "--source"], "--source needs --probe NAME"),
        (["doctor", "--probe", "mmap", "--trace", "--source"], "two questions"),
        (["convert", "a.cpy", "a.dat", "-o", "-", "--report", "-"], "both mean standard output"),
    ],
)
def test_mistake_on_the_command_line_is_two_lines_and_status_2(data: Path, args: list[str], said: str) -> None:
    done = run(*args)

    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert done.err.startswith("error: ")
    assert done.err.splitlines()[1:] == [
        f"   = help: `arrowsmith{' ' + args[0] if args[0] in COMMANDS else ''} --help` lists what it takes"
    ]


def test_no_command_prints_the_help_to_standard_error() -> None:
    done = run()

    assert (done.status, done.out) == (2, "")
    assert all(name in done.err for name in COMMANDS)


def test_help_and_version_are_answers() -> None:
    assert run("--help").status == run("-h").status == run("convert", "--help").status == 0
    assert run("--version").out.startswith("arrowsmith ")


# --- what reaches the API ---------------------------------------------------------------


def test_every_option_reaches_convert(converted: list[dict[str, Any]]) -> None:
    done = run(
        *["convert", "a.cpy", "b.dat", "a.dat", "-o", "x.parquet", "-f", "copybook", "-O", "b=1=2", "-O", "a:1=x", "-O", "b=3"],
        *["--columns", "id, holder.*", "--columns", "x", "--table", "T", "--emitter", "vm", "--allocator", "mmap,memfd-exec"],
        *["--threads", "2", "--on-error", "skip", "--to", "parquet", "-S", "compression=zstd", "--if-exists", "replace"],
        *["--split-tables", "--limit", "7", "-q", "--max-errors", "2%", "--provenance", "file,record"],
        *["--self-check", "0.5", "--split", "1/4", "--index", "ix"],
        *["--framer", "varint", "--framer-option", "most=5"],
    )  # fmt: skip

    assert (done.status, done.out, done.err) == (0, "", "")
    (call,) = converted
    call.pop("progress")
    assert call == {
        "dictionary": "a.cpy",
        "data": ["b.dat", "a.dat"],
        "target": "x.parquet",
        "format": "copybook",
        "options": [("b", "1=2"), ("a:1", "x"), ("b", "3")],
        "framer": "varint",
        "framer_options": [("most", "5")],
        "columns": ["id", "holder.*", "x"],
        "table": "T",
        "emitter": "vm",
        "allocator": "mmap,memfd-exec",
        "threads": 2,
        "on_error": "skip",
        "sink": "parquet",
        "sink_options": [("compression", "zstd")],
        "if_exists": "replace",
        "split_tables": True,
        "limit": 7,
        "lockdown": False,
        "quarantine": None,
        "max_errors": "2%",
        "provenance": ("file", "record"),
        "self_check": 0.5,
        "split": (1, 4),
        "index": "ix",
        "fields": None,
        "skip_existing": False,
    }


def test_what_is_not_given_is_left_to_the_api(converted: list[dict[str, Any]]) -> None:
    run("convert", "a.cpy", "a.dat", "-o", "x.parquet")

    call = converted[0]
    assert (call["format"], call["options"], call["columns"], call["table"]) == (None, [], None, None)
    assert (call["emitter"], call["allocator"], call["threads"], call["on_error"]) == ("auto", "auto", None, "raise")
    assert (call["sink"], call["sink_options"], call["if_exists"], call["limit"]) == (None, [], "fail", None)


def test_with_d_every_argument_is_data(converted: list[dict[str, Any]]) -> None:
    run("convert", "-d", "a.cpy", "-d", "b.cpy", "a.dat", "b.dat", "-o", "x.parquet")

    assert converted[0]["dictionary"] == ("a.cpy", "b.cpy")
    assert converted[0]["data"] == ["a.dat", "b.dat"]


def test_output_to_standard_output_is_an_arrow_stream(converted: list[dict[str, Any]]) -> None:
    run("convert", "a.cpy", "a.dat", "-o", "-")
    run("convert", "a.cpy", "a.dat", "-o", "-", "--to", "parquet")

    assert [(call["target"], call["sink"]) for call in converted] == [("-", "arrows"), ("-", "parquet")]


def test_minus_is_standard_input(api: Replace) -> None:
    seen: list[Any] = []

    def convert(dictionary: Any, found: Any, target: Any, **keywords: Any) -> Report:
        for source in found:
            buffer = bytearray(99)
            with source.open() as stream:
                seen.append((source.name, bytes(buffer[: stream.readinto(memoryview(buffer))])))
        return GOOD

    api("convert", convert)

    assert run("convert", "a.cpy", "-", "-o", "x.parquet", stdin=b"\xc1\xc2").status == 0
    assert seen == [("standard input", b"\xc1\xc2")]


def test_terminal_as_data_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request.sys, "stdin", SimpleNamespace(isatty=lambda: True))

    with pytest.raises(OptionError, match="standard input is a terminal"):
        request.data_of(["-"])


def test_missing_data_are_told_before_anything_is_done(converted: list[dict[str, Any]]) -> None:
    done = run("convert", "a.cpy", "a.dat", "c.dat", "-o", "x.parquet")

    assert (done.status, converted) == (2, [])
    assert "error[O0201]: there is no file c.dat" in done.err


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("in/orders.dat", "orders"),
        ("orders.2024.dat.gz", "orders.2024"),
        ("orders", "orders"),
        ("orders.gz", "orders"),
        ("s3://bucket/in/orders.dat", "orders"),
        (".hidden", ".hidden"),
        ("<bytes>", "<bytes>"),
    ],
)
def test_stem_of_an_input(name: str, expected: str) -> None:
    assert stem(name) == expected


def test_stem_makes_one_output_an_input(converted: list[dict[str, Any]]) -> None:
    done = run("convert", "a.cpy", "*.dat", "-o", "out/{stem}.parquet", "--report", "{stem}.json")

    assert done.status == 0
    assert [(call["data"], call["target"]) for call in converted] == [
        (["a.dat"], "out/a.parquet"),
        (["b.dat"], "out/b.parquet"),
    ]
    assert json.loads(Path("b.json").read_text())["rows"] == 2


def test_two_inputs_of_one_stem_are_an_error(converted: list[dict[str, Any]]) -> None:
    Path("sub").mkdir()
    Path("sub/a.dat").touch()
    done = run("convert", "a.cpy", "a.dat", "sub/a.dat", "-o", "{stem}.parquet")

    assert (done.status, converted) == (2, [])
    assert "a.dat and sub/a.dat would both be written to a.parquet" in done.err


def test_one_report_for_several_outputs_is_an_error(converted: list[dict[str, Any]]) -> None:
    done = run("convert", "a.cpy", "*.dat", "-o", "{stem}.parquet", "--report", "r.json")

    assert (done.status, converted) == (2, [])
    assert "put {stem} into --report too" in done.err
