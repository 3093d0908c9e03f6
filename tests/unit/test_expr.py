"""Expressions: walking them, what their names mean, what kind of value they have."""

from __future__ import annotations

import pytest
from hypothesis import given

from arrowsmith.layout import expr as ex
from arrowsmith.layout.nodes import Array, Layout
from arrowsmith.layout.rules.rule import Survey
from arrowsmith.layout.scope import Fault, Use, infer, kind_at, resolve, resolve_item
from arrowsmith.layout.text import parse_expr, parse_layout
from arrowsmith.layout.tree import Place, tree, walk
from arrowsmith.layout.vocabulary import EXPRESSIONS
from arrowsmith.testing.strategies import expressions

#: N at the root, an array of groups with an array inside, a choice, an overlay; P marks places where expressions stand.
NESTED = """\
layout L
  table
    record R
      field N integer(bits=8)
      field T text(size=3)
      field D packed(size=3, digits=5, scale=2)
      array LINE count=2
        group ELEMENT
          field N integer(bits=8)
          field FLAG boolean(base=integer(bits=8))
          array CODE count=2
            field text(size=1)
          group INNER
            padding P1 size=1
      group
        field HIDDEN float(kind=ieee64)
        padding size=2
      choice KIND
        arm test=true
          group A
            field X bytes(size=2)
        arm test=none
          group B
            field X bytes(size=2)
            padding size=3
      overlay
        field WHOLE bytes(size=4)
        group PARTS
          field M moment(base=integer(bits=32))
      derived SUM value=1
      field RAW bytes(size=2)
      field HEX bytes(size=2, hex=true)
      field BIT bits(width=1, shift=0, size=1, boolean=true, advance=true)
      field CAL calibrated(base=float(kind=ieee32), kind=polynomial, points=(1.0))
      field ENUM enumeration(base=integer(bits=8), labels=())
      optional test=true
        field LATE integer(bits=8)
      array MAYBE count=2
        optional test=true
          field text(size=1)
      padding size=4
""".replace("padding P1 size=1", "padding size=1")


def layout() -> Layout:
    return parse_layout(NESTED)


def padding(root: Place, size: int) -> Place:
    """The place of the padding of *size* bytes."""
    return next(p for p in walk(root) if getattr(p.node, "size", None) == size)


def use_at(size: int, text: str, *, behind: bool = False) -> Use:
    """The expression *text* as it stands in the padding of *size* bytes."""
    return Use(padding(tree(layout().record), size), "", parse_expr(text), (), behind, frozenset({"BASE"}))


def kind_in(size: int, text: str) -> str:
    """The kind of the expression *text* there, or what is wrong with it."""
    faults: list[Fault] = []
    use = use_at(size, text)
    kind = infer(use.expr, use, faults)
    return faults[0].wrong if faults else str(kind)


@given(expressions())
def test_children_and_references_agree(expr: ex.Expr) -> None:
    """The references of an expression are those of its children, in their order."""
    if isinstance(expr, ex.Ref):
        assert ex.references(expr) == (expr,)
    else:
        assert ex.references(expr) == tuple(r for child in ex.children(expr) for r in ex.references(child))


def test_children_are_in_order() -> None:
    """Left to right, an item's array first."""
    one, two, three = ex.Const(1), ex.Const(2), ex.Const(3)
    assert ex.children(ex.Cond(one, two, three)) == (one, two, three)
    assert ex.children(ex.Item(ex.Ref(("A",)), two)) == (ex.Ref(("A",)), two)
    assert ex.children(ex.Unary("neg", one)) == (one,)
    assert ex.children(one) == ()


def test_operators_are_of_one_arity() -> None:
    """No word is both a unary and a binary operator."""
    assert not set(ex.UNARY) & set(ex.BINARY)


@pytest.mark.parametrize(
    ("size", "text", "path"),
    [
        (4, 'ref("N")', "N"),
        (1, 'ref("N")', "N"),
        (1, 'ref("LINE", "N")', "LINE.N"),
        (1, 'ref("N", up=1)', "LINE.N"),
        (1, 'ref("N", up=2)', "N"),
        (4, 'ref("HIDDEN")', "HIDDEN"),
        (2, 'ref("HIDDEN", up=0)', "HIDDEN"),
        (4, 'ref("KIND", "A", "X")', "KIND.A.X"),
        (3, 'ref("X", up=0)', "KIND.B.X"),
        (3, 'ref("B", "X", up=1)', "KIND.B.X"),
        (4, 'ref("PARTS", "M")', "PARTS.M"),
        (4, 'ref("WHOLE")', "WHOLE"),
        (4, 'ref("LINE")', "LINE"),
    ],
)
def test_a_reference_means_one_place(size: int, text: str, path: str) -> None:
    """Paths step through what has a name; an array's element has none, whatever it is called."""
    use = use_at(size, text)
    assert isinstance(use.expr, ex.Ref)

    target = resolve(use.expr, use)

    assert isinstance(target, Place)
    assert str(target) == path


def test_an_item_means_a_place_inside_its_array() -> None:
    """The element itself, or a field of it; arrays inside need items of their own."""
    for text, kind in (('item(ref("LINE"), 0)', "struct"), ('item(ref("LINE"), 0, "FLAG")', "boolean")):
        use = use_at(4, text)
        assert isinstance(use.expr, ex.Item)
        target = resolve_item(use.expr, use)
        assert isinstance(target, Place)
        assert kind_at(target) == kind
    assert kind_in(4, 'item(ref("LINE"), 0, "CODE")') == "list"
    assert kind_in(4, 'item(ref("LINE"), "0", "N")') == "operands"


