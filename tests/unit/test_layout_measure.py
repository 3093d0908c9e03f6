"""`measure`: how many bytes nodes take, where they stand, and why a size is not static."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.layout.measure import Extent, constant, measure, places, static_offset, type_extent, why_dynamic
from arrowsmith.layout.nodes import Field, Layout, Node, Padding, Record
from arrowsmith.layout.text import parse_expr, parse_node, parse_type
from arrowsmith.layout.types import Integer
from arrowsmith.testing.strategies import layouts, sound_layouts

BYTE = "field integer(bits=8)"


def node(text: str) -> Node:
    parsed = parse_node(text)
    assert not isinstance(parsed, Record)
    return parsed


def record(*lines: str) -> Record:
    parsed = parse_node("record R\n" + "".join(f"  {line}\n" for text in lines for line in text.splitlines()))
    assert isinstance(parsed, Record)
    return parsed


@pytest.mark.parametrize(
    ("text", "extent"),
    [
        ("integer(bits=24)", Extent(3, 3)),
        ("bits(width=3, shift=0, size=2)", Extent(0, 0)),
        ("bits(width=3, shift=0, size=2, advance=true)", Extent(2, 2)),
        ("boolean(base=bits(width=1, shift=0, size=1))", Extent(0, 0)),
        ("enumeration(base=bits(width=2, shift=0, size=1, advance=true), labels=())", Extent(1, 1)),
        ("float(kind=mil48)", Extent(6, 6)),
        ("packed(size=5, digits=9)", Extent(5, 5)),
        ("zoned(size=7, digits=7)", Extent(7, 7)),
        ("text(size=4)", Extent(4, 4)),
        ("text(size=4, partial=true)", Extent(4, 4)),
        ('text(size=4, terminator=x"00")', Extent(4, 4)),
        ("text(size=const(4))", Extent(4, 4)),
        ("text(size=add(2, 3))", Extent(5, 5)),
        ('text(size=ref("N"))', Extent(0, None)),
        ("text(size=none)", Extent(0, None)),
        ('bytes(size=none, terminator=x"0d0a")', Extent(2, None)),
        ('bytes(size=none, terminator=x"0d0a", require=false)', Extent(0, None)),
        ('bytes(size=none, terminator=x"0d0a", consume=false)', Extent(0, None)),
        ("moment(base=integer(bits=32))", Extent(4, 4)),
        ('datepattern(base=text(size=8), pattern="yyyyMMdd")', Extent(8, 8)),
        ("calibrated(base=float(kind=ieee32), kind=polynomial, points=(1.0))", Extent(4, 4)),
    ],
)
def test_types_take_bytes(text: str, extent: Extent) -> None:
    """A size that is given holds, terminated or cut short or not."""
    assert type_extent(parse_type(text)) == extent


@pytest.mark.parametrize(
    ("text", "extent"),
    [
        (f"group G\n  {BYTE}\n  {BYTE}", Extent(2, 2)),
        (f"group G within=9\n  {BYTE}", Extent(9, 9)),
        (f'group G within=ref("N")\n  {BYTE}', Extent(0, None)),
        (f"group G at=100\n  {BYTE}", Extent(0, 0)),
        (f'group G transform=("xor", (1))\n  {BYTE}', Extent(0, None)),
        (f'group G within=4 transform=("xor", (1))\n  {BYTE}', Extent(4, 4)),
        (f"array A count=3\n  {BYTE}", Extent(3, 3)),
        (f"array A count=const(3)\n  {BYTE}", Extent(3, 3)),
        (f'array A count=ref("N") least=1 most=5\n  {BYTE}', Extent(1, 5)),
        (f'array A count=ref("N")\n  {BYTE}', Extent(0, None)),
        (f'array A count=ref("N") most=5 storage=5\n  {BYTE}', Extent(5, 5)),
        (f"array A count=3 stride=4\n  {BYTE}", Extent(12, 12)),
        (f"array A\n  {BYTE}", Extent(0, None)),
        (f"array A until=true\n  {BYTE}", Extent(1, None)),
        (f'array A count=3\n  array count=ref("N") most=2\n    {BYTE}', Extent(0, 6)),
        ("array A count=0\n  field text(size=none)", Extent(0, 0)),
        ("array A\n  derived D value=1", Extent(0, 0)),
        (f"overlay\n  {BYTE}\n  field integer(bits=32)", Extent(4, 4)),
        (f"overlay\n  {BYTE}\n  field text(size=none)", Extent(1, None)),
        ("overlay\n  padding size=2\n  optional test=true\n    padding size=5", Extent(2, 5)),
        (f"choice C\n  arm test=true\n    {BYTE}\n  arm test=none\n    field integer(bits=8)", Extent(1, 1)),
        (f"choice C\n  arm test=true\n    {BYTE}\n  arm test=none\n    field integer(bits=32)", Extent(1, 4)),
        (f"choice C\n  arm test=true\n    {BYTE}", Extent(0, 1)),
        (f"choice C required=true\n  arm test=true\n    {BYTE}", Extent(1, 1)),
        ("choice C", Extent(0, 0)),
        (f"optional test=true\n  {BYTE}", Extent(0, 1)),
        ("padding size=3", Extent(3, 3)),
        ("padding size=-3", Extent(0, 0)),
        ("padding align=8", Extent(0, 7)),
        ("derived D value=1", Extent(0, 0)),
    ],
)
def test_nodes_take_bytes(text: str, extent: Extent) -> None:
    """At a place that is not known, at least and at most so many."""
    assert measure(node(text)) == extent


def test_alignment_is_static_at_a_known_place() -> None:
    """Padding to a multiple of a power of two, or of anything."""
    assert measure(Padding(align=4), 5) == Extent(3, 3)
    assert measure(Padding(align=4), 8) == Extent(0, 0)
    assert measure(record("field A integer(bits=8)", "padding align=4", "field B integer(bits=32)")) == Extent(8, 8)


def test_alignment_in_an_array_is_not_that_of_its_first_element() -> None:
    """Later elements may begin elsewhere."""
    assert measure(record("array A count=2", "  group", "    field integer(bits=8)", "    padding align=4")) == Extent(
        2, 8
    )


def test_a_stream_of_its_own_starts_at_zero() -> None:
    """Positions inside `within` count from its start, and so does alignment."""
    spots = list(places(record("padding size=1", "group G within=8", "  padding size=1", "  padding align=4")))
    assert [(spot.offset, spot.extent.static) for spot in spots] == [(0, 1), (1, 8), (1, 1), (2, 3)]


def test_offsets_are_known_up_to_what_is_dynamic() -> None:
    """Behind a size that depends on the data no offset is static; the views of an overlay begin where it does."""
    layout = record(
        "field A integer(bits=8)",
        "overlay",
        "  field B integer(bits=16)",
        "  group C",
        "    field D integer(bits=8)",
        "    field E integer(bits=16)",
        "array F count=2",
        "  field integer(bits=8)",
        'array G count=ref("A") most=2',
        "  field integer(bits=8)",
        "field H integer(bits=8)",
    )
    assert [spot.offset for spot in places(layout)] == [0, 1, 1, 1, 1, 2, 4, 4, 6, 6, None]
    assert measure(layout) == Extent(7, 9)


def test_what_is_read_elsewhere_has_its_own_offset() -> None:
    """`at` counts in the stream, or from the record's start; behind a transform there is no offset."""
    layout = record(
        "padding size=2",
        "group G within=10",
        "  group NEAR at=4",
        "    padding size=1",
        "  group FAR at=4 root=true",
        "    padding size=1",
        '  group ZIP transform=("zlib", ())',
        "    padding size=1",
    )
    assert [spot.offset for spot in places(layout)] == [0, 2, 6, 6, 4, 4, 2, None]


