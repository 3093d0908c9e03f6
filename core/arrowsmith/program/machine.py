"""The oracle's state: a cursor in a stream, registers, and the record (or the frames) that is being put together.

Invariant: every byte is taken through `Machine.take`, which checks what the verifier has proven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from arrowsmith.charsets import Charset
from arrowsmith.columns import Input
from arrowsmith.program import ops as o
from arrowsmith.program.arithmetic import Value
from arrowsmith.program.ops import Block, Op, R
from arrowsmith.program.program import Program
from arrowsmith.program.reading import Refused, absent
from arrowsmith.program.record import Record, broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """What an op refused: its printed name, its site, where (``offset`` in bytes from the window's start; in a transformed stream, of
    the bytes that it was made from), the ``bytes`` seen there, and the ``rule`` that they broke, in words.  ``cursor``: where the op's
    places count from, as ``offset`` does (−1 in a transformed stream); ``element``: the number of the list's element at hand."""

    op: str
    site: int
    offset: int
    bytes: bytes
    rule: str
    cursor: int = -1
    element: int = 0


class Trapped(Exception):
    """The record fails."""

    def __init__(self, trap: Trap) -> None:
        super().__init__(trap)
        self.trap = trap


class More(Exception):
    """The framer's run met the window's end."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes, and where they begin in the window; ``made``: by a transform, from the bytes there.  ``window``: a framer's own."""

    data: memoryview
    origin: int
    made: bool = False
    window: bool = False


@dataclass(slots=True)
class Machine:
    """All the state there is: cursor, stream, registers; and the record that is being put together, or the frames."""

    program: Program
    source: Input
    root: Stream
    stream: Stream
    number: int
    meaning: Mapping[type[Op], Callable[[Machine, Any], None]]
    registers: list[Value | None]
    record: Record | None = None
    yielded: list[tuple[int, int, int, tuple[int, ...]]] = field(default_factory=list)
    cursor: int = 0
    elements: list[int] = field(default_factory=list)
    #: path of a field → where its bytes were last read: their stream, place and size
    read: dict[str, tuple[Stream, int, int]] = field(default_factory=dict)
    refused: list[Trap] = field(default_factory=list)

    def run(self, block: Block) -> None:
        for op in block:
            try:
                self.meaning[type(op)](self, op)
            except Refused as refused:  # of an op that has no disposition
                raise Trapped(self.trap(op, refused)) from None

    # --- operands and bytes ---

    def get(self, operand: R | int) -> Any:
        """The value of a register or literal; null is None."""
        return self.registers[operand.n] if isinstance(operand, R) else operand

    def count(self, operand: R | int, what: str) -> int:
        """An operand that says how many bytes, or where: an integer ≥ 0."""
        n = self.get(operand)
        if n is None or n < 0:
            raise Refused(f"{what} is {'null' if n is None else n}", size=0)
        return int(n)

    @property
    def left(self) -> int:
        """Bytes behind the cursor; −1 where it is behind the end."""
        return len(self.stream.data) - self.cursor

    def short(self, rule: str) -> Exception:
        """What to raise where bytes are wanted behind the stream's end."""
        return More() if self.stream.window else Refused(rule)

    def ends(self) -> None:
        """The window's end is asked for: that has to be the file's."""
        if self.stream.window and not self.source.final:
            raise More

    def take(self, at: int, size: int) -> bytes:
        """*size* bytes, *at* bytes behind the cursor, which the verifier has proven to be there."""
        start = self.cursor + at
        if size == 0:
            return b""
        if at < 0 or size < 0 or start + size > len(self.stream.data):
            raise broken(f"a load of {size} bytes at {start} of a stream of {len(self.stream.data)}")
        return bytes(self.stream.data[start : start + size])

    def move(self, n: int) -> None:
        self.cursor = min(self.cursor + n, len(self.stream.data) + 1)

    # --- refusals ---

    def trap(self, op: Op, refused: Refused) -> Trap:
        at, size = self.cursor + getattr(op, "at", 0) + refused.at, refused.size
        if size < 0:  # all that the op looked at, or what stands where it found too little
            size = len(op.value) if isinstance(op, o.Expect) else self.get(getattr(op, "size", 8))
        stream = self.stream
        site = self.program.sites[op.site] if 0 <= op.site < len(self.program.sites) else None
        # a value that is looked at was read elsewhere
        if isinstance(op, o.Require) and site and site.path in self.read:
            stream, at, size = self.read[site.path]
        offset = stream.origin + (0 if stream.made else at)
        rule = refused.rule
        if site and site.rule:  # the dictionary's own words, and the op's where they add something
            rule = site.rule if isinstance(op, o.Require | o.FailNow) else f"{site.rule}: {rule}"
        return Trap(
            op=op.name,
            site=op.site,
            offset=offset,
            bytes=bytes(stream.data[at : at + size]),
            rule=rule,
            cursor=-1 if self.stream.made else self.stream.origin + self.cursor,
            element=self.elements[-1] if self.elements else 0,
        )

    def refuse(self, op: Any, refused: Refused) -> None:
        """By the op's disposition: the record fails, or the event is logged."""
        trap = self.trap(op, refused)
        if op.fail == "trap":
            raise Trapped(trap)
        self.refused.append(trap)
        assert self.record is not None
        self.record.log(op.site)

    def load(self, op: Any, read: Callable[[bytes], Value | None], size: int) -> None:
        """Null where absent or refused, else what *read* makes of the bytes."""
        data = self.take(op.at, size)
        self.note(op, size)
        self.registers[op.out.n] = None
        if not absent(data, op.absent):
            try:
                self.registers[op.out.n] = read(data)
            except Refused as refused:
                if getattr(op, "fail", "trap") == "trap":
                    raise
                self.refuse(op, refused)

    def note(self, op: Any, size: int) -> None:
        """The bytes of *op*'s field are *size* at its place."""
        if 0 <= op.site < len(self.program.sites):
            self.read[self.program.sites[op.site].path] = self.stream, self.cursor + op.at, size

    # --- streams and elements ---

    def inside(self, stream: Stream, cursor: int, body: Block) -> None:
        """Run *body* in *stream*, then come back."""
        before = self.stream, self.cursor
        self.stream, self.cursor = stream, cursor
        self.run(body)
        self.stream, self.cursor = before

    def element(self, level: int, number: int, body: Block) -> None:
        if level >= 0:
            self.record_of("a list").open_slot(level)
        self.elements.append(number)
        self.run(body)
        self.elements.pop()
        if level >= 0:
            self.record_of("a list").close_slot(level)

    def record_of(self, what: str) -> Record:
        if self.record is None:
            raise broken(f"{what} in a framer")
        return self.record

    def charset(self, name: str) -> Charset | str:
        return self.program.charset(name) or name
