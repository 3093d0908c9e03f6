"""The kaitai format: a .ksy description becomes a Layout."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arrowsmith.interfaces import Include, Option, Options, Transformer
from arrowsmith.transforms import STOCK
from arrowsmith_kaitai.options import OPTIONS

if TYPE_CHECKING:
    from arrowsmith.diagnostics import Source
    from arrowsmith.layout.nodes import Layout

#: The mapping that every description begins with, and the key that every one has in it.
_META = re.compile(r"^meta:[ \t]*(?:#[^\n]*)?\r?$", re.MULTILINE)
_ID = re.compile(r"^[ \t]+id:[ \t]*\S", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Kaitai:
    """Reads Kaitai Struct descriptions; see `arrowsmith.interfaces.Format`."""

    name: str = "kaitai"
    suffixes: tuple[str, ...] = (".ksy",)
    options: tuple[Option, ...] = OPTIONS

    def detect(self, source: Source) -> bool:
        """Whether *source* has a ``meta`` with an ``id``."""
        text = source.text[: 1 << 20]
        found = _META.search(text)
        return found is not None and _ID.search(text, found.end()) is not None

    def parse(self, sources: Sequence[Source], options: Options, include: Include) -> Layout:
        """The Layout of the first of *sources*; the others are descriptions that it may import.  Raises `DictionaryError` and, for
        options, `OptionError`."""
        return self.parse_with(sources, options, include, STOCK)

    def parse_with(
        self, sources: Sequence[Source], options: Options, include: Include, transforms: Mapping[str, Transformer]
    ) -> Layout:
        """`parse`, where *transforms* are the processes that there are."""
        from arrowsmith_kaitai.reading import read_layout

        return read_layout(sources, options, include, transforms)
