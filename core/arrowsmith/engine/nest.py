"""Windows of whole groups become batches of nested rows: a kernel for each table, and their rows put together at the end.

Outer tables come first: what is left out of one takes along what belongs to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from arrowsmith.batch import Group, Piece, assembled
from arrowsmith.columns import Input, Struct
from arrowsmith.engine.decode import Decoder
from arrowsmith.engine.report import HEADERS, LEFT_OUT, Tally
from arrowsmith.engine.window import Window

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(slots=True)
class Part:
    """One table of a nest: its ``kind`` and that of the table around it (0: none), and what of it this unit has so far."""

    kind: int
    around: int
    name: str
    decoder: Decoder
    batches: list[Any] = field(default_factory=list)
    counts: list[Any] = field(default_factory=list)


@dataclass(slots=True)
class Nest:
    """Runs the kernels of the *parts*, the top one first, and hands over batches of *schema*, all of a unit as one."""

    parts: list[Part]
    shape: Struct
    schema: pa.Schema
    tally: Tally
    pending: int = 0

    def push(self, window: Window) -> Iterator[pa.RecordBatch]:
        """Decode *window*."""
        group, source = window.group, window.input
        for gap in window.gaps:
            self.parts[0].decoder.lost(gap)
        if group is None:
            return iter(())
        self.tally.apart[HEADERS] += window.between
        self.tally.apart[LEFT_OUT] += window.filtered
        whole = replace(window, input=_frames(group, source), facts=None)
        for part in self.parts:
            taken = group.take(part.kind)
            frames = Input(
                source.memory,
                starts=taken.starts,
                lengths=taken.lengths,
                parameters=source.parameters,
                base=source.base,
                final=source.final,
            )
            facts = None if part.around else group.facts
            own = Window(frames, taken.count, window.number, taken.sizes, 0, 0, facts, taken.numbers)
            own.origins = window.origins
            part.batches += part.decoder.push(own)
            for frame in group.drop(part.kind, part.decoder.dropped):
                part.decoder.left(whole, frame)
            if part.around:
                part.counts.append(group.counts(part.kind, part.around))
            else:
                self.pending += taken.count - len(part.decoder.dropped)
        return iter(())

    def flush(self) -> Iterator[pa.RecordBatch]:
        """The rows that were decoded, as one batch."""
        top = self.parts[0]
        for part in self.parts:
            part.batches += part.decoder.flush()
            self.tally.add(replace(part.decoder.tally, rows=0))
        rows = sum(batch.num_rows for batch in top.batches)
        self.pending = 0
        if rows:
            self.tally.rows += rows
            pieces = {p.name: Piece(p.decoder.schema, p.batches, p.counts) for p in self.parts}
            yield assembled(self.shape, self.schema, top.name, pieces)


def _frames(group: Group, source: Input) -> Input:
    """All frames of *group* in *source*."""
    return Input(source.memory, starts=group.starts, lengths=group.lengths, base=source.base, final=source.final)
