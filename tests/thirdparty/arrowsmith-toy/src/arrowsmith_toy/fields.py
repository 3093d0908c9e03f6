"""A text of ``name type`` lines becomes a Layout.

Invariant: every fault is a `Diagnostic` with a span; nothing but `DictionaryError` is raised, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from arrowsmith.diagnostics import Diagnostic, Source, Span, combined, nearest
from arrowsmith.layout.framing import Fixed
from arrowsmith.layout.nodes import Field, Layout, Record, Table
from arrowsmith.layout.types import Float, Integer, Order, Packed, Text, Type
from arrowsmith_toy.offers import LINE, NAME, TYPE

#: the types' words, for the nearest one
WORDS = (*(f"{sign}{bits}" for sign in "ui" for bits in (8, 16, 32, 64)), "f32", "f64", "text", "packed")
_WORD = re.compile(r"[^ \t]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def layout_of(sources: Sequence[Source], *, order: Order, charset: str) -> Layout:
    """The Layout of all lines of *sources*.  Raises `DictionaryError` with every fault."""
    fields: list[Field] = []
    faults: list[Diagnostic] = []
    for source in sources:
        for made in _fields(source, order, charset):
            if isinstance(made, Diagnostic):
                faults.append(made)
            elif any(made.name == before.name for before in fields):
                faults.append(Diagnostic(code=NAME, message=f"there is a second field {made.name}", span=made.span))
            else:
                fields.append(made)
    if not fields and not faults:
        nowhere = Span(sources[0], 0, 0)
        faults.append(
            Diagnostic(code=LINE, message="there is no field", span=nowhere, help="write a name and a type: id u32")
        )
    if faults:
        raise combined(faults)
    record = Record(name="RECORD", members=tuple(fields))
    return Layout(name=sources[0].name, tables=(Table(record=record),), framing=Fixed(), dictionary="fields")


def _fields(source: Source, order: Order, charset: str) -> Iterator[Field | Diagnostic]:
    start = 0
    for line in source.text.splitlines(keepends=True):
        words = [*_WORD.finditer(line.partition("#")[0].rstrip())]
        if words:
            spans = [Span(source, start + word.start(), start + word.end()) for word in words]
            yield _field([word[0] for word in words], spans, order, charset)
        start += len(line)


def _field(words: list[str], spans: list[Span], order: Order, charset: str) -> Field | Diagnostic:
    whole = Span(spans[0].source, spans[0].start, spans[-1].end)
    if not _NAME.fullmatch(words[0]):
        return Diagnostic(
            code=LINE, message=f"{words[0]!r} is not a name", span=spans[0], help="names are letters, digits and _"
        )
    if len(words) < 2:
        return Diagnostic(
            code=LINE, message=f"the field {words[0]} has no type", span=whole, help=f"write one: {words[0]} u32"
        )
    kind = _type(words[1:], order, charset)
    if kind is None:
        close = nearest(words[1], WORDS)
        hint = (
            f"did you mean {close}?"
            if close and close != words[1]
            else f"types are {', '.join(WORDS)}; text 10, packed 9.2"
        )
        return Diagnostic(code=TYPE, message=f"{' '.join(words[1:])!r} is not a type", span=spans[1], help=hint)
    return Field(name=words[0], type=kind, type_text=" ".join(words[1:]), span=whole)


def _type(words: list[str], order: Order, charset: str) -> Type | None:
    match words:
        case [word] if word in WORDS and word[0] in "ui":
            return Integer(bits=int(word[1:]), encoding="unsigned" if word[0] == "u" else "twos", order=order)
        case ["f32"]:
            return Float(kind="ieee32", order=order)
        case ["f64"]:
            return Float(kind="ieee64", order=order)
        case ["text", size] if re.fullmatch(r"[1-9][0-9]{0,4}", size):
            return Text(size=int(size), charset=charset, trim="right")
        case ["packed", digits] if found := re.fullmatch(r"([1-9][0-9]?)(?:\.([0-9][0-9]?))?", digits):
            whole, scale = int(found[1]), int(found[2] or 0)
            return Packed(size=whole // 2 + 1, digits=whole, scale=scale) if scale <= whole <= 38 else None
        case _:
            return None
