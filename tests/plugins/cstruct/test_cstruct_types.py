"""What declarations of members mean: scalars, characters, enumerations and constants, bit fields, and how options change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Layout
from arrowsmith.layout.types import Bits, Boolean, Bytes, Enumeration, Float, Integer, Text
from arrowsmith_cstruct.placing import Item, place

Members = Callable[..., Mapping[str, Any]]
Refused = Callable[..., str]
Made = Callable[..., Layout]


# --- scalars -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "lp64", "llp64", "ilp32"),
    [
        ("short int", 2, 2, 2),
        ("unsigned", 4, 4, 4),
        ("long unsigned", 8, 4, 4),
        ("long long int", 8, 8, 8),
        ("int long signed long", 8, 8, 8),
        ("size_t", 8, 8, 4),
        ("intptr_t", 8, 8, 4),
        ("uint_least16_t", 2, 2, 2),
        ("uintmax_t", 8, 8, 8),
        ("void *", 8, 8, 4),
        ("wchar_t", 4, 2, 4),
        ("bool", 1, 1, 1),
        ("double", 8, 8, 8),
    ],
)
def test_sizes_are_those_of_the_data_model(layout: Made, word: str, lp64: int, llp64: int, ilp32: int) -> None:
    for abi, size in (("lp64", lp64), ("llp64", llp64), ("ilp32", ilp32)):
        assert measure(layout(f"struct r {{ {word} a; }};", abi=abi).record).static == size


def test_types_of_scalars(members: Members) -> None:
    found = members(
        "struct r { unsigned short a; float b; double c; _Bool d; __int128 e; signed char f; };", byte_order="big"
    )
    assert [node.type for node in found.values()] == [
        Integer(bits=16, encoding="unsigned", order="big"),
        Float(kind="ieee32", order="big"),
        Float(kind="ieee64", order="big"),
        Boolean(base=Integer(bits=8, encoding="unsigned", order="big")),
        Integer(bits=128, encoding="twos", order="big"),
        Integer(bits=8, encoding="twos", order="big"),
    ]


def test_what_is_written_is_the_type_of_the_column(members: Members) -> None:
    found = members(
        "typedef int pair[2]; struct q { int z; };"
        "struct r { unsigned long int a; char *b[3]; pair c; struct q d; int (*e)(int); unsigned f : 3; char g[4]; };"
    )
    texts = [getattr(n, "type_text", "") or dict(n.metadata)["arrowsmith.type"] for n in found.values()]
    assert texts == ["unsigned long int", "char *[3]", "pair", "struct q", "int (*)()", "unsigned : 3", "char[4]"]


@pytest.mark.parametrize(
    "word",
    ["long double", "float _Complex", "void", "unsigned float", "long long long", "short char", "signed unsigned"],
)
def test_types_that_data_cannot_have(refused: Refused, word: str) -> None:
    assert "H0203" in refused(f"struct r {{ {word} a; }};")


# --- characters --------------------------------------------------------------------------------------------------------


def test_char_is_text_up_to_the_first_nul(members: Members) -> None:
    found = members("struct r { char a[4]; char b; char16_t c[2]; };", charset="cp1252", undecodable="replace")
    text = Text(size=4, charset="cp1252", terminator=b"\0", require=False, undecodable="replace")
    assert found["a"].type == text
    assert found["b"].type.size == 1
    assert found["c"].type.charset == "utf-16-le"
    assert found["c"].type.terminator == b"\0\0"


def test_char_as_the_option_chars_says(members: Members) -> None:
    text = "struct r { char a[4]; char b; char c : 3; };"
    assert members(text, chars="padded")["a"].type == Text(size=4, trim="right", pad=b"\0")
    assert members(text, chars="bytes")["a"].type == Bytes(size=4)
    assert members(text, chars="signed")["b"].type == Integer(bits=8, encoding="twos", order="little")
    assert members(text, chars="unsigned")["a"].element.type.encoding == "unsigned"
    assert members(text, chars="unsigned")["c"].type.signed is False
    assert members(text)["c"].type == Bits(width=3, shift=0, size=1, order="little", signed=True, advance=True)


def test_arrays_of_bytes(members: Members) -> None:
    text = "struct r { unsigned char a[4]; uint8_t b[2][3]; unsigned char c; int8_t d[2]; };"
    found = members(text)
    assert found["a"].type == Bytes(size=4)
    assert found["b"].element.type == Bytes(size=3)
    assert isinstance(found["c"].type, Integer)
    assert found["d"].count == 2
    assert members(text, byte_arrays="integers")["a"].element.type.bits == 8


# --- enumerations and constants ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "bits", "encoding"),
    [
        ("A", 32, "unsigned"),
        ("A = -1", 32, "twos"),
        ("A = 0x80000000", 32, "unsigned"),
        ("A = -1, B = 0x80000000", 64, "twos"),
        ("A = 1ull << 40", 64, "unsigned"),
    ],
)
def test_an_enumeration_has_the_type_that_gcc_gives_it(members: Members, body: str, bits: int, encoding: str) -> None:
    found = members(f"struct r {{ enum {{ {body} }} a; }};")["a"].type
    assert isinstance(found, Enumeration)
    assert isinstance(found.base, Integer)
    assert (found.base.bits, found.base.encoding) == (bits, encoding)


def test_an_enumeration_is_an_int_for_microsoft(members: Members) -> None:
    assert members("struct r { enum { A } a; };", abi="llp64")["a"].type.base.encoding == "twos"


def test_the_first_of_two_labels_counts(members: Members) -> None:
    found = members("struct r { enum { A = 1, B, C = 1, D } a; };", enums="label")["a"].type
    assert found.labels == ((1, "A"), (2, "B"))
    assert found.output == "label"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 / 2", 3),
        ("-7 / 2 + 5", 2),
        ("-7 % 4 + 5", 2),
        ("-1 < 1u", 0),  # the usual arithmetic conversions make both unsigned
        ("-1 < (long)1u", 1),
        ("sizeof(int) - 5 > 0", 1),
        ("~0u == 4294967295", 1),
        ("~0 == -1", 1),
        ("(unsigned char)300", 44),
        ("(signed char)200 + 100", 44),
        ("1 ? 2 : 3", 2),
        ("0 || 3 && 4", 1),
        ("0 && 1 / 0", 0),
        ("'\\n' + '\\x41' + '\\101'", 140),
        ("0b101 + 017 + 0xfUL", 35),
        ("!5 + !0", 1),
        ("sizeof(struct s) * 2 + sizeof(char *)", 40),
        ("_Alignof(double) + sizeof(char[3])", 11),
        ("1 << 3 | 1 & 3 ^ 2", 11),
        ("+(7 >> 1) - 0x10 / 8 * 1", 1),
        ("2147483647 + 1 < 0", 1),  # overflow wraps here; a compiler would refuse it
        ("0x7fffffff + 1u > 0", 1),
    ],
)
def test_constants_have_the_value_that_c_gives_them(members: Members, expression: str, value: int) -> None:
    found = members(
        f"struct s {{ int a; long b; }}; enum {{ V = {expression} }}; struct r {{ struct s s; int x[V + 1]; }};",
        root="r",
    )
    assert found["x"].count == value + 1


@pytest.mark.parametrize(
    "expression",
    [
        "1 / 0",
        "5 % 0",
        "1 << 32",
        "1 >> -1",
        "x",
        "1.5",
        "'ab'",
        "(float)1",
        "sizeof 3",
        "08",
        "99999999999999999999",
        "1 = 2",
        '"a"',
        "f(1)",
    ],
)
def test_what_is_no_constant(refused: Refused, expression: str) -> None:
    message = refused(f"struct r {{ int a[{expression}]; }};")
    assert "H0207" in message or "H0106" in message


def test_assertions_are_checked(layout: Made, refused: Refused) -> None:
    text = 'struct r {{ char a; long b; }}; _Static_assert(sizeof(struct r) == {}, "size");'
    layout(text.format(16))
    layout(text.format(8), abi="ilp32")
    assert "H0208" in refused(text.format(9))


# --- bit fields --------------------------------------------------------------------------------------------------------


def test_bit_fields_of_bool_and_enumerations(members: Members) -> None:
    found = members("enum e { A, B }; struct r { _Bool a : 1; enum e b : 2; };")
    assert found["a"].type == Bits(width=1, shift=0, size=1, order="little", boolean=True)
    assert found["b"].type.base == Bits(width=2, shift=1, size=1, order="little", advance=True)


@pytest.mark.parametrize(
    "text",
    [
        "int a : 33;",
        "int a : 0;",
        "int a : -1;",
        "_Bool a : 2;",
        "float a : 3;",
        "__int128 a : 70;",
        "int *a : 3;",
        "int : 40; int a;",
    ],
)
def test_bit_fields_that_cannot_be(refused: Refused, text: str) -> None:
    assert "H0206" in refused(f"struct r {{ {text} }};")


def test_microsoft_gives_a_bit_field_in_a_union_its_whole_type() -> None:
    """As clang's Microsoft layout does; gcc's ms_struct gives it the bytes of its bits where packing allows."""
    items = [Item(size=8, align=8, width=46), Item(size=2, align=2)]
    assert place(items, union=True, rule="ms", pack=1, natural=0, aligned=0).size == 8
    assert place(items, union=True, rule="sysv", pack=1, natural=0, aligned=0).size == 6


@pytest.mark.parametrize(("pack", "align"), [(0, 4), (2, 2)])
def test_an_empty_bit_field_behind_another_aligns_a_packed_struct_for_microsoft(pack: int, align: int) -> None:
    """Packed or not: gcc, stor-layout.cc, update_alignment_for_field."""
    items = [Item(size=1, align=1, width=1, packed=True), Item(size=4, align=4, width=0, packed=True)]
    assert place(items, union=False, rule="ms", pack=pack, natural=0, aligned=0).align == align
    assert place(items[1:], union=False, rule="ms", pack=pack, natural=0, aligned=0).align == 1
