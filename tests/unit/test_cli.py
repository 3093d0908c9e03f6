"""The command line: what was typed reaches the public API as it was meant, and what comes back becomes words and a status.

The API is replaced here; test_cli_process.py runs the real one.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pyarrow as pa
import pytest
from commandline import run

import arrowsmith
from arrowsmith import registry
from arrowsmith.cli import messages, outcome, request
from arrowsmith.cli.app import COMMANDS, app
from arrowsmith.cli.convert import stem
from arrowsmith.engine.report import ByteCount, FieldCount, FileReport, Report
from arrowsmith.errors import (
    ArrowsmithWarning,
    DataError,
    DictionaryError,
    ExecutableMemoryError,
    InternalError,
    OptionError,
    Place,
    PluginError,
)
from arrowsmith.memory import Diagnosis, Finding

GOOD = Report(
    complete=True, rows=2, records=2, bytes_read=20, decoded=20, emitter="vm", files=(FileReport(name="a.dat", bytes=20, records=2),)
)  # fmt: skip
FLAWED = Report(
    complete=True,
    rows=2,
    records=3,
    bytes_read=31,
    decoded=20,
    ignored=11,
    reasons=(
        ByteCount(kind="ignored", reason="a record that the file's end, or a wrong length, cuts off", bytes=1),
        ByteCount(kind="ignored", reason="refused records", bytes=10),
    ),
    skipped=1,
    fields=(
        FieldCount(path="R.AMOUNT", reason="invalid", count=1200),
        FieldCount(path="R.VIEW", reason="view does not fit", count=7),
    ),
    seconds=(("read", 0.5),),
    renamed=(("R.A", "A_2"),),
    emitter="x86-64",
    allocator="mmap",
    files=(FileReport(name="a.dat", bytes=31, records=3),),
)

Replace = Callable[[str, Any], None]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Puts something in the place of a name of the public API."""

    def replace(name: str, value: Any) -> None:
        monkeypatch.setitem(vars(arrowsmith), name, value)

    return replace


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory with a.dat and b.dat."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.dat", "b.dat"):
        (tmp_path / name).write_bytes(b"0123456789")
    return tmp_path


@pytest.fixture
def converted(api: Replace, data: Path) -> list[dict[str, Any]]:
    """The calls of `arrowsmith.convert`, which says that all is well."""
    calls: list[dict[str, Any]] = []

    def convert(dictionary: Any, found: Any, target: Any, **keywords: Any) -> Report:
        calls.append({"dictionary": dictionary, "data": [s.name for s in found], "target": target, **keywords})
        return GOOD

    api("convert", convert)
    return calls


def raising(error: BaseException) -> Callable[..., Any]:
    def function(*args: Any, **keywords: Any) -> Any:
        raise error

    return function


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


# --- statuses and messages --------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OptionError("no", code="O0001"), 2),
        (DataError("no", code="R0001", place=Place(file="a.dat", record=3, offset=20, bytes=b"\xff")), 1),
        (DictionaryError("no", rendered="error[D0001]: no\n --> a.cpy:1:2"), 1),
        (PluginError("no", code="P0001"), 1),
        (InternalError("no", code="I0001"), 1),
        (ExecutableMemoryError(strategy="mmap", call="mprotect", arguments="…", errno=13, help="ask"), 1),
    ],
)
def test_error_is_its_own_message_and_a_status(api: Replace, data: Path, error: Exception, status: int) -> None:
    api("convert", raising(error))
    done = run("convert", "a.cpy", "a.dat", "-o", "x.parquet")

    assert (done.status, done.out, done.err) == (status, "", f"{error}\n")


def test_unforeseen_refusal_of_the_system_is_one_line(api: Replace, data: Path) -> None:
    api("convert", raising(PermissionError(13, "Permission denied", "/x")))
    done = run("convert", "a.cpy", "a.dat", "-o", "x.parquet")

    assert (done.status, done.err) == (1, "error: the system refused a call: /x: Permission denied\n")


