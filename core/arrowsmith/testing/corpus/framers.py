"""Samples of framers: how records are found, what they carry, where one asks for more of the file."""

from __future__ import annotations

from functools import partial

from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.testing.corpus.sample import Samples, byte, need, site, skip

samples = Samples()


def _prefixed(b: Builder, *, given: tuple[int, o.Order, int, int]) -> None:
    width, order, adjustment, header = given
    need(b, header)
    size = b.value(o.LoadInt, at=0, size=width, order=order, encoding="unsigned" if width < 8 else "twos")
    n = b.value(o.Let, how="add", a=size, b=adjustment)
    skip(b, header)
    here = b.value(o.Tell)
    b.emit(o.Need(n=n, site=site(b)))
    b.emit(o.Frame(start=here, length=n))
    skip(b, n)


#: name, (bytes of the length, its order, what is added to it, bytes of the header), a file
LENGTHS: tuple[tuple[str, tuple[int, o.Order, int, int], str], ...] = (
    ("rdw", (2, "big", -4, 4), "00060000c1c200040000" + "00070000c1c2c3"),
    ("rdw_too_small", (2, "big", -4, 4), "00060000c1c2" + "00030000c1"),
    ("little_endian", (2, "little", 0, 2), "0300aabbcc0000" + "0100ff"),
    ("one_byte", (1, "big", 0, 1), "03aabbcc00" + "05aabb"),
    ("eight_bytes", (8, "big", 0, 8), "0000000000000002aabb" + "ff" * 8),
    ("four_bytes_and_more", (4, "little", 1, 4), "01000000aabb" + "ffffff7f"),
)

for _title, _given, _window in LENGTHS:
    samples.add(
        f"frames_behind_a_length_{_title}",
        f"A length before each record: {_title.replace('_', ' ')}.",
        partial(_prefixed, given=_given),
        _window,
        kind="framer",
    )


def _marked(b: Builder, *, marks: tuple[bytes, ...], require: bool, step: int) -> None:
    length = b.register()
    n = b.value(o.Scan, length=length, marks=marks, require=require, step=step, site=site(b))
    b.emit(o.Frame(start=0, length=n, kind=b.value(o.Let, how="gt", a=n, b=0), carried=(length,)))
    skip(b, n)
    skip(b, length)


for _title, _marks, _require, _step, _file in (
    ("lines", (b"\n",), False, 1, b"one\ntwo\n\nlast"),
    ("lines_of_either_kind", (b"\n", b"\r\n"), False, 1, b"one\r\ntwo\n\r\nlast\r"),
    ("lines_that_end", (b"\n",), True, 1, b"one\ntwo\nlast"),
    ("units_of_two", (b"\x00\n",), True, 2, "a\nbc\n\u0a00\n".encode("utf-16-be")),
):
    samples.add(
        f"frames_up_to_a_mark_{_title}",
        f"A mark behind each record: {_title.replace('_', ' ')}; empty ones are left out.",
        partial(_marked, marks=_marks, require=_require, step=_step),
        _file.hex(),
        kind="framer",
    )


@samples.of("0001aa02bbcc" + "05" + "00" * 9 + "07", kind="framer")
def frames_of_kinds(b: Builder) -> None:
    """A byte says which kind a record is, and so how long; one that is not known refuses the file from there."""
    need(b, 1)
    tag = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
    kind, n = b.register(), b.register()
    arms = []
    for value, size in ((0, 1), (1, 2), (2, 3), (5, 10)):
        with b.block() as ops:
            b.emit(o.Let(out=kind, how="copy", a=value))
            b.emit(o.Let(out=n, how="copy", a=size))
        arms.append(((value,), o.Block(ops)))
    with b.block() as other:
        b.emit(o.Let(out=kind, how="copy", a=0))
        b.emit(o.Let(out=n, how="copy", a=1))
        b.emit(o.FailNow(site=site(b)))
    b.emit(o.Switch(value=tag, cases=tuple(arms), default=o.Block(other)))
    need(b, n)
    b.emit(o.Frame(start=0, length=n, kind=kind))
    skip(b, n)


@samples.of("03aaaabbbbcccc" + "00" + "01ffff", kind="framer")
def frames_of_a_block(b: Builder) -> None:
    """One run yields the records of a block, each with its number and how many there are."""
    n = byte(b)
    with b.inside(o.Repeat, count=n, level=-1):
        here, number = b.value(o.Tell), b.value(o.GetIndex)
        need(b, 2)
        b.emit(o.Frame(start=here, length=2, carried=(number, n, -1, 2**40)))
        skip(b, 2)


@samples.of("000102", kind="framer")
def frames_that_stand_still(b: Builder) -> None:
    """A record of no bytes would be found for ever."""
    need(b, 1)
    n = b.value(o.LoadInt, at=0, size=1)
    b.emit(o.Frame(start=0, length=0, kind=b.value(o.Let, how="add", a=n, b=1)))
    more = b.value(o.Let, how="lt", a=n, b=1)
    skip(b, more)


@samples.of("02aabb01cc09", kind="framer", parameters=(1, 300))
def frames_by_parameters(b: Builder) -> None:
    """What the header said decides how records are found."""
    extra = b.value(o.GetParam, index=b.parameter("extra"))
    kind = b.value(o.GetParam, index=b.parameter("kind"))
    n = byte(b)
    whole = b.value(o.Let, how="add", a=n, b=extra)
    b.emit(o.Frame(start=0, length=whole, kind=b.value(o.Let, how="sub", a=kind, b=299)))
    skip(b, n)


@samples.of("01020304", "", kind="framer")
def frames_of_the_rest(b: Builder) -> None:
    """A record that takes all that is left has to see the file's end."""
    with b.inside(o.Reach, n=100):
        b.emit(o.FailNow(site=site(b)))
    rest = b.value(o.Remain)
    b.emit(o.Frame(start=0, length=b.value(o.Extent), kind=3, carried=(rest,)))
    skip(b, rest)


@samples.of("0210aabb" + "01ff" + "02", kind="framer")
def frames_around_parts(b: Builder) -> None:
    """Parts, places and loops without lists work in framers as elsewhere."""
    n = byte(b)
    with b.inside(o.Within, n=b.value(o.Let, how="add", a=n, b=1), site=site(b)), b.inside(o.Loop, level=-1):
        need(b, 1)
        skip(b, 1)
    with b.inside(o.AtPlace, position=0):
        kind = byte(b)
    b.emit(o.Frame(start=1, length=b.value(o.Let, how="add", a=n, b=1), kind=kind))
