"""A dictionary, made ready without data: its text, its Layout, the Plan, and what a scan makes of them."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arrowsmith import collector
from arrowsmith import registry as registries
from arrowsmith.columns import Struct
from arrowsmith.diagnostics import Source, combined
from arrowsmith.engine.tables import Rows, rows_of
from arrowsmith.errors import DictionaryError, OptionError, code
from arrowsmith.interfaces import Advises, Detects, GivenOptions, Kind, Options, Said, parse_options
from arrowsmith.layout.check import check
from arrowsmith.layout.decisions import Decision, decided, decisions_of
from arrowsmith.layout.framing import Framing, Offered
from arrowsmith.layout.nodes import Generated, Layout
from arrowsmith.layout.rowpath import RowShape, behind_header, needed, row_shape
from arrowsmith.layout.schema import arrow_schema, leaves, table_shape, tops
from arrowsmith.layout.selection import select
from arrowsmith.layout.streaming import streamed
from arrowsmith.lower import Wishes, lower
from arrowsmith.lower.framers import Find
from arrowsmith.program.ops import Fail
from arrowsmith.program.program import Plan

if TYPE_CHECKING:
    import pyarrow as pa

    from arrowsmith.engine.decode import OnError
    from arrowsmith.registry import Registry

NO_DICTIONARY = code("O0401", "the dictionary cannot be read")
BAD_POLICY = code("O0404", "an argument has a value that it cannot have")
SEVERAL_TABLES = code("O0405", "the file holds several tables and none was named")
NO_INCLUDE = code("D0304", "a file that the dictionary includes cannot be read")

#: what is decided about single fields: by name, or with their places in a text
Fields = Mapping[str, Mapping[str, Any]] | Sequence[Decision]

#: bytes of a file's beginning that advice on framing goes by
ADVISED = 32 << 10

#: records that say something about options: of fewer whatever is odd may be chance
FEWEST = 10

POLICIES = ("raise", "null", "skip", "quarantine")
#: what a row may say of where it comes from → the column that does
PROVENANCE = {
    "file": Generated(name="_file", what="file_name", behind=True),
    "record": Generated(name="_record", what="record", behind=True),
    "offset": Generated(name="_offset", what="offset", behind=True),
    "length": Generated(name="_length", what="length", behind=True),
}


def text(source: str, *, name: str = "<text>") -> Source:
    """A dictionary given as text: ``arrowsmith.text(source, name="orders.cpy")``.  *name* is for messages and the format's suffix."""
    return Source(name, source)


