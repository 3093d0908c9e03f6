"""Structs and unions: what may be in them, which one is the record, how its records are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

import arrowsmith
from arrowsmith.errors import OptionError
from arrowsmith.layout.expr import Binary, Const, Ref
from arrowsmith.layout.framing import Computed, Fixed, Prefixed
from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Layout
from arrowsmith_cstruct import CODES

Members = Callable[..., Mapping[str, Any]]
Refused = Callable[..., str]
Made = Callable[..., Layout]


# --- structs -----------------------------------------------------------------------------------------------------------


def test_tags_and_typedefs_are_different_names(members: Members) -> None:
    found = members("struct a { int x; }; typedef short a; struct r { struct a b; a c; };")
    assert found["c"].type.bits == 16


def test_pointers_need_not_know_what_they_point_to(members: Members) -> None:
    assert len(members("struct r { struct r *next; struct other *a; void (*f)(struct r *, int); union u **u; };")) == 4


def test_tags_and_constants_inside_a_struct_are_no_members(members: Members) -> None:
    found = members(
        "struct r { struct p { int x; }; enum { N = 2 }; struct p a[N]; int b[sizeof(struct { char c; int d; })]; };"
    )
    assert list(found) == ["a", "b"]
    assert found["b"].count == 8


def test_a_length_may_be_a_member_of_an_anonymous_struct(layout: Made) -> None:
    found = layout("struct r { struct { int x, size; }; };", record_format="member", length_member="size")
    assert found.framing == Computed(length=Ref(("size",)))


def test_declarations_of_functions_and_variables_are_passed_over(layout: Made) -> None:
    layout(
        "typedef struct r { int a; } r; extern r records[]; static const r zero = { 0 }; int f(FILE *, r);"
        "static inline void g(unknown_t *x) { if (x) { struct y { int b; } z; } for (;;) ; } r *last, **end;"
    )


def test_a_struct_that_a_variable_defines_is_one(layout: Made) -> None:
    assert layout("static struct r { int a; } first, *last;").record.name == "r"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("struct r { };", "H0209"),
        ("struct r { int; };", "H0209"),
        ("struct r { int : 3; };", "H0209"),
        ("struct r { struct r a; };", "H0202"),
        ("struct r { struct q a; };", "H0202"),
        ("struct r { enum e a; };", "H0202"),
        ("struct r { int a; }; struct r { int a; };", "H0204"),
        ("struct r { int a; }; enum r { A };", "H0204"),
        ("struct r { int a, a; };", "H0204"),
        ("enum { A, A }; struct r { int a; };", "H0204"),
        ("typedef int t; typedef short t; struct r { t a; };", "H0204"),
        ("struct r { int a[0]; };", "H0205"),
        ("struct r { int a[2][]; };", "H0205"),
        ("struct q { int n, a[]; }; struct r { struct q q[2]; };", "H0205"),
        ("struct r { int f(void); };", "H0203"),
        ("struct r { char a[2147483647]; int b; };", "H0303"),
        ("typedef int t;", "H0301"),
        ("struct r { int a; } b c;", "H0106"),
        ("struct r { int (((((a; };", "H0101"),
        ("struct r { int " + "(" * 101 + "a" + ")" * 101 + "; };", "H0107"),
        ("struct r { int " + "*" * 9000 + "a; };", "H0107"),
        ("struct r { int a[" + "-" * 9001 + "1]; };", "H0107"),
        ("strct r { int a; };", "H0201"),
        ("enum e : char { A }; struct r { enum e a; };", "H0106"),
        ("", "H0301"),
        ("struct r {\n#pragma pack(1)\n int a; };", "H0105"),
        ("enum e { A }; enum e { B }; struct r { enum e a; };", "H0204"),
        ("enum e { A = -1, B = 0xffffffffffffffff }; struct r { enum e a; };", "H0207"),
        ("typedef void nothing; struct r { nothing *a; nothing b[x]; };", "H0207"),
        ("struct r { int a; } // no end", "H0106"),
        ("struct r { int a __attribute__((aligned(3))); };", "H0210"),
    ],
)
def test_structs_that_cannot_be(refused: Refused, text: str, code: str) -> None:
    assert code in refused(text)
    assert code in CODES


def test_columns_are_counted_before_they_are_made(refused: Refused) -> None:
    doubling = "".join(f"struct s{n + 1} {{ struct s{n} a, b; }};" for n in range(64))
    assert "H0303" in refused(f"struct s0 {{ int x; }}; {doubling}")


# --- records -----------------------------------------------------------------------------------------------------------


def test_the_record_is_what_no_other_holds(layout: Made) -> None:
    assert (
        layout("struct a { int x; }; struct b { struct a a[2]; }; typedef struct { struct b b; } c;").record.name == "c"
    )


@pytest.mark.parametrize("root", ["a", "struct a", "  struct   a ", "A"])
def test_the_option_root_names_it(layout: Made, root: str) -> None:
    found = layout("typedef struct a { char x; } A; struct b { int y; };", root=root)
    assert measure(found.record).static == 1


def test_a_root_that_names_two_things_or_none() -> None:
    options = {"root": "a"}
    header = arrowsmith.text("struct a { int x; }; typedef struct b { int y; } a;", name="r.h")
    with pytest.raises(OptionError, match="two things: struct a and typedef a") as raised:
        arrowsmith.compile(header, options=options)
    assert raised.value.code == "H0402"
    assert arrowsmith.compile(header, options={"root": "struct a"}).schema.names == ["x"]
    with pytest.raises(OptionError, match="no struct"):
        arrowsmith.compile(header, options={"root": "union a"})


def test_a_union_may_be_the_record(layout: Made) -> None:
    assert measure(layout("union r { int a; char b[6]; };").record).static == 8


def test_framing(layout: Made) -> None:
    text = "struct r { struct { int size; } head; short x; };"
    assert layout(text).framing == Fixed()
    assert layout(text, record_length="20").framing == Fixed(size=20)
    assert layout(text, record_format="prefixed").framing == Prefixed(width=4, order="little", header=4)
    found = layout(
        text, record_format="prefixed", length_width=2, length_order="big", length_offset=1, length_header=6, length_counts_header=True,
        length_adjustment=3,
    ).framing  # fmt: skip
    assert found == Prefixed(width=2, order="big", offset=1, header=6, adjustment=-3)
    member = layout(text, record_format="member", length_member="head.size").framing
    assert member == Computed(length=Ref(("head", "size")))
    more = layout(text, record_format="member", length_member="head.size", length_adjustment=-2).framing
    assert more == Computed(length=Binary("add", Ref(("head", "size")), Const(-2)))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"record_length": "0"}, "at least 1"),
        ({"record_length": "3"}, "has 8 bytes"),
        ({"length_width": "4"}, "no meaning"),
        ({"record_format": "prefixed", "length_width": "9"}, "at most 8"),
        ({"record_format": "prefixed", "length_header": "3"}, "ends 4 bytes into it"),
        ({"record_format": "prefixed", "record_length": "8"}, "no meaning"),
        ({"record_format": "member"}, "needs the option length_member"),
        ({"record_format": "member", "length_member": "b"}, "no member b"),
        ({"record_format": "member", "length_member": "f"}, "f is no integer"),
        ({"record_format": "member", "length_member": "a.x"}, "a is no integer"),
        ({"charset": "no-such"}, "there is no charset"),
        ({"charset": "hex"}, "there is no charset"),
        ({"root": "q"}, "no struct or union"),
    ],
)
def test_options_that_contradict(options: dict[str, str], says: str) -> None:
    with pytest.raises(OptionError, match=says) as raised:
        arrowsmith.compile(arrowsmith.text("struct r { int a; float f; };", name="r.h"), options=options)
    assert raised.value.code in CODES
