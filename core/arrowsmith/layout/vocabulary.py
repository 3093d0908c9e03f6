"""The vocabulary of Layouts, read off the dataclasses: keyword → kind, kind → attributes, attribute → the values it takes.

Text form, checks and strategies derive from these tables, so a new kind or attribute is written down once, where it is defined.
Invariant: every kind that a Layout can hold is reachable from `Layout`'s annotations.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from arrowsmith.diagnostics import Span
from arrowsmith.layout import expr, framing, nodes
from arrowsmith.layout import types as physical

#: What stands where an attribute has no default.
REQUIRED: Any = MISSING

#: Kinds that the text form writes as lines of their own, with their children indented below; all others are calls in a line.
LINES: tuple[type, ...] = (
    nodes.Layout, nodes.Parameter, nodes.Table, nodes.Record, nodes.Field, nodes.Group, nodes.Array, nodes.Overlay,
    nodes.Choice, nodes.Arm, nodes.Optional, nodes.Padding, nodes.Derived, nodes.Nested, nodes.Generated,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hint:
    """The values that an attribute takes: None, ``scalars`` by type, ``words``, ``kinds``, a tuple of ``items`` (any number of
    them), or a tuple of exactly ``fixed``."""

    none: bool = False
    scalars: tuple[type, ...] = ()
    words: tuple[str, ...] = ()
    kinds: tuple[type, ...] = ()
    items: Hint | None = None
    fixed: tuple[Hint, ...] | None = None
    #: the types of which every value may stand here, and holds no others
    plain: frozenset[type] = field(init=False, repr=False, compare=False)
    _types: frozenset[type] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "plain", frozenset((*self.scalars, *([type(None)] if self.none else []))))
        object.__setattr__(self, "_types", frozenset((*self.scalars, *self.kinds)))

    def accepts(self, value: object) -> bool:
        """Whether *value* itself, not what it holds if it is of a kind, may stand here.  An int is accepted as a float."""
        # type() and not isinstance(): True is an int to Python, and no number to a Layout
        if type(value) in self._types:
            return True
        if value is None:
            return self.none
        if isinstance(value, tuple):
            if self.items is not None:
                return all(map(self.items.accepts, value))
            fixed = self.fixed or ()
            return len(value) == len(fixed) and all(h.accepts(v) for h, v in zip(fixed, value, strict=True))
        return value in self.words or (type(value) is int and float in self.scalars)

    def __str__(self) -> str:
        said = [_SCALARS[s] for s in self.scalars] + list(self.words)
        kinds = set(self.kinds)
        for group, words in ((EXPRESSIONS, "an expression"), (TYPES, "a type"), (FRAMINGS, "a framing")):
            if kinds >= set(group):
                said.append(words)
                kinds -= set(group)
        said += [k.__name__.lower() for k in self.kinds if k in kinds]
        if self.items is not None:
            said.append(f"a tuple of ({self.items})")
        if self.fixed is not None:
            said.append(f"({', '.join(map(str, self.fixed))})")
        return " or ".join([*said, "none"] if self.none else said)


_SCALARS: dict[type, str] = {int: "an integer", bool: "true or false", float: "a number", str: "a text", bytes: "bytes"}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One field of a kind.  ``default`` is `REQUIRED` where there is none.  ``positional``: written without its name; ``spread``: its
    items are.  ``lines``: its values are lines below the kind's own."""

    name: str
    hint: Hint
    default: Any
    positional: bool
    spread: bool
    lines: bool


def _hint(annotation: Any) -> Hint:
    """The values that a Python annotation allows."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        parts = [_hint(a) for a in arguments]
        return Hint(
            none=any(p.none for p in parts),
            scalars=tuple(s for p in parts for s in p.scalars),
            words=tuple(w for p in parts for w in p.words),
            kinds=tuple(k for p in parts for k in p.kinds),
            items=next((p.items for p in parts if p.items is not None), None),
            fixed=next((p.fixed for p in parts if p.fixed is not None), None),
        )
    if origin is Literal:
        return Hint(words=arguments)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return Hint(items=_hint(arguments[0]))
        return Hint(fixed=tuple(map(_hint, arguments)))
    if annotation is type(None):
        return Hint(none=True)
    if annotation in _SCALARS:
        return Hint(scalars=(annotation,))
    if isinstance(annotation, type) and is_dataclass(annotation):
        return Hint(kinds=(annotation,))
    raise TypeError(f"the text form has no values for {annotation!r}")


def attributes(kind: type) -> tuple[Attribute, ...]:
    """The attributes of *kind* in the order of its definition; spans are left out, they are no part of a value."""
    known = _ATTRIBUTES.get(kind)
    return _ATTRIBUTES.setdefault(kind, _attributes(kind)) if known is None else known


_ATTRIBUTES: dict[type, tuple[Attribute, ...]] = {}


def _attributes(kind: Any) -> tuple[Attribute, ...]:
    hints = get_type_hints(kind)
    return tuple(
        _attribute(kind, f.name, _hint(hints[f.name]), f.default, keyword=f.kw_only is True)
        for f in fields(kind)
        if Span not in get_args(hints[f.name])
    )


def _attribute(kind: type, name: str, hint: Hint, default: Any, *, keyword: bool) -> Attribute:
    inner = hint.items or hint
    if kind in LINES:
        lines = bool(inner.kinds) and all(k in LINES for k in inner.kinds)
        return Attribute(name, hint, default, name in ("name", "type"), False, lines)
    spread = not keyword and hint.items is not None
    return Attribute(name, hint, default, not keyword and (default is REQUIRED or spread), spread, False)


#: The kinds of expressions, types and framings, as their unions list them.
EXPRESSIONS: tuple[type, ...] = get_args(expr.Expr)
TYPES: tuple[type, ...] = get_args(physical.Type)
NODES: tuple[type, ...] = get_args(nodes.Node)
FRAMINGS: tuple[type, ...] = get_args(framing.Framing)


def _reachable(start: type) -> tuple[type, ...]:
    """Every kind that a value of *start* can hold, itself first."""
    found: dict[type, None] = {}
    waiting = [start]
    while waiting:
        kind = waiting.pop()
        if kind not in found:
            found[kind] = None
            for a in attributes(kind):
                waiting += _kinds(a.hint)
    return tuple(found)


def _kinds(hint: Hint) -> list[type]:
    inner = [hint.items] if hint.items else list(hint.fixed or ())
    return [*hint.kinds, *(k for h in inner for k in _kinds(h))]


#: keyword → kind, for everything but the operators.
KINDS: dict[str, type] = {kind.__name__.lower(): kind for kind in _reachable(nodes.Layout)}

#: keyword → the kind whose ``op`` it is: ``eq(a, b)`` is short for ``binary("eq", a, b)``.
OPERATORS: dict[str, type] = {
    **dict.fromkeys(expr.UNARY, expr.Unary),
    **dict.fromkeys(expr.BINARY, expr.Binary),
}
