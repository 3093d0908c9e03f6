"""Samples of lists: repeats, loops, levels, fetches, and the room they ask for."""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.ops import R
from arrowsmith.testing.corpus.sample import Samples, byte, need, put, put_text, site, skip
from arrowsmith.testing.corpus.texts import charset

samples = Samples()


@samples.of("010203040506", "ffffffffffff", "0102", size=0)
def repeat_of_a_constant_count(b: Builder) -> None:
    """Three elements of two bytes: one need and one room for all of them."""
    level = b.level(0, ("items",))
    need(b, 6)
    b.emit(o.Room(level=level, n=3))
    with b.inside(o.Repeat, count=3, level=level):
        put(b, b.value(o.LoadInt, at=0, size=2), "i16", level=level)
        put(b, b.value(o.GetIndex), "i8", level=level)
        skip(b, 2)


@samples.of("03aabbccdd", "00", "04aabb", "80", "ff" + "11" * 200, "7f" + "22" * 127)
def repeat_of_a_count_in_the_data(b: Builder) -> None:
    """The count is read before; negative and null are none; room is asked for an element at a time, or for all."""
    need(b, 1)
    n = b.value(o.LoadInt, at=0, size=1, absent=b"\xff")
    skip(b, 1)
    level = b.level(0, ("items",))
    again = b.level(0, ("again",))
    b.emit(o.Room(level=again, n=n))
    with b.inside(o.AtPlace, position=1), b.inside(o.Repeat, count=n, level=again):
        put(b, b.value(o.GetIndex), "u8", level=again)
    with b.inside(o.Repeat, count=n, level=level):
        b.emit(o.Room(level=level, n=1))
        byte(b, level=level)


@samples.of("02010002aabb0100ff", "00", "0100", "020101", "03000000ee")
def repeat_in_repeat(b: Builder) -> None:
    """Lists of lists; an outer element may have none."""
    outer = b.level(0, ("outer",))
    inner = b.level(outer, ("outer", "inner"))
    n = byte(b)
    b.emit(o.Room(level=outer, n=n))
    with b.inside(o.Repeat, count=n, level=outer):
        m = byte(b, level=outer)
        with b.inside(o.Repeat, count=m, level=inner):
            b.emit(o.Room(level=inner, n=1))
            byte(b, level=inner)
            put(b, b.value(o.GetIndex), "i8", level=inner)
            put(b, b.value(o.GetIndex, up=1), "i8", level=inner)
    rest = b.value(o.Remain)
    put(b, rest, "i32")


@samples.of("0201c102c2c3", "0100", "00", "0205", "0303c1c2c300ffff", "02" + "40" + "c1" * 64 + "01c2")
def repeat_of_texts(b: Builder) -> None:
    """Texts of sizes of their own in a list."""
    level = b.level(0, ("names",))
    n = byte(b)
    b.emit(o.Room(level=level, n=n))
    with b.inside(o.Repeat, count=n, level=level):
        size = byte(b)
        need(b, size)
        r = b.value(o.LoadText, at=0, size=size, charset=charset(b, "cp037"), trim="right", undecodable="replace")
        room = b.value(o.Let, how="mul", a=size, b=2)
        put_text(b, r, room, level=level)
        skip(b, size)


@samples.of("02aaaabbbbcc", "00ee", "03aaaa", "01aaaa")
def repeat_with_a_stride(b: Builder) -> None:
    """An element begins so many bytes behind the one before it, whatever was read."""
    level = b.level(0, ("items",))
    n = byte(b)
    b.emit(o.Room(level=level, n=n))
    need(b, b.value(o.Let, how="mul", a=n, b=2))
    with b.inside(o.Repeat, count=n, level=level, stride=2):
        put(b, b.value(o.LoadInt, at=0, size=1), "i8", level=level)
    put(b, b.value(o.Tell), "i32")
    put(b, b.value(o.Remain), "i32")


@samples.of("03aabbccdd", "00", "02aa")
def repeat_without_a_list(b: Builder) -> None:
    """A loop that opens no slots: it counts, and moves the cursor."""
    n = byte(b)
    total = b.value(o.Let, how="copy", a=0)
    with b.inside(o.Repeat, count=n, level=-1):
        need(b, 1)
        r = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
        b.emit(o.Let(out=total, how="add", a=total, b=r))
        skip(b, 1)
    put(b, total, "i64")
    put(b, b.value(o.Tell), "i32")


@samples.of("0000000000000000", "7fffffffffffffff", "0000000080000000", "000000007fffffbf", "8000000000000000", size=8)
def repeat_of_too_many(b: Builder) -> None:
    """A count that no batch can hold refuses the record, before any room is asked for."""
    need(b, 8)
    n = b.value(o.LoadInt, at=0, size=8)
    level = b.level(0, ("items",))
    small = b.value(o.Let, how="and", a=n, b=-(2**31))
    b.emit(o.Room(level=level, n=small, site=site(b)))
    with b.inside(o.Repeat, count=small, level=level, site=site(b)):
        put(b, b.value(o.GetIndex), "i8", level=level)


