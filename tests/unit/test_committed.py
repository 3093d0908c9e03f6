"""`committed`: an output appears whole or not at all, and every fault of its path is an error with a hint."""

from __future__ import annotations

import errno
import io
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arrowsmith.committed import MANIFEST, CommittedFile, CommittedFolder, Part, drafts
from arrowsmith.errors import OptionError

# --- one file --------------------------------------------------------------


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def write_and(out: CommittedFile | Part, then: BaseException | Callable[[], object]) -> None:
    """Write to *out*, then raise or do what is to happen in the middle of the work."""
    out.write(b"new")
    if isinstance(then, BaseException):
        raise then
    then()


def test_a_file_appears_at_the_end_of_the_block(tmp_path: Path) -> None:
    """Nothing has the target's name while bytes are written; all of them are there afterwards."""
    target = tmp_path / "orders.bin"

    with CommittedFile(target) as out:
        assert out.write(b"abc") == 3
        out.write(memoryview(b"defg"))
        out.write(b"")
        assert out.position == 7
        assert not target.exists()

    assert target.read_bytes() == b"abcdefg"
    assert names(tmp_path) == ["orders.bin"]


def test_the_draft_is_hidden_and_beside_its_target(tmp_path: Path) -> None:
    """The draft is in the target's folder, so that a rename suffices, and readers of the folder skip its name."""
    with CommittedFile(tmp_path / "orders.bin"):
        [draft] = names(tmp_path)

        assert draft.startswith(".orders.bin.")
        assert draft.endswith(".tmp")


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_exception_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), CommittedFile(tmp_path / "orders.bin") as out:
        write_and(out, error())

    assert names(tmp_path) == []


def test_an_exception_leaves_an_existing_target_untouched(tmp_path: Path) -> None:
    target = tmp_path / "orders.bin"
    target.write_bytes(b"old")

    with pytest.raises(KeyboardInterrupt), CommittedFile(target, if_exists="replace") as out:
        write_and(out, KeyboardInterrupt())

    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["orders.bin"]


def test_an_existing_target_is_an_error(tmp_path: Path) -> None:
    """By default nothing is replaced, and that is said before anything is written."""
    target = tmp_path / "orders.bin"
    target.write_bytes(b"old")

    with pytest.raises(OptionError, match=r"orders\.bin exists already") as caught, CommittedFile(target):
        pytest.fail("the block was entered")

    assert caught.value.code == drafts.O_EXISTS
    assert "--if-exists replace" in caught.value.help
    assert target.read_bytes() == b"old"


def test_a_target_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "orders.bin"

    with pytest.raises(OptionError, match="exists already"), CommittedFile(target) as out:
        write_and(out, lambda: target.write_bytes(b"somebody else's"))

    assert target.read_bytes() == b"somebody else's"
    assert names(tmp_path) == ["orders.bin"]


@pytest.mark.parametrize("taken", [False, True])
def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool) -> None:
    """There the name is looked for once more, then taken by a rename."""
    target = tmp_path / "orders.bin"

    def link(*args: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)
    if taken:
        with pytest.raises(OptionError, match="exists already"), CommittedFile(target) as out:
            target.write_bytes(b"old")
    else:
        with CommittedFile(target) as out:
            out.write(b"new")

    assert target.read_bytes() == (b"old" if taken else b"new")
    assert names(tmp_path) == ["orders.bin"]


def test_replacing(tmp_path: Path) -> None:
    target = tmp_path / "orders.bin"
    target.write_bytes(b"old")

    with CommittedFile(target, if_exists="replace") as out:
        out.write(b"new")
        assert target.read_bytes() == b"old"

    assert target.read_bytes() == b"new"
    assert names(tmp_path) == ["orders.bin"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_the_mode_comes_from_umask(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        with CommittedFile(tmp_path / "orders.bin") as out:
            out.write(b"abc")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "orders.bin").stat().st_mode) == mode


def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    """The link stays, and the file that it leads to is replaced, in the folder where that is."""
    (tmp_path / "store").mkdir()
    real = tmp_path / "store" / "real.bin"
    real.write_bytes(b"old")
    link = tmp_path / "orders.bin"
    link.symlink_to("store/real.bin")

    with CommittedFile(link, if_exists="replace") as out:
        out.write(b"new")
        assert len(names(tmp_path / "store")) == 2

    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert names(tmp_path / "store") == ["real.bin"]


