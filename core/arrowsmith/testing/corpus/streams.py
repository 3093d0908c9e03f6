"""Samples of bounds, movement, conditions and streams: where the cursor stands, and what is run."""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.testing.corpus.sample import Samples, byte, computed, need, put, put_text, site, skip

samples = Samples()


@samples.of("010203", "0102", "", "01020304")
def need_refuses_a_short_record(b: Builder) -> None:
    """A record that ends before its bytes is refused; one that is longer is not."""
    need(b, 3)
    for at in range(3):
        put(b, b.value(o.LoadInt, at=at, size=1), "i8")


@samples.of("02aabb", "00", "03aabb", "ffaabb", "80")
def need_of_a_register(b: Builder) -> None:
    """How many bytes are needed may be a value; a negative one refuses the record."""
    need(b, 1)
    n = b.value(o.LoadInt, at=0, size=1)
    skip(b, 1)
    need(b, n)
    skip(b, n)
    put(b, b.value(o.Tell), "i32")


@samples.of("0102030405", "01020304", "010203", "", "01")
def reach_reads_what_is_there(b: Builder) -> None:
    """Fields behind the record's early end are null."""
    first = b.value(o.Let, how="null")
    with b.inside(o.Reach, n=1):
        b.emit(o.LoadInt(out=first, at=0, size=1, encoding="unsigned"))
    put(b, first, "u8")
    with b.inside(o.Reach, n=4):
        put(b, b.value(o.LoadInt, at=1, size=3), "i32")
        skip(b, 4)
        with b.inside(o.Reach, n=1):
            put(b, b.value(o.LoadInt, at=0, size=1), "i8")
    with b.otherwise():
        put(b, b.value(o.Tell), "i8")


@samples.of("02010203", "00010203", "0301", "ff01", "09")
def reach_of_a_register(b: Builder) -> None:
    """How many bytes are reached for may be a value; a negative one is not there."""
    need(b, 1)
    n = b.value(o.LoadInt, at=0, size=1)
    skip(b, 1)
    with b.inside(o.Reach, n=n):
        put_text(b, b.value(o.LoadBytes, at=0, size=n), n, storage="binary")
    with b.otherwise():
        put(b, b.value(o.Remain), "i32")


@samples.of("0001", "00" * 4, "0501020304", "0401020304aa", "ff0102", "", "06aabbcc")
def skip_behind_the_end(b: Builder) -> None:
    """A cursor behind the end stands one byte behind it, however far the skip went; nothing is there, not even nothing."""
    need(b, 1)
    n = b.value(o.LoadInt, at=0, size=1)
    skip(b, 1)
    skip(b, n)
    put(b, b.value(o.Tell), "i32")
    put(b, b.value(o.Remain), "i32")
    put(b, b.value(o.Extent), "i32")
    with b.inside(o.Reach, n=0):
        put(b, b.value(o.Const, value=1.0), "f32")
    with b.otherwise():
        put(b, b.value(o.Const, value=2.0), "f32")
    need(b, 0)


@samples.of("04aabbccdd", "00", "05aabb", "80")
def at_a_place_and_back(b: Builder) -> None:
    """A block at another place of the stream, and then the cursor where it was; a place behind the end refuses the record."""
    need(b, 1)
    place = b.value(o.LoadInt, at=0, size=1)
    skip(b, 1)
    with b.inside(o.AtPlace, position=place, site=site(b)):
        put(b, b.value(o.Tell), "i32")
        with b.inside(o.Reach, n=1):
            put(b, b.value(o.LoadInt, at=0, size=1), "i8")
    put(b, b.value(o.Tell), "i32")
    with b.inside(o.AtPlace, position=0):
        byte(b, level=0)


@samples.of("0301020304", "0001", "05010203", "ff01", "02010203")
def within_is_a_stream_of_its_own(b: Builder) -> None:
    """What is inside ends where it ends, counts from its own start, and the cursor then stands behind it, whatever was read."""
    need(b, 1)
    n = b.value(o.LoadInt, at=0, size=1)
    skip(b, 1)
    with b.inside(o.Within, n=n, site=site(b)):
        put(b, b.value(o.Extent), "i32")
        put(b, b.value(o.Extent, root=True), "i32")
        with b.inside(o.Reach, n=2):
            put(b, b.value(o.LoadInt, at=0, size=2), "i16")
            skip(b, 2)
        put(b, b.value(o.Remain), "i32")
        put(b, b.value(o.Tell), "i32")
        with b.inside(o.AtPlace, position=1, root=True, site=site(b)):
            rest = b.value(o.Remain)
            put_text(b, b.value(o.LoadBytes, at=0, size=rest), rest, storage="binary")
    put(b, b.value(o.Tell), "i32")