def test_static_offset_finds_a_node() -> None:
    """The very node; ValueError for one that is not there."""
    layout = record("field A integer(bits=8)", "group G", "  field B integer(bits=8)", "  field C integer(bits=8)")
    group = layout.members[1]
    assert static_offset(layout, group) == 1
    assert static_offset(layout, group.members[1]) == 2  # type: ignore[union-attr]  # it is a group
    with pytest.raises(ValueError, match="no part of record R"):
        static_offset(layout, Field(name="A", type=Integer(bits=8)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("add(2, mul(3, 4))", 14),
        ("div(neg(7), 2)", -4),
        ("mod(neg(7), 2)", 1),
        ("shl(1, 10)", 1024),
        ("inv(0)", -1),
        ("max(3, abs(-4))", 4),
        ("div(1, 0)", None),
        ("shl(1, 64)", None),
        ("shr(1, -1)", None),
        ("shl(1, 63)", None),
        ("true", None),
        ('"3"', None),
        ('ref("A")', None),
        ('add(1, ref("A"))', None),
        ("eq(1, 1)", None),
        ("position()", None),
    ],
)
def test_constants_fold(text: str, value: int | None) -> None:
    """Integer arithmetic on constants; what would trap, or does not fit 64 bits, is no constant."""
    assert constant(parse_expr(text)) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("padding size=3", None),
        ('padding size=ref("N")', "the size of padding depends on N"),
        ("padding align=4", "padding aligns to 4 bytes at a place that depends on the data"),
        ("field T text(size=none)", "T takes all bytes up to the end of its stream"),
        ('field T text(size=none, terminator=x"00")', "T ends at a terminator"),
        ('field T text(size=add(ref("A", "B"), ref("N")))', "the size of T depends on A.B, N"),
        ("field T text(size=remaining())", "the size of T is computed"),
        ("optional test=true\n  field F integer(bits=8)", "F is there only under a condition"),
        ('array A count=ref("N")\n  field integer(bits=8)', "the count of A depends on N"),
        ("array A until=true\n  field integer(bits=8)", "A repeats until a condition holds"),
        ("array A\n  field integer(bits=8)", "A repeats up to the end of its stream"),
        ("array A count=2\n  field E text(size=none)", "E takes all bytes up to the end of its stream"),
        ('group G within=ref("N")', "the size of G depends on N"),
        ('group G transform=("zlib", ())', "G takes all bytes up to the end of its stream"),
        (
            'group G\n  padding size=1\n  group H\n    array A count=ref("N")\n      field F integer(bits=8)',
            "the count of A depends on N",
        ),
        (
            "choice C\n  arm test=true\n    padding size=1\n  arm test=none\n    padding size=2",
            "the alternatives of C differ in size",
        ),
        ("choice C\n  arm test=true\n    field F text(size=none)", "F takes all bytes up to the end of its stream"),
        (
            "overlay\n  padding size=1\n  optional test=true\n    field F integer(bits=32)",
            "F is there only under a condition",
        ),
    ],
)
def test_why_dynamic_names_the_node_to_blame(text: str, reason: str | None) -> None:
    """The first one in reading order, however deep."""
    assert why_dynamic(node(text)) == reason


