"""Data behind a URL, through fsspec, which is imported only here.

Invariant: a message shows a URL without user, password and query: those may be secrets, and messages are kept.
"""

from __future__ import annotations

import glob
import importlib
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from arrowsmith.errors import OptionError, code
from arrowsmith.sources.packed import codec_of, unpacked
from arrowsmith.sources.source import Source
from arrowsmith.sources.stream import Stream

O_REMOTE = code("O0206", "data behind a URL cannot be reached")

#: protocols without directories: what `?` and `[` mean there is the server's business
_FLAT = ("http", "https")


def remote(url: str) -> tuple[Source, ...]:
    """The sources of *url*: a file; where the protocol has them, the files of a directory or pattern, ordered as local ones are.

    Raises `OptionError` where fsspec or the protocol's package is not installed, and for what the other side refuses.
    """
    shown = without_secrets(url)
    try:
        fsspec: Any = importlib.import_module("fsspec.core")
    except ImportError:
        raise OptionError(
            f"reading {shown} needs the package fsspec, which is not installed",
            code=O_REMOTE,
            help="install it with `pip install 'arrowsmith[fs]'`, or fetch the file first",
        ) from None
    try:
        system, path = fsspec.url_to_fs(url)
        if url.partition(":")[0].lower() in _FLAT:
            return (_file(system, path, shown),)
        listing = glob.has_magic(path) and not system.exists(path)
        if not listing and not system.isdir(path):
            return (_file(system, path, shown),)
        found: list[str] = []
        for match in system.glob(path) if listing else [path]:
            found += _visible(system, match) if system.isdir(match) else [match]
    except OptionError:
        raise
    except Exception as error:
        raise _fault(error, shown) from error
    if not found:
        raise OptionError(
            f"{shown} holds no data file", code=O_REMOTE, help="names that begin with . or _ do not count"
        )
    ordered = sorted(set(found), key=lambda name: name.encode("utf-8", "surrogateescape"))
    try:
        return tuple(_file(system, name, without_secrets(system.unstrip_protocol(name))) for name in ordered)
    except Exception as error:
        raise _fault(error, shown) from error


def _visible(system: Any, folder: str) -> list[str]:
    """The files under *folder* whose path from there on has no hidden name in it."""
    inside = len(folder.rstrip("/")) + 1
    return [
        name
        for name in system.find(folder)
        if not any(part.startswith((".", "_")) for part in name[inside:].split("/"))
    ]


def _file(system: Any, path: str, shown: str) -> Source:
    codec = codec_of(urlsplit(path).path if "://" in path else path)
    size = system.info(path).get("size")

    def opener() -> Stream:
        try:
            raw = system.open(path, "rb")
        except Exception as error:
            raise _fault(error, shown) from error
        # What a protocol's package raises when the line breaks is its own affair.
        if codec is None:
            expected = size if isinstance(size, int) else None
            return Stream(raw, shown, expected=expected, faults=(Exception,), close=raw.close)
        try:
            reader, _ = unpacked(codec, raw, shown)
        except BaseException:
            raw.close()
            raise
        return Stream(reader, shown, packed=codec.name, faults=(Exception,), close=raw.close)

    known = isinstance(size, int) and codec is None
    return Source(name=shown, size=size if known else None, reopenable=True, opener=opener)


def _fault(error: Exception, shown: str) -> OptionError:
    if isinstance(error, FileNotFoundError):
        return OptionError(f"there is no file {shown}", code=O_REMOTE, help="look at the URL for a slip")
    if isinstance(error, PermissionError):
        return OptionError(f"{shown} may not be read", code=O_REMOTE, help="see whether credentials are set up here")
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    hint = (
        "install what it names" if isinstance(error, ImportError) else "see whether the address and the line are right"
    )
    return OptionError(f"{shown} cannot be reached: {said}", code=O_REMOTE, help=hint)


def without_secrets(url: str) -> str:
    """*url* without user, password, query and fragment."""
    first, chain, rest = url.partition("::")
    if chain and "://" not in first:
        return f"{first}::{without_secrets(rest)}"
    parts = urlsplit(first)
    bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return bare + chain + (without_secrets(rest) if chain else "")
