"""`committed`: places that cannot be written, full disks, faults at the commit, Ctrl-C: nothing is left, and the error has a hint."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from drafts import names, write_and

from arrowsmith.committed import CommittedFile, drafts
from arrowsmith.errors import OptionError


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OptionError) as caught, CommittedFile(tmp_path / "gone" / "orders.bin"):
        pytest.fail("the block was entered")

    assert caught.value.code == drafts.O_FOLDER
    assert caught.value.message == f"the folder {tmp_path}/gone does not exist"
    assert "create it first" in caught.value.help


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OptionError, match="file is not a folder"), CommittedFile(tmp_path / "file" / "orders.bin"):
        pytest.fail("the block was entered")


def test_a_target_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="is a folder") as caught, CommittedFile(tmp_path):
        pytest.fail("the block was entered")

    assert "trailing /" in caught.value.help


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="is too long"), CommittedFile(tmp_path / ("x" * 300)):
        pytest.fail("the block was entered")


def test_the_longest_name_that_there_is(tmp_path: Path) -> None:
    """The draft's name is cut, so a target of 255 bytes works."""
    with CommittedFile(tmp_path / ("é" * 127 + "x")) as out:
        out.write(b"abc")

    assert names(tmp_path) == ["é" * 127 + "x"]


def test_a_full_device() -> None:
    with pytest.raises(OptionError, match="is full") as caught, CommittedFile("/dev/full") as out:
        out.write(b"abc")

    assert caught.value.code == drafts.O_FULL
    assert caught.value.help


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process grows beyond 4096 bytes: a real refusal in the middle of a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_files")
def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """A write that the system cuts short is neither lost nor repeated for ever, and leaves nothing."""
    with pytest.raises(OptionError) as caught, CommittedFile(tmp_path / "orders.bin") as out:
        out.write(bytes(10_000))

    assert caught.value.code == drafts.O_FULL
    assert names(tmp_path) == []


@pytest.mark.parametrize("call", ["fsync", "link"])
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, drafts.O_FULL),
        (errno.EDQUOT, drafts.O_FULL),
        (errno.EACCES, drafts.O_REFUSED),
        (errno.EROFS, drafts.O_REFUSED),
        (errno.EIO, drafts.O_REFUSED),
    ],
)
def test_a_fault_at_the_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, code: str
) -> None:
    """Some systems tell of a full disk only when the file is synced; that is no output either."""

    def fails(*args: object) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(OptionError) as caught, CommittedFile(tmp_path / "orders.bin") as out:
        write_and(out, lambda: monkeypatch.setattr(os, call, fails))
    monkeypatch.undo()

    assert caught.value.code == code
    assert names(tmp_path) == []


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO])
def test_a_folder_that_cannot_be_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Some file systems cannot sync a folder (EINVAL), and there the rename is all; a disk that fails (EIO) is an error."""
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    if number == errno.EIO:
        with pytest.raises(OptionError), CommittedFile(tmp_path / "orders.bin"):
            pass
    else:
        with CommittedFile(tmp_path / "orders.bin"):
            pass

    assert names(tmp_path) == ["orders.bin"]


def test_ctrl_c_while_the_draft_is_created(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst moment: the file is there, and nobody has been told."""
    create = os.open

    def interrupted(path: str, *args: int) -> int:
        os.close(create(path, *args))
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "open", interrupted)
    with pytest.raises(KeyboardInterrupt), CommittedFile(tmp_path / "orders.bin"):
        pytest.fail("the block was entered")
    monkeypatch.undo()

    assert names(tmp_path) == []


def test_a_reader_that_has_gone_is_a_broken_pipe() -> None:
    """That is for the command line to take quietly, as other tools do."""
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(BrokenPipeError), os.fdopen(writing, "wb", buffering=0) as pipe, CommittedFile(pipe) as out:
        out.write(b"abc")


def test_writing_outside_the_block_is_an_error(tmp_path: Path) -> None:
    out = CommittedFile(tmp_path / "orders.bin")

    with pytest.raises(ValueError, match="not open"):
        out.write(b"abc")
    assert out.closed


INTERRUPTED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us in the background had it ignored
from arrowsmith.committed import CommittedFile, CommittedFolder
file, folder = sys.argv[1:]
with CommittedFile(file, if_exists="replace") as out, CommittedFolder(folder, suffix=".bin") as parts:
    out.write(b"abc")
    part = parts.part()
    part.write(b"abc")
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_real_ctrl_c(tmp_path: Path) -> None:
    target = tmp_path / "orders.bin"
    target.write_bytes(b"old")
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, target, tmp_path / "set"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert len(names(tmp_path)) == 3
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

    assert process.returncode != 0
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["orders.bin"]
