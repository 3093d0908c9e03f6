"""Samples of texts and bytes: charsets, trimming, what has no character, sizes in the data, marks."""

from __future__ import annotations

from functools import partial
from typing import Any

from arrowsmith.charsets import Charset, expansion, known
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.ops import R
from arrowsmith.testing.corpus.sample import Samples, byte, need, put, put_text, site, skip

samples = Samples()

_LATIN = known("latin-1")
assert _LATIN is not None
#: a code page of a dictionary's own: wide characters, one byte that is two of them, holes
OWN = Charset(
    "own",
    tuple(
        "" if n in (0x81, 0xFE) else "\u20ac" if n == 0x80 else "\U0001f600" if n == 0x82 else "ij" if n == 0x83 else c
        for n, c in enumerate(_LATIN.table)
    ),
)

#: sixteen bytes: ASCII, EBCDIC, blanks at the ends, nothing but blanks, high bytes, what is undefined, zeros, control characters
RECORDS = (
    b"Hello, world 123".hex(),
    b"  padded text   ".hex(),
    "4040c1c2c340404040d1d2d340404040",
    "40" * 16,
    "20" * 16,
    "00" * 16,
    "ff" * 16,
    "c1" * 15 + "40",
    "40" + "c1" * 15,
    "80818283848586878889fafbfcfdfeff",
    "e9e8e7c3a9e282ac9f928082208120fe",
    "0020402020400000410a0d0900204000",
    "6120626320640000000000000000fe20",
    b"h\xc3\xa9llo\xe2\x82\xac\xf0\x9f\x98\x80  ".ljust(16).hex(),
    "f09f98c3e28241ffc0afeda0806180e9",
    "0041006200e920ac0020000000200020",
    "d83dde000041d83d0041de0000200020",
    "410062000000e900ac203dd800de2000",
)


def charset(b: Builder, name: str) -> str:
    """The charset *name* (`OWN` is called own), made known to the Program; its name there."""
    table = OWN if name == "own" else known(name)
    return b.charset(table) if table else name


def _room(name: str, undecodable: str, size: int) -> int:
    return size * expansion((OWN if name == "own" else known(name)) or name, undecodable)


def _trims(b: Builder, *, name: str) -> None:
    need(b, 16)
    page = charset(b, name)
    unit = 4 if name.startswith("utf-32") else 2 if name.startswith("utf-16") else 1
    for trim in ("none", "left", "right", "both"):
        for pad in (b"", b"\x40", b"\x00 "):
            if len(pad) % unit:
                continue
            for undecodable in ("replace", "error"):
                given: dict[str, Any] = {
                    "trim": trim,
                    "pad": pad,
                    "undecodable": undecodable,
                    "fail": "null",
                    "site": site(b),
                }
                r = b.value(o.LoadText, at=0, size=16, charset=page, **given)
                put_text(b, r, _room(name, undecodable, 16))


CHARSETS = (
    "cp037",
    "cp1140",
    "cp1252",
    "ascii",
    "latin-1",
    "own",
    "utf-8",
    "utf-16-be",
    "utf-16-le",
    "utf-32-be",
    "shift_jis",
)

for _name in CHARSETS:
    samples.add(
        f"text_{_name.replace('-', '_')}",
        f"Texts in {_name}: trimmed at either end or both, by blanks or by bytes of one's own; bytes without a character.",
        partial(_trims, name=_name),
        *RECORDS,
        size=16,
    )


def _sizes(b: Builder, *, name: str) -> None:
    need(b, 130)
    page = charset(b, name)
    for size in (0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 129, 130):
        given: dict[str, Any] = {"trim": "right", "undecodable": "replace", "site": site(b)}
        put_text(b, b.value(o.LoadText, at=130 - size, size=size, charset=page, **given), _room(name, "replace", size))


def _long(text: bytes) -> str:
    return (text * 130)[:130].hex()


