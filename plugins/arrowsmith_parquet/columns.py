"""The leaves of an Arrow schema as Parquet has them, and pyarrow's keywords for each: codec, dictionary, encoding, statistics.

A dictionary pays where values repeat and costs a third of the speed where they do not; so it is chosen per leaf, from the
type and the metadata, else from how many distinct values the first row group holds.
Invariant: the same rows give the same choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from arrowsmith.diagnostics import nearest
from arrowsmith.errors import InternalError, OptionError
from arrowsmith.interfaces import plain
from arrowsmith_parquet.faults import COLUMN, OPTION, TYPE
from arrowsmith_parquet.options import LEVELLED, Settings
from arrowsmith_parquet.telling import TEXTS, telling

_T = TypeVar("_T")

#: A dictionary is taken where fewer than one value in this many is distinct.
_REPETITION: Final = 20
#: A first look at one row in this many settles the columns of unique values: a column with one distinct value in twenty
#: shows three distinct ones in four there, hardly nine in ten.
_GLANCE: Final = 32
_LEAST_GLANCE: Final = 256
#: Texts of up to this many bytes in the record have few values (flags, codes, units).
_SHORT: Final = 3
#: Values between two looks at a page's size, at least (pyarrow's own default) and at most: more of them cost less, and a page may be
#: larger than it is meant to be by so many values, which are held to a quarter of it.
_BATCH: Final = (1 << 10, 1 << 14)
_PAGE: Final = 1 << 20
_UNKNOWN: Final = 64
#: Parquet's physical types that BYTE_STREAM_SPLIT is put on.  Polars and DuckDB refuse it on FIXED_LEN_BYTE_ARRAY.
_NUMBERS: Final = ("INT32", "INT64", "FLOAT", "DOUBLE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One column of the Parquet file.  ``few`` is whether it repeats its values (None: look at them)."""

    path: str
    physical: str
    few: bool | None


def _leaf_fields(field: Any) -> Iterator[Any]:
    """The fields below *field* (itself, where it is plain) that are columns in Parquet, in Parquet's order."""
    kind = field.type
    if isinstance(kind, pa.BaseExtensionType):
        yield from _leaf_fields(pa.field(field.name, kind.storage_type, metadata=field.metadata))
    elif pa.types.is_map(kind):
        yield from _leaf_fields(kind.key_field)
        yield from _leaf_fields(kind.item_field)
    elif pa.types.is_nested(kind):
        for i in range(kind.num_fields):
            yield from _leaf_fields(kind.field(i))
    else:
        yield field


def _few(field: Any) -> bool | None:
    """What type and metadata say of how *field* repeats its values."""
    kind, metadata = field.type, field.metadata or {}
    if pa.types.is_dictionary(kind):
        return True
    if pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return False
    length = metadata.get(b"arrowsmith.length", b"")
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return True if is_text and length.isdigit() and int(length) <= _SHORT else None


def leaves(schema: pa.Schema, empty: pa.Buffer) -> tuple[Leaf, ...]:
    """The columns of *schema* in Parquet; *empty* is a file of it without rows."""
    stored = pq.read_metadata(pa.BufferReader(empty)).schema
    fields = [leaf for field in schema for leaf in _leaf_fields(field)]
    if len(fields) != len(stored):
        raise InternalError(f"{len(fields)} leaves of the schema are {len(stored)} columns in Parquet", code="I0001")
    columns = [stored.column(i) for i in range(len(stored))]
    return tuple(
        Leaf(path=column.path, physical=column.physical_type, few=_few(field))
        for field, column in zip(fields, columns, strict=True)
    )


