"""Building Programs: registers, columns, levels, sites get their numbers here, charsets and transforms their place; blocks nest by `with`.

A `Builder` is the one mutable thing on the way to a Program; `program()` freezes what was built, `verified()` verifies it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from arrowsmith.charsets import Charset
from arrowsmith.columns import Column, Level, Storage
from arrowsmith.diagnostics import Span
from arrowsmith.program.kinds import result
from arrowsmith.program.ops import Block, Kind, Op, R
from arrowsmith.program.program import Program, Site
from arrowsmith.program.verify import verify
from arrowsmith.transforms import Transformer


@dataclass(slots=True)
class Builder:
    """Collects one Program.  ``name`` and ``kind`` as the Program's."""

    name: str
    kind: Literal["table", "header", "framer"] = "table"
    registers: list[Kind] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    levels: list[Level] = field(default_factory=lambda: [Level(parent=-1)])
    sites: list[Site] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    charsets: dict[str, Charset] = field(default_factory=dict)
    transforms: dict[str, Transformer] = field(default_factory=dict)
    _open: list[list[Op]] = field(default_factory=lambda: [[]])
    _numbers: dict[tuple[object, ...], int] = field(default_factory=dict)

    # --- numbers -----------------------------------------------------------------------------------------------------

    def register(self, kind: Kind = "i64") -> R:
        """A new register of *kind*."""
        self.registers.append(kind)
        return R(len(self.registers) - 1)

    def column(self, level: int, storage: Storage, path: Sequence[str] = (), *, scratch: bool = False) -> int:
        """The number of the column of *storage* with *path* on *level*; a new one the first time."""
        key = ("column", level, storage, tuple(path), scratch)
        if key not in self._numbers:
            self._numbers[key] = len(self.columns)
            self.columns.append(Column(level=level, storage=storage, path=tuple(path), scratch=scratch))
        return self._numbers[key]

    def level(self, parent: int, path: Sequence[str]) -> int:
        """The number of the level of the list *path* below *parent*; a new one the first time."""
        key = ("level", parent, tuple(path))
        if key not in self._numbers:
            self._numbers[key] = len(self.levels)
            self.levels.append(Level(parent=parent, path=tuple(path)))
        return self._numbers[key]

    def site(
        self, path: str = "", type: str = "", *, rule: str = "", tolerant: bool = False, span: Span | None = None
    ) -> int:
        """The number of the site so described; a new one the first time."""
        key = ("site", path, type, rule, tolerant, id(span))
        if key not in self._numbers:
            self._numbers[key] = len(self.sites)
            self.sites.append(Site(path=path, type=type, rule=rule, tolerant=tolerant, span=span))
        return self._numbers[key]

    def parameter(self, name: str) -> int:
        """The number of the parameter *name*; a new one the first time."""
        if name not in self.parameters:
            self.parameters.append(name)
        return self.parameters.index(name)

    def charset(self, charset: Charset) -> str:
        """Make the table known to the Program; return its name."""
        self.charsets[charset.name] = charset
        return charset.name

    def transform(self, transform: Transformer) -> str:
        """Make the transform known to the Program; return its name."""
        self.transforms[transform.name] = transform
        return transform.name

    # --- ops ---------------------------------------------------------------------------------------------------------

    @property
    def here(self) -> list[Op]:
        """The ops of the block that is being built."""
        return self._open[-1]

    def first(self, op: Op) -> None:
        """Put *op* before everything else."""
        self._open[0].insert(0, op)

    def emit(self, op: Op) -> None:
        """Append *op* to the block that is being built."""
        self._open[-1].append(op)

    @contextmanager
    def block(self) -> Iterator[list[Op]]:
        """Collect what is emitted inside into a list of its own: `Block(list)` is the argument of a structured op."""
        ops: list[Op] = []
        self._open.append(ops)
        try:
            yield ops
        finally:
            self._open.pop()

    def value(self, cls: type[Op], *, of: Kind | None = None, **given: Any) -> R:
        """Append an op of *cls* that writes a new register, of the kind that the op makes (*of* says it for a null); return the
        register."""
        out = R(len(self.registers))
        op = cls(**{"out": out, **given})
        self.registers.append(of or result(op, self.registers, self.columns))
        self.emit(op)
        return out

    @contextmanager
    def inside(self, cls: type[Op], **given: Any) -> Iterator[None]:
        """Collect what is emitted inside into the first block of an op of *cls*, which is appended then."""
        with self.block() as ops:
            yield
        name = next(f.name for f in fields(cls) if f.type == "Block")
        self.emit(cls(**{name: Block(ops), **given}))

    @contextmanager
    def otherwise(self) -> Iterator[None]:
        """Collect what is emitted inside into the other block of the `if` or `reach` that was appended last."""
        with self.block() as ops:
            yield
        self.here[-1] = replace(self.here[-1], other=Block(ops))  # type: ignore[call-arg]  # `if` and `reach` have it

    def verified(self, *, size: int = 0) -> Program:
        """What was built, verified."""
        program = self.program(size=size)
        verify(program)
        return program

    def program(self, *, size: int = 0) -> Program:
        """What was built.  ``size`` as the Program's."""
        (ops,) = self._open
        return Program(
            name=self.name,
            kind=self.kind,
            body=Block(ops),
            size=size,
            columns=tuple(self.columns),
            levels=tuple(self.levels),
            registers=tuple(self.registers),
            parameters=tuple(self.parameters),
            charsets=tuple(self.charsets.values()),
            transforms=tuple(self.transforms.values()),
            sites=tuple(self.sites),
        )
