"""Bytes on their way to an output: beside it under a hidden name, or straight into what cannot be renamed.

Every fault of the path becomes an `OptionError` with one hint, by the table `_FAULTS`.
Invariant: a draft that was not published can be discarded at any time, and then nothing of it remains.
"""

from __future__ import annotations

import errno
import io
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Protocol, TypeAlias

from arrowsmith.errors import OptionError, code

O_FOLDER = code("O0101", "the folder that the output belongs in does not exist")
O_EXISTS = code("O0102", "the output exists already")
O_REFUSED = code("O0103", "the system does not let this output be written")
O_FULL = code("O0104", "there is no room for the output")
O_TERMINAL = code("O0105", "binary output does not go to a terminal")

#: what standard output is called in messages
STDOUT = "standard output"

#: A path, ``-`` for standard output, or a binary file object (written straight, never closed).
Target: TypeAlias = str | os.PathLike[str] | BinaryIO

#: errno → code, what is wrong (``{target}``, its ``{folder}``, the disk ``{behind}`` it), what to do about it
_FAULTS: dict[int, tuple[str, str, str]] = {
    errno.ENOENT: (O_FOLDER, "the folder {folder} does not exist", "create it first, or write somewhere else"),
    errno.ENOTDIR: (O_FOLDER, "{folder} is not a folder", "write somewhere else"),
    errno.EEXIST: (O_EXISTS, "{target} exists already", "replace it with --if-exists replace, or write somewhere else"),
    errno.EISDIR: (O_REFUSED, "{target} is a folder", "name a file in it, or write a dataset with a trailing /"),
    errno.EACCES: (O_REFUSED, "{target} may not be written", "ask for write permission on {folder}, or write somewhere else"),
    errno.EPERM: (O_REFUSED, "{target} may not be written", "ask for write permission on {folder}, or write somewhere else"),
    errno.EROFS: (O_REFUSED, "{folder} is on a read-only file system", "write somewhere else"),
    errno.ENAMETOOLONG: (O_REFUSED, "the name of {target} is too long", "choose a shorter one"),
    errno.ENOSPC: (O_FULL, "the disk {behind} is full", "free some space, or write to another disk"),
    errno.EDQUOT: (O_FULL, "the quota of the disk {behind} is used up", "free some space, or write to another disk"),
    errno.EFBIG: (O_FULL, "{target} is larger than this system allows", "raise the file size limit, or write a dataset with a trailing /"),
}  # fmt: skip


def _descriptor(path: str) -> int | None:
    """The number of the open file that *path* stands for, or None.  What it leads to must be neither replaced nor reopened
    (that would begin at byte 0 again)."""
    named = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
    folder, _, number = os.path.abspath(path).rpartition("/")
    if folder in ("/dev/fd", "/proc/self/fd", f"/proc/{os.getpid()}/fd") and number.isdecimal():
        return int(number)
    return named.get(os.path.abspath(path))


@contextmanager
def faults_of(target: str) -> Iterator[None]:
    """Turn an OSError inside into the `OptionError` that *target* deserves.  A broken pipe passes: the reader has gone."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        where = os.path.realpath(target) if os.path.islink(target) else target
        folder = os.path.dirname(where) or "."
        behind = f"that {STDOUT} goes to" if target == STDOUT else f"that holds {folder}"
        names = {"target": target, "folder": folder, "behind": behind}
        number, message, hint = _FAULTS.get(
            error.errno or 0, (O_REFUSED, f"{{target}} cannot be written: {error.strerror or error}", "")
        )
        raise OptionError(message.format(**names), code=number, help=hint.format(**names)) from error


def sync_folder(folder: str) -> None:
    """Make the names in *folder* durable.  Windows cannot, and some network file systems refuse: there the rename is all."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with _tolerated(errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _tolerated(*numbers: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in numbers:
            raise


class Draft(Protocol):
    """Bytes on their way: `open`, `write` in order, `seal`, `publish`; `discard` at any time, and as often as one likes."""

    def open(self) -> None: ...
    def write(self, data: memoryview) -> None: ...
    def seal(self) -> None: ...
    def publish(self) -> None: ...
    def discard(self) -> None: ...