@dataclass(frozen=True, slots=True)
class Readings:
    """What else a format could make of the same bytes.  ``others``: options that change what bytes mean, by the kind of values;
    ``layout``: the Layout with some of them; ``remarks``: what is odd about records."""

    others: Callable[[], Sequence[tuple[Kind, Sequence[Said]]]]
    layout: Callable[[Said], Layout]
    remarks: Callable[[Layout, Sequence[bytes]], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A dictionary, made ready without data: its `Layout`, its `Plan`, what a scan makes of them, the Arrow schema of its rows."""

    layout: Layout
    plan: Plan
    rows: Rows
    dictionary: str
    format: str
    options: Mapping[str, Any]
    #: the first bytes of a file, whether its records cannot be told apart, how many were → what other options to try
    advise: Callable[[bytes, bool, int], str] | None = field(default=None, repr=False, compare=False)
    #: what else the bytes could mean, where the format has a say in that
    readings: Readings | None = field(default=None, repr=False, compare=False)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows."""
        return self.rows.schema

    @property
    def shape(self) -> Struct:
        """The columns of the rows."""
        return self.rows.shape


@collector.held()
def compile(
    dictionary: Any,
    *,
    format: str | None = None,
    options: GivenOptions | None = None,
    framer: str | None = None,
    framer_options: GivenOptions | None = None,
    columns: Sequence[str] | None = None,
    table: str | None = None,
    on_error: OnError = "raise",
    provenance: Sequence[str] = (),
    fields: Fields | None = None,
    registry: Registry | None = None,
) -> Compiled:
    """Parse, check and lower *dictionary*; no data are needed.  *table*: the one whose rows are wanted, by default the first.
    *provenance*: columns to add that say where a row comes from, of ``file``, ``record``, ``offset``, ``length``.  *fields*: what is
    decided about single fields, ``{"ORDER-DATE": {"as": "date", "pattern": "yyyyMMdd"}}``.  *framer*: what a plugin offers to tell records
    apart, by *framer_options*; else it is as the dictionary and its *options* say.

    Raises `DictionaryError` for the dictionary, `OptionError` for what was asked of it.
    """
    registry = registry or registries.load()
    advise, other = None, None
    begin = time.perf_counter()
    if isinstance(dictionary, Layout):
        layout, name, given, digest = dictionary, "layout", {}, ""
    else:
        texts = texts_of(dictionary)
        chosen = registry.format(format) if format else registry.format_of(texts[0])
        parsed = parse_options(chosen.options, options or {}, owner=f"format {chosen.name}")
        layout = registry.parse(chosen, texts, parsed, include)
        name, given = chosen.name, dict(options or {})
        if isinstance(chosen, Advises):
            advise = _advice(chosen, parsed, layout, apart=framer is not None)
        if isinstance(chosen, Detects):
            other = chosen, texts, parsed
        digest = hashlib.sha256("\0".join(t.text for t in texts).encode()).hexdigest()
    decisions = decisions_of(fields) if isinstance(fields, Mapping) else tuple(fields or ())

    def finished(layout: Layout) -> Layout:
        return _with_provenance(decided(_framed(layout, framer, framer_options), decisions), provenance)

    layout = finished(layout)
    faults = check(layout)
    if faults:
        raise combined(faults)
    parsed_at = time.perf_counter()
    number = _table(layout, table)
    asked, row, layout = _rows(layout, number)
    wanted = None
    if columns is not None:
        asked = select(asked, [*columns, *(PROVENANCE[what].name for what in provenance)])
    if columns is not None or row is not None:
        wanted = frozenset(leaf.path for leaf in leaves(asked if row is None else needed(row, asked)))
    if on_error not in POLICIES:
        raise OptionError(f"on_error is {on_error!r}, and not one of {', '.join(POLICIES)}", code=BAD_POLICY)
    fail: Fail = "null" if on_error == "null" else "trap"
    wishes = Wishes(
        columns=wanted, fail=fail, table=number, find=_find(layout, registry), transforms=registry.transforms
    )
    plan = lower(layout, wishes)
    said = _metadata(digest, given, decisions, layout.framing)
    rows = rows_of(layout, number, asked, arrow_schema(asked, said), row)
    seconds = {"parse": parsed_at - begin, "lower": time.perf_counter() - parsed_at}
    return Compiled(
        layout=layout,
        plan=plan,
        rows=rows,
        dictionary=digest,
        format=name,
        options=given,
        advise=advise,
        readings=_readings(registry, *other, finished) if other is not None else None,
        seconds=seconds,
    )


def _rows(layout: Layout, table: int) -> tuple[Struct, RowShape | None, Layout]:
    """The columns of the rows of *layout*; where they are elements that are read with their record, how to get at them; and *layout*, or
    the one that reads them one by one."""
    own = table_shape(layout, table)
    if not layout.rows:
        return own, None, layout
    one_by_one = layout if layout.header is not None else None
    if one_by_one is None:
        row = row_shape(own, layout.rows)
        one_by_one = streamed(layout)
        if one_by_one is None:
            return row.columns, row, layout
        own = table_shape(one_by_one, table)
    return behind_header(one_by_one, own), None, one_by_one


def _framed(layout: Layout, framer: str | None, options: GivenOptions | None) -> Layout:
    """*layout* with its records told apart by *framer*, where one is named."""
    if framer is None:
        if options:
            raise OptionError("there are options of a framer, and none is named", code=BAD_POLICY, help="say --framer")
        return layout
    pairs = options.items() if isinstance(options, Mapping) else options or ()
    texts = tuple((str(name), str(value)) for name, value in pairs if value is not None)
    return replace(layout, framing=Offered(name=framer, options=texts))


def _find(layout: Layout, registry: Registry) -> Find | None:
    """What appends the ops of the framing of *layout*, where a plugin offers it."""
    framing = layout.framing
    if not isinstance(framing, Offered):
        return None
    framer = registry.framer(framing.name)
    options = parse_options(framer.options, framing.options, owner=f"framer {framer.name}")
    return lambda build, record: registry.find(framer, build, record, options)


def _advice(format: Advises, options: Any, layout: Layout, *, apart: bool) -> Callable[[bytes, bool, int], str]:
    """What *format* would say; nothing about framing where a framer tells records *apart*."""

    def advice(head: bytes, framing: bool, found: int) -> str:
        if not head or (framing and apart):
            return ""
        return format.advise(options, head[:ADVISED], framing=framing, found=found, layout=layout)

    return advice


def _readings(
    registry: Registry, format: Any, texts: Sequence[Source], options: Options, finished: Callable[[Layout], Layout]
) -> Readings:
    """What else *format*, which `Detects`, could make of *texts* than with *options*; *finished*: what is done to its Layouts."""
    return Readings(
        others=lambda: format.others(texts, options, include),
        layout=lambda said: finished(registry.parse(format, texts, {**options, **dict(said)}, include)),
        remarks=format.remarks,
    )


def _with_provenance(layout: Layout, wanted: Sequence[str]) -> Layout:
    """*layout* with the columns that say where a row comes from, behind its own."""
    wrong = [what for what in wanted if what not in PROVENANCE]
    if wrong or isinstance(wanted, str):
        raise OptionError(f"provenance is {wanted!r}, and may have {', '.join(PROVENANCE)}", code=BAD_POLICY)
    made = (PROVENANCE[what] for what in dict.fromkeys(wanted))
    return replace(layout, generated=(*layout.generated, *made))


def _table(layout: Layout, name: str | None) -> int:
    """The number of the table called *name*; the first that is nested in no other where none was named."""
    names = [table.record.name for table in layout.tables]
    if name is not None and name not in names:
        raise OptionError(f"there is no table {name}; there are {', '.join(names)}", code=SEVERAL_TABLES)
    return names.index(name or tops(layout)[0])


def texts_of(dictionary: Any) -> tuple[Source, ...]:
    many = dictionary if isinstance(dictionary, list | tuple) else [dictionary]
    if not many:
        raise OptionError("no dictionary was given", code=NO_DICTIONARY)
    return tuple(_text_of(one) for one in many)


def _text_of(one: Any) -> Source:
    if isinstance(one, Source):
        return one
    path = Path(os.fspath(one))
    try:
        return Source(str(path), _decoded(path.read_bytes()))
    except OSError as error:
        raise OptionError(
            f"{path}: {(error.strerror or str(error)).lower()}",
            code=NO_DICTIONARY,
            help=(
                "ask for read permission on it and its directories"
                if isinstance(error, PermissionError)
                else "a str or Path is always a path; a dictionary given as text is arrowsmith.text(...)"
            ),
        ) from None


def _decoded(data: bytes) -> str:
    """Text of a dictionary's file: utf-8 (a byte order mark is dropped), else Latin-1, which every byte has."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def include(name: str, from_: Source) -> Source:
    """The text of another file that a dictionary asks for: looked for beside the one that asks, then in the working folder."""
    path = Path(from_.name).parent / name
    if not path.is_file() and Path(name).is_file():
        path = Path(name)
    try:
        return Source(str(path), _decoded(path.read_bytes()))
    except OSError as error:
        raise DictionaryError(f"{path}: {(error.strerror or str(error)).lower()}", code=NO_INCLUDE) from None


def _metadata(
    digest: str, options: Mapping[str, Any], decisions: Sequence[Decision], framing: Framing
) -> dict[str, str]:
    import arrowsmith

    given = json.dumps({str(k): v for k, v in options.items()}, sort_keys=True, default=str)
    found = {"arrowsmith.version": arrowsmith.__version__, "arrowsmith.options": given}
    if decisions:
        found["arrowsmith.fields"] = json.dumps({d.name: dict(d.given) for d in decisions}, sort_keys=True, default=str)
    if isinstance(framing, Offered):
        found["arrowsmith.framer"] = json.dumps({"name": framing.name, "options": dict(framing.options)})
    return found | ({"arrowsmith.dictionary.sha256": digest} if digest else {})