for _name in ("cp037", "cp1252", "utf-8"):
    samples.add(
        f"text_sizes_{_name.replace('-', '_')}",
        f"Texts in {_name} of 0 to 130 bytes: whole vectors, what is left of them, blanks over their borders.",
        partial(_sizes, name=_name),
        *(_long(text) for text in (b"abc d", b"\xc1\xc2\xe9\x40", b" ", b"\x40", b"\xe9", b"\x81a", b"\xc3\xa9")),
        *((b"x" * n + b" " * (130 - n)).hex() for n in (0, 1, 15, 16, 17, 64, 129, 130)),
        *((b" " * n + b"\xc1" * (130 - n)).hex() for n in (1, 16, 129)),
        size=130,
    )


@samples.of(*RECORDS, b"ab\0cd".ljust(16, b"\xe9").hex(), b"\0".ljust(16).hex(), (b" x\0 " * 4).hex(), size=16)
def text_until_a_byte(b: Builder) -> None:
    """The first of the byte ends the text, before anything else is said of it; where there is none it is whole."""
    need(b, 16)
    for name in ("latin-1", "cp037", "utf-8", "ascii"):
        for until in (b"\0", b"\x40", b"l"):
            for trim, size in (("none", 16), ("none", 5), ("right", 16), ("both", 9)):
                given: dict[str, Any] = {"until": until, "trim": trim, "undecodable": "error", "fail": "null"}
                r = b.value(o.LoadText, at=0, size=size, charset=charset(b, name), site=site(b), **given)
                put_text(b, r, _room(name, "error", size))


@samples.of(
    *(
        _long(text)
        for text in (b"abc\0", b"\0", b"x" * 63 + b"\0\xff", b"\xc3\xa9\0\xff", b"\xff\0", b"x" * 130, b"\x80")
    ),
    size=130,
)
def text_until_a_byte_in_any_size(b: Builder) -> None:
    """Within a vector, at its end, in the next, and behind the field; what stands behind the byte is looked at by nobody."""
    need(b, 130)
    for name, undecodable in (("utf-8", "error"), ("latin-1", "replace"), ("utf-8", "replace")):
        for size in (1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130):
            given: dict[str, Any] = {"until": b"\0", "undecodable": undecodable}
            r = b.value(o.LoadText, at=0, size=size, charset=charset(b, name), fail="null", site=site(b), **given)
            put_text(b, r, _room(name, undecodable, size))


@samples.of(*RECORDS, size=16)
def text_refuses_the_record(b: Builder) -> None:
    """With the disposition trap bytes without a character refuse the record, but not among those that are trimmed."""
    need(b, 16)
    for name in ("ascii", "utf-8"):
        given: dict[str, Any] = {"trim": "right", "pad": b"\xfe \x00", "undecodable": "error", "site": site(b)}
        r = b.value(o.LoadText, at=0, size=16, charset=charset(b, name), **given)
        put_text(b, r, _room(name, "error", 16))


@samples.of(*RECORDS, "00" * 15 + "20", "20" * 15 + "00", size=16)
def text_absent(b: Builder) -> None:
    """A text whose bytes are all one and the same of those that say absent is null, and no empty text; one of no bytes is empty."""
    need(b, 16)
    for size in (0, 1, 8, 16):
        given: dict[str, Any] = {"trim": "both", "undecodable": "replace", "absent": b"\x00\x40"}
        put_text(
            b,
            b.value(o.LoadText, at=0, size=size, charset=charset(b, "cp037"), **given),
            _room("cp037", "replace", size),
        )


@samples.of("00", "01c1", "05c1c2c34040", "0540404040", "10" + "c1" * 16, "20" + "c1" * 32, "ff" + "e9" * 255, "03c1c2")
def text_sized_by_the_data(b: Builder) -> None:
    """A size that the data give: the room is so many bytes times the expansion, and a size too large refuses the record."""
    size = byte(b, level=0)
    need(b, size)
    r = b.value(o.LoadText, at=0, size=size, charset=charset(b, "cp037"), trim="right", undecodable="replace")
    put_text(b, r, b.value(o.Let, how="mul", a=size, b=_room("cp037", "replace", 1)))
    skip(b, size)


@samples.of("0461626364ff", "00ff", "0120ff", "03c3a920ff", "02c328ff", "05ff")
def text_sized_and_what_is_behind_it(b: Builder) -> None:
    """What stands behind a text of a size in the data is read where the text ends, trimmed or not."""
    size = byte(b)
    need(b, size)
    given: dict[str, Any] = {"trim": "right", "undecodable": "error", "fail": "null", "site": site(b)}
    put_text(b, b.value(o.LoadText, at=0, size=size, charset="utf-8", **given), size)
    skip(b, size)
    byte(b, level=0)


