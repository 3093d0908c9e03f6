"""Samples of registers: arithmetic, comparisons, dates, labels, parameters, what is required."""

from __future__ import annotations

from functools import partial

from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.testing.corpus.sample import Samples, byte, need, put, put_text, site, skip

samples = Samples()

#: pairs of 64-bit integers: small, large, of either sign, at the borders, shifts, zero divisors
PAIRS = tuple(
    f"{a % 2**64:016x}{b % 2**64:016x}"
    for a, b in (
        (0, 0), (1, 2), (7, 3), (-7, 3), (7, -3), (-7, -3), (2**63 - 1, 1), (-(2**63), 1), (-(2**63), -1), (2**63 - 1, 2**63 - 1),
        (5, 0), (0, 5), (-1, 63), (1, 63), (1, 64), (1, -1), (2**40, 2**40), (12345678901234, 5), (-2, 1), (3, 3), (2**53 + 1, 2),
    )
)  # fmt: skip

_INTEGERS = tuple(
    how for how, operands in o.LET.items() if how not in ("null", "copy", "else", "present", "float", "trunc", "tens")
)


def _let(b: Builder, *, how: str) -> None:
    need(b, 16)
    x, y = (b.value(o.LoadInt, at=at, size=8) for at in (0, 8))
    arity = o.LET[how]
    put(b, b.value(o.Let, how=how, a=x, b=y if arity == 2 else 0, site=site(b)), "i64")
    if arity == 2:
        put(b, b.value(o.Let, how=how, a=x, b=3, site=site(b)), "i64")
        put(b, b.value(o.Let, how=how, a=-1000, b=y, site=site(b)), "i64")
    else:
        put(b, b.value(o.Let, how=how, a=-5), "i64")


for _how in _INTEGERS:
    samples.add(
        f"let_{_how}",
        f"`let {_how}` of integers, of registers and of literals.",
        partial(_let, how=_how),
        *PAIRS,
        size=16,
    )


@samples.of(*PAIRS, "80" + "00" * 15, "ff" * 16, size=16)
def let_of_wider_integers_traps_where_they_do_not_fit(b: Builder) -> None:
    """Operands of 64 bits without a sign, and of 128, count as i64; where they are none the record is refused."""
    need(b, 16)
    u = b.value(o.LoadInt, at=0, size=8, encoding="unsigned")
    put(b, u, "u64")
    put(b, b.value(o.Let, how="float", a=u), "f64")
    put(b, b.value(o.Let, how="add", a=u, b=1, site=site(b)), "i64")
    wide = b.value(o.LoadInt, at=0, size=9)
    put(b, b.value(o.Let, how="sub", a=wide, b=u, site=site(b)), "i64")


@samples.of(*PAIRS, "40" * 16, "40" * 8 + "00" * 8, "00" * 8 + "40" * 8, size=16)
def let_of_null_is_null(b: Builder) -> None:
    """A null operand gives null before anything traps; `else`, `present`, `copy` and `null` know it."""
    need(b, 16)
    x, y = (b.value(o.LoadInt, at=at, size=8, absent=b"\x40") for at in (0, 8))
    for how in ("add", "div", "shl", "eq", "min"):
        safe = b.value(o.Let, how="and", a=y, b=31)
        put(b, b.value(o.Let, how=how, a=x, b=b.value(o.Let, how="or", a=safe, b=1)), "i64")
    put(b, b.value(o.Let, how="not", a=x), "bool")
    put(b, b.value(o.Let, how="present", a=x), "bool")
    put(b, b.value(o.Let, how="else", a=x, b=y), "i64")
    put(b, b.value(o.Let, how="else", a=x, b=-12), "i64")
    put(b, b.value(o.Let, how="copy", a=y), "i64")
    put(b, b.value(o.Let, how="copy", a=7), "i64")
    put(b, b.value(o.Let, how="null"), "i64")


#: pairs of doubles: numbers, zeros of both signs, infinities, a NaN, what does not fit an integer
DOUBLES = tuple(
    x + y
    for x, y in (
        ("3ff0000000000000", "4000000000000000"), ("bff0000000000000", "3fd5555555555555"), ("0000000000000000", "8000000000000000"),
        ("8000000000000000", "0000000000000000"), ("7ff0000000000000", "3ff0000000000000"), ("7ff0000000000000", "fff0000000000000"),
        ("7ff8000000000001", "3ff0000000000000"), ("3ff0000000000000", "fff8000000000001"), ("43e0000000000000", "c3e0000000000000"),
        ("c3e0000000000000", "c3e0000000000001"), ("43dfffffffffffff", "3fe0000000000000"), ("7fefffffffffffff", "7fefffffffffffff"),
        ("0000000000000001", "4000000000000000"), ("c00c000000000000", "400c000000000000"), ("7ff0000000000001", "0000000000000001"),
    )
)  # fmt: skip


