"""Columns: where decoded values go, as numbered slots on levels, and the memory behind them while a batch is filled.

`Column` and `Level` are part of a Program; `Leaf`, `Struct` and `List` say how columns make up the rows of a schema;
`Output` and `Input` are what one run of a kernel reads and writes.
Invariant: canonical bytes.  A null slot holds zero, a null text is empty, rows behind the cursor are zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Storage: TypeAlias = Literal[
    "bool",
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
    "f16",
    "f32",
    "f64",
    "dec128",
    "utf8",
    "binary",
    "none",
]

#: bytes of one slot's value; bool is one byte a row until the batch is finished; utf8 and binary have an int32 offset a row
#: and data of their own; ``none`` has only validity (an optional struct).
WIDTH: dict[str, int] = {
    "bool": 1, "i8": 1, "u8": 1, "i16": 2, "u16": 2, "f16": 2, "i32": 4, "u32": 4, "f32": 4,
    "i64": 8, "u64": 8, "f64": 8, "dec128": 16, "utf8": 0, "binary": 0, "none": 0,
}  # fmt: skip

#: bytes that may be written behind the logical end of any output buffer, and read before and behind any input window
SLACK = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A list: each slot of level ``parent`` holds some slots of this one.  Level 0, the rows, has parent −1."""

    parent: int
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A numbered slot on a level.  ``path``: its column names from the row (scratch columns: the field's).  ``scratch``: it is
    decoded for ``fetch`` and not output.  ``certain``: no committed slot is null, so validity is no part of the result: a kernel may
    write it or leave it alone."""

    level: int
    storage: Storage
    path: tuple[str, ...] = ()
    scratch: bool = False
    certain: bool = False

    @property
    def varying(self) -> bool:
        """Whether the column has offsets and data instead of fixed-width values."""
        return self.storage in ("utf8", "binary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """What becomes of a text once it is put.  ``space``: each U+FFFD, which stands for bytes without a character, becomes a space,
    and what `trim` says is trimmed once more; ``dropped``: characters below U+0020 are left out.  Both are counted, and U+FFFD that
    stays is."""

    space: bool = False
    dropped: bool = False
    trim: Literal["none", "left", "right", "both"] = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A column of the output.  ``path``: the column names from the row.  ``logical``: the Arrow type where storage does not
    say it ("decimal(11, 2)", "date32", "timestamp[us]", "timestamp[us, UTC]", "time64[us]", "dictionary").  ``given``: no Program
    puts it; the run fills it in.  ``mending``: what its texts may need once they are put; None: nothing."""

    name: str
    storage: Storage
    path: tuple[str, ...]
    logical: str = ""
    nullable: bool = True
    metadata: tuple[tuple[str, str], ...] = ()
    given: bool = False
    mending: Mending | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Struct:
    """Named children.  ``optional``: it may be null, and a ``none`` column of the same path holds its validity.  ``given``: as a leaf's,
    with all that is in it."""

    name: str
    children: tuple[Shape, ...]
    path: tuple[str, ...] = ()
    optional: bool = False
    metadata: tuple[tuple[str, str], ...] = ()
    given: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A list; its items are a level of the same path.  The child's own path has the step ``[]`` more, which no column is called; the
    members of an item that is a struct do without that step.
    ``optional``: it may be null, and a ``none`` column of the same path holds its validity.  ``nested``: its items are the rows of
    that table.  ``given``: as a leaf's, with all that is in it."""

    name: str
    child: Shape
    path: tuple[str, ...] = ()
    optional: bool = False
    metadata: tuple[tuple[str, str], ...] = ()
    nested: str = ""
    given: bool = False


Shape: TypeAlias = Leaf | Struct | List


@dataclass(frozen=True, slots=True)
class Memory:
    """Writable bytes at an address.  ``view`` is a ``memoryview`` of format B; ``owner`` keeps them alive."""

    address: int
    view: memoryview
    owner: object = None

    @property
    def size(self) -> int:
        return len(self.view)


@dataclass(slots=True)
class Slots:
    """The memory of one column for one batch: ``values`` (rows × width, or offsets: (rows + 1) × 4 for a varying column), ``validity``
    (one byte a row, 1 = valid), ``data`` and ``used`` (bytes) for a varying column.  Everything is zero when a batch begins."""

    values: Memory
    validity: Memory
    data: Memory | None = None
    used: int = 0


@dataclass(slots=True, weakref_slot=True)
class Output:
    """The memory of one batch: the same memories as long as it lives, so that a kernel may keep their addresses.

    ``rows[level]`` counts the slots of each level that are committed; ``capacity[level]`` what fits.  ``offsets[level]``
    (levels ≥ 1): int32 offsets of the level's lists, one more than its parent has slots, the first 0.  ``touched[level]``: no slot
    at or behind it was written.  ``log``: events of sites that stored null for invalid bytes: entries are (frame index << 32 | site),
    unsigned 64-bit; ``logged`` counts them.  After a run that did not end ``done``, entries of frames ≥ the first one
    not decoded are to be dropped; entries are ordered only by sorting.
    """

    columns: list[Slots]
    rows: list[int]
    capacity: list[int]
    offsets: list[Memory | None]
    log: Memory
    logged: int = 0
    touched: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Input:
    """One window of a source.  ``memory`` has `SLACK` readable bytes before and behind ``size`` bytes at ``address``.

    Frames: number ``i`` begins at ``first + i × stride`` and has ``length`` bytes where ``stride`` > 0; else ``starts`` and ``lengths``
    (memoryviews of format Q and I) say so.  ``parameters``: 64-bit values, by number.  ``carried``: up to eight memoryviews of
    format q, a value per frame each.  ``base``: the window's offset in the file, for messages.
    """

    memory: Memory
    first: int = 0
    stride: int = 0
    length: int = 0
    starts: memoryview | None = None
    lengths: memoryview | None = None
    parameters: Sequence[int] = ()
    carried: Sequence[memoryview] = ()
    base: int = 0
    final: bool = True

    def bounds(self, frame: int) -> tuple[int, int]:
        """Where frame number *frame* begins in the window, and how many bytes it has."""
        if self.stride:
            return self.first + frame * self.stride, self.length
        if self.starts is None or self.lengths is None:
            raise ValueError("an Input has a stride, or starts and lengths")
        return self.starts[frame], self.lengths[frame]


@dataclass(slots=True)
class Frames:
    """What a framer yields, in memory that the driver owns: ``starts`` (format Q, offsets in the window), ``lengths`` (I), ``kinds``
    (B), ``carried`` (q, as many as the framer carries).  ``count`` of them are filled."""

    starts: memoryview
    lengths: memoryview
    kinds: memoryview
    carried: Sequence[memoryview] = ()
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FramingStatus:
    """What a framer's run ended with.  ``position``: where in the window the next frame begins.  ``stop``: ``end`` (exactly at the window's
    end), ``full`` (no room for more frames), ``more`` (the next frame reaches beyond the window: a need, a within or a scan found its end),
    ``failed`` (any other trap: replay the frame at ``position`` on the oracle)."""

    position: int
    stop: Literal["end", "full", "more", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a run ended with.  ``frames``: how many were decoded and committed (each is one row).  ``stop``: ``done``; ``full`` (``column``
    or the level, as −1 − level, lacks room: at least ``wanted`` bytes or slots for the next frame alone; the log is column = −1000);
    ``failed`` (the frame behind the committed ones was refused: replay it on the oracle)."""

    frames: int
    stop: Literal["done", "full", "failed"]
    column: int = 0
    wanted: int = 0


LOG_FULL = -1000  # Status.column where the log is full


def memory(view: Any, address: int, owner: object = None) -> Memory:
    """*view* (anything with a writable buffer) as Memory at *address*."""
    return Memory(address, memoryview(view).cast("B"), owner)
