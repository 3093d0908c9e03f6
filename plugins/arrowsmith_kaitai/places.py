"""Where a member is read: of which frame, under which names, from which stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from arrowsmith.layout.expr import Const, Expr
from arrowsmith.layout.nodes import Derived, Node
from arrowsmith_kaitai.evaluate import evaluated, expression
from arrowsmith_kaitai.frames import Frame
from arrowsmith_kaitai.operators import signed
from arrowsmith_kaitai.spec import Attr, Code
from arrowsmith_kaitai.streams import Stream
from arrowsmith_kaitai.values import Loc, Scalar, depends_on_place

#: What is hidden → its name, and its place.
Help: TypeAlias = Callable[[str], tuple[str, Loc]]


def within(loc: Loc) -> Help:
    """Names inside an object at *loc*, or an array's element."""
    return lambda what: (f"@{what}", loc.child(f"@{what}"))


def beside(name: str, loc: Loc) -> Help:
    """Names beside the value *name* at *loc*; of an array's element, which has none, inside."""
    if not name:
        return within(loc)
    return lambda what: (f"{name}@{what}", Loc((*loc.path[:-1], f"{name}@{what}"), loc.indexes))


@dataclass(frozen=True, slots=True)
class Place:
    """Member ``attr`` of ``frame``, whose names stand below ``base``, read from ``stream``.  ``outside``: where nodes go that have to be
    computed in the frame's own stream, where that is another one."""

    frame: Frame
    attr: Attr
    base: Loc
    stream: Stream
    lean: bool = False
    outside: list[Node] | None = None

    @property
    def loc(self) -> Loc:
        """Where the member itself is."""
        return self.base.child(self.attr.id)

    @property
    def repeated(self) -> bool:
        return bool(self.attr.repeat)

    def expr(self, code: Code) -> Expr:
        """The value of an expression of this member, good inside its stream."""
        return self._good(expression(self.frame, self.attr.id, code))

    def count(self, code: Code) -> Expr:
        """How many elements an expression of this member says; more than 64 bits with a sign hold are refused, and none fewer than 0."""
        found = evaluated(self.frame, self.attr.id, code)
        known = found.expr if isinstance(found, Scalar) and not found.wraps else None
        if isinstance(found, Scalar) and isinstance(known, Const) and isinstance(known.value, int):
            found = replace(found, expr=Const(max(known.value, 0)))
        return self._good(
            signed(found).expr if isinstance(found, Scalar) else expression(self.frame, self.attr.id, code)
        )

    def _good(self, found: Expr) -> Expr:
        if self.outside is None or not depends_on_place(found):
            return found
        name = f"{self.attr.id}@{len(self.outside)}"
        self.outside.append(Derived(name=name, value=found, hidden=True))
        return self.base.child(name).expr

    def keep(self, what: str, value: Expr, kind: Literal["int64", "bool", "utf8", "binary"]) -> tuple[Expr, list[Node]]:
        """*value*, computed once, here; and the node that does it."""
        name, loc = beside("" if self.repeated and what != "count" else self.attr.id, self.loc)(what)
        return loc.expr, [Derived(name=name, value=value, kind=kind, hidden=True)]