@samples.of(*DOUBLES, size=16)
def let_of_floats(b: Builder) -> None:
    """Arithmetic and comparisons of doubles; one NaN stands for all; an integer literal may be the other operand."""
    need(b, 16)
    x, y = (b.value(o.LoadFloat, at=at, kind="ieee64") for at in (0, 8))
    for how in ("neg", "abs"):
        put(b, b.value(o.Let, how=how, a=x), "f64")
    for how in ("add", "sub", "mul", "min", "max"):
        put(b, b.value(o.Let, how=how, a=x, b=y), "f64")
        put(b, b.value(o.Let, how=how, a=x, b=3), "f64")
        put(b, b.value(o.Let, how=how, a=-2, b=y), "f32")
    for how in ("eq", "ne", "lt", "le", "gt", "ge"):
        put(b, b.value(o.Let, how=how, a=x, b=y), "bool")
        put(b, b.value(o.Let, how=how, a=x, b=1), "bool")


@samples.of(*DOUBLES, "c01c000000000000" + "4000000000000000", "401c000000000000" + "c000000000000000", size=16)
def let_mod_of_floats(b: Builder) -> None:
    """What is left of a division of doubles has the sign of the divisor; by zero of either sign the record is refused."""
    need(b, 16)
    x, y = (b.value(o.LoadFloat, at=at, kind="ieee64") for at in (0, 8))
    put(b, b.value(o.Let, how="mod", a=x, b=3), "f64")
    put(b, b.value(o.Let, how="mod", a=-2, b=y, site=site(b)), "f64")
    put(b, b.value(o.Let, how="mod", a=x, b=y, site=site(b)), "f64")


@samples.of(*DOUBLES, size=16)
def let_div_of_floats_traps_by_zero(b: Builder) -> None:
    """A double divided by zero of either sign refuses the record."""
    need(b, 16)
    x, y = (b.value(o.LoadFloat, at=at, kind="ieee64") for at in (0, 8))
    put(b, b.value(o.Let, how="div", a=x, b=y, site=site(b)), "f64")
    put(b, b.value(o.Let, how="div", a=x, b=3), "f64")


@samples.of(*DOUBLES, size=16)
def let_trunc_traps_beyond_64_bits(b: Builder) -> None:
    """A double becomes the integer towards zero, and refuses the record where that is no i64; `float` goes back."""
    need(b, 16)
    x = b.value(o.LoadFloat, at=0, kind="ieee64")
    r = b.value(o.Let, how="trunc", a=x, site=site(b))
    put(b, r, "i64")
    put(b, b.value(o.Let, how="float", a=r), "f64")
    put(b, b.value(o.Let, how="float", a=41), "f64")
    put(b, b.value(o.Let, how="copy", a=x), "f64")


@samples.of("0000000000000000ffffffffffffffff", "7fffffffffffffff8000000000000000", "00" * 16, size=16)
def let_float_of_every_integer(b: Builder) -> None:
    """Integers of every kind become the nearest double, ties to even."""
    need(b, 16)
    for size, encoding in ((8, "twos"), (8, "unsigned"), (16, "twos")):
        put(b, b.value(o.Let, how="float", a=b.value(o.LoadInt, at=0, size=size, encoding=encoding)), "f64")


#: integers and powers of ten: exact, rounded, just between two doubles, at the borders of what there is
TENFOLD = tuple(
    f"{a % 2**64:016x}{b % 2**64:016x}"
    for a, b in (
        (0, 0), (0, 127), (1, 0), (-1, 22), (7, -1), (123456789, -3), (9999999999999999, 99), (-9999999999999999, -115), (2**53 + 1, 0),
        (2**53 + 3, 0), (2**63 - 1, 127), (-(2**63), -128), (-(2**63), 23), (9007199254740993, 1), (90071992547409925, -1), (5, 127),
        (45035996273704985, -1), (1, -128), (1, 128), (1, -129), (0, 2**40), (10**18, -18), (4503599627370497, -1), (3, 2**63 - 1),
    )
)  # fmt: skip


@samples.of(*TENFOLD, "40" * 16, "40" * 8 + "00" * 8, "00" * 8 + "40" * 8, size=16)
def let_tens_rounds_once(b: Builder) -> None:
    """An integer times a power of ten is the nearest double, ties to even; a power out of bounds refuses the record."""
    need(b, 16)
    x, y = (b.value(o.LoadInt, at=at, size=8, absent=b"\x40") for at in (0, 8))
    put(b, b.value(o.Let, how="tens", a=x, b=y, site=site(b)), "f64")
    put(b, b.value(o.Let, how="tens", a=x, b=-17), "f64")
    put(b, b.value(o.Let, how="tens", a=-45, b=b.value(o.Let, how="and", a=y, b=31), site=site(b)), "f64")