def _leaf_arrays(array: Any) -> Iterator[Any]:
    """The arrays below *array* that `_leaf_fields` names, without the slots that null lists leave out."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        yield from _leaf_arrays(array.storage)
    elif pa.types.is_struct(kind):
        for i in range(kind.num_fields):
            yield from _leaf_arrays(array.field(i))
    elif pa.types.is_map(kind):  # for which pyarrow has no flatten
        first, last = (array.offsets[i].as_py() for i in (0, len(array)))
        yield from _leaf_arrays(array.values.slice(first, last - first))
    elif pa.types.is_nested(kind):
        yield from _leaf_arrays(array.flatten())
    else:
        yield array


def _repeats(chunks: Sequence[Any]) -> bool:
    """Whether fewer than 5 % of the values in *chunks* are distinct, nulls left out; not where there is no value."""
    column = pa.chunked_array(chunks)
    glance = column.slice(0, max(_LEAST_GLANCE, len(column) // _GLANCE))
    if len(pc.unique(glance)) * 10 > len(glance) * 9:
        return False
    most = (len(column) - column.null_count) / _REPETITION
    first = _distinct(column.slice(0, len(column) // 4))
    # what a quarter has too many of, the whole has; where each quarter has values of its own, the whole has four times as many
    return first < most and (4 * first < most or _distinct(column) < most)


def _distinct(column: Any) -> int:
    """How many values there are in *column*, nulls left out."""
    return len(pc.unique(column)) - int(column.null_count > 0)


def repeating(columns: Sequence[Leaf], group: Sequence[pa.RecordBatch]) -> frozenset[str]:
    """The paths of those *columns* that a dictionary suits, judged by the rows of *group* where nothing else is known."""
    found = {leaf.path for leaf in columns if leaf.few}
    if any(leaf.few is None for leaf in columns):
        arrays = [[a for column in batch.columns for a in _leaf_arrays(column)] for batch in group]
        for i, leaf in enumerate(columns):
            if leaf.few is None and _repeats([of_batch[i] for of_batch in arrays]):
                found.add(leaf.path)
    return frozenset(found)


def silent(columns: Sequence[Leaf], group: Sequence[pa.RecordBatch]) -> frozenset[str]:
    """The paths of those *columns* whose statistics would tell a reader nothing, judged by the rows of *group*."""
    arrays = [[a for column in batch.columns for a in _leaf_arrays(column)] for batch in group]
    texts = ((i, leaf) for i, leaf in enumerate(columns) if leaf.physical == "BYTE_ARRAY")
    return frozenset(leaf.path for i, leaf in texts if not telling([of_batch[i] for of_batch in arrays]))


def suited(columns: Sequence[Leaf], chosen: Settings, group: Sequence[pa.RecordBatch]) -> dict[str, Any]:
    """pyarrow's keywords that write *columns* as *chosen*, with what the rows of *group*, the first, decide.  Raises as `arguments`."""
    few = repeating(columns, group) if group and chosen.profile.dictionary == "auto" else ()
    mute = silent(columns, group) if group and chosen.profile.statistics == "auto" else ()
    keywords = arguments(columns, chosen, few, mute)
    return keywords if "write_batch_size" in keywords else {"write_batch_size": _batch(chosen, group), **keywords}


