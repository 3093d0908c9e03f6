"""Hostile dictionaries and jobs: a clear message and a documented exit status, never a traceback, and never without end.

A copybook is one that could be meant, damaged; a job is TOML of any shape, and text that is none; `detect` gets any value for its options.
"""

from __future__ import annotations

import datetime
import json
import math
import time
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from commandline import run
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_cli_fuzz import FILES, ODD, STATUSES, folder

from arrowsmith.jobs import KEYS
from arrowsmith.registry import load

pytestmark = pytest.mark.skipif(find_spec("arrowsmith_copybook") is None, reason="no copybook format here")

#: seconds that a dictionary of a few lines may take on a machine that does other things too
LONG = 20.0

RICH = """\
      * a comment
       01  CUSTOMER.
           05  ID             PIC 9(6).
           05  NAME           PIC X(20) VALUE 'ANY'.
           05  BALANCE        PIC S9(7)V99 COMP-3.
               88  IN-DEBT    VALUE -999 THRU -1.
           05  RATE           COMP-1.
           05  KIND           PIC X.
               88  PERSON     VALUE 'P'.
           05  N              PIC 9(2) COMP.
           05  DETAIL.
               10  BORN       PIC 9(8).
               10  EDITED     PIC ZZ,ZZ9.99-.
           05  OTHER REDEFINES DETAIL.
               10  TAX        PIC S9(5)V9(2) SIGN IS LEADING SEPARATE.
               10  FILLER     PIC X(4).
           05  ITEMS OCCURS 0 TO 9 TIMES DEPENDING ON N INDEXED BY I.
               10  ITEM       PIC X(4).
               10  PRICE      PIC 9(5)V99 BINARY SYNC.
       66  BOTH RENAMES ID THRU NAME.
"""
#: what a text may hold instead of what it holds
PIECES = (
    "", " ", ".", "'", '"', "(", ")", ",", "-", "\t", "\0", "\n", "\r", "é", "\ufeff", "  ", "999999999", "0", "-1", "(0)", "(99999999)",
    "PIC", "PIC X(1000000000)", "PIC 9(38)V9(38)", "PIC S", "PIC 9(5", "PIC XX9(3)V.", "OCCURS 2147483648", "OCCURS 100000 TIMES",
    "OCCURS 0", "OCCURS 5 TO 2 DEPENDING ON N", "DEPENDING ON ID", "DEPENDING ON NONE", "REDEFINES", "REDEFINES CUSTOMER",
    "REDEFINES OTHER", "USAGE COMP-9", "COMP-1", "COMP-3", "SYNC", "VALUE", "VALUE ALL", "01", "05", "10", "49", "50", "66", "77", "78",
    "88", "99", "1.", "FILLER", "COPY r", "COPY r.cpy.", "COPY REPLACING", "REPLACE ==A== BY ==A A==.", "REPLACE OFF.", "==",
    "PROCEDURE DIVISION.",
    ">>SOURCE FREE", "SIGN TRAILING", "JUSTIFIED", "BLANK WHEN ZERO", "OCCURS 9 OCCURS 9", "X" * 5_000,
)  # fmt: skip


@st.composite
def copybooks(draw: st.DrawFn) -> str:
    """A copybook of which pieces are others."""
    text = RICH
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        size = draw(st.integers(0, 12))
        match draw(st.integers(0, 3)):
            case 0:  # a line more than once
                lines = text.splitlines(keepends=True)
                line = draw(st.integers(0, len(lines) - 1))
                text = "".join([*lines[:line], lines[line] * draw(st.integers(0, 3)), *lines[line + 1 :]])
            case 1:
                text = text[:at] + draw(st.text(max_size=4)) + text[at + size :]
            case _:
                text = f"{text[:at]} {draw(st.sampled_from(PIECES))} {text[at + size :]}"
    return text


@given(copybooks())
@example(RICH.replace("OCCURS 0 TO 9 TIMES DEPENDING ON N", "OCCURS 2147483648"))
@example("".join(f"       {level:02}  G{level} OCCURS 99 TIMES.\n" for level in range(1, 12)) + "       20  X PIC X.\n")
@example("       COPY 'r.cpy'.\n")
@example("".join(f"           {min(49, level):02}  G{level}.\n" for level in range(1, 400)))
def test_any_damage_to_a_copybook_is_a_diagnostic(text: str) -> None:
    """Or another copybook.  What is said names a place in the text, and help is short."""
    with folder({**FILES, "r.cpy": text.encode("utf-8", "surrogatepass")}), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begin = time.perf_counter()
        done = run("describe", "r.cpy")
        seconds = time.perf_counter() - begin

    assert done.status in STATUSES
    assert "Traceback" not in done.err
    assert not done.status or done.err.startswith("error["), done.err[:200]
    assert seconds < LONG


