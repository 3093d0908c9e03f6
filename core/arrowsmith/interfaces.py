"""The shapes of what plugins offer: `Format`, `Framer`, `Transform`, `Emitter`, `Allocator`, `Sink` and what these hand out; and, from
`arrowsmith.options`, what options they have.

Protocols, not base classes: a plugin may be a frozen dataclass, a fake in a test is three lines.
Invariant: importing this module loads nothing but the standard library and `errors`, `diagnostics`, `memory`, `options`, `transforms`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol, Self, TypeAlias, runtime_checkable

from arrowsmith.diagnostics import Source
from arrowsmith.memory import Allocator, Region
from arrowsmith.options import GivenOptions, Option, Options, parse_options, plain
from arrowsmith.transforms import LIMIT, Argument, Takes, Transformer

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith.host import Host
    from arrowsmith.layout.nodes import Layout
    from arrowsmith.program.builder import Builder
    from arrowsmith.program.kernel import Code, FramerKernel, Kernel, Target
    from arrowsmith.program.ops import Operand
    from arrowsmith.program.program import Program

#: The version of everything a plugin may touch.  A plugin states the pair it was built for as ``ARROWSMITH_API`` beside
#: its hooks; see `api_refusal` for what is accepted.
API = (0, 1)

__all__ = [
    "API",
    "LIMIT",
    "Allocator",
    "Argument",
    "BatchReport",
    "Candidate",
    "CompileReport",
    "Detects",
    "Emitter",
    "Format",
    "Framer",
    "GivenOptions",
    "Include",
    "NamesTransforms",
    "Option",
    "Options",
    "Region",
    "Remembers",
    "Sample",
    "Sink",
    "Takes",
    "Transform",
    "Transformer",
    "Writer",
    "Yields",
    "api_refusal",
    "parse_options",
    "plain",
]

#: ``include(name, from_)`` gives the text of another file that ``from_`` asks for, or raises `DictionaryError`.
Include = Callable[[str, Source], Source]
#: ``record(size)``: the *size* bytes at the cursor, a number or a register, are a record; the cursor moves behind them.
Yields: TypeAlias = "Callable[[Operand], None]"


def api_refusal(stated: object, host: tuple[int, int] = API) -> str | None:
    """Why a plugin built for the API pair *stated* cannot run on *host*, or None where it can.

    Another major or a newer minor is refused; before 1.0 the minor counts as the major.
    """
    built = f"built for API {stated}" if stated is not None else "states no ARROWSMITH_API"
    here = f"this arrowsmith has API {host[0]}.{host[1]}"
    if not (isinstance(stated, tuple) and len(stated) == 2 and all(type(n) is int for n in stated)):
        return f"{built}, which should be a pair of integers; {here}"
    major, minor = stated
    fits = major == host[0] and (minor <= host[1] if major else minor == host[1])
    return None if fits else f"built for API {major}.{minor}; {here}"


# --- what plugins offer ----------------------------------------------------


class Format(Protocol):
    """A dictionary language and its reader.  Cheap and inert until `parse` is called."""

    @property
    def name(self) -> str: ...
    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name endings with their dot, lower case: ``(".cpy", ".cob")``."""
        ...

    @property
    def options(self) -> tuple[Option, ...]: ...

    def detect(self, source: Source) -> bool:
        """Whether *source* looks like this language.  Never raises for any text."""
        ...

    def parse(self, sources: Sequence[Source], options: Options, include: Include) -> Layout:
        """The Layout that *sources*, merged in order, declare; *options* as `parse_options` gives them.

        Raises `DictionaryError`, and nothing else, whatever the text.
        """
        ...