def _batch(chosen: Settings, group: Sequence[pa.RecordBatch]) -> int:
    """Values between two looks at a page's size: so few that those of the widest column in *group* are a quarter of a page."""
    leaves_of_batches = [[array for column in batch.columns for array in _leaf_arrays(column)] for batch in group]
    quarter = chosen.plain.get("data_page_size", _PAGE) // 4
    least, most = _BATCH
    for chunks in zip(*leaves_of_batches, strict=True):
        slots, size = sum(map(len, chunks)), sum(map(_bytes, chunks))
        most = min(most, quarter * slots // max(size, 1))
    return max(least, most)


def _bytes(array: Any) -> int:
    """What the values of *array* take in a page, about: of a text its bytes and a length."""
    if any(is_text(array.type) for is_text in TEXTS):
        return 4 * len(array) + int(pc.sum(pc.binary_length(array)).as_py() or 0)
    try:
        return len(array) * max(int(array.type.bit_width) // 8, 1)
    except ValueError:  # a type without a width, such as a view
        return len(array) * _UNKNOWN


def _per_leaf(columns: Sequence[Leaf], option: str, given: Mapping[str, _T]) -> dict[str, _T]:
    """path → what is *given* for it or for a group that it is in, the longest name winning; names ignore case and ``-``."""
    found: dict[str, _T] = {}
    for name in sorted(given, key=len):
        below = [leaf.path for leaf in columns if f"{plain(leaf.path)}.".startswith(f"{name}.")]
        if not below:
            close = nearest(name, [leaf.path for leaf in columns])
            raise OptionError(
                f"option {option}.{name}: there is no column {name}",
                code=COLUMN,
                help=f"did you mean {option}.{close}?" if close else "",
            )
        found |= dict.fromkeys(below, given[name])
    return found


def _sorting(columns: Sequence[Leaf], given: Sequence[str]) -> list[pq.SortingColumn]:
    """What ``sorting_columns`` says, by the column's number."""
    paths = [plain(leaf.path) for leaf in columns]
    found = []
    for text in given:
        match = re.fullmatch(r"\s*(\S+)(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?\s*", text, re.IGNORECASE)
        if match is None:
            raise OptionError(f"option sorting_columns: {text!r} is not: COLUMN [desc] [nulls first]", code=OPTION)
        name, direction, nulls = match.groups()
        if plain(name) not in paths:
            close = nearest(name, [leaf.path for leaf in columns])
            raise OptionError(
                f"option sorting_columns: there is no column {name}",
                code=COLUMN,
                help=f"did you mean {close}?" if close else "",
            )
        descending, first = (direction or "").lower() == "desc", (nulls or "").lower() == "first"
        found.append(pq.SortingColumn(paths.index(plain(name)), descending, first))
    return found


def arguments(
    columns: Sequence[Leaf], chosen: Settings, few: Collection[str], mute: Collection[str] = ()
) -> dict[str, Any]:
    """pyarrow's keywords that write *columns* as *chosen*; *few* are the paths that ``dictionary=auto`` takes, *mute* those that
    ``statistics`` leave out where nobody asks for them.

    Raises `OptionError` for a name that is no column's, and for a dictionary and an encoding wished for together.
    """
    paths = [leaf.path for leaf in columns]
    per = {name: _per_leaf(columns, name, given) for name, given in chosen.columns.items()}
    profile = chosen.profile
    wished = {"auto": few, "all": paths, "none": ()}[profile.dictionary]
    encoding: dict[str, str] = {}
    dictionary = []
    for leaf in columns:
        path = leaf.path
        asked = per["column_encoding"].get(path) or (
            "BYTE_STREAM_SPLIT" if per["byte_stream_split"].get(path) else None
        )
        if per["dictionary"].get(path, path in wished and asked is None) and leaf.physical != "BOOLEAN":
            if asked:
                raise OptionError(
                    f"column {path} cannot have a dictionary and the encoding {asked}",
                    code=OPTION,
                    help=f"leave out dictionary.{path}, or its encoding",
                )
            dictionary.append(path)
            continue
        split = profile.byte_stream_split and leaf.physical in _NUMBERS and per["byte_stream_split"].get(path, True)
        stock = chosen.column_encoding or ("BYTE_STREAM_SPLIT" if split else None)
        if asked or stock:
            encoding[path] = asked or stock or ""
    codecs = {path: per["compression"].get(path, profile.compression) for path in paths}
    levels = _levels(codecs, per["compression_level"], chosen)
    # A codec of all columns alike is passed as one value: pyarrow's keyword per column leaves the others uncompressed.
    return {
        **chosen.plain,
        "compression": codecs if per["compression"] else profile.compression,
        "compression_level": levels or None,
        "use_dictionary": dictionary or False,
        "column_encoding": encoding or None,
        "write_statistics": _written(paths, per["statistics"], profile.statistics, mute),
        "sorting_columns": _sorting(columns, chosen.sorting) or None,
        **({"bloom_filter_options": per["bloom_filter"]} if per["bloom_filter"] else {}),
    }


def _levels(codecs: Mapping[str, str], per: Mapping[str, int], chosen: Settings) -> dict[str, int]:
    """path → level, for the codecs that have levels.  The level of all is meant for the codec of all."""
    levels = {}
    for path, codec in codecs.items():
        level = per.get(path, chosen.profile.level if codec == chosen.profile.compression else None)
        if level is None:
            continue
        if codec not in LEVELLED:
            raise OptionError(
                f"the codec {codec} of column {path} has no levels",
                code=OPTION,
                help=f"leave out compression_level, or take one of {', '.join(LEVELLED)}",
            )
        levels[path] = level
    return levels


def _written(paths: Sequence[str], per: Mapping[str, bool], stock: str, mute: Collection[str]) -> bool | list[str]:
    """Whether all columns have statistics, or none; else the paths of those that have."""
    found = [path for path in paths if per.get(path, stock != "none" and path not in mute)]
    return len(found) == len(paths) if len(found) in (0, len(paths)) else found


def refused(schema: pa.Schema, error: Exception, refuses: Callable[[pa.Schema], str | None]) -> OptionError:
    """Why pyarrow does not write *schema*: the column that ``refuses(schema of one column)`` names, else the settings."""
    for field in schema:
        reason = refuses(pa.schema([field]))
        if reason is not None:
            return OptionError(
                f"Parquet cannot hold column {field.name} of type {field.type}: {reason}",
                code=TYPE,
                help="leave it out with --columns, or write Arrow IPC (.arrow)",
            )
    return OptionError(f"pyarrow refuses these settings: {error}", code=OPTION)
