"""Whatever the text, reading it gives a Layout that passes `check`, or a `DictionaryError`; nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from arrowsmith.diagnostics import Source
from arrowsmith.errors import DictionaryError
from arrowsmith.interfaces import parse_options
from arrowsmith.layout.check import check
from arrowsmith_copybook.format import Copybook

WORDS = (
    "01", "05", "10", "66", "77", "78", "88", "R", "A", "B", "G", "FILLER", "PIC", "X(3)", "9(4)V99", "S9(5)", "Z9.99-",
    "COMP", "COMP-3", "COMP-1", "BINARY", "USAGE", "IS", "VALUE", "'A'", "ZERO", "ALL", "THRU", "OCCURS", "3", "TO", "TIMES",
    "DEPENDING", "ON", "REDEFINES", "RENAMES", "SIGN", "LEADING", "SEPARATE", "SYNC", "BLANK", "WHEN", "TYPE", "TYPEDEF",
    "COPY", "REPLACING", "REPLACE", "OFF", "==A==", "BY", ".", ".", ".", ".\n", "\n", "\n       ", "      -", "*", ">>SOURCE FREE",
    "'", '"', "(", ")", ",", "-", "\t", "\x00", "é",
)  # fmt: skip

OPTIONS: tuple[dict[str, str], ...] = (
    {},
    {"source_format": "fixed"},
    {"dialect": "gnucobol", "debug": "hex", "drop_value_fillers": "false"},
    {"roots": "sequence", "variable_size_occurs": "true", "record_format": "V"},
    {"roots": "overlay", "edited_pictures": "number", "encoding": "ascii", "metadata": "extended"},
)

entries = st.tuples(
    st.sampled_from(("01", "05", "10", "15", "88")),
    st.sampled_from("RABG"),
    st.lists(st.sampled_from(WORDS), max_size=5),
).map(lambda parts: f"{parts[0]} {parts[1]} {' '.join(parts[2])}.")
texts = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join),
    st.lists(entries, max_size=8).map("\n".join),
    st.text(max_size=80),
)


def missing(name: str, from_: Source) -> Source:
    raise DictionaryError(f"no such file {name}")


@given(texts, st.sampled_from(OPTIONS))
def test_any_text_is_a_layout_or_a_dictionary_error(text: str, options: dict[str, str]) -> None:
    format = Copybook()
    format.detect(Source("t.cpy", text))
    try:
        made = format.parse([Source("t.cpy", text)], parse_options(format.options, options), missing)
    except DictionaryError as error:
        said = str(error)
    else:
        said = "\n".join(d.render() for d in check(made))
        assert said == ""
    assert said == "" or said.startswith("error[C")
