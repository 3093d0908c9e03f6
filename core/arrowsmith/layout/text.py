"""A Layout becomes text, one node a line and what is inside it indented by two spaces; `parse_layout` makes a Layout of it again.

Keywords, attributes and the values they take come from `arrowsmith.layout.vocabulary`; attributes that equal their default are
left out.  ``; +12 [4]`` behind a node is its offset and size in bytes where they are static: a comment, as all from ``;`` on.
Invariant: ``parse_layout(print_layout(x)) == x`` for every Layout, sound or not (spans apart).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from arrowsmith.layout.expr import Binary, Const, Expr, Unary
from arrowsmith.layout.measure import Extent, Spot, measure, places
from arrowsmith.layout.nodes import Layout, Node, Record
from arrowsmith.layout.reading import parse_expr, parse_layout, parse_node, parse_type
from arrowsmith.layout.types import Type
from arrowsmith.layout.vocabulary import KINDS, NODES, OPERATORS, REQUIRED, Attribute, Hint, attributes

__all__ = [
    "parse_expr", "parse_layout", "parse_node", "parse_type",
    "print_expr", "print_layout", "print_node", "print_type",
]  # fmt: skip

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_KINDS = frozenset(KINDS.values())
_SHORT = {'"': '"', "\\": "\\", "\n": "n", "\r": "r", "\t": "t"}


def print_layout(layout: Layout, *, comments: bool = True) -> str:
    """*layout* as text, its last line ended.  ``comments``: with offsets and sizes (bytes) behind the nodes that have static ones."""
    return "".join(f"{line}\n" for line in _lines(layout, 0, comments, iter(())))


def print_node(node: Node | Record, *, comments: bool = True) -> str:
    """One node or record with all that is inside it, as in `print_layout`."""
    return "".join(f"{line}\n" for line in _lines(node, 0, comments, iter(())))


def print_type(physical: Type) -> str:
    """A physical type as a call: ``packed(size=5, digits=9)``."""
    return _call(physical)


def print_expr(expr: Expr) -> str:
    """An expression as calls: ``eq(ref("A", "B"), 3)``."""
    return _call(expr, bare=True)


def _lines(value: Any, depth: int, comments: bool, found: Iterator[Spot]) -> Iterator[str]:
    """The lines of *value* and all that is below it; *found* gives the place of each node of the record at hand, in order."""
    kind = type(value)
    comment = ""
    if comments and kind is Record:
        found = places(value)
        comment = _comment(None, measure(value))
    elif comments and kind in NODES and (place := next(found, None)) is not None:
        comment = _comment(place.offset, place.extent)
    words = [kind.__name__.lower()]
    below: list[Any] = []
    for a in attributes(kind):
        given = getattr(value, a.name)
        if a.lines:
            below += given if isinstance(given, tuple) else [] if given is None else [given]
        elif a.name == "name":
            words += [given if _WORD.fullmatch(given) else _quoted(given)] if given else []
        elif a.positional:
            words.append(_value(given, a.hint))
        elif not _is_default(given, a):
            words.append(f"{a.name}={_value(given, a.hint)}")
    yield f"{'  ' * depth}{' '.join(words)}{comment}"
    for inner in below:
        yield from _lines(inner, depth + 1, comments, found)


def _comment(offset: int | None, extent: Extent) -> str:
    said = [f"+{offset}"] if offset is not None else []
    said += [f"[{extent.least}]"] if extent.least == extent.most else []
    return f"  ; {' '.join(said)}" if said else ""


def _is_default(given: object, a: Attribute) -> bool:
    return a.default is not REQUIRED and type(given) is type(a.default) and given == a.default


def _call(value: Any, *, bare: bool = False) -> str:
    """*value*, of some kind, as a call; a literal needs none where only an expression may stand (*bare*)."""
    kind = type(value)
    if kind is Const and bare:
        return _literal(value.value)
    skip = isinstance(value, (Unary, Binary)) and OPERATORS.get(value.op) is kind
    said: list[str] = []
    for a in attributes(kind)[1 if skip else 0 :]:
        given = getattr(value, a.name)
        if a.spread:
            item = cast(Hint, a.hint.items)
            said += [_value(v, item) for v in given]
        elif a.positional:
            said.append(_value(given, a.hint))
        elif not _is_default(given, a):
            said.append(f"{a.name}={_value(given, a.hint)}")
    return f"{value.op if skip else kind.__name__.lower()}({', '.join(said)})"


def _value(value: Any, hint: Hint) -> str:
    """*value* where *hint* says what may stand."""
    if isinstance(value, tuple):
        hints = [hint.items] * len(value) if hint.items else list(hint.fixed or ())
        return f"({', '.join(_value(v, h) for v, h in zip(value, hints, strict=True))})"
    if type(value) in _KINDS:
        return _call(value, bare=not hint.scalars)
    return value if value in hint.words else _literal(value)


def _literal(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bytes):
        return f'x"{value.hex()}"'
    if isinstance(value, (bool, float)) or value is None:
        return repr(value).lower()
    return str(value)


def _quoted(text: str) -> str:
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    if character in _SHORT:
        return "\\" + _SHORT[character]
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
