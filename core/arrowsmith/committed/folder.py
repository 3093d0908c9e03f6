"""A folder of output files that is complete or not there: a dataset."""

from __future__ import annotations

import errno
import json
import os
import secrets
from contextlib import suppress
from types import TracebackType
from typing import Self

from arrowsmith.committed.drafts import O_REFUSED, Beside, faults_of, sync_folder
from arrowsmith.errors import OptionError, code

O_FOREIGN = code("O0106", "the output folder holds files that are not a dataset's")

#: What ends the folder of a complete dataset: a JSON object that lists its parts.
MANIFEST = "_SUCCESS"


class CommittedFolder:
    """A dataset: parts under unique names, then the manifest ``_SUCCESS``, all at the clean end of a ``with`` block.

    Parts are hidden drafts until the commit gives them their names, writes the manifest, and (replacing) deletes the parts
    that were there before.  An exception removes our own parts, and the folder if it is ours.  The manifest is a JSON
    object ``{"version": 1, "parts": [{"name", "bytes", …}]}``, the further members as each part's `note` has them.
    """

    def __init__(self, target: str | os.PathLike[str], *, suffix: str, if_exists: str = "fail") -> None:
        self.name = os.fspath(target)
        self._folder = os.path.realpath(self.name)
        self._suffix = suffix
        self._replace = if_exists == "replace"
        self._run = secrets.token_hex(6)
        self._ours = False
        self._old: list[str] = []
        self._parts: list[Part] = []
        self._manifest = Beside(os.path.join(self._folder, MANIFEST), replace=True)

    def __enter__(self) -> Self:
        with faults_of(self._folder):
            try:
                os.mkdir(self._folder)
                self._ours = True
            except FileExistsError:
                self._old = self._standing()
        return self

    def _standing(self) -> list[str]:
        """The parts of the dataset that is there, to be deleted once ours is; names that begin with ``.`` or ``_`` are no part."""
        if not os.path.isdir(self._folder):
            raise OptionError(
                f"{self.name} is a file, and a dataset is a folder", code=O_REFUSED, help="leave out the trailing /"
            )
        with os.scandir(self._folder) as entries:
            visible = sorted(entries, key=lambda entry: entry.name)
        visible = [entry for entry in visible if entry.name[0] not in "._" or entry.name == MANIFEST]
        if visible and not self._replace:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), self._folder)
        parts = [entry for entry in visible if entry.name != MANIFEST]
        for entry in parts:
            if not entry.name.lower().endswith(self._suffix) or not entry.is_file(follow_symlinks=False):
                raise OptionError(
                    f"{self.name} holds {entry.name}, which is not a part of a dataset of {self._suffix} files",
                    code=O_FOREIGN,
                    help="write to a folder of its own; nothing that is not a part is deleted",
                )
        return [entry.path for entry in parts]

    def part(self) -> Part:
        """A new part, numbered from 0 in the order of the calls; close it before the commit."""
        name = f"part-{len(self._parts):05d}-{self._run}{self._suffix}"
        part = Part(name, Beside(os.path.join(self._folder, name), replace=False))
        self._parts.append(part)
        with faults_of(part.draft.target):
            part.draft.open()
        return part

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                with faults_of(self._folder):
                    self._publish()
        finally:
            if not self._manifest.published:
                self._withdraw()

    def _publish(self) -> None:
        for part in self._parts:
            part.close()
        for part in self._parts:
            part.draft.publish()
        listed = [{"name": p.name, "bytes": p.position, **p.note} for p in self._parts]
        self._manifest.open()
        self._manifest.write(memoryview(json.dumps({"version": 1, "parts": listed}, indent=1).encode() + b"\n"))
        self._manifest.seal()
        self._manifest.publish()
        for path in self._old:
            with suppress(FileNotFoundError):
                os.unlink(path)
        if self._old:
            sync_folder(self._folder)

    def _withdraw(self) -> None:
        for draft in (self._manifest, *(part.draft for part in self._parts)):
            with suppress(OSError):  # go on to the next one; the error that led here is the one to tell
                draft.withdraw()
        if self._ours:
            with suppress(OSError):  # somebody else has put a file into it meanwhile: then it is not only ours
                os.rmdir(self._folder)


class Part:
    """One part of a `CommittedFolder`; `note` is added to its entry in the manifest (JSON values)."""

    def __init__(self, name: str, draft: Beside) -> None:
        self.name = name
        self.position = 0
        self.note: dict[str, object] = {}
        self.draft = draft

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append *data*, all of it; return its length in bytes."""
        view = memoryview(data).cast("B")
        with faults_of(self.draft.target):
            self.draft.write(view)
        self.position += len(view)
        return len(view)

    def close(self) -> None:
        """End the part: its bytes are durable, its name comes with the commit."""
        with faults_of(self.draft.target):
            self.draft.seal()
