"""What a Plan's Programs are loaded as: kernels, each with the memory of its batches; one set where no header decides, else one for each
kind of header, up to a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from arrowsmith.batch import Pool
from arrowsmith.engine.head import Head
from arrowsmith.engine.kernels import Kernels
from arrowsmith.engine.tables import Member
from arrowsmith.lower.specialise import foreseen, specialise
from arrowsmith.program.program import Plan

#: so many kinds of headers get kernels of their own
MOST_SPECIAL = 16


@dataclass(frozen=True, slots=True)
class Ready:
    """A Plan whose kernels are loaded: one for each member of the rows, with the memory of its batches, and the framer's."""

    plan: Plan
    loaded: tuple[tuple[Any, Pool], ...]
    framer: Any


@dataclass(slots=True)
class Loads:
    """Loads what *plan* needs for *members* on *threads* threads, once each."""

    plan: Plan
    members: Sequence[Member]
    kernels: Kernels
    threads: int
    _known: dict[tuple[int, ...], Ready] = field(default_factory=dict)
    _by: tuple[str, ...] | None = None  # the parameters whose values were foreseen
    _pools: list[Pool] = field(default_factory=list)

    def plain(self) -> Ready | None:
        """The Plan as it is; None where values that a header says decide what is loaded."""
        return self._ready(self.plan) if self.plan.header is None else None

    def ahead(self) -> None:
        """Load what a header may ask for, as far as the Programs say it, and what reads every other header; nothing more is loaded then."""
        if self.plan.header is None:
            return
        plan, every = foreseen(self.plan, MOST_SPECIAL)
        self._by = plan.specialise
        for values in every:
            self._known[tuple(values.values())] = self._ready(specialise(plan, values))
        self._known[()] = self._ready(self.plan)

    def of(self, head: Head | None) -> Ready:
        """The Plan for a file with that *head*, loaded; files that say the same share it."""
        names = [name for name, _ in self.plan.parameters]
        default = tuple(value for _, value in self.plan.parameters)
        values = dict(zip(names, default if head is None else head.parameters, strict=True))
        by = self.plan.specialise if self._by is None else self._by
        key = tuple(values[name] for name in by)
        if key not in self._known:
            if len(self._known) < MOST_SPECIAL and self._by is None:
                self._known[key] = self._ready(specialise(self.plan, values))
            elif () not in self._known:
                self._known[()] = self._ready(self.plan)
        return self._known.get(key) or self._known[()]

    def release(self) -> None:
        """Give up memory that was kept for further batches."""
        for pool in self._pools:
            pool.close()

    def _ready(self, plan: Plan) -> Ready:
        programs = [plan.tables[member.number][1] for member in self.members]
        loaded = tuple((self.kernels.load(program), Pool(program, self.threads)) for program in programs)
        self._pools += [pool for _, pool in loaded]
        return Ready(plan, loaded, None if plan.framer.size else self.kernels.load(plan.framer))
