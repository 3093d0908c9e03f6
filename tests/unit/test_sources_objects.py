"""Bytes and file objects as data: read from where they stand, again where they can be, and every fault of theirs one line with a hint."""

from __future__ import annotations

import io
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from inputs import TEXT, everything, refused

from arrowsmith.errors import OptionError
from arrowsmith.sources import opened, sources


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
