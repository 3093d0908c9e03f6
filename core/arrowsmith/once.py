"""A property that is computed once an object, and holds no lock meanwhile.

`functools.cached_property` has one lock for all objects up to Python 3.11: a child that is forked while another thread computes such a
property would wait for it without end.  What is computed here is pure, so two threads may compute it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import cached_property  # noqa: TID251  # without its lock, which is why it is banned
from typing import Any, TypeVar

_T = TypeVar("_T")


class once(cached_property[_T]):
    """As `functools.cached_property`, without its lock."""

    def __init__(self, function: Callable[[Any], _T]) -> None:
        super().__init__(function)
        self.lock = nullcontext()