@given(layouts())
def test_measuring_never_fails(layout: Layout) -> None:
    """Least is never above most, no size is negative, and what is not static has a reason."""
    for table in layout.tables:
        extent = measure(table.record)
        assert extent.least >= 0
        assert extent.most is None or extent.least <= extent.most
        assert (why_dynamic(table.record) is None) == (extent.static is not None)


@given(sound_layouts())
def test_offsets_are_the_sizes_before(layout: Layout) -> None:
    """A member stands behind those before it; where one of them is dynamic, nowhere that is known."""
    at: int | None = 0
    for member in layout.record.members:
        assert static_offset(layout.record, member) == at
        size = measure(member, at).static
        at = None if at is None or size is None else at + size


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.none() | st.integers(0, 9))
def test_extents_add_up(a: int, b: int, least: int, more: int | None) -> None:
    """Sums, alternatives, overlays and repetitions of extents bound those of the numbers in them."""
    one, other = Extent(a, a + b), Extent(b, None)
    assert one + other == Extent(a + b, None)
    assert one | other == Extent(min(a, b), None)
    assert one & Extent(b, b) == Extent(max(a, b), max(a + b, b))
    most = None if more is None else least + more
    times = one.times(least, most)
    assert times.least == a * least
    assert times.most == (0 if a + b == 0 or most == 0 else None if most is None else (a + b) * most)
