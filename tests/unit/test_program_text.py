"""Programs and Plans as text: what is printed reads back equal, for every op and every field, and what cannot be read says where."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrowsmith.charsets import Charset, known
from arrowsmith.columns import Column, Level
from arrowsmith.diagnostics import Source, Span
from arrowsmith.program.lines import CASES, ROLES
from arrowsmith.program.ops import OPS, Block, Op, R
from arrowsmith.program.program import Plan, Program, Site
from arrowsmith.program.text import parse_plan, parse_program, print_op, print_plan, print_program
from arrowsmith.testing.making import TRANSFORMS
from arrowsmith.testing.strategies_programs import programs

REGISTERS = st.integers(0, 99).map(R)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
WORDS = st.sampled_from(["trap", "null", "big", "little", "none", "a b", "x'00'", "", "@3", "r1", "cp-037.x"])

#: annotation of a field → values, any that print; what they mean does not matter here
VALUES = {
    "Out": REGISTERS,
    "Reg": REGISTERS,
    "Operand": REGISTERS | INTEGERS,
    "At": st.integers(0, 2**31),
    "ColumnNo": st.integers(-1, 99),
    "LevelNo": st.integers(-1, 99),
    "int": INTEGERS,
    "Bound": INTEGERS,
    "bool": st.booleans(),
    "str": WORDS | TEXTS,
    "Order": WORDS,
    "Fail": WORDS,
    "bytes": st.binary(max_size=5),
    "float | str | bytes": st.floats(allow_nan=False) | TEXTS | st.binary(max_size=5),
    "tuple[Operand, ...]": st.lists(REGISTERS | INTEGERS, max_size=3).map(tuple),
    "tuple[bytes, ...]": st.lists(st.binary(max_size=3), max_size=3).map(tuple),
    "tuple[tuple[int, str], ...]": st.lists(st.tuples(INTEGERS, TEXTS), max_size=3).map(tuple),
}


def any_op(cls: type[Op], depth: int) -> st.SearchStrategy[Op]:
    """Ops of *cls* with any values in their fields."""
    blocks = st.lists(any_ops(depth - 1), max_size=2).map(Block) if depth else st.just(Block())
    cases = st.lists(st.tuples(st.lists(INTEGERS, max_size=3).map(tuple), blocks), max_size=2).map(tuple)
    given_ = {}
    for f in fields(cls):
        if f.name == "site":
            given_[f.name] = st.integers(-1, 3)
        elif f.type == "Block":
            given_[f.name] = blocks
        elif f.type == CASES:
            given_[f.name] = cases
        else:
            given_[f.name] = WORDS if f.type.startswith("Literal[") else VALUES[f.type]
    return st.builds(cls, **given_)


def any_ops(depth: int) -> st.SearchStrategy[Op]:
    return st.sampled_from(sorted(OPS)).flatmap(lambda name: any_op(OPS[name], depth))


def program(*ops: Op, **given_) -> Program:
    return Program(name="T", body=Block(ops), **given_)


@pytest.mark.parametrize("name", OPS)
@settings(max_examples=settings.default.max_examples // 4)
@given(st.data())
def test_every_op_round_trips(name, data):
    """Any values in any fields of any op come back as they were."""
    made = program(data.draw(any_op(OPS[name], 2)), sites=(Site(path="A.B"), Site(), Site(rule="no"), Site()))

    assert parse_program(print_program(made)) == made


@given(programs())
def test_generated_programs_round_trip(made):
    assert parse_program(print_program(made), transforms=TRANSFORMS) == made


def test_every_annotation_has_a_role():
    """A field of a new kind fails here, not in somebody's dump."""
    for cls in OPS.values():
        for f in fields(cls):
            if f.name != "site" and not f.type.startswith("Literal["):
                assert f.type in ROLES or f.type in ("bool", "Block", CASES), f"{cls.name}.{f.name}: {f.type}"


def test_the_anatomy_of_a_line():
    """Results, name, operands and places bare, the rest by name, defaults left out, the site, the path."""
    made = parse_program(
        """
        program ORDER table size=4 {
          registers i64 i64
          site @0 path="ORDER.NUMBER" type="9(9) COMP"
          do {
            need 4   ; a comment
            r0 = load.int +0x2 size=2 encoding=unsigned @0
            repeat r0 l-1 stride=4 {
              r1 = let mul r0 0
              switch r1 {
                case 1 -2 {
                }
                default {
                  fail
                }
              }
            }
          }
        }
        """
    )

    assert print_program(made) == (
        "program ORDER table size=4 {\n"
        "  registers i64 i64\n"
        '  site @0 path="ORDER.NUMBER" type="9(9) COMP"\n'
        "  do {\n"
        "    need 4\n"
        "    r0 = load.int +2 size=2 encoding=unsigned @0          ; ORDER.NUMBER\n"
        "    repeat r0 l-1 stride=4 {\n"
        "      r1 = let mul r0 0\n"
        "      switch r1 {\n"
        "        case 1 -2 {\n"
        "        }\n"
        "        default {\n"
        "          fail\n"
        "        }\n"
        "      }\n"
        "    }\n"
        "  }\n"
        "}\n"
    )
    assert print_op(made.body[1]) == ["r0 = load.int +2 size=2 encoding=unsigned @0"]


