"""What a sample is, and the few words that samples are written in.

    @samples.of("0001", "00ff", size=2)
    def load_int_reads_two_bytes(b: Builder) -> None:
        \"\"\"An integer of two bytes is big-endian.\"\"\"
        need(b, 2)
        put(b, b.value(o.LoadInt, at=0, size=2), "i64")

Records are hexadecimal; ``size`` makes them records of one size, which frames need no lengths for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from arrowsmith.columns import Storage
from arrowsmith.program import ops as o
from arrowsmith.program.builder import Builder
from arrowsmith.program.ops import R
from arrowsmith.program.program import Program
from arrowsmith.testing.strategies_data import Given

Build = Callable[[Builder], None]
Kind = Literal["table", "header", "framer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A verified ``program``, what it shows (``claim``), and what it is run on: records, or (a framer) one window of bytes."""

    name: str
    claim: str
    program: Program
    given: Given

    def __str__(self) -> str:
        return self.name


@dataclass(slots=True)
class Samples:
    """Those of one file, made when they are asked for."""

    _makers: list[Callable[[], Sample]] = field(default_factory=list)

    def of(
        self,
        *records: str,
        size: int = 0,
        kind: Kind = "table",
        parameters: Sequence[int] = (),
        carried: Sequence[Sequence[int]] = (),
    ) -> Callable[[Build], Build]:
        """Add the decorated function's Program: its name is the sample's, its docstring the claim."""

        def added(build: Build) -> Build:
            name, claim = build.__name__, build.__doc__ or ""
            self._makers.append(lambda: _made(name, claim, build, records, size, kind, parameters, carried))
            return build

        return added

    def add(self, name: str, claim: str, build: Build, *records: str, size: int = 0, kind: Kind = "table") -> None:
        """Add a Program of a table of samples."""
        self._makers.append(lambda: _made(name, claim, build, records, size, kind, (), ()))

    def made(self) -> tuple[Sample, ...]:
        """All of them, in order."""
        return tuple(make() for make in self._makers)


def _made(
    name: str,
    claim: str,
    build: Build,
    records: Sequence[str],
    size: int,
    kind: Kind,
    parameters: Sequence[int],
    carried: Sequence[Sequence[int]],
) -> Sample:
    b = Builder(name, kind)
    build(b)
    program = b.verified(size=size)
    parts = [bytes.fromhex(record) for record in records]
    if size and any(len(part) != size for part in parts):
        raise AssertionError(f"{name}: a record has not {size} bytes")
    frames, at = [], 0
    for part in parts:
        frames.append((at, len(part)))
        at += len(part)
    given = Given(
        data=b"".join(parts),
        frames=tuple(frames),
        parameters=tuple(parameters),
        carried=tuple(tuple(column) for column in carried),
        stride=size,
    )
    return Sample(name=name, claim=claim, program=program, given=given)


# --- words -------------------------------------------------------------------------------------------------------------


def need(b: Builder, n: R | int) -> None:
    """*n* bytes are here, or the record is refused."""
    b.emit(o.Need(n=n, site=b.site("BOUND")))


def skip(b: Builder, n: R | int) -> None:
    """Go *n* bytes on."""
    b.emit(o.Skip(n=n))


def put(b: Builder, r: R, storage: Storage, *, level: int = 0, scale: int = 0) -> int:
    """Put *r* into a new column of *level*; the column."""
    column = b.column(level, storage, (f"c{len(b.columns)}",))
    b.emit(o.Put(column=column, a=r, scale=scale))
    return column


#: kind of register → the storage that holds all of it
NATURAL: dict[o.Kind, Storage] = {"i64": "i64", "u64": "u64", "i128": "dec128", "f64": "f64", "text": "utf8"}


def put_whole(b: Builder, r: R) -> int:
    """Put the number *r* into a new column that holds all of it; the column."""
    return put(b, r, NATURAL[b.registers[r.n]])


def put_text(b: Builder, r: R, room: R | int, *, storage: Storage = "utf8", level: int = 0) -> int:
    """Put the text *r*, which takes *room* bytes at most, into a new column of *level*; the column."""
    column = b.column(level, storage, (f"c{len(b.columns)}",))
    b.emit(o.RoomData(column=column, n=room))
    b.emit(o.Put(column=column, a=r))
    return column


def computed(b: Builder, r: R, *, storage: Storage = "utf8", level: int = 0) -> int:
    """Put the text *r*, of any length, into a new column of *level*; the column."""
    return put_text(b, r, b.value(o.TextLet, how="room", a=r), storage=storage, level=level)


def byte(b: Builder, *, level: int = -1) -> R:
    """Read one byte as an unsigned integer and go behind it; put it where *level* is one."""
    need(b, 1)
    r = b.value(o.LoadInt, at=0, size=1, encoding="unsigned")
    skip(b, 1)
    if level >= 0:
        put(b, r, "u8", level=level)
    return r


def site(b: Builder, *, tolerant: bool = False) -> int:
    """A new site."""
    return b.site(f"F{len(b.sites)}", tolerant=tolerant)
