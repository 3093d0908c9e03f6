"""`check` as a whole: the form of values is looked at first, nothing is raised, and each message points at its node."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from checked_layouts import BYTE, layout_of, text_of
from hypothesis import given

from arrowsmith.errors import CODES, DictionaryError
from arrowsmith.layout import expr as ex
from arrowsmith.layout import types as ty
from arrowsmith.layout.check import FORM, RULES, check, checked
from arrowsmith.layout.nodes import Array, Field, Group, Layout, Node, Optional, Padding
from arrowsmith.layout.text import parse_layout
from arrowsmith.testing.strategies import layouts, sound_layouts

# --- form ------------------------------------------------------------------------------------------------------------


def nested(depth: int) -> Node:
    node: Node = Field(name="LEAF", type=ty.Integer(bits=8))
    for _ in range(depth):
        node = Optional(test=ex.Const(True), node=node)
    return node


WRONG_VALUES: list[tuple[Any, str]] = [
    (Padding(size="3"), "padding R: size is '3', not an integer or an expression"),  # type: ignore[arg-type]  # the fault
    (Padding(size=True), "padding R: size is True"),
    (Field(name="N", type=ty.Integer(bits=8, order="middle")), "integer N: order is 'middle', not big or little"),  # type: ignore[arg-type]  # the fault
    (Field(name="N", type=Padding()), "field N: type is Padding, not a type"),  # type: ignore[arg-type]  # the fault
    (Field(name="N", type=ty.Enumeration(base=ty.Integer(bits=8), labels=((1,),))), "labels is ((1,),)"),  # type: ignore[arg-type]  # the fault
    (Group(name="G", members=[Padding()]), "group G: members is [Padding("),  # type: ignore[arg-type]  # the fault
    (Group(name="G", members=(), at=ex.Unary("neg", 3)), "unary G: operand is 3, not an expression"),  # type: ignore[arg-type]  # the fault
    (None, "record R: members is (None,)"),
]


@pytest.mark.parametrize(("node", "words"), WRONG_VALUES, ids=range(len(WRONG_VALUES)))
def test_d0101_values_are_of_their_kinds(node: Any, words: str) -> None:
    """Python does not look at annotations, so plugins may say anything; nothing else is then looked at."""
    found = check(layout_of(node))

    assert [diagnostic.code for diagnostic in found] == ["D0101"]
    assert words in found[0].message
    assert check(layout_of(Padding(size=3))) == ()


def test_d0102_nesting_is_bounded() -> None:
    """Deep trees and deep expressions end the check before anything recurses into them."""
    found = check(layout_of(nested(5000)))
    assert [diagnostic.code for diagnostic in found] == ["D0102"]

    deep: ex.Expr = ex.Const(1)
    for _ in range(5000):
        deep = ex.Unary("neg", deep)
    assert [d.code for d in check(layout_of(Padding(size=deep)))] == ["D0102"]

    assert check(layout_of(nested(150))) == ()


def test_d0103_columns_are_bounded() -> None:
    """20,000 columns pass, one more is refused."""
    fields = tuple(Field(name=f"F{n}", type=ty.Integer(bits=8)) for n in range(20_001))
    found = check(layout_of(*fields))

    assert [diagnostic.code for diagnostic in found] == ["D0103"]
    assert "record R has 20,001 columns, 20,000 at most" in found[0].message


def test_d0103_names_the_cycle() -> None:
    """A recursive type that was expanded too far is named; shared nodes are counted at each place, without walking to each."""
    node: Node = Field(name="VALUE", type=ty.Integer(bits=8))
    for n in range(60):
        node = Group(name=("LEFT", "TREE")[n % 2], members=(node, node))
    found = check(layout_of(node))

    assert [diagnostic.code for diagnostic in found] == ["D0103"]
    assert "TREE is inside itself: TREE → LEFT → TREE" in found[0].render()


def test_form_is_looked_at_first() -> None:
    """Each rule of form ends the check, so the others can rely on it."""
    assert RULES[: len(FORM)] == FORM


# --- as a whole ------------------------------------------------------------------------------------------------------


@given(layouts())
def test_check_never_raises(layout: Layout) -> None:
    """Whatever the values of its attributes are."""
    for diagnostic in check(layout):
        assert diagnostic.code in CODES
        assert diagnostic.render()


@given(sound_layouts())
def test_sound_layouts_are_sound(layout: Layout) -> None:
    """Nothing is found in what the strategy calls sound."""
    assert [diagnostic.render() for diagnostic in check(layout)] == []


def test_messages_point_at_the_node() -> None:
    """A whole message, with the span of the node to blame."""
    layout = parse_layout(
        text_of(f'field LINES {BYTE}\narray LINE count=ref("LINE-COUNT") most=50\n  field {BYTE}'), "l.layout"
    )

    (found,) = check(layout)
    assert found.render() == (
        "error[D0150]: the count of LINE: there is no LINE-COUNT that is read before this place\n"
        " --> l.layout:5:13\n"
        "  |\n"
        '5 |       array LINE count=ref("LINE-COUNT") most=50\n'
        "  |             ^^^^"
    )


def test_messages_of_nodes_without_a_span_take_the_nearest_around() -> None:
    """A node that a format made without a place is shown at the node around it."""
    layout = parse_layout(text_of(f"group G\n  field N {BYTE}"))
    group = layout.record.members[0]
    assert isinstance(group, Group)
    field = group.members[0]
    assert isinstance(field, Field)
    damaged = replace(group, members=(replace(field, span=None, type=ty.Integer(bits=9)),))

    (found,) = check(layout_of(damaged))
    assert found.span == group.span


def test_checked_gives_the_layout_or_raises_all() -> None:
    """Every fault is in the one error."""
    good = parse_layout(text_of("field N integer(bits=16)"))
    assert checked(good) is good

    bad = parse_layout(text_of("field N integer(bits=12)\nfield M integer(bits=13)"))
    with pytest.raises(DictionaryError) as raised:
        checked(bad)
    assert "of 12 bits" in str(raised.value)
    assert "of 13 bits" in str(raised.value)


def test_arrays_of_arrays_are_looked_through() -> None:
    """An element that is an array has no current element outside either."""
    inner = Array(name="", count=2, element=Field(name="", type=ty.Integer(bits=8)))
    outer = Array(name="A", count=2, element=inner)
    assert check(layout_of(outer)) == ()
    assert [d.code for d in check(layout_of(outer, Padding(size=ex.Item(ex.Ref(("A",)), ex.Const(0)))))] == ["D0160"]