@samples.of("", "00")
def const_of_every_kind(b: Builder) -> None:
    """Literals: doubles, texts, bytes."""
    for number in (0.0, -0.0, 1.5, float("inf"), float("nan"), 1e-320):
        put(b, b.value(o.Const, value=number), "f64")
    for text in ("", "abc", "é€\U0001f600", "x" * 100):
        put_text(b, b.value(o.Const, value=text), len(text.encode()))
    for data in (b"", b"\x00\xff"):
        put_text(b, b.value(o.Const, value=data), len(data), storage="binary")


@samples.of(*(f"{n:02x}" for n in (0, 1, 2, 5, 0x40, 0xFF)), size=1)
def label_or_the_digits(b: Builder) -> None:
    """An integer's label, which may be empty; its digits where it has none; null of null."""
    need(b, 1)
    labels = ((0, ""), (1, "one"), (2, "zwölf €"), (-1, "minus one"), (2**63 - 1, "last"))
    for encoding in ("unsigned", "twos"):
        r = b.value(o.LoadInt, at=0, size=1, encoding=encoding, absent=b"\x40")
        put_text(b, b.value(o.Label, a=r, labels=labels), 20)


@samples.of("0" * 16, "f" * 16, "7f" + "f" * 14, size=8)
def label_of_an_unsigned(b: Builder) -> None:
    """The digits of an integer without a sign."""
    need(b, 8)
    r = b.value(o.LoadInt, at=0, size=8, encoding="unsigned")
    put_text(b, b.value(o.Label, a=r, labels=((0, "none"), (2**64 - 1, "all"))), 20)


DATES = (
    "07e80229", "07e70229", "076c021d", "07d0021d", "0001011f", "270f0c1f",
    "00000101", "27100101", "07e80d01", "07e80100", "07b20101", "07e8041f",
)  # fmt: skip


@samples.of(*DATES, size=4)
def date_of_year_month_day(b: Builder) -> None:
    """Days since 1970 of the Gregorian calendar; an impossible date is null, and logged."""
    need(b, 4)
    year = b.value(o.LoadInt, at=0, size=2, encoding="unsigned")
    month, day = (b.value(o.LoadInt, at=at, size=1, encoding="unsigned") for at in (2, 3))
    put(b, b.value(o.Date, year=year, month=month, day=day, fail="null", site=site(b)), "i32")
    put(b, b.value(o.Date, year=year, month=-1, day=day, fail="null", site=site(b)), "i32")
    put(b, b.value(o.Date, year=year, month=2, day=29, fail="null", site=site(b)), "i64")


@samples.of("07e80001", "07e8016e", "07e7016e", "07e8016f", "07e80000", size=4)
def date_of_the_day_of_the_year(b: Builder) -> None:
    """A year and the number of its day; one that the year does not have refuses the record."""
    need(b, 4)
    year, day = (b.value(o.LoadInt, at=at, size=2, encoding="unsigned") for at in (0, 2))
    put(b, b.value(o.Date, year=year, month=-1, day=day, site=site(b)), "i32")


@samples.of("00", "01", "40", "09", size=1)
def require_refuses_the_record_or_one_value(b: Builder) -> None:
    """A condition that does not hold makes a value null, or refuses the record; one that is null holds."""
    need(b, 1)
    r = b.value(o.LoadInt, at=0, size=1, absent=b"\x40")
    kept = b.value(o.Let, how="copy", a=r)
    b.emit(o.Require(test=b.value(o.Let, how="gt", a=r, b=0), what=kept, fail="null", site=site(b)))
    put(b, kept, "i8")
    b.emit(o.Require(test=b.value(o.Let, how="lt", a=r, b=9), site=site(b)))
    put(b, r, "i8")


@samples.of("01", "02", "03", size=1, parameters=(5, -1, 2**62))
def param_of_the_plan(b: Builder) -> None:
    """Parameters are the same for every record."""
    need(b, 1)
    for name in ("first", "second", "third"):
        r = b.value(o.GetParam, index=b.parameter(name))
        put(b, r, "i64")
    put(b, b.value(o.Let, how="add", a=r, b=b.value(o.LoadInt, at=0, size=1)), "i64")


@samples.of("01", "02", "03", carried=[[n, -n, 2**62 + n] for n in range(8)])
def carried_with_the_frame(b: Builder) -> None:
    """Values that the framer gave to each frame."""
    for index in (0, 7, 3):
        put(b, b.value(o.Carried, index=index), "i64")
    byte(b, level=0)


@samples.of("0102", "ff00", size=2, kind="header", parameters=(0, 0))
def header_puts_parameters(b: Builder) -> None:
    """A header's columns are the parameters."""
    need(b, 2)
    for at, name in enumerate(("order", "version")):
        b.parameter(name)
        column = b.column(0, "i64", (name,))
        b.emit(o.Put(column=column, a=b.value(o.LoadInt, at=at, size=1, encoding="unsigned")))
    skip(b, 2)
