"""Small Programs in their text form, verified, and what the oracle makes of a record by them."""

from __future__ import annotations

import re

from arrowsmith.program import oracle
from arrowsmith.program.text import parse_program
from arrowsmith.program.verify import verify
from arrowsmith.testing.harness import Oracle, decode, new_input, rows


def program(ops: str, columns: str = "", registers: str = "i64 i64 i64 i64", header: str = "", kind: str = "table"):
    """A verified Program of *ops*; *columns* as lines of its header."""
    site = "" if "site @0" in header else 'site @0 path="F"'
    named = "".join(f"transform {name}\n" for name in sorted(set(re.findall(r"^transform (\w+)", ops, re.MULTILINE))))
    made = parse_program(
        f"program T {kind} {{\n{header}\n{named}{columns}\nregisters {registers}\n{site}\ndo {{\n{ops}\n}}\n}}\n"
    )
    verify(made)
    return made


def one(
    load: str, data: bytes, kind: str = "i64", storage: str = "i64", *, header: str = "", parameters=(), carried=()
):
    """What *load*, which writes r0 of *kind*, makes of one record; the Trap where it is refused."""
    room = "r9 = text.let room r0\nroom.data c0 r9\n" if storage in ("utf8", "binary") else ""
    registers = " ".join([kind, *["i64"] * 5, "text", "text", "f64", "i64"])
    made = program(f"need {len(data)}\n{load}\n{room}put c0 r0", f"column c0 l0 {storage} v", registers, header)
    source = new_input(data, [(0, len(data))], parameters=parameters, carried=carried)
    judge = Oracle(made)
    found = decode(judge, made, source, 1)
    return judge.trap or rows(made, found)[0]["v"]


def refused(found, *words: str) -> bool:
    """Whether *found* is a Trap whose rule has all *words*."""
    return isinstance(found, oracle.Trap) and all(word in found.rule for word in words)


def run(ops: str, data: bytes, columns: str = "column c0 l0 i64 v", **given):
    made = program(ops, columns, **given)
    judge = Oracle(made)
    found = decode(judge, made, new_input(data, [(0, len(data))]), 1)
    return judge.trap or rows(made, found)[0]


LISTS = "level l1 l0 xs\ncolumn c0 l1 i64 xs"
ELEMENT = "need 1\nr1 = load.int +0 size=1\nput c0 r1\nskip 1"
