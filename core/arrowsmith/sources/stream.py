"""An open source: bytes in order, whatever they come from, with every fault as a `DataError` that names file and offset.

Invariant: a stream ends once, at the end of the data; what ends before that is an error, never a short success.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any

from arrowsmith.errors import DataError, Place, code

R_READ = code("R0301", "the system failed to read the data")
R_SHRUNK = code("R0302", "a file became shorter while it was read")
R_COMPRESSED = code("R0303", "a compressed file is damaged or cut off")
R_WAITS = code("R0304", "the data cannot be waited for")


class Stream:
    """The bytes of one source.  ``position`` counts those handed out.  Used by one thread at a time, but `give_up`, which any
    may call: a `readinto` that waits for a pipe then ends with a `DataError`, soon.

    *reader* has ``readinto`` or ``read``.  *expected* is how many bytes there should be, where that is known.  *packed* names the
    compression ("" for none), and *faults* are the exceptions that mean trouble with the data beside OSError.  *give_up* ends a
    wait for data, *close* the whole.
    """

    def __init__(
        self,
        reader: Any,
        name: str,
        *,
        expected: int | None = None,
        packed: str = "",
        faults: tuple[type[Exception], ...] = (),
        give_up: Callable[[], object] = lambda: None,
        close: Callable[[], object] = lambda: None,
    ) -> None:
        self.name = name
        self.position = 0
        self._readinto = getattr(reader, "readinto", None) or _filler(reader.read)
        self._expected = expected
        self._packed = packed
        self._faults: tuple[type[Exception], ...] = (OSError, *faults)
        self._close = close
        self.give_up = give_up

    def readinto(self, view: memoryview) -> int:
        """Fill *view* with the next bytes and return how many they are: fewer than fit only at the end, then 0.

        Raises `DataError` where reading fails, a compressed stream is broken, or a file has shrunk since it was opened.
        """
        view = view.cast("B")
        filled = 0
        while filled < len(view):
            try:
                count = self._readinto(view[filled:])
            except self._faults as error:
                raise self._failed(error) from error
            if count is None:
                raise self._error(
                    "nothing is there to be read yet, and it was opened not to wait",
                    R_WAITS,
                    "hand over a file that waits for its data (without O_NONBLOCK)",
                )
            if not count:
                self._check_end()
                break
            filled += count
            self.position += count
        return filled

    def _check_end(self) -> None:
        if self._expected is not None and self.position < self._expected:
            raise self._error(
                f"the file had {self._expected:,} bytes when it was opened, and ends after {self.position:,} now",
                R_SHRUNK,
                "convert it again when nobody writes to it any more",
            )

    def _failed(self, error: Exception) -> DataError:
        number = getattr(error, "errno", None)
        if self._packed and number is None:
            return self._error(
                f"the {self._packed} stream is damaged or cut off: {error}",
                R_COMPRESSED,
                f"fetch the file again, or try it with `{self._packed} -t`",
            )
        said = os.strerror(number) if isinstance(number, int) else f"{type(error).__name__}: {error}"
        return self._error(f"reading failed: {said}", R_READ, "see whether the disk or the network is all right")

    def _error(self, message: str, code: str, help: str) -> DataError:
        return DataError(message, code=code, help=help, place=Place(file=self.name, offset=self.position))

    def close(self) -> None:
        """Close what was opened for this stream; a file object of the user's stays open.  Calling it again does nothing."""
        close, self._close = self._close, lambda: None
        close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()


def _filler(read: Callable[[int], Any]) -> Callable[[memoryview], int | None]:
    """``readinto`` of an object that only has ``read``."""

    def readinto(view: memoryview) -> int | None:
        data = read(len(view))
        if data is None:
            return None
        if not isinstance(data, bytes | bytearray | memoryview):
            raise io.UnsupportedOperation(f"read() gave {type(data).__name__}, not bytes")
        view[: len(data)] = data
        return len(data)

    return readinto


def in_memory(data: bytes | memoryview, name: str, *, position: int = 0) -> Stream:
    """A Stream of *data*, the first of which stands at *position* of what *name* is."""
    made = Stream(Memory(memoryview(data)), name)
    made.position = position
    return made


class Memory:
    """Bytes that are there already, as a reader."""

    def __init__(self, data: memoryview) -> None:
        self._rest = data

    def readinto(self, view: memoryview) -> int:
        """Copy the next bytes into *view*; return how many."""
        part = self._rest[: len(view)]
        view[: len(part)] = part
        self._rest = self._rest[len(part) :]
        return len(part)
