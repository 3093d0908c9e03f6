"""Records that can be read, and yet may have been read wrongly: other meanings of their bytes are tried, and the better ones are told.

Floats are numbers in any format, and so are binary integers in any order: nothing is refused, and only their values say it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from arrowsmith import compiled as dictionaries
from arrowsmith import pipeline
from arrowsmith.detect.quality import GOOD, Quality, quality, refused
from arrowsmith.errors import ArrowsmithError, ArrowsmithWarning
from arrowsmith.interfaces import Detects, GivenOptions, parse_options
from arrowsmith.layout.nodes import Generated, Layout
from arrowsmith.registry import Registry, load
from arrowsmith.sources import Source

if TYPE_CHECKING:
    import pyarrow as pa

#: records that are looked at
ROWS: Final = 400
#: by how much values of one kind have to be better, where they are good then; decimals, of which any other is refused
CLEARLY: Final = 0.1
DECIMALS: Final = 0.02
#: the column, behind all others, with each record's bytes
_RAW: Final = Generated(name="raw", what="bytes", behind=True)


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
    registry = registry or load()
    given = dict(options.items() if isinstance(options, Mapping) else options or ())
    try:
        texts = dictionaries.texts_of(dictionary)
        known = registry.format(format) if format else registry.format_of(texts[0])
        if not isinstance(known, Detects) or not source.reopenable:
            return ()
        chosen: Any = known  # a format, and more
        parsed = parse_options(chosen.options, given, owner=f"format {chosen.name}")
        layout = registry.parse(chosen, texts, parsed, dictionaries.include)
        base, table = _read(layout, source, emitter, registry)
        found: list[str] = list(chosen.remarks(layout, table.column(table.num_columns - 1).to_pylist()))
        for group in chosen.others(texts, parsed, dictionaries.include):
            tried = []
            for said in group:
                other = registry.parse(chosen, texts, {**parsed, **dict(said)}, dictionaries.include)
                if other != layout:
                    tried.append((_read(other, source, emitter, registry)[0], said))
            found += _better(base, tried)
    except ArrowsmithError:
        return ()  # whoever reads the data says so
    return tuple(found)


def _better(base: Quality, tried: list[tuple[Quality, Any]]) -> Iterator[str]:
    """What of *tried* is clearly better than *base*."""
    for kind, least in (("floats", CLEARLY), ("integers", CLEARLY), ("decimals", DECIMALS)):
        now = getattr(base, kind)
        scored = [(value, said) for one, said in tried if (value := getattr(one, kind)) is not None]
        best, said = max(scored, key=lambda pair: pair[0], default=(0.0, ()))
        if now is not None and best >= max(GOOD, now + least):
            words = ", ".join(f"{name}={value}" for name, value in said)
            what = "valid" if kind == "decimals" else "plausible"
            yield f"{kind} are {best:.0%} {what} with {words}, and {now:.0%} as they were read"


def _read(layout: Layout, source: Source, emitter: str, registry: Registry) -> tuple[Quality, pa.Table]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ArrowsmithWarning)
        with pipeline.open(
            replace(layout, generated=(*layout.generated, _RAW)), source, on_error="null", threads=1, limit=ROWS,
            emitter=emitter, registry=registry,
        ) as reader:  # fmt: skip
            table = reader.to_table()
            counts = refused(reader.report)
    return quality(layout.tables[0].record, table, counts), table
