"""Samples of text registers: comparisons, parts, pieces put together, numbers in texts, decoding."""

from __future__ import annotations

from functools import partial
from typing import Any

from arrowsmith.columns import Storage
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.ops import R
from arrowsmith.testing.corpus.computed import PAIRS
from arrowsmith.testing.corpus.sample import Samples, computed, need, put, site
from arrowsmith.testing.corpus.texts import RECORDS, charset

samples = Samples()


def _pair(b: Builder, first: str, second: str) -> tuple[R, R]:
    """Two texts of eight bytes, trimmed; null where they are zeros."""
    given: dict[str, Any] = {"trim": "both", "undecodable": "replace", "absent": b"\x00"}
    return tuple(  # type: ignore[return-value]  # there are two
        b.value(o.LoadBytes, at=at, size=8, pad=b" ")
        if name == "binary"
        else b.value(o.LoadText, at=at, size=8, charset=charset(b, name), **given)
        for at, name in ((0, first), (8, second))
    )


COMPARED = (
    *RECORDS,
    (b"abc     abc     ").hex(),
    (b"abc     abz     ").hex(),
    (b"abc     ab      ").hex(),
    (b"\xe9a      \xc3\xa9a     ").hex(),
    "00" * 8 + b"abc     ".hex(),
)


def _compare(b: Builder, *, first: str, second: str) -> None:
    need(b, 16)
    x, y = _pair(b, first, second)
    for how in ("eq", "ne", "lt", "le", "gt", "ge"):
        put(b, b.value(o.TextLet, how=how, a=x, b=y), "bool")
    literal = b.value(o.Const, value=b"abc" if second == "binary" else "abc")
    put(b, b.value(o.TextLet, how="eq", a=literal, b=y), "bool")


for _first, _second in (
    ("latin-1", "latin-1"),
    ("binary", "binary"),
    ("utf-8", "utf-8"),
    ("cp037", "latin-1"),
    ("own", "utf-16-be"),
):
    samples.add(
        f"text_let_compares_{_first}_{_second}".replace("-", "_"),
        f"Texts in {_first} and {_second} compare by the bytes of their utf8.",
        partial(_compare, first=_first, second=_second),
        *COMPARED,
        size=16,
    )


def _parts(b: Builder, *, name: str) -> None:
    need(b, 16)
    x, y = _pair(b, name, name)
    storage: Storage = "binary" if name == "binary" else "utf8"
    computed(b, b.value(o.TextLet, how="cat", a=x, b=y), storage=storage)
    computed(b, b.value(o.TextLet, how="reverse", a=x), storage=storage)


for _name in ("latin-1", "own", "utf-8", "binary"):
    samples.add(
        f"text_let_makes_{_name.replace('-', '_')}",
        f"Texts in {_name} joined and reversed, by characters.",
        partial(_parts, name=_name),
        *COMPARED,
        size=16,
    )


def _pieces(b: Builder, *, name: str) -> None:
    need(b, 16)
    x, y = _pair(b, name, name)
    for text in (x, y):
        put(b, b.value(o.TextLet, how="len", a=text), "i64")
        put(b, b.value(o.TextLet, how="room", a=text), "i64")
    storage: Storage = "binary" if name == "binary" else "utf8"
    size = b.value(o.TextLet, how="len", a=x)
    half = b.value(o.Let, how="div", a=size, b=2)
    computed(b, b.value(o.TextLet, how="slice", a=x, low=0, high=half), storage=storage)
    computed(b, b.value(o.TextLet, how="slice", a=x, low=half, high=size), storage=storage)
    computed(b, b.value(o.TextLet, how="slice", a=y, low=1, high=3, site=site(b)), storage=storage)


@samples.of("c1ac5f40", "00c3d0ff", size=4)
def text_let_slice_as_bytes(b: Builder) -> None:
    """A slice of a text is in utf-8, wherever the text came from; a column of bytes shows that."""
    need(b, 4)
    text = b.value(o.LoadText, at=0, size=4, charset=charset(b, "cp037"))
    computed(b, b.value(o.TextLet, how="slice", a=text, low=1, high=3), storage="binary")


for _name in ("latin-1", "own", "utf-8", "cp037", "binary"):
    samples.add(
        f"text_let_takes_apart_{_name.replace('-', '_')}",
        f"Characters of texts in {_name}: how many, and from one to another; outside, the record is refused.",
        partial(_pieces, name=_name),
        *COMPARED,
        size=16,
    )