@samples.of("0405aabbcc01", "04020a0b0c", "030102", "0201aa")
def within_in_within(b: Builder) -> None:
    """A part in a part: the inner one must fit the outer."""
    outer = byte(b)
    with b.inside(o.Within, n=outer, site=site(b)):
        inner = byte(b, level=0)
        with b.inside(o.Within, n=inner, site=site(b)):
            rest = b.value(o.Remain)
            put_text(b, b.value(o.LoadBytes, at=0, size=rest, hex=True), b.value(o.Let, how="mul", a=rest, b=2))
        put(b, b.value(o.Remain), "i32")
    put(b, b.value(o.Remain), "i32")


@samples.of("0102", "00", "0003", "ff02", "01")
def if_takes_one_of_two_ways(b: Builder) -> None:
    """One way or the other; what is not taken leaves its columns null; null is no truth."""
    need(b, 1)
    test = b.value(o.LoadInt, at=0, size=1, absent=b"\xff")
    skip(b, 1)
    with b.inside(o.If, test=test):
        byte(b, level=0)
    with b.otherwise():
        computed(b, b.value(o.Const, value="no"))
    put(b, b.value(o.Tell), "i8")


@samples.of("0061", "01c1c2", "02", "05c8", "0a00", "ff", "40aa", "0141")
def switch_chooses_by_value(b: Builder) -> None:
    """The case that lists the value, else the default; null takes the default; texts of arms not taken are empty and null."""
    need(b, 1)
    value = b.value(o.LoadInt, at=0, size=1, encoding="unsigned", absent=b"\x40")
    skip(b, 1)
    with b.block() as one:
        need(b, 1)
        put_text(b, b.value(o.LoadBytes, at=0, size=1, hex=True), 2)
        skip(b, 1)
    with b.block() as two:
        need(b, 2)
        put(b, b.value(o.LoadInt, at=0, size=2), "i16")
        skip(b, 2)
    with b.block() as nothing:
        pass
    with b.block() as refused:
        b.emit(o.FailNow(site=site(b)))
    with b.block() as default:
        put(b, b.value(o.Remain), "i32")
    cases = (
        ((0, 5), o.Block(one)),
        ((1,), o.Block(two)),
        ((2, 3, 4), o.Block(nothing)),
        ((255, 254), o.Block(refused)),
    )
    b.emit(o.Switch(value=value, cases=cases, default=o.Block(default)))
    put(b, b.value(o.Tell), "i8")


@samples.of("8000000000000000", "ffffffffffffffff", "0000000000000000", "7fffffffffffffff", size=8)
def switch_of_64_bits(b: Builder) -> None:
    """Cases at the borders of 64 bits, with and without a sign."""
    need(b, 8)
    for encoding, listed in (("twos", (-(2**63), -1, 0)), ("unsigned", (2**63, 2**64 - 1, 0))):
        value = b.value(o.LoadInt, at=0, size=8, encoding=encoding)
        made = []
        for number, case in enumerate(listed):
            with b.block() as ops:
                put(b, b.value(o.Let, how="copy", a=number), "i8")
            made.append(((case,), o.Block(ops)))
        b.emit(o.Switch(value=value, cases=tuple(made)))


@samples.of(*(f"{n:02x}" for n in range(40)), size=1)
def switch_of_thirty_arms(b: Builder) -> None:
    """Many cases, each with a column of its own."""
    need(b, 1)
    value = b.value(o.LoadInt, at=0, size=1)
    made = []
    for case in range(30):
        with b.block() as ops:
            put(b, value, "i32")
        made.append(((case,), o.Block(ops)))
    b.emit(o.Switch(value=value, cases=tuple(made)))


@samples.of("00", "01", size=1)
def fail_refuses_the_record(b: Builder) -> None:
    """A record that is not known is refused."""
    need(b, 1)
    with b.inside(o.If, test=b.value(o.LoadInt, at=0, size=1)):
        b.emit(o.FailNow(site=site(b)))


@samples.of("00", "0102", "ff", "")
def mark_makes_a_struct_there(b: Builder) -> None:
    """An optional struct is valid where it was marked."""
    present = b.column(0, "none", ("part",))
    with b.inside(o.Reach, n=2):
        b.emit(o.Mark(column=present))
        put(b, b.value(o.LoadInt, at=0, size=2), "i16")


@samples.of("00" * 64, "ff" * 64, "f1" * 64, "40" * 64, size=64)
def many_columns_of_one_record(b: Builder) -> None:
    """Sixty-four columns of all widths, read from one place and the next."""
    need(b, 64)
    for at in range(64):
        size = min(at % 8 + 1, 64 - at)
        put(
            b,
            b.value(o.LoadInt, at=at, size=size, order="little"),
            ("i8", "i16", "i32", "i32", "i64")[min(size - 1, 4)],
        )


@samples.of("0c", "1d", "0c", "ff", "00", "9f", size=1)
def null_dispositions_are_logged_in_any_number(b: Builder) -> None:
    """Every op that stores null for what it refuses is logged with its site, tolerant or not; a full log ends the run before the record."""
    need(b, 1)
    for number in range(5):
        at = site(b, tolerant=number == 3)
        put(b, b.value(o.Unpack, at=0, size=1, digits=1, fail="null", site=at), "i8")
