"""Where a printed function is: the scopes of its items, what registers hold in them, the cursor in each and what is known to be there."""

from __future__ import annotations

from dataclasses import dataclass, field

from arrowsmith_vm.source import Source


@dataclass(frozen=True, slots=True)
class Value:
    """A register's value in one scope: the variable that holds it, the one that says which items are present ("" where all are), and
    whether it is ready for arithmetic (an i64, or for f64 registers an f64, and no view)."""

    name: str
    there: str = ""
    ready: bool = False


@dataclass(slots=True)
class Region:
    """Fields behind the same items, up to ``end`` bytes, known to be there: read from one block, whose bounds are known when all are
    printed.  ``trusted``: no need before it says that they are there, but the verifier does."""

    name: str
    places: str
    end: int
    low: int = 1 << 62
    high: int = -1
    trusted: bool = False
    #: (where, numpy's code) of the fields that are taken as they stand
    fields: list[tuple[int, str]] = field(default_factory=list)

    def lines(self, source: Source) -> list[str]:
        """What makes the block, and the array of its fields."""
        if self.high < 0:
            return ["pass"]
        found = [f"{self.name} = {self.places}.block({self.low}, {self.high})"]
        if self.fields:
            low = min(at for at, _ in self.fields)
            names = [field_name(at, code) for at, code in self.fields]
            codes, offsets = [code for _, code in self.fields], [at - low for at, _ in self.fields]
            kind = f"np.dtype({{'names': {names!r}, 'formats': {codes!r}, 'offsets': {offsets!r}}})"
            found.append(f"{self.name}f = {self.name}.fields({low}, {source.constant('record', kind)})")
        return found


@dataclass(slots=True)
class Cursor:
    """The place ``off`` bytes behind ``places``, with ``left`` bytes there; ``regions``: what is known to be there.  ``sure``: the places
    themselves are in the stream."""

    places: str
    left: str
    off: int = 0
    regions: list[Region] = field(default_factory=list)
    sure: bool = True

    @property
    def known(self) -> int:
        """Bytes behind the places that are there; −1 where they themselves may not be."""
        return self.regions[-1].end if self.regions else 0 if self.sure else -1


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream that begins ``off`` bytes behind ``places``, with ``left`` bytes from there to its end; variables of ``scope``."""

    places: str
    left: str
    off: int
    scope: Scope


@dataclass(slots=True)
class Scope:
    """A scope of the printed function: its variable, what registers hold there, the level of its slots and the counters of its elements."""

    name: str
    parent: Scope | None
    level: int
    repeat: bool = False
    registers: dict[int, Value] = field(default_factory=dict)
    written: set[int] = field(default_factory=set)
    #: register → the place that it tells, and of which stream
    told: dict[int, tuple[Stream, Cursor]] = field(default_factory=dict)


def field_name(at: int, code: str) -> str:
    """The name of a field of *code* at *at* in a block's record."""
    return f"{code}@{at}"


def picked(name: str, chain: list[str], how: str = "pick") -> str:
    for scope in reversed(chain):
        name = f"{scope}.{how}({name})"
    return name
