"""Compressed files and URLs as data: read as what they hold, and every fault of theirs one line with a hint."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from inputs import TEXT, everything, feeding, names, refused

from arrowsmith.errors import DataError, OptionError
from arrowsmith.sources import sources

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


# --- URLs ---------------------------------------------------------------------------


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
