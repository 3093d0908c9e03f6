"""Our transforms fulfil the public contract of transforms; core's own do what their names say."""

from __future__ import annotations

import lzma
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from offered_transforms import Does

from arrowsmith.interfaces import LIMIT, Argument, Transform
from arrowsmith.testing import TransformSuite
from arrowsmith.transforms import STOCK, Transformer

pytest.importorskip("yaml")

from arrowsmith_kaitai.compress import MEMORY, Lzma, Zlib  # behind importorskip

TEXT = b"a text that is repeated, that is repeated, that is repeated"


class TestZlib(TransformSuite):
    """What zlib compressed."""

    samples = ((zlib.compress(TEXT), (), TEXT), (zlib.compress(b"") + b"behind", (), b""))

    @pytest.fixture
    def transform(self) -> Transform:
        return Zlib()


class TestXz(TransformSuite):
    """What LZMA compressed, as .xz."""

    samples = ((lzma.compress(TEXT), (), TEXT), (lzma.compress(b"") + b"behind", (), b""))

    @pytest.fixture
    def transform(self) -> Transform:
        return Lzma("xz")


class TestLzma(TransformSuite):
    """What LZMA compressed, as .lzma."""

    samples = ((lzma.compress(TEXT, lzma.FORMAT_ALONE), (), TEXT),)

    @pytest.fixture
    def transform(self) -> Transform:
        return Lzma("lzma")


def test_a_dictionary_larger_than_memory_should_be_is_refused() -> None:
    """How much it takes to undo LZMA is said in the data."""
    header = b"\x5d" + (MEMORY * 4).to_bytes(4, "little") + b"\xff" * 8

    with pytest.raises(ValueError, match="memory usage limit"):
        Lzma("lzma").apply(header + bytes(16), ())


# --- core's own --------------------------------------------------------------------------------------------------------


def own(name: str, data: bytes, *arguments: Argument) -> bytes:
    return STOCK[name].made(data, arguments)


@given(st.binary(max_size=50), st.binary(min_size=1, max_size=60), st.integers(-(2**63), 2**63 - 1))
def test_xor_and_turns_byte_by_byte(data: bytes, key: bytes, number: int) -> None:
    """A key is repeated, of an integer the low byte counts; bits are turned modulo 8, to the right as far as not to the left."""
    bits = number % 8

    assert own("xor", data, key) == bytes(b ^ key[i % len(key)] for i, b in enumerate(data))
    assert own("xor", data, number) == bytes(b ^ number & 0xFF for b in data)
    assert own("rol", data, number) == bytes((b << bits | b >> (8 - bits)) & 0xFF for b in data)
    assert own("ror", own("rol", data, number), number) == data


def test_there_is_nothing_behind_two_to_the_thirtieth(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be more is not made: zlib stops, a plugin's result is refused."""
    from arrowsmith import transforms

    monkeypatch.setattr(transforms, "LIMIT", 1000)

    assert own("zlib", zlib.compress(bytes(999))) == bytes(999)
    with pytest.raises(transforms.Unmade, match="zlib data of more than 1000 bytes"):
        own("zlib", zlib.compress(bytes(100_000)))
    with pytest.raises(transforms.Unmade, match="big of me made 1001 bytes; at most 1000 may be"):
        Transformer("big", (), Does(lambda data: bytes(1001)), "me").made(b"", ())
    assert LIMIT == 1 << 30