def test_a_symbolic_link_to_what_is_not_there_yet(tmp_path: Path) -> None:
    link = tmp_path / "orders.bin"
    link.symlink_to("real.bin")

    with CommittedFile(link) as out:
        out.write(b"new")

    assert link.is_symlink()
    assert (tmp_path / "real.bin").read_bytes() == b"new"


def test_a_symbolic_link_into_a_missing_folder_names_that_folder(tmp_path: Path) -> None:
    link = tmp_path / "orders.bin"
    link.symlink_to("gone/real.bin")

    with pytest.raises(OptionError, match=r"the folder .*gone does not exist"), CommittedFile(link):
        pytest.fail("the block was entered")


def test_a_fifo_is_written_straight(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()

    with CommittedFile(fifo) as out:
        out.write(b"abc")
    reader.join(timeout=10)

    assert got == [b"abc"]
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert names(tmp_path) == ["pipe"]


def test_a_device_is_written_straight() -> None:
    with CommittedFile("/dev/null") as out:
        out.write(b"abc")

    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_descriptor_by_its_path_is_written_where_it_stands(tmp_path: Path) -> None:
    """``/dev/fd/N`` neither replaces nor rewinds the file that is open there."""
    path = tmp_path / "log"
    with path.open("wb", buffering=0) as log:
        log.write(b"before ")
        with CommittedFile(f"/dev/fd/{log.fileno()}") as out:
            out.write(b"after")

    assert path.read_bytes() == b"before after"
    assert names(tmp_path) == ["log"]


def test_a_file_object_is_written_and_stays_open() -> None:
    stream = io.BytesIO()

    with CommittedFile(stream) as out:
        out.write(b"abc")

    assert not stream.closed
    assert stream.getvalue() == b"abc"


class Trickle(io.RawIOBase):
    """Takes three bytes at a time, as a pipe or socket may."""

    def __init__(self) -> None:
        self.got = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        taken = bytes(data)[:3]  # type: ignore[call-overload]  # a buffer
        self.got += taken
        return len(taken)


def test_a_stream_that_takes_less_than_it_is_given() -> None:
    stream = Trickle()

    with CommittedFile(stream) as out:  # type: ignore[arg-type]  # what is used of it  # RawIOBase is no BinaryIO to mypy
        out.write(b"abcdefgh")

    assert stream.got == b"abcdefgh"


def test_a_stream_that_would_have_to_wait_is_an_error() -> None:
    """Trying again at once would spin; losing the bytes would be worse."""
    stream = Trickle()
    stream.write = lambda data: None  # type: ignore[method-assign,assignment,return-value]  # as a raw stream may

    with pytest.raises(OptionError, match="temporarily unavailable"), CommittedFile(stream) as out:  # type: ignore[arg-type]  # what is used of it
        out.write(b"abc")


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with CommittedFile("-") as out:
        out.write(b"abc")

    assert capfdbinary.readouterr().out == b"abc"
    assert not sys.stdout.closed


def test_no_binary_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    with pytest.raises(OptionError, match="terminal") as caught, CommittedFile("-"):
        pytest.fail("the block was entered")

    assert caught.value.code == drafts.O_TERMINAL


# --- faults ----------------------------------------------------------------


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


# --- a folder of parts -----------------------------------------------------


def write_set(folder: Path, *contents: bytes, if_exists: str = "fail") -> None:
    with CommittedFolder(folder, suffix=".bin", if_exists=if_exists) as parts:
        for content in contents:
            part = parts.part()
            part.write(content)
            part.note["rows"] = len(content)
            part.close()
            assert not [n for n in names(folder) if n.startswith("part-") and part.name == n]


def contents(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in names(folder) if name.endswith(".bin")]


def test_a_dataset(tmp_path: Path) -> None:
    """Parts are numbered and have a name of their own; the manifest lists them and comes with them."""
    write_set(tmp_path / "set", b"one", b"three")

    assert contents(tmp_path / "set") == [b"one", b"three"]
    manifest = json.loads((tmp_path / "set" / MANIFEST).read_text())
    parts = [name for name in names(tmp_path / "set") if name != MANIFEST]
    assert manifest == {
        "version": 1,
        "parts": [{"name": parts[0], "bytes": 3, "rows": 3}, {"name": parts[1], "bytes": 5, "rows": 5}],
    }
    assert [name.rpartition("-")[0] for name in parts] == ["part-00000", "part-00001"]


def test_a_dataset_of_no_parts(tmp_path: Path) -> None:
    write_set(tmp_path / "set")

    assert names(tmp_path / "set") == [MANIFEST]


def test_a_part_that_was_not_closed_is_closed_by_the_commit(tmp_path: Path) -> None:
    with CommittedFolder(tmp_path / "set", suffix=".bin") as parts:
        parts.part().write(b"abc")

    assert contents(tmp_path / "set") == [b"abc"]


def test_an_exception_removes_the_parts_and_the_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), CommittedFolder(tmp_path / "set", suffix=".bin") as parts:
        write_and(parts.part(), lambda: write_and(parts.part(), KeyboardInterrupt()))

    assert names(tmp_path) == []


