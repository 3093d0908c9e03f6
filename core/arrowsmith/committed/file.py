"""One output file that appears whole or not at all."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Self

from arrowsmith.committed.drafts import STDOUT, Draft, Target, draft_for, faults_of


def name_of(target: Target) -> str:
    """How messages call *target*."""
    if not isinstance(target, str | os.PathLike):
        return str(getattr(target, "name", "the output"))
    return STDOUT if os.fspath(target) == "-" else os.fspath(target)


class CommittedFile:
    """One output file: `write` inside a ``with`` block, whose clean end commits and whose exception leaves no trace.

    ``if_exists`` is ``fail`` or ``replace``; an existing file is replaced only by the commit, and keeps its content until
    then.  A symbolic link is followed, so the link stays.  Raises `OptionError` for every fault of the path, and lets
    BrokenPipeError through.  `position` is the number of bytes written so far.
    """

    def __init__(self, target: Target, *, if_exists: str = "fail") -> None:
        self.name = name_of(target)
        self.position = 0
        self._target = target
        self._replace = if_exists == "replace"
        self._draft: Draft | None = None

    def __enter__(self) -> Self:
        with faults_of(self.name):
            self._draft = draft_for(self._target, replace=self._replace)
            try:
                self._draft.open()
            except BaseException:
                self._draft.discard()
                raise
        return self

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append *data*, all of it; return its length in bytes."""
        if self._draft is None:
            raise ValueError(f"{self.name} is not open: write inside the with block")
        view = memoryview(data).cast("B")
        with faults_of(self.name):
            self._draft.write(view)
        self.position += len(view)
        return len(view)

    @property
    def closed(self) -> bool:
        """Whether writing is over, or has not begun; Arrow asks this of a Python file."""
        return self._draft is None

    def flush(self) -> None:
        """Nothing: bytes are not kept back.  Arrow calls this of a Python file."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        draft, self._draft = self._draft, None
        if draft is None:
            return
        try:
            if kind is None:
                with faults_of(self.name):
                    draft.seal()
                    draft.publish()
        finally:
            draft.discard()
