"""What the user means by *data* becomes sources, in order, and every fault of theirs one line with a hint."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from arrowsmith.errors import ArrowsmithError, DataError, OptionError
from arrowsmith.sources import Data, Source, Stream, find, opened, sources

TEXT = bytes(range(256)) * 700


def everything(source: Source, chunk: int = 4096) -> bytes:
    """What *source* holds, read in pieces of *chunk* bytes; a short piece must be the last."""
    buffer, found, ended = bytearray(chunk), bytearray(), False
    with source.open() as stream:
        while count := stream.readinto(memoryview(buffer)):
            assert not ended, "a short read was not the last"
            ended = count < chunk
            found += buffer[:count]
        assert stream.position == len(found)
    return bytes(found)


def names(data: Data) -> list[str]:
    return [source.name for source in sources(data)]


def refused(data: Any) -> ArrowsmithError:
    """The error of *data*: one line and a hint, with a code."""
    with pytest.raises((OptionError, DataError)) as caught:
        [everything(source) for source in sources(data)]
    lines = str(caught.value).splitlines()
    assert len(lines) == 2, lines
    assert lines[0].startswith("error[")
    assert lines[1].startswith("   = help: ")
    return caught.value


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current directory, so that names are short."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextmanager
def feeding(path: str, data: bytes) -> Iterator[None]:
    """Write *data* into the FIFO *path* meanwhile, in small pieces."""

    def feed() -> None:
        with open(path, "wb", buffering=0) as pipe:
            for start in range(0, len(data), 1000):
                pipe.write(data[start : start + 1000])

    thread = threading.Thread(target=feed)
    thread.start()
    yield
    thread.join()


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


# --- bytes and file objects -------------------------------------------------------


@pytest.mark.parametrize("data", [TEXT, bytearray(TEXT), memoryview(TEXT), memoryview(TEXT + TEXT[::-1])[: len(TEXT)]])
def test_bytes_are_a_source(data: bytes) -> None:
    (source,) = sources(data)

    assert (source.name, source.size, source.reopenable) == ("<bytes>", len(TEXT), True)
    assert everything(source) == everything(source) == TEXT


def test_strided_memory_is_read_in_its_order() -> None:
    (source,) = sources(memoryview(b"a1b2c3")[::2])

    assert everything(source) == b"abc"


def test_seekable_object_is_read_again_from_where_it_stood() -> None:
    file = io.BytesIO(b"head" + TEXT)
    file.seek(4)
    (source,) = sources(file)

    assert (source.name, source.size, source.reopenable) == ("<BytesIO>", len(TEXT), True)
    assert everything(source) == everything(source) == TEXT
    assert not file.closed


def test_object_that_cannot_seek_is_read_once() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as end:
        end.write(b"abc")
    with os.fdopen(reader, "rb") as file:
        (source,) = sources(file)
        assert not source.reopenable
        assert everything(source) == b"abc"
        with pytest.raises(OptionError, match=r"O0205.*cannot be read again"):
            source.open()


def test_object_with_read_alone_will_do() -> None:
    class Body:
        def __init__(self) -> None:
            self.rest = TEXT

        def read(self, size: int) -> bytes:
            part, self.rest = self.rest[: min(size, 77)], self.rest[min(size, 77) :]
            return part

    (source,) = sources(Body())  # type: ignore[arg-type]  # less than a BinaryIO, and enough

    assert source.name == "<Body>"
    assert everything(source) == TEXT


def test_object_that_does_not_wait_is_told() -> None:
    class Nothing(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, view: Any) -> None:
            return None

    assert "opened not to wait" in str(refused(Nothing()))


def test_file_open_as_text_is_an_option_error(here: Path) -> None:
    Path("x").write_bytes(b"1")
    with open("x", encoding="ascii") as file:
        assert "x is open as text" in str(refused(file))
    assert "x is closed" in str(refused(SimpleNamespace(read=None, closed=True, name="x")))


def test_object_may_be_given_a_name() -> None:
    source = opened(io.BytesIO(b"1"), "standard input")

    assert source.name == source.open().name == "standard input"


def test_source_stands_for_itself() -> None:
    (source,) = sources(b"1")

    assert sources([source]) == (source,)


def test_error_of_a_foreign_object_passes() -> None:
    """Only faults of the data are ours to explain."""

    class Broken:
        def read(self, size: int) -> bytes:
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        everything(sources(Broken())[0])  # type: ignore[arg-type]  # less than a BinaryIO


# --- compressed files ---------------------------------------------------------------


def zstd(data: bytes) -> bytes:
    pa = pytest.importorskip("pyarrow")
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "x.gz": gzip.compress,
    "X.GZ": gzip.compress,
    "x.dat.bz2": bz2.compress,
    "x.xz": lzma.compress,
    "x.zst": zstd,
}
TOOLS = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstd"}


@pytest.mark.parametrize("name", PACKERS)
def test_compressed_file_is_read_as_what_it_holds(here: Path, name: str) -> None:
    """Two streams behind each other are one file, as the tools have it."""
    half = len(TEXT) // 2
    Path(name).write_bytes(PACKERS[name](TEXT[:half]) + PACKERS[name](TEXT[half:]))
    (source,) = sources(name)

    assert (source.size, source.reopenable) == (None, True)
    assert everything(source, 1000) == everything(source, 1 << 20) == TEXT


def test_zstd_may_begin_with_a_skippable_frame(here: Path) -> None:
    Path("x.zst").write_bytes(b"\x50\x2a\x4d\x18\x02\0\0\0??" + zstd(TEXT))

    assert everything(sources("x.zst")[0]) == TEXT


def test_compressed_pipe_needs_no_seeking(here: Path) -> None:
    os.mkfifo("pipe.gz")
    (source,) = sources("pipe.gz")
    with feeding("pipe.gz", gzip.compress(TEXT, 0)):
        assert everything(source) == TEXT


@pytest.mark.parametrize("name", PACKERS)
def test_compressed_file_that_is_cut_off_is_a_data_error(here: Path, name: str) -> None:
    Path(name).write_bytes(PACKERS[name](TEXT)[:-9])

    error = refused(name)

    assert isinstance(error, DataError)
    assert error.code == "R0303"
    assert f"the {TOOLS[name.lower().rpartition('.')[2]]} stream is damaged or cut off" in str(error)


@pytest.mark.parametrize("name", [name for name in PACKERS if name != "x.zst"])
def test_damaged_compressed_file_is_a_data_error(here: Path, name: str) -> None:
    """Zstandard has a checksum only where its writer asked for one."""
    packed = bytearray(PACKERS[name](os.urandom(5000)))
    packed[len(packed) // 2] ^= 0x40
    Path(name).write_bytes(packed)

    assert refused(name).code == "R0303"


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize(
    ("data", "said"), [(b"", "the file is empty"), (b"ORDERS 0001", "begins with 4f 52 44 45 52 53")]
)
def test_suffix_that_the_data_belie_is_a_data_error(here: Path, name: str, data: bytes, said: str) -> None:
    Path(name).write_bytes(data)

    error = refused(name)

    assert isinstance(error, DataError)
    assert said in str(error)
    assert "without ." in error.help


def test_magic_without_suffix_is_data(here: Path) -> None:
    """A record may begin with any bytes."""
    packed = gzip.compress(TEXT)
    Path("x.dat").write_bytes(packed)

    assert everything(sources("x.dat")[0]) == packed
    assert everything(sources(io.BytesIO(packed))[0]) == packed


def test_opened_file_object_is_not_decompressed_again(here: Path) -> None:
    Path("x.gz").write_bytes(gzip.compress(TEXT))
    with gzip.open("x.gz") as file:
        assert everything(sources(file)[0]) == TEXT  # type: ignore[arg-type]  # a GzipFile is a binary file


# --- URLs ------------------------------------------------------------------------------


def test_url_without_fsspec_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)

    error = refused("s3://key:secret@bucket/x.dat?token=1")

    assert "reading s3://bucket/x.dat needs the package fsspec" in str(error)
    assert "arrowsmith[fs]" in error.help


@pytest.fixture
def memory() -> Iterator[Any]:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    for name in ("a/2.dat", "a/1.dat", "a/_x", "a/.y/z", "b.dat.gz"):
        system.pipe(f"/in/{name}", gzip.compress(TEXT) if name.endswith("gz") else TEXT)
    yield system
    system.rm("/in", recursive=True)


def test_urls_are_files_directories_and_patterns(memory: Any) -> None:
    (source,) = sources("memory://in/a/1.dat")

    assert (source.name, source.size, source.reopenable) == ("memory://in/a/1.dat", len(TEXT), True)
    assert everything(source) == everything(source) == TEXT
    assert [name.rpartition("in/")[2] for name in names("memory://in/a")] == ["a/1.dat", "a/2.dat"]
    assert [name.rpartition("in/")[2] for name in names("memory://in/*/*.dat")] == ["a/1.dat", "a/2.dat"]
    assert everything(sources("memory://in/b.dat.gz")[0]) == TEXT


@pytest.mark.parametrize("url", ["memory://in/gone.dat", "memory://in/*.gone", "nonsense://x/y", "s3x://bucket/x"])
def test_url_that_leads_nowhere_is_an_option_error(memory: Any, url: str) -> None:
    assert isinstance(refused(url), OptionError)


def test_short_delivery_is_a_data_error(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        more = {"size": 10**6, "type": "file", "name": "/in/a/1.dat"}
        before.setattr(type(memory), "info", lambda self, path, **_: more)
        (source,) = sources("memory://in/a/1.dat")

    with pytest.raises(DataError, match="R0302"):
        everything(source)


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
