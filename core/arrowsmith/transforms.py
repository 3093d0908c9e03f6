"""Bytes → the bytes of another stream: the transforms that a Layout and the op ``transform`` name, core's own and those of plugins.

Core's own are `STOCK`: ``xor`` (by a key that is repeated, or by an integer's low byte), ``rol`` and ``ror`` (bits to the left and to
the right, modulo 8, in groups of one byte), ``zlib`` (RFC 1950; what follows the compressed data is ignored).
Invariant: `Transformer.made` gives bytes or raises `Unmade`, whatever is behind it and whatever the data are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

#: the most bytes that a transform may make; one that could make more of a few stops there by itself (see `inflated`)
LIMIT: Final = 1 << 30

#: what an argument may be
Takes: TypeAlias = Literal["integer", "bytes", "integer or bytes"]
TAKES: Final[tuple[Takes, ...]] = ("integer", "bytes", "integer or bytes")
Argument: TypeAlias = int | bytes

#: characters of what a transform says that are handed on
SAID = 200


class Unmade(Exception):
    """There are no bytes to be made of these: why, in words."""


class Applies(Protocol):
    """What a `Transformer` needs of a transform; the whole contract is `arrowsmith.interfaces.Transform`."""

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Transformer:
    """A transform as Programs hold it: its ``name``, the kinds of arguments that it ``takes``, and who it is of, "" for core's own.

    Two are equal where all of these are, and what is ``offered`` is equal: what is kept by a Program is not another plugin's.
    """

    name: str
    takes: tuple[Takes, ...]
    offered: Applies
    owner: str = ""

    def __str__(self) -> str:
        return f"{self.name} of {self.owner}" if self.owner else self.name

    def made(self, data: bytes, arguments: Sequence[Argument | None]) -> bytes:
        """The bytes of *data* by *arguments*.  Raises `Unmade` for whatever keeps them from being made."""
        given = tuple(a for a in arguments if a is not None)
        if len(given) < len(arguments):
            raise Unmade(f"{self.name} by null")
        try:
            made = self.offered.apply(data, given)
        except (KeyboardInterrupt, MemoryError):  # not of its making
            raise
        except BaseException as error:  # noqa: BLE001  # it is foreign: even SystemExit must not end a run because of some bytes
            raise Unmade(self._said(error)) from None
        if not isinstance(made, bytes):
            raise Unmade(f"{self} returned {_article(type(made).__name__)}, and no bytes")
        if len(made) > LIMIT:
            raise Unmade(f"{self} made {len(made)} bytes; at most {LIMIT} may be")
        return made

    def _said(self, error: BaseException) -> str:
        """What *error* says; that of our own code alone, a ValueError of a plugin's behind who says it, any other with its type."""
        try:
            said = " ".join(str(error).split())[:SAID]
        except Exception:  # noqa: BLE001  # its __str__ is foreign, too
            said = "what it says cannot be read"
        if isinstance(error, ValueError):
            return f"{self}: {said}" if self.owner else said
        kind = type(error).__name__
        return f"{self} raised {kind}: {said}" if said else f"{self} raised {kind}"

    def refuses(self, arguments: Sequence[bool]) -> str | None:
        """Why it does not take arguments that are bytes (True) or integers (False), or None where it does."""
        if len(arguments) != len(self.takes):
            return f"{self.name} takes {len(self.takes)} arguments, and has {len(arguments)}"
        for number, (takes, is_bytes) in enumerate(zip(self.takes, arguments, strict=True), 1):
            if takes == ("integer" if is_bytes else "bytes"):
                was = "bytes" if is_bytes else "an integer"
                return f"argument {number} of {self.name} is {'an integer' if is_bytes else 'bytes'}, and not {was}"
        return None


def _article(name: str) -> str:
    return name if name == "NoneType" else f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def named(transforms: Iterable[Transformer]) -> dict[str, Transformer]:
    """*transforms* by their names."""
    return {one.name: one for one in transforms}


def listed(transforms: Mapping[str, Transformer]) -> str:
    """The names of *transforms*, for messages."""
    return ", ".join(sorted(transforms)) or "none"


# --- core's own --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Xor:
    def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes:
        (key,) = arguments
        if isinstance(key, int):
            key = bytes([key & 0xFF])
        if not key:
            raise ValueError("xor by an empty key")
        size = len(data)
        mask = (key * (size // len(key) + 1))[:size]
        # one long integer operation is a hundred times faster than a byte at a time
        return (int.from_bytes(data, "little") ^ int.from_bytes(mask, "little")).to_bytes(size, "little")


@dataclass(frozen=True, slots=True)
class Rotate:
    """By the first argument; ``right`` is left by what is missing to eight bits."""

    right: bool = False

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes:
        (bits,) = arguments
        assert isinstance(bits, int)
        turn = (-bits if self.right else bits) % 8
        return data.translate(bytes((b << turn | b >> (8 - turn)) & 0xFF for b in range(256)))


@dataclass(frozen=True, slots=True)
class Inflate:
    def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes:
        return inflated(data)


def inflated(data: bytes) -> bytes:
    """The data that RFC 1950 *data* hold.  Raises ValueError where they are damaged, truncated, or hold more than `LIMIT` bytes."""
    stream = zlib.decompressobj()
    try:
        made = stream.decompress(data, LIMIT)
    except zlib.error:
        raise ValueError("damaged zlib data") from None
    if not stream.eof:
        raise ValueError("truncated zlib data" if len(made) < LIMIT else f"zlib data of more than {LIMIT} bytes")
    return made


#: name → transform, of those that are there without a plugin
STOCK: Final[Mapping[str, Transformer]] = named(
    [
        Transformer("xor", ("integer or bytes",), Xor()),
        Transformer("rol", ("integer",), Rotate()),
        Transformer("ror", ("integer",), Rotate(right=True)),
        Transformer("zlib", (), Inflate()),
    ]
)
