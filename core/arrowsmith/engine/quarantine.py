"""Refused records → a side file, and back: `Quarantine` writes what a scan puts aside, `quarantined` makes sources of such a file,
`HeldWindows` windows of its records.

Invariant: the side file appears whole, when the scan has ended, or not at all.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from arrowsmith.batch import WindowPool, given_facts, held_batch, held_schema, read_held, window_memory
from arrowsmith.columns import Input
from arrowsmith.engine.spanned import Joined
from arrowsmith.engine.trouble import BAD_FRAME, TOO_LONG, TRUNCATED, Gap, Held
from arrowsmith.engine.window import Window
from arrowsmith.engine.windows import WINDOW, Windows
from arrowsmith.errors import DataError, Place, code
from arrowsmith.interfaces import parse_options
from arrowsmith.sources import Source, Stream, in_memory

if TYPE_CHECKING:
    from arrowsmith.registry import Registry

OTHER_SIZE = code("R0105", "a record that was put aside has another length than the dictionary's")

#: codes of what was put aside because no boundary was found
GAPS = (TRUNCATED, BAD_FRAME, TOO_LONG)


class Quarantine:
    """The side file *path* of one scan, by the sink that its suffix means: `take` inside a ``with`` block, whose clean end commits."""

    def __init__(self, registry: Registry, path: str | os.PathLike[str], *, if_exists: str) -> None:
        target = os.fspath(path)
        sink = registry.sink_of(target)
        known = {option.name for option in sink.options}
        given = {"if_exists": if_exists} if "if_exists" in known else {}
        self._opened = sink.open(target, held_schema(), parse_options(sink.options, given, owner=f"sink {sink.name}"))
        self._stack = ExitStack()
        self._writer: Any = None

    def take(self, held: Sequence[Held]) -> None:
        """Write *held*."""
        self._writer.write(held_batch(held))

    def __enter__(self) -> Self:
        self._writer = self._stack.enter_context(self._opened)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


def quarantined(path: str | os.PathLike[str]) -> tuple[Source, ...]:
    """The sources whose records the quarantine *path* holds, each with those records alone.

    Raises `OptionError` for what is no quarantine.
    """
    where = os.fspath(path)
    names: dict[str, None] = {}
    for batch in read_held(where):
        names |= {str(name): None for name in batch.column("file").to_pylist()}

    def made(name: str) -> Source:
        return Source(
            name=name,
            size=None,
            reopenable=True,
            opener=lambda: in_memory(b"", name),
            held=lambda: (one for one in _held(where) if one.file == name),
        )

    return tuple(made(name) for name in names) or (made(where),)


def _held(path: str) -> Iterator[Held]:
    for batch in read_held(path):
        for row in batch.to_pylist():
            yield Held(**row)


@dataclass(slots=True)
class HeldWindows:
    """The records that were put aside of one source, as `Windows` gives those of a file.  ``around`` makes the Windows that look for
    records in the bytes of a gap; ``size``: bytes of every record, 0 where they differ; ``aside``: bytes of segments' headers in gaps."""

    name: str
    entries: Iterator[Held]
    around: Any
    size: int = 0
    lenient: bool = False
    hold: bool = False
    spare: WindowPool | None = None
    read: int = 0
    behind: int = 0
    aside: int = 0
    head: bytes = b""
    seconds: dict[str, float] = field(default_factory=dict)
    stream: Stream = field(default_factory=lambda: in_memory(b"", ""))

    def __iter__(self) -> Iterator[Window]:
        """The windows, in order."""
        waiting: list[Held] = []
        gap: list[Held] = []
        size = 0
        for one in self.entries:
            self.read += len(one.bytes)
            of_gap = one.code in GAPS
            if gap and not (of_gap and one.offset == gap[-1].offset + gap[-1].length):
                yield from self._framed(gap)
                gap = []
            if of_gap:
                yield from self._records(waiting)
                waiting = []
                gap.append(one)
                continue
            if self.size and len(one.bytes) != self.size:
                yield from self._records(waiting)
                waiting = []
                yield self._misfit(one)
                continue
            waiting.append(one)
            size += len(one.bytes)
            if size >= WINDOW:
                yield from self._records(waiting)
                waiting, size = [], 0
        yield from self._records(waiting)
        if gap:
            yield from self._framed(gap)

    def _records(self, held: Sequence[Held]) -> Iterator[Window]:
        if not held:
            return
        data = b"".join(one.bytes for one in held)
        memory = window_memory(len(data))
        memory.view[:] = data
        lengths = array("I", [len(one.bytes) for one in held])
        starts = array("Q", [0])
        for length in lengths[:-1]:
            starts.append(starts[-1] + length)
        source = Input(memory, starts=memoryview(starts), lengths=memoryview(lengths))
        facts = given_facts([one.record - 1 for one in held], [one.offset for one in held], lengths)
        yield Window(source, len(held), held[0].record - 1, len(data), 0, 0, facts, facts.numbers, scattered=True)

    def _misfit(self, one: Held) -> Window:
        """A record whose length the dictionary does not have."""
        rule = f"the record that was put aside has {len(one.bytes):,} bytes, and the dictionary's have {self.size:,}"
        if not self.lenient:
            place = Place(file=self.name, record=one.record, offset=one.offset, bytes=one.bytes)
            raise DataError(rule, code=OTHER_SIZE, place=place, help="convert the file itself with this dictionary")
        gap = Gap(
            record=one.record, offset=one.offset, size=len(one.bytes), code=OTHER_SIZE, rule=rule,
            data=one.bytes if self.hold else b"",
        )  # fmt: skip
        return Window(Input(window_memory(0), starts=_NONE, lengths=_NONE), 0, one.record - 1, 0, 0, gaps=(gap,))

    def _framed(self, gap: Sequence[Held]) -> Iterator[Window]:
        """Records in the bytes of *gap*, which lie one behind the other."""
        stream = in_memory(b"".join(one.bytes for one in gap), self.name, position=gap[0].offset)
        windows: Windows = self.around(stream)
        windows.spare = self.spare
        yield from windows.from_record(gap[0].record - 1)
        if isinstance(windows.stream, Joined):
            self.aside += windows.stream.aside


_NONE: Any = ()
