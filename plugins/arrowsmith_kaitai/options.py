"""The options of the kaitai format.  The documentation's table is made from this."""

from __future__ import annotations

from arrowsmith.interfaces import Option

OPTIONS: tuple[Option, ...] = (
    Option(
        "import_path",
        str,
        None,
        "The folders, by commas, that imports which begin with / are looked for in; seen from the description.",
    ),
    Option(
        "enums",
        str,
        "label",
        "What an enumeration is: the label of its value as text, the same as an Arrow dictionary, or the number.",
        choices=("label", "dictionary", "number"),
    ),
    Option(
        "instances",
        str,
        "all",
        "Which instances are columns: all, those that are computed (value), or none.",
        choices=("all", "value", "none"),
    ),
    Option(
        "recursion",
        int,
        None,
        "How often a type may stand in itself: 4, or fewer where that would make too many columns.",
    ),
    Option(
        "rows",
        str,
        None,
        "The path of a repeated field whose elements are the rows; by default the whole input is one row.",
    ),
)
