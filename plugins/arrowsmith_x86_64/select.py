"""Ops become instructions: what every selection shares, and the table of who selects what.

Between ops: rbp the context, rsi the cursor (plus a displacement known here), rbx the stream's end, r15 its start, r12 the row, r13 the
innermost list's slot, r14 the frame's number; IR registers live in the context.  All other registers are free within an op.
Invariant: a cursor is never more than one byte behind its stream's end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from arrowsmith.program import ops as o
from arrowsmith.program.ops import Block, Op, R
from arrowsmith.program.program import Program
from arrowsmith_x86_64.assembler import Assembler, Item
from arrowsmith_x86_64.context import Context
from arrowsmith_x86_64.encodings import Encodings
from arrowsmith_x86_64.facts import STILL, Facts
from arrowsmith_x86_64.operands import R12, R13, R14, RAX, RBP, RBX, RCX, RDX, RSI, XMM, Reg, b, d, q, w, x, y
from arrowsmith_x86_64.vector import Vectors

#: where a value of each kind is between the op that makes it and the one that takes it: rax; rdx:rax; xmm0; rax and rdx (a text's
#: address and length) with the number of its encoding in ecx
Select = Callable[["Selector", Any], None]
Decode = Callable[["Selector", Any, "Exits"], None]


@dataclass(slots=True)
class Exits:
    """Where a decoding op jumps to instead of leaving a value.  A label that nobody asked for is never placed."""

    a: Assembler
    null_label: int = 0
    bad_label: int = 0
    #: bytes of an integer that are taken: the others may be anything
    width: int = 8

    @property
    def null(self) -> int:
        """The value is null."""
        self.null_label = self.null_label or self.a.label()
        return self.null_label

    @property
    def bad(self) -> int:
        """The bytes are refused."""
        self.bad_label = self.bad_label or self.a.label()
        return self.bad_label


@dataclass(slots=True)
class Selector:
    """The state of selection: where the cursor is, what is proven, which constructs are open."""

    program: Program
    facts: Facts
    context: Context
    a: Assembler
    encodings: Encodings
    table: Mapping[type[Op], Select]
    decoders: Mapping[type[Op], Decode]
    #: selects one of `decoders`, and the put behind it or the store into its register
    decode: Callable[[Selector, Any, o.Put | None], None]
    #: comparisons that a `require` asks for, and what selects them with it
    comparisons: Callable[[Selector, Block, int], tuple[Sequence[o.Let], o.Require | None]]
    tested: Callable[[Selector, Sequence[o.Let], o.Require], None]
    #: whether validity is set beforehand for columns that every row puts
    prefilled: bool = False
    #: the stream is a framer's own: what lies behind its end may come with the next window
    window: bool = False
    displacement: int = 0
    #: bytes from rsi on that are there for certain; −1: rsi itself may be behind the end
    proven: int = 0
    level: int = 0
    #: places of the numbers of the elements that are open; 0: the record itself
    numbers: list[int] = field(default_factory=lambda: [0])
    trap: int = 0
    more: int = 0
    full: int = 0
    log_full: int = 0
    v: Vectors = field(init=False)
    #: instructions that hold a site's number
    site_marks: list[Any] = field(default_factory=list)
    #: a register that says how many bytes have been found to be there, behind the cursor where it is now
    needed: R | None = None
    #: a register whose value is still in rax, and how much code there was when that was so
    _held: tuple[R, tuple[int, int]] | None = None
    _routines: dict[object, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.v = Vectors(self.a)
        self.trap, self.more, self.full, self.log_full = (self.a.label() for _ in range(4))

    def has(self, feature: str) -> bool:
        return feature in self.a.features

    # --- blocks ---

    def said(self, op: Op) -> str:
        """The op's name and its field."""
        site = self.program.sites[op.site] if 0 <= op.site < len(self.program.sites) else None
        return f"{op.name} {site.path}" if site and site.path else op.name

    def block(self, ops: Block) -> None:
        """Select *ops*; a value that only the put behind it reads never reaches memory."""
        i = 0
        self.needed = None
        while i < len(ops):
            op = ops[i]
            fresh = self._held is not None and self._held[1] == self.a.here
            self.a.note(self.said(op))
            if fresh and self._held is not None:
                self._held = self._held[0], self.a.here
            compared, asked = self.comparisons(self, ops, i) if isinstance(op, o.Let) else ((), None)
            if asked is not None:
                self.tested(self, compared, asked)
                i += len(compared) + (2 if len(compared) == 2 else 1)
                self.needed = None
            elif type(op) in self.decoders:
                put, rooms = self._fused(ops, i)
                for room in rooms:
                    self.table[type(room)](self, room)
                self.decode(self, op, put)
                i += 1 if put is None else 2 + len(rooms)
            else:
                self.table[type(op)](self, op)
                i += 1
                if not isinstance(op, STILL):
                    self.needed = None
        self.needed = None

    def _fused(self, ops: Block, at: int) -> tuple[o.Put | None, Sequence[o.Room | o.RoomData]]:
        """The put that takes the value of op number *at*, which nobody else does; and the rooms between them, which may as well be made
        sure of first."""
        out = getattr(ops[at], "out", None)
        rooms: list[o.Room | o.RoomData] = []
        for op in ops[at + 1 : at + 8]:
            if isinstance(op, o.Put):
                return (op, rooms) if op.a == out and id(op) in self.facts.last else (None, ())
            if not isinstance(op, o.Room | o.RoomData) or op.n == out:
                break
            rooms.append(op)
        return None, ()

    # --- the cursor ---

    def byte(self, at: int) -> Any:
        """A byte *at* bytes behind the cursor; so `word` (2), `double` (4), `quad` (8), `vector` (16) and `wide` (32)."""
        return b(RSI, self.displacement + at)

    def word(self, at: int) -> Any:
        return w(RSI, self.displacement + at)

    def double(self, at: int) -> Any:
        return d(RSI, self.displacement + at)

    def quad(self, at: int) -> Any:
        return q(RSI, self.displacement + at)

    def vector(self, at: int) -> Any:
        return x(RSI, self.displacement + at)

    def wide(self, at: int) -> Any:
        return y(RSI, self.displacement + at)

    def address(self, out: Reg, at: int = 0) -> None:
        """*out* = the address *at* bytes behind the cursor."""
        if self.displacement + at:
            self.a.lea(out, q(RSI, self.displacement + at))
        else:
            self.a.mov(out, RSI)

    def flush(self) -> None:
        """Bring rsi up to the cursor."""
        if self.displacement:
            with self.untouched():
                self.a.add(RSI, self.displacement)
            self.proven -= self.displacement
            self.displacement = 0

    def left(self, out: Reg) -> None:
        """*out* = bytes from the cursor to the stream's end; −1 where it is behind it."""
        self.a.mov(out, RBX)
        self.a.sub(out, RSI)
        if self.displacement:
            self.a.sub(out, self.displacement)

    @property
    def short(self) -> int:
        """Where to go when bytes are wanted behind the stream's end."""
        return self.more if self.window else self.trap

    def ends(self) -> None:
        """The window's end is asked for: that has to be the file's."""
        if self.window:
            self.a.cmp(self.header("final"), 0)
            self.a.jump(self.more, "e")

    # --- the context ---

    def header(self, name: str) -> Any:
        return q(RBP, self.context.header[name])

    def of_level(self, level: int, name: str) -> Any:
        return q(RBP, self.context.level(level, name))

    def of_column(self, column: int, name: str) -> Any:
        return q(RBP, self.context.column(column, name))

    def low(self, r: R) -> Any:
        return q(RBP, self.context.register(r.n, "low"))

    def high(self, r: R) -> Any:
        return q(RBP, self.context.register(r.n, "high"))

    def state(self, r: R) -> Any:
        return q(RBP, self.context.register(r.n, "state"))

    def kept(self) -> Any:
        """A new place for something that a construct keeps."""
        return q(RBP, self.context.place())

    def slot(self, level: int, spare: Reg) -> Reg:
        """The register that holds the number of the open slot of *level*; *spare* where it has to be fetched."""
        if level == 0:
            return R12
        if level == self.level:
            return R13
        self.a.mov(spare, self.of_level(level, "cursor"))
        return spare

    # --- registers ---

    def kind(self, operand: R | int) -> str:
        return self.program.registers[operand.n] if isinstance(operand, R) else "i64"

    def nullable(self, operand: object) -> bool:
        return isinstance(operand, R) and operand.n in self.facts.nullable

    def unless_null(self, operand: object, label: int) -> None:
        """Jump to *label* where the operand is a register that is null."""
        if self.nullable(operand):
            with self.untouched():
                self.a.cmp(self.state(operand), 0)  # type: ignore[arg-type]  # nullable says it is a register
                self.a.jump(label, "e")

    def hold(self, r: R) -> None:
        """What follows at once finds the value of *r* in rax."""
        self._held = r, self.a.here

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """What is emitted inside leaves rax alone."""
        fresh = self._held is not None and self._held[1] == self.a.here
        yield
        if fresh and self._held is not None:
            self._held = self._held[0], self.a.here

    def number(self, out: Reg, operand: R | int) -> None:
        """*out* = the low 64 bits of an operand that is not null."""
        if self._held is not None and self._held == (operand, self.a.here):
            if out != RAX:
                self.a.mov(out, RAX)
        elif isinstance(operand, R):
            self.a.mov(out, self.low(operand))
        else:
            self.a.constant(out, operand)

    def count(self, out: Reg, operand: R | int, bad: int) -> None:
        """*out* = an operand that says how many bytes, or where: *bad* where it is null or negative."""
        self.unless_null(operand, bad)
        self.number(out, operand)
        if isinstance(operand, R):
            self.a.test(out, out)
            self.a.jump(bad, "s")
        elif operand < 0:
            self.a.jump(bad)

    def load(self, r: R) -> None:
        """The value of register *r*, not null, to where values of its kind are."""
        match self.kind(r):
            case "f64":
                self.v.move("movq", XMM[0], self.low(r))
            case "i128":
                self.a.mov(RAX, self.low(r))
                self.a.mov(RDX, self.high(r))
            case "text":
                self.a.mov(RAX, self.low(r))
                self.a.mov(RDX, self.high(r))
                self.a.mov(RCX, self.state(r))
            case _:
                self.number(RAX, r)

    def store(self, r: R, kind: str) -> None:
        """The value where values of *kind* are to register *r*."""
        if kind == "f64":
            self.v.move("movq", self.low(r), XMM[0])
        else:
            self.a.mov(self.low(r), RAX)
        if kind in ("i128", "text"):
            self.a.mov(self.high(r), RDX)
        if kind == "text":
            self.a.mov(self.state(r), RCX)
        elif r.n in self.facts.nullable:
            self.a.mov(self.state(r), 1)

    # --- leaving ---

    def log(self, site: int) -> None:
        """In cold code: append (frame, *site*) to the log."""
        self.a.keep_flags(RDX, site)
        self.site_marks.append(self.a.last)
        self.a.call(self.log_routine())
        self.a.jump(self.log_full, "b")

    def log_routine(self) -> int:
        """The label of what appends to the log; the carry flag says that it is full."""
        return self.routine("log", self._append)

    def _append(self) -> None:
        """Takes the site in edx.  Changes rax, rcx, rdx."""
        a = self.a
        full = a.label()
        a.mov(RAX, self.header("logged"))
        a.cmp(RAX, self.header("log_room"))
        a.jump(full, "ae")
        a.mov(RCX, R14)
        a.shift("shl", RCX, 32)
        a.or_(RCX, RDX)
        a.mov(RDX, self.header("log"))
        a.mov(q(RDX, 0, RAX, 8), RCX)
        a.inc(self.header("logged"))
        a.clc()
        a.ret()
        a.place(full)
        a.stc()
        a.ret()

    def routine(self, key: object, emit: Callable[[], None]) -> int:
        """The label of the out-of-line code that *emit* emits, once for each *key*; it ends in a return."""
        label = self._routines.get(key)
        if label is None:
            label = self._routines[key] = self.a.label()
            with self.a.apart():
                self.a.place(label)
                emit()
        return label

    # --- arms ---

    def arms(self, arms: Sequence[tuple[int | None, Block, int]], done: int) -> None:
        """Select blocks of which one runs, each behind its label, and meet at *done*.  ``int``: what is proven where the arm begins."""
        a = self.a
        start = self.displacement
        made: list[tuple[list[Item], int, int]] = []
        for label, ops, proven in arms:
            self.displacement, self.proven = start, proven
            with a.captured() as items:
                if label is not None:
                    a.place(label)
                self.block(ops)
            made.append((items, self.displacement, self.proven))
        together = len({displacement for _, displacement, _ in made}) == 1
        for n, (items, displacement, proven) in enumerate(made):
            a.splice(items)
            self.displacement, self.proven = displacement, proven
            if not together:
                self.flush()
            made[n] = (items, self.displacement, self.proven)
            if n + 1 < len(made):
                a.jump(done)
        a.place(done)
        self.displacement, self.proven = made[-1][1], min(p for _, _, p in made)

    @contextmanager
    def kept_window(self, window: bool) -> Iterator[None]:
        """Inside, the stream is a framer's own as *window* says."""
        before, self.window = self.window, window
        yield
        self.window = before
