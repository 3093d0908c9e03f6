"""The offers as arrowsmith sees them: frozen values with a name, options, and the way to the work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from arrowsmith.interfaces import Argument, Include, Option, Options, Takes, Yields

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith.diagnostics import Source
    from arrowsmith.interfaces import Writer
    from arrowsmith.layout.nodes import Layout
    from arrowsmith.program.builder import Builder

LINE, TYPE, NAME = "T0001", "T0002", "T0003"
COLUMN = "T0101"

#: the codes of this plugin's errors, and the rule in one line that each stands for
CODES = {
    LINE: "a line is a name, a type, and nothing else",
    TYPE: "a type is one of those of the format, with the numbers that it takes",
    NAME: "a name is given once",
    COLUMN: "JSON lines have no form for a column of this type",
}

_LINE = re.compile(r"^[ \t]*[A-Za-z_]\w*[ \t]+(?:[uif](?:8|16|32|64)|text[ \t]+\d+|packed[ \t]+\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fields:
    """A name and a type a line: a record of one size."""

    name: str = "fields"
    suffixes: tuple[str, ...] = (".fields",)
    options: tuple[Option, ...] = (
        Option("order", str, "big", "Byte order of the numbers.", choices=("big", "little")),
        Option("charset", str, "ascii", "Charset of the texts."),
    )

    def detect(self, source: Source) -> bool:
        """Whether there is a line that could be a field."""
        return _LINE.search(source.text) is not None

    def parse(self, sources: Sequence[Source], options: Options, include: Include) -> Layout:
        """The Layout of *sources*, one after the other.  Raises `DictionaryError`."""
        from arrowsmith_toy.fields import layout_of

        return layout_of(sources, order=options["order"], charset=options["charset"])


@dataclass(frozen=True, slots=True)
class Pascal:
    """Records behind a byte that says their length."""

    name: str = "pascal"
    options: tuple[Option, ...] = ()

    def find(self, build: Builder, record: Yields, options: Options) -> None:
        """The length, and the record behind it."""
        from arrowsmith.program import ops

        build.emit(ops.Need(n=1, site=build.site(rule="the file ends before a length")))
        length = build.value(ops.LoadInt, at=0, size=1, encoding="unsigned", site=build.site(rule="record length"))
        build.emit(ops.Skip(n=1))
        record(length)


@dataclass(frozen=True, slots=True)
class Runs:
    """Pairs of bytes: how often, and which; the argument is added to every length."""

    name: str = "toy.runs"
    takes: tuple[Takes, ...] = ("integer",)

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes:
        """The bytes, each as often as it is said.  Raises ValueError for one that nothing is said of."""
        (more,) = arguments
        assert isinstance(more, int)
        if len(data) % 2:
            raise ValueError("the last byte has no length")
        if not 0 <= more < 256:
            raise ValueError(f"{more} cannot be added to a length")
        return b"".join(data[i + 1 : i + 2] * (data[i] + more) for i in range(0, len(data), 2))


@dataclass(frozen=True, slots=True)
class JsonLines:
    """A JSON object a line."""

    name: str = "jsonl"
    suffixes: tuple[str, ...] = (".jsonl",)
    options: tuple[Option, ...] = (
        Option("if_exists", str, "fail", "What to do where the target exists.", choices=("fail", "replace")),
    )

    def open(self, target: Any, schema: pa.Schema, options: Options) -> Writer:
        """A writer to *target*.  Raises `OptionError` for a type that JSON has no form for."""
        from arrowsmith_toy.jsonl import LinesWriter

        return LinesWriter(target, schema, options["if_exists"])