@samples.of("010203", "", "ff" * 40)
def loop_to_the_end(b: Builder) -> None:
    """Elements as long as there are bytes."""
    level = b.level(0, ("items",))
    with b.inside(o.Loop, level=level):
        b.emit(o.Room(level=level, n=1))
        byte(b, level=level)


@samples.of("0102", "01", "0002", "")
def loop_of_elements_that_do_not_fit(b: Builder) -> None:
    """The last element is cut short: the record is refused."""
    level = b.level(0, ("items",))
    with b.inside(o.Loop, level=level):
        b.emit(o.Room(level=level, n=1))
        need(b, 2)
        put(b, b.value(o.LoadInt, at=0, size=2), "i16", level=level)
        skip(b, 2)


@samples.of("0300aabb00", "00", "0102", "aa", "02ff00ffff")
def loop_until_a_condition(b: Builder) -> None:
    """Elements until one says that it is the last, whatever bytes are left; without it the record is refused."""
    level = b.level(0, ("items",))
    last = b.register()
    with b.inside(o.Loop, level=level, stop=last):
        b.emit(o.Room(level=level, n=1))
        r = byte(b, level=level)
        b.emit(o.Let(out=last, how="eq", a=r, b=0))
    put(b, b.value(o.Remain), "i32")


@samples.of("01", "0001", "000001", "000000", "")
def loop_that_stands_still(b: Builder) -> None:
    """An element that takes no bytes would repeat for ever: the record is refused, unless the condition ends the loop there."""
    level = b.level(0, ("items",))
    last = b.register()
    with b.inside(o.Loop, level=level, stop=last, site=site(b)):
        b.emit(o.Room(level=level, n=1))
        need(b, 1)
        n = b.value(o.LoadInt, at=0, size=1)
        put(b, n, "i8", level=level)
        b.emit(o.Let(out=last, how="ne", a=n, b=0))
        more = b.value(o.Remain)
        with b.inside(o.If, test=b.value(o.Let, how="gt", a=more, b=1)):
            skip(b, 1)


@samples.of("0104", "0108", "0100", "010001", "0101", "0004", "0000", "01", "010000000080", "")
def loop_of_bits(b: Builder) -> None:
    """Elements of one bit move the cursor at every eighth; where they never do, the eighth is refused, unless the condition ends the
    loop before."""
    moving = byte(b)
    level = b.level(0, ("bits",))
    stop = b.register()
    with b.inside(o.Loop, level=level, stop=stop, bitwise=True, site=site(b)):
        b.emit(o.Room(level=level, n=1))
        need(b, 1)
        value = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
        number = b.value(o.Let, how="and", a=b.value(o.GetIndex, up=0), b=7)
        b.emit(o.Let(out=stop, how="and", a=b.value(o.Let, how="shr", a=value, b=number), b=1))
        put(b, stop, "bool", level=level)
        last = b.value(o.Let, how="eq", a=number, b=7)
        skip(b, b.value(o.Let, how="and", a=last, b=moving))
    put(b, b.value(o.Tell), "i32")


@samples.of("04010203ff", "0001", "05010203", "03010203")
def loop_within_a_part(b: Builder) -> None:
    """Elements to the end of the part around them."""
    level = b.level(0, ("items",))
    n = byte(b)
    with b.inside(o.Within, n=n, site=site(b)), b.inside(o.Loop, level=level):
        b.emit(o.Room(level=level, n=1))
        byte(b, level=level)
    put(b, b.value(o.Remain), "i32")


def _list_of(b: Builder, storages: dict[str, tuple[int, str]], count: int) -> tuple[int, dict[str, int]]:
    """A list with a column for each storage, of *count* elements of eight bytes."""
    level = b.level(0, ("items",))
    columns: dict[str, int] = {}
    need(b, 8 * count)
    b.emit(o.Room(level=level, n=count))
    with b.inside(o.Repeat, count=count, level=level):
        for storage, (size, encoding) in storages.items():
            r: R
            if storage in ("utf8", "binary"):
                r = b.value(o.LoadBytes, at=0, size=4, hex=storage == "utf8", pad=b"\x00")
                columns[storage] = put_text(b, r, 8, storage=storage, level=level)  # type: ignore[arg-type]  # one of the two
                continue
            if storage in ("f32", "f64"):
                r = b.value(o.LoadFloat, at=0, kind="ieee64", absent=b"\x40")
            else:
                r = b.value(o.LoadInt, at=0, size=size, encoding=encoding, absent=b"\x40")
            columns[storage] = put(b, r, storage, level=level)  # type: ignore[arg-type]  # a storage
        skip(b, 8)
    return level, columns


