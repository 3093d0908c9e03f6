"""The text form of Layouts: what is printed reads back, what does not read is an error with line and caret."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.errors import DictionaryError
from arrowsmith.layout import expr as ex
from arrowsmith.layout import types as ty
from arrowsmith.layout.framing import Fixed, Prefixed
from arrowsmith.layout.nodes import Array, Field, Group, Layout, Padding, Record, Table
from arrowsmith.layout.text import (
    parse_expr,
    parse_layout,
    parse_node,
    parse_type,
    print_expr,
    print_layout,
    print_node,
    print_type,
)
from arrowsmith.layout.vocabulary import EXPRESSIONS, FRAMINGS, KINDS, NODES, OPERATORS, TYPES
from arrowsmith.testing.strategies import expressions, layouts, of_kind, physical_types, sound_layouts

CODES = ("D0001", "D0002", "D0003", "D0004")

ACCOUNTS = Layout(
    name="ACCOUNTS",
    framing=Prefixed(width=2, header=4, adjustment=-4),
    tables=(
        Table(
            test=ex.Binary("eq", ex.Ref(("KIND",)), ex.Const("A")),
            record=Record(
                name="ACCOUNT",
                short="absent",
                members=(
                    Field(name="KIND", type=ty.Text(size=1, charset="cp037")),
                    Field(name="BALANCE", type=ty.Packed(size=5, digits=9, scale=2), type_text="S9(7)V99 COMP-3"),
                    Field(name="LINES", type=ty.Integer(bits=16, encoding="unsigned")),
                    Array(
                        name="LINE",
                        count=ex.Ref(("LINES",)),
                        most=50,
                        element=Group(name="", members=(Field(name="1ST", type=ty.Bytes(size=ex.Const(3))),)),
                    ),
                    Padding(align=4),
                ),
            ),
        ),
    ),
)

PRINTED = """\
layout ACCOUNTS framing=prefixed(width=2, header=4, adjustment=-4)
  table test=eq(ref("KIND"), "A")
    record ACCOUNT short=absent
      field KIND text(size=1, charset="cp037")  ; +0 [1]
      field BALANCE packed(size=5, digits=9, scale=2) type_text="S9(7)V99 COMP-3"  ; +1 [5]
      field LINES integer(bits=16, encoding=unsigned)  ; +6 [2]
      array LINE count=ref("LINES") most=50  ; +8
        group  ; +8 [3]
          field "1ST" bytes(size=const(3))  ; +8 [3]
      padding align=4