@runtime_checkable
class Advises(Protocol):
    """A capability of a format: where records cannot be told apart or fields cannot be read, it says which options would fit better."""

    def advise(self, options: Options, head: bytes, *, framing: bool, found: int, layout: Layout) -> str:
        """What to try, in words, for a file that begins with *head*, read with *options* (as `parse_options` gives them) as *layout*; ""
        where nothing fits better.  *framing*: records could not be told apart; else a field was refused.  *found*: records before that."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Parts of a file of ``size`` bytes, each with its offset, in order and apart: the first begins the file, the last ends it."""

    size: int
    parts: tuple[tuple[int, bytes], ...]

    @property
    def head(self) -> bytes:
        return self.parts[0][1]

    @property
    def whole(self) -> bool:
        """Whether there is nothing else in the file."""
        return len(self.parts) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way to tell the records of a file apart, to be tried.

    ``claim`` says it in words, ``evidence`` what speaks for it, ``options`` are what a user would pass.  ``slices`` are bytes of the file
    that begin and end with its records, to be read with ``trial``, which are the same options but those about the file's ends;
    ``sources``: a dictionary to read them by, where the user has none.  ``variants``: groups of further options, of which one each is to be
    found; the first of a group is what is meant without.  ``marks``: headers or delimiters that were where the ones before them said;
    ``lands``: the last record ends with the file.  ``rank``: the simpler of two that read the same is lower.
    ``edges``: single records, the first and the last, that have to be as good as others.  ``alike``: groups of variants, by their
    number, with the characters that all variants of it read alike: where texts have no others, none is tried.
    """

    claim: str
    evidence: str
    options: tuple[tuple[str, str], ...]
    trial: tuple[tuple[str, str], ...]
    slices: tuple[bytes, ...]
    sources: tuple[Source, ...] = ()
    variants: tuple[tuple[tuple[tuple[str, str], ...], ...], ...] = ()
    marks: int = 0
    lands: bool = False
    rank: int = 0
    edges: tuple[bytes, ...] = ()
    alike: tuple[tuple[int, frozenset[str]], ...] = ()


#: values that another option would make others of
Kind: TypeAlias = Literal["decimals", "floats", "integers", "texts"]
#: options with their values
Said: TypeAlias = Sequence[tuple[str, str]]


@runtime_checkable
class Detects(Protocol):
    """A capability of a format: it says which options could fit a file."""

    def candidates(
        self, sources: Sequence[Source], options: Options, sample: Sample, include: Include
    ) -> Sequence[Candidate]:
        """The ways in which *sample* could hold records of the dictionary *sources* (none: of any), read with *options* beside.

        Raises `DictionaryError` for the dictionary, and `OptionError`.
        """
        ...

    def segmented(self, field: str, views: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
        """The options by which *field* tells records of several kinds apart: *views* has its values, each with the view that its records
        have."""
        ...

    def others(
        self, sources: Sequence[Source], options: Options, include: Include
    ) -> Sequence[tuple[Kind, Sequence[Said]]]:
        """Groups of further options of which one each fits a file that is read with *options*: what bytes of some usage mean, each with the
        kind of values that it changes.  Where there are no such fields, there is no group."""
        ...

    def remarks(self, layout: Layout, records: Sequence[bytes]) -> Sequence[str]:
        """What is odd about *records* of *layout* although they can be read, in sentences with what may be the reason."""
        ...

    def stripped(self, sources: Sequence[Source], options: Options, include: Include) -> str:
        """What to say where the file begins with a record, and nothing tells where the next one begins; "" where that cannot be."""
        ...


class Framer(Protocol):
    """A way to tell the records of a file apart, whatever dictionary says what is in them.  It builds ops, once; none of it is called
    per record."""

    @property
    def name(self) -> str: ...
    @property
    def options(self) -> tuple[Option, ...]: ...

    def find(self, build: Builder, record: Yields, options: Options) -> None:
        """Append to *build* the ops that find what comes next in a file: a record, a block of them, or something to be left out.

        The cursor is where that begins, and is left where the next begins.  ``record(size)`` appends what yields a record; it may
        stand in branches and loops.  A `require` that does not hold, and bytes that are not there, are a framing error.  Pure and
        deterministic.  Raises `OptionError` for *options* (as `parse_options` gives them) that do not go together.
        """
        ...


class Transform(Protocol):
    """A way to make the bytes of a stream of others: decompression, decryption, a code of somebody's own.  It is called for each stream
    of each record, from several threads at once, and with bytes that may be hostile."""

    @property
    def name(self) -> str:
        """What dictionaries call it; may have dots: ``com.example.lz4``."""
        ...

    @property
    def takes(self) -> tuple[Takes, ...]:
        """The kind of each argument: ``integer`` (64 bits with a sign), ``bytes``, or ``integer or bytes``."""
        ...

    def apply(self, data: bytes, arguments: Sequence[Argument]) -> bytes:
        """The bytes that *data* and *arguments*, as many as it takes and none of them null, stand for: at most `LIMIT`, whatever *data*
        are; what would be more must not be made to be counted.

        Raises ValueError, with a reason in words, for data that it does not take; whatever else it raises, too, is an invalid value at
        that field and no more.  Pure: the same bytes and arguments give the same result, however often and in whatever process.
        """
        ...


@runtime_checkable
class NamesTransforms(Protocol):
    """A capability of a format: its dictionaries name transforms, so it is told which there are, and says in its own words where one is
    named that is none, or gets arguments that it does not take.  Of other formats core says it."""

    def parse_with(
        self, sources: Sequence[Source], options: Options, include: Include, transforms: Mapping[str, Transformer]
    ) -> Layout:
        """As `Format.parse`, which is called no more; *transforms* by their names."""
        ...


class Emitter(Protocol):
    """A way to turn a Program into a kernel.  The highest `rank` that does not refuse is taken.

    Three more attributes are looked for and may be missing: ``needs_memory`` (False: no executable memory is asked for, and
    `load` gets None as its allocator), ``target(allocator) -> Target``, what this host can run, and ``chart(code) -> CodeMap``, by
    which `arrowsmith.testing` verifies machine code.
    """

    @property
    def name(self) -> str: ...
    @property
    def rank(self) -> int:
        """Preference: higher is tried first; negative is taken only when named."""
        ...

    def refuses(self, program: Program, host: Host) -> str | None:
        """Why this emitter cannot run *program* on *host*, or None where it can."""
        ...

    def emit(self, program: Program, target: Target) -> Code:
        """The inert code of *program* for *target*: pure and deterministic; touches no memory but Python's."""
        ...

    def load(self, code: Code, allocator: Allocator) -> Kernel | FramerKernel:
        """A callable kernel of *code*; a `FramerKernel` where its Program is a framer.

        Raises `ExecutableMemoryError` where the system refuses the memory.
        """
        ...


