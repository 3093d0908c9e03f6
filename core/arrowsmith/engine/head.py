"""The header of a source is read before its records: parameters for the Programs, columns that stand beside every row.

What was read of the stream and belongs to the records is given back first by a `Headed` stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from arrowsmith.batch import allocate, clean, finish, found_at, grown, window_memory
from arrowsmith.columns import Input, Memory, Output, Struct
from arrowsmith.engine.bounds import Bounded
from arrowsmith.errors import DataError, Place, code
from arrowsmith.program import oracle
from arrowsmith.program.program import Plan, Program

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith.sources import Stream

BAD_HEADER = code("R0106", "a file's header that cannot be read")

#: bytes that are read at first, and that a header has at most
FIRST, MOST = 64 << 10, 64 << 20

_NOTHING: Mapping[tuple[str, ...], Any] = MappingProxyType({})


@dataclass(slots=True)
class Headed:
    """*stream* from place ``size`` on, behind a header of ``aside`` bytes: first what was read of it already, then the rest."""

    stream: Stream | Bounded
    size: int = 0
    aside: int = 0
    held: memoryview = field(default_factory=lambda: memoryview(b""))
    _given: int = 0

    @property
    def name(self) -> str:
        return self.stream.name if not isinstance(self.stream, Bounded) else self.stream.stream.name

    @property
    def position(self) -> int:
        return self.size + self._given

    def readinto(self, view: memoryview) -> int:
        """As `Stream.readinto`."""
        if not self.held:
            got = self.stream.readinto(view)
        else:
            got = min(len(self.held), len(view))
            view[:got] = self.held[:got]
            self.held = self.held[got:]
        self._given += got
        return got

    def give_up(self) -> None:
        """As `Stream.give_up`."""
        self.stream.give_up()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a header said: ``parameters`` of the Plan by number; ``columns`` of one row by path; ``repeated``: those for as many rows as
    a batch had so far, of which every batch of the file has a part."""

    parameters: tuple[int, ...]
    columns: Mapping[tuple[str, ...], Any]
    repeated: dict[tuple[str, ...], Any] = field(default_factory=dict)


def read_head(
    name: str, stream: Stream | Bounded, plan: Plan, shape: Struct, schema: pa.Schema
) -> tuple[Headed, Head | None]:
    """Read the header of the source *name*: the stream behind it, and what it said; None for a source without a byte.

    *shape* and *schema* are of the columns that stand beside the rows.  Raises `DataError` where it is no header of that kind.
    """
    assert plan.header is not None
    size, held = FIRST, 0
    memory = window_memory(size)
    begin = stream.position
    ended = False
    while True:
        while held < size and not ended:
            got = stream.readinto(memory.view[held:size])
            held, ended = held + got, not got
        if not held:
            return Headed(stream, begin), None
        source = Input(Memory(memory.address, memory.view[:held], memory.owner), 0, held, held, base=begin, final=ended)
        output, trap = _decoded(plan.header, source)
        if trap is None:
            break
        if ended or size >= MOST:
            raise _refused(name, plan.header, trap, source)
        bigger = window_memory(4 * size)
        bigger.view[:held] = memory.view[:held]
        memory, size = bigger, 4 * size
    *parameters, end = [
        int.from_bytes(slots.values.view[:8], "little", signed=True)
        for slots, column in zip(output.columns, plan.header.columns, strict=True)
        if not column.scratch
    ]
    columns = _NOTHING
    if plan.beside is not None and shape.children:
        source = Input(source.memory, 0, end, end, base=begin)
        made, trap = _decoded(plan.beside, source)
        if trap is not None:
            raise _refused(name, plan.beside, trap, source)
        columns = found_at(shape, finish(plan.beside, shape, schema, made))
    return Headed(stream, begin + end, end, memory.view[end:held]), Head(parameters=tuple(parameters), columns=columns)


def _decoded(program: Program, source: Input) -> tuple[Output, oracle.Trap | None]:
    """The one row of *program*, and what it broke."""
    output = allocate(program, 1)
    while True:
        status, trap = oracle.run(program, source, output, 0, 1)
        if status.stop != "full":
            return output, trap
        clean(program, output)
        output = grown(program, output, status)


def _refused(name: str, program: Program, trap: oracle.Trap, source: Input) -> DataError:
    site = program.sites[trap.site] if trap.site >= 0 else None
    place = Place(file=name, offset=source.base + trap.offset, path=site.path if site else "", bytes=trap.bytes)
    return DataError(
        trap.rule, code=BAD_HEADER, place=place, help="is this file of the kind that the dictionary describes?"
    )
