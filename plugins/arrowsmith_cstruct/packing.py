"""`#pragma pack` lines: each becomes a change of the alignment in force, from its place on.

The forms are those of gcc, clang and the Microsoft compiler: pack(n), pack(), pack(push[, id][, n]), pack(pop[, id][, n]).
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field

from arrowsmith_cstruct.sheet import Sheet

_PACK = re.compile(r"pack\s*\((?P<inside>[^()]*)\)\s*$")
_SIZES = ("1", "2", "4", "8", "16")
_FORMS = "forms are pack(n), pack(), pack(push, n) and pack(pop), with n one of 1, 2, 4, 8, 16"


@dataclass(slots=True)
class Packing:
    """``natural``: the option's alignment (0: each type's own); ``changes``: offsets, rising, with the alignment from there on;
    ``lines``: where the pragmas stand."""

    sheet: Sheet
    natural: int
    changes: list[tuple[int, int]] = field(default_factory=list)
    lines: list[tuple[int, int]] = field(default_factory=list)
    _stack: list[tuple[str, int]] = field(default_factory=list)

    def at(self, offset: int) -> int:
        """The alignment in force at *offset*; 0 where there is no limit."""
        before = bisect.bisect_right(self.changes, (offset, 99)) - 1
        return self.changes[before][1] if before >= 0 else self.natural

    def pragma(self, text: str, start: int, end: int) -> None:
        """Note the pragma *text* (from ``pack`` on) that stands at *start* to *end*."""
        found = _PACK.match(text)
        if found is None:
            raise self._refusal(start, end, "this #pragma pack has none of its forms")
        self.lines.append((start, end))
        words = [word.strip() for word in found["inside"].split(",")] if found["inside"].strip() else []
        now = self.changes[-1][1] if self.changes else self.natural
        if not words:
            now = self.natural
        elif words[0] == "push":
            name, now = self._operands(words[1:], now, start, end)
            self._stack.append((name, self.changes[-1][1] if self.changes else self.natural))
        elif words[0] == "pop":
            name, after = self._operands(words[1:], -1, start, end)
            now = self._pop(name, start, end)
            now = now if after < 0 else after
        elif len(words) == 1 and words[0] in (*_SIZES, "0"):
            now = int(words[0]) or self.natural
        else:
            raise self._refusal(start, end, f"#pragma pack({found['inside'].strip()}) has none of its forms")
        self.changes.append((start, now))

    def _operands(self, words: list[str], size: int, start: int, end: int) -> tuple[str, int]:
        """The name and the size behind ``push`` or ``pop``, each of which may be left out."""
        name = ""
        if words and re.fullmatch(r"[A-Za-z_]\w*", words[0]):
            name, words = words[0], words[1:]
        if words and words[0] in _SIZES:
            size, words = int(words[0]), words[1:]
        if words:
            raise self._refusal(start, end, f"{words[0] or 'nothing'} is no alignment")
        return name, size

    def _pop(self, name: str, start: int, end: int) -> int:
        while self._stack:
            pushed, size = self._stack.pop()
            if not name or pushed == name:
                return size
        what = f"pack(pop, {name}) without a pack(push, {name})" if name else "pack(pop) without a pack(push)"
        raise self._refusal(start, end, what)

    def _refusal(self, start: int, end: int, message: str) -> Exception:
        return self.sheet.refusal("H0105", message, start, end, help=_FORMS)
