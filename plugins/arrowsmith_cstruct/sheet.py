"""Several sources as one text: offsets in it become Spans of the source that they lie in.

Invariant: every offset that other modules of this plugin pass around is one of the sheet's text, unless they say otherwise.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from arrowsmith.diagnostics import Diagnostic, Source, Span
from arrowsmith.errors import DictionaryError


@dataclass(frozen=True, slots=True)
class Sheet:
    """``starts``: where each of ``sources`` begins; a line end stands behind each."""

    sources: tuple[Source, ...]
    starts: tuple[int, ...]

    def span(self, start: int, end: int | None = None) -> Span:
        """The characters *start* to *end* (one character, where there is no end) of the source that holds *start*."""
        index = max(0, bisect.bisect_right(self.starts, start) - 1)
        source, base = self.sources[index], self.starts[index]
        first = min(start - base, len(source.text))
        last = first + 1 if end is None else min(end - base, len(source.text))
        return Span(source, first, max(first, last))

    def refusal(
        self,
        code: str,
        message: str,
        start: int,
        end: int | None = None,
        *,
        label: str = "",
        help: str = "",
        notes: Iterable[str] = (),
    ) -> DictionaryError:
        """The error *code* at the characters *start* to *end*."""
        found = Diagnostic(
            code=code, message=message, span=self.span(start, end), label=label, notes=tuple(notes), help=help
        )
        return found.error()


def join(sources: Sequence[Source]) -> Sheet:
    """The *sources*, one behind the other."""
    starts = accumulate((len(source.text) + 1 for source in sources[:-1]), initial=0)
    return Sheet(tuple(sources), tuple(starts))
