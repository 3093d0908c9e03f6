"""Transforms of the kit's own: what a plugin may offer, beside core's, that the corpus and generated Programs name.

Their results are longer or shorter than what they are made of, and they refuse some bytes in every way that there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from arrowsmith.transforms import STOCK, Argument, Transformer, named

#: who offers them
OWNER: Final = "the conformance kit"


@dataclass(frozen=True, slots=True)
class Runs:
    """Pairs of bytes: how often, and what; an odd byte at the end is an error."""

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes:
        if len(data) % 2:
            raise ValueError(f"a run of 0x{data[-1]:02X} without its length")
        return b"".join(data[i + 1 : i + 2] * data[i] for i in range(0, len(data), 2))


@dataclass(frozen=True, slots=True)
class Without:
    """The bytes but the first few, as many as the first argument says, and without those that the second one has."""

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes:
        count, left_out = arguments
        assert isinstance(count, int)
        assert isinstance(left_out, bytes)
        return data[max(count, 0) :].translate(None, left_out)


@dataclass(frozen=True, slots=True)
class Unreliable:
    """What foreign code may do, by the first byte: 1 raises what says nothing, 2 returns text, 3 nothing, 4 what is as good as bytes;
    other data are as they are."""

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes:
        if data[:1] == b"\x01":
            raise RuntimeError
        returned: Any = {b"\x02": "text", b"\x03": None, b"\x04": bytearray(data)}.get(data[:1], data)
        found: bytes = returned
        return found


RUNS: Final = Transformer("kit.runs", (), Runs(), OWNER)
WITHOUT: Final = Transformer("kit.without", ("integer", "bytes"), Without(), OWNER)
UNRELIABLE: Final = Transformer("kit.unreliable", (), Unreliable(), OWNER)

#: name → transform, core's own among them
TRANSFORMS: Final[Mapping[str, Transformer]] = {**STOCK, **named([RUNS, WITHOUT, UNRELIABLE])}
