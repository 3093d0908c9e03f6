"""The options of the sink ``parquet``: each does to the file what it says, of single columns too; what makes no sense is refused."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from orders import SINK, TABLE, equal, write

from arrowsmith.errors import OptionError
from arrowsmith.interfaces import parse_options
from arrowsmith_parquet.faults import CODES
from arrowsmith_parquet.options import OPTIONS, PROFILES


def column(path: Path, name: str, group: int = 0) -> Any:
    metadata = pq.read_metadata(path)
    [index] = [i for i in range(metadata.num_columns) if metadata.schema.column(i).path == name]
    return metadata.row_group(group).column(index)


@pytest.mark.parametrize(
    ("profile", "codec", "split", "statistics"),
    [("compat", "ZSTD", False, True), ("fast", "LZ4", True, True), ("small", "ZSTD", True, True), ("raw", "UNCOMPRESSED", False, False)],
)  # fmt: skip
def test_profiles(tmp_path: Path, profile: str, codec: str, split: bool, statistics: bool) -> None:
    target = tmp_path / "orders.parquet"

    write(target, TABLE.schema, TABLE.to_batches(), profile=profile)

    for name in ("id", "ratio", "amount"):
        assert column(target, name).compression == codec
        assert ("BYTE_STREAM_SPLIT" in column(target, name).encodings) == split
        assert column(target, name).is_stats_set == statistics
    for name in ("total", "name", "flag"):  # FIXED_LEN_BYTE_ARRAY, BYTE_ARRAY, BOOLEAN
        assert "BYTE_STREAM_SPLIT" not in column(target, name).encodings
    assert column(target, "status").has_dictionary_page == (profile != "raw")


@pytest.mark.parametrize("profile", PROFILES)
def test_decimals_are_integers_where_they_fit(tmp_path: Path, profile: str) -> None:
    target = tmp_path / "orders.parquet"

    write(target, TABLE.schema, TABLE.to_batches(), profile=profile)

    types = [column(target, name).physical_type for name in ("price", "amount", "total")]
    assert types == ["INT32", "INT64", "FIXED_LEN_BYTE_ARRAY"]


def test_decimals_as_bytes_by_option(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", TABLE.schema, TABLE.to_batches(), store_decimal_as_integer=False)

    assert column(tmp_path / "x.parquet", "price").physical_type == "FIXED_LEN_BYTE_ARRAY"


def test_settings_of_single_columns(tmp_path: Path) -> None:
    """``name.COLUMN``: dotted, any case, ``-`` as ``_``, a group for all in it; the longer name wins."""
    target = tmp_path / "x.parquet"
    options = {
        "compression": "snappy",
        "compression.ADDRESS": "gzip",
        "compression.address.no": "none",
        "compression_level.address.city": "2",
        "dictionary.id": "true",
        "dictionary.status": "false",
        "statistics.name": "false",
        "byte_stream_split.ratio": "true",
        "column_encoding.seen": "delta_binary_packed",
    }

    with SINK.open(target, TABLE.schema, parse_options(SINK.options, options)) as writer:
        for batch in TABLE.to_batches(100):
            writer.write(batch)

    codecs = [column(target, name).compression for name in ("id", "address.city", "address.no")]
    assert codecs == ["SNAPPY", "GZIP", "UNCOMPRESSED"]
    assert column(target, "id").has_dictionary_page
    assert not column(target, "status").has_dictionary_page
    assert column(target, "kind").has_dictionary_page
    assert not column(target, "name").is_stats_set
    assert column(target, "id").is_stats_set
    assert "BYTE_STREAM_SPLIT" in column(target, "ratio").encodings
    assert "DELTA_BINARY_PACKED" in column(target, "seen").encodings
    assert equal(pq.read_table(target))


def test_a_profile_less_one_column(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", TABLE.schema, TABLE.to_batches(), profile="fast", byte_stream_split__ratio=False)

    assert "BYTE_STREAM_SPLIT" not in column(tmp_path / "x.parquet", "ratio").encodings
    assert "BYTE_STREAM_SPLIT" in column(tmp_path / "x.parquet", "id").encodings


def test_bloom_filters_are_found(tmp_path: Path) -> None:
    """Every row group has one, and its offset in the merged file is right: DuckDB asks it."""
    duckdb = pytest.importorskip("duckdb")
    if "bloom_filter_options" not in inspect.signature(pq.ParquetWriter).parameters:
        pytest.skip("this pyarrow writes no Bloom filters")
    target = tmp_path / "x.parquet"

    write(
        target, TABLE.schema, TABLE.to_batches(), row_group_rows=500, threads=2, page_index=True, bloom_filter__name={}
    )

    probe = "select bloom_filter_excludes from parquet_bloom_probe(?, 'name', ?) order by row_group_id"
    there = duckdb.execute(probe, [str(target), "naïve 01499"]).fetchall()
    nowhere = duckdb.execute(probe, [str(target), "naïve 99999"]).fetchall()
    assert not there[2][0]
    assert sum(excluded for (excluded,) in there) >= 3
    assert sum(excluded for (excluded,) in nowhere) >= 4


def test_sorting_columns(tmp_path: Path) -> None:
    write(
        tmp_path / "x.parquet", TABLE.schema, TABLE.to_batches(), sorting_columns=("id", "ADDRESS.no desc nulls first")
    )

    metadata = pq.read_metadata(tmp_path / "x.parquet")
    last = metadata.num_columns - 1
    assert metadata.row_group(0).sorting_columns == (
        pq.SortingColumn(0, descending=False, nulls_first=False),
        pq.SortingColumn(last, descending=True, nulls_first=True),
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile": "fst"}, "did you mean fast"),
        ({"comprssn": "zstd"}, "did you mean compression"),
        ({"compression.stat": "zstd"}, r"no column stat\b"),
        ({"dictionary.statsu": "true"}, r"did you mean dictionary\.status"),
        ({"sorting_columns": "nme"}, "did you mean name"),
        ({"sorting_columns": "name upwards"}, "is not: COLUMN"),
        ({"compression": "snappy", "compression_level": "3"}, "no levels"),
        ({"compression": "gzip", "compression_level": "99"}, "pyarrow refuses"),
        ({"dictionary.id": "true", "column_encoding.id": "PLAIN"}, "dictionary and the encoding"),
        ({"column_encoding.name": "DELTA_BINARY_PACKED"}, "INT32 and INT64|INT32 or INT64"),
        ({"row_group_rows": "0"}, "not between 1 and"),
        ({"threads": "0"}, "not between 1 and"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: dict[str, str], message: str) -> None:
    """Each is refused when the target is opened, before anything is there."""
    with pytest.raises(OptionError, match=message):
        SINK.open(tmp_path / "x.parquet", TABLE.schema, parse_options(SINK.options, options))

    assert os.listdir(tmp_path) == []


#: pyarrow's keyword → the option that sets it
KEYWORDS = {
    "use_dictionary": "dictionary",
    "write_statistics": "statistics",
    "use_byte_stream_split": "byte_stream_split",
    "write_page_index": "page_index",
    "bloom_filter_options": "bloom_filter.",
    "use_content_defined_chunking": "content_defined_chunking",
}
#: Not options: what core decides, what has one value only, what is an object (and of no use for row groups encoded apart:
#: an encrypted module is bound to its place in its file).
NO_OPTIONS = {"self", "where", "schema", "filesystem", "options", "writer_engine_version", "encryption_properties"}


def test_every_keyword_of_pyarrow_is_reachable() -> None:
    """One that a new pyarrow adds fails here until it has an option."""
    documented = {line.split(" : ")[0] for line in (pq.ParquetWriter.__doc__ or "").splitlines() if " : " in line}
    keywords = {*inspect.signature(pq.ParquetWriter.__init__).parameters, "data_page_size", "coerce_timestamps"}
    keywords |= {word for word in documented if word.isidentifier()}
    names = {name for option in OPTIONS for name in (option.name, *option.aliases)}

    missing = {k for k in keywords - NO_OPTIONS - {"writer_engine_version"} if KEYWORDS.get(k, k) not in names}

    assert missing <= {"metadata_collector"}


@pytest.mark.parametrize(
    "options",
    [
        {"version": "1.0"}, {"data_page_version": "2.0"}, {"flavor": "spark"}, {"use_deprecated_int96_timestamps": "true"},
        {"coerce_timestamps": "ms", "allow_truncated_timestamps": "true"}, {"store_schema": "false"},
        {"use_compliant_nested_type": "false"}, {"data_page_size": "4096"}, {"write_batch_size": "7", "data_page_size": "100"},
        {"dictionary": "all", "dictionary_pagesize_limit": "1000"}, {"write_page_checksum": "true"},
        {"column_encoding.id": "DELTA_BINARY_PACKED"},
        {"dictionary": "none"}, {"dictionary": "all"}, {"use_byte_stream_split": "true"}, {"compression": "brotli"},
        {"write_page_index": "true"}, {"row_group_size": "100"},
    ],
)  # fmt: skip
def test_settings_that_go_to_pyarrow(tmp_path: Path, options: dict[str, str]) -> None:
    """The rows are the same, and the file is not the one that the setting was not asked for."""
    columns = [name for name in TABLE.column_names if name not in ("unsigned", "kind")]  # the format 1.0 widens the one
    table = pa.concat_tables([TABLE.select(columns)] * 10)
    plain, other = tmp_path / "plain.parquet", tmp_path / "other.parquet"

    write(plain, table.schema, table.to_batches())
    with SINK.open(other, table.schema, parse_options(SINK.options, options)) as writer:
        for batch in table.to_batches(333):
            writer.write(batch)

    assert pq.read_table(other).cast(table.schema).equals(table)
    assert other.read_bytes() != plain.read_bytes()


@pytest.mark.parametrize(
    "options", [{"max_rows_per_page": "100"}, {"content_defined_chunking": "true"},
                {"content_defined_chunking.min_chunk_size": "1024", "content_defined_chunking.max_chunk_size": "4096"},
                {"write_time_adjusted_to_utc": "true"}],
)  # fmt: skip
def test_settings_of_a_newer_pyarrow(tmp_path: Path, options: dict[str, str]) -> None:
    """An older one says so when the target is opened."""
    keyword = next(iter(options)).partition(".")[0]
    keyword = KEYWORDS.get(keyword, "use_" + keyword if keyword.startswith("content") else keyword)
    chosen = parse_options(SINK.options, options)
    if keyword not in inspect.signature(pq.ParquetWriter).parameters:
        with pytest.raises(OptionError, match=keyword):
            SINK.open(tmp_path / "x.parquet", TABLE.schema, chosen)
        return

    with SINK.open(tmp_path / "x.parquet", TABLE.schema, chosen) as writer:
        for batch in TABLE.to_batches():
            writer.write(batch)

    assert equal(pq.read_table(tmp_path / "x.parquet"))


DOCS = Path(__file__).parents[2] / "docs" / "parquet.md"


@pytest.mark.skipif(not DOCS.exists(), reason="the documentation is not beside the tests here")
def test_every_option_and_error_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    own = text[text.index("## All options") : text.index("## Arrow IPC")]

    assert [o.name for o in OPTIONS if f"`{o.name}`" not in own] == []
    assert [alias for o in OPTIONS for alias in o.aliases if not alias.endswith(".") and f"`{alias}`" not in own] == []
    assert [code for code, rule in CODES.items() if f"| {code} | {rule} |" not in own] == []
    assert [name for name in PROFILES if f"| `{name}`" not in text] == []
