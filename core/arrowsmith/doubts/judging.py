"""The first bytes of a file, read as they were and with other options → the options that make clearly better values of them.

Floats are numbers in any format, and so are binary integers in any order; in most code pages every byte is some character: nothing is
refused, and only the values say it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from arrowsmith import registry as registries
from arrowsmith.batch import table as table_of
from arrowsmith.compiled import Compiled, compile
from arrowsmith.doubts.marks import ENOUGH, Marks, marks
from arrowsmith.doubts.quality import GOOD, Quality, quality, refused
from arrowsmith.engine.kernels import Kernels
from arrowsmith.engine.scan import Scan
from arrowsmith.engine.windows import HEAD
from arrowsmith.errors import ArrowsmithError, ArrowsmithWarning
from arrowsmith.interfaces import GivenOptions, Kind, Said
from arrowsmith.layout.nodes import Generated, Layout
from arrowsmith.registry import Registry
from arrowsmith.sources import Source, sources

if TYPE_CHECKING:
    import pyarrow as pa

#: what may be odd: values of a kind, which another option could change, or the records as they are
What: TypeAlias = Kind | Literal["records"]

ALL: Final[tuple[What, ...]] = ("decimals", "floats", "integers", "texts", "records")

#: records that are looked at, and that there have to be: the values of a few may be anything
ROWS: Final = 400
FEWEST: Final = 10
#: by how much values have to be better, of decimals, of which any other is refused, by little; and how good they have to be then, of
#: characters, among which are marks, less
CLEARLY_BETTER: Final[Mapping[Kind, float]] = {"floats": 0.1, "integers": 0.1, "decimals": 0.02, "texts": 0.05}
#: what may be left of what was implausible in texts, where another page is right
LEFT: Final = 0.4
#: a page by which so much is plausible is the right one, or as good as that
SURE: Final = 0.97
LEAST: Final[Mapping[Kind, float]] = {"floats": GOOD, "integers": GOOD, "decimals": GOOD, "texts": 0.75}
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
        tries = [_Try(kind, group, readings.layout, compiled.layout) for kind, group in groups if kind in what]
        tries = [one for one in tries if one.changes]
        if not tries and "records" not in what:
            return ()
        base = _read(compiled.layout, head, emitter, registry, None if tries else ())
        if len(base.records) < FEWEST:
            return ()
        found = list(readings.remarks(compiled.layout, base.records)) if "records" in what else []
        for one in tries:
            if _may_gain(base, one.kind):
                tried: list[tuple[Read, Said]] = []
                for said, layout in one.layouts():
                    tried.append((_read(layout, head, emitter, registry), said))
                    if one.kind == "texts" and (tried[-1][0].worth("texts") or 0.0) >= SURE:
                        break  # there are many code pages, and the usual ones come first
                found += _better(base, one.kind, tried)
    except ArrowsmithError:
        return ()  # whoever reads the data says so
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Try:
    """Options that change values of ``kind``, and the ``layout`` that is read as it is."""

    kind: Kind
    group: Sequence[Said]
    read: Callable[[Said], Layout]
    layout: Layout

    def layouts(self) -> Iterator[tuple[Said, Layout]]:
        """Those that are others, each with its options."""
        return ((said, made) for said in self.group if (made := self.read(said)) != self.layout)

    @property
    def changes(self) -> bool:
        """Whether there is any: a copybook may have no item that they are about."""
        return next(self.layouts(), None) is not None


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


def _read(layout: Layout, head: bytes, emitter: str, registry: Registry, columns: Sequence[str] | None = None) -> Read:
    """The first records in *head*, as *layout* has them; *columns*: those that are wanted beside the records' bytes, None for all."""
    plain = replace(layout, start=0, end=0, generated=(*layout.generated, _RAW))
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
