"""Samples of ``transform``: streams that core's own transforms make, and what plugins may offer."""

from __future__ import annotations

import zlib
from functools import partial

from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.ops import R
from arrowsmith.testing.corpus.sample import Samples, byte, need, put, put_text, site, skip
from arrowsmith.testing.making import TRANSFORMS

samples = Samples()


def _transformed(b: Builder, how: str, n: R | int, arguments: tuple[R | int, ...]) -> None:
    how = b.transform(TRANSFORMS[how])
    with b.inside(o.Transform, how=how, n=n, arguments=arguments, site=site(b)):
        put(b, b.value(o.Extent), "i32")
        need(b, 2)
        put(b, b.value(o.LoadInt, at=0, size=2), "i16")
        skip(b, 2)
        rest = b.value(o.Remain)
        put_text(b, b.value(o.LoadBytes, at=0, size=rest), rest, storage="binary")
    put(b, b.value(o.Tell), "i32")


def _xor(b: Builder, *, key: bytes | int) -> None:
    _transformed(b, "xor", 6, (b.value(o.Const, value=key) if isinstance(key, bytes) else key,))


for _title, _key in (
    ("a_byte", 0x5A),
    ("a_key", b"\x01\x02\x03"),
    ("a_long_key", b"0123456789"),
    ("an_empty_key", b""),
):
    samples.add(
        f"transform_xor_{_title}", f"Bytes xor {_title}.", partial(_xor, key=_key), "000102030405ff", "ff" * 6, "00" * 5
    )


@samples.of("010002ff8000ff", "070002ff8000ff", "080002ff8000ff", "ff0002ff8000ff", "01000203")
def transform_rol(b: Builder) -> None:
    """Bytes rotated to the left by a number of bits, modulo 8."""
    _rotated(b, "rol")


@samples.of("010002ff8000ff", "070002ff8000ff", "080002ff8000ff", "ff0002ff8000ff", "01000203")
def transform_ror(b: Builder) -> None:
    """Bytes rotated to the right by a number of bits, modulo 8."""
    _rotated(b, "ror")


def _rotated(b: Builder, how: str) -> None:
    need(b, 1)
    bits = b.value(o.LoadInt, at=0, size=1)
    skip(b, 1)
    _transformed(b, how, 5, (bits,))


@samples.of("0302aabb0001cc7f", "0004", "0103aabb05", "0201aaffbb")
def transform_in_a_list(b: Builder) -> None:
    """Elements that are each as long as their own size says; what stands behind the list is behind all of them."""
    level = b.level(0, ("items",))
    count = byte(b)
    with b.inside(o.Repeat, count=count, level=level):
        b.emit(o.Room(level=level, n=1))
        n = byte(b, level=level)
        with b.inside(o.Transform, how=b.transform(TRANSFORMS["xor"]), n=n, arguments=(0,), site=site(b)):
            put(b, b.value(o.Extent), "i32", level=level)
    put(b, b.value(o.Tell), "i32")
    byte(b, level=0)


_ZLIB = zlib.compress(b"\x00\x01 inflated, inflated, inflated")


@samples.of(
    f"{len(_ZLIB):02x}{_ZLIB.hex()}", f"{len(_ZLIB) + 2:02x}{_ZLIB.hex()}ffff", f"{len(_ZLIB) - 1:02x}{_ZLIB.hex()}", "00", "04deadbeef",
    f"{len(zlib.compress(b'x')):02x}{zlib.compress(b'x').hex()}",
)  # fmt: skip
def transform_zlib(b: Builder) -> None:
    """What was compressed is read inflated; damaged or truncated data, and too few bytes in it, refuse the record."""
    n = byte(b)
    _transformed(b, "zlib", n, ())


@samples.of("040341ff42ff", "02ff41", "020241", "00", "0303410142", "0403410142ee", "020001", "04000103ff")
def transform_makes_more(b: Builder) -> None:
    """A transform of a plugin may make more bytes than it gets, none, or refuse them by an error of its own."""
    n = byte(b)
    _transformed(b, "kit.runs", n, ())


@samples.of("0106aabbcc0a0d0e", "0304aabbcc0a", "fe0301020a03", "4003010203", "0002aabb", "7f0401020304", "0102aa")
def transform_by_arguments(b: Builder) -> None:
    """An integer and bytes are given as they are; one that is null refuses the record."""
    need(b, 2)
    count = b.value(o.LoadInt, at=0, size=1, absent=b"\x40")
    n = b.value(o.LoadInt, at=1, size=1, encoding="unsigned")
    skip(b, 2)
    _transformed(b, "kit.without", n, (count, b.value(o.Const, value=b"\x0a\x0d")))


@samples.of("03000102", "03010203", "03020304", "03030405", "03040506", "0305060708", "00")
def transform_that_fails(b: Builder) -> None:
    """Whatever it raises, and what it returns that is no bytes, refuses the record."""
    n = byte(b)
    _transformed(b, "kit.unreliable", n, ())


@samples.of("0602030502ff03", "040203ffff", "0402ff02ff", "06020302050207", "020101")
def transform_in_transform(b: Builder) -> None:
    """What one makes is what the next one gets; how many bytes it takes may be said in them."""
    n = byte(b)
    with b.inside(o.Transform, how=b.transform(TRANSFORMS["kit.runs"]), n=n, arguments=(), site=site(b)):
        inner = byte(b)
        with b.inside(o.Transform, how=b.transform(TRANSFORMS["xor"]), n=inner, arguments=(0x0F,), site=site(b)):
            rest = b.value(o.Remain)
            put_text(b, b.value(o.LoadBytes, at=0, size=rest), rest, storage="binary")
        put(b, b.value(o.Remain), "i32")
    put(b, b.value(o.Tell), "i32")