# --- jobs --------------------------------------------------------------------------------------------------------------

#: values of every type that TOML has
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        ODD,
        st.integers(-(2**63), 2**63 - 1),
        st.floats(),
        st.booleans(),
        st.datetimes(datetime.datetime(1970, 1, 1), datetime.datetime(2100, 1, 1)),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(ODD, inner, max_size=3)),
    max_leaves=4,
)
#: what is said of a field, and how
SAYS = ("as", "pattern", "pivot", "timezone", "absent", "rename", "yes", "no", "other")
HOW = ("date", "time", "timestamp", "decimal(5,2)", "decimal(99,1)", "bool", "binary", "yyyyMMdd", "UTC")
FIELDS = st.dictionaries(
    st.sampled_from(("ID", "name", "PAID", "L", "Q", "NONE", "R.ID", "")),
    st.one_of(
        VALUES,
        st.dictionaries(
            st.sampled_from(SAYS),
            st.one_of(VALUES, st.sampled_from(HOW)),
            max_size=3,
        ),
    ),
    max_size=2,
)  # fmt: skip


def toml(value: Any) -> str:
    """*value* as TOML has it; tables within others inline."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return "nan" if math.isnan(value) else str(value)
        case int():
            return str(value)
        case datetime.datetime():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return "{" + ", ".join(f"{toml(name)} = {toml(one)}" for name, one in value.items()) + "}"
    return json.dumps(value).replace("\x7f", "\\u007f")


@st.composite
def jobs(draw: st.DrawFn) -> str:
    """A job: keys that there are with values of any type, keys that there are not, or any text."""
    if not draw(st.integers(0, 5)):
        return draw(st.text(max_size=60))
    said = {"dictionary": "r.cpy", "inputs": ["fixed.dat"], "output": "o.parquet"}
    for name in draw(st.lists(st.one_of(st.sampled_from(sorted(KEYS)), ODD), max_size=3)):
        said[name] = draw(FIELDS if name == "fields" else VALUES)
    if draw(st.booleans()):
        said["fields"] = draw(FIELDS)
    return "".join(f"{toml(name)} = {toml(value)}\n" for name, value in said.items() if name not in ("threads",))


@given(jobs(), st.sampled_from(("convert", "head", "validate", "describe")))
@example("fields = 1\n", "head")
@example('dictionary = "r.cpy"\ninputs = ["fixed.dat"]\n[fields]\nID = 1\n', "describe")
@example('dictionary = "r.cpy"\ninputs = []\n', "validate")
def test_any_job_is_carried_out_or_refused(text: str, command: str) -> None:
    with folder({**FILES, "any.toml": text.encode("utf-8", "surrogatepass")}) as path, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = run(command, "--job", "any.toml", stdin=b"")
        left = {p.name for p in Path(path).rglob("*") if p.name not in FILES}

    assert done.status in STATUSES
    assert "Traceback" not in done.err
    assert done.status in (0, 3) or "error" in done.err or command == "validate", done.err
    assert not [name for name in left if name.endswith(".tmp")], left


# --- detect ------------------------------------------------------------------------------------------------------------


def _names() -> list[str]:
    return sorted({option.name for form in load().formats if form.name == "copybook" for option in form.options})


@settings(max_examples=12)
@given(
    st.sampled_from((["r.cpy"], ["r.cpy"], ["w.ksy"], [])),
    st.sampled_from(sorted(FILES)),
    st.lists(
        st.tuples(st.sampled_from(_names()) if find_spec("arrowsmith_copybook") else st.nothing(), ODD), max_size=2
    ),
    st.sampled_from(
        (
            [],
            ["--json"],
            ["--apply", "new.toml"],
            ["--apply", "r.cpy"],
            ["--apply", "no/such.toml"],
            ["--emitter", "none"],
        )
    ),
)
@example(["r.cpy"], "fixed.dat", [("file_start_offset", "9" * 30)], [])
@example(["r.cpy"], "v.dat", [("record_format", "V"), ("record_length_field", "ID")], [])
@example([], "empty.dat", [], ["--json"])
def test_detect_answers_whatever_is_known(
    dictionary: list[str], data: str, options: list[tuple[str, str]], more: list[str]
) -> None:
    """1 where nothing fits, 2 where an option is none."""
    words = [word for name, value in options for word in ("-O", f"{name}={value}")]
    with folder(FILES), warnings.catch_warnings():
        warnings.simplefilter("error")
        done = run("detect", *dictionary, data, *words, *more, stdin=b"")

    assert done.status in STATUSES
    assert "Traceback" not in done.err
    assert done.status != 2 or done.err.startswith("error"), done.err
