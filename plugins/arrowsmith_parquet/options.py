"""The texts of ``-S key=value`` become `Settings`: a profile, what overrides it, and what goes to pyarrow as it is.

Every keyword of ``pyarrow.parquet.ParquetWriter`` that a text can express has an option; ``name.COLUMN=value`` sets a
thing for one column (dotted, any case, a group for all that is in it).
Invariant: this module imports nothing heavy, and each profile is one row of `PROFILES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from arrowsmith.errors import OptionError
from arrowsmith.host import usable_cpus
from arrowsmith.interfaces import Option, Options
from arrowsmith_parquet.faults import OPTION

Ki: Final = 1 << 10
Mi: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Settings that belong together.  ``dictionary`` and ``statistics``: auto, all or none; ``level`` is the codec's, None its own
    default."""

    compression: str
    level: int | None = None
    dictionary: str
    byte_stream_split: bool
    statistics: str


#: BYTE_STREAM_SPLIT makes compressors about three times faster on numbers, but some readers lack it: so not in ``compat``.
PROFILES: Final[Mapping[str, Profile]] = {
    "compat": Profile(compression="zstd", level=1, dictionary="auto", byte_stream_split=False, statistics="auto"),
    "fast": Profile(compression="lz4", dictionary="auto", byte_stream_split=True, statistics="auto"),
    "small": Profile(compression="zstd", level=1, dictionary="auto", byte_stream_split=True, statistics="auto"),
    "raw": Profile(compression="none", dictionary="none", byte_stream_split=False, statistics="none"),
}

_CODECS: Final = ("none", "snappy", "gzip", "brotli", "lz4", "lz4_raw", "zstd")
#: The codecs that take a level; pyarrow refuses one for the others.
LEVELLED: Final = ("gzip", "brotli", "zstd")
_ENCODINGS: Final = (
    "PLAIN", "BYTE_STREAM_SPLIT", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY",
)  # fmt: skip

#: Options that go to pyarrow under their own name, where given.
_AS_IT_IS: Final = (
    Option("version", str, None, "Parquet format version, which decides the logical types", choices=("1.0", "2.4", "2.6")),
    Option("data_page_version", str, None, "version of the data pages", choices=("1.0", "2.0")),
    Option("flavor", str, None, "adapt names and timestamps to an old reader", choices=("spark",)),
    Option("use_deprecated_int96_timestamps", bool, None, "timestamps as INT96"),
    Option("coerce_timestamps", str, None, "timestamps in this unit", choices=("ms", "us")),
    Option("allow_truncated_timestamps", bool, None, "with coerce_timestamps, lose digits instead of failing"),
    Option("write_time_adjusted_to_utc", bool, None, "mark TIME columns as UTC"),
    Option("store_decimal_as_integer", bool, True, "decimals of up to 18 digits as INT32 or INT64"),
    Option("store_schema", bool, None, "keep the Arrow schema in the file's metadata"),
    Option("use_compliant_nested_type", bool, None, "call the items of lists `element`, as the specification does"),
    Option("data_page_size", int, None, "bytes of a data page, about"),
    Option("max_rows_per_page", int, None, "rows of a data page at most"),
    Option("write_batch_size", int, None, "values between two looks at the page size"),
    Option("dictionary_pagesize_limit", int, None, "bytes of a dictionary beyond which a column goes on without"),
    Option("write_page_checksum", bool, None, "a CRC-32 for every page"),
)  # fmt: skip

