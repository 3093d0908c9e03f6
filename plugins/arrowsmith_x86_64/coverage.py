"""Which ops, with which attributes, have a selection; why an op has none, in words.

Invariant: light: this looks at a Program and at nothing that has to be installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arrowsmith.charsets import Charset
from arrowsmith.program import ops as o
from arrowsmith.program.ops import Op, R, walk
from arrowsmith.program.program import Program

#: the most utf8 bytes of one byte of text that a table of utf8 holds; the most bytes that a lenient number is scanned for
WIDEST, SCANNED = 7, 38
#: the most bytes of a context's part that grows with the Program
LARGEST = 1 << 30


def uncovered(program: Program) -> str | None:
    """The first op of *program* that has no selection, with its field and the reason; None where every op has one."""
    for op in walk(program.body):
        rule = RULES.get(type(op))
        if type(op) not in COVERED:
            reason: str | None = "it is not covered"
        else:
            reason = rule(op, program) if rule else None
        if reason:
            site = program.sites[op.site] if 0 <= op.site < len(program.sites) else None
            where = f" ({site.path})" if site and site.path else ""
            return f"{op.name}{where}: {reason}"
    return None


def _text(op: o.LoadText, program: Program) -> str | None:
    charset = program.charset(op.charset)
    if charset is None:
        if not _is_utf8(op.charset):
            return f"charset {op.charset} has several bytes a character"
        if op.undecodable != "error":
            return "utf-8 in which wrong bytes are replaced"
        return None
    if charset.widest > WIDEST:
        return f"a byte of {op.charset} becomes more than {WIDEST} bytes of utf8"
    return None


def _is_utf8(name: str) -> bool:
    import codecs

    return codecs.lookup(name).name == "utf-8"


def _unzone(op: o.Unzone, program: Program) -> str | None:
    return f"a lenient number of more than {SCANNED} bytes" if op.lenient and op.size > SCANNED else None


def _let(op: o.Let, program: Program) -> str | None:
    kind = program.registers[op.out.n]
    operands = (op.a, op.b)[: o.LET[op.how]]
    if op.how == "float" and any(isinstance(x, R) and program.registers[x.n] == "i128" for x in operands):
        return "an integer of 128 bits as a float"
    if kind == "text" and op.how in ("copy", "else") and any(x.n in _made(program) for x in operands if isinstance(x, R)):
        return "a copy of a text that an op made"
    return None


def _made(program: Program) -> set[int]:
    """Registers of texts in a place of the op that made them."""
    return {
        op.out.n for op in walk(program.body) if isinstance(op, o.Label) or (isinstance(op, o.TextLet) and op.how in ("str", "slice"))
    }


def _text_let(op: o.TextLet, program: Program) -> str | None:
    if op.how in ("cat", "reverse"):
        return f"{op.how} makes a text"
    if op.how == "str":
        return "an integer of 128 bits" if isinstance(op.a, R) and program.registers[op.a.n] == "i128" else None
    for operand in (op.a, op.b)[: o.TEXT_LET[op.how]]:
        assert isinstance(operand, R)
        found = _encodings(program, operand)
        if len(found) > 1:
            return "a text of one of several charsets"
        for charset in found:
            if op.how == "slice" and not (charset == "binary" or _single(charset)):
                return "characters of several bytes"
            if op.how == "byte" and not charset in ("binary", "utf-8"):
                return "bytes of the utf8 of another charset"
            if op.how == "len" and isinstance(charset, Charset) and not _single(charset):
                return "characters that one byte makes several of"
            if charset == "hex" and op.how != "room" and op.how != "len":
                return "hexadecimal digits"
    return None


def _single(charset: Charset | str) -> bool:
    """Whether each byte is one character."""
    return isinstance(charset, Charset) and all(len(c) <= 1 for c in charset.table)


def _encodings(program: Program, r: R) -> list[Charset | str]:
    from arrowsmith_x86_64.encodings import Encodings

    return [e.charset for e in Encodings(program).of(r)]


#: every op that has a selection
COVERED: frozenset[type[Op]] = frozenset(o.OPS.values()) - {o.Transform}

RULES: dict[type[Op], Callable[[Any, Program], str | None]] = {
    o.LoadText: _text,
    o.Unzone: _unzone,
    o.Let: _let,
    o.TextLet: _text_let,
}
