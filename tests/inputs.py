"""Data as the tests of `sources` give and look at them: whole, in small pieces, refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from arrowsmith.errors import ArrowsmithError, DataError, OptionError
from arrowsmith.sources import Data, Source, sources

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
