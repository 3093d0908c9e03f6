"""The first bytes of a file, read as they were and with other options → the options that make clearly better values of them.

Floats are numbers in any format, and so are binary integers in any order; in most code pages every byte is some character: nothing is
refused, and only the values say it.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from arrowsmith import registry as registries
from arrowsmith.batch import table as table_of
from arrowsmith.compiled import FEWEST, Compiled, Readings, compile
from arrowsmith.doubts.marks import ENOUGH, Marks, marks
from arrowsmith.doubts.quality import GOOD, Quality, quality, refused
from arrowsmith.engine.kernels import Kernels
from arrowsmith.engine.scan import Scan
from arrowsmith.engine.windows import HEAD
from arrowsmith.errors import ArrowsmithError, ArrowsmithWarning
from arrowsmith.interfaces import GivenOptions, Kind, Said
from arrowsmith.layout import types as ty
from arrowsmith.layout.nodes import Field, Generated, Layout, Overlay
from arrowsmith.layout.schema import shaped
from arrowsmith.layout.tree import walk
from arrowsmith.registry import Registry
from arrowsmith.sources import Source, sources

if TYPE_CHECKING:
    import pyarrow as pa

#: what may be odd: values of a kind, which another option could change, or the records as they are
What: TypeAlias = Kind | Literal["records"]

#: what an option may change
OPTIONS: Final[tuple[Kind, ...]] = ("decimals", "floats", "integers", "texts")
ALL: Final[tuple[What, ...]] = (*OPTIONS, "records")

#: records that are looked at
ROWS: Final = 400
#: by how much values have to be better, of decimals, of which any other is refused, by little; and how good they have to be then, of
#: characters, among which are marks, less
CLEARLY_BETTER: Final[Mapping[Kind, float]] = {"floats": 0.1, "integers": 0.1, "decimals": 0.02, "texts": 0.05}
#: what may be left of what was implausible in texts, where another page is right
LEFT: Final = 0.4
#: a page by which so much is plausible is the right one, or as good as that
SURE: Final = 0.97
LEAST: Final[Mapping[Kind, float]] = {"floats": GOOD, "integers": GOOD, "decimals": GOOD, "texts": 0.75}
#: kinds whose values are those of the fields of one type
_TYPES: Final[Mapping[Kind, type[ty.Type]]] = {"floats": ty.Float, "integers": ty.Integer, "texts": ty.Text}
#: the column, behind all others, with each record's bytes
_RAW: Final = Generated(name="arrowsmith:raw", what="bytes", behind=True)


@dataclass(frozen=True, slots=True)
class Read:
    """What records are, read one way: how plausible their values are, the characters that tell code pages apart, the records' bytes."""

    quality: Quality
    marks: Marks
    records: list[bytes]

    def worth(self, kind: Kind) -> float | None:
        """The plausibility of values of *kind*, None where there are none: of texts, of what differs between code pages."""
        if kind == "texts":
            return self.marks.share if self.marks.count >= ENOUGH else None
        found: float | None = getattr(self.quality, kind)
        return found


def doubts(
    dictionary: Any,
    source: Source,
    *,
    format: str | None = None,
    options: GivenOptions | None = None,
    emitter: str = "auto",
    registry: Registry | None = None,
) -> tuple[str, ...]:
    """What speaks against *options* in the first records of *source*, in sentences; nothing where they cannot be read, which others say."""
    registry = registry or registries.load()
    if not source.reopenable:
        return ()
    try:
        compiled = compile(dictionary, format=format, options=options, registry=registry)
        with closing(source.open()) as stream:
            head = bytearray(HEAD + compiled.layout.start)
            got, size = -1, 0
            while got and size < len(head):
                got = stream.readinto(memoryview(head)[size:])
                size += got
    except ArrowsmithError:
        return ()  # whoever reads the data says so
    return judged(compiled, bytes(head[compiled.layout.start : size]), emitter=emitter, registry=registry)


