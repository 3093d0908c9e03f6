"""Which columns a selection names, and that it keeps what they are."""

from __future__ import annotations

import pytest
from members import record

from arrowsmith.errors import OptionError
from arrowsmith.layout.schema import arrow_schema, leaves, shape
from arrowsmith.layout.selection import select

ORDERS = """\
field ORDER-NO integer(bits=8)
field ORDER-DATE integer(bits=8)
group CUSTOMER
  field NAME text(size=1)
  field CUST-NO integer(bits=8)
array LINE-ITEM count=2
  group
    field SKU text(size=1)
    array TAX count=2
      field integer(bits=8)
group "a.b"
  field c integer(bits=8)
"""


@pytest.mark.parametrize(
    ("patterns", "columns"),
    [
        (["ORDER-NO"], ["ORDER_NO"]),
        (["order_no"], ["ORDER_NO"]),
        (["Order-No"], ["ORDER_NO"]),
        (["order*"], ["ORDER_NO", "ORDER_DATE"]),
        (["*-no"], ["ORDER_NO"]),
        (["*.*no"], ["CUSTOMER.CUST_NO"]),
        (["CUSTOMER"], ["CUSTOMER.NAME", "CUSTOMER.CUST_NO"]),
        (["customer.name"], ["CUSTOMER.NAME"]),
        (["customer.*"], ["CUSTOMER.NAME", "CUSTOMER.CUST_NO"]),
        (["line-item.sku", "ORDER-DATE"], ["ORDER_DATE", "LINE_ITEM.SKU"]),
        (["LINE_ITEM.TAX"], ["LINE_ITEM.TAX.[]"]),
        (["a.b.c"], ["a_b.c"]),
        (["a_b.c"], ["a_b.c"]),
        (["a.b"], ["a_b.c"]),
        ([], []),
        (["*"], ["ORDER_NO", "ORDER_DATE", "CUSTOMER.NAME", "CUSTOMER.CUST_NO", "LINE_ITEM.SKU", "LINE_ITEM.TAX.[]", "a_b.c"]),
    ],
)  # fmt: skip
def test_columns_are_selected_by_either_spelling(patterns: list[str], columns: list[str]) -> None:
    """With dots, in any case, with stars; in the dictionary's order, structs whole."""
    selected = select(shape(record(ORDERS)), patterns)
    assert [".".join(leaf.path) for leaf in leaves(selected)] == columns


def test_a_single_pattern_is_no_list_of_letters() -> None:
    """A text alone is one pattern."""
    assert select(shape(record(ORDERS)), "order-no") == select(shape(record(ORDERS)), ["order-no"])


@pytest.mark.parametrize(
    ("pattern", "help"),
    [
        ("ORDER-NUM", "did you mean ORDER-NO?"),
        ("CUST-NO", "did you mean CUSTOMER.CUST-NO?"),
        ("sku", "did you mean LINE-ITEM.SKU?"),
        ("CUSTOMER.NAMES", "did you mean CUSTOMER.NAME?"),
        ("ORDER-NO.X", "did you mean ORDER-NO?"),
        ("xyzzy*", ""),
        ("", ""),
        ("[A-Z]*", ""),
    ],
)
def test_a_pattern_that_names_nothing_is_an_error(pattern: str, help: str) -> None:
    """With the column that was meant, further inside or most like it; only the star is special."""
    with pytest.raises(OptionError) as raised:
        select(shape(record(ORDERS)), [pattern])

    assert f"there is no column {pattern}" in str(raised.value)
    assert raised.value.help == help
    assert raised.value.code == "O0030"


def test_a_selection_keeps_what_columns_are() -> None:
    """Types, metadata and numbers are those of the whole."""
    whole = arrow_schema(shape(record(ORDERS)))
    part = arrow_schema(select(shape(record(ORDERS)), ["ORDER-DATE", "LINE-ITEM"]))
    assert part.names == ["ORDER_DATE", "LINE_ITEM"]
    for name in part.names:
        assert part.field(name).equals(whole.field(name), check_metadata=True)
