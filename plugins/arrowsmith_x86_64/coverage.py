"""Which ops, with which attributes, have a selection; why an op has none, in words.

Invariant: light: this looks at a Program and at nothing that has to be installed.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Any

from arrowsmith.charsets import Charset
from arrowsmith.once import once
from arrowsmith.program import ops as o
from arrowsmith.program.ops import Op, R, walk
from arrowsmith.program.program import Program
from arrowsmith_x86_64.encodings import WIDEST, Encoding, Encodings

#: what `text.let` is covered for
TEXT_LETS = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "len", "room", "int", "str", "byte", "slice"})

#: multi-byte charsets that are converted
UNICODE = frozenset({"utf-8", "utf-16-be", "utf-16-le"})

#: the most bytes of a lenient number: as many digits as fit 128 bits
SCANNED = 38


class View:
    """A Program, and what some rules ask about it, found when first asked."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @once
    def encodings(self) -> Encodings:
        return Encodings(self.program)

    @once
    def made(self) -> frozenset[int]:
        """Registers of texts that are in a place of the op that made them."""
        return frozenset(
            op.out.n
            for op in walk(self.program.body)
            if isinstance(op, o.Label | o.Spell) or (isinstance(op, o.TextLet) and op.how in ("str", "slice"))
        )

    def kind(self, operand: R | int) -> str:
        return self.program.registers[operand.n] if isinstance(operand, R) else "i64"


def uncovered(program: Program) -> str | None:
    """The first op of *program* that has no selection, with its field and the reason; None where every op has one."""
    view = View(program)
    for op in walk(program.body):
        rule = RULES.get(type(op))
        reason: str | None = rule(op, view) if rule else None
        if reason:
            site = program.sites[op.site] if 0 <= op.site < len(program.sites) else None
            where = f" ({site.path})" if site and site.path else ""
            return f"{op.name}{where}: {reason}"
    return None


def _transform(op: o.Transform, view: View) -> str:
    return f"{op.how} makes a stream"


def _text(op: o.LoadText, view: View) -> str | None:
    charset = view.program.charset(op.charset)
    if charset is None:
        name = codecs.lookup(op.charset).name
        return None if name in UNICODE else f"charset {op.charset} has several bytes a character"
    wide = charset.widest > WIDEST
    return f"a byte of {op.charset} becomes {charset.widest} bytes of utf8" if wide else None


def _unzone(op: o.Unzone, view: View) -> str | None:
    return f"a lenient number of more than {SCANNED} bytes" if op.lenient and op.size > SCANNED else None


def _let(op: o.Let, view: View) -> str | None:
    operands = (op.a, op.b)[: o.LET[op.how]]
    if op.how in ("copy", "else") and any(isinstance(x, R) and x.n in view.made for x in operands):
        return "a copy of a text that an op made"
    if op.how == "mod" and any(view.kind(x) == "f64" for x in operands):
        return "mod of floats"
    return None


def _text_let(op: o.TextLet, view: View) -> str | None:
    if op.how not in TEXT_LETS:
        return f"{op.how} makes a text"
    if op.how == "str":
        return None
    if isinstance(op.base, R):
        return "int in a base that the data say"
    for operand in (op.a, op.b)[: o.TEXT_LET[op.how]]:
        assert isinstance(operand, R)
        found = view.encodings.of(operand)
        if len(found) > 1:
            return "a text of one of several charsets"
        for encoding in found:
            if reason := _text_of(op.how, encoding):
                return reason
    return None


def _put(op: o.Put, view: View) -> str | None:
    if view.program.columns[op.column].storage != "binary" or not isinstance(op.a, R) or op.a.n not in view.made:
        return None
    apart = [e for e in view.encodings.of(op.a) if not e.copied and e.charset != "hex"]
    return "a slice of a text of a charset, as bytes of utf-8" if apart else None


def _text_of(how: str, encoding: Encoding) -> str | None:
    charset = encoding.charset
    if how == "room":
        return None
    if isinstance(charset, str) and charset != "hex" and not encoding.copied:
        return f"of {charset} that has not become utf-8 yet"
    single = isinstance(charset, Charset) and all(len(c) <= 1 for c in charset.table)
    if charset == "hex" and how != "len":
        return "of hexadecimal digits"
    if how == "slice" and charset != "binary" and not single:
        return "characters of several bytes"
    if how == "byte" and charset not in ("binary", "utf-8"):
        return "bytes of the utf8 of another charset"
    if how == "len" and isinstance(charset, Charset) and not single:
        return "a byte that becomes several characters"
    return None


#: what is asked of each op; those that are not here have a selection whatever their attributes
RULES: dict[type[Op], Callable[[Any, View], str | None]] = {
    o.Transform: _transform,
    o.LoadText: _text,
    o.Unzone: _unzone,
    o.Let: _let,
    o.Put: _put,
    o.TextLet: _text_let,
}