OPTIONS: Final = (
    Option("profile", str, "compat", "settings that belong together", choices=tuple(PROFILES)),
    Option("compression", str, None, "codec of all columns; from the profile", choices=_CODECS),
    Option("compression.", str, None, "codec of one column", prefix=True, choices=_CODECS),
    Option("compression_level", int, None, "level of the codec; from the profile"),
    Option("compression_level.", int, None, "level of one column's codec", prefix=True),
    Option("dictionary", str, None, "dictionary encoding: auto takes it for columns of few values (enumerations, texts of up "
           "to 3 bytes, under 5 % distinct values in the first row group)", choices=("auto", "all", "none"),
           aliases=("use_dictionary",)),
    Option("dictionary.", bool, None, "dictionary encoding of one column", prefix=True, aliases=("use_dictionary.",)),
    Option("byte_stream_split", bool, None, "BYTE_STREAM_SPLIT for numbers without a dictionary; from the profile",
           aliases=("use_byte_stream_split",)),
    Option("byte_stream_split.", bool, None, "BYTE_STREAM_SPLIT of one column", prefix=True,
           aliases=("use_byte_stream_split.",)),
    Option("column_encoding", str, None, "encoding of all columns without a dictionary", choices=_ENCODINGS),
    Option("column_encoding.", str, None, "encoding of one column", prefix=True, choices=_ENCODINGS),
    Option("statistics", bool, None, "smallest and largest value and nulls of each column; the profiles but raw leave out "
           "texts that lie in no order, if nobody asks for them", aliases=("write_statistics",)),
    Option("statistics.", bool, None, "statistics of one column", prefix=True, aliases=("write_statistics.",)),
    Option("page_index", bool, None, "statistics of pages, gathered at the end of the file", aliases=("write_page_index",)),
    Option("bloom_filter.", dict, None, 'a Bloom filter for one column: {} or {"ndv": 1000000, "fpp": 0.01}', prefix=True,
           aliases=("bloom_filter_options.",)),
    Option("sorting_columns", str, (), "the order that the rows are in, not made here: COLUMN [desc] [nulls first]",
           many=True),
    Option("content_defined_chunking", bool, None, "cut pages by content, for storage that finds equal chunks",
           aliases=("use_content_defined_chunking",)),
    Option("content_defined_chunking.", int, None, "min_chunk_size, max_chunk_size, norm_level", prefix=True,
           aliases=("use_content_defined_chunking.",)),
    *_AS_IT_IS,
    Option("row_group_rows", int, 256 * Ki, "rows of a row group at most", aliases=("row_group_size",)),
    Option("row_group_bytes", int, 32 * Mi, "bytes of a row group at most, as Arrow data; more takes more memory"),
    Option("threads", int, None, "threads that encode; by default the CPUs of this process"),
    Option("dataset", bool, None, "write a folder of parts; by default where the target ends in /"),
    Option("part_bytes", int, 512 * Mi, "bytes after which a part of a dataset ends with its row group"),
    Option("if_exists", str, "fail", "what to do where the target exists", choices=("fail", "replace")),
)  # fmt: skip

#: Name of an option that counts something → the least and the most it may be.  The most keeps a row group's offsets within
#: int32, and its rows within what pyarrow puts into one.
_WITHIN: Final = {
    "row_group_rows": (1, 64 * Mi),
    "row_group_bytes": (1, 1024 * Mi),
    "threads": (1, 1024),
    "part_bytes": (1, 1 << 62),
    "data_page_size": (1, 1 << 30),
    "max_rows_per_page": (1, 1 << 30),
    "write_batch_size": (1, 1 << 30),
    "dictionary_pagesize_limit": (1, 1 << 30),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a writer is to do.  `profile` has the overrides of all columns in it; `columns` maps an option's name to what is
    given for single columns; `plain` are pyarrow's keywords as they are."""

    profile: Profile
    columns: Mapping[str, Mapping[str, Any]]
    column_encoding: str | None
    sorting: tuple[str, ...]
    plain: Mapping[str, Any]
    row_group_rows: int
    row_group_bytes: int
    threads: int
    dataset: bool | None
    part_bytes: int
    if_exists: str


def _given(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


def _statistics(options: Options, stock: str) -> str:
    """auto, all or none; pages' statistics are asked for with those of their columns."""
    if options["statistics"] is None:
        return "all" if options["page_index"] and stock == "auto" else stock
    return "all" if options["statistics"] else "none"


def settings(options: Options) -> Settings:
    """The settings that *options*, every one of `OPTIONS` by name, ask for.  Raises `OptionError` for a number out of range."""
    for name, (least, most) in _WITHIN.items():
        value = options[name]
        if value is not None and not least <= value <= most:
            raise OptionError(f"option {name}: {value} is not between {least} and {most}", code=OPTION)
    stock = PROFILES[options["profile"]]
    codec = _given(options["compression"], stock.compression)
    plain = {option.name: options[option.name] for option in _AS_IT_IS if options[option.name] is not None}
    if options["page_index"] is not None:
        plain["write_page_index"] = options["page_index"]
    chunking = options["content_defined_chunking."] or options["content_defined_chunking"]
    if chunking is not None:
        plain["use_content_defined_chunking"] = dict(chunking) if isinstance(chunking, Mapping) else chunking
    return Settings(
        profile=Profile(
            compression=codec,
            # The profile's level is meant for the profile's codec.
            level=_given(options["compression_level"], stock.level if codec == stock.compression else None),
            dictionary=_given(options["dictionary"], stock.dictionary),
            byte_stream_split=_given(options["byte_stream_split"], stock.byte_stream_split),
            statistics=_statistics(options, stock.statistics),
        ),
        columns={
            name: options[f"{name}."] or {}
            for name in (
                "compression", "compression_level", "dictionary", "byte_stream_split", "column_encoding", "statistics",
                "bloom_filter",
            )
        },
        column_encoding=options["column_encoding"],
        sorting=options["sorting_columns"],
        plain=plain,
        row_group_rows=options["row_group_rows"],
        row_group_bytes=options["row_group_bytes"],
        threads=_given(options["threads"], usable_cpus()),
        dataset=options["dataset"],
        part_bytes=options["part_bytes"],
        if_exists=options["if_exists"],
    )  # fmt: skip
