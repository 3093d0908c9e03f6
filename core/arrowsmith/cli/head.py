"""``arrowsmith head``: the first rows, for the eye or as JSON lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from arrowsmith.cli.messages import put
from arrowsmith.cli.outcome import run
from arrowsmith.cli.request import opens_data, request

if TYPE_CHECKING:
    import pyarrow as pa


@click.command("head", short_help="The first rows.")
@opens_data
@click.option("-n", "--rows", type=click.IntRange(min=0), default=10, metavar="N", help="How many (default 10).")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def command(rows: int, as_json: bool, **given: Any) -> int:
    """Print the first rows of DATA, as DICTIONARY describes them."""
    asked = request(given, data=True)
    from arrowsmith.sources import sources

    found = sources(asked.data)
    # A few rows are sooner there without threads to start.
    keywords = {**asked.keywords, "threads": asked.keywords["threads"] or 1, "limit": rows}
    import arrowsmith
    from arrowsmith.batch import table

    with run(asked) as running:
        with arrowsmith.open(asked.dictionary, found, **keywords) as reader:
            made = table(reader.schema, _first(reader, rows))
        if as_json:
            _print_json(made)
        else:
            from arrowsmith.cli.rows import print_table

            print_table(made)
        return running.end(reader.report, part=True)


def _first(reader: Any, rows: int) -> Iterator[pa.RecordBatch]:
    """The first *rows* of *reader*, and no more of the data than they need."""
    left = rows
    if not left:
        return
    for batch in reader:
        yield batch.slice(0, left)
        left -= min(left, batch.num_rows)
        if not left:
            return


def _print_json(made: pa.Table) -> None:
    from arrowsmith.cli.rows import json_line

    # JSON is UTF-8 (RFC 8259, section 8.1), whatever the terminal's locale
    for batch in made.to_batches(max_chunksize=1024):
        put("".join(f"{json_line(row)}\n" for row in batch.to_pylist()).encode())
