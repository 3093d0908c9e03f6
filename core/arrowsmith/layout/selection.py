"""Of the columns of a shape, those that are asked for: patterns name them, as the dictionary or the schema calls them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from arrowsmith.columns import Leaf, List, Shape, Struct
from arrowsmith.diagnostics import nearest
from arrowsmith.errors import OptionError, code
from arrowsmith.layout.schema import leaves, spelling, within

O_COLUMN = code("O0030", "no column has the name that is asked for")


def select(struct: Struct, patterns: Sequence[str] | str) -> Struct:
    """*struct* with only the columns that *patterns* name, in the dictionary's order.

    A pattern is a path with dots, in the dictionary's spelling or the column's, in any case; ``*`` stands for any characters of
    one step.  A struct or list that is named comes with all that is in it.  A pattern that names nothing is an `OptionError`.
    """
    chosen: set[tuple[str, ...]] = set()
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        found = list(_matching(struct, pattern.strip().split(".")))
        if not found:
            raise OptionError(f"there is no column {pattern}", code=O_COLUMN, help=_meant(struct, pattern.strip()))
        chosen.update(leaf.path for shape in found for leaf in leaves(shape))
    return only(struct, chosen)


def _matching(struct: Struct, steps: list[str]) -> Iterator[Shape]:
    """What the path *steps* names in *struct*; a step may be a name with dots in it."""
    for child in struct.children:
        for number in range(1, len(steps) + 1):
            step = ".".join(steps[:number])
            if not any(_fits(step, name) for name in (child.name, spelling(child))):
                continue
            inside = child
            while isinstance(inside, List):
                inside = inside.child
            if number == len(steps):
                yield child
            elif isinstance(inside, Struct):
                yield from _matching(inside, steps[number:])


def _fits(step: str, name: str) -> bool:
    if "*" not in step:
        return step.casefold() == name.casefold()
    return re.fullmatch(".*".join(map(re.escape, step.split("*"))), name, re.IGNORECASE | re.DOTALL) is not None


def _meant(struct: Struct, pattern: str) -> str:
    """The help for a pattern that names nothing: a column of that name further inside, or the one most like it."""
    known = [own for own, _ in within(struct)]
    inner = next((own for own in known if own.casefold().endswith(f".{pattern.casefold()}")), "")
    close = inner or nearest(pattern, known)
    return f"did you mean {close}?" if close else ""


def only(struct: Struct, chosen: set[tuple[str, ...]]) -> Struct:
    """*struct* with only the leaves whose path is *chosen*."""
    kept = _kept(struct, chosen)
    return kept if isinstance(kept, Struct) else replace(struct, children=())


def _kept(shape: Shape, chosen: set[tuple[str, ...]]) -> Shape | None:
    """*shape* with only the leaves whose path is *chosen*; None where none is."""
    match shape:
        case Leaf():
            return shape if shape.path in chosen else None
        case Struct():
            children = tuple(kept for child in shape.children if (kept := _kept(child, chosen)) is not None)
            return replace(shape, children=children) if children else None
        case List():
            child = _kept(shape.child, chosen)
            return None if child is None else replace(shape, child=child)