class Beside:
    """A draft in the folder of its target under a hidden name that nobody else has, created with the mode that umask gives."""

    def __init__(self, target: str, *, replace: bool) -> None:
        folder, name = os.path.split(target)
        self.target = target
        self._replace = replace
        # 255 bytes is the longest name that common file systems take; what is cut off says nothing that the rest does not.
        short = os.fsdecode(os.fsencode(name)[:200])
        self._draft = os.path.join(folder, f".{short}.{secrets.token_hex(6)}.tmp")
        self._file: io.FileIO | None = None
        self.published = False

    def open(self) -> None:
        """Create the draft.  Apart from the constructor, so that whoever must discard it has it in hand before it is there."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        self._file = io.FileIO(os.open(self._draft, flags, 0o666), "wb")

    def write(self, data: memoryview) -> None:
        if self._file is None:
            raise ValueError(f"the draft of {self.target} is not open")
        while data:
            data = data[self._file.write(data) :]

    def seal(self) -> None:
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def publish(self) -> None:
        """Give the sealed draft its name.  Raises FileExistsError where that is taken and not to be replaced."""
        if self._replace or os.name == "nt":  # rename on Windows refuses an existing target by itself
            (os.replace if self._replace else os.rename)(self._draft, self.target)
        else:
            self._link()
        self.published = True
        sync_folder(os.path.dirname(self.target) or ".")

    def _link(self) -> None:
        """Take the name in one step that fails if somebody has taken it since we looked, which a rename would not."""
        try:
            os.link(self._draft, self.target)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
                raise
            if os.path.lexists(self.target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), self.target) from error
            os.rename(self._draft, self.target)  # a file system without hard links
            return
        os.unlink(self._draft)

    def discard(self) -> None:
        """Remove the draft.  A published one stays: it has replaced what was there."""
        if self._file is not None:
            with suppress(OSError):  # closing writes nothing (the file is unbuffered), and the name goes next
                self._file.close()
            self._file = None
        if not self.published:
            with suppress(FileNotFoundError):
                os.unlink(self._draft)

    def withdraw(self) -> None:
        """Remove the draft, published or not: for a part that had a name of its own."""
        self.discard()
        if self.published:
            with suppress(FileNotFoundError):
                os.unlink(self.target)


class Straight:
    """A stream that takes bytes as they come: FIFO, device, standard output, file object.  Nothing can be taken back."""

    def __init__(self, stream: BinaryIO | io.FileIO, *, owned: bool) -> None:
        self._stream = stream
        self._owned = owned

    def open(self) -> None:
        """Nothing: the stream is open."""

    def write(self, data: memoryview) -> None:
        while data:
            written = self._stream.write(data)
            if written is None and isinstance(self._stream, io.RawIOBase):  # a raw stream that would have had to wait
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            data = data[len(data) if written is None else written :]

    def seal(self) -> None:
        self._stream.flush()

    def publish(self) -> None:
        if self._owned:
            self._stream.close()

    def discard(self) -> None:
        if self._owned:
            with suppress(OSError):  # the error that led here is the one to tell
                self._stream.close()


def draft_for(target: Target, *, replace: bool) -> Draft:
    """Where the bytes for *target* go; open it next.  Raises OSError, and `OptionError` for a terminal."""
    if not isinstance(target, str | os.PathLike):
        return Straight(target, owned=False)
    path = os.fspath(target)
    if path == "-":
        if sys.stdout.isatty():
            raise OptionError(
                "binary output does not go to a terminal",
                code=O_TERMINAL,
                help="send it to a file with -o, or to a pipe",
            )
        sys.stdout.flush()
        return Straight(sys.stdout.buffer, owned=False)
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mode = 0
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    descriptor = _descriptor(path)
    if descriptor is not None:
        return Straight(io.FileIO(os.dup(descriptor), "wb"), owned=True)
    if mode and not stat.S_ISREG(mode):
        return Straight(io.FileIO(os.open(path, os.O_WRONLY | getattr(os, "O_CLOEXEC", 0)), "wb"), owned=True)
    if mode and not replace:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
    return Beside(os.path.realpath(path), replace=replace)