"""


def test_a_layout_prints_one_node_a_line() -> None:
    """Keyword, name, attributes that are no defaults; static offset and size as a comment."""
    assert print_layout(ACCOUNTS) == PRINTED


def test_comments_can_be_left_out() -> None:
    """Without comments the text is the value and nothing else."""
    assert "+8" not in print_layout(ACCOUNTS, comments=False)
    assert parse_layout(print_layout(ACCOUNTS, comments=False)) == ACCOUNTS


def test_the_printed_layout_reads_back() -> None:
    """Reading what was printed gives an equal Layout, whose nodes have spans into the text."""
    read = parse_layout(PRINTED, name="accounts.layout")

    assert read == ACCOUNTS
    span = read.record.members[1].span
    assert span is not None
    assert str(span) == "accounts.layout:5:13"
    assert span.text == "BALANCE"


@given(layouts())
def test_every_layout_reads_back(layout: Layout) -> None:
    """Whatever the values of its attributes are."""
    assert parse_layout(print_layout(layout)) == layout
    assert print_layout(parse_layout(print_layout(layout))) == print_layout(layout)


@given(sound_layouts())
def test_every_sound_layout_reads_back(layout: Layout) -> None:
    """Those of the other strategy too."""
    assert parse_layout(print_layout(layout)) == layout


@given(expressions())
def test_every_expression_reads_back(expr: ex.Expr) -> None:
    """With its operators as words."""
    assert parse_expr(print_expr(expr)) == expr


@given(physical_types())
def test_every_type_reads_back(physical: ty.Type) -> None:
    """As a call with named attributes."""
    assert parse_type(print_type(physical)) == physical


@pytest.mark.parametrize("kind", [*NODES, Record], ids=lambda k: k.__name__)
@given(data=st.data())
def test_every_kind_of_node_reads_back_alone(kind: type, data: st.DataObject) -> None:
    """Each node kind is drawn for certain, not by luck."""
    node = data.draw(of_kind(kind, 2))
    assert parse_node(print_node(node)) == node


@pytest.mark.parametrize("kind", [*EXPRESSIONS, *TYPES], ids=lambda k: k.__name__)
@given(data=st.data())
def test_every_kind_of_value_reads_back_alone(kind: type, data: st.DataObject) -> None:
    """Each kind of expression and type is drawn for certain."""
    value = data.draw(of_kind(kind, 2))
    if kind in TYPES:
        assert parse_type(print_type(value)) == value
    else:
        assert parse_expr(print_expr(value)) == value


@pytest.mark.parametrize("kind", FRAMINGS, ids=lambda k: k.__name__)
@given(data=st.data())
def test_every_kind_of_framing_reads_back(kind: type, data: st.DataObject) -> None:
    """Each kind of framing is drawn for certain."""
    layout = Layout(name="L", tables=(), framing=data.draw(of_kind(kind, 2)))
    assert parse_layout(print_layout(layout)) == layout


def test_the_type_of_a_constant_survives() -> None:
    """1, true and 1.0 are equal to Python and three constants here."""
    for value in (1, True, 1.0, "1", b"1"):
        read = parse_expr(print_expr(ex.Const(value)))
        assert isinstance(read, ex.Const)
        assert type(read.value) is type(value)


def test_a_size_that_is_a_constant_is_no_number() -> None:
    """`Const(3)` and 3 print differently where both may stand."""
    assert print_node(Padding(size=ex.Const(3))) == "padding size=const(3)\n"
    assert print_node(Padding(size=3)) == "padding size=3\n"


def test_keywords_are_used_once() -> None:
    """A word begins one kind of value only."""
    assert not KINDS.keys() & OPERATORS.keys()


def test_comments_and_empty_lines_are_ignored() -> None:
    """From a semicolon on, but not inside quotes."""
    text = '; a layout\n\nlayout "A;B" ; of one\n\n  ; and no tables\n'
    assert parse_layout(text) == Layout(name="A;B", tables=())


BAD = {
    "": "D0001: the text is empty",
    "layot A": "D0002: layot is no kind of node",
    "record A": "D0001: record may not stand here",
    "layout A\nlayout B": "D0001: layout may not stand here",
    "layout A\n table": "D0001: indented by 1 spaces",
    "layout A\n    table": "D0001: indented by 4 spaces",
    "layout A\n  group": "D0001: group may not stand inside layout",
    "layout A\n  table": "D0004: table needs record",
    "layout A\n  record B\n  record C": "D0001: layout takes one header",
    "layout A framingg=fixed()": "D0002: layout has no attribute framingg",
    "layout A framing=fixd()": "D0002: expected a framing, found fixd",
    'layout A framing=fixed(size="4")': 'D0003: expected an integer, found "4"',
    "layout A framing=fixed(size=4, size=4)": "D0001: size is given twice",
    "layout A framing=fixed(4)": "D0001: fixed takes no more values, found 4",
    "layout A framing=fixed(size 4)": "D0001: fixed takes no more values, found size",
    "layout A framing=fixed(size=4": "D0001: expected ,, found the end of the line",
    "layout A framing=prefixed()": "D0004: prefixed needs width",
    "layout A others=errrr": "D0003: expected error or ignored, found errrr",
    "layout A others=": "D0003: expected error or ignored, found the end of the line",
    "layout A B": "D0002: layout has no attribute B",
    "layout A 3": "D0001: nothing may follow here, found 3",
    "layout A ?": "D0001: '?' begins nothing here",
    "layout A\tothers=error": "D0001: '\\t' begins nothing here",
    r'layout "\x"': 'D0001: after \\ may stand " \\ n r t',
    r'layout "\Uffffffff"': "D0001: no such character",
    'layout A framing=delimited(delimiters=x"0d")': 'D0003: expected a tuple of (bytes), found x"0d"',
    'layout A framing=delimited(delimiters=(x"0"))': "D0001: half a byte",
    "layout A framing=fixed(size=(4))": "D0003: expected an integer, found a tuple",
    "layout A\n  table\n    record B\n      field C packed(size=3)": "D0004: packed needs digits",
    "layout A\n  table\n    record B\n      field C": "D0004: field needs type",
    'layout A\n  table\n    record B\n      group C transform=("xor")': "D0003: expected 2 items, found 1",
    'layout A\n  table\n    record B\n      group C transform=("xor", (1), 2)': "D0003: expected 2 items, found more",
    "layout A\n  table\n    record B\n      padding size=eqq(1, 2)": "D0002: expected an integer or an expression, found eqq",
    "layout A\n  table\n    record B\n      padding size="
    + "neg(" * 300: "D0001: values are nested more than 200 deep",
    "layout A framing=fixed(size=" + "9" * 5000 + ")": "D0003: a number of too many digits",
}


@pytest.mark.parametrize(("text", "message"), BAD.items(), ids=range(len(BAD)))
def test_what_does_not_read_is_an_error_with_a_place(text: str, message: str) -> None:
    """The error names its rule and points at a line of the text."""
    with pytest.raises(DictionaryError) as raised:
        parse_layout(text, name="bad.layout")

    code, _, words = message.partition(": ")
    assert f"error[{code}]: {words}" in str(raised.value)
    assert "--> bad.layout:" in str(raised.value)


def test_errors_point_at_the_word() -> None:
    """The whole rendered message of one."""
    with pytest.raises(DictionaryError) as raised:
        parse_layout("layout A framing=fixed(syze=4)")

    assert str(raised.value) == (
        "error[D0002]: fixed has no attribute syze\n"
        " --> layout:1:24\n"
        "  |\n"
        "1 | layout A framing=fixed(syze=4)\n"
        "  |                        ^^^^\n"
        "  = help: did you mean size?"
    )


def error_of(parse: Callable[[str], object], text: str) -> str:
    """The code of the error that *parse* raises, "" where it raises none."""
    try:
        parse(text)
    except DictionaryError as error:
        return error.code
    return ""


@given(st.text() | st.text('layout table record(),="x0 \n;-.9\\', max_size=60))
def test_any_text_is_a_layout_or_an_error(text: str) -> None:
    """Nothing else is raised."""
    for parse in (parse_layout, parse_node, parse_expr, parse_type):
        assert error_of(parse, text) in ("", *CODES)


@given(layouts(2), st.data())
def test_a_damaged_text_is_a_layout_or_an_error(layout: Layout, data: st.DataObject) -> None:
    """A piece cut out of a good text does not make the parser stumble."""
    text = print_layout(layout)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert error_of(parse_layout, text[:start] + text[end:]) in ("", *CODES)


def test_fixed_framing_reads_from_hand() -> None:
    """A text as a person writes it, in any order of attributes."""
    text = 'layout A framing=fixed( size = 4 )\n  table\n    record R\n      field N comment="n" integer(order=little,bits=32)\n'
    with pytest.raises(DictionaryError):
        parse_layout(text)  # a type stands behind the name

    read = parse_layout(text.replace(' comment="n"', ""))
    assert read.framing == Fixed(size=4)
    assert read.record.members == (Field(name="N", type=ty.Integer(bits=32, order="little")),)
