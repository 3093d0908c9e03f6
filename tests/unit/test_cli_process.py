"""The command as a process of its own: what it imports, its pipes, its signals, a real conversion through real plugins."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from commandline import on_terminal

MAIN = "from arrowsmith.cli import main; main()"
COPYBOOK = "       01  ORDER-RECORD.\n           05  ORDER-NAME  PIC X(4).\n           05  ORDER-SUM   PIC 9(4).\n"
OPTIONS = ("-O", "encoding=ascii")

posix = pytest.mark.skipif(os.name == "nt", reason="signals and pipes as POSIX has them")
copybook = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")


def command(*args: str, prelude: str = "") -> list[str]:
    return [sys.executable, "-c", f"{prelude}\n{MAIN}", *args]


def environment(**more: str) -> dict[str, str]:
    """This one without what measures coverage: it would import what we forbid."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COV_", "COVERAGE_"))}
    return {**kept, "PYTHONPATH": os.pathsep.join(sys.path), **more}


def run(*args: str, stdin: bytes = b"", **more: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command(*args, **more), input=stdin, capture_output=True, env=environment(), check=False, timeout=60
    )


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory with orders.cpy and orders.dat of a thousand records."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.cpy").write_text(COPYBOOK)
    (tmp_path / "orders.dat").write_bytes(b"".join(b"N%03d%04d" % (n, n) for n in range(1000)))
    return tmp_path


#: Fails an import of what the command line must not need to show its help.
POISON = """
import sys
class Poison:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pyarrow", "numpy", "iced_x86", "rich", "fsspec"}:
            raise AssertionError("imports " + name)
sys.meta_path.insert(0, Poison())
"""


@pytest.mark.parametrize("args", [["--help"], ["convert", "--help"], ["--version"], ["plugins"], ["convert", "x"]])
def test_help_and_usage_import_nothing_heavy(args: list[str]) -> None:
    done = run(*args, prelude=POISON)

    assert b"imports" not in done.stderr
    assert done.returncode == (2 if args[-1] == "x" else 0)


def test_poison_works(orders: Path) -> None:
    assert b"imports" in run("head", "orders.cpy", "orders.dat", prelude=POISON).stderr


def test_completion_needs_nothing_heavy() -> None:
    words = environment(_ARROWSMITH_COMPLETE="bash_complete", COMP_WORDS="arrowsmith con", COMP_CWORD="1")
    done = subprocess.run(command(prelude=POISON), capture_output=True, env=words, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"plain,convert\n", b"")


@copybook
def test_conversion_and_its_rows(orders: Path) -> None:
    done = run("convert", "orders.cpy", "orders.dat", "-o", "orders.arrow", "--report", "r.json", *OPTIONS)

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert json.loads(Path("r.json").read_text())["rows"] == 1000
    table = pa.ipc.open_file("orders.arrow").read_all()
    assert table.slice(41, 1).to_pylist() == [{"ORDER_NAME": "N041", "ORDER_SUM": 41}]
    head = run("head", "orders.cpy", "orders.dat", "-n", "1", "--json", *OPTIONS)
    assert (head.returncode, json.loads(head.stdout)) == (0, {"ORDER_NAME": "N000", "ORDER_SUM": 0})
    column = run("head", "orders.cpy", "orders.dat", "-n", "3", "--columns", "order-sum", *OPTIONS)
    assert column.stdout.decode().split() == ["ORDER_SUM", "─" * 9, "0", "1", "2"]


@copybook
def test_from_a_pipe_to_a_pipe(orders: Path) -> None:
    done = run("convert", "orders.cpy", "-", "-o", "-", *OPTIONS, stdin=Path("orders.dat").read_bytes())

    assert (done.returncode, done.stderr) == (0, b"")
    assert pa.ipc.open_stream(done.stdout).read_all().num_rows == 1000


@copybook
def test_truncated_data_are_status_1_and_leave_nothing(orders: Path) -> None:
    os.truncate("orders.dat", 7999)
    done = run("convert", "orders.cpy", "orders.dat", "-o", "orders.arrow", *OPTIONS)

    assert done.returncode == 1
    assert done.stderr.startswith(b"error[R")
    assert b"orders.dat, record 1,000" in done.stderr
    assert b"Traceback" not in done.stderr
    assert sorted(os.listdir()) == ["orders.cpy", "orders.dat"]


