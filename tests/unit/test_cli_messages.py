"""What the command line says to a person, and the status that it ends with: errors, warnings, flaws, reports, progress."""

from __future__ import annotations

import json
import logging
import os
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commandline import FLAWED, GOOD, Replace, raising, run

from arrowsmith.cli import messages, outcome, request
from arrowsmith.engine.report import FieldCount, Report
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
