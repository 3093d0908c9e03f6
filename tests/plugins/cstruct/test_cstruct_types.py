"""Types, constants, records: what declarations mean, and how options change it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import arrowsmith
from arrowsmith.diagnostics import Source
from arrowsmith.errors import OptionError, PluginError
from arrowsmith.layout.expr import Binary, Const, Ref
from arrowsmith.layout.framing import Computed, Fixed, Prefixed
from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Layout
from arrowsmith.layout.types import Bits, Boolean, Bytes, Enumeration, Float, Integer, Text
from arrowsmith_cstruct import CODES
from arrowsmith_cstruct.format import CStructs
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


# --- the format --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "struct a { int x; };",
        "// c\ntypedef struct\n{\n int x; } a;",
        "union u\n{",
        "typedef unsigned int u32;",
        "  struct __attribute__((packed)) x {",
    ],
)
def test_detect_knows_declarations(text: str) -> None:
    assert CStructs().detect(Source("x", text))


@pytest.mark.parametrize(
    "text",
    ["       01  A PIC X.", "meta:\n  id: struct\n", "<?xml version='1.0'?><struct/>", "int main(void) { }", "struct"],
)
def test_detect_knows_what_is_none(text: str) -> None:
    assert not CStructs().detect(Source("x", text))


def test_without_pycparser_the_format_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycparser.c_parser", None)
    monkeypatch.setitem(sys.modules, "pycparser", None)
    importlib.import_module("arrowsmith_cstruct.parsing")
    with pytest.raises(PluginError, match="needs the package pycparser") as raised:
        arrowsmith.compile(arrowsmith.text("struct a { int x; };", name="a.h"))
    assert "arrowsmith[c]" in raised.value.help


def test_codes_are_those_that_are_raised() -> None:
    """Every code of the table is used in the plugin, and no other."""
    import re
    from pathlib import Path

    import arrowsmith_cstruct

    folder = Path(arrowsmith_cstruct.__file__).parent
    used = {
        code
        for path in folder.glob("*.py")
        if path.name != "codes.py"
        for code in re.findall(r'"(H\d{4})"', path.read_text(encoding="utf-8"))
    }
    assert used == set(CODES)


def test_the_page_of_the_format_has_every_option_and_code() -> None:
    """docs/c.md repeats the tables of the code, word for word."""
    from pathlib import Path

    page = Path(__file__).parents[3] / "docs" / "c.md"
    if not page.exists():
        pytest.skip("the documentation is not here")
    text = page.read_text(encoding="utf-8")
    for option in CStructs().options:
        default = f"`{option.default}`" if option.default is not None else ""
        assert f"| `{option.name}` | {default + ' ' if default else ''}| {option.doc} |" in text
    for code, rule in CODES.items():
        assert f"| {code} | {rule} |" in text