def judged(
    compiled: Compiled, head: bytes, *, emitter: str, registry: Registry, what: Collection[What] = ALL
) -> tuple[str, ...]:
    """What speaks against the options of *compiled* in *head*, the first bytes of a file behind what its options leave out; *what* of
    them may be odd."""
    readings = compiled.readings
    if readings is None or not head:
        return ()
    try:
        groups = readings.others() if set(what) - {"records"} else ()
        tries = [
            one for kind, group in groups if kind in what and (one := _try(kind, group, compiled.layout, readings))
        ]
        if not tries and "records" not in what:
            return ()
        base = _read(compiled.layout, head, emitter, registry, [one.kind for one in tries])
        if len(base.records) < FEWEST:
            return ()
        found = list(readings.remarks(compiled.layout, base.records)) if "records" in what else []
        for one in tries:
            if _may_gain(base, one.kind):
                tried: list[tuple[Read, Said]] = []
                for said, layout in one.layouts:
                    tried.append((_read(layout, head, emitter, registry, [one.kind]), said))
                    if one.kind == "texts" and (tried[-1][0].worth("texts") or 0.0) >= SURE:
                        break  # there are many code pages, and the usual ones come first
                found += _better(base, one.kind, tried)
    except ArrowsmithError:
        return ()  # whoever reads the data says so
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Try:
    """Options that change values of ``kind``, each with what it makes of the dictionary, made when it is asked for."""

    kind: Kind
    layouts: Iterator[tuple[Said, Layout]]


def _try(kind: Kind, group: Sequence[Said], layout: Layout, readings: Readings) -> _Try | None:
    """Those of *group* that make another Layout than *layout*; None where none does: a copybook may have no item that they are about."""
    others = ((said, made) for said in group if (made := readings.layout(said)) != layout)
    first = next(others, None)
    return None if first is None else _Try(kind, chain((first,), others))


def _may_gain(base: Read, kind: Kind) -> bool:
    """Whether values of *kind* could be clearly better than those of *base*."""
    now = base.worth(kind)
    return base.marks.doubtful if kind == "texts" else now is not None and now <= 1 - CLEARLY_BETTER[kind]


def _better(base: Read, kind: Kind, tried: list[tuple[Read, Said]]) -> Iterator[str]:
    """What of *tried* makes values of *kind* that are clearly better than those of *base*."""
    scored = [(value, said) for one, said in tried if (value := one.worth(kind)) is not None]
    best, said = max(scored, key=lambda pair: pair[0], default=(0.0, ()))
    now = base.worth(kind) or 0.0
    if kind == "texts" and 1 - best > LEFT * (1 - now):
        return
    if best >= max(LEAST[kind], now + CLEARLY_BETTER[kind]):
        what = "letters with accents and marks" if kind == "texts" else kind
        how = "valid" if kind == "decimals" else "plausible"
        words = ", ".join(f"{name}={value}" for name, value in said)
        yield f"{what} are {best:.0%} {how} with {words}, and {now:.0%} as they were read"


def _read(layout: Layout, head: bytes, emitter: str, registry: Registry, kinds: Collection[Kind]) -> Read:
    """The first records in *head*, as *layout* has them, as far as they have values of *kinds*."""
    plain = replace(layout, start=0, end=0, generated=(*layout.generated, _RAW))
    columns = _columns(layout, kinds)
    wanted = None if columns is None else (*columns, _RAW.name)
    compiled = compile(plain, columns=wanted, on_error="null", registry=registry)
    scan = Scan(compiled.plan, compiled.rows, Kernels(registry, emitter=emitter), "null", limit=ROWS)
    scan.lenient = True  # the head ends anywhere
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ArrowsmithWarning)
        try:
            table: pa.Table = table_of(compiled.schema, scan.batches(sources(head)))
        finally:
            scan.loads.release()
    report = scan.tally.report(complete=not scan.cut)
    judged = quality(layout, table, refused(report))
    records = [raw for raw in table.column(table.num_columns - 1).to_pylist() if raw is not None]
    return Read(judged, marks(layout, table, report.replaced), records)


def _columns(layout: Layout, kinds: Collection[Kind]) -> list[str] | None:
    """The columns that have values of *kinds* in them; None for all: of several views of the same bytes the others say which it is, and
    decimals are told by what is refused."""
    shape = shaped(layout.tables[0].record, tables=layout.tables)
    wanted = tuple(_TYPES[kind] for kind in kinds if kind in _TYPES)
    found: dict[str, None] = {}
    for place in walk(shape.root):
        path = shape.paths.get(place.order)
        if isinstance(place.node, Overlay):
            return None
        if isinstance(place.node, Field) and path and isinstance(place.node.type, wanted):
            found[path[0]] = None
    return list(found) if len(wanted) == len(kinds) else None
