"""What the caller hands over as *data* becomes an ordered tuple of `Source`.

The rule for each kind of thing is a function of its own; `sources` is their table.
Invariant: the order depends on names alone (bytes of the path), never on the file system's.
"""

from __future__ import annotations

import errno
import glob
import io
import os
import re
import stat
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final, TypeAlias

from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError, code
from arrowsmith.sources.packed import codec_of, unpacked
from arrowsmith.sources.source import Source
from arrowsmith.sources.stream import Memory, Stream, in_memory
from arrowsmith.sources.waiting import Waiting

O_MISSING = code("O0201", "there is no such file of data")
O_REFUSED = code("O0202", "the system does not let the data be read")
O_NO_DATA = code("O0203", "a directory, pattern or list holds no data file")
O_KIND = code("O0204", "this object is not a source of data")
O_AGAIN = code("O0205", "the data can be read only once")

#: One thing that holds data, or several in order.
One: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Source
Data: TypeAlias = One | Iterable[One]

#: names of files and directories that are no data where nobody names them (`.tmp`, `_SUCCESS`, `_temporary`)
HIDDEN: Final = (".", "_")
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:::[A-Za-z][A-Za-z0-9+.-]*)*://")

#: errno → code, what is wrong, what to do about it
_FAULTS: Final[dict[int, tuple[str, str, str]]] = {
    errno.ENOENT: (O_MISSING, "there is no file {path}", ""),
    errno.ENOTDIR: (O_MISSING, "there is no file {path}: a part of the path is a file, not a directory", ""),
    errno.ELOOP: (O_MISSING, "{path} leads through symbolic links in a circle", "repair the links"),
    errno.EACCES: (O_REFUSED, "{path} may not be read", "ask for read permission on it and its directories"),
    errno.EPERM: (O_REFUSED, "{path} may not be read", "ask for read permission on it and its directories"),
    errno.EMFILE: (O_REFUSED, "{path} cannot be opened: this process has too many open files", "raise `ulimit -n`"),
    errno.ENAMETOOLONG: (O_MISSING, "the name {path} is too long for a file", ""),
}  # fmt: skip


def sources(data: Data) -> tuple[Source, ...]:
    """The sources that *data* means, at least one.

    A path; a directory (its regular files, recursively, in byte order of path, without names that begin with ``.`` or ``_``); a
    pattern as `glob` has it, ``**`` included (only a str; an existing file wins; it may match directories); a URL (through
    fsspec); bytes; a binary file object, read from where it stands; an iterable of these, in its order.

    Raises `OptionError` for what does not exist, may not be read, is of no such kind, or holds no data file.
    """
    match data:
        case str() if _URL.match(data):
            return _from_url(data)
        case str():
            return _from_text(data)
        case os.PathLike():
            return _from_path(os.fsdecode(data))
        case bytes() | bytearray() | memoryview():
            return (_from_bytes(memoryview(data)),)
        case Source():
            return (data,)
    if hasattr(data, "read") or hasattr(data, "readinto"):
        return (opened(data),)
    if isinstance(data, Iterable):
        found = tuple(source for one in data for source in sources(one))
        if not found:
            raise OptionError("no data are given", code=O_NO_DATA, help="name at least one file")
        return found
    raise OptionError(
        f"{type(data).__name__} is no source of data",
        code=O_KIND,
        help="give a path, a URL, bytes, a file opened in binary mode, or a list of these",
    )


# --- names -------------------------------------------------------------------


def _from_url(url: str) -> tuple[Source, ...]:
    if url[:5].lower() == "file:":
        from urllib.parse import urlsplit
        from urllib.request import url2pathname  # 25 ms of import that a path does not need

        return _from_text(url2pathname(urlsplit(url).path))
    from arrowsmith.sources.remote import remote

    return remote(url)


def _from_text(text: str) -> tuple[Source, ...]:
    if not text or "\0" in text:
        raise OptionError(f"{text!r} is no path", code=O_MISSING, help="name a file, a directory or a pattern")
    if not glob.has_magic(text) or os.path.lexists(text):
        return _from_path(text)
    files = [file for match in glob.glob(text, recursive=True) if _named(match, text) for file in _expanded(match)]
    # `**` matches a directory and what is in it.
    found = {os.path.normpath(file): file for file in files}
    if not found:
        folder = os.path.join("", *(part or os.sep for part in text.split(os.sep)[: _spelled(text)])) or os.curdir
        if os.path.isdir(folder) and not os.access(folder, os.R_OK | os.X_OK):
            raise _fault(PermissionError(errno.EACCES, "permission denied"), folder)
        raise OptionError(
            f"the pattern {text} matches no data file",
            code=O_NO_DATA,
            help=f"look at it with `ls`; {_unseen()}; quote the pattern if the shell must not expand it",
        )
    return tuple(_from_file(file) for file in sorted(found.values(), key=_order))


def _named(match: str, pattern: str) -> bool:
    """Whether a *match* of *pattern* counts: a hidden name does only where the pattern spells its first character."""
    literal = _spelled(pattern)
    wanted = pattern.split(os.sep)
    spelled = {part[0] for part in wanted[literal:] if part.startswith(HIDDEN)}
    return all(part[:1] not in HIDDEN or part[0] in spelled for part in match.split(os.sep)[literal:] if part)


def _spelled(pattern: str) -> int:
    """How many parts of *pattern*'s path come before the first that holds a wildcard."""
    parts = pattern.split(os.sep)
    return next(place for place, part in enumerate(parts) if glob.has_magic(part))


