"""COPY and REPLACE are carried out on words, and what they bring keeps its place."""

from __future__ import annotations

import pytest

from arrowsmith.diagnostics import Source
from arrowsmith.errors import DictionaryError
from arrowsmith_copybook.copying import expand
from arrowsmith_copybook.source import Style


def texts(text: str, **others: str) -> list[str]:
    """The words of *text* after copying from *others* (name → text)."""
    tokens, wrong = expand(Source("t.cpy", text), Style(form="free"), include_from(others))
    assert not wrong, wrong[0].render()
    return [token.text for token in tokens[:-1]]


def include_from(others: dict[str, str]):  # type: ignore[no-untyped-def]  # the shape is Include's
    def include(name: str, from_: Source) -> Source:
        if name not in others:
            raise DictionaryError(f"no such file {name}", help="give the folder it is in")
        return Source(name, others[name])

    return include


@pytest.mark.parametrize(
    "statement",
    [
        "COPY B.",
        "COPY 'B'.",
        "copy B.",
        "COPY B OF LIB.",
        "COPY B IN LIB SUPPRESS.",
        "EXEC SQL INCLUDE B END-EXEC.",
        "EXEC SQL INCLUDE B END-EXEC",
        "++INCLUDE B",
        "-INC B",
    ],
)
def test_a_copybook_takes_the_place_of_the_statement(statement: str) -> None:
    assert texts(f"01 R.\n{statement}\n05 Z PIC X.", B="05 A PIC 9.") == [
        "01",
        "R",
        ".",
        "05",
        "A",
        "PIC",
        "9",
        ".",
        "05",
        "Z",
        "PIC",
        "X",
        ".",
    ]


def test_copying_nests() -> None:
    assert texts("COPY A.", A="01 A. COPY B.", B="05 B PIC X.") == ["01", "A", ".", "05", "B", "PIC", "X", "."]


@pytest.mark.parametrize(
    ("replacing", "expected"),
    [
        ("==:TAG:== BY ==CUST==", ["05", "CUST-ID", "PIC", "X(3)", "."]),
        ("==(TAG)== BY ==CUST==", ["05", ":TAG:-ID", "PIC", "X(3)", "."]),
        ("LEADING ==:TAG:== BY ==C==", ["05", "C-ID", "PIC", "X(3)", "."]),
        ("TRAILING ==-ID== BY ==-NO==", ["05", ":TAG:-NO", "PIC", "X(3)", "."]),
        (":TAG:-ID BY KEY", ["05", "KEY", "PIC", "X(3)", "."]),
        ("==PIC X(3)== BY ==PIC 9(5) COMP-3==", ["05", ":TAG:-ID", "PIC", "9(5)", "COMP-3", "."]),
        ("==pic== BY ==PICTURE==", ["05", ":TAG:-ID", "PICTURE", "X(3)", "."]),
        ("==PIC X(3)== BY ====", ["05", ":TAG:-ID", "."]),
        ("==:TAG:== BY ==A== ==X(3)== BY ==X(4)==", ["05", "A-ID", "PIC", "X(4)", "."]),
    ],
)
def test_replacing(replacing: str, expected: list[str]) -> None:
    assert texts(f"COPY B REPLACING {replacing}.", B="05 :TAG:-ID PIC X(3).") == expected


def test_replace_holds_until_the_next() -> None:
    text = "05 P-A PIC X. REPLACE LEADING ==P-== BY ==Q-==. 05 P-B PIC X. REPLACE OFF. 05 P-C PIC X."
    assert [w for w in texts(text) if w[1:2] == "-"] == ["P-A", "Q-B", "P-C"]


def test_replaced_words_keep_the_place_of_the_copied_text() -> None:
    include = include_from({"B": "05 OLD PIC X."})
    tokens, _ = expand(Source("t.cpy", "COPY B REPLACING OLD BY NEW."), Style(form="free"), include)
    assert [(t.text, str(t.span)) for t in tokens[:2]] == [("05", "B:1:1"), ("NEW", "B:1:4")]


def test_a_missing_copybook_is_named_at_the_statement() -> None:
    with pytest.raises(DictionaryError) as error:
        texts("01 R.\n   COPY NOWHERE.")
    assert error.value.code == "C0108"
    assert "t.cpy:2:4" in str(error.value)
    assert "give the folder it is in" in str(error.value)


def test_a_copybook_that_copies_itself_is_an_error_that_shows_the_chain() -> None:
    with pytest.raises(DictionaryError) as error:
        texts("COPY A.", A="COPY B.", B="COPY A.")
    assert error.value.code == "C0109"
    assert "A → B → A" in str(error.value)


@pytest.mark.parametrize(
    "text", ["COPY.", "COPY B", "COPY B 05 A PIC X.", "COPY B REPLACING ==A== ==B==.", "COPY B OF", "REPLACE ==A==."]
)
def test_a_malformed_statement_is_an_error(text: str) -> None:
    _, wrong = expand(Source("t.cpy", text), Style(form="free"), include_from({"B": ""}))
    assert [w.code for w in wrong] == ["C0108"]
