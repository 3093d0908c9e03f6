"""What a data description says, as values: `Entry` and the parts of its clauses."""

from __future__ import annotations

from dataclasses import dataclass, field

from arrowsmith.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Named:
    """A word of the copybook with its place; ``of``: the groups that qualify it, innermost first."""

    text: str
    span: Span = field(compare=False)
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A value.  ``kind``: ``text``, ``number``, ``hex``, ``figurative``; ``repeated``: ALL stands before it."""

    kind: str
    text: str
    repeated: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        match self.kind:
            case "text":
                shown = "'" + self.text.replace("'", "''") + "'"
            case "hex":
                shown = f"X'{self.text}'"
            case _:
                shown = self.text
        return f"ALL {shown}" if self.repeated else shown


@dataclass(frozen=True, slots=True)
class ValueRange:
    """``first``, or with ``last`` everything from the one to the other."""

    first: Literal
    last: Literal | None = None

    def __str__(self) -> str:
        return str(self.first) if self.last is None else f"{self.first} THRU {self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A level 88 entry: the name is true where the item above has one of ``values``; ``false`` is what SET TO FALSE stores."""

    name: str
    values: tuple[ValueRange, ...]
    false: Literal | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurs:
    """``most`` repetitions, or with ``depending`` as many as that item says, from ``least``.  ``keys``: (direction, name)."""

    least: int
    most: int
    depending: Named | None = None
    keys: tuple[tuple[str, str], ...] = ()
    indexes: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Where the sign is: before or behind the digits, over the end digit or in a byte of its own."""

    leading: bool
    separate: bool
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A data description.  ``name`` is "" for one without a name; ``filler`` where that is so or the name is FILLER.  ``book``: the
    number of the copybook that it is in, where several are merged."""

    level: int
    name: str
    span: Span
    name_span: Span
    filler: bool = False
    picture: Named | None = None
    usage: Named | None = None
    unsigned: bool = False
    sign: Sign | None = None
    justified: bool = False
    synchronized: bool = False
    blank_zero: bool = False
    occurs: Occurs | None = None
    redefines: Named | None = None
    renames: tuple[Named, ...] = ()
    values: tuple[ValueRange, ...] = ()
    typedef: bool = False
    type_name: Named | None = None
    byte_length: int = 0
    external: bool = False
    global_: bool = False
    constants: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    conditions: tuple[Condition, ...] = ()
    book: int = 0