def test_an_exception_leaves_a_folder_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()

    with pytest.raises(RuntimeError), CommittedFolder(tmp_path / "set", suffix=".bin") as parts:
        write_and(parts.part(), RuntimeError())

    assert names(tmp_path / "set") == []


def test_an_existing_dataset_is_an_error(tmp_path: Path) -> None:
    write_set(tmp_path / "set", b"old")

    with pytest.raises(OptionError, match="exists already"):
        write_set(tmp_path / "set", b"new")

    assert contents(tmp_path / "set") == [b"old"]


def test_replacing_a_dataset(tmp_path: Path) -> None:
    write_set(tmp_path / "set", b"old", b"older")
    (tmp_path / "set" / ".hidden").touch()

    with CommittedFolder(tmp_path / "set", suffix=".bin", if_exists="replace") as parts:
        parts.part().write(b"new")
        assert contents(tmp_path / "set") == [b"old", b"older"]

    assert contents(tmp_path / "set") == [b"new"]
    assert len(json.loads((tmp_path / "set" / MANIFEST).read_text())["parts"]) == 1
    assert ".hidden" in names(tmp_path / "set")


def test_an_exception_leaves_an_existing_dataset_untouched(tmp_path: Path) -> None:
    write_set(tmp_path / "set", b"old")
    before = names(tmp_path / "set")
    manifest = (tmp_path / "set" / MANIFEST).read_bytes()

    with (
        pytest.raises(RuntimeError),
        CommittedFolder(tmp_path / "set", suffix=".bin", if_exists="replace") as parts,
    ):
        write_and(parts.part(), RuntimeError())

    assert names(tmp_path / "set") == before
    assert (tmp_path / "set" / MANIFEST).read_bytes() == manifest


@pytest.mark.parametrize("folder", [False, True])
def test_what_is_no_part_is_never_deleted(tmp_path: Path, folder: bool) -> None:
    """Replacing a folder that holds something else than parts is refused before anything is written."""
    write_set(tmp_path / "set", b"old")
    foreign = tmp_path / "set" / ("thesis.bin" if folder else "thesis.txt")
    foreign.mkdir() if folder else foreign.touch()
    before = names(tmp_path / "set")

    with pytest.raises(OptionError, match="thesis"):
        write_set(tmp_path / "set", b"new", if_exists="replace")

    assert names(tmp_path / "set") == before


@pytest.mark.parametrize("call", ["link", "replace"])
def test_a_fault_at_the_commit_of_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Whether the second part cannot be named or the manifest not written: none of ours remains."""
    real = getattr(os, call)
    calls = []

    def fails(*args: str) -> None:
        calls.append(args)
        if len(calls) == (2 if call == "link" else 1):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(*args)

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(OptionError, match="is full"):
        write_set(tmp_path / "set", b"one", b"two")
    monkeypatch.undo()

    assert calls
    assert names(tmp_path) == []


def test_ctrl_c_after_the_manifest_keeps_the_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the manifest is there the dataset is complete: parts that it lists are not removed any more."""
    write_set(tmp_path / "set", b"old")
    unlink = os.unlink

    def interrupted(path: str) -> None:
        if path.endswith(".bin"):
            raise KeyboardInterrupt
        unlink(path)

    with pytest.raises(KeyboardInterrupt), CommittedFolder(tmp_path / "set", suffix=".bin", if_exists="replace") as out:
        write_and(out.part(), lambda: monkeypatch.setattr(os, "unlink", interrupted))
    monkeypatch.undo()

    [part] = json.loads((tmp_path / "set" / MANIFEST).read_text())["parts"]
    assert (tmp_path / "set" / part["name"]).read_bytes() == b"new"


def test_a_dataset_where_a_file_is(tmp_path: Path) -> None:
    (tmp_path / "set").touch()

    with pytest.raises(OptionError, match="is a file"):
        write_set(tmp_path / "set", b"new", if_exists="replace")


def test_a_dataset_in_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="gone does not exist"):
        write_set(tmp_path / "gone" / "set", b"new")
