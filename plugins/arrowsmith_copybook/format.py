"""The copybook format: a COBOL copybook's text becomes a Layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arrowsmith.interfaces import Candidate, Include, Kind, Option, Options, Said, Sample
from arrowsmith_copybook.options import OPTIONS

if TYPE_CHECKING:
    from arrowsmith.diagnostics import Source
    from arrowsmith.layout.nodes import Layout

#: A data description, wherever it stands on its line.
_ENTRY = re.compile(
    r"^.{0,6}\s*\d{1,2}\s+[\w:'()-]+(?:\s+[^\n]*?)?\b"
    r"(?:PIC|PICTURE|COMP|COMP-\w+|COMPUTATIONAL|COMPUTATIONAL-\w+|REDEFINES|OCCURS|BINARY|VALUES?|COPY)\b",
    re.IGNORECASE | re.MULTILINE,
)
_COPY = re.compile(r"^.{0,6}\s*COPY\s+[\w'\"-]+[^\n]*\.\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Copybook:
    """Reads copybooks; see `arrowsmith.interfaces.Format`."""

    name: str = "copybook"
    suffixes: tuple[str, ...] = (".cpy", ".cob", ".cbl", ".copy")
    options: tuple[Option, ...] = OPTIONS

    def detect(self, source: Source) -> bool:
        """Whether *source* holds a data description or a COPY statement."""
        text = source.text[: 1 << 20]
        return _ENTRY.search(text) is not None or _COPY.search(text) is not None

    def parse(self, sources: Sequence[Source], options: Options, include: Include) -> Layout:
        """The Layout of the copybooks *sources*, merged in order.  Raises `DictionaryError` and, for options, `OptionError`."""
        from arrowsmith_copybook.reading import read_layout

        return read_layout(sources, options, include)

    def advise(self, options: Options, head: bytes, *, framing: bool, found: int, layout: Layout) -> str:
        """Which options would fit a file that begins with *head* better."""
        from arrowsmith_copybook.advice import advise

        return advise(options, head, framing=framing, found=found, layout=layout)

    def candidates(
        self, sources: Sequence[Source], options: Options, sample: Sample, include: Include
    ) -> Sequence[Candidate]:
        """The framings, code pages and floats that *sample* could have."""
        from arrowsmith_copybook.candidates import candidates

        return candidates(self.parse, sources, options, sample, include)

    def segmented(self, field: str, views: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
        """``segment_field`` and its map of views."""
        from arrowsmith_copybook.candidates import segmented

        return segmented(field, views)

    def others(
        self, sources: Sequence[Source], options: Options, include: Include
    ) -> Sequence[tuple[Kind, Sequence[Said]]]:
        """Tables of signs, floats, orders of COMP-5, and code pages."""
        from arrowsmith_copybook.candidates import others

        return others(self.parse, sources, options, include)

    def remarks(self, layout: Layout, records: Sequence[bytes]) -> Sequence[str]:
        """Signed numbers of which none has a sign."""
        from arrowsmith_copybook.remarks import remarks

        return list(remarks(layout, records))

    def stripped(self, sources: Sequence[Source], options: Options, include: Include) -> str:
        """Record descriptor words that were lost in transfer."""
        from arrowsmith_copybook.candidates import STRIPPED

        return STRIPPED
