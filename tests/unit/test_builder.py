"""The builder numbers things and nests blocks; what it makes is a Program like one written by hand."""

from __future__ import annotations

import pytest

from arrowsmith.charsets import known
from arrowsmith.errors import InternalError
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.text import parse_program


def test_numbers():
    """The same thing has the same number; another has the next."""
    b = Builder("T")

    assert [b.column(0, "i32", ("a",)), b.column(0, "i64", ("a",)), b.column(0, "i32", ("a",))] == [0, 1, 0]
    assert [b.level(0, ("x",)), b.level(0, ("y",)), b.level(0, ("x",))] == [1, 2, 1]
    assert [b.site("A"), b.site("A", tolerant=True), b.site("A")] == [0, 1, 0]
    assert [b.parameter("p"), b.parameter("q"), b.parameter("p")] == [0, 1, 0]
    assert [b.register(), b.register("text")] == [o.R(0), o.R(1)]


def test_values_have_the_kind_that_the_op_makes():
    """A register's kind comes from the op that writes it, and from its operands where they decide."""
    b = Builder("T")
    column = b.column(b.level(0, ("x",)), "dec128", ("x",))
    made = [
        b.value(o.LoadInt, at=0, size=8, encoding="unsigned"), b.value(o.LoadInt, at=0, size=9), b.value(o.LoadInt, at=0, size=4),
        b.value(o.Unpack, at=0, size=10, digits=19), b.value(o.LoadFloat, at=0, kind="ibm32"), b.value(o.Const, value="x"),
        b.value(o.Const, value=1.0), b.value(o.Fetch, column=column, index=0), b.value(o.Let, how="null", of="text"),
    ]  # fmt: skip
    kinds = [b.registers[r.n] for r in made]
    assert kinds == ["u64", "i128", "i64", "i128", "f64", "text", "f64", "i128", "text"]
    wide, number, text = made[0], made[6], made[5]
    lets = [
        ("copy", wide, 0),
        ("add", wide, 1),
        ("add", number, 1),
        ("eq", number, 1),
        ("trunc", number, 0),
        ("else", text, text),
        ("float", 3, 0),
    ]
    assert [b.registers[b.value(o.Let, how=how, a=a, b=c).n] for how, a, c in lets] == [
        "u64",
        "i64",
        "f64",
        "i64",
        "i64",
        "text",
        "f64",
    ]


def test_a_program():
    """Blocks nest by `with`; the result is what its text says, verified."""
    b = Builder("ORDER")
    b.emit(o.Need(n=3))
    count = b.value(o.LoadInt, at=0, size=1, encoding="unsigned", site=b.site("ORDER.COUNT"))
    name = b.value(o.LoadText, at=1, size=2, charset=b.charset(known("cp037")))
    column = b.column(0, "utf8", ("name",))
    b.emit(o.RoomData(column=column, n=4))
    b.emit(o.Put(column=column, a=name))
    b.emit(o.Skip(n=3))
    level = b.level(0, ("items",))
    b.emit(o.Room(level=level, n=count))
    with b.inside(o.Repeat, count=count, level=level):
        with b.inside(o.Reach, n=1):
            b.emit(o.Put(column=b.column(level, "i8", ("items",)), a=b.value(o.LoadInt, at=0, size=1)))
        with b.otherwise():
            b.emit(o.FailNow())
        b.emit(o.Skip(n=1))

    assert b.verified() == parse_program(
        """
        program ORDER table {
          charset cp037
          level l1 l0 items
          column c0 l0 utf8 name
          column c1 l1 i8 items
          registers i64 text i64
          site @0 path="ORDER.COUNT"
          do {
            need 3
            r0 = load.int +0 size=1 encoding=unsigned @0
            r1 = text +1 2 charset=cp037
            room.data c0 4
            put c0 r1
            skip 3
            room l1 r0
            repeat r0 l1 {
              reach 1 {
                r2 = load.int +0 size=1
                put c1 r2
              } else {
                fail
              }
              skip 1
            }
          }
        }
        """
    )


def test_verified_refuses():
    """`program` gives what was built; `verified` only what keeps the invariants."""
    b = Builder("T")
    b.value(o.LoadInt, at=0, size=1)

    assert b.program().body
    with pytest.raises(InternalError, match="no need before it"):
        b.verified()