@samples.of("0001026e6f00ff20", "2020202020202020", "0000000000000000", "61" * 8, "6100200020002000", size=8)
def bytes_as_they_are(b: Builder) -> None:
    """Bytes are not decoded; one pad is taken from the right; their hexadecimal digits are a text."""
    need(b, 8)
    for size in (0, 1, 8):
        for pad in (b"", b"\x00", b" "):
            put_text(b, b.value(o.LoadBytes, at=0, size=size, pad=pad), size, storage="binary")
            put_text(b, b.value(o.LoadBytes, at=0, size=size, pad=pad, hex=True), 2 * size)


@samples.of("03010203", "00", "0a" + "61" * 10, "40" + "ff" * 64, "0401")
def bytes_sized_by_the_data(b: Builder) -> None:
    """Bytes, and their digits, of a size in the data."""
    size = byte(b)
    need(b, size)
    put_text(b, b.value(o.LoadBytes, at=0, size=size), size, storage="binary")
    put_text(b, b.value(o.LoadBytes, at=0, size=size, hex=True), b.value(o.Let, how="mul", a=size, b=2))


@samples.of(*RECORDS, size=16)
def text_into_columns_of_bytes(b: Builder) -> None:
    """A column of bytes holds a text's bytes as they are, in no other charset; one of validity alone, whether it is there."""
    need(b, 16)
    for name in ("cp037", "utf-16-be"):
        given: dict[str, Any] = {"trim": "both", "undecodable": "replace", "absent": b"\x00"}
        r = b.value(o.LoadText, at=0, size=16, charset=charset(b, name), **given)
        put_text(b, r, _room(name, "replace", 16), storage="binary")
        put(b, r, "none")


# --- marks -------------------------------------------------------------------------------------------------------------


def _line(b: Builder, size: R, length: R) -> None:
    given: dict[str, Any] = {"trim": "none", "undecodable": "replace"}
    put_text(
        b,
        b.value(o.LoadText, at=0, size=size, charset=charset(b, "latin-1"), **given),
        b.value(o.Let, how="mul", a=size, b=2),
    )
    skip(b, size)
    skip(b, length)


LINES = (
    b"one\ntwo\n".hex(),
    b"\n\n".hex(),
    b"one\r\ntwo\r\n".hex(),
    b"one\rtwo\n\r".hex(),
    b"no mark".hex(),
    "",
    (b"x" * 200 + b"\n" + b"y" * 70 + b"\r\n").hex(),
    b"one\n".hex(),
)


def _scans(b: Builder, *, require: bool, marks: tuple[bytes, ...], step: int) -> None:
    for _ in range(2):
        length = b.register()
        size = b.value(o.Scan, length=length, marks=marks, require=require, step=step, site=site(b))
        put(b, length, "u8")
        _line(b, size, length)


for _title, _require, _marks, _step in (
    ("one_mark", True, (b"\n",), 1),
    ("one_mark_or_the_rest", False, (b"\n",), 1),
    ("the_longest_of_several", True, (b"\r", b"\n", b"\r\n"), 1),
    ("several_or_the_rest", False, (b"\r\n", b"\n"), 1),
    ("two_bytes_at_even_places", False, (b"\n\n", b"e\n"), 2),
):
    samples.add(
        f"scan_{_title}",
        f"Up to a mark ({_title.replace('_', ' ')}), its length apart, and again behind it.",
        partial(_scans, require=_require, marks=_marks, step=_step),
        *LINES,
    )


@samples.of(b"label\x00rest".hex(), b"\x00".hex(), b"no end".hex(), "")
def remain_is_all_that_is_left(b: Builder) -> None:
    """What remains is proven to be there: no need is asked for."""
    length = b.register()
    size = b.value(o.Scan, length=length, marks=(b"\x00",), require=False)
    _line(b, size, length)
    rest = b.value(o.Remain)
    put(b, rest, "i32")
    put_text(b, b.value(o.LoadBytes, at=0, size=rest), rest, storage="binary")
