"""What a printer of the scalar gear knows while it goes through a Program: the stream, the cursor, facts about registers.

Each op's printing is a function in one of the modules beside this one, found by `PRINTS`.
Invariant: the cursor is a variable and a constant, so that moving by constants costs nothing; a variable is never changed behind a
cursor that is to be restored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from arrowsmith.program import ops as o
from arrowsmith.program.ops import MOST, Block, Op, R
from arrowsmith.program.program import Program
from arrowsmith_vm.facts import Fact, anything, exactly
from arrowsmith_vm.source import Source

#: op → the function that prints it; filled by `prints`
PRINTS: Final[dict[type[Op], Callable[[Printer, Any], None]]] = {}


def prints(kind: type[Op]) -> Callable[[Callable[[Printer, Any], None]], Callable[[Printer, Any], None]]:
    """Declare the function that prints ops of *kind*."""

    def declare(function: Callable[[Printer, Any], None]) -> Callable[[Printer, Any], None]:
        PRINTS[kind] = function
        return function

    return declare


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place ``off`` bytes behind variable ``var`` ("" is the stream's start).  Bytes up to ``known`` behind it are there (−1: not even
    the place itself is known to be in the stream).  The variable is at least ``gain`` bytes from the stream's start."""

    var: str
    off: int = 0
    known: int = -1
    gain: int = 0

    def at(self, more: int = 0) -> str:
        """The expression of the place *more* bytes further."""
        off = self.off + more
        if not self.var:
            return str(off)
        return self.var if not off else f"{self.var} {'+' if off > 0 else '-'} {abs(off)}"


@dataclass(frozen=True, slots=True)
class Stream:
    """The variable that holds a stream's bytes, the expression of its end, that of its start, whether its end is the window's, and
    whether a slice of it is bytes already."""

    bytes: str
    end: str
    start: str = ""
    window: bool = False
    solid: bool = True

    def cut(self, low: str, high: str) -> str:
        """The expression of the bytes between two places."""
        part = f"{self.bytes}[{low}:{high}]"
        return part if self.solid else f"bytes({part})"


#: where a printed function becomes several: loops and blocks nest only so deep in one (CPython: 20 blocks, 100 indents)
DEEPEST: Final = 15


