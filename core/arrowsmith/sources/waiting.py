"""A pipe, terminal or socket: a file whose data may be long in coming, and whose reader must be able to give up.

Invariant: no call here blocks in the system for longer than `PATIENCE`, so another thread can end the wait.
"""

from __future__ import annotations

import io
import select
from typing import Any, Final

from arrowsmith.errors import DataError, code

R_GIVEN_UP = code("R0305", "waiting for data was given up, because the run has ended")

#: milliseconds between two looks at whether somebody gave up
PATIENCE: Final = 100


class Waiting:
    """*raw*, to be read by one thread and given up by any."""

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw
        self._given_up = False

    def give_up(self) -> None:
        """End a wait under way, and every later one, with a `DataError`."""
        self._given_up = True

    def readinto(self, view: Any) -> int | None:
        """Wait for data, put them into *view*; return how many bytes, 0 at the end."""
        self._wait()
        return self._raw.readinto(view)

    def read(self, size: int) -> bytes | None:
        """Wait for data; return at most *size* bytes of them, none at the end."""
        self._wait()
        return self._raw.read(size)

    def _wait(self) -> None:
        if not hasattr(select, "poll"):  # Windows can wait for sockets only
            return
        ready = select.poll()
        ready.register(self._raw, select.POLLIN | select.POLLPRI)
        while not self._given_up:
            if ready.poll(PATIENCE):
                return
        raise DataError("waiting for data was given up", code=R_GIVEN_UP)
