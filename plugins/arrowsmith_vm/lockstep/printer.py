"""What a printer of the lockstep gear knows while it goes through a Program: scopes of items, the cursor in each, registers by name.

The printed function calls `tile.Tile` by the name ``x`` and the functions of this package by theirs; each op's printing is found
by `PRINTS`.
Invariant: a register is brought into a scope when it is first read there, so what an arm does not read costs it nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from arrowsmith.program.ops import Block, Op, R
from arrowsmith.program.program import Program
from arrowsmith_vm.lockstep.cursors import Cursor, Region, Scope, Stream, Value, field_name, picked
from arrowsmith_vm.source import Source


class Unsupported(Exception):
    """The scalar gear has to run this Program; with the reason."""


PRINTS: Final[dict[type[Op], Callable[[Printer, Any], None]]] = {}


def prints(kind: type[Op]) -> Callable[[Callable[[Printer, Any], None]], Callable[[Printer, Any], None]]:
    """Declare the function that prints ops of *kind*."""

    def declare(function: Callable[[Printer, Any], None]) -> Callable[[Printer, Any], None]:
        PRINTS[kind] = function
        return function

    return declare


@dataclass(slots=True)
class Printer:
    """A Program that is being printed."""

    program: Program
    source: Source
    scope: Scope
    cursor: Cursor
    #: op → its number in Program order and that of the last op inside it; register → the number of the last op that reads it
    numbers: dict[int, tuple[int, int]]
    last_read: dict[int, int]
    root: Stream
    stream: Stream
    #: registers that only say where an `at` goes
    seeking: frozenset[int] = frozenset()
    regions: dict[str, Region] = field(default_factory=dict)
    levels: set[int] = field(default_factory=set)
    #: what a record may need at most, where that does not depend on it: level, or −1 − column → slots, or bytes
    limits: dict[int, int] = field(default_factory=dict)
    #: registers of a text literal that nothing does but compare with it: its bytes
    compared: Mapping[int, bytes] = field(default_factory=dict)
    #: text registers that may hold bytes, and those that may hold text
    bytes_in: frozenset[int] = frozenset()
    texts_in: frozenset[int] = frozenset()
    #: text registers whose bytes are asked for as they were read
    own: frozenset[int] = frozenset()
    #: how many items of the scope a record has; None where that depends on the record
    times: int | None = 1

    # --- text --------------------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        self.source.line(text)

    def fresh(self, prefix: str) -> str:
        return self.source.fresh(prefix)

    def constant(self, prefix: str, text: str) -> str:
        return self.source.constant(prefix, text)

    @property
    def s(self) -> str:
        """The variable of the scope."""
        return self.scope.name

    def block(self, body: Block) -> None:
        """Print the ops of *body*."""
        for op in body:
            function = PRINTS.get(type(op))
            if function is None:
                raise Unsupported(f"{op.name} has no lockstep form")
            function(self, op)

    # --- registers ---------------------------------------------------------------------------------------------------

    def kind(self, operand: R | int) -> str:
        return "i64" if isinstance(operand, int) else self.program.registers[operand.n]

    def value(self, register: R) -> Value:
        """What *register* holds in this scope."""
        chain = []
        scope: Scope | None = self.scope
        while scope is not None and register.n not in scope.registers:
            chain.append(scope.name)
            scope = scope.parent
        if scope is None:
            raise Unsupported(f"{register!r} is read where a repeat, or one arm alone, may have written it")
        found = scope.registers[register.n]
        if not found.name:
            raise Unsupported(f"{register!r} is read behind the repeat that writes it")
        if chain:
            name, there = self.fresh("v"), self.fresh("g") if found.there else ""
            self.line(f"{name} = {picked(found.name, chain)}")
            if there:
                self.line(f"{there} = {picked(found.there, chain)}")
            found = Value(name, there, found.ready)
            self.scope.registers[register.n] = found
        return found

    def ready(self, operand: R | int) -> Value:
        """What *operand* holds, ready for arithmetic on i64 (f64 registers: f64); stops where a u64 or i128 is no i64."""
        if isinstance(operand, int):
            if not -(1 << 63) <= operand < 1 << 63:
                raise Unsupported("a literal that is no i64")
            return Value(f"({operand})" if operand < 0 else str(operand), "", True)
        found = self.value(operand)
        if found.ready:
            return found
        name = self.fresh("v")
        kind = self.kind(operand)
        if kind in ("u64", "i128"):
            # another op may take the whole of the value, so the register keeps it
            self.line(f"{name} = signed(x, {self.s}, {found.name}, {found.there or None})")
            return Value(name, found.there, True)
        if kind == "text":
            raise Unsupported("arithmetic on text")
        self.line(f"{name} = {'f64' if kind == 'f64' else 'i64'}({found.name})")
        made = Value(name, found.there, True)
        self.scope.registers[operand.n] = made
        return made

    def assign(self, out: R, value: Value) -> None:
        """Register *out* holds *value* from here on."""
        self.scope.registers[out.n] = value
        self.scope.written.add(out.n)
        self.scope.told.pop(out.n, None)

    def binary(self, register: R) -> bool:
        """Whether text *register* is of charset binary."""
        if register.n in self.bytes_in & self.texts_in:
            raise Unsupported("a register that holds text here and bytes there")
        return register.n in self.bytes_in

    def array(self, operand: R | int) -> Value:
        """As `ready`, and a literal as an array."""
        found = self.ready(operand)
        if isinstance(operand, int):
            name = self.fresh("v")
            self.line(f"{name} = np.full({self.s}.n, {operand}, np.int64)")
            return Value(name, "", True)
        return found

    def there(self, *values: Value) -> str:
        """The variable of where all *values* are present; "" where they are everywhere."""
        names = list(dict.fromkeys(v.there for v in values if v.there))
        if len(names) < 2:
            return names[0] if names else ""
        name = self.fresh("g")
        text = names[0]
        for other in names[1:]:
            text = f"both({text}, {other})"
        self.line(f"{name} = {text}")
        return name

    def live(self, op: Op, register: int) -> bool:
        """Whether *register* is read behind *op*."""
        return self.last_read.get(register, -1) > self.numbers[id(op)][1]

    # --- the cursor --------------------------------------------------------------------------------------------------

    def know(self, end: int) -> None:
        """Bytes up to *end* behind the cursor's places are there."""
        if end > max(self.cursor.known, 0):
            region = Region(self.fresh("b"), self.cursor.places, end)
            self.regions[region.name] = region
            self.cursor.regions.append(region)
            self.line(f"@{region.name}")

    def at(self, at: int, size: int) -> tuple[str, int]:
        """The block to read *size* bytes from, *at* bytes behind the cursor, and where in it."""
        low = self.cursor.off + at
        if not size:
            raise Unsupported("a field of no bytes")
        for region in self.cursor.regions:
            if low + size <= region.end:
                region.low, region.high = min(region.low, low), max(region.high, low + size)
                return region.name, low
        # proven outside: by what is shared out among the elements of a repeat
        last = self.cursor.regions[-1] if self.cursor.regions else None
        if last is not None and last.trusted:
            last.end = low + size
        else:
            self.know(low + size)
            self.cursor.regions[-1].trusted = True
        return self.at(at, size)

    def whole(self, at: int, size: int, code: str) -> str:
        """The expression of the *size* bytes at *at* behind the cursor, as numpy's type *code*."""
        name, low = self.at(at, size)
        region = self.regions[name]
        if (low, code) not in region.fields:
            region.fields.append((low, code))
        return f"{name}f[{field_name(low, code)!r}]"

    def moved(self, by: Value) -> None:
        """The cursor goes *by* bytes forward, by how many each item says."""
        places, left = self.fresh("a"), self.fresh("e")
        self.line(f"{places}, {left} = moved({self.cursor.places}, {self.cursor.left}, {self.cursor.off}, {by.name})")
        self.cursor = Cursor(places, left, sure=False)

    # --- scopes ------------------------------------------------------------------------------------------------------

    @contextmanager
    def inside(
        self, name: str, *, known: int = 0, level: int | None = None, element: tuple[int, int] | None = None
    ) -> Iterator[Scope]:
        """Print what is inside for scope variable *name*, where it has items.  Bytes up to *known* behind the cursor's places are there.
        *element*: elements of a list, the first so many bytes behind the cursor, so many bytes apart."""
        outer, before = self.scope, self.cursor
        scope = Scope(name, outer, outer.level if level is None else level, repeat=element is not None)
        with self.source.block(f"if {name}.n:"):
            places, left = self.fresh("a"), self.fresh("e")
            if element is None:
                self.line(f"{places} = {name}.pick_places({before.places})")
                self.line(f"{left} = {name}.pick_left({before.left})")
                self.cursor = Cursor(places, left, before.off, sure=before.sure)
                self.know(max(before.known, known))
            else:
                off, stride = element
                self.line(f"{places} = {name}.element_places({before.places}, {off}, {stride})")
                self.line(f"{left} = {name}.element_left({before.left}, {off}, {stride})")
                self.cursor = Cursor(places, left, sure=False)
            self.scope = scope
            yield scope
        self.scope = outer
        self.cursor = before

    def chain(self, home: Scope) -> list[str]:
        """The variables of the scopes from this one up to *home*, which is left out."""
        names = []
        scope = self.scope
        while scope is not home:
            names.append(scope.name)
            assert scope.parent is not None
            scope = scope.parent
        return names

    def size_of(self, stream: Stream) -> str:
        """The expression of the bytes that each item's *stream* has."""
        left = picked(stream.left, self.chain(stream.scope), "pick_left")
        return f"{left}.value() - {stream.off}" if stream.off else f"{left}.value()"

    def start_of(self, stream: Stream) -> Cursor:
        """The start of *stream*."""
        return self.brought(Cursor(stream.places, stream.left, stream.off), stream.scope)

    def brought(self, cursor: Cursor, home: Scope) -> Cursor:
        """*cursor*, of scope *home*, in this one."""
        chain = self.chain(home)
        if not chain:
            shared = self.cursor.regions if cursor.places == self.cursor.places else cursor.regions
            return replace(cursor, regions=list(shared))
        places, left = self.fresh("a"), self.fresh("e")
        self.line(f"{places} = {picked(cursor.places, chain, 'pick_places')}")
        self.line(f"{left} = {picked(cursor.left, chain, 'pick_left')}")
        return Cursor(places, left, cursor.off, sure=cursor.known >= cursor.off)

    def told(self, register: R) -> tuple[Stream, Cursor] | None:
        """The place that *register* tells, and of which stream; None where that is not known before the run."""
        scope: Scope | None = self.scope
        while scope is not None:
            if register.n in scope.told:
                stream, cursor = scope.told[register.n]
                return stream, self.brought(cursor, scope)
            if register.n in scope.registers:
                return None
            scope = scope.parent
        return None

    @contextmanager
    def elsewhere(self, stream: Stream, cursor: Cursor) -> Iterator[None]:
        """Print what is inside for another stream and cursor, then come back."""
        before = self.stream, self.cursor
        self.stream, self.cursor = stream, cursor
        yield
        self.stream, self.cursor = before

    def arms(self, op: Op, ways: Sequence[tuple[str, Block]], known: int = 0) -> None:
        """Print *ways*, each a scope variable and what its items do; together they are all items of this scope.  In the first, bytes up
        to *known* are there."""
        start = self.cursor
        ended: list[tuple[str, Scope, Cursor, Cursor]] = []
        texts = []
        for i, (name, body) in enumerate(ways):
            with self.source.apart() as lines, self.inside(name, known=0 if i else known) as scope:
                first = replace(self.cursor)
                self.block(body)
                ended.append((name, scope, first, self.cursor))
            texts.append(lines)
        moves = {end.off - first.off if end.places == first.places else None for _, _, first, end in ended}
        written = {n for _, scope, _, _ in ended for n in scope.written if self.live(op, n)}
        # what an arm leaves has to have a name where the arm has no items
        for i, (_, scope, _, end) in enumerate(ended):
            names = [n for r in sorted(written & scope.written) for n in _names(scope.registers[r])]
            if len(moves) > 1 or None in moves:
                names += [end.places, end.left]
            if names:
                self.line(f"{' = '.join(names)} = None")
            self.source.place(texts[i])
        for r in sorted({n for _, scope, _, _ in ended for n in scope.written}):
            if r in written:
                self._merge(r, ended)
            else:
                self.scope.registers[r] = Value("")
            self.scope.written.add(r)
            self.scope.told.pop(r, None)
        if len(moves) == 1 and None not in moves:
            (move,) = moves
            assert move is not None
            self.cursor = replace(start, off=start.off + move)
            return
        places, left = self.fresh("a"), self.fresh("e")
        parts = ", ".join(f"({name}, {end.places}, {end.left}, {end.off})" for name, _, _, end in ended)
        self.line(f"{places}, {left} = meet({self.s}, [{parts}])")
        self.cursor = Cursor(places, left, sure=False)

    def _merge(self, r: int, ended: Sequence[tuple[str, Scope, Cursor, Cursor]]) -> None:
        """Print what register *r*, written in some arms, holds behind them."""
        parts = []
        for name, scope, _, _ in ended:
            if r in scope.written:
                value = scope.registers[r]
                if not value.name:
                    self.scope.registers[r] = value
                    return
                parts.append(f"({name}, {value.name}, {value.there or None})")
                continue
            try:
                value = self.value(R(r))
            except Unsupported:  # never written before: nobody may read it behind the arms
                self.scope.registers[r] = Value("")
                return
            there = f"{name}.pick({value.there})" if value.there else None
            parts.append(f"({name}, {name}.pick({value.name}) if {name}.n else None, {there} if {name}.n else None)")
        made = Value(self.fresh("v"), self.fresh("g"))
        self.line(f"{made.name}, {made.there} = merge({self.s}, [{', '.join(parts)}])")
        self.scope.registers[r] = made


def _names(value: Value) -> list[str]:
    return [name for name in (value.name, value.there) if name]
