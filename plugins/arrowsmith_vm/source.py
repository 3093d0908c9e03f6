"""Python source as it is printed: lines with their depth, names of constants, fresh names of variables.

Invariant: what is printed depends on the calls alone, so equal Programs print equal source.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

#: how deep blocks nest in one module (CPython takes 100 indents)
INDENTS: Final = 80


@dataclass(slots=True)
class Source:
    """Lines of one function's body, and the constants of the module that they name."""

    lines: list[tuple[int, str]] = field(default_factory=list)
    depth: int = 0
    deepest: int = 0
    constants: dict[str, str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def line(self, text: str) -> None:
        """Append one line at the current depth."""
        self.lines.append((self.depth, text))

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """*header*, then what is printed inside, one deeper; ``pass`` where that is nothing."""
        self.line(header)
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        before = len(self.lines)
        try:
            yield
        finally:
            if len(self.lines) == before:
                self.line("pass")
            self.depth -= 1

    @contextmanager
    def apart(self) -> Iterator[list[tuple[int, str]]]:
        """Collect what is printed inside into a list of its own, to be placed with `place`."""
        kept, self.lines = self.lines, []
        made = self.lines
        try:
            yield made
        finally:
            self.lines = kept

    def place(self, lines: list[tuple[int, str]]) -> None:
        """Append *lines* that were collected `apart`."""
        self.lines += lines

    def fresh(self, prefix: str) -> str:
        """A name that was not given out before."""
        number = self._counts.get(prefix, 0)
        self._counts[prefix] = number + 1
        return f"{prefix}{number}"

    def constant(self, prefix: str, text: str) -> str:
        """The name of the module's constant whose value is the expression *text*."""
        if text not in self.constants:
            self.constants[text] = self.fresh(prefix)
        return self.constants[text]

    def text(self) -> str:
        """The lines printed so far."""
        return "".join(f"{' ' * depth}{line}\n" for depth, line in self.lines)
