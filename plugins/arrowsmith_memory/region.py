"""A `Backing`, one way of holding pages, becomes a `CodeRegion`: allocate → write → seal → release, in that order.

Invariant: a backing is closed exactly once, by `release` or as garbage; where the C heap is owed it, also at exit.
A backing that the system no longer lets go of (`keep`) is never closed.
"""

from __future__ import annotations

import ctypes
import functools
import weakref
from collections.abc import Callable
from typing import Final, Protocol

from arrowsmith.errors import ExecutableMemoryError
from arrowsmith_memory.calls import Refused


class Backing(Protocol):
    """Pages by one way of obtaining them.  Its methods raise `Refused`; a constructor that raises leaves nothing."""

    @property
    def size(self) -> int:
        """Bytes, whole pages."""
        ...

    def write(self, offset: int, data: bytes) -> None:
        """Put *data*, which fits, at *offset*."""
        ...

    def seal(self) -> int:
        """Make the pages executable and not writable; give their address."""
        ...

    def close(self) -> None:
        """Give everything back, from whatever state; called once."""
        ...


def whole_pages(size: int, page: int) -> int:
    """*size* bytes rounded up to pages of *page* bytes, at least one."""
    if size < 0:
        raise ValueError(f"a region cannot have {size} bytes")
    return max(1, -(-size // page)) * page


def put(address: int, data: bytes) -> None:
    """Copy *data* to *address*, which the caller has mapped writable."""
    ctypes.memmove(address, data, len(data))


#: the mappings that are sealed and alive, by identity, for `lockdown`, which fixes all code of the process and not one
#: kernel's.  Single dictionary operations and no lock: a fork in another thread must not leave a lock taken in the child.
_SEALED: Final[dict[int, weakref.ref[CodeRegion]]] = {}


def sealed_regions() -> list[CodeRegion]:
    """Every mapping of our own that is sealed and not released."""
    regions = [reference() for reference in list(_SEALED.values())]
    return [region for region in regions if region is not None and region.sealed]


def _forget(key: int, reference: weakref.ref[CodeRegion]) -> None:
    _SEALED.pop(key, None)


class CodeRegion:
    """The `arrowsmith.memory.Region` over any backing.

    ``mapped`` is whether the pages are a mapping of our own, which mseal(2) may fix; ``owed`` whether they belong to the
    C heap, which must get them back writable before the process ends.
    """

    __slots__ = ("__weakref__", "_address", "_backing", "_explain", "_kept", "_release", "mapped", "size")

    def __init__(
        self, backing: Backing, explain: Callable[[Refused], ExecutableMemoryError], *, mapped: bool, owed: bool
    ) -> None:
        self.size: Final = backing.size
        self.mapped: Final = mapped
        self._backing = backing
        self._explain = explain
        self._address: int | None = None
        self._kept = False
        self._release = weakref.finalize(self, backing.close)
        self._release.atexit = owed

    @property
    def address(self) -> int:
        if not self.sealed or self._address is None:
            raise RuntimeError("a region has an address only between seal and release")
        return self._address

    @property
    def sealed(self) -> bool:
        """Whether the code may run now."""
        return self._address is not None and (self._release.alive or self._kept)

    def write(self, offset: int, data: bytes) -> None:
        self._in_turn("write")
        if offset < 0 or offset + len(data) > self.size:
            raise ValueError(f"{len(data)} bytes at {offset} do not fit a region of {self.size}")
        try:
            self._backing.write(offset, data)
        except Refused as refused:
            raise self._explain(refused) from None

    def seal(self) -> None:
        self._in_turn("seal")
        try:
            address = self._backing.seal()
        except Refused as refused:
            raise self._explain(refused) from None
        self._address = address
        if self.mapped:
            key = id(self)
            _SEALED[key] = weakref.ref(self, functools.partial(_forget, key))

    def keep(self) -> None:
        """Never close the backing: the system has fixed its pages for the life of the process."""
        self._kept = True
        self._release.detach()

    def release(self) -> None:
        try:
            self._release()
        except Refused as refused:
            raise self._explain(refused) from None

    def _in_turn(self, verb: str) -> None:
        if self._address is not None or not self._release.alive:
            earlier = "release" if self._address is None else "seal"
            raise RuntimeError(f"{verb} after {earlier}: a region is written once")