class Writer(Protocol):
    """One open target.  Leaving the ``with`` block commits; leaving it by an exception leaves nothing behind."""

    def __enter__(self) -> Self: ...

    def write(self, batch: pa.RecordBatch) -> None:
        """Write *batch*, whose schema is the one the target was opened with.  May keep it, unchanged, until the commit."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Sink(Protocol):
    """A place that record batches go to."""

    @property
    def name(self) -> str: ...
    @property
    def suffixes(self) -> tuple[str, ...]:
        """File name endings with their dot, lower case: ``(".parquet",)``."""
        ...

    @property
    def options(self) -> tuple[Option, ...]: ...

    def open(self, target: str | os.PathLike[str] | BinaryIO, schema: pa.Schema, options: Options) -> Writer:
        """A writer to *target*, a path or a binary file object.  A type it cannot write is an `OptionError` already here."""
        ...


@runtime_checkable
class Remembers(Protocol):
    """A capability of a sink: it says what metadata an output of its own has."""

    def metadata(self, target: str) -> Mapping[str, str]:
        """The schema's metadata of the file or folder *target*; nothing where it is no whole output of this sink.  Never raises for one
        that exists."""
        ...


# --- reports that events carry ---------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileReport:
    """One kernel was loaded: of which program, by whom, how large its code is, how many seconds each step took."""

    program: str
    emitter: str
    allocator: str = ""
    code_bytes: int = 0
    emit_seconds: float = 0.0
    load_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """One record batch was written: its number from 0, rows, bytes of Arrow data, where to, how many seconds it took."""

    table: str
    sink: str
    target: str
    number: int
    rows: int
    bytes: int
    seconds: float = 0.0