HEADERS = [
    program(kind="framer", size=7, parameters=("little", "a b")),
    program(charsets=(known("cp037"), Charset("mine", ("", "\u00e9", '"', "]", " ", *"x" * 251)))),
    program(charsets=(Charset("cp037", tuple("x" * 256)),)),
    program(levels=(Level(parent=-1), Level(parent=0, path=("a", "b c", "d.e", "[]")), Level(parent=1))),
    program(columns=(Column(level=0, storage="dec128", path=("scratch",), scratch=True), Column(level=0, storage="utf8", path=()))),
    program(registers=("i64", "u64", "i128", "f64", "text") * 9),
    program(sites=(Site(), Site(path='A "B"', type="X(3)", rule="r\n;", tolerant=True))),
    Program(name="two words; {", body=Block()),
]  # fmt: skip


@pytest.mark.parametrize("made", HEADERS, ids=range(len(HEADERS)))
def test_headers_round_trip(made):
    """Names that are no words are quoted; a table that is a codec of Python's is only named."""
    assert parse_program(print_program(made)) == made


def test_spans_need_their_sources():
    """A span prints as its source's name and its characters; it comes back where the source is given."""
    source = Source("orders.cpy", "05 NUMBER PIC 9(9).")
    made = program(sites=(Site(path="NUMBER", span=Span(source, 3, 9)),))
    text = print_program(made)

    assert 'span="orders.cpy":3:9' in text
    assert parse_program(text, {"orders.cpy": source}) == made
    assert parse_program(text).sites[0].span is None


def test_plans_round_trip():
    framer = Program(name="F", body=Block(), kind="framer", parameters=("p",))
    header = Program(name="H", body=Block(), kind="header", size=24)
    plan = Plan(name="two words", framer=framer, header=header, tables=(("a b", program()), ("c", program())),
                parameters=(("p", -1), ("q", 2**40)), specialise=("q",), whole_stream=True, limit=7)  # fmt: skip

    assert parse_plan(print_plan(plan)) == plan
    assert parse_plan(print_plan(Plan(name="P", framer=framer, tables=()))) == Plan(name="P", framer=framer, tables=())


@pytest.mark.parametrize(
    ("ops", "claim"),
    [
        ("frobnicate 3", "line 4: there is no op frobnicate"),
        ("need", "line 4: need lacks n"),
        ("need x", "line 4: expected a number, found x"),
        ("need 3 4", "line 4: 4 is no part of need"),
        ("r0 = need 3", "line 4: need has another number of results"),
        ("tell", "line 4: tell has another number of results"),
        ("r0 = load.int +0 size=2 colour=red", "line 4: colour is no part of load.int"),
        ("r0 = bytes +0 3 pad=2020", "line 4: expected x'…', found 2020"),
        ("put r0 c0", "line 4: expected c and a number, found r0"),
        ("reach 3 {\nneed 3", "the text ends too early"),
        ("need 3 {", "line 4: need holds no ops"),
        ("need 3 'x", "line 4: 'x is no part of need"),
        ('r0 = const "abc', "line 4: '\"abc' is not understood"),
        ("if r0", "line 4: if lacks then"),
    ],
)
def test_errors_name_the_line(ops, claim):
    with pytest.raises(ValueError) as caught:
        parse_program(
            f"program T table {{\nregisters i64\ndo {{\n{ops}\n}}\n}}"
            if "ends" not in claim
            else f"program T table {{\ndo {{\n{ops}"
        )

    assert str(caught.value) == claim


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("plan P {\n}", "the Plan has no framer"),
        ("plan P colour {\n}", "line 1: colour is no part of a Plan"),
        ("plan P {\nsink\n}", "line 2: sink is no part of a Plan"),
        ("program T table {\ncolour red\n}", "line 2: colour is no part of a Program"),
        ("program T table {\ncolumn c1 l0 i8 x\n}", "line 2: c1 is out of order"),
        ("program T table {\ncolumn c0 l0 i9 x\n}", "line 2: there is no storage i9"),
        ("program T table {\nregisters i63\n}", "line 2: there is no kind i63"),
        ("program T table {\ncharset klingon\n}", "line 2: klingon is no single-byte codec, and has no table here"),
        ("program T table {\ndo {\n}\n}\nmore", "line 5: the Program has ended"),
    ],
)
def test_errors_of_headers(text, claim):
    with pytest.raises(ValueError) as caught:
        (parse_plan if text.startswith("plan") else parse_program)(text)

    assert str(caught.value) == claim