@pytest.mark.parametrize(
    ("size", "text", "kind"),
    [
        (4, "1", "integer"),
        (4, 'ref("RAW")', "bytes"),
        (4, 'ref("HEX")', "text"),
        (4, 'ref("BIT")', "boolean"),
        (4, 'ref("CAL")', "float"),
        (4, 'ref("ENUM")', "integer"),
        (4, 'ref("LATE")', "integer"),
        (4, 'item(ref("MAYBE"), 0)', "text"),
        (4, "true", "boolean"),
        (4, "1.5", "float"),
        (4, '"a"', "text"),
        (4, 'x"00"', "bytes"),
        (4, 'ref("D")', "decimal"),
        (4, 'ref("T")', "text"),
        (4, 'ref("PARTS")', "struct"),
        (4, 'ref("PARTS", "M")', "date"),
        (4, 'ref("LINE")', "list"),
        (1, 'ref("LINE")', "struct"),
        (4, 'ref("SUM")', "integer"),
        (4, 'param("BASE")', "integer"),
        (4, "position()", "integer"),
        (4, "streamsize(root=true)", "integer"),
        (1, "index()", "integer"),
        (4, 'add(ref("N"), 1.5)', "float"),
        (4, 'min(ref("N"), 1)', "integer"),
        (4, 'eq(ref("T"), "abc")', "boolean"),
        (4, 'cat(ref("T"), str(ref("N")))', "text"),
        (4, 'cat(x"00", ref("WHOLE"))', "bytes"),
        (4, 'cond(present(ref("D")), 1, 2.0)', "float"),
        (4, 'present(ref("PARTS", "M"))', "boolean"),
        (4, 'len(ref("LINE"))', "integer"),
        (4, 'int(ref("T"))', "integer"),
        (4, "neg(1.5)", "float"),
        (4, 'cond(true, "a", 1)', "operands"),
        (4, 'neg(ref("T"))', "operands"),
        (4, 'cat("a", x"00")', "operands"),
        (4, 'add(ref("X"), 1)', "unknown"),
        (4, "index()", "index"),
        (4, 'param("BSE")', "parameter"),
        (4, 'ref("LINE", "N")', "through"),
        (2, 'ref("SUM")', "early"),
        (3, 'ref("KIND", "A", "X")', "early"),
    ],
)
def test_kinds_are_inferred(size: int, text: str, kind: str) -> None:
    """The kind of a good expression, or the rule that a bad one breaks."""
    assert kind_in(size, text) == kind


def test_every_kind_of_expression_is_inferred() -> None:
    """A new kind of expression needs its case in `infer`."""
    one, ref = ex.Const(1), ex.Ref(("LINE",))
    made = {
        ex.Const: one, ex.Ref: ex.Ref(("N",)), ex.Param: ex.Param("BASE"), ex.Unary: ex.Unary("neg", one),
        ex.Binary: ex.Binary("add", one, one), ex.Cond: ex.Cond(ex.Const(True), one, one), ex.Item: ex.Item(ref, one, ("N",)),
        ex.Position: ex.Position(), ex.Remaining: ex.Remaining(), ex.StreamSize: ex.StreamSize(), ex.Index: ex.Index(),
        ex.Slice: ex.Slice(ex.Const("abc"), one, one), ex.Decoded: ex.Decoded(ex.Const(b"a"), "ascii"), ex.Peek: ex.Peek(3, one),
    }  # fmt: skip
    kinds = {ex.Slice: "text", ex.Decoded: "text"}
    assert set(made) == set(EXPRESSIONS)
    place = padding(tree(layout().record), 1)
    for expr in made.values():
        faults: list[Fault] = []
        assert infer(expr, Use(place, "", expr, (), False, frozenset({"BASE"})), faults) == kinds.get(
            type(expr), "integer"
        )
        assert faults == []


def test_behind_a_node_its_inside_is_read() -> None:
    """`Array.until` looks at the current element, which is not read where the array begins."""
    root = tree(layout().record)
    array = next(p for p in walk(root) if isinstance(p.node, Array))
    ref = ex.Ref(("LINE", "N"))

    assert isinstance(resolve(ref, Use(array, "", ref, (), behind=True)), Place)
    assert isinstance(resolve(ref, Use(array, "", ref, (), behind=False)), Fault)


def test_operands_that_are_wrong_do_not_make_more_errors() -> None:
    """One fault is said once, not once for every operator around it."""
    faults: list[Fault] = []
    use = use_at(4, 'eq(add(ref("MISSING"), 1), mul(2, 3))')
    infer(use.expr, use, faults)
    assert [fault.wrong for fault in faults] == ["unknown"]


def test_a_survey_lists_every_expression() -> None:
    """Each attribute that is an expression, once, with its owner."""
    text = """\
layout L framing=computed(length=ref("N"))
  table test=true
    record R
      field N integer(bits=8) valid=true
      field T text(size=const(1))
      group G at=0 within=1 transform=("xor", (2))
        padding size=const(3)
      array A count=const(4)
        overlay selected=(true, none)
          field B integer(bits=8)
          choice
            arm test=false
              optional test=true
                derived X value=5
"""
    said = [f"{use.attribute}: {use.expr}" for use in Survey(parse_layout(text)).uses]
    assert len(said) == len(set(said)) == 13
    assert {attribute.split(":")[0] for attribute in said} == {
        "the condition valid", "the size", "the position at", "the size within", "an argument of the transform", "the count",
        "the condition of a view", "the test of an alternative", "the condition", "the value", "the test of table R",
        "the length of records",
    }  # fmt: skip
