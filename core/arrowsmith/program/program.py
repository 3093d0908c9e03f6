"""A Program: one record's ops, its columns, levels, registers and source map; a Plan: all Programs of one conversion.

Both are immutable and print as text (`arrowsmith.program.text`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from arrowsmith.charsets import Charset
from arrowsmith.columns import Column, Level
from arrowsmith.diagnostics import Span
from arrowsmith.program.ops import Block, Kind
from arrowsmith.transforms import Transformer


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What an op is for: the ``path`` of the field as the dictionary spells it, its type in words (``type``), its span.
    ``tolerant``: a null that the op stores is "view does not fit" and no error.  ``rule``: what a trap means, where the op
    itself does not say."""

    path: str = ""
    type: str = ""
    rule: str = ""
    tolerant: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What reading one record does.

    ``kind``: ``table`` (puts columns), ``header`` (its columns are the parameters, in order), ``framer`` (yields frames).
    ``size`` > 0: every record has exactly so many bytes, so frames need no lengths.  ``registers[n]`` is the kind of r n.
    Level 0 is the row.
    ``sites[n]`` explains the ops whose ``site`` is n.  ``charsets``: the tables that ``text`` ops name; ``transforms``: what
    ``transform`` ops name, themselves, so that whoever has the Program need not look anything up.
    """

    name: str
    body: Block
    kind: Literal["table", "header", "framer"] = "table"
    size: int = 0
    columns: tuple[Column, ...] = ()
    levels: tuple[Level, ...] = (Level(parent=-1),)
    registers: tuple[Kind, ...] = ()
    parameters: tuple[str, ...] = ()
    charsets: tuple[Charset, ...] = ()
    transforms: tuple[Transformer, ...] = ()
    sites: tuple[Site, ...] = ()

    def charset(self, name: str) -> Charset | None:
        """The table named *name*, None for a multi-byte codec."""
        return next((c for c in self.charsets if c.name == name), None)

    def transform(self, name: str) -> Transformer | None:
        """The transform that ops call *name*; a verified Program has all that it names."""
        return next((t for t in self.transforms if t.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All of a conversion.  Kind n of a frame is table n − 1 of ``tables`` (name, Program); kind 0 is filtered out.

    ``parameters``: names, and the values that hold where no header gives one.  ``specialise``: those that the Programs are to be folded by.
    ``header`` puts the parameters that it gives, in order, and behind them where the first frame begins; ``beside`` puts those of its
    columns that stand beside the rows.
    ``whole_stream``: a frame cannot bound its reads, so the file is read whole, up to ``limit`` bytes.
    """

    name: str
    framer: Program
    tables: tuple[tuple[str, Program], ...]
    header: Program | None = None
    beside: Program | None = None
    parameters: tuple[tuple[str, int], ...] = ()
    specialise: tuple[str, ...] = ()
    whole_stream: bool = False
    limit: int = 1 << 30
