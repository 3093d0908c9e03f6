"""The C format: declarations of structs become a Layout."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arrowsmith.interfaces import Include, Option, Options
from arrowsmith_cstruct.options import OPTIONS

if TYPE_CHECKING:
    from arrowsmith.diagnostics import Source
    from arrowsmith.layout.nodes import Layout

#: The start of a definition: ``struct name {``, ``union {``, ``enum e {``, ``typedef struct``, ``typedef unsigned …;``.
_DEFINITION = re.compile(
    r"^[^\S\n]*(?:typedef\s+)?(?:struct|union|enum)\b(?:\s*__attribute__\s*\(\(\w+\)\))?\s*\w*\s*\{"
    r"|^[^\S\n]*typedef\s+[\w\s*]+?\b\w+(?:\[\w+\])*\s*;",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class CStructs:
    """Reads declarations of C; see `arrowsmith.interfaces.Format`."""

    name: str = "c"
    suffixes: tuple[str, ...] = (".h",)
    options: tuple[Option, ...] = OPTIONS

    def detect(self, source: Source) -> bool:
        """Whether *source* holds a definition of a struct, a union, an enumeration or a type name."""
        return _DEFINITION.search(source.text[: 1 << 20]) is not None

    def parse(self, sources: Sequence[Source], options: Options, include: Include) -> Layout:
        """The Layout of the declarations in *sources*, in order.  Raises `DictionaryError` and, for options, `OptionError`."""
        from arrowsmith_cstruct.reading import read_layout

        return read_layout(sources, options)
