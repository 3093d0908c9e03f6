"""Comments, directives, macros and attributes: what is taken out of a header's text means what it does in C."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from arrowsmith.layout.measure import measure
from arrowsmith.layout.nodes import Layout

Members = Callable[..., Mapping[str, Any]]
Refused = Callable[..., str]


# --- comments ----------------------------------------------------------------------------------------------------------


def test_a_comment_is_about_the_member_before_it_on_its_line(members: Members) -> None:
    found = members("struct r { int a; /* one */ int b; // two\n int c; };")
    assert [node.comment for node in found.values()] == ["one", "two", ""]


def test_a_comment_on_its_own_line_is_about_the_member_below(members: Members) -> None:
    found = members("struct r {\n  // first\n  // and more\n  int a;\n  /* second */\n  int b;\n};")
    assert [node.comment for node in found.values()] == ["first\nand more", "second"]


def test_an_empty_line_keeps_a_comment_apart(members: Members) -> None:
    found = members("struct r {\n  // a heading\n\n  int a;\n};")
    assert found["a"].comment == ""


def test_what_doxygen_marks_is_about_the_member_before(members: Members) -> None:
    found = members("struct r {\n  int a;\n  /**< one */\n  int b; ///< two\n    //!< more\n  int c;\n};")
    assert [node.comment for node in found.values()] == ["one", "two\nmore", ""]


def test_a_comment_in_the_next_lines_same_column_goes_on(members: Members) -> None:
    found = members("struct r {\n  int a; // one\n         // two\n  // of b\n  int b;\n};")
    assert [node.comment for node in found.values()] == ["one\ntwo", "of b"]


def test_several_names_share_the_comment_behind_them_or_have_their_own(members: Members) -> None:
    found = members("struct r { int a, b; // both\n int c, /* sea */ d; /* dee */ };")
    assert [node.comment for node in found.values()] == ["both", "both", "sea", "dee"]


def test_signs_in_texts_begin_no_comment(members: Members) -> None:
    found = members("enum { SLASH = '/', STAR = '*' }; struct r { char a[SLASH]; /* ok \" */ };\n#define X \"/* no\"\n")
    assert found["a"].comment == 'ok "'
    assert found["a"].type.size == 47


def test_rules_of_signs_say_nothing(members: Members) -> None:
    found = members("struct r {\n  /*-----------\n   *  ======  \n   * money\n   */\n  int a;\n};")
    assert found["a"].comment == "money"


# --- directives --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    ["4", "(4)", "(2 + 2)", "0x4", "04", "('E' - 'A')", "(1u << 2)", "TWO * 2", "2 \\\n  + TWO", "4 /* bytes */"],
)
def test_macros_of_integers_are_put_in(members: Members, body: str) -> None:
    assert members(f"#define TWO 2\n#define N {body}\nstruct r {{ signed char a[N]; }};")["a"].count == 4


def test_the_text_of_a_macro_is_put_in_and_not_its_value(members: Members) -> None:
    """C11, 6.10.3: a macro is replaced by its tokens, so 1 + 2 * 3 is 7."""
    assert members("#define N 1 + 2\nstruct r { int a[N * 3]; };")["a"].count == 7


@pytest.mark.parametrize(
    ("define", "says"),
    [
        ("#define N unsigned", "stands for unsigned"),
        ("#define N", "stands for nothing"),
        ('#define N "3"', 'stands for "3"'),
        ("#define N N", "stands for N"),
        ("#define M N\n#define N M", "stands for M"),
        ("#define N() 3", "a macro with arguments"),
        ("#define N @", "stands for @"),
    ],
)
def test_other_macros_are_refused_where_they_are_used(refused: Refused, define: str, says: str) -> None:
    message = refused(f"{define}\nstruct r {{ int a[N()]; }};")
    assert "H0104" in message
    assert says in message


def test_macros_that_are_not_used_may_be_anything(layout: Callable[..., Layout]) -> None:
    layout("#define X(a) a\n#define Y @\n#define Z \nstruct r { int a; }; int f(void) { return X(1); }")


def test_a_macro_means_nothing_before_its_definition(refused: Refused) -> None:
    assert "H0207" in refused("struct r { int a[N]; };\n#define N 3")


@pytest.mark.parametrize(
    "line", ["#if 1", "#ifdef X", "#else", "#elif 1", "#undef X", "#error no", "#line 3", "#pragma ms_struct on"]
)
def test_other_directives_are_refused(refused: Refused, line: str) -> None:
    message = refused(f"#define A 1\n  {line}\nstruct r {{ int a; }};")
    assert "H0103" in message
    assert "h1.h:2:3" in message


def test_what_only_a_cpp_compiler_sees_is_left_out(layout: Callable[..., Layout]) -> None:
    found = layout("#ifdef __cplusplus\n#define N 3\nclass X {};\n#else\n#define N 4\n#endif\nstruct r { int a[N]; };")
    assert measure(found.record).static == 16


def test_every_source_may_have_its_guard(layout: Callable[..., Layout]) -> None:
    one = "#ifndef A\n#define A\ntypedef struct { short x; } point;\n#define N 3\n#endif\n"
    two = '#if !defined(B)\n#define B\n#include "a.h"\nstruct r { point p[N]; };\n#endif\n'
    assert measure(layout(one, two).record).static == 6


def test_a_message_names_the_source_that_is_at_fault(refused: Refused) -> None:
    assert "--> h2.h:2:3" in refused("struct r { int a; };\n", "struct q {\n  point p;\n};")


# --- packing and attributes --------------------------------------------------------------------------------------------


def offsets(layout: Layout) -> list[int]:
    from arrowsmith.layout.measure import places

    return [spot.offset for spot in places(layout.record) if spot.offset is not None and getattr(spot.node, "name", "")]


BODY = "struct r { char a; double b; short c; };"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BODY, [0, 8, 16]),
        (f"#pragma pack(1)\n{BODY}", [0, 1, 9]),
        (f"# pragma pack ( 2 )\n{BODY}", [0, 2, 10]),
        (f"#pragma pack(push, 1)\n#pragma pack(pop)\n{BODY}", [0, 8, 16]),
        (f"#pragma pack(4)\n#pragma pack(push)\n#pragma pack(1)\n#pragma pack(pop)\n{BODY}", [0, 4, 12]),
        (f"#pragma pack(push, here, 1)\n#pragma pack(push, 2)\n#pragma pack(pop, here)\n{BODY}", [0, 8, 16]),
        (f"#pragma pack(1)\n#pragma pack()\n{BODY}", [0, 8, 16]),
        (f"{BODY}\n#pragma pack(1)\n", [0, 8, 16]),
        ("struct __attribute__((packed)) r { char a; double b; short c; };", [0, 1, 9]),
        ("struct r { char a; double b; short c; } __attribute__((__packed__));", [0, 1, 9]),
        ("struct r { char a; double b __attribute__((packed)); short c; };", [0, 1, 10]),
        ("struct r { char a; __attribute__((packed)) double b; short c; };", [0, 1, 10]),
        ("struct r { char a; _Alignas(16) double b; short c; };", [0, 16, 24]),
        ("struct r { char a; double b; short c __attribute__((aligned(4), unused)); };", [0, 8, 16]),
        ("struct r { char a; __extension__ double b; const volatile short c; };", [0, 8, 16]),
    ],
)
def test_packing(layout: Callable[..., Layout], text: str, expected: list[int]) -> None:
    assert offsets(layout(text)) == expected


def test_the_option_packing_is_what_pragmas_go_back_to(layout: Callable[..., Layout]) -> None:
    assert offsets(layout(BODY, packing="2")) == [0, 2, 10]
    assert offsets(layout(f"#pragma pack(1)\n#pragma pack()\n{BODY}", packing="2")) == [0, 2, 10]


def test_an_attribute_is_of_the_name_before_it_or_of_all(layout: Callable[..., Layout]) -> None:
    assert offsets(layout("struct r { char a; int b, c __attribute__((aligned(8))), d; };")) == [0, 4, 8, 12]
    assert offsets(layout("struct r { char a; __attribute__((aligned(8))) int b, c; };")) == [0, 8, 16]


@pytest.mark.parametrize(
    "text",
    [
        "typedef struct { char a; int b; } r __attribute__((packed));",
        "struct r { enum { A } __attribute__((packed)) a; };",
        "enum __attribute__((packed)) e { A }; struct r { enum e a; };",
        "struct r { int a __attribute__((mode(DI))); };",
        "struct r { int a __attribute__((packed(2))); };",
        "struct r { int a __attribute__ packed; };",
        "struct r { int a : 3 __attribute__((aligned(8))); };",
        "__packed struct r { char a; int b; };",
    ],
)
def test_attributes_that_would_be_lost_are_refused(refused: Refused, text: str) -> None:
    assert "H0108" in refused(text)