def _from_path(path: str) -> tuple[Source, ...]:
    if not os.path.isdir(path):
        return (_from_file(path),)
    found = tuple(_from_file(file) for file in _expanded(path))
    if not found:
        raise OptionError(f"the directory {path} holds no data file", code=O_NO_DATA, help=_unseen())
    return found


def _unseen() -> str:
    return f"names that begin with {HIDDEN[0]} or {HIDDEN[1]} do not count"


def _expanded(path: str) -> list[str]:
    """*path* itself, or the files of the directory that it is."""
    return sorted(_files(path, ()), key=_order) if os.path.isdir(path) else [path]


def _files(folder: str, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """The files under *folder*; symbolic links are followed, but not back into a directory that they are in."""
    try:
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in above:
            return
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(HIDDEN)]
        for entry in visible:
            if entry.is_dir():
                yield from _files(entry.path, (*above, (status.st_dev, status.st_ino)))
            # A link that leads nowhere is missing data, and is told as that; a pipe or socket that lies about is no data.
            elif entry.is_file() or entry.is_symlink():
                yield entry.path
    except OSError as error:
        raise _fault(error, folder) from error


def _order(path: str) -> bytes:
    return os.fsencode(path.replace(os.sep, "/"))


def _fault(error: OSError, path: str) -> OptionError:
    number, message, help = _FAULTS.get(
        error.errno or 0, (O_REFUSED, f"{{path}} cannot be read: {error.strerror or error}", "")
    )
    if number == O_MISSING and not help:
        close = _neighbour(path)
        help = f"did you mean {close}?" if close else "look at the path for a slip"
    return OptionError(message.format(path=path), code=number, help=help)


def _neighbour(path: str) -> str:
    """The file beside the missing *path* with the nearest name, "" where there is none."""
    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return ""  # the directory is not there either: there is nothing to compare with
    close = nearest(name, names)
    return os.path.join(folder, close) if close else ""


# --- one file ------------------------------------------------------------------


def _from_file(path: str) -> Source:
    """A Source of the file *path*; that it is there and may be read is looked at now, before anybody waits for its turn."""
    try:
        status = os.stat(path)
        if not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
    except OSError as error:
        raise _fault(error, path) from error
    regular = stat.S_ISREG(status.st_mode)
    plain = regular and codec_of(path) is None
    return Source(
        name=path,
        size=status.st_size if plain else None,
        reopenable=regular or stat.S_ISBLK(status.st_mode),
        opener=lambda: _open(path),
        path=path if plain else "",
        opener_at=(lambda at: _open(path, at)) if plain else None,
    )


def _open(path: str, at: int = 0) -> Stream:
    try:
        raw = io.FileIO(path, "rb")
        if at:
            raw.seek(at)
    except OSError as error:
        raise _fault(error, path) from error
    codec = codec_of(path)
    status = os.fstat(raw.fileno())
    waiting = None if stat.S_ISREG(status.st_mode) else Waiting(raw)
    give_up = waiting.give_up if waiting is not None else _nothing
    if codec is None:
        expected = status.st_size if waiting is None else None  # a device or a pipe has no size
        made = Stream(waiting or raw, path, expected=expected, give_up=give_up, close=raw.close)
        made.position = at
        return made
    try:
        reader, faults = unpacked(codec, waiting or raw, path)
    except OSError as error:
        raw.close()
        raise _fault(error, path) from error
    except BaseException:
        raw.close()
        raise
    return Stream(reader, path, packed=codec.name, faults=faults, give_up=give_up, close=raw.close)


def _nothing() -> None:
    """Nobody waits for what is on a disk."""


# --- what is in memory or open already -----------------------------------------


def _from_bytes(view: memoryview) -> Source:
    flat = view.cast("B") if view.contiguous else memoryview(view.tobytes())
    return Source(
        name="<bytes>",
        size=flat.nbytes,
        reopenable=True,
        opener=lambda: Stream(Memory(flat), "<bytes>", expected=flat.nbytes),
        opener_at=lambda at: in_memory(flat[at:], "<bytes>", position=at),
    )


def opened(reader: Any, name: str = "") -> Source:
    """A Source of a binary file object, called *name* or as it calls itself: its bytes as they come, never decompressed, from
    where it stands now.  Raises `OptionError` for one that is closed or open as text."""
    if isinstance(reader, io.TextIOBase):
        raise OptionError(f"{_called(reader)} is open as text", code=O_KIND, help="open it in binary mode, with 'rb'")
    if getattr(reader, "closed", False):
        raise OptionError(f"{_called(reader)} is closed", code=O_KIND, help="keep it open until the data are read")
    name = name or _called(reader)
    try:
        seekable = reader.seekable()
    except (AttributeError, ValueError):
        seekable = False  # an object that does not know can be read once
    start = reader.tell() if seekable else 0
    size = None
    if seekable:
        size = max(0, reader.seek(0, io.SEEK_END) - start)
        reader.seek(start)
    used = False

    def opener() -> Stream:
        nonlocal used
        if used and not seekable:
            raise OptionError(
                f"{name} has been read already, and it cannot be read again",
                code=O_AGAIN,
                help="open the data anew for a second scan, or read them into a table first",
            )
        used = True
        if seekable:
            reader.seek(start)
        elif isinstance(reader, io.FileIO):
            waiting = Waiting(reader)
            return Stream(waiting, name, give_up=waiting.give_up)
        return Stream(reader, name)

    return Source(name=name, size=size, reopenable=seekable, opener=opener)


def _called(reader: Any) -> str:
    name = getattr(reader, "name", None)
    return name if isinstance(name, str) and name else f"<{type(reader).__name__}>"