@copybook
@posix
def test_reader_that_goes_is_status_141_in_silence(orders: Path) -> None:
    with subprocess.Popen(
        command("head", "orders.cpy", "orders.dat", "-n", "1000", "--json", *OPTIONS),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("args", [["plugins"], ["--version"], ["doctor", "--help"]])
def test_full_standard_output_is_an_error_without_traceback(args: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command(*args), stdout=full, stderr=subprocess.PIPE, env=environment(), check=False)

    assert done.returncode in (1, 2)
    assert done.stderr.startswith(b"error")
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@copybook
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_full_standard_output_is_named_as_such(orders: Path) -> None:
    with open("/dev/full", "wb") as full:
        convert = command("convert", "orders.cpy", "orders.dat", "-o", "-", *OPTIONS)
        done = subprocess.run(convert, stdout=full, stderr=subprocess.PIPE, env=environment(), check=False, text=True)

    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "error[O0104]: the disk that standard output goes to is full"


@copybook
@posix
def test_closed_standard_streams(orders: Path) -> None:
    """What is opened gets none of their numbers: the output holds rows and no message; what cannot be printed is an error."""
    convert = [*command("convert", "orders.cpy", "orders.dat", "-o", "out.arrow", *OPTIONS)]
    closed = subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *convert], env=environment(), check=False)
    assert closed.returncode == 0
    assert (orders / "out.arrow").read_bytes().startswith(b"ARROW1")

    printing = ["sh", "-c", 'exec "$@" >&-', "sh", *command("plugins")]
    done = subprocess.run(printing, stderr=subprocess.PIPE, env=environment(), check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"error[O0304]: standard output cannot be written: Bad file descriptor")
    assert b"Traceback" not in done.stderr

    reading = ["sh", "-c", 'exec "$@" <&-', "sh", *command("head", "orders.cpy", "-", *OPTIONS)]
    done = subprocess.run(reading, capture_output=True, env=environment(), check=False)
    assert done.returncode == 1
    assert b"Bad file descriptor" in done.stderr


@copybook
@posix
@pytest.mark.parametrize(("number", "status", "threads"), [(signal.SIGINT, 130, "1"), (signal.SIGTERM, 143, "2")])
def test_interruption_leaves_nothing_half_written(
    orders: Path, number: signal.Signals, status: int, threads: str
) -> None:
    """The command waits for its input in the middle of a conversion when the signal comes, and does not wait any longer."""
    args = command(
        "convert", "orders.cpy", "-", "-o", "out.arrow", "--threads", threads, "--report", "r.json", *OPTIONS
    )
    # a shell's background job, which tests may be, ignores SIGINT, and so would the command
    with subprocess.Popen(
        args, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(Path("orders.dat").read_bytes())
        process.stdin.flush()
        deadline = time.monotonic() + 30
        while not any(name.startswith(".out.arrow.") for name in os.listdir()):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline, "no draft appeared"
            time.sleep(0.02)
        process.send_signal(number)
        said = process.stderr.read()
        process.wait(30)

    assert (process.returncode, said) == (status, b"interrupted: nothing half-written remains\n")
    assert sorted(os.listdir()) == ["orders.cpy", "orders.dat"]


@copybook
@posix
def test_progress_and_summary_are_for_a_terminal(orders: Path) -> None:
    words = command("convert", "orders.cpy", "orders.dat", "-o", "orders.arrow", *OPTIONS)
    status, said, out = on_terminal(words, "stderr", environment(TERM="xterm", NO_COLOR="1", COLUMNS="120"))

    assert (status, out) == (0, b"")
    assert b"1,000 rows" in said
    assert b"orders.arrow: 1,000 rows from 1 file, 8.0 kB in " in said


def test_doctor_answers_for_machines() -> None:
    done = run("doctor", "--json")

    assert done.returncode == 0
    assert {emitter["name"] for emitter in json.loads(done.stdout)["emitters"]} >= {"vm"}


#: Leaves a library no memory to be loaded in, as RLIMIT_AS does at some size that depends on the library.
NO_ROOM = """
import sys
class NoRoom:
    def find_spec(self, name, path=None, target=None):
        if name == "pyarrow":
            raise ImportError("libarrow.so: failed to map segment from shared object")
sys.meta_path.insert(0, NoRoom())
"""


@copybook
def test_a_library_that_cannot_be_loaded_is_one_line(orders: Path) -> None:
    """The first failed import is told, and what to do; no traceback."""
    result = run("convert", "orders.cpy", "orders.dat", *OPTIONS, "-o", "orders.parquet", prelude=NO_ROOM)

    lines = result.stderr.decode().splitlines()
    assert (result.returncode, len(lines)) == (1, 2)
    assert lines[0] == "error: a library cannot be loaded: libarrow.so: failed to map segment from shared object"
    assert not (orders / "orders.parquet").exists()


@posix
@copybook
@pytest.mark.skipif(sys.platform != "linux", reason="what libraries need of an address space is measured on Linux")
@pytest.mark.parametrize("megabytes", [96, 205, 230, 300, 320])
def test_a_tight_address_space(megabytes: int, orders: Path) -> None:
    """With so many MB of address space the libraries cannot be loaded, or memory ends later: said in a line, no signal, no traceback."""
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({megabytes} << 20, {megabytes} << 20))"
    result = run("convert", "orders.cpy", "orders.dat", *OPTIONS, "-o", "orders.parquet", prelude=limited)

    assert result.returncode in (0, 1)
    assert result.returncode == 0 or b"error: " in result.stderr, result.stderr
    assert b"Traceback" not in result.stderr