def test_a_file_that_may_not_be_read_has_the_words_of_the_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not those of the library that reads the command line, which knows nothing to do about it."""
    monkeypatch.chdir(tmp_path)
    Path("a.cpy").write_text("       01  R.\n           05  A PIC X.\n")
    Path("a.dat").write_bytes(b"1")
    monkeypatch.setattr(os, "access", lambda path, mode: os.fspath(path) != "a.dat")
    done = run("convert", "a.cpy", "a.dat", "-o", "x.parquet")

    assert (done.status, done.err) == (
        2,
        "error[O0202]: a.dat may not be read\n   = help: ask for read permission on it and its directories\n",
    )


def test_fault_of_ours_keeps_its_traceback(api: Replace, data: Path) -> None:
    api("convert", raising(ZeroDivisionError("ours")))

    with pytest.raises(ZeroDivisionError):
        run("convert", "a.cpy", "a.dat", "-o", "x.parquet")


def test_interruption_is_status_130(api: Replace, data: Path) -> None:
    api("convert", raising(KeyboardInterrupt()))
    done = run("convert", "a.cpy", "a.dat", "-o", "x.parquet")

    assert (done.status, done.err) == (130, "interrupted: nothing half-written remains\n")


def test_request_to_end_is_128_and_its_signal(api: Replace, data: Path) -> None:
    error = KeyboardInterrupt()
    error.signal = signal.SIGTERM  # type: ignore[attr-defined]  # as cli._stop makes it
    api("convert", raising(error))

    assert run("convert", "a.cpy", "a.dat", "-o", "x.parquet").status == 143


def test_reader_that_has_gone_is_no_error_message(api: Replace, data: Path) -> None:
    api("convert", raising(BrokenPipeError()))
    done = run("convert", "a.cpy", "a.dat", "-o", "-")

    assert (done.status, done.err) == (141, "")


def test_message_holds_nothing_that_a_terminal_obeys(api: Replace, data: Path) -> None:
    api("convert", raising(OptionError("\x1b[31mno\x9b\u202e\r", code="O0001", help="try\tit")))
    done = run("convert", "a.cpy", "a.dat", "-o", "x.parquet")

    assert done.err == "error[O0001]: \\x1b[31mno\\x9b\\u202e\\r\n   = help: try\tit\n"


def test_warning_is_one_line(api: Replace, data: Path) -> None:
    def convert(*args: Any, **keywords: Any) -> Report:
        for _ in range(2):
            warnings.warn(ArrowsmithWarning("one\n  two", code="W0001"), stacklevel=1)
        return GOOD

    api("convert", convert)
    twice = "warning[W0001]: one two\n" * 2

    assert run("convert", "a.cpy", "a.dat", "-o", "x.parquet").err == twice
    assert run("convert", "a.cpy", "a.dat", "-o", "x.parquet", "-q").err == twice
    assert run("convert", "a.cpy", "a.dat", "-o", "x.parquet", "-qq").err == ""


def test_other_warnings_go_where_they_went() -> None:
    with pytest.warns(DeprecationWarning, match="theirs"), messages.spoken_warnings():
        warnings.warn("theirs", DeprecationWarning, stacklevel=1)


def test_warning_without_code(capsys: pytest.CaptureFixture[str]) -> None:
    with messages.spoken_warnings():
        warnings.warn(ArrowsmithWarning("plain"), stacklevel=1)

    assert capsys.readouterr().err == "warning: plain\n"


def test_closed_standard_error_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages.sys, "stderr", None)
    messages.say("nobody hears it")


def test_full_standard_output_is_an_option_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages.sys, "stdout", SimpleNamespace(write=raising(OSError(28, "No space left on device"))))

    with pytest.raises(OptionError, match="standard output cannot be written: No space left on device"):
        messages.put("x")


# --- the end of a run -----------------------------------------------------------------------


@pytest.mark.parametrize(("strict", "status"), [(False, 0), (True, 3)])
def test_flaws_are_warned_of_and_strict_is_status_3(api: Replace, data: Path, strict: bool, status: int) -> None:
    api("convert", lambda *args, **keywords: FLAWED)
    done = run("convert", "a.cpy", "a.dat", "-o", "x.parquet", *(["--strict"] if strict else []))

    assert done.status == status
    assert done.err == (
        "warning: 1,200 fields held bytes that the type refuses (R.AMOUNT 1,200); "
        "1 record is left out; 1 byte is in no record\n"
    )


def test_strict_run_without_flaws_is_status_0(converted: list[dict[str, Any]]) -> None:
    assert run("convert", "a.cpy", "a.dat", "-o", "x.parquet", "--strict").status == 0


def test_verbose_says_what_was_done(api: Replace, data: Path) -> None:
    api("convert", lambda *args, **keywords: FLAWED)
    lines = run("convert", "a.cpy", "a.dat", "-o", "x.parquet", "-v").err.splitlines()

    assert lines[0].startswith("x.parquet: 2 rows from 1 file, 31 bytes in ")
    assert lines[1:-1] == [
        "  a.dat: 3 records, 31 bytes",
        "  R.AMOUNT: 1,200 × invalid",
        "  R.VIEW: 7 × view does not fit",
        "  R.A is the column A_2",
        "  read 0.500 s",
        "  emitter x86-64, allocator mmap",
    ]


def test_log_is_heard_at_the_level_asked_for(api: Replace, data: Path) -> None:
    def convert(*args: Any, **keywords: Any) -> Report:
        logging.getLogger("arrowsmith").info("loud")
        logging.getLogger("arrowsmith.deep").debug("soft")
        return GOOD

    api("convert", convert)
    args = ["convert", "a.cpy", "a.dat", "-o", "x.parquet"]

    assert run(*args).err == ""
    assert "info: loud\n" in run(*args, "-v").err
    assert "debug: soft" not in run(*args, "-v").err
    assert "debug: soft\n" in run(*args, "-vv").err
    assert not logging.getLogger("arrowsmith").handlers


def test_report_is_written_as_json(converted: list[dict[str, Any]]) -> None:
    Path("r.json").write_text("old")
    assert run("convert", "a.cpy", "a.dat", "-o", "x.parquet", "--report", "r.json").status == 0
    assert json.loads(Path("r.json").read_text()) == json.loads(json.dumps(GOOD.json()))

    done = run("convert", "a.cpy", "a.dat", "-o", "x.parquet", "--report", "-")
    assert json.loads(done.out)["rows"] == 2


def test_place_of_the_report_is_tried_first(converted: list[dict[str, Any]]) -> None:
    done = run("convert", "a.cpy", "a.dat", "-o", "x.parquet", "--report", "gone/r.json")

    assert (done.status, converted) == (2, [])
    assert "the folder gone does not exist" in done.err


def test_failed_run_leaves_the_old_report(api: Replace, data: Path) -> None:
    Path("r.json").write_text("old")
    api("convert", raising(DataError("no")))

    assert run("convert", "a.cpy", "a.dat", "-o", "x.parquet", "--report", "r.json").status == 1
    assert (Path("r.json").read_text(), sorted(os.listdir())) == ("old", ["a.dat", "b.dat", "r.json"])


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (4.2e9, "4.2 GB"),
     (5e12, "5.0 TB"), (5e16, "50,000.0 TB")],
)  # fmt: skip
def test_sizes_have_units(count: float, text: str) -> None:
    assert outcome.size_text(count) == text


def test_flaws_of_many_fields_name_the_worst() -> None:
    fields = tuple(FieldCount(path=f"F{n}", reason="invalid", count=n) for n in range(1, 6))

    assert outcome.flaws(Report(fields=fields, nulled=2)) == (
        "15 fields held bytes that the type refuses (F5 5, F4 4, F3 3, …); 2 records are null from a refused field on"
    )


# --- progress ------------------------------------------------------------------------------------


def test_progress_is_shown_on_a_terminal_only(
    api: Replace, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outcome.sys, "stderr", SimpleNamespace(isatty=lambda: True))
    shown = pytest.importorskip("arrowsmith.cli.progress")
    seen = []
    from contextlib import contextmanager

    @contextmanager
    def bar(sources: Any) -> Iterator[Any]:
        yield lambda report: seen.append((len(sources), report))

    monkeypatch.setattr(shown, "shown", bar)
    loud, quiet = (outcome.Run(request.Request(dictionary="", data=(), keywords={}, quiet=q)) for q in (0, 1))
    for running in (loud, quiet):
        with running.watched((1, 2)) as tell:  # type: ignore[arg-type]  # only counted here
            tell("report")

    assert seen == [(2, "report")]


def test_bar_shows_share_rate_and_rows(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    from arrowsmith.cli import progress
    from arrowsmith.sources import sources

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    made = progress.Console

    def console(**how: Any) -> Any:
        return made(**how, force_terminal=True)

    monkeypatch.setattr(progress, "Console", console)
    with progress.shown(sources([bytes(4000), bytes(6000)])) as tell:
        tell(Report(rows=12345, decoded=5000))
        tell(Report(rows=23456, decoded=9000, framing=1000))
    shown = capfd.readouterr().err

    assert "2 files" in shown
    assert "10.0/10.0 kB" in shown
    assert "23,456 rows" in shown


def test_dumb_terminal_has_no_bar(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    from arrowsmith.cli import progress
    from arrowsmith.sources import sources

    monkeypatch.setenv("TERM", "dumb")
    made = progress.Console
    monkeypatch.setattr(progress, "Console", lambda **how: made(**how, force_terminal=True))
    with progress.shown(sources(b"1")) as tell:
        tell(GOOD)

    assert capfd.readouterr().err == ""


# --- head, validate, describe ---------------------------------------------------------------------------


class AReader:
    """Three batches of two rows; the report counts what was handed over, and *last* is the one at the end."""

    schema = pa.schema([("id", pa.int64()), ("name", pa.utf8())])

    def __init__(self, last: Report = GOOD) -> None:
        self.last = last
        self.report = Report()
        self.handed = 0
        self.closed = False

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for number in range(3):
            self.handed += 2
            self.report = Report(rows=self.handed)
            yield pa.record_batch([[2 * number, (1 << 53) + number], ["a", None]], schema=self.schema)
        self.report = self.last

    def __enter__(self) -> AReader:
        return self

    def __exit__(self, *reason: object) -> None:
        self.closed = True


@pytest.fixture
def opened(api: Replace, data: Path) -> list[tuple[AReader, dict[str, Any]]]:
    """The readers that `arrowsmith.open` gave out, and what it was asked with."""
    calls: list[tuple[AReader, dict[str, Any]]] = []

    def open_(dictionary: Any, found: Any, **keywords: Any) -> AReader:
        calls.append((AReader(), {"dictionary": dictionary, "data": [s.name for s in found], **keywords}))
        return calls[-1][0]

    api("open", open_)
    return calls


def test_head_reads_no_more_than_it_shows(opened: list[tuple[AReader, dict[str, Any]]]) -> None:
    done = run("head", "a.cpy", "a.dat", "-n", "3", "--json")

    assert [json.loads(line) for line in done.out.splitlines()] == [
        {"id": 0, "name": "a"},
        {"id": 1 << 53, "name": None},
        {"id": 2, "name": "a"},
    ]
    reader, asked = opened[0]
    assert (reader.handed, reader.closed) == (4, True)
    assert (asked["threads"], asked["on_error"]) == (1, "raise")
    assert done.err == ""


def test_head_prints_a_table(opened: list[tuple[AReader, dict[str, Any]]]) -> None:
    assert run("head", "a.cpy", "a.dat", "-n", "1").out.splitlines() == ["id  name", "──  ────", " 0  a"]
    assert run("head", "a.cpy", "a.dat", "-n", "0").out.splitlines() == ["id  name", "──  ────"]
    assert len(run("head", "a.cpy", "a.dat").out.splitlines()) == 8


def test_json_is_utf8_whatever_the_locale(api: Replace, data: Path) -> None:
    reader = AReader()
    reader.schema = pa.schema([("id", pa.int64()), ("näme", pa.utf8())])
    api("open", lambda *args, **keywords: reader)

    assert run("head", "a.cpy", "a.dat", "-n", "1", "--json").data == '{"id": 0, "näme": "a"}\n'.encode()


def test_validate_reads_everything_and_goes_on_behind_errors(opened: list[tuple[AReader, dict[str, Any]]]) -> None:
    done = run("validate", "a.cpy", "a.dat")

    assert (done.status, done.err) == (0, "")
    assert done.out == "a.dat: 2 records, 20 bytes\nvalid: 2 records, 20 bytes\n"
    reader, asked = opened[0]
    assert (reader.handed, reader.closed) == (6, True)
    assert asked["on_error"] == "null"
    assert asked["threads"] is None


@pytest.mark.parametrize(("args", "status"), [([], 1), (["--strict"], 3)])
def test_validate_tells_what_is_refused(api: Replace, data: Path, args: list[str], status: int) -> None:
    api("open", lambda *_, **keywords: AReader(FLAWED))
    done = run("validate", "a.cpy", "a.dat", "-qq", *args)

    assert (done.status, done.err) == (status, "")
    assert done.out.splitlines()[:3] == [
        "a.dat: 3 records, 31 bytes",
        "  R.AMOUNT  1,200 × invalid",
        "  R.VIEW    7 × view does not fit",
    ]
    assert done.out.splitlines()[-1].startswith("not valid: 1,200 fields")


def test_report_on_standard_output_replaces_the_text(opened: list[tuple[AReader, dict[str, Any]]]) -> None:
    assert json.loads(run("validate", "a.cpy", "a.dat", "--report", "-").out)["complete"] is True


def compiled(size: int = 12) -> SimpleNamespace:
    def said(**metadata: str) -> dict[str, str]:
        return {f"arrowsmith.{key}": value for key, value in metadata.items()}

    amount = pa.field(
        "AMOUNT", pa.decimal128(9, 2), metadata=said(name="AMOUNT", type="PIC S9(7)V99 COMP-3", offset="4", length="5")
    )
    schema = pa.schema(
        [
            pa.field("ID", pa.int32(), metadata=said(name="ID", type="PIC 9(9) COMP", offset="0", length="4")),
            pa.field("ITEMS", pa.list_(pa.field("item", pa.struct([amount]))), metadata=said(name="ITEMS", offset="4", length="8")),
            pa.field("TAGS", pa.list_(pa.field("item", pa.utf8()))),
        ]
    )  # fmt: skip
    plan = SimpleNamespace(name="REC", framer=SimpleNamespace(size=size))
    return SimpleNamespace(schema=schema, plan=plan)


def test_describe_prints_columns(api: Replace) -> None:
    calls: list[Any] = []

    def compile_(dictionary: Any, **keywords: Any) -> Any:
        calls.append((dictionary, keywords))
        return compiled()

    api("compile", compile_)
    done = run("describe", "a.cpy", "-O", "a=b", "--columns", "ID")

    assert done.out.splitlines() == [
        "REC: 3 columns, records of 12 bytes",
        "",
        "column    dictionary  type                 offset  length  Arrow",
        "────────  ──────────  ───────────────────  ──────  ──────  ──────────────────",
        "ID        ID          PIC 9(9) COMP             0       4  int32",
        "ITEMS     ITEMS                                 4       8  list",
        "  AMOUNT  AMOUNT      PIC S9(7)V99 COMP-3       4       5  decimal128(9, 2)",
        "TAGS                                                       list<item: string>",
    ]
    assert calls == [
        ("a.cpy", {"format": None, "options": [("a", "b")], "framer": None, "framer_options": [], "columns": ["ID"],
                   "on_error": "raise", "fields": None}),
    ]  # fmt: skip


def test_describe_of_records_without_a_size(api: Replace) -> None:
    api("compile", lambda *args, **keywords: compiled(size=0))

    assert run("describe", "a.cpy").out.startswith("REC: 3 columns, records of their own length\n")


def test_describe_shows_the_schema_with_all_its_metadata(api: Replace) -> None:
    api("compile", lambda *args, **keywords: compiled())

    assert "arrowsmith.type: 'PIC S9(7)V99 COMP-3'" in run("describe", "a.cpy", "--schema").out


# --- plugins, doctor ------------------------------------------------------------------------------------


def a_registry(monkeypatch: pytest.MonkeyPatch, **offers: Any) -> None:
    known = SimpleNamespace(**{"plugins": (), "emitters": (), "allocators": (), "formats": (), "sinks": (), **offers})
    known.allocator = lambda name: next(a for a in known.allocators if a.name == name)
    monkeypatch.setattr(registry, "load", lambda: known)


def test_plugins_are_listed_with_offers_and_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    good = registry.Plugin(name="d:a", distribution="d", version="1", hooks=("arrowsmith_sinks",), offers=("sink x",))
    bad = registry.Plugin(name="e:b", distribution="e", version="2", error="cannot be imported: \x1b[31mX")
    a_registry(monkeypatch, plugins=(good, bad))

    assert run("plugins").out == "d:a (d 1)\n  sink x\ne:b (e 2)\n  not used: cannot be imported: \\x1b[31mX\n"
    assert json.loads(run("plugins", "--json").out)[0] == {
        "name": "d:a", "distribution": "d", "version": "1", "hooks": ["arrowsmith_sinks"], "offers": ["sink x"], "error": "",
    }  # fmt: skip


def test_no_plugins_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    a_registry(monkeypatch)

    assert run("plugins").out == "no plugins are installed\n"


def test_real_plugins_are_shown() -> None:
    assert "allocator mmap" in run("plugins").out


class ADoctor:
    """An allocator that can be asked."""

    rank = 1
    finding = Finding(
        allocator="toy", outcome="refused", call="mprotect", arguments="…", errno=13, said="EACCES", rule="SELinux execmem", ask="Ask."
    )  # fmt: skip

    def __init__(self, name: str = "toy") -> None:
        self.name = name

    def probe(self) -> Finding:
        return self.finding

    def trace(self) -> str:
        return "mprotect(…) = -1 EACCES\n"

    def source(self) -> str:
        return "int main(void) { return 0; }\n" if self.name == "toy" else ""

    def diagnose(self, allocators: Any) -> Diagnosis:
        return Diagnosis(
            available=False, findings=(self.finding,), facts=(("kernel", "7"),), verdict=("No.",), works=()
        )

    def instead(self, allocators: Any) -> str:
        return ""


def emitter(name: str, reason: str | None, *, needs_memory: bool = False) -> SimpleNamespace:
    return SimpleNamespace(name=name, rank=1, refuses=lambda program, host: reason, needs_memory=needs_memory)


def test_doctor_prints_emitters_and_the_diagnosis(monkeypatch: pytest.MonkeyPatch) -> None:
    a_registry(
        monkeypatch,
        emitters=(emitter("x86-64", "iced-x86 is not installed"), emitter("vm", None)),
        allocators=(SimpleNamespace(name="plain", rank=2), ADoctor()),
    )
    lines = run("doctor").out.splitlines()

    assert lines[:3] == ["emitter x86-64: not usable: iced-x86 is not installed", "emitter vm: usable", ""]
    assert lines[-1] == "No."
    found = json.loads(run("doctor", "--json").out)
    assert (found["available"], found["verdict"]) == (False, ["No."])
    assert found["emitters"][0] == {
        "name": "x86-64", "rank": 1, "refuses": "iced-x86 is not installed", "allocator": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "available", "works", "said"),
    [
        ("ok", True, ("mmap",), "usable"),
        ("refused", False, ("toy",), "not usable: executable memory is refused; usable with --allocator toy"),
        ("killed", False, (), "not usable: executable memory is refused"),
        ("untried", False, (), "not usable: executable memory could not be tried"),
    ],
)
def test_doctor_calls_no_emitter_usable_without_the_memory_that_it_needs(
    outcome: str, available: bool, works: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ADoctor()
    found = Diagnosis(
        available=available, findings=(Finding(allocator="mmap", outcome=outcome),), facts=(), verdict=(), works=works
    )  # fmt: skip
    monkeypatch.setattr(asked, "diagnose", lambda allocators: found)
    a_registry(
        monkeypatch, emitters=(emitter("x86-64", None, needs_memory=True), emitter("vm", None)), allocators=(asked,)
    )

    assert run("doctor").out.splitlines()[:2] == [f"emitter x86-64: {said}", "emitter vm: usable"]


def test_doctor_without_anybody_to_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    a_registry(monkeypatch, allocators=(SimpleNamespace(name="plain", rank=2),))
    done = run("doctor")

    assert done.status == 0
    assert "no plugin offers an emitter" in done.out
    assert "no plugin can say what executable memory this host allows" in done.out
    assert json.loads(run("doctor", "--json").out) == {"emitters": []}
    a_registry(monkeypatch, emitters=(emitter("x86-64", None, needs_memory=True),))
    assert "emitter x86-64: not usable: whether this host allows executable memory is not known" in run("doctor").out


def test_doctor_probes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    a_registry(monkeypatch, allocators=(ADoctor(), ADoctor("bare"), SimpleNamespace(name="plain", rank=2)))

    assert (
        run("doctor", "--probe", "toy").out
        == "toy: refused\n  mprotect(…) said EACCES\n  likely rule: SELinux execmem\n  Ask.\n"
    )
    assert json.loads(run("doctor", "--probe", "toy", "--json").out)["outcome"] == "refused"
    assert run("doctor", "--probe", "toy", "--trace").out == "mprotect(…) = -1 EACCES\n"
    assert run("doctor", "--probe", "toy", "--source").out == "int main(void) { return 0; }\n"
    assert json.loads(run("doctor", "--probe", "toy", "--source", "--json").out)["source"].startswith("int main")
    assert "there is no C program of the allocator bare" in run("doctor", "--probe", "bare", "--source").err
    plain = run("doctor", "--probe", "plain")
    assert (plain.status, "the allocator plain cannot be probed" in plain.err) == (2, True)


def test_names_are_completed_from_what_plugins_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    a_registry(monkeypatch, emitters=(emitter("vm", None), emitter("x86-64", None)))
    parameter = click.Option(["--emitter"])

    assert request.offered("emitters")(click.Context(app), parameter, "v") == ["vm"]
