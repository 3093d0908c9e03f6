"""`committed`: an output appears whole or not at all, whatever it is: a file, a link, a pipe, a stream."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
import threading
from pathlib import Path

import pytest
from drafts import names, write_and

from arrowsmith.committed import CommittedFile, drafts
from arrowsmith.errors import OptionError


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
