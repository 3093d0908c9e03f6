"""What the user means by *data* becomes sources, in order, and every fault of theirs one line with a hint."""

from __future__ import annotations

import errno
import gzip
import io
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from inputs import TEXT, everything, feeding, names, refused

from arrowsmith.errors import DataError, OptionError
from arrowsmith.sources import Stream, find, sources

# --- paths, directories, patterns ---------------------------------------------


def test_path_is_named_as_the_user_spelled_it(here: Path) -> None:
    Path("orders.dat").write_bytes(TEXT)

    for data in ("orders.dat", Path("orders.dat"), str(here / "orders.dat"), f"file://{here}/orders.dat"):
        (source,) = sources(data)
        assert source.name == str(data).removeprefix("file://")
        assert (source.size, source.reopenable) == (len(TEXT), True)
        assert everything(source) == everything(source, 1 << 20) == TEXT


def test_directory_is_read_recursively_in_byte_order_without_hidden_names(here: Path) -> None:
    for name in ("b/x", "b.d", "a", "b/_skip", ".c", "_tmp/x", "B", "ä", "b/deep/y", "_SUCCESS"):
        path = here / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1")

    # `.` comes before `/`, capitals before small letters, ä (two bytes above 127) last
    assert names("in") == ["in/B", "in/a", "in/b.d", "in/b/deep/y", "in/b/x", "in/ä"]
    assert names(Path("in")) == names("in")


def test_hidden_name_counts_where_it_is_given(here: Path) -> None:
    Path("_part").write_bytes(b"1")
    Path(".d").mkdir()
    Path(".d/x").write_bytes(b"1")

    assert names(["_part", ".d", "_*", ".*/x"]) == ["_part", ".d/x", "_part", ".d/x"]


def test_links_in_a_directory_are_followed_but_not_in_circles(here: Path) -> None:
    Path("in/sub").mkdir(parents=True)
    Path("in/sub/x").write_bytes(b"1")
    Path("in/sub/up").symlink_to(here / "in")
    Path("in/z").symlink_to(here / "in/sub/x")

    assert names("in") == ["in/sub/x", "in/z"]


def test_link_that_leads_nowhere_is_missing_data(here: Path) -> None:
    Path("in").mkdir()
    Path("in/x").symlink_to(here / "gone")

    assert "there is no file in/x" in str(refused("in"))


def test_pipe_in_a_directory_is_no_data(here: Path) -> None:
    Path("in").mkdir()
    os.mkfifo("in/pipe")
    Path("in/x").write_bytes(b"1")

    assert names("in") == ["in/x"]


def test_pattern_matches_files_and_directories_once_each(here: Path) -> None:
    for name in ("d/1.dat", "d/2.dat", "e.dat", "d/_x.dat", "_d/3.dat"):
        path = here / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"1")

    assert names("*") == ["d/1.dat", "d/2.dat", "e.dat"]
    assert names("**/*.dat") == ["d/1.dat", "d/2.dat", "e.dat"]
    assert names("d**") == ["d/1.dat", "d/2.dat"]
    assert names("d/**") == ["d/1.dat", "d/2.dat"]
    assert names("[de]*") == ["d/1.dat", "d/2.dat", "e.dat"]
    assert names("_d/*") == ["_d/3.dat"]
    assert names("?/_*") == ["d/_x.dat"]


def test_existing_file_wins_over_a_pattern(here: Path) -> None:
    Path("a[1].dat").write_bytes(b"1")
    Path("a1.dat").write_bytes(b"1")

    assert names("a[1].dat") == ["a[1].dat"]
    assert names("a[12].dat") == ["a1.dat"]


def test_only_a_str_is_a_pattern(here: Path) -> None:
    Path("a1.dat").write_bytes(b"1")

    assert "there is no file a*.dat" in str(refused(Path("a*.dat")))


def test_several_keep_their_order_and_repetitions(here: Path) -> None:
    for name in "ab":
        Path(name).write_bytes(b"1")

    assert names(["b", Path("a"), b"xyz", "b"]) == ["b", "a", "<bytes>", "b"]
    assert names(name for name in "ba") == ["b", "a"]


def test_missing_file_names_its_nearest_neighbour(here: Path) -> None:
    Path("orders.dat").write_bytes(b"1")

    error = refused("order.dat")

    assert isinstance(error, OptionError)
    assert str(error) == "error[O0201]: there is no file order.dat\n   = help: did you mean orders.dat?"
    assert "look at the path" in str(refused("nowhere/x.dat"))
    assert "is a file, not a directory" in str(refused("orders.dat/x"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("empty", "the directory empty holds no data file"),
        ("empty/*", "the pattern empty/* matches no data file"),
        ("*.gone", "the pattern *.gone matches no data file"),
        ([], "no data are given"),
        ("", "'' is no path"),
        ("a\0b", "is no path"),
        (7, "int is no source of data"),
        ([None], "NoneType is no source of data"),
    ],
)
def test_nothing_to_read_is_an_option_error(here: Path, data: Any, said: str) -> None:
    Path("empty").mkdir()
    Path("empty/_SUCCESS").touch()

    error = refused(data)

    assert isinstance(error, OptionError)
    assert said in str(error)


