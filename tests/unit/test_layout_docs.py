"""`docs/layout.md` says every kind, attribute, operator and rule; its example is a Layout as it is printed."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from arrowsmith.errors import CODES
from arrowsmith.layout.check import RULES, check
from arrowsmith.layout.text import parse_layout, print_layout
from arrowsmith.layout.vocabulary import KINDS, OPERATORS, attributes

PAGE = (Path(__file__).parents[2] / "docs" / "layout.md").read_text("utf-8")


@pytest.mark.parametrize("keyword", KINDS)
def test_every_kind_has_a_row_with_its_attributes(keyword: str) -> None:
    """In the order of their definition."""
    (row,) = re.findall(rf"^\| (?:`\w+` )*`{keyword}`(?: `\w+`)* \|([^|]*)\|", PAGE, re.MULTILINE)
    assert re.findall(r"`(\w+)`", row) == [a.name for a in attributes(KINDS[keyword])]


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_is_listed(operator: str) -> None:
    """Beside the kind that it is an operator of."""
    (row,) = re.findall(rf"^\| `{OPERATORS[operator].__name__.lower()}` .*", PAGE, re.MULTILINE)
    assert f"`{operator}`" in row


def test_every_rule_is_listed() -> None:
    """With its one line, in the order of the codes."""
    assert re.findall(r"^\| (D\d{4}) \| (.*) \|$", PAGE, re.MULTILINE) == [(rule.code, rule.doc) for rule in RULES]


def test_the_errors_of_the_text_form_are_listed() -> None:
    """They are no rules, and have codes too."""
    for code in ("D0001", "D0002", "D0003", "D0004"):
        assert code in CODES
        assert code in PAGE


def test_the_example_is_printed_so() -> None:
    """Comments included, and nothing is wrong with it."""
    (example,) = re.findall(r"^    layout ORDERS.*\n(?:    .*\n)*", PAGE, re.MULTILINE)
    layout = parse_layout(dedent(example))
    assert print_layout(layout) == dedent(example)
    assert check(layout) == ()