@samples.of(*COMPARED, size=16)
def text_let_byte(b: Builder) -> None:
    """One byte of a text, or the refusal where there is none."""
    need(b, 16)
    x, y = _pair(b, "binary", "utf-8")
    put(b, b.value(o.TextLet, how="byte", a=x, low=0, site=site(b)), "i64")
    put(b, b.value(o.TextLet, how="byte", a=y, low=2, site=site(b)), "i64")


def _decode(b: Builder, *, name: str) -> None:
    need(b, 16)
    x, _ = _pair(b, "binary", "binary")
    computed(b, b.value(o.TextLet, how="decode", a=x, charset=charset(b, name), site=site(b)))


for _name in ("latin-1", "own", "utf-8", "utf-16-be"):
    samples.add(
        f"text_let_decodes_{_name.replace('-', '_')}",
        f"Bytes as text in {_name}; what is none there refuses the record.",
        partial(_decode, name=_name),
        *COMPARED,
        size=16,
    )


NUMBERS = (
    b"42      -7f     ", b"+0      0       ", b"        ab      ", b"9223372 7f      ", b"12a     1       ", b"-       1       ",
    b"1 2     1       ", b"00000001zz      ", b"1       zz      ", b"\xb2       1       ", b"1       --1     ",
)  # fmt: skip


@samples.of(*(text.hex() for text in NUMBERS), size=16)
def text_let_int(b: Builder) -> None:
    """Digits and letters of a base become an integer; anything else refuses the record."""
    need(b, 16)
    x, y = _pair(b, "latin-1", "latin-1")
    put(b, b.value(o.TextLet, how="int", a=x, site=site(b)), "i64")
    put(b, b.value(o.TextLet, how="int", a=y, base=36, site=site(b)), "i64")


@samples.of(
    *(
        bytes([base]).hex() + text.hex()
        for base, text in (
            (16, b"-7f    "), (2, b"101    "), (2, b"102    "), (36, b"zZ     "), (10, b"+0     "), (16, b"0x1    "), (8, b"0o1    "),
            (0, b"0x1    "), (0, b"1      "), (1, b"0      "), (37, b"1      "), (0xFF, b"1      "), (0x40, b"1      "),
        )
    ),
    size=8,
)  # fmt: skip
def text_let_int_by_a_base_of_the_data(b: Builder) -> None:
    """The base may be a register: null makes null, and what is none from 2 to 36 refuses the record."""
    need(b, 8)
    base = b.value(o.LoadInt, at=0, size=1, absent=b"\x40")
    text = b.value(o.LoadText, at=1, size=7, charset=charset(b, "latin-1"), trim="right", site=site(b))
    put(b, b.value(o.TextLet, how="int", a=text, base=base, site=site(b)), "i64")


@samples.of("7fffffffffffffff", "8000000000000000", "8000000000000001", "ffffffffffffffff", "0ccccccccccccccd", size=8)
def text_let_int_and_str_at_the_border(b: Builder) -> None:
    """An integer's text reads back, at the borders of 64 bits too."""
    need(b, 8)
    text = b.value(o.TextLet, how="str", a=b.value(o.LoadInt, at=0, size=8))
    computed(b, text)
    put(b, b.value(o.TextLet, how="int", a=text, site=site(b)), "i64")
    for value in ("9223372036854775807", "-9223372036854775808"):
        put(b, b.value(o.TextLet, how="int", a=b.value(o.Const, value=value)), "i64")


@samples.of(*PAIRS, size=16)
def text_let_str_of_every_integer(b: Builder) -> None:
    """The digits of an integer of 64 bits, with and without a sign."""
    need(b, 16)
    for encoding in ("twos", "unsigned"):
        computed(b, b.value(o.TextLet, how="str", a=b.value(o.LoadInt, at=0, size=8, encoding=encoding)))


@samples.of(*PAIRS, size=16)
def text_let_str_of_128_bits(b: Builder) -> None:
    """The digits of an integer of 128 bits."""
    need(b, 16)
    computed(b, b.value(o.TextLet, how="str", a=b.value(o.LoadInt, at=0, size=16)))


@samples.of(*COMPARED, size=16)
def let_else_of_texts(b: Builder) -> None:
    """A text that is null gives way to another; whether it is there is a number."""
    need(b, 16)
    x, y = _pair(b, "latin-1", "latin-1")
    computed(b, b.value(o.Let, how="else", a=x, b=y))
    put(b, b.value(o.Let, how="present", a=x), "bool")
    computed(b, b.value(o.Let, how="copy", a=y))