FETCHED = {
    "i8": (1, "twos"), "i16": (2, "twos"), "i32": (4, "twos"), "i64": (8, "twos"), "u8": (1, "unsigned"), "u16": (2, "unsigned"),
    "u32": (4, "unsigned"), "u64": (8, "unsigned"), "bool": (1, "twos"), "dec128": (8, "twos"), "f32": (8, ""), "f64": (8, ""),
    "utf8": (4, ""), "binary": (4, ""),
}  # fmt: skip


@samples.of(
    "0000000000000001" "fedcba9876543210" "00", "8000000000000000" "3ff8000000000000" "01", "40" * 8 + "00" * 8 + "00",
    "00" * 16 + "02", "00" * 16 + "ff", "00" * 16 + "40",
)  # fmt: skip
def fetch_from_columns_of_every_storage(b: Builder) -> None:
    """What the record put into a list is read again by number; a null index gives null, one outside refuses the record."""
    _, columns = _list_of(b, FETCHED, 2)
    need(b, 1)
    index = b.value(o.LoadInt, at=0, size=1, absent=b"\x40")
    for storage, column in columns.items():
        r = b.value(o.Fetch, column=column, index=index, site=site(b))
        if storage in ("utf8", "binary"):
            put_text(b, r, b.value(o.TextLet, how="room", a=r), storage=storage)  # type: ignore[arg-type]  # one of the two
        else:
            put(b, r, storage)  # type: ignore[arg-type]  # what it was


@samples.of("0305060702", "03050607ff", "0305060703", "0000", "0105")
def fetch_from_scratch(b: Builder) -> None:
    """A column that is decoded to be fetched, and is no part of the output."""
    level = b.level(0, ("sizes",))
    n = byte(b)
    b.emit(o.Room(level=level, n=n))
    column = b.column(level, "u8", ("sizes",), scratch=True)
    with b.inside(o.Repeat, count=n, level=level):
        need(b, 1)
        b.emit(o.Put(column=column, a=b.value(o.LoadInt, at=0, size=1, encoding="unsigned")))
        skip(b, 1)
    index = byte(b)
    put(b, b.value(o.Fetch, column=column, index=index, site=site(b)), "i64")


@samples.of("0301020304", "00", "01ff", "04010203")
def fetch_of_the_element_before(b: Builder) -> None:
    """Inside its list only finished slots can be fetched: not the one that is being read."""
    level = b.level(0, ("items",))
    n = byte(b)
    b.emit(o.Room(level=level, n=n))
    column = b.column(level, "i64", ("items", "value"))
    total = b.column(level, "i64", ("items", "before"))
    with b.inside(o.Repeat, count=n, level=level):
        need(b, 1)
        b.emit(o.Put(column=column, a=b.value(o.LoadInt, at=0, size=1)))
        skip(b, 1)
        number = b.value(o.GetIndex)
        with b.inside(o.If, test=number):
            index = b.value(o.Let, how="sub", a=number, b=1)
            b.emit(o.Put(column=total, a=b.value(o.Fetch, column=column, index=index)))
    at = b.value(o.Let, how="copy", a=n)
    with b.inside(o.If, test=b.value(o.Let, how="eq", a=n, b=1)):
        put(b, b.value(o.Fetch, column=column, index=at, site=site(b)), "i64")


@samples.of("01aa02bbcc", "00", "01aa", "03aabb")
def elements_of_several_kinds(b: Builder) -> None:
    """Each element takes one of two ways; columns of the other are null in its slot."""
    level = b.level(0, ("items",))
    with b.inside(o.Loop, level=level):
        b.emit(o.Room(level=level, n=1))
        kind = byte(b, level=level)
        with b.block() as one:
            byte(b, level=level)
        with b.block() as two:
            need(b, 2)
            put_text(b, b.value(o.LoadBytes, at=0, size=2), 2, storage="binary", level=level)
            skip(b, 2)
        b.emit(o.Switch(value=kind, cases=(((1,), o.Block(one)), ((2,), o.Block(two)))))


@samples.of("0c1d2cff3c", "ff" * 5, "0c" * 5, size=5)
def lists_of_what_is_refused(b: Builder) -> None:
    """Elements that are refused are null, each logged with its record."""
    level = b.level(0, ("items",))
    need(b, 5)
    b.emit(o.Room(level=level, n=5))
    at = site(b)
    with b.inside(o.Repeat, count=5, level=level):
        put(b, b.value(o.Unpack, at=0, size=1, digits=1, fail="null", site=at), "i8", level=level)
        skip(b, 1)


@samples.of(*("0102030405060708" * 2,) * 3, "ff" * 16, size=16)
def lists_in_strips(b: Builder) -> None:
    """A strip holds lists of constant counts, and the next one begins where it ended."""
    need(b, 16)
    for part in range(2):
        level = b.level(0, (f"part{part}",))
        with b.inside(o.Strip):
            b.emit(o.Room(level=level, n=4))
            with b.inside(o.Repeat, count=4, level=level):
                put(b, b.value(o.LoadInt, at=0, size=2), "i16", level=level)
                b.emit(o.Skip(n=2))
