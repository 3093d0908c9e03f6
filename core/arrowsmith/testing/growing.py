"""A Program while a Hypothesis strategy grows it: what is built so far, and what is known at the place where it grows.

Invariant: what an arm or a turn learns is forgotten behind it, as the verifier forgets it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from hypothesis import strategies as st

from arrowsmith.columns import Storage
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.kinds import STORAGES
from arrowsmith.program.ops import Op, R

#: what grows a Program, and the ops without which it makes no sense
Piece: TypeAlias = "tuple[Callable[[Gen], None], tuple[type[Op], ...]]"


@dataclass(slots=True)
class Known:
    """A text register: whether it is binary, and its room, a literal or None."""

    register: R
    binary: bool
    room: int | None


@dataclass(slots=True)
class Gen:
    """What is being built, and what is known where it grows."""

    draw: Any
    b: Builder
    without: frozenset[type[Op]]
    pieces: Sequence[Piece]
    budget: int
    level: int = 0
    depth: int = 0
    turns: int = 0
    loose: bool = False
    bounded: bool = True
    ended: bool = False
    ints: list[R] = field(default_factory=list)
    floats: list[R] = field(default_factory=list)
    texts: list[Known] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)

    def one(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def number(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def yes(self) -> bool:
        return bool(self.draw(st.booleans()))

    def site(self) -> int:
        return self.b.site(f"F{len(self.b.sites)}", tolerant=self.number(0, 7) == 0)

    def may(self, *needed: type[Op]) -> bool:
        return not self.without & set(needed)

    def fail(self) -> dict[str, Any]:
        return {"fail": self.one("trap", "null"), "site": self.site()}

    def inner(self, **changed: Any) -> Gen:
        """The same, one block further in: what is learnt there is forgotten behind it.  ``bounded``: its stream may be read to the end."""
        kept = {
            "bounded": False,
            "ints": list(self.ints),
            "floats": list(self.floats),
            "texts": list(self.texts),
            "depth": self.depth + 1,
        }
        return replace(self, **{**kept, **changed})

    # --- columns ---

    def path(self, name: str) -> tuple[str, ...]:
        return (*self.b.levels[self.level].path, name)

    def put(self, r: R, kind: o.Kind) -> None:
        """Put *r* into a column of its own, where that is allowed."""
        if self.loose:
            return
        storage: Storage = self.one(*STORAGES[kind])
        column = self.b.column(
            self.level, storage, self.path(f"c{len(self.b.columns)}"), scratch=self.number(0, 9) == 0
        )
        self.b.emit(o.Put(column=column, a=r, scale=self.number(0, 5) if storage == "dec128" else 0))
        if self.level and storage not in ("none",):
            self.lists.append(column)

    def put_text(self, text: Known, room: R | int | None) -> None:
        if self.loose:
            return
        storage: Storage = "binary" if text.binary or self.number(0, 5) == 0 else "utf8"
        column = self.b.column(self.level, storage, self.path(f"c{len(self.b.columns)}"))
        if room is None:
            room = self.b.value(o.TextLet, how="room", a=text.register)
        self.b.emit(o.RoomData(column=column, n=room))
        self.b.emit(o.Put(column=column, a=text.register))
        if self.level:
            self.lists.append(column)

    def integer(self) -> R | int:
        if self.ints and self.yes():
            return R(self.draw(st.sampled_from(self.ints)).n)
        return int(self.one(0, 1, 2, -1, 7, 63, 2**40, -(2**63), 2**63 - 1))

    # --- blocks ---

    def block(self, pieces: int) -> None:
        allowed = [piece for piece, needed in self.pieces if self.may(*needed)]
        for _ in range(pieces):
            if self.budget <= 0 or self.ended:
                return
            self.budget -= 1
            self.draw(st.sampled_from(allowed))(self)
