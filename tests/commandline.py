"""The command line in the tests: in this process, on an API that is replaced, and what a process says to a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from click.testing import CliRunner

from arrowsmith.cli.app import app
from arrowsmith.engine.report import ByteCount, FieldCount, FileReport, Report

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


def run(*args: str, stdin: bytes | None = None) -> SimpleNamespace:
    """The command in this process: ``status``, ``out``, ``err``, and standard output's bytes, ``data``.

    A fault of ours is raised here as it would be seen there.
    """
    try:
        runner = CliRunner(mix_stderr=False)  # type: ignore[call-arg]  # click before 8.2
    except TypeError:
        runner = CliRunner()
    done = runner.invoke(app, args, input=stdin, prog_name="arrowsmith")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return SimpleNamespace(status=done.exit_code, out=done.stdout, err=done.stderr, data=done.stdout_bytes)


def on_terminal(command: list[str], stream: str, environment: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    """Status of *command*, what it said on *stream* (``stdout`` or ``stderr``), which is a terminal, and on the other one."""
    ours, theirs = pty.openpty()
    ends = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: theirs}
    with subprocess.Popen(command, env=environment, **ends) as process:  # type: ignore[call-overload]  # both are ends
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 65536):
                said += part
        except OSError:
            pass  # Linux says EIO where the other end of a terminal is closed
        other = process.stderr if stream == "stdout" else process.stdout
        aside = other.read()
    os.close(ours)
    return process.returncode, said, aside


def raising(error: BaseException) -> Callable[..., Any]:
    def function(*args: Any, **keywords: Any) -> Any:
        raise error

    return function