def test_unreadable_file_is_told_before_anything_is_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("secret").write_bytes(b"1")
    monkeypatch.setattr(find.os, "access", lambda path, mode: False)

    with pytest.raises(OptionError, match=r"O0202.*secret may not be read") as caught:
        sources("secret")

    assert "permission" in caught.value.help


def test_a_pattern_in_a_directory_that_may_not_be_read_is_told_so(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("in").mkdir()
    monkeypatch.setattr(find.os, "access", lambda path, mode: False)

    assert "in may not be read" in str(refused("in/*.dat"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_directory_is_told(here: Path) -> None:
    Path("in/sub").mkdir(parents=True)
    Path("in/sub").chmod(0)
    try:
        assert "in/sub may not be read" in str(refused("in"))
    finally:
        Path("in/sub").chmod(0o700)


def test_file_that_vanishes_before_it_is_opened_is_told(here: Path) -> None:
    Path("x").write_bytes(b"1")
    (source,) = sources("x")
    Path("x").unlink()

    with pytest.raises(OptionError, match="there is no file x"):
        source.open()


def test_no_file_stays_open(here: Path) -> None:
    Path("x").write_bytes(b"1")
    Path("y.gz").write_bytes(gzip.compress(b"1"))
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    for source in sources(["x", "y.gz"]):
        everything(source)
    Path("z.gz").write_bytes(b"1")
    refused("z.gz")

    assert not before or len(os.listdir("/proc/self/fd")) == before


# --- reading --------------------------------------------------------------------


def test_file_that_shrinks_while_it_is_read_is_a_data_error(here: Path) -> None:
    Path("x").write_bytes(TEXT)
    (source,) = sources("x")
    buffer = memoryview(bytearray(1000))

    with source.open() as stream:
        stream.readinto(buffer)
        os.truncate("x", 1500)
        with pytest.raises(DataError, match="R0302") as caught:
            stream.readinto(buffer)

    assert (caught.value.place.file, caught.value.place.offset) == ("x", 1500)
    assert "179,200 bytes when it was opened, and ends after 1,500 now" in str(caught.value)


def test_file_that_grows_is_read_to_its_end(here: Path) -> None:
    Path("x").write_bytes(b"12")
    (source,) = sources("x")
    with source.open() as stream:
        with open("x", "ab") as file:
            file.write(b"34")
        buffer = bytearray(9)
        assert stream.readinto(memoryview(buffer)) == 4
        assert stream.readinto(memoryview(buffer)) == 0


def test_fault_of_the_disk_is_a_data_error_with_its_offset() -> None:
    class Failing(io.RawIOBase):
        name = "tape"
        left = 100

        def readable(self) -> bool:
            return True

        def readinto(self, view: Any) -> int:
            if self.left == 0:
                raise OSError(errno.EIO, "Input/output error")
            count = min(self.left, len(view))
            self.left -= count
            return count

    error = refused(Failing())

    assert isinstance(error, DataError)
    assert str(error).startswith("error[R0301]: tape, byte 100: reading failed: Input/output error")


def test_pipe_is_read_once_and_fills_each_piece(here: Path) -> None:
    os.mkfifo("pipe")
    (source,) = sources("pipe")

    assert (source.size, source.reopenable) == (None, False)
    with feeding("pipe", TEXT):
        assert everything(source) == TEXT


def test_view_of_another_format_is_filled_bytewise() -> None:
    import array

    words = array.array("I", bytes(8))
    (source,) = sources(b"\1\0\0\0\2\0\0\0")
    with source.open() as stream:
        assert stream.readinto(memoryview(words)) == 8
    assert sys.byteorder != "little" or list(words) == [1, 2]


def test_importing_sources_is_light() -> None:
    import subprocess

    script = (
        "import sys, arrowsmith.sources; assert not {'pyarrow', 'numpy', 'fsspec', 'urllib.request'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_stream_closes_once() -> None:
    closed: list[int] = []
    stream = Stream(io.BytesIO(b""), "x", close=lambda: closed.append(1))
    stream.close()
    stream.close()

    assert closed == [1]


# --- waiting ---------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["path", "object", "compressed"])
def test_wait_for_a_pipe_can_be_given_up(here: Path, way: str) -> None:
    """Ctrl-C must not wait for a writer that is in no hurry."""
    name = "pipe.gz" if way == "compressed" else "pipe"
    os.mkfifo(name)
    keep = os.open(name, os.O_RDWR)  # a writer that says nothing more
    os.write(keep, gzip.compress(b"12")[:-1] if way == "compressed" else b"12")
    data = io.FileIO(name) if way == "object" else name
    (source,) = sources(data)
    with source.open() as stream:
        timer = threading.Timer(0.2, stream.give_up)
        timer.start()
        with pytest.raises(DataError, match="R0305"):
            stream.readinto(memoryview(bytearray(100)))
        timer.join()
    os.close(keep)
    if isinstance(data, io.FileIO):
        assert not data.closed
        data.close()


def test_file_on_a_disk_has_no_wait_to_give_up(here: Path) -> None:
    Path("x").write_bytes(b"12")
    with sources("x")[0].open() as stream:
        stream.give_up()
        assert stream.readinto(memoryview(bytearray(9))) == 2