@dataclass(slots=True)
class Printer:
    """A Program that is being printed."""

    program: Program
    source: Source
    root: Stream
    stream: Stream
    cursor: Cursor
    facts: dict[int, Fact] = field(default_factory=dict)
    counters: list[str] = field(default_factory=lambda: ["0"])
    keep: frozenset[int] = frozenset()
    parts: list[list[tuple[int, str]]] = field(default_factory=list)
    split: bool = False
    kinds: int | None = None
    carries: int = 0
    #: registers that hold a place known before the run: bytes from the stream's start
    places: dict[int, int] = field(default_factory=dict)
    #: (stream, variable, offset, register) → the variable that holds the sum of the last three, known to lie in the stream
    ahead: dict[tuple[str, str, int, int], str] = field(default_factory=dict)

    # --- text --------------------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.source.line(text)

    def constant(self, prefix: str, text: str) -> str:
        return self.source.constant(prefix, text)

    def block(self, body: Block) -> None:
        """Print the ops of *body*."""
        for op in body:
            PRINTS[type(op)](self, op)

    @contextmanager
    def nested(self, header: str) -> Iterator[None]:
        """Print what is inside under *header*; where that is too deep for one function, as a function of its own."""
        with self.source.block(header):
            if not self.split or self.source.depth < DEEPEST:
                yield
                return
            depth, self.source.depth = self.source.depth, 1
            with self.source.apart() as lines:
                yield
            self.source.depth = depth
            name = f"part{len(self.parts)}"
            self.parts.append([(0, f"def {name}():"), (1, "GLOBALS"), *(lines or [(1, "pass")])])
            self.line(f"{name}()")

    def trap_if(self, condition: str) -> None:
        """Trap where *condition* holds."""
        if condition:
            self.line(f"if {condition}: raise Trap")

    # --- registers ---------------------------------------------------------------------------------------------------

    def fact(self, operand: R | int) -> Fact:
        """What is known of *operand*."""
        if isinstance(operand, int):
            return exactly(operand)
        return self.facts.get(operand.n) or anything(self.program.registers[operand.n])

    def kind(self, operand: R | int) -> str:
        return "i64" if isinstance(operand, int) else self.program.registers[operand.n]

    def assign(self, out: R, expression: str, fact: Fact) -> None:
        """out = *expression*."""
        self.line(f"r{out.n} = {expression}")
        self.know_of(out, fact)

    def know_of(self, out: R, fact: Fact) -> None:
        """Register *out* was written: *fact* holds of it from here on."""
        self.facts[out.n] = fact
        self.places.pop(out.n, None)
        self.forget({out.n})

    def forget(self, registers: set[int]) -> None:
        """Nothing that was known of the values of *registers* holds any more."""
        for n in registers:
            self.places.pop(n, None)
        self.ahead = {key: name for key, name in self.ahead.items() if key[3] not in registers}

    def nulls(self, *operands: R | int) -> str:
        """The condition that one of *operands* is null; "" where none can be."""
        return " or ".join(dict.fromkeys(f"r{x.n} is None" for x in operands if isinstance(x, R) and self.fact(x).null))

    def size(self, operand: R | int) -> str:
        """The expression of an operand that says how many bytes, or where; traps where it is null or negative."""
        if isinstance(operand, int):
            if operand < 0:
                self.line("raise Trap")
            return str(operand)
        fact = self.fact(operand)
        conditions = [self.nulls(operand)] if fact.null else []
        if fact.low < 0:
            conditions.append(f"r{operand.n} < 0")
        self.trap_if(" or ".join(conditions))
        self.facts[operand.n] = Fact(max(fact.low, 0), max(fact.high, 0))
        return f"r{operand.n}"

    def count(self, operand: R | int) -> str:
        """The expression of an operand that says how many: null is 0, it may be negative; traps above `MOST`."""
        if isinstance(operand, int):
            self.trap_if("True" if operand > MOST else "")
            return str(operand)
        fact = self.fact(operand)
        name = f"r{operand.n}"
        if fact.null:
            name = self.source.fresh("t")
            self.line(f"{name} = r{operand.n} or 0")
        if fact.high > MOST:
            self.trap_if(f"{name} > {MOST}")
        return name

    def merge(self, facts: list[dict[int, Fact]]) -> None:
        """Go on with what is known behind several ways here."""
        known = set.intersection(*(set(f) for f in facts)) if facts else set()
        merged = {}
        for n in known:
            result = facts[0][n]
            for other in facts[1:]:
                result |= other[n]
            merged[n] = result
        self.facts = merged

    # --- the cursor --------------------------------------------------------------------------------------------------

    def beyond(self, n: str | int) -> str:
        """The condition that *n* bytes behind the cursor are more than the stream has."""
        place = self.cursor.at(n) if isinstance(n, int) else f"{self.cursor.at()} + {n}"
        return f"{place} > {self.stream.end}"

    @property
    def short(self) -> str:
        """What to raise where the stream ends too early."""
        return "More" if self.stream.window else "Trap"

    def ends(self) -> None:
        """The window's end is asked for: that has to be the file's."""
        if self.stream.window:
            self.line("if not final: raise More")

    def know(self, n: int) -> None:
        """*n* bytes behind the cursor are there."""
        self.cursor = replace(self.cursor, known=max(self.cursor.known, self.cursor.off + n))

    def reserve(self, n: R) -> None:
        """Stop unless as many bytes as register *n* (≥ 0) says are behind the cursor."""
        key = (self.stream.bytes, self.cursor.var, self.cursor.off, n.n)
        if key not in self.ahead:
            name = self.source.fresh("p")
            self.line(f"{name} = {self.cursor.at()} + r{n.n}")
            self.line(f"if {name} > {self.stream.end}: raise {self.short}")
            self.ahead[key] = name
        self.know(0)

    def move(self, n: R | int) -> None:
        """Move the cursor *n* ≥ 0 bytes forward."""
        if isinstance(n, int):
            self.cursor = replace(self.cursor, off=self.cursor.off + n)
            return
        key = (self.stream.bytes, self.cursor.var, self.cursor.off, n.n)
        gain = self.cursor.gain + self.cursor.off + max(self.fact(n).low, 0)
        if key in self.ahead:
            self.cursor = Cursor(self.ahead[key], 0, 0, gain)
        else:
            name = self.source.fresh("p")
            self.line(f"{name} = {self.cursor.at()} + r{n.n}")
            self.cursor = Cursor(name, 0, -1, gain)

    def told(self) -> str:
        """The expression of the cursor's place in the stream: one byte behind the end where it is behind the end."""
        cursor = self.cursor
        if cursor.known < cursor.off:
            place = f"min({cursor.at()}, {self.stream.end} + 1)"
        elif cursor.var == self.stream.start:
            return str(cursor.off)
        else:
            place = cursor.at()
        return f"{place} - {self.stream.start}" if self.stream.start else place

    def settle(self, name: str) -> None:
        """Put the cursor into variable *name*."""
        if self.cursor.at() != name:
            self.line(f"{name} = {self.cursor.at()}")
        known = self.cursor.known - self.cursor.off
        self.cursor = Cursor(name, 0, max(known, -1), self.cursor.gain + self.cursor.off)

    @contextmanager
    def inside(self, stream: Stream, cursor: Cursor) -> Iterator[None]:
        """Print what is inside for another stream and cursor, then come back."""
        before = self.stream, self.cursor
        self.stream, self.cursor = stream, cursor
        yield
        self.stream, self.cursor = before

    def branches(self, ways: list[tuple[str, Block]]) -> None:
        """Print *ways*, each a header and its block, of which one is taken; what is known behind them is what all of them leave."""
        start, known, ahead, places = self.cursor, dict(self.facts), self.ahead, self.places
        printed: list[tuple[list[tuple[int, str]], Cursor, dict[int, Fact]]] = []
        for header, body in ways:
            self.cursor, self.facts, self.ahead, self.places = start, dict(known), dict(ahead), dict(places)
            with self.source.apart() as lines, self.nested(header):
                self.block(body)
            printed.append((lines, self.cursor, self.facts))
        ends = {(c.var, c.off) for _, c, _ in printed}
        if len(ends) == 1:
            self.cursor = replace(printed[0][1], known=min(c.known for _, c, _ in printed))
            for lines, _, _ in printed:
                self.source.place(lines)
        else:
            name = self.source.fresh("p")
            for lines, cursor, _ in printed:
                self.source.place(lines)
                self.source.lines.append((self.source.depth + 1, f"{name} = {cursor.at()}"))
            known_everywhere = all(c.known >= c.off for _, c, _ in printed)
            self.cursor = Cursor(name, 0, 0 if known_everywhere else -1)
        self.merge([facts for _, _, facts in printed])
        self.ahead, self.places = ahead, places
        self.forget({n for _, body in ways for n in written(body)})


def written(body: Block) -> set[int]:
    """The registers that ops of *body* write."""
    return {r.n for op in o.walk(body) for r in o.outputs(op)}
