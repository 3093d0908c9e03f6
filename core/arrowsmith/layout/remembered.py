"""What was made last of a record is handed out again: checking, lowering and reading ask for the same tree and shape in turn.

Invariant: only functions of immutable values are remembered, by the identity of a value that is kept alive meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def last(make: Callable[P, T]) -> Callable[P, T]:
    """*make*, which is not called again where its arguments are the very objects of the call before."""
    kept: tuple[tuple[object, ...], T] | None = None

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        nonlocal kept
        given = (*args, *kwargs.values())
        known = kept
        if (
            known is not None
            and len(known[0]) == len(given)
            and all(a is b for a, b in zip(known[0], given, strict=True))
        ):
            return known[1]
        result = make(*args, **kwargs)
        kept = (given, result)
        return result

    return made
